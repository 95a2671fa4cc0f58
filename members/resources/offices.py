"""Appointments as a sheet: one row per term of an office. The export has the same form, so that the import reads it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils import timezone

from members.models import Grant
from members.permissions import Role
from members.resources.base import SheetResource, StagedRow, make_column
from members.rules import OFFICE_ROLES
from members.sheets.account_cells import clean_account_name, clean_account_number
from members.sheets.cells import CellError, clean_date, clean_label, clean_organisation
from members.sheets.grids import RawFile
from members.sheets.papers import holds_id_card
from members.sheets.sheets import Sheet
from members.sheets.states import is_state_header, read_in_force

SPACES = re.compile(r"\s+")
STATE_HEADERS = ("状态", "账号", "最近使用", "第二步验证")


class OfficeResource(SheetResource):
    """Who holds which office where, from when to when; without passwords."""

    number = make_column("学号/工号", "user__number", clean_account_number)
    name = make_column("姓名", "user__name", clean_account_name)
    role = make_column("角色", "get_role_display", clean_label)
    college = make_column("学院", "college_name", clean_organisation)
    branch = make_column("团支部", "branch_name", clean_organisation)
    starts_on = make_column("开始", "starts_on", clean_date)
    ends_on = make_column("结束", "ends_on", clean_date)

    class Meta:
        model = Grant
        import_id_fields = ("number",)
        fields = ("number", "name", "role", "college", "branch", "starts_on", "ends_on")

    # fmt: off
    template = {
        "number": ("2018990001", "学生填学号，教师填工号；不要填身份证号"),
        "name": ("张三", "真实姓名"),
        "role": ("团支书", "校团委、学院团委书记、团支书"),
        "college": ("法学院", "学院团委书记和团支书填写"),
        "branch": ("法学1801团支部", "团支书填写"),
        "starts_on": ("2018-09-01", "任期开始的日期；不填时从今天起"),
        "ends_on": ("2019-08-31", "任期结束的日期；不填时到学年结束"),
    }
    # fmt: on

    key = "number"
    own_headers = (STATE_HEADERS,)
    reads_states = False  # `rows` reads them: a term that has ended may say so
    required = frozenset({"number", "name", "role"})
    must_have = {"number": "缺少学号或工号", "name": "缺少姓名", "role": "缺少角色"}
    # fmt: off
    aliases = {
        "number": (
            "学工号", "工号", "学号", "学号或工号", "工号/学号", "学号(工号)", "工号(学号)", "职工号", "教工号",
            "教职工号", "人员编号", "账号", "用户名", "学号、工号", "学籍号",
        ),
        "name": ("名字", "人员姓名", "教师姓名", "学生姓名", "真实姓名", "书记姓名"),
        "role": ("职务", "岗位", "身份", "任职", "担任职务", "授权角色", "用户角色", "权限", "团内职务"),
        "college": (
            "所在学院", "所属学院", "学院名称", "院系", "所属团委", "学院团委", "二级学院", "二级单位", "单位",
            "所在单位",
        ),
        "branch": ("所在团支部", "支部名称", "团支部名称", "所属团支部", "支部", "所在支部", "班级团支部"),
        "starts_on": (
            "开始日期", "任期开始", "起始日期", "任职开始", "任职日期", "任职时间", "起始时间", "开始时间", "任期起",
            "自",
        ),
        "ends_on": (
            "结束日期", "任期结束", "截止日期", "终止日期", "任职结束", "离任日期", "到期日期", "结束时间", "任期止",
            "至",
        ),
    }
    # fmt: on

    def open(self, raw: RawFile) -> Sheet:
        """Return the sheet; columns that say whether a term is in force are read, so they are not ignored ones."""
        sheet = super().open(raw)
        return replace(sheet, ignored=tuple(text for text in sheet.ignored if not is_state_header(text)))

    def rows(self, sheet: Sheet) -> Iterator[StagedRow]:
        """Yield the rows; a row that another column calls not in force is refused, it is no appointment (§4)."""
        known = set(sheet.columns.values())
        states = [
            (place, text)
            for place, text in enumerate(sheet.header)
            if place not in known and is_state_header(text)
        ]
        for row in super().rows(sheet):
            reasons = [_explain_state(text, row.original[place], row.data) for place, text in states]
            if any(isinstance(cell, str) and holds_id_card(cell) for cell in row.data.values()):
                reasons.append("有一格填成了身份证号，平台不保存身份证号")
            reason = "；".join(filter(None, [row.reason, *reasons]))
            yield replace(row, data={}, reason=reason) if reason else row

    def finish(self, data: dict[str, Any]) -> None:
        """Read the role's Chinese name; turn the dates into JSON; raise ValueError with a Chinese reason."""
        role = OFFICE_ROLES.get(SPACES.sub("", data["role"]))
        if role is None:
            raise ValueError(f"角色“{data['role']}”无法识别，应为校团委、学院团委书记或团支书")
        data["role"], data["office_name"] = role, Role(role).label
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            raise ValueError("结束日期早于开始日期")
        for name in ("starts_on", "ends_on"):
            if name in data:
                data[name] = data[name].isoformat()


def _explain_state(header: str, cell: str, data: dict[str, Any]) -> str:
    """Return why a column that says whether a term is in force speaks against the row; "" if it does not.

    A term that has ended may say so: its end is in the past as well.
    """
    in_force = read_in_force(header, cell)
    last = date.fromisoformat(data["ends_on"]) if "ends_on" in data else None
    if in_force or (last and last < timezone.localdate() and in_force is False):
        return ""
    if in_force is False:
        return f"“{header}”是“{cell[:20]}”，不是在任的任职；要结束任期请填写结束日期"
    try:
        if last and clean_date(cell) == last:
            return ""
    except CellError:
        pass
    return f"“{header}”是“{cell[:20]}”，不能判断是否在任；起止日期请填在“开始”“结束”列"


def describe_account(grant: Any) -> str:
    """Return whether somebody can sign in with the account of a row of `queries.appointments.list_offices`."""
    if not grant.user.is_active:
        return "已停用"
    return "已激活" if grant.activated else "未激活"
