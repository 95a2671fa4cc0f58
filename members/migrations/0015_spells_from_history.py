"""Write the spells of everybody from the history, and check from now on that open spells and people agree.

One spell for each real change of branch, stage or state, by local date; of several changes on one day the last. The
first begins on the day of the first event. The open one says what the person's row says.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

# Rows: the last event of each person and day. The person's own row counts as the very last event, so that the open spell
# equals it even where the history has a gap. Events in branches that are gone name no place any more.
SPELLS = """
WITH event AS (
    SELECT e.pgh_obj_id AS member_id, (e.pgh_created_at AT TIME ZONE 'Asia/Shanghai')::date AS day, e.pgh_id,
        e.branch_id, e.stage, e.state
    FROM members_memberevent e JOIN members_branch b ON b.id = e.branch_id
    WHERE e.pgh_label <> 'delete'
), whole AS (
    SELECT * FROM event
    UNION ALL
    SELECT m.id, coalesce(l.day, (m.created_at AT TIME ZONE 'Asia/Shanghai')::date), 9223372036854775807,
        m.branch_id, m.stage, m.state
    FROM members_member m
    LEFT JOIN (SELECT member_id, max(day) AS day FROM event GROUP BY 1) l ON l.member_id = m.id
), day AS (
    SELECT DISTINCT ON (member_id, day) * FROM whole ORDER BY member_id, day, pgh_id DESC
), change AS (
    SELECT *, lag(day) OVER w IS NULL AS first, (branch_id, stage, state) IS DISTINCT FROM
        (lag(branch_id) OVER w, lag(stage) OVER w, lag(state) OVER w) AS real
    FROM day WINDOW w AS (PARTITION BY member_id ORDER BY day)
)
INSERT INTO members_spell (member_id, branch_id, stage, state, starts_on, ends_on, first, kind, written_at)
SELECT c.member_id, c.branch_id, c.stage, c.state, c.day,
    lead(c.day) OVER (PARTITION BY c.member_id ORDER BY c.day), c.first, 'change', now()
FROM change c JOIN members_member m ON m.id = c.member_id
WHERE c.real AND NOT EXISTS (SELECT FROM members_spell s WHERE s.member_id = c.member_id)
ORDER BY c.member_id, c.day
"""


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0014_numbers_of_people"),
    ]

    operations = [
        migrations.RunSQL(SPELLS, migrations.RunSQL.noop),
        # The next changes of the tables need the checks of the new foreign keys done.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        pgtrigger.migrations.AddTrigger(
            model_name="member",
            trigger=pgtrigger.compiler.Trigger(
                name="open_spell_equals",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="\nIF EXISTS (\n    SELECT FROM members_member m\n    LEFT JOIN members_spell s ON s.member_id = m.id AND s.ends_on IS NULL\n    WHERE m.id = NEW.id AND (m.branch_id, m.stage, m.state) IS DISTINCT FROM (s.branch_id, s.stage, s.state)\n) THEN\n    RAISE EXCEPTION '人员的团支部、发展阶段和状态须与当前的一段经历一致。' USING ERRCODE = 'integrity_constraint_violation';\nEND IF;\nRETURN NULL;\n",
                    hash="af139963fcc9c21756403d82c9b1cb0fd95efab3",
                    operation='INSERT OR UPDATE OF "branch_id", "stage", "state"',
                    pgid="pgtrigger_open_spell_equals_99699",
                    table="members_member",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="spell",
            trigger=pgtrigger.compiler.Trigger(
                name="open_one_equals_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.ends_on IS NULL)",
                    constraint="CONSTRAINT",
                    func="\nIF EXISTS (\n    SELECT FROM members_member m\n    LEFT JOIN members_spell s ON s.member_id = m.id AND s.ends_on IS NULL\n    WHERE m.id = NEW.member_id AND (m.branch_id, m.stage, m.state) IS DISTINCT FROM (s.branch_id, s.stage, s.state)\n) THEN\n    RAISE EXCEPTION '人员的团支部、发展阶段和状态须与当前的一段经历一致。' USING ERRCODE = 'integrity_constraint_violation';\nEND IF;\nRETURN NULL;\n",
                    hash="f28770d6e3366c4b263ff2eb6e69f4cd8a89b8b6",
                    operation="INSERT",
                    pgid="pgtrigger_open_one_equals_insert_892eb",
                    table="members_spell",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="spell",
            trigger=pgtrigger.compiler.Trigger(
                name="open_one_equals_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.ends_on IS NULL OR OLD.ends_on IS NULL)",
                    constraint="CONSTRAINT",
                    func="\nIF EXISTS (\n    SELECT FROM members_member m\n    LEFT JOIN members_spell s ON s.member_id = m.id AND s.ends_on IS NULL\n    WHERE m.id = NEW.member_id AND (m.branch_id, m.stage, m.state) IS DISTINCT FROM (s.branch_id, s.stage, s.state)\n) THEN\n    RAISE EXCEPTION '人员的团支部、发展阶段和状态须与当前的一段经历一致。' USING ERRCODE = 'integrity_constraint_violation';\nEND IF;\nRETURN NULL;\n",
                    hash="09799992f58b0abbb4a60aded6b7bea9e68c9aca",
                    operation="UPDATE",
                    pgid="pgtrigger_open_one_equals_update_4864b",
                    table="members_spell",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="spell",
            trigger=pgtrigger.compiler.Trigger(
                name="open_one_equals_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.ends_on IS NULL)",
                    constraint="CONSTRAINT",
                    func="\nIF EXISTS (\n    SELECT FROM members_member m\n    LEFT JOIN members_spell s ON s.member_id = m.id AND s.ends_on IS NULL\n    WHERE m.id = OLD.member_id AND (m.branch_id, m.stage, m.state) IS DISTINCT FROM (s.branch_id, s.stage, s.state)\n) THEN\n    RAISE EXCEPTION '人员的团支部、发展阶段和状态须与当前的一段经历一致。' USING ERRCODE = 'integrity_constraint_violation';\nEND IF;\nRETURN NULL;\n",
                    hash="39c191cbafc1c4d69be257b55bda232453aec4fc",
                    operation="DELETE",
                    pgid="pgtrigger_open_one_equals_delete_59df3",
                    table="members_spell",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
    ]
