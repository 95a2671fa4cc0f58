"""The college confirms or rejects hours: warnings first, two signatures, never a person's own."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.evidence import Evidence
from activities.models import ServiceRecord
from activities.queries.doubts import list_pending_lines, load_line_records
from activities.rules.hours import Doubt
from activities.services.deciding import confirm_records, reject_records
from activities.services.records import make_record_from_signup
from members.models import Member
from tests.activities.ledger import (
    MONDAY,
    make_attended_record,
    make_moment,
    make_secretary_of_member,
    make_supplement,
)
from tests.factories import MemberFactory, ServiceRecordFactory
from tests.inbox import find_inbox
from tests.members.overlapping import run_overlapping

State = ServiceRecord.State


def confirm_all(serving, *records, user=None, acknowledged=False, now=MONDAY):
    user = user or serving.world.secretary
    return confirm_records(user=user, record_ids=[r.pk for r in records], acknowledged=acknowledged, now=now)


def get_state(record) -> str:
    return ServiceRecord.objects.get(pk=record.pk).state


def list_doubts(serving, record, *, user=None, now=MONDAY) -> tuple:
    pending = ServiceRecord.objects.filter(pk=record.pk)
    (line,) = list_pending_lines(user=user or serving.world.secretary, records=pending, now=now)
    return line.verdict.doubts


# --- confirming and rejecting ---------------------------------------------------------------------------------


def test_a_batch_is_confirmed_and_everybody_is_told(serving, django_capture_on_commit_callbacks):
    world = serving.world
    records = [make_attended_record(serving, world.missing), make_attended_record(serving, world.registered)]
    with django_capture_on_commit_callbacks(execute=True):
        decided = confirm_all(serving, *records)
    assert decided.confirmed == records
    assert {get_state(record) for record in records} == {State.CONFIRMED}
    message = find_inbox(world.member).get()
    assert "3 小时" in message.text
    assert message.url == records[0].get_absolute_url()


def test_a_rejection_needs_a_reason_and_says_it(serving, django_capture_on_commit_callbacks):
    record = make_attended_record(serving, serving.world.missing)
    with pytest.raises(ValidationError, match="原因"):
        reject_records(user=serving.world.secretary, record_ids=[record.pk], reason=" ")
    with django_capture_on_commit_callbacks(execute=True):
        reject_records(
            user=serving.world.secretary, record_ids=[record.pk], reason="当天没有到场", now=MONDAY
        )
    assert get_state(record) == State.REJECTED
    assert "当天没有到场" in find_inbox(serving.world.member).get().text


def test_nothing_of_a_batch_is_confirmed_where_one_of_it_cannot(serving):
    world = serving.world
    good, over = (
        make_attended_record(serving, world.missing),
        make_attended_record(serving, world.registered, hours=(8, 17)),
    )
    with pytest.raises(ValidationError, match="每日时长上限"):
        confirm_all(serving, good, over, acknowledged=True)
    assert get_state(good) == get_state(over) == State.PENDING


def test_other_colleges_and_other_schools_records_are_not_found(serving):
    record = make_attended_record(serving, serving.world.missing)
    for stranger in (serving.world.secretary_b, serving.world.bh.secretary, serving.world.bh.admin):
        with pytest.raises(ValidationError, match="刷新"):
            confirm_all(serving, record, user=stranger)


def test_what_waits_with_the_city_is_not_the_colleges_to_confirm(serving):
    record = ServiceRecordFactory(member=serving.world.missing, pending=True)
    with pytest.raises(ValidationError, match="刷新"):
        confirm_all(serving, record)


def test_a_record_is_decided_once(serving):
    record = make_attended_record(serving, serving.world.missing)
    confirm_all(serving, record)
    with pytest.raises(ValidationError, match="刷新"):
        reject_records(user=serving.world.secretary, record_ids=[record.pk], reason="x")


# --- warnings -------------------------------------------------------------------------------------------------


def test_doubts_are_acknowledged_by_the_batch(serving):
    record = make_attended_record(serving, serving.world.missing)
    late = MONDAY + timedelta(days=14)
    assert list_doubts(serving, record, now=late) == (Doubt.LATE,)
    with pytest.raises(ValidationError, match="含 1 条有提醒的记录"):
        confirm_all(serving, record, now=late)
    confirm_all(serving, record, acknowledged=True, now=late)
    assert get_state(record) == State.CONFIRMED


def test_the_term_of_ten_working_days_ends_at_midnight_of_its_last_day(serving):
    record = make_attended_record(serving, serving.world.missing)  # on Saturday, 10 November
    assert list_doubts(serving, record, now=make_moment(23, 23, 59)) == ()
    assert list_doubts(serving, record, now=make_moment(24, 0)) == (Doubt.LATE,)


def test_two_records_of_a_day_that_exceed_the_cap_together_cannot_both_be_confirmed(serving):
    member = serving.world.missing
    first = make_attended_record(serving, member, hours=(8, 13))
    second = make_attended_record(serving, member, hours=(13, 17))
    with pytest.raises(ValidationError, match="每日时长上限"):
        confirm_all(serving, first, second, acknowledged=True)
    confirm_all(serving, first)
    assert list_doubts(serving, second) == (Doubt.OVER_CAP,)


def test_an_overlap_with_confirmed_service_blocks_and_one_with_a_waiting_record_is_told(serving):
    member = serving.world.missing
    first = make_attended_record(serving, member, hours=(9, 12))
    second = make_attended_record(serving, member, hours=(11, 14))
    assert list_doubts(serving, first) == (Doubt.OVERLAP_PENDING,)
    confirm_all(serving, first, acknowledged=True)
    assert list_doubts(serving, second) == (Doubt.OVERLAP,)
    with pytest.raises(ValidationError, match="重叠"):
        confirm_all(serving, second, acknowledged=True)


def test_what_is_proposed_for_an_overlap_is_the_time_that_is_left(serving):
    member = serving.world.missing
    confirm_all(serving, make_attended_record(serving, member, hours=(9, 12)))
    second = make_attended_record(serving, member, hours=(11, 14))
    (line,) = list_pending_lines(
        user=serving.world.secretary, records=ServiceRecord.objects.filter(pk=second.pk), now=MONDAY
    )
    assert line.verdict.proposal == (make_moment(10, 12), make_moment(10, 14))


def test_another_time_in_an_outside_ledger_blocks_too(serving):
    """The records share less than half of their time: they are two services, and nobody is at two places."""
    member = serving.world.missing
    ServiceRecordFactory(member=member)  # 9:00 to 12:00
    assert list_doubts(serving, make_attended_record(serving, member, hours=(11, 14))) == (Doubt.OVERLAP,)


def test_the_same_service_in_an_outside_ledger_is_told_and_may_be_confirmed(serving):
    member = serving.world.missing
    ServiceRecordFactory(member=member)
    record = make_attended_record(serving, member)
    assert list_doubts(serving, record) == (Doubt.OTHER_LEDGER,)
    confirm_all(serving, record, acknowledged=True)
    assert get_state(record) == State.CONFIRMED


def test_the_same_file_used_before_is_told(serving):
    user, same = serving.world.secretary, Evidence(b"%PDF-1", ".pdf")
    make_supplement(user, serving.world.missing, make_moment(3, 9), make_moment(3, 10), evidence=same)
    second = make_supplement(user, serving.world.quiet, make_moment(4, 9), make_moment(4, 10), evidence=same)
    assert list_doubts(serving, second) == (Doubt.SAME_EVIDENCE,)


def test_a_file_of_a_rejected_record_may_be_handed_in_again(serving):
    user, same = serving.world.secretary, Evidence(b"%PDF-1", ".pdf")
    first = make_supplement(user, serving.world.missing, make_moment(3, 9), make_moment(3, 10), evidence=same)
    reject_records(user=user, record_ids=[first.pk], reason="缺少日期", now=MONDAY)
    second = make_supplement(
        user, serving.world.missing, make_moment(3, 9), make_moment(3, 10), evidence=same
    )
    assert list_doubts(serving, second) == ()


def test_an_activity_moved_afterwards_shows(serving):
    record = make_attended_record(serving, serving.world.missing)
    activity = record.activity
    activity.starts_at = make_moment(10, 9, 30)
    activity.save()
    assert list_doubts(serving, record) == (Doubt.OUTSIDE_ACTIVITY,)


# --- own hours, and two signatures ----------------------------------------------------------------------------


def test_nobody_confirms_or_rejects_own_hours(serving):
    person = make_secretary_of_member(serving.world.lead)
    record = make_attended_record(serving, serving.world.lead)
    assert list_doubts(serving, record, user=person) == (Doubt.OWN,)
    with pytest.raises(ValidationError, match="本人"):
        confirm_all(serving, record, user=person, acknowledged=True)
    with pytest.raises(ValidationError, match="本人"):
        reject_records(user=person, record_ids=[record.pk], reason="x")


@pytest.mark.parametrize(("minute", "signatures"), [(0, 1), (1, 2)])
def test_a_supplement_above_four_hours_needs_two_people(minute, signatures, serving):
    world = serving.world
    record = make_supplement(world.secretary, world.missing, make_moment(10, 9), make_moment(10, 13, minute))
    first = confirm_all(serving, record)
    assert (get_state(record) == State.CONFIRMED) == (signatures == 1)
    if signatures == 2:
        assert first.signed == [record]
        with pytest.raises(ValidationError, match="另一人"):
            confirm_all(serving, record)
        confirm_all(serving, record, user=world.admin)
        record.refresh_from_db()
        assert (record.state, record.signed_by, record.decided_by) == (
            State.CONFIRMED,
            world.secretary,
            world.admin,
        )


def test_attendance_of_more_than_four_hours_needs_one(serving):
    record = make_attended_record(serving, serving.world.missing, hours=(9, 15))
    assert confirm_all(serving, record).confirmed == [record]


# --- the list -------------------------------------------------------------------------------------------------


def test_blocked_records_come_first_then_doubtful_ones_then_the_oldest(serving):
    world = serving.world
    plain = make_attended_record(serving, world.missing)
    older = make_attended_record(serving, world.quiet, day=8)
    late = make_attended_record(serving, world.lead, day=1, hours=(9, 10))
    blocked = make_attended_record(serving, world.registered, hours=(8, 18))
    pending = ServiceRecord.objects.pending()
    lines = list_pending_lines(user=world.secretary, records=pending, now=make_moment(20, 9))
    assert [line.record for line in lines] == [blocked, late, older, plain]
    only = list_pending_lines(user=world.secretary, records=pending, wanted="late", now=make_moment(20, 9))
    assert [line.record for line in only] == [late]


def test_the_list_asks_as_often_for_one_record_as_for_thirty(serving):
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            lines = list_pending_lines(
                user=serving.world.secretary, records=ServiceRecord.objects.pending(), now=MONDAY
            )
            [line.record.member.branch.college.name for line in load_line_records(lines)]
        return len(queries)

    make_attended_record(serving, serving.world.missing)
    one = count_queries()
    activity = serving.activity(capacity=40)
    for _ in range(30):
        signup = serving.sign_up(activity, MemberFactory(branch=serving.world.a1))
        make_record_from_signup(
            signup=signup, start=activity.starts_at, end=activity.ends_at, user=serving.world.secretary
        )
    assert count_queries() == one


@pytest.mark.django_db(transaction=True)
def test_of_two_secretaries_at_once_the_second_finds_the_overlap(serving):
    """Two records of one person overlap; two secretaries confirm one each at the same moment."""
    member = serving.world.missing
    first, second = (
        make_attended_record(serving, member, hours=(9, 12)),
        make_attended_record(serving, member, hours=(11, 14)),
    )
    done, refused = run_overlapping(
        lambda: confirm_all(serving, first, acknowledged=True),
        lambda: confirm_all(serving, second, user=serving.world.admin, acknowledged=True),
    )
    assert done.confirmed == [first]
    assert "重叠" in refused.messages[0]
    assert (get_state(first), get_state(second)) == (State.CONFIRMED, State.PENDING)


@pytest.mark.django_db(transaction=True)
def test_hours_that_wait_for_one_person_hold_none_of_those_behind(serving):
    """Decisions lock people in the order of id, as imports and appraisals do, so no deadlock is possible."""
    people = sorted((serving.world.missing, serving.world.registered), key=lambda person: person.pk)
    records = [make_attended_record(serving, person) for person in reversed(people)]

    def lock_person(person, **options):
        return Member.objects.select_for_update(no_key=True, **options).get(pk=person.pk)

    _, decided = run_overlapping(
        lambda: lock_person(people[0]),
        lambda: confirm_all(serving, *records),
        then=lambda: lock_person(people[1], nowait=True),
    )
    assert {record.pk for record in decided.confirmed} == {record.pk for record in records}
