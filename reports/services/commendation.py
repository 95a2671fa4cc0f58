"""Make, change and issue a list of 表彰; its criteria alone decide the list (三(五))."""

from collections.abc import Mapping
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import ServiceYear
from members.permissions import get_scope
from members.services.moments import in_one_snapshot, lock_school
from members.services.unchanged import Check, accept_all
from reports.models import Commendation, Commended
from reports.queries.commendation import list_evidence, select_current
from reports.rules.commendation import Candidate, criteria_problem

ISSUED = "名单已经公布，不能再改。"
SUBJECT = {"volunteer": "member_id", "team": "team_id", "project": "project_id"}


@transaction.atomic
def save_commendation(
    *,
    user,
    year: ServiceYear,
    kind: str,
    name: str,
    places: int,
    minimum: Mapping[str, int],
    order: str,
    commendation_id: int | None = None,
    unchanged: Check = accept_all,
    now: datetime | None = None,
) -> Commendation:
    """Create a list, or set new criteria of one that is not issued yet (its kind stays).

    `unchanged` refuses if the page showed other criteria.
    """
    _lock_commending_school(user, year)
    if problem := criteria_problem(kind, minimum, order, places):
        raise ValidationError(problem)
    same = Commendation.objects.filter(year=year, name=name.strip())
    if commendation_id is not None:
        same = same.exclude(pk=commendation_id)
    if same.exists():
        raise ValidationError({"name": "本年度已有同名的表彰。"})
    if commendation_id is None:
        made = Commendation(year=year, kind=kind, created_at=now or timezone.now(), created_by=user)
    else:
        made = _lock_open_commendation(year, commendation_id)
        unchanged(made)
    made.name, made.places, made.minimum, made.order = name.strip(), places, dict(minimum), order
    with pghistory.context(user=user.pk):
        made.save()
    return made


@transaction.atomic
def drop_commendation(*, user, year: ServiceYear, commendation_id: int) -> None:
    """Delete a list that is not issued yet."""
    _lock_commending_school(user, year)
    with pghistory.context(user=user.pk):
        _lock_open_commendation(year, commendation_id).delete()


@in_one_snapshot
def issue_commendation(
    *, user, year: ServiceYear, commendation_id: int, now: datetime | None = None
) -> Commendation:
    """Judge everybody anew and save the list at one moment, with the figures and records behind each name."""
    _lock_commending_school(user, year)
    found = _lock_open_commendation(year, commendation_id)
    year = found.year  # with the rules of this moment
    selection = select_current(found)
    if not selection.chosen:
        raise ValidationError("没有符合条件的对象，不能公布。请调整条件。")
    proofs = list_evidence(found.kind, [one.pk for one in selection.chosen], year)
    Commended.objects.bulk_create(
        [
            _build_commended(found, place, one, proofs[one.pk])
            for place, one in enumerate(selection.chosen, start=1)
        ]
        + [_build_commended(found, None, one, []) for one in selection.barred]
    )
    found.issued_at, found.issued_by, found.rules = (
        now or timezone.now(),
        user,
        freeze_commendation_rules(year),
    )
    with pghistory.context(user=user.pk):
        found.save(update_fields=["issued_at", "issued_by", "rules"])
    return found


def freeze_commendation_rules(year: ServiceYear) -> dict:
    """Return the year's rules that a list is issued by, for keeping with the list."""
    return {
        "required_minutes": year.required_minutes,
        "member_honour_floor": year.member_honour_floor,
        "appraisal_sources": [str(source) for source in year.appraisal_sources],
    }


def _build_commended(commendation: Commendation, place: int | None, one: Candidate, proof: list) -> Commended:
    return Commended(
        commendation=commendation,
        place=place,
        name=one.name,
        where=one.place,
        figures=dict(one.figures),
        barred=list(one.barred),
        evidence=proof,
        **{SUBJECT[commendation.kind]: one.pk},
    )


def _lock_commending_school(user, year: ServiceYear) -> None:
    """Lock the school, so that changes follow one another; only the school of the year may go on."""
    seen = get_scope(user, "commendation.edit")
    if not seen.everything and year.school_id not in seen.schools:
        raise ValidationError("只有本校团委可以管理表彰。")
    lock_school(year.school_id)


def _lock_open_commendation(year: ServiceYear, commendation_id: int) -> Commendation:
    found = Commendation.objects.select_for_update().filter(year=year, pk=commendation_id).first()
    if found is None:
        raise ValidationError("没有找到这项表彰。")
    if found.issued_at:
        raise ValidationError(ISSUED)
    return found
