"""荣誉 as pages: the lists of each role, the refusal with its reasons, then beside now, the list to publish."""

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from members.models import ExportLog
from reports.models import HonourTitle, Nomination
from reports.services.honour_titles import announce_title, decide_title
from tests.factories import MemberFactory
from tests.moving import correct_person, move_person
from tests.reports.honouring import NOW, choose_as, make_title, make_twenty_hours, nominate_as

NEW = {"name": "优秀共青团员", "kind": "person", "level": "school", "places": 3, "nominated_by": "college"}


@pytest.fixture
def title(world):
    return make_title(world)


@pytest.fixture
def chosen_nomination(world, title):
    make_twenty_hours(world.registered)
    return choose_as(world, nominate_as(world, title, world.registered))


def build_url(name: str, *args) -> str:
    return reverse(name, args=args)


def test_the_school_sets_up_a_title_and_a_college_its_own(world, client_of):
    assert client_of(world.admin).post(build_url("honour_new"), NEW).status_code == 302
    refused = client_of(world.secretary).post(build_url("honour_new"), NEW)
    assert refused.context["form"].errors["level"]
    own = NEW | {"level": "college", "college": world.college_a.pk}
    assert client_of(world.secretary).post(build_url("honour_new"), own).status_code == 302
    assert set(HonourTitle.objects.values_list("level", "college")) == {
        ("school", None),
        ("college", world.college_a.pk),
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "party", "level": "city"}, "level"),
        ({"level": "college"}, "college"),
        ({"places": 0}, "places"),
    ],
)
def test_what_is_wrong_stands_at_its_field(world, client_of, changes, field):
    answer = client_of(world.admin).post(build_url("honour_new"), NEW | changes)
    assert answer.context["form"].errors[field]


def test_a_list_shows_the_school_s_titles_and_those_of_the_own_college(world, client_of, title):
    for user, college in ((world.secretary, world.college_a), (world.secretary_b, world.college_b)):
        make_title(world, user=user, level="college", college=college)
    for user, levels in (
        (world.admin, ["college", "college", "school"]),
        (world.secretary, ["college", "school"]),
        (world.branch_secretary, ["college", "school"]),
        (world.bh.admin, []),
    ):
        page = client_of(user).get(build_url("honours")).context["page"]
        assert sorted(row.level for row in page) == levels
    found = client_of(world.admin).get(
        build_url("honours"), {"level": "school", "q": "共青", "sort": "-places"}
    )
    assert [row.pk for row in found.context["page"]] == [title.pk]


def test_the_counts_of_a_title_are_not_multiplied(world, client_of, title, chosen_nomination):
    make_twenty_hours(world.party)
    nominate_as(world, title, world.party)
    (row,) = client_of(world.branch_secretary).get(build_url("honours")).context["page"]
    assert (row.nominated, row.chosen) == (2, 1)


def test_a_nomination_by_direct_post_is_refused_with_its_reasons(world, client_of, title):
    client = client_of(world.branch_secretary)
    here = build_url("honour_nominate", title.pk, world.missing.pk)
    page = client.get(here).content.decode()
    assert "还差志愿者注册核实" in page
    assert "<textarea" not in page
    answer = client.post(here, {"grounds": "全年参加社区服务"})
    (error,) = answer.context["form"].non_field_errors()
    assert "还差 20 小时（通知二（二）、四.3）" in error
    assert "全年参加社区服务" in answer.content.decode()
    assert not Nomination.objects.exists()


def test_the_branch_finds_its_people_with_their_verdicts_and_nominates(world, client_of, title):
    make_twenty_hours(world.registered)
    client = client_of(world.branch_secretary)
    rows = client.get(build_url("honour_nominees", title.pk), {"q": "张伟"}).context["rows"]
    assert {(row.student_no, judged["open"]) for row, judged, _ in rows} == {
        ("2018010001", True),
        ("2018010002", False),
    }
    client.post(build_url("honour_nominate", title.pk, world.registered.pk), {"grounds": "带队"})
    assert Nomination.objects.get().member == world.registered
    rows = client.get(build_url("honour_nominees", title.pk)).context["rows"]
    assert [row.student_no for row, _, stands in rows if stands] == ["2018010001"]


@pytest.mark.parametrize(("kind", "label"), [("branch", "团支部名称"), ("person", "姓名、拼音或学号")])
def test_the_search_of_a_title_asks_for_what_is_nominated(world, client_of, kind, label):
    title = make_title(world, kind=kind)
    for name in ("honour", "honour_nominees"):
        assert f">{label}<" in client_of(world.secretary).get(build_url(name, title.pk)).content.decode()


def test_a_college_nominates_a_branch(world, client_of):
    title = make_title(world, kind="branch")
    client = client_of(world.secretary)
    rows = client.get(build_url("honour_nominees", title.pk)).context["rows"]
    assert [(row.name, judged["open"]) for row, judged, _ in rows] == [
        (world.a1.name, False),
        (world.a2.name, True),
    ]
    client.post(build_url("honour_nominate", title.pk, world.a2.pk), {"grounds": "全员注册"})
    assert Nomination.objects.get().branch == world.a2
    assert client.get(Nomination.objects.get().get_absolute_url()).status_code == 200


def test_the_school_chooses_drops_and_leads_to_the_end(world, client_of, title, chosen_nomination):
    make_twenty_hours(world.party)
    other = nominate_as(world, title, world.party)
    client = client_of(world.admin)
    client.post(build_url("nomination_choose", other.pk))
    client.post(build_url("nomination_drop", other.pk), {"reason": "材料不全"})
    for step in ("honour_announce", "honour_reopen", "honour_announce", "honour_decide"):
        assert client.post(build_url(step, title.pk)).status_code == 302
    title.refresh_from_db()
    other.refresh_from_db()
    assert (title.state, other.state, other.reason) == ("decided", "dropped", "材料不全")
    refused = client.post(build_url("nomination_drop", chosen_nomination.pk), {"reason": "反悔"})
    assert refused.status_code == 200
    chosen_nomination.refresh_from_db()
    assert (chosen_nomination.state, chosen_nomination.place) == ("chosen", 1)


def test_a_refused_step_says_who_and_why_on_the_title_s_page(world, client_of, title, chosen_nomination):
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    move_person(world.registered, date(2018, 12, 31), state="graduated")
    answer = client_of(world.admin).post(build_url("honour_decide", title.pk))
    assert answer.context["errors"][0] == "张伟：不能参评荣誉：2018-12-31 不在籍（毕业）"


def test_changes_since_are_marked_on_list_and_page(world, client_of, title, chosen_nomination):
    client = client_of(world.admin)
    (row,) = client.get(build_url("honour", title.pk)).context["page"]
    assert (row.changes, row.barred) == ([], "")
    world.year.required_minutes = 1500
    world.year.save()
    answer = client.get(build_url("honour", title.pk), {"now": "changed"})
    (row,) = answer.context["page"]
    assert [(line.label, line.then, line.now) for line in row.changes] == [
        ("结论", "可以参评", "不能参评"),
        ("年度服务时长", "20 小时（要求20 小时）", "20 小时（要求25 小时）"),
    ]
    assert answer.context["barred_now"] == 1
    page = client.get(chosen_nomination.get_absolute_url()).content.decode()
    assert page.count('<tr class="changed">') == 2
    assert (
        client.get(build_url("honour", title.pk), {"now": "barred", "q": "张伟"}).context["page"].object_list
    )


def test_the_list_for_publication_has_name_branch_and_title_only(world, client_of, title, chosen_nomination):
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    text = client_of(world.admin).get(build_url("honour_publication", title.pk)).content.decode()
    for shown in (world.registered.name, world.a1.name, title.name):
        assert shown in text
    for hidden in (
        world.registered.student_no,
        world.registered.phone,
        world.registered.volunteer_no,
        "社区服务",
    ):
        assert hidden not in text
    assert f"1. 张伟（{world.a1.name}）" in text


def test_the_published_branch_is_that_of_the_decision(world, client_of, title, chosen_nomination):
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    decide_title(user=world.admin, title_id=title.pk, now=NOW)
    correct_person(world.registered, branch=world.a2)
    text = client_of(world.admin).get(build_url("honour_publication", title.pk)).content.decode()
    assert world.a1.name in text
    assert world.a2.name not in text


def test_the_list_is_for_whoever_decides(world, client_of, title, chosen_nomination):
    for user, status in (
        (world.secretary, 404),
        (world.branch_secretary, 403),
        (world.member, 403),
        (None, 302),
    ):
        assert client_of(user).get(build_url("honour_publication", title.pk)).status_code == status


def test_a_college_sees_its_own_nominations_only(world, client_of, title, chosen_nomination):
    make_twenty_hours(world.zhang_wei_b)
    nominate_as(world, title, world.zhang_wei_b, user=world.secretary_b)
    for user, seen in ((world.admin, 2), (world.secretary, 1), (world.secretary_b, 1)):
        assert client_of(user).get(build_url("honour", title.pk)).context["page"].paginator.count == seen


def test_nominations_are_sorted_as_asked(world, client_of, title, chosen_nomination):
    make_twenty_hours(world.quiet, world.party)
    for person in (world.quiet, world.party):
        nominate_as(world, title, person, user=world.secretary)
    client, seen = client_of(world.admin), {}
    for sort in ("", "name", "-name", "state", "branch", "at", "unknown"):
        rows = client.get(build_url("honour", title.pk), {"sort": sort}).context["page"]
        seen[sort] = [row.nomination.member for row in rows]
    assert seen[""] == seen["unknown"] == [world.registered, world.quiet, world.party]
    assert seen["name"] == sorted(seen[""], key=lambda member: member.sort_key) == seen["-name"][::-1]
    assert seen["state"][0] == world.registered and seen["branch"][-1] == world.quiet


@pytest.mark.parametrize("name", ["honours_export", "honour_export"])
def test_the_export_holds_the_scope_and_is_noted(world, client_of, title, chosen_nomination, name):
    make_twenty_hours(world.zhang_wei_b)
    nominate_as(world, title, world.zhang_wei_b, user=world.secretary_b)
    answer = client_of(world.secretary).get(build_url(name, *([title.pk] if name == "honour_export" else [])))
    header, *rows = load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True)
    row = dict(zip(header, rows[0], strict=True))
    assert [row["学号"], row["申报时资格"], row["状态"], row["名额序号"]] == [
        "2018010001",
        "可以参评",
        "拟表彰",
        1,
    ]
    assert len(rows) == 1
    assert ExportLog.objects.get(kind="honours").rows == 1


def test_queries_do_not_grow_with_the_rows(world, client_of):
    title = make_title(world, places=100)
    client = client_of(world.secretary)
    counts = {}
    for many in (1, 30):
        people = [MemberFactory(branch=world.a1, registered=True) for _ in range(many)]
        make_twenty_hours(*people)
        for person in people:
            nominate_as(world, title, person, user=world.secretary)
        for name in ("honour", "honour_nominees", "honour_export"):
            with CaptureQueriesContext(connection) as queries:
                client.get(build_url(name, title.pk))
            counts.setdefault(name, []).append(len(queries))
    assert all(first == second for first, second in counts.values()), counts


def test_the_person_s_page_leads_to_the_nomination(world, client_of, chosen_nomination):
    page = client_of(world.branch_secretary).get(build_url("eligibility_member", world.registered.pk))
    assert chosen_nomination.get_absolute_url() in page.content.decode()
