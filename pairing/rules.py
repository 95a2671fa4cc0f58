"""Rules of 三(三): which college may take which street, when, and the due date of the offline part. Pure.

All moments are in Beijing time and given by the caller; no function here reads a clock.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from members.rules import rate_text

URBAN, SUBURBAN = "urban", "suburban"
KIND_NAMES = {URBAN: "城区", SUBURBAN: "郊区"}


def normalise_code(text: str) -> str:
    """Return a typed code in its stored form: capitals, no white space, full-width characters as ASCII.

    >>> normalise_code(" crl7 ltux")
    'CRL7LTUX'
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def count_places_left(cap: int, ours: int, elsewhere: int) -> int:
    """Return the free places of a street: the cap minus the pairings in the portal and elsewhere."""
    return max(0, cap - ours - elsewhere)


def count_above_cap(cap: int, ours: int, elsewhere: int) -> int:
    """Return the number of pairings above the city's cap; existing pairings stay, pages show an alarm."""
    return max(0, ours + elsewhere - cap)


def compute_due_date(claimed_on: date, days: int) -> date:
    """Return the last day of the offline part, `days` days after the claim; it ends at 24:00 Beijing time.

    >>> compute_due_date(date(2018, 10, 30), 3)
    datetime.date(2018, 11, 2)
    """
    return claimed_on + timedelta(days=days)


# A pairing released by mistake can come back within this time, with everything that hangs on it.
UNDO_WITHIN = timedelta(days=1)


def is_release_undoable(ended_at: datetime, now: datetime) -> bool:
    """Return whether a release can still be undone: within a day of it."""
    return now < ended_at + UNDO_WITHIN


def is_overdue(due: date, today: date) -> bool:
    """Return whether the due date is over."""
    return today > due


def compute_time_left(due: date, now: datetime) -> timedelta:
    """Return the time until 24:00 of the due date; negative once it is over."""
    return datetime.combine(due + timedelta(days=1), time(), now.tzinfo) - now


def format_time_left(due: date, now: datetime) -> str:
    """Return in Chinese how much time the offline part has, or how many days it is overdue.

    >>> format_time_left(date(2018, 10, 19), datetime(2018, 10, 18, 20, 30))
    '还剩 1 天 3 小时'
    >>> format_time_left(date(2018, 10, 19), datetime(2018, 10, 20))
    '已逾期 1 天'
    """
    left = compute_time_left(due, now)
    if left <= timedelta():
        return f"已逾期 {(now.date() - due).days} 天"
    hours, minutes = left.seconds // 3600, left.seconds % 3600 // 60
    if left.days:
        return f"还剩 {left.days} 天 {hours} 小时"
    return f"还剩 {hours} 小时 {minutes} 分钟" if hours else f"还剩 {max(minutes, 1)} 分钟"


def pairing_window_problem(now: datetime, opens: datetime, closes: datetime) -> str:
    """Return why nobody may claim at `now`, in Chinese; "" inside the window.

    The window includes both ends, to the second.
    """
    if now < opens:
        return f"结对尚未开放，将于{opens:%m月%d日 %H:%M:%S}开放。"
    if now.replace(microsecond=0) > closes:
        return f"结对已于{closes:%m月%d日 %H:%M:%S}结束。"
    return ""


def get_window_phase(now: datetime, opens: datetime, closes: datetime) -> str:
    """Return before, open or after, for the hall's display; window_problem decides a claim."""
    if now < opens:
        return "before"
    return "after" if now.replace(microsecond=0) > closes else "open"


@dataclass(frozen=True)
class Claim:
    """All facts that decide a claim, read while the rows are locked. `left`: free places of the street."""

    now: datetime
    opens: datetime
    closes: datetime
    code_known: bool  # the code was handed to this college
    code_state: str  # handed_out, used, returned, void …
    code_kind: str
    street_kind: str
    college_paired: bool
    left: int
    school_has_street: bool
    street_shared: bool
    assigned_only: bool
    assigned: bool
    typed: bool = True  # the college has typed the code; the school uses the college's code without typing


def claim_problem(claim: Claim) -> tuple[str, str]:
    """Return (rule, reason in Chinese) of the first rule that refuses the claim, or ("", "")."""
    if problem := pairing_window_problem(claim.now, claim.opens, claim.closes):
        return "window", problem
    if not claim.code_known:
        if not claim.typed:
            return "code", "这个学院还没有结对码，请先分配。"
        return "code", "这个申请结对码不是分配给本学院的，请核对后重新输入。"
    if claim.code_state == "used":
        return "code_used", "这个申请结对码已经用过，一个结对码只能结对一次。"
    if claim.code_state != "handed_out":
        return "code_state", "这个申请结对码已被收回或作废，请联系校团委。"
    if claim.college_paired:
        return "paired", "本学院已经结对，一个学院对接一个街乡。"
    if claim.code_kind != claim.street_kind:
        return (
            "kind",
            f"结对码是{KIND_NAMES[claim.code_kind]}码，不能用于{KIND_NAMES[claim.street_kind]}街乡。",
        )
    if claim.assigned_only and not claim.assigned:
        return "assigned", "这个街乡不在上级分配给我校的名单中。"
    if claim.school_has_street and not claim.street_shared:
        return "shared", "本校已有学院与这个街乡结对。"
    if claim.left < 1:
        return "full", "这个街乡的名额已满。"
    return "", ""


@dataclass(frozen=True)
class Quota:
    """The number of codes of a year by kind, compared with the city's proportion (城郊比例 7:3)."""

    urban: int
    suburban: int
    urban_quota: int
    suburban_quota: int
    colleges: int

    @property
    def problems(self) -> list[str]:
        """Every difference from the proportion, in Chinese; nothing is rounded."""
        found = []
        total = self.urban_quota + self.suburban_quota
        if self.colleges != total:
            found.append(f"学院有 {self.colleges} 个，结对数要求 {total} 个，两者不一致。")
        for kind, have, want in (
            (URBAN, self.urban, self.urban_quota),
            (SUBURBAN, self.suburban, self.suburban_quota),
        ):
            if have != want:
                found.append(f"{KIND_NAMES[kind]}码有 {have} 个，要求 {want} 个。")
        return found


def suggest_kinds(colleges: int, urban_quota: int, suburban_quota: int) -> list[str]:
    """Return a kind for each college, urban first, in the city's proportion.

    With fewer colleges than places the urban share is floor(n·urban/total), the others are suburban: 10 give
    7:3.
    """
    total = urban_quota + suburban_quota
    urban = colleges * urban_quota // total if colleges < total else urban_quota
    suburban = min(suburban_quota, colleges - urban)
    return [URBAN] * urban + [SUBURBAN] * suburban


# --- 三(四): the service team and its group -----------------------------------------------------------------------

GROUP_QR_WARNING_DAYS = 3


def get_group_qr_state(expires_on: date | None, today: date) -> str:
    """Return the state of the group's own QR code: "unknown", "expired", "soon" (three days or less) or "ok".

    The code works until the end of its last day.
    """
    if expires_on is None:
        return "unknown"
    if expires_on < today:
        return "expired"
    return "soon" if (expires_on - today).days <= GROUP_QR_WARNING_DAYS else "ok"


@dataclass(frozen=True)
class Joined:
    """The number of people of a branch or college who have joined its service team.

    `members` are active League members, as in a rate, and `joined` those of them who have joined. `others`
    are applicants, activists and other students who have joined; pages show them as well, they never count.
    """

    members: int = 0
    joined: int = 0
    others: int = 0

    @property
    def text(self) -> str:
        """The share of members who have joined, in percent, rounded down to two places."""
        return rate_text(self.joined, self.members)

    @property
    def missing(self) -> int:
        return self.members - self.joined

    @property
    def complete(self) -> bool:
        return self.members > 0 and self.missing == 0

    def __add__(self, other: "Joined") -> "Joined":
        return Joined(self.members + other.members, self.joined + other.joined, self.others + other.others)
