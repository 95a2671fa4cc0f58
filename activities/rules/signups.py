"""Rules of sign-up (requirements §3): may a person sign up, does the person wait, who is next.

Pure functions.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from activities.rules.pauses import pause_problem

DAY = timedelta(days=1)
CHECK_IN_AROUND_START = timedelta(minutes=30)
CHECK_OUT_AFTER_END = timedelta(minutes=60)

CANCELLED = "这次活动已取消。"
GONE = "您不在籍，不能报名。如有疑问请联系学院团委。"
NOT_IN_TEAM = "这是街乡志愿服务，只有服务队队员可以报名。请先加入本学院的服务队。"


@dataclass(frozen=True)
class Window:
    """The times for signing up, for cancelling, and for passing on a free place. Aware times."""

    opens: datetime
    closes: datetime
    cancel_until: datetime
    starts: datetime
    check_in_closes: datetime


@dataclass(frozen=True)
class HeldPlace:
    """What decides until when a person may give a place back. Aware times."""

    signed_up_at: datetime
    waiting: bool
    checked_in: bool
    # When the person moved up from the waiting list or the activity was moved, the last of both; None if neither.
    moved_at: datetime | None


@dataclass(frozen=True)
class Person:
    """The facts about one person that decide, apart from the places; read under the lock."""

    active: bool
    # Only members of the college's present team serve at the street.
    needs_team: bool
    in_team: bool
    # Name and beginning of another activity that the person signed up for and that overlaps; "" if none does.
    clash: str = ""
    # The activity's college, if the person is in another one now; "" otherwise.
    other_college: str = ""


@dataclass(frozen=True)
class Places:
    """The free seats of an activity and, if it has posts, the free places of each."""

    free: int
    # {post: free places}; empty if the activity has no posts.
    posts: dict[int, int]

    def has_room_for(self, post: int | None) -> bool:
        """Is there a free place at the post, or at all if the activity has no posts?"""
        return self.free > 0 and (not self.posts or (post is not None and self.posts.get(post, 0) > 0))

    def take_place(self, post: int | None) -> "Places":
        """Return the places that remain after somebody has taken one at the post."""
        posts = {key: left - (key == post) for key, left in self.posts.items()}
        return replace(self, free=self.free - 1, posts=posts)


def signup_window_problem(now: datetime, window: Window, *, is_open: bool, pause: str = "") -> str:
    """Return why nobody can sign up at this moment; "" if people can. `pause`: as in `find_pause`."""
    if not is_open:
        return CANCELLED
    if pause:
        return pause_problem(pause)
    if now < window.opens:
        return f"报名还没有开始，{format_moment(window.opens)} 开放。"
    closes = min(window.closes, window.check_in_closes)
    if now >= closes:
        return f"报名已于 {format_moment(closes)} 截止。"
    return ""


def find_obstacle(person: Person) -> str:
    """Return the rule that keeps this person from signing up or moving up.

    "gone": not active; "college": of another college; "team": not in the team; "clash": another activity at that time; "": none.
    """
    if not person.active:
        return "gone"
    if person.other_college:
        return "college"
    if person.needs_team and not person.in_team:
        return "team"
    return "clash" if person.clash else ""


def person_problem(person: Person) -> str:
    """Return the obstacle in Chinese words; "" if there is none."""
    clash = f"与您已报名的“{person.clash}”时间冲突。如要参加这次活动，请先取消那一次。"
    college = f"这是{person.other_college}的活动，您不在该学院，不能报名。"
    words = {"gone": GONE, "college": college, "team": NOT_IN_TEAM, "clash": clash, "": ""}
    return words[find_obstacle(person)]


def post_problem(places: Places, post: int | None) -> str:
    """Return why this post cannot be chosen; "" if it can."""
    if places.posts and post not in places.posts:
        return "请选择岗位。"
    return ""


def get_cancel_deadline(window: Window, held: HeldPlace) -> datetime:
    """Return until when the person may leave: the deadline, or the start for people who could never use it.

    These are people who wait, who moved up, whose activity was moved, and who signed up after the deadline.
    """
    if held.waiting or held.moved_at or held.signed_up_at >= window.cancel_until:
        return window.starts
    return window.cancel_until


def cancel_problem(now: datetime, window: Window, held: HeldPlace) -> str:
    """Return why the person cannot cancel now, and what can be done; "" if possible."""
    if held.checked_in:
        return "您已经签入，不能取消报名。"
    until = get_cancel_deadline(window, held)
    if now >= until:
        return f"取消报名已于 {format_moment(until)} 截止。确实不能参加的，请尽快打本页“联系人”的电话说明。"
    return ""


def is_moving_up_open(now: datetime, window: Window, *, is_open: bool) -> bool:
    """Do waiting people still get a place that becomes free? Nobody is called to what has begun."""
    return is_open and now < window.starts


def list_free_seats(capacity: int, taken: Collection[int]) -> list[int]:
    """Return the numbers of the seats that nobody holds, the lowest first."""
    return [number for number in range(1, capacity + 1) if number not in taken]


def plan_reseating(capacity: int, seats: Iterable[int]) -> dict[int, int]:
    """Return {seat above the capacity: free seat below it}, for an activity that was made smaller."""
    held = set(seats)
    return dict(
        zip(sorted(seat for seat in held if seat > capacity), list_free_seats(capacity, held), strict=False)
    )


def spans_overlap(start: datetime, end: datetime, other_start: datetime, other_end: datetime) -> bool:
    """Do the times overlap? An activity that ends when the other begins does not clash."""
    return start < other_end and other_start < end


def build_default_times(*, now: datetime, starts: datetime, ends: datetime) -> dict[str, datetime]:
    """Return the default times of an activity: sign-up until a day before, check-in and check-out around it.

    If it is planned less than a day ahead, sign-up stays open until the beginning. Nobody checks in after the
    end.
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


def format_moment(at: datetime) -> str:
    """Return the moment in everyday words; the caller gives local times."""
    return f"{at.month}月{at.day}日 {at:%H:%M}"
