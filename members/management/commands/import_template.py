"""Write the template of a kind of import to a file: its columns, an example that is not read, an explanation."""

from pathlib import Path

from django.core.management.base import BaseCommand

from members.models import ImportRun
from members.resources.templates import build_template
from members.sheets.workbooks import build_workbook
from members.transfer.resources import RESOURCES


class Command(BaseCommand):
    help = "Write the template (.xlsx) of a kind of import to a file."

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=sorted(RESOURCES))
        parser.add_argument("path", type=Path)

    def handle(self, *args, kind: str, path: Path, **options):
        label = str(ImportRun.Kind(kind).label)
        path.write_bytes(build_workbook(build_template(RESOURCES[kind](), label)))
        self.stdout.write(f"已写入{label}模板：{path}")
