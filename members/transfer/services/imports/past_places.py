"""Find the rows of a roster that say what nobody knew of the file's day, although nothing changes today.

A roster speaks of its day. If the portal has the person elsewhere on that day (branch, stage or state), and today's
values are those of the row, the row changes the past only: from the file's day to the next change.
"""

import json

from members.models import ImportRun, Member
from members.services.spells import Place
from members.transfer.services.imports.staging import fetch_sql, run_sql

# Known people whose place changes after the file's day, with what they were on that day (t), what they are today
# (n), and what the row says of the day. As in COMPARE, what a row does not say stays: 群众 without 发展阶段 says
# nothing of somebody on the way into the League, and another spelling of a branch is no other branch.
TOLD = """
late AS MATERIALIZED (
    SELECT member_id FROM members_spell WHERE ends_on IS NULL AND starts_on > %(on)s
), told AS MATERIALIZED (
    SELECT r.id, r.target, r.data, coalesce(r.data->>'college', '') AS college, coalesce(r.data->>'branch', '') AS branch,
        nb.name AS branch_now, nc.name AS college_now, nb.college_id AS college_id_now,
        t.branch_id AS branch_id_then, t.stage AS stage_then, t.state AS state_then,
        tb.name AS branch_then, tc.name AS college_then, tb.college_id AS college_id_then,
        coalesce(t.starts_on > %(on)s AND t.not_before > %(on)s AND r.data->>'branch' <> '', false) AS absent,
        CASE WHEN coalesce(r.data->>'branch', '') = '' OR tb.college_id = nb.college_id
            AND tb.name_key = nb.name_key AND r.data->>'branch' <> nb.name
            THEN t.branch_id ELSE n.branch_id END AS branch_id,
        CASE WHEN r.data ? 'only_politics' AND (n.stage IN ('applicant', 'activist', 'candidate')
            OR t.stage IN ('applicant', 'activist', 'candidate'))
            THEN t.stage ELSE coalesce(r.data->>'stage', t.stage) END AS stage,
        coalesce(r.data->>'state', t.state) AS state
    FROM late JOIN members_importrow r ON r.target = late.member_id
    JOIN members_member n ON n.id = r.target
    JOIN members_branch nb ON nb.id = n.branch_id JOIN members_college nc ON nc.id = nb.college_id
    JOIN members_spell t ON t.member_id = n.id AND (t.starts_on <= %(on)s OR t.first)
        AND (t.ends_on IS NULL OR t.ends_on > %(on)s)
    JOIN members_branch tb ON tb.id = t.branch_id JOIN members_college tc ON tc.id = tb.college_id
    WHERE r.run_id = %(run)s AND r.status IN ('same', 'changed')
        AND NOT jsonb_exists_any(r.changes, ARRAY['college', 'branch', 'stage', 'state'])
), other AS (
    SELECT * FROM told WHERE absent OR (branch_id, stage, state) <> (branch_id_then, stage_then, state_then)
        OR branch = '' AND college <> '' AND college_id_then <> college_id_now
)
"""
# `words` holds the words for stages and states.
MARK = f"""
WITH {TOLD}, judged AS (
    SELECT id, CASE
        WHEN %(college)s::bigint IS NOT NULL AND college_id_then <> %(college)s::bigint
            THEN '该学号在 ' || %(on)s || ' 属于其他学院，请由校团委导入'
        WHEN branch = '' AND college <> '' AND college_id_then <> college_id_now
            THEN '缺少团支部，不能判断 ' || %(on)s || ' 在“' || college_now || '”的哪个团支部'
        ELSE '' END AS reason,
        jsonb_build_array(%(on)s || ' ' || CASE WHEN absent THEN '尚未在册' ELSE concat_ws('，',
            CASE WHEN branch_id <> branch_id_then THEN '在' || elsewhere || branch_then END,
            CASE WHEN stage <> stage_then THEN %(words)s::jsonb->>stage_then END,
            CASE WHEN state <> state_then THEN %(words)s::jsonb->>state_then END) END,
        concat_ws('，', CASE WHEN absent OR branch_id <> branch_id_then THEN '在' || here || branch_now END,
            CASE WHEN stage <> stage_then THEN %(words)s::jsonb->>stage END,
            CASE WHEN state <> state_then THEN %(words)s::jsonb->>state END)) AS pair
    FROM other CROSS JOIN LATERAL (SELECT
        CASE WHEN college_id_then <> college_id_now THEN college_then || ' ' ELSE '' END AS elsewhere,
        CASE WHEN college_id_then <> college_id_now THEN college_now || ' ' ELSE '' END AS here) names
)
UPDATE members_importrow r SET reason = j.reason, target = CASE WHEN j.reason = '' THEN r.target END,
    status = CASE WHEN j.reason = '' THEN 'changed' ELSE 'error' END,
    changes = CASE WHEN j.reason = '' THEN r.changes || jsonb_build_object('past', j.pair) ELSE '{{}}' END
FROM judged j WHERE r.id = j.id
"""
PLACES = f"WITH {TOLD} SELECT o.target, o.branch_id, o.stage, o.state FROM other o"


def mark_past_rows(run: ImportRun) -> None:
    """Mark the rows that change only the past as changed, with what was known and what the file says of its day.

    Some are errors: in a run bound to a college the past of another college, and a college without the branch.
    """
    if run.as_of:
        words = dict(Member.Stage.choices) | dict(Member.State.choices)
        params = {"college": run.college_id, "words": json.dumps(words, ensure_ascii=False)}
        run_sql(MARK, run=run.pk, on=run.as_of.isoformat(), **params)


def list_past_places(run: ImportRun) -> dict[int, Place]:
    """Return where the people of the marked rows belonged on the file's day; the caller has locked them."""
    if not run.rows.filter(status="changed", changes__has_key="past").exists():
        return {}
    return {pk: Place(*place) for pk, *place in fetch_sql(PLACES, run=run.pk, on=run.as_of)}
