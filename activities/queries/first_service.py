"""三(四)4: each college serves at its street at least once by the year's date."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from activities.models import Activity, SignUp


@dataclass(frozen=True)
class FirstService:
    """The state of a college's first service.

    `state`: done (people came, and it is over), planned (published and not over) or missing. `late`: its day
    is after the date `by`; for missing: the date has passed.
    """

    state: str
    by: date
    late: bool
    activity: Activity | None = None
    # Planned and already begun: it counts when it is over.
    running: bool = False


def find_first_service(activities: QuerySet, *, year: int, by: date, now: datetime) -> FirstService:
    """Return the first activity of the year at the street to which somebody came; else the next planned one.

    `activities`: those of one college. At most two queries.
    """
    at_street = activities.filter(state="open", project__kind="street", starts_at__year=year)
    came = SignUp.objects.checked_in().filter(activity=OuterRef("pk"))
    if done := at_street.filter(Exists(came), ends_at__lte=now).order_by("starts_at").first():
        return FirstService("done", by, _get_local_day(done) > by, done)
    if planned := at_street.filter(ends_at__gt=now).order_by("starts_at").first():
        return FirstService("planned", by, _get_local_day(planned) > by, planned, planned.starts_at <= now)
    return FirstService("missing", by, timezone.localdate(now) > by)


def _get_local_day(activity: Activity) -> date:
    return timezone.localdate(activity.starts_at)
