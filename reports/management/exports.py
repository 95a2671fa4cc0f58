"""The exports of the pages, for a whole school and year, for scripts of an operator.

Lists come from their declarations, with the rights of the school's admin; documents that are no list are made
here.
"""

from collections.abc import Callable
from io import BytesIO

from django.core.management.base import CommandError
from django.utils import timezone

from members.lists import LISTINGS, Listing, ListQuery
from members.models import School, ServiceYear
from members.permissions import Operator
from members.transfer.services.exports import write_list
from reports.models import Bulletin
from reports.queries.assessment import compute_college_scores
from reports.queries.assessment_results import build_school_ground, get_current_scheme
from reports.queries.eligibility import get_year_span
from reports.rules.assessment import SUGGESTED, rank_scores
from reports.workbooks.assessment import build_scores_workbook
from reports.workbooks.bulletins import build_bulletin_workbook

Export = tuple[bytes, int]


def _export_bulletin(school: School, year: ServiceYear) -> Export:
    issue = Bulletin.objects.filter(year=year).with_figures().get_latest_of(school)
    if issue is None:
        raise CommandError(f"{year.year}年度还没有发布通报。")
    return build_bulletin_workbook(issue), len(issue.annex)


def _export_assessment(school: School, year: ServiceYear) -> Export:
    """Return the workbook of live figures by the published weights, else the suggested ones."""
    scheme = get_current_scheme(year)
    weights = scheme.weights if scheme else SUGGESTED
    lines = rank_scores(compute_college_scores(build_school_ground(year, timezone.now()), weights))
    return build_scores_workbook(lines, weights), len(lines)


def _list_export(listing: Listing) -> Callable[[School, ServiceYear], Export]:
    def export(school: School, year: ServiceYear) -> Export:
        params = {"year": str(year.year)} if "year" in listing.filter_form.base_fields else {}
        if "first" in listing.filter_form.base_fields:
            first, last = get_year_span(year)
            params = {"first": first.isoformat(), "last": last.isoformat()}
        query = ListQuery(
            listing, user=Operator(school, year), params=params, action=listing.action_of_export
        )
        if not query.is_valid:
            raise CommandError(f"{listing.title}不能按{year.year}年度导出：{query.form.errors.as_text()}")
        content = BytesIO()
        rows = write_list(query.sheet, content)
        return content.getvalue(), rows

    return export


DOCUMENT_WRITERS: dict[str, Callable[[School, ServiceYear], Export]] = {
    "bulletin": _export_bulletin,
    "assessment": _export_assessment,
}


def list_export_kinds() -> dict[str, Callable[[School, ServiceYear], Export]]:
    """Return every kind of the command: lists that an operator may export, and documents."""
    lists = {listing.name: _list_export(listing) for listing in LISTINGS.values() if listing.on_command}
    return lists | DOCUMENT_WRITERS
