"""The outside system's list of League organisations: colleges and branches, with their parents."""

import re
from typing import Any

from members.models import Branch
from members.resources.base import SheetResource, make_column
from members.sheets.cells import clean_label, clean_number, clean_organisation
from members.sheets.states import Meaning


class OrganisationResource(SheetResource):
    """The list of organisations, in two common forms.

    Either 组织名称 + 上级组织 (one row per organisation), or 学院 + 团支部 (one row per branch).
    """

    outside_no = make_column("组织编号", "outside_no", clean_number)
    name = make_column("组织名称", None, clean_organisation)
    parent = make_column("上级组织", None, clean_organisation)
    level = make_column("组织类别", None, clean_label)
    college = make_column("学院", "college__name", clean_organisation)
    branch = make_column("团支部", "name", clean_organisation)

    class Meta:
        model = Branch
        import_id_fields = ("outside_no",)
        fields = ("outside_no", "name", "parent", "level", "college", "branch")

    # fmt: off
    template = {
        "outside_no": ("110001", "线上系统的组织编号"),
        "name": ("法学1801团支部", "学院团委或团支部的名称"),
        "parent": ("法学院团委", "团支部填学院团委，学院团委填学校团委"),
        "level": ("团支部", "团委或团支部；不填时按名称判断"),
    }
    # fmt: on

    key = "name"

    any_of = (frozenset({"name", "branch"}), frozenset({"parent", "college"}))
    # fmt: off
    aliases = {
        "outside_no": (
            "组织编码", "团组织编号", "团组织编码", "组织代码", "组织ID", "编码", "团组织代码", "团组织ID",
        ),
        "name": ("团组织名称", "组织全称", "团组织全称", "团组织", "本级组织", "团组织名"),
        "parent": (
            "上级团组织", "上级组织名称", "上级团组织名称", "直属上级", "上级名称", "隶属组织", "上级", "上级团委",
            "父级组织", "隶属关系",
        ),
        "level": ("组织类型", "团组织类别", "团组织类型", "类别", "类型", "组织层级", "组织级别", "层级", "级别"),
        "college": (
            "所在学院", "所属学院", "学院名称", "院系", "学院团委", "所属团委", "二级学院", "二级团委", "二级团组织", "系部",
        ),
        "branch": ("支部名称", "团支部名称", "所在团支部", "所属团支部", "支部", "基层团支部"),
    }
    # fmt: on
    loose = frozenset({"parent", "college", "level"})
    states = re.compile(
        "(?:组织|团组织|支部|团支部|学院|运行|建制|存续|当前)+状态|(?:是否|是否已)(?:存在|保留|合并|撤并|在用)|(?:撤并|合并)(?:时间|日期)"
    )
    state_words = dict.fromkeys(["换届中", "待换届", "已换届", "新建", "新成立", "已成立"], Meaning.YES)
    state_ends = re.compile("撤并|合并")
    consequence = "没有录入"

    def get_max_length(self, name: str) -> int | None:
        """Return the limit of a name in characters: in both forms it becomes the name of a college or branch."""
        return super().get_max_length("branch" if name in ("name", "parent") else name)

    def finish(self, data: dict[str, Any]) -> None:
        """Convert both forms to (name, parent).

        The import decides on the level later, because it knows the school's names.
        """
        if "branch" in data and "name" not in data:
            data["name"], data["level"] = data.pop("branch"), "团支部"
        if "college" in data and "parent" not in data:
            data["parent"] = data.pop("college")
        if "name" not in data:
            raise ValueError("缺少组织名称")
