"""Codes, pairings with streets, and service teams.

Folded from the migrations in `replaces`; a database that has them all counts this one as applied.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
import pgtrigger.compiler
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import pairing.models.invitations
import pairing.models.pairings
import pairing.models.teams


class Migration(migrations.Migration):
    replaces = [
        ("pairing", "0001_codes_pairings_teams"),
        ("pairing", "0002_invitations"),
        ("pairing", "0003_never_emptied"),
        ("pairing", "0004_assigned_streets_history"),
        ("pairing", "0005_carried_into_years"),
        ("pairing", "0006_team_ids_of_colleges"),
    ]

    initial = True

    dependencies = [
        ("members", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="PairingCode",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="申请结对码")),
                (
                    "kind",
                    models.CharField(
                        choices=[("urban", "城区"), ("suburban", "郊区")], max_length=10, verbose_name="类型"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("stock", "库存"),
                            ("handed_out", "已分配"),
                            ("used", "已使用"),
                            ("returned", "已退回"),
                            ("void", "已作废"),
                        ],
                        default="stock",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                ("handed_at", models.DateTimeField(blank=True, null=True, verbose_name="分配时间")),
                ("revealed_at", models.DateTimeField(blank=True, null=True, verbose_name="查看时间")),
                (
                    "revealed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="查看人",
                    ),
                ),
            ],
            options={
                "verbose_name": "申请结对码",
                "verbose_name_plural": "申请结对码",
                "ordering": ["kind", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("college__isnull", False), ("state__in", ["handed_out", "used"])),
                            models.Q(("college", None), ("state__in", ["stock", "returned", "void"])),
                            _connector="OR",
                        ),
                        name="code_with_college_only_when_handed_out",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["urban", "suburban"])), name="code_kind_known"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("college__isnull", False)),
                        fields=("year", "college"),
                        name="code_once_per_college_and_year",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_pairingcodeevent" ("code", "college_id", "handed_at", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revealed_at", "revealed_by_id", "state", "year_id") SELECT new_values."code", new_values."college_id", new_values."handed_at", new_values."id", new_values."kind", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."revealed_at", new_values."revealed_by_id", new_values."state", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="7d920f31e52e40d95480365b143ae4e98288c61b",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_3394a",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="pairing_pairingcode",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_pairingcodeevent" ("code", "college_id", "handed_at", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revealed_at", "revealed_by_id", "state", "year_id") SELECT new_values."code", new_values."college_id", new_values."handed_at", new_values."id", new_values."kind", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."revealed_at", new_values."revealed_by_id", new_values."state", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="ebd998e738786d0289ad680278365063db327092",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_cab6f",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="pairing_pairingcode",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_pairingcodeevent" ("code", "college_id", "handed_at", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revealed_at", "revealed_by_id", "state", "year_id") SELECT old_values."code", old_values."college_id", old_values."handed_at", old_values."id", old_values."kind", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."revealed_at", old_values."revealed_by_id", old_values."state", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="a54edb95fb78e473904123fa30a9d4d3dbbaedb2",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_216b6",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="pairing_pairingcode",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PairingCodeEvent",
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
                        to="pairing.pairingcode",
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
                ("code", models.CharField(max_length=40, verbose_name="申请结对码")),
                (
                    "kind",
                    models.CharField(
                        choices=[("urban", "城区"), ("suburban", "郊区")], max_length=10, verbose_name="类型"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("stock", "库存"),
                            ("handed_out", "已分配"),
                            ("used", "已使用"),
                            ("returned", "已退回"),
                            ("void", "已作废"),
                        ],
                        default="stock",
                        max_length=12,
                        verbose_name="状态",
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
                ("handed_at", models.DateTimeField(blank=True, null=True, verbose_name="分配时间")),
                ("revealed_at", models.DateTimeField(blank=True, null=True, verbose_name="查看时间")),
                (
                    "revealed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="查看人",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="71715a2889b7be82aa17fdab493d2ad6c29d5023",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_9bc18",
                            table="pairing_pairingcodeevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="fb0e25c04c706064aa4284a6bd463688a5904d69",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_acb60",
                            table="pairing_pairingcodeevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="members.serviceyear",
                        verbose_name="年度",
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
                    "street",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="members.street",
                        verbose_name="街乡",
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
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="邀请时间")),
                ("expires_at", models.DateTimeField(verbose_name="有效期至")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="接受时间")),
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
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="手机号码")),
            ],
            options={
                "verbose_name": "街乡负责人邀请",
                "verbose_name_plural": "街乡负责人邀请",
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account", None), ("used_at", None)),
                            models.Q(("account__isnull", False), ("used_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="invitation_used_with_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("used_at", None), ("withdrawn_at", None), _connector="OR"),
                        name="invitation_used_or_withdrawn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="invitation_expires_after_creation",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
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
                    pgtrigger.compiler.Trigger(
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
                    pgtrigger.compiler.Trigger(
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
                ],
            },
        ),
        migrations.CreateModel(
            name="InvitationEvent",
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
                        to="pairing.invitation",
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
                ("invitee", models.CharField(blank=True, max_length=60, verbose_name="邀请对象")),
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
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="7549128a8b185dcbcf8e65e27b241f9c772e9c90",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_6af2f",
                            table="pairing_invitationevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
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
                ],
            },
        ),
        migrations.CreateModel(
            name="Pairing",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairings",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairings",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairings",
                        to="members.street",
                        verbose_name="街乡",
                    ),
                ),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairings",
                        to="pairing.pairingcode",
                        verbose_name="结对码",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "已结对"), ("released", "已解除")],
                        default="active",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("calendar_year", models.PositiveSmallIntegerField()),
                (
                    "carried_to",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="延续至年度"),
                ),
                ("place", models.PositiveSmallIntegerField(verbose_name="名额序号")),
                ("cap", models.PositiveSmallIntegerField(verbose_name="上限")),
                ("claimed_at", models.DateTimeField(verbose_name="结对时间")),
                (
                    "claimed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("claimed_for", models.CharField(blank=True, max_length=200, verbose_name="代为结对的原因")),
                ("due_on", models.DateField(verbose_name="线下结对期限")),
                ("offline_on", models.DateField(blank=True, null=True, verbose_name="线下结对日期")),
                ("offline_people", models.CharField(blank=True, max_length=200, verbose_name="到场人员")),
                ("offline_note", models.TextField(blank=True, max_length=1000, verbose_name="情况说明")),
                (
                    "proof",
                    models.FileField(blank=True, upload_to="pairings/%Y/", verbose_name="照片或扫描件"),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="线下结对登记时间"),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="解除时间")),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="解除原因")),
            ],
            options={
                "verbose_name": "结对",
                "verbose_name_plural": "结对",
                "ordering": ["claimed_at", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "active")),
                        fields=["calendar_year", "street"],
                        name="pairing_places",
                    )
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("state", "active")),
                        expressions=[
                            ("college", "="),
                            (
                                pairing.models.pairings.Years(
                                    "calendar_year",
                                    django.db.models.functions.comparison.Coalesce(
                                        "carried_to", "calendar_year"
                                    ),
                                    django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True),
                                ),
                                "&&",
                            ),
                        ],
                        name="pairing_once_per_college",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")),
                        fields=("code",),
                        name="pairing_once_per_code",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("state", "active")),
                        expressions=[
                            ("street", "="),
                            ("place", "="),
                            (
                                pairing.models.pairings.Years(
                                    "calendar_year",
                                    django.db.models.functions.comparison.Coalesce(
                                        "carried_to", "calendar_year"
                                    ),
                                    django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True),
                                ),
                                "&&",
                            ),
                        ],
                        name="pairing_place_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("carried_to", None),
                            ("carried_to__gt", models.F("calendar_year")),
                            _connector="OR",
                        ),
                        name="pairing_carried_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("place__gte", 1), ("place__lte", models.F("cap"))),
                        name="pairing_place_within_cap",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state", "active")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state", "released"),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="pairing_ended_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at", None), ("offline_on", None)),
                            models.Q(("confirmed_at__isnull", False), ("offline_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="pairing_confirmed_with_date",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_pairingevent" ("calendar_year", "cap", "carried_to", "claimed_at", "claimed_by_id", "claimed_for", "code_id", "college_id", "confirmed_at", "confirmed_by_id", "due_on", "end_reason", "ended_at", "ended_by_id", "id", "offline_note", "offline_on", "offline_people", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "proof", "state", "street_id", "year_id") SELECT new_values."calendar_year", new_values."cap", new_values."carried_to", new_values."claimed_at", new_values."claimed_by_id", new_values."claimed_for", new_values."code_id", new_values."college_id", new_values."confirmed_at", new_values."confirmed_by_id", new_values."due_on", new_values."end_reason", new_values."ended_at", new_values."ended_by_id", new_values."id", new_values."offline_note", new_values."offline_on", new_values."offline_people", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."place", new_values."proof", new_values."state", new_values."street_id", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="4f2dab603c5492b9fdadbf9c6221077566918261",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_2acbb",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="pairing_pairing",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_pairingevent" ("calendar_year", "cap", "carried_to", "claimed_at", "claimed_by_id", "claimed_for", "code_id", "college_id", "confirmed_at", "confirmed_by_id", "due_on", "end_reason", "ended_at", "ended_by_id", "id", "offline_note", "offline_on", "offline_people", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "proof", "state", "street_id", "year_id") SELECT new_values."calendar_year", new_values."cap", new_values."carried_to", new_values."claimed_at", new_values."claimed_by_id", new_values."claimed_for", new_values."code_id", new_values."college_id", new_values."confirmed_at", new_values."confirmed_by_id", new_values."due_on", new_values."end_reason", new_values."ended_at", new_values."ended_by_id", new_values."id", new_values."offline_note", new_values."offline_on", new_values."offline_people", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."place", new_values."proof", new_values."state", new_values."street_id", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="17180d5447ed8333046ee70f860d0bd387462573",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_cc56e",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="pairing_pairing",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_pairingevent" ("calendar_year", "cap", "carried_to", "claimed_at", "claimed_by_id", "claimed_for", "code_id", "college_id", "confirmed_at", "confirmed_by_id", "due_on", "end_reason", "ended_at", "ended_by_id", "id", "offline_note", "offline_on", "offline_people", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "proof", "state", "street_id", "year_id") SELECT old_values."calendar_year", old_values."cap", old_values."carried_to", old_values."claimed_at", old_values."claimed_by_id", old_values."claimed_for", old_values."code_id", old_values."college_id", old_values."confirmed_at", old_values."confirmed_by_id", old_values."due_on", old_values."end_reason", old_values."ended_at", old_values."ended_by_id", old_values."id", old_values."offline_note", old_values."offline_on", old_values."offline_people", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."place", old_values."proof", old_values."state", old_values."street_id", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="bed074c9ea4248433f5a3494deaec38943affa12",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_fd00b",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="pairing_pairing",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PairingEvent",
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
                        to="pairing.pairing",
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
                    "code",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="pairing.pairingcode",
                        verbose_name="结对码",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "已结对"), ("released", "已解除")],
                        default="active",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("calendar_year", models.PositiveSmallIntegerField()),
                (
                    "carried_to",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="延续至年度"),
                ),
                ("place", models.PositiveSmallIntegerField(verbose_name="名额序号")),
                ("cap", models.PositiveSmallIntegerField(verbose_name="上限")),
                ("claimed_at", models.DateTimeField(verbose_name="结对时间")),
                (
                    "claimed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("claimed_for", models.CharField(blank=True, max_length=200, verbose_name="代为结对的原因")),
                ("due_on", models.DateField(verbose_name="线下结对期限")),
                ("offline_on", models.DateField(blank=True, null=True, verbose_name="线下结对日期")),
                ("offline_people", models.CharField(blank=True, max_length=200, verbose_name="到场人员")),
                ("offline_note", models.TextField(blank=True, max_length=1000, verbose_name="情况说明")),
                (
                    "proof",
                    models.FileField(blank=True, upload_to="pairings/%Y/", verbose_name="照片或扫描件"),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="线下结对登记时间"),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="解除时间")),
                (
                    "ended_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="解除原因")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="64999f2821484f5dd0273705690fbf3783e46c20",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_47534",
                            table="pairing_pairingevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="8b5bbb962b8d31941876b45adae6b7816fc32878",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_2640e",
                            table="pairing_pairingevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Wish",
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
                        related_name="wishes",
                        to="members.serviceyear",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wishes",
                        to="members.college",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wishes",
                        to="members.street",
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(verbose_name="顺序")),
            ],
            options={
                "verbose_name": "意向",
                "verbose_name_plural": "意向",
                "ordering": ["rank", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "college", "street"), name="wish_once_per_street")
                ],
            },
        ),
        migrations.CreateModel(
            name="AssignedStreet",
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
                        related_name="assigned_streets",
                        to="members.serviceyear",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to="members.street",
                    ),
                ),
            ],
            options={
                "verbose_name": "分配的街乡",
                "verbose_name_plural": "分配的街乡",
                "constraints": [
                    models.UniqueConstraint(fields=("year", "street"), name="street_assigned_once_per_year")
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_assignedstreetevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "year_id") SELECT new_values."id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."street_id", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="d6702717503c875970f329c78dc1e78d0b1abf0f",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_07c68",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="pairing_assignedstreet",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_assignedstreetevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "year_id") SELECT new_values."id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."street_id", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="25fdf487fe64bc2229ebcdf1d79f5baa19973d0f",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_7703f",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="pairing_assignedstreet",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_assignedstreetevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_id", "year_id") SELECT old_values."id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."street_id", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="05dc82b8e3c43c9cf0cfd6edfef4b2edfbbfa93c",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_a70d9",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="pairing_assignedstreet",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssignedStreetEvent",
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
                        to="pairing.assignedstreet",
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
                    ),
                ),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="130b772fec3fe5b3f90f666bf24c22bec6d24a70",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_dd410",
                            table="pairing_assignedstreetevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="09d89f6cb2af99e62329045af27431ee0bbe1a07",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_2280d",
                            table="pairing_assignedstreetevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceTeam",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "pairing",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="team",
                        to="pairing.pairing",
                        verbose_name="结对",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("outside_id", models.CharField(blank=True, max_length=40, verbose_name="志愿团队ID")),
                ("bound_on", models.DateField(blank=True, null=True, verbose_name="绑定日期")),
                (
                    "holder",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.college",
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=pairing.models.teams.join_token, editable=False, max_length=40, unique=True
                    ),
                ),
                (
                    "street_contact_in_on",
                    models.DateField(blank=True, null=True, verbose_name="街乡负责人入群日期"),
                ),
                (
                    "group_qr_expires_on",
                    models.DateField(blank=True, null=True, verbose_name="群二维码有效期至"),
                ),
            ],
            options={
                "verbose_name": "服务队",
                "verbose_name_plural": "服务队",
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("outside_id", ""), _negated=True),
                        expressions=[("outside_id", "="), ("holder", "<>")],
                        name="team_outside_id_of_one_college",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("bound_on", None), ("outside_id", "")),
                            models.Q(
                                models.Q(("outside_id", ""), _negated=True), ("bound_on__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="team_bound_with_date",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_serviceteamevent" ("bound_on", "group_qr_expires_on", "id", "name", "outside_id", "pairing_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_contact_in_on") SELECT new_values."bound_on", new_values."group_qr_expires_on", new_values."id", new_values."name", new_values."outside_id", new_values."pairing_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."street_contact_in_on" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="12ad7014f3b31700136e31fda1affbccd877aed2",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_884e8",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="pairing_serviceteam",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_serviceteamevent" ("bound_on", "group_qr_expires_on", "id", "name", "outside_id", "pairing_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_contact_in_on") SELECT new_values."bound_on", new_values."group_qr_expires_on", new_values."id", new_values."name", new_values."outside_id", new_values."pairing_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."street_contact_in_on" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."bound_on" IS DISTINCT FROM (new_values."bound_on") OR old_values."group_qr_expires_on" IS DISTINCT FROM (new_values."group_qr_expires_on") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."outside_id" IS DISTINCT FROM (new_values."outside_id") OR old_values."pairing_id" IS DISTINCT FROM (new_values."pairing_id") OR old_values."street_contact_in_on" IS DISTINCT FROM (new_values."street_contact_in_on")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="2e603805b4e8f165bff609bb56979c0d42c9c473",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_355a7",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="pairing_serviceteam",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_serviceteamevent" ("bound_on", "group_qr_expires_on", "id", "name", "outside_id", "pairing_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "street_contact_in_on") SELECT old_values."bound_on", old_values."group_qr_expires_on", old_values."id", old_values."name", old_values."outside_id", old_values."pairing_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."street_contact_in_on" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="726aea41facaea3c6202d06a37495233a90068a5",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_46f5b",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="pairing_serviceteam",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceTeamEvent",
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
                        to="pairing.serviceteam",
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
                    "pairing",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="pairing.pairing",
                        verbose_name="结对",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("outside_id", models.CharField(blank=True, max_length=40, verbose_name="志愿团队ID")),
                ("bound_on", models.DateField(blank=True, null=True, verbose_name="绑定日期")),
                (
                    "street_contact_in_on",
                    models.DateField(blank=True, null=True, verbose_name="街乡负责人入群日期"),
                ),
                (
                    "group_qr_expires_on",
                    models.DateField(blank=True, null=True, verbose_name="群二维码有效期至"),
                ),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="368460784fbab3df26bd8ec3767f558bc3a65920",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_8cc33",
                            table="pairing_serviceteamevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="39a03e2a799c1b139481d7a3b10754e9ed4e2cb3",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_bc9ec",
                            table="pairing_serviceteamevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TeamMembership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="pairing.serviceteam",
                        verbose_name="服务队",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="members.member",
                        verbose_name="团员",
                    ),
                ),
                ("joined_at", models.DateTimeField(verbose_name="加入时间")),
                ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="离队时间")),
                (
                    "removed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("leave_reason", models.CharField(blank=True, max_length=200, verbose_name="离队原因")),
            ],
            options={
                "verbose_name": "队员",
                "verbose_name_plural": "队员",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at", None)),
                        fields=("team", "member"),
                        name="membership_once_at_a_time",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_teammembershipevent" ("id", "joined_at", "leave_reason", "left_at", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_by_id", "team_id") SELECT new_values."id", new_values."joined_at", new_values."leave_reason", new_values."left_at", new_values."member_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."removed_by_id", new_values."team_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="37192c6f524dc13625e690df09c3d64815c35199",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_e90ff",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="pairing_teammembership",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_teammembershipevent" ("id", "joined_at", "leave_reason", "left_at", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_by_id", "team_id") SELECT new_values."id", new_values."joined_at", new_values."leave_reason", new_values."left_at", new_values."member_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."removed_by_id", new_values."team_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="9832b378a664e5a9ec95ef3769989a7d2546c840",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_a6bb2",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="pairing_teammembership",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_teammembershipevent" ("id", "joined_at", "leave_reason", "left_at", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "removed_by_id", "team_id") SELECT old_values."id", old_values."joined_at", old_values."leave_reason", old_values."left_at", old_values."member_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."removed_by_id", old_values."team_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="6eb4b954f4098d8a5f99c75c6966be8300a9942b",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_4c9bf",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="pairing_teammembership",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TeamMembershipEvent",
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
                        to="pairing.teammembership",
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
                    "team",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="pairing.serviceteam",
                        verbose_name="服务队",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
                        verbose_name="团员",
                    ),
                ),
                ("joined_at", models.DateTimeField(verbose_name="加入时间")),
                ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="离队时间")),
                (
                    "removed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("leave_reason", models.CharField(blank=True, max_length=200, verbose_name="离队原因")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="4555c294a69b237227322d521831a3276a426735",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_c64b9",
                            table="pairing_teammembershipevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="4b70cbdf1224d2dc8783aa22b7920e8e6f8d4d68",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_58e49",
                            table="pairing_teammembershipevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="group_checks",
                        to="pairing.serviceteam",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="group_checks",
                        to="members.branch",
                    ),
                ),
                ("joined_on", models.DateField(verbose_name="入群日期")),
            ],
            options={
                "verbose_name": "入群核对",
                "verbose_name_plural": "入群核对",
                "constraints": [
                    models.UniqueConstraint(fields=("team", "branch"), name="group_check_once_per_branch")
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_groupcheckevent" ("branch_id", "id", "joined_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id") SELECT new_values."branch_id", new_values."id", new_values."joined_on", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."team_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="4bf77f412e8355662f6522a3f81e5c94db4bad90",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c2367",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="pairing_groupcheck",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_groupcheckevent" ("branch_id", "id", "joined_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id") SELECT new_values."branch_id", new_values."id", new_values."joined_on", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."team_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="a60db449abbaece4031c293272851a8e9add1101",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_ba56c",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="pairing_groupcheck",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "pairing_groupcheckevent" ("branch_id", "id", "joined_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id") SELECT old_values."branch_id", old_values."id", old_values."joined_on", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."team_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="c190717ef0eda962946008e798728139f9f3f453",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_3b23f",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="pairing_groupcheck",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupCheckEvent",
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
                        to="pairing.groupcheck",
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
                    "team",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="pairing.serviceteam",
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
                    ),
                ),
                ("joined_on", models.DateField(verbose_name="入群日期")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="1ddf89b34731d452c8c20b3e642206368fde8ced",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_b06ec",
                            table="pairing_groupcheckevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="e5daf9167f607a7f807ec1d17e9290ee0dd81a4e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_74dba",
                            table="pairing_groupcheckevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
    ]
