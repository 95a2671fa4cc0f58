"""Who of an activity is there, who has left, whose case waits: narrowings of sign-ups."""

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import Now

TAKES_PART = ("signed_up", "unseated")
IN, OUT = Q(checked_in_at__isnull=False), Q(checked_out_at__isnull=False)
# A person has to judge: something is noted, or somebody is neither out nor absent. Who is there while the activity
# runs is no case.
OPEN_CASE = Q(settled_at=None) & (
    ~Q(flags=[])
    | IN & ~OUT & Q(activity__ends_at__lte=Now())
    | ~IN & Q(no_show_at=None, activity__closed_at__isnull=False)
)


def taking_part(signups: QuerySet) -> QuerySet:
    """With a place, or walked in without one."""
    return signups.filter(state__in=TAKES_PART)


def matching(signups: QuerySet, text: str) -> QuerySet:
    for word in text.split():
        signups = signups.filter(Q(member__name__contains=word) | Q(member__student_no__contains=word))
    return signups


def attending(signups: QuerySet, state: str) -> QuerySet:
    wanted = {"in": IN & ~OUT, "out": OUT, "missing": ~IN, "flagged": OPEN_CASE}
    return signups.filter(wanted[state]) if state else signups


def figures(signups: QuerySet) -> dict[str, int]:
    """How many hold a place, came, left, and wait for a judgement: one query."""
    return signups.aggregate(
        expected=Count("pk"),
        came=Count("pk", filter=IN),
        left=Count("pk", filter=OUT),
        cases=Count("pk", filter=OPEN_CASE),
    )


def with_cases(signups: QuerySet) -> QuerySet:
    """`case` is true for those whom a person has to judge."""
    return signups.annotate(case=Case(When(OPEN_CASE, then=Value(True)), default=Value(False)))


def latest(signups: QuerySet, direction: str, count: int) -> QuerySet:
    """Who has just been checked in or out."""
    at = f"checked_{direction}_at"
    found = signups.filter(**{f"{at}__isnull": False}).select_related("member__branch")
    return found.order_by(f"-{at}", "-pk")[:count]
