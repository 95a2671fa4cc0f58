"""Reminders on the evening before: sent once, however often the task runs."""

from datetime import datetime, timedelta

import pytest

from activities.models import Activity
from activities.services.reminders import remind_participants
from members.models import Message
from tests.activities.test_signups import make_volunteers
from tests.factories import BEIJING

EVENING = datetime(2018, 11, 9, 18, tzinfo=BEIJING)


@pytest.fixture
def tomorrow(serving):
    """Make an activity on the morning after EVENING, with one person coming, one waiting, one cancelled."""
    activity, users = serving.activity(), make_volunteers(serving, 3)
    for user, state in zip(users, ("signed_up", "waiting", "cancelled"), strict=True):
        serving.sign_up(activity, user.member, state=state)
    serving.coming = users[0]
    return serving


def list_titles() -> list[tuple[str, str]]:
    return list(Message.objects.values_list("user__name", "title"))


def test_who_is_signed_up_is_reminded_the_evening_before_and_once(tomorrow):
    remind_participants(now=EVENING - timedelta(minutes=1))
    assert list_titles() == []
    remind_participants(now=EVENING)
    remind_participants(now=EVENING + timedelta(hours=2))
    ((name, title),) = list_titles()
    assert (name, title[:8]) == (tomorrow.coming.name, "明天有志愿服务：")


def test_a_missed_evening_is_made_up_on_the_day_before_it_begins(tomorrow):
    remind_participants(now=EVENING + timedelta(hours=12))
    assert [title[:8] for _, title in list_titles()] == ["今天有志愿服务："]


def test_once_begun_or_called_off_there_is_nothing_to_remind_of(tomorrow):
    remind_participants(now=EVENING + timedelta(hours=15))
    Activity.objects.update(state="cancelled", cancel_reason="大雨")
    remind_participants(now=EVENING)
    assert list_titles() == []


def test_a_moved_activity_is_told_again(tomorrow):
    remind_participants(now=EVENING)
    Activity.objects.update(starts_at=EVENING + timedelta(hours=16))
    remind_participants(now=EVENING)
    assert len(list_titles()) == 2


def test_an_activity_that_is_moved_and_moved_back_is_told_with_its_last_time(tomorrow):
    before = Activity.objects.get().starts_at
    remind_participants(now=EVENING)
    for sequence, starts in enumerate((before + timedelta(hours=1), before), start=1):
        Activity.objects.update(starts_at=starts, sequence=sequence)
        remind_participants(now=EVENING)
        remind_participants(now=EVENING)
    assert len(list_titles()) == 3
