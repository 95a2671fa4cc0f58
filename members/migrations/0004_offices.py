"""Terms of one office stay apart instead of replacing each other; the roster's column of offices; accounts by file."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import members.models.accounts


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0003_number_in_any_case"),
    ]

    operations = [
        BtreeGistExtension(),
        pgtrigger.migrations.RemoveTrigger(
            model_name="member",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="member",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="member",
            name="delete_delete",
        ),
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_once_per_scope",
        ),
        migrations.AddField(
            model_name="member",
            name="office",
            field=models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="职务"),
        ),
        migrations.AddField(
            model_name="memberevent",
            name="office",
            field=models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="职务"),
        ),
        migrations.AlterField(
            model_name="importrun",
            name="kind",
            field=models.CharField(
                choices=[
                    ("organisation", "组织架构"),
                    ("roster", "团员花名册"),
                    ("volunteers", "志愿者名单"),
                    ("streets", "街乡名录"),
                    ("codes", "申请结对码"),
                    ("hours", "服务时长"),
                    ("accounts", "账号与授权"),
                ],
                max_length=20,
                verbose_name="类别",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="member",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_memberevent" ("branch_id", "created_at", "gender", "grade", "id", "league_account_on", "name", "name_key", "office", "party", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "profile_completed_on", "registered_on", "registration_evidence", "registration_source", "reported_no", "reported_on", "school_id", "sort_key", "stage", "state", "student_no", "volunteer_no") SELECT new_values."branch_id", new_values."created_at", new_values."gender", new_values."grade", new_values."id", new_values."league_account_on", new_values."name", new_values."name_key", new_values."office", new_values."party", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."phone", new_values."profile_completed_on", new_values."registered_on", new_values."registration_evidence", new_values."registration_source", new_values."reported_no", new_values."reported_on", new_values."school_id", new_values."sort_key", new_values."stage", new_values."state", new_values."student_no", new_values."volunteer_no" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="d8692d83b8200e3b9a1fef32e5a9691d15349e7e",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2df50",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="members_member",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="member",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_memberevent" ("branch_id", "created_at", "gender", "grade", "id", "league_account_on", "name", "name_key", "office", "party", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "profile_completed_on", "registered_on", "registration_evidence", "registration_source", "reported_no", "reported_on", "school_id", "sort_key", "stage", "state", "student_no", "volunteer_no") SELECT new_values."branch_id", new_values."created_at", new_values."gender", new_values."grade", new_values."id", new_values."league_account_on", new_values."name", new_values."name_key", new_values."office", new_values."party", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."phone", new_values."profile_completed_on", new_values."registered_on", new_values."registration_evidence", new_values."registration_source", new_values."reported_no", new_values."reported_on", new_values."school_id", new_values."sort_key", new_values."stage", new_values."state", new_values."student_no", new_values."volunteer_no" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="9d276864cd49ac152327d7f0da20f4578b6a6c3e",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b1bc1",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="members_member",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="member",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "members_memberevent" ("branch_id", "created_at", "gender", "grade", "id", "league_account_on", "name", "name_key", "office", "party", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "profile_completed_on", "registered_on", "registration_evidence", "registration_source", "reported_no", "reported_on", "school_id", "sort_key", "stage", "state", "student_no", "volunteer_no") SELECT old_values."branch_id", old_values."created_at", old_values."gender", old_values."grade", old_values."id", old_values."league_account_on", old_values."name", old_values."name_key", old_values."office", old_values."party", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."phone", old_values."profile_completed_on", old_values."registered_on", old_values."registration_evidence", old_values."registration_source", old_values."reported_no", old_values."reported_on", old_values."school_id", old_values."sort_key", old_values."stage", old_values."state", old_values."student_no", old_values."volunteer_no" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="195950777bfa6ce41d92e4135a31d4653b175e86",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_925fb",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="members_member",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("user", "="),
                    ("role", "="),
                    (django.db.models.functions.comparison.Coalesce("school", 0), "="),
                    (django.db.models.functions.comparison.Coalesce("college", 0), "="),
                    (django.db.models.functions.comparison.Coalesce("branch", 0), "="),
                    (django.db.models.functions.comparison.Coalesce("street", 0), "="),
                    (
                        members.models.accounts.DateRange(
                            "starts_on",
                            "ends_on",
                            django.contrib.postgres.fields.ranges.RangeBoundary(True, True),
                        ),
                        "&&",
                    ),
                ],
                name="grant_terms_apart",
            ),
        ),
    ]
