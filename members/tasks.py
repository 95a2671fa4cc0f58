"""Work after the response: reading an uploaded file, and writing a confirmed one."""

from celery import shared_task
from django.core.exceptions import ValidationError

from members.models import ImportRun
from members.resources import RESOURCES
from members.services import imports
from members.sheets import SheetError


@shared_task
def read_import(run_id: int) -> None:
    run = ImportRun.objects.get(pk=run_id)
    resource = RESOURCES[run.kind]()
    try:
        sheet = resource.open(run.file.read(), run.filename)
        imports.preview(run_id=run_id, header=sheet.header, rows=resource.rows(sheet))
    except (SheetError, ValidationError) as error:
        imports.fail(run_id=run_id, problem=" ".join(getattr(error, "messages", [str(error)])))


@shared_task
def write_import(run_id: int) -> None:
    imports.write(run_id=run_id)
