"""Rules of check-in and check-out (requirements §3): short-lived codes, windows, and cases for the organiser.

Pure: the caller gives keys and moments; nothing here reads a clock.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from activities.rules.hours import Span, count_whole_minutes, cut_span
from activities.rules.pauses import pause_problem

IN, OUT = "in", "out"
DIRECTIONS = (IN, OUT)
STEP_SECONDS = 15  # the code on the organiser's screen changes this often
OWN_STEP_SECONDS = 30  # a person's own code changes this often; it has to be held before a camera
MAC_BYTES = 12
PERSONAL = re.compile(r"zy1\.([0-9]{1,18})\.([A-Za-z0-9_-]{16})")

# A difference of some minutes raises no flag; the hours still follow the clock.
GRACE = timedelta(minutes=10)
EARTH_METRES = 6_371_000
# A phone less accurate than this says nothing about a circle of some hundred metres.
WORST_ACCURACY_METRES = 200


# --- codes ----------------------------------------------------------------------------------------------------


def make_screen_token(key: str, activity_id: int, direction: str, now: datetime) -> str:
    """Return the text of the organiser's code, valid for this activity and direction.

    It is valid in the present step of STEP_SECONDS and in the next one.

    >>> make_screen_token("00", 7, "in", datetime(2018, 11, 10, 9).astimezone())[0]
    'i'
    """
    return direction[0] + _compute_mac(
        key.encode(), "screen", activity_id, direction, _count_time_steps(now, STEP_SECONDS)
    )


def read_direction(token: str, key: str, activity_id: int, now: datetime) -> str | None:
    """Return the direction that the token is valid for.

    None for a token that is forged, of another activity, or expired (older than two steps).
    """
    step = _count_time_steps(now, STEP_SECONDS)
    found = None
    for direction in DIRECTIONS:
        for at in (step, step - 1):
            good = direction[0] + _compute_mac(key.encode(), "screen", activity_id, direction, at)
            if _is_same_token(token, good):
                found = direction
    return found


def make_personal_code(key: bytes, member_id: int, now: datetime) -> str:
    """Return the person's own code for the organiser's camera; it has expired a minute later."""
    return (
        f"zy1.{member_id}.{_compute_mac(key, 'person', member_id, _count_time_steps(now, OWN_STEP_SECONDS))}"
    )


def read_person(code: str, key: bytes, now: datetime) -> int | None:
    """Return the id of the code's person.

    None for a code that is forged or expired (older than two steps).
    """
    found = PERSONAL.fullmatch(code.strip())
    if not found:
        return None
    member_id, step = int(found[1]), _count_time_steps(now, OWN_STEP_SECONDS)
    good = [_is_same_token(found[2], _compute_mac(key, "person", member_id, at)) for at in (step, step - 1)]
    return member_id if any(good) else None


def _count_time_steps(now: datetime, seconds: int) -> int:
    return int(now.timestamp()) // seconds


def _compute_mac(key: bytes, *parts: object) -> str:
    text = "|".join(str(part) for part in parts)
    digest = hmac.digest(key, text.encode(), "sha256")[:MAC_BYTES]
    return base64.urlsafe_b64encode(digest).decode()


def _is_same_token(given: str, good: str) -> bool:
    """Compare in constant time, and as bytes: `hmac` raises an error for letters beyond ASCII."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), good.encode())


# --- the windows ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Times:
    """The planned times of an activity and its windows for check-in and check-out."""

    start: datetime
    end: datetime
    in_opens: datetime
    in_closes: datetime
    out_closes: datetime
    open: bool = True  # published and not cancelled
    closed: bool = False  # the organiser has ended the attendance
    pause: str = ""  # why the activity rests, as in `find_pause`


# Who reads a refusal: somebody who checks in, somebody who checks in and runs the attendance too, or the organiser.
PERSON, RUNNER, ORGANISER = "person", "runner", "organiser"
AFTERWARDS = "确实参加了的，可以之后在“补录”中申请。"
CLOSED = {
    PERSON: AFTERWARDS,
    RUNNER: AFTERWARDS,
    ORGANISER: "漏登的请在“考勤处理”中补上，或由本人申请补录。",
}
LATE_IN = {
    PERSON: f"仍来参加的，请现场负责人在“手工登记”中写明原因登记，活动结束前都可以。{AFTERWARDS}",
    RUNNER: f"您不能为自己登记，请另一位负责人在“手工登记”中登记，活动结束前都可以。{AFTERWARDS}",
    ORGANISER: "迟到的同学请用“手工登记”，写明原因，活动结束前都可以。",
}
LATE_OUT = {
    PERSON: f"请现场负责人在“手工登记”中登记签出；没有登记的，考勤处理时核定时长。{AFTERWARDS}",
    RUNNER: f"您不能为自己登记，请另一位负责人在“手工登记”中登记签出。{AFTERWARDS}",
    ORGANISER: "还没有签出的同学请用“手工登记”。",
}


def attendance_window_problem(
    times: Times,
    direction: str,
    now: datetime,
    *,
    by_organiser: bool,
    by_hand: bool = False,
    reader: str = "",
) -> str:
    """Return why nobody can be checked in or out at this moment, and what its reader can do; "" if nothing prevents it.

    `by_hand`: the organiser ticks with a reason, which is possible for latecomers until the end of the activity. After
    the end of check-out the organiser still can check people out; the flags late_in and late_out then ask to settle
    it. `reader`: PERSON, RUNNER or ORGANISER; by default the one who acts.
    """
    reader = reader or (ORGANISER if by_organiser else PERSON)
    if not times.open:
        return "这次活动未发布或已取消，不能签到。"
    if times.pause:
        return pause_problem(times.pause)
    if times.closed:
        return f"考勤已经结束，不能再签到。{CLOSED[reader]}"
    if now < times.in_opens:
        return f"签到还没有开始，{_format_when(times.in_opens, now)}开始签入，请届时再扫。"
    if direction == IN and now >= times.end:
        return f"活动已于 {_format_when(times.end, now)}结束，不能再签入。{CLOSED[reader]}"
    if direction == IN and now >= times.in_closes and not by_hand:
        return f"签入已于 {_format_when(times.in_closes, now)}截止。{LATE_IN[reader]}"
    if direction == OUT and now < times.start:
        return f"活动还没有开始，{_format_when(times.start, now)}开始后才能签出。如要签入，请扫签入的二维码。"
    if direction == OUT and now >= times.out_closes and not by_organiser:
        return f"签出已于 {_format_when(times.out_closes, now)}截止。{LATE_OUT[reader]}"
    return ""


def _format_when(moment: datetime, now: datetime) -> str:
    """Return the moment in everyday words; both arguments must be in the reader's time zone."""
    if moment.date() == now.date():
        return f"{moment:%H:%M} "
    return f"{moment.month}月{moment.day}日 {moment:%H:%M} "


# --- the place ------------------------------------------------------------------------------------------------


def is_within_circle(
    latitude: float, longitude: float, *, centre: tuple[float, float], radius: int, accuracy: float = 0
) -> bool:
    """Is the position inside the circle, or so near that the phone's own inaccuracy leaves it open?

    `radius` and `accuracy` are in metres.

    >>> is_within_circle(39.9900, 116.3000, centre=(39.9900, 116.3010), radius=100)
    True
    >>> is_within_circle(39.9900, 116.3000, centre=(39.9900, 116.3100), radius=100)
    False
    """
    north, east = radians(latitude - centre[0]), radians(longitude - centre[1])
    arc = sin(north / 2) ** 2 + cos(radians(latitude)) * cos(radians(centre[0])) * sin(east / 2) ** 2
    metres = 2 * EARTH_METRES * asin(sqrt(min(1.0, arc)))
    return metres <= radius + min(max(accuracy, 0), WORST_ACCURACY_METRES)


# --- what the organiser settles -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Presence:
    """A person who came, with all facts that may prevent taking the times as they are.

    `busy`: spans of the person's other service; `day_minutes`: minutes of other service on the same date;
    `cap`: the most minutes of a day.
    """

    times: Times
    came: datetime
    left: datetime | None = None
    outside: bool = False
    ticked: bool = False
    over_capacity: bool = False
    busy: Sequence[Span] = ()
    day_minutes: int = 0
    cap: int = 24 * 60


def get_counted_span(presence: Presence) -> Span | None:
    """Return the time present within the planned time.

    None without check-out or for less than a whole minute.
    """
    if presence.left is None:
        return None
    found = cut_span(presence.came, presence.left, presence.times.start, presence.times.end)
    return found if found and count_whole_minutes(*found) else None


def list_flags(presence: Presence, *, over: bool = False) -> list[str]:
    """Return the flags that prevent taking the times as they are, in the order of the pages.

    `over`: the time for check-out has passed, so no check-out will follow.
    """
    times, counted = presence.times, get_counted_span(presence)
    left, came = presence.left, presence.came
    found = {
        "over_capacity": presence.over_capacity,
        "no_check_out": over and left is None,
        "overlap": counted is not None and any(cut_span(*counted, *other) for other in presence.busy),
        "too_long": counted is not None
        and count_whole_minutes(*counted) + presence.day_minutes > presence.cap,
        "late_out": left is not None and left >= times.out_closes,
        # Includes people present for less than a minute of the plan: they get no hours, but the flag tells
        # why.
        "early_out": left is not None and (counted is None or left < times.end - GRACE),
        "late_in": came > times.start + GRACE,
        "outside": presence.outside,
        "ticked": presence.ticked,
    }
    return [name for name, true in found.items() if true]
