"""Bulletins, appraisal, honours, admission, assessment and commendation.

Folded from the migrations in `replaces`; a database that has them all counts this one as applied.
"""

import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("reports", "0001_bulletins"),
        ("reports", "0002_history_of_deletions"),
        ("reports", "0003_never_emptied"),
        ("reports", "0004_excellent_exceptions"),
        ("reports", "0005_appraisal"),
        ("reports", "0006_admission"),
        ("reports", "0007_honours"),
        ("reports", "0008_assessment"),
        ("reports", "0009_commendation"),
        ("reports", "0010_rollover"),
    ]

    initial = True

    dependencies = [
        ("activities", "0001_initial"),
        ("members", "0001_initial"),
        ("pairing", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Admission",
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
                        related_name="admissions",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "培养中"),
                            ("outside", "未记录支部大会"),
                            ("admitted", "已接收入团"),
                            ("ended", "已终止"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("applied_on", models.DateField(verbose_name="提出入团申请")),
                ("activist_on", models.DateField(blank=True, null=True, verbose_name="列为入团积极分子")),
                ("candidate_on", models.DateField(blank=True, null=True, verbose_name="列为发展对象")),
                ("meeting_on", models.DateField(blank=True, null=True, verbose_name="召开支部大会")),
                ("slip", models.JSONField(blank=True, null=True, verbose_name="支部大会报告单")),
                ("admitted_at", models.DateTimeField(blank=True, null=True, verbose_name="登记时间")),
                (
                    "admitted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
            ],
            options={
                "verbose_name": "入团培养",
                "verbose_name_plural": "入团培养",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "outside"])),
                        fields=("member",),
                        name="admission_one_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "outside", "admitted", "ended"])),
                        name="admission_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("applied_on", None),
                                ("activist_on", None),
                                ("activist_on__gte", models.F("applied_on")),
                                _connector="OR",
                            ),
                            models.Q(
                                ("applied_on", None),
                                ("candidate_on", None),
                                ("candidate_on__gte", models.F("applied_on")),
                                _connector="OR",
                            ),
                            models.Q(
                                ("applied_on", None),
                                ("meeting_on", None),
                                ("meeting_on__gte", models.F("applied_on")),
                                _connector="OR",
                            ),
                            models.Q(
                                ("activist_on", None),
                                ("candidate_on", None),
                                ("candidate_on__gte", models.F("activist_on")),
                                _connector="OR",
                            ),
                            models.Q(
                                ("activist_on", None),
                                ("meeting_on", None),
                                ("meeting_on__gte", models.F("activist_on")),
                                _connector="OR",
                            ),
                            models.Q(
                                ("candidate_on", None),
                                ("meeting_on", None),
                                ("meeting_on__gte", models.F("candidate_on")),
                                _connector="OR",
                            ),
                        ),
                        name="admission_days_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("state", "admitted"), _negated=True),
                                ("admitted_at", None),
                                ("admitted_by", None),
                                ("slip", None),
                            ),
                            models.Q(
                                ("meeting_on__isnull", False),
                                ("slip__isnull", False),
                                ("state", "admitted"),
                                ("admitted_at__isnull", False),
                                ("admitted_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="admission_admitted_with_slip",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("state", "ended"), _negated=True),
                                ("end_reason", ""),
                                ("ended_at", None),
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state", "ended"),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="admission_ended_with_reason",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '入团记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="76db00649d2c54bc42fff20f0bef7410aa3d87ab",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_11e8a",
                            table="reports_admission",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="admitted_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.state = 'admitted')",
                            func="RAISE EXCEPTION '已接收入团的记录不能修改或删除。' USING ERRCODE = 'restrict_violation';",
                            hash="a3dcbd6e0815ef0eb014d6b9804e0e9ff5bcf1a7",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_admitted_stays_e7deb",
                            table="reports_admission",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="in_step",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.state <> 'ended')",
                            declare="DECLARE person members_member%ROWTYPE;",
                            func="""
                    SELECT * INTO person FROM members_member WHERE id = NEW.member_id FOR SHARE;
                    IF (NEW.state = 'open') <> (person.stage IN ('applicant', 'activist', 'candidate'))
                        OR NEW.state <> 'open' AND person.stage <> 'member'
                        OR person.stage = 'applicant' AND NEW.activist_on IS NOT NULL
                        OR person.stage IN ('applicant', 'activist')
                            AND (NEW.candidate_on IS NOT NULL OR NEW.meeting_on IS NOT NULL)
                    THEN
                        RAISE EXCEPTION '入团记录与本人的发展阶段不一致。' USING ERRCODE = 'check_violation';
                    END IF;
                    IF NEW.state = 'admitted' AND person.registered_on IS NULL THEN
                        RAISE EXCEPTION '须先完成志愿者注册并核实，才能接收入团（通知二（一））。'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
                            hash="237f16e8ce0285b5d69e5463561cd53f00838905",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_in_step_ac64c",
                            table="reports_admission",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_admissionevent" ("activist_on", "admitted_at", "admitted_by_id", "applied_on", "candidate_on", "end_reason", "ended_at", "id", "meeting_on", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slip", "state") SELECT new_values."activist_on", new_values."admitted_at", new_values."admitted_by_id", new_values."applied_on", new_values."candidate_on", new_values."end_reason", new_values."ended_at", new_values."id", new_values."meeting_on", new_values."member_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."slip", new_values."state" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="f24b75ea57dfce9157490792366009c5788e02e6",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_70a05",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="reports_admission",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_admissionevent" ("activist_on", "admitted_at", "admitted_by_id", "applied_on", "candidate_on", "end_reason", "ended_at", "id", "meeting_on", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slip", "state") SELECT new_values."activist_on", new_values."admitted_at", new_values."admitted_by_id", new_values."applied_on", new_values."candidate_on", new_values."end_reason", new_values."ended_at", new_values."id", new_values."meeting_on", new_values."member_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."slip", new_values."state" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="ca6165b020213473c3f27f794914e33f288fe6ac",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_ab0a7",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="reports_admission",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_admissionevent" ("activist_on", "admitted_at", "admitted_by_id", "applied_on", "candidate_on", "end_reason", "ended_at", "id", "meeting_on", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slip", "state") SELECT old_values."activist_on", old_values."admitted_at", old_values."admitted_by_id", old_values."applied_on", old_values."candidate_on", old_values."end_reason", old_values."ended_at", old_values."id", old_values."meeting_on", old_values."member_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."slip", old_values."state" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="1a47f4dbabe48c07bd85c5a760e0299f5470ab3a",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_48395",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="reports_admission",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdmissionEvent",
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
                        to="reports.admission",
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
                        verbose_name="人员",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "培养中"),
                            ("outside", "未记录支部大会"),
                            ("admitted", "已接收入团"),
                            ("ended", "已终止"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("applied_on", models.DateField(verbose_name="提出入团申请")),
                ("activist_on", models.DateField(blank=True, null=True, verbose_name="列为入团积极分子")),
                ("candidate_on", models.DateField(blank=True, null=True, verbose_name="列为发展对象")),
                ("meeting_on", models.DateField(blank=True, null=True, verbose_name="召开支部大会")),
                ("slip", models.JSONField(blank=True, null=True, verbose_name="支部大会报告单")),
                ("admitted_at", models.DateTimeField(blank=True, null=True, verbose_name="登记时间")),
                (
                    "admitted_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="1bd347748edb6f1805be4ee5268a74bb1e474c17",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_fd058",
                            table="reports_admissionevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="81dc16fb93331d38618e6676fd08d0a4dfa8d706",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_21f70",
                            table="reports_admissionevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Applicant",
            fields=[],
            options={
                "verbose_name": "入团培养对象",
                "verbose_name_plural": "入团培养对象",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("members.member",),
        ),
        migrations.CreateModel(
            name="Appraisal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisals",
                        to="members.branch",
                        verbose_name="团支部",
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisals",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "起草中"), ("submitted", "待学院审核"), ("approved", "已通过")],
                        default="draft",
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                ("held_on", models.DateField(blank=True, null=True, verbose_name="评议会日期")),
                (
                    "entitled",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="应到人数"),
                ),
                ("present", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="实到人数")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="提交时间")),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="通过时间")),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "assessed",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="参加评议人数"),
                ),
                ("quota", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="优秀名额")),
                ("rules", models.JSONField(blank=True, null=True, verbose_name="通过时的规则")),
                ("reopened", models.PositiveSmallIntegerField(default=0, verbose_name="重开次数")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="退回或重开原因")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "团员教育评议",
                "verbose_name_plural": "团员教育评议",
                "ordering": ["-year__year", "branch__name"],
                "constraints": [
                    models.UniqueConstraint(fields=("branch", "year"), name="appraisal_once_per_year"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("present", None),
                            ("entitled", None),
                            ("present__lte", models.F("entitled")),
                            _connector="OR",
                        ),
                        name="appraisal_present_are_entitled",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "draft"), ("submitted_at", None), ("submitted_by", None)),
                            models.Q(
                                ("held_on__isnull", False),
                                ("state__in", ["submitted", "approved"]),
                                ("submitted_at__isnull", False),
                                ("submitted_by__isnull", False),
                                ("entitled__isnull", False),
                                ("present__isnull", False),
                                (
                                    "present__gt",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("entitled"), "*", models.Value(2)
                                        ),
                                        "/",
                                        models.Value(3),
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="appraisal_submitted_with_quorum",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved_at", None),
                                ("approved_by", None),
                                ("state__in", ["draft", "submitted"]),
                                ("assessed", None),
                                ("quota", None),
                                ("rules__isnull", True),
                            ),
                            models.Q(
                                ("approved_at__isnull", False),
                                ("approved_by__isnull", False),
                                ("state", "approved"),
                                ("assessed__isnull", False),
                                ("quota__isnull", False),
                                ("rules__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="appraisal_approved_with_figures",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("submitted_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="appraisal_two_pairs_of_eyes",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '团员教育评议不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="3e6d45a5503b4ac9eef82a4654079cf6aa0a8140",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_27530",
                            table="reports_appraisal",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="approved_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.state = 'approved')",
                            func="IF TG_OP = 'UPDATE' AND NEW.state = 'draft' AND NEW.reopened = OLD.reopened + 1 AND NEW.reason <> '' AND (OLD.branch_id, OLD.year_id, OLD.held_on, OLD.entitled, OLD.present) IS NOT DISTINCT FROM (NEW.branch_id, NEW.year_id, NEW.held_on, NEW.entitled, NEW.present) THEN RETURN NEW; END IF; RAISE EXCEPTION '已通过的评议不能修改或删除；如有错误，请学院说明原因后退回重开。' USING ERRCODE = 'restrict_violation';",
                            hash="ceaa310d605b6682d729adc5aee5e596fe89bdfb",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_approved_stays_a0718",
                            table="reports_appraisal",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="whole",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.state <> 'draft')",
                            func="""
                    IF NOT EXISTS (SELECT 1 FROM reports_appraisalgrade g
                                   WHERE g.appraisal_id = NEW.id AND g.taking_part)
                    OR EXISTS (SELECT 1 FROM reports_appraisalgrade g WHERE g.appraisal_id = NEW.id AND
                               g.taking_part AND (g.final = '' OR NEW.state = 'approved' AND g.verdict IS NULL))
                    OR NEW.state = 'approved' AND NEW.quota < (SELECT count(*) FROM reports_appraisalgrade g
                                   WHERE g.appraisal_id = NEW.id AND g.final = 'excellent')
                    THEN RAISE EXCEPTION '评议还有没有评定的人、超过名额，或没有保存评定时的资格，不能提交或通过。' USING ERRCODE = 'check_violation'; END IF;
                    RETURN NEW;
                """,
                            hash="2fc88f70f495b0125b8c0473ffdd9bcde8c1678a",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_whole_df370",
                            table="reports_appraisal",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_branch b ON b.id = w.branch_id JOIN members_college c ON c.id = b.college_id JOIN members_serviceyear y ON y.id = w.year_id WHERE y.school_id <> c.school_id) THEN RAISE EXCEPTION '评议的团支部与年度不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="1ab09a93d41d118f21dfbba55be2886ec280caf0",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_2b259",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_appraisal",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_branch b ON b.id = w.branch_id JOIN members_college c ON c.id = b.college_id JOIN members_serviceyear y ON y.id = w.year_id WHERE y.school_id <> c.school_id) THEN RAISE EXCEPTION '评议的团支部与年度不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="f26529cf4a550c68c6c9c95c4c1141a8fa82ec21",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_4c69c",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_appraisal",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_appraisalevent" ("approved_at", "approved_by_id", "assessed", "branch_id", "created_at", "entitled", "held_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "present", "quota", "reason", "reopened", "rules", "state", "submitted_at", "submitted_by_id", "year_id") SELECT new_values."approved_at", new_values."approved_by_id", new_values."assessed", new_values."branch_id", new_values."created_at", new_values."entitled", new_values."held_on", new_values."id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."present", new_values."quota", new_values."reason", new_values."reopened", new_values."rules", new_values."state", new_values."submitted_at", new_values."submitted_by_id", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="7c2afd42799d5e86d95113b9796221f3c8c3c7e6",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_a481f",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="reports_appraisal",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_appraisalevent" ("approved_at", "approved_by_id", "assessed", "branch_id", "created_at", "entitled", "held_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "present", "quota", "reason", "reopened", "rules", "state", "submitted_at", "submitted_by_id", "year_id") SELECT new_values."approved_at", new_values."approved_by_id", new_values."assessed", new_values."branch_id", new_values."created_at", new_values."entitled", new_values."held_on", new_values."id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."present", new_values."quota", new_values."reason", new_values."reopened", new_values."rules", new_values."state", new_values."submitted_at", new_values."submitted_by_id", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="5237b9bc6451333045581fb957dc3b149f831b18",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_42de0",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="reports_appraisal",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_appraisalevent" ("approved_at", "approved_by_id", "assessed", "branch_id", "created_at", "entitled", "held_on", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "present", "quota", "reason", "reopened", "rules", "state", "submitted_at", "submitted_by_id", "year_id") SELECT old_values."approved_at", old_values."approved_by_id", old_values."assessed", old_values."branch_id", old_values."created_at", old_values."entitled", old_values."held_on", old_values."id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."present", old_values."quota", old_values."reason", old_values."reopened", old_values."rules", old_values."state", old_values."submitted_at", old_values."submitted_by_id", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="c218e46767a86c8fd17d3492a9a551e45205662f",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_b47e9",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="reports_appraisal",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppraisalEvent",
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
                        to="reports.appraisal",
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
                    "state",
                    models.CharField(
                        choices=[("draft", "起草中"), ("submitted", "待学院审核"), ("approved", "已通过")],
                        default="draft",
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                ("held_on", models.DateField(blank=True, null=True, verbose_name="评议会日期")),
                (
                    "entitled",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="应到人数"),
                ),
                ("present", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="实到人数")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="提交时间")),
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
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="通过时间")),
                (
                    "approved_by",
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
                    "assessed",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="参加评议人数"),
                ),
                ("quota", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="优秀名额")),
                ("rules", models.JSONField(blank=True, null=True, verbose_name="通过时的规则")),
                ("reopened", models.PositiveSmallIntegerField(default=0, verbose_name="重开次数")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="退回或重开原因")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="b686c1a3a2e7d33d7cf38939186ca36f4bc77af1",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_c645c",
                            table="reports_appraisalevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="88926bae9da6be3d0a76be5715a7b40b3602796b",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_91336",
                            table="reports_appraisalevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppraisalGrade",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "appraisal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grades",
                        to="reports.appraisal",
                        verbose_name="评议",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisal_grades",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                ("taking_part", models.BooleanField(default=True, verbose_name="参加评议")),
                (
                    "self_grade",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("unqualified", "不合格"),
                        ],
                        max_length=11,
                        verbose_name="自评",
                    ),
                ),
                (
                    "mutual",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("unqualified", "不合格"),
                        ],
                        max_length=11,
                        verbose_name="互评",
                    ),
                ),
                (
                    "proposed",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("unqualified", "不合格"),
                        ],
                        max_length=11,
                        verbose_name="支部建议",
                    ),
                ),
                (
                    "final",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("unqualified", "不合格"),
                        ],
                        max_length=11,
                        verbose_name="最终等次",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                ("verdict", models.JSONField(blank=True, null=True, verbose_name="通过时的资格")),
            ],
            options={
                "verbose_name": "评议等次",
                "verbose_name_plural": "评议等次",
                "constraints": [
                    models.UniqueConstraint(fields=("appraisal", "member"), name="grade_once_per_person"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("final__in", ["", "excellent", "qualified", "basic", "unqualified"]),
                            ("mutual__in", ["", "excellent", "qualified", "basic", "unqualified"]),
                            ("proposed__in", ["", "excellent", "qualified", "basic", "unqualified"]),
                            ("self_grade__in", ["", "excellent", "qualified", "basic", "unqualified"]),
                        ),
                        name="grade_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("taking_part", True),
                            models.Q(("final", ""), ("proposed", ""), models.Q(("note", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="grade_of_who_takes_part",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("final", "excellent"), _negated=True),
                            ("verdict__isnull", True),
                            ("verdict__excellent", True),
                            _connector="OR",
                        ),
                        name="grade_excellent_by_verdict",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '评议等次不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="aa32492d76a0c7397899e86d7bfa21c6defbf651",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_0083e",
                            table="reports_appraisalgrade",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="frozen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE kept text; sheet bigint;",
                            func="""
                    IF TG_OP = 'DELETE' THEN sheet := OLD.appraisal_id; ELSE sheet := NEW.appraisal_id; END IF;
                    SELECT state INTO kept FROM reports_appraisal WHERE id = sheet FOR NO KEY UPDATE;
                    IF kept = 'approved' THEN RAISE EXCEPTION '已通过的评议不能修改或删除；如有错误，请学院说明原因后退回重开。' USING ERRCODE = 'restrict_violation'; END IF;
                    IF TG_OP = 'UPDATE' AND (NEW.appraisal_id, NEW.member_id) <> (OLD.appraisal_id, OLD.member_id)
                    THEN RAISE EXCEPTION '评议表的一行不能换到别人名下。' USING ERRCODE = 'restrict_violation'; END IF;
                    IF kept = 'submitted' AND (TG_OP <> 'UPDATE' OR (
                        OLD.taking_part, OLD.self_grade, OLD.mutual, OLD.proposed, OLD.final, OLD.note)
                        IS DISTINCT FROM (
                        NEW.taking_part, NEW.self_grade, NEW.mutual, NEW.proposed, NEW.final, NEW.note))
                    THEN RAISE EXCEPTION '评议已提交学院，退回以前不能修改。' USING ERRCODE = 'restrict_violation'; END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
                            hash="912db1cee2ac20973c6242f9551ffdfdd5c8d3ee",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_frozen_2e70a",
                            table="reports_appraisalgrade",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="within_places_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="""
            IF EXISTS (
                SELECT 1 FROM reports_appraisalgrade g
                JOIN reports_appraisal a ON a.id = g.appraisal_id
                JOIN members_serviceyear y ON y.id = a.year_id
                WHERE a.id IN (SELECT appraisal_id FROM (SELECT appraisal_id, 1 * (final = 'excellent')::int AS top, 1 * taking_part::int AS part FROM written) moved
                               GROUP BY appraisal_id HAVING sum(top) > 0 OR sum(part) < 0)
                GROUP BY a.id, y.id
                HAVING count(*) FILTER (WHERE g.final = 'excellent') >
                       count(*) FILTER (WHERE g.taking_part) * y.excellent_quota_percent / 100
            ) THEN RAISE EXCEPTION '优秀人数超过名额。' USING ERRCODE = 'check_violation'; END IF;
            RETURN NULL;
        """,
                            hash="e3537fc7a8b9e804bd5f9d905e0829197c31c434",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_within_places_insert_07910",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_appraisalgrade",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="within_places_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="""
            IF EXISTS (
                SELECT 1 FROM reports_appraisalgrade g
                JOIN reports_appraisal a ON a.id = g.appraisal_id
                JOIN members_serviceyear y ON y.id = a.year_id
                WHERE a.id IN (SELECT appraisal_id FROM (SELECT appraisal_id, -1 * (final = 'excellent')::int AS top, -1 * taking_part::int AS part FROM before UNION ALL SELECT appraisal_id, 1 * (final = 'excellent')::int AS top, 1 * taking_part::int AS part FROM written) moved
                               GROUP BY appraisal_id HAVING sum(top) > 0 OR sum(part) < 0)
                GROUP BY a.id, y.id
                HAVING count(*) FILTER (WHERE g.final = 'excellent') >
                       count(*) FILTER (WHERE g.taking_part) * y.excellent_quota_percent / 100
            ) THEN RAISE EXCEPTION '优秀人数超过名额。' USING ERRCODE = 'check_violation'; END IF;
            RETURN NULL;
        """,
                            hash="bd57ebec7295bddd902e757dfe17064843025e71",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_within_places_update_e0d6b",
                            referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS written ",
                            table="reports_appraisalgrade",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="within_places_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="""
            IF EXISTS (
                SELECT 1 FROM reports_appraisalgrade g
                JOIN reports_appraisal a ON a.id = g.appraisal_id
                JOIN members_serviceyear y ON y.id = a.year_id
                WHERE a.id IN (SELECT appraisal_id FROM (SELECT appraisal_id, -1 * (final = 'excellent')::int AS top, -1 * taking_part::int AS part FROM before) moved
                               GROUP BY appraisal_id HAVING sum(top) > 0 OR sum(part) < 0)
                GROUP BY a.id, y.id
                HAVING count(*) FILTER (WHERE g.final = 'excellent') >
                       count(*) FILTER (WHERE g.taking_part) * y.excellent_quota_percent / 100
            ) THEN RAISE EXCEPTION '优秀人数超过名额。' USING ERRCODE = 'check_violation'; END IF;
            RETURN NULL;
        """,
                            hash="76c778b8387b50ad39ff74ae65eb24a3d881bf12",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_within_places_delete_5f540",
                            referencing="REFERENCING OLD TABLE AS before ",
                            table="reports_appraisalgrade",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id JOIN reports_appraisal a ON a.id = w.appraisal_id JOIN members_serviceyear y ON y.id = a.year_id WHERE y.school_id <> m.school_id) THEN RAISE EXCEPTION '评议的人员与年度不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="81596a1b15240e1a127bfc594a90a3da6d17bc65",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_5e424",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_appraisalgrade",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id JOIN reports_appraisal a ON a.id = w.appraisal_id JOIN members_serviceyear y ON y.id = a.year_id WHERE y.school_id <> m.school_id) THEN RAISE EXCEPTION '评议的人员与年度不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="171bcea11b882e3be19b2a458c19c541f7675062",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_cf56c",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_appraisalgrade",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_appraisalgradeevent" ("appraisal_id", "final", "id", "member_id", "mutual", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed", "self_grade", "taking_part", "verdict") SELECT new_values."appraisal_id", new_values."final", new_values."id", new_values."member_id", new_values."mutual", new_values."note", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."proposed", new_values."self_grade", new_values."taking_part", new_values."verdict" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="1fb3875d6c0cb0283a4504314f00ad3b2c1f82f3",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_56c99",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="reports_appraisalgrade",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_appraisalgradeevent" ("appraisal_id", "final", "id", "member_id", "mutual", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed", "self_grade", "taking_part", "verdict") SELECT new_values."appraisal_id", new_values."final", new_values."id", new_values."member_id", new_values."mutual", new_values."note", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."proposed", new_values."self_grade", new_values."taking_part", new_values."verdict" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="4a1e1abd796caa949627f1b220f9f35572ddf1c3",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_ef674",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="reports_appraisalgrade",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_appraisalgradeevent" ("appraisal_id", "final", "id", "member_id", "mutual", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed", "self_grade", "taking_part", "verdict") SELECT old_values."appraisal_id", old_values."final", old_values."id", old_values."member_id", old_values."mutual", old_values."note", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."proposed", old_values."self_grade", old_values."taking_part", old_values."verdict" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="2a17f590a805cd61916300f9e4de48aae97bb395",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_d3596",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="reports_appraisalgrade",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppraisalGradeEvent",
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
                        to="reports.appraisalgrade",
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
                    "appraisal",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="reports.appraisal",
                        verbose_name="评议",
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
                ("taking_part", models.BooleanField(default=True, verbose_name="参加评议")),
                (
                    "self_grade",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("unqualified", "不合格"),
                        ],
                        max_length=11,
                        verbose_name="自评",
                    ),
                ),
                (
                    "mutual",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("unqualified", "不合格"),
                        ],
                        max_length=11,
                        verbose_name="互评",
                    ),
                ),
                (
                    "proposed",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("unqualified", "不合格"),
                        ],
                        max_length=11,
                        verbose_name="支部建议",
                    ),
                ),
                (
                    "final",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("qualified", "合格"),
                            ("basic", "基本合格"),
                            ("unqualified", "不合格"),
                        ],
                        max_length=11,
                        verbose_name="最终等次",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                ("verdict", models.JSONField(blank=True, null=True, verbose_name="通过时的资格")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="17dd4680eb5c1c5337a2fd4313650ea9a1113561",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_3ed77",
                            table="reports_appraisalgradeevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="bacd6a2924c7f5966ff64d818ebbc0236ad1d8a6",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_44e05",
                            table="reports_appraisalgradeevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppraisalStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "appraisal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="reports.appraisal",
                        verbose_name="评议",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("submitted", "提交学院"),
                            ("returned", "退回支部"),
                            ("approved", "审核通过"),
                            ("reopened", "重新开启"),
                        ],
                        max_length=9,
                        verbose_name="步骤",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作人",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                ("figures", models.JSONField(verbose_name="当时的数字")),
            ],
            options={
                "verbose_name": "评议步骤",
                "verbose_name_plural": "评议步骤",
                "ordering": ["at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["submitted", "approved"]),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="appraisal_step_back_with_reason",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '评议步骤不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="6e765bfc4c5cf2775ef36eafba0fc2b5bcf93c56",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_7e310",
                            table="reports_appraisalstep",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="frozen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '评议的步骤不能修改或删除。' USING ERRCODE = 'restrict_violation';",
                            hash="94883f8839b9dd8eff1b5fc871a8305462ffaabb",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_frozen_5e437",
                            table="reports_appraisalstep",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssessmentScheme",
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
                        related_name="schemes",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("weights", models.JSONField(verbose_name="权重")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="调整原因")),
                ("published_at", models.DateTimeField(verbose_name="公布时间")),
                (
                    "published_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "考核权重",
                "verbose_name_plural": "考核权重",
                "ordering": ["-year__year", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "version"), name="scheme_version_once_per_year"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), ("version", 1)),
                            models.Q(("version__gt", 1), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="scheme_changed_with_reason",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '考核权重不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="b4001d6586af27e1208989bde13c6f926a2df3a6",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_dcdc4",
                            table="reports_assessmentscheme",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="published_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '已公布的考核权重不能修改或删除，请公布新版本。' USING ERRCODE = 'restrict_violation';",
                            hash="970f517c208f07b3850859a12a088a47c5452d16",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_published_stays_7e8d0",
                            table="reports_assessmentscheme",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="sums_to_hundred_before_scoring",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF (SELECT coalesce(sum(value::int), 0) FROM jsonb_each_text(NEW.weights)) <> 100 THEN RAISE EXCEPTION '各项权重之和应为 100。' USING ERRCODE = 'check_violation'; END IF; IF EXISTS (SELECT FROM reports_assessment a WHERE a.year_id = NEW.year_id) THEN RAISE EXCEPTION '本年度考核结果已锁定，不能再改权重。' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
                            hash="e676287912f5170ee8a6cfc591ea84fad7b75945",
                            operation="INSERT",
                            pgid="pgtrigger_sums_to_hundred_before_scoring_95387",
                            table="reports_assessmentscheme",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Assessment",
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
                        related_name="assessments",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="reports.assessmentscheme",
                        verbose_name="考核权重",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="重新评定原因")),
                ("as_of", models.DateTimeField(verbose_name="数据截至")),
                (
                    "locked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("rules", models.JSONField(verbose_name="评定依据")),
                ("sealed", models.BooleanField(default=False, verbose_name="已锁定")),
            ],
            options={
                "verbose_name": "学院考核结果",
                "verbose_name_plural": "学院考核结果",
                "ordering": ["-year__year", "-number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("year", "number"), name="assessment_number_once_per_year"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number", 1), ("reason", "")),
                            models.Q(("number__gt", 1), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="assessment_again_with_reason",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '学院考核结果不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="17539a96cd840cca287942a260279207829e434d",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_cb4e3",
                            table="reports_assessment",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="locked_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF TG_OP = 'DELETE' OR OLD.sealed THEN RAISE EXCEPTION '已锁定的考核结果不能修改或删除。' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
                            hash="a0dcdbd66ff2e71ac88374e1ce2870a00dd74ca2",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_locked_stays_f3181",
                            table="reports_assessment",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="whole",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="""
                    IF NOT EXISTS (
                        SELECT FROM reports_assessment a JOIN reports_assessmentscheme s ON s.id = a.scheme_id
                        WHERE a.id = NEW.id AND a.sealed AND s.year_id = a.year_id
                            AND EXISTS (SELECT FROM reports_assessmentline l WHERE l.assessment_id = a.id)
                    ) THEN
                        RAISE EXCEPTION '考核结果不完整，不能保存。' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
                            hash="215dcf03d3f923e9fba0586c794cf0087e33c771",
                            operation="INSERT",
                            pgid="pgtrigger_whole_38f24",
                            table="reports_assessment",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssessmentLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="reports.assessment",
                        verbose_name="考核结果",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessment_lines",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                ("college_name", models.CharField(max_length=100, verbose_name="学院名称")),
                ("place", models.PositiveSmallIntegerField(null=True, verbose_name="名次")),
                ("score", models.PositiveIntegerField(verbose_name="得分（百分之一分）")),
                ("figures", models.JSONField(verbose_name="各项指标")),
            ],
            options={
                "verbose_name": "学院考核得分",
                "verbose_name_plural": "学院考核得分",
                "ordering": [models.OrderBy(models.F("place"), nulls_last=True), "college_name"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("assessment", "college"), name="assessment_line_once_per_college"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("score__lte", 10000)), name="assessment_score_within_full"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '学院考核得分不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="e30ce51e7788a4d0c4a19243be88702669bb1ef3",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_796e3",
                            table="reports_assessmentline",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="locked_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF TG_OP <> 'INSERT' OR (SELECT a.sealed FROM reports_assessment a WHERE a.id = NEW.assessment_id) THEN RAISE EXCEPTION '已锁定的考核结果不能修改或删除。' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
                            hash="416b17946264e76cb6320ad40464ac22b0030098",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_locked_stays_4bdfa",
                            table="reports_assessmentline",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="adds_up",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF NEW.score <> (SELECT coalesce(sum((f->>'points')::int), 0) FROM jsonb_array_elements(NEW.figures) f) THEN RAISE EXCEPTION '得分与各项指标不一致，不能保存。' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;",
                            hash="e5079e3d4de9c0e4e810a840a9ed1617f0ee1798",
                            operation="INSERT",
                            pgid="pgtrigger_adds_up_becc0",
                            table="reports_assessmentline",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Bulletin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("members", models.PositiveIntegerField(verbose_name="团员数")),
                ("registered", models.PositiveIntegerField(verbose_name="已注册")),
                ("reported", models.PositiveIntegerField(verbose_name="已自报待核实")),
                ("out", models.PositiveIntegerField(verbose_name="不计入人数")),
                ("activists", models.PositiveIntegerField(verbose_name="入团积极分子数")),
                ("activists_registered", models.PositiveIntegerField(verbose_name="入团积极分子已注册")),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulletins",
                        to="members.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulletins",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("regular", "通报"), ("correction", "勘误")],
                        default="regular",
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="期号")),
                ("due_on", models.DateField(verbose_name="通报日")),
                ("as_of", models.DateTimeField(verbose_name="数据截至")),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="reports.bulletin",
                        verbose_name="更正的通报",
                    ),
                ),
                ("correction_no", models.PositiveSmallIntegerField(default=0, verbose_name="勘误序号")),
                ("reason", models.TextField(blank=True, verbose_name="勘误说明")),
                (
                    "previous",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reports.bulletin",
                    ),
                ),
                ("school_name", models.CharField(max_length=100, verbose_name="学校名称")),
                ("floor_percent", models.PositiveSmallIntegerField(verbose_name="底线（%）")),
                ("branches", models.PositiveIntegerField(verbose_name="团支部数")),
                ("branches_below", models.PositiveIntegerField(verbose_name="低于底线的团支部数")),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("sealed", models.BooleanField(default=False, verbose_name="已签发")),
            ],
            options={
                "verbose_name": "注册情况通报",
                "verbose_name_plural": "注册情况通报",
                "ordering": ["-due_on", "-correction_no"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("activists__gte", models.F("activists_registered")),
                            (
                                "members__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("registered"), "+", models.F("reported")
                                ),
                            ),
                        ),
                        name="bulletin_parts_within_whole",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "regular")),
                        fields=("school", "due_on"),
                        name="bulletin_once_per_date",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "regular")),
                        fields=("year", "number"),
                        name="bulletin_number_once_per_year",
                    ),
                    models.UniqueConstraint(
                        fields=("corrects", "correction_no"), name="bulletin_correction_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("correction_no", 0), ("corrects", None), ("kind", "regular"), ("reason", "")
                            ),
                            models.Q(
                                ("correction_no__gte", 1),
                                ("corrects__isnull", False),
                                ("kind", "correction"),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="bulletin_correction_says_what_and_why",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '已发布的通报不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="8243fea6c1abb914dc7b8907433163c401e3cf56",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_849de",
                            table="reports_bulletin",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="frozen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF TG_OP = 'DELETE' OR OLD.sealed THEN RAISE EXCEPTION '已发布的通报不能修改或删除；如有错误，请发布勘误通报。' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
                            hash="3bbc874dc87521f7a45e2705497ec524c4942d46",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_frozen_abf8a",
                            table="reports_bulletin",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="whole",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="""
                    IF NOT (SELECT b.sealed FROM reports_bulletin b WHERE b.id = NEW.id) THEN
                        RAISE EXCEPTION '通报尚未签发，不能保存' USING ERRCODE = 'check_violation';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM reports_bulletin b
                        LEFT JOIN reports_bulletinline l ON l.bulletin_id = b.id
                        WHERE b.id = NEW.id GROUP BY b.id
                        HAVING (b.members, b.registered, b.branches, b.branches_below) IS DISTINCT FROM (
                            coalesce(sum(l.members), 0), coalesce(sum(l.registered), 0),
                            coalesce(sum(l.branches), 0), coalesce(sum(l.branches_below), 0))
                    ) OR EXISTS (
                        SELECT 1 FROM reports_bulletinline l
                        LEFT JOIN reports_bulletinbranch a ON a.line_id = l.id
                        WHERE l.bulletin_id = NEW.id GROUP BY l.id
                        HAVING (l.members, l.registered, l.branches, l.branches_below) IS DISTINCT FROM (
                            coalesce(sum(a.members), 0), coalesce(sum(a.registered), 0),
                            count(a.id), count(a.id) FILTER (WHERE a.below_floor))
                    ) THEN
                        RAISE EXCEPTION '通报各级数字不一致，不能保存' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
                            hash="1bd1507c48427c22af94e5d7c786260750f54795",
                            operation="INSERT",
                            pgid="pgtrigger_whole_6722f",
                            table="reports_bulletin",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulletinLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("members", models.PositiveIntegerField(verbose_name="团员数")),
                ("registered", models.PositiveIntegerField(verbose_name="已注册")),
                ("reported", models.PositiveIntegerField(verbose_name="已自报待核实")),
                ("out", models.PositiveIntegerField(verbose_name="不计入人数")),
                ("activists", models.PositiveIntegerField(verbose_name="入团积极分子数")),
                ("activists_registered", models.PositiveIntegerField(verbose_name="入团积极分子已注册")),
                (
                    "bulletin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="reports.bulletin",
                        verbose_name="通报",
                    ),
                ),
                (
                    "college",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulletin_lines",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                ("college_name", models.CharField(max_length=100, verbose_name="学院名称")),
                ("rank", models.PositiveSmallIntegerField(null=True, verbose_name="排名")),
                ("previous_members", models.PositiveIntegerField(null=True, verbose_name="上期团员数")),
                ("previous_registered", models.PositiveIntegerField(null=True, verbose_name="上期已注册")),
                ("previous_rank", models.PositiveSmallIntegerField(null=True, verbose_name="上期排名")),
                ("branches", models.PositiveIntegerField(verbose_name="团支部数")),
                ("branches_below", models.PositiveIntegerField(verbose_name="低于底线的团支部数")),
            ],
            options={
                "verbose_name": "通报学院数据",
                "verbose_name_plural": "通报学院数据",
                "ordering": [models.OrderBy(models.F("rank"), nulls_last=True), "college_name"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("activists__gte", models.F("activists_registered")),
                            (
                                "members__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("registered"), "+", models.F("reported")
                                ),
                            ),
                        ),
                        name="bulletinline_parts_within_whole",
                    ),
                    models.UniqueConstraint(
                        fields=("bulletin", "college"), name="bulletin_line_once_per_college"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '已发布的通报不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="3803d0cfddd3392a3590a2626a2fd660972d6fad",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_d117a",
                            table="reports_bulletinline",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="frozen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF TG_OP <> 'INSERT' OR (SELECT b.sealed FROM reports_bulletin b WHERE b.id = NEW.bulletin_id) THEN RAISE EXCEPTION '已发布的通报不能修改或删除；如有错误，请发布勘误通报。' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
                            hash="5707bf116677f3538a6c17d695259408a301f2e7",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_frozen_4328e",
                            table="reports_bulletinline",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulletinBranch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("members", models.PositiveIntegerField(verbose_name="团员数")),
                ("registered", models.PositiveIntegerField(verbose_name="已注册")),
                ("reported", models.PositiveIntegerField(verbose_name="已自报待核实")),
                ("out", models.PositiveIntegerField(verbose_name="不计入人数")),
                ("activists", models.PositiveIntegerField(verbose_name="入团积极分子数")),
                ("activists_registered", models.PositiveIntegerField(verbose_name="入团积极分子已注册")),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annex",
                        to="reports.bulletinline",
                        verbose_name="学院数据",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulletin_lines",
                        to="members.branch",
                        verbose_name="团支部",
                    ),
                ),
                ("branch_name", models.CharField(max_length=100, verbose_name="团支部名称")),
                ("below_floor", models.BooleanField(verbose_name="低于底线")),
            ],
            options={
                "verbose_name": "通报团支部数据",
                "verbose_name_plural": "通报团支部数据",
                "ordering": ["branch_name"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("activists__gte", models.F("activists_registered")),
                            (
                                "members__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("registered"), "+", models.F("reported")
                                ),
                            ),
                        ),
                        name="bulletinbranch_parts_within_whole",
                    ),
                    models.UniqueConstraint(fields=("line", "branch"), name="bulletin_branch_once_per_line"),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '已发布的通报不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="8762bd1a3fe6ea9ab3e5f08c6b4e1f2230593eaa",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_286e9",
                            table="reports_bulletinbranch",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="frozen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF TG_OP <> 'INSERT' OR (SELECT b.sealed FROM reports_bulletin b JOIN reports_bulletinline l ON l.bulletin_id = b.id WHERE l.id = NEW.line_id) THEN RAISE EXCEPTION '已发布的通报不能修改或删除；如有错误，请发布勘误通报。' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
                            hash="79bc2cd5a617691feaa9b6f63911a6e8a77b6d75",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_frozen_bca6e",
                            table="reports_bulletinbranch",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Channel",
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
                        related_name="channels",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                ("label", models.CharField(max_length=60, verbose_name="名称")),
                ("service", models.CharField(max_length=60, verbose_name="类型")),
                ("sealed_address", models.BinaryField(verbose_name="推送地址")),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="添加时间")),
            ],
            options={
                "verbose_name": "推送渠道",
                "verbose_name_plural": "推送渠道",
                "ordering": ["college__name", "label"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("college", "label"),
                        name="channel_label_once_per_college",
                        violation_error_message="这个学院已有同名的推送渠道，请换一个名称。",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_channelevent" ("active", "college_id", "created_at", "id", "label", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service") SELECT new_values."active", new_values."college_id", new_values."created_at", new_values."id", new_values."label", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."service" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="37dbe700ae4e0e0f0019546cf562639a4d00355d",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_d488d",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="reports_channel",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_channelevent" ("active", "college_id", "created_at", "id", "label", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service") SELECT new_values."active", new_values."college_id", new_values."created_at", new_values."id", new_values."label", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."service" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."active" IS DISTINCT FROM (new_values."active") OR old_values."college_id" IS DISTINCT FROM (new_values."college_id") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."label" IS DISTINCT FROM (new_values."label") OR old_values."service" IS DISTINCT FROM (new_values."service")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="018c0286266eaa876fae98f3268acb96bac21550",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_98c0b",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="reports_channel",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_channelevent" ("active", "college_id", "created_at", "id", "label", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service") SELECT old_values."active", old_values."college_id", old_values."created_at", old_values."id", old_values."label", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."service" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="f9c7d993648efc1093d7cc1150e858dc5cdc772a",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_cd8c9",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="reports_channel",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelEvent",
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
                        to="reports.channel",
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
                ("label", models.CharField(max_length=60, verbose_name="名称")),
                ("service", models.CharField(max_length=60, verbose_name="类型")),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="添加时间")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="fd8f2f01d04f0c7a6de8edd19a34d70a3bfc4f00",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_0d25f",
                            table="reports_channelevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="89eea4a4fdcb34c8d0fdd1b604e7eb749f92007a",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_7800c",
                            table="reports_channelevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "bulletin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="reports.bulletin",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="reports.channel",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "等待发送"), ("sent", "已送达"), ("failed", "未送达")],
                        default="waiting",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                ("problem", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("sent_at", models.DateTimeField(null=True, verbose_name="送达时间")),
            ],
            options={
                "verbose_name": "推送记录",
                "verbose_name_plural": "推送记录",
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("bulletin", "channel"), name="delivery_once_per_channel"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_at__isnull", False), ("state", "sent")),
                            models.Q(("sent_at", None), ("state__in", ["waiting", "failed"])),
                            _connector="OR",
                        ),
                        name="delivery_sent_has_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Commendation",
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
                        related_name="commendations",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("volunteer", "优秀志愿者"),
                            ("team", "优秀志愿服务队"),
                            ("project", "优秀志愿服务项目"),
                        ],
                        max_length=10,
                        verbose_name="对象",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("places", models.PositiveSmallIntegerField(verbose_name="名额")),
                ("minimum", models.JSONField(verbose_name="条件")),
                ("order", models.CharField(max_length=10, verbose_name="排序依据")),
                ("created_at", models.DateTimeField(verbose_name="创建时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="公布时间")),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("rules", models.JSONField(blank=True, null=True, verbose_name="认定依据")),
            ],
            options={
                "verbose_name": "表彰",
                "verbose_name_plural": "表彰",
                "ordering": ["-year__year", "-created_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "name"), name="commendation_name_once_per_year"),
                    models.CheckConstraint(
                        condition=models.Q(("places__gte", 1)), name="commendation_has_places"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("issued_at", None), ("issued_by", None), ("rules__isnull", True)),
                            models.Q(
                                ("issued_at__isnull", False),
                                ("issued_by__isnull", False),
                                ("rules__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="commendation_issued_with_signer",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '表彰不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="de0a8d001b10956fd2c4a0bac62567b31c27d18c",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_9c4cb",
                            table="reports_commendation",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="issued_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.issued_at IS NOT NULL)",
                            func="RAISE EXCEPTION '已公布的表彰名单不能修改或删除。' USING ERRCODE = 'restrict_violation';",
                            hash="7db3399ddc53c9792df071af5bb68995b678e74d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_issued_stays_6c9fb",
                            table="reports_commendation",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_commendationevent" ("created_at", "created_by_id", "id", "issued_at", "issued_by_id", "kind", "minimum", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "rules", "year_id") SELECT new_values."created_at", new_values."created_by_id", new_values."id", new_values."issued_at", new_values."issued_by_id", new_values."kind", new_values."minimum", new_values."name", new_values."order", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."places", new_values."rules", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="99d4d2ed2cbbd57c2f495320b840307b4f77041d",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_2472a",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="reports_commendation",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_commendationevent" ("created_at", "created_by_id", "id", "issued_at", "issued_by_id", "kind", "minimum", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "rules", "year_id") SELECT new_values."created_at", new_values."created_by_id", new_values."id", new_values."issued_at", new_values."issued_by_id", new_values."kind", new_values."minimum", new_values."name", new_values."order", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."places", new_values."rules", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="87dc305240e6910678a3fd274fafb50e32f5429d",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_4042b",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="reports_commendation",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_commendationevent" ("created_at", "created_by_id", "id", "issued_at", "issued_by_id", "kind", "minimum", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "rules", "year_id") SELECT old_values."created_at", old_values."created_by_id", old_values."id", old_values."issued_at", old_values."issued_by_id", old_values."kind", old_values."minimum", old_values."name", old_values."order", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."places", old_values."rules", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="23255494b87c14dca6f08852b9f01a2cf52f9c1b",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_23cd4",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="reports_commendation",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommendationEvent",
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
                        to="reports.commendation",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("volunteer", "优秀志愿者"),
                            ("team", "优秀志愿服务队"),
                            ("project", "优秀志愿服务项目"),
                        ],
                        max_length=10,
                        verbose_name="对象",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("places", models.PositiveSmallIntegerField(verbose_name="名额")),
                ("minimum", models.JSONField(verbose_name="条件")),
                ("order", models.CharField(max_length=10, verbose_name="排序依据")),
                ("created_at", models.DateTimeField(verbose_name="创建时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="公布时间")),
                (
                    "issued_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("rules", models.JSONField(blank=True, null=True, verbose_name="认定依据")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="ef5dc3149239a335ede43265a64e6fb3a41efdf1",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_6617e",
                            table="reports_commendationevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="d616818c4c1c57f76568cfe1a8333ce35f8abc23",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_0a3a5",
                            table="reports_commendationevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Commended",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "commendation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="names",
                        to="reports.commendation",
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(null=True, verbose_name="序号")),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commended",
                        to="members.member",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commended",
                        to="pairing.serviceteam",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commended",
                        to="activities.project",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("where", models.CharField(max_length=210, verbose_name="所在")),
                ("figures", models.JSONField(verbose_name="各项数字")),
                ("barred", models.JSONField(default=list, verbose_name="未列入原因")),
                ("evidence", models.JSONField(default=list, verbose_name="服务记录")),
            ],
            options={
                "verbose_name": "表彰名单",
                "verbose_name_plural": "表彰名单",
                "ordering": ["place", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("commendation", "place"), name="commended_place_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("barred", []), ("place__gte", 1)),
                            models.Q(("place", None), models.Q(("barred", []), _negated=True)),
                            _connector="OR",
                        ),
                        name="commended_placed_or_barred",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("member__isnull", False), ("project", None), ("team", None)),
                            models.Q(("member", None), ("project", None), ("team__isnull", False)),
                            models.Q(("member", None), ("project__isnull", False), ("team", None)),
                            _connector="OR",
                        ),
                        name="commended_one_thing",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '表彰名单不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="0a20428bd7e0374e3b5cee53b37bba4532bfdba0",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_0467b",
                            table="reports_commended",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="within_places_then_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF TG_OP <> 'INSERT' THEN RAISE EXCEPTION '已公布的表彰名单不能修改或删除。' USING ERRCODE = 'restrict_violation'; END IF; IF EXISTS (SELECT FROM reports_commendation c WHERE c.id = NEW.commendation_id AND c.issued_at IS NOT NULL) THEN RAISE EXCEPTION '已公布的表彰名单不能修改或删除。' USING ERRCODE = 'restrict_violation'; END IF; IF NEW.place > (SELECT c.places FROM reports_commendation c WHERE c.id = NEW.commendation_id) THEN RAISE EXCEPTION '超出表彰名额。' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;",
                            hash="052b4bccae497ac774c9d604431ac5a67d4d686f",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_within_places_then_stays_76efe",
                            table="reports_commended",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExcellentException",
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
                        related_name="exceptions",
                        to="members.serviceyear",
                        verbose_name="年度",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exceptions",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待审批"),
                            ("granted", "已同意"),
                            ("refused", "未同意"),
                            ("revoked", "已撤销"),
                        ],
                        default="asked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("grounds", models.TextField(max_length=500, verbose_name="申请理由")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审批时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="审批理由")),
                ("judged", models.JSONField(blank=True, null=True, verbose_name="审批时的情况")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("revoke_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
            ],
            options={
                "verbose_name": "评优例外",
                "verbose_name_plural": "评优例外",
                "ordering": ["-asked_at", "-pk"],
                "indexes": [models.Index(fields=["year", "state"], name="exception_of_year")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "granted"])),
                        fields=("year", "member"),
                        name="exception_once_per_person_and_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("grounds", ""), _negated=True),
                        name="exception_asked_with_grounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("decided_by", None),
                                ("judged__isnull", True),
                                ("reason", ""),
                                ("state", "asked"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("state__in", ["granted", "refused", "revoked"]),
                                ("decided_by__isnull", False),
                                ("judged__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="exception_decided_with_signer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("revoke_reason", ""),
                                ("revoked_at", None),
                                ("state__in", ["asked", "granted", "refused"]),
                            ),
                            models.Q(
                                ("revoked_at__isnull", False),
                                ("revoked_by__isnull", False),
                                ("state", "revoked"),
                                models.Q(("revoke_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="exception_revoked_with_reason",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '评优例外不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="015c8a6dff3aa171b427a2b44234aee95c76d2d7",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_393b2",
                            table="reports_excellentexception",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="decided_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.state <> 'asked')",
                            func="IF TG_OP = 'UPDATE' AND OLD.state = 'granted' AND NEW.state = 'revoked' AND (OLD.year_id, OLD.member_id, OLD.grounds, OLD.asked_at, OLD.asked_by_id, OLD.decided_at, OLD.decided_by_id, OLD.reason, OLD.judged) IS NOT DISTINCT FROM (NEW.year_id, NEW.member_id, NEW.grounds, NEW.asked_at, NEW.asked_by_id, NEW.decided_at, NEW.decided_by_id, NEW.reason, NEW.judged) THEN RETURN NEW; END IF; RAISE EXCEPTION '评优例外审批后不能修改或删除，只能撤销。' USING ERRCODE = 'restrict_violation';",
                            hash="e340048b4ea2c7d67c4e59cbe8dd23ce39928705",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_decided_stays_980d6",
                            table="reports_excellentexception",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id JOIN members_serviceyear y ON y.id = w.year_id WHERE y.school_id <> m.school_id) THEN RAISE EXCEPTION '评优例外的人员与年度不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="aa22f58555ff803b17c00e4708e983e28246b28f",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_a6bbe",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_excellentexception",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id JOIN members_serviceyear y ON y.id = w.year_id WHERE y.school_id <> m.school_id) THEN RAISE EXCEPTION '评优例外的人员与年度不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="805e1212a15770c7ad29cd29cefa48a03b8ec74b",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_95695",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_excellentexception",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_excellentexceptionevent" ("asked_at", "asked_by_id", "decided_at", "decided_by_id", "grounds", "id", "judged", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "revoke_reason", "revoked_at", "revoked_by_id", "state", "year_id") SELECT new_values."asked_at", new_values."asked_by_id", new_values."decided_at", new_values."decided_by_id", new_values."grounds", new_values."id", new_values."judged", new_values."member_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."reason", new_values."revoke_reason", new_values."revoked_at", new_values."revoked_by_id", new_values."state", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="f0ba93ec446a34c36d925c79dae7f49218692a3a",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_88c54",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="reports_excellentexception",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_excellentexceptionevent" ("asked_at", "asked_by_id", "decided_at", "decided_by_id", "grounds", "id", "judged", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "revoke_reason", "revoked_at", "revoked_by_id", "state", "year_id") SELECT new_values."asked_at", new_values."asked_by_id", new_values."decided_at", new_values."decided_by_id", new_values."grounds", new_values."id", new_values."judged", new_values."member_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."reason", new_values."revoke_reason", new_values."revoked_at", new_values."revoked_by_id", new_values."state", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="a59d782cf695507420be91fbd5b41dcb91404450",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_7024e",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="reports_excellentexception",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_excellentexceptionevent" ("asked_at", "asked_by_id", "decided_at", "decided_by_id", "grounds", "id", "judged", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "revoke_reason", "revoked_at", "revoked_by_id", "state", "year_id") SELECT old_values."asked_at", old_values."asked_by_id", old_values."decided_at", old_values."decided_by_id", old_values."grounds", old_values."id", old_values."judged", old_values."member_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."reason", old_values."revoke_reason", old_values."revoked_at", old_values."revoked_by_id", old_values."state", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="5fd037c07fdf55019644cda9d179eced94e6f6d5",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_c1de8",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="reports_excellentexception",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExcellentExceptionEvent",
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
                        to="reports.excellentexception",
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
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待审批"),
                            ("granted", "已同意"),
                            ("refused", "未同意"),
                            ("revoked", "已撤销"),
                        ],
                        default="asked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("grounds", models.TextField(max_length=500, verbose_name="申请理由")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审批时间")),
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
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="审批理由")),
                ("judged", models.JSONField(blank=True, null=True, verbose_name="审批时的情况")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                (
                    "revoked_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("revoke_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="f78df6d7c80791341202a81fa39571dae922f2c3",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_0eaed",
                            table="reports_excellentexceptionevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="80c141ef6660000b2b7551594f1ab7b3655da94f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_29419",
                            table="reports_excellentexceptionevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HonourTitle",
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
                        related_name="honours",
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
                        related_name="honours",
                        to="members.college",
                        verbose_name="学院",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("college", "院级"),
                            ("school", "校级"),
                            ("city", "市级"),
                            ("nation", "国家级"),
                        ],
                        max_length=10,
                        verbose_name="级别",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("person", "个人"), ("branch", "团支部"), ("party", "推优入党")],
                        default="person",
                        max_length=10,
                        verbose_name="对象",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="荣誉名称")),
                ("places", models.PositiveSmallIntegerField(verbose_name="名额")),
                (
                    "nominated_by",
                    models.CharField(
                        choices=[("college", "学院"), ("branch", "团支部或学院")],
                        default="branch",
                        max_length=10,
                        verbose_name="申报单位",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "申报中"), ("announced", "公示"), ("decided", "已确定")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("announced_at", models.DateTimeField(blank=True, null=True, verbose_name="公示时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="确定时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "荣誉",
                "verbose_name_plural": "荣誉",
                "ordering": ["-year__year", "level", "name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("year", "college", "level", "name"),
                        name="honour_name_once",
                        nulls_distinct=False,
                        violation_error_message="本年度已有同级别、同名称的荣誉。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("college__isnull", False), ("level", "college")),
                            models.Q(("college", None), ("level__in", ["school", "city", "nation"])),
                            _connector="OR",
                        ),
                        name="honour_of_a_college_is_its_own",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["person", "branch"]),
                            models.Q(("kind", "party"), ("level", "school")),
                            _connector="OR",
                        ),
                        name="honour_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("nominated_by__in", ["college", "branch"])),
                        name="honour_nominator_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("places__gte", 1), models.Q(("name", ""), _negated=True)),
                        name="honour_has_a_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("announced_at", None),
                                ("decided_at", None),
                                ("decided_by", None),
                                ("state", "open"),
                            ),
                            models.Q(
                                ("announced_at__isnull", False),
                                ("decided_at", None),
                                ("decided_by", None),
                                ("state", "announced"),
                            ),
                            models.Q(
                                ("announced_at__isnull", False),
                                ("decided_at__gte", models.F("announced_at")),
                                ("state", "decided"),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="honour_state_with_its_dates",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '荣誉不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="7b7383dae924516891603293276bce5e3aba25b5",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_f3f0d",
                            table="reports_honourtitle",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="frozen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="""
                    IF OLD.state = 'decided' THEN
                        RAISE EXCEPTION '荣誉已确定，名单和申报不能修改或删除。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    IF (OLD.year_id, OLD.college_id, OLD.level, OLD.kind) IS DISTINCT FROM
                        (NEW.year_id, NEW.college_id, NEW.level, NEW.kind) THEN
                        RAISE EXCEPTION '荣誉的年度、级别和对象不能修改。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF OLD.state = 'open' AND NEW.state = 'decided' THEN
                        RAISE EXCEPTION '荣誉须先公示，再确定。' USING ERRCODE = 'check_violation';
                    END IF;
                    IF EXISTS (SELECT 1 FROM reports_nomination n WHERE n.title_id = NEW.id
                        AND (n.place > NEW.places OR NEW.state = 'decided' AND n.state = 'nominated')) THEN
                        RAISE EXCEPTION '还有没有处理的申报，或名额少于已拟表彰的数量。'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
                            hash="0965ed87c2fbaf998d7a73eac2737a99ef9cbe10",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_frozen_4f8d3",
                            table="reports_honourtitle",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_college c ON c.id = w.college_id JOIN members_serviceyear y ON y.id = w.year_id WHERE y.school_id <> c.school_id) THEN RAISE EXCEPTION '荣誉的学院与年度不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="f15b69a56beaa9bacb3019d7bfb76e753864ea70",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_635af",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_honourtitle",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_college c ON c.id = w.college_id JOIN members_serviceyear y ON y.id = w.year_id WHERE y.school_id <> c.school_id) THEN RAISE EXCEPTION '荣誉的学院与年度不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="5b8311d79c4c542b55c008079313005237959926",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_e4748",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_honourtitle",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_honourtitleevent" ("announced_at", "college_id", "created_at", "decided_at", "decided_by_id", "id", "kind", "level", "name", "nominated_by", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "state", "year_id") SELECT new_values."announced_at", new_values."college_id", new_values."created_at", new_values."decided_at", new_values."decided_by_id", new_values."id", new_values."kind", new_values."level", new_values."name", new_values."nominated_by", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."places", new_values."state", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="70283b8473cc0f58b9c40e31a10343f6fa3ee43b",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_b2901",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="reports_honourtitle",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_honourtitleevent" ("announced_at", "college_id", "created_at", "decided_at", "decided_by_id", "id", "kind", "level", "name", "nominated_by", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "state", "year_id") SELECT new_values."announced_at", new_values."college_id", new_values."created_at", new_values."decided_at", new_values."decided_by_id", new_values."id", new_values."kind", new_values."level", new_values."name", new_values."nominated_by", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."places", new_values."state", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="3d225017e13b9b08d1f19e2d8524b154093783a8",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_82458",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="reports_honourtitle",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_honourtitleevent" ("announced_at", "college_id", "created_at", "decided_at", "decided_by_id", "id", "kind", "level", "name", "nominated_by", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "state", "year_id") SELECT old_values."announced_at", old_values."college_id", old_values."created_at", old_values."decided_at", old_values."decided_by_id", old_values."id", old_values."kind", old_values."level", old_values."name", old_values."nominated_by", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."places", old_values."state", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="a6c38f050d1bc3afa9da6d60cbbbe77ccedd6344",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_782e1",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="reports_honourtitle",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HonourTitleEvent",
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
                        to="reports.honourtitle",
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
                    "level",
                    models.CharField(
                        choices=[
                            ("college", "院级"),
                            ("school", "校级"),
                            ("city", "市级"),
                            ("nation", "国家级"),
                        ],
                        max_length=10,
                        verbose_name="级别",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("person", "个人"), ("branch", "团支部"), ("party", "推优入党")],
                        default="person",
                        max_length=10,
                        verbose_name="对象",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="荣誉名称")),
                ("places", models.PositiveSmallIntegerField(verbose_name="名额")),
                (
                    "nominated_by",
                    models.CharField(
                        choices=[("college", "学院"), ("branch", "团支部或学院")],
                        default="branch",
                        max_length=10,
                        verbose_name="申报单位",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "申报中"), ("announced", "公示"), ("decided", "已确定")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("announced_at", models.DateTimeField(blank=True, null=True, verbose_name="公示时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="确定时间")),
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="552399a0dd96513c62da7e13d647c604fb3f799b",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_f7b35",
                            table="reports_honourtitleevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="1e6b69a697958d03134b7a021365d58a8ebe25b3",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_410e2",
                            table="reports_honourtitleevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Nomination",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "title",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nominations",
                        to="reports.honourtitle",
                        verbose_name="荣誉",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nominations",
                        to="members.member",
                        verbose_name="人员",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nominations",
                        to="members.branch",
                        verbose_name="团支部",
                    ),
                ),
                ("grounds", models.TextField(max_length=500, verbose_name="主要事迹")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("nominated", "已申报"),
                            ("chosen", "拟表彰"),
                            ("dropped", "未入选"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="nominated",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="名额序号")),
                ("nominated_at", models.DateTimeField(verbose_name="申报时间")),
                (
                    "nominated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("judged", models.JSONField(verbose_name="申报时的资格")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="处理时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("judged_at_decision", models.JSONField(blank=True, null=True, verbose_name="确定时的资格")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="说明")),
            ],
            options={
                "verbose_name": "荣誉申报",
                "verbose_name_plural": "荣誉申报",
                "ordering": [models.OrderBy(models.F("place"), nulls_last=True), "nominated_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("title", "place"), name="nomination_place_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["nominated", "chosen"])),
                        fields=("title", "member"),
                        name="nomination_once_per_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["nominated", "chosen"])),
                        fields=("title", "branch"),
                        name="nomination_once_per_branch",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("branch", None), ("member__isnull", False)),
                            models.Q(("branch__isnull", False), ("member", None)),
                            _connector="OR",
                        ),
                        name="nomination_of_a_person_or_a_branch",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("grounds", ""), _negated=True), name="nomination_with_grounds"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("judged__open", True)), name="nomination_passed_the_gate"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("place", None),
                            models.Q(
                                ("judged_at_decision__isnull", False), ("judged_at_decision__open", True)
                            ),
                            _connector="OR",
                        ),
                        name="nomination_place_passed_the_gate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("decided_by", None),
                                ("place", None),
                                ("state", "nominated"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("place__gte", 1),
                                ("state", "chosen"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("place", None),
                                ("state__in", ["dropped", "withdrawn"]),
                                ("decided_by__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="nomination_state_with_its_signer",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '荣誉申报不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="57562967c9ed7ecd50aadb9bc75258be7e8fedc1",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_a967a",
                            table="reports_nomination",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="within_title",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE held record;",
                            func="""
                    IF TG_OP = 'DELETE' THEN
                        RAISE EXCEPTION '荣誉申报不能删除，只能撤回。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    SELECT t.state, t.places, t.kind INTO held FROM reports_honourtitle t
                        WHERE t.id = NEW.title_id FOR SHARE;
                    IF held.state = 'decided' THEN
                        RAISE EXCEPTION '荣誉已确定，名单和申报不能修改或删除。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF TG_OP = 'UPDATE' AND (OLD.title_id, OLD.member_id, OLD.branch_id, OLD.grounds,
                        OLD.nominated_at, OLD.nominated_by_id, OLD.judged) IS DISTINCT FROM
                        (NEW.title_id, NEW.member_id, NEW.branch_id, NEW.grounds, NEW.nominated_at,
                        NEW.nominated_by_id, NEW.judged) THEN
                        RAISE EXCEPTION '申报时的内容和资格不能修改。' USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF NEW.place > held.places OR (held.kind = 'branch') IS DISTINCT FROM
                        (NEW.branch_id IS NOT NULL) THEN
                        RAISE EXCEPTION '超出名额，或对象与荣誉不符。' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
                            hash="12a653f3d545b1d9baf4446d2a0e75f0108de679",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_within_title_6d4b3",
                            table="reports_nomination",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN reports_honourtitle t ON t.id = w.title_id JOIN members_serviceyear y ON y.id = t.year_id LEFT JOIN members_member m ON m.id = w.member_id LEFT JOIN members_branch b ON b.id = w.branch_id LEFT JOIN members_college c ON c.id = b.college_id WHERE y.school_id <> coalesce(m.school_id, c.school_id)) THEN RAISE EXCEPTION '申报的对象与荣誉不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="f83b26f028e70ba6f872866e3d20a1dcb7b85f6a",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_768e6",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_nomination",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN reports_honourtitle t ON t.id = w.title_id JOIN members_serviceyear y ON y.id = t.year_id LEFT JOIN members_member m ON m.id = w.member_id LEFT JOIN members_branch b ON b.id = w.branch_id LEFT JOIN members_college c ON c.id = b.college_id WHERE y.school_id <> coalesce(m.school_id, c.school_id)) THEN RAISE EXCEPTION '申报的对象与荣誉不属于同一所学校。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="ac5d3008af46d7a54f2689fce21c8ea5370560be",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_69b75",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_nomination",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_nominationevent" ("branch_id", "decided_at", "decided_by_id", "grounds", "id", "judged", "judged_at_decision", "member_id", "nominated_at", "nominated_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "reason", "state", "title_id") SELECT new_values."branch_id", new_values."decided_at", new_values."decided_by_id", new_values."grounds", new_values."id", new_values."judged", new_values."judged_at_decision", new_values."member_id", new_values."nominated_at", new_values."nominated_by_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."place", new_values."reason", new_values."state", new_values."title_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="4247da010143c22d01a974261814632cd9af6a59",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_3f0d0",
                            referencing="REFERENCING NEW TABLE AS new_values ",
                            table="reports_nomination",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_nominationevent" ("branch_id", "decided_at", "decided_by_id", "grounds", "id", "judged", "judged_at_decision", "member_id", "nominated_at", "nominated_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "reason", "state", "title_id") SELECT new_values."branch_id", new_values."decided_at", new_values."decided_by_id", new_values."grounds", new_values."id", new_values."judged", new_values."judged_at_decision", new_values."member_id", new_values."nominated_at", new_values."nominated_by_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."place", new_values."reason", new_values."state", new_values."title_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                            hash="cf30d1e255b3b45181787b1524683889f50c3f43",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_43445",
                            referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                            table="reports_nomination",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reports_nominationevent" ("branch_id", "decided_at", "decided_by_id", "grounds", "id", "judged", "judged_at_decision", "member_id", "nominated_at", "nominated_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "reason", "state", "title_id") SELECT old_values."branch_id", old_values."decided_at", old_values."decided_by_id", old_values."grounds", old_values."id", old_values."judged", old_values."judged_at_decision", old_values."member_id", old_values."nominated_at", old_values."nominated_by_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."place", old_values."reason", old_values."state", old_values."title_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                            hash="ff2504990c520dbc1e8e6cebfee6fd99bfcce856",
                            level="STATEMENT",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_84e83",
                            referencing="REFERENCING OLD TABLE AS old_values ",
                            table="reports_nomination",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NominationEvent",
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
                        to="reports.nomination",
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
                    "title",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="reports.honourtitle",
                        verbose_name="荣誉",
                    ),
                ),
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
                ("grounds", models.TextField(max_length=500, verbose_name="主要事迹")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("nominated", "已申报"),
                            ("chosen", "拟表彰"),
                            ("dropped", "未入选"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="nominated",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="名额序号")),
                ("nominated_at", models.DateTimeField(verbose_name="申报时间")),
                (
                    "nominated_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("judged", models.JSONField(verbose_name="申报时的资格")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="处理时间")),
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
                ("judged_at_decision", models.JSONField(blank=True, null=True, verbose_name="确定时的资格")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="说明")),
            ],
            options={
                "abstract": False,
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '修改记录不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="1d47d51d53ba56f4f022b095507c302583662d42",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_68226",
                            table="reports_nominationevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="fe4a740797e5206f377eaf0a20b3418b9c35ebfd",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_50525",
                            table="reports_nominationevent",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RollOver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "year",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rollover",
                        to="members.serviceyear",
                        verbose_name="原年度",
                    ),
                ),
                (
                    "next_year",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rolled_from",
                        to="members.serviceyear",
                        verbose_name="新年度",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="结转时间")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("people_as_of", models.BigIntegerField()),
                ("items", models.JSONField(verbose_name="事项")),
                ("graduates", models.JSONField(default=list, verbose_name="毕业归档")),
            ],
            options={
                "verbose_name": "年度结转",
                "verbose_name_plural": "年度结转",
                "ordering": ["-year__year"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("year", models.F("next_year")), _negated=True),
                        name="rollover_into_another_year",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '年度结转不能清空。' USING ERRCODE = 'restrict_violation';",
                            hash="e0f12843bb989650c6cf2e5608219eaedad6b0d6",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_16cf3",
                            table="reports_rollover",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '年度结转的记录不能修改或删除。' USING ERRCODE = 'restrict_violation';",
                            hash="649bc51ce98cddec5fcb24878ee62badfd4d53b1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_stays_0a142",
                            table="reports_rollover",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_serviceyear y ON y.id = w.year_id JOIN members_serviceyear n ON n.id = w.next_year_id WHERE n.school_id <> y.school_id OR n.year <> y.year + 1) THEN RAISE EXCEPTION '结转的新年度应为同一所学校的下一年度。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="48d8a237ed71c04f06cbe22c84592337f410f02f",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_one_school_insert_43adb",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_rollover",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="one_school_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM written w JOIN members_serviceyear y ON y.id = w.year_id JOIN members_serviceyear n ON n.id = w.next_year_id WHERE n.school_id <> y.school_id OR n.year <> y.year + 1) THEN RAISE EXCEPTION '结转的新年度应为同一所学校的下一年度。' USING ERRCODE = 'check_violation'; END IF; RETURN NULL;",
                            hash="729ef4ba3b214423032cabee2ac52864d28018da",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_one_school_update_59d9b",
                            referencing="REFERENCING NEW TABLE AS written ",
                            table="reports_rollover",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="applicant",
            trigger=pgtrigger.compiler.Trigger(
                name="gate_of_admission",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.stage IN ('applicant', 'activist', 'candidate') AND NEW.stage IN ('candidate', 'member') AND OLD.stage <> NEW.stage AND NEW.registered_on IS NULL)",
                    func="RAISE EXCEPTION '须先完成志愿者注册并核实，才能列为发展对象或团员（通知二（一））。' USING ERRCODE = 'check_violation';",
                    hash="956135e6e995eaa7305f1d08a47cac349b7ff5b9",
                    operation="UPDATE",
                    pgid="pgtrigger_gate_of_admission_cf69e",
                    table="members_member",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="applicant",
            trigger=pgtrigger.compiler.Trigger(
                name="track_follows",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.stage <> NEW.stage)",
                    func="""
                    UPDATE reports_admission SET
                        state = CASE NEW.stage WHEN 'member' THEN 'outside' WHEN 'student' THEN 'ended' ELSE 'open' END,
                        activist_on = CASE WHEN NEW.stage <> 'applicant' THEN activist_on END,
                        candidate_on = CASE WHEN NEW.stage NOT IN ('applicant', 'activist') THEN candidate_on END,
                        meeting_on = CASE WHEN NEW.stage NOT IN ('applicant', 'activist') THEN meeting_on END,
                        ended_at = CASE NEW.stage WHEN 'student' THEN now() END,
                        end_reason = CASE NEW.stage WHEN 'student' THEN '发展阶段改为群众' ELSE '' END
                    WHERE member_id = NEW.id AND state IN ('open', 'outside');
                    RETURN NULL;
                """,
                    hash="d7c600bc5032e29b15b25b615fe6e3323506b6f8",
                    operation="UPDATE",
                    pgid="pgtrigger_track_follows_c4561",
                    table="members_member",
                    when="AFTER",
                ),
            ),
        ),
    ]
