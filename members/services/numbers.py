"""Student numbers change: a new number after a change of level or college; the person stays one (requirements §3)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from members.models import Member, School, StudentNumber, User
from members.rules import number_change_problem
from members.services.people import lock_member
from members.sheets.account_cells import clean_account_number
from members.sheets.cells import CellError

TAKEN = "这个学号已登记在{name}（{branch}）名下。如果是同一人，请联系校团委核对。"
OTHER_ACCOUNT = "这个号码已是另一个账号的学号或工号，请联系校团委核对。"

# The first row of a person keeps the number that was there before; then the new one opens.
OPEN_MISSING = """
INSERT INTO members_studentnumber (school_id, member_id, number, twin, starts_on, ends_on)
SELECT m.school_id, m.id, m.student_no, m.number_twin, NULL, NULL FROM members_member m
WHERE m.id = ANY(%(people)s) AND NOT EXISTS (
    SELECT FROM members_studentnumber n WHERE n.member_id = m.id AND n.ends_on IS NULL)
ON CONFLICT (upper(number), school_id, twin) DO NOTHING
"""
CLOSE = """
UPDATE members_studentnumber n SET ends_on = greatest(%(on)s::date, n.starts_on)
FROM unnest(%(people)s::bigint[], %(numbers)s::text[]) AS new (member_id, number)
WHERE n.member_id = new.member_id AND n.ends_on IS NULL AND upper(n.number) <> upper(new.number)
"""
OPEN = """
INSERT INTO members_studentnumber (school_id, member_id, number, starts_on, ends_on)
SELECT m.school_id, m.id, new.number, %(on)s, NULL
FROM unnest(%(people)s::bigint[], %(numbers)s::text[]) AS new (member_id, number)
JOIN members_member m ON m.id = new.member_id
ON CONFLICT (upper(number), school_id, twin) DO UPDATE SET ends_on = NULL, number = excluded.number
    WHERE members_studentnumber.member_id = excluded.member_id
"""
CARRY = """
UPDATE members_member m SET student_no = new.number
FROM unnest(%(people)s::bigint[], %(numbers)s::text[]) AS new (member_id, number)
WHERE m.id = new.member_id AND m.student_no <> new.number
"""
SIGN_IN = """
UPDATE members_user u SET number = new.number, username = new.number || '@' || s.code
FROM unnest(%(people)s::bigint[], %(numbers)s::text[]) AS new (member_id, number)
JOIN members_member m ON m.id = new.member_id JOIN members_school s ON s.id = m.school_id
WHERE u.member_id = new.member_id AND NOT EXISTS (SELECT FROM members_user o WHERE o.id <> u.id AND (
    o.school_id = m.school_id AND upper(o.number) = upper(new.number) OR o.username = new.number || '@' || s.code))
"""


def open_numbers(member_ids: list[int]) -> None:
    """Write the first number of new people, in one statement; people who have one are left out."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_MISSING, {"people": member_ids})


def adopt_numbers(numbers: Mapping[int, str], *, on: date) -> None:
    """Give people ({member id: new number}) a new number from the day `on`; the former one still finds them.

    Set-based, in five statements. The caller has locked the people and checked that nobody else has or had
    the numbers. Accounts sign in with either number from then on.
    """
    if not numbers:
        return
    values: dict[str, Any] = {"people": list(numbers), "numbers": list(numbers.values()), "on": on}
    with connection.cursor() as cursor:
        for statement in (OPEN_MISSING, CLOSE, OPEN, CARRY, SIGN_IN):
            cursor.execute(statement, values)


@transaction.atomic
def change_student_number(*, user, member_id: int, number: str, on: date, reason: str) -> Member:
    """Give one person a new number, on a page. Another case of the present number corrects it, and is no new one.

    Raises ValidationError for no number, one that another person or account has or had, or an impossible day.
    """
    if user.school_id:  # imports write numbers too
        School.objects.select_for_update(no_key=True).get(pk=user.school_id)
    member = lock_member(user=user, member_id=member_id, action="member.edit")
    try:
        number = clean_account_number(number)
    except CellError as error:
        raise ValidationError({"number": str(error)}) from error
    if problem := number_change_problem(member.student_no, number):
        raise ValidationError({"number": problem})
    _check_day(member, on)
    _check_free(member, number)
    with pghistory.context(user=user.pk, reason=reason):
        adopt_numbers({member.pk: number}, on=on)
    member.refresh_from_db()
    return member


def _check_day(member: Member, on: date) -> None:
    if on > timezone.localdate():
        raise ValidationError({"on": "启用日期不能晚于今天。"})
    begun = StudentNumber.objects.filter(member=member, ends_on=None, starts_on__gt=on).first()
    if begun:
        raise ValidationError({"on": f"现用学号 {begun.starts_on:%Y-%m-%d} 才启用，新学号不能更早。"})


def _check_free(member: Member, number: str) -> None:
    """Refuse a number that another person has or had, or that belongs to another account."""
    other = Member.objects.filter(school=member.school_id).of_number(number).exclude(pk=member.pk)
    if taken := other.select_related("branch").first():
        raise ValidationError({"number": TAKEN.format(name=taken.name, branch=taken.branch)})
    account = User.objects.of_number(number, member.school)
    if account.exclude(member=member).exists():
        raise ValidationError({"number": OTHER_ACCOUNT})
