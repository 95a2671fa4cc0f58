"""总览 and 工作台: their figures, the links of each number, and the number of queries."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Branch, College, ImportRun, Member, Street
from members.queries.organisation import BranchNode, CollegeNode
from members.rules import Rate
from pairing.services.pairings import release_pairing
from reports.queries.dashboards import Board, get_next_issue
from reports.rules.bulletins import Numbering, Schedule
from reports.services.appraisal import submit_appraisal
from reports.services.bulletins import correct_bulletin, publish_bulletin
from tests.factories import (
    BranchFactory,
    CollegeFactory,
    ImportRunFactory,
    MemberFactory,
    SchoolFactory,
    ServiceYearFactory,
    create_people,
    make_branch_secretary,
    make_registration,
    make_school_admin,
)
from tests.pairing.pairs import make_pairing
from tests.reports.appraising import fill_sheet, make_branch_of_twelve, start_as
from tests.walk import read_text

BEIJING = ZoneInfo("Asia/Shanghai")
OCTOBER = Numbering(Schedule(date(2018, 10, 10), 2, date(2018, 12, 31)), first_on=date(2018, 10, 10))


def publish_on_day(world, day: int):
    now = datetime(2018, 10, day, 8, tzinfo=BEIJING)
    return publish_bulletin(school=world.school, on=date(2018, 10, day), now=now)


def make_college_node(name, *rates):
    branches = [
        BranchNode(index, f"{name}{index}", "", ["书记"], Rate(members, registered))
        for index, (registered, members) in enumerate(rates)
    ]
    return CollegeNode(1, name, "", ["书记"], sum((node.rate for node in branches), Rate()), branches)


def count_queries(client, url) -> int:
    client.get(url)  # the session is in the cache from here on
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


# --- figures ---


def test_equal_rates_share_a_place_and_nobody_without_members_has_one():
    board = Board(
        [
            make_college_node("甲", (1, 3)),
            make_college_node("乙", (2, 6)),
            make_college_node("丙"),
            make_college_node("丁", (1, 1)),
        ],
        95,
    )
    assert [(place, college.name) for place, college in board.ranked] == [
        (1, "丁"),
        (2, "乙"),
        (2, "甲"),
        (None, "丙"),
    ]


def test_the_branches_that_miss_most_come_first():
    board = Board([make_college_node("甲", (19, 20), (18, 19), (10, 20), (20, 20))], 95)
    assert [branch.name for _, branch in board.below] == ["甲2", "甲1"]
    assert [branch.name for branch in board.by_need] == ["甲2", "甲1", "甲0", "甲3"]


@pytest.mark.parametrize(
    ("today", "issued", "expected"),
    [
        (date(2018, 9, 1), set(), (1, date(2018, 10, 10), False)),
        (date(2018, 10, 10), set(), (1, date(2018, 10, 10), True)),
        (date(2018, 10, 10), {date(2018, 10, 10)}, (2, date(2018, 10, 12), False)),
        (date(2018, 10, 31), {date(2018, 10, 30)}, (12, date(2018, 11, 1), False)),
    ],
)
def test_the_next_issue(today, issued, expected):
    found = get_next_issue(OCTOBER, issued=issued, today=today)
    assert (found.number, found.due_on, found.today) == expected


def test_after_the_last_date_there_is_no_next_issue():
    assert get_next_issue(OCTOBER, issued=set(), today=date(2019, 1, 1)) is None


# --- the school ---


def test_the_overview_shows_figures_and_where_they_come_from(world, client_of):
    page = client_of(world.admin).get(reverse("overview"))
    total = page.context["board"].total
    assert (total.members, total.registered, total.reported, total.out) == (8, 5, 1, 2)
    assert page.context["unclear"] == 3
    assert "62.50" in page.content.decode()


def test_each_number_equals_the_list_it_leads_to(world, client_of):
    client = client_of(world.admin)
    total = client.get(reverse("overview")).context["board"].total

    def count_listed(query):
        return client.get(f"{reverse('roster')}?{query}").context["page"].paginator.count

    assert count_listed("stage=member&state=active") == total.members
    assert count_listed("stage=member&state=active&registration=missing") == total.missing
    assert count_listed("stage=member&state=active&registration=reported") == total.reported
    assert count_listed("stage=member&state=out") == total.out
    activists_missing = total.activists - total.activists_registered
    assert count_listed("stage=activists&state=active&registration=missing") == activists_missing
    text = client.get(reverse("overview")).content.decode()
    assert "?stage=member&amp;state=active&amp;registration=reported" in text
    assert "?stage=activists&amp;state=active&amp;registration=missing" in text


def test_the_trend_takes_a_correction_in_place_of_what_it_corrects(world, client_of):
    first = publish_on_day(world, 10)
    Member.objects.filter(pk=world.missing.pk).update(**make_registration(date(2018, 10, 11)))
    second = publish_on_day(world, 12)
    fixed = correct_bulletin(
        bulletin=second, reason="漏计一人", user=world.admin, now=datetime(2018, 10, 13, tzinfo=BEIJING)
    )
    page = client_of(world.admin).get(reverse("overview"))
    assert page.context["trend"]["labels"] == ["10月10日", "10月12日"]
    assert page.context["trend"]["series"][0]["texts"] == [first.rate.text, fixed.rate.text]
    assert page.context["last_issue"] == fixed


def test_what_the_school_lacks_is_listed(world, client_of):
    College.objects.create(school=world.school, name="新建学院")
    page = client_of(world.admin).get(reverse("overview"))
    board = page.context["board"]
    assert [college.name for college in board.colleges_without_roster] == ["新建学院"]
    assert [college.name for college in board.colleges_without_secretary] == ["新建学院"]
    assert (board.without_secretary, board.small) == (3, 3)
    assert [branch.name for _, branch in board.below] == [world.a1.name]


def test_the_overview_names_no_person_and_no_other_school(world, client_of):
    text = client_of(world.admin).get(reverse("overview")).content.decode()
    for stranger in (world.missing.name, world.reported.name, world.bh.college_a.name):
        assert stranger not in text


def test_an_empty_school_is_told_the_next_step(client_of, db):
    school = SchoolFactory()
    admin = make_school_admin(school)
    assert "还没有设立年度" in client_of(admin).get(reverse("overview")).content.decode()
    ServiceYearFactory(school=school)
    assert client_of(admin).get(reverse("overview")).headers["Location"] == reverse("first_steps")


@pytest.mark.parametrize("who", ["secretary", "branch_secretary", "member", "liaison"])
def test_the_overview_is_the_schools(world, client_of, who):
    assert client_of(getattr(world, who)).get(reverse("overview")).status_code == 403


def test_the_overview_of_twenty_thousand_people_takes_at_most_fourteen_queries(world, client_of):
    client, url = client_of(world.admin), reverse("overview")
    few = count_queries(client, url)
    colleges = CollegeFactory.create_batch(10, school=world.school)
    branches = Branch.objects.bulk_create(
        Branch(college=college, name=f"{college.name}{index}支部")
        for college in colleges
        for index in range(70)
    )
    create_people(
        Member(
            school=world.school,
            branch=branch,
            student_no=f"9{index:03d}{place:04d}",
            name="学生",
            stage=Member.Stage.MEMBER,
            reported_on=date(2018, 10, 1) if place % 9 else None,
        )
        for place, branch in enumerate(branches)
        for index in range(29)
    )
    assert Member.objects.filter(school=world.school).count() > 20_000
    publish_on_day(world, 10)
    assert (
        count_queries(client, url) == few <= 14
    )  # one counts for the menu the invitations that wait for a check, one the results whose basis has changed


# --- a college ---


def test_a_secretary_works_with_the_own_college(world, client_of):
    ImportRunFactory(school=world.school, college=world.college_a, state=ImportRun.State.DONE)
    publish_on_day(world, 10)
    page = client_of(world.secretary).get(reverse("college", args=[world.college_a.pk]))
    assert page.context["board"].total.text == "57.14"
    assert page.context["unclear"] == 1
    assert page.context["trend"]["series"][0]["texts"] == ["57.14"]
    text = page.content.decode()
    assert "最近导入" in text
    assert world.a1.name in text
    assert f"college={world.college_a.pk}" in text
    assert world.college_b.name not in text


@pytest.mark.parametrize("who", ["secretary", "admin"])
def test_a_college_out_of_scope_is_not_found(world, client_of, who):
    foreign = world.bh.college_a if who == "admin" else world.college_b
    answer = client_of(getattr(world, who)).get(reverse("college", args=[foreign.pk]))
    assert answer.status_code == 404


def test_an_empty_college_is_told_to_import_its_roster(world, client_of):
    empty = CollegeFactory(school=world.school)
    text = client_of(world.admin).get(reverse("college", args=[empty.pk])).content.decode()
    assert "本学院还没有团员数据" in text


def test_a_college_takes_the_same_queries_for_two_and_for_thirty_branches(world, client_of):
    client, url = client_of(world.secretary), reverse("college", args=[world.college_a.pk])
    few = count_queries(client, url)
    for branch in BranchFactory.create_batch(30, college=world.college_a):
        MemberFactory(branch=branch)
    assert count_queries(client, url) == few


# --- alarms of pairing ---


def test_overdue_pairings_are_an_alarm_of_school_and_college(world, client_of):
    pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    pages = {
        world.admin: reverse("overview"),
        world.secretary: world.college_a.get_absolute_url(),
        world.secretary_b: world.college_b.get_absolute_url(),
    }

    def list_alarms(now):
        with time_machine.travel(now, tick=False):
            return [client_of(user).get(url).context["pairings_overdue"] for user, url in pages.items()]

    assert list_alarms("2018-10-19 23:59:59 +0800") == [0, 0, 0]
    assert list_alarms("2018-10-20 00:00 +0800") == [1, 1, 0]
    with time_machine.travel("2018-10-20 00:00 +0800"):
        assert (
            'href="/pairings/?state=overdue"'
            in client_of(world.admin).get(pages[world.admin]).content.decode()
        )
    release_pairing(user=world.admin, pairing_id=pairing.pk, reason="学院撤并")
    assert list_alarms("2018-10-20 00:00 +0800") == [0, 0, 0]


def test_a_street_above_the_cap_is_an_alarm_of_the_school_and_of_the_college_that_is_paired_there(
    world, client_of
):
    make_pairing(world.college_a, world.urban, user=world.secretary)
    make_pairing(world.college_b, world.suburban, user=world.secretary_b)
    pages = {
        world.admin: reverse("overview"),
        world.secretary: world.college_a.get_absolute_url(),
        world.secretary_b: world.college_b.get_absolute_url(),
        world.bh.admin: reverse("overview"),
    }

    def list_alarms(taken: int) -> list[int]:
        Street.objects.filter(pk=world.urban.pk).update(taken_elsewhere=taken)
        return [client_of(user).get(url).context["pairings_over"] for user, url in pages.items()]

    with time_machine.travel("2018-10-18 09:00 +0800", tick=False):
        assert list_alarms(4) == [0, 0, 0, 0]
        assert list_alarms(5) == [1, 1, 0, 0]
        page = client_of(world.admin).get(reverse("overview")).content.decode()
        assert 'href="/pairings/?state=over"' in page
        listed = client_of(world.admin).get("/pairings/?state=over").context["page"]
        assert [pairing.college for pairing in listed] == [world.college_a]


def test_a_submitted_sheet_waits_for_the_college(world, client_of):
    make_branch_of_twelve(world)
    lead = make_branch_secretary(world.a2, world.quiet)
    submit_appraisal(user=lead, appraisal_id=fill_sheet(start_as(world, lead), lead).pk)
    page = client_of(world.secretary).get(reverse("college", args=[world.college_a.pk]))
    assert page.context["appraisals_submitted"] == 1
    assert "1 份教育评议</a>待审核" in read_text(page)
