"""Find the colleges and branches that the rows of a roster name, in whichever spelling (members.unit_names)."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from members.models import Branch, College, ImportRun
from members.rules import parse_college_name
from members.transfer.services.imports.staging import NUMBERS, fetch_sql
from members.unit_names import choose_name, make_branch_key, make_college_key

NAMED = """
    SELECT DISTINCT coalesce(data->>'college', ''), coalesce(data->>'branch', '')
    FROM members_importrow WHERE run_id = %(run)s AND data <> '{}'
"""
# Known people whose rows name no college: the branch of the row is one of their own college.
NAMED_AT_HOME = f"""
    WITH named AS (
        SELECT coalesce(data->>'branch', '') AS branch, upper(told) AS key
        FROM members_importrow CROSS JOIN LATERAL unnest(ARRAY[data->>'student_no', data->>'former_no']) AS told
        WHERE run_id = %(run)s AND data <> '{{}}' AND NOT data ? 'college' AND told IS NOT NULL
    )
    SELECT DISTINCT named.branch, b.college_id
    FROM named JOIN ({NUMBERS}) n USING (key)
    JOIN members_member m ON m.id = n.member_id
    JOIN members_branch b ON b.id = m.branch_id
"""
WANTED = """
    SELECT DISTINCT coalesce(data->>'college', ''), coalesce(data->>'branch', '')
    FROM members_importrow
    WHERE run_id = %(run)s AND status IN ('new', 'changed') AND branch_id IS NULL
"""


@dataclass
class Unit:
    """The college and branch that the texts `college` and `branch` of a row mean.

    `home`: the college of the row's person where the text names none and the run is bound to none, else 0. An id
    is None where the portal has no such unit; then the name is the one that it will get. `exact`: the text is the
    branch's name, letter for letter.
    """

    college: str
    branch: str
    home: int = 0
    college_id: int | None = None
    college_name: str | None = None
    branch_id: int | None = None
    branch_name: str | None = None
    branch_key: str = ""
    exact: bool = False


def find_units(run: ImportRun) -> list[Unit]:
    """Return the units that the rows of a run name, each pair of texts once."""
    named = [Unit(college, branch) for college, branch in fetch_sql(NAMED, run=run.pk)]
    if run.college_id is None and any(not unit.college for unit in named):
        at_home = fetch_sql(NAMED_AT_HOME, run=run.pk, school=run.school_id)
        named += [Unit("", branch, home) for branch, home in at_home]
    colleges = list(College.objects.filter(school=run.school_id).order_by("twin", "pk"))
    _find_colleges(run, named, colleges)
    _find_branches(run, named, Branch.objects.filter(college__school=run.school_id).order_by("twin", "pk"))
    return named


def to_json(units: Iterable[Unit]) -> str:
    """Return the units as JSON for jsonb_to_recordset."""
    return json.dumps([asdict(unit) for unit in units], ensure_ascii=False)


def list_wanted(run: ImportRun) -> list[Unit]:
    """Return the units that new and changed rows need and the portal lacks."""
    wanted = set(fetch_sql(WANTED, run=run.pk))
    return [unit for unit in find_units(run) if not unit.home and (unit.college, unit.branch) in wanted]


def create_units(run: ImportRun) -> list[Unit]:
    """Create the colleges and branches that rows of the run need and the portal lacks; return all units anew."""
    missing = list_wanted(run)
    names = {unit.college_name: None for unit in missing if unit.college_name and unit.college_id is None}
    made = College.objects.bulk_create(College(school=run.school, name=name) for name in names)
    colleges = {college.pk: college for college in College.objects.filter(school=run.school)}
    for college in colleges.values():
        college.school = run.school  # for the keys of its branches, without a query for each
    new = {college.name: college.pk for college in made}
    places = {
        (unit.college_id or new[unit.college_name], unit.branch_name): None
        for unit in missing
        if unit.college_name and unit.branch_name and unit.branch_id is None
    }
    Branch.objects.bulk_create(
        (Branch(college=colleges[college], name=name) for college, name in places), batch_size=1000
    )
    return find_units(run)


def _find_colleges(run: ImportRun, units: list[Unit], colleges: list[College]) -> None:
    """Set each unit's college: of the same name, else of the same key, else a new name without League words."""
    school = run.school.name
    by_id = {college.pk: college for college in colleges}
    by_key = {college.name_key: college for college in reversed(colleges)}
    by_name = {college.name: college for college in colleges}
    spellings: dict[str, set[str]] = defaultdict(set)
    keys = {unit.college: make_college_key(unit.college, school) for unit in units}
    for text, key in keys.items():
        spellings[key].add(parse_college_name(text, school) or text)
    for unit in units:
        if unit.college:
            found = by_name.get(unit.college) or by_key.get(keys[unit.college])
            unit.college_name = choose_name(spellings[keys[unit.college]])
        else:
            found = by_id.get(run.college_id or unit.home)
        if found:
            unit.college_id, unit.college_name = found.pk, found.name


def _find_branches(run: ImportRun, units: list[Unit], branches: Iterable[Branch]) -> None:
    """Set each unit's branch: of the same name, else of the same key in its college, else the fullest new name."""
    by_name: dict[tuple, Branch] = {}
    by_key: dict[tuple, Branch] = {}
    for branch in branches:
        by_name[branch.college_id, branch.name] = branch
        by_key.setdefault((branch.college_id, branch.name_key), branch)
    spellings: dict[tuple, set[str]] = defaultdict(set)
    for unit in units:
        if unit.branch:
            unit.branch_key = make_branch_key(unit.branch, unit.college_name or "", run.school.name)
            spellings[unit.college_name, unit.branch_key].add(unit.branch)
    for unit in units:
        if not unit.branch or not unit.college_name:
            continue
        exact = by_name.get((unit.college_id, unit.branch))
        found = exact or by_key.get((unit.college_id, unit.branch_key))
        unit.branch_name = found.name if found else choose_name(spellings[unit.college_name, unit.branch_key])
        unit.branch_id, unit.exact = found.pk if found else None, exact is not None
