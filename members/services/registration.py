"""Registration as a volunteer: a person reports it, and a secretary verifies it (三(二))."""

from collections.abc import Collection
from datetime import date

import pghistory
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Upper
from django.utils import timezone

from members.models import Member, School, VolunteerRecord
from members.queries.roster import list_unverified_reports
from members.rules import registration_date_problem
from members.services.known_numbers import tell_numbers_known
from members.services.people import lock_member
from members.sheets.cells import make_number_key

NUMBER_CONSTRAINT = "member_volunteer_no_once_per_school"
VERIFIED_FIELDS = [
    "volunteer_no", "registered_on", "counts_from", "registration_source", "registration_evidence"
]  # fmt: skip
NUMBER_TAKEN = "这个志愿者编号已登记在他人名下，请核对后重新填写。"


@transaction.atomic
def report_registration(
    *, user, account_done: bool, profile_done: bool, volunteer_no: str, registered_on: date | None
) -> Member:
    """Save what a person reports on their own registration.

    Pages show it next to the verified figures; it never counts. Raises ValidationError if the registration is
    already verified, or for an incomplete, impossible or taken report.
    """
    member = lock_member(user=user, member_id=user.member_id, action="me.report")
    if member.is_registered:
        raise ValidationError("您的注册已经核实，无需再报。")
    if bool(volunteer_no) != bool(registered_on):
        missing = "registered_on" if volunteer_no else "volunteer_no"
        raise ValidationError({missing: "志愿者编号和注册日期须一并填写。"})
    if registered_on:
        _check_date(registered_on)
        if _find_taken_numbers(member.school_id, {volunteer_no}, but={member.pk}):
            raise ValidationError({"volunteer_no": NUMBER_TAKEN})
    today = timezone.localdate()
    member.league_account_on = (member.league_account_on or today) if account_done else None
    member.profile_completed_on = (member.profile_completed_on or today) if profile_done else None
    member.reported_no, member.reported_on = volunteer_no, registered_on
    with pghistory.context(user=user.pk):
        member.save(update_fields=["league_account_on", "profile_completed_on", "reported_no", "reported_on"])
    return member


@transaction.atomic
def confirm_registration(
    *, user, member_id: int, volunteer_no: str, registered_on: date | None, evidence: str
) -> Member:
    """Verify a person's registration that a secretary has seen: save its number, date and evidence.

    `registered_on` is None if nobody knows the date; the registration then counts from today, or from the day of
    the list in 待认领 that has the number.
    Raises ValidationError if the person is already registered or another person has the number.
    """
    _lock_own_school(user)
    member = lock_member(user=user, member_id=member_id, action="registration.confirm")
    if registered_on:
        _check_date(registered_on)
    if member.is_registered:
        raise ValidationError("此人的注册已经核实。如需更正，请先撤销原来的核实。")
    if _find_taken_numbers(member.school_id, {volunteer_no}, but={member.pk}):
        raise ValidationError({"volunteer_no": NUMBER_TAKEN})
    _write_verification([member], {member.pk: (volunteer_no, registered_on)}, evidence, user)
    return member


@transaction.atomic
def confirm_reports(*, user, member_ids: Collection[int], evidence: str) -> int:
    """Verify the reported numbers and dates of several people, all or none; return how many.

    Raises ValidationError with one line per problem, or if the list has changed meanwhile.
    """
    _lock_own_school(user)
    own = Member.objects.visible_to(user, "registration.confirm")
    ready = (
        list_unverified_reports(own.filter(pk__in=member_ids)).order_by("pk").select_for_update(of=("self",))
    )
    members = list(ready)
    if len(members) != len(set(member_ids)):
        raise ValidationError("名单已有变化（有人已核实、已改报或不在您的管理范围内），请核对后重新勾选。")
    if problems := _list_report_problems(members):
        raise ValidationError(problems)
    figures = {member.pk: (member.reported_no, member.reported_on) for member in members}
    _write_verification(members, figures, evidence, user)
    return len(members)


@transaction.atomic
def revoke_registration(*, user, member_id: int, reason: str) -> Member:
    """Revoke a verification. The matched record of the volunteers' list goes back to 待认领.

    Raises ValidationError if the person has no verified registration.
    """
    _lock_own_school(user)
    member = lock_member(user=user, member_id=member_id, action="registration.confirm")
    if not member.is_registered:
        raise ValidationError("此人没有已核实的注册，无需撤销。")
    member.registered_on = member.counts_from = None
    member.volunteer_no = ""
    member.registration_source = member.registration_evidence = ""
    with pghistory.context(user=user.pk, reason=reason):
        member.save(update_fields=VERIFIED_FIELDS)
        VolunteerRecord.objects.filter(member=member).update(
            state=VolunteerRecord.State.UNCLEAR,
            member=None,
            by_hand_only=True,
            reason=f"已撤销与{member.name}的匹配：{reason}"[:200],
        )
    return member


def set_registration_date(member: Member, day: date | None, *, unknown_from: date) -> None:
    """Set the date of registration and the day from which it counts; the caller saves the person.

    Without a date (`day` is None) a known one stays; an unknown one stays unknown and counts from `unknown_from`,
    the day of the file or of the decision, or from an earlier such day.
    """
    member.registered_on = day or member.registered_on
    member.counts_from = member.registered_on or min(unknown_from, member.counts_from or unknown_from)


def _lock_own_school(user) -> None:
    """Lock the school, so that imports, claims and verifications write volunteer numbers one after the other."""
    if user.school_id:
        School.objects.select_for_update(no_key=True).get(pk=user.school_id)


def _check_date(day: date) -> None:
    if problem := registration_date_problem(day, timezone.localdate()):
        raise ValidationError({"registered_on": problem})


def _find_taken_numbers(school_id: int, numbers: Collection[str], *, but: Collection[int]) -> set[str]:
    """Return the keys of numbers that belong to another person's verified registration; `but` are people to ignore."""
    keys = {make_number_key(number) for number in numbers if number}
    others = Member.objects.filter(school=school_id).alias(any_case=Upper("volunteer_no"))
    taken = others.filter(any_case__in=keys).exclude(pk__in=but)
    return {make_number_key(number) for number in taken.values_list("volunteer_no", flat=True)}


def _list_report_problems(members: list[Member]) -> list[str]:
    """Return why some of the reports cannot be verified, in Chinese, one line per person."""
    numbers = [make_number_key(member.reported_no) for member in members]
    taken: set[str] = set()
    for school in {member.school_id for member in members}:
        taken |= _find_taken_numbers(school, numbers, but=[])
    today = timezone.localdate()
    problems = []
    for member in members:
        key = make_number_key(member.reported_no)
        if key in taken:
            problems.append(
                f"{member.name}（{member.student_no}）：编号 {member.reported_no} 已登记在他人名下。"
            )
        elif numbers.count(key) > 1:
            problems.append(
                f"{member.name}（{member.student_no}）：编号 {member.reported_no} 与所选他人相同。"
            )
        elif member.reported_on is not None and member.reported_on > today:
            problems.append(f"{member.name}（{member.student_no}）：注册日期晚于今天。")
    return problems


def _write_verification(
    members: list[Member], figures: dict[int, tuple[str, date | None]], evidence: str, user
) -> None:
    today = timezone.localdate()
    for member in members:
        member.volunteer_no, day = figures[member.pk]
        set_registration_date(member, day, unknown_from=today)
        member.registration_source = Member.Source.SECRETARY
        member.registration_evidence = evidence
    try:
        with transaction.atomic(), pghistory.context(user=user.pk):
            _settle_waiting_records(members)
            Member.objects.bulk_update(members, VERIFIED_FIELDS, batch_size=500)
            tell_numbers_known([member.pk for member in members])
    except IntegrityError as error:
        # Another transaction took the number between the check and the write; the constraint decides.
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != NUMBER_CONSTRAINT:
            raise
        raise ValidationError(NUMBER_TAKEN) from error


def _settle_waiting_records(members: list[Member]) -> None:
    """Match the records in 待认领 whose number is being verified and whose name is the same.

    A number with another name stays in 待认领 for a user to decide. A person without a date of registration gets
    the record's; the caller saves the person.
    """
    holders = {make_number_key(member.volunteer_no): member for member in members if member.volunteer_no}
    waiting = VolunteerRecord.objects.unclear().filter(school__in={member.school_id for member in members})
    rows = waiting.alias(any_case=Upper("volunteer_no")).filter(any_case__in=holders)
    for row in rows.select_for_update().order_by("pk"):
        member = holders[make_number_key(row.volunteer_no)]
        if (row.school_id, row.name_key) == (member.school_id, member.name_key):
            if member.registered_on is None:
                set_registration_date(member, row.registered_on, unknown_from=row.listed_on)
            row.state, row.member, row.reason = VolunteerRecord.State.MATCHED, member, ""
            row.save()
