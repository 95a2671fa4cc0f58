"""注册: pages of the rates in scope, of reports that wait, of verification and revocation; the page of a branch."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.models import Member
from members.views.branches import compute_everyone_threshold
from tests.factories import (
    BranchFactory,
    MemberFactory,
    SchoolFactory,
    ServiceYearFactory,
    make_school_admin,
)


def read_rows(response) -> dict[str, tuple[int, int]]:
    return {
        getattr(row, "branch", row.college): (row.rate.registered, row.rate.members)
        for row in response.context["page"]
    }


def test_the_school_sees_colleges_and_drills_down_to_branches(world, client_of):
    client, url = client_of(world.admin), reverse("registration")
    assert read_rows(client.get(url)) == {"法学院": (4, 7), "物理学院": (1, 1)}
    below = read_rows(client.get(url, {"college": world.college_a.pk}))
    assert below == {"法学1801团支部": (3, 6), "法学1802团支部": (1, 1)}


def test_secretaries_see_their_own_branches(world, client_of):
    url = reverse("registration")
    assert set(read_rows(client_of(world.secretary).get(url))) == {"法学1801团支部", "法学1802团支部"}
    assert set(read_rows(client_of(world.branch_secretary).get(url))) == {"法学1801团支部"}


def test_figures_of_one_branch_do_not_stand_under_the_college_s_name(world, client_of):
    page = client_of(world.branch_secretary).get(reverse("registration"))
    assert "法学1801团支部注册进度" in page.content.decode()
    assert page.context["reminder"].startswith("【志愿者注册进度】法学1801团支部团员 6 人")
    page = client_of(world.secretary).get(reverse("registration"))
    assert page.context["reminder"].startswith("【志愿者注册进度】法学院团员 7 人")
    page = client_of(world.admin).get(reverse("registration"))
    assert page.context["reminder"].startswith("【志愿者注册进度】全校团员 8 人")


def test_before_the_first_import_nobody_is_told_to_clear_a_filter(world, client_of):
    empty = ServiceYearFactory(school=SchoolFactory()).school
    page = client_of(make_school_admin(empty)).get(reverse("registration")).content.decode()
    assert "还没有学院和团支部" in page
    assert "没有符合条件的组织" not in page


def test_a_foreign_college_in_the_address_shows_no_foreign_branch(world, client_of):
    response = client_of(world.secretary).get(reverse("registration"), {"college": world.college_b.pk})
    assert "物理" not in response.content.decode()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("below", {"法学1801团支部"}),
        ("complete", {"法学1802团支部"}),
        ("incomplete", {"法学1801团支部"}),
        ("empty", set()),
    ],
)
def test_branches_are_narrowed_by_the_lines(world, client_of, line, expected):
    assert set(read_rows(client_of(world.secretary).get(reverse("registration"), {"line": line}))) == expected


def test_branches_are_sorted_by_rate(world, client_of):
    client, url = client_of(world.secretary), reverse("registration")
    assert list(read_rows(client.get(url, {"sort": "rate"}))) == ["法学1801团支部", "法学1802团支部"]
    assert list(read_rows(client.get(url, {"sort": "-rate"}))) == ["法学1802团支部", "法学1801团支部"]


def test_the_reminder_names_organisations_and_nobody(world, client_of):
    text = client_of(world.secretary).get(reverse("registration")).context["reminder"]
    assert "法学1801团支部：还差 3 人" in text
    for person in Member.objects.all():
        assert person.name not in text


@pytest.mark.parametrize(("today", "words"), [("2018-10-09", "10月10日前"), ("2018-10-12", "请尽快")])
def test_the_reminder_gives_a_deadline_only_while_it_lies_ahead(world, client_of, today, words):
    with time_machine.travel(f"{today}T04:00:00Z", tick=False):
        client = client_of(world.secretary)
        assert words in client.get(reverse("registration")).context["reminder"]


def test_rates_take_the_same_queries_for_one_branch_and_thirty(world, client_of):
    client, url = client_of(world.branch_secretary), reverse("registration")
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    secretary = client_of(world.secretary)
    secretary.get(url)
    with CaptureQueriesContext(connection) as few:
        secretary.get(url)
    for branch in BranchFactory.create_batch(30, college=world.college_a):
        MemberFactory(branch=branch)
    with CaptureQueriesContext(connection) as many:
        assert len(secretary.get(url).context["page"]) == 25
    assert len(few) == len(many)
    assert len(one) <= len(many)


# --- reports that wait ---


def test_ticked_reports_are_verified(world, client_of):
    url = reverse("registration_reports")
    client = client_of(world.secretary)
    assert [person.name for person in client.get(url).context["page"]] == ["李自报"]
    response = client.post(url, {"chosen": [world.reported.pk], "evidence": "逐一核对"}, follow=True)
    assert "已核实 1 人" in response.content.decode()
    world.reported.refresh_from_db()
    assert world.reported.registration_state == "registered"


def test_without_evidence_nothing_is_verified_and_the_ticks_stay(world, client_of):
    url = reverse("registration_reports")
    response = client_of(world.secretary).post(url, {"chosen": [world.reported.pk], "evidence": ""})
    assert "checked" in response.content.decode()
    world.reported.refresh_from_db()
    assert world.reported.registered_on is None


def test_a_foreign_person_cannot_be_ticked(world, client_of):
    Member.objects.filter(pk=world.missing.pk).update(reported_on="2018-10-01", reported_no="110109000000003")
    url = reverse("registration_reports")
    response = client_of(world.secretary_b).post(url, {"chosen": [world.missing.pk], "evidence": "看过"})
    assert "名单已有变化" in response.content.decode()
    world.missing.refresh_from_db()
    assert world.missing.registered_on is None


def test_reports_take_the_same_queries_for_one_and_thirty(world, client_of):
    client, url = client_of(world.secretary), reverse("registration_reports")
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    MemberFactory.create_batch(29, branch=world.a2, reported=True)
    with CaptureQueriesContext(connection) as thirty:
        assert client.get(url).context["page"].paginator.count == 30
    assert len(one) == len(thirty)


# --- verification and revocation for one person ---


def test_a_registration_is_confirmed_on_its_page(world, client_of):
    url = reverse("registration_confirm", args=[world.missing.pk])
    sent = {"volunteer_no": "１１０１ 0900 0000 001", "registered_on": "2018.10.8", "evidence": "看过截图"}
    response = client_of(world.secretary).post(url, sent, follow=True)
    assert "团委核实" in response.content.decode()
    world.missing.refresh_from_db()
    assert world.missing.volunteer_no == "110109000000001"


@pytest.mark.parametrize(
    ("field", "value"),
    [("volunteer_no", ""), ("volunteer_no", "12"), ("registered_on", "十月"), ("evidence", "")],
)
def test_number_date_and_evidence_are_all_needed(world, client_of, field, value):
    sent = {"volunteer_no": "110109000000001", "registered_on": "2018-10-08", "evidence": "看过"} | {
        field: value
    }
    response = client_of(world.secretary).post(reverse("registration_confirm", args=[world.missing.pk]), sent)
    assert field in response.context["form"].errors
    world.missing.refresh_from_db()
    assert world.missing.registered_on is None


def test_the_date_may_be_unknown_and_is_then_never_printed(world, client_of):
    client, url = client_of(world.secretary), reverse("registration_confirm", args=[world.missing.pk])
    sent = {
        "volunteer_no": "110109000000001",
        "registered_on": "",
        "date_unknown": "on",
        "evidence": "看过截图",
    }
    page = client.post(url, sent, follow=True).content.decode()
    world.missing.refresh_from_db()
    assert (world.missing.is_registered, world.missing.registered_on) == (True, None)
    assert world.missing.counts_from == timezone.localdate()
    assert "日期不详" in page
    revoke = client.get(reverse("registration_revoke", args=[world.missing.pk])).content.decode()
    assert "注册日期不详" in revoke
    assert str(timezone.localdate()) not in revoke


@pytest.mark.parametrize(
    ("sent", "field", "text"),
    [
        ({"registered_on": ""}, "registered_on", "请勾选“注册日期不清楚”"),
        ({"registered_on": "2018-10-08", "date_unknown": "on"}, "date_unknown", "已经填写了注册日期"),
    ],
)
def test_a_date_is_told_or_called_unknown_never_both_nor_neither(world, client_of, sent, field, text):
    sent = {"volunteer_no": "110109000000001", "evidence": "看过"} | sent
    response = client_of(world.secretary).post(reverse("registration_confirm", args=[world.missing.pk]), sent)
    assert text in response.context["form"].errors[field][0]
    world.missing.refresh_from_db()
    assert not world.missing.is_registered


def test_a_confirmation_is_revoked_with_a_reason(world, client_of):
    client, url = client_of(world.secretary), reverse("registration_revoke", args=[world.registered.pk])
    assert client.post(url, {"reason": ""}).context["form"].errors["reason"]
    client.post(url, {"reason": "同名误认"})
    world.registered.refresh_from_db()
    assert world.registered.registered_on is None


def test_a_branch_secretary_confirms_nothing(world, client_of):
    client = client_of(world.branch_secretary)
    for name in ("registration_confirm", "registration_revoke"):
        assert client.post(reverse(name, args=[world.missing.pk]), {}).status_code == 403
    assert client.get(reverse("registration_reports")).status_code == 403


# --- the page of a branch ---


def test_a_branch_says_what_it_needs_and_who_is_missing(world, client_of):
    response = client_of(world.branch_secretary).get(world.a1.get_absolute_url())
    page = response.content.decode()
    assert "人数不足 20 人，需全员注册" in page
    assert {person.name for person in response.context["missing"]} == {"李自报", "张伟", "阿依古丽·买买提"}
    assert "陈支书" in page


def test_the_branch_group_text_carries_no_names(world, client_of):
    text = client_of(world.branch_secretary).get(world.a1.get_absolute_url()).context["reminder"]
    assert "还有 3 位同学" in text
    for person in Member.objects.filter(branch=world.a1):
        assert person.name not in text


def test_a_branch_without_secretary_and_people_is_flagged(world, client_of):
    page = client_of(world.admin).get(world.b2.get_absolute_url()).content.decode()
    assert "未设团支书" in page
    assert "团员不足 3 人" in page
    assert "不适用" in page


def test_a_foreign_branch_is_not_found(world, client_of):
    assert client_of(world.branch_secretary).get(world.a2.get_absolute_url()).status_code == 404
    assert client_of(world.secretary).get(world.b1.get_absolute_url()).status_code == 404
    assert client_of(world.admin).get(world.bh.a1.get_absolute_url()).status_code == 404


def test_a_branch_takes_the_same_queries_for_one_person_and_thirty(world, client_of):
    client, url = client_of(world.secretary), world.a2.get_absolute_url()
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    MemberFactory.create_batch(29, branch=world.a2)
    with CaptureQueriesContext(connection) as thirty:
        assert client.get(url).context["page"].paginator.count == 30
    assert len(one) == len(thirty)


@pytest.mark.parametrize(("percent", "members"), [(95, 20), (90, 10), (99, 100), (100, None)])
def test_under_which_number_of_members_everyone_is_needed(percent, members):
    assert compute_everyone_threshold(percent) == members
