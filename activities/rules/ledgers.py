"""The words that the city's two ledgers use. Pure."""

from collections.abc import Set

LEAGUE, VOLUNTEER_BEIJING = "league", "volunteer_beijing"
NAMES = {"北京共青团": LEAGUE, "志愿北京": VOLUNTEER_BEIJING}
STATES = {
    "confirmed": (
        "已确认",
        "确认",
        "已生效",
        "生效",
        "有效",
        "已通过",
        "通过",
        "审核通过",
        "已审核",
        "已认定",
        "认定",
        "已录入",
        "已发放",
        "正常",
        "已完成",
    ),
    "pending": (
        "待确认",
        "未确认",
        "待审核",
        "未审核",
        "审核中",
        "待生效",
        "未生效",
        "待认定",
        "确认中",
        "公示中",
        "已提交",
        "待录入",
    ),
    "rejected": (
        "无效",
        "已无效",
        "驳回",
        "已驳回",
        "未通过",
        "审核不通过",
        "不通过",
        "拒绝",
        "已拒绝",
        "作废",
        "已作废",
        "取消",
        "已取消",
        "撤销",
        "已撤销",
        "撤回",
        "已撤回",
        "删除",
        "已删除",
        "失效",
        "已失效",
    ),
}
MEANS = {word: state for state, words in STATES.items() for word in words}
LONGEST_MINUTES = 24 * 60
# Part of each number that we make for a record without a ledger's number, and of no ledger's own number.
MADE_UP = "|"


def parse_record_state(word: str) -> str:
    """Return "confirmed", "pending" or "rejected". Raises ValueError for a word that means none of them."""
    found = MEANS.get("".join(word.split()))
    if found is None:
        raise ValueError(f"状态“{word[:20]}”无法识别，应为已确认、待确认或无效")
    return found


def recognise_ledger(columns: Set[str]) -> str:
    """Return the ledger that a sheet with these columns comes from; "" if that is not clear.

    北京共青团 lists people by student number, 志愿北京 by volunteer number.
    """
    league, volunteers = "student_no" in columns, "volunteer_no" in columns
    if league == volunteers:
        return ""
    return LEAGUE if league else VOLUNTEER_BEIJING


def choose_minutes(stated: int | None, span: int | None) -> tuple[int, str]:
    """Return (minutes, note): the ledger's own figure counts.

    A note says if beginning and end give another one.

    Raises ValueError with the reason in Chinese.
    """
    minutes = span if stated is None else stated
    if minutes is None:
        raise ValueError("缺少服务时长")
    if minutes == 0:
        raise ValueError("服务时长为 0")
    if minutes > LONGEST_MINUTES:
        raise ValueError("服务时长超过 24 小时，请核对单位")
    differs = span is not None and span != minutes
    return minutes, f"台账时长与起止时间（{span} 分钟）不一致" if differs else ""
