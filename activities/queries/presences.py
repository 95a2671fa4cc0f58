"""Facts for the rules of attendance about people who came, from all their other service."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from activities.models import Activity, ServiceRecord, SignUp
from activities.queries.terms import Years
from activities.rules.attendance import Presence, Times
from activities.rules.hours import PORTAL, Span, count_whole_minutes, cut_span


def get_local_times(activity: Activity) -> Times:
    """Return the times in local time, because the rules also put these moments into words."""
    local = timezone.localtime
    return Times(
        start=local(activity.starts_at),
        end=local(activity.ends_at),
        in_opens=local(activity.check_in_opens_at),
        in_closes=local(activity.check_in_closes_at),
        out_closes=local(activity.check_out_closes_at),
        open=activity.state == Activity.State.OPEN,
        closed=activity.closed_at is not None,
        pause=activity.pause,
    )


def get_daily_cap(activity: Activity) -> int:
    """Return the daily cap in minutes, of the year in which the activity takes place.

    Confirming hours uses the same year. A project may continue into the next year.
    """
    school = activity.project.year.school_id
    return Years([school]).get_year(school, timezone.localdate(activity.starts_at)).daily_cap_minutes


def build_presence(activity: Activity, signup: SignUp, others: Iterable[Span] = (), *, cap: int) -> Presence:
    """Return the facts of a person who came; `others`: the person's other service around that date."""
    assert signup.checked_in_at is not None  # of people who came
    others, day = list(others), timezone.localdate(activity.starts_at)
    return Presence(
        times=get_local_times(activity),
        came=signup.checked_in_at,
        left=signup.checked_out_at,
        outside="outside" in (signup.checked_in_where, signup.checked_out_where),
        ticked="tick" in (signup.checked_in_how, signup.checked_out_how),
        over_capacity=signup.state == SignUp.State.UNSEATED,
        busy=others,
        day_minutes=sum(count_whole_minutes(*span) for span in others if timezone.localdate(span[0]) == day),
        cap=cap,
    )


def find_other_service(activity: Activity, member_ids: Collection[int]) -> dict[int, list[Span]]:
    """Return spans of other service that the portal knows, on the activity's date or at its time, by person.

    Records of the city's ledgers are left out: they may be about this very activity, and are compared when
    the record is confirmed.
    """
    found: dict[int, list[Span]] = defaultdict(list)
    for member, start, end in _list_recorded_spans(activity, member_ids):
        found[member].append((start, end))
    for signup in _list_attended_signups(activity, member_ids):
        if span := _get_span_elsewhere(signup):
            found[signup.member_id].append(span)
    return found


def _list_recorded_spans(
    activity: Activity, member_ids: Collection[int]
) -> Iterable[tuple[int, datetime, datetime]]:
    records = ServiceRecord.objects.filter(member__in=member_ids, source__in=PORTAL)
    records = records.exclude(state__in=["rejected", "voided"])
    # exclude(activity=…) would also drop supplements, which have no activity.
    records = records.filter(Q(activity=None) | ~Q(activity=activity))
    near = Q(served_on=timezone.localdate(activity.starts_at)) | Q(
        starts_at__lt=activity.ends_at, ends_at__gt=activity.starts_at
    )
    rows = records.filter(near).values_list("member", "starts_at", "ends_at")
    # The constraint `record_fits_source` asks for both times of the portal's own records.
    return ((member, start, end) for member, start, end in rows if start and end)


def _list_attended_signups(activity: Activity, member_ids: Collection[int]) -> Iterable[SignUp]:
    """Return attendance at other activities on these days that has no record yet."""
    first = timezone.localtime(activity.starts_at).replace(hour=0, minute=0, second=0, microsecond=0)
    last = max(first + timedelta(days=1), activity.ends_at)
    came = SignUp.objects.checked_in().filter(member__in=member_ids, records=None)
    came = came.filter(activity__starts_at__lt=last, activity__ends_at__gt=first)
    came = came.exclude(activity=activity).exclude(activity__state=Activity.State.CANCELLED)
    return came.exclude(settled_at__isnull=False, settled_start=None).select_related("activity")


def _get_span_elsewhere(signup: SignUp) -> Span | None:
    if signup.settled_start and signup.settled_end:
        return signup.settled_start, signup.settled_end
    if signup.checked_in_at is None or signup.checked_out_at is None:
        return None
    planned = signup.activity.starts_at, signup.activity.ends_at
    return cut_span(signup.checked_in_at, signup.checked_out_at, *planned)
