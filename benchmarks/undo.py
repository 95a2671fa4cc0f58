"""How fast an import of 20,000 rows is undone, with every table compared before the import and after the undoing.

    PORTAL_ENV=test DATABASE_URL=… REDIS_URL=… python benchmarks/undo.py [--rows 20000]

DATABASE_URL names the server: the script makes a database of its own there and drops it at the end. A school with as
many people as rows is there before. Measured are a roster of new people, a roster that moves everybody, the list of
volunteers, and a file of hours. Exits with an error if a table differs afterwards.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

import django

django.setup()

from django.db import connection

from benchmarks.hours import HEADER as HOURS_HEADER
from benchmarks.hours import build_file, make_lines
from benchmarks.imports import HEADER, make_admin, make_own_database, make_roster_lines
from benchmarks.row_by_row import time_rows
from members.models import ImportRun, Member, User
from members.transfer.services import imports
from members.transfer.tasks import read_import, write_import
from tests.members.undoing import compare_tables, read_tables


def import_file(user: User, kind: str, content: bytes) -> ImportRun:
    """Import a file as the pages do."""
    run = imports.start_run(school=user.school, kind=kind, filename=f"{kind}.csv", content=content, user=user)
    read_import(run.pk)
    imports.confirm_run(run_id=run.pk, user=user, force=True)
    write_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE, run.problem
    assert not run.figures["error"], run.figures
    return run


def make_files(rows: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield (label, kind, content) of each file; the school has the first `rows` people of the roster."""
    lines = make_roster_lines(2 * rows)
    yield "roster, new people", "roster", build_text(HEADER, lines[rows:])
    branches = {line[3:5] for line in lines[:rows]}
    others = dict(zip(sorted(branches), [*sorted(branches)[1:], sorted(branches)[0]], strict=True))
    moved = [(*line[:3], *others[line[3:5]], *line[5:]) for line in lines[:rows]]
    yield "roster, everybody moves", "roster", build_text(HEADER, moved)
    volunteers = [(f"V{line[0]}", line[1], line[7], "2018-10-01") for line in lines[:rows]]
    yield "volunteers", "volunteers", build_text(("志愿者编号", "姓名", "手机号", "注册时间"), volunteers)
    names = {line[0]: line[1] for line in lines[:rows]}
    hours = [[no, who, names[who], *rest] for no, who, _, *rest in make_lines(list(names), rows, 2018)]
    yield "hours", "hours", build_text(HOURS_HEADER, hours)


def build_text(header: tuple[str, ...], lines: list) -> bytes:
    return build_file(header, [[str(cell) for cell in line] for line in lines])


def measure(user: User, label: str, kind: str, content: bytes, rows: int) -> dict:
    """Import and undo one file; print both times; return the tables that differ."""
    before = read_tables()
    _, run = time_rows(f"{label}: import", rows, lambda: import_file(user, kind, content))
    _, plan = time_rows(f"{label}: what would be undone", rows, lambda: imports.plan_undo(run=run))
    assert plan.is_allowed, plan
    time_rows(f"{label}: undoing", rows, lambda: imports.undo_run(run_id=run.pk, user=user))
    differ = compare_tables(before, read_tables())
    print(f"  {len(before)} tables compared: {differ or 'equal'}", flush=True)
    return differ


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    with make_own_database():
        user = make_admin("A", "甲大学")
        import_file(user, "roster", build_text(HEADER, make_roster_lines(2 * rows)[:rows]))
        assert Member.objects.count() == rows
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        differ = [measure(user, *file, rows) for file in make_files(rows)]
    if any(differ):
        sys.exit("a table is not as it was")


if __name__ == "__main__":
    main()
