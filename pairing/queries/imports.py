"""The pages of what an import of streets has written."""

from collections.abc import Sequence

from django.urls import reverse

from members.models import ImportRow, ImportRun, Street, User


def link_streets(run: ImportRun, rows: Sequence[ImportRow], user: User) -> dict[int, str]:
    """Return {id of a row: address of its street}, found by district and name."""
    names = {row.data.get("name", "") for row in rows}
    seen = Street.objects.visible_to(user, "street.view").filter(name__in=names)
    pages = {(street.district, street.name): reverse("street", args=[street.pk]) for street in seen}
    named = {row.pk: (row.data.get("district", ""), row.data.get("name", "")) for row in rows}
    return {pk: pages[name] for pk, name in named.items() if name in pages}
