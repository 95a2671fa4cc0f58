"""`manage.py undo_import ID`: take back what an import wrote, as long as nothing was built on it."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from members.management.users import find_user
from members.models import ImportRun
from members.sent_text import dump_json
from members.sheets.xml_text import strip_forbidden
from members.transfer.services import imports


class Command(BaseCommand):
    help = "Undo a finished import; the number is that of its page and of import_file's answer."

    def add_arguments(self, parser):
        parser.add_argument("run", type=int, metavar="ID", help="number of the import")
        parser.add_argument("--as", dest="username", help="undo with this account's rights")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be undone, write nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, run, username, dry_run, **options):
        found = ImportRun.objects.select_related("school", "college").filter(pk=run).first()
        if found is None:
            raise CommandError(f"没有编号为 {run} 的导入。")
        user = find_user(username, found.school)
        try:
            imports.check_undo_right(run=found, user=user)
            plan = imports.plan_undo(run=found)
            if plan.is_allowed and not dry_run:
                imports.undo_run(run_id=run, user=user)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(_build_report(found, plan, dry_run, as_json=options["json"]))
        if not plan.is_allowed:
            raise CommandError(
                plan.refusal or f"已有 {len(plan.built_on)} 项依据它办理的内容，没有撤销任何内容。"
            )


def _build_report(run: ImportRun, plan: imports.Undoing, dry_run: bool, *, as_json: bool) -> str:
    """Return what was or would be taken back and what was built on the import, as JSON or as text."""
    report = {
        "import": run.pk,
        "kind": run.kind,
        "file": run.filename,
        "undone": plan.is_allowed and not dry_run,
        "tables": {
            table.label: {"added": table.made, "changed": table.changed, "deleted": table.gone}
            for table in plan.tables
        },
        "built_on": [built.text for built in plan.built_on],
    }
    if as_json:
        return dump_json(report)
    lines = [f"{run.get_kind_display()}“{run.filename}”："]
    lines += [f"{what}：{happens}" for what, happens in plan.describe_rows()] or ["没有改变任何内容。"]
    return strip_forbidden("\n".join([*lines, *(built.text for built in plan.built_on)]))
