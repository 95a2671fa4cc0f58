"""Change the dates and thresholds of a school's year."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction

from members.calendar import semesters_problem, year_problems
from members.models import Semester, ServiceYear
from members.services.unchanged import Check, accept_all

# Functions of upper apps that follow a change in the same transaction: the year, and the names of its changed fields.
Follower = Callable[[ServiceYear, frozenset[str]], None]
_followers: list[Follower] = []


def register_year_follower(follow: Follower) -> None:
    """Call `follow` after every change of a year's rules; an app calls this in its `ready`."""
    if follow not in _followers:
        _followers.append(follow)


def tell_followers(year: ServiceYear, changed: frozenset[str]) -> None:
    """Call the followers after these fields of a year changed, or came into force with a new year."""
    for follow in _followers:
        follow(year, changed)


@transaction.atomic
def change_year(
    *,
    year: ServiceYear,
    values: dict,
    semesters: dict[int, dict],
    user,
    unchanged: Check = accept_all,
) -> ServiceYear:
    """Save the given fields of a year and of its semesters ({pk: fields}).

    All other fields keep their values. Raises ValidationError: by field if a value or the order of the stages
    is wrong, else for the whole form. Frozen figures (bulletins, verdicts) keep the values with which they
    were judged.
    """
    own = ServiceYear.objects.visible_to(user, "year.edit").values("pk")
    locked = ServiceYear.objects.select_for_update().filter(pk__in=own, pk=year.pk).first()
    if locked is None:
        raise ValidationError("只有本校团委可以修改年度规则。")
    unchanged(locked)
    _write_year(locked, values)
    _write_semesters(locked, semesters)
    tell_followers(locked, frozenset(values))
    return locked


def _write_year(year: ServiceYear, values: dict) -> None:
    for name, value in values.items():
        setattr(year, name, value)
    rules = [column.name for column in year._meta.concrete_fields if column.editable]
    problems = year_problems({name: getattr(year, name) for name in rules}, year=year.year)
    if problems:
        raise ValidationError(problems)
    year.full_clean()
    if values:
        year.save(update_fields=list(values))


def _write_semesters(year: ServiceYear, changes: dict[int, dict]) -> None:
    semesters = list(Semester.objects.select_for_update().filter(year=year).order_by("pk"))
    for semester in semesters:
        for name, value in changes.get(semester.pk, {}).items():
            setattr(semester, name, value)
    problem = semesters_problem([(semester.starts_on, semester.ends_on) for semester in semesters])
    if problem:
        raise ValidationError(problem)
    for semester in semesters:
        if semester.pk in changes:
            semester.full_clean()
            semester.save(update_fields=list(changes[semester.pk]))
