"""三(一): the outside system's tree against ours, both ways.

The file may carry numbers of organisations; a number finds an organisation again after a change of name or of
parent. Without one, a branch is found by its name in its college, else by a name that only one branch has.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from members.models import Branch, College, ImportRow, ImportRun
from members.rules import college_name, is_branch
from members.services.imports.staging import decide, readable_rows


@dataclass
class Tree:
    """The school's organisations, found by number and by name."""

    school: str
    colleges: dict[str, College] = field(default_factory=dict)
    branches: dict[tuple[str, str], Branch] = field(default_factory=dict)
    by_no: dict[str, College | Branch] = field(default_factory=dict)
    by_name: dict[str, list[Branch]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, run: ImportRun) -> "Tree":
        tree = cls(run.school.name)
        for college in College.objects.select_for_update().filter(school=run.school).order_by("pk"):
            tree.colleges[college.name] = college
            tree.by_no[college.outside_no] = college
        branches = Branch.objects.filter(college__school=run.school).select_related("college")
        for branch in branches.select_for_update(of=("self",)).order_by("pk"):
            tree.branches[branch.college.name, branch.name] = branch
            tree.by_no[branch.outside_no] = branch
            tree.by_name[branch.name].append(branch)
        tree.by_no.pop("", None)
        return tree

    def college(self, name: str, number: str) -> College | None:
        found = self.by_no.get(number)
        return found if isinstance(found, College) else self.colleges.get(name)

    def branch(self, name: str, college: str, number: str) -> Branch | None:
        found = self.by_no.get(number) or self.branches.get((college, name))
        if found is None and len(self.by_name[name]) == 1:
            (found,) = self.by_name[name]
        return found if isinstance(found, Branch) else None


def compare(run: ImportRun) -> None:
    """Other name, other parent and other number are changes; what we have and the file lacks is listed."""
    tree = Tree.of(run)
    seen: dict[tuple[str, ...], ImportRow] = {}
    decide(run, [_decision(row, tree, seen) for row in readable_rows(run)])


def _decision(row: ImportRow, tree: Tree, seen: dict) -> tuple:
    data, number = row.data, row.data.get("outside_no", "")
    if data["name"] == tree.school or college_name(data["name"], tree.school) == "":
        return row.pk, "same", "校团委", {}, None
    parent = college_name(data.get("parent", ""), tree.school)
    if is_branch(data["name"], data.get("level", ""), parent):
        if not parent:
            return row.pk, "error", "缺少上级组织", {}, None
        key, found = (parent, data["name"]), tree.branch(data["name"], parent, number)
        old = {"name": found.name, "college": found.college.name} if found else {}
        new = {"name": data["name"], "college": parent}
    else:
        name = college_name(data["name"], tree.school)
        key, found = (name,), tree.college(name, number)
        old, new = ({"name": found.name} if found else {}), {"name": name}
    if found and number:
        old["outside_no"], new["outside_no"] = found.outside_no, number
    earlier = seen.setdefault(key, row)
    if earlier is not row:
        return row.pk, "error", f"与第{earlier.number}行重复", {}, None
    changes = {what: [old[what], new[what]] for what in old if old[what] != new[what]}
    status = "new" if found is None else "changed" if changes else "same"
    return row.pk, status, "", changes, found.pk if found else None


def merge(run: ImportRun, *, today: date) -> None:
    """Colleges first, then branches, which may name colleges that only this file brings."""
    tree = Tree.of(run)
    rows = [row for row in readable_rows(run) if row.status in ("new", "changed")]
    for row in rows:
        name = row.data["name"]
        if not is_branch(
            name, row.data.get("level", ""), college_name(row.data.get("parent", ""), tree.school)
        ):
            _write_college(run, tree, row)
    for row in rows:
        parent = college_name(row.data.get("parent", ""), tree.school)
        if is_branch(row.data["name"], row.data.get("level", ""), parent):
            _write_branch(run, tree, row, parent)


def _write_college(run: ImportRun, tree: Tree, row: ImportRow) -> None:
    number, name = row.data.get("outside_no", ""), college_name(row.data["name"], tree.school)
    college = tree.college(name, number) or College(school=run.school)
    college.name, college.outside_no = name, number or college.outside_no
    college.save()
    tree.colleges[name] = college


def _write_branch(run: ImportRun, tree: Tree, row: ImportRow, parent: str) -> None:
    if parent not in tree.colleges:
        tree.colleges[parent] = College.objects.create(school=run.school, name=parent)
    number, name = row.data.get("outside_no", ""), row.data["name"]
    branch = tree.branch(name, parent, number) or Branch()
    branch.college, branch.name = tree.colleges[parent], name
    branch.outside_no = number or branch.outside_no
    branch.save()
    run.rows.filter(pk=row.pk).update(target=branch.pk)
