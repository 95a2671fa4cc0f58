"""The sheet of 申请结对码 that the city gives to a school."""

import re
from typing import Any, ClassVar

from members.resources.base import SheetResource, StagedRow, make_column
from members.resources.columns import Said, explain_state
from members.resources.streets import KINDS
from members.sheets.cells import CellError, clean_label, clean_number, clean_text
from members.sheets.sheets import Column
from members.sheets.states import Meaning
from pairing.models import PairingCode
from pairing.rules import normalise_code

SHAPE = re.compile(r"[0-9A-Z][0-9A-Z_-]{2,39}")


# A column that tells whether a code is used up: 使用状态, 是否已发放, 领取时间.
_GIVEN = "使用|发放|分配|领取|领用|占用|绑定|结对|对接|兑换|核销|用"
# The city hands codes to a school on some day (发放日期): that day says nothing against a code.
_TAKEN = "使用|领取|领用|占用|绑定|结对|对接|兑换|核销"
# 领取学院, 使用人: a code that somebody has is used.
_HOLDER = "学院|院系|单位|团委|部门|组织|团队|学校|高校|人|者|人员"
STATES = re.compile(
    f"(?:结对码|编码|码|当前)?(?:{_GIVEN}|库存|有效)?(?:状态|情况|标志|与否)|(?:是否|是否已|是否可|已)(?:{_GIVEN}|可用|在用)"
    f"|(?:{_TAKEN}|截止)(?:时间|日期)|(?:{_TAKEN})(?:{_HOLDER})"
)
GIVEN = re.compile(
    f"^(?:(?:是否|是否已|已)(?:{_GIVEN})|(?:{_GIVEN})(?:状态|标志|情况|与否)|(?:{_TAKEN})(?:时间|日期|{_HOLDER}))"
)
IN_STOCK = "库存 在库 空闲 空余 可用 可使用 可分配 待使用 待分配 待发放 待领取 已退回 未使用 未用 未发放 未分配 未领取 未领用 未占用 未绑定 未结对 未对接 未兑换 未核销 未领 闲置 剩余 unused free instock"
NOT_IN_STOCK = "已使用 已用 使用中 已发放 已分配 已领取 已领用 已占用 已绑定 已结对 已对接 已兑换 已核销 核销 已领 使用 占用 锁定 used taken assigned issued"
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
    kind = make_column("类型", "get_kind_display", clean_label)
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
    export_only = frozenset({"college"})
    states = STATES
    state_ends = GIVEN
    state_words: ClassVar = {
        **dict.fromkeys(IN_STOCK.split(), Meaning.YES),
        **dict.fromkeys(NOT_IN_STOCK.split(), Meaning.NO),
    }
    consequence = "不能入库"
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

    def columns(self) -> list[Column]:
        """Return the columns of an import: 状态 is a state column, which never changes a code of the portal."""
        return [column for column in super().columns() if column.key != "state"]

    def judge_states(self, row: StagedRow, said: list[Said]) -> StagedRow:
        """Mark a row whose code is used up or void: it is refused unless the portal has the code already."""
        unread = [one for one in said if one.meaning is None]
        judged = super().judge_states(row, unread)
        told = [explain_state(one, self.consequence) for one in said if one.meaning is not None]
        if judged.data and any(told):
            judged.data["refusal"] = "；".join(filter(None, told))
        return judged

    def finish(self, data: dict[str, Any]) -> None:
        """Convert 城区结对码, 郊区 and similar words to the kind; raise ValueError for an unknown word."""
        kind = KINDS.get(data["kind"].removesuffix("结对码").removesuffix("街乡").removesuffix("码"))
        if kind is None:
            raise ValueError(f"类型“{data['kind']}”无法识别，应为城区或郊区")
        data["kind"] = kind
