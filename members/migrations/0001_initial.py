"""People and the organisations they belong to.

Folded from the migrations in `replaces`; a database that has them all counts this one as applied.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import members.models.years


class Migration(migrations.Migration):
    replaces = [
        ("members", "0001_people_and_organisations"),
        ("members", "0002_export_log"),
        ("members", "0003_import_keys_and_notes"),
        ("members", "0004_student_no_of_volunteers"),
        ("members", "0005_history_of_deletions"),
        ("members", "0006_never_emptied"),
        ("members", "0007_pairing_switches"),
        ("members", "0008_import_of_codes"),
        ("members", "0009_messages"),
        ("members", "0010_one_school"),
        ("members", "0011_importrow_key"),
        ("members", "0012_import_of_hours"),
        ("members", "0013_export_jobs"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="School",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="名称")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "学校",
                "verbose_name_plural": "学校",
                "ordering": ["name"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_schoolevent" ("code", "created_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."code", new_values."created_at", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="fdbd9afc9f1fb2de198666ce1de4a0ab86b1ae92",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_34bf8",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_school",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_schoolevent" ("code", "created_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."code", new_values."created_at", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="51320849879767e32a6886222371029486542e4b",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e8d08",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_school",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_schoolevent" ("code", "created_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT old_values."code", old_values."created_at", old_values."id", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="254c877c9f47aa0e6d23c13482d924c0c12176e9",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_ce299",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_school",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SchoolEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.school",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                ("code", models.CharField(max_length=20, verbose_name="代码")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="c71e95958267ea6914ab6970a75609992ddd9e99",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_ea2e9",
                            table="members_schoolevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="dd1ea32a0df6a85ae338b7c03e4aeb526d2fb732",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_fe860",
                            table="members_schoolevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="College",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="colleges",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="学院")),
                ("outside_no", models.CharField(blank=True, max_length=40, verbose_name="组织编号")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "学院",
                "verbose_name_plural": "学院",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("school", "name"), name="college_name_once_per_school"),
                    models.UniqueConstraint(
                        condition=models.Q(("outside_no", ""), _negated=True),
                        fields=("school", "outside_no"),
                        name="college_outside_no_once",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="stays_in_school",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.school_id IS DISTINCT FROM NEW.school_id)",
                            func="RAISE EXCEPTION '学院不能改到其他学校。' USING ERRCODE = 'check_violation';",
                            hash="190ac1f2ab90a19ecdcd2cab773c027168e004d3",
                            operation="UPDATE",
                            pgid="pgtrigger_stays_in_school_7d1dc",
                            table="members_college",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_collegeevent" ("created_at", "id", "name", "outside_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") SELECT new_values."created_at", new_values."id", new_values."name", new_values."outside_no", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."school_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="383046053f008c14d3d56b5940cde2db404d508b",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_8e5eb",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_college",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_collegeevent" ("created_at", "id", "name", "outside_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") SELECT new_values."created_at", new_values."id", new_values."name", new_values."outside_no", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."school_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="6fdb2f45404b6871c8e7b357efcdc2d57071c827",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_59590",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_college",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_collegeevent" ("created_at", "id", "name", "outside_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id") SELECT old_values."created_at", old_values."id", old_values."name", old_values."outside_no", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."school_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="59345778369fa3664c323a6d04fd9f1aebb8a853",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_4b1a3",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_college",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CollegeEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.college",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "school",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="学院")),
                ("outside_no", models.CharField(blank=True, max_length=40, verbose_name="组织编号")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="3e8e332918eaf917970b2dbeda9c01b7595b41fc",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_dafab",
                            table="members_collegeevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="efaa47f8624ce59e4e135cb14ded822c891aae70",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_2b36b",
                            table="members_collegeevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Branch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="branches",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="团支部")),
                ("outside_no", models.CharField(blank=True, max_length=40, verbose_name="组织编号")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "团支部",
                "verbose_name_plural": "团支部",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("college", "name"), name="branch_name_once_per_college")
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="stays_in_school",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.college_id IS DISTINCT FROM NEW.college_id)",
                            func="""
                    IF (SELECT school_id FROM members_college WHERE id = OLD.college_id)
                        IS DISTINCT FROM (SELECT school_id FROM members_college WHERE id = NEW.college_id)
                    THEN
                        RAISE EXCEPTION '团支部不能改到其他学校。' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
                            hash="d72b9b26d18ecf49a1a82728790b9ff8b3973c6c",
                            operation="UPDATE",
                            pgid="pgtrigger_stays_in_school_2c7a3",
                            table="members_branch",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_branchevent" ("college_id", "created_at", "id", "name", "outside_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."college_id", new_values."created_at", new_values."id", new_values."name", new_values."outside_no", _pgh_attached_context.value, NOW(), \'insert\', new_values."id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="2fe666212178952b5aa533a0348a80f1767df1b4",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_7af44",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_branch",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_branchevent" ("college_id", "created_at", "id", "name", "outside_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."college_id", new_values."created_at", new_values."id", new_values."name", new_values."outside_no", _pgh_attached_context.value, NOW(), \'update\', new_values."id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="b935de56007d754140a5c26f1bc39022c9cfaf57",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_7fb35",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_branch",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_branchevent" ("college_id", "created_at", "id", "name", "outside_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT old_values."college_id", old_values."created_at", old_values."id", old_values."name", old_values."outside_no", _pgh_attached_context.value, NOW(), \'delete\', old_values."id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="182e5b8ec30fde2b51f990c7f02da0b639d47b2f",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_f6c8b",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_branch",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BranchEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.branch",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "college",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="团支部")),
                ("outside_no", models.CharField(blank=True, max_length=40, verbose_name="组织编号")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="f1abdde70a2d4eba41950ec6ed9e40413feba4dc",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_fdea7",
                            table="members_branchevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="a7f2f2ab734901c7347ea14595cd79a88da93e68",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_2021d",
                            table="members_branchevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Street",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district", models.CharField(max_length=40, verbose_name="区")),
                ("name", models.CharField(max_length=80, verbose_name="街乡名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[("urban", "城区"), ("suburban", "郊区")], max_length=10, verbose_name="类型"
                    ),
                ),
                ("contact", models.CharField(blank=True, max_length=60, verbose_name="联系人")),
                ("contact_phone", models.CharField(blank=True, max_length=40, verbose_name="联系电话")),
                ("taken_elsewhere", models.PositiveSmallIntegerField(default=0, verbose_name="全市已对接数")),
                ("taken_as_of", models.DateField(blank=True, null=True, verbose_name="数据时间")),
                ("taken_source", models.CharField(blank=True, max_length=200, verbose_name="数据来源")),
            ],
            options={
                "verbose_name": "街乡",
                "verbose_name_plural": "街乡",
                "ordering": ["district", "name"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "name"), name="street_name_once_per_district"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["urban", "suburban"])), name="street_kind_known"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_streetevent" ("contact", "contact_phone", "district", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "taken_as_of", "taken_elsewhere", "taken_source") SELECT new_values."contact", new_values."contact_phone", new_values."district", new_values."id", new_values."kind", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."taken_as_of", new_values."taken_elsewhere", new_values."taken_source" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="2efc5c90464b1ec86764c67d0eea51b881b3b95b",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_b6298",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_street",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_streetevent" ("contact", "contact_phone", "district", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "taken_as_of", "taken_elsewhere", "taken_source") SELECT new_values."contact", new_values."contact_phone", new_values."district", new_values."id", new_values."kind", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."taken_as_of", new_values."taken_elsewhere", new_values."taken_source" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="0a2bb2f275a0bfa8c5966a50f0f9d8f4092c97a6",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_b9e53",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_street",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_streetevent" ("contact", "contact_phone", "district", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "taken_as_of", "taken_elsewhere", "taken_source") SELECT old_values."contact", old_values."contact_phone", old_values."district", old_values."id", old_values."kind", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."taken_as_of", old_values."taken_elsewhere", old_values."taken_source" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="207cc0630836c337c303d8b6e0c601f6ec1cb75e",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_69811",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_street",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StreetEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.street",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                ("district", models.CharField(max_length=40, verbose_name="区")),
                ("name", models.CharField(max_length=80, verbose_name="街乡名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[("urban", "城区"), ("suburban", "郊区")], max_length=10, verbose_name="类型"
                    ),
                ),
                ("contact", models.CharField(blank=True, max_length=60, verbose_name="联系人")),
                ("contact_phone", models.CharField(blank=True, max_length=40, verbose_name="联系电话")),
                ("taken_elsewhere", models.PositiveSmallIntegerField(default=0, verbose_name="全市已对接数")),
                ("taken_as_of", models.DateField(blank=True, null=True, verbose_name="数据时间")),
                ("taken_source", models.CharField(blank=True, max_length=200, verbose_name="数据来源")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="5a5ed42c2caa409537e79436fc7b911354df30e5",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_3c048",
                            table="members_streetevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="dd72b8d2bdda1e4dc68a460a9e1ac5286d48a011",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_843a5",
                            table="members_streetevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="members.branch",
                        verbose_name="团支部",
                    ),
                ),
                ("student_no", models.CharField(max_length=40, verbose_name="学号")),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                ("name_key", models.CharField(editable=False, max_length=80)),
                ("sort_key", models.CharField(editable=False, max_length=200)),
                (
                    "gender",
                    models.CharField(
                        blank=True,
                        choices=[("", "—"), ("male", "男"), ("female", "女")],
                        max_length=6,
                        verbose_name="性别",
                    ),
                ),
                ("grade", models.CharField(blank=True, max_length=20, verbose_name="年级")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="手机号码")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("member", "团员"),
                            ("applicant", "入团申请人"),
                            ("activist", "入团积极分子"),
                            ("candidate", "发展对象"),
                            ("student", "群众"),
                        ],
                        max_length=10,
                        verbose_name="发展阶段",
                    ),
                ),
                (
                    "party",
                    models.CharField(
                        blank=True,
                        choices=[("", "—"), ("probationary", "中共预备党员"), ("full", "中共党员")],
                        max_length=12,
                        verbose_name="党员身份",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "在籍"),
                            ("suspended", "休学"),
                            ("transferred", "转出"),
                            ("graduated", "毕业"),
                            ("exchange", "交流出国"),
                            ("army", "参军"),
                        ],
                        default="active",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("registered_on", models.DateField(blank=True, null=True, verbose_name="注册日期")),
                ("volunteer_no", models.CharField(blank=True, max_length=40, verbose_name="志愿者编号")),
                (
                    "registration_source",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("file", "志愿北京名单"),
                            ("claim", "待认领名单人工认领"),
                            ("secretary", "团委核实"),
                        ],
                        max_length=10,
                        verbose_name="核实来源",
                    ),
                ),
                (
                    "registration_evidence",
                    models.CharField(blank=True, max_length=300, verbose_name="核实依据"),
                ),
                (
                    "league_account_on",
                    models.DateField(blank=True, null=True, verbose_name="自报开通“北京共青团”账号"),
                ),
                (
                    "profile_completed_on",
                    models.DateField(blank=True, null=True, verbose_name="自报完善个人资料"),
                ),
                ("reported_on", models.DateField(blank=True, null=True, verbose_name="自报注册日期")),
                ("reported_no", models.CharField(blank=True, max_length=40, verbose_name="自报志愿者编号")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "人员",
                "verbose_name_plural": "人员",
                "indexes": [
                    models.Index(
                        fields=["branch", "stage", "state"],
                        include=("registered_on", "reported_on"),
                        name="member_rates",
                    ),
                    models.Index(fields=["branch", "sort_key", "student_no"], name="member_list"),
                    models.Index(fields=["school", "name_key"], name="member_name"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("school", "student_no"), name="member_number_once_per_school"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("volunteer_no", ""), _negated=True),
                        fields=("school", "volunteer_no"),
                        name="member_volunteer_no_once_per_school",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("registered_on", None), ("registration_source", ""), ("volunteer_no", "")
                            ),
                            models.Q(
                                ("registered_on__isnull", False),
                                models.Q(("registration_source", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="member_registration_has_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stage__in", ["member", "applicant", "activist", "candidate", "student"])
                        ),
                        name="member_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["active", "suspended", "transferred", "graduated", "exchange", "army"],
                            )
                        ),
                        name="member_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("registration_source__in", ["", "file", "claim", "secretary"])),
                        name="member_source_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("party__in", ["", "probationary", "full"])),
                        name="member_party_known",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="stays_in_school",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.school_id IS DISTINCT FROM NEW.school_id)",
                            func="RAISE EXCEPTION '人员不能改到其他学校。' USING ERRCODE = 'check_violation';",
                            hash="a42bf5758e4ea7b0981755b1f4e575d9dd4056a7",
                            operation="UPDATE",
                            pgid="pgtrigger_stays_in_school_10e5e",
                            table="members_member",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_branch b ON b.id = w.branch_id JOIN members_college c ON c.id = b.college_id WHERE c.school_id <> w.school_id) THEN RAISE EXCEPTION '人员与所在团支部不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="3c0d336ec16056374491994de82f33e94b39fded",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_43b83",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="members_member",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_branch b ON b.id = w.branch_id JOIN members_college c ON c.id = b.college_id WHERE c.school_id <> w.school_id) THEN RAISE EXCEPTION '人员与所在团支部不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="ed50de5220671d7187387cde821889f63dcae999",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_ba437",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="members_member",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_memberevent" ("branch_id", "created_at", "gender", "grade", "id", "league_account_on", "name", "name_key", "party", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "profile_completed_on", "registered_on", "registration_evidence", "registration_source", "reported_no", "reported_on", "school_id", "sort_key", "stage", "state", "student_no", "volunteer_no") SELECT new_values."branch_id", new_values."created_at", new_values."gender", new_values."grade", new_values."id", new_values."league_account_on", new_values."name", new_values."name_key", new_values."party", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."phone", new_values."profile_completed_on", new_values."registered_on", new_values."registration_evidence", new_values."registration_source", new_values."reported_no", new_values."reported_on", new_values."school_id", new_values."sort_key", new_values."stage", new_values."state", new_values."student_no", new_values."volunteer_no" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="654eb3e124f4b0d00622da3dc197f729b42e5877",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_2df50",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_member",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_memberevent" ("branch_id", "created_at", "gender", "grade", "id", "league_account_on", "name", "name_key", "party", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "profile_completed_on", "registered_on", "registration_evidence", "registration_source", "reported_no", "reported_on", "school_id", "sort_key", "stage", "state", "student_no", "volunteer_no") SELECT new_values."branch_id", new_values."created_at", new_values."gender", new_values."grade", new_values."id", new_values."league_account_on", new_values."name", new_values."name_key", new_values."party", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."phone", new_values."profile_completed_on", new_values."registered_on", new_values."registration_evidence", new_values."registration_source", new_values."reported_no", new_values."reported_on", new_values."school_id", new_values."sort_key", new_values."stage", new_values."state", new_values."student_no", new_values."volunteer_no" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="30d977734e63a7d464629e0e59935aeb6e7b60ec",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_b1bc1",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_member",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_memberevent" ("branch_id", "created_at", "gender", "grade", "id", "league_account_on", "name", "name_key", "party", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "profile_completed_on", "registered_on", "registration_evidence", "registration_source", "reported_no", "reported_on", "school_id", "sort_key", "stage", "state", "student_no", "volunteer_no") SELECT old_values."branch_id", old_values."created_at", old_values."gender", old_values."grade", old_values."id", old_values."league_account_on", old_values."name", old_values."name_key", old_values."party", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phone", old_values."profile_completed_on", old_values."registered_on", old_values."registration_evidence", old_values."registration_source", old_values."reported_no", old_values."reported_on", old_values."school_id", old_values."sort_key", old_values."stage", old_values."state", old_values."student_no", old_values."volunteer_no" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="809b49e021a0eb497afe7d103d66e348fa725cb4",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_925fb",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_member",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.member",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "school",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.branch",
                        verbose_name="团支部",
                    ),
                ),
                ("student_no", models.CharField(max_length=40, verbose_name="学号")),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                ("name_key", models.CharField(editable=False, max_length=80)),
                ("sort_key", models.CharField(editable=False, max_length=200)),
                (
                    "gender",
                    models.CharField(
                        blank=True,
                        choices=[("", "—"), ("male", "男"), ("female", "女")],
                        max_length=6,
                        verbose_name="性别",
                    ),
                ),
                ("grade", models.CharField(blank=True, max_length=20, verbose_name="年级")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="手机号码")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("member", "团员"),
                            ("applicant", "入团申请人"),
                            ("activist", "入团积极分子"),
                            ("candidate", "发展对象"),
                            ("student", "群众"),
                        ],
                        max_length=10,
                        verbose_name="发展阶段",
                    ),
                ),
                (
                    "party",
                    models.CharField(
                        blank=True,
                        choices=[("", "—"), ("probationary", "中共预备党员"), ("full", "中共党员")],
                        max_length=12,
                        verbose_name="党员身份",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "在籍"),
                            ("suspended", "休学"),
                            ("transferred", "转出"),
                            ("graduated", "毕业"),
                            ("exchange", "交流出国"),
                            ("army", "参军"),
                        ],
                        default="active",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("registered_on", models.DateField(blank=True, null=True, verbose_name="注册日期")),
                ("volunteer_no", models.CharField(blank=True, max_length=40, verbose_name="志愿者编号")),
                (
                    "registration_source",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("file", "志愿北京名单"),
                            ("claim", "待认领名单人工认领"),
                            ("secretary", "团委核实"),
                        ],
                        max_length=10,
                        verbose_name="核实来源",
                    ),
                ),
                (
                    "registration_evidence",
                    models.CharField(blank=True, max_length=300, verbose_name="核实依据"),
                ),
                (
                    "league_account_on",
                    models.DateField(blank=True, null=True, verbose_name="自报开通“北京共青团”账号"),
                ),
                (
                    "profile_completed_on",
                    models.DateField(blank=True, null=True, verbose_name="自报完善个人资料"),
                ),
                ("reported_on", models.DateField(blank=True, null=True, verbose_name="自报注册日期")),
                ("reported_no", models.CharField(blank=True, max_length=40, verbose_name="自报志愿者编号")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="b055d7b5cba049d1a705cea0da82af7968abd891",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_6dccd",
                            table="members_memberevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="adf47588a34feaa7fc9f2d2dcecbee2efbf62151",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_de38d",
                            table="members_memberevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("username", models.CharField(max_length=80, unique=True, verbose_name="账号")),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="users",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "number",
                    models.CharField(blank=True, db_index=True, max_length=40, verbose_name="学号或工号"),
                ),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                (
                    "member",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="user",
                        to="members.member",
                        verbose_name="本人",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("is_staff", models.BooleanField(default=False, verbose_name="可进入后台")),
                ("date_joined", models.DateTimeField(auto_now_add=True, verbose_name="开通时间")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "账号",
                "verbose_name_plural": "账号",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id WHERE m.school_id IS DISTINCT FROM w.school_id) THEN RAISE EXCEPTION '账号与本人不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="051a197a3063bf4ac861675a1cf6616009ed47b8",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_ef86e",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="members_user",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id WHERE m.school_id IS DISTINCT FROM w.school_id) THEN RAISE EXCEPTION '账号与本人不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="723f42afb94483779bb5ad9267ad2c0b4b5788ea",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_f0492",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="members_user",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_userevent" ("date_joined", "id", "is_active", "is_staff", "is_superuser", "member_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "username") SELECT new_values."date_joined", new_values."id", new_values."is_active", new_values."is_staff", new_values."is_superuser", new_values."member_id", new_values."name", new_values."number", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."school_id", new_values."username" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="d180a161f752318a7e6caa218a204c9ec3a75f9e",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_ad80e",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_user",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_userevent" ("date_joined", "id", "is_active", "is_staff", "is_superuser", "member_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "username") SELECT new_values."date_joined", new_values."id", new_values."is_active", new_values."is_staff", new_values."is_superuser", new_values."member_id", new_values."name", new_values."number", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."school_id", new_values."username" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."date_joined" IS DISTINCT FROM (new_values."date_joined") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."is_active" IS DISTINCT FROM (new_values."is_active") OR old_values."is_staff" IS DISTINCT FROM (new_values."is_staff") OR old_values."is_superuser" IS DISTINCT FROM (new_values."is_superuser") OR old_values."member_id" IS DISTINCT FROM (new_values."member_id") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."number" IS DISTINCT FROM (new_values."number") OR old_values."school_id" IS DISTINCT FROM (new_values."school_id") OR old_values."username" IS DISTINCT FROM (new_values."username")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="51846869418b6f7b3500531129f1b19e97e3afdc",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_3d12e",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_user",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_userevent" ("date_joined", "id", "is_active", "is_staff", "is_superuser", "member_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "school_id", "username") SELECT old_values."date_joined", old_values."id", old_values."is_active", old_values."is_staff", old_values."is_superuser", old_values."member_id", old_values."name", old_values."number", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."school_id", old_values."username" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="1c03e5926ba6fda5fd832493b521c09c24a5d674",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_d335d",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_user",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UserEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("username", models.CharField(max_length=80, verbose_name="账号")),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="学号或工号")),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
                        verbose_name="本人",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("is_staff", models.BooleanField(default=False, verbose_name="可进入后台")),
                ("date_joined", models.DateTimeField(auto_now_add=True, verbose_name="开通时间")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="926a62e95b0d222a05ca8ef2c8ec9b0510502c97",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_0582d",
                            table="members_userevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="6e6f445c10124e522221cc62ca1718ae3df25912",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_6ec1d",
                            table="members_userevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grants",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("school_admin", "校团委"),
                            ("college_secretary", "学院团委书记"),
                            ("branch_secretary", "团支书"),
                            ("liaison", "街乡负责人"),
                        ],
                        max_length=20,
                        verbose_name="角色",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="members.branch",
                        verbose_name="团支部",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="members.street",
                        verbose_name="街乡",
                    ),
                ),
                (
                    "starts_on",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="开始日期"),
                ),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="结束日期")),
            ],
            options={
                "verbose_name": "授权",
                "verbose_name_plural": "授权",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("branch", None),
                                ("college", None),
                                ("role", "school_admin"),
                                ("school__isnull", False),
                                ("street", None),
                            ),
                            models.Q(
                                ("branch", None),
                                ("college__isnull", False),
                                ("role", "college_secretary"),
                                ("school", None),
                                ("street", None),
                            ),
                            models.Q(
                                ("branch__isnull", False),
                                ("college", None),
                                ("role", "branch_secretary"),
                                ("school", None),
                                ("street", None),
                            ),
                            models.Q(
                                ("branch", None),
                                ("college", None),
                                ("role", "liaison"),
                                ("school", None),
                                ("street__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="grant_role_fits_scope",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="grant_ends_after_start",
                    ),
                    models.UniqueConstraint(
                        fields=("user", "role", "school", "college", "branch", "street"),
                        name="grant_once_per_scope",
                        nulls_distinct=False,
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_grantevent" ("branch_id", "college_id", "ends_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "school_id", "starts_on", "street_id", "user_id") SELECT new_values."branch_id", new_values."college_id", new_values."ends_on", new_values."id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."role", new_values."school_id", new_values."starts_on", new_values."street_id", new_values."user_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="ded74279d57a9c6c3b8466796d4b2dcb4650271a",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_34046",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_grant",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_grantevent" ("branch_id", "college_id", "ends_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "school_id", "starts_on", "street_id", "user_id") SELECT new_values."branch_id", new_values."college_id", new_values."ends_on", new_values."id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."role", new_values."school_id", new_values."starts_on", new_values."street_id", new_values."user_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="7b8f5ac20341fe7062654cd500fe49abf87e0696",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_ea8e9",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_grant",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_grantevent" ("branch_id", "college_id", "ends_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "school_id", "starts_on", "street_id", "user_id") SELECT old_values."branch_id", old_values."college_id", old_values."ends_on", old_values."id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."role", old_values."school_id", old_values."starts_on", old_values."street_id", old_values."user_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="840b5215aa7e96dd9a27eab5103c016bd494c21f",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_ddcb9",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_grant",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GrantEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.grant",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("school_admin", "校团委"),
                            ("college_secretary", "学院团委书记"),
                            ("branch_secretary", "团支书"),
                            ("liaison", "街乡负责人"),
                        ],
                        max_length=20,
                        verbose_name="角色",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.branch",
                        verbose_name="团支部",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.street",
                        verbose_name="街乡",
                    ),
                ),
                (
                    "starts_on",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="开始日期"),
                ),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="结束日期")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="e9d7d1241e8248ca02bf6b3a4a1761fec68ce273",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_e8492",
                            table="members_grantevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="8d4b78ede9f837de1e69ca9e8842f3f002cc0a35",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_3f2fe",
                            table="members_grantevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportLog",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to="members.school",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="内容")),
                ("filters", models.JSONField(default=dict, verbose_name="筛选条件")),
                ("rows", models.PositiveIntegerField(verbose_name="行数")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
            ],
            options={
                "verbose_name": "导出记录",
                "verbose_name_plural": "导出记录",
                "ordering": ["-at"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="97c472f9867702231a61bb897419d4a33a5a6e4f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_51f80",
                            table="members_exportlog",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '导出记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="25e56807cb3b5dada3462d74043af48670b7ee73",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_2db78",
                            table="members_exportlog",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="export_jobs",
                        to="members.school",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="export_jobs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("title", models.CharField(max_length=40, verbose_name="内容")),
                ("filters", models.JSONField(default=dict, verbose_name="筛选条件")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待"),
                            ("running", "进行中"),
                            ("done", "完成"),
                            ("failed", "失败"),
                            ("expired", "已过期"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("rights", models.JSONField(default=list)),
                ("total", models.PositiveIntegerField(null=True)),
                ("done", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("file", models.FileField(blank=True, upload_to="exports/%Y/%m/")),
                ("filename", models.CharField(blank=True, max_length=200, verbose_name="文件名")),
                ("problem", models.TextField(blank=True, verbose_name="原因")),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="申请时间")),
                ("heard_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(null=True, verbose_name="完成时间")),
            ],
            options={
                "verbose_name": "导出",
                "verbose_name_plural": "导出",
                "ordering": ["-asked_at", "-pk"],
                "indexes": [
                    models.Index(fields=["user", "-asked_at"], name="export_own"),
                    models.Index(fields=["state", "heard_at"], name="export_stalled"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "running", "done", "failed", "expired"])
                        ),
                        name="export_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finished_at__isnull", False),
                                ("state", "done"),
                                models.Q(("file", ""), _negated=True),
                            ),
                            models.Q(models.Q(("state", "done"), _negated=True), ("file", "")),
                            _connector="OR",
                        ),
                        name="export_file_when_done",
                    ),
                    models.UniqueConstraint(
                        models.F("user"),
                        models.F("kind"),
                        django.db.models.functions.text.MD5(
                            django.db.models.functions.comparison.Cast("filters", models.TextField())
                        ),
                        condition=models.Q(("state__in", ["waiting", "running"])),
                        name="export_once_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="years",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("tidy_starts_on", models.DateField(verbose_name="组织梳理开始")),
                ("tidy_ends_on", models.DateField(verbose_name="组织梳理结束")),
                ("registration_starts_on", models.DateField(verbose_name="团员注册开始")),
                ("registration_ends_on", models.DateField(verbose_name="团员注册结束")),
                (
                    "pairing_opens_at",
                    models.DateTimeField(help_text="北京时间，精确到秒", verbose_name="街乡结对开放时间"),
                ),
                ("pairing_closes_at", models.DateTimeField(verbose_name="街乡结对关闭时间")),
                ("first_service_by", models.DateField(verbose_name="首次志愿服务完成期限")),
                ("bulletin_anchor", models.DateField(verbose_name="首期通报日期")),
                (
                    "bulletin_interval_days",
                    models.PositiveSmallIntegerField(default=2, verbose_name="通报间隔（天）"),
                ),
                ("bulletin_ends_on", models.DateField(verbose_name="通报截止日期")),
                (
                    "required_minutes",
                    models.PositiveIntegerField(
                        default=1200, help_text="1200 分钟即 20 小时", verbose_name="年度服务时长要求（分钟）"
                    ),
                ),
                (
                    "floor_percent",
                    models.PositiveSmallIntegerField(default=95, verbose_name="团支部注册率底线（%）"),
                ),
                (
                    "excellent_quota_percent",
                    models.PositiveSmallIntegerField(default=30, verbose_name="评议优秀比例上限（%）"),
                ),
                (
                    "semester_visit_is_gate",
                    models.BooleanField(default=False, verbose_name="每学期街乡服务作为评优条件"),
                ),
                (
                    "member_honour_floor",
                    models.CharField(
                        choices=[
                            ("college", "院级"),
                            ("school", "校级"),
                            ("city", "市级"),
                            ("nation", "国家级"),
                        ],
                        default="school",
                        help_text="二（二）为市级以上，四.3 为校级以上；默认从严，按校级",
                        max_length=10,
                        verbose_name="团员条件限制的最低荣誉级别",
                    ),
                ),
                (
                    "branch_honour_floor",
                    models.CharField(
                        choices=[
                            ("college", "院级"),
                            ("school", "校级"),
                            ("city", "市级"),
                            ("nation", "国家级"),
                        ],
                        default="school",
                        max_length=10,
                        verbose_name="团支部条件限制的最低荣誉级别",
                    ),
                ),
                (
                    "appraisal_sources",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("attendance", "本平台签到"),
                                ("supplement", "补录"),
                                ("league", "北京共青团"),
                                ("volunteer_beijing", "志愿北京"),
                            ],
                            max_length=20,
                        ),
                        default=members.models.years.appraisal_sources,
                        size=None,
                        verbose_name="评议认定的时长来源",
                    ),
                ),
                (
                    "admission_sources",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("attendance", "本平台签到"),
                                ("supplement", "补录"),
                                ("league", "北京共青团"),
                                ("volunteer_beijing", "志愿北京"),
                            ],
                            max_length=20,
                        ),
                        default=members.models.years.admission_sources,
                        size=None,
                        verbose_name="发展团员认定的时长来源",
                    ),
                ),
                (
                    "daily_cap_minutes",
                    models.PositiveSmallIntegerField(default=480, verbose_name="每日时长上限（分钟）"),
                ),
                (
                    "confirm_working_days",
                    models.PositiveSmallIntegerField(default=10, verbose_name="时长确认期限（工作日）"),
                ),
                ("urban_cap", models.PositiveSmallIntegerField(default=5, verbose_name="城区街乡对接上限")),
                (
                    "suburban_cap",
                    models.PositiveSmallIntegerField(default=3, verbose_name="郊区街乡对接上限"),
                ),
                ("urban_quota", models.PositiveSmallIntegerField(default=7, verbose_name="城区结对数")),
                ("suburban_quota", models.PositiveSmallIntegerField(default=3, verbose_name="郊区结对数")),
                (
                    "streets_assigned",
                    models.BooleanField(default=False, verbose_name="只能选择分配给我校的街乡"),
                ),
                (
                    "streets_shared",
                    models.BooleanField(default=False, verbose_name="允许多个学院与同一街乡结对"),
                ),
                (
                    "offline_days",
                    models.PositiveSmallIntegerField(default=3, verbose_name="线下结对期限（天）"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "年度规则",
                "verbose_name_plural": "年度规则",
                "ordering": ["-year"],
                "constraints": [
                    models.UniqueConstraint(fields=("school", "year"), name="year_once_per_school"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("excellent_quota_percent__range", (0, 100)), ("floor_percent__range", (1, 100))
                        ),
                        name="year_percentages_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("bulletin_interval_days__gte", 1)),
                        name="year_interval_at_least_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("bulletin_ends_on__gte", models.F("bulletin_anchor")),
                            ("pairing_closes_at__gt", models.F("pairing_opens_at")),
                            ("registration_ends_on__gte", models.F("registration_starts_on")),
                            ("tidy_ends_on__gte", models.F("tidy_starts_on")),
                        ),
                        name="year_stages_in_order",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_serviceyearevent" ("admission_sources", "appraisal_sources", "branch_honour_floor", "bulletin_anchor", "bulletin_ends_on", "bulletin_interval_days", "confirm_working_days", "created_at", "daily_cap_minutes", "excellent_quota_percent", "first_service_by", "floor_percent", "id", "member_honour_floor", "offline_days", "pairing_closes_at", "pairing_opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registration_ends_on", "registration_starts_on", "required_minutes", "school_id", "semester_visit_is_gate", "streets_assigned", "streets_shared", "suburban_cap", "suburban_quota", "tidy_ends_on", "tidy_starts_on", "urban_cap", "urban_quota", "year") SELECT new_values."admission_sources", new_values."appraisal_sources", new_values."branch_honour_floor", new_values."bulletin_anchor", new_values."bulletin_ends_on", new_values."bulletin_interval_days", new_values."confirm_working_days", new_values."created_at", new_values."daily_cap_minutes", new_values."excellent_quota_percent", new_values."first_service_by", new_values."floor_percent", new_values."id", new_values."member_honour_floor", new_values."offline_days", new_values."pairing_closes_at", new_values."pairing_opens_at", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."registration_ends_on", new_values."registration_starts_on", new_values."required_minutes", new_values."school_id", new_values."semester_visit_is_gate", new_values."streets_assigned", new_values."streets_shared", new_values."suburban_cap", new_values."suburban_quota", new_values."tidy_ends_on", new_values."tidy_starts_on", new_values."urban_cap", new_values."urban_quota", new_values."year" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="ce146299e7f18925169c7f8364c3d257cf64b834",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_fbc1c",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_serviceyear",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_serviceyearevent" ("admission_sources", "appraisal_sources", "branch_honour_floor", "bulletin_anchor", "bulletin_ends_on", "bulletin_interval_days", "confirm_working_days", "created_at", "daily_cap_minutes", "excellent_quota_percent", "first_service_by", "floor_percent", "id", "member_honour_floor", "offline_days", "pairing_closes_at", "pairing_opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registration_ends_on", "registration_starts_on", "required_minutes", "school_id", "semester_visit_is_gate", "streets_assigned", "streets_shared", "suburban_cap", "suburban_quota", "tidy_ends_on", "tidy_starts_on", "urban_cap", "urban_quota", "year") SELECT new_values."admission_sources", new_values."appraisal_sources", new_values."branch_honour_floor", new_values."bulletin_anchor", new_values."bulletin_ends_on", new_values."bulletin_interval_days", new_values."confirm_working_days", new_values."created_at", new_values."daily_cap_minutes", new_values."excellent_quota_percent", new_values."first_service_by", new_values."floor_percent", new_values."id", new_values."member_honour_floor", new_values."offline_days", new_values."pairing_closes_at", new_values."pairing_opens_at", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."registration_ends_on", new_values."registration_starts_on", new_values."required_minutes", new_values."school_id", new_values."semester_visit_is_gate", new_values."streets_assigned", new_values."streets_shared", new_values."suburban_cap", new_values."suburban_quota", new_values."tidy_ends_on", new_values."tidy_starts_on", new_values."urban_cap", new_values."urban_quota", new_values."year" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="93898dc6177e5603102fcc00cfe4a4666ada8607",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_d56f1",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_serviceyear",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_serviceyearevent" ("admission_sources", "appraisal_sources", "branch_honour_floor", "bulletin_anchor", "bulletin_ends_on", "bulletin_interval_days", "confirm_working_days", "created_at", "daily_cap_minutes", "excellent_quota_percent", "first_service_by", "floor_percent", "id", "member_honour_floor", "offline_days", "pairing_closes_at", "pairing_opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registration_ends_on", "registration_starts_on", "required_minutes", "school_id", "semester_visit_is_gate", "streets_assigned", "streets_shared", "suburban_cap", "suburban_quota", "tidy_ends_on", "tidy_starts_on", "urban_cap", "urban_quota", "year") SELECT old_values."admission_sources", old_values."appraisal_sources", old_values."branch_honour_floor", old_values."bulletin_anchor", old_values."bulletin_ends_on", old_values."bulletin_interval_days", old_values."confirm_working_days", old_values."created_at", old_values."daily_cap_minutes", old_values."excellent_quota_percent", old_values."first_service_by", old_values."floor_percent", old_values."id", old_values."member_honour_floor", old_values."offline_days", old_values."pairing_closes_at", old_values."pairing_opens_at", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."registration_ends_on", old_values."registration_starts_on", old_values."required_minutes", old_values."school_id", old_values."semester_visit_is_gate", old_values."streets_assigned", old_values."streets_shared", old_values."suburban_cap", old_values."suburban_quota", old_values."tidy_ends_on", old_values."tidy_starts_on", old_values."urban_cap", old_values."urban_quota", old_values."year" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="e69ab51731ca82e209e62679f966b69f9fce96af",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_74616",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_serviceyear",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceYearEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.serviceyear",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "school",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("tidy_starts_on", models.DateField(verbose_name="组织梳理开始")),
                ("tidy_ends_on", models.DateField(verbose_name="组织梳理结束")),
                ("registration_starts_on", models.DateField(verbose_name="团员注册开始")),
                ("registration_ends_on", models.DateField(verbose_name="团员注册结束")),
                (
                    "pairing_opens_at",
                    models.DateTimeField(help_text="北京时间，精确到秒", verbose_name="街乡结对开放时间"),
                ),
                ("pairing_closes_at", models.DateTimeField(verbose_name="街乡结对关闭时间")),
                ("first_service_by", models.DateField(verbose_name="首次志愿服务完成期限")),
                ("bulletin_anchor", models.DateField(verbose_name="首期通报日期")),
                (
                    "bulletin_interval_days",
                    models.PositiveSmallIntegerField(default=2, verbose_name="通报间隔（天）"),
                ),
                ("bulletin_ends_on", models.DateField(verbose_name="通报截止日期")),
                (
                    "required_minutes",
                    models.PositiveIntegerField(
                        default=1200, help_text="1200 分钟即 20 小时", verbose_name="年度服务时长要求（分钟）"
                    ),
                ),
                (
                    "floor_percent",
                    models.PositiveSmallIntegerField(default=95, verbose_name="团支部注册率底线（%）"),
                ),
                (
                    "excellent_quota_percent",
                    models.PositiveSmallIntegerField(default=30, verbose_name="评议优秀比例上限（%）"),
                ),
                (
                    "semester_visit_is_gate",
                    models.BooleanField(default=False, verbose_name="每学期街乡服务作为评优条件"),
                ),
                (
                    "member_honour_floor",
                    models.CharField(
                        choices=[
                            ("college", "院级"),
                            ("school", "校级"),
                            ("city", "市级"),
                            ("nation", "国家级"),
                        ],
                        default="school",
                        help_text="二（二）为市级以上，四.3 为校级以上；默认从严，按校级",
                        max_length=10,
                        verbose_name="团员条件限制的最低荣誉级别",
                    ),
                ),
                (
                    "branch_honour_floor",
                    models.CharField(
                        choices=[
                            ("college", "院级"),
                            ("school", "校级"),
                            ("city", "市级"),
                            ("nation", "国家级"),
                        ],
                        default="school",
                        max_length=10,
                        verbose_name="团支部条件限制的最低荣誉级别",
                    ),
                ),
                (
                    "appraisal_sources",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("attendance", "本平台签到"),
                                ("supplement", "补录"),
                                ("league", "北京共青团"),
                                ("volunteer_beijing", "志愿北京"),
                            ],
                            max_length=20,
                        ),
                        default=members.models.years.appraisal_sources,
                        size=None,
                        verbose_name="评议认定的时长来源",
                    ),
                ),
                (
                    "admission_sources",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("attendance", "本平台签到"),
                                ("supplement", "补录"),
                                ("league", "北京共青团"),
                                ("volunteer_beijing", "志愿北京"),
                            ],
                            max_length=20,
                        ),
                        default=members.models.years.admission_sources,
                        size=None,
                        verbose_name="发展团员认定的时长来源",
                    ),
                ),
                (
                    "daily_cap_minutes",
                    models.PositiveSmallIntegerField(default=480, verbose_name="每日时长上限（分钟）"),
                ),
                (
                    "confirm_working_days",
                    models.PositiveSmallIntegerField(default=10, verbose_name="时长确认期限（工作日）"),
                ),
                ("urban_cap", models.PositiveSmallIntegerField(default=5, verbose_name="城区街乡对接上限")),
                (
                    "suburban_cap",
                    models.PositiveSmallIntegerField(default=3, verbose_name="郊区街乡对接上限"),
                ),
                ("urban_quota", models.PositiveSmallIntegerField(default=7, verbose_name="城区结对数")),
                ("suburban_quota", models.PositiveSmallIntegerField(default=3, verbose_name="郊区结对数")),
                (
                    "streets_assigned",
                    models.BooleanField(default=False, verbose_name="只能选择分配给我校的街乡"),
                ),
                (
                    "streets_shared",
                    models.BooleanField(default=False, verbose_name="允许多个学院与同一街乡结对"),
                ),
                (
                    "offline_days",
                    models.PositiveSmallIntegerField(default=3, verbose_name="线下结对期限（天）"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="4a3a0f28e7c41ee264953854a4e7a7efedf4891d",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_7146f",
                            table="members_serviceyearevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="c7e4b2f35521cd11b47aab86d30968bbe980ef4e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_d6c26",
                            table="members_serviceyearevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Semester",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="semesters",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="学期")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("ends_on", models.DateField(verbose_name="结束日期")),
            ],
            options={
                "verbose_name": "学期",
                "verbose_name_plural": "学期",
                "ordering": ["starts_on"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "name"), name="semester_name_once_per_year"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="semester_ends_after_start",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_semesterevent" ("ends_on", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts_on", "year_id") SELECT new_values."ends_on", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."starts_on", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="8c9c1be117da9d7a21374a9b3948bc0f4e16b615",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_6a93b",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_semester",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_semesterevent" ("ends_on", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts_on", "year_id") SELECT new_values."ends_on", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."starts_on", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="34b41424743161003f42daaa74a5578ffabb57be",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_4d2b9",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_semester",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_semesterevent" ("ends_on", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts_on", "year_id") SELECT old_values."ends_on", old_values."id", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."starts_on", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="0a60d1c3f0ae5fa55eceede5c1ffc3e2db2d4b13",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_b571c",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_semester",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SemesterEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.semester",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "year",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="学期")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("ends_on", models.DateField(verbose_name="结束日期")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="6f1be23d43a3bc3a29a69677e00200912c854c6f",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_5f212",
                            table="members_semesterevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="baec653fc5971817ccc96118a264f77f35994d09",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_d2dc7",
                            table="members_semesterevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="imports",
                        to="members.school",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="imports",
                        to="members.college",
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="imports",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("organisation", "组织架构"),
                            ("roster", "团员花名册"),
                            ("volunteers", "志愿者名单"),
                            ("streets", "街乡名录"),
                            ("codes", "申请结对码"),
                            ("hours", "服务时长"),
                        ],
                        max_length=20,
                        verbose_name="类别",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "正在读取"),
                            ("preview", "待确认"),
                            ("writing", "正在导入"),
                            ("done", "已完成"),
                            ("dropped", "已放弃"),
                            ("failed", "未能读取"),
                        ],
                        default="reading",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("file", models.FileField(blank=True, upload_to="imports/%Y/%m/")),
                ("filename", models.CharField(max_length=200, verbose_name="文件名")),
                ("header", models.JSONField(default=list)),
                ("problem", models.TextField(blank=True, verbose_name="原因")),
                ("figures", models.JSONField(default=dict)),
                ("notes", models.JSONField(default=dict)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="导入时间")),
            ],
            options={
                "verbose_name": "导入",
                "verbose_name_plural": "导入",
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="members.importrun",
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("sheet", models.CharField(blank=True, max_length=100)),
                ("number", models.PositiveIntegerField(verbose_name="行号")),
                ("key", models.CharField(blank=True, max_length=200)),
                ("original", models.JSONField()),
                ("data", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "新增"),
                            ("changed", "变更"),
                            ("same", "无变化"),
                            ("unclear", "待认领"),
                            ("error", "有误"),
                        ],
                        max_length=8,
                        verbose_name="结果",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="原因")),
                ("changes", models.JSONField(default=dict)),
                ("target", models.BigIntegerField(null=True)),
                ("college_id", models.BigIntegerField(null=True)),
                ("branch_id", models.BigIntegerField(null=True)),
            ],
            options={
                "ordering": ["position"],
                "indexes": [
                    models.Index(fields=["run", "status", "position"], name="importrow_page"),
                    models.Index(fields=["run", "key"], name="importrow_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="VolunteerRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="volunteers",
                        to="members.school",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="volunteers",
                        to="members.college",
                    ),
                ),
                ("volunteer_no", models.CharField(blank=True, max_length=40, verbose_name="志愿者编号")),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                ("name_key", models.CharField(editable=False, max_length=80)),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="手机号码")),
                ("student_no", models.CharField(blank=True, max_length=40, verbose_name="学号")),
                ("group_name", models.CharField(blank=True, max_length=200, verbose_name="所属团体")),
                ("registered_on", models.DateField(blank=True, null=True, verbose_name="注册日期")),
                (
                    "state",
                    models.CharField(
                        choices=[("matched", "已匹配"), ("unclear", "待认领"), ("dismissed", "非本校人员")],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("by_hand_only", models.BooleanField(default=False, verbose_name="只由人工认领")),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="volunteer_records",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "志愿者名单记录",
                "verbose_name_plural": "志愿者名单记录",
                "indexes": [models.Index(fields=["school", "state", "college"], name="volunteer_waiting")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("volunteer_no", ""), _negated=True),
                        fields=("school", "volunteer_no"),
                        name="volunteer_no_once_per_school",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("volunteer_no", "")),
                        fields=("school", "name_key", "phone", "student_no"),
                        name="volunteer_without_no_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("member__isnull", False), ("state", "matched")),
                            models.Q(("member", None), ("state__in", ["unclear", "dismissed"])),
                            _connector="OR",
                        ),
                        name="volunteer_matched_has_member",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id WHERE m.school_id <> w.school_id) THEN RAISE EXCEPTION '志愿者名单记录与人员不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="33ba84d4299cf9c82dc9e02c7ea1c422264c7411",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_73f89",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="members_volunteerrecord",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id WHERE m.school_id <> w.school_id) THEN RAISE EXCEPTION '志愿者名单记录与人员不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="de5f7b2f846e73b2a795af34e9bb7781cc5855b0",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_9218d",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="members_volunteerrecord",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_volunteerrecordevent" ("by_hand_only", "college_id", "created_at", "group_name", "id", "member_id", "name", "name_key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "reason", "registered_on", "school_id", "state", "student_no", "volunteer_no") SELECT new_values."by_hand_only", new_values."college_id", new_values."created_at", new_values."group_name", new_values."id", new_values."member_id", new_values."name", new_values."name_key", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."phone", new_values."reason", new_values."registered_on", new_values."school_id", new_values."state", new_values."student_no", new_values."volunteer_no" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="3779d845fea4af2fb28387be06043205efdd7435",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_2d1b9",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="members_volunteerrecord",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_volunteerrecordevent" ("by_hand_only", "college_id", "created_at", "group_name", "id", "member_id", "name", "name_key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "reason", "registered_on", "school_id", "state", "student_no", "volunteer_no") SELECT new_values."by_hand_only", new_values."college_id", new_values."created_at", new_values."group_name", new_values."id", new_values."member_id", new_values."name", new_values."name_key", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."phone", new_values."reason", new_values."registered_on", new_values."school_id", new_values."state", new_values."student_no", new_values."volunteer_no" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="f369d0a691e9506747c43bc4680d9d144715e027",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_550d5",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="members_volunteerrecord",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_volunteerrecordevent" ("by_hand_only", "college_id", "created_at", "group_name", "id", "member_id", "name", "name_key", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "reason", "registered_on", "school_id", "state", "student_no", "volunteer_no") SELECT old_values."by_hand_only", old_values."college_id", old_values."created_at", old_values."group_name", old_values."id", old_values."member_id", old_values."name", old_values."name_key", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phone", old_values."reason", old_values."registered_on", old_values."school_id", old_values."state", old_values."student_no", old_values."volunteer_no" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="2354f7de09998a0805203a19638a10ec177a8985",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_e28fd",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="members_volunteerrecord",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VolunteerRecordEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.volunteerrecord",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                (
                    "school",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.school",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.college",
                    ),
                ),
                ("volunteer_no", models.CharField(blank=True, max_length=40, verbose_name="志愿者编号")),
                ("name", models.CharField(max_length=80, verbose_name="姓名")),
                ("name_key", models.CharField(editable=False, max_length=80)),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="手机号码")),
                ("student_no", models.CharField(blank=True, max_length=40, verbose_name="学号")),
                ("group_name", models.CharField(blank=True, max_length=200, verbose_name="所属团体")),
                ("registered_on", models.DateField(blank=True, null=True, verbose_name="注册日期")),
                (
                    "state",
                    models.CharField(
                        choices=[("matched", "已匹配"), ("unclear", "待认领"), ("dismissed", "非本校人员")],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("by_hand_only", models.BooleanField(default=False, verbose_name="只由人工认领")),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="6abe494687db0f556f38654d47c2de0ebc7c602c",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_f3f39",
                            table="members_volunteerrecordevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="99f427e16a59db5786e7fd392d445206f90e70f7",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_7a325",
                            table="members_volunteerrecordevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inbox",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="标题")),
                ("text", models.TextField(max_length=1000, verbose_name="内容")),
                ("url", models.CharField(blank=True, max_length=300, verbose_name="去处理")),
                ("key", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="阅读时间")),
            ],
            options={
                "verbose_name": "消息",
                "verbose_name_plural": "消息",
                "ordering": ["-created_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("read_at", None)), fields=["user"], name="message_unread"
                    ),
                    models.Index(fields=["user", "-created_at"], name="message_inbox"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "key"), name="message_once_per_reason")
                ],
            },
        ),
    ]
