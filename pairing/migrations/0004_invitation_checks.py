"""An invitation is checked by another admin before it is used, and an account accepts those of several schools."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


def mark_used(apps, schema_editor):
    """Mark what was accepted before invitations were checked; open invitations wait for their check."""
    apps.get_model("pairing", "Invitation").objects.filter(used_at__isnull=False).update(
        from_before_checks=True
    )


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0009_liaison_school"),
        ("pairing", "0003_give_ticks_their_person"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="invitation",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="invitation",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="invitation",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="invitation",
            name="check_note",
            field=models.CharField(blank=True, max_length=300, verbose_name="核实情况"),
        ),
        migrations.AddField(
            model_name="invitation",
            name="checked_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="核实时间"),
        ),
        migrations.AddField(
            model_name="invitation",
            name="checked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="核实人",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="from_before_checks",
            field=models.BooleanField(default=False, editable=False, verbose_name="核实制度之前接受"),
        ),
        migrations.AddField(
            model_name="invitation",
            name="invited_from",
            field=models.GenericIPAddressField(
                blank=True, editable=False, null=True, verbose_name="邀请时的网络地址"
            ),
        ),
        migrations.AddField(
            model_name="invitationevent",
            name="check_note",
            field=models.CharField(blank=True, max_length=300, verbose_name="核实情况"),
        ),
        migrations.AddField(
            model_name="invitationevent",
            name="checked_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="核实时间"),
        ),
        migrations.AddField(
            model_name="invitationevent",
            name="checked_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="核实人",
            ),
        ),
        migrations.AddField(
            model_name="invitationevent",
            name="from_before_checks",
            field=models.BooleanField(default=False, editable=False, verbose_name="核实制度之前接受"),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invitations",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invitation",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_invitationevent" ("account_id", "check_note", "checked_at", "checked_by_id", "college_id", "created_at", "expires_at", "from_before_checks", "id", "invited_by_id", "invitee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "used_at", "withdrawn_at", "year_id") SELECT new_values."account_id", new_values."check_note", new_values."checked_at", new_values."checked_by_id", new_values."college_id", new_values."created_at", new_values."expires_at", new_values."from_before_checks", new_values."id", new_values."invited_by_id", new_values."invitee", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."street_id", new_values."used_at", new_values."withdrawn_at", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="665842705d69ed5fecbacd34bfbef948f1fc3bf2",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_aded4",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="pairing_invitation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invitation",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_invitationevent" ("account_id", "check_note", "checked_at", "checked_by_id", "college_id", "created_at", "expires_at", "from_before_checks", "id", "invited_by_id", "invitee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "used_at", "withdrawn_at", "year_id") SELECT new_values."account_id", new_values."check_note", new_values."checked_at", new_values."checked_by_id", new_values."college_id", new_values."created_at", new_values."expires_at", new_values."from_before_checks", new_values."id", new_values."invited_by_id", new_values."invitee", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."street_id", new_values."used_at", new_values."withdrawn_at", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."account_id" IS DISTINCT FROM (new_values."account_id") OR old_values."check_note" IS DISTINCT FROM (new_values."check_note") OR old_values."checked_at" IS DISTINCT FROM (new_values."checked_at") OR old_values."checked_by_id" IS DISTINCT FROM (new_values."checked_by_id") OR old_values."college_id" IS DISTINCT FROM (new_values."college_id") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."expires_at" IS DISTINCT FROM (new_values."expires_at") OR old_values."from_before_checks" IS DISTINCT FROM (new_values."from_before_checks") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."invited_by_id" IS DISTINCT FROM (new_values."invited_by_id") OR old_values."invitee" IS DISTINCT FROM (new_values."invitee") OR old_values."street_id" IS DISTINCT FROM (new_values."street_id") OR old_values."used_at" IS DISTINCT FROM (new_values."used_at") OR old_values."withdrawn_at" IS DISTINCT FROM (new_values."withdrawn_at") OR old_values."year_id" IS DISTINCT FROM (new_values."year_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="cc17a421c8e080e13c01e0ef85ce831729796561",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8743d",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="pairing_invitation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invitation",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_invitationevent" ("account_id", "check_note", "checked_at", "checked_by_id", "college_id", "created_at", "expires_at", "from_before_checks", "id", "invited_by_id", "invitee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "used_at", "withdrawn_at", "year_id") SELECT old_values."account_id", old_values."check_note", old_values."checked_at", old_values."checked_by_id", old_values."college_id", old_values."created_at", old_values."expires_at", old_values."from_before_checks", old_values."id", old_values."invited_by_id", old_values."invitee", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."street_id", old_values."used_at", old_values."withdrawn_at", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="dd4dee35a52b51cd651af7e978f49b0fb7238382",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_69616",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="pairing_invitation",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunPython(mark_used, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("check_note", ""), ("checked_at", None), ("checked_by", None)),
                    models.Q(("checked_at__isnull", False), models.Q(("check_note", ""), _negated=True)),
                    _connector="OR",
                ),
                name="invitation_checked_with_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("used_at", None),
                    ("checked_at__isnull", False),
                    ("from_before_checks", True),
                    _connector="OR",
                ),
                name="invitation_checked_before_use",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("checked_by", models.F("invited_by")), _negated=True),
                name="invitation_checked_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account", models.F("invited_by")), _negated=True),
                    models.Q(("account", models.F("checked_by")), _negated=True),
                ),
                name="invitation_accepted_by_another",
            ),
        ),
    ]
