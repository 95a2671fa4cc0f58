"""manage.py export KIND OUT.xlsx [--year 2018] [--school CODE]"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from members.management.schools import add_school_argument, get_school, get_year
from members.models import ExportLog
from members.sent_text import dump_json
from reports.management.exports import list_export_kinds


class Command(BaseCommand):
    help = (
        "Write what the pages export: roster (everybody, phones masked), bulletin (the latest issue of the year), "
        "bulletins (the year's issues, one a row), pairings (结对台账: every college of the year), streets (the "
        "city's, phones masked), hours_records (every record of service in the year), eligibility (the verdict on "
        "every active League member), eligibility_branches (四.3), exceptions, appraisals (where every branch "
        "stands), honours (every nomination), admissions (everybody on the way into the League), assessment (学院考核, "
        "live)."
    )

    def add_arguments(self, parser):
        kinds = sorted(list_export_kinds())
        parser.add_argument("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
        parser.add_argument("out", type=Path, metavar="OUT.xlsx")
        parser.add_argument("--year", type=int, help="default: the year of today, else the latest")
        add_school_argument(parser)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, kind, out, year, school, **options):
        meant = get_school(school)
        content, rows = list_export_kinds()[kind](meant, get_year(meant, year))
        ExportLog.objects.create(school=meant, kind=kind, filters={"command": "export"}, rows=rows)
        try:
            out.write_bytes(content)
        except OSError as error:
            raise CommandError(f"无法写入 {out}：{error.strerror}") from error
        answer = {"kind": kind, "rows": rows, "path": str(out)}
        self.stdout.write(dump_json(answer) if options["json"] else f"{out}：{rows} 行")
