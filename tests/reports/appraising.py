"""An appraisal of a branch: ten people who may be 优秀, two who may not, and the account that leads it."""

from datetime import date, datetime

from reports.models import Appraisal
from reports.services.appraisal import (
    approve_appraisal,
    save_meeting,
    start_appraisal,
    submit_appraisal,
    write_rows,
)
from tests.factories import BEIJING, MemberFactory, ServiceRecordFactory

NOW = datetime(2018, 12, 20, 10, tzinfo=BEIJING)
HELD_ON = date(2018, 12, 19)


def make_branch_of_twelve(world):
    """Fill a2 with twelve members: ten have everything, one lacks hours, one the registration.

    Able are `quiet` and nine more. Twelve have 3 places of 优秀. The secretary is `quiet`.
    """
    able = [
        world.quiet,
        *(MemberFactory(branch=world.a2, name=f"能评{n}", registered=True) for n in range(9)),
    ]
    for member in able:
        ServiceRecordFactory(member=member, minutes=1200)
    short = MemberFactory(branch=world.a2, name="差时长", registered=True)
    ServiceRecordFactory(member=short, minutes=1199)
    unregistered = MemberFactory(branch=world.a2, name="卫注册")
    ServiceRecordFactory(member=unregistered, minutes=1200)
    return able, short, unregistered


def start_as(world, user) -> Appraisal:
    return start_appraisal(user=user, branch_id=world.a2.pk, year=world.year)


def get_grade(appraisal, member):
    return appraisal.grades.get(member=member)


def write_grades(appraisal, user, finals: dict) -> list[int]:
    """Write rows: {member: final grade} or {member: {field: value}}; return the ids of changed grades."""
    rows = {
        get_grade(appraisal, member).pk: values if isinstance(values, dict) else {"final": values}
        for member, values in finals.items()
    }
    return write_rows(user=user, appraisal_id=appraisal.pk, rows=rows)


def fill_sheet(appraisal, user, *, excellent=()) -> Appraisal:
    """Return an appraisal ready to submit: everybody 合格 except `excellent`, and a meeting with quorum."""
    finals = {grade.member: "qualified" for grade in appraisal.grades.select_related("member")}
    write_grades(appraisal, user, finals | dict.fromkeys(excellent, "excellent"))
    return save_meeting(
        user=user, appraisal_id=appraisal.pk, held_on=HELD_ON, entitled=12, present=9, now=NOW
    )


def approve_sheet(appraisal, *, branch, college, excellent=()) -> Appraisal:
    fill_sheet(appraisal, branch, excellent=excellent)
    submit_appraisal(user=branch, appraisal_id=appraisal.pk, now=NOW)
    return approve_appraisal(user=college, appraisal_id=appraisal.pk, now=NOW)
