"""Create a school and open its years with the dates and thresholds of the notice."""

import re
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import School, Semester, ServiceYear
from members.rules import BEIJING, NoticeCalendar

# The code follows the @ of every username and is part of public addresses.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
YEARS = range(2000, 2100)


@transaction.atomic
def create_school(*, code: str, name: str, year: int) -> tuple[School, bool]:
    """Create a school and open a year; return the school and whether anything was created.

    A second call changes nothing. Raises ValidationError if code or name already belong to another school.
    """
    code, name = code.strip(), name.strip()
    if not CODE.fullmatch(code):
        raise ValidationError("学校代码只能由字母、数字、连字符和下划线组成，最多 20 个字符。")
    if not name:
        raise ValidationError("请填写学校名称。")
    for school in School.objects.select_for_update().filter(code=code).exclude(name=name):
        raise ValidationError(f"代码“{code}”已用于“{school.name}”。")
    for school in School.objects.filter(name=name).exclude(code=code):
        raise ValidationError(f"“{name}”已使用代码“{school.code}”。")
    school, made_school = School.objects.get_or_create(code=code, name=name)
    _, made_year = open_year(school=school, year=year)
    return school, made_school or made_year


@transaction.atomic
def open_year(*, school: School, year: int) -> tuple[ServiceYear, bool]:
    """Open a year of the school; return it and whether it is new.

    An existing year keeps the school's settings.
    """
    if year not in YEARS:
        raise ValidationError(f"年度应在 {YEARS[0]} 与 {YEARS[-1]} 之间。")
    School.objects.select_for_update().get(pk=school.pk)
    service_year, made = ServiceYear.objects.get_or_create(
        school=school, year=year, defaults=build_notice_dates(year)
    )
    if made:
        Semester.objects.bulk_create(
            Semester(year=service_year, name=name, starts_on=starts_on, ends_on=ends_on)
            for name, starts_on, ends_on in NoticeCalendar(year).semesters
        )
    return service_year, made


def build_notice_dates(year: int) -> dict:
    """Return the dates of the notice (三) for a year, as fields of ServiceYear."""
    calendar = NoticeCalendar(year)
    opens_at, closes_at = (timezone.make_aware(at, ZoneInfo(BEIJING)) for at in calendar.pairing)
    return {
        "tidy_starts_on": calendar.tidy[0],
        "tidy_ends_on": calendar.tidy[1],
        "registration_starts_on": calendar.registration[0],
        "registration_ends_on": calendar.registration[1],
        "pairing_opens_at": opens_at,
        "pairing_closes_at": closes_at,
        "first_service_by": calendar.first_service_by,
        "bulletin_anchor": calendar.bulletins[0],
        "bulletin_ends_on": calendar.bulletins[1],
    }
