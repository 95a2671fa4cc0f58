"""Rows of hours that wait: for a person whose number is not known yet, or for a decision on two equal rows."""

from collections.abc import Collection
from datetime import datetime, timedelta

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import WaitingHours
from activities.services.hours_staging import PEOPLE, stage_hours
from activities.services.hours_verdicts import judge_hours
from activities.services.hours_writing import add_records
from activities.services.linking import link_members
from members.models import ImportRun, Member
from members.transfer.services.imports.staging import build_number_match, fetch_sql, run_sql

CHANGED = "名单已有变化，或不在您的管理范围内，请核对后重新勾选。"
NOT_EQUAL = "勾选的行里有人员不在平台中的，不能这样处理：请先录入人员，或选“不是本校人员”。"
OWN = "不能处理本人的时长。"
NOT_NOBODY = "勾选的行里有两行相同的，人员已在平台中：请选“是另一次服务”或“是重复”。"
Question, State = WaitingHours.Question, WaitingHours.State
# Rows of strangers are personal data that nobody needs after this time (requirements §6).
KEPT_DAYS = 365

KEEP = """
INSERT INTO activities_waitinghours AS w (school_id, source, outside_no, person_no, name, name_key, data, question,
    state, import_run_id, created_at, reason)
SELECT %(school)s, v.source, v.waiting_no, v.person_no, v.name, v.name_key,
    r.data || jsonb_build_object('state', v.state), v.question, 'waiting', %(run)s, now(), v.reason
FROM hours_verdicts v JOIN members_importrow r ON r.id = v.id
WHERE v.status = 'unclear' ORDER BY v.position
ON CONFLICT (school_id, source, outside_no) DO UPDATE SET person_no = excluded.person_no, name = excluded.name,
    name_key = excluded.name_key, data = excluded.data, question = excluded.question, reason = excluded.reason,
    import_run_id = excluded.import_run_id
WHERE w.state = 'waiting' AND (w.person_no, w.name, w.data, w.question)
    IS DISTINCT FROM (excluded.person_no, excluded.name, excluded.data, excluded.question)
"""
# The record of a judged row: the one that it was about, or the one that has just been added.
SETTLE = """
WITH s AS (
    SELECT v.waiting_id, max(s.id) AS id FROM hours_verdicts v
    LEFT JOIN activities_servicerecord s ON s.member_id = v.member_id AND s.source = v.source
        AND s.served_on = v.served_on AND (v.unnumbered OR s.outside_no = v.outside_no)
        AND (s.starts_at, s.minutes) IS NOT DISTINCT FROM (v.starts_at, v.minutes)
    WHERE v.waiting_id IS NOT NULL AND v.status IN ('new', 'same', 'changed') AND v.member_id IS NOT NULL
    GROUP BY 1
)
UPDATE activities_waitinghours w SET state = 'taken', settled_at = now(), settled_by_id = %(user)s, reason = '',
    record_id = s.id
FROM s WHERE s.waiting_id = w.id AND w.state = 'waiting'
"""
FOUND = f"""
SELECT w.id, p.id FROM activities_waitinghours w
JOIN ({PEOPLE}) p ON p.source = w.source AND {build_number_match("p", "w.person_no")}
WHERE w.school_id = %(school)s AND w.state = %(state)s
"""
WAITING_ROWS = """
    SELECT w.id, w.id AS position, 0 AS number, '' AS sheet, w.import_run_id AS run_id, w.data,
        i.college_id AS bound_to, i.created_by_id AS user_id, u.member_id AS own
    FROM activities_waitinghours w LEFT JOIN members_importrun i ON i.id = w.import_run_id
    LEFT JOIN members_user u ON u.id = i.created_by_id
    WHERE w.id = ANY(%(waiting)s) AND w.state = 'waiting'
"""
# A record that a row of the file is about came with another file, after the row: it stays as it is.
LEAVE_RECORDS = """
UPDATE hours_verdicts SET waiting_id = id, waiting_no = '',
    status = CASE WHEN status <> 'changed' THEN status WHEN old_member_id = member_id THEN 'same' ELSE 'error' END,
    reason = CASE WHEN status = 'changed' AND old_member_id <> member_id THEN '这条记录登记在他人名下' ELSE reason END
"""
COUNT_AS_ANOTHER = """
UPDATE hours_verdicts SET status = 'new', target = NULL WHERE status = 'same'
"""
SAY_WHY = """
UPDATE activities_waitinghours w SET reason = v.reason,
    question = CASE WHEN v.status = 'unclear' THEN v.question ELSE w.question END
FROM hours_verdicts v WHERE v.id = w.id AND v.status IN ('error', 'unclear')
    AND (w.reason <> v.reason OR v.status = 'unclear' AND w.question <> v.question)
"""


def keep_waiting_rows(run: ImportRun) -> None:
    """Keep the unclear rows of a file that has just been merged, and settle those that it has brought in."""
    run_sql(KEEP, school=run.school_id, run=run.pk)
    run_sql(SETTLE, user=run.created_by_id)


def take_waiting_rows(school_id: int, member_ids: Collection[int] | None = None) -> int:
    """Take in the rows whose number now belongs to these people (None: to anybody of the school).

    The rules are those of the import: if the name differs, the row stays with the reason. Return how many rows
    became records.
    """
    waiting = WaitingHours.objects.filter(school=school_id, state=State.WAITING, question=Question.NOBODY)
    if not waiting.exists():
        return 0
    people = dict(fetch_sql(FOUND, school=school_id, state=State.WAITING))
    wanted = set(waiting.filter(pk__in=people).values_list("pk", flat=True))
    if member_ids is not None:
        wanted = {pk for pk in wanted if people[pk] in set(member_ids)}
    return _take_rows(school_id, wanted, {people[pk] for pk in wanted}, as_another=False) if wanted else 0


def _take_rows(
    school_id: int, waiting: set[int], members: set[int], *, as_another: bool, user_id: int | None = None
) -> int:
    """Lock people and rows, judge the rows, add their records and link them; return the number of records.

    `as_another`: the rows are further services beside their equals.
    """
    _lock_members(members)
    rows = WaitingHours.objects.select_for_update().filter(pk__in=waiting).order_by("pk")
    list(rows.values_list("pk"))
    stage_hours(WAITING_ROWS, school=school_id, waiting=sorted(waiting))
    judge_hours(school_id, as_of=timezone.localdate())
    run_sql(LEAVE_RECORDS)
    if as_another:
        run_sql(COUNT_AS_ANOTHER)
    added = add_records(school_id)
    run_sql(SETTLE, user=user_id)
    run_sql(SAY_WHY)
    link_members(members)
    return added


@transaction.atomic
def settle_equal_rows(*, user, waiting_ids: Collection[int], another: bool) -> int:
    """Decide about rows equal to another one: `another` service, which becomes a record, or the same one again.

    Return the number of rows. A later file does not ask again. Raises ValidationError.
    """
    _check_question(user, waiting_ids, Question.EQUAL, NOT_EQUAL)
    people = _find_own_people(user, waiting_ids)
    rows = WaitingHours.objects.select_for_update().filter(
        pk__in=people, question=Question.EQUAL, state=State.WAITING
    )
    if not waiting_ids or len(people) != len(set(waiting_ids)) or rows.count() != len(people):
        raise ValidationError(CHANGED)
    if user.member_id in people.values():
        raise ValidationError(OWN)
    with pghistory.context(user=user.pk):
        if not another:
            return rows.update(state=State.DISMISSED, settled_at=timezone.now(), settled_by=user)
        school_id = rows[0].school_id
        added = _take_rows(school_id, set(people), set(people.values()), as_another=True, user_id=user.pk)
    if added != len(people):
        raise ValidationError("有记录不能录入（姓名不符或已作废），请逐条处理。")
    return added


@transaction.atomic
def dismiss_waiting_rows(*, user, waiting_ids: Collection[int]) -> int:
    """Leave rows of people of other schools out for good, so that no later file asks again; return their number.

    Raises ValidationError for a row that has changed or is out of scope.
    """
    _check_question(user, waiting_ids, Question.NOBODY, NOT_NOBODY)
    seen = WaitingHours.objects.visible_to(user, "hours.decide").values("pk")
    rows = WaitingHours.objects.select_for_update().filter(
        pk__in=waiting_ids, question=Question.NOBODY, state=State.WAITING
    )
    found = set(rows.filter(pk__in=seen).values_list("pk", flat=True))
    if not found or found != set(waiting_ids):
        raise ValidationError(CHANGED)
    with pghistory.context(user=user.pk):
        return WaitingHours.objects.filter(pk__in=found).update(
            state=State.DISMISSED, settled_at=timezone.now(), settled_by=user
        )


@transaction.atomic
def restore_waiting_rows(*, user, waiting_ids: Collection[int]) -> int:
    """Let rows that were left out wait again; return their number.

    A row whose person is known by now goes in at once. Raises ValidationError for a row that has changed or is
    out of scope, and for the user's own hours.
    """
    seen = WaitingHours.objects.visible_to(user, "hours.decide").values("pk")
    _lock_members(_find_people(waiting_ids, State.DISMISSED).values())
    rows = WaitingHours.objects.select_for_update().filter(
        pk__in=waiting_ids, question=Question.NOBODY, state=State.DISMISSED
    )
    found = dict(rows.filter(pk__in=seen).order_by("pk").values_list("pk", "school"))
    if not found or set(found) != set(waiting_ids):
        raise ValidationError(CHANGED)
    people = set(_find_people(found, State.DISMISSED).values())
    if user.member_id in people:
        raise ValidationError(OWN)
    with pghistory.context(user=user.pk):
        WaitingHours.objects.filter(pk__in=found).update(
            state=State.WAITING, settled_at=None, settled_by=None
        )
        for school_id in sorted(set(found.values())):
            take_waiting_rows(school_id, people)
    return len(found)


def _check_question(user, waiting_ids: Collection[int], question: str, refusal: str) -> None:
    """Refuse rows in scope that wait for another decision."""
    seen = WaitingHours.objects.visible_to(user, "hours.decide").waiting()
    if seen.filter(pk__in=waiting_ids).exclude(question=question).exists():
        raise ValidationError(refusal)


def _find_own_people(user, waiting_ids: Collection[int]) -> dict[int, int]:
    """Return {row: person} for the rows of people whose hours this user decides about."""
    found = _find_people(waiting_ids, State.WAITING)
    own = Member.objects.visible_to(user, "hours.decide").filter(pk__in=found.values())
    seen = set(own.values_list("pk", flat=True))
    return {pk: member for pk, member in found.items() if member in seen}


def _find_people(waiting_ids: Collection[int], state: str) -> dict[int, int]:
    """Return {row: person} for those rows of the state whose number belongs to somebody now."""
    rows = WaitingHours.objects.filter(pk__in=waiting_ids)
    found: dict[int, int] = {}
    for school_id in set(rows.values_list("school", flat=True)):
        sql = FOUND + " AND w.id = ANY(%(ids)s)"
        found |= dict(fetch_sql(sql, school=school_id, state=state, ids=list(waiting_ids)))
    return found


def _lock_members(ids: Collection[int]) -> None:
    people = Member.objects.select_for_update(no_key=True).filter(pk__in=ids)
    list(people.order_by("pk").values_list("pk"))


def forget_strangers(*, now: datetime) -> int:
    """Delete rows of people who have not come to the school within a year; return their number."""
    old = WaitingHours.objects.filter(
        question=Question.NOBODY, created_at__lt=now - timedelta(days=KEPT_DAYS)
    )
    return old.delete()[0]
