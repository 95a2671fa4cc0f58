"""A verified registration keeps the day from which it counts, and a date only if somebody told it.

Until now a registration without a date got the day of the import or of the claim as its date. Such a date becomes
`counts_from` alone. A date that was known before such an import stays.
"""

import pghistory
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# The history of people is switched off meanwhile: the column is new for everybody, nothing about a person changed.
COUNT_FROM_KNOWN_DATES = """
    SET CONSTRAINTS ALL IMMEDIATE;
    ALTER TABLE members_member DISABLE TRIGGER pgtrigger_update_update_b1bc1;
    UPDATE members_member SET counts_from = registered_on WHERE registered_on IS NOT NULL;
    ALTER TABLE members_member ENABLE TRIGGER pgtrigger_update_update_b1bc1;
"""
# The list of before did not keep the day of its file; it kept the day on which it came.
LIST_WHEN_CREATED = """
    UPDATE members_volunteerrecord SET listed_on = (created_at AT TIME ZONE 'Asia/Shanghai')::date;
"""
INVENTED = """(
    strpos(ROW.registration_evidence, '文件未写注册日期，按导入日期') > 0
    OR strpos(ROW.registration_evidence, '名单未写注册日期，按认领日期') > 0
    OR ROW.registration_source IN ('file', 'claim')
        AND (ROW.registration_source = 'claim'
            OR ROW.registration_evidence = '志愿北京名单，人员导入后自动匹配')
        AND EXISTS (SELECT FROM members_volunteerrecord v WHERE v.member_id = m.id)
        AND NOT EXISTS (SELECT FROM members_volunteerrecord v
            WHERE v.member_id = m.id AND v.registered_on IS NOT NULL)
)"""
# An import without a date kept a date that was known before: the history has it with another evidence.
EMPTY_INVENTED_DATES = """
    UPDATE members_member m SET registered_on = NULL
    WHERE m.registered_on IS NOT NULL AND INVENTED_OF_PERSON
        AND NOT EXISTS (SELECT FROM members_memberevent e
            WHERE e.pgh_obj_id = m.id AND e.registered_on = m.registered_on AND e.registration_source <> ''
                AND NOT INVENTED_OF_EVENT)
"""


def empty_invented_dates(apps, schema_editor):
    with (
        pghistory.context(reason="升级：名单未写的注册日期不再记为导入日期"),
        schema_editor.connection.cursor() as cursor,
    ):
        invented = {
            "INVENTED_OF_PERSON": INVENTED.replace("ROW", "m"),
            "INVENTED_OF_EVENT": INVENTED.replace("ROW", "e"),
        }
        sql = EMPTY_INVENTED_DATES
        for name, condition in invented.items():
            sql = sql.replace(name, condition)
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0012_rates_as_of_a_day"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="volunteerrecord",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="volunteerrecord",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="volunteerrecord",
            name="delete_delete",
        ),
        migrations.RemoveConstraint(
            model_name="member",
            name="member_registration_has_source",
        ),
        migrations.AddField(
            model_name="volunteerrecord",
            name="listed_on",
            field=models.DateField(null=True, verbose_name="名单日期"),
        ),
        migrations.AddField(
            model_name="volunteerrecordevent",
            name="listed_on",
            field=models.DateField(null=True, verbose_name="名单日期"),
        ),
        migrations.RunSQL(LIST_WHEN_CREATED, migrations.RunSQL.noop),
        migrations.RunSQL(COUNT_FROM_KNOWN_DATES, migrations.RunSQL.noop),
        migrations.RunPython(empty_invented_dates, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name="volunteerrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_volunteerrecordevent" ("by_hand_only", "college_id", "created_at", "group_name", "id", "listed_on", "member_id", "name", "name_key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "reason", "registered_on", "school_id", "state", "student_no", "volunteer_no") SELECT new_values."by_hand_only", new_values."college_id", new_values."created_at", new_values."group_name", new_values."id", new_values."listed_on", new_values."member_id", new_values."name", new_values."name_key", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."phone", new_values."reason", new_values."registered_on", new_values."school_id", new_values."state", new_values."student_no", new_values."volunteer_no" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="02e97d8f3a30e1f56ad2240a1f767c4f184a8c91",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2d1b9",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="members_volunteerrecord",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="volunteerrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_volunteerrecordevent" ("by_hand_only", "college_id", "created_at", "group_name", "id", "listed_on", "member_id", "name", "name_key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "reason", "registered_on", "school_id", "state", "student_no", "volunteer_no") SELECT new_values."by_hand_only", new_values."college_id", new_values."created_at", new_values."group_name", new_values."id", new_values."listed_on", new_values."member_id", new_values."name", new_values."name_key", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."phone", new_values."reason", new_values."registered_on", new_values."school_id", new_values."state", new_values."student_no", new_values."volunteer_no" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="31c45aa6ff28fecf722cde9c13073784ce6a984a",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_550d5",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="members_volunteerrecord",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="volunteerrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_volunteerrecordevent" ("by_hand_only", "college_id", "created_at", "group_name", "id", "listed_on", "member_id", "name", "name_key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "reason", "registered_on", "school_id", "state", "student_no", "volunteer_no") SELECT old_values."by_hand_only", old_values."college_id", old_values."created_at", old_values."group_name", old_values."id", old_values."listed_on", old_values."member_id", old_values."name", old_values."name_key", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phone", old_values."reason", old_values."registered_on", old_values."school_id", old_values."state", old_values."student_no", old_values."volunteer_no" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="b136d1440e3f46c89b24382af9357fe012a53e57",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_e28fd",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="members_volunteerrecord",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="volunteerrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(("listed_on__isnull", False)), name="volunteer_has_day_of_list"
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("counts_from", None),
                        ("registered_on", None),
                        ("registration_source", ""),
                        ("volunteer_no", ""),
                    ),
                    models.Q(
                        ("counts_from__isnull", False), models.Q(("registration_source", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="member_registration_has_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("registered_on", None), ("counts_from", models.F("registered_on")), _connector="OR"
                ),
                name="member_counts_from_known_date",
            ),
        ),
    ]
