"""People who moved up or were moved may leave until the start; a removal by the organiser is a state of its own."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0009_waiting_without_case"),
        ("members", "0025_undo_of_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="signup",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="signup",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="signup",
            name="delete_delete",
        ),
        migrations.RemoveConstraint(
            model_name="signup",
            name="signup_seat_fits_state",
        ),
        migrations.AddField(
            model_name="signup",
            name="moved_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="补上或改期时间"),
        ),
        migrations.AddField(
            model_name="signupevent",
            name="moved_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="补上或改期时间"),
        ),
        migrations.AlterField(
            model_name="signup",
            name="state",
            field=models.CharField(
                choices=[
                    ("signed_up", "已报名"),
                    ("waiting", "候补中"),
                    ("cancelled", "已取消"),
                    ("removed", "已移出"),
                    ("unseated", "现场加入待处理"),
                ],
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="signupevent",
            name="state",
            field=models.CharField(
                choices=[
                    ("signed_up", "已报名"),
                    ("waiting", "候补中"),
                    ("cancelled", "已取消"),
                    ("removed", "已移出"),
                    ("unseated", "现场加入待处理"),
                ],
                max_length=10,
                verbose_name="状态",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signup",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_signupevent" ("activity_id", "cancel_reason", "cancelled_at", "checked_in_at", "checked_in_by_id", "checked_in_how", "checked_in_where", "checked_out_at", "checked_out_by_id", "checked_out_how", "checked_out_where", "flags", "id", "member_id", "moved_at", "no_show_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "seat", "settle_reason", "settled_at", "settled_by_id", "settled_end", "settled_start", "signed_up_at", "state", "street_confirmed_at", "street_confirmed_by_id", "tick_reason", "waiting_since", "walk_in") SELECT new_values."activity_id", new_values."cancel_reason", new_values."cancelled_at", new_values."checked_in_at", new_values."checked_in_by_id", new_values."checked_in_how", new_values."checked_in_where", new_values."checked_out_at", new_values."checked_out_by_id", new_values."checked_out_how", new_values."checked_out_where", new_values."flags", new_values."id", new_values."member_id", new_values."moved_at", new_values."no_show_at", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."post_id", new_values."seat", new_values."settle_reason", new_values."settled_at", new_values."settled_by_id", new_values."settled_end", new_values."settled_start", new_values."signed_up_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."tick_reason", new_values."waiting_since", new_values."walk_in" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="ba6af684dfbc6e36116fdf24385bcbed325362af",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a6db9",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="activities_signup",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signup",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_signupevent" ("activity_id", "cancel_reason", "cancelled_at", "checked_in_at", "checked_in_by_id", "checked_in_how", "checked_in_where", "checked_out_at", "checked_out_by_id", "checked_out_how", "checked_out_where", "flags", "id", "member_id", "moved_at", "no_show_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "seat", "settle_reason", "settled_at", "settled_by_id", "settled_end", "settled_start", "signed_up_at", "state", "street_confirmed_at", "street_confirmed_by_id", "tick_reason", "waiting_since", "walk_in") SELECT new_values."activity_id", new_values."cancel_reason", new_values."cancelled_at", new_values."checked_in_at", new_values."checked_in_by_id", new_values."checked_in_how", new_values."checked_in_where", new_values."checked_out_at", new_values."checked_out_by_id", new_values."checked_out_how", new_values."checked_out_where", new_values."flags", new_values."id", new_values."member_id", new_values."moved_at", new_values."no_show_at", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."post_id", new_values."seat", new_values."settle_reason", new_values."settled_at", new_values."settled_by_id", new_values."settled_end", new_values."settled_start", new_values."signed_up_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."tick_reason", new_values."waiting_since", new_values."walk_in" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="61d69928a410a21fb8f22db6494e9075a65e161d",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c4a44",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="activities_signup",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signup",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_signupevent" ("activity_id", "cancel_reason", "cancelled_at", "checked_in_at", "checked_in_by_id", "checked_in_how", "checked_in_where", "checked_out_at", "checked_out_by_id", "checked_out_how", "checked_out_where", "flags", "id", "member_id", "moved_at", "no_show_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "seat", "settle_reason", "settled_at", "settled_by_id", "settled_end", "settled_start", "signed_up_at", "state", "street_confirmed_at", "street_confirmed_by_id", "tick_reason", "waiting_since", "walk_in") SELECT old_values."activity_id", old_values."cancel_reason", old_values."cancelled_at", old_values."checked_in_at", old_values."checked_in_by_id", old_values."checked_in_how", old_values."checked_in_where", old_values."checked_out_at", old_values."checked_out_by_id", old_values."checked_out_how", old_values."checked_out_where", old_values."flags", old_values."id", old_values."member_id", old_values."moved_at", old_values."no_show_at", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."post_id", old_values."seat", old_values."settle_reason", old_values."settled_at", old_values."settled_by_id", old_values."settled_end", old_values."settled_start", old_values."signed_up_at", old_values."state", old_values."street_confirmed_at", old_values."street_confirmed_by_id", old_values."tick_reason", old_values."waiting_since", old_values."walk_in" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="aeb0e41d08ce45512a7fc06ae3a0ffddd7c98697",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_3ea89",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="activities_signup",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("seat__gte", 1), ("state", "signed_up")),
                    models.Q(("seat", None), ("state__in", ["waiting", "cancelled", "removed", "unseated"])),
                    _connector="OR",
                ),
                name="signup_seat_fits_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "removed"), _negated=True),
                    models.Q(("cancel_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="signup_removed_with_reason",
            ),
        ),
    ]
