"""Compare the rows of a roster with the people of the school, and merge them.

The student number identifies a person. Empty cells change nothing; nobody is deleted because a file lacks
them. In a run bound to a college, a row of another college, or of a person of another college, is an error.
"""

from datetime import date

from django.core.exceptions import ValidationError

from members.models import ImportRun
from members.rules import stage_gate_problem
from members.services.known_numbers import tell_school_numbers_known
from members.services.numbers import adopt_numbers, open_numbers
from members.services.spells import Kind, Place, move_people, open_first_spells, tell_past_places
from members.transfer.services.imports import units, volunteers
from members.transfer.services.imports.past_places import list_past_places, mark_past_rows
from members.transfer.services.imports.staging import (
    NUMBERS,
    TWINS,
    build_lock_sql,
    build_number_match,
    fetch_sql,
    run_sql,
)

# The gate of 二(一) applies to a roster too (members.rules.stage_gate_problem): no file gets around it.
GATE = stage_gate_problem("activist", "candidate", registered=False)

UNITS = """jsonb_to_recordset(%(units)s::jsonb) AS u (college text, branch text, home bigint,
        college_id bigint, college_name text, branch_id bigint, branch_name text, branch_key text, exact boolean)"""

# The person of a row: who has or had its number; else who has the number of its column 原学号; else the only
# one with this name and full phone whose own number no row has. The last two have got a new number.
FOUND_PEOPLE = f"""
numbers AS MATERIALIZED ({NUMBERS}), named AS (
    SELECT f.*, n.member_id IS NULL AND upper(f.student_no) IN ({TWINS}) AS unsure, n.member_id AS by_number, coalesce(n.former, false) AS by_former, o.member_id AS by_old
    FROM f LEFT JOIN numbers n ON {build_number_match("n", "f.student_no")}
    LEFT JOIN numbers o ON n.member_id IS NULL AND {build_number_match("o", "(f.data->>'former_no')")}
), twins AS (
    SELECT a.id, min(m.id) AS member_id, count(*) AS people
    FROM named a JOIN members_member m ON m.school_id = %(school)s AND m.name_key = a.data->>'name_key'
        AND m.phone = a.data->>'phone'
    WHERE a.nth = 1 AND a.by_number IS NULL AND a.by_old IS NULL AND a.data->>'phone' ~ '^1[0-9]{{10}}$'
        AND NOT EXISTS (SELECT FROM named b WHERE b.by_number = m.id OR b.by_old = m.id)
    GROUP BY a.id
), one AS (
    SELECT *, count(*) OVER (PARTITION BY member_id) AS rows FROM twins WHERE people = 1
), known AS (
    SELECT a.*, coalesce(a.by_number, a.by_old, t.member_id) AS member_id, t.member_id AS by_twin,
        row_number() OVER (PARTITION BY coalesce(a.by_number, a.by_old, t.member_id) ORDER BY a.nth, a.number) AS turn
    FROM named a LEFT JOIN one t ON t.id = a.id AND t.rows = 1
)
"""
# The first row of a student number wins; an equal row is a duplicate, a different one a conflict. What a file
# does not say of a known person stays: college, branch and stage too. 群众 without 发展阶段 says nothing of
# somebody on the way into the League; of a member it says that the person is none any more.
COMPARE = f"""
WITH f AS (
    SELECT id, sheet, number, data, data->>'student_no' AS student_no,
        coalesce(data->>'college', '') AS college, coalesce(data->>'branch', '') AS branch,
        row_number() OVER w AS nth, first_value(number) OVER w AS first_number,
        first_value(sheet) OVER w AS first_sheet, first_value(data) OVER w AS first_data
    FROM members_importrow
    WHERE run_id = %(run)s AND data <> '{{}}'
    WINDOW w AS (PARTITION BY upper(data->>'student_no') ORDER BY position)
), {FOUND_PEOPLE}, p AS (
    SELECT f.*, m.id AS target, m.student_no AS old_number, m.name_key AS old_name_key, mb.college_id AS old_college_id, mb.id AS old_branch_id, mb.name AS old_branch,
        mb.name_key AS old_branch_key, mc.name AS old_college, m.registration_source, m.stage AS old_stage,
        m.name, m.party, m.state, m.gender, m.office, m.grade, m.phone,
        CASE WHEN f.college = '' AND %(college_id)s::bigint IS NULL THEN coalesce(mb.college_id, 0) ELSE 0 END AS home,
        f.data ? 'only_politics' AND m.stage IN ('applicant', 'activist', 'candidate') AS stays_on_the_way
    FROM known f
    LEFT JOIN members_member m ON m.id = f.member_id
    LEFT JOIN members_branch mb ON mb.id = m.branch_id
    LEFT JOIN members_college mc ON mc.id = mb.college_id
), q AS (
    SELECT p.*, u.college_id, u.college_name, u.branch_name,
        CASE WHEN stays_on_the_way THEN old_stage ELSE data->>'stage' END AS stage,
        -- no branch, or another spelling of their own: they stay where they are
        CASE WHEN u.college_id = old_college_id
            AND (p.branch = '' OR NOT u.exact AND u.branch_key = old_branch_key)
            THEN old_branch_id ELSE u.branch_id END AS branch_id
    FROM p LEFT JOIN {UNITS} ON u.college = p.college AND u.branch = p.branch AND u.home = p.home
), j AS (
    SELECT q.*,
        registration_source = '' AND stage IN ('candidate', 'member') AND stage <> old_stage
            AND (old_stage IN ('applicant', 'activist', 'candidate') OR old_stage = 'student' AND EXISTS (
                SELECT FROM members_memberevent e WHERE e.pgh_obj_id = target
                    AND e.stage IN ('applicant', 'activist', 'candidate'))) AS gate_shut,
        CASE WHEN target IS NULL THEN '{{}}'::jsonb ELSE jsonb_strip_nulls(jsonb_build_object(
            'student_no', CASE WHEN by_number IS NULL THEN jsonb_build_array(old_number, student_no) END,
            'name', CASE WHEN data->>'name' <> name THEN jsonb_build_array(name, data->>'name') END,
            'college', CASE WHEN college_name <> old_college
                THEN jsonb_build_array(old_college, college_name) END,
            'branch', CASE WHEN branch_id IS DISTINCT FROM old_branch_id AND branch_name <> old_branch
                THEN jsonb_build_array(old_branch, branch_name) END,
            'stage', CASE WHEN stage <> old_stage THEN jsonb_build_array(old_stage, stage) END,
            'party', CASE WHEN data->>'party' <> party AND NOT stays_on_the_way
                THEN jsonb_build_array(party, data->>'party') END,
            'state', CASE WHEN data->>'state' <> state THEN jsonb_build_array(state, data->>'state') END,
            'gender', CASE WHEN data->>'gender' <> gender THEN jsonb_build_array(gender, data->>'gender') END,
            'office', CASE WHEN data->>'office' <> office THEN jsonb_build_array(office, data->>'office') END,
            'grade', CASE WHEN data->>'grade' <> grade THEN jsonb_build_array(grade, data->>'grade') END,
            -- a masked phone never replaces a full one
            'phone', CASE WHEN data->>'phone' <> phone
                AND (data->>'phone' NOT LIKE '%%*%%' OR phone = '' OR phone LIKE '%%*%%')
                THEN jsonb_build_array(phone, data->>'phone') END
        )) END AS changes
    FROM q
), d AS (
    SELECT j.*, CASE
        WHEN unsure THEN '平台中有几个学号与此只差大小写，不能判断是谁，请按平台中的写法填写'
        WHEN target IS NULL AND college_name IS NULL THEN '缺少学院'
        WHEN target IS NULL AND branch = '' THEN '缺少团支部'
        WHEN target IS NULL AND stage IS NULL THEN '缺少政治面貌'
        WHEN nth > 1 AND data->>'name_key' <> first_data->>'name_key' THEN '学号与' || place || '相同，姓名不同'
        WHEN nth > 1 AND data - 'student_no' <> first_data - 'student_no' THEN '学号与' || place || '相同，内容不同'
        WHEN nth > 1 THEN '与' || place || '重复'
        WHEN target IS NOT NULL AND turn > 1 THEN '与另一行是同一人：原学号已改为“' || old_number || '”'
        WHEN (by_former OR by_old IS NOT NULL) AND data->>'name_key' <> old_name_key
            THEN '学号是别人用过的学号，姓名不同'
        WHEN college_id IS DISTINCT FROM %(college_id)s::bigint AND %(college)s IS NOT NULL
            THEN '不是“' || %(college)s || '”的人员'
        WHEN %(college)s IS NOT NULL AND old_college_id <> %(college_id)s
            THEN '该学号现属其他学院，请由校团委办理转入'
        WHEN branch = '' AND college_id IS DISTINCT FROM old_college_id
            THEN '缺少团支部，不能判断转入“' || college_name || '”的哪个团支部'
        WHEN home > 0 AND branch_id IS NULL
            THEN '缺少学院，“' || old_college || '”没有团支部“' || branch || '”'
        WHEN gate_shut THEN %(gate)s
        ELSE '' END AS reason
    FROM (SELECT j.*, CASE WHEN first_sheet = sheet THEN '' ELSE '工作表“' || first_sheet || '”' END
            || '第' || first_number || '行' AS place FROM j) j
), written AS (
    UPDATE members_importrow r SET
        reason = d.reason, changes = CASE WHEN d.reason = '' THEN d.changes ELSE '{{}}' END,
        target = CASE WHEN d.reason = '' THEN d.target END, branch_id = d.branch_id,
        college_id = CASE WHEN d.home = 0 THEN d.college_id END,  -- a list of people names no college
        status = CASE WHEN d.reason <> '' THEN 'error' WHEN d.target IS NULL THEN 'new'
            WHEN d.changes <> '{{}}' THEN 'changed' ELSE 'same' END
    FROM d WHERE r.id = d.id
    RETURNING d.reason = '' AS reads, d.target IS NOT NULL AS known, d.by_twin,
        d.home, d.branch, d.stage, d.old_stage, d.stays_on_the_way
)
SELECT count(*) FILTER (WHERE known), count(*) FILTER (WHERE reads AND home > 0),
    count(*) FILTER (WHERE reads AND branch = ''), count(*) FILTER (WHERE reads AND stage IS NULL),
    count(*) FILTER (WHERE reads AND stays_on_the_way),
    count(*) FILTER (WHERE reads AND stage = 'student' AND old_stage = 'member'),
    count(*) FILTER (WHERE reads AND by_twin IS NOT NULL)
FROM written
"""
# A sentence for each count of COMPARE.
DOUBTS = (
    "{} 人没有填写学院，按花名册中的学院处理。",
    "{} 人没有填写团支部，按花名册中的团支部处理。",
    "{} 人没有填写政治面貌和发展阶段，这两项保持不变。",
    "{} 人在文件中是群众，平台中已是入团申请人、积极分子或发展对象，发展阶段保持不变。",
    "{} 名团员在文件中是群众，请核对是否已不再是团员。",
    "{} 人按姓名和手机号码认定为换了学号的同一人，请核对变更中的学号。",
)

# The first people whose numbers differ in case only, of before that was refused.
NAMED_TWINS = f"""
    SELECT student_no FROM members_member WHERE school_id = %(school)s AND upper(student_no) IN ({TWINS})
    ORDER BY upper(student_no), id LIMIT 20
"""
SAY_TWINS = "平台中这些学号只差大小写，疑似同一学号：{}。请核对是不是同一人，再在人员页“换学号”更正。"

# People of the file, and people that a record in 待认领 may match after the import.
HOLD = build_lock_sql(
    """
    WITH named AS MATERIALIZED (
        SELECT upper(data->>'student_no') AS key FROM members_importrow WHERE run_id = %(run)s AND data ? 'student_no'
        UNION SELECT upper(data->>'former_no') FROM members_importrow WHERE run_id = %(run)s AND data ? 'former_no'
    )
    SELECT m.id FROM members_member m JOIN named ON upper(m.student_no) = named.key WHERE m.school_id = %(school)s
    UNION SELECT n.member_id FROM members_studentnumber n JOIN named ON upper(n.number) = named.key
    WHERE n.school_id = %(school)s
    UNION SELECT m.id FROM members_member m
    JOIN members_importrow r ON m.name_key = r.data->>'name_key' AND m.phone = r.data->>'phone'
    WHERE m.school_id = %(school)s AND r.run_id = %(run)s
    """,
    volunteers.EXPECTED,
)

# A changed person keeps what the file does not say.
PLACED = f"""
    SELECT r.id, r.target, r.changes, coalesce(r.branch_id, u.branch_id, m.branch_id) AS branch_id,
        r.data || jsonb_build_object('stage', coalesce(r.changes->'stage'->>1, m.stage, r.data->>'stage'),
            'party', coalesce(r.changes->'party'->>1, m.party, r.data->>'party')) AS data
    FROM members_importrow r
    LEFT JOIN members_member m ON m.id = r.target
    LEFT JOIN {UNITS} ON u.college = coalesce(r.data->>'college', '')
        AND u.branch = coalesce(r.data->>'branch', '') AND u.home = 0
    WHERE r.run_id = %(run)s AND r.status = %(status)s
"""
NEW_PEOPLE = f"""
INSERT INTO members_member (school_id, branch_id, student_no, name, name_key, sort_key, gender, grade, phone,
    office, stage, party, state, volunteer_no, registration_source, registration_evidence, reported_no, created_at)
SELECT %(school)s, p.branch_id, p.data->>'student_no', p.data->>'name', p.data->>'name_key', p.data->>'sort_key',
    coalesce(p.data->>'gender', ''), coalesce(p.data->>'grade', ''), coalesce(p.data->>'phone', ''),
    coalesce(p.data->>'office', ''), p.data->>'stage', coalesce(p.data->>'party', ''), coalesce(p.data->>'state', 'active'), '', '', '', '', now()
FROM ({PLACED}) p ORDER BY p.id RETURNING id
"""
# Where changed people belong now, and from the day of the file on.
MOVED_PEOPLE = f"""
SELECT m.id, m.branch_id, m.stage, m.state, w.branch_id, w.stage, w.state
FROM ({PLACED}) p JOIN members_member m ON m.id = p.target
CROSS JOIN LATERAL (
    SELECT p.branch_id, coalesce(p.data->>'stage', m.stage) AS stage, coalesce(p.data->>'state', m.state) AS state
) w
WHERE (m.branch_id, m.stage, m.state) <> (w.branch_id, w.stage, w.state)
"""
CHANGED_PEOPLE = f"""
UPDATE members_member m SET
    branch_id = p.branch_id, name = p.data->>'name', name_key = p.data->>'name_key',
    sort_key = p.data->>'sort_key', stage = coalesce(p.data->>'stage', m.stage),
    party = coalesce(p.data->>'party', m.party),
    gender = coalesce(p.data->>'gender', m.gender), grade = coalesce(p.data->>'grade', m.grade),
    office = coalesce(p.data->>'office', m.office),
    state = coalesce(p.data->>'state', m.state), phone = coalesce(p.changes->'phone'->>1, m.phone)
FROM ({PLACED}) p WHERE m.id = p.target AND p.changes - 'past' <> '{{}}'
"""

NEW_NUMBERS = """
    SELECT target, changes->'student_no'->>1 FROM members_importrow
    WHERE run_id = %(run)s AND status = 'changed' AND jsonb_exists(changes, 'student_no')
"""


def lock_roster_people(run: ImportRun) -> None:
    """Lock the people before the last comparison, so that nothing changes between comparison and merge."""
    run_sql(HOLD, **_build_roster_params(run))


def compare_roster(run: ImportRun) -> None:
    """Give each row its status, reason, changes and target; add what was read as known to the run's doubts.

    Raises ValidationError for a sheet without the columns that new people need, in which nobody is known.
    """
    found = units.find_units(run)
    ((known, *counts),) = fetch_sql(COMPARE, **_build_roster_params(run), units=units.to_json(found))
    if run.notes.get("lacking") and not known:
        raise ValidationError(f"{run.notes['lacking']}。文件中没有花名册已有的人员，不能只更新部分信息。")
    if doubts := [sentence.format(count) for sentence, count in zip(DOUBTS, counts, strict=True) if count]:
        run.notes["doubts"] = [*run.notes.get("doubts", []), *doubts]
    if twins := fetch_sql(NAMED_TWINS, school=run.school_id):
        numbers = "、".join(number for (number,) in twins)
        run.notes["doubts"] = [*run.notes.get("doubts", []), SAY_TWINS.format(numbers)]
    mark_past_rows(run)


def list_new_organisations(run: ImportRun) -> list[str]:
    """Return the first 20 organisations that the file would create, as "college branch", for the preview.

    A typing error in a name would otherwise split a branch unnoticed.
    """
    wanted = units.list_wanted(run)
    return sorted({f"{unit.college_name} {unit.branch_name}" for unit in wanted})[:20]


def merge_roster(run: ImportRun, *, today: date) -> None:
    """Create missing organisations, insert and update people, then match records in 待认领 to the new people.

    Where people belong changes from the day of which the file speaks; where they belonged that day, up to the next
    change.
    """
    params = _build_roster_params(run) | {"units": units.to_json(units.create_units(run))}
    on = run.as_of or today
    new = [pk for (pk,) in fetch_sql(NEW_PEOPLE, **params, status="new")]
    open_first_spells(member_ids=new, on=on, run=run)
    open_numbers(new)
    adopt_numbers(dict(fetch_sql(NEW_NUMBERS, **params)), on=on)
    past = list_past_places(run)
    moved = fetch_sql(MOVED_PEOPLE, **params, status="changed")
    run_sql(CHANGED_PEOPLE, **params, status="changed")
    before, after = ({row[0]: Place(*row[start : start + 3]) for row in moved} for start in (1, 4))
    move_people(moves=after, on=on, kind=Kind.CHANGE, run=run, before=before)
    tell_past_places(places=past, on=on, run=run)
    volunteers.match_waiting_volunteers(run.school_id)
    tell_school_numbers_known(run.school_id)


def _build_roster_params(run: ImportRun) -> dict:
    return {
        "run": run.pk,
        "school": run.school_id,
        "college": run.college.name if run.college else None,
        "college_id": run.college_id,
        "gate": GATE,
    }
