"""manage.py export KIND OUT.xlsx [--year 2018] [--school CODE]"""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.management.schools import add_school_argument, school_meant, year_meant
from members.models import ExportLog, Member, School, ServiceYear, Street
from members.resources import RosterResource
from members.resources.streets import export_streets
from members.workbooks import workbook_bytes
from pairing.services.board import board
from pairing.workbooks import ledger_workbook
from reports.models import Bulletin
from reports.queries.eligibility import assessed
from reports.services.eligibility import judge
from reports.workbooks import bulletin_workbook, eligibility_workbook, series_workbook


class Command(BaseCommand):
    help = (
        "Write what the pages export: roster (everybody, phones masked), bulletin (the latest issue of the year), "
        "bulletins (the year's issues, one a row), pairings (结对台账: every college of the year), streets (the "
        "city's, phones masked), eligibility (the verdict on every active League member)."
    )

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=list(KINDS), metavar="KIND", help=", ".join(KINDS))
        parser.add_argument("out", type=Path, metavar="OUT.xlsx")
        parser.add_argument("--year", type=int, help="default: the year of today, else the latest")
        add_school_argument(parser)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, kind, out, year, school, **options):
        meant = school_meant(school)
        content, rows = KINDS[kind](meant, year_meant(meant, year))
        ExportLog.objects.create(school=meant, kind=kind, filters={"command": "export"}, rows=rows)
        try:
            out.write_bytes(content)
        except OSError as error:
            raise CommandError(f"无法写入 {out}：{error.strerror}") from error
        answer = {"kind": kind, "rows": rows, "path": str(out)}
        self.stdout.write(json.dumps(answer, ensure_ascii=False) if options["json"] else f"{out}：{rows} 行")


def _roster(school: School, year: ServiceYear) -> tuple[bytes, int]:
    people = Member.objects.filter(school=school).in_list_order()
    resource = RosterResource()
    rows = (resource.export_resource(member) for member in people.iterator(2000))
    return workbook_bytes([("花名册", resource.get_export_headers(), rows)]), people.count()


def _bulletin(school: School, year: ServiceYear) -> tuple[bytes, int]:
    issue = Bulletin.objects.filter(year=year).with_figures().latest_of(school)
    if issue is None:
        raise CommandError(f"{year.year}年度还没有发布通报。")
    return bulletin_workbook(issue), len(issue.annex)


def _bulletins(school: School, year: ServiceYear) -> tuple[bytes, int]:
    issues = Bulletin.objects.filter(year=year)
    return series_workbook(issues), issues.count()


def _pairings(school: School, year: ServiceYear) -> tuple[bytes, int]:
    lines = board(year, colleges=school.colleges.all(), today=timezone.localdate())
    return ledger_workbook(lines), len(lines)


def _eligibility(school: School, year: ServiceYear) -> tuple[bytes, int]:
    people = assessed(Member.objects.filter(school=school), year).in_list_order()
    return eligibility_workbook(judge(people, year))


def _streets(school: School, year: ServiceYear) -> tuple[bytes, int]:
    streets = Street.objects.all()
    return workbook_bytes([export_streets(streets, phones_open=False)]), streets.count()


KINDS = {
    "roster": _roster,
    "bulletin": _bulletin,
    "bulletins": _bulletins,
    "pairings": _pairings,
    "eligibility": _eligibility,
    "streets": _streets,
}
