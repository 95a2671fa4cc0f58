"""Every search box and every form finds a number in any case and width; of two it could mean, none is taken (§4)."""

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError

from activities.models import SignUp
from activities.queries.attendance import search_signups
from activities.services.attendance import check_by_hand
from members.campus.queries import filter_links
from members.models import CampusLink, Grant, Member
from members.queries.appointments import filter_offices, list_offices
from members.queries.audit import filter_by_person
from pairing.queries.invitations import filter_liaison_grants
from tests.factories import (
    BEIJING,
    ActivityFactory,
    ProjectFactory,
    SignUpFactory,
    UserFactory,
    make_liaison,
    make_secretary,
)
from tests.members.test_import_cases_numbers import SPELLINGS, make_person, make_twins

pytestmark = pytest.mark.django_db
TODAY = date(2018, 11, 10)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_sign_ups_are_found(world, typed):
    activity = ActivityFactory(project=ProjectFactory(college=world.college_a))
    signup = SignUpFactory(activity=activity, member=make_person(world))
    SignUpFactory(activity=activity, member=world.missing)
    assert list(search_signups(SignUp.objects.all(), typed)) == [signup]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_liaisons_and_appointments_are_found(world, typed):
    make_liaison(world.urban, world.school, number="B18010001", name="街乡干部")
    assert [g.user.number for g in filter_liaison_grants(Grant.objects.all(), {"q": typed}, today=TODAY)] == [
        "B18010001"
    ]
    make_secretary(world.college_b, number="B18010001X", name="某书记")
    offices = filter_offices(
        list_offices(world.admin, "grant.view", today=TODAY), {"q": typed + "x"}, today=TODAY
    )
    assert [grant.user.number for grant in offices] == ["B18010001X"]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_the_audit_log_finds_who_wrote(world, typed):
    user = UserFactory(school=world.school, number="B18010001", name="某人")
    found = filter_by_person(Grant.objects.all(), typed, author="user", people=())
    grant = Grant.objects.create(user=user, role="school_admin", school=world.school, starts_on=TODAY)
    assert list(found.all()) == [grant]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_campus_links_are_found(world, typed):
    link = CampusLink.objects.create(
        school=world.school,
        provider="cas",
        uid="1",
        number="B18010001",
        name="某人",
        member=make_person(world),
    )
    assert list(filter_links(CampusLink.objects.all(), {"q": typed})) == [link]


def test_twins_are_found_by_their_own_spelling_only(world):
    first, second = make_twins(world)
    people = Member.objects.filter(school=world.school)
    assert people.find_by_number("B18010001") == first
    assert people.find_by_number("ｂ18010001") == second
    make_twins(world, ("Ab1", "aB1"))
    assert people.find_by_number("AB1") is None
    assert people.find_by_number("") is None
    assert people.find_by_number("２018010003") == world.missing


def test_the_tick_of_an_organiser_takes_the_person_whose_number_is_spelled_so(world):
    _, second = make_twins(world)
    activity = ActivityFactory(project=ProjectFactory(college=world.college_a))
    signup = SignUpFactory(activity=activity, member=second)
    ticked = {"user": world.secretary, "activity_id": activity.pk, "direction": "in", "reason": "手机没电"}
    check_by_hand(**ticked, number="b18010001", now=datetime(2018, 11, 10, 9, tzinfo=BEIJING))
    signup.refresh_from_db()
    assert signup.checked_in_at
    make_twins(world, ("Ab1", "aB1"))
    with pytest.raises(ValidationError, match="没有找到这个学号"):
        check_by_hand(**ticked, number="AB1", now=datetime(2018, 11, 10, 9, tzinfo=BEIJING))
