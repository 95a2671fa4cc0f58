"""Reminders on the evening before: sent once, however often the task runs."""

from datetime import datetime, timedelta

import pytest

from activities.models import Activity
from activities.services.reminders import remind
from members.models import Message
from tests.activities.test_signups import volunteers
from tests.factories import BEIJING

EVENING = datetime(2018, 11, 9, 18, tzinfo=BEIJING)


@pytest.fixture
def tomorrow(serving):
    """Make an activity on the morning after EVENING, with one person coming, one waiting, one cancelled."""
    activity, users = serving.activity(), volunteers(serving, 3)
    for user, state in zip(users, ("signed_up", "waiting", "cancelled"), strict=True):
        serving.sign_up(activity, user.member, state=state)
    serving.coming = users[0]
    return serving


def titles() -> list[tuple[str, str]]:
    return list(Message.objects.values_list("user__name", "title"))


def test_who_is_signed_up_is_reminded_the_evening_before_and_once(tomorrow):
    remind(now=EVENING - timedelta(minutes=1))
    assert titles() == []
    remind(now=EVENING)
    remind(now=EVENING + timedelta(hours=2))
    ((name, title),) = titles()
    assert (name, title[:8]) == (tomorrow.coming.name, "明天有志愿服务：")


def test_a_missed_evening_is_made_up_on_the_day_before_it_begins(tomorrow):
    remind(now=EVENING + timedelta(hours=12))
    assert [title[:8] for _, title in titles()] == ["今天有志愿服务："]


def test_once_begun_or_called_off_there_is_nothing_to_remind_of(tomorrow):
    remind(now=EVENING + timedelta(hours=15))
    Activity.objects.update(state="cancelled", cancel_reason="大雨")
    remind(now=EVENING)
    assert titles() == []


def test_a_moved_activity_is_told_again(tomorrow):
    remind(now=EVENING)
    Activity.objects.update(starts_at=EVENING + timedelta(hours=16))
    remind(now=EVENING)
    assert len(titles()) == 2
