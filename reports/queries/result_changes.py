"""Results whose verdict does not hold any more: the figures of now, judged by the rules of then.

A fixed number of queries for a year, for any number of results.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from members.models import Branch, Member, ServiceYear
from reports.models import AppraisalGrade, HonourTitle, Nomination, ResultChange
from reports.queries.eligibility import judge_branches, judge_members
from reports.rules.eligibility import BranchVerdict, MemberVerdict, freeze_verdict
from reports.rules.honours import freeze_verdict_at_level
from reports.rules.result_changes import (
    collect_facts,
    judge_branch_as_then,
    judge_member_as_then,
    needs_decision,
)

# Which result: the appraisal and the person, or the nomination.
ResultKey = tuple[int | None, int | None, int | None]


@dataclass(frozen=True)
class ChangedResult:
    """A result whose verdict does not hold any more; `open`: nobody has kept it on these facts."""

    result: AppraisalGrade | Nomination
    result_at: datetime
    facts: dict
    open: bool

    @property
    def key(self) -> ResultKey:
        if isinstance(self.result, Nomination):
            return None, None, self.result.pk
        return self.result.appraisal_id, self.result.member_id, None


def find_changed_results(year: ServiceYear, people: Iterable[int] | None = None) -> list[ChangedResult]:
    """Return the results of a year that still count and whose verdict does not hold; `people`: of these persons only."""
    grades, nominations = list_results(year, people)
    changed = [*_judge_grades(year, grades), *_judge_nominations(year, nominations)]
    kept = _find_kept_facts(changed)
    return [
        ChangedResult(
            found.result,
            found.result_at,
            found.facts,
            needs_decision(holds=False, facts=found.facts, kept=kept[found.key, found.result_at]),
        )
        for found in changed
    ]


def list_results(
    year: ServiceYear, people: Iterable[int] | None = None
) -> tuple[list[AppraisalGrade], list[Nomination]]:
    """Return every 优秀 of an approved appraisal, and every place of a decided honour that nobody has taken back."""
    grades = AppraisalGrade.objects.settled().filter(appraisal__year=year, final="excellent")
    nominations = Nomination.objects.won().filter(title__year=year, title__state=HonourTitle.State.DECIDED)
    if people is not None:
        people = list(people)
        grades, nominations = grades.filter(member__in=people), nominations.filter(member__in=people)
    nominations = nominations.select_related("title__year", "title__college", "member", "branch")
    return list(grades.select_related("member", "appraisal__year")), list(nominations)


def _judge_grades(year: ServiceYear, grades: list[AppraisalGrade]) -> Iterator[ChangedResult]:
    ids = {grade.member_id for grade in grades}
    people = judge_members(Member.objects.filter(pk__in=ids), year) if ids else ()
    now = {judged.pk: judged.verdict for judged in people}
    for grade in grades:
        approved_at = grade.appraisal.approved_at
        assert grade.verdict and approved_at  # of an approved sheet
        verdict = judge_member_as_then(now[grade.member_id], grade.verdict)
        if not verdict.excellent:
            conditions = freeze_verdict(verdict)["conditions"]
            facts = collect_facts(not_judged=verdict.not_judged, conditions=conditions)
            yield ChangedResult(grade, approved_at, facts, open=True)


def _judge_nominations(year: ServiceYear, nominations: list[Nomination]) -> Iterator[ChangedResult]:
    people = [row.member_id for row in nominations if row.member_id]
    branches = [row.branch_id for row in nominations if row.branch_id]
    of_people = judge_members(Member.objects.filter(pk__in=people), year) if people else ()
    of_branches = judge_branches(Branch.objects.filter(pk__in=branches), year) if branches else ()
    members, rates = (
        {row.pk: row.verdict for row in of_people},
        {row.branch_id: row.verdict for row in of_branches},
    )
    for row in nominations:
        then = row.judged_at_decision
        assert then and row.decided_at  # of a decided title
        verdict: MemberVerdict | BranchVerdict
        if row.member_id:
            verdict = judge_member_as_then(members[row.member_id], then)
        else:
            verdict = judge_branch_as_then(rates[row.subject_id], then)
        now = freeze_verdict_at_level(verdict, level=row.title.level)
        if not now["open"]:
            facts = collect_facts(not_judged=now["not_judged"], conditions=now["conditions"])
            yield ChangedResult(row, row.decided_at, facts, open=True)


def _find_kept_facts(changed: list[ChangedResult]) -> dict[tuple[ResultKey, datetime], list[dict]]:
    """Return the facts on which an office has kept each of these results."""
    appraisals = {found.key[0] for found in changed} - {None}
    nominations = {found.key[2] for found in changed} - {None}
    rows = ResultChange.objects.filter(
        Q(appraisal__in=appraisals) | Q(nomination__in=nominations), outcome=ResultChange.Outcome.KEPT
    )
    kept = defaultdict(list)
    for row in rows:
        kept[(row.appraisal_id, row.member_id, row.nomination_id), row.result_at].append(row.facts)
    return kept
