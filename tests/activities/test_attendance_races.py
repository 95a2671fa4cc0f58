"""Two phones at one instant, and many people at once, on PostgreSQL with real threads."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from activities.models import SignUp
from activities.rules.attendance import IN, OUT
from activities.services.activities import call_off_activity
from activities.services.attendance import Checked, check_by_screen
from activities.services.settling import close_attendance
from tests.factories import MemberFactory, make_account
from tests.members.overlapping import run_overlapping

pytestmark = pytest.mark.django_db(transaction=True)


def run_at_once(*works):
    start = Barrier(len(works))

    def run(work):
        try:
            start.wait(20)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def prepare_scan(user, activity, direction, now):
    return lambda: check_by_screen(user=user, activity_id=activity.pk, direction=direction, now=now)


def test_two_phones_of_one_person_make_one_record(serving):
    activity = serving.activity()
    serving.sign_up(activity, serving.world.missing)
    for direction, now in ((IN, activity.starts_at), (OUT, activity.ends_at)):
        done = run_at_once(*[prepare_scan(serving.world.member, activity, direction, now) for _ in range(6)])
        assert Counter(each.again for each in done) == {False: 1, True: 5}
    assert SignUp.objects.filter(activity=activity).count() == 1
    history = SignUp.pgh_event_model.objects.filter(activity=activity)
    assert history.exclude(checked_in_at=None).count() == 2  # in, and out


def test_two_phones_of_somebody_who_walks_in_make_one_row(serving):
    activity = serving.activity(walk_ins=True)
    done = run_at_once(
        *[prepare_scan(serving.world.member, activity, IN, activity.starts_at) for _ in range(6)]
    )
    assert Counter(each.again for each in done) == {False: 1, True: 5}
    assert SignUp.objects.get(activity=activity).seat == 1


def test_a_crowd_without_places_never_takes_more_than_there_are(serving):
    activity = serving.activity(walk_ins=True, capacity=3)
    people = [MemberFactory(branch=serving.world.a1) for _ in range(12)]
    for person in people:
        serving.join(person)
    users = [make_account(person) for person in people]
    run_at_once(*[prepare_scan(user, activity, IN, activity.starts_at) for user in users])
    rows = SignUp.objects.filter(activity=activity)
    assert sorted(rows.exclude(seat=None).values_list("seat", flat=True)) == [1, 2, 3]
    assert rows.filter(state="unseated", flags=["over_capacity"]).count() == 9


def test_a_scan_that_meets_the_end_of_the_attendance_is_refused_not_half_done(serving):
    world = serving.world
    activity = serving.activity()
    serving.sign_up(activity, world.missing, checked_in_at=activity.starts_at, checked_in_how="scan")
    now = activity.ends_at

    def scan_late():
        try:
            return prepare_scan(world.member, activity, OUT, now)()
        except ValidationError as refusal:
            return refusal.messages[0]

    end = {"user": world.secretary, "activity_id": activity.pk, "early": True, "now": now}
    _, answer = run_overlapping(lambda: close_attendance(**end), scan_late)
    assert not isinstance(answer, Checked) and "考勤已经结束" in answer
    assert SignUp.objects.get(activity=activity).checked_out_at is None


def test_an_activity_is_not_called_off_while_somebody_is_being_checked_in(serving):
    activity = serving.activity()
    serving.sign_up(activity, serving.world.missing)
    user, now = serving.world.secretary, activity.starts_at

    def call_off_late() -> str:
        try:
            return call_off_activity(user=user, activity_id=activity.pk, reason="下雨", now=now).state
        except ValidationError as refusal:
            return refusal.messages[0]

    first = prepare_scan(serving.world.member, activity, IN, now)
    _, answer = run_overlapping(first, call_off_late)
    assert answer.startswith("已经有人签入")
    activity.refresh_from_db()
    assert activity.state == "open"
