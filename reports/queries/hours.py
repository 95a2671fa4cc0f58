"""Hours of a year by person and by branch: confirmed, waiting, missing (二(三)).

All kinds of people count: the 20 hours are for every student, not for League members only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from activities.queries.totals import sum_minutes_by_member
from members.models import Member, ServiceYear
from reports.queries.eligibility import get_year_span, sum_pending_minutes

SHEET = ("学号", "姓名", "发展阶段", "已确认（分钟）", "待确认（分钟）", "要求（分钟）", "还差（分钟）")


@dataclass(frozen=True)
class PersonHours:
    """A person's hours of a year, in minutes: confirmed, waiting for confirmation, required.

    `person`: with `stage_then`.
    """

    person: Member
    minutes: int
    waiting: int
    required: int

    @property
    def missing(self) -> int:
        return max(0, self.required - self.minutes)

    @property
    def stage_name(self) -> str:
        """Return the person's stage in the year, in words."""
        return str(Member.Stage(self.person.stage_then).label)

    @property
    def cells(self) -> tuple:
        """Return the cells of a row of a workbook under SHEET."""
        person, stage = self.person, self.stage_name
        return (
            person.student_no,
            person.name,
            stage,
            self.minutes,
            self.waiting,
            self.required,
            self.missing,
        )


@dataclass(frozen=True)
class BranchHours:
    """A branch with its people, those who reached the year's hours, and their confirmed minutes."""

    pk: int
    name: str
    people: int
    reached: int
    minutes: int

    @property
    def missing(self) -> int:
        """Return the number of people below the year's hours."""
        return self.people - self.reached


ORDERS = {
    "name": lambda row: (row.person.sort_key, row.person.student_no),
    "number": lambda row: (row.person.student_no,),
    "stage": lambda row: (row.person.stage_then, row.person.sort_key),
    "minutes": lambda row: (row.minutes, row.person.sort_key),
    "waiting": lambda row: (row.waiting, row.person.sort_key),
    "missing": lambda row: (row.missing, row.person.sort_key),
}
BRANCH_ORDERS = {
    "name": lambda row: (row.name,),
    "people": lambda row: (row.people, row.name),
    "reached": lambda row: (row.reached, row.name),
    "missing": lambda row: (row.missing, row.name),
    "minutes": lambda row: (row.minutes, row.name),
}


def list_people_hours(people: QuerySet, year: ServiceYear) -> list[PersonHours]:
    """Return everybody given, by name: three queries for any number of people of `add_year`."""
    minutes = sum_minutes_by_member(people, *get_year_span(year), "appraisal")
    waiting = sum_pending_minutes(people, year)
    return [
        PersonHours(person, minutes.get(person.pk, 0), waiting.get(person.pk, 0), year.required_minutes)
        for person in people.order_by("sort_key", "student_no")
    ]


def list_branch_hours(branches: Iterable, people: QuerySet, year: ServiceYear) -> list[BranchHours]:
    """Return every given branch with the hours of those of `people` (of `add_year`) who belong to it."""
    minutes = sum_minutes_by_member(people, *get_year_span(year), "appraisal")
    sums: dict[int, list[int]] = {}
    for pk, branch in people.order_by().values_list("pk", "branch_then"):
        sums.setdefault(branch, []).append(minutes.get(pk, 0))
    return [_sum_branch_hours(branch, sums.get(branch.pk, []), year.required_minutes) for branch in branches]


def _sum_branch_hours(branch, minutes: Sequence[int], required: int) -> BranchHours:
    reached = sum(done >= required for done in minutes)
    return BranchHours(branch.pk, branch.name, len(minutes), reached, sum(minutes))
