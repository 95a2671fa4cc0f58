"""The sheet of an appraisal: its rows with the current verdicts, its places, and what it lacks."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from members.models import Branch, Member, ServiceYear
from reports.models import Appraisal, AppraisalGrade
from reports.queries.eligibility import filter_assessed, filter_in_branches, judge_members
from reports.rules.appraisal import (
    Quota,
    count_excellent_quota,
    entitled_problem,
    gate_problem,
    quorum_problem,
    unfinished_problem,
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


def build_sheet(appraisal: Appraisal) -> list[Row]:
    """Return the whole sheet in the order of names, everybody with the current verdict."""
    grades = list(appraisal.grades.with_version().in_list_order())
    people = Member.objects.filter(appraisal_grades__appraisal=appraisal)
    verdicts = {judged.pk: judged.verdict for judged in judge_members(people, appraisal.year)}
    return [Row(grade, verdicts[grade.member_id]) for grade in grades]


def get_excellent_quota(appraisal: Appraisal, grades: Iterable[AppraisalGrade]) -> Quota:
    """Return the places of 优秀; for an approved appraisal with the percentage at approval."""
    percent = (appraisal.rules or {}).get("excellent_quota_percent", appraisal.year.excellent_quota_percent)
    return count_excellent_quota((grade.marks for grade in grades), percent)


def find_roll_changes(appraisal: Appraisal) -> RollChanges:
    """Return how the branch has changed since the sheet was made.

    The sheet changes only when a user asks for it.
    """
    entitled = {member.pk: member for member in filter_to_assess(appraisal.branch, appraisal.year)}
    on_sheet = {grade.member_id: grade for grade in appraisal.grades.in_list_order()}
    return RollChanges(
        new=[member for pk, member in entitled.items() if pk not in on_sheet],
        gone=[grade for pk, grade in on_sheet.items() if pk not in entitled],
    )


def filter_to_assess(branch: Branch, year: ServiceYear) -> QuerySet:
    """Return active League members of the branch in the year whom no other branch assessed this year."""
    elsewhere = AppraisalGrade.objects.assessed_elsewhere(branch, year).values("member")
    people = filter_in_branches(filter_assessed(Member.objects.all(), year), year, [branch.pk])
    people = people.exclude(pk__in=elsewhere)
    return people.order_by("sort_key", "student_no")


def list_problems(appraisal: Appraisal, rows: list[Row]) -> list[str]:
    """Return everything that prevents the approval of this sheet; the branch sees it while it works."""
    grades, changes = [row.grade for row in rows], find_roll_changes(appraisal)
    found = [
        "" if appraisal.held_on else "请填写评议会日期",
        quorum_problem(present=appraisal.present, entitled=appraisal.entitled),
        entitled_problem(entitled=appraisal.entitled, members=len(grades) - len(changes.gone)),
        "团支部人员有变化，请先更新名单" if changes else "",
        unfinished_problem(grade.marks for grade in grades),
        *(_describe_gate_problem(row) for row in rows),
        get_excellent_quota(appraisal, grades).problem,
        "" if any(grade.taking_part for grade in grades) else "没有人参加评议",
    ]
    return [problem for problem in found if problem]


def _describe_gate_problem(row: Row) -> str:
    problem = gate_problem(row.grade.final, row.verdict)
    return f"{row.grade.member.name}{problem}" if problem else ""
