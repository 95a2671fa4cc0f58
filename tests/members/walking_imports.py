"""Objects for the addresses of imports that take arguments."""

from dataclasses import replace

from members.models import ImportRun
from tests.places import Target


def make_import_page_targets(imports: list[Target]) -> dict[str, list[Target]]:
    """Return the runs for the pages that correct rejected rows, which are the uploader's own, and a template."""
    own = [_restrict_to_owner(target) for target in imports]
    return {
        **dict.fromkeys(("import_rejects", "import_correct"), own),
        "import_reopen": own,
        "import_template": [Target(("roster",)), Target(("volunteers",))],
    }


def _restrict_to_owner(target: Target) -> Target:
    """Restrict the rejected rows to the file's owner, since they hold people."""
    owner = ImportRun.objects.get(pk=target.args[0]).created_by
    return replace(target, place=replace(target.place, owner=owner))
