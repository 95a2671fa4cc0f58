"""Who may sign up, who has to wait, and whose turn it is (requirements §3, sign-up). Facts in, an answer out."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

DAY = timedelta(days=1)
CHECK_IN_AROUND_START = timedelta(minutes=30)
CHECK_OUT_AFTER_END = timedelta(minutes=60)

CANCELLED = "这次活动已取消。"
GONE = "您不在籍，不能报名。如有疑问请联系学院团委。"
NOT_IN_TEAM = "这是街乡志愿服务，只有服务队队员可以报名。请先加入本学院的服务队。"


@dataclass(frozen=True)
class Window:
    """When one may sign up, cancel, and until when a free place is still given on. Aware times."""

    opens: datetime
    closes: datetime
    cancel_until: datetime
    starts: datetime
    check_in_closes: datetime


@dataclass(frozen=True)
class Person:
    """What decides about one person, apart from the places: as it stands now, under the lock."""

    active: bool
    # Service at the street is for members of the college's present team.
    needs_team: bool
    in_team: bool
    # Name and beginning of another activity, signed up for, that overlaps; "" if none does.
    clash: str = ""


@dataclass(frozen=True)
class Places:
    """Seats of an activity and, where it has posts, what each of them has left."""

    free: int
    # {post: places left}; empty where the activity has no posts.
    posts: dict[int, int]

    def room_for(self, post: int | None) -> bool:
        return self.free > 0 and (not self.posts or self.posts.get(post, 0) > 0)

    def without(self, post: int | None) -> "Places":
        """What is left when somebody has taken a place at the post."""
        posts = {key: left - (key == post) for key, left in self.posts.items()}
        return replace(self, free=self.free - 1, posts=posts)


def window_problem(now: datetime, window: Window, *, is_open: bool) -> str:
    if not is_open:
        return CANCELLED
    if now < window.opens:
        return f"报名还没有开始，{moment(window.opens)} 开放。"
    closes = min(window.closes, window.check_in_closes)
    if now >= closes:
        return f"报名已于 {moment(closes)} 截止。"
    return ""


def obstacle(person: Person) -> str:
    """The rule that keeps this person away, whether signing up or moving up: gone, team, clash, or ""."""
    if not person.active:
        return "gone"
    if person.needs_team and not person.in_team:
        return "team"
    return "clash" if person.clash else ""


def person_problem(person: Person) -> str:
    """The obstacle in words."""
    clash = f"与您已报名的“{person.clash}”时间冲突。如要参加这次活动，请先取消那一次。"
    return {"gone": GONE, "team": NOT_IN_TEAM, "clash": clash, "": ""}[obstacle(person)]


def post_problem(places: Places, post: int | None) -> str:
    if places.posts and post not in places.posts:
        return "请选择岗位。"
    return ""


def cancel_problem(now: datetime, window: Window, *, waiting: bool, checked_in: bool) -> str:
    """Whoever waits takes no place and may leave until the beginning."""
    if checked_in:
        return "您已经签入，不能取消报名。"
    until = window.starts if waiting else window.cancel_until
    if now >= until:
        return f"取消报名已于 {moment(until)} 截止。确实不能参加的，请尽快联系负责人。"
    return ""


def moves_up(now: datetime, window: Window, *, is_open: bool) -> bool:
    """Is a place that becomes free still given to those who wait?"""
    return is_open and now < window.check_in_closes


def free_seats(capacity: int, taken: Collection[int]) -> list[int]:
    """Numbers of the seats nobody holds, the lowest first."""
    return [number for number in range(1, capacity + 1) if number not in taken]


def reseated(capacity: int, seats: Iterable[int]) -> dict[int, int]:
    """{seat above the capacity: free seat below it}, for an activity made smaller than its highest seat."""
    held = set(seats)
    return dict(
        zip(sorted(seat for seat in held if seat > capacity), free_seats(capacity, held), strict=False)
    )


def overlap(start: datetime, end: datetime, other_start: datetime, other_end: datetime) -> bool:
    """One that ends when the other begins does not clash."""
    return start < other_end and other_start < end


def default_times(*, now: datetime, starts: datetime, ends: datetime) -> dict[str, datetime]:
    """What an organiser need not fill in: sign-up until a day before, check-in and check-out around the activity.

    Planned for less than a day ahead, sign-up stays open until the beginning; and nobody checks in after the end.
    """
    closes = starts - DAY if starts - DAY > now else starts
    return {
        "signup_opens_at": min(now, closes - timedelta(minutes=1)),
        "signup_closes_at": closes,
        "cancel_until": closes,
        "check_in_opens_at": starts - CHECK_IN_AROUND_START,
        "check_in_closes_at": min(starts + CHECK_IN_AROUND_START, ends),
        "check_out_closes_at": ends + CHECK_OUT_AFTER_END,
    }


def moment(at: datetime) -> str:
    """As people say it; the caller gives local times."""
    return f"{at.month}月{at.day}日 {at:%H:%M}"
