"""Find the rows of a file that would bring a former state back, because the file is older than what is held.

A row with changes is such a row if
(a) the file's day is before the person's present spell began, or the file's content was imported before the spell
    was written (rosters),
(b) a file of a later day has the same person and the same column,
(c) the content of the file was imported before, and another file of the kind with that person came in between, or
(d) an earlier file says the same as this row, and a later one says what is held.
(c), and what (a) says of content, are not asked of a file that names a day before its upload and after the
other file: somebody has said which is the newer.
(d) neither, and not of 复学: people do come back. Rows of files are kept for 30 days; the spells stay.
"""

from typing import Any

from django.db import connection
from django.utils import timezone

from members.models import ImportRun

MARK = """
WITH r AS MATERIALIZED (
    SELECT id, key, target, changes FROM members_importrow WHERE run_id = %(run)s AND status = 'changed'
), runs AS MATERIALIZED (
    SELECT id, confirmed_at, digest <> '' AND digest = %(digest)s AS same_file,
        coalesce(as_of, (confirmed_at AT TIME ZONE %(zone)s)::date) AS as_of
    FROM members_importrun
    WHERE school_id = %(school)s AND kind = %(kind)s AND state = 'done' AND id <> %(run)s
), told AS MATERIALIZED (
    -- what other files have told of the columns that would change
    SELECT r.id, runs.confirmed_at, runs.as_of, runs.same_file, c.column_name,
        o.data->>c.column_name = c.pair->>0 AS says_old, o.data->>c.column_name = c.pair->>1 AS says_new,
        c.column_name = 'state' AND c.pair->>1 = 'active' AND c.pair->>0 IN ('suspended', 'exchange', 'army')
            AS comes_back
    FROM r CROSS JOIN LATERAL jsonb_each(r.changes) AS c (column_name, pair)
    JOIN members_importrow o ON o.key = r.key AND o.key <> '' AND o.status <> 'error' AND o.data ? c.column_name
    JOIN runs ON runs.id = o.run_id
), older AS (
    SELECT id FROM told WHERE as_of > %(as_of)s
    UNION
    SELECT t.id FROM told t JOIN runs x ON x.same_file AND x.confirmed_at < t.confirmed_at
    WHERE NOT t.same_file AND (%(as_of)s >= %(uploaded_on)s OR %(as_of)s <= t.as_of)
    UNION
    SELECT t.id FROM told t JOIN told x ON x.id = t.id AND x.column_name = t.column_name
        AND x.confirmed_at < t.confirmed_at
    WHERE x.says_new AND t.says_old AND NOT t.comes_back AND (%(as_of)s >= %(uploaded_on)s OR %(as_of)s <= t.as_of)
    UNION
    SELECT r.id FROM r JOIN members_spell s ON s.member_id = r.target AND s.ends_on IS NULL
    WHERE %(has_spells)s AND jsonb_exists_any(r.changes, ARRAY['branch', 'college', 'stage', 'state'])
        AND (s.starts_on > %(as_of)s OR %(as_of)s >= %(uploaded_on)s AND EXISTS (
            SELECT FROM runs x WHERE x.same_file AND x.confirmed_at < s.written_at))
)
UPDATE members_importrow w SET reverting = w.id IN (SELECT id FROM older)
WHERE w.run_id = %(run)s AND w.status = 'changed'
"""


def count_reverting_rows(run: ImportRun) -> int:
    """Mark the rows that would bring a former state back as reverting; return their number."""
    run.rows.filter(reverting=True).update(reverting=False)
    if not run.rows.filter(status="changed").exists():
        return 0
    uploaded_on = timezone.localdate(run.created_at)
    params: dict[str, Any] = {
        "run": run.pk,
        "school": run.school_id,
        "kind": run.kind,
        "digest": run.digest,
        "as_of": run.as_of or uploaded_on,
        "uploaded_on": uploaded_on,
        "zone": timezone.get_current_timezone_name(),
        "has_spells": run.kind == ImportRun.Kind.ROSTER,
    }
    # Not `run_sql`: one look-up by index for each changed row and other file is what is wanted here.
    with connection.cursor() as cursor:
        cursor.execute(MARK, params)
    return run.rows.filter(reverting=True).count()
