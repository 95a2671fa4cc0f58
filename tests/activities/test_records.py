"""Records made from attendance, changed while they wait, later voided and corrected."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from activities.models import RecordLink, ServiceRecord, SignUp
from activities.queries.totals import sum_minutes_by_member
from activities.services.deciding import confirm_records
from activities.services.records import (
    change_record,
    correct_record,
    make_record_from_signup,
    mark_street_confirmed,
    void_record,
)
from activities.services.settling import confirm_at_street
from members.models import Member, Message
from tests.activities.ledger import (
    MONDAY,
    make_attended_record,
    make_moment,
    make_secretary_of_member,
    make_supplement,
)
from tests.factories import ServiceRecordFactory, ServiceYearFactory, make_account
from tests.inbox import find_inbox

State = ServiceRecord.State


def confirm_and_refresh(serving, record: ServiceRecord, *, now=MONDAY) -> ServiceRecord:
    confirm_records(user=serving.world.secretary, record_ids=[record.pk], acknowledged=True, now=now)
    record.refresh_from_db()
    return record


def sum_member_minutes(member: Member, year: int) -> int:
    everybody = Member.objects.filter(pk=member.pk)
    return sum_minutes_by_member(everybody, date(year, 1, 1), date(year, 12, 31), "appraisal").get(
        member.pk, 0
    )


# --- from attendance ------------------------------------------------------------------------------------------


def test_a_record_of_attendance_says_where_and_what(serving):
    record = make_attended_record(serving, serving.world.missing, name="周六课堂")
    assert (record.title, record.minutes, record.served_on) == ("周六课堂", 180, date(2018, 11, 10))
    assert (record.street, record.project) == (serving.world.urban, serving.project)
    assert record.state == State.PENDING


def test_service_elsewhere_has_no_street(serving):
    assert make_attended_record(serving, serving.world.missing, project=serving.other).street is None


def test_time_present_is_cut_to_the_plan_and_floored_to_whole_minutes(serving):
    activity = serving.activity()
    signup = serving.sign_up(activity, serving.world.missing)
    early, late = make_moment(10, 8, 40), make_moment(10, 11, 59).replace(second=59)
    record = make_record_from_signup(signup=signup, start=early, end=late, user=serving.world.secretary)
    assert (record.starts_at, record.ends_at, record.minutes) == (activity.starts_at, late, 179)


def test_without_a_whole_minute_there_is_no_record(serving):
    activity = serving.activity()
    signup = serving.sign_up(activity, serving.world.missing)
    before, begin = make_moment(10, 8), activity.starts_at.replace(second=30)
    assert (
        make_record_from_signup(signup=signup, start=before, end=begin, user=serving.world.secretary) is None
    )
    assert not ServiceRecord.objects.exists()


def test_made_again_a_record_that_waits_is_put_right_and_a_decided_one_stays(serving):
    record = make_attended_record(serving, serving.world.missing)
    signup, user = record.signup, serving.world.secretary
    again = make_record_from_signup(
        signup=signup, start=make_moment(10, 9), end=make_moment(10, 11), user=user
    )
    assert (again.pk, again.minutes) == (record.pk, 120)
    confirm_and_refresh(serving, record)
    kept = make_record_from_signup(
        signup=signup, start=make_moment(10, 9), end=make_moment(10, 12), user=user
    )
    assert (kept.pk, kept.minutes) == (record.pk, 120)
    assert ServiceRecord.objects.count() == 1


def test_after_a_rejection_the_attendance_may_make_a_new_record(serving):
    record = make_attended_record(serving, serving.world.missing)
    ServiceRecord.objects.filter(pk=record.pk).update(
        state=State.REJECTED, decided_at=MONDAY, decided_by=serving.world.secretary, decision_note="时间不对"
    )
    new = make_record_from_signup(
        signup=record.signup, start=make_moment(10, 9), end=make_moment(10, 10), user=serving.world.secretary
    )
    assert new.pk != record.pk


def test_the_streets_word_marks_what_waits_and_leaves_what_is_decided(serving):
    waiting = make_attended_record(serving, serving.world.missing)
    decided = confirm_and_refresh(serving, make_attended_record(serving, serving.world.registered))
    signups = [waiting.signup_id, decided.signup_id]
    assert mark_street_confirmed(signup_ids=signups, user=serving.world.liaison, now=MONDAY) == 1
    waiting.refresh_from_db()
    decided.refresh_from_db()
    assert waiting.street_confirmed_at == MONDAY
    assert decided.street_confirmed_at is None


def test_the_streets_word_on_a_decided_record_goes_into_its_correction(serving):
    world = serving.world
    record = confirm_and_refresh(serving, make_attended_record(serving, world.missing))
    confirm_at_street(
        user=world.liaison, activity_id=record.activity_id, signup_ids=[record.signup_id], now=MONDAY
    )
    new = correct_record(
        user=world.secretary,
        record_id=record.pk,
        title=record.title,
        start=make_moment(10, 9),
        end=make_moment(10, 11),
        reason="提前离开",
        acknowledged=False,
        now=MONDAY,
    )
    assert (new.state, new.street_confirmed_by) == (State.CONFIRMED, world.liaison)


# --- edges of the year ----------------------------------------------------------------------------------------


def test_service_over_new_year_belongs_to_the_day_it_began_whenever_it_is_confirmed(serving):
    """31 December 22:00 to 1 January 1:00, confirmed in January: 2018, all three hours."""
    member = serving.world.missing
    start, end = make_moment(31, 22, month=12), make_moment(1, 1, month=1, year=2019)
    january = make_moment(7, 9, month=1, year=2019)
    record = make_supplement(serving.world.secretary, member, start, end, now=january)
    confirm_and_refresh(serving, record, now=january)
    assert record.served_on == date(2018, 12, 31)
    assert (sum_member_minutes(member, 2018), sum_member_minutes(member, 2019)) == (180, 0)


def test_half_past_midnight_in_beijing_belongs_to_the_new_year(serving):
    """In UTC it is still 31 December."""
    ServiceYearFactory(school=serving.world.school, year=2019)
    member = serving.world.missing
    start, end = make_moment(1, 0, 30, month=1, year=2019), make_moment(1, 2, 30, month=1, year=2019)
    january = make_moment(7, 9, month=1, year=2019)
    confirm_and_refresh(
        serving, make_supplement(serving.world.secretary, member, start, end, now=january), now=january
    )
    assert (sum_member_minutes(member, 2018), sum_member_minutes(member, 2019)) == (0, 120)


# --- changed while it waits -----------------------------------------------------------------------------------


def test_the_college_puts_a_waiting_record_right_with_a_reason(serving, django_capture_on_commit_callbacks):
    world = serving.world
    make_account(world.registered)
    record = make_attended_record(serving, world.registered, hours=(8, 18))
    with django_capture_on_commit_callbacks(execute=True):
        change_record(
            user=world.secretary,
            record_id=record.pk,
            start=make_moment(10, 8),
            end=make_moment(10, 16),
            reason="超过每日上限",
            now=MONDAY,
        )
    record.refresh_from_db()
    assert (record.minutes, record.state) == (480, State.PENDING)
    assert "超过每日上限" in Message.objects.get(user__member=world.registered).text
    assert record.events.last().pgh_context.metadata["reason"] == "超过每日上限"


def test_a_changed_record_stays_within_the_plan_of_its_activity(serving):
    record = make_attended_record(serving, serving.world.missing)
    with pytest.raises(ValidationError, match="计划时间"):
        change_record(
            user=serving.world.secretary,
            record_id=record.pk,
            start=make_moment(10, 9),
            end=make_moment(10, 13),
            reason="x",
            now=MONDAY,
        )


def test_a_changed_supplement_needs_its_first_signature_again(serving):
    world = serving.world
    record = make_supplement(world.secretary, world.missing, make_moment(10, 9), make_moment(10, 15))
    confirm_records(user=world.secretary, record_ids=[record.pk], acknowledged=False, now=MONDAY)
    change_record(
        user=world.admin,
        record_id=record.pk,
        start=make_moment(10, 9),
        end=make_moment(10, 14),
        reason="少一小时",
        now=MONDAY,
    )
    record.refresh_from_db()
    assert (record.signed_by, record.signed_at) == (None, None)


# --- voiding and correcting -----------------------------------------------------------------------------------


def test_a_voided_record_no_longer_counts_and_stays_with_its_reason(serving):
    record = confirm_and_refresh(serving, make_attended_record(serving, serving.world.missing))
    assert sum_member_minutes(record.member, 2018) == 180
    void_record(user=serving.world.secretary, record_id=record.pk, reason="重复登记", now=MONDAY)
    record.refresh_from_db()
    assert (record.state, record.void_reason, record.minutes) == (State.VOIDED, "重复登记", 180)
    assert sum_member_minutes(record.member, 2018) == 0


def test_only_confirmed_records_are_voided_and_only_with_a_reason(serving):
    record = make_attended_record(serving, serving.world.missing)
    with pytest.raises(ValidationError, match="待确认"):
        void_record(user=serving.world.secretary, record_id=record.pk, reason="x")
    confirm_and_refresh(serving, record)
    with pytest.raises(ValidationError, match="原因"):
        void_record(user=serving.world.secretary, record_id=record.pk, reason=" ")


def test_records_of_outside_ledgers_are_not_voided_by_hand(serving):
    record = ServiceRecordFactory(member=serving.world.missing)
    with pytest.raises(ValidationError, match="来源"):
        void_record(user=serving.world.secretary, record_id=record.pk, reason="x")


def test_a_correction_voids_and_puts_another_in_its_place(serving):
    old = confirm_and_refresh(serving, make_attended_record(serving, serving.world.missing))
    new = correct_record(
        user=serving.world.secretary,
        record_id=old.pk,
        title=old.title,
        start=make_moment(10, 9),
        end=make_moment(10, 11),
        reason="提前离开",
        acknowledged=False,
        now=MONDAY,
    )
    old.refresh_from_db()
    assert (old.state, old.corrected_by) == (State.VOIDED, new)
    assert (new.state, new.corrects, new.minutes, new.signup) == (State.CONFIRMED, old, 120, old.signup)
    assert sum_member_minutes(old.member, 2018) == 120


def test_a_correction_that_the_rules_refuse_leaves_the_old_record(serving):
    member = serving.world.missing
    confirm_and_refresh(serving, make_attended_record(serving, member, hours=(13, 15)))
    old = confirm_and_refresh(
        serving, make_supplement(serving.world.secretary, member, make_moment(10, 9), make_moment(10, 11))
    )
    with pytest.raises(ValidationError, match="重叠"), transaction.atomic():
        correct_record(
            user=serving.world.secretary, record_id=old.pk, title=old.title, start=make_moment(10, 11), end=make_moment(10, 14),
            reason="时间登记错", acknowledged=True, now=MONDAY,
        )  # fmt: skip
    old.refresh_from_db()
    assert old.state == State.CONFIRMED


def test_a_corrected_supplement_of_more_than_four_hours_waits_for_the_second_signature(serving):
    world = serving.world
    old = confirm_and_refresh(
        serving, make_supplement(world.secretary, world.missing, make_moment(10, 9), make_moment(10, 11))
    )
    new = correct_record(
        user=world.secretary, record_id=old.pk, title="敬老院探访", start=make_moment(10, 9), end=make_moment(10, 15),
        reason="时间登记错", acknowledged=False, now=MONDAY,
    )  # fmt: skip
    assert (new.state, new.signed_by, new.evidence.name) == (
        State.PENDING,
        world.secretary,
        old.evidence.name,
    )


def test_nobody_voids_changes_or_corrects_own_hours(serving):
    world = serving.world
    own = confirm_and_refresh(serving, make_attended_record(serving, world.lead))
    waiting = make_attended_record(serving, world.lead, day=3)
    person = make_secretary_of_member(world.lead)
    span = {"start": make_moment(3, 9), "end": make_moment(3, 10)}
    for refused in (
        lambda: void_record(user=person, record_id=own.pk, reason="x"),
        lambda: change_record(user=person, record_id=waiting.pk, reason="x", now=MONDAY, **span),
        lambda: correct_record(
            user=person, record_id=own.pk, title="x", reason="x", acknowledged=True, **span
        ),
    ):
        with pytest.raises(ValidationError, match="本人"):
            refused()


def test_other_colleges_records_are_not_found(serving):
    record = confirm_and_refresh(serving, make_attended_record(serving, serving.world.missing))
    with pytest.raises(ValidationError, match="没有找到"):
        void_record(user=serving.world.secretary_b, record_id=record.pk, reason="x")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE activities_servicerecord SET minutes = 1 WHERE id = %s",
        "UPDATE activities_servicerecord SET state = 'pending', decided_at = NULL WHERE id = %s",
        "UPDATE activities_servicerecord SET state = 'voided', voided_at = now(), void_reason = 'x', minutes = 1 "
        "WHERE id = %s",
        "DELETE FROM activities_servicerecord WHERE id = %s",
    ],
)
def test_the_database_refuses_to_change_what_is_confirmed(sql, serving):
    record = confirm_and_refresh(serving, make_attended_record(serving, serving.world.missing))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [record.pk])
    record.refresh_from_db()
    assert (record.state, record.minutes) == (State.CONFIRMED, 180)


def test_a_confirmed_record_is_linked_to_the_same_service_in_another_ledger(serving):
    member = serving.world.missing
    outside = ServiceRecordFactory(member=member)
    record = confirm_and_refresh(serving, make_attended_record(serving, member))
    services = set(RecordLink.objects.filter(record__in=[outside, record]).values_list("service", flat=True))
    assert len(services) == 1
    assert sum_member_minutes(member, 2018) == 180
    assert SignUp.objects.get().records.get() == record


def test_each_change_of_a_waiting_record_is_told_also_one_back_to_a_former_time(
    serving, django_capture_on_commit_callbacks
):
    account = serving.world.missing.user
    record = make_attended_record(serving, serving.world.missing, hours=(9, 11))
    for minutes in (60, 90, 60):
        with django_capture_on_commit_callbacks(execute=True):
            change_record(
                user=serving.world.secretary,
                record_id=record.pk,
                start=make_moment(10, 9),
                end=make_moment(10, 9 + minutes // 60, minutes % 60),
                reason="核对签到表",
                now=MONDAY,
            )
    texts = [message.text for message in find_inbox(account).order_by("pk")]
    assert [text.split("调整为 ")[1].split("：")[0] for text in texts] == [
        "1 小时",
        "1 小时 30 分钟",
        "1 小时",
    ]
