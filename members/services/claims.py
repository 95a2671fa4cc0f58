"""待认领: rows of the volunteers' list that no rule can match.

A user decides on a page that shows both sides.
"""

from collections.abc import Collection

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction

from members.models import Member, School, User, VolunteerRecord
from members.services.known_numbers import tell_numbers_known
from members.services.registration import set_registration_date
from members.sheets.cells import make_number_key

State = VolunteerRecord.State


@transaction.atomic
def claim_volunteer_record(*, user: User, record_id: int, member_id: int, reason: str = "") -> Member:
    """Match a record to a person, who becomes a registered volunteer with the record as evidence.

    Raises ValidationError if the person or record is out of scope or has changed, if the person or number is
    already registered otherwise, or if the names differ and no reason is given.
    """
    (record,) = _lock_volunteer_records(user, [record_id], State.UNCLEAR)
    people = Member.objects.visible_to(user, "registration.claim").filter(school=record.school_id)
    member = people.select_for_update(of=("self",)).filter(pk=member_id).first()
    if member is None:
        raise ValidationError("没有在您的管理范围内找到此人。")
    if record.name_key != member.name_key and not reason.strip():
        text = f"名单上的姓名是“{record.name}”，花名册上是“{member.name}”。确认是同一人，请写明原因。"
        raise ValidationError({"reason": text})
    if member.is_registered and make_number_key(member.volunteer_no) != make_number_key(record.volunteer_no):
        raise ValidationError(
            f"{member.name}已核实注册（编号 {member.volunteer_no or '未填'}），不能再认领另一条。"
        )
    holder = Member.objects.filter(school=member.school_id, volunteer_no__iexact=record.volunteer_no)
    if record.volunteer_no and holder.exclude(pk=member.pk).exists():
        raise ValidationError("这个志愿者编号已登记在他人名下。")
    assert record.listed_on is not None  # by volunteer_has_day_of_list
    with pghistory.context(user=user.pk):
        set_registration_date(member, record.registered_on, unknown_from=record.listed_on)
        member.volunteer_no = record.volunteer_no
        member.registration_source = Member.Source.CLAIM
        member.registration_evidence = _describe_evidence(record, member, user, reason.strip())
        member.save()
        record.state, record.member, record.reason = State.MATCHED, member, ""
        record.save()
        tell_numbers_known([member.pk])
    return member


@transaction.atomic
def dismiss_volunteer_records(*, user: User, record_ids: Collection[int]) -> int:
    """Dismiss records of people of other schools; return their number. `restore_volunteer_record` brings a record back."""
    records = _lock_volunteer_records(user, record_ids, State.UNCLEAR)
    with pghistory.context(user=user.pk):
        for record in records:
            record.state = State.DISMISSED
            record.save()
    return len(records)


@transaction.atomic
def restore_volunteer_record(*, user: User, record_id: int) -> None:
    """Bring a dismissed record back to 待认领."""
    (record,) = _lock_volunteer_records(user, [record_id], State.DISMISSED)
    with pghistory.context(user=user.pk):
        record.state = State.UNCLEAR
        record.save()


def _lock_volunteer_records(user: User, record_ids: Collection[int], state: str) -> list[VolunteerRecord]:
    """Lock and return the records; raise ValidationError if one of them is no longer in `state`.

    The school is locked first, as in imports, so that an import and a claim wait for each other.
    """
    seen = VolunteerRecord.objects.visible_to(user, "registration.claim").filter(
        pk__in=record_ids, state=state
    )
    schools = seen.order_by().values("school")
    list(School.objects.select_for_update(no_key=True).filter(pk__in=schools).order_by("pk"))
    found = list(seen.select_for_update(of=("self",)).order_by("pk"))
    if not record_ids or len(found) != len(set(record_ids)):
        raise ValidationError("名单已有变化，请刷新后重试。")
    return found


def _describe_evidence(record: VolunteerRecord, member: Member, user: User, reason: str) -> str:
    why = f"；姓名不同：{reason}" if reason else ""
    since = "" if member.registered_on else f"；名单未写注册日期，从 {member.counts_from} 起计为已注册"
    return f"志愿北京名单“{record.group_name or '未写团体'}”，由{user.name}认领{since}{why}"[:300]
