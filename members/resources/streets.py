"""The city's streets, with what is taken there outside the portal."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from members.cells import CellError, clean_date, clean_number, clean_organisation, clean_text, mask_phone
from members.models import Street
from members.resources.base import SheetResource, column

KINDS = {"城区": "urban", "城": "urban", "郊区": "suburban", "郊": "suburban", "远郊区": "suburban"}


def clean_count(value: object) -> int | None:
    """3, "３" and "3个" are three; an empty cell says nothing."""
    try:
        text = clean_number(value.strip().removesuffix("个") if isinstance(value, str) else value)
    except CellError:
        text = "?"
    if not text:
        return None
    if not text.isdecimal() or int(text) > 1000:
        raise CellError(f"“{clean_text(value)}”不是有效的数量")
    return int(text)


class StreetResource(SheetResource):
    district = column("区", "district", clean_organisation)
    name = column("街乡名称", "name", clean_organisation)
    kind = column("类型", "get_kind_display", clean_text)
    contact = column("联系人", "contact", clean_text)
    contact_phone = column("联系电话", "contact_phone", clean_text)
    taken_elsewhere = column("全市已对接数", "taken_elsewhere", clean_count)
    taken_as_of = column("数据时间", "taken_as_of", clean_date)

    class Meta:
        model = Street
        import_id_fields = ("district", "name")
        fields = ("district", "name", "kind", "contact", "contact_phone", "taken_elsewhere", "taken_as_of")

    key = "name"

    required = frozenset({"district", "name", "kind"})
    must_have = {"district": "缺少所在区", "name": "缺少街乡名称", "kind": "缺少类型（城区或郊区）"}
    aliases = {
        "district": ("所在区", "区县", "所属区", "行政区", "城区名称", "所属区县"),
        "name": ("街乡", "街道", "街道名称", "街道(乡镇)", "街道乡镇", "街道(乡镇)名称", "乡镇街道", "名称"),
        "kind": ("类别", "城区/郊区", "城郊", "城郊类别", "区域类型", "城郊类型"),
        "contact": ("负责人", "街乡联系人", "工作负责人", "志愿服务工作负责人", "联系人姓名"),
        "contact_phone": ("电话", "联系方式", "手机", "手机号码", "办公电话", "联系人电话"),
        "taken_elsewhere": ("已对接数", "已对接", "已结对数", "全市已结对数", "已对接高校数", "对接数"),
        "taken_as_of": ("统计时间", "截止时间", "更新时间", "数据日期", "统计日期"),
    }

    def finish(self, data: dict[str, Any]) -> None:
        kind = KINDS.get(data["kind"])
        if kind is None:
            raise ValueError(f"类型“{data['kind']}”无法识别，应为城区或郊区")
        data["kind"] = kind
        as_of = data.pop("taken_as_of", None)
        # A date without a figure is the date of nothing: the figure that stands keeps its own.
        if as_of and "taken_elsewhere" in data:
            data["taken_as_of"] = as_of.isoformat()


def export_streets(streets: QuerySet[Street], *, phones_open: bool) -> tuple[str, list[str], Iterator[list]]:
    """A filtered list of streets with the headers that the import reads: (title, header, rows) for a workbook."""
    resource = StreetResource()

    def row(street: Street) -> list:
        if not phones_open:
            street.contact_phone = mask_phone(street.contact_phone)
        return resource.export_resource(street)

    return "街乡名录", resource.get_export_headers(), (row(street) for street in streets.iterator(2000))
