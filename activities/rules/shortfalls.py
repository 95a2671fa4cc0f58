"""The sentence that says why a record counts less than its own minutes. Pure; pages and workbooks use it alike."""

from dataclasses import dataclass
from datetime import date

from activities.rules.counting import DAY_FULL, OVERLAP, PENDING, SAME_SERVICE, SOURCE, SPAN
from members.calendar import duration_text

PURPOSE_NAMES = {"appraisal": "评议", "admission": "发展团员"}
# A record with one of these reasons and a record it yields to is shown under that record, as one service.
FOLDED = (SAME_SERVICE, SOURCE, PENDING)
CLAUSE = "二（二）"
# Quotation marks within quotation marks.
INNER_QUOTES = str.maketrans("“”", "‘’")


@dataclass(frozen=True)
class Named:
    """The words for another record: its day, its ledger and its title."""

    served_on: date
    ledger: str
    title: str

    @property
    def text(self) -> str:
        """
        >>> Named(date(2018, 9, 1), "北京共青团", "“暖冬”助老").text
        '9月1日北京共青团的“‘暖冬’助老”'
        """
        title = self.title.translate(INNER_QUOTES)
        return f"{self.served_on.month}月{self.served_on.day}日{self.ledger}的“{title}”"


@dataclass(frozen=True)
class Shortfall:
    """What is known of a record that counts less than its minutes for a purpose.

    `other`: the record it yields to, or None. `waiting`: minutes that a pending record would add.
    """

    purpose: str
    reason: str
    counted: int = 0
    waiting: int = 0
    other: Named | None = None


def explain_shortfall(short: Shortfall) -> str:
    """Return the sentence without a full stop; "" for a record that counts in full.

    >>> explain_shortfall(Shortfall("appraisal", "day_full"))
    '当天已计满 24 小时，不再计入'
    """
    purpose = PURPOSE_NAMES[short.purpose]
    if short.reason in FOLDED and short.other and short.reason != PENDING:
        return f"与{short.other.text}是同一服务，只计一次"
    if short.reason == SOURCE:
        return f"来源不计入{purpose}"
    if short.reason == PENDING:
        return _explain_pending(short, purpose)
    rest = f"只计 {duration_text(short.counted)}" if short.counted else "不再计入"
    if short.reason == OVERLAP:
        return f"与{short.other.text if short.other else '其他服务'}时间重叠，{rest}"
    return {DAY_FULL: f"当天已计满 24 小时，{rest}", SPAN: f"时长超过起止时间，{rest}"}.get(short.reason, "")


def _explain_pending(short: Shortfall, purpose: str) -> str:
    if short.other:
        return f"待确认；与{short.other.text}是同一服务，只计一次"
    if short.purpose != "appraisal":
        return f"待确认，确认前不计入{purpose}"
    if short.waiting:
        return f"待确认，确认后可计入{purpose} {duration_text(short.waiting)}"
    return f"待确认，确认后也不增加{purpose}的时长"


def explain_shorter(counted: int, ledger: str, longer: int, other_ledger: str) -> str:
    """Return the sentence for a service of which the shorter record counts, with both figures and the clause."""
    return (
        f"{ledger}记录 {duration_text(counted)}，{other_ledger}记录 {duration_text(longer)}；"
        f"按通知{CLAUSE}和本年度规则，以{ledger}的 {duration_text(counted)}为准"
    )
