"""What the pages export, of a whole school and year, as an operator scripts it.

Lists come from their declarations, with the rights of the school's admin; what is no list is written here.
"""

from collections.abc import Callable
from io import BytesIO

from django.core.management.base import CommandError
from django.utils import timezone

from members.models import Branch, Member, School, ServiceYear, Street
from members.permissions import Operator
from members.resources.streets import export_streets
from members.sheets.workbooks import workbook_bytes
from members.tables import LISTINGS, Listing, ListQuery
from members.transfer.services.exports import write
from pairing.services.board import board
from pairing.workbooks import ledger_workbook
from reports.models import (
    Admission,
    Appraisal,
    AppraisalGrade,
    Bulletin,
    Nomination,
)
from reports.queries.admission import standing_at, with_tracks
from reports.queries.appraisal import branches_with_appraisal, on_no_sheet, ordered
from reports.queries.assessment import college_scores
from reports.queries.eligibility import assessed, span_of
from reports.resources.appraisal import export_left_out, export_list
from reports.rules.assessment import SUGGESTED, ranked
from reports.services.admission import reported
from reports.services.assessment import current_scheme, whole_school
from reports.workbooks.admission import admissions_workbook
from reports.workbooks.assessment import scores_workbook
from reports.workbooks.bulletins import bulletin_workbook
from reports.workbooks.honours import honours_workbook

Export = tuple[bytes, int]


def _bulletin(school: School, year: ServiceYear) -> Export:
    issue = Bulletin.objects.filter(year=year).with_figures().latest_of(school)
    if issue is None:
        raise CommandError(f"{year.year}年度还没有发布通报。")
    return bulletin_workbook(issue), len(issue.annex)


def _pairings(school: School, year: ServiceYear) -> Export:
    lines = board(year, colleges=school.colleges.all(), today=timezone.localdate())
    return ledger_workbook(lines), len(lines)


def _streets(school: School, year: ServiceYear) -> Export:
    streets = Street.objects.all()
    return workbook_bytes([export_streets(streets, phones_open=False)]), streets.count()


def _appraisals(school: School, year: ServiceYear) -> Export:
    """Where every branch stands, and on a sheet of its own who stands on no list."""
    sheets, grades = Appraisal.objects.filter(year__school=school), AppraisalGrade.objects.all()
    rows = ordered(branches_with_appraisal(_branches(school), sheets, year), "")
    people = assessed(Member.objects.filter(school=school), year)
    missing = export_left_out(on_no_sheet(people, grades, sheets, year).select_related("branch__college"))
    return workbook_bytes([export_list(rows), missing]), len(rows) + len(missing[-1])


def _honours(school: School, year: ServiceYear) -> Export:
    rows = list(Nomination.objects.filter(title__year=year).with_names().order_by("title", "place", "pk"))
    return honours_workbook(rows), len(rows)


def _admissions(school: School, year: ServiceYear) -> Export:
    """Everybody on the way today; the way is of no year."""
    tracks = Admission.objects.all()
    people = standing_at(Member.objects.filter(school=school), tracks, "")
    people = people.select_related("branch__college").in_list_order()
    rows = reported(with_tracks(people, tracks))
    return admissions_workbook(rows), len(rows)


def _assessment(school: School, year: ServiceYear) -> Export:
    """Live figures by the published weights, else by those suggested."""
    scheme = current_scheme(year)
    weights = scheme.weights if scheme else SUGGESTED
    lines = ranked(college_scores(whole_school(year, timezone.now()), weights))
    return scores_workbook(lines, weights), len(lines)


def _branches(school: School):
    return Branch.objects.filter(college__school=school)


def _list_export(listing: Listing) -> Callable[[School, ServiceYear], Export]:
    def export(school: School, year: ServiceYear) -> Export:
        params = {"year": str(year.year)} if "year" in listing.filter_form.base_fields else {}
        if "first" in listing.filter_form.base_fields:
            first, last = span_of(year)
            params = {"first": first.isoformat(), "last": last.isoformat()}
        query = ListQuery(listing, user=Operator(school), params=params, action=listing.action_of_export)
        if not query.is_valid:
            raise CommandError(f"{listing.title}不能按{year.year}年度导出：{query.form.errors.as_text()}")
        content = BytesIO()
        rows = write(query.sheet, content)
        return content.getvalue(), rows

    return export


DOCUMENTS: dict[str, Callable[[School, ServiceYear], Export]] = {
    "bulletin": _bulletin,
    "pairings": _pairings,
    "streets": _streets,
    "appraisals": _appraisals,
    "honours": _honours,
    "admissions": _admissions,
    "assessment": _assessment,
}


def all_kinds() -> dict[str, Callable[[School, ServiceYear], Export]]:
    """Every kind of the command: lists that an operator may export, and documents."""
    lists = {listing.name: _list_export(listing) for listing in LISTINGS.values() if listing.on_command}
    return lists | DOCUMENTS
