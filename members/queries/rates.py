"""Registration rates of branches, colleges and schools, one query each (三(二), 四.3).

The query first counts people by branch on the covering index and joins the names last: measured on a million
people, that is fifteen times faster than counting through the joins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from members.queries.as_of import PEOPLE_THEN, PEOPLE_TODAY, exclude_later_branches
from members.rules import Rate

PEOPLE_BY_BRANCH = """
    SELECT m.branch_id,
        count(*) FILTER (WHERE m.stage = 'member' AND m.state = 'active') AS members,
        count(*) FILTER (WHERE m.stage = 'member' AND m.state = 'active' AND m.registered) AS registered,
        count(*) FILTER (WHERE m.stage = 'member' AND m.state = 'active'
            AND m.reported AND m.registered IS NOT TRUE) AS reported,
        count(*) FILTER (WHERE m.stage = 'member' AND m.state <> 'active') AS out,
        count(*) FILTER (WHERE m.stage IN ('activist', 'candidate') AND m.state = 'active') AS activists,
        count(*) FILTER (WHERE m.stage IN ('activist', 'candidate') AND m.state = 'active' AND m.registered)
            AS activists_registered
    FROM {people} m
    GROUP BY m.branch_id
"""
FIGURES = ("members", "registered", "reported", "out", "activists", "activists_registered")
SUMS = ", ".join(f"coalesce(sum(n.{figure}), 0)::int AS {figure}" for figure in FIGURES)


@dataclass(frozen=True)
class BranchRate:
    """The rate of one branch."""

    branch_id: int
    branch: str
    college_id: int
    college: str
    rate: Rate


@dataclass(frozen=True)
class CollegeRate:
    """The rate of one college; `branches_below` is the number of its branches below the floor."""

    college_id: int
    college: str
    rate: Rate
    branches: int
    branches_below: int


def compute_branch_rates(
    branches: QuerySet, *, floor_percent: int, day: date | None = None
) -> list[BranchRate]:
    """Return the rates of the given branches, by college and name.

    `branches` is a QuerySet of those that the user may see. `day`: count the people and registrations of that
    past day, each person in the branch of then. `floor_percent`: the penalty line in percent.
    """
    rows = _fetch_rates(
        branches,
        day,
        f"""SELECT b.id, b.name, c.id, c.name, {", ".join(f"coalesce(n.{f}, 0)" for f in FIGURES)}
            FROM members_branch b JOIN scope USING (id) JOIN members_college c ON c.id = b.college_id
            LEFT JOIN counts n ON n.branch_id = b.id
            ORDER BY c.name, b.name""",
    )
    return [
        BranchRate(pk, name, college_id, college, _rate(counts, floor_percent))
        for pk, name, college_id, college, *counts in rows
    ]


def compute_college_rates(
    branches: QuerySet, *, floor_percent: int, day: date | None = None
) -> list[CollegeRate]:
    """Return the rates of the colleges of the given branches, by name.

    Each has the number of its branches, and of those below the floor.
    """
    rows = _fetch_rates(
        branches,
        day,
        f"""SELECT c.id, c.name, count(b.id)::int,
                count(*) FILTER (WHERE n.members > 0 AND 100 * n.registered < %s * n.members)::int, {SUMS}
            FROM members_branch b JOIN scope USING (id) JOIN members_college c ON c.id = b.college_id
            LEFT JOIN counts n ON n.branch_id = b.id
            GROUP BY c.id ORDER BY c.name""",
        [floor_percent],
    )
    return [
        CollegeRate(pk, name, _rate(counts, floor_percent), branches, branches_below)
        for pk, name, branches, branches_below, *counts in rows
    ]


def compute_total_rate(branches: QuerySet, *, floor_percent: int, day: date | None = None) -> Rate:
    """Return the rate of all given branches together; `day` as in `compute_branch_rates`."""
    (row,) = _fetch_rates(branches, day, f"SELECT {SUMS} FROM counts n")
    return _rate(row, floor_percent)


def _rate(counts: Sequence[int], floor_percent: int) -> Rate:
    return replace(Rate(*counts), floor_percent=floor_percent)  # counts in the order of FIGURES


def _fetch_rates(
    branches: QuerySet, day: date | None, select: str, params: list | None = None
) -> list[tuple]:
    # MATERIALIZED, because a planner without fresh statistics may count all people once for every branch.
    branches = exclude_later_branches(branches, day)
    compiler = branches.order_by().values("pk").query.get_compiler(connection=connection, elide_empty=False)
    scope, scope_params = compiler.as_sql()
    people, days = (PEOPLE_TODAY, []) if day is None else (PEOPLE_THEN, [day] * PEOPLE_THEN.count("%s"))
    counts = PEOPLE_BY_BRANCH.format(people=people)
    sql = f"WITH scope(id) AS MATERIALIZED ({scope}), counts AS MATERIALIZED ({counts}) {select}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*scope_params, *days, *(params or [])])
        return cursor.fetchall()
