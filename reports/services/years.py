"""Change the rules of a year, but not those by which bulletins were already published."""

from django.core.exceptions import ValidationError
from django.db import transaction

from members.models import School, ServiceYear
from members.services.unchanged import Check, accept_all
from members.services.years import change_year
from reports.models import Bulletin

# Due dates and numbers of the issues follow from these.
SERIES = frozenset({"bulletin_anchor", "bulletin_interval_days", "bulletin_first_number"})


def list_locked_fields(year: ServiceYear) -> frozenset[str]:
    """Return the fields of a year that are locked: the series of bulletins, once an issue is published."""
    return SERIES if Bulletin.objects.filter(year=year).exists() else frozenset()


@transaction.atomic
def change_rules(
    *,
    year: ServiceYear,
    values: dict,
    semesters: dict[int, dict],
    user,
    unchanged: Check = accept_all,
) -> ServiceYear:
    """Check the change against the year's issues, then call members.services.years.change_year.

    Raises the same errors. The school's row is locked first, as publishing does, so that no issue is
    published in between. `unchanged` refuses if the page showed other rules.
    """
    School.objects.select_for_update(no_key=True).get(pk=year.school_id)
    if SERIES & values.keys() & list_locked_fields(year):
        raise ValidationError("本年度已发布通报，首期日期、首期期号和间隔不能再改。")
    last = Bulletin.objects.filter(year=year).order_by("due_on").last()
    if last and values.get("bulletin_ends_on", last.due_on) < last.due_on:
        raise ValidationError({"bulletin_ends_on": f"{last.title}已发布，截止日期不能早于{last.due_text}。"})
    return change_year(year=year, values=values, semesters=semesters, user=user, unchanged=unchanged)
