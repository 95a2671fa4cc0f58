"""Linking of records in the ledger: by the rule, and by hand."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from activities.models import RecordLink, ServiceRecord
from activities.services.deciding import confirm_records
from activities.services.linking import link_members, link_records, unlink_records
from activities.services.records import change_record, correct_record
from members.models.years import Source
from tests.activities.counting import sum_by_sources
from tests.activities.ledger import MONDAY, make_attended_record, make_moment, make_supplement
from tests.factories import ServiceRecordFactory

BOTH = [Source.LEAGUE, Source.VOLUNTEER_BEIJING]


@pytest.fixture
def pair(world) -> tuple[ServiceRecord, ServiceRecord]:
    """Make the same service of `registered` in both ledgers, not linked yet."""
    return tuple(ServiceRecordFactory(member=world.registered, source=source) for source in BOTH)


def read_groups() -> dict[int, int]:
    return dict(RecordLink.objects.values_list("record", "service"))


def sum_registered_minutes(world) -> int:
    return sum_by_sources(world.school, BOTH)[world.registered.pk]


def test_the_rule_links_and_a_second_run_changes_nothing(world, pair):
    assert link_members([world.registered.pk]) == 2
    assert read_groups() == {record.pk: pair[0].pk for record in pair}
    assert link_members([world.registered.pk]) == 0
    assert sum_registered_minutes(world) == 180


def test_a_link_ends_when_a_record_is_voided(world, pair):
    link_members([world.registered.pk])
    ServiceRecord.objects.filter(pk=pair[0].pk).update(
        state="voided", voided_at=pair[0].decided_at, void_reason="重复"
    )
    assert link_members([world.registered.pk]) == 2
    assert read_groups() == {}


def test_a_record_that_goes_to_another_person_takes_its_link_along(world):
    mine = ServiceRecordFactory(member=world.registered, pending=True)
    ServiceRecordFactory(member=world.registered, source=Source.VOLUNTEER_BEIJING)
    ServiceRecordFactory(member=world.lead, source=Source.VOLUNTEER_BEIJING)
    link_members([world.registered.pk])
    ServiceRecord.objects.filter(pk=mine.pk).update(member=world.lead)
    link_members([world.registered.pk, world.lead.pk])
    assert set(RecordLink.objects.values_list("member", flat=True)) == {world.lead.pk}


def test_what_somebody_puts_apart_stays_apart(world, pair):
    link_members([world.registered.pk])
    unlink_records(user=world.secretary, record_ids=[pair[0].pk], reason="上午和下午各一次")
    # Both are services of their own, but of one time: the union counts until somebody decides about the overlap.
    assert sum_registered_minutes(world) == 180
    link_members([world.registered.pk])
    assert read_groups() == {pair[0].pk: -pair[0].pk}
    kept = RecordLink.objects.get()
    assert (kept.linked_by, kept.reason) == (world.secretary, "上午和下午各一次")


def test_what_somebody_puts_together_stays_together(world):
    one = ServiceRecordFactory(member=world.registered)
    other = ServiceRecordFactory(
        member=world.registered, source=Source.VOLUNTEER_BEIJING, served_on=one.served_on.replace(day=11)
    )
    link_records(user=world.secretary, record_ids=[one.pk, other.pk], reason="日期写错")
    link_members([world.registered.pk])
    assert read_groups() == {one.pk: one.pk, other.pk: one.pk}
    assert sum_registered_minutes(world) == 180


def test_apart_and_together_again(world, pair):
    ids = [record.pk for record in pair]
    link_records(user=world.secretary, record_ids=ids, reason="同一次")
    unlink_records(user=world.secretary, record_ids=ids[:1], reason="不是")
    assert read_groups() == {ids[0]: -ids[0]}
    link_records(user=world.secretary, record_ids=ids, reason="还是同一次")
    assert read_groups() == dict.fromkeys(ids, ids[0])


def test_an_own_record_joins_a_group_that_was_made_by_hand(world, pair):
    link_records(user=world.secretary, record_ids=[record.pk for record in pair], reason="同一次")
    own = ServiceRecordFactory(
        member=world.registered,
        source=Source.SUPPLEMENT,
        outside_no="",
        evidence="evidence/1.jpg",
        description="补录",
        decided_by=world.secretary,
    )
    link_members([world.registered.pk])
    assert read_groups() == dict.fromkeys([pair[0].pk, pair[1].pk, own.pk], pair[0].pk)


def _link_by_hand(serving) -> tuple[ServiceRecord, ServiceRecord]:
    """Link a confirmed record of the portal by hand with a city's record.

    The city's record is of the next day and has another name, so the rule does not link them.
    """
    own = make_attended_record(serving, serving.world.registered)
    confirm_records(user=serving.world.secretary, record_ids=[own.pk], acknowledged=True, now=MONDAY)
    outside = ServiceRecordFactory(
        member=own.member,
        title="别的名称",
        served_on=date(2018, 11, 11),
        starts_at=None,
        ends_at=None,
        minutes=200,
    )
    link_records(user=serving.world.secretary, record_ids=[own.pk, outside.pk], reason="同一次，对方日期写错")
    return own, outside


def _correct_own(serving, own: ServiceRecord, hours: int) -> ServiceRecord:
    return correct_record(
        user=serving.world.secretary,
        record_id=own.pk,
        title=own.title,
        start=make_moment(10, 9),
        end=make_moment(10, 9 + hours),
        reason="早退",
        acknowledged=True,
        now=MONDAY,
    )


def test_a_link_made_by_hand_holds_for_the_corrected_record_and_its_correction(serving):
    own, outside = _link_by_hand(serving)
    second = _correct_own(serving, own, 2)
    third = _correct_own(serving, second, 1)
    assert read_groups() == dict.fromkeys([outside.pk, third.pk], own.pk)
    kept = RecordLink.objects.get(record=third)
    assert (kept.linked_by, kept.reason) == (serving.world.secretary, "同一次，对方日期写错")
    assert sum_by_sources(serving.world.school, ["league", "attendance"])[own.member_id] == 200
    unlink_records(user=serving.world.secretary, record_ids=[third.pk], reason="两次")
    assert sum_by_sources(serving.world.school, ["league", "attendance"])[own.member_id] == 260


def test_what_somebody_puts_apart_stays_apart_when_it_is_corrected(serving):
    own, outside = _link_by_hand(serving)
    unlink_records(user=serving.world.secretary, record_ids=[own.pk, outside.pk], reason="两次")
    corrected = _correct_own(serving, own, 2)
    assert read_groups() == {corrected.pk: -corrected.pk, outside.pk: -outside.pk}


def test_what_is_put_apart_is_not_linked_again_by_a_correction_that_the_rule_would_link(serving):
    own = make_attended_record(serving, serving.world.registered)
    confirm_records(user=serving.world.secretary, record_ids=[own.pk], acknowledged=True, now=MONDAY)
    ServiceRecordFactory(
        member=own.member, title=own.title, served_on=own.served_on, starts_at=None, ends_at=None, minutes=120
    )
    unlink_records(user=serving.world.secretary, record_ids=[own.pk], reason="两次")
    corrected = _correct_own(serving, own, 2)
    assert read_groups() == {corrected.pk: -corrected.pk}
    assert sum_by_sources(serving.world.school, ["league", "attendance"])[own.member_id] == 240


def test_links_follow_a_record_that_is_made_and_changed_while_it_waits(serving):
    outside = ServiceRecordFactory(
        member=serving.world.registered,
        title="别的名称",
        served_on=date(2018, 11, 10),
        starts_at=make_moment(10, 9),
        ends_at=make_moment(10, 10),
        minutes=60,
    )
    own = make_attended_record(serving, serving.world.registered)
    assert read_groups() == dict.fromkeys([own.pk, outside.pk], outside.pk)
    span = {"start": make_moment(10, 11), "end": make_moment(10, 12)}
    change_record(user=serving.world.secretary, record_id=own.pk, reason="迟到", now=MONDAY, **span)
    assert read_groups() == {}


def test_a_supplement_is_linked_as_soon_as_it_is_handed_in(world):
    start, end = make_moment(10, 9), make_moment(10, 12)
    outside = ServiceRecordFactory(
        member=world.registered, served_on=start.date(), starts_at=start, ends_at=end, minutes=180
    )
    own = make_supplement(world.secretary, world.registered, start, end)
    assert read_groups() == dict.fromkeys([own.pk, outside.pk], outside.pk)


def test_refusals(world, pair):
    one, other = pair
    foreign = ServiceRecordFactory(member=world.zhang_wei_b)
    same_ledger = ServiceRecordFactory(member=world.registered)
    both = [one.pk, other.pk]
    for ids, reason, problem in (
        (both, " ", "请写明原因"),
        ([one.pk], "同", "至少两条"),
        ([one.pk, same_ledger.pk], "同", "同一台账"),
        ([foreign.pk], "同", "没有找到"),
        ([one.pk, foreign.pk], "同", "已有变化"),
    ):
        with pytest.raises(ValidationError, match=problem):
            link_records(user=world.secretary, record_ids=ids, reason=reason)
    with pytest.raises(ValidationError, match="同一人"):
        link_records(user=world.admin, record_ids=[one.pk, foreign.pk], reason="同")
    assert read_groups() == {}


def test_nobody_decides_on_the_own_hours(world, pair):
    world.secretary.member = world.registered
    world.secretary.save()
    with pytest.raises(ValidationError, match="本人"):
        unlink_records(user=world.secretary, record_ids=[pair[0].pk], reason="不是")


def test_a_doubtful_link_counts_once_and_loses_its_doubt_by_hand(world):
    records = [
        ServiceRecordFactory(
            member=world.registered, source=source, title=title, starts_at=None, ends_at=None
        )
        for source, title in zip(BOTH, ("助残服务", "别的名称"), strict=True)
    ]
    link_members([world.registered.pk])
    assert list(RecordLink.objects.values_list("doubtful", flat=True)) == [True, True]
    link_records(user=world.secretary, record_ids=[record.pk for record in records], reason="同一次")
    assert list(RecordLink.objects.values_list("doubtful", flat=True)) == [False, False]
