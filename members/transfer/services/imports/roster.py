"""Compare the rows of a roster with the people of the school, and merge them.

The student number identifies a person. Empty cells change nothing; nobody is deleted because a file lacks
them. In a run bound to a college, a row of another college, or of a person of another college, is an error.
"""

import json
from datetime import date

from members.models import College, ImportRun
from members.rules import parse_college_name, stage_gate_problem
from members.services.known_numbers import tell_school_numbers_known
from members.transfer.services.imports import volunteers
from members.transfer.services.imports.staging import build_lock_sql, fetch_sql, run_sql

# The gate of 二(一) applies to a roster too (members.rules.stage_gate_problem): no file gets around it.
GATE = stage_gate_problem("activist", "candidate", registered=False)

COLLEGES = """
    SELECT DISTINCT data->>'college' FROM members_importrow WHERE run_id = %(run)s AND data ? 'college'
"""
RENAMED = """
UPDATE members_importrow SET data = jsonb_set(data, '{college}', %(names)s::jsonb -> (data->>'college'))
WHERE run_id = %(run)s AND jsonb_exists(%(names)s::jsonb, data->>'college')
"""

# The first row of a student number wins; an equal row is a duplicate, a different one a conflict.
COMPARE = """
WITH f AS (
    SELECT id, sheet, number, data, data->>'student_no' AS student_no,
        coalesce(data->>'college', %(college)s) AS college, data->>'branch' AS branch,
        row_number() OVER w AS nth, first_value(number) OVER w AS first_number,
        first_value(sheet) OVER w AS first_sheet, first_value(data) OVER w AS first_data
    FROM members_importrow
    WHERE run_id = %(run)s AND data <> '{}'
    WINDOW w AS (PARTITION BY data->>'student_no' ORDER BY position)
), j AS (
    SELECT f.*, m.id AS target, c.id AS college_id, b.id AS branch_id,
        mb.college_id AS old_college_id,
        m.registered_on IS NULL AND f.data->>'stage' IN ('candidate', 'member') AND f.data->>'stage' <> m.stage
            AND (m.stage IN ('applicant', 'activist', 'candidate') OR m.stage = 'student' AND EXISTS (
                SELECT FROM members_memberevent e WHERE e.pgh_obj_id = m.id
                    AND e.stage IN ('applicant', 'activist', 'candidate'))) AS gate_shut,
        CASE WHEN m.id IS NULL THEN '{}'::jsonb ELSE jsonb_strip_nulls(jsonb_build_object(
            'name', CASE WHEN f.data->>'name' <> m.name THEN jsonb_build_array(m.name, f.data->>'name') END,
            'college', CASE WHEN f.college <> mc.name THEN jsonb_build_array(mc.name, f.college) END,
            'branch', CASE WHEN f.branch <> mb.name THEN jsonb_build_array(mb.name, f.branch) END,
            'stage', CASE WHEN f.data->>'stage' <> m.stage
                THEN jsonb_build_array(m.stage, f.data->>'stage') END,
            'party', CASE WHEN f.data->>'party' <> m.party
                THEN jsonb_build_array(m.party, f.data->>'party') END,
            'state', CASE WHEN f.data->>'state' <> m.state
                THEN jsonb_build_array(m.state, f.data->>'state') END,
            'gender', CASE WHEN f.data->>'gender' <> m.gender
                THEN jsonb_build_array(m.gender, f.data->>'gender') END,
            'office', CASE WHEN f.data->>'office' <> m.office
                THEN jsonb_build_array(m.office, f.data->>'office') END,
            'grade', CASE WHEN f.data->>'grade' <> m.grade
                THEN jsonb_build_array(m.grade, f.data->>'grade') END,
            -- a masked phone never replaces a full one
            'phone', CASE WHEN f.data->>'phone' <> m.phone
                AND (f.data->>'phone' NOT LIKE '%%*%%' OR m.phone = '' OR m.phone LIKE '%%*%%')
                THEN jsonb_build_array(m.phone, f.data->>'phone') END
        )) END AS changes
    FROM f
    LEFT JOIN members_member m ON m.school_id = %(school)s AND m.student_no = f.student_no
    LEFT JOIN members_branch mb ON mb.id = m.branch_id
    LEFT JOIN members_college mc ON mc.id = mb.college_id
    LEFT JOIN members_college c ON c.school_id = %(school)s AND c.name = f.college
    LEFT JOIN members_branch b ON b.college_id = c.id AND b.name = f.branch
), d AS (
    SELECT j.*, CASE
        WHEN college IS NULL THEN '缺少学院'
        WHEN nth > 1 AND data->>'name_key' <> first_data->>'name_key' THEN '学号与' || place || '相同，姓名不同'
        WHEN nth > 1 AND data <> first_data THEN '学号与' || place || '相同，内容不同'
        WHEN nth > 1 THEN '与' || place || '重复'
        WHEN %(college)s IS NOT NULL AND college <> %(college)s THEN '不是“' || %(college)s || '”的人员'
        WHEN %(college)s IS NOT NULL AND old_college_id <> %(college_id)s
            THEN '该学号现属其他学院，请由校团委办理转入'
        WHEN gate_shut THEN %(gate)s
        ELSE '' END AS reason
    FROM (SELECT j.*, CASE WHEN first_sheet = sheet THEN '' ELSE '工作表“' || first_sheet || '”' END
            || '第' || first_number || '行' AS place FROM j) j
)
UPDATE members_importrow r SET
    reason = d.reason, changes = CASE WHEN d.reason = '' THEN d.changes ELSE '{}' END,
    target = CASE WHEN d.reason = '' THEN d.target END, college_id = d.college_id, branch_id = d.branch_id,
    status = CASE WHEN d.reason <> '' THEN 'error' WHEN d.target IS NULL THEN 'new'
        WHEN d.changes <> '{}' THEN 'changed' ELSE 'same' END
FROM d WHERE r.id = d.id
"""

# People of the file, and people that a record in 待认领 may match after the import.
HOLD = build_lock_sql(
    """
    SELECT m.id FROM members_member m JOIN members_importrow r ON m.student_no = r.data->>'student_no'
    WHERE m.school_id = %(school)s AND r.run_id = %(run)s
    """,
    volunteers.EXPECTED,
)

WANTED = """
    SELECT DISTINCT coalesce(data->>'college', %(college)s) AS college, data->>'branch' AS branch
    FROM members_importrow WHERE run_id = %(run)s AND status IN ('new', 'changed')
"""
NEW_COLLEGES = f"""
INSERT INTO members_college (school_id, name, outside_no, created_at)
SELECT DISTINCT %(school)s::bigint, w.college, '', now() FROM ({WANTED}) w
ON CONFLICT DO NOTHING
"""
NEW_BRANCHES = f"""
INSERT INTO members_branch (college_id, name, outside_no, created_at)
SELECT c.id, w.branch, '', now() FROM ({WANTED}) w
JOIN members_college c ON c.school_id = %(school)s AND c.name = w.college
ON CONFLICT DO NOTHING
"""
PLACED = """
    SELECT r.id, r.target, r.data, r.changes, b.id AS branch_id
    FROM members_importrow r
    JOIN members_college c ON c.school_id = %(school)s AND c.name = coalesce(r.data->>'college', %(college)s)
    JOIN members_branch b ON b.college_id = c.id AND b.name = r.data->>'branch'
    WHERE r.run_id = %(run)s AND r.status = %(status)s
"""
NEW_PEOPLE = f"""
INSERT INTO members_member (school_id, branch_id, student_no, name, name_key, sort_key, gender, grade, phone,
    office, stage, party, state, volunteer_no, registration_source, registration_evidence, reported_no, created_at)
SELECT %(school)s, p.branch_id, p.data->>'student_no', p.data->>'name', p.data->>'name_key', p.data->>'sort_key',
    coalesce(p.data->>'gender', ''), coalesce(p.data->>'grade', ''), coalesce(p.data->>'phone', ''),
    coalesce(p.data->>'office', ''), p.data->>'stage', coalesce(p.data->>'party', ''), coalesce(p.data->>'state', 'active'), '', '', '', '', now()
FROM ({PLACED}) p ORDER BY p.id
"""
CHANGED_PEOPLE = f"""
UPDATE members_member m SET
    branch_id = p.branch_id, name = p.data->>'name', name_key = p.data->>'name_key',
    sort_key = p.data->>'sort_key', stage = p.data->>'stage',
    party = coalesce(p.data->>'party', m.party),
    gender = coalesce(p.data->>'gender', m.gender), grade = coalesce(p.data->>'grade', m.grade),
    office = coalesce(p.data->>'office', m.office),
    state = coalesce(p.data->>'state', m.state), phone = coalesce(p.changes->'phone'->>1, m.phone)
FROM ({PLACED}) p WHERE m.id = p.target
"""


def lock_roster_people(run: ImportRun) -> None:
    """Lock the people before the last comparison, so that nothing changes between comparison and merge."""
    run_sql(HOLD, **_build_roster_params(run))


def compare_roster(run: ImportRun) -> None:
    """Give each row its status, reason, changes and target."""
    _read_colleges(run)
    run_sql(COMPARE, **_build_roster_params(run))


def _read_colleges(run: ImportRun) -> None:
    """Read 信息学院团委 in a column 所属团委 as 信息学院, as in the file of organisations.

    A name that a college of the portal has stays as it is.
    """
    ours = set(College.objects.filter(school=run.school).values_list("name", flat=True))
    written = [name for (name,) in fetch_sql(COLLEGES, run=run.pk) if name not in ours]
    meant = {name: parse_college_name(name, run.school.name) for name in written}
    if names := {name: college for name, college in meant.items() if college not in ("", name)}:
        run_sql(RENAMED, run=run.pk, names=json.dumps(names, ensure_ascii=False))


def list_new_organisations(run: ImportRun) -> list[str]:
    """Return the first 20 organisations that the file would create, as "college branch", for the preview.

    A typing error in a name would otherwise split a branch unnoticed.
    """
    rows = run.rows.filter(status__in=("new", "changed"), branch_id=None).order_by()
    places = set(rows.values_list("data__college", "data__branch").distinct())
    own = run.college.name if run.college else ""
    return sorted(f"{college or own} {branch}" for college, branch in places)[:20]


def merge_roster(run: ImportRun, *, today: date) -> None:
    """Create missing organisations, insert and update people, then match records in 待认领 to the new people."""
    params = _build_roster_params(run)
    run_sql(NEW_COLLEGES, **params)
    run_sql(NEW_BRANCHES, **params)
    run_sql(NEW_PEOPLE, **params, status="new")
    run_sql(CHANGED_PEOPLE, **params, status="changed")
    volunteers.match_waiting_volunteers(run.school_id, today=today)
    tell_school_numbers_known(run.school_id)


def _build_roster_params(run: ImportRun) -> dict:
    return {
        "run": run.pk,
        "school": run.school_id,
        "college": run.college.name if run.college else None,
        "college_id": run.college_id,
        "gate": GATE,
    }
