"""Import of the city's ledgers of hours: compare rows with records and write them (requirements §3, §4).

A person is found by number: student number in 北京共青团, volunteer number in 志愿北京. The name must match. A row
with an unknown number waits, and goes in by itself when the number becomes known. A record is found by its number in
the ledger, else by `activities.rules.identity`. A later change or withdrawal by the city voids our record and adds
another; a record that still waited is changed in place. What the file no longer has is listed.
"""

from datetime import date

from django.utils import timezone

from activities.services import waiting_hours
from activities.services.hours_staging import ROWS_OF_RUN, has_rows_without_state, stage_hours
from activities.services.hours_verdicts import judge_hours, list_newer_runs
from activities.services.hours_writing import change_records, lock_changing_people
from activities.services.linking import link_members
from members.models import ImportRun
from members.transfer.services import imports
from members.transfer.services.imports.staging import analyse_tables, fetch_sql, run_sql

SAVE_VERDICTS = """
UPDATE members_importrow r SET status = v.status, reason = v.reason, changes = v.changes, target = v.target,
    college_id = v.college_id, branch_id = v.branch_id, reverting = v.reverting
FROM hours_verdicts v
WHERE r.id = v.id AND (r.status, r.reason, r.changes, r.target, r.college_id, r.branch_id, r.reverting)
    IS DISTINCT FROM (v.status, v.reason, v.changes, v.target, v.college_id, v.branch_id, v.reverting)
"""
# Records in force of the people in the file, between its first and last day of their ledger, that no row is about.
MISSING = """
    SELECT s.id FROM activities_servicerecord s
    JOIN (SELECT source, min(served_on) AS first, max(served_on) AS last FROM hours_verdicts
        WHERE source IN ('league', 'volunteer_beijing') GROUP BY source) d
        ON d.source = s.source AND s.served_on BETWEEN d.first AND d.last
    WHERE s.school_id = %(school)s AND s.state IN ('pending', 'confirmed')
        AND (s.source, s.member_id) IN (SELECT source, member_id FROM hours_verdicts WHERE in_scope)
        AND NOT EXISTS (SELECT FROM hours_verdicts v WHERE v.record = s.id)
        -- rejected rows that come again say nothing of other records
        AND NOT %(partial)s
        -- a row that cannot be read is about its record all the same
        AND NOT EXISTS (SELECT FROM members_importrow u
            WHERE u.run_id = %(run)s AND u.status = 'error' AND u.key = upper(s.outside_no))
        -- only a later file tells that a record is gone: a file of a later day has this one
        AND NOT EXISTS (SELECT FROM members_importrun n WHERE n.id = s.import_run_id AND n.as_of > %(as_of)s)
        AND NOT EXISTS (SELECT FROM members_importrow o WHERE o.run_id = ANY(%(newer)s) AND o.target = s.id)
"""
LIST_MISSING = f"""
INSERT INTO activities_missingrecord AS m (record_id, import_run_id, filename, found_at, outcome, reason)
SELECT id, %(run)s, %(filename)s, now(), '', '' FROM ({MISSING}) s
ON CONFLICT (record_id) DO UPDATE SET import_run_id = excluded.import_run_id, filename = excluded.filename,
    found_at = excluded.found_at, outcome = '', settled_at = NULL, settled_by_id = NULL, reason = ''
WHERE m.outcome = 'back'
"""
COME_BACK = """
UPDATE activities_missingrecord m SET outcome = 'back', settled_at = now()
FROM hours_verdicts v WHERE v.record = m.record_id AND m.outcome = '' AND v.status IN ('same', 'changed')
"""


def compare_hours(run: ImportRun) -> None:
    """Compare the rows of the run with the records; set status, reason and changes of each row."""
    state = run.notes.get("state")
    stage_hours(ROWS_OF_RUN, school=run.school_id, run=run.pk, state=state)
    if state is None:
        run.notes["asks_state"] = has_rows_without_state()
    judge_hours(run.school_id, as_of=run.as_of or timezone.localdate())
    run_sql(SAVE_VERDICTS)


def count_missing(run: ImportRun) -> int:
    """Count the records that the file, which has just been compared, covers and lacks; settled ones do not count."""
    sql = f"""SELECT count(*) FROM ({MISSING}) s WHERE NOT EXISTS (
        SELECT FROM activities_missingrecord m WHERE m.record_id = s.id AND m.outcome = 'kept')"""
    return fetch_sql(sql, **_name_file(run))[0][0]


def _name_file(run: ImportRun) -> dict:
    """Return what MISSING asks about the file: its school, its run, its day and the runs of later days."""
    as_of = run.as_of or timezone.localdate()
    newer = list_newer_runs(run.school_id, as_of)
    partial = imports.is_partial(run)
    return {"school": run.school_id, "run": run.pk, "as_of": as_of, "newer": newer, "partial": partial}


def count_reverting(run: ImportRun) -> int:
    """Count the rows that would bring a former state back; the comparison has marked them."""
    return run.rows.filter(reverting=True).count()


def merge_hours(run: ImportRun, *, today: date) -> None:
    """Lock the people in order; then void corrected records, add new ones, change waiting ones, and link.

    The tables of the comparison, which has just run in the same transaction, are read.
    """
    people = lock_changing_people()
    run_sql(LIST_MISSING, filename=run.filename, **_name_file(run))
    change_records(run.school_id, filename=run.filename)
    run_sql(COME_BACK)
    waiting_hours.keep_waiting_rows(run)
    analyse_tables("activities_servicerecord")
    link_members(people)
    analyse_tables("activities_recordlink", "activities_countedrecord")
