"""An invitation notes whether the number that was called for its check is in the directory of streets."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models
from django.db.models import F, Q


def mark_checked(apps, schema_editor):
    """Mark the checks so far that name no number of the directory."""
    checked = apps.get_model("pairing", "Invitation").objects.filter(checked_at__isnull=False)
    known = Q(check_note__contains=F("street__contact_phone")) & ~Q(street__contact_phone="")
    checked.exclude(known).update(called_outside=True)


class Migration(migrations.Migration):
    dependencies = [
        ("pairing", "0004_invitation_checks"),
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
            name="called_outside",
            field=models.BooleanField(default=False, editable=False, verbose_name="核实号码不在街乡名录中"),
        ),
        migrations.AddField(
            model_name="invitationevent",
            name="called_outside",
            field=models.BooleanField(default=False, editable=False, verbose_name="核实号码不在街乡名录中"),
        ),
        migrations.RunPython(mark_checked, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name="invitation",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_invitationevent" ("account_id", "called_outside", "check_note", "checked_at", "checked_by_id", "college_id", "created_at", "expires_at", "from_before_checks", "id", "invited_by_id", "invitee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "used_at", "withdrawn_at", "year_id") SELECT new_values."account_id", new_values."called_outside", new_values."check_note", new_values."checked_at", new_values."checked_by_id", new_values."college_id", new_values."created_at", new_values."expires_at", new_values."from_before_checks", new_values."id", new_values."invited_by_id", new_values."invitee", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."street_id", new_values."used_at", new_values."withdrawn_at", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="4a1a83fee90a979671b003ecdd7579e63dae45bc",
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
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_invitationevent" ("account_id", "called_outside", "check_note", "checked_at", "checked_by_id", "college_id", "created_at", "expires_at", "from_before_checks", "id", "invited_by_id", "invitee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "used_at", "withdrawn_at", "year_id") SELECT new_values."account_id", new_values."called_outside", new_values."check_note", new_values."checked_at", new_values."checked_by_id", new_values."college_id", new_values."created_at", new_values."expires_at", new_values."from_before_checks", new_values."id", new_values."invited_by_id", new_values."invitee", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."street_id", new_values."used_at", new_values."withdrawn_at", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."account_id" IS DISTINCT FROM (new_values."account_id") OR old_values."called_outside" IS DISTINCT FROM (new_values."called_outside") OR old_values."check_note" IS DISTINCT FROM (new_values."check_note") OR old_values."checked_at" IS DISTINCT FROM (new_values."checked_at") OR old_values."checked_by_id" IS DISTINCT FROM (new_values."checked_by_id") OR old_values."college_id" IS DISTINCT FROM (new_values."college_id") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."expires_at" IS DISTINCT FROM (new_values."expires_at") OR old_values."from_before_checks" IS DISTINCT FROM (new_values."from_before_checks") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."invited_by_id" IS DISTINCT FROM (new_values."invited_by_id") OR old_values."invitee" IS DISTINCT FROM (new_values."invitee") OR old_values."street_id" IS DISTINCT FROM (new_values."street_id") OR old_values."used_at" IS DISTINCT FROM (new_values."used_at") OR old_values."withdrawn_at" IS DISTINCT FROM (new_values."withdrawn_at") OR old_values."year_id" IS DISTINCT FROM (new_values."year_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="bee645bcc2075cf16f72b2077da15a4462920396",
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
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_invitationevent" ("account_id", "called_outside", "check_note", "checked_at", "checked_by_id", "college_id", "created_at", "expires_at", "from_before_checks", "id", "invited_by_id", "invitee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "used_at", "withdrawn_at", "year_id") SELECT old_values."account_id", old_values."called_outside", old_values."check_note", old_values."checked_at", old_values."checked_by_id", old_values."college_id", old_values."created_at", old_values."expires_at", old_values."from_before_checks", old_values."id", old_values."invited_by_id", old_values."invitee", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."street_id", old_values."used_at", old_values."withdrawn_at", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="ddf6268d2b44dc536c13dc46810be178aeb46523",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_69616",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="pairing_invitation",
                    when="AFTER",
                ),
            ),
        ),
    ]
