"""A bulletin and its figures: written once and sealed; from then on the database refuses changes.

The tables: Bulletin (an issue with the school's totals) ← BulletinLine (a college) ← BulletinBranch (the
annex). Names are stored as texts and rule values as numbers, both as they were at the time of issue.
"""

from collections.abc import Sequence
from functools import cached_property

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from members.models import Branch, College, School, ServiceYear
from members.models.history import build_truncate_trigger
from members.rules import Rate
from reports.querysets import BulletinQuerySet
from reports.rules.bulletins import Change, compare_figures, describe_correction, full_day_text

REFUSED = "已发布的通报不能修改或删除；如有错误，请发布勘误通报。"


def build_refusal_condition_sql(condition: str) -> str:
    """Return PL/pgSQL of a trigger that refuses where the condition is true.

    Class 23: Django raises IntegrityError.
    """
    return (
        f"IF {condition} THEN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation'; END IF; "
        "RETURN NEW;"
    )


# The figures that an issue prints of the school, of a college and of a branch.
SCHOOL_FIGURES = ("members", "registered", "reported", "branches", "branches_below")
LINE_FIGURES = (
    "rank", "members", "registered", "reported", "branches", "branches_below", "activists", "activists_registered",
)  # fmt: skip
BRANCH_FIGURES = ("members", "registered")


def describe_change_of_row(row: "Figures", before: "Figures | None", figures: Sequence[str]) -> str:
    """Return which of these figures differ from the row of the corrected issue, in Chinese."""
    known = {name: getattr(before, name) for name in figures} if before else None
    return describe_correction({name: getattr(row, name) for name in figures}, known)


class Figures(models.Model):
    """The counts of a rate (people), see members.rules.Rate."""

    members = models.PositiveIntegerField("团员数")
    registered = models.PositiveIntegerField("已注册")
    reported = models.PositiveIntegerField("已自报待核实")
    out = models.PositiveIntegerField("不计入人数")
    activists = models.PositiveIntegerField("入团积极分子数")
    activists_registered = models.PositiveIntegerField("入团积极分子已注册")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_parts_within_whole",
                condition=Q(
                    members__gte=F("registered") + F("reported"), activists__gte=F("activists_registered")
                ),
            )
        ]

    def build_rate(self, floor_percent: int) -> Rate:
        """Return the rate of these counts with the given floor (percent)."""
        return Rate(
            self.members,
            self.registered,
            self.reported,
            self.out,
            self.activists,
            self.activists_registered,
            floor_percent,
        )


class Bulletin(Figures):
    """One issue. Its own figures are the school's totals."""

    class Kind(models.TextChoices):
        REGULAR = "regular", "通报"
        CORRECTION = "correction", "勘误"

    school = models.ForeignKey(School, models.PROTECT, related_name="bulletins", verbose_name="学校")
    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="bulletins", verbose_name="年度")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices, default=Kind.REGULAR)
    number = models.PositiveSmallIntegerField("期号")
    due_on = models.DateField("通报日")
    as_of = models.DateTimeField("数据截至")
    # The moment of publication of a 勘误, whose figures are those of its original's day. Empty: `as_of`.
    issued_at = models.DateTimeField("发布时间", null=True, blank=True)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="更正的通报"
    )
    correction_no = models.PositiveSmallIntegerField("勘误序号", default=0)
    reason = models.TextField("勘误说明", blank=True)
    # The issue that changes are compared with; a later correction does not change this reference.
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    school_name = models.CharField("学校名称", max_length=100)
    floor_percent = models.PositiveSmallIntegerField("底线（%）")
    branches = models.PositiveIntegerField("团支部数")
    branches_below = models.PositiveIntegerField("低于底线的团支部数")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    sealed = models.BooleanField("已签发", default=False)

    objects = BulletinQuerySet.as_manager()

    class Meta(Figures.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "注册情况通报"
        ordering = ["-due_on", "-correction_no"]
        constraints = [
            *Figures.Meta.constraints,
            models.UniqueConstraint(
                fields=["school", "due_on"], condition=Q(kind="regular"), name="bulletin_once_per_date"
            ),
            models.UniqueConstraint(
                fields=["year", "number"], condition=Q(kind="regular"), name="bulletin_number_once_per_year"
            ),
            models.UniqueConstraint(fields=["corrects", "correction_no"], name="bulletin_correction_once"),
            models.CheckConstraint(
                name="bulletin_correction_says_what_and_why",
                condition=Q(kind="regular", corrects=None, correction_no=0, reason="")
                | Q(kind="correction", corrects__isnull=False, correction_no__gte=1) & ~Q(reason=""),
            ),
        ]
        triggers = [
            build_truncate_trigger("已发布的通报"),
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=build_refusal_condition_sql("TG_OP = 'DELETE' OR OLD.sealed"),
            ),
            # At commit: an issue is whole and sealed, and the three levels add up.
            pgtrigger.Trigger(
                name="whole",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
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
            ),
        ]

    def __str__(self):
        return f"{self.school_name}{self.title}"

    def get_absolute_url(self):
        return reverse("bulletin", args=[self.pk])

    @property
    def title(self) -> str:
        """Return the title, like 2018年第3期 or 2018年第3期勘误1."""
        correction = f"勘误{self.correction_no}" if self.correction_no else ""
        return f"{self.due_on.year}年第{self.number}期{correction}"

    @property
    def late(self) -> bool:
        """Return whether the issue was published after its date (补发). A correction never counts as late."""
        return self.kind == self.Kind.REGULAR and timezone.localdate(self.as_of) > self.due_on

    @property
    def due_text(self) -> str:
        return full_day_text(self.due_on)

    @property
    def floor_text(self) -> str:
        return f"{self.floor_percent} %"

    @property
    def branches_note(self) -> str:
        return f"共 {self.branches} 个团支部"

    @property
    def annex(self) -> list["BulletinBranch"]:
        """Return every branch, by college; needs `with_figures`."""
        return [branch for line in self.lines.all() for branch in line.annex.all()]

    @property
    def below_floor(self) -> list["BulletinBranch"]:
        return [branch for branch in self.annex if branch.below_floor]

    @property
    def rate(self) -> Rate:
        return self.build_rate(self.floor_percent)

    @cached_property
    def original_lines(self) -> dict[int, "BulletinLine"]:
        """Return {college: its line in the issue that this one corrects}. A query."""
        return {line.college_id: line for line in self.corrects.lines.all()} if self.corrects else {}

    @cached_property
    def original_branches(self) -> dict[int, "BulletinBranch"]:
        """Return {branch: its row in the issue that this one corrects}. A query."""
        rows = BulletinBranch.objects.filter(line__bulletin=self.corrects_id) if self.corrects_id else ()
        return {row.branch_id: row for row in rows}

    @property
    def correction(self) -> str:
        """Return which of the school's figures this 勘误 changes, in Chinese."""
        return describe_change_of_row(self, self.corrects, SCHOOL_FIGURES) if self.corrects else ""

    @property
    def change(self) -> Change | None:
        """Return the change of the whole school since the issue before.

        A query unless `previous` was selected.
        """
        before = (self.previous.registered, self.previous.members) if self.previous else None
        return compare_figures((self.registered, self.members), before)


class BulletinLine(Figures):
    """A college in an issue."""

    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="lines", verbose_name="通报")
    college = models.ForeignKey(College, models.PROTECT, related_name="bulletin_lines", verbose_name="学院")
    college_name = models.CharField("学院名称", max_length=100)
    rank = models.PositiveSmallIntegerField("排名", null=True)
    previous_members = models.PositiveIntegerField("上期团员数", null=True)
    previous_registered = models.PositiveIntegerField("上期已注册", null=True)
    previous_rank = models.PositiveSmallIntegerField("上期排名", null=True)
    branches = models.PositiveIntegerField("团支部数")
    branches_below = models.PositiveIntegerField("低于底线的团支部数")

    class Meta(Figures.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "通报学院数据"
        ordering = [F("rank").asc(nulls_last=True), "college_name"]
        constraints = [
            *Figures.Meta.constraints,
            models.UniqueConstraint(fields=["bulletin", "college"], name="bulletin_line_once_per_college"),
        ]
        triggers = [
            build_truncate_trigger("已发布的通报"),
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=build_refusal_condition_sql(
                    "TG_OP <> 'INSERT' OR "
                    "(SELECT b.sealed FROM reports_bulletin b WHERE b.id = NEW.bulletin_id)"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.bulletin} {self.college_name}"

    @property
    def rate(self) -> Rate:
        return self.build_rate(self.bulletin.floor_percent)

    @property
    def change(self) -> Change | None:
        """Return the change since the issue before."""
        before = None
        if self.previous_members is not None and self.previous_registered is not None:
            before = (self.previous_registered, self.previous_members)
        return compare_figures((self.registered, self.members), before)

    @property
    def correction(self) -> str:
        """Return which figures of the college a 勘误 changes, in Chinese; "" for an unchanged line."""
        if not self.bulletin.corrects_id:
            return ""
        return describe_change_of_row(self, self.bulletin.original_lines.get(self.college_id), LINE_FIGURES)


class BulletinBranch(Figures):
    """A branch in the annex."""

    line = models.ForeignKey(BulletinLine, models.PROTECT, related_name="annex", verbose_name="学院数据")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="bulletin_lines", verbose_name="团支部")
    branch_name = models.CharField("团支部名称", max_length=100)
    below_floor = models.BooleanField("低于底线")

    class Meta(Figures.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "通报团支部数据"
        ordering = ["branch_name"]
        constraints = [
            *Figures.Meta.constraints,
            models.UniqueConstraint(fields=["line", "branch"], name="bulletin_branch_once_per_line"),
        ]
        triggers = [
            build_truncate_trigger("已发布的通报"),
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=build_refusal_condition_sql(
                    "TG_OP <> 'INSERT' OR (SELECT b.sealed FROM reports_bulletin b "
                    "JOIN reports_bulletinline l ON l.bulletin_id = b.id WHERE l.id = NEW.line_id)"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.line} {self.branch_name}"

    @property
    def rate(self) -> Rate:
        return self.build_rate(self.line.bulletin.floor_percent)

    @property
    def correction(self) -> str:
        """Return which figures of the branch a 勘误 changes, in Chinese; "" for an unchanged row."""
        issue = self.line.bulletin
        if not issue.corrects_id:
            return ""
        return describe_change_of_row(self, issue.original_branches.get(self.branch_id), BRANCH_FIGURES)
