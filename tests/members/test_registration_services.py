"""Services that report, verify and revoke a registration: their permissions, errors and history."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from members.models import Member, User, VolunteerRecord
from members.queries.history import list_changes
from members.services.registration import (
    confirm_registration,
    confirm_reports,
    report_registration,
    revoke_registration,
)
from tests.factories import VolunteerRecordFactory
from tests.world import build_world

DAY = date(2018, 10, 8)


def confirm_as(user, person, *, number="110109000000001", on=DAY, evidence="看过志愿北京注册页"):
    return confirm_registration(
        user=user, member_id=person.pk, volunteer_no=number, registered_on=on, evidence=evidence
    )


def test_a_confirmed_registration_carries_number_date_source_and_evidence(world):
    confirm_as(world.secretary, world.missing)
    world.missing.refresh_from_db()
    assert world.missing.registration_state == "registered"
    assert world.missing.volunteer_no == "110109000000001"
    assert world.missing.registered_on == DAY
    assert world.missing.registration_source == Member.Source.SECRETARY
    assert world.missing.registration_evidence == "看过志愿北京注册页"


@pytest.mark.parametrize("who", ["secretary_b", "branch_secretary", "member", "liaison"])
def test_nobody_outside_the_scope_confirms(world, who):
    with pytest.raises(ValidationError, match="管理范围"):
        confirm_as(getattr(world, who), world.missing)
    world.missing.refresh_from_db()
    assert world.missing.registered_on is None


def test_another_school_confirms_nothing(world):
    with pytest.raises(ValidationError, match="管理范围"):
        confirm_as(world.bh.admin, world.missing)


def test_what_is_verified_is_not_overwritten(world):
    with pytest.raises(ValidationError, match="先撤销"):
        confirm_as(world.secretary, world.registered)


def test_a_number_belongs_to_one_person(world):
    with pytest.raises(ValidationError, match="他人名下"):
        confirm_as(world.secretary, world.missing, number=world.registered.volunteer_no)


@pytest.mark.parametrize(("day", "reason"), [("tomorrow", "晚于今天"), (date(1999, 12, 31), "过早")])
def test_an_impossible_date_is_refused(world, day, reason):
    if day == "tomorrow":
        day = timezone.localdate() + timedelta(days=1)
    with pytest.raises(ValidationError, match=reason):
        confirm_as(world.secretary, world.missing, on=day)


def test_reports_are_verified_together(world):
    done = confirm_reports(user=world.secretary, member_ids=[world.reported.pk], evidence="逐一核对")
    world.reported.refresh_from_db()
    assert done == 1
    assert world.reported.volunteer_no == world.reported.reported_no
    assert world.reported.registered_on == world.reported.reported_on
    assert world.reported.registration_evidence == "逐一核对"


def test_one_report_with_a_taken_number_holds_up_all(world):
    other = world.namesake
    other.reported_on, other.reported_no = DAY, world.registered.volunteer_no
    other.save()
    with pytest.raises(ValidationError) as refusal:
        confirm_reports(user=world.secretary, member_ids=[world.reported.pk, other.pk], evidence="逐一核对")
    assert other.student_no in refusal.value.messages[0]
    world.reported.refresh_from_db()
    assert world.reported.registered_on is None


def test_two_reports_with_the_same_number_are_refused(world):
    world.namesake.reported_on, world.namesake.reported_no = DAY, world.reported.reported_no
    world.namesake.save()
    with pytest.raises(ValidationError, match="与所选他人相同"):
        confirm_reports(
            user=world.secretary, member_ids=[world.reported.pk, world.namesake.pk], evidence="逐一核对"
        )


def test_a_foreign_person_among_the_ticked_stops_everything(world):
    foreign = world.zhang_wei_b
    revoke_registration(user=world.admin, member_id=foreign.pk, reason="误录")
    Member.objects.filter(pk=foreign.pk).update(reported_on=DAY, reported_no="110109000000009")
    with pytest.raises(ValidationError, match="名单已有变化"):
        confirm_reports(user=world.secretary, member_ids=[world.reported.pk, foreign.pk], evidence="逐一核对")
    assert not Member.objects.filter(pk__in=[world.reported.pk, foreign.pk]).registered().exists()


def test_revoking_empties_the_registration_and_returns_the_record(world):
    record = VolunteerRecordFactory(
        school=world.school, state=VolunteerRecord.State.MATCHED, member=world.registered
    )
    revoke_registration(user=world.secretary, member_id=world.registered.pk, reason="同名误认")
    world.registered.refresh_from_db()
    record.refresh_from_db()
    assert (world.registered.registered_on, world.registered.counts_from) == (None, None)
    assert world.registered.volunteer_no == world.registered.registration_source == ""
    assert record.state == VolunteerRecord.State.UNCLEAR
    assert record.member is None
    assert "同名误认" in record.reason


def test_the_history_says_who_revoked_and_why(world):
    revoke_registration(user=world.secretary, member_id=world.registered.pk, reason="同名误认")
    latest = list_changes(Member.pgh_event_model.objects.filter(pgh_obj=world.registered))[0]
    assert (latest.who, latest.reason) == ("曹书记", "同名误认")
    assert ("注册日期", "2018-09-28", "—") in [(f.label, f.old, f.new) for f in latest.fields]


def test_a_report_is_kept_beside_and_counts_for_nothing(world):
    report_registration(
        user=world.member,
        account_done=True,
        profile_done=False,
        volunteer_no="110109000000002",
        registered_on=DAY,
    )
    world.missing.refresh_from_db()
    assert world.missing.registration_state == "reported"
    assert world.missing.registered_on is None
    assert world.missing.league_account_on == timezone.localdate()
    assert world.missing.profile_completed_on is None


def test_a_report_needs_number_and_date_together(world):
    with pytest.raises(ValidationError) as refusal:
        report_registration(
            user=world.member, account_done=True, profile_done=True, volunteer_no="", registered_on=DAY
        )
    assert "volunteer_no" in refusal.value.message_dict


def test_a_verified_person_reports_no_more(world):
    confirm_as(world.secretary, world.missing)
    with pytest.raises(ValidationError, match="已经核实"):
        report_registration(
            user=world.member, account_done=True, profile_done=True, volunteer_no="", registered_on=None
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_secretaries_with_one_number_exactly_one_succeeds():
    world = build_world()
    start, outcomes = Barrier(2), []

    def run(person):
        user = User.objects.get(pk=world.secretary.pk)
        start.wait()
        try:
            confirm_as(user, person)
            outcomes.append("done")
        except ValidationError as refusal:
            outcomes.extend(refusal.messages)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(person,)) for person in (world.missing, world.namesake)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[0] == "done"
    assert "他人名下" in sorted(outcomes)[1]
    assert Member.objects.filter(volunteer_no="110109000000001").count() == 1


def test_a_number_verified_by_hand_settles_the_row_that_waits_for_it(world):
    VolunteerRecord.objects.filter(pk=world.unclear.pk).update(
        name=world.missing.name, name_key=world.missing.name_key
    )
    confirm_registration(
        user=world.secretary,
        member_id=world.missing.pk,
        volunteer_no=world.unclear.volunteer_no,
        registered_on=date(2018, 10, 1),
        evidence="看过本人手机",
    )
    world.unclear.refresh_from_db()
    assert (world.unclear.state, world.unclear.member) == ("matched", world.missing)


def test_a_row_that_waits_tells_the_date_that_the_secretary_does_not_know(world):
    VolunteerRecord.objects.filter(pk=world.unclear.pk).update(
        name=world.missing.name, name_key=world.missing.name_key, registered_on=date(2018, 9, 30)
    )
    confirm_as(world.secretary, world.missing, number=world.unclear.volunteer_no, on=None)
    world.missing.refresh_from_db()
    assert (world.missing.registered_on, world.missing.counts_from) == (date(2018, 9, 30), date(2018, 9, 30))


def test_an_unknown_date_counts_from_the_day_of_the_list_that_has_the_number(world):
    VolunteerRecord.objects.filter(pk=world.unclear.pk).update(
        name=world.missing.name,
        name_key=world.missing.name_key,
        registered_on=None,
        listed_on=date(2018, 10, 12),
    )
    confirm_as(world.secretary, world.missing, number=world.unclear.volunteer_no, on=None)
    world.missing.refresh_from_db()
    assert (world.missing.registered_on, world.missing.counts_from) == (None, date(2018, 10, 12))


def test_a_number_verified_under_another_name_leaves_the_row_waiting(world):
    confirm_registration(
        user=world.secretary,
        member_id=world.missing.pk,
        volunteer_no=world.unclear.volunteer_no,
        registered_on=date(2018, 10, 1),
        evidence="看过本人手机",
    )
    world.unclear.refresh_from_db()
    assert world.unclear.state == "unclear"
