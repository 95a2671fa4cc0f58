"""Rules of the bulletin (三(二)): when an issue is due, its number, and how colleges compare. Pure.

An issue falls on anchor + k·interval days, regardless of the month's length; a school may end the series.
Dates are local (Asia/Shanghai).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

# The clock publishes from this hour on; a portal restarted at night must not ring in the groups.
AUTOMATIC_FROM = time(8, 0)


def day_text(day: date) -> str:
    return f"{day.month}月{day.day}日"


def full_day_text(day: date) -> str:
    return f"{day.year}年{day_text(day)}"


@dataclass(frozen=True)
class Schedule:
    """The due dates of a year: the first is `anchor`, one every `interval_days`, none after `ends_on`.

    >>> october = Schedule(date(2018, 10, 10), 2, date(2018, 12, 31))
    >>> october.is_due(date(2018, 11, 1)), october.is_due(date(2018, 10, 31))
    (True, False)
    """

    anchor: date
    interval_days: int
    ends_on: date

    @property
    def interval(self) -> timedelta:
        return timedelta(days=self.interval_days)

    def is_due(self, on: date) -> bool:
        return self.anchor <= on <= self.ends_on and (on - self.anchor).days % self.interval_days == 0

    def count_from(self, start: date, on: date) -> int:
        """Return how many due dates `on` is after `start`; negative where it is before. Both are due dates."""
        if on < start:
            return -self.count_from(on, start)
        return len(self.dates(since=start + timedelta(days=1), until=on))

    def dates(self, *, since: date, until: date) -> list[date]:
        """Return the due dates from `since` to `until`, both included."""
        first = self.next_on(since - timedelta(days=1))
        last = min(until, self.ends_on)
        if first is None or first > last:
            return []
        count = (last - first).days // self.interval_days + 1
        return [first + k * self.interval for k in range(count)]

    def next_on(self, after: date) -> date | None:
        """Return the first due date later than `after`; None when the series has ended."""
        k = max(0, (after - self.anchor).days // self.interval_days + 1)
        if k > (self.ends_on - self.anchor).days // self.interval_days:
            return None
        return self.anchor + k * self.interval

    def issue_problem(self, on: date, *, today: date) -> str:
        """Return the reason, in Chinese, why no issue of this date can be published; "" when it can."""
        if not self.anchor <= on <= self.ends_on:
            return (
                f"{full_day_text(on)}不在通报期内"
                f"（{full_day_text(self.anchor)}至{full_day_text(self.ends_on)}）"
            )
        if not self.is_due(on):
            before = on - timedelta(days=(on - self.anchor).days % self.interval_days)
            near = [day for day in (before, self.next_on(on)) if day]
            return f"{day_text(on)}不是通报日，临近的通报日为{'、'.join(map(day_text, near))}"
        if on > today:
            return f"{full_day_text(on)}还没有到，不能提前发布"
        return ""


@dataclass(frozen=True)
class Numbering:
    """The numbers of a year's issues: 第N期 counts the due dates from the first issue on.

    `first_on`: the due date of the first issue, None as long as there is none. `first_number`: its number. So a
    school that starts late begins with 第1期, or with a number of its own, and a missed date keeps its number.
    """

    schedule: Schedule
    first_on: date | None = None
    first_number: int = 1

    def number(self, on: date) -> int:
        """Return 第N期 of a due date; less than 1 for a date too long before the first issue."""
        return self.first_number + (self.schedule.count_from(self.first_on, on) if self.first_on else 0)

    def problem(self, on: date) -> str:
        """Return the reason, in Chinese, why a due date has no number; "" when it has one."""
        if self.first_on is None or self.number(on) >= 1:
            return ""
        return (
            f"本年度的通报从{full_day_text(self.first_on)}（第{self.first_number}期）开始，"
            f"{day_text(on)}在首期以前，没有期号可用，不能补发"
        )


def list_dates_to_publish(schedule: Schedule, *, since: date, now: datetime, issued: set[date]) -> list[date]:
    """Return due dates from `since` on that have no issue yet, in order.

    `now` is local time: today counts from eight o'clock.
    """
    today = now.date()
    until = today if now.time() >= AUTOMATIC_FROM else today - timedelta(days=1)
    return [day for day in schedule.dates(since=since, until=until) if day not in issued]


# --- how colleges compare -----------------------------------------------------------------------------------


def compute_ranks(figures: Sequence[tuple[int, int]]) -> list[int | None]:
    """Return places by rate from (registered, members); equal rates share one, without members None.

    Rates are compared as integer cross products, so 1/3 and 2/6 are equal and nothing is rounded.

    >>> compute_ranks([(9, 10), (0, 0), (18, 20), (1, 2)])
    [1, None, 1, 3]
    """
    return [
        1 + sum(their_registered * members > registered * theirs for their_registered, theirs in figures)
        if members
        else None
        for registered, members in figures
    ]


def compute_hundredths(registered: int, members: int) -> int:
    """Return the shown rate in hundredths of a percent, rounded down: 113/119 gives 9495."""
    return 10_000 * registered // members


@dataclass(frozen=True)
class Change:
    """What changed since the issue before. `registered`: people.

    `points`: hundredths of a percentage point between the two shown rates, None when either side has no
    members.
    """

    registered: int
    points: int | None

    @property
    def points_text(self) -> str:
        return "—" if self.points is None else format_signed_points(self.points)

    @property
    def points_number(self) -> float | None:
        """Return percentage points, for JSON only."""
        return None if self.points is None else self.points / 100

    @property
    def registered_text(self) -> str:
        return f"{self.registered:+d}".replace("-", "−") if self.registered else "0"


def format_signed_points(points: int) -> str:
    """Return hundredths with their sign: 320 is "+3.20", -5 is "−0.05", 0 is "0.00"."""
    sign = "+" if points > 0 else "−" if points < 0 else ""
    return f"{sign}{abs(points) // 100}.{abs(points) % 100:02d}"


def compare_figures(now: tuple[int, int], before: tuple[int, int] | None) -> Change | None:
    """Return the change from (registered, members) of two issues; None when there is no issue before."""
    if before is None:
        return None
    both = now[1] and before[1]
    return Change(
        now[0] - before[0], compute_hundredths(*now) - compute_hundredths(*before) if both else None
    )


# --- 勘误 ---------------------------------------------------------------------------------------------------

FIGURE_LABELS = {
    "rank": "排名",
    "members": "团员",
    "registered": "已注册",
    "reported": "自报待核实",
    "branches": "团支部",
    "branches_below": "低于底线的团支部",
    "activists": "积极分子",
    "activists_registered": "积极分子已注册",
}


def describe_correction(now: Mapping[str, int | None], before: Mapping[str, int | None] | None) -> str:
    """Return which figures of a line a 勘误 changes, as old→new; "" for a line that it leaves as it was.

    >>> describe_correction({"members": 8, "registered": 5}, {"members": 8, "registered": 4})
    '已注册 4→5'
    """
    if before is None:
        return "原通报没有列出"
    return "，".join(
        f"{FIGURE_LABELS[name]} {_format_figure(before[name])}→{_format_figure(now[name])}"
        for name in now
        if now[name] != before[name]
    )


def _format_figure(figure: int | None) -> str:
    return "—" if figure is None else str(figure)
