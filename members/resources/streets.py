"""The city's streets, with the number of places taken outside the portal."""

import re
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from members.models import Street
from members.resources.base import SheetResource, make_column
from members.sheets.cells import (
    CellError,
    clean_date,
    clean_label,
    clean_number,
    clean_organisation,
    clean_text,
    mask_phone,
)
from members.sheets.nothing import is_zero
from members.sheets.states import Meaning

KINDS = {"城区": "urban", "城": "urban", "郊区": "suburban", "郊": "suburban", "远郊区": "suburban"}


def clean_count(value: object) -> int | None:
    """Return a number of places from 3, "3个" or "３所"; None for an empty cell.

    Raises CellError with a Chinese reason for other text and for more than 1000.
    """
    shown = clean_text(value)
    plain = re.sub(r"[个所家]$", "", shown).strip()
    if is_zero(plain):
        return 0
    try:
        text = clean_number(plain)
    except CellError:
        text = "?"
    if not text:
        return None
    if not text.isdecimal() or int(text) > 1000:
        raise CellError(f"“{shown}”不是有效的数量")
    return int(text)


class StreetResource(SheetResource):
    """The list of streets."""

    district = make_column("区", "district", clean_organisation)
    name = make_column("街乡名称", "name", clean_organisation)
    kind = make_column("类型", "get_kind_display", clean_label)
    contact = make_column("联系人", "contact", clean_label)
    contact_phone = make_column("联系电话", "contact_phone", clean_label)
    taken_elsewhere = make_column("全市已对接数", "taken_elsewhere", clean_count)
    taken_as_of = make_column("数据时间", "taken_as_of", clean_date)

    class Meta:
        model = Street
        import_id_fields = ("district", "name")
        fields = ("district", "name", "kind", "contact", "contact_phone", "taken_elsewhere", "taken_as_of")

    # fmt: off
    template = {
        "district": ("海淀区", "街乡所在的区"),
        "name": ("学院路街道", "街道、乡镇的全称"),
        "kind": ("城区", "城区或郊区"),
        "contact": ("王老师", "街乡负责人"),
        "contact_phone": ("010-60000000", "手机或座机"),
        "taken_elsewhere": ("2", "平台外已经对接的数量，填数字"),
        "taken_as_of": ("2018-10-15", "上一列是哪一天的数字"),
    }
    # fmt: on

    key = "name"

    required = frozenset({"district", "name", "kind"})
    # Places taken and their day decide who may pair; the contact does not.
    optional = frozenset({"contact", "contact_phone"})
    must_have = {"district": "缺少所在区", "name": "缺少街乡名称", "kind": "缺少类型（城区或郊区）"}
    # fmt: off
    aliases = {
        "district": ("所在区", "区县", "所属区", "行政区", "城区名称", "所属区县", "区名"),
        "name": (
            "街乡", "街道", "街道名称", "街道(乡镇)", "街道乡镇", "街道(乡镇)名称", "乡镇街道", "名称", "街镇",
            "街乡镇", "街镇名称", "街乡镇名称", "街道办事处", "街乡团工委", "街道乡镇团工委", "街道团工委",
        ),
        "kind": (
            "类别", "城区/郊区", "城郊", "城郊类别", "区域类型", "城郊类型", "城区或郊区", "城区郊区", "街乡类型",
            "城郊属性", "区域类别", "城郊区",
        ),
        "contact": (
            "负责人", "街乡联系人", "工作负责人", "志愿服务工作负责人", "联系人姓名", "负责人姓名", "街乡负责人",
            "街道联系人", "对接人", "志愿服务负责人",
        ),
        "contact_phone": (
            "电话", "联系方式", "手机", "手机号码", "办公电话", "联系人电话", "手机号", "座机", "联系人手机",
            "联系人手机号", "联系人联系方式", "负责人电话",
        ),
        "taken_elsewhere": (
            "已对接数", "已对接", "已结对数", "全市已结对数", "已对接高校数", "对接数", "已对接数量", "已结对数量",
            "已结对", "全市已对接", "已有对接数", "已结对高校数", "已用名额", "已占用名额", "已对接组织数",
        ),
        "taken_as_of": (
            "统计时间", "截止时间", "更新时间", "数据日期", "统计日期", "截至时间", "截至日期", "截止日期",
            "更新日期",
        ),
    }
    # fmt: on
    loose = frozenset({"contact", "contact_phone"})
    states = re.compile(
        "(?:街乡|街道|乡镇|建制|存续|对接|结对|接收)(?:状态|标志)|是否(?:有效|保留|存在|撤并|合并|接收|开放|可对接)|(?:撤并|合并)(?:时间|日期)"
    )
    # How many places are left says nothing against a street.
    state_words = dict.fromkeys(
        [
            "已对接",
            "未对接",
            "待对接",
            "对接中",
            "可对接",
            "已结对",
            "未结对",
            "待结对",
            "已满",
            "未满",
            "空闲",
            "有名额",
            "无名额",
        ],
        Meaning.YES,
    )
    state_ends = re.compile("撤并|合并")
    consequence = "没有录入"

    def finish(self, data: dict[str, Any]) -> None:
        """Convert 城区 and 郊区 to the values of the table; raise ValueError for an unknown kind."""
        kind = KINDS.get(data["kind"])
        if kind is None:
            raise ValueError(f"类型“{data['kind']}”无法识别，应为城区或郊区")
        data["kind"] = kind
        as_of = data.pop("taken_as_of", None)
        # A date without a figure is ignored: the stored figure keeps its own date.
        if as_of and "taken_elsewhere" in data:
            data["taken_as_of"] = as_of.isoformat()


def export_streets(streets: QuerySet[Street], *, phones_open: bool) -> tuple[str, list[str], Iterator[list]]:
    """Return (title, header, rows) of a workbook of streets, with the headers that the import reads."""
    resource = StreetResource()

    def row(street: Street) -> list:
        if not phones_open:
            street.contact_phone = mask_phone(street.contact_phone)
        return resource.export_resource(street)

    return "街乡名录", resource.get_export_headers(), (row(street) for street in streets.iterator(2000))
