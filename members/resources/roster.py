"""The roster, one row per person. The export has the same form, so that the import can read it."""

import re
from datetime import date
from typing import Any

from members.models import Member
from members.resources.base import SheetResource, StagedRow, make_column
from members.resources.columns import Said
from members.resources.roster_states import LEAVING, STATE_COLUMN, combine_states
from members.roster_words import parse_gender, parse_politics
from members.rules import parse_league_stage, parse_member_state, parse_stage_and_party
from members.sheets.cells import (
    CellError,
    clean_label,
    clean_name,
    clean_number,
    clean_organisation,
    clean_text,
    make_name_key,
    mask_phone,
    read_phone,
)
from members.sheets.names import make_sort_key
from members.sheets.states import Meaning, read_state
from members.sheets.texts import remove_spaces

GRADE = re.compile(r"((?:19|20)[0-9]{2})(?:\.0+)?(?:级|届|年级?)?|([0-9]{2})[级届]")
POLITICS = {"member": "共青团员", "student": "群众"}
LEAGUE_WORDS = {
    **dict.fromkeys(["团员", "共青团员", "正式团员", "保留团籍"], Meaning.YES),
    **dict.fromkeys(["非团员", "不是团员", "非共青团员", "群众", "不是", "非"], Meaning.NO),
}
DENIALS = frozenset({"无", "没有", "0", "FALSE", "False", "TRUE", "True", "false", "true"})


def clean_grade(value: object) -> str:
    """Return the grade as text; 2016, "2016.0", "2016级" and "16级" are one grade."""
    text = remove_spaces(clean_label(value)).strip("'’‘`")
    if found := GRADE.fullmatch(text):
        return f"20{found[2]}" if found[2] else found[1]
    return text if text.endswith("年级") else text.removesuffix("级").removesuffix("届")


def clean_gender(value: object) -> str:
    """Return "male", "female", or "" where the cell says nothing; raise CellError for other text."""
    try:
        return parse_gender(clean_label(value))
    except ValueError as error:
        raise CellError(str(error)) from error


def clean_state(value: object) -> str:
    """Return the word of a state; 无 and 没有 are no words for nothing here, under 学籍 they deny it."""
    text = clean_text(value)
    return text if text in DENIALS else clean_label(text)


def clean_word(value: object) -> str:
    """Return a word of 政治面貌 or 发展阶段 without the spaces inside; see `clean_label`."""
    return "".join(clean_label(value).split())


def _add_membership(politics: str, stage: str, league: str) -> str:
    """Return 政治面貌, filled in by 是否团员; raise ValueError where the two contradict each other."""
    if not league or (meaning := read_state("是否团员", league, LEAGUE_WORDS)) is Meaning.BLANK:
        return politics
    if meaning not in (Meaning.YES, Meaning.NO):
        raise ValueError(f"“是否团员”是“{league[:20]}”，请填写是或否")
    belongs = meaning is Meaning.YES
    if not politics and not stage:
        return "共青团员" if belongs else "群众"
    if (parse_stage_and_party(politics, stage)[0] == "member") != belongs:
        raise ValueError(f"“是否团员”是“{league[:20]}”，与“{politics or stage}”矛盾，请改正其中一列")
    return politics


class RosterResource(SheetResource):
    """The roster of a school or college."""

    student_no = make_column("学号", "student_no", clean_number)
    former_no = make_column("原学号", None, clean_number)
    name = make_column("姓名", "name", clean_name)
    gender = make_column("性别", "get_gender_display", clean_gender)
    college = make_column("学院", "branch__college__name", clean_organisation)
    branch = make_column("团支部", "branch__name", clean_organisation)
    grade = make_column("年级", "grade", clean_grade)
    politics = make_column("政治面貌", None, clean_word)
    stage = make_column("发展阶段", "get_stage_display", clean_word)
    league = make_column("是否团员", None, clean_text)
    state = make_column("状态", "get_state_display", clean_state)
    phone = make_column("手机号码", "phone", read_phone)
    office = make_column("职务", "office", clean_label)
    volunteer_no = make_column("志愿者编号", "volunteer_no", clean_number)
    registered_on = make_column("注册日期", "registered_on", clean_text)

    class Meta:
        model = Member
        import_id_fields = ("student_no",)
        fields = (
            "student_no",
            "former_no",
            "name",
            "gender",
            "college",
            "branch",
            "grade",
            "politics",
            "stage",
            "league",
            "state",
            "phone",
            "office",
            "volunteer_no",
            "registered_on",
        )

    # fmt: off
    template = {
        "student_no": ("2018990001", "学号，文本或数字均可，前面的 0 会保留"),
        "name": ("张三", "真实姓名"),
        "college": ("法学院", "学院全称；学院自己导入时可不填"),
        "branch": ("法学1801团支部", "团支部名称；平台没有的会在预览中列出，确认后新建"),
        "politics": ("共青团员", "共青团员、中共党员、中共预备党员、群众"),
        "stage": ("", "入团申请人、入团积极分子、发展对象、团员；不填时按政治面貌"),
        "gender": ("女", "男或女"),
        "grade": ("2018", "入学年份，如 2018 或 2018级"),
        "state": ("在籍", "在籍、休学、转出、毕业、交换、参军；不填时新人员为在籍"),
        "phone": ("13800000000", "11 位手机号码"),
        "office": ("", "团内职务，如 团支书；没有就空着"),
        "former_no": ("", "换了学号的人填以前的学号，其他人空着"),
    }
    # fmt: on

    key = "student_no"

    required = frozenset({"student_no", "name", "branch"})
    any_of = (frozenset({"politics", "stage", "league"}),)
    # A list of known people says what it says: number, name, and at least one of these columns.
    required_of_known = frozenset({"student_no", "name"})
    any_of_known = (
        frozenset(
            {
                "former_no",
                "gender",
                "college",
                "branch",
                "grade",
                "politics",
                "stage",
                "league",
                "state",
                "phone",
                "office",
            }
        ),
    )
    # What a new person needs besides is checked by the comparison, which knows the people.
    # A bad phone or office costs the cell. Numbers, names, units, stage and state decide; they cost the row.
    optional = frozenset({"gender", "grade", "phone", "office"})
    must_have = {"student_no": "缺少学号", "name": "缺少姓名"}
    # The import of a roster does not read registrations: they come from 志愿北京 or from a secretary.
    import_only = frozenset({"former_no", "league"})
    export_only = frozenset({"volunteer_no", "registered_on"})
    # fmt: off
    aliases = {
        "student_no": (
            "学籍号", "学生学号", "学生编号", "学工号", "学号/学籍号", "学籍编号", "编号(学号)", "学生证号",
        ),
        "former_no": ("旧学号", "曾用学号", "原学籍号", "变更前学号", "本科学号", "历史学号", "转入前学号"),
        "name": ("学生姓名", "团员姓名", "名字", "姓名(中文)", "真实姓名"),
        "college": (
            "所在学院", "所属学院", "学院名称", "院系", "所在院系", "系别", "二级学院", "所属团委", "学院团委",
            "系部", "院部", "院系所", "系院", "系", "分院", "学部", "培养单位", "所在单位", "二级单位", "二级团委",
            "二级团组织",
        ),
        "branch": (
            "所在团支部", "支部名称", "团支部名称", "所属团支部", "所在支部", "支部", "团组织名称", "团组织",
            "班团支部", "班级团支部", "团支部班级",
        ),
        "grade": ("所在年级", "入学年份", "入学年级"),
        "politics": ("面貌", "政治身份", "政治面目", "政治状况"),
        "stage": ("培养阶段", "团员发展阶段", "发展状态", "团员类别"),
        "state": ("学籍状态", "在校状态", "团员状态", "团籍状态", "学生状态", "在读状态", "在籍状态", "人员状态"),
        "league": ("是否共青团员", "是否为团员", "是否是团员", "是否为共青团员", "团员与否", "是不是团员"),
        "phone": (
            "手机", "手机号", "联系电话", "电话", "联系方式", "移动电话", "电话号码", "本人手机", "联系手机",
            "手机电话",
        ),
        "office": (
            "团内职务", "担任职务", "现任职务", "任职情况", "支部职务", "团支部职务", "团干部职务", "学生干部职务",
            "班团职务", "所任职务", "任职",
        ),
    }
    # fmt: on
    patterns = {"state": STATE_COLUMN}
    states = LEAVING
    loose = frozenset({"college", "grade", "phone", "office"})
    combine = {"state": combine_states}
    consequence = "没有录入；如已离开，请在“状态”列写明毕业、转出等"

    def __init__(self, *, phones_open: Any = None):
        """`phones_open(member)` tells whether the reader of an export may see that person's phone in full."""
        super().__init__()
        self.phones_open = phones_open or (lambda member: False)

    def finish(self, data: dict[str, Any]) -> None:
        """Set stage, Party membership and state from the roster's words; add the keys of the name.

        `only_politics` marks 群众 that no 发展阶段 confirms: applicants and 积极分子 are 群众 as well.
        """
        politics = _add_membership(
            parse_politics(data.pop("politics", "")), data.get("stage", ""), data.pop("league", "")
        )
        if politics or "stage" in data:
            named = parse_league_stage(politics, data.get("stage", ""))
            data["stage"], party = parse_stage_and_party(politics, data.get("stage", ""))
            if data["stage"] == "student" and not named:
                data["only_politics"] = True
            if politics or party:
                data["party"] = party  # an empty 政治面貌 does not change the Party membership
        if "state" in data:
            data["state"] = parse_member_state(data["state"])
        data["name_key"] = make_name_key(data["name"])[:80]
        data["sort_key"] = make_sort_key(data["name"])

    def judge_states(self, row: StagedRow, said: list[Said]) -> StagedRow:
        """Refuse the row if a column speaks against it, but not a leaver whose 状态 says so already."""
        left = row.data.get("state", "active") != "active"
        return super().judge_states(row, [one for one in said if not (left and one.meaning is Meaning.NO)])

    def dehydrate_politics(self, member: Member) -> str:
        """Return 政治面貌 for an export: the Party membership if there is one, else 共青团员 or 群众."""
        return member.get_party_display() if member.party else POLITICS.get(member.stage, "群众")

    def dehydrate_registered_on(self, member: Member) -> date | str | None:
        """Return the date of registration for an export, or 日期不详 where nobody told it."""
        unknown = member.is_registered and member.registered_on is None
        return "日期不详" if unknown else member.registered_on

    def dehydrate_phone(self, member: Member) -> str:
        """Return the phone for an export, masked unless the reader may see it."""
        return member.phone if self.phones_open(member) else mask_phone(member.phone)
