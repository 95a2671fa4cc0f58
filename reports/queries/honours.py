"""Titles of honour and nominations, narrowed to what a user may see."""

from django.db import models
from django.db.models import Q

from members.permissions import scope


def people_for(people: models.QuerySet, title, user) -> models.QuerySet:
    """Of the people given, those whom the user may nominate for the title: by the level that the title asks, in the
    college that gives it. Whether the verdict lets them stand is another question."""
    found = people.visible_to(user, "honour.nominate").filter(school=title.year.school_id)
    return found.filter(_level(title, user, "branch__college"))


def branches_for(branches: models.QuerySet, title, user) -> models.QuerySet:
    """As `people_for`, of branches."""
    found = branches.visible_to(user, "honour.nominate").filter(college__school=title.year.school_id)
    return found.filter(_level(title, user, "college"))


def _level(title, user, college: str) -> Q:
    seen, wanted = scope(user, "honour.nominate"), Q()
    if title.nominated_by == "college" and not seen.everything:
        wanted &= Q(**{f"{college}__in": seen.colleges})
    if title.college_id:
        wanted &= Q(**{college: title.college_id})
    return wanted
