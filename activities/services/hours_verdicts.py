"""What becomes of each row of hours: new, changed, the same, waiting for somebody, or refused with a reason."""

from datetime import date

from activities.rules.ledgers import MADE_UP
from members.transfer.services.imports.staging import fetch_sql, run_sql
from members.transfer.services.imports.undoing import UNDONE

BEIJING = "AT TIME ZONE 'Asia/Shanghai'"
WORDS = '{"pending": "待确认", "confirmed": "已确认", "rejected": "未通过", "voided": "已作废"}'
# The number under which a row waits; the second of two equal rows waits apart from the first.
WAITING_NO = "CASE WHEN t.nth > 1 THEN t.row_key || %(made_up)s || t.nth ELSE t.row_key END"
COMPARED = """
    SELECT t.*, k.state AS old_state, k.member_id AS old_member_id, kb.college_id AS old_college_id,
        km.name AS old_name, k.title AS old_title, k.served_on AS old_served_on, k.starts_at AS old_starts_at,
        k.ends_at AS old_ends_at, k.minutes AS old_minutes, k.import_run_id AS old_run_id,
        CASE WHEN t.same_title THEN k.title ELSE t.title END AS kept_title,
        -- a file with days only does not remove times
        k.starts_at IS NOT NULL AND t.starts_at IS NULL AND (t.served_on, t.minutes) = (k.served_on, k.minutes)
            AS keeps_times,
        t.unnumbered AND t.starts_at IS NULL AND t.nth > 1 AS equal,
        -- taken back with its import: the ledger keeps it, and the row counts as new
        NOT t.held AND coalesce(k.state = 'voided' AND starts_with(k.void_reason, %(undone)s), false) AS undone,
        w.id AS waiting_id, w.state AS waiting_state, w.record_id AS waiting_record,
        CASE WHEN f.sheet = t.sheet THEN '' ELSE '工作表“' || f.sheet || '”' END || '第' || f.number || '行' AS place,
        (t.name_key, t.title, t.served_on, t.starts_at, t.ends_at, t.minutes, t.state) IS NOT DISTINCT FROM
            (f.name_key, f.title, f.served_on, f.starts_at, f.ends_at, f.minutes, f.state) AS like_first
    FROM hours_rows t
    LEFT JOIN hours_rows f ON f.id = t.first_id
    LEFT JOIN activities_servicerecord k ON k.id = t.record
    LEFT JOIN members_member km ON km.id = k.member_id
    LEFT JOIN members_branch kb ON kb.id = km.branch_id
    LEFT JOIN activities_waitinghours w ON w.school_id = %(school)s AND w.source = t.source
        AND w.outside_no = {waiting_no}
"""
DIFFERS = """NOT held AND record IS NOT NULL AND member_id IS NOT NULL AND (
    (member_id, kept_title, served_on, minutes, state)
        <> (old_member_id, old_title, old_served_on, old_minutes, old_state)
    OR starts_at IS NOT NULL AND (starts_at, ends_at) IS DISTINCT FROM (old_starts_at, old_ends_at))"""
CHANGES = f"""jsonb_strip_nulls(jsonb_build_object(
    'hours_of', CASE WHEN member_id <> old_member_id THEN jsonb_build_array(old_name, name) END,
    'hours_title', CASE WHEN kept_title <> old_title THEN jsonb_build_array(old_title, kept_title) END,
    'hours_served_on', CASE WHEN served_on <> old_served_on
        THEN jsonb_build_array(old_served_on::text, served_on::text) END,
    'hours_span', CASE WHEN (starts_at, ends_at) IS DISTINCT FROM (old_starts_at, old_ends_at)
            AND (starts_at IS NOT NULL OR served_on <> old_served_on)
        THEN jsonb_build_array(
            coalesce(to_char(old_starts_at {BEIJING}, 'YYYY-MM-DD HH24:MI')
                || to_char(old_ends_at {BEIJING}, '–HH24:MI'), ''),
            coalesce(to_char(starts_at {BEIJING}, 'YYYY-MM-DD HH24:MI')
                || to_char(ends_at {BEIJING}, '–HH24:MI'), '无')) END,
    'hours_minutes', CASE WHEN minutes <> old_minutes THEN jsonb_build_array(old_minutes, minutes) END,
    'hours_state', CASE WHEN state <> old_state
        THEN jsonb_build_array(%(words)s::jsonb->>old_state, %(words)s::jsonb->>state) END
))"""
JUDGE = f"""
CREATE TEMP TABLE hours_verdicts ON COMMIT DROP AS
WITH c AS ({COMPARED.format(waiting_no=WAITING_NO)}), d AS (
    SELECT c.*, {DIFFERS} AS differs,
        CASE source WHEN 'volunteer_beijing' THEN '志愿者编号' ELSE '学号' END AS number_word,
        member_id IS NOT NULL AND member_name = name_key AND (bound_to IS NULL OR college_id = bound_to) AS in_scope
    FROM c
), e AS (
    SELECT d.*, CASE
        WHEN nth > 1 AND NOT equal AND like_first THEN '与' || place || '重复'
        WHEN nth > 1 AND NOT equal AND unnumbered THEN '与' || place || '的人员和开始时间相同，内容不同，请核对这两行'
        WHEN nth > 1 AND NOT equal THEN '记录与' || place || '相同，内容不同'
        WHEN member_id IS NOT NULL AND bound_to IS NOT NULL AND college_id <> bound_to
            THEN '不是“' || (SELECT g.name FROM members_college g WHERE g.id = bound_to) || '”的人员'
        WHEN held AND record IS NULL AND state = 'voided' THEN '“状态”是“已作废”，没有录入'
        WHEN held AND record IS NULL AND source = 'volunteer_beijing' THEN '缺少志愿者编号'
        WHEN held AND record IS NULL THEN '本平台的签到和补录不从文件录入，这一行没有改动任何记录'
        WHEN member_name <> name_key THEN number_word || '登记的人员姓名不同'
        WHEN bound_to IS NOT NULL AND old_college_id <> bound_to AND NOT undone THEN '这条记录登记在其他学院人员名下，请联系校团委'
        WHEN own IN (member_id, old_member_id) AND (record IS NULL OR undone OR differs)
            THEN '不能录入本人的时长，请由他人导入'
        WHEN old_state = 'voided' AND NOT held AND NOT undone AND member_id IS NOT NULL THEN '这条记录已在平台作废，不再录入'
        ELSE '' END AS problem
    FROM d
), v AS (
    SELECT e.*, CASE
        WHEN problem <> '' THEN 'error'
        WHEN waiting_state = 'dismissed' AND (record IS NULL OR undone) THEN 'same'
        WHEN member_id IS NULL OR equal AND (record IS NULL OR undone) THEN 'unclear'
        WHEN record IS NULL OR undone THEN 'new' WHEN differs THEN 'changed' ELSE 'same' END AS status
    FROM e
)
SELECT id, position, number, run_id, user_id, source, outside_no, unnumbered, person_no, name, name_key, member_id,
    old_member_id, kept_title AS title, served_on, minutes, state, note, branch_id, college_id, in_scope, record,
    old_state, old_run_id, waiting_id, status, false AS reverting,
    CASE WHEN keeps_times THEN old_starts_at ELSE starts_at END AS starts_at,
    CASE WHEN keeps_times THEN old_ends_at ELSE ends_at END AS ends_at,
    CASE WHEN nth > 1 THEN row_key || %(made_up)s || nth ELSE row_key END AS waiting_no,
    CASE WHEN problem = '' THEN record END AS target,
    CASE WHEN member_id IS NULL THEN 'nobody' ELSE 'equal' END AS question,
    CASE WHEN problem <> '' THEN problem
        WHEN status = 'unclear' AND member_id IS NULL THEN number_word || '不在平台中；录入这名人员后自动录入'
        WHEN status = 'unclear' THEN '与' || place || '完全相同又没有时间：请在“待录入时长”中选择是另一次服务还是重复'
        ELSE '' END AS reason,
    CASE WHEN status = 'changed' THEN {CHANGES} ELSE '{{}}' END AS changes
FROM v
"""
# A row takes a record back if the record has been exactly so before, if it is no longer confirmed, or if a file of
# a later day has the record as it is now.
MARK_REVERTING = """
UPDATE hours_verdicts v SET reverting = true
FROM activities_servicerecord k
WHERE v.status = 'changed' AND k.id = v.target AND (
    k.state = 'confirmed' AND v.state = 'pending'
    OR EXISTS (SELECT FROM members_importrun n WHERE n.id = k.import_run_id AND n.as_of > %(as_of)s)
    OR EXISTS (SELECT FROM members_importrow o WHERE o.run_id = ANY(%(newer)s) AND o.target = k.id)
    OR EXISTS (
        SELECT FROM activities_servicerecord p
        JOIN activities_servicerecordevent e ON e.pgh_obj_id = p.id
        WHERE p.member_id IN (k.member_id, v.member_id) AND p.source = k.source AND p.outside_no = k.outside_no
            AND (e.member_id, e.title, e.served_on, e.minutes, e.state)
                = (v.member_id, v.title, v.served_on, v.minutes, v.state)
            -- what an undone import said was never so
            AND NOT EXISTS (SELECT FROM members_importrun n WHERE n.id = e.import_run_id AND n.state = 'undone')
            AND (e.starts_at, e.ends_at) IS NOT DISTINCT FROM (v.starts_at, v.ends_at))
)
"""
NEWER_RUNS = """
SELECT id FROM members_importrun
WHERE school_id = %(school)s AND kind = 'hours' AND state = 'done' AND as_of > %(as_of)s
"""


def judge_hours(school_id: int, *, as_of: date) -> None:
    """Make `hours_verdicts` from `hours_rows`: status, reason, changes and the record of each row.

    `as_of`: the day the rows speak of; a row older than what is held is marked as `reverting`.
    """
    run_sql(JUDGE, school=school_id, made_up=MADE_UP, words=WORDS, undone=UNDONE)
    run_sql("ANALYZE hours_verdicts (id, status, source, member_id, record, target)")
    if has_changes():
        run_sql(MARK_REVERTING, as_of=as_of, newer=list_newer_runs(school_id, as_of))


def list_newer_runs(school_id: int, as_of: date) -> list[int]:
    """Return the imports of hours whose files speak of a later day."""
    return [pk for (pk,) in fetch_sql(NEWER_RUNS, school=school_id, as_of=as_of)]


def has_changes() -> bool:
    """Does any judged row change a record?"""
    return fetch_sql("SELECT EXISTS (SELECT FROM hours_verdicts WHERE status = 'changed')")[0][0]
