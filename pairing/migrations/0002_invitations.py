import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import pairing.models.invitations


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0007_pairing_switches"),
        ("pairing", "0001_codes_pairings_teams"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("invitee", models.CharField(blank=True, max_length=60, verbose_name="邀请对象")),
                (
                    "token",
                    models.CharField(
                        default=pairing.models.invitations.invitation_token,
                        editable=False,
                        max_length=40,
                        unique=True,
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="邀请时间")),
                ("expires_at", models.DateTimeField(verbose_name="有效期至")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="接受时间")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="手机号码")),
                (
                    "account",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitation",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="members.street",
                        verbose_name="街乡",
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
            ],
            options={
                "verbose_name": "街乡负责人邀请",
                "verbose_name_plural": "街乡负责人邀请",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="InvitationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("invitee", models.CharField(blank=True, max_length=60, verbose_name="邀请对象")),
                ("created_at", models.DateTimeField(verbose_name="邀请时间")),
                ("expires_at", models.DateTimeField(verbose_name="有效期至")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="接受时间")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
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
                    "invited_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
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
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="pairing.invitation",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.street",
                        verbose_name="街乡",
                    ),
                ),
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account", None), ("used_at", None)),
                    models.Q(("account__isnull", False), ("used_at__isnull", False)),
                    _connector="OR",
                ),
                name="invitation_used_with_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("used_at", None), ("withdrawn_at", None), _connector="OR"),
                name="invitation_used_or_withdrawn",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                name="invitation_expires_after_creation",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invitation",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_invitationevent" ("account_id", "college_id", "created_at", "expires_at", "id", "invited_by_id", "invitee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "used_at", "withdrawn_at", "year_id") SELECT new_values."account_id", new_values."college_id", new_values."created_at", new_values."expires_at", new_values."id", new_values."invited_by_id", new_values."invitee", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."street_id", new_values."used_at", new_values."withdrawn_at", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="e070919ede7cb33c71d9582ec3918c133f53c594",
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
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_invitationevent" ("account_id", "college_id", "created_at", "expires_at", "id", "invited_by_id", "invitee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "used_at", "withdrawn_at", "year_id") SELECT new_values."account_id", new_values."college_id", new_values."created_at", new_values."expires_at", new_values."id", new_values."invited_by_id", new_values."invitee", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."street_id", new_values."used_at", new_values."withdrawn_at", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."account_id" IS DISTINCT FROM (new_values."account_id") OR old_values."college_id" IS DISTINCT FROM (new_values."college_id") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."expires_at" IS DISTINCT FROM (new_values."expires_at") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."invited_by_id" IS DISTINCT FROM (new_values."invited_by_id") OR old_values."invitee" IS DISTINCT FROM (new_values."invitee") OR old_values."street_id" IS DISTINCT FROM (new_values."street_id") OR old_values."used_at" IS DISTINCT FROM (new_values."used_at") OR old_values."withdrawn_at" IS DISTINCT FROM (new_values."withdrawn_at") OR old_values."year_id" IS DISTINCT FROM (new_values."year_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="fc897e05fb6eef02bc914fcd415815e120d425df",
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
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_invitationevent" ("account_id", "college_id", "created_at", "expires_at", "id", "invited_by_id", "invitee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "used_at", "withdrawn_at", "year_id") SELECT old_values."account_id", old_values."college_id", old_values."created_at", old_values."expires_at", old_values."id", old_values."invited_by_id", old_values."invitee", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."street_id", old_values."used_at", old_values."withdrawn_at", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="b2cc14bd7de04c937dc2264893dc164b2acd7a6f",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_69616",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="pairing_invitation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invitationevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d79cd504ea818d01e957179cab699401e72bb13d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_67c22",
                    table="pairing_invitationevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
