"""Decided lists keep the names of the decision; inside, they show today's name beside them."""

import pytest
import time_machine
from django.urls import reverse

from members.models import Branch, College, Member
from reports.rules.assessment import SUGGESTED
from reports.services.assessment import lock_result, publish_weights
from reports.services.commendation import issue_commendation, save_commendation
from reports.services.honour_titles import announce_title, decide_title
from reports.services.honours import nominate
from tests.reports.honouring import NOW, choose_as, make_title, make_twenty_hours, nominate_as


@pytest.fixture
def page(world, client_of):
    client = client_of(world.admin)

    def read(url: str) -> str:
        with time_machine.travel(NOW):
            return client.get(url).content.decode()

    return read


def build_publication_url(title) -> str:
    return reverse("honour_publication", args=[title.pk])


def decide_as(world, title):
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    return decide_title(user=world.admin, title_id=title.pk, now=NOW)


@pytest.fixture
def person(world):
    make_twenty_hours(world.registered)
    return choose_as(world, nominate_as(world, make_title(world), world.registered))


@pytest.fixture
def branch(world):
    title = make_title(world, kind="branch", nominated_by="college", name="活力团支部")
    found = nominate(
        user=world.secretary, title_id=title.pk, subject_id=world.a2.pk, grounds="全年服务", now=NOW
    )
    return choose_as(world, found)


def rename_everything(world):
    Member.objects.filter(pk=world.registered.pk).update(name="张新名")
    Branch.objects.filter(pk=world.a1.pk).update(name="改名的团支部")
    Branch.objects.filter(pk=world.a2.pk).update(name="合并后的团支部")
    College.objects.filter(pk=world.college_a.pk).update(name="法律学院")


def test_before_the_decision_a_list_has_the_names_of_today(world, page, person):
    announce_title(user=world.admin, title_id=person.title_id, now=NOW)
    rename_everything(world)
    text = page(build_publication_url(person.title))
    assert "张新名" in text and "改名的团支部" in text
    assert "现名" not in page(person.title.get_absolute_url())


def test_a_decided_person_keeps_name_and_branch_on_the_list(world, page, person):
    decide_as(world, person.title)
    rename_everything(world)
    text = page(build_publication_url(person.title))
    assert f"1. 张伟（{world.a1.name}）" in text
    assert "现名" not in text and "张新名" not in text and "改名的团支部" not in text


def test_a_decided_branch_keeps_its_name_on_the_list(world, page, branch):
    decide_as(world, branch.title)
    rename_everything(world)
    text = page(build_publication_url(branch.title))
    assert f"1. {world.a2.name}" in text
    assert "现名" not in text and "合并后的团支部" not in text


@pytest.mark.parametrize(("kind", "now"), [("person", "张新名"), ("branch", "合并后的团支部")])
def test_inside_the_name_of_today_stands_beside_it(world, page, request, kind, now):
    found = request.getfixturevalue(kind)
    then = found.subject.name
    decide_as(world, found.title)
    assert "现名" not in page(found.title.get_absolute_url())
    rename_everything(world)
    table, single = page(found.title.get_absolute_url()), page(found.get_absolute_url())
    assert f">{then}</a>" in table and f"现名：{now}" in table
    assert f"{then}：" in single and f"<dt>现名</dt><dd>{now}</dd>" in single


def test_what_was_kept_before_names_were_is_read_with_the_name_of_today(world, page, person):
    del person.judged["name"], person.judged_at_decision["name"]
    person.title.state = "decided"
    rename_everything(world)
    person.member.refresh_from_db()
    assert person.names == {"name": "张新名", "branch": world.a1.name, "college": world.college_a.name}
    assert person.name_now == ""


def test_an_issued_commendation_keeps_its_names(world, page):
    make_twenty_hours(world.registered)
    made = save_commendation(
        user=world.admin,
        year=world.year,
        kind="volunteer",
        name="优秀志愿者",
        places=2,
        minimum={"minutes": 60, "services": 0, "months": 0},
        order="minutes",
        now=NOW,
    )
    issue_commendation(user=world.admin, year=world.year, commendation_id=made.pk, now=NOW)
    assert "现名" not in page(made.get_absolute_url())
    rename_everything(world)
    text = page(made.get_absolute_url())
    assert ">张伟</a>" in text and world.a1.name in text and "现名：张新名" in text
    assert "张新名" not in page(reverse("commendation_proofs", args=[made.pk]))


def test_a_locked_result_keeps_the_names_of_colleges(world, page):
    publish_weights(user=world.admin, year=world.year, weights=SUGGESTED, now=NOW)
    result = lock_result(user=world.admin, year=world.year, now=NOW)
    assert "现名" not in page(result.get_absolute_url())
    rename_everything(world)
    text = page(result.get_absolute_url())
    assert "法学院" in text and "现名：法律学院" in text
