"""Queries that narrow an activity's sign-ups: people present, people who left, people with an open case."""

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import Now

from activities.querysets import SignUpQuerySet
from members.sheets.cells import tidy_number

TAKES_PART = ("signed_up", "unseated")
IN, OUT = Q(checked_in_at__isnull=False), Q(checked_out_at__isnull=False)
# A person has to judge the case: there is a flag, or somebody neither left nor is noted absent. Presence
# while the activity runs is no case.
OPEN_CASE = Q(settled_at=None) & (
    ~Q(flags=[])
    | IN & ~OUT & Q(activity__ends_at__lte=Now())
    | ~IN & Q(no_show_at=None, activity__closed_at__isnull=False)
)


def filter_participants(signups: SignUpQuerySet) -> SignUpQuerySet:
    """Keep sign-ups with a place, and of people who walked in without one."""
    return signups.filter(state__in=TAKES_PART)


def search_signups(signups: QuerySet, text: str) -> QuerySet:
    """Keep sign-ups of people in whose name or number each word occurs."""
    for word in text.split():
        number = Q(member__student_no__icontains=tidy_number(word))
        signups = signups.filter(Q(member__name__icontains=word) | number)
    return signups


def filter_by_attendance(signups: QuerySet, state: str) -> QuerySet:
    """Keep sign-ups in one state of attendance: "in", "out", "missing", "flagged", or "" for all."""
    wanted = {"in": IN & ~OUT, "out": OUT, "missing": ~IN, "flagged": OPEN_CASE}
    return signups.filter(wanted[state]) if state else signups


def count_attendance(signups: QuerySet) -> dict[str, int]:
    """Count in one query the people who hold a place, came, left, and have an open case."""
    return signups.aggregate(
        expected=Count("pk"),
        came=Count("pk", filter=IN),
        left=Count("pk", filter=OUT),
        cases=Count("pk", filter=OPEN_CASE),
    )


def with_cases(signups: QuerySet) -> QuerySet:
    """Add `case` to each: true if a person has to judge it."""
    return signups.annotate(case=Case(When(OPEN_CASE, then=Value(True)), default=Value(False)))


def list_latest_checks(signups: QuerySet, direction: str, count: int) -> QuerySet:
    """Return the `count` people checked in or out last."""
    at = f"checked_{direction}_at"
    found = signups.filter(**{f"{at}__isnull": False}).select_related("member__branch")
    return found.order_by(f"-{at}", "-pk")[:count]
