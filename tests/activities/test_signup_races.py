"""Many people at one instant, on PostgreSQL with real threads: no place given twice, nobody lost."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from activities.models import SignUp
from activities.services.departures import leave_team
from activities.services.projects import withdraw_agreement
from activities.services.signups import cancel_signup, sign_up
from activities.services.units import end_departed
from members.models import Message
from pairing.models import TeamMembership
from pairing.services.pairings import release_pairing, undo_release
from tests.activities.test_signups import make_volunteers

pytestmark = pytest.mark.django_db(transaction=True)


def run_at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run the works at once; return the result of each, or the words of its refusal.

    Other errors fail the test.
    """
    start = Barrier(len(works))

    def run(work):
        try:
            start.wait(20)
            return work()
        except ValidationError as refusal:
            return refusal.messages[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def prepare_signup(serving, user, activity):
    return lambda: sign_up(user=user, activity_id=activity.pk, now=serving.now)


def prepare_cancel(serving, user, activity):
    return lambda: cancel_signup(user=user, activity_id=activity.pk, now=serving.now + timedelta(minutes=5))


def test_thirty_people_five_places_and_then_five_cancel(serving):
    activity, users = serving.activity(capacity=5), make_volunteers(serving, 30)
    rows = run_at_once(*(prepare_signup(serving, user, activity) for user in users))
    assert Counter(row.state for row in rows) == {"signed_up": 5, "waiting": 25}
    assert sorted(row.seat for row in rows if row.seat) == [1, 2, 3, 4, 5]

    first = [user for user, row in zip(users, rows, strict=True) if row.seat]
    turn = list(activity.signups.waiting().values_list("member", flat=True))[:5]
    run_at_once(*(prepare_cancel(serving, user, activity) for user in first))
    seated = activity.signups.signed_up()
    assert sorted(seated.values_list("seat", flat=True)) == [1, 2, 3, 4, 5]
    assert set(seated.values_list("member", flat=True)) == set(turn)
    assert activity.signups.waiting().count() == 20


def test_two_phones_of_one_person_take_one_place(serving):
    activity, (user,) = serving.activity(), make_volunteers(serving, 1)
    results = run_at_once(*[prepare_signup(serving, user, activity)] * 2)
    assert "您已报名这次活动。" in results
    assert SignUp.objects.get().seat == 1


def test_of_two_overlapping_activities_at_once_one_clashes(serving):
    (user,) = make_volunteers(serving, 1)
    activities = [serving.activity(name="甲"), serving.activity(name="乙")]
    results = run_at_once(*(prepare_signup(serving, user, activity) for activity in activities))
    assert SignUp.objects.count() == 1
    assert sum("时间冲突" in result for result in results if isinstance(result, str)) == 1


def test_moving_up_in_one_activity_and_signing_up_for_an_overlapping_one_never_both(serving):
    first, waits = make_volunteers(serving, 2)
    activity, other = serving.activity(capacity=1), serving.activity(project=serving.other)
    for user in (first, waits):
        sign_up(user=user, activity_id=activity.pk, now=serving.now)
    run_at_once(prepare_cancel(serving, first, activity), prepare_signup(serving, waits, other))
    assert SignUp.objects.signed_up().filter(member=waits.member).count() == 1


def test_people_who_sign_up_leave_and_are_released_at_once_wait_for_each_other(serving):
    activity, users = serving.activity(capacity=12), make_volunteers(serving, 12)
    for user in users[:6]:
        sign_up(user=user, activity_id=activity.pk, now=serving.now)
    memberships = {user.pk: user.member.memberships.get().pk for user in users}
    released = partial(
        release_pairing,
        user=serving.world.admin,
        pairing_id=serving.pairing.pk,
        reason="误点",
        now=serving.now + timedelta(hours=1),
    )
    leaving = [
        partial(leave_team, user=user, membership_id=memberships[user.pk], now=serving.now)
        for user in users[:3]
    ]
    run_at_once(released, *leaving, *(prepare_signup(serving, user, activity) for user in users[6:]))
    activity.refresh_from_db()
    assert activity.pause == "released"
    assert not TeamMembership.objects.active().exists()
    undo_release(user=serving.world.admin, pairing_id=serving.pairing.pk, now=serving.now)
    inside = set(TeamMembership.objects.active().values_list("member", flat=True))
    held = set(activity.signups.filter(state__in=["signed_up", "waiting"]).values_list("member", flat=True))
    end_departed(now=serving.now)
    assert set(activity.signups.signed_up().values_list("member", flat=True)) == held & inside


def test_sign_ups_and_a_withdrawn_agreement_at_once_leave_nobody_in_what_rests_unknown(serving):
    activity, users = serving.activity(capacity=8), make_volunteers(serving, 8)
    withdrawn = partial(
        withdraw_agreement,
        user=serving.world.liaison,
        project_id=serving.project.pk,
        text="维修",
        now=serving.now,
    )
    results = run_at_once(withdrawn, *(prepare_signup(serving, user, activity) for user in users))
    signed = [row for row in results[1:] if isinstance(row, SignUp)]
    told = Message.objects.filter(title__startswith="活动暂停", user__isnull=False)
    assert {row.member_id for row in signed} == set(told.values_list("user__member", flat=True))
    assert all("暂停" in row for row in results[1:] if isinstance(row, str))
