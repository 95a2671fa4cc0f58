"""Rows of hours in a table of typed columns: their people, repetitions, and the records that they are about.

Rows of an imported file and rows that waited for their person go the same way. The table lives until the end of
the transaction; every later statement reads it instead of the rows' JSON.
"""

from collections import defaultdict
from itertools import groupby

from django.db import connection

from activities.rules.identity import Service, pair_services
from activities.rules.ledgers import MADE_UP
from activities.rules.linking import normalise_title
from members.sheets.texts import clean_text
from members.transfer.services.imports.staging import NUMBERS, build_number_match, fetch_sql, run_sql

# Rows of a file: with the importer's own member, and the college to which the file is bound.
ROWS_OF_RUN = """
    SELECT r.id, r.position, r.number, r.sheet, r.run_id, r.data, i.college_id AS bound_to,
        i.created_by_id AS user_id, u.member_id AS own
    FROM members_importrow r JOIN members_importrun i ON i.id = r.run_id
    LEFT JOIN members_user u ON u.id = i.created_by_id
    WHERE r.run_id = %(run)s AND r.data <> '{}'
"""
# A number that somebody had before counts as long as nobody has it now. `key` and `exact`: as in NUMBERS.
PEOPLE = f"""
    SELECT m.id, m.branch_id, m.name_key, 'league' AS source, n.key, n.exact
    FROM ({NUMBERS}) n JOIN members_member m ON m.id = n.member_id
    UNION ALL
    SELECT id, branch_id, name_key, 'volunteer_beijing', upper(volunteer_no),
        CASE WHEN upper(volunteer_no) IN (SELECT upper(volunteer_no) FROM members_member
            WHERE school_id = %(school)s AND volunteer_twin > 0) THEN volunteer_no END
    FROM members_member WHERE school_id = %(school)s AND volunteer_no <> ''
"""
READ = """
CREATE TEMP TABLE hours_read ON COMMIT DROP AS
SELECT g.id, g.position, g.number, g.sheet, g.run_id, g.bound_to, g.user_id, g.own,
    x.source, x.outside_no, x.person_no, x.name, x.name_key, x.title, x.title_key, x.served_on, x.starts_at, x.ends_at,
    x.minutes, coalesce(x.state, %(state)s) AS state, x.note,
    -- what the portal itself has recorded or voided, in a list of its own: it changes nothing
    x.source NOT IN ('league', 'volunteer_beijing') OR coalesce(x.by_student, x.state = 'voided', false) AS held,
    coalesce(x.by_student, x.source <> 'volunteer_beijing') AS by_student,
    coalesce(x.outside_no, '') = '' OR strpos(x.outside_no, %(made_up)s) > 0 AS unnumbered
FROM ({rows}) g, jsonb_to_record(g.data) AS x (source text, outside_no text, person_no text, name text,
    name_key text, title text, title_key text, served_on date, starts_at timestamptz, ends_at timestamptz,
    minutes int, state text, note text,
    by_student boolean)
"""
STAGE = f"""
CREATE TEMP TABLE hours_rows ON COMMIT DROP AS
WITH p AS MATERIALIZED ({PEOPLE})
SELECT r.*, p.id AS member_id, p.name_key AS member_name, p.branch_id, b.college_id,
    CASE WHEN r.held THEN %(made_up)s || r.id
        WHEN NOT r.unnumbered THEN r.outside_no
        WHEN r.starts_at IS NOT NULL THEN upper(r.person_no) || %(made_up)s
            || to_char(r.starts_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI')
        ELSE upper(r.person_no) || %(made_up)s || r.served_on || %(made_up)s || '=' || r.minutes || %(made_up)s
            || left(md5(coalesce(r.title_key, r.title)), 12) END AS row_key,
    1 AS nth, NULL::bigint AS first_id, NULL::bigint AS record, false AS same_title
FROM hours_read r
LEFT JOIN p ON p.source = CASE WHEN r.by_student THEN 'league' ELSE 'volunteer_beijing' END AND {build_number_match("p", "r.person_no")}
LEFT JOIN members_branch b ON b.id = p.branch_id
"""
# The same number again, or the same person and start, or an equal row without times.
REPEATED = """
WITH twice AS (
    SELECT source, row_key FROM hours_rows GROUP BY 1, 2 HAVING count(*) > 1
), n AS (
    SELECT id, row_number() OVER w AS nth, first_value(id) OVER w AS first_id
    FROM hours_rows JOIN twice USING (source, row_key)
    WINDOW w AS (PARTITION BY source, row_key ORDER BY position)
)
UPDATE hours_rows t SET nth = n.nth, first_id = n.first_id FROM n WHERE n.id = t.id AND n.nth > 1
"""
# The record that a row of the portal's own list tells of.
HELD = """
UPDATE hours_rows t SET record = k.id FROM activities_servicerecord k
WHERE t.held AND k.school_id = %(school)s
    AND (k.source, k.member_id, k.served_on, k.minutes, k.state)
        = (t.source, t.member_id, t.served_on, t.minutes, t.state)
    AND date_trunc('minute', k.starts_at) IS NOT DISTINCT FROM t.starts_at
"""
# The latest record of a number; earlier ones are voided or rejected.
NUMBERED = """
WITH k AS (
    SELECT t.id, max(s.id) AS record FROM hours_rows t
    JOIN activities_servicerecord s ON s.school_id = %(school)s AND s.source = t.source
        AND s.outside_no = t.outside_no
    WHERE NOT t.unnumbered AND NOT t.held AND t.nth = 1 GROUP BY t.id
)
UPDATE hours_rows t SET record = k.record FROM k WHERE k.id = t.id
"""
SEEKING = """
    SELECT id, source, member_id, served_on, starts_at, minutes, title, coalesce(title_key, title) AS title_key,
        unnumbered, count(*) OVER (PARTITION BY source, member_id, served_on, starts_at, minutes, title) AS alike
    FROM hours_rows WHERE record IS NULL AND member_id IS NOT NULL AND NOT held
        AND (nth = 1 OR unnumbered AND starts_at IS NULL)
"""
# Records of the same days that no row is about yet; nothing has corrected them.
OTHERS = f"""
CREATE TEMP TABLE hours_others ON COMMIT DROP AS
WITH t AS ({SEEKING})
SELECT s.id, s.source, s.member_id, s.served_on, s.starts_at, s.minutes, s.title,
    strpos(s.outside_no, %(made_up)s) > 0 AS unnumbered, s.state IN ('pending', 'confirmed') AS live
FROM activities_servicerecord s
WHERE s.school_id = %(school)s
    AND (s.source, s.member_id, s.served_on) IN (SELECT source, member_id, served_on FROM t)
    AND (strpos(s.outside_no, %(made_up)s) > 0 OR EXISTS (SELECT FROM t WHERE unnumbered))
    AND NOT EXISTS (SELECT FROM hours_rows h WHERE h.record = s.id)
    AND NOT EXISTS (SELECT FROM activities_servicerecord c WHERE c.corrects_id = s.id)
"""
EQUAL = f"""
WITH t AS ({SEEKING}), o AS (
    SELECT *, count(*) OVER (PARTITION BY source, member_id, served_on, starts_at, minutes, title) AS alike
    FROM hours_others WHERE live
)
UPDATE hours_rows h SET record = o.id
FROM t JOIN o USING (source, member_id, served_on, minutes, title)
WHERE h.id = t.id AND t.starts_at IS NOT DISTINCT FROM o.starts_at AND t.alike = 1 AND o.alike = 1
    AND (t.unnumbered OR o.unnumbered)
"""
LEFT_ROWS = f"""
SELECT source, member_id, served_on, id, NOT unnumbered, title_key, starts_at, minutes FROM ({SEEKING}) t
WHERE (source, member_id, served_on) IN (SELECT source, member_id, served_on FROM hours_others)
ORDER BY source, member_id, served_on, id
"""
LEFT_RECORDS = """
SELECT source, member_id, served_on, id, NOT unnumbered, title, starts_at, minutes, live FROM hours_others o
WHERE NOT EXISTS (SELECT FROM hours_rows h WHERE h.record = o.id)
"""
SET_RECORDS = """
UPDATE hours_rows h SET record = v.record FROM unnest(%(rows)s::bigint[], %(records)s::bigint[]) AS v (id, record)
WHERE h.id = v.id
"""
OTHER_TITLES = """
SELECT t.id, coalesce(t.title_key, t.title), k.title FROM hours_rows t
JOIN activities_servicerecord k ON k.id = t.record WHERE k.title <> t.title AND NOT t.held
"""
SAME_TITLES = "UPDATE hours_rows SET same_title = true WHERE id = ANY(%(rows)s)"


def stage_hours(rows: str, *, school: int, state: str | None = None, **params) -> None:
    """Make `hours_rows` from the rows of a query, and find the person and the record of each.

    `rows` gives id, position, number, sheet, run_id, data, bound_to, user_id and own; `state` is that of rows
    which do not tell it.
    """
    params |= {"school": school, "made_up": MADE_UP, "state": state}
    run_sql("DROP TABLE IF EXISTS hours_read, hours_rows, hours_others, hours_verdicts")
    run_sql(READ.format(rows=rows), **params)
    # Without statistics the planner takes the people for a few rows and compares each row with all of them.
    run_sql("ANALYZE hours_read (source, person_no)")
    run_sql(STAGE, **params)
    run_sql("DROP TABLE hours_read")
    run_sql("ANALYZE hours_rows (source, outside_no, row_key, member_id, served_on)")
    run_sql(REPEATED)
    run_sql(HELD, **params)
    run_sql(NUMBERED, **params)
    run_sql(OTHERS, **params)
    run_sql("ANALYZE hours_others")
    if fetch_sql("SELECT EXISTS (SELECT FROM hours_others)")[0][0]:
        run_sql(EQUAL)
        _pair_what_is_left()
    _ignore_marks_in_titles()


def has_rows_without_state() -> bool:
    """Has any row no state, neither of its own nor told for all?"""
    return fetch_sql("SELECT EXISTS (SELECT FROM hours_rows WHERE state IS NULL)")[0][0]


def _pair_what_is_left() -> None:
    """Pair rows and records that differ in something, by the rule; records in force before voided ones."""
    records = defaultdict(list)
    for *place, pk, numbered, title, start, minutes, live in fetch_sql(LEFT_RECORDS):
        records[*place, live].append(Service(pk, numbered, normalise_title(title), start, minutes))
    if not records:
        return
    found: dict[int, int] = {}
    for place, group in groupby(fetch_sql(LEFT_ROWS), key=lambda row: row[:3]):
        rows = [Service(*row[3:]) for row in group]
        found |= pair_services(rows, records[*place, True])
        rest = [row for row in rows if row.pk not in found]
        found |= pair_services(rest, records[*place, False], changed_minutes=False)
    if found:
        run_sql(SET_RECORDS, rows=list(found), records=list(found.values()))


def _ignore_marks_in_titles() -> None:
    """Mark rows whose title differs from the record's only in dots, spaces and how an older import kept it."""
    same = [
        pk
        for pk, key, title in fetch_sql(OTHER_TITLES)
        if normalise_title(clean_text(title)) == normalise_title(key)
    ]
    if same:
        with connection.cursor() as cursor:
            cursor.execute(SAME_TITLES, {"rows": same})
