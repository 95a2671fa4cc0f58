"""Change a school's own table of working days, and ask for the holidays of a year that the portal does not know."""

from collections.abc import Collection
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from members.models import CalendarDay, School
from members.permissions import Role, RoleHeld
from members.queries.working_days import list_years_to_enter
from members.services.notify import notify

# The longest span of one entry: a winter or summer vacation.
LONGEST_SPAN = 100


@transaction.atomic
def enter_calendar_days(
    *, school: School, first: date, last: date, works: bool, note: str, user
) -> list[CalendarDay]:
    """Declare every day from `first` to `last` worked or off; days that are in the table already are replaced."""
    _lock_school(school, user)
    if last < first:
        raise ValidationError({"last": "结束日期不能早于开始日期。"})
    if (last - first).days >= LONGEST_SPAN:
        raise ValidationError({"last": f"一次最多登记 {LONGEST_SPAN} 天，请分几次登记。"})
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rows = [CalendarDay(school=school, day=day, works=works, note=note.strip()) for day in days]
    return CalendarDay.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["school", "day"], update_fields=["works", "note"]
    )


@transaction.atomic
def remove_calendar_days(*, school: School, rows: Collection[int], user) -> int:
    """Remove rows of the school's table, so that the state's calendar applies again; return how many."""
    _lock_school(school, user)
    if not rows:
        raise ValidationError("请先勾选要移除的日期。")
    found = CalendarDay.objects.filter(school=school, pk__in=rows)
    if found.count() != len(set(rows)):
        raise ValidationError("有的日期已被移除，请刷新页面后重试。")
    return found.delete()[0]


def _lock_school(school: School, user) -> None:
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    if not School.objects.visible_to(user, "year.edit").filter(pk=school.pk).exists():
        raise ValidationError("只有本校团委可以修改校历。")


def ask_for_holidays(*, today: date) -> None:
    """Ask each school, once for a year, to enter the holidays of a year that the portal does not know.

    A school that has entered a day of the year is not asked.
    """
    for year in list_years_to_enter(today):
        for school in School.objects.exclude(calendar_days__day__year=year):
            notify(
                RoleHeld(Role.SCHOOL_ADMIN, school_id=school.pk),
                "calendar_unknown",
                reverse("school_calendar", args=[year]),
                key=f"calendar:{school.pk}:{year}",
                year=year,
            )
