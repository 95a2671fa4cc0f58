"""Import of the city's ledgers of hours: compare rows with records and write them (requirements §3, §4).

A person is found by number: student number in 北京共青团, volunteer number in 志愿北京. The name must match. A row
with an unknown number waits (unclear): the same file, imported again after the people, takes it in. A record
is found by its number in the ledger, else by person, title and beginning: also if one file has the numbers,
or the times, and another has not. A later change or withdrawal by the city voids our record and adds another;
a record that still waited is changed in place.
"""

from datetime import date

from activities.rules.ledgers import MADE_UP
from activities.services.linking import link_members
from members.models import ImportRun
from members.transfer.services.imports.staging import analyse_tables, fetch_sql, run_sql

CONTENT = ("member_id", "title", "served_on", "starts_at", "ends_at", "minutes", "state")
BEIJING = "AT TIME ZONE 'Asia/Shanghai'"
CORRECTED = "文件更正"

# Readable rows with their person. The first row of a number counts; the same number again is a duplicate.
FOUND = """
f AS (
    SELECT id, position, number, sheet, data, data->>'source' AS source, data->>'outside_no' AS outside_no,
        data->>'person_no' AS person_no, data->>'name_key' AS name_key, data->>'title' AS title,
        (data->>'served_on')::date AS served_on, (data->>'starts_at')::timestamptz AS starts_at,
        (data->>'ends_at')::timestamptz AS ends_at, (data->>'minutes')::int AS minutes, data->>'state' AS state,
        row_number() OVER w AS nth, first_value(data) OVER w AS first_data,
        first_value(number) OVER w AS first_number, first_value(sheet) OVER w AS first_sheet
    FROM members_importrow WHERE run_id = %(run)s AND data <> '{}'
    WINDOW w AS (PARTITION BY data->>'source', data->>'outside_no' ORDER BY position)
), people AS (
    SELECT id, branch_id, name_key, student_no AS person_no, 'league' AS source
    FROM members_member WHERE school_id = %(school)s
    UNION ALL
    SELECT id, branch_id, name_key, volunteer_no, 'volunteer_beijing'
    FROM members_member WHERE school_id = %(school)s AND volunteer_no <> ''
)
"""
# The record that a row is about: the one with its number, or, if a file has no numbers or no times, the same
# record in other words. Each record belongs to one row.
KNOWN = """
known AS (
    -- the latest record of a number; earlier ones are voided or rejected
    SELECT DISTINCT ON (source, outside_no) id, source, outside_no
    FROM activities_servicerecord
    WHERE school_id = %(school)s AND (source, outside_no) IN (SELECT source, outside_no FROM f)
    ORDER BY source, outside_no, id DESC
), who AS (
    SELECT f.*, p.id AS member_id, p.name_key AS member_name, p.branch_id, k.id AS numbered,
        strpos(f.outside_no, %(made_up)s) > 0 AS unnumbered
    FROM f
    LEFT JOIN people p ON p.source = f.source AND p.person_no = f.person_no
    LEFT JOIN known k ON k.source = f.source AND k.outside_no = f.outside_no
), others AS (
    SELECT s.*, strpos(s.outside_no, %(made_up)s) > 0 AS unnumbered
    FROM activities_servicerecord s
    WHERE s.school_id = %(school)s AND s.state IN ('pending', 'confirmed')
        AND (s.source, s.member_id, s.served_on) IN (
            SELECT source, member_id, served_on FROM who WHERE numbered IS NULL AND nth = 1)
        AND NOT EXISTS (SELECT FROM known k WHERE k.id = s.id)
), begun AS (
    SELECT w.id, o.id AS record
    FROM (SELECT *, row_number() OVER (PARTITION BY source, member_id, served_on, title, starts_at
            ORDER BY minutes, position) AS turn FROM who WHERE numbered IS NULL AND nth = 1) w
    JOIN (SELECT *, row_number() OVER (PARTITION BY source, member_id, served_on, title, starts_at
            ORDER BY minutes, id) AS turn FROM others) o USING (source, member_id, served_on, title, turn)
    WHERE w.starts_at IS NOT DISTINCT FROM o.starts_at AND (w.unnumbered OR o.unnumbered)
), timed AS (
    SELECT w.id, o.id AS record
    FROM (SELECT *, row_number() OVER (PARTITION BY source, member_id, served_on, title, minutes, starts_at IS NULL
            ORDER BY starts_at, position) AS turn
        FROM who WHERE numbered IS NULL AND nth = 1 AND id NOT IN (SELECT id FROM begun)) w
    JOIN (SELECT *, row_number() OVER (PARTITION BY source, member_id, served_on, title, minutes, starts_at IS NULL
            ORDER BY starts_at, id) AS turn
        FROM others WHERE id NOT IN (SELECT record FROM begun)) o
        USING (source, member_id, served_on, title, minutes, turn)
    WHERE (w.starts_at IS NULL) <> (o.starts_at IS NULL) AND (w.unnumbered OR o.unnumbered)
), about AS (
    SELECT id, numbered AS record FROM who WHERE numbered IS NOT NULL
    UNION ALL SELECT id, record FROM begun
    UNION ALL SELECT id, record FROM timed
)
"""
COMPARE = f"""
WITH {FOUND}, {KNOWN}, j AS (
    SELECT f.*, b.college_id, k.id AS target, k.state AS old_state, k.member_id AS old_member_id,
        kb.college_id AS old_college_id,
        CASE WHEN f.first_sheet = f.sheet THEN '' ELSE '工作表“' || f.first_sheet || '”' END
            || '第' || f.first_number || '行' AS place,
        jsonb_strip_nulls(jsonb_build_object(
            'hours_of', CASE WHEN f.member_id <> k.member_id THEN jsonb_build_array(km.name, f.data->>'name') END,
            'hours_title', CASE WHEN f.title <> k.title THEN jsonb_build_array(k.title, f.title) END,
            'hours_served_on', CASE WHEN f.served_on <> k.served_on
                THEN jsonb_build_array(k.served_on::text, f.served_on::text) END,
            -- a file with days only does not remove times
            'hours_span', CASE WHEN (f.starts_at, f.ends_at) IS DISTINCT FROM (k.starts_at, k.ends_at)
                    AND (f.starts_at IS NOT NULL OR f.served_on <> k.served_on)
                THEN jsonb_build_array(
                    coalesce(to_char(k.starts_at {BEIJING}, 'YYYY-MM-DD HH24:MI')
                        || to_char(k.ends_at {BEIJING}, '–HH24:MI'), ''),
                    coalesce(to_char(f.starts_at {BEIJING}, 'YYYY-MM-DD HH24:MI')
                        || to_char(f.ends_at {BEIJING}, '–HH24:MI'), '无')) END,
            'hours_minutes', CASE WHEN f.minutes <> k.minutes THEN jsonb_build_array(k.minutes, f.minutes) END,
            'hours_state', CASE WHEN f.state <> k.state
                THEN jsonb_build_array(%(words)s::jsonb->>k.state, %(words)s::jsonb->>f.state) END
        )) AS changes
    FROM who f
    LEFT JOIN members_branch b ON b.id = f.branch_id
    LEFT JOIN about a ON a.id = f.id
    LEFT JOIN activities_servicerecord k ON k.id = a.record
    LEFT JOIN members_member km ON km.id = k.member_id
    LEFT JOIN members_branch kb ON kb.id = km.branch_id
), d AS (
    SELECT j.*, CASE
        WHEN nth > 1 AND data = first_data THEN '与' || place || '重复'
        WHEN nth > 1 THEN '记录与' || place || '相同，内容不同'
        WHEN member_id IS NOT NULL AND %(college_id)s IS NOT NULL AND college_id <> %(college_id)s
            THEN '不是“' || %(college)s || '”的人员'
        WHEN member_name <> name_key THEN CASE source WHEN 'league' THEN '学号' ELSE '志愿者编号' END
            || '登记的人员姓名不同'
        WHEN %(college_id)s IS NOT NULL AND old_college_id <> %(college_id)s
            THEN '这条记录登记在其他学院人员名下，请联系校团委'
        WHEN %(own)s IN (member_id, old_member_id) AND (target IS NULL OR changes <> '{{}}')
            THEN '不能录入本人的时长，请由他人导入'
        WHEN old_state = 'voided' AND member_id IS NOT NULL THEN '这条记录已在平台作废，不再录入'
        ELSE '' END AS reason
    FROM j
)
UPDATE members_importrow r SET
    status = CASE WHEN d.reason <> '' THEN 'error' WHEN d.member_id IS NULL THEN 'unclear'
        WHEN d.target IS NULL THEN 'new' WHEN d.changes <> '{{}}' THEN 'changed' ELSE 'same' END,
    reason = CASE WHEN d.reason <> '' THEN d.reason WHEN d.member_id IS NULL THEN
        CASE d.source WHEN 'league' THEN '学号' ELSE '志愿者编号' END
            || '不在平台中；录入这名人员后，再次导入本文件即可录入'
        ELSE '' END,
    changes = CASE WHEN d.reason = '' AND d.member_id IS NOT NULL THEN d.changes ELSE '{{}}' END,
    target = CASE WHEN d.reason = '' THEN d.target END, college_id = d.college_id, branch_id = d.branch_id
FROM d WHERE r.id = d.id
"""
WRITTEN = f"""
WITH {FOUND}, w AS (
    SELECT f.*, p.id AS member_id, r.status, k.id AS old_id, k.state AS old_state,
        -- a corrected record keeps its number, by which later files find it
        coalesce(k.outside_no, f.outside_no) AS kept_no
    FROM f JOIN members_importrow r ON r.id = f.id AND r.status IN ('new', 'changed')
    JOIN people p ON p.source = f.source AND p.person_no = f.person_no
    LEFT JOIN activities_servicerecord k ON k.id = r.target
)
"""
# People whose records change: the new person and the person who had the record before.
LOCKED_PEOPLE = f"""
{WRITTEN} SELECT m.id FROM members_member m
WHERE m.id IN (SELECT member_id FROM w UNION ALL
    SELECT k.member_id FROM w JOIN activities_servicerecord k ON k.id = w.old_id)
ORDER BY m.id FOR NO KEY UPDATE OF m
"""
VOID = """
UPDATE activities_servicerecord k SET state = 'voided', voided_at = now(), voided_by_id = %(user)s,
    void_reason = left(%(corrected)s || '：“' || %(filename)s || '”第' || r.number || '行', 200)
FROM members_importrow r
WHERE r.run_id = %(run)s AND r.status = 'changed' AND r.target = k.id AND k.state = 'confirmed'
"""
CHANGE = f"""
{WRITTEN}
UPDATE activities_servicerecord k SET {", ".join(f"{name} = w.{name}" for name in CONTENT)},
    decided_at = CASE WHEN w.state <> 'pending' THEN now() END, decision_note = left(w.data->>'note', 200),
    import_run_id = %(run)s
FROM w WHERE k.id = w.old_id AND k.state = 'pending'
"""
ADD = f"""
{WRITTEN}
INSERT INTO activities_servicerecord (school_id, {", ".join(CONTENT)}, source, outside_no, import_run_id,
    description, evidence, evidence_digest, submitted_at, submitted_by_id, decided_at, decision_note,
    void_reason, corrects_id)
SELECT %(school)s, {", ".join(f"w.{name}" for name in CONTENT)}, w.source, w.kept_no, %(run)s,
    '', '', '', now(), %(user)s, CASE WHEN w.state <> 'pending' THEN now() END, left(w.data->>'note', 200),
    '', w.old_id
FROM w WHERE w.status = 'new' OR w.old_state IN ('voided', 'rejected') ORDER BY w.position
"""
WORDS = '{"pending": "待确认", "confirmed": "已确认", "rejected": "未通过", "voided": "已作废"}'


def compare_hours(run: ImportRun) -> None:
    """Compare the rows of the run with the records; set status, reason and changes of each row."""
    # Nobody decides about their own hours, neither by hand nor with a file.
    own = run.created_by.member_id if run.created_by else None
    run_sql(COMPARE, **_build_hours_params(run), words=WORDS, own=own)


def merge_hours(run: ImportRun, *, today: date) -> None:
    """Lock the people in order; then void corrected records, add new ones, change waiting ones, and link."""
    params = _build_hours_params(run)
    people = [pk for (pk,) in fetch_sql(LOCKED_PEOPLE, **params)]
    # Waiting records are changed last: the other two statements depend on a record's former state.
    run_sql(VOID, **params, filename=run.filename[:100], corrected=CORRECTED, user=run.created_by_id)
    run_sql(ADD, **params, user=run.created_by_id)
    run_sql(CHANGE, **params)
    analyse_tables("activities_servicerecord")
    link_members(people)
    analyse_tables("activities_recordlink", "activities_countedrecord")


def _build_hours_params(run: ImportRun) -> dict:
    return {
        "run": run.pk,
        "school": run.school_id,
        "made_up": MADE_UP,
        "college": run.college.name if run.college else None,
        "college_id": run.college_id,
    }
