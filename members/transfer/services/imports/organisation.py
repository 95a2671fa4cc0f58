"""三(一): compare the tree of the outside system with the portal's, in both directions.

The file may have numbers of organisations; a number finds an organisation after a change of name or parent.
Without a number, a branch is found by its name in its college, in whichever spelling (members.unit_names), else by
a name that exactly one unmatched branch of the portal and one unmatched row of the file have.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from django.db.models import QuerySet

from members.models import Branch, College, ImportRow, ImportRun
from members.rules import is_branch, parse_college_name
from members.transfer.services.imports.staging import list_read_rows, write_decisions
from members.unit_names import make_branch_key, make_college_key

Place = TypeVar("Place", College, Branch)


@dataclass(frozen=True)
class Line:
    """A row of the file as an organisation. A row without a name is the school itself."""

    row: ImportRow
    name: str
    parent: str
    number: str
    is_branch: bool
    key: str  # of the name
    parent_key: str

    @classmethod
    def from_row(cls, row: ImportRow, school: str) -> "Line":
        """Return the line of a row; `school` is the school's name, which is removed from names of colleges."""
        parent = parse_college_name(row.data.get("parent", ""), school)
        branch = is_branch(row.data["name"], row.data.get("level", ""), parent)
        name = row.data["name"] if branch else parse_college_name(row.data["name"], school)
        key = make_branch_key(name, parent, school) if branch else make_college_key(name, school)
        number = row.data.get("outside_no", "")
        return cls(row, name, parent, number, branch, key, make_college_key(parent, school))


@dataclass
class Tree:
    """The organisations of a school, with functions that find them for the lines of a file.

    Units are found by name, else by the key of the name. `parents`: the college of each name in the file, and of
    its key; a college may have a new name there.
    """

    colleges: dict[str, College] = field(default_factory=dict)
    branches: dict[tuple[int, str], Branch] = field(default_factory=dict)
    parents: dict[str, College] = field(default_factory=dict)

    @classmethod
    def from_run(cls, run: ImportRun) -> "Tree":
        """Lock and return the organisations of the run's school."""
        tree = cls()
        colleges = College.objects.filter(school=run.school).select_for_update().order_by("pk")
        for college in colleges:
            college.school = run.school  # for the keys of names, without a query for each
            tree.colleges[college.name] = college
        for college in sorted(colleges, key=lambda college: college.twin):
            tree.colleges.setdefault(college.name_key, college)
        tree.parents |= tree.colleges
        of_id = {college.pk: college for college in colleges}
        branches = list(
            Branch.objects.filter(college__school=run.school).select_for_update(of=("self",)).order_by("pk")
        )
        for branch in branches:
            branch.college = of_id[branch.college_id]
            tree.branches[branch.college_id, branch.name] = branch
        for branch in sorted(branches, key=lambda branch: branch.twin):
            tree.branches.setdefault((branch.college_id, branch.name_key), branch)
        return tree

    def find_college(self, name: str, key: str) -> College | None:
        """Return the college of this name in the file, else of this key."""
        return self.parents.get(name) or self.parents.get(key)

    def find(self, line: Line) -> College | Branch | None:
        """Return the organisation with the line's name and parent, or None."""
        if not line.is_branch:
            return self.colleges.get(line.name) or self.colleges.get(line.key)
        return self.branch_at(line)

    def branch_at(self, line: Line) -> Branch | None:
        """Return the branch with the line's name and parent, or None."""
        parent = self.find_college(line.parent, line.parent_key)
        if parent is None:
            return None
        return self.branches.get((parent.pk, line.name)) or self.branches.get((parent.pk, line.key))

    def find_colleges(self, lines: list[Line]) -> list[College | None]:
        """Return the college of each line, by number, else by name; None for a new one."""
        numbered = _index_by_number(self.colleges.values())
        found = [
            numbered.get(line.number) or self.colleges.get(line.name) or self.colleges.get(line.key)
            for line in lines
        ]
        for line, college in zip(lines, found, strict=True):
            if college:
                self.parents[line.name] = self.parents[line.key] = college
        return found

    def find_branches(self, lines: list[Line]) -> list[Branch | None]:
        """Return the branch of each line, or None for a new one.

        The number decides, then name and parent, then an unambiguous name.
        """
        numbered = _index_by_number(self.branches.values())
        found = [numbered.get(line.number) or self.branch_at(line) for line in lines]
        taken = {branch.pk for branch in found if branch}
        left = defaultdict(list)
        for branch in {branch.pk: branch for branch in self.branches.values()}.values():
            if branch.pk not in taken:
                left[branch.name_key].append(branch)
        asking = Counter(line.key for line, branch in zip(lines, found, strict=True) if branch is None)
        return [
            branch or (left[line.key][0] if asking[line.key] == len(left[line.key]) == 1 else None)
            for line, branch in zip(lines, found, strict=True)
        ]


def _index_by_number(organisations: Iterable[Place]) -> dict[str, Place]:
    return {
        organisation.outside_no: organisation for organisation in organisations if organisation.outside_no
    }


def compare_organisation(run: ImportRun) -> None:
    """Compare the rows: another name, parent or number is a change. `absent` lists what the file lacks."""
    tree = Tree.from_run(run)
    lines = _read_lines(run)
    colleges = [line for line in lines if line.name and not line.is_branch]
    branches = [line for line in lines if line.is_branch]
    write_decisions(run, [(line.row.pk, "same", "校团委", {}, None) for line in lines if not line.name])
    write_decisions(run, _decide_lines(tree, colleges, tree.find_colleges(colleges)))
    write_decisions(run, _decide_lines(tree, branches, tree.find_branches(branches)))


def _decide_lines(tree: Tree, lines: list[Line], found: list) -> Iterator[tuple]:
    seen: dict[tuple, Line] = {}
    for line, ours in zip(lines, found, strict=True):
        changes = _find_changes(tree, line, ours) if ours else {}
        reason = _find_problem(tree, line, ours, seen)
        status = "error" if reason else "new" if ours is None else "changed" if changes else "same"
        yield line.row.pk, status, reason, {} if reason else changes, ours.pk if ours else None


def _find_problem(tree: Tree, line: Line, ours: College | Branch | None, seen: dict[tuple, Line]) -> str:
    """Return why a line cannot be imported, in Chinese; add the line's identities to `seen`."""
    if line.is_branch and not line.parent:
        return "缺少上级组织"
    identities = {
        ("place", line.parent_key, line.key): "与第{}行重复",
        ("number", line.number or line): "组织编号与第{}行相同",
        ("ours", ours.pk if ours else line): "与第{}行指向同一组织",
    }
    earlier = {identity: seen.setdefault(identity, line).row for identity in identities}
    for identity, text in identities.items():
        if earlier[identity] is not line.row:
            return text.format(earlier[identity].number)
    holder = tree.find(line)
    return "平台中已有另一个同名组织" if ours and holder and holder.pk != ours.pk else ""


def _find_changes(tree: Tree, line: Line, ours: College | Branch) -> dict[str, list[str]]:
    pairs = {"name": [ours.name, line.name]}
    if isinstance(ours, Branch) and tree.find_college(line.parent, line.parent_key) != ours.college:
        pairs["college"] = [ours.college.name, line.parent]
    if line.number:
        pairs["outside_no"] = [ours.outside_no, line.number]
    return {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}


def list_absent_branches(run: ImportRun) -> QuerySet[Branch]:
    """Return the branches of the school that the file does not name (三(一)).

    A row's target is the key of a college or of a branch; only those of branches count here.
    """
    named = {line.row.target for line in _read_lines(run) if line.is_branch and line.row.target}
    return Branch.objects.filter(college__school=run.school).exclude(pk__in=named)


def list_absent_colleges(run: ImportRun) -> list[str]:
    """Return the names of colleges that the file names neither in their own row nor as parent.

    Call it before `merge_organisation`.
    """
    lines = _read_lines(run)
    known = {line.row.target for line in lines if not line.is_branch and line.row.target}
    named = {line.parent_key if line.is_branch else line.key for line in lines}
    return [
        college.name
        for college in College.objects.filter(school=run.school).order_by("name")
        if college.pk not in known and college.name_key not in named
    ]


def _read_lines(run: ImportRun) -> list[Line]:
    return [Line.from_row(row, run.school.name) for row in list_read_rows(run)]


def merge_organisation(run: ImportRun, *, today: date) -> None:
    """Save colleges first, then branches, which may belong to colleges that only this file has."""
    tree = Tree.from_run(run)
    lines = [line for line in _read_lines(run) if line.row.status != "error"]
    known: dict[int | None, College] = {college.pk: college for college in tree.colleges.values()}
    for line in lines:
        if line.name and not line.is_branch:
            college = known.get(line.row.target) or College(school=run.school)
            tree.parents[line.name] = tree.parents[line.key] = _save_if_changed(college, line)
    branches: dict[int | None, Branch] = {branch.pk: branch for branch in tree.branches.values()}
    new: list[tuple[ImportRow, Branch]] = []
    for line in lines:
        if line.is_branch:
            parent = tree.find_college(line.parent, line.parent_key)
            if parent is None:
                parent = College.objects.create(school=run.school, name=line.parent)
                tree.parents[line.parent] = tree.parents[line.parent_key] = parent
            branch = branches.get(line.row.target) or Branch()
            branch.college = parent
            if branch.pk is None:
                new.append((line.row, _set_names(branch, line)))
            else:
                _save_if_changed(branch, line)
    Branch.objects.bulk_create([branch for _, branch in new], batch_size=1000)
    for row, branch in new:
        row.target = branch.pk
    ImportRow.objects.bulk_update([row for row, _ in new], ["target"], batch_size=500)


def _set_names(organisation: Place, line: Line) -> Place:
    organisation.name, organisation.outside_no = line.name, line.number or organisation.outside_no
    return organisation


def _save_if_changed(organisation: Place, line: Line) -> Place:
    _set_names(organisation, line)
    if line.row.status != "same":
        organisation.save()
    return organisation
