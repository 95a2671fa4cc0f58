"""Appraisals of branches, narrowed to what a user may see, and where every branch stands in a year."""

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery

from members.permissions import scope

TAKING_PART = Q(grades__taking_part=True)


class AppraisalQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            scope(user, action).q(school="year__school", college="branch__college", branch="branch")
        )

    def with_counts(self):
        """`sheet`, `taking`, `graded`, `taken`: how many stand on it, take part, have a grade, are 优秀."""
        return self.annotate(
            sheet=Count("grades"),
            taking=Count("grades", filter=TAKING_PART),
            graded=Count("grades", filter=TAKING_PART & ~Q(grades__final="")),
            taken=Count("grades", filter=Q(grades__final="excellent")),
        )


class GradeQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            scope(user, action).q(
                school="appraisal__year__school",
                college="appraisal__branch__college",
                branch="appraisal__branch",
            )
        )

    def in_list_order(self):
        return self.select_related("member").order_by("member__sort_key", "member__student_no")

    def settled(self):
        """Grades that a college has approved."""
        return self.filter(appraisal__state="approved", taking_part=True).select_related("appraisal__branch")

    def elsewhere(self, branch, year):
        """Assessed this year by another branch, in a sheet that has left that branch's hands."""
        settled = self.filter(appraisal__year=year, taking_part=True).exclude(appraisal__branch=branch)
        return settled.exclude(appraisal__state="draft")


BY_NAME = ("college_name", "name")
ORDERS = {"branch": BY_NAME, "held": ("held_on",), "taken": ("taken",), "state": ("state",)}


def branches_with_appraisal(branches, appraisals, year):
    """Every branch with the appraisal of a year, if it has begun one: one query however many branches."""
    own = appraisals.filter(branch=OuterRef("pk"), year=year)
    counted = appraisals.with_counts().order_by()
    return branches.annotate(
        college_name=F("college__name"),
        appraisal_id=Subquery(own.values("pk")),
        state=Subquery(own.values("state")),
        held_on=Subquery(own.values("held_on")),
        entitled=Subquery(own.values("entitled")),
        present=Subquery(own.values("present")),
        taking=Subquery(counted.filter(branch=OuterRef("pk"), year=year).values("taking")),
        graded=Subquery(counted.filter(branch=OuterRef("pk"), year=year).values("graded")),
        taken=Subquery(counted.filter(branch=OuterRef("pk"), year=year).values("taken")),
    )


def ordered(rows, sort: str):
    """By college and name without an order of ORDERS; branches without an appraisal stand last."""
    wanted = [F(name) for name in ORDERS.get(sort.removeprefix("-"), BY_NAME)]
    down = sort.startswith("-")
    keys = [key.desc(nulls_last=True) if down else key.asc(nulls_last=True) for key in wanted]
    return rows.order_by(*keys, *BY_NAME, "pk")


def narrowed(rows, wanted: dict):
    """By the fields of AppraisalFilter; takes `branches_with_appraisal`."""
    if words := wanted.get("q"):
        rows = rows.filter(name__icontains=words)
    if college := wanted.get("college"):
        rows = rows.filter(college=college)
    state = wanted.get("state")
    if state == "none":
        return rows.filter(state=None)
    if state == "open":
        return rows.exclude(state="approved") | rows.filter(state=None)
    return rows.filter(state=state) if state else rows


def standing(branches, appraisals, year) -> dict[str, int]:
    """How many branches stand in each state; under "all" how many there are."""
    found = branches_with_appraisal(branches, appraisals, year).order_by()
    counted = dict(found.values_list("state").annotate(Count("pk")))
    return {"all": sum(counted.values()), "none": counted.get(None, 0)} | {
        state: counted.get(state, 0) for state in ("draft", "submitted", "approved")
    }
