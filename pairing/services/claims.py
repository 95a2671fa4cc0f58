"""抢街乡: one locked transaction that either makes the pairing whole or leaves nothing."""

from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.models import College, ServiceYear, Street
from pairing.models import Pairing, PairingCode, ServiceTeam
from pairing.queries.hall import forget_places, places
from pairing.rules import Claim, claim_problem, due_on, places_left

ALTERNATIVES = 5
# What the database says when, against all locks, two claims meet at one constraint.
CONSTRAINTS = {
    "pairing_once_per_college": ("paired", "本学院已经结对，一个学院对接一个街乡。"),
    "pairing_once_per_code": ("code_used", "这个申请结对码已经用过，一个结对码只能结对一次。"),
    "pairing_place_once": ("full", "这个街乡的名额刚刚被占用，请再试一次。"),
}


class ClaimRefusedError(ValidationError):
    """A claim that a rule refuses. `rule` names it, `alternatives` are the nearest streets that have room."""

    def __init__(self, rule: str, reason: str, alternatives: list[dict]):
        super().__init__(reason, code=rule)
        self.rule, self.reason, self.alternatives = rule, reason, alternatives


def claim(
    *, user, college_id: int, street_id: int, code: str, now: datetime | None = None, reason: str = ""
) -> Pairing:
    """Pair the college with the street, or raise ClaimRefusedError with the rule and where there is still room.

    Only the school, which gives a reason, may claim outside the window; every other rule holds for it as well.
    """
    now = now or timezone.now()
    try:
        with transaction.atomic(), pghistory.context(user=user.pk if user else None, reason=reason):
            pairing = _claim(user, college_id, street_id, code.strip().upper(), now, reason)
    except IntegrityError as error:
        found = CONSTRAINTS.get(getattr(error.__cause__.diag, "constraint_name", ""))
        if found is None:
            raise
        rule, refused = found
    else:
        if isinstance(pairing, Pairing):
            forget_places(pairing.calendar_year)
            return pairing
        rule, refused = pairing
    raise ClaimRefusedError(rule, refused, alternatives(college_id=college_id, street_id=street_id, now=now))


def _claim(user, college_id, street_id, text, now, reason) -> Pairing | tuple[str, str]:
    """Under the locks of college, street and code, in this order: rule, then write."""
    colleges = College.objects.visible_to(user, "pairing.claim")
    college = colleges.select_for_update(of=("self",)).filter(pk=college_id).first()
    if college is None:
        raise ValidationError("没有找到这个学院，或您不能代它结对。")
    year = _year(college, now)
    if year is None:
        raise ValidationError("本年度还没有设置，请联系校团委。")
    street = Street.objects.select_for_update().filter(pk=street_id).first()
    if street is None:
        raise ValidationError("没有找到这个街乡。")
    code = PairingCode.objects.select_for_update(of=("self",)).filter(year=year, code=text).first()
    taken = Pairing.objects.places_taken(calendar_year=year.year, street_id=street.pk)
    cap = year.urban_cap if street.kind == Street.Kind.URBAN else year.suburban_cap
    problem = claim_problem(_facts(year, college, street, code, now, len(taken), cap, by_school=bool(reason)))
    if problem[0]:
        return problem
    place = next(number for number in range(1, cap + 1) if number not in taken)
    local = timezone.localtime(now)
    pairing = Pairing.objects.create(
        year=year, college=college, street=street, code=code, calendar_year=year.year, place=place, cap=cap,
        claimed_at=now, claimed_by=user, claimed_for=reason, due_on=due_on(local.date(), year.offline_days),
    )  # fmt: skip
    code.state = PairingCode.State.USED
    code.save(update_fields=["state"])
    ServiceTeam.objects.create(pairing=pairing, name=f"{college.school.name}{college.name}青年志愿者服务队")
    return pairing


def alternatives(*, college_id: int, street_id: int, now: datetime) -> list[dict]:
    """Streets of the code's kind that still have room and that this college may take, nearest first.

    Nearest means: the same district, then the same kind anywhere by name; at most ALTERNATIVES rows of the hall.
    """
    college = College.objects.select_related("school").get(pk=college_id)
    year = _year(college, now)
    wanted = Street.objects.filter(pk=street_id).first()
    own = PairingCode.objects.filter(year=year, college=college).first()
    if year is None or wanted is None:
        return []
    kind = own.kind if own else wanted.kind
    closed = set(Pairing.objects.active().filter(year=year).values_list("street", flat=True))
    assigned = set(year.assigned_streets.values_list("street", flat=True))
    cap = year.urban_cap if kind == Street.Kind.URBAN else year.suburban_cap
    open_rows = [
        row | {"left": places_left(cap, row["ours"], row["taken_elsewhere"])}
        for row in places(year.year)
        if row["kind"] == kind
        and row["id"] != street_id
        and (year.streets_shared or row["id"] not in closed)
        and (not year.streets_assigned or row["id"] in assigned)
    ]
    open_rows = [row for row in open_rows if row["left"]]
    open_rows.sort(
        key=lambda row: (row["district"] != wanted.district, -row["left"], row["district"], row["name"])
    )
    return open_rows[:ALTERNATIVES]


def _facts(year, college, street, code, now, ours, cap, *, by_school) -> Claim:
    of_year = Pairing.objects.active().filter(year=year)
    own_code = code is not None and code.college_id == college.pk
    return Claim(
        # The school repairs at any time: for it the window counts as open.
        now=timezone.localtime(year.pairing_opens_at if by_school else now),
        opens=timezone.localtime(year.pairing_opens_at),
        closes=timezone.localtime(year.pairing_closes_at),
        code_known=own_code,
        code_state=code.state if own_code else "",
        code_kind=code.kind if own_code else "",
        street_kind=street.kind,
        college_paired=of_year.filter(college=college).exists(),
        left=places_left(cap, ours, street.taken_elsewhere),
        school_has_street=of_year.filter(street=street).exists(),
        street_shared=year.streets_shared,
        assigned_only=year.streets_assigned,
        assigned=year.assigned_streets.filter(street=street).exists(),
    )


def _year(college: College, now: datetime) -> ServiceYear | None:
    return ServiceYear.objects.current(college.school, today=timezone.localtime(now).date())
