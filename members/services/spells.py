"""Write where people belong: their spells, and branch, stage and state of `Member`, always together.

A change has a day from which it holds; a correction has none and mends the open spell. Nothing else writes these
columns. Apps above register followers for what hangs on them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from members.models import ImportRun, Spell

Kind = Spell.Kind
GONE = "名单中有人已被删除，请刷新后再试。"


class Place(NamedTuple):
    """Where a person belongs: id of the branch, stage and state."""

    branch_id: int
    stage: str
    state: str


@dataclass(frozen=True)
class Move:
    """A change of one person as followers get it. `on` is None for a correction."""

    member_id: int
    old: Place
    new: Place
    on: date | None


Follower = Callable[[Sequence[Move]], None]
FOLLOWERS: list[Follower] = []

LOCK = """
SELECT id, branch_id, stage, state FROM members_member WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
"""
# The wanted places as rows; the arrays are literals, so the planner knows their length.
WANTED = """
(SELECT * FROM unnest(%(ids)s::bigint[], %(branches)s::bigint[], %(stages)s::text[], %(states)s::text[])
    AS w (member_id, branch_id, stage, state)) w
"""
EQUAL = "(s.branch_id, s.stage, s.state) = (w.branch_id, w.stage, w.state)"
UPDATE_MEMBERS = f"""
UPDATE members_member m SET branch_id = w.branch_id, stage = w.stage, state = w.state
FROM {WANTED} WHERE m.id = w.member_id AND (m.branch_id, m.stage, m.state) <> (w.branch_id, w.stage, w.state)
"""
# MATERIALIZED: where statistics are stale the planner expects one new person and would ask for the school's first
# day again for each of them (measured: over two minutes for a roster of some thousand people).
INSERT_FIRST = """
WITH new AS MATERIALIZED (
    SELECT m.*, make_date(coalesce(substring(grade FROM '^(?:19|20)[0-9]{2}$'),
        substring(student_no FROM '^((?:19|20)[0-9]{2})[0-9]{4,}$'))::int, 1, 1) AS entered
    FROM members_member m WHERE id = ANY(%(ids)s)
), years AS MATERIALIZED (
    -- the years of entry before which the school had people
    SELECT * FROM (SELECT DISTINCT school_id, entered FROM new WHERE entered <= %(on)s) n
    WHERE EXISTS (SELECT FROM members_spell s WHERE s.first AND s.starts_on < n.entered
        AND (SELECT m.school_id FROM members_member m WHERE m.id = s.member_id) = n.school_id)
)
INSERT INTO members_spell (member_id, branch_id, stage, state, starts_on, first, not_before, kind, import_run_id,
    written_at)
SELECT n.id, n.branch_id, n.stage, n.state, %(on)s, true, y.entered, 'change', %(run)s, now()
FROM new n LEFT JOIN years y USING (school_id, entered)
"""
# A first spell holds for all days before it, so an earlier start changes no answer.
REACH_BACK = """
UPDATE members_spell SET starts_on = %(day)s
WHERE member_id = ANY(%(ids)s) AND first AND starts_on > %(day)s AND starts_on >= %(from)s
"""
DROP_LATER = """
DELETE FROM members_spell WHERE member_id = ANY(%(ids)s) AND starts_on >= %(on)s AND NOT first
"""
# After DROP_LATER a first spell may begin on the day, and is then the only one.
REWRITE_FIRST = f"""
UPDATE members_spell s SET ends_on = NULL, branch_id = w.branch_id, stage = w.stage, state = w.state,
    kind = 'change', import_run_id = %(run)s
FROM {WANTED} WHERE s.member_id = w.member_id AND s.starts_on = %(on)s
"""
# Otherwise the last spell left covers the day: it goes on if it says the same, else it ends.
CUT_LAST = f"""
UPDATE members_spell s SET ends_on = CASE WHEN NOT {EQUAL} THEN %(on)s::date END
FROM {WANTED}
WHERE s.member_id = w.member_id AND s.starts_on < %(on)s AND s.starts_on = (
    SELECT max(starts_on) FROM members_spell l WHERE l.member_id = w.member_id)
"""
INSERT_OPEN = f"""
INSERT INTO members_spell (member_id, branch_id, stage, state, starts_on, first, kind, import_run_id, written_at)
SELECT w.member_id, w.branch_id, w.stage, w.state, %(on)s, false, 'change', %(run)s, now()
FROM {WANTED}
WHERE NOT EXISTS (SELECT FROM members_spell s WHERE s.member_id = w.member_id AND s.ends_on IS NULL)
"""
MEND_OPEN = f"""
UPDATE members_spell s SET branch_id = w.branch_id, stage = w.stage, state = w.state, kind = 'correction'
FROM {WANTED} WHERE s.member_id = w.member_id AND s.ends_on IS NULL AND NOT {EQUAL}
"""
# A mended spell that says the same as the one before it was no change: the two become one.
DROP_REPEATED = """
DELETE FROM members_spell s USING members_spell b
WHERE s.member_id = ANY(%(ids)s) AND s.ends_on IS NULL AND b.member_id = s.member_id AND b.ends_on = s.starts_on
    AND (b.branch_id, b.stage, b.state) = (s.branch_id, s.stage, s.state)
"""
REOPEN_LAST = """
UPDATE members_spell s SET ends_on = NULL
WHERE s.member_id = ANY(%(ids)s) AND s.starts_on = (
    SELECT max(starts_on) FROM members_spell l WHERE l.member_id = s.member_id) AND s.ends_on IS NOT NULL
"""

# What a late file tells of a day in the past holds up to the next spell. A spell that begins on the day says it instead.
REWRITE_PAST = f"""
UPDATE members_spell s SET branch_id = w.branch_id, stage = w.stage, state = w.state, kind = 'change',
    import_run_id = %(run)s
FROM {WANTED} WHERE s.member_id = w.member_id AND s.starts_on = %(on)s AND NOT {EQUAL}
"""
CUT_PAST = f"""
UPDATE members_spell s SET ends_on = %(on)s
FROM {WANTED} WHERE s.member_id = w.member_id AND s.starts_on < %(on)s AND s.ends_on > %(on)s AND NOT {EQUAL}
"""
# Somebody who entered later was here on the day after all.
ENTER_EARLIER = f"""
UPDATE members_spell s SET starts_on = %(on)s
FROM {WANTED} WHERE s.member_id = w.member_id AND s.first AND s.starts_on > %(on)s AND s.not_before > %(on)s AND {EQUAL}
"""
FOLLOW_NEW_FIRST = f"""
UPDATE members_spell s SET first = false
FROM {WANTED} WHERE s.member_id = w.member_id AND s.first AND s.starts_on > %(on)s AND NOT {EQUAL}
"""
INSERT_PAST = f"""
INSERT INTO members_spell (member_id, branch_id, stage, state, starts_on, ends_on, first, not_before, kind,
    import_run_id, written_at)
SELECT w.member_id, w.branch_id, w.stage, w.state, %(on)s, n.starts_on, f.none, CASE WHEN f.none THEN n.not_before END,
    'change', %(run)s, now()
FROM {WANTED}
CROSS JOIN LATERAL (SELECT starts_on, not_before FROM members_spell n
    WHERE n.member_id = w.member_id AND n.starts_on > %(on)s ORDER BY starts_on LIMIT 1) n
CROSS JOIN LATERAL (SELECT NOT EXISTS (
    SELECT FROM members_spell f WHERE f.member_id = w.member_id AND f.first) AS none) f
WHERE NOT EXISTS (SELECT FROM members_spell s WHERE s.member_id = w.member_id
    AND (s.starts_on <= %(on)s OR s.first) AND (s.ends_on IS NULL OR s.ends_on > %(on)s))
"""
FORGET_ENTRY = """
UPDATE members_spell SET not_before = NULL
WHERE member_id = ANY(%(ids)s) AND NOT first AND not_before IS NOT NULL
"""
# Equal neighbours of the spell that begins on the day become one with it.
JOIN_NEXT = """
WITH gone AS (
    DELETE FROM members_spell s USING members_spell n
    WHERE s.member_id = ANY(%(ids)s) AND s.starts_on = %(on)s AND n.member_id = s.member_id AND n.starts_on = s.ends_on
        AND (n.branch_id, n.stage, n.state) = (s.branch_id, s.stage, s.state)
    RETURNING s.member_id, s.ends_on, s.first, s.not_before
)
UPDATE members_spell n SET starts_on = %(on)s, first = g.first, not_before = g.not_before
FROM gone g WHERE n.member_id = g.member_id AND n.starts_on = g.ends_on
"""
JOIN_FORMER = """
WITH gone AS (
    DELETE FROM members_spell s USING members_spell b
    WHERE s.member_id = ANY(%(ids)s) AND s.starts_on = %(on)s AND b.member_id = s.member_id AND b.ends_on = s.starts_on
        AND (b.branch_id, b.stage, b.state) = (s.branch_id, s.stage, s.state)
    RETURNING s.member_id, s.ends_on
)
UPDATE members_spell b SET ends_on = g.ends_on
FROM gone g WHERE b.member_id = g.member_id AND b.ends_on = %(on)s
"""
# What an import replaced, from the history: each spell as it was before the import's first change of it. A spell that
# names the import even there is one that the import made.
REPLACED = """
WITH replaced AS (
    SELECT DISTINCT ON (pgh_obj_id) * FROM members_spellevent WHERE pgh_context_id = %(context)s
    ORDER BY pgh_obj_id, pgh_id
)
"""
DROP_WRITTEN = f"""{REPLACED}
DELETE FROM members_spell WHERE id IN (SELECT id FROM members_spell WHERE import_run_id = %(run)s
    UNION SELECT pgh_obj_id FROM replaced)
"""
BRING_BACK = f"""{REPLACED}
INSERT INTO members_spell (id, member_id, branch_id, stage, state, starts_on, ends_on, first, not_before, kind,
    import_run_id, written_at)
SELECT id, member_id, branch_id, stage, state, starts_on, ends_on, first, not_before, kind, import_run_id, written_at
FROM replaced WHERE import_run_id IS DISTINCT FROM %(run)s
"""
LIST_LATER = """
SELECT member_id FROM members_spell
WHERE member_id = ANY(%(ids)s) AND ends_on IS NULL AND starts_on > %(on)s
"""


def register_spell_follower(follow: Follower) -> None:
    """Call `follow` with the moves after each change, in its transaction; AppConfig.ready of an upper app calls this.

    The apps are ready lowest first, and followers run in this order.
    """
    if follow not in FOLLOWERS:
        FOLLOWERS.append(follow)


@transaction.atomic
def open_first_spells(*, member_ids: Collection[int], on: date, run: ImportRun | None = None) -> None:
    """Open the first spell of new people from day `on`, with what `Member` says about them.

    It reaches back for ever: a roster imported late describes the people as they were. Only if the school had
    people before the year in which a person entered (年级, else the year that the number begins with), it
    reaches back to 1 January of that year: freshmen are not in the figures of years before they came.
    """
    _run(INSERT_FIRST, ids=list(member_ids), on=on, run=run and run.pk)


@transaction.atomic
def move_people(
    *,
    moves: Mapping[int, Place | tuple[int, str, str]],
    on: date | None,
    kind: str,
    run: ImportRun | None = None,
    reach_back: date | None = None,
    before: Mapping[int, Place] | None = None,
) -> list[Move]:
    """Write the places of people (by id) to `Member` and their spells; return what changed in `Member`.

    A change (with `on`) holds from this day: later spells go, the spell of the day ends, or is rewritten if it
    begins on it. A correction (`on` None) mends the open spell. The people are locked in order of id.
    `reach_back`: first spells that begin later are moved back to this day first, so that a change on the day
    itself keeps what was before. `before`: where the people belonged, if the caller, who has locked them, has
    written the new places to `Member` together with other columns, so that the history has one row. Raises ValidationError if a person no longer exists.
    """
    if (on is None) != (kind == Kind.CORRECTION):
        raise ValueError("A change has a day, a correction has none.")
    if not moves:
        return []
    wanted = {pk: Place(*moves[pk]) for pk in sorted(moves)}
    old = lock_places(wanted) | dict(before or {})
    if len(old) != len(wanted):
        raise ValidationError(GONE)
    params = _build_params(wanted)
    _run(UPDATE_MEMBERS, **params)
    if on is None:
        _correct(params)
    else:
        _change(params, on, run, reach_back)
    moved = [Move(pk, old[pk], new, on) for pk, new in wanted.items() if old[pk] != new]
    if moved:
        for follow in FOLLOWERS:
            follow(moved)
    return moved


@transaction.atomic
def tell_past_places(
    *, places: Mapping[int, Place | tuple[int, str, str]], on: date, run: ImportRun | None = None
) -> list[Move]:
    """Write where people (by id) belonged on day `on`, up to their next spell; return what changed in `Member`.

    Later spells stay, so today and the followers hear nothing of it; equal neighbours become one. Before the first
    spell the told place is the new first one. Where no spell begins later, it is a change like any other.
    The people are locked in order of id. Raises ValidationError if a person no longer exists.
    """
    if not places:
        return []
    wanted = {pk: Place(*places[pk]) for pk in sorted(places)}
    if len(lock_places(wanted)) != len(wanted):
        raise ValidationError(GONE)
    with connection.cursor() as cursor:
        cursor.execute(LIST_LATER, {"ids": list(wanted), "on": on})
        later = {pk for (pk,) in cursor.fetchall()}
    if past := {pk: place for pk, place in wanted.items() if pk in later}:
        params = _build_params(past) | {"on": on, "run": run and run.pk}
        for sql in (REWRITE_PAST, CUT_PAST, ENTER_EARLIER, FOLLOW_NEW_FIRST, INSERT_PAST):
            _run(sql, **params)
        for sql in (FORGET_ENTRY, JOIN_NEXT, JOIN_FORMER):
            _run(sql, ids=params["ids"], on=on)
    now = {pk: place for pk, place in wanted.items() if pk not in later}
    return move_people(moves=now, on=on, kind=Kind.CHANGE, run=run)


def take_back_spells(*, run: ImportRun) -> None:
    """Bring the spells back that an import replaced, as if it had never written any.

    The caller has locked the people, has checked that nothing has changed the spells since, and writes the former
    place to `Member` in the same transaction; the deferred check compares both. Followers are not told: what they
    changed is taken back too.
    """
    for sql in (DROP_WRITTEN, BRING_BACK):
        _run(sql, run=run.pk, context=run.history)


def lock_places(member_ids: Collection[int]) -> dict[int, Place]:
    """Lock people in order of id until the end of the transaction, and return where they belong now."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"ids": list(member_ids)})
        return {pk: Place(*place) for pk, *place in cursor.fetchall()}


def _change(params: dict, on: date, run: ImportRun | None, reach_back: date | None) -> None:
    ids = params["ids"]
    if reach_back is not None:
        _run(REACH_BACK, **{"ids": ids, "day": reach_back, "from": on})
    _run(REACH_BACK, **{"ids": ids, "day": on - timedelta(days=1), "from": on + timedelta(days=1)})
    _run(DROP_LATER, ids=ids, on=on)
    _run(REWRITE_FIRST, **params, on=on, run=run and run.pk)
    _run(CUT_LAST, **params, on=on)
    _run(INSERT_OPEN, **params, on=on, run=run and run.pk)


def _correct(params: dict) -> None:
    _run(MEND_OPEN, **params)
    _run(DROP_REPEATED, ids=params["ids"])
    _run(REOPEN_LAST, ids=params["ids"])


def _build_params(wanted: Mapping[int, Place]) -> dict:
    places = list(wanted.values())
    return {
        "ids": list(wanted),
        "branches": [place.branch_id for place in places],
        "stages": [str(place.stage) for place in places],
        "states": [str(place.state) for place in places],
    }


def _run(sql: str, **params) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
