"""The people or branches that a user may nominate for a title, and the verdicts behind nominations."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from members.models import Branch, Member
from members.permissions import get_scope
from members.queries.as_of import add_place_then, get_day_of
from reports.models import HonourTitle, Nomination
from reports.queries.eligibility import JudgedBranch, JudgedMember, judge_branches, judge_members
from reports.rules.honours import freeze_verdict_at_level


def judge_subjects(title: HonourTitle, ids: Iterable[int], *, now: datetime | None = None) -> dict[int, dict]:
    """Return {person or branch id: verdict at the title's level, as kept}, in a fixed number of queries."""
    ids, at = list(ids), timezone.localtime(now or timezone.now()).isoformat(timespec="seconds")
    if not ids:
        return {}
    found: dict[int, JudgedBranch | JudgedMember]
    if title.of_branches:
        rows = judge_branches(Branch.objects.filter(pk__in=ids), title.year)
        found = {row.branch_id: row for row in rows}
    else:
        found = {row.pk: row for row in judge_members(Member.objects.filter(pk__in=ids), title.year)}
    return {
        pk: {
            "at": at,
            "name": row.branch if isinstance(row, JudgedBranch) else row.name,
            "branch": row.branch,
            "college": row.college,
            **freeze_verdict_at_level(row.verdict, level=title.level),
        }
        for pk, row in found.items()
    }


def judge_nominations(title: HonourTitle, nominations: Iterable[Nomination]) -> dict[int, dict]:
    """Return the current verdicts behind nominations of one title, by the nomination's id."""
    subjects = {found.pk: found.subject_id for found in nominations}
    now = judge_subjects(title, subjects.values())
    return {pk: now[subject] for pk, subject in subjects.items()}


def list_nominees(user, title: HonourTitle) -> QuerySet:
    """Return the people or branches that the user may nominate for the title.

    They are limited by the level that the title asks, and to the college that gives it. Of a year that is over
    they are the people of its last day, in the branch of then. The verdict is checked elsewhere.
    """
    if title.of_branches:
        branches = Branch.objects.visible_to(user, "honour.nominate")
        return branches.filter(
            _build_level_filter(title, user, "college"), college__school=title.year.school_id
        )
    day = get_day_of(title.year)
    people = add_place_then(Member.objects.in_scope_on(user, "honour.nominate", day), day)
    return people.filter(_build_level_filter(title, user, "college_then"), school=title.year.school_id)


def _build_level_filter(title, user, college: str) -> Q:
    seen, wanted = get_scope(user, "honour.nominate"), Q()
    if title.nominated_by == "college" and not seen.everything:
        wanted &= Q(**{f"{college}__in": seen.colleges})
    if title.college_id:
        wanted &= Q(**{college: title.college_id})
    return wanted
