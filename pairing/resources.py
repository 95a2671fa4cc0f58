"""The sheet of 申请结对码 that the city gives to a school."""

import re
from typing import Any

from members.resources.base import SheetResource, make_column
from members.resources.streets import KINDS
from members.sheets.cells import CellError, clean_number, clean_text
from pairing.models import PairingCode
from pairing.rules import normalise_code

SHAPE = re.compile(r"[0-9A-Z][0-9A-Z_-]{2,39}")


NOT_A_CODE = "只能由字母、数字和连字符组成，3 至 40 位"
LOST_DIGITS = "不是完整的结对码，请把单元格设为文本后重填"


def clean_code(value: object) -> str:
    """Return a code from a cell; raise CellError otherwise.

    The message never repeats the cell, because messages appear in logs and in the returned file.
    """
    try:
        code = normalise_code(clean_number(value))
    except CellError:
        raise CellError(NOT_A_CODE if isinstance(value, str) else LOST_DIGITS) from None
    if code and not SHAPE.fullmatch(code):
        raise CellError(NOT_A_CODE)
    return code


class CodeResource(SheetResource):
    """The list of codes, with their kind."""

    code = make_column("申请结对码", "code", clean_code)
    kind = make_column("类型", "get_kind_display", clean_text)
    state = make_column("状态", "get_state_display", clean_text)
    college = make_column("学院", "college__name", clean_text)

    class Meta:
        model = PairingCode
        import_id_fields = ("code",)
        fields = ("code", "kind", "state", "college")

    # fmt: off
    template = {
        "code": ("JH2018001", "团市委下发的申请结对码，字母、数字和连字符"),
        "kind": ("城区", "城区或郊区"),
    }
    # fmt: on

    required = frozenset({"code", "kind"})
    must_have = {"code": "缺少申请结对码", "kind": "缺少类型（城区或郊区）"}
    export_only = frozenset({"state", "college"})
    aliases = {
        "code": ("结对码", "街乡结对码", "结对申请码", "申请码", "对接码", "邀请码", "编码", "码"),
        "kind": (
            "类别",
            "城区/郊区",
            "城郊",
            "城郊类别",
            "城郊类型",
            "区域类型",
            "结对码类型",
            "结对类型",
            "街乡类型",
        ),
    }

    def finish(self, data: dict[str, Any]) -> None:
        """Convert 城区结对码, 郊区 and similar words to the kind; raise ValueError for an unknown word."""
        kind = KINDS.get(data["kind"].removesuffix("结对码").removesuffix("街乡").removesuffix("码"))
        if kind is None:
            raise ValueError(f"类型“{data['kind']}”无法识别，应为城区或郊区")
        data["kind"] = kind
