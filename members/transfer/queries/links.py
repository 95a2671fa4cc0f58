"""The pages of what the rows of an import have written, as far as the reader may see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models.functions import Upper
from django.urls import reverse_lazy
from django.utils.functional import Promise

from members.models import Branch, College, ImportRow, ImportRun, Member, User
from members.sheets.cells import make_number_key

Linker = Callable[[ImportRun, Sequence[ImportRow], User], dict[int, str]]


def link_people(run: ImportRun, rows: Sequence[ImportRow], user: User) -> dict[int, str]:
    """Return {id of a row: address of its person}; a new person is found by number."""
    numbers = {row.pk: make_number_key(str(row.data.get("student_no", ""))) for row in rows}
    people = Member.objects.visible_to(user, "member.view").filter(school=run.school_id)
    named = people.alias(key=Upper("student_no")).filter(key__in=set(numbers.values()) - {""}, number_twin=0)
    by_number = {make_number_key(person.student_no): person for person in named}
    by_id = people.in_bulk([row.target for row in rows if row.target])
    found = {row.pk: by_id.get(row.target) or by_number.get(numbers[row.pk]) for row in rows}
    return {pk: person.get_absolute_url() for pk, person in found.items() if person}


def link_targets(run: ImportRun, rows: Sequence[ImportRow], user: User) -> dict[int, str]:
    """Return {id of a row: address of the person whom the comparison has found for it}."""
    targets = {row.pk: row.target for row in rows if row.target}
    people = (
        Member.objects.visible_to(user, "member.view")
        .filter(school=run.school_id)
        .in_bulk(set(targets.values()))
    )
    return {pk: people[target].get_absolute_url() for pk, target in targets.items() if target in people}


def link_organisations(run: ImportRun, rows: Sequence[ImportRow], user: User) -> dict[int, str]:
    """Return {id of a row: address of its college or branch}, found by name and parent."""
    names = {str(row.data.get("name", "")) for row in rows}
    colleges = College.objects.visible_to(user, "college.view").filter(school=run.school_id, name__in=names)
    branches = (
        Branch.objects.visible_to(user, "branch.view")
        .filter(college__school=run.school_id, name__in=names)
        .select_related("college")
    )
    pages = {("", college.name): college.get_absolute_url() for college in colleges}
    for branch in branches:
        pages[branch.college.name, branch.name] = branch.get_absolute_url()
    found = {}
    for row in rows:
        name, parent = row.data.get("name", ""), row.data.get("parent", "")
        if address := pages.get((parent, name)) or pages.get(("", name)):
            found[row.pk] = address
    return found


# What the new and changed rows of each kind have written; apps above add theirs.
LINKS: dict[str, Linker] = {
    ImportRun.Kind.ROSTER: link_people,
    ImportRun.Kind.VOLUNTEERS: link_targets,
    ImportRun.Kind.ORGANISATION: link_organisations,
}


@dataclass(frozen=True)
class ResultPage:
    """A page that lists what an import of a kind has written: its label, its address, and the action that opens it."""

    label: str
    address: str | Promise
    action: str


RESULT_PAGES: dict[str, ResultPage] = {
    ImportRun.Kind.ORGANISATION: ResultPage("查看组织", reverse_lazy("organisation"), "college.view"),
    ImportRun.Kind.ACCOUNTS: ResultPage("查看账号与授权", reverse_lazy("accounts"), "grant.view"),
}


def register_links(kind: str, link: Linker | None, page: ResultPage | None = None) -> None:
    """Find the pages of a kind's rows with `link`, and list them all on `page`; an app above calls this in `ready`."""
    if link:
        LINKS[kind] = link
    if page:
        RESULT_PAGES[kind] = page


def link_rows(run: ImportRun, rows: Sequence[ImportRow], user: User) -> dict[int, str]:
    """Return {id of a row: address of what it has written}; empty before the import and for rows without a page."""
    link = LINKS.get(run.kind)
    written = [row for row in rows if row.status in ("new", "changed", "same")]
    return link(run, written, user) if link and written and run.state == ImportRun.State.DONE else {}
