"""What is open in an office, from facts: each app lists its own items, `reports.queries.handover` all of them."""

from dataclasses import dataclass

from django.urls import reverse

from members.models import ImportRun, VolunteerRecord
from members.permissions import ActingOffice, may


@dataclass(frozen=True)
class OpenItem:
    """A kind of work that waits in an office: how much, and the page where it is done. It names nobody."""

    title: str
    number: int
    unit: str
    link: str
    note: str = ""


def list_open_items(office: ActingOffice) -> list[OpenItem]:
    """Return files that wait for a confirmation, and volunteers that are not matched to a person."""
    items = []
    if may(office, "import.view"):
        runs = ImportRun.objects.visible_to(office, "import.view").filter(state=ImportRun.State.PREVIEW)
        items.append(OpenItem("导入的文件待确认", runs.count(), "个", reverse("imports")))
    if may(office, "registration.claim"):
        unclear = VolunteerRecord.objects.visible_to(office, "registration.claim").unclear()
        items.append(OpenItem("志愿者名单待认领", unclear.count(), "条", reverse("claims")))
    return items
