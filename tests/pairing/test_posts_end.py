"""A liaison's post ends with the school's last pairing at the street, unless the school renews it (§1)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from members.models import Grant, ServiceYear
from members.permissions import Role
from members.services.accounts import grant_role
from pairing.models import PairingCode
from pairing.services.pairings import move_to_street as move_pairing
from pairing.services.pairings import release_pairing
from pairing.services.posts import end_posts_of_past_years, renew_post
from pairing.tasks import send_reminders
from reports.services.rollover import roll_over
from tests.factories import CollegeFactory, GrantFactory, make_account, make_liaison, make_secretary
from tests.pairing.pairs import make_pairing

BEIJING = ZoneInfo("Asia/Shanghai")
JANUARY = datetime(2019, 1, 5, 10, tzinfo=BEIJING)


@pytest.fixture
def pairing(open_hall):
    return make_pairing(open_hall.world.college_a, open_hall.urban, user=open_hall.world.secretary)


def get_last_day(world) -> date | None:
    return world.liaison.grants.get(school=world.school).ends_on


def release(hall, pairing, **values):
    release_pairing(user=hall.world.admin, pairing_id=pairing.pk, reason="街道撤并", now=hall.now, **values)


def pair_second_college(hall):
    """Pair one more college of JH with the same street."""
    ServiceYear.objects.filter(pk=hall.world.year.pk).update(streets_shared=True)
    college = CollegeFactory(school=hall.world.school)
    PairingCode.objects.create(
        year=hall.world.year, code="CQSECOND", kind="urban", state="handed_out", college=college
    )
    return make_pairing(college, hall.urban, user=make_secretary(college))


def test_a_release_of_the_last_pairing_ends_the_post_with_the_day(
    pairing, open_hall, client_of, time_machine
):
    world = open_hall.world
    assert get_last_day(world) is None
    release(open_hall, pairing)
    assert get_last_day(world) == open_hall.now.date()
    assert client_of(world.liaison).get(reverse("liaison")).status_code == 200
    time_machine.move_to(open_hall.now + timedelta(days=1))
    assert client_of(world.liaison).get(reverse("liaison")).status_code == 403


def test_a_post_stays_while_another_pairing_of_the_school_is_there(pairing, open_hall):
    second = pair_second_college(open_hall)
    release(open_hall, pairing)
    assert get_last_day(open_hall.world) is None
    release(open_hall, second)
    assert get_last_day(open_hall.world) == open_hall.now.date()


def test_another_school_s_pairing_keeps_no_post_and_its_posts_stay(pairing, open_hall):
    world = open_hall.world
    make_pairing(world.bh.college_a, open_hall.urban, user=world.bh.secretary)
    GrantFactory(user=world.liaison, role=Role.LIAISON, street=world.urban, school=world.bh.school)
    elsewhere = make_liaison(world.suburban, world.school)
    release(open_hall, pairing)
    assert get_last_day(world) == open_hall.now.date()
    assert world.liaison.grants.get(school=world.bh.school).ends_on is None
    assert elsewhere.grants.get().ends_on is None


def test_a_move_ends_the_post_at_the_former_street(pairing, open_hall):
    world, there = open_hall.world, open_hall.urbans[0]
    new = make_liaison(there, world.school)
    move_pairing(
        user=world.admin, pairing_id=pairing.pk, street_id=there.pk, reason="就近", now=open_hall.now
    )
    assert get_last_day(world) == open_hall.now.date()
    assert new.grants.get().ends_on is None


def test_a_post_that_had_not_begun_is_gone_and_its_history_stays(pairing, open_hall):
    world = open_hall.world
    world.liaison.grants.update(starts_on=date(2018, 11, 1))
    release(open_hall, pairing)
    assert not world.liaison.grants.exists()
    events = Grant.pgh_event_model.objects.filter(user=world.liaison).order_by("pgh_id")
    assert events.last().pgh_label == "delete"


def test_the_pages_of_release_and_move_name_who_loses_the_post(pairing, open_hall, client_of):
    client = client_of(open_hall.world.admin)
    for name in ("pairing_release", "pairing_move"):
        page = client.get(reverse(name, args=[pairing.pk])).content.decode()
        assert "清河干部（S1001）" in page, name
    pair_second_college(open_hall)
    page = client.get(reverse("pairing_release", args=[pairing.pk])).content.decode()
    assert "清河干部" not in page


# --- the next year ---


def test_a_carried_pairing_takes_the_post_along(pairing, open_hall, time_machine):
    world = open_hall.world
    world.liaison.grants.update(ends_on=date(2018, 12, 31))
    shorter = make_liaison(world.urban, world.school)
    shorter.grants.update(ends_on=date(2018, 11, 30))
    time_machine.move_to(JANUARY)
    roll_over(user=world.admin, year=world.year, now=JANUARY)
    assert get_last_day(world) == date(2019, 12, 31)
    assert shorter.grants.get().ends_on == date(2018, 11, 30)


def test_a_post_that_was_renewed_before_the_roll_over_stays_as_it_is(pairing, open_hall, time_machine):
    world = open_hall.world
    world.liaison.grants.update(ends_on=date(2018, 12, 31))
    time_machine.move_to(JANUARY)
    renew_post(user=world.admin, grant_id=world.liaison.grants.get().pk, until=date(2019, 3, 1), now=JANUARY)
    roll_over(user=world.admin, year=world.year, now=JANUARY)
    days = world.liaison.grants.order_by("starts_on").values_list("ends_on", flat=True)
    assert list(days) == [date(2018, 12, 31), date(2019, 3, 1)]


def test_a_pairing_that_is_not_carried_ends_the_post(pairing, open_hall, time_machine):
    world = open_hall.world
    dated = make_liaison(world.urban, world.school)
    dated.grants.update(ends_on=date(2018, 12, 31))
    time_machine.move_to(JANUARY)
    roll_over(user=world.admin, year=world.year, now=JANUARY, released=[pairing.pk])
    assert get_last_day(world) == JANUARY.date()
    assert dated.grants.get().ends_on == date(2018, 12, 31)


def test_a_post_without_an_end_ends_with_the_year_of_its_last_pairing(pairing, open_hall, time_machine):
    world = open_hall.world
    unpaired = make_liaison(open_hall.suburbans[0], world.school)
    assert end_posts_of_past_years(now=open_hall.now) == 0
    time_machine.move_to(JANUARY)
    send_reminders()
    assert get_last_day(world) == date(2018, 12, 31)
    assert unpaired.grants.get().ends_on is None  # invited before any pairing; the school ends it
    assert end_posts_of_past_years(now=JANUARY) == 0


def test_a_renewed_post_outlasts_its_pairing(pairing, open_hall, time_machine):
    world = open_hall.world
    renew_post(
        user=world.admin, grant_id=world.liaison.grants.get().pk, until=date(2019, 6, 30), now=open_hall.now
    )
    time_machine.move_to(JANUARY)
    assert end_posts_of_past_years(now=JANUARY) == 0
    assert get_last_day(world) == date(2019, 6, 30)


# --- renewing ---


def test_the_school_renews_on_the_page(pairing, open_hall, client_of):
    world = open_hall.world
    release(open_hall, pairing)
    held = world.liaison.grants.get()
    client, url = client_of(world.admin), reverse("liaison_renew", args=[held.pk])
    assert url in client.get(reverse("liaisons")).content.decode()
    assert "最晚到明年年底" in client.get(url).content.decode()
    assert client.post(url, {"until": "2020-01-01"}).context["form"].errors["until"]
    page = client.post(url, {"until": "2018-12-31"}, follow=True).content.decode()
    assert "已延长到 2018-12-31" in page
    assert get_last_day(world) == date(2018, 12, 31)


@pytest.mark.parametrize("until", [date(2018, 10, 15), date(2020, 1, 1)])
def test_it_lasts_from_today_to_the_end_of_next_year_at_most(open_hall, until):
    world = open_hall.world
    with pytest.raises(ValidationError, match="2019-12-31"):
        renew_post(user=world.admin, grant_id=world.liaison.grants.get().pk, until=until, now=open_hall.now)


def test_a_post_that_has_ended_begins_again_today(open_hall):
    world = open_hall.world
    world.liaison.grants.update(ends_on=date(2018, 9, 1))
    held = world.liaison.grants.get()
    renewed = renew_post(user=world.admin, grant_id=held.pk, until=date(2018, 11, 1), now=open_hall.now)
    assert (renewed.starts_on, renewed.ends_on) == (open_hall.now.date(), date(2018, 11, 1))
    held.refresh_from_db()
    assert held.ends_on == date(2018, 9, 1)  # the earlier term stays true
    again = renew_post(user=world.admin, grant_id=held.pk, until=date(2018, 12, 1), now=open_hall.now)
    assert (again, again.ends_on) == (renewed, date(2018, 12, 1))


def test_neither_another_school_nor_a_college_renews_nor_another_role(open_hall):
    world = open_hall.world
    held = world.liaison.grants.get()
    theirs = GrantFactory(user=world.liaison, role=Role.LIAISON, street=world.urban, school=world.bh.school)
    for user, grant in (
        (world.bh.admin, held),
        (world.secretary, held),
        (world.admin, theirs),
        (world.admin, world.secretary.grants.get()),
    ):
        with pytest.raises(ValidationError, match="没有找到"):
            renew_post(user=user, grant_id=grant.pk, until=date(2018, 12, 31), now=open_hall.now)


# --- nobody on both sides ---


def test_who_works_or_studies_at_the_school_gets_no_post_there(open_hall):
    world = open_hall.world
    for user, words in (
        (world.secretary, "担任团委工作"),
        (world.admin, "担任团委工作"),
        (world.branch_secretary, "学生本人"),
        (make_account(world.registered), "学生本人"),
    ):
        with pytest.raises(ValidationError, match=words):
            grant_role(user=user, role=Role.LIAISON, on=world.suburban)
    with pytest.raises(ValidationError, match="街乡负责人"):
        grant_role(user=world.liaison, role=Role.COLLEGE_SECRETARY, on=world.college_a)


def test_an_office_that_has_ended_does_not_bar_from_a_post(open_hall):
    world = open_hall.world
    world.secretary.grants.update(ends_on=date(2018, 9, 1))
    assert grant_role(user=world.secretary, role=Role.LIAISON, on=world.suburban).school == world.school
