"""Projects, activities, sign-ups and the ledger of service.

Folded from the migrations in `replaces`; a database that has them all counts this one as applied.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import activities.models.ledger
import activities.models.projects


class Migration(migrations.Migration):
    replaces = [
        ("activities", "0001_projects_signups_ledger"),
        ("activities", "0002_links_with_reason"),
        ("activities", "0003_own_streets"),
        ("activities", "0004_projects_have_streets"),
    ]

    initial = True

    dependencies = [
        ("members", "0001_initial"),
        ("pairing", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Project",
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
                        related_name="projects",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="projects",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("street", "街乡服务"), ("other", "其他志愿服务")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="projects",
                        to="pairing.serviceteam",
                        verbose_name="服务队",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="projects",
                        to="members.street",
                        verbose_name="街乡",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="项目名称")),
                ("purpose", models.CharField(max_length=300, verbose_name="服务目的")),
                ("content", models.TextField(max_length=2000, verbose_name="服务内容")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("ends_on", models.DateField(verbose_name="结束日期")),
                ("people_needed", models.PositiveSmallIntegerField(verbose_name="需要人数")),
                ("contact_name", models.CharField(max_length=40, verbose_name="联系人")),
                ("contact_phone", models.CharField(max_length=20, verbose_name="联系电话")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "起草中"),
                            ("proposed", "待街乡确认"),
                            ("changes", "街乡建议修改"),
                            ("agreed", "街乡已同意"),
                            ("published", "已发布"),
                            ("closed", "已结束"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("agreed_at", models.DateTimeField(blank=True, null=True, verbose_name="街乡同意时间")),
                (
                    "agreed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="发布时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
            ],
            options={
                "verbose_name": "项目",
                "verbose_name_plural": "项目",
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "street"), ("street__isnull", False), ("team__isnull", False)),
                            models.Q(("kind", "other"), ("street", None), ("team", None)),
                            _connector="OR",
                        ),
                        name="project_team_fits_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="project_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("people_needed__gte", 1)), name="project_needs_people"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "street"), ("state__in", ["agreed", "published"]), _negated=True
                            ),
                            ("agreed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="project_published_when_agreed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "published"), _negated=True),
                            ("published_at__isnull", False),
                            _connector="OR",
                        ),
                        name="project_published_with_time",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_projectevent" ("agreed_at", "agreed_by_id", "college_id", "contact_name", "contact_phone", "content", "created_at", "created_by_id", "ends_on", "id", "kind", "name", "people_needed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "purpose", "starts_on", "state", "street_id", "team_id", "year_id") SELECT new_values."agreed_at", new_values."agreed_by_id", new_values."college_id", new_values."contact_name", new_values."contact_phone", new_values."content", new_values."created_at", new_values."created_by_id", new_values."ends_on", new_values."id", new_values."kind", new_values."name", new_values."people_needed", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."published_at", new_values."purpose", new_values."starts_on", new_values."state", new_values."street_id", new_values."team_id", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="557290edbfbf326d887a515772e86354875a0bc3",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_afc7e",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="activities_project",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_projectevent" ("agreed_at", "agreed_by_id", "college_id", "contact_name", "contact_phone", "content", "created_at", "created_by_id", "ends_on", "id", "kind", "name", "people_needed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "purpose", "starts_on", "state", "street_id", "team_id", "year_id") SELECT new_values."agreed_at", new_values."agreed_by_id", new_values."college_id", new_values."contact_name", new_values."contact_phone", new_values."content", new_values."created_at", new_values."created_by_id", new_values."ends_on", new_values."id", new_values."kind", new_values."name", new_values."people_needed", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."published_at", new_values."purpose", new_values."starts_on", new_values."state", new_values."street_id", new_values."team_id", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="c25d7eb24153ae589f6bbe4065eabdbe3590f1f3",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_f66bb",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="activities_project",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_projectevent" ("agreed_at", "agreed_by_id", "college_id", "contact_name", "contact_phone", "content", "created_at", "created_by_id", "ends_on", "id", "kind", "name", "people_needed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "purpose", "starts_on", "state", "street_id", "team_id", "year_id") SELECT old_values."agreed_at", old_values."agreed_by_id", old_values."college_id", old_values."contact_name", old_values."contact_phone", old_values."content", old_values."created_at", old_values."created_by_id", old_values."ends_on", old_values."id", old_values."kind", old_values."name", old_values."people_needed", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."published_at", old_values."purpose", old_values."starts_on", old_values."state", old_values."street_id", old_values."team_id", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="3f812ffbbbe7cd387c2724c68e6f0dbdeb7f46c7",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_91f47",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="activities_project",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectEvent",
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
                        to="activities.project",
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
                    "kind",
                    models.CharField(
                        choices=[("street", "街乡服务"), ("other", "其他志愿服务")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="pairing.serviceteam",
                        verbose_name="服务队",
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
                ("name", models.CharField(max_length=80, verbose_name="项目名称")),
                ("purpose", models.CharField(max_length=300, verbose_name="服务目的")),
                ("content", models.TextField(max_length=2000, verbose_name="服务内容")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("ends_on", models.DateField(verbose_name="结束日期")),
                ("people_needed", models.PositiveSmallIntegerField(verbose_name="需要人数")),
                ("contact_name", models.CharField(max_length=40, verbose_name="联系人")),
                ("contact_phone", models.CharField(max_length=20, verbose_name="联系电话")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "起草中"),
                            ("proposed", "待街乡确认"),
                            ("changes", "街乡建议修改"),
                            ("agreed", "街乡已同意"),
                            ("published", "已发布"),
                            ("closed", "已结束"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("agreed_at", models.DateTimeField(blank=True, null=True, verbose_name="街乡同意时间")),
                (
                    "agreed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="发布时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="db35d79cb5fe6b94da607e02a51f4736b97ed479",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_03064",
                            table="activities_projectevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="749c00d90b1f1e0faa3be0bf2de2e3945c183bd2",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_88768",
                            table="activities_projectevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectReply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replies",
                        to="activities.project",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("proposed", "提交街乡"), ("changes", "建议修改"), ("agreed", "同意")],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=1000, verbose_name="说明")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "商定记录",
                "verbose_name_plural": "商定记录",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Activity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="activities.project",
                        verbose_name="项目",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="members.street",
                        verbose_name="街乡",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="活动名称")),
                ("place", models.CharField(max_length=200, verbose_name="地点")),
                ("starts_at", models.DateTimeField(verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(verbose_name="结束时间")),
                ("capacity", models.PositiveSmallIntegerField(verbose_name="名额")),
                ("signup_opens_at", models.DateTimeField(verbose_name="报名开始时间")),
                ("signup_closes_at", models.DateTimeField(verbose_name="报名截止时间")),
                ("cancel_until", models.DateTimeField(verbose_name="取消报名截止时间")),
                ("walk_ins", models.BooleanField(default=False, verbose_name="允许现场加入")),
                ("check_in_opens_at", models.DateTimeField(verbose_name="签入开始时间")),
                ("check_in_closes_at", models.DateTimeField(verbose_name="签入截止时间")),
                ("check_out_closes_at", models.DateTimeField(verbose_name="签出截止时间")),
                ("location_check", models.BooleanField(default=False, verbose_name="核对签到位置")),
                (
                    "latitude",
                    models.DecimalField(
                        blank=True, decimal_places=5, max_digits=8, null=True, verbose_name="纬度"
                    ),
                ),
                (
                    "longitude",
                    models.DecimalField(
                        blank=True, decimal_places=5, max_digits=8, null=True, verbose_name="经度"
                    ),
                ),
                ("radius_m", models.PositiveIntegerField(default=500, verbose_name="签到范围（米）")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "未发布"), ("open", "已发布"), ("cancelled", "已取消")],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, max_length=200, verbose_name="取消原因")),
                (
                    "key",
                    models.CharField(
                        default=activities.models.projects.attendance_key, editable=False, max_length=64
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="考勤结束时间")),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "street_confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="街乡确认时间"),
                ),
                (
                    "street_confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("sequence", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                (
                    "stewards",
                    models.ManyToManyField(
                        blank=True, related_name="stewarding", to="members.member", verbose_name="现场负责人"
                    ),
                ),
            ],
            options={
                "verbose_name": "活动",
                "verbose_name_plural": "活动",
                "ordering": ["starts_at", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["starts_at"], name="activity_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("check_in_closes_at__gt", models.F("check_in_opens_at")),
                            ("check_in_opens_at__lte", models.F("starts_at")),
                            ("check_out_closes_at__gte", models.F("ends_at")),
                            ("ends_at__gt", models.F("starts_at")),
                            ("signup_closes_at__gt", models.F("signup_opens_at")),
                        ),
                        name="activity_times_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capacity__gte", 1)), name="activity_has_places"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "cancelled"), _negated=True),
                            models.Q(("cancel_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="activity_cancelled_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("location_check", False),
                            models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                            _connector="OR",
                        ),
                        name="activity_location_has_a_centre",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_activityevent" ("cancel_reason", "cancel_until", "capacity", "check_in_closes_at", "check_in_opens_at", "check_out_closes_at", "closed_at", "closed_by_id", "created_at", "created_by_id", "ends_at", "id", "latitude", "location_check", "longitude", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "project_id", "radius_m", "sequence", "signup_closes_at", "signup_opens_at", "starts_at", "state", "street_confirmed_at", "street_confirmed_by_id", "street_id", "walk_ins") SELECT new_values."cancel_reason", new_values."cancel_until", new_values."capacity", new_values."check_in_closes_at", new_values."check_in_opens_at", new_values."check_out_closes_at", new_values."closed_at", new_values."closed_by_id", new_values."created_at", new_values."created_by_id", new_values."ends_at", new_values."id", new_values."latitude", new_values."location_check", new_values."longitude", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."place", new_values."project_id", new_values."radius_m", new_values."sequence", new_values."signup_closes_at", new_values."signup_opens_at", new_values."starts_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."street_id", new_values."walk_ins" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="c1ca1e4ef90b4152d903bcd23aa3a05172249214",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_6de9c",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="activities_activity",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_activityevent" ("cancel_reason", "cancel_until", "capacity", "check_in_closes_at", "check_in_opens_at", "check_out_closes_at", "closed_at", "closed_by_id", "created_at", "created_by_id", "ends_at", "id", "latitude", "location_check", "longitude", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "project_id", "radius_m", "sequence", "signup_closes_at", "signup_opens_at", "starts_at", "state", "street_confirmed_at", "street_confirmed_by_id", "street_id", "walk_ins") SELECT new_values."cancel_reason", new_values."cancel_until", new_values."capacity", new_values."check_in_closes_at", new_values."check_in_opens_at", new_values."check_out_closes_at", new_values."closed_at", new_values."closed_by_id", new_values."created_at", new_values."created_by_id", new_values."ends_at", new_values."id", new_values."latitude", new_values."location_check", new_values."longitude", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."place", new_values."project_id", new_values."radius_m", new_values."sequence", new_values."signup_closes_at", new_values."signup_opens_at", new_values."starts_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."street_id", new_values."walk_ins" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."cancel_reason" IS DISTINCT FROM (new_values."cancel_reason") OR old_values."cancel_until" IS DISTINCT FROM (new_values."cancel_until") OR old_values."capacity" IS DISTINCT FROM (new_values."capacity") OR old_values."check_in_closes_at" IS DISTINCT FROM (new_values."check_in_closes_at") OR old_values."check_in_opens_at" IS DISTINCT FROM (new_values."check_in_opens_at") OR old_values."check_out_closes_at" IS DISTINCT FROM (new_values."check_out_closes_at") OR old_values."closed_at" IS DISTINCT FROM (new_values."closed_at") OR old_values."closed_by_id" IS DISTINCT FROM (new_values."closed_by_id") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."created_by_id" IS DISTINCT FROM (new_values."created_by_id") OR old_values."ends_at" IS DISTINCT FROM (new_values."ends_at") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."latitude" IS DISTINCT FROM (new_values."latitude") OR old_values."location_check" IS DISTINCT FROM (new_values."location_check") OR old_values."longitude" IS DISTINCT FROM (new_values."longitude") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."place" IS DISTINCT FROM (new_values."place") OR old_values."project_id" IS DISTINCT FROM (new_values."project_id") OR old_values."radius_m" IS DISTINCT FROM (new_values."radius_m") OR old_values."sequence" IS DISTINCT FROM (new_values."sequence") OR old_values."signup_closes_at" IS DISTINCT FROM (new_values."signup_closes_at") OR old_values."signup_opens_at" IS DISTINCT FROM (new_values."signup_opens_at") OR old_values."starts_at" IS DISTINCT FROM (new_values."starts_at") OR old_values."state" IS DISTINCT FROM (new_values."state") OR old_values."street_id" IS DISTINCT FROM (new_values."street_id") OR old_values."street_confirmed_at" IS DISTINCT FROM (new_values."street_confirmed_at") OR old_values."street_confirmed_by_id" IS DISTINCT FROM (new_values."street_confirmed_by_id") OR old_values."walk_ins" IS DISTINCT FROM (new_values."walk_ins")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="ecb8e126c51a723a2c98403a79d6485966f334a4",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_a56a1",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="activities_activity",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_activityevent" ("cancel_reason", "cancel_until", "capacity", "check_in_closes_at", "check_in_opens_at", "check_out_closes_at", "closed_at", "closed_by_id", "created_at", "created_by_id", "ends_at", "id", "latitude", "location_check", "longitude", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "project_id", "radius_m", "sequence", "signup_closes_at", "signup_opens_at", "starts_at", "state", "street_confirmed_at", "street_confirmed_by_id", "street_id", "walk_ins") SELECT old_values."cancel_reason", old_values."cancel_until", old_values."capacity", old_values."check_in_closes_at", old_values."check_in_opens_at", old_values."check_out_closes_at", old_values."closed_at", old_values."closed_by_id", old_values."created_at", old_values."created_by_id", old_values."ends_at", old_values."id", old_values."latitude", old_values."location_check", old_values."longitude", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."place", old_values."project_id", old_values."radius_m", old_values."sequence", old_values."signup_closes_at", old_values."signup_opens_at", old_values."starts_at", old_values."state", old_values."street_confirmed_at", old_values."street_confirmed_by_id", old_values."street_id", old_values."walk_ins" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="842554150931f2b620881e589955edd91e532ab5",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_cc776",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="activities_activity",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActivityEvent",
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
                        to="activities.activity",
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
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.project",
                        verbose_name="项目",
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
                ("name", models.CharField(max_length=80, verbose_name="活动名称")),
                ("place", models.CharField(max_length=200, verbose_name="地点")),
                ("starts_at", models.DateTimeField(verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(verbose_name="结束时间")),
                ("capacity", models.PositiveSmallIntegerField(verbose_name="名额")),
                ("signup_opens_at", models.DateTimeField(verbose_name="报名开始时间")),
                ("signup_closes_at", models.DateTimeField(verbose_name="报名截止时间")),
                ("cancel_until", models.DateTimeField(verbose_name="取消报名截止时间")),
                ("walk_ins", models.BooleanField(default=False, verbose_name="允许现场加入")),
                ("check_in_opens_at", models.DateTimeField(verbose_name="签入开始时间")),
                ("check_in_closes_at", models.DateTimeField(verbose_name="签入截止时间")),
                ("check_out_closes_at", models.DateTimeField(verbose_name="签出截止时间")),
                ("location_check", models.BooleanField(default=False, verbose_name="核对签到位置")),
                (
                    "latitude",
                    models.DecimalField(
                        blank=True, decimal_places=5, max_digits=8, null=True, verbose_name="纬度"
                    ),
                ),
                (
                    "longitude",
                    models.DecimalField(
                        blank=True, decimal_places=5, max_digits=8, null=True, verbose_name="经度"
                    ),
                ),
                ("radius_m", models.PositiveIntegerField(default=500, verbose_name="签到范围（米）")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "未发布"), ("open", "已发布"), ("cancelled", "已取消")],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, max_length=200, verbose_name="取消原因")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="考勤结束时间")),
                (
                    "closed_by",
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
                    "street_confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="街乡确认时间"),
                ),
                (
                    "street_confirmed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("sequence", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="089609e0aeebfece931d3186dcb5d0459b7c2d8a",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_087f7",
                            table="activities_activityevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="db1ce8ee7434c8d6ffd204f1fd78016cd3a3a0a3",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_09934",
                            table="activities_activityevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="posts",
                        to="activities.activity",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="岗位")),
                ("capacity", models.PositiveSmallIntegerField(verbose_name="名额")),
            ],
            options={
                "verbose_name": "岗位",
                "verbose_name_plural": "岗位",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("activity", "name"), name="post_name_once_per_activity"),
                    models.CheckConstraint(condition=models.Q(("capacity__gte", 1)), name="post_has_places"),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_postevent" ("activity_id", "capacity", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."activity_id", new_values."capacity", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="13ef0d4232059d4815c048acafb9a66bfb8a841a",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_1dbfd",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="activities_post",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_postevent" ("activity_id", "capacity", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT new_values."activity_id", new_values."capacity", new_values."id", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="f8774e19077b30af3252b2268e18c90dc7789c6f",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_479fb",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="activities_post",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_postevent" ("activity_id", "capacity", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") SELECT old_values."activity_id", old_values."capacity", old_values."id", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="2850b2ed342748915112c00dc9343864ff80c521",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_ae0da",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="activities_post",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PostEvent",
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
                        to="activities.post",
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
                    "activity",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.activity",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="岗位")),
                ("capacity", models.PositiveSmallIntegerField(verbose_name="名额")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="5ce5d995c82b61236424b0222a653aff706488de",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_9ddb4",
                            table="activities_postevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="86d9ade248f5efdda38bce2c47b65c1433bf5120",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_a5161",
                            table="activities_postevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signups",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signups",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signups",
                        to="activities.post",
                        verbose_name="岗位",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("signed_up", "已报名"),
                            ("waiting", "候补中"),
                            ("cancelled", "已取消"),
                            ("unseated", "现场加入待处理"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("seat", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="名额序号")),
                ("signed_up_at", models.DateTimeField(verbose_name="报名时间")),
                ("waiting_since", models.DateTimeField(blank=True, null=True, verbose_name="候补开始时间")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="取消时间")),
                ("cancel_reason", models.CharField(blank=True, max_length=200, verbose_name="取消原因")),
                ("walk_in", models.BooleanField(default=False, verbose_name="现场加入")),
                ("checked_in_at", models.DateTimeField(blank=True, null=True, verbose_name="签入时间")),
                (
                    "checked_in_how",
                    models.CharField(
                        blank=True,
                        choices=[("scan", "本人扫码"), ("organiser", "负责人扫码"), ("tick", "负责人登记")],
                        max_length=10,
                        verbose_name="签入方式",
                    ),
                ),
                (
                    "checked_in_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "checked_in_where",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("within", "在签到范围内"),
                            ("outside", "不在签到范围内"),
                            ("unknown", "未取得位置"),
                        ],
                        max_length=8,
                        verbose_name="签入位置",
                    ),
                ),
                ("checked_out_at", models.DateTimeField(blank=True, null=True, verbose_name="签出时间")),
                (
                    "checked_out_how",
                    models.CharField(
                        blank=True,
                        choices=[("scan", "本人扫码"), ("organiser", "负责人扫码"), ("tick", "负责人登记")],
                        max_length=10,
                        verbose_name="签出方式",
                    ),
                ),
                (
                    "checked_out_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "checked_out_where",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("within", "在签到范围内"),
                            ("outside", "不在签到范围内"),
                            ("unknown", "未取得位置"),
                        ],
                        max_length=8,
                        verbose_name="签出位置",
                    ),
                ),
                ("tick_reason", models.CharField(blank=True, max_length=200, verbose_name="登记原因")),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("late_in", "迟到"),
                                ("early_out", "早退"),
                                ("no_check_out", "未签出"),
                                ("late_out", "超时签出"),
                                ("too_long", "超过每日时长上限"),
                                ("overlap", "与其他服务时间重叠"),
                                ("over_capacity", "现场加入超出名额"),
                                ("outside", "位置不符"),
                                ("ticked", "负责人登记"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="处理时间")),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("settle_reason", models.CharField(blank=True, max_length=200, verbose_name="处理说明")),
                ("settled_start", models.DateTimeField(blank=True, null=True, verbose_name="认定开始时间")),
                ("settled_end", models.DateTimeField(blank=True, null=True, verbose_name="认定结束时间")),
                ("no_show_at", models.DateTimeField(blank=True, null=True, verbose_name="登记缺席时间")),
                (
                    "street_confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="街乡确认时间"),
                ),
                (
                    "street_confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "报名",
                "verbose_name_plural": "报名",
                "ordering": ["signed_up_at", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["activity", "waiting_since"],
                        name="signup_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("activity", "member"), name="signup_once_per_person"),
                    models.UniqueConstraint(fields=("activity", "seat"), name="signup_seat_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("seat__gte", 1), ("state", "signed_up")),
                            models.Q(("seat", None), ("state__in", ["waiting", "cancelled", "unseated"])),
                            _connector="OR",
                        ),
                        name="signup_seat_fits_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "waiting"), _negated=True),
                            ("waiting_since__isnull", False),
                            _connector="OR",
                        ),
                        name="signup_waits_since",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_out_at", None),
                            models.Q(
                                ("checked_in_at__isnull", False),
                                ("checked_out_at__gte", models.F("checked_in_at")),
                            ),
                            _connector="OR",
                        ),
                        name="signup_out_after_in",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("checked_in_how", "tick"),
                                ("checked_out_how", "tick"),
                                _connector="OR",
                                _negated=True,
                            ),
                            models.Q(("tick_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="signup_ticked_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at", None), ("settled_end", None), ("settled_start", None)),
                            models.Q(
                                ("settled_at__isnull", False), models.Q(("settle_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="signup_settled_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_end", None), ("settled_start", None)),
                            models.Q(
                                ("settled_end__gt", models.F("settled_start")),
                                ("settled_start__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="signup_settled_span",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("no_show_at", None),
                            models.Q(("checked_in_at", None), ("settled_start", None)),
                            _connector="OR",
                        ),
                        name="signup_no_show_never_came",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '报名记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="4631942d7a2a320495019f9a3195fc20c29251b0",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_07af7",
                            table="activities_signup",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="seat_within_capacity",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.seat IS NOT NULL)",
                            func="IF NEW.seat > (SELECT capacity FROM activities_activity WHERE id = NEW.activity_id) THEN RAISE EXCEPTION '名额已满。' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;",
                            hash="99a7827af74a3b16597bc9d71650aa5b18d52e2b",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_seat_within_capacity_53f81",
                            table="activities_signup",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id JOIN activities_activity a ON a.id = w.activity_id JOIN activities_project p ON p.id = a.project_id JOIN members_college c ON c.id = p.college_id WHERE c.school_id <> m.school_id) THEN RAISE EXCEPTION '报名人与活动不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="f428e44d228a51338f132fd270eea86dfe4dcf7f",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_dddab",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="activities_signup",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id JOIN activities_activity a ON a.id = w.activity_id JOIN activities_project p ON p.id = a.project_id JOIN members_college c ON c.id = p.college_id WHERE c.school_id <> m.school_id) THEN RAISE EXCEPTION '报名人与活动不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="5de1e0ca3246228808947e8d0fa1bc157da2cf35",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_7ef98",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="activities_signup",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_signupevent" ("activity_id", "cancel_reason", "cancelled_at", "checked_in_at", "checked_in_by_id", "checked_in_how", "checked_in_where", "checked_out_at", "checked_out_by_id", "checked_out_how", "checked_out_where", "flags", "id", "member_id", "no_show_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "seat", "settle_reason", "settled_at", "settled_by_id", "settled_end", "settled_start", "signed_up_at", "state", "street_confirmed_at", "street_confirmed_by_id", "tick_reason", "waiting_since", "walk_in") SELECT new_values."activity_id", new_values."cancel_reason", new_values."cancelled_at", new_values."checked_in_at", new_values."checked_in_by_id", new_values."checked_in_how", new_values."checked_in_where", new_values."checked_out_at", new_values."checked_out_by_id", new_values."checked_out_how", new_values."checked_out_where", new_values."flags", new_values."id", new_values."member_id", new_values."no_show_at", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."post_id", new_values."seat", new_values."settle_reason", new_values."settled_at", new_values."settled_by_id", new_values."settled_end", new_values."settled_start", new_values."signed_up_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."tick_reason", new_values."waiting_since", new_values."walk_in" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="5e7327cf643cd9e0abdd3dc80055a0b8e68451b0",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_a6db9",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="activities_signup",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_signupevent" ("activity_id", "cancel_reason", "cancelled_at", "checked_in_at", "checked_in_by_id", "checked_in_how", "checked_in_where", "checked_out_at", "checked_out_by_id", "checked_out_how", "checked_out_where", "flags", "id", "member_id", "no_show_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "seat", "settle_reason", "settled_at", "settled_by_id", "settled_end", "settled_start", "signed_up_at", "state", "street_confirmed_at", "street_confirmed_by_id", "tick_reason", "waiting_since", "walk_in") SELECT new_values."activity_id", new_values."cancel_reason", new_values."cancelled_at", new_values."checked_in_at", new_values."checked_in_by_id", new_values."checked_in_how", new_values."checked_in_where", new_values."checked_out_at", new_values."checked_out_by_id", new_values."checked_out_how", new_values."checked_out_where", new_values."flags", new_values."id", new_values."member_id", new_values."no_show_at", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."post_id", new_values."seat", new_values."settle_reason", new_values."settled_at", new_values."settled_by_id", new_values."settled_end", new_values."settled_start", new_values."signed_up_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."tick_reason", new_values."waiting_since", new_values."walk_in" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="d11fe329100864e7277425fe147dd3a2131d0ce5",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_c4a44",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="activities_signup",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_signupevent" ("activity_id", "cancel_reason", "cancelled_at", "checked_in_at", "checked_in_by_id", "checked_in_how", "checked_in_where", "checked_out_at", "checked_out_by_id", "checked_out_how", "checked_out_where", "flags", "id", "member_id", "no_show_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "seat", "settle_reason", "settled_at", "settled_by_id", "settled_end", "settled_start", "signed_up_at", "state", "street_confirmed_at", "street_confirmed_by_id", "tick_reason", "waiting_since", "walk_in") SELECT old_values."activity_id", old_values."cancel_reason", old_values."cancelled_at", old_values."checked_in_at", old_values."checked_in_by_id", old_values."checked_in_how", old_values."checked_in_where", old_values."checked_out_at", old_values."checked_out_by_id", old_values."checked_out_how", old_values."checked_out_where", old_values."flags", old_values."id", old_values."member_id", old_values."no_show_at", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."post_id", old_values."seat", old_values."settle_reason", old_values."settled_at", old_values."settled_by_id", old_values."settled_end", old_values."settled_start", old_values."signed_up_at", old_values."state", old_values."street_confirmed_at", old_values."street_confirmed_by_id", old_values."tick_reason", old_values."waiting_since", old_values."walk_in" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="336646decbb19eb1ec9a61f46de1aafb7c40db91",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_3ea89",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="activities_signup",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignUpEvent",
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
                        to="activities.signup",
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
                    "activity",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.activity",
                        verbose_name="活动",
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
                        verbose_name="人员",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.post",
                        verbose_name="岗位",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("signed_up", "已报名"),
                            ("waiting", "候补中"),
                            ("cancelled", "已取消"),
                            ("unseated", "现场加入待处理"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("seat", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="名额序号")),
                ("signed_up_at", models.DateTimeField(verbose_name="报名时间")),
                ("waiting_since", models.DateTimeField(blank=True, null=True, verbose_name="候补开始时间")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="取消时间")),
                ("cancel_reason", models.CharField(blank=True, max_length=200, verbose_name="取消原因")),
                ("walk_in", models.BooleanField(default=False, verbose_name="现场加入")),
                ("checked_in_at", models.DateTimeField(blank=True, null=True, verbose_name="签入时间")),
                (
                    "checked_in_how",
                    models.CharField(
                        blank=True,
                        choices=[("scan", "本人扫码"), ("organiser", "负责人扫码"), ("tick", "负责人登记")],
                        max_length=10,
                        verbose_name="签入方式",
                    ),
                ),
                (
                    "checked_in_by",
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
                    "checked_in_where",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("within", "在签到范围内"),
                            ("outside", "不在签到范围内"),
                            ("unknown", "未取得位置"),
                        ],
                        max_length=8,
                        verbose_name="签入位置",
                    ),
                ),
                ("checked_out_at", models.DateTimeField(blank=True, null=True, verbose_name="签出时间")),
                (
                    "checked_out_how",
                    models.CharField(
                        blank=True,
                        choices=[("scan", "本人扫码"), ("organiser", "负责人扫码"), ("tick", "负责人登记")],
                        max_length=10,
                        verbose_name="签出方式",
                    ),
                ),
                (
                    "checked_out_by",
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
                    "checked_out_where",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("within", "在签到范围内"),
                            ("outside", "不在签到范围内"),
                            ("unknown", "未取得位置"),
                        ],
                        max_length=8,
                        verbose_name="签出位置",
                    ),
                ),
                ("tick_reason", models.CharField(blank=True, max_length=200, verbose_name="登记原因")),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("late_in", "迟到"),
                                ("early_out", "早退"),
                                ("no_check_out", "未签出"),
                                ("late_out", "超时签出"),
                                ("too_long", "超过每日时长上限"),
                                ("overlap", "与其他服务时间重叠"),
                                ("over_capacity", "现场加入超出名额"),
                                ("outside", "位置不符"),
                                ("ticked", "负责人登记"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="处理时间")),
                (
                    "settled_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("settle_reason", models.CharField(blank=True, max_length=200, verbose_name="处理说明")),
                ("settled_start", models.DateTimeField(blank=True, null=True, verbose_name="认定开始时间")),
                ("settled_end", models.DateTimeField(blank=True, null=True, verbose_name="认定结束时间")),
                ("no_show_at", models.DateTimeField(blank=True, null=True, verbose_name="登记缺席时间")),
                (
                    "street_confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="街乡确认时间"),
                ),
                (
                    "street_confirmed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                            hash="af069ebb4c9c0d3536eb9d0d8362619fd8842a83",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_6efd3",
                            table="activities_signupevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="9470de3642b128c762805650a14600651760cb97",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_05be7",
                            table="activities_signupevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feed",
                        to="members.member",
                    ),
                ),
                ("token", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "日历订阅",
                "verbose_name_plural": "日历订阅",
            },
        ),
        migrations.CreateModel(
            name="ServiceRecord",
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
                        related_name="records",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("attendance", "本平台签到"),
                            ("supplement", "补录"),
                            ("league", "北京共青团"),
                            ("volunteer_beijing", "志愿北京"),
                        ],
                        max_length=20,
                        verbose_name="来源",
                    ),
                ),
                ("outside_no", models.CharField(blank=True, max_length=200, verbose_name="外部记录编号")),
                ("title", models.CharField(max_length=120, verbose_name="服务内容")),
                ("served_on", models.DateField(verbose_name="服务日期")),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("minutes", models.PositiveIntegerField(verbose_name="时长（分钟）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "待确认"),
                            ("confirmed", "已确认"),
                            ("rejected", "未通过"),
                            ("voided", "已作废"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "signup",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="activities.signup",
                        verbose_name="报名",
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="activities.project",
                        verbose_name="项目",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="members.street",
                        verbose_name="街乡",
                    ),
                ),
                (
                    "import_run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="members.importrun",
                    ),
                ),
                ("description", models.TextField(blank=True, max_length=1000, verbose_name="补录说明")),
                ("evidence", models.FileField(blank=True, upload_to="evidence/%Y/", verbose_name="证明材料")),
                ("evidence_digest", models.CharField(blank=True, editable=False, max_length=64)),
                ("submitted_at", models.DateTimeField(verbose_name="提交时间")),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="初审时间")),
                (
                    "signed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审核时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decision_note", models.CharField(blank=True, max_length=200, verbose_name="审核说明")),
                (
                    "street_confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="街乡确认时间"),
                ),
                (
                    "street_confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("voided_at", models.DateTimeField(blank=True, null=True, verbose_name="作废时间")),
                (
                    "voided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="作废原因")),
                (
                    "corrects",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="activities.servicerecord",
                        verbose_name="更正的记录",
                    ),
                ),
            ],
            options={
                "verbose_name": "时长记录",
                "verbose_name_plural": "时长记录",
                "ordering": ["-served_on", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "confirmed")),
                        fields=["member", "served_on"],
                        include=("minutes", "source", "id"),
                        name="record_sums",
                    ),
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["school", "submitted_at"],
                        name="record_waiting",
                    ),
                    models.Index(fields=["school", "-served_on", "-id"], name="record_list"),
                    models.Index(
                        condition=models.Q(("evidence_digest", ""), _negated=True),
                        fields=["school", "evidence_digest"],
                        name="record_evidence",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("minutes__gt", 0)), name="record_minutes_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends_at", None), ("starts_at", None)),
                            models.Q(
                                ("starts_at__isnull", False),
                                models.Q(
                                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="record_ends_after_start",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("outside_no", ""), _negated=True),
                            ("state__in", ["pending", "confirmed"]),
                        ),
                        fields=("school", "source", "outside_no"),
                        name="record_once_per_outside_number",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("signup__isnull", False),
                            models.Q(("state__in", ["voided", "rejected"]), _negated=True),
                        ),
                        fields=("signup",),
                        name="record_once_per_signup",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ends_at__isnull", False),
                                ("signup__isnull", False),
                                ("source", "attendance"),
                                ("starts_at__isnull", False),
                            ),
                            models.Q(
                                ("ends_at__isnull", False),
                                ("source", "supplement"),
                                ("starts_at__isnull", False),
                                models.Q(("evidence", ""), _negated=True),
                                models.Q(("description", ""), _negated=True),
                            ),
                            models.Q(
                                ("signup", None),
                                ("source__in", ["league", "volunteer_beijing"]),
                                models.Q(("outside_no", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="record_fits_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state", "pending")),
                            models.Q(
                                models.Q(("state", "pending"), _negated=True), ("decided_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="record_decided_with_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "pending"),
                            ("source__in", ["league", "volunteer_beijing"]),
                            ("decided_by__isnull", False),
                            _connector="OR",
                        ),
                        name="record_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("minutes__gt", 240),
                                ("source", "supplement"),
                                ("state", "confirmed"),
                                _negated=True,
                            ),
                            models.Q(
                                ("signed_by__isnull", False),
                                models.Q(("signed_by", models.F("decided_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="record_two_signatures",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "voided"), ("void_reason", ""), _negated=True),
                            models.Q(
                                models.Q(("state", "voided"), ("voided_at__isnull", False)),
                                models.Q(models.Q(("state", "voided"), _negated=True), ("voided_at", None)),
                                _connector="OR",
                            ),
                        ),
                        name="record_voided_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decision_note", ""), ("state", "rejected"), _negated=True),
                        name="record_rejected_with_reason",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(
                            ("source__in", ["attendance", "supplement"]), ("state", "confirmed")
                        ),
                        expressions=[
                            ("member", "="),
                            (
                                activities.models.ledger.Span(
                                    "starts_at",
                                    "ends_at",
                                    django.contrib.postgres.fields.ranges.RangeBoundary(),
                                ),
                                "&&",
                            ),
                        ],
                        name="record_portal_hours_never_overlap",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '时长记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="dff37ce77540d9771d5b6923253e87e1c11c9dbd",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_b9016",
                            table="activities_servicerecord",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="confirmed_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.state IN ('confirmed', 'voided', 'rejected'))",
                            func="IF OLD.state = 'confirmed' AND NEW.state = 'voided' AND to_jsonb(NEW) - '{state,voided_at,voided_by_id,void_reason}'::text[] = to_jsonb(OLD) - '{state,voided_at,voided_by_id,void_reason}'::text[] THEN RETURN NEW; END IF; RAISE EXCEPTION '已审核的时长记录不能修改，只能作废后重新登记。' USING ERRCODE = 'restrict_violation';",
                            hash="9d503e938474227e67b19f882ff65ec1e1ddd31e",
                            operation="UPDATE",
                            pgid="pgtrigger_confirmed_stays_066c1",
                            table="activities_servicerecord",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '时长记录不能删除。' USING ERRCODE = 'restrict_violation';",
                            hash="920c0a4f911198026100a531a51d4b42097990ec",
                            operation="DELETE",
                            pgid="pgtrigger_never_deleted_ac353",
                            table="activities_servicerecord",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="nobody_confirms_own",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.state = 'confirmed' AND (NEW.decided_by_id IS NOT NULL OR NEW.signed_by_id IS NOT NULL))",
                            func="IF EXISTS (SELECT 1 FROM members_user u WHERE u.member_id = NEW.member_id AND u.id IN (NEW.decided_by_id, NEW.signed_by_id)) THEN RAISE EXCEPTION '不能审核本人的时长。' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;",
                            hash="8f241885c0c74dc3fb525b6b16162d43cf69f95e",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_nobody_confirms_own_ad8c9",
                            table="activities_servicerecord",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id WHERE m.school_id <> w.school_id) THEN RAISE EXCEPTION '时长记录与人员不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="8b83ed4a7f56ce5632067f961773b337c88afc5a",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_ac632",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="activities_servicerecord",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id WHERE m.school_id <> w.school_id) THEN RAISE EXCEPTION '时长记录与人员不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="a356e5f6adf1f3345625e8822f996f6b59f884f6",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_f9689",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="activities_servicerecord",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_servicerecordevent" ("activity_id", "corrects_id", "decided_at", "decided_by_id", "decision_note", "description", "ends_at", "evidence", "evidence_digest", "id", "import_run_id", "member_id", "minutes", "outside_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "project_id", "school_id", "served_on", "signed_at", "signed_by_id", "signup_id", "source", "starts_at", "state", "street_confirmed_at", "street_confirmed_by_id", "street_id", "submitted_at", "submitted_by_id", "title", "void_reason", "voided_at", "voided_by_id") SELECT new_values."activity_id", new_values."corrects_id", new_values."decided_at", new_values."decided_by_id", new_values."decision_note", new_values."description", new_values."ends_at", new_values."evidence", new_values."evidence_digest", new_values."id", new_values."import_run_id", new_values."member_id", new_values."minutes", new_values."outside_no", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."project_id", new_values."school_id", new_values."served_on", new_values."signed_at", new_values."signed_by_id", new_values."signup_id", new_values."source", new_values."starts_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."street_id", new_values."submitted_at", new_values."submitted_by_id", new_values."title", new_values."void_reason", new_values."voided_at", new_values."voided_by_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="9d299c350b6a06c5afc93552c18b40ea888b8d1b",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c98cb",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="activities_servicerecord",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_servicerecordevent" ("activity_id", "corrects_id", "decided_at", "decided_by_id", "decision_note", "description", "ends_at", "evidence", "evidence_digest", "id", "import_run_id", "member_id", "minutes", "outside_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "project_id", "school_id", "served_on", "signed_at", "signed_by_id", "signup_id", "source", "starts_at", "state", "street_confirmed_at", "street_confirmed_by_id", "street_id", "submitted_at", "submitted_by_id", "title", "void_reason", "voided_at", "voided_by_id") SELECT new_values."activity_id", new_values."corrects_id", new_values."decided_at", new_values."decided_by_id", new_values."decision_note", new_values."description", new_values."ends_at", new_values."evidence", new_values."evidence_digest", new_values."id", new_values."import_run_id", new_values."member_id", new_values."minutes", new_values."outside_no", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."project_id", new_values."school_id", new_values."served_on", new_values."signed_at", new_values."signed_by_id", new_values."signup_id", new_values."source", new_values."starts_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."street_id", new_values."submitted_at", new_values."submitted_by_id", new_values."title", new_values."void_reason", new_values."voided_at", new_values."voided_by_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="e77b9f1db0c371603719cb3c86b120ce85e7e9db",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_1efb3",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="activities_servicerecord",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_servicerecordevent" ("activity_id", "corrects_id", "decided_at", "decided_by_id", "decision_note", "description", "ends_at", "evidence", "evidence_digest", "id", "import_run_id", "member_id", "minutes", "outside_no", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "project_id", "school_id", "served_on", "signed_at", "signed_by_id", "signup_id", "source", "starts_at", "state", "street_confirmed_at", "street_confirmed_by_id", "street_id", "submitted_at", "submitted_by_id", "title", "void_reason", "voided_at", "voided_by_id") SELECT old_values."activity_id", old_values."corrects_id", old_values."decided_at", old_values."decided_by_id", old_values."decision_note", old_values."description", old_values."ends_at", old_values."evidence", old_values."evidence_digest", old_values."id", old_values."import_run_id", old_values."member_id", old_values."minutes", old_values."outside_no", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."project_id", old_values."school_id", old_values."served_on", old_values."signed_at", old_values."signed_by_id", old_values."signup_id", old_values."source", old_values."starts_at", old_values."state", old_values."street_confirmed_at", old_values."street_confirmed_by_id", old_values."street_id", old_values."submitted_at", old_values."submitted_by_id", old_values."title", old_values."void_reason", old_values."voided_at", old_values."voided_by_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="b558402ca527f5ebc06276ff482d61d9cf374aa3",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_a7301",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="activities_servicerecord",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceRecordEvent",
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
                        to="activities.servicerecord",
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
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("attendance", "本平台签到"),
                            ("supplement", "补录"),
                            ("league", "北京共青团"),
                            ("volunteer_beijing", "志愿北京"),
                        ],
                        max_length=20,
                        verbose_name="来源",
                    ),
                ),
                ("outside_no", models.CharField(blank=True, max_length=200, verbose_name="外部记录编号")),
                ("title", models.CharField(max_length=120, verbose_name="服务内容")),
                ("served_on", models.DateField(verbose_name="服务日期")),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("minutes", models.PositiveIntegerField(verbose_name="时长（分钟）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "待确认"),
                            ("confirmed", "已确认"),
                            ("rejected", "未通过"),
                            ("voided", "已作废"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "signup",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.signup",
                        verbose_name="报名",
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.project",
                        verbose_name="项目",
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
                    "import_run",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.importrun",
                    ),
                ),
                ("description", models.TextField(blank=True, max_length=1000, verbose_name="补录说明")),
                ("evidence", models.FileField(blank=True, upload_to="evidence/%Y/", verbose_name="证明材料")),
                ("evidence_digest", models.CharField(blank=True, editable=False, max_length=64)),
                ("submitted_at", models.DateTimeField(verbose_name="提交时间")),
                (
                    "submitted_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="初审时间")),
                (
                    "signed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审核时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decision_note", models.CharField(blank=True, max_length=200, verbose_name="审核说明")),
                (
                    "street_confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="街乡确认时间"),
                ),
                (
                    "street_confirmed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("voided_at", models.DateTimeField(blank=True, null=True, verbose_name="作废时间")),
                (
                    "voided_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="作废原因")),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.servicerecord",
                        verbose_name="更正的记录",
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
                            hash="a43535bf4f87d11b9987501b9a5ba2b7f729747d",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_d8167",
                            table="activities_servicerecordevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="a6a43bf25a3ae8fe5fc82aee0584725e83b9ad8e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_595e5",
                            table="activities_servicerecordevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordLink",
            fields=[
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="link",
                        serialize=False,
                        to="activities.servicerecord",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="members.member"
                    ),
                ),
                ("service", models.BigIntegerField(db_index=True)),
                ("linked_at", models.DateTimeField(verbose_name="关联时间")),
                (
                    "linked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="关联说明")),
            ],
            options={
                "verbose_name": "同一服务",
                "verbose_name_plural": "同一服务",
                "indexes": [models.Index(fields=["member", "service"], name="link_of_member")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_recordlinkevent" ("linked_at", "linked_by_id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "record_id", "service") SELECT new_values."linked_at", new_values."linked_by_id", new_values."member_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."record_id", new_values."reason", new_values."record_id", new_values."service" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="60ddaf0d6d58787bba678b84d6aaa91aaaf37113",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_355c5",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="activities_recordlink",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_recordlinkevent" ("linked_at", "linked_by_id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "record_id", "service") SELECT new_values."linked_at", new_values."linked_by_id", new_values."member_id", _pgh_attached_context.value, NOW(), \'update\', new_values."record_id", new_values."reason", new_values."record_id", new_values."service" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."record_id") = (new_values."record_id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="46ce6b08a1cbf6068b775b38200d74d3277378a8",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_4065f",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="activities_recordlink",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_recordlinkevent" ("linked_at", "linked_by_id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "record_id", "service") SELECT old_values."linked_at", old_values."linked_by_id", old_values."member_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."record_id", old_values."reason", old_values."record_id", old_values."service" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="0137bca210d63d573b3eeb69815d88f2e24f7302",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_12da9",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="activities_recordlink",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordLinkEvent",
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
                        to="activities.recordlink",
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
                    "record",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        serialize=False,
                        to="activities.servicerecord",
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
                    ),
                ),
                ("service", models.BigIntegerField()),
                ("linked_at", models.DateTimeField(verbose_name="关联时间")),
                (
                    "linked_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="关联说明")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="d81156bdddbb47b8dea624c00d61808a90fad6e3",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_67c95",
                            table="activities_recordlinkevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="cb70a221b7b2b5870be8fe449c963f2b94d7f890",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_87a0d",
                            table="activities_recordlinkevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="members.member",
                        verbose_name="提出人",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="activities.servicerecord",
                        verbose_name="时长记录",
                    ),
                ),
                (
                    "signup",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="activities.signup",
                        verbose_name="报名",
                    ),
                ),
                ("text", models.TextField(max_length=1000, verbose_name="异议内容")),
                ("raised_at", models.DateTimeField(verbose_name="提出时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待答复"),
                            ("upheld", "已采纳"),
                            ("dismissed", "未采纳"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("answer", models.TextField(blank=True, max_length=1000, verbose_name="答复")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="答复时间")),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "异议",
                "verbose_name_plural": "异议",
                "ordering": ["-raised_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("record__isnull", False), ("signup", None)),
                            models.Q(("record", None), ("signup__isnull", False)),
                            _connector="OR",
                        ),
                        name="objection_about_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["open", "withdrawn"]),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="objection_answered_in_words",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("record",),
                        name="objection_open_once_per_record",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("signup",),
                        name="objection_open_once_per_signup",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_objectionevent" ("answer", "answered_at", "answered_by_id", "id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "record_id", "signup_id", "state", "text") SELECT new_values."answer", new_values."answered_at", new_values."answered_by_id", new_values."id", new_values."member_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."raised_at", new_values."record_id", new_values."signup_id", new_values."state", new_values."text" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="6adf642c293af6be6c08b14a2cac66c5efa4f899",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c83aa",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="activities_objection",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_objectionevent" ("answer", "answered_at", "answered_by_id", "id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "record_id", "signup_id", "state", "text") SELECT new_values."answer", new_values."answered_at", new_values."answered_by_id", new_values."id", new_values."member_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."raised_at", new_values."record_id", new_values."signup_id", new_values."state", new_values."text" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="7aa49035740b4cb827d8db6b5823563b35d7df95",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_92a5a",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="activities_objection",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_objectionevent" ("answer", "answered_at", "answered_by_id", "id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "record_id", "signup_id", "state", "text") SELECT old_values."answer", old_values."answered_at", old_values."answered_by_id", old_values."id", old_values."member_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."raised_at", old_values."record_id", old_values."signup_id", old_values."state", old_values."text" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="088b848a7a11cbe1141bf6890c29b519fd10031b",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_bb8a8",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="activities_objection",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ObjectionEvent",
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
                        to="activities.objection",
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
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
                        verbose_name="提出人",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.servicerecord",
                        verbose_name="时长记录",
                    ),
                ),
                (
                    "signup",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="activities.signup",
                        verbose_name="报名",
                    ),
                ),
                ("text", models.TextField(max_length=1000, verbose_name="异议内容")),
                ("raised_at", models.DateTimeField(verbose_name="提出时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待答复"),
                            ("upheld", "已采纳"),
                            ("dismissed", "未采纳"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("answer", models.TextField(blank=True, max_length=1000, verbose_name="答复")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="答复时间")),
                (
                    "answered_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                            hash="e867fdb4fbba8e54e75bec34a05cbea3adea6ba3",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_58e3a",
                            table="activities_objectionevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="2b5075bb7edcb40e8d1903186a26c2f833303da1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_a5487",
                            table="activities_objectionevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HoursSlip",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slips",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                ("token", models.CharField(editable=False, max_length=40, unique=True)),
                ("starts_on", models.DateField(verbose_name="起始日期")),
                ("ends_on", models.DateField(verbose_name="截止日期")),
                ("lines", models.JSONField()),
                ("minutes", models.PositiveIntegerField(verbose_name="合计（分钟）")),
                ("digest", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField(verbose_name="出具时间")),
            ],
            options={
                "verbose_name": "时长确认单",
                "verbose_name_plural": "时长确认单",
                "ordering": ["-made_at"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="printed_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '已出具的确认单不能修改。' USING ERRCODE = 'restrict_violation';",
                            hash="f1d12c969c6d15e089332e48da5eb370bbe4e81d",
                            operation="UPDATE",
                            pgid="pgtrigger_printed_stays_e21d4",
                            table="activities_hoursslip",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
    ]
