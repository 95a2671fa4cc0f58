"""How fast a roster and a list of volunteers are imported, compared with reading and COPY of the same rows.

    PORTAL_ENV=test DATABASE_URL=… REDIS_URL=… python benchmarks/imports.py [--rows 50000]

DATABASE_URL names the server, on this machine: the script makes a database of its own there and drops it at the
end. A school of 20 colleges and 800 branches gets its roster and the volunteers' list of 95 % of its people as
`import_file` imports them, each file twice. Reading includes the process that parses the file; an import includes
history, spells and the deferred checks of the database. Processor time of Python and PostgreSQL is compared, so that
other work of the machine hardly counts. Exits with an error if an import takes more than four times as much as
reading and COPY, or if the process needs more than 400 MB.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

import argparse
import multiprocessing
import os
import random
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

import django

django.setup()

import pghistory
from django.core.files.storage import InMemoryStorage
from django.db import connection, transaction
from django.test.utils import setup_test_environment
from openpyxl import Workbook

from members.models import Grant, ImportRun, Member, School, Spell, User
from members.models.accounts import build_username
from members.permissions import Role
from members.services.schools import create_school
from members.sheets.cells import mask_phone
from members.sheets.reading import read_file
from members.transfer.resources import open_sheet
from members.transfer.services import imports
from members.transfer.services.imports.staging import stage_rows

HEADER = ("学号", "姓名", "性别", "学院", "团支部", "年级", "政治面貌", "手机号码")
VOLUNTEER_HEADER = ("志愿者编号", "姓名", "手机号", "所属团体", "注册时间")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文玉建国志宇晨欣怡佳雨梓轩浩然子涵"
COLLEGES, BRANCHES = 20, 800
FACTOR, MEGABYTES = 4, 400


def make_roster_lines(count: int) -> list[tuple]:
    """Return rows of a roster, spread over the branches; about half of the names occur more than once."""
    chance = random.Random(2018)
    lines = []
    for n in range(count):
        branch = n * BRANCHES // count
        name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
        politics = chance.choices(("共青团员", "入团积极分子", "中共预备党员", "群众"), (94, 3, 1, 2))[0]
        lines.append(
            (
                f"2018{n:06d}",
                name,
                chance.choice("男女"),
                f"第{branch * COLLEGES // BRANCHES + 1}学院",
                f"{branch + 1}班团支部",
                "2018",
                politics,
                f"13{chance.randrange(10**9):09d}",
            )
        )
    return lines


def make_volunteer_lines(roster: list[tuple]) -> list[tuple]:
    """Return rows of the volunteers' list for 95 % of the roster's people, with masked phones."""
    chance = random.Random(2019)
    known = [line for place, line in enumerate(roster) if place % 20]
    chance.shuffle(known)
    return [
        (
            f"1101090{n:08d}",
            line[1],
            mask_phone(line[7]),
            f"{line[3]}青年志愿者协会",
            f"2018-09-{n % 28 + 1:02d}",
        )
        for n, line in enumerate(known)
    ]


def build_workbook(header: tuple, lines: list[tuple]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in (header, *lines):
        sheet.append(line)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def build_files(rows: int) -> dict[str, bytes]:
    roster = make_roster_lines(rows)
    return {
        "roster": build_workbook(HEADER, roster),
        "volunteers": build_workbook(VOLUNTEER_HEADER, make_volunteer_lines(roster)),
    }


def build_files_apart(rows: int) -> dict[str, bytes]:
    """Build the files in a process of its own, whose memory is not that of the imports."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(build_files, (rows,))


# --- measuring -------------------------------------------------------------------------------------------------


def get_python_time() -> float:
    """Return the processor seconds of this process and of the processes it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def get_server_time() -> float:
    """Return the processor seconds of the PostgreSQL process that serves this connection, on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # user and system


def measure(label: str, rows: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Print what the work takes; return its processor seconds, of Python and the server, and its result."""
    begin, python, server = perf_counter(), get_python_time(), get_server_time()
    result = work()
    seconds, python, server = perf_counter() - begin, get_python_time() - python, get_server_time() - server
    print(
        f"{label:<32}{seconds:7.2f} s; processor: Python {python:6.2f} s, PostgreSQL {server:6.2f} s,"
        f" {rows / (python + server):7,.0f} rows/s",
        flush=True,
    )
    return python + server, result


def stage_only(school: School, kind: str, content: bytes) -> int:
    """Read the file and copy its rows: the smallest work of any import; return the number of rows."""
    reader, sheet = open_sheet(kind, read_file(content, f"{kind}.xlsx"))
    with transaction.atomic():
        run = ImportRun.objects.create(school=school, kind=kind, filename=f"{kind}.xlsx")
        count = stage_rows(run, reader.rows(sheet))
        transaction.set_rollback(True)
    return count


def import_file(school: School, kind: str, content: bytes) -> dict:
    """Import the file as the command does, and commit; return the figures of the run."""
    reader, sheet = open_sheet(kind, read_file(content, f"{kind}.xlsx"))
    with transaction.atomic(), pghistory.context(command=f"import_file {kind}"):
        run = ImportRun.objects.create(school=school, kind=kind, filename=f"{kind}.xlsx")
        imports.import_at_once(run=run, header=sheet.header, rows=reader.rows(sheet))
    return run.figures


def compare(school: School, kind: str, content: bytes, rows: int) -> float:
    """Measure the imports of a file; return how many times reading and COPY the slower one takes."""
    plain, count = measure(f"{kind}: reading and COPY", rows, lambda: stage_only(school, kind, content))
    assert count == rows, count
    first, figures = measure(f"{kind}: import", rows, lambda: import_file(school, kind, content))
    assert figures["new"] > rows * 0.99 and not figures["error"], figures
    new = figures["new"]
    again, figures = measure(f"{kind}: the same file again", rows, lambda: import_file(school, kind, content))
    assert (figures["same"], figures["new"], figures["changed"]) == (new, 0, 0), figures
    print(f"{kind}: {first / plain:.1f} times reading and COPY, again {again / plain:.1f} times", flush=True)
    return max(first, again) / plain


# --- a database of its own -------------------------------------------------------------------------------------


@contextmanager
def make_own_database() -> Iterator[None]:
    setup_test_environment(debug=False)
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    ImportRun._meta.get_field("file").storage = InMemoryStorage()
    try:
        yield
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def make_admin(code: str, name: str) -> User:
    school, _ = create_school(code=code, name=name, year=2018)
    user = User.objects.create(
        username=build_username("T1", school), school=school, number="T1", name="管理员"
    )
    Grant.objects.create(user=user, role=Role.SCHOOL_ADMIN, school=school, starts_on="2018-01-01")
    return user


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    wanted = parser.parse_args()
    files = build_files_apart(wanted.rows)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with make_own_database():
        school = make_admin("A", "甲大学").school
        factors = [compare(school, "roster", files["roster"], wanted.rows)]
        assert Spell.objects.count() == Member.pgh_event_model.objects.count() == wanted.rows
        factors.append(compare(school, "volunteers", files["volunteers"], wanted.rows * 19 // 20))
        assert Member.objects.registered().count() > wanted.rows * 0.94
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory at most {peak:.0f} MB")
    if max(factors) > FACTOR or peak > MEGABYTES:
        sys.exit(f"more than {FACTOR} times reading and COPY, or more than {MEGABYTES} MB")


if __name__ == "__main__":
    main()
