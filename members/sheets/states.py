"""Columns of a sheet that say whether a row is in force: 审核状态, 是否有效, 在籍状态, 注销时间 (requirements §4)."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache

from members.sheets.cells import CellError, clean_date, clean_text
from members.sheets.values import Unreadable


class Meaning(StrEnum):
    """What a cell of a state column says about its row."""

    YES = "yes"  # in force
    NO = "no"  # not in force
    WAITING = "waiting"  # nobody has decided yet
    BLANK = "blank"  # nothing


_HEADER = re.compile(
    "状态|有效|生效|在任|在职|在岗|是否现任|是否任职|任职情况|审核|审批|启用|离任|离职|离岗|卸任|免职|免去|辞职|罢免|注销|停用|作废|撤销"
)
# Who approved, and when, says nothing against a row.
_BESIDE = re.compile(
    "(?:人|(?<!志愿)者|单位|部门|电话|签字|编号|次数)$|(?:审核|审批|启用|生效|有效).*(?:时间|日期|期)"
)
_JUDGED = "审核|审批|复核|初审|复审|终审|审查|审定|核验|校验|评审|评定"
_WHOSE = (
    "(?:数据|记录|信息|资料|学校|学院|校级|院级|区级|市级|校团委|院团委|团委|团支部|支部|班级|街道|街乡|社区|辅导员|书记|系统|平台"
    f"|当前|最新|目前|最终|总|本条|{_JUDGED})*"
)
_ENDS = "注销|停用|作废|撤销|撤并|撤回|取消|失效|终止|删除|冻结|禁用|封禁|锁定|拉黑|暂停|解散|除名"
# What may be before the word in 账号注销时间, and behind it in 注销注册时间.
_THING = "(?:账号|账户|用户|志愿者|会员|注册|实名|认证|登记|平台|系统|数据|记录|信息|资料|学籍|街乡|街道|组织|团组织|支部|团支部|结对码|编码|码|时长|服务|活动|报名)*"
# The last day on which something is in force.
_UNTIL = "(?:有效期?|使用期|使用)(?:至|到|止|截止|截至|终止|结束)|到期|过期|失效|终止"
# What a column of any kind of file is called that says whether its rows are in force; matched as a whole.
COMMON = re.compile(
    f"{_WHOSE}状态|{_WHOSE}(?:{_JUDGED})(?:状态|结果|结论|情况|进度|与否)?|(?:审核|审批|复核|认定)意见"
    f"|(?:{_JUDGED})?(?:是否|是否已|是否仍|已)(?:有效|生效|失效|无效|过期|可用|在用|通过|审核|审核通过|审批通过|启用|禁用|{_ENDS})"
    f"|(?:{_JUDGED})?(?:通过|有效|生效|可用)与否"
    f"|(?:有效|生效|启用|账号|账户|用户|使用|存续|{_ENDS})(?:状态|标志|标记|标识|情况|与否|否)|有效性"
    f"|{_THING}(?:(?:{_ENDS}){_THING}|退出平台)(?:的)?(?:时间|日期|年月日|于)"
    f"|(?:{_JUDGED})(?:是否|是否已|有没有)(?:通过|合格)|(?:是否|是否已)(?:激活|通过(?:{_JUDGED}))|激活(?:状态|情况|与否)"
)
UNTIL = re.compile(f"{_THING}(?:{_UNTIL})(?:时间|日期|日|年月日)?|有效期限?(?:截止|结束)(?:时间|日期|日)?")
_ENDING = re.compile(
    f"{_ENDS}|离任|离职|离岗|卸任|免职|免去|辞职|罢免|失效|无效|过期|退团|离校|离籍|退出|转出|离团|毕业|结业|退学|休学|到期"
    "|开除|辞退|转学|合并|有效期?(?:至|到|止|截|终)|使用期?(?:至|到|止|截|终)"
)
_ASKING = re.compile("状态|是否|与否|标志|标记|审核|审批|有效|结果$")
_REMARK = re.compile("备注|附注|说明|备考|原因|注$")
_FREE_TEXT = re.compile("(?:情况|意见)$")  # 情况属实 says nothing against a row
_SPACES = re.compile(r"[\s。．.!！;；]+")
_BLANK = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "空", "未填", "未填写", "nan", "nat", "null", "none", "n/a", "#n/a"}
    | {"0000-00-00", "0000-00-0000:00:00", "0000/00/00"}
)
_PLAIN = {
    **dict.fromkeys(
        ["是", "y", "yes", "true", "t", "1", "√", "✓", "✔", "☑", "有", "对", "ok", "v"], Meaning.YES
    ),
    **dict.fromkeys(
        ["否", "n", "no", "false", "f", "0", "×", "x", "✗", "✘", "无", "没有", "暂无", "错"], Meaning.NO
    ),
}
# Words by meaning. The text of a cell must consist of them and of words that change nothing; else nobody can tell.
_NO = (
    f"{_ENDS}|无效|失效|作废|封禁|锁定|撤消|驳回|退回|打回|拒绝|不予(?:通过|认定|确认|批准|注册)?|否决|黑名单|拉黑|清退|清除"
    "|无学籍|过期|到期|超期|暂停|中止|关闭|下线|离任|离职|离岗|卸任|免职|免去|辞职|罢免|到任|结束|不再担任"
    "|毕业离校|毕业|结业|肄业|休学|退学|转出|转学|离校|离籍|退出|退会|退团|开除|离团|死亡|去世|异常|失败|重复|错误|缺勤|缺席|未到|旷"
)
_YES = (
    "有效期内|有学籍|有效|生效|通过|同意|批准|合格|符合|正常|启用|激活|可用|使用中|在用|在任|现任|任职中|任职|在职|在岗|在册|在籍|在校生|在校|在读"
    "|有团籍|保留团籍|在团|团籍正常"
    "|审核|审批|审定|复核|核实|核准|确认|认定|认可|认证|实名|注册|登记|成功|完成|录入|入库|备案|存续|运行|存在|开放|公示|发布|出勤|到场|参加"
)
_WAITING = (
    "待[一-龥]{1,6}|草稿|暂存|(?:审核|审批|复核|复审|初审|公示|处理|注册|认证|确认|认定|受理|流转|进行|申请|办理|提交)中|审核之?中"
    "|(?:未|尚未|还未|没有?)(?:提交|申请|审(?!核|批)|复核|确认|认定|核实|处理|开始审核|上报)|补充材料|拟任|候任|候选|申请|已提交|提交|已申报|申报|已上报"
)
_UNDONE = re.compile(f"(?:未|没有?|无|非|尚未|从未|不是)(?:被|过|已)?(?:{_NO})")
_DENIED = re.compile(f"(?:未|没有?|无|非|不|不再|尚未|还未)(?:被|已|能|予)?(?:{_YES})")
_REFUSING = re.compile(
    "(?:未|不|不予|未予|未被)(?:通过|同意|批准|合格|符合|认定|认可|确认|核准)|驳回|退回|打回|拒绝|不予|否决|无效|作废|撤销|注销"
)
_TOKENS = {"no": re.compile(_NO), "waiting": re.compile(_WAITING), "yes": re.compile(_YES)}
# Of exports in English; matched as a whole.
_ENGLISH = {
    **dict.fromkeys(
        [
            "active",
            "valid",
            "enabled",
            "enable",
            "normal",
            "approved",
            "approve",
            "passed",
            "pass",
            "effective",
            "verified",
            "registered",
            "confirmed",
            "accepted",
            "available",
        ],
        Meaning.YES,
    ),
    **dict.fromkeys(
        [
            "inactive",
            "invalid",
            "disabled",
            "disable",
            "abnormal",
            "rejected",
            "reject",
            "refused",
            "denied",
            "failed",
            "fail",
            "void",
            "voided",
            "cancelled",
            "canceled",
            "deleted",
            "removed",
            "revoked",
            "expired",
            "suspended",
            "frozen",
            "locked",
            "blocked",
            "banned",
            "closed",
            "unverified",
            "unregistered",
            "unavailable",
            "withdrawn",
        ],
        Meaning.NO,
    ),
    **dict.fromkeys(
        [
            "pending",
            "draft",
            "submitted",
            "reviewing",
            "underreview",
            "inreview",
            "waiting",
            "processing",
            "unconfirmed",
            "unapproved",
        ],
        Meaning.WAITING,
    ),
}
_EMPTY_WORDS = re.compile(
    "已经|已|的|了|被|且|并|中|状态|结果|学校|学院|校级|院级|区级|市级|校|院|团委|支部|系统|平台|管理员|老师|人工|自动|账号|账户|用户|志愿者|团员"
    "|学生|学籍|信息|资料|记录|数据|身份|时长|活动|服务|初|终|一|二|三|审核?|级|[、,，/|:：()（）\\[\\]【】\\-_+]"
)
_INSIDE = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")


def is_state_header(header: str) -> bool:
    """Return whether a column with this header says whether its rows are in force, of a list of offices."""
    text = tidy_header(header)
    return bool(_HEADER.search(text)) and not _BESIDE.search(text)


def names_state(header: str, *patterns: re.Pattern[str] | None) -> bool:
    """Return whether the header is one of COMMON or of these further names of state columns."""
    text = tidy_header(header)
    bare = _INSIDE.sub("", text)
    names = (text, bare)
    if any(p.fullmatch(name) for p in (UNTIL, *patterns) if p for name in names):
        return True
    return any(map(COMMON.fullmatch, names)) and not _BESIDE.search(text)


def read_state(
    header: str,
    cell: object,
    words: Mapping[str, Meaning] | None = None,
    *,
    today: date | None = None,
    ends: re.Pattern[str] | None = None,
) -> Meaning | None:
    """Return what a cell of a state column says; None where nobody can tell.

    A date under 注销时间 says NO once it has come. `words`: {word: meaning} of the kind of file, before all others.
    `ends`: further names of columns in which yes means the end (是否使用 of a code).
    """
    if isinstance(cell, Unreadable):
        return None
    text = tidy_word(cell)
    if words and text in words:
        return words[text]
    if text in _BLANK:
        return Meaning.BLANK
    name = tidy_header(header)
    ending = bool(_ENDING.search(name) or (ends and ends.search(name)))
    if text in _PLAIN:
        return _PLAIN[text] if not ending else _INVERTED[_PLAIN[text]]
    if ending and today and (day := _read_day(cell)):
        return Meaning.NO if day <= today else Meaning.YES
    if found := read_word(text):
        return found
    outside = _INSIDE.sub("", text)  # 驳回（资料不全）: the brackets explain
    if outside not in (text, ""):
        return read_state(header, outside, words)
    if not _FREE_TEXT.search(name):
        return None
    # 离任情况: 2018年6月毕业离任
    ended = ending and _TOKENS["no"].search(text) and not _UNDONE.search(text)
    # 退回修改: an opinion that begins with a refusal refuses, whatever it explains.
    return Meaning.NO if ended or _REFUSING.match(text) else Meaning.BLANK


_INVERTED = {Meaning.YES: Meaning.NO, Meaning.NO: Meaning.YES}


@lru_cache(maxsize=4096)
def read_word(text: str) -> Meaning | None:
    """Return what a tidy word says: 审核不通过 NO, 待审核 WAITING, 未注销 YES; None for other words."""
    if text in _ENGLISH:
        return _ENGLISH[text]
    rest, found = _INSIDE.sub(r"\1", text), set()
    for meaning, pattern in (
        (Meaning.WAITING, re.compile("(?:未|尚未|还未)(?:审核|审批|确认|认定)(?!通过|合格)")),
        (Meaning.YES, _UNDONE),
        (Meaning.NO, _DENIED),
        (Meaning.NO, _TOKENS["no"]),
        (Meaning.WAITING, _TOKENS["waiting"]),
        (Meaning.YES, _TOKENS["yes"]),
    ):
        if pattern.search(rest):
            rest = pattern.sub("", rest)
            found.add(meaning)
    if not found or _EMPTY_WORDS.sub("", rest):
        return None
    return next(meaning for meaning in (Meaning.NO, Meaning.WAITING, Meaning.YES) if meaning in found)


def read_in_force(header: str, cell: str) -> bool | None:
    """Return whether the cell says that a term of office is in force; None where nobody can tell.

    An empty cell says nothing against the row.
    """
    found = read_state(header, cell, _OF_OFFICES)
    return None if found is None else found in (Meaning.YES, Meaning.BLANK)


# An account that nobody has activated and a term that begins later are appointments all the same.
_OF_OFFICES = {"未激活": Meaning.YES, "未开始": Meaning.YES, "待上任": Meaning.WAITING}


def looks_like_state(header: str, cells: Mapping[object, int]) -> tuple[str, ...]:
    """Return the distinct words of a column that seems to say whether its rows are in force; () for any other.

    It is one by its header (状态, 是否…), or because most of its few short words say yes, no or waiting. `cells`: {cell: how many rows have it}.
    """
    name = tidy_header(header)
    if _REMARK.search(name) or _BESIDE.search(name):
        return ()
    counted: Counter[str] = Counter()
    if len(cells) > 4 * MOST_WORDS:
        return ()
    for cell, count in cells.items():
        text = tidy_word(cell)
        if text not in _BLANK:
            counted[text] += count
    if not counted or len(counted) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in counted):
        return ()
    if (_FREE_TEXT.search(name) or not _ASKING.search(name)) and not _denies_itself(counted):
        telling = sum(count for word, count in counted.items() if _tells(word))
        if 2 * telling <= counted.total():
            return ()
    return tuple(word for word, _ in counted.most_common())


MOST_WORDS, LONGEST_WORD = 12, 12
_DENIAL = re.compile("(?:未|尚未|还未|没有?|不|非|无|已|已经)(.+)")


def _denies_itself(words: Iterable[str]) -> bool:
    """Return whether one of a column's words denies another one: 合格 and 不合格, 已缴 and 未缴."""
    plain = Counter(found[1] if (found := _DENIAL.fullmatch(word)) else word for word in {*words})
    return any(count > 1 for count in plain.values())


def _tells(word: str) -> bool:
    if word in {"是", "否", "√", "×", "✓", "yes", "no", "true", "false"}:
        return True
    said = None if word in _PLAIN else read_word(word)
    return said in (Meaning.NO, Meaning.WAITING) or (said is Meaning.YES and bool(_TELLING.search(word)))


_TELLING = re.compile(
    f"{_NO}|有效|生效|通过|审核|审批|正常|启用|激活|在籍|在校|在读|在册|确认|认定|认证|草稿|待"
)


_NEVER = re.compile("9999[-/.年]?12|2999[-/.年]?12|长期|永久")  # what systems write where nothing ends
_AROUND = re.compile(r"^[(（\[【]([^()（）\[\]【】]+)[)）\]】]$")
_MONTH = re.compile("([0-9]{4})[-/.年]([0-9]{1,2})月?")


def _read_day(cell: object) -> date | None:
    """Return the day of a cell; of a month without a day (2019年7月) its 28th, None for other text."""
    if _NEVER.match(tidy_word(cell)):
        return date.max
    if found := _MONTH.fullmatch(tidy_word(cell)):
        return date(int(found[1]), int(found[2]), 28) if 1 <= int(found[2]) <= 12 else None
    try:
        return clean_date(cell)
    except CellError:
        return None


def tidy_header(header: str) -> str:
    """Return a header without spaces and signs, and without brackets around all of it, in NFKC."""
    text = re.sub(r"[\s*:：?？_]+", "", unicodedata.normalize("NFKC", header)).casefold()
    return _AROUND.sub(r"\1", text)


def tidy_word(cell: object) -> str:
    """Return the text of a cell of a state column in NFKC, without spaces and full stops."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", show_word(cell))).casefold()


def show_word(cell: object) -> str:
    """Return the text of a cell of a state column as a person reads it."""
    if isinstance(cell, Unreadable):
        return cell.shown
    return "是" if cell is True else "否" if cell is False else clean_text(cell)
