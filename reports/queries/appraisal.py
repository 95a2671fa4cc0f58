"""The progress of every branch with its appraisal in a year, and the people who are on no sheet."""

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from members.models import ServiceYear
from members.querysets import MemberQuerySet
from reports.models import Appraisal, AppraisalGrade


def filter_on_no_sheet(people: MemberQuerySet, year: ServiceYear) -> MemberQuerySet:
    """Return those of the year's people whom nobody assesses, although their branch of the year has begun.

    They moved or were admitted after the sheet was made. Once appraisals of a later year have begun, nobody
    is returned: the roll is no longer that of this year.
    """
    if Appraisal.objects.filter(year__school=year.school_id, year__year__gt=year.year).exists():
        return people.none()
    begun = people.filter(branch_then__in=Appraisal.objects.filter(year=year).values("branch"))
    own = AppraisalGrade.objects.filter(member=OuterRef("pk"), appraisal__year=year)
    standing = own.filter(Q(taking_part=True) | Q(appraisal__branch=OuterRef("branch_then")))
    return begun.exclude(Exists(standing))


def annotate_appraisals(branches: QuerySet, year: ServiceYear) -> QuerySet:
    """Return every branch with its appraisal of the year, if it has begun one; one query for all branches."""
    own = Appraisal.objects.filter(branch=OuterRef("pk"), year=year).order_by()
    counted = own.with_counts()
    return branches.annotate(
        college_name=F("college__name"),
        appraisal_id=Subquery(own.values("pk")),
        state=Subquery(own.values("state")),
        held_on=Subquery(own.values("held_on")),
        entitled=Subquery(own.values("entitled")),
        present=Subquery(own.values("present")),
        taking=Subquery(counted.values("taking")),
        graded=Subquery(counted.values("graded")),
        taken=Subquery(counted.values("taken")),
    )


def filter_branches(rows, wanted: dict):
    """Filter the rows of `annotate_appraisals` by the fields of AppraisalFilter."""
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


def count_branches_by_state(branches: QuerySet, year: ServiceYear) -> dict[str, int]:
    """Count the branches in each state ("none" without an appraisal); "all" counts every branch."""
    found = annotate_appraisals(branches, year).order_by()
    counted = dict(found.values_list("state").annotate(Count("pk")))
    return {"all": sum(counted.values()), "none": counted.get(None, 0)} | {
        state: counted.get(state, 0) for state in ("draft", "submitted", "approved")
    }
