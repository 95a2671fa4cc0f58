"""Reminders of the offline meeting and the group's QR code: receivers, texts and dates; each is sent once, in time."""

from datetime import date, datetime, timedelta

import pytest
from celery.schedules import crontab

from members.models import Message
from pairing.services.pairings import confirm_offline, move_to_street, release_pairing
from pairing.services.reminders import remind_offices
from pairing.tasks import send_reminders
from tests.factories import GrantFactory, UserFactory, make_school_admin
from tests.inbox import find_inbox
from tests.pairing.conftest import BEIJING
from tests.pairing.pairs import make_pairing
from volunteer_portal.celery import app

DUE = date(2018, 10, 19)


@pytest.fixture
def pairing(hall):
    """Claimed on 16 October, due on the 19th."""
    return make_pairing(hall.world.college_a, hall.world.urban, user=hall.world.secretary)


def make_moment(day: date, hour: int = 8) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 5, tzinfo=BEIJING)


def list_titles(user) -> list[str]:
    return [message.title for message in find_inbox(user).order_by("pk")]


def test_the_college_is_told_a_day_before_and_on_the_day(pairing, world):
    for days in (3, 2, 1, 0):
        remind_offices(now=make_moment(DUE - timedelta(days=days)))
    assert list_titles(world.secretary) == ["线下结对明天到期", "线下结对今天到期"]
    assert list_titles(world.admin) == []
    message = find_inbox(world.secretary).get(title="线下结对今天到期")
    assert "10月19日）24:00" in message.text
    assert message.url == pairing.get_absolute_url()


def test_overdue_is_told_to_college_and_school_once(pairing, world):
    for days in (1, 2, 3):
        remind_offices(now=make_moment(DUE + timedelta(days=days)))
    assert list_titles(world.secretary) == list_titles(world.admin) == ["线下结对已逾期：法学院"]
    pairing.refresh_from_db()
    assert pairing.state == "active"


def test_nobody_is_told_twice_however_often_it_runs(pairing, world):
    for hour in (0, 8, 8, 12, 23):
        remind_offices(now=make_moment(DUE, hour))
    assert list_titles(world.secretary) == ["线下结对今天到期"]


def test_a_day_on_which_nothing_ran_is_made_up_with_what_is_true_now(pairing, world):
    remind_offices(now=make_moment(DUE - timedelta(days=2)))
    remind_offices(now=make_moment(DUE, 21))
    assert list_titles(world.secretary) == ["线下结对今天到期"]
    remind_offices(now=make_moment(DUE + timedelta(days=9)))
    assert list_titles(world.secretary)[1:] == ["线下结对已逾期：法学院"]


def test_midnight_in_beijing_decides_not_in_greenwich(pairing, world):
    remind_offices(now=datetime(2018, 10, 19, 23, 59, tzinfo=BEIJING))
    assert list_titles(world.admin) == []
    remind_offices(now=datetime(2018, 10, 20, 0, 0, tzinfo=BEIJING))
    assert list_titles(world.admin) == ["线下结对已逾期：法学院"]


def test_only_present_secretaries_of_the_college_are_told(pairing, world):
    former, switched_off = (UserFactory(school=world.school) for _ in range(2))
    GrantFactory(
        user=former, role="college_secretary", college=world.college_a, ends_on=DUE - timedelta(days=1)
    )
    GrantFactory(user=switched_off, role="college_secretary", college=world.college_a)
    switched_off.is_active = False
    switched_off.save()
    remind_offices(now=make_moment(DUE))
    assert find_inbox(world.secretary).exists()
    assert not any(
        find_inbox(user).exists() for user in (former, switched_off, world.admin, world.secretary_b)
    )


def test_the_other_schools_office_hears_nothing(pairing, world):
    second = make_school_admin(world.school)
    remind_offices(now=make_moment(DUE + timedelta(days=1)))
    assert list_titles(second) == list_titles(world.admin)
    assert list_titles(world.bh.admin) == list_titles(world.bh.secretary) == []


def test_what_is_done_or_released_is_not_reminded(pairing, hall):
    world = hall.world
    other = make_pairing(world.college_b, world.suburban, user=world.secretary_b)
    confirm_offline(
        user=world.secretary,
        pairing_id=pairing.pk,
        on=date(2018, 10, 17),
        people="双方",
        note="",
        proof=b"picture",
        now=make_moment(date(2018, 10, 17)),
    )
    release_pairing(user=world.admin, pairing_id=other.pk, reason="学院撤并")
    for days in (1, 0, -1):
        remind_offices(now=make_moment(DUE - timedelta(days=days)))
    assert not Message.objects.filter(key__startswith="offline:").exists()


def test_after_a_move_the_new_date_is_reminded(pairing, hall):
    world = hall.world
    remind_offices(now=make_moment(DUE))
    move_to_street(
        user=world.admin,
        pairing_id=pairing.pk,
        street_id=hall.urbans[0].pk,
        reason="就近",
        now=make_moment(DUE),
    )
    remind_offices(now=make_moment(DUE + timedelta(days=3)))
    assert list_titles(world.secretary) == [
        "线下结对今天到期",
        f"校团委已调整{pairing.college}对接的街乡",
        "线下结对今天到期",
    ]


def test_a_groups_code_is_reminded_before_and_after_it_expires(pairing, world):
    confirm_offline(
        user=world.secretary,
        pairing_id=pairing.pk,
        on=date(2018, 10, 17),
        people="双方",
        note="",
        proof=b"picture",
        now=make_moment(date(2018, 10, 17)),
    )
    pairing.team.group_qr_expires_on = date(2018, 10, 30)
    pairing.team.save()
    for day in (date(2018, 10, 26) + timedelta(days=n) for n in range(8)):
        remind_offices(now=make_moment(day))
    assert list_titles(world.secretary) == ["服务队微信群二维码即将到期", "服务队微信群二维码已过期"]
    pairing.team.group_qr_expires_on = date(2018, 11, 6)
    pairing.team.save()
    remind_offices(now=make_moment(date(2018, 11, 5)))
    assert len(list_titles(world.secretary)) == 3


def test_the_clock_asks_every_morning_and_at_the_start(pairing, world, time_machine):
    entry = app.conf.beat_schedule["pairing-reminders"]
    assert entry["task"] == send_reminders.name
    assert entry["schedule"] == crontab(hour=8, minute=5)
    assert app.conf.timezone == "Asia/Shanghai"
    time_machine.move_to(make_moment(DUE))
    send_reminders()
    assert list_titles(world.secretary) == ["线下结对今天到期"]
