"""起步: a new school is led step by step; every tick is a fact, and the page goes away when all is done."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Branch, Grant, Member, User
from members.permissions import Role
from members.queries.activated import count_accounts
from members.services.schools import create_school
from pairing.models import PairingCode
from reports.services.bulletins import publish_bulletin
from reports.services.rollover import open_next_year
from reports.services.years import change_rules
from reports.steps import has_open_steps, list_college_steps, list_school_steps
from tests.factories import (
    NOT_REGISTERED,
    BranchFactory,
    CollegeFactory,
    GrantFactory,
    MemberFactory,
    StreetFactory,
    UserFactory,
    make_account,
    make_school_admin,
)
from tests.pairing.pairs import make_pairing

BEIJING = ZoneInfo("Asia/Shanghai")
TODAY = date(2018, 10, 20)
DECEMBER = datetime(2018, 12, 3, 9, tzinfo=BEIJING)


@pytest.fixture(autouse=True)
def october(time_machine):
    time_machine.move_to(datetime(2018, 10, 20, 8, tzinfo=BEIJING), tick=False)


@pytest.fixture
def new_school(db):
    """A school as create_school makes it."""
    school, _ = create_school(code="NEW", name="新华大学", year=2018)
    return school


def list_finished(school) -> list[str]:
    """Return the titles of the finished steps."""
    return [step.title for step in list_school_steps(school.years.first(), TODAY) if step.finished]


def get_figure(school, title: str) -> str:
    steps = list_school_steps(school.years.first(), TODAY)
    return next(step.figure for step in steps if step.title == title)


def read_menu(page) -> list[str]:
    return [entry.label for entry in page.context["nav"]]


# --- an empty school


def test_the_first_admin_of_a_new_school_comes_to_the_steps(new_school, client_of):
    page = client_of(make_school_admin(new_school)).get(reverse("home"), follow=True)
    assert page.redirect_chain[-1][0] == reverse("first_steps")
    assert read_menu(page)[0] == "起步"
    assert page.context["finished"] == 0
    assert [step.is_next for step in page.context["steps"]] == [True, *[False] * 8]


def test_every_button_opens_a_page(new_school, client_of):
    client = client_of(make_school_admin(new_school))
    for step in client.get(reverse("first_steps")).context["steps"]:
        assert client.get(step.url, follow=True).status_code == 200, step.title


def test_a_school_without_a_year_is_told_so(client_of, db):
    operator = User.objects.create_superuser("operator", "x", name="维护")
    page = client_of(operator).get(reverse("first_steps"))
    assert "还没有设立年度" in page.content.decode()
    assert "起步" not in read_menu(page)


# --- each step ticks itself


def test_the_rules_are_confirmed_by_an_edit(new_school):
    year = new_school.years.get()
    change_rules(year=year, values={"offline_days": 4}, semesters={}, user=make_school_admin(new_school))
    assert list_finished(new_school) == ["核对年度规则"]


def test_the_rules_are_confirmed_by_an_edit_of_a_semester_too(new_school):
    semester = new_school.years.get().semesters.first()
    semester.name = "第一学期"
    semester.save()
    assert list_finished(new_school) == ["核对年度规则"]


def test_the_roster_is_complete_when_every_college_has_people(new_school):
    assert get_figure(new_school, "导入组织和花名册") == "还没有导入"
    college = CollegeFactory(school=new_school)
    assert get_figure(new_school, "导入组织和花名册") == "0/1 个学院已有人员，共 0 人"
    MemberFactory(branch=BranchFactory(college=college))
    MemberFactory(branch=BranchFactory(college=college), state=Member.State.TRANSFERRED)
    assert get_figure(new_school, "导入组织和花名册") == "1/1 个学院已有人员，共 1 人"
    assert list_finished(new_school) == ["导入组织和花名册"]
    CollegeFactory(school=new_school)
    assert list_finished(new_school) == []


def test_the_volunteers_tick_by_a_registered_person(world):
    title = "导入“志愿北京”志愿者名单"
    assert get_figure(world.school, title) == "5/8 名团员已核实注册"
    assert title in list_finished(world.school)
    Member.objects.filter(school=world.bh.school).update(**NOT_REGISTERED)
    assert title not in list_finished(world.bh.school)


def test_the_streets_belong_to_the_city(new_school):
    assert "导入街乡名录" not in list_finished(new_school)
    StreetFactory()
    assert list_finished(new_school) == ["导入街乡名录"]


def test_codes_are_done_when_every_college_has_one(world):
    title = "导入并分配结对码"
    PairingCode.objects.create(year=world.year, code="A1", kind="urban")
    assert get_figure(world.school, title) == "0/2 个学院已分到结对码，库存还有 1 个"
    for college in (world.college_a, world.college_b):
        PairingCode.objects.create(
            year=world.year, code=f"C{college.pk}", kind="urban", state="handed_out", college=college
        )
    assert title in list_finished(world.school)


def test_offices_count_only_people_in_office_today(world):
    title = "任命学院团委书记"
    assert get_figure(world.school, title) == "2/2 个学院已有书记"
    Grant.objects.filter(user=world.secretary).update(starts_on="2018-01-01", ends_on="2018-10-19")
    User.objects.filter(pk=world.secretary_b.pk).update(is_active=False)
    assert get_figure(world.school, title) == "0/2 个学院已有书记"
    assert get_figure(world.school, "任命团支书") == "1/4 个团支部已有团支书"


def test_an_account_is_activated_by_a_password_or_a_campus_sign_in(world):
    people = Member.objects.filter(branch=world.a1, state=Member.State.ACTIVE)
    User.objects.update(password="!unusable")
    assert count_accounts(people) == {"people": 10, "accounts": 2, "activated": 0}
    world.member.set_password("a long password of one's own")
    world.member.save()
    SocialAccount.objects.create(user=world.branch_secretary, provider="campus", uid="2018010006")
    SocialAccount.objects.create(user=world.branch_secretary, provider="weixin", uid="w1")
    assert count_accounts(people) == {"people": 10, "accounts": 2, "activated": 2}


def test_the_first_bulletin_ticks_the_last_step_and_confirms_the_rules(world):
    publish_bulletin(
        school=world.school, on=date(2018, 10, 10), now=datetime(2018, 10, 10, 8, tzinfo=BEIJING)
    )
    assert {"发布首期通报", "核对年度规则"} <= set(list_finished(world.school))


# --- it goes away


def finish_school(world) -> None:
    """Do everything that a school has to do."""
    for branch in Branch.objects.filter(college__school=world.school):
        if not branch.members.filter(state="active").exists():
            MemberFactory(branch=branch)
        GrantFactory(user=UserFactory(school=world.school), role=Role.BRANCH_SECRETARY, branch=branch)
    for person in Member.objects.filter(school=world.school, user=None):
        make_account(person)
    for college in (world.college_a, world.college_b):
        PairingCode.objects.create(
            year=world.year, code=f"C{college.pk}", kind="urban", state="handed_out", college=college
        )
    publish_bulletin(
        school=world.school, on=date(2018, 10, 10), now=datetime(2018, 10, 10, 8, tzinfo=BEIJING)
    )


def test_page_entry_and_banner_go_away_when_all_is_done(world, client_of):
    client = client_of(world.admin)
    before = client.get(reverse("overview"))
    assert read_menu(before)[0] == "起步"
    assert "还有步骤没有办完" in before.content.decode()
    finish_school(world)
    after = client.get(reverse("overview"))
    assert "起步" not in read_menu(after)
    assert "还有步骤没有办完" not in after.content.decode()
    assert "起步工作已全部完成" in client.get(reverse("first_steps")).content.decode()


def test_the_menu_and_the_page_agree_about_every_step(world):
    """The menu asks by one query, the page measures: both look at the same facts."""
    finish_school(world)
    assert not has_open_steps(world.school, TODAY)
    assert all(step.finished for step in list_school_steps(world.year, TODAY))
    MemberFactory(branch=world.a1)
    assert has_open_steps(world.school, TODAY)
    assert not all(step.finished for step in list_school_steps(world.year, TODAY))


def test_a_new_branch_in_the_second_year_does_not_bring_it_back(world):
    finish_school(world)
    open_next_year(user=world.admin, year=world.year, now=DECEMBER)
    BranchFactory(college=world.college_a)
    assert not has_open_steps(world.school, date(2019, 3, 1))


def test_a_second_year_does_not_hide_what_was_never_begun(new_school):
    open_next_year(user=make_school_admin(new_school), year=new_school.years.get(), now=DECEMBER)
    assert has_open_steps(new_school, date(2019, 3, 1))


def test_other_schools_do_not_tick_anything(world, new_school):
    finish_school(world)
    assert list_finished(new_school) == ["导入街乡名录"]


# --- a college


def test_a_new_college_has_steps_of_its_own_on_its_desk(world, client_of):
    page = client_of(world.secretary).get(reverse("college", args=[world.college_a.pk]))
    assert "学院起步：已完成 2/5 步" in page.content.decode()
    figures = [step.figure for step in page.context["steps"]]
    assert figures[3] == "1/2 个团支部已有团支书"
    assert "起步" not in read_menu(page)


def test_a_college_s_steps_go_away_when_done(world, client_of):
    finish_school(world)
    make_pairing(world.college_a, world.urban, user=world.secretary)
    assert list_college_steps(world.college_a, world.year, TODAY) == []
    page = client_of(world.secretary).get(reverse("college", args=[world.college_a.pk]))
    assert "学院起步" not in page.content.decode()


# --- cost


def count_queries(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", ["first_steps", "messages"])
def test_the_number_of_queries_does_not_grow_with_the_school(world, client_of, name):
    client, url = client_of(world.admin), reverse(name)
    few = count_queries(client, url)
    for college in CollegeFactory.create_batch(10, school=world.school):
        MemberFactory.create_batch(3, branch=BranchFactory(college=college))
    assert count_queries(client, url) == few


def test_the_menu_asks_once(world, client_of):
    client = client_of(world.admin)
    client.get(reverse("messages"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("messages"))
    assert sum('FROM "members_school"' in query["sql"] for query in queries) == 1
