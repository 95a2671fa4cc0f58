"""对接学院: the data of colleges that a street's person in charge sees, and the data that stays hidden."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import ServiceYear
from pairing.models import PairingCode, TeamMembership
from pairing.services.pairings import release_pairing
from tests.factories import CollegeFactory, MemberFactory, make_secretary
from tests.pairing.pairs import make_pairing


@pytest.fixture
def pairing(open_hall):
    return make_pairing(open_hall.world.college_a, open_hall.urban, user=open_hall.world.secretary)


def read_liaison_page(client_of, user) -> str:
    return client_of(user).get(reverse("liaison")).content.decode()


def test_the_way_in_leads_a_street_s_person_to_the_colleges(world, client_of):
    assert client_of(world.liaison).get(reverse("home")).url == reverse("liaison")


def test_it_shows_college_team_contact_and_until_when(pairing, open_hall, client_of):
    text = read_liaison_page(client_of, open_hall.world.liaison)
    for words in (
        "法学院",
        "京华大学",
        "曹书记",
        "京华大学法学院青年志愿者服务队",
        "2018-10-19 24:00",
        "未绑定",
    ):
        assert words in text


def test_it_counts_who_has_joined_without_a_name(pairing, open_hall, client_of):
    world = open_hall.world
    for member in (world.registered, world.missing, world.lead):
        TeamMembership.objects.create(team=pairing.team, member=member, joined_at=open_hall.now)
    TeamMembership.objects.filter(member=world.missing).update(left_at=open_hall.now)
    text = read_liaison_page(client_of, world.liaison)
    assert "2 人" in text
    assert not {name for name in (world.registered.name, world.lead.name, world.missing.name) if name in text}


def test_colleges_of_another_school_and_of_another_street_are_not_there(pairing, open_hall, client_of):
    world = open_hall.world
    make_pairing(world.bh.college_a, open_hall.urban, user=world.bh.secretary)
    make_pairing(world.college_b, open_hall.suburban, user=world.secretary_b)
    text = read_liaison_page(client_of, world.liaison)
    assert "法学院" in text
    assert "北华大学" not in text
    assert "物理学院" not in text


def test_a_released_pairing_and_one_of_another_year_are_gone(pairing, open_hall, client_of):
    release_pairing(user=open_hall.world.admin, pairing_id=pairing.pk, reason="街道撤并")
    text = read_liaison_page(client_of, open_hall.world.liaison)
    assert "还没有学院与贵街乡对接" in text
    assert "法学院" not in text


@pytest.mark.parametrize(
    ("today", "fields", "words"),
    [
        ("2018-10-19 23:59:59 +0800", {}, "待完成"),
        ("2018-10-20 00:00:00 +0800", {}, "已逾期"),
        ("2018-10-25 09:00 +0800", {"offline_on": date(2018, 10, 18)}, "2018-10-18"),
    ],
)
def test_the_offline_part_is_due_until_midnight(
    pairing, open_hall, client_of, time_machine, today, fields, words
):
    time_machine.move_to(today)
    if fields:
        type(pairing).objects.filter(pk=pairing.pk).update(**fields, confirmed_at=open_hall.now)
    assert words in read_liaison_page(client_of, open_hall.world.liaison)


def test_the_office_and_members_have_no_such_page(world, client_of):
    for user in (world.admin, world.secretary, world.member, world.branch_secretary):
        assert client_of(user).get(reverse("liaison")).status_code == 403


def test_thirty_colleges_take_the_queries_of_one(pairing, open_hall, client_of):
    world, client = open_hall.world, client_of(open_hall.world.liaison)

    def count_queries() -> int:
        client.get(reverse("liaison"))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("liaison")).status_code == 200
        return len(asked)

    few = count_queries()
    ServiceYear.objects.filter(pk=world.year.pk).update(urban_cap=50, streets_shared=True)
    for number in range(29):
        college = CollegeFactory(school=world.school)
        secretary = make_secretary(college)
        PairingCode.objects.create(
            year=world.year, code=f"CQMANY{number}", kind="urban", state="handed_out", college=college
        )
        make_pairing(college, open_hall.urban, user=secretary)
        MemberFactory(branch__college=college)
    assert len(client.get(reverse("liaison")).context["pairings"]) == 30
    assert count_queries() == few
