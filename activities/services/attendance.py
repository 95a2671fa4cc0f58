"""Services for checking in and out: with the person's phone, the organiser's camera, or by hand.

The clock is the server's. A duplicate scan, by two phones or again after a lost answer, makes one record: the
row of the sign-up is locked, and the first time counts.
"""

from dataclasses import dataclass, field
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from activities.models import Activity, How, SignUp, Where
from activities.queries.presences import build_presence, find_other_service, get_daily_cap, get_local_times
from activities.queries.signups import (
    already_signed_up_problem,
    build_person_facts,
    find_people_in_team,
)
from activities.rules.attendance import (
    AFTERWARDS,
    ORGANISER,
    OUT,
    PERSON,
    RUNNER,
    attendance_window_problem,
    is_within_circle,
    list_flags,
    make_personal_code,
    read_person,
)
from activities.rules.signups import list_free_seats, person_problem
from members.models import Member, User
from members.sheets.cells import CellError, clean_number

State = SignUp.State
# What can be done without a check-in, and by somebody who waits.
NOT_IN = {
    PERSON: f"请现场负责人在“手工登记”中先登记签入。{AFTERWARDS}",
    RUNNER: f"请另一位负责人在“手工登记”中先登记签入。{AFTERWARDS}",
    ORGANISER: "请先在“手工登记”中登记签入，写明原因。",
}
WAITS = {
    PERSON: f"您还在候补中，没有轮到名额，不能签到。活动开始前有名额空出会自动补上。{AFTERWARDS}",
    ORGANISER: "该同学还在候补中。要接收的，请在活动的“修改”中增加名额，开始前会自动补上。",
}
TAKES_PART = (State.SIGNED_UP, State.UNSEATED)
CODE_DEAD = "这个二维码已过期或无效，请让对方刷新后重新出示。"
REASON_LENGTH = SignUp._meta.get_field("tick_reason").max_length


@dataclass(frozen=True)
class Checked:
    """The result of a check-in or check-out. `again`: it was recorded before, and nothing changed."""

    signup: SignUp
    direction: str
    again: bool

    @property
    def at(self) -> datetime:
        """Return the time of the check-in or check-out."""
        return getattr(self.signup, f"checked_{self.direction}_at")


@dataclass(frozen=True)
class Attempt:
    """One attempt to check a person in or out."""

    user: User
    activity_id: int
    member: Member
    direction: str
    how: str
    now: datetime
    where: str = Where.NOT_ASKED
    reason: str = ""
    by_organiser: bool = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "by_organiser", self.how != How.SCAN)


# --- three ways to check in or out ----------------------------------------------------------------------------


@transaction.atomic
def check_by_screen(
    *, user, activity_id: int, direction: str, where: str = Where.NOT_ASKED, now: datetime | None = None
) -> Checked:
    """Check in a person who scanned the code on the organiser's screen; the view has found the code valid."""
    people = Member.objects.visible_to(user, "signup.own").select_related("branch")
    member = people.filter(pk=user.member_id).first()
    if member is None:
        raise ValidationError("这个账号没有对应的人员信息，不能签到。请用本人账号登录。")
    return _record_attempt(
        Attempt(user, activity_id, member, direction, How.SCAN, now or timezone.now(), where=where)
    )


@transaction.atomic
def check_by_person_code(
    *, user, activity_id: int, direction: str, code: str, now: datetime | None = None
) -> Checked:
    """Check in a person whose own code the organiser's camera has read."""
    now = now or timezone.now()
    activity = _get_run_activity(user, activity_id)
    member_id = read_person(code, _derive_personal_key(), now)
    member = _list_school_people(activity).filter(pk=member_id).first() if member_id else None
    if member is None:
        raise ValidationError({"code": CODE_DEAD})
    return _record_attempt(Attempt(user, activity_id, member, direction, How.ORGANISER, now))


@transaction.atomic
def check_by_hand(
    *, user, activity_id: int, direction: str, number: str, reason: str, now: datetime | None = None
) -> Checked:
    """Check in a person without any code, by student number and with a reason.

    The record gets a flag, and nobody ticks themselves.
    """
    activity = _get_run_activity(user, activity_id)
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": "请写明为什么不能扫码。"})
    try:
        student_no = clean_number(number)
    except CellError as error:
        raise ValidationError({"number": str(error)}) from error
    member = _list_school_people(activity).find_by_number(student_no) if student_no else None
    if member is None:
        raise ValidationError({"number": "没有找到这个学号，请核对。"})
    return _record_attempt(
        Attempt(user, activity_id, member, direction, How.TICK, now or timezone.now(), reason=reason)
    )


def make_own_code(*, member_id: int, now: datetime | None = None) -> str:
    """Return the code that the person's phone shows to the organiser's camera."""
    return make_personal_code(_derive_personal_key(), member_id, now or timezone.now())


def locate_phone(
    activity: Activity, latitude: float | None, longitude: float | None, accuracy: float | None = None
) -> str:
    """Return the only fact kept of a phone's position; the position itself is dropped with the request."""
    if not activity.location_check:
        return Where.NOT_ASKED
    if latitude is None or longitude is None:
        return Where.UNKNOWN
    assert activity.latitude is not None  # a constraint asks for both where places are checked
    assert activity.longitude is not None
    centre = float(activity.latitude), float(activity.longitude)
    inside = is_within_circle(
        latitude, longitude, centre=centre, radius=activity.radius_m, accuracy=accuracy or 0
    )
    return Where.WITHIN if inside else Where.OUTSIDE


# --- one path for all ways ------------------------------------------------------------------------------------


def _record_attempt(attempt: Attempt) -> Checked:
    """Lock, refuse or write.

    Nobody checks themselves in as the organiser, whatever the way. Without a seat to give, the activity stays unlocked
    and a crowd does not queue.
    """
    if attempt.by_organiser and attempt.member.pk == attempt.user.member_id:
        raise ValidationError("不能为自己登记。请用手机扫屏幕上的二维码，或请另一位负责人登记。")
    mine = SignUp.objects.filter(activity=attempt.activity_id, member=attempt.member)
    seated = mine.filter(state__in=TAKES_PART).exists()
    if not seated:
        Activity.objects.select_for_update().filter(pk=attempt.activity_id).first()
    signup = mine.select_for_update(of=("self",)).first()
    # Read after the lock, so that an attendance closed meanwhile is seen as closed.
    activity = _list_school_activities(attempt.member).filter(pk=attempt.activity_id).first()
    if activity is None:
        raise ValidationError("没有找到这次活动。")
    known = signup if signup is not None and signup.state in TAKES_PART else None
    if known and getattr(known, f"checked_{attempt.direction}_at"):
        return Checked(known, attempt.direction, again=True)
    local = timezone.localtime(attempt.now)
    problem = attendance_window_problem(
        get_local_times(activity),
        attempt.direction,
        local,
        by_organiser=attempt.by_organiser,
        by_hand=attempt.how == How.TICK,
        reader=_find_reader(attempt),
    )
    if problem:
        raise ValidationError(problem)
    if known is None:
        if seated:
            raise ValidationError("报名情况刚刚有变化，请再扫一次。")
        known = _admit_walk_in(attempt, activity, signup)
    if attempt.direction == OUT and known.checked_in_at is None:
        raise ValidationError(f"还没有签入，不能签出。{NOT_IN[_find_reader(attempt)]}")
    return _write_check(attempt, activity, known)


def _find_reader(attempt: Attempt) -> str:
    """Return who reads a refusal of this attempt."""
    if attempt.by_organiser:
        return ORGANISER
    runs = Activity.objects.visible_to(attempt.user, "attendance.run").filter(pk=attempt.activity_id)
    return RUNNER if runs.exists() else PERSON


def _write_check(attempt: Attempt, activity: Activity, signup: SignUp) -> Checked:
    values = {"at": attempt.now, "how": attempt.how, "where": attempt.where}
    if attempt.by_organiser:
        values["by"] = attempt.user
    for name, value in values.items():
        setattr(signup, f"checked_{attempt.direction}_{name}", value)
    if attempt.reason:
        reasons = [signup.tick_reason, attempt.reason]
        signup.tick_reason = "；".join(filter(None, reasons))[:REASON_LENGTH]
    others = find_other_service(activity, [signup.member_id]) if attempt.direction == OUT else {}
    signup.flags = list_flags(
        build_presence(activity, signup, others.get(signup.member_id, ()), cap=get_daily_cap(activity))
    )
    with pghistory.context(user=attempt.user.pk):
        signup.save()
    return Checked(signup, attempt.direction, again=False)


def _admit_walk_in(attempt: Attempt, activity: Activity, signup: SignUp | None) -> SignUp:
    """Admit a person without a place: with a free seat if there is one, else the organiser decides later.

    The activity is locked. Raises ValidationError.
    """
    if problem := _walk_in_problem(attempt, activity, signup):
        raise ValidationError(problem)
    taken = set(filter(None, activity.signups.exclude(seat=None).values_list("seat", flat=True)))
    seat = next(iter(list_free_seats(activity.capacity, taken)), None)
    signup = signup or SignUp(activity=activity, member=attempt.member, signed_up_at=attempt.now)
    signup.state = State.SIGNED_UP if seat else State.UNSEATED
    signup.seat, signup.walk_in = seat, True
    signup.waiting_since = signup.cancelled_at = signup.moved_at = None
    signup.cancel_reason = ""
    return signup


def _walk_in_problem(attempt: Attempt, activity: Activity, signup: SignUp | None) -> str:
    """Return why this person cannot walk in; "" if possible."""
    if attempt.direction == OUT:
        return f"没有这次活动的签入记录，不能签出。{NOT_IN[_find_reader(attempt)]}"
    if signup is not None and signup.state == State.REMOVED:
        if attempt.by_organiser:
            return f"该同学已被移出名单（{signup.cancel_reason}）。请先在活动的名单中恢复其报名资格，再签到。"
        return already_signed_up_problem(signup)
    if not activity.walk_ins:
        if signup is not None and signup.state == State.WAITING:
            return WAITS[ORGANISER if attempt.by_organiser else PERSON]
        return "您没有报名这次活动，这次活动也不接受现场加入。"
    if activity.project.college_id != attempt.member.branch.college_id:
        return f"这是{activity.project.college}的活动，只有本学院的同学可以现场加入。如已参加服务，请凭现场材料在“补录”中申请。"
    # A clash turns nobody away on the spot: it gets a flag when the times are known.
    return person_problem(
        build_person_facts(activity, attempt.member, find_people_in_team(activity, [attempt.member.pk]), {})
    )


def _list_school_activities(member: Member):
    """Return the activities of the person's school.

    The address of another school's activity finds nothing.
    """
    found = Activity.objects.filter(project__college__school=member.school_id)
    return found.select_related("project__college", "project__year")


def _get_run_activity(user, activity_id: int) -> Activity:
    """Return the activity if the user may run its attendance. Raises ValidationError."""
    activities = Activity.objects.visible_to(user, "attendance.run").select_related("project__college")
    activity = activities.filter(pk=activity_id).first()
    if activity is None:
        raise ValidationError("没有找到这次活动，或您不是它的负责人。")
    return activity


def _list_school_people(activity: Activity):
    return Member.objects.filter(school=activity.project.college.school_id).select_related("branch")


def _derive_personal_key() -> bytes:
    """Derive the key from the portal's secret, so that the codes need no table."""
    return salted_hmac("activities.personal_code", "", algorithm="sha256").digest()
