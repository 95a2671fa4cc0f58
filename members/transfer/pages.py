"""What several views of imports share."""

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.urls import reverse

from members.models import ImportRun, User
from members.transfer.services import imports

# Kinds whose rows give rights: they need a recent proof of who confirms them, as the pages of appointments do.
SENSITIVE = frozenset({ImportRun.Kind.ACCOUNTS})


def get_run_or_404(user, pk: int) -> ImportRun:
    """Return an import that the user may see, or raise Http404."""
    runs = ImportRun.objects.visible_to(user, "import.view").select_related("school", "college", "created_by")
    return get_object_or_404(runs, pk=pk)


def build_import_breadcrumb(run: ImportRun | None = None) -> list[tuple[str, str]]:
    """Return the pages above this one, for the breadcrumb."""
    way = [("导入", reverse("imports"))]
    return [*way, (run.filename, run.get_absolute_url())] if run else way


def may_undo(run: ImportRun, user: User) -> bool:
    """Return whether the page of a finished import offers to undo it."""
    if run.state != ImportRun.State.DONE:
        return False
    try:
        imports.check_undo_right(run=run, user=user)
    except ValidationError:
        return False
    return True
