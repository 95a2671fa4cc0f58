"""Appraisals of branches, narrowed to what a user may see, and where every branch stands in a year."""

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery


def on_no_sheet(people, grades, appraisals, year):
    """Of active League members those whom nobody assesses in a year, though their branch has begun: moved or admitted
    since its sheet was made. Once the appraisals of a later year have begun, nobody: the roll is no longer of it."""
    if appraisals.filter(year__school=year.school_id, year__year__gt=year.year).exists():
        return people.none()
    begun = people.filter(branch__in=appraisals.filter(year=year).values("branch"))
    own = grades.filter(member=OuterRef("pk"), appraisal__year=year)
    standing = own.filter(Q(taking_part=True) | Q(appraisal__branch=OuterRef("branch")))
    return begun.exclude(Exists(standing)).order_by("branch__college__name", "branch__name", "sort_key")


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
