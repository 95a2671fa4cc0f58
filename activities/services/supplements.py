"""补录: service without attendance in the portal, entered with evidence and listed separately."""

import secrets
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from activities.evidence import Evidence
from activities.models import ServiceRecord
from activities.rules.hours import count_whole_minutes, long_service_problem, span_problem
from activities.services.linking import link_members
from members.models import Member, ServiceYear, Spell, Street
from pairing.models import TeamMembership
from pairing.queries.pairings import get_street_at

State, Source = ServiceRecord.State, ServiceRecord.Source


@transaction.atomic
def submit_supplement(
    *,
    user,
    student_no: str,
    title: str,
    start: datetime,
    end: datetime,
    description: str,
    at_street: bool,
    evidence: Evidence,
    certain: bool = False,
    now: datetime | None = None,
) -> ServiceRecord:
    """Hand in service of a person in scope; it waits for the college like any other record.

    `certain`: the user has checked an unusually long time again. Raises ValidationError.
    """
    now = now or timezone.now()
    people = Member.objects.visible_to(user, "hours.supplement").select_related("branch")
    member = people.select_for_update(no_key=True, of=("self",)).find_by_number(student_no)
    if member is None:
        raise ValidationError({"student_no": "没有找到这个学号，或不在您的管理范围内。"})
    if problem := span_problem(start, end, now):
        raise ValidationError({"end": problem})
    year = _get_supplement_year(member, start)
    if not certain and (problem := long_service_problem(start, end, year.daily_cap_minutes)):
        raise ValidationError({"certain": problem})
    if taken := find_overlapping_record(member, start, end):
        raise ValidationError({"start": f"这段时间已有记录“{taken.title}”，不能重复补录。"})
    record = ServiceRecord(
        school_id=member.school_id, member=member, source=Source.SUPPLEMENT, title=title.strip(),
        served_on=timezone.localdate(start), starts_at=start, ends_at=end, minutes=count_whole_minutes(start, end),
        street=_get_team_street(member, start, end) if at_street else None, description=description.strip(),
        evidence_digest=evidence.digest, submitted_at=now, submitted_by=user,
    )  # fmt: skip
    _save_with_evidence(evidence, record, user)
    return record


def find_overlapping_record(member: Member, start: datetime, end: datetime) -> ServiceRecord | None:
    """Return a record of the portal at the same time that counts or may yet count, or None."""
    standing = ServiceRecord.objects.from_portal().filter(member=member)
    standing = standing.filter(state__in=[State.PENDING, State.CONFIRMED])
    return standing.filter(starts_at__lt=end, ends_at__gt=start).first()


def _get_supplement_year(member: Member, start: datetime) -> ServiceYear:
    """Return the year of the service.

    A year that the school has not set up is a typing mistake, or counts nowhere.
    """
    wanted = timezone.localdate(start).year
    year = ServiceYear.objects.filter(school=member.school_id, year=wanted).first()
    if year is None:
        raise ValidationError(
            {"on": f"平台没有 {wanted} 年度，不能补录。请核对日期；日期无误的，请联系校团委办理年度结转。"}
        )
    return year


def _get_team_street(member: Member, start: datetime, end: datetime) -> Street:
    """Return the street of the service (三(四)2), as college, team and pairing were on the day of service.

    Raises ValidationError for a person who was not in the team of the college of that day at that time: such hours do
    not count at the street.
    """
    day = timezone.localdate(start)
    college = Spell.objects.covering(day).filter(member=member).values("branch__college")
    joined = TeamMembership.objects.filter(
        Q(left_at=None) | Q(left_at__gte=end),
        member=member,
        joined_at__lte=start,
        team__pairing__college__in=college,
    )
    membership = joined.select_related("team__pairing").order_by("-joined_at", "-pk").first()
    if membership is None:
        raise ValidationError(
            {"at_street": f"服务时（{day.month}月{day.day}日）本人不在服务队中，不能计为街乡服务。"}
        )
    return get_street_at(membership.team.pairing, start)


def _save_with_evidence(evidence: Evidence, record: ServiceRecord, user) -> None:
    """Save the record with its file, under a name that nobody guesses; on an error the file is deleted."""
    name = f"{secrets.token_hex(16)}{evidence.suffix}"
    record.evidence.save(name, ContentFile(evidence.content), save=False)
    try:
        with pghistory.context(user=user.pk):
            record.save()
            link_members([record.member_id])
    except BaseException:
        if record.evidence.name:
            record.evidence.storage.delete(record.evidence.name)
        raise
