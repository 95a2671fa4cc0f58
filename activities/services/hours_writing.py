"""Write the judged rows of hours into the ledger: void, add and change records."""

from activities.rules.ledgers import MADE_UP
from activities.services.hours_verdicts import has_changes
from members.transfer.services.imports.staging import fetch_sql, run_sql

CONTENT = ("member_id", "title", "served_on", "starts_at", "ends_at", "minutes", "state")
CORRECTED = "文件更正"
# People whose records change: the new person and the person who had the record before.
LOCKED_PEOPLE = """
SELECT m.id FROM members_member m
WHERE m.id IN (SELECT member_id FROM hours_verdicts WHERE status IN ('new', 'changed')
    UNION ALL SELECT old_member_id FROM hours_verdicts WHERE status = 'changed')
ORDER BY m.id FOR NO KEY UPDATE OF m
"""
VOID = """
UPDATE activities_servicerecord k SET state = 'voided', voided_at = now(), voided_by_id = v.user_id,
    void_reason = left(%(corrected)s || '：“' || %(filename)s || '”第' || v.number || '行', 200)
FROM hours_verdicts v WHERE v.status = 'changed' AND v.target = k.id AND k.state = 'confirmed'
"""
CHANGE = f"""
UPDATE activities_servicerecord k SET {", ".join(f"{name} = v.{name}" for name in CONTENT)},
    decided_at = CASE WHEN v.state <> 'pending' THEN now() END, decision_note = left(coalesce(v.note, ''), 200),
    import_run_id = v.run_id
FROM hours_verdicts v WHERE v.status = 'changed' AND v.target = k.id AND k.state = 'pending'
"""
# A corrected record keeps its number, by which later files find it. A new record of a file without numbers gets one
# from person and time; the further ones of a day count on, also from those that are voided.
ADD = f"""
WITH w AS (
    SELECT v.*, k.outside_no AS kept_no
    FROM hours_verdicts v LEFT JOIN activities_servicerecord k ON k.id = v.target
    WHERE v.status = 'new' OR v.status = 'changed' AND k.state IN ('voided', 'rejected')
), made AS (
    SELECT w.id, w.person_no || %(made_up)s || coalesce(
            to_char(w.starts_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'), w.served_on::text) AS number,
        coalesce(h.held, 0) + row_number() OVER (
            PARTITION BY w.source, w.member_id, w.served_on ORDER BY w.position) AS nth
    FROM w LEFT JOIN (
        SELECT source, member_id, served_on, count(DISTINCT outside_no) AS held
        FROM activities_servicerecord s
        WHERE (source, member_id, served_on) IN (
                SELECT source, member_id, served_on FROM w WHERE unnumbered AND kept_no IS NULL)
            AND strpos(outside_no, %(made_up)s) > 0
        GROUP BY 1, 2, 3
    ) h USING (source, member_id, served_on)
    WHERE w.unnumbered AND w.kept_no IS NULL
)
INSERT INTO activities_servicerecord (school_id, {", ".join(CONTENT)}, source, outside_no, import_run_id,
    description, evidence, evidence_digest, submitted_at, submitted_by_id, decided_at, decision_note,
    void_reason, corrects_id)
SELECT %(school)s, {", ".join(f"w.{name}" for name in CONTENT)}, w.source,
    coalesce(w.kept_no, CASE WHEN m.nth > 1 THEN m.number || %(made_up)s || %(made_up)s || m.nth ELSE m.number END,
        w.outside_no), w.run_id,
    '', '', '', now(), w.user_id, CASE WHEN w.state <> 'pending' THEN now() END, left(coalesce(w.note, ''), 200),
    '', w.target
FROM w LEFT JOIN made m USING (id) ORDER BY w.position
"""


def lock_changing_people() -> list[int]:
    """Lock, in order, the people whose records the judged rows add or change; return their ids."""
    return [pk for (pk,) in fetch_sql(LOCKED_PEOPLE)]


def change_records(school_id: int, *, filename: str) -> None:
    """Void corrected records, add their successors and the new records, and change those that still wait."""
    changed = has_changes()
    if changed:
        run_sql(VOID, filename=filename[:100], corrected=CORRECTED)
    add_records(school_id)
    # Waiting records are changed last: the other two statements depend on a record's former state.
    if changed:
        run_sql(CHANGE)


def add_records(school_id: int) -> int:
    """Add the records of the judged rows that are new or take the place of a voided one; return their number."""
    return run_sql(ADD, school=school_id, made_up=MADE_UP)
