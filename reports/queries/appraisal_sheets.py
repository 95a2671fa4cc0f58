"""The sheet of an appraisal: its rows with the current verdicts, its places, and what it lacks."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from members.models import Branch, Member, ServiceYear
from reports.models import Appraisal, AppraisalGrade
from reports.queries.eligibility import assessed, judge_members
from reports.rules.appraisal import (
    Quota,
    entitled_problem,
    gate_problem,
    quorum_problem,
    quota_of,
    unfinished,
)
from reports.rules.eligibility import MemberVerdict


@dataclass(frozen=True)
class Row:
    """A row of the sheet with the person's current verdict."""

    grade: AppraisalGrade
    verdict: MemberVerdict


@dataclass(frozen=True)
class RollChanges:
    """Differences between sheet and branch.

    `new`: people to assess who are not on the sheet; `gone`: rows of people who are no longer to be assessed
    here.
    """

    new: list[Member]
    gone: list[AppraisalGrade]

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)


def sheet(appraisal: Appraisal) -> list[Row]:
    """Return the whole sheet in the order of names, everybody with the current verdict."""
    grades = list(appraisal.grades.versioned().in_list_order())
    people = Member.objects.filter(appraisal_grades__appraisal=appraisal)
    verdicts = {judged.pk: judged.verdict for judged in judge_members(people, appraisal.year)}
    return [Row(grade, verdicts[grade.member_id]) for grade in grades]


def quota(appraisal: Appraisal, grades: Iterable[AppraisalGrade]) -> Quota:
    """Return the places of 优秀; for an approved appraisal with the percentage at approval."""
    percent = (appraisal.rules or {}).get("excellent_quota_percent", appraisal.year.excellent_quota_percent)
    return quota_of((grade.marks for grade in grades), percent)


def roll_changes(appraisal: Appraisal) -> RollChanges:
    """Return how the branch has changed since the sheet was made.

    The sheet changes only when a user asks for it.
    """
    entitled = {member.pk: member for member in to_assess(appraisal.branch, appraisal.year)}
    on_sheet = {grade.member_id: grade for grade in appraisal.grades.in_list_order()}
    return RollChanges(
        new=[member for pk, member in entitled.items() if pk not in on_sheet],
        gone=[grade for pk, grade in on_sheet.items() if pk not in entitled],
    )


def to_assess(branch: Branch, year: ServiceYear) -> QuerySet:
    """Return active League members of the branch who were not assessed by another branch this year."""
    elsewhere = AppraisalGrade.objects.elsewhere(branch, year).values("member")
    people = assessed(Member.objects.filter(branch=branch), year).exclude(pk__in=elsewhere)
    return people.order_by("sort_key", "student_no")


def problems_of(appraisal: Appraisal, rows: list[Row]) -> list[str]:
    """Return everything that prevents the approval of this sheet; the branch sees it while it works."""
    grades, changes = [row.grade for row in rows], roll_changes(appraisal)
    found = [
        "" if appraisal.held_on else "请填写评议会日期",
        quorum_problem(present=appraisal.present, entitled=appraisal.entitled),
        entitled_problem(entitled=appraisal.entitled, members=len(grades) - len(changes.gone)),
        "团支部人员有变化，请先更新名单" if changes else "",
        unfinished(grade.marks for grade in grades),
        *(_named(row) for row in rows),
        quota(appraisal, grades).problem,
        "" if any(grade.taking_part for grade in grades) else "没有人参加评议",
    ]
    return [problem for problem in found if problem]


def _named(row: Row) -> str:
    problem = gate_problem(row.grade.final, row.verdict)
    return f"{row.grade.member.name}{problem}" if problem else ""
