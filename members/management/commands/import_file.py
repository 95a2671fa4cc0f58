"""`manage.py import_file KIND PATH`: import a file as in the browser, in one transaction."""

from datetime import date
from pathlib import Path
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from members.management.schools import get_school
from members.management.users import find_user
from members.models import College, ImportRow, ImportRun, School, ServiceYear, User
from members.rules import parse_college_name
from members.sent_text import dump_json
from members.services.export_log import log_export
from members.sheets.cells import CellError, clean_date, clean_organisation
from members.sheets.papers import remove_id_cards
from members.sheets.reading import read_file
from members.sheets.sheets import SheetError
from members.sheets.workbooks import build_workbook
from members.sheets.xml_text import strip_forbidden
from members.transfer.queries.imports import has_several_sheets
from members.transfer.resources import (
    RESOURCES,
    build_rejected_sheet,
    list_cell_doubts,
    list_notes,
    open_sheet,
)
from members.transfer.services import imports


class Command(BaseCommand):
    help = "Import a file: organisation, roster, volunteers, hours, streets, codes or accounts."

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=list(RESOURCES), metavar="KIND", help=", ".join(RESOURCES))
        parser.add_argument("path", type=Path, metavar="PATH")
        parser.add_argument("--school", help="code of the school; may be left out where there is only one")
        parser.add_argument("--college", help="everything in the file belongs to this college")
        parser.add_argument(
            "--year", type=int, help="taken for kinds that belong to a year; others ignore it"
        )
        parser.add_argument("--as", dest="username", help="import with this account's rights")
        parser.add_argument(
            "--as-of",
            metavar="DATE",
            help="the day the file speaks of (数据日期), as 2018-10-31; changes take effect then; default today",
        )
        parser.add_argument(
            "--force", action="store_true", help="import rows that go back to a former state all the same"
        )
        parser.add_argument(
            "--state",
            choices=["confirmed", "pending"],
            help="of all rows of a file of hours that has no column for it",
        )
        parser.add_argument("--dry-run", action="store_true", help="compare only, write nothing")
        parser.add_argument("--rejects", type=Path, help="write the rejected rows to this .xlsx")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, kind, path, **options):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"无法读取文件 {path}：{error.strerror}") from error
        try:
            report, label = self._import_content(kind, remove_id_cards(path.name), content, options)
        except (SheetError, ValidationError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
        self.stdout.write(
            dump_json(report) if options["json"] else strip_forbidden(_format_report(report, label))
        )

    def _import_content(self, kind, filename, content, options) -> tuple[dict, str]:
        """Import the file in one transaction; return the report and the Chinese name of the kind.

        A dry run saves nothing at all, not even the ImportRun.
        """
        school = get_school(options["school"])
        user = find_user(options["username"], school)
        resource, sheet = open_sheet(kind, read_file(content, filename))
        about = {"command": f"import_file {kind}", "user": user.pk if user else None, "file": filename}
        with transaction.atomic(), pghistory.context(**about):
            college = _find_or_create_college(options["college"], school, user)
            run = ImportRun.objects.create(
                school=school,
                kind=kind,
                filename=filename[-200:],
                created_by=user,
                year=_find_year(options["year"], school) if kind in imports.OF_A_YEAR else None,
                college=imports.get_allowed_college(user=user, school=school, kind=kind, college=college),
                as_of=imports.check_as_of(_read_day(options["as_of"])),
                forced=options["force"],
                notes=list_notes(sheet) | ({"state": options["state"]} if options["state"] else {}),
            )
            resource.day = run.as_of
            rows = resource.rows(sheet)
            imports.import_at_once(run=run, header=sheet.header, rows=rows, dry_run=options["dry_run"])
            if options["rejects"]:
                _write_rejects(run, options["rejects"])
            report = self._build_report(run)
            report["warnings"] = [*_list_warnings(run.notes), *list_cell_doubts(run)]
            transaction.set_rollback(options["dry_run"])
        if options["rejects"]:
            # After a dry run too: the file of rejected rows exports people, even if the import saved nothing.
            log_export(
                school=school,
                user=user,
                kind="rejects",
                filters={"command": "import_file", "file": filename},
                rows=len(report["errors"]),
            )
        return report, run.get_kind_display()

    def _build_report(self, run: ImportRun) -> dict:
        figures = run.figures
        several = has_several_sheets(run)
        errors = run.rows.filter(status="error").order_by("position").values_list("number", "sheet", "reason")
        return {
            "import": run.pk,
            "kind": run.kind,
            "rows": sum(figures[status] for status in ("new", "changed", "same", "unclear", "error")),
            "created": figures["new"],
            "updated": figures["changed"],
            "unchanged": figures["same"],
            "unclear": figures["unclear"],
            "errors": [
                {"row": number, "reason": reason} | ({"sheet": sheet} if several else {})
                for number, sheet, reason in errors
            ],
            "missing": figures["missing"],
            "reverting": figures["reverting"],
            "as_of": str(run.as_of),
        } | ({"missing_colleges": names} if (names := figures.get("missing_colleges")) else {})


def _read_day(text: str | None) -> date | None:
    try:
        return clean_date(text)
    except CellError as error:
        raise CommandError(f"--as-of：{error}") from error


def _list_warnings(notes: dict[str, Any]) -> list[str]:
    titles = {
        "ignored_days": "没有用到的日期列，请核对是否需要",
        "ignored": "没有用到的列",
        "skipped_sheets": "没有可识别的表头、已跳过的工作表",
    }
    columns = [f"{title}：{'、'.join(notes[key])}" for key, title in titles.items() if notes.get(key)]
    return [*columns, *imports.describe_asked_columns(notes), *notes.get("doubts", [])]


def _find_year(number: int | None, school: School) -> ServiceYear:
    """Return the school's year with this number; without a number the current year, else the latest.

    Raises CommandError where the school has no such year.
    """
    years = ServiceYear.objects.filter(school=school)
    year = years.filter(year=number).first() if number else years.current(school)
    if year is None:
        raise CommandError(f"{school.name}没有 {number} 年度。" if number else f"{school.name}还没有年度。")
    return year


def _find_or_create_college(name: str | None, school: School, user: User | None) -> College | None:
    """Return the named college; an operator may name one that does not exist yet, and it is created."""
    if name is None:
        return None
    try:
        name = clean_organisation(name)
    except CellError as error:
        raise CommandError(f"--college：{error}") from error
    if not name:
        raise CommandError("--college：请写出学院名称")
    college = College.objects.named(name, school).first()
    if college is None and user is not None:
        raise CommandError(f"没有学院“{name}”。")
    return college or College.objects.create(
        school=school, name=parse_college_name(name, school.name) or name
    )


def _write_rejects(run: ImportRun, path: Path) -> None:
    try:
        path.write_bytes(build_workbook([build_rejected_sheet(run)]))
    except OSError as error:
        raise CommandError(f"无法写入 {path}：{error.strerror}。没有录入任何内容。") from error


def _format_report(report: dict, kind: str) -> str:
    unclear = imports.get_status_label(report["kind"], ImportRow.Status.UNCLEAR)
    lines = [
        f"{kind}：共 {report['rows']} 行，新增 {report['created']}，变更 {report['updated']}，"
        f"无变化 {report['unchanged']}，{unclear} {report['unclear']}，有误 {len(report['errors'])}。"
    ]
    lines += [f"第 {error['row']} 行：{error['reason']}" for error in report["errors"]]
    lines += report["warnings"]
    if report["reverting"]:
        lines.append(f"{report['reverting']} 条按这份较早的文件回到以前的状态；不加 --force 不会录入。")
    if report["missing"]:
        lines.append(f"平台中有 {report['missing']} 条记录不在文件中，未作改动。")
    if names := report.get("missing_colleges"):
        lines.append(f"平台有而文件没有的学院：{'、'.join(names)}，未作改动。")
    return "\n".join(lines)
