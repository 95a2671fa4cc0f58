"""Imported files: the run, its rows, and the list of registered volunteers."""

import re
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse

from members.models.history import track_history
from members.models.one_school import build_one_school_triggers
from members.models.organisation import College, School, Street
from members.models.people import Member
from members.models.years import ServiceYear
from members.querysets import ImportRunQuerySet, VolunteerRecordQuerySet
from members.sheets.cells import mask_phone


class ImportRun(models.Model):
    """One uploaded file: a preview first, then confirmed or dropped.

    Its rows tell what happens to each row.
    """

    class Kind(models.TextChoices):
        ORGANISATION = "organisation", "组织架构"
        ROSTER = "roster", "团员花名册"
        VOLUNTEERS = "volunteers", "志愿者名单"
        STREETS = "streets", "街乡名录"
        CODES = "codes", "申请结对码"
        HOURS = "hours", "服务时长"
        ACCOUNTS = "accounts", "账号与授权"

    class State(models.TextChoices):
        READING = "reading", "正在读取"
        PREVIEW = "preview", "待确认"
        WRITING = "writing", "正在导入"
        DONE = "done", "已完成"
        DROPPED = "dropped", "已放弃"
        FAILED = "failed", "未能读取"
        UNDOING = "undoing", "正在撤销"
        UNDONE = "undone", "已撤销"

    school = models.ForeignKey(School, models.CASCADE, related_name="imports")
    # If set, every row of the file must belong to this college.
    college = models.ForeignKey(College, models.CASCADE, null=True, blank=True, related_name="imports")
    # Set for the kinds that belong to a year.
    year = models.ForeignKey(
        ServiceYear, models.CASCADE, null=True, blank=True, related_name="imports", verbose_name="年度"
    )
    kind = models.CharField("类别", max_length=20, choices=Kind.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.READING)
    file = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    filename = models.CharField("文件名", max_length=200)
    # 数据日期: the day the file speaks of; changes take effect then. Empty: the day of the import.
    as_of = models.DateField("数据日期", null=True, blank=True)
    # Somebody has confirmed that this file, older than what is held, goes in all the same.
    forced = models.BooleanField("确认导入旧数据", default=False)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    header = models.JSONField(default=list)
    problem = models.TextField("原因", blank=True)
    # Counts by status after the last comparison, and names of organisations that the import creates or has
    # created.
    figures = models.JSONField(default=dict)
    # Notes of the reader: {"ignored": [headers], "ignored_days": [headers], "skipped_sheets": [names],
    # "asks_columns": [[header, [words]]], "file_doubts": [sentences], "columns": {field: place in the header}},
    # "partial": true for rejected rows brought again, which say nothing of what they lack, and "doubts": [sentences],
    # made anew by each comparison.
    notes = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    confirmed_at = models.DateTimeField("导入时间", null=True)
    # The import whose rejected rows this one brings again.
    follows = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="followers", verbose_name="接着哪次导入"
    )
    # How often a worker began to read or write it; a run that ended its worker twice is not tried again.
    attempts = models.PositiveSmallIntegerField("处理次数", default=0, db_default=0)
    # The context of the history in which the file was written; undoing reads there what the file changed. Empty:
    # not written yet, or imported before the portal could undo.
    history = models.UUIDField(null=True, blank=True, editable=False)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤销人",
    )

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入"
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.filename}"

    def get_absolute_url(self):
        return reverse("import", args=[self.pk])


SUBJECT = (
    "code",
    "student_no",
    "number",
    "volunteer_no",
    "district",
    "parent",
    "name",
    "office_name",
    "college",
    "branch",
    "group_name",
    "served_on",
    "title",
)
MOBILE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")
CHANGE_LABELS = {
    "college": "学院",
    "branch": "团支部",
    "outside_no": "组织编号",
    "kind": "类型",
    "ends_on": "结束",
    "past": "当日情况",  # of the file's day, where the person is the same today; as text
    # Hours belong to an app above this one; their comparison already gives the values as text.
    "hours_of": "人员",
    "hours_title": "服务内容",
    "hours_served_on": "服务日期",
    "hours_span": "起止时间",
    "hours_minutes": "时长（分钟）",
    "hours_state": "状态",
}


def _format_value(kind: str, name: str, value: object) -> str:
    """Return a value of a change as the pages show it; phones are masked (requirements §6)."""
    field = _find_field(kind, name)
    if field is not None and field.choices:
        return dict(field.choices).get(value, value)
    text = "" if value is None else str(value)
    return mask_phone(text) if name == "phone" else text


def _find_field(kind: str, name: str) -> models.Field | None:
    model = {
        "roster": Member,
        "streets": Street,
        "volunteers": Member,
        "organisation": College,
        "codes": Street,
    }.get(kind)
    fields = model._meta.fields if model else ()
    return next((field for field in fields if field.name == name and not field.is_relation), None)


class ImportRow(models.Model):
    """A row of an imported file: written by COPY, then compared and merged in SQL."""

    class Status(models.TextChoices):
        NEW = "new", "新增"
        CHANGED = "changed", "变更"
        SAME = "same", "无变化"
        UNCLEAR = "unclear", "待认领"
        ERROR = "error", "有误"

    # Added by members.transfer.pages.show_rows, for the preview and the result.
    cells: list[Any]
    remarks: list[Any]
    label: str
    url: str

    # `importrow_page` begins with the run.
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows", db_index=False)
    position = models.PositiveIntegerField()
    sheet = models.CharField(max_length=100, blank=True)
    number = models.PositiveIntegerField("行号")
    # The number or name that identifies the row's object, if it could be read; also set for a row with an
    # error.
    key = models.CharField(max_length=200, blank=True)
    original = models.JSONField()
    data = models.JSONField(default=dict)
    status = models.CharField("结果", max_length=8, choices=Status.choices, blank=True)
    reason = models.TextField("原因", blank=True)
    changes = models.JSONField(default=dict)
    # {field: a sentence about a cell that was left out or read with a doubt}; under "" one about the row.
    doubts = models.JSONField(default=dict, db_default={})
    target = models.BigIntegerField(null=True)
    college_id = models.BigIntegerField(null=True)
    branch_id = models.BigIntegerField(null=True)
    # The row is older than what is held: it would bring a former state back.
    reverting = models.BooleanField("回到以前的状态", default=False, db_default=False)

    class Meta:
        ordering = ["position"]
        indexes = [
            # Pages of the preview: the rows of one kind, in the file's order.
            models.Index(fields=["run", "status", "position"], name="importrow_page"),
            # People missing from the file: one index look-up per person, even before the planner has
            # statistics.
            models.Index(fields=["run", "key"], name="importrow_key"),
        ]

    def __str__(self):
        return f"第 {self.number} 行"

    @property
    def subject(self) -> str:
        """The person or thing of the row; for a row that could not be read, its cells with masked phones."""
        if self.data:
            named = (self.data.get(name) for name in SUBJECT if name in self.data)
            return " ".join(dict.fromkeys(named))
        return MOBILE.sub(r"\1****\2", "　".join(text for text in self.original if text))[:120]

    def describe_changes(self, kind: str) -> list[tuple[str, str, str, str]]:
        """Return (name, label, old, new) for each change of the row, for the preview."""
        described = []
        for name, (old, new) in self.changes.items():
            field = _find_field(kind, name)
            label = CHANGE_LABELS.get(name) or str(field.verbose_name if field else name)
            if kind == ImportRun.Kind.ORGANISATION and name == "name":
                label = "名称"  # of a college or a branch
            new_text = _format_value(kind, name, new)
            described.append((name, label, _format_value(kind, name, old) or "空", new_text))
        return described


@track_history()
class VolunteerRecord(models.Model):
    """A row of the 志愿北京 list.

    It is matched to a person, waiting in 待认领, or dismissed as a person of another school.
    """

    class State(models.TextChoices):
        MATCHED = "matched", "已匹配"
        UNCLEAR = "unclear", "待认领"
        DISMISSED = "dismissed", "非本校人员"

    school = models.ForeignKey(School, models.CASCADE, related_name="volunteers")
    # The college whose 待认领 list has it: the importing college, or the one named in the volunteer group's
    # name.
    college = models.ForeignKey(College, models.SET_NULL, null=True, blank=True, related_name="volunteers")
    volunteer_no = models.CharField("志愿者编号", max_length=40, blank=True)
    name = models.CharField("姓名", max_length=80)
    name_key = models.CharField(max_length=80, editable=False)
    phone = models.CharField("手机号码", max_length=20, blank=True)
    # Few lists have it. It distinguishes two people of one name, and finds a person that a later roster adds.
    student_no = models.CharField("学号", max_length=40, blank=True)
    group_name = models.CharField("所属团体", max_length=200, blank=True)
    registered_on = models.DateField("注册日期", null=True, blank=True)
    # The day of the first file that has the record: a registration without a date counts from it. Empty only in
    # the history of before.
    listed_on = models.DateField("名单日期", null=True)
    state = models.CharField("状态", max_length=10, choices=State.choices)
    reason = models.CharField("说明", max_length=200, blank=True)
    # Records that had been two before case and width made one number of them: all but the first have 1, 2 …
    twin = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # Set when a user undoes a match: from then on only a user may match the record, no import does.
    by_hand_only = models.BooleanField("只由人工认领", default=False)
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="volunteer_records", verbose_name="人员"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VolunteerRecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "志愿者名单记录"
        constraints = [
            models.UniqueConstraint(
                Upper("volunteer_no"),
                "school",
                "twin",
                condition=~Q(volunteer_no=""),
                name="volunteer_no_once_per_school",
            ),
            models.UniqueConstraint(
                "school",
                "name_key",
                "phone",
                Upper("student_no"),
                "twin",
                condition=Q(volunteer_no=""),
                name="volunteer_without_no_once",
            ),
            models.CheckConstraint(name="volunteer_has_day_of_list", condition=Q(listed_on__isnull=False)),
            models.CheckConstraint(
                name="volunteer_matched_has_member",
                condition=Q(state="matched", member__isnull=False)
                | Q(state__in=["unclear", "dismissed"], member=None),
            ),
        ]
        indexes = [
            models.Index(fields=["school", "state", "college"], name="volunteer_waiting"),
            models.Index(fields=["school"], condition=Q(twin__gt=0), name="volunteer_twins"),
        ]
        triggers = build_one_school_triggers(
            "SELECT 1 FROM written w JOIN members_member m ON m.id = w.member_id "
            "WHERE m.school_id <> w.school_id",
            "志愿者名单记录与人员不属于同一所学校。",
        )

    def __str__(self):
        return self.name
