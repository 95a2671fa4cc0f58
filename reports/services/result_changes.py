"""Ask the office that gave a result when its verdict does not hold any more, and write what the office decides.

The lock is the year's row: of two runs at the same time the second finds the rows of the first.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import ServiceYear
from members.permissions import RoleHeld
from members.queries.receivers import build_college_office, build_school_office
from members.services.notify import notify
from members.services.spells import Move
from reports.models import AppraisalGrade, Nomination, ResultChange
from reports.queries.result_changes import ChangedResult, find_changed_results
from reports.services.appraisal import reopen_appraisal
from reports.services.honours import find_nominating_offices

Outcome = ResultChange.Outcome
logger = logging.getLogger(__name__)
STALE = "情况又有变化，请刷新页面后按现在的情况决定。"


def note_all_changes(*, now: datetime | None = None) -> None:
    """Compare every year that has results; an error in one is logged, and the others are compared."""
    years = ServiceYear.objects.filter(pk__in=AppraisalGrade.objects.settled().values("appraisal__year")) | (
        ServiceYear.objects.filter(pk__in=Nomination.objects.won().values("title__year"))
    )
    for year_id in years.order_by("pk").values_list("pk", flat=True):
        try:
            note_changes(year_id=year_id, now=now)
        except Exception:
            logger.exception("The results of year %s could not be compared", year_id)


def follow_counts(member_ids: Collection[int]) -> None:
    """Compare the results of people whose hours have changed, after the commit; the hourly run finds what fails here."""
    ids = list(member_ids)
    transaction.on_commit(lambda: note_changes_of(ids), robust=True)


def follow_moves(moves: Sequence[Move]) -> None:
    """Compare the results of people whose branch, stage or state has changed, after the commit."""
    follow_counts([move.member_id for move in moves])


def note_changes_of(people: Collection[int], *, now: datetime | None = None) -> None:
    """Compare the results of these people, in each year in which they have one."""
    of_year: dict[int, set[int]] = defaultdict(set)
    grades = AppraisalGrade.objects.settled().filter(final="excellent", member__in=people)
    honours = Nomination.objects.won().filter(title__state="decided", member__in=people)
    for rows in (
        grades.values_list("appraisal__year", "member"),
        honours.order_by().values_list("title__year", "member"),
    ):
        for year_id, member_id in rows:
            of_year[year_id].add(member_id)
    for year_id, members in sorted(of_year.items()):
        note_changes(year_id=year_id, people=members, now=now)


@transaction.atomic
def note_changes(*, year_id: int, people: Iterable[int] | None = None, now: datetime | None = None) -> None:
    """Note each result of the year whose verdict does not hold any more and ask its office; close what holds again.

    Safe to call at any time and in parallel: a change is noted, and told, once. `people`: only results of these persons.
    """
    now, people = now or timezone.now(), None if people is None else list(people)
    year = ServiceYear.objects.select_for_update(no_key=True).get(pk=year_id)
    changed = {found.key: found for found in find_changed_results(year, people) if found.open}
    known = set()
    for row in ResultChange.objects.open().of_year(year, people):
        found = changed.get((row.appraisal_id, row.member_id, row.nomination_id))
        if found and (found.facts, found.result_at) == (row.facts, row.result_at):
            known.add(found.key)
        else:
            _settle(row, Outcome.GONE, now)
    for key, found in changed.items():
        if key not in known:
            _ask_office(found, now)


@transaction.atomic
def settle_change(
    *, user, change_id: int, outcome: str, reason: str, now: datetime | None = None
) -> ResultChange:
    """Keep the result with a reason, or take it back.

    优秀 is taken back by opening the appraisal again; an honour stays in its frozen list and counts no more. Raises
    ValidationError out of scope, on the own result, and if the facts have changed since the page was shown.
    """
    now = now or timezone.now()
    change = _lock_change(user, change_id)
    if user.member_id and user.member_id in (
        change.member_id,
        change.nomination and change.nomination.member_id,
    ):
        raise ValidationError("不能决定本人的结果，请由其他负责人处理。")
    if outcome not in (Outcome.KEPT, Outcome.TAKEN_BACK):
        raise ValidationError({"outcome": "请选择维持或收回。"})
    if not reason.strip():
        raise ValidationError({"reason": "请填写原因。"})
    _settle(change, outcome, now, user=user, reason=reason.strip())
    if outcome == Outcome.TAKEN_BACK:
        _take_back(change, user, now)
    return change


def _lock_change(user, change_id: int) -> ResultChange:
    """Lock the year, then return the open change if its facts are still those of now."""
    seen = ResultChange.objects.visible_to(user, "result.settle").with_results()
    change = seen.filter(pk=change_id).first()
    if change is None:
        raise ValidationError("没有找到这项变化，或不由您决定。")
    year = ServiceYear.objects.select_for_update(no_key=True).get(pk=change.year.pk)
    change.refresh_from_db(fields=["outcome"])
    if change.outcome != Outcome.OPEN:
        raise ValidationError("这项变化已经处理，请刷新页面查看。")
    key = (change.appraisal_id, change.member_id, change.nomination_id)
    person = change.member_id or (change.nomination and change.nomination.member_id)
    found = {one.key: one for one in find_changed_results(year, [person] if person else None)}.get(key)
    if found is None or (found.facts, found.result_at) != (change.facts, change.result_at):
        raise ValidationError(STALE)
    return change


def _settle(change: ResultChange, outcome: str, now: datetime, *, user=None, reason: str = "") -> None:
    change.outcome, change.settled_at, change.settled_by, change.reason = outcome, now, user, reason
    change.save(update_fields=["outcome", "settled_at", "settled_by", "reason"])


def _take_back(change: ResultChange, user, now: datetime) -> None:
    if change.appraisal_id:
        reason = f"{change.name}：{change.reason}"[:200]
        reopen_appraisal(user=user, appraisal_id=change.appraisal_id, reason=reason, now=now)
        return
    nominations = Nomination.objects.filter(changes=change).with_names()
    notify(
        find_nominating_offices(nominations),
        "honour_taken_back",
        change.result_url,
        key=f"result-change:{change.pk}:taken-back",
        change=change,
    )


def _ask_office(found: ChangedResult, now: datetime) -> None:
    appraisal_id, member_id, nomination_id = found.key
    change = ResultChange.objects.create(
        appraisal_id=appraisal_id,
        member_id=member_id,
        nomination_id=nomination_id,
        result_at=found.result_at,
        facts=found.facts,
        noticed_at=now,
    )
    key = f"result-change:{change.pk}"
    notify(_find_office(found.result), "result_changed", change.get_absolute_url(), key=key, change=change)


def _find_office(result: AppraisalGrade | Nomination) -> RoleHeld:
    """Return the office that gave the result: the college that approved, the college or school that awarded."""
    if isinstance(result, AppraisalGrade):
        return build_college_office(result.appraisal.branch.college_id)
    if result.title.college_id:
        return build_college_office(result.title.college_id)
    return build_school_office(result.title.year.school_id)
