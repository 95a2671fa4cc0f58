"""How fast a file of 100,000 hours is imported, compared with reading and COPY of the same rows in the same run.

    PORTAL_ENV=test DATABASE_URL=… REDIS_URL=… python benchmarks/hours.py [--rows 100000] [--people 20000]

DATABASE_URL names the server, on this machine: the script makes a database of its own there and drops it at the
end. Linking, counting, history and the deferred checks of the database are included. Processor time of Python and
PostgreSQL is compared, so that other work of the machine hardly counts. Exits with an error if an import takes more
than four times as much as reading and COPY, or if the process needs more than 400 MB.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

import argparse
import os
import random
import resource
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

import django

django.setup()

import pghistory
from django.db import connection, transaction

from activities.models import RecordLink, ServiceRecord
from activities.resources.hours import HoursResource
from benchmarks.imports import make_own_database
from benchmarks.overview import NAME, make_school
from members.models import ImportRun, School
from members.sheets.reading import read_file
from members.transfer.services import imports
from members.transfer.services.imports.staging import stage_rows

HEADER = ("记录编号", "学号", "姓名", "项目名称", "服务日期", "开始时间", "结束时间", "服务时长", "状态")
TITLES = ("助残服务", "社区值守", "河道清洁", "图书整理", "助老服务")
FACTOR, MEGABYTES = 4, 400


def make_lines(people: list[str], rows: int, seed: int) -> list[list[str]]:
    """Return rows of the league's ledger, spread over these people and a year; nobody has two at one start."""
    chance = random.Random(seed)
    lines, taken = [], set()
    while len(lines) < rows:
        who = people[len(lines) % len(people)]
        day, hour = date(2018, 1, 1) + timedelta(days=chance.randrange(365)), chance.randrange(8, 18)
        if (who, day, hour) in taken:
            continue
        taken.add((who, day, hour))
        hours = chance.randrange(1, 5)
        lines.append(
            [
                f"A{len(lines):07d}",
                who,
                NAME,
                chance.choice(TITLES),
                f"{day}",
                f"{hour}:00",
                f"{hour + hours}:00",
                f"{hours}小时",
                "已确认",
            ]
        )
    return lines


def build_file(header: tuple[str, ...], lines: list[list[str]]) -> bytes:
    return "\n".join(",".join(line) for line in (header, *lines)).encode("gb18030")


def get_server_time() -> float:
    """Return the processor seconds of the PostgreSQL process that serves this connection, on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # user and system


def measure(label: str, rows: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Print what the work takes; return its processor seconds, of this process and the server's, and its result."""
    begin, python, server = perf_counter(), process_time(), get_server_time()
    result = work()
    seconds, python, server = perf_counter() - begin, process_time() - python, get_server_time() - server
    print(
        f"{label:<32}{seconds:7.2f} s; processor: Python {python:6.2f} s, PostgreSQL {server:6.2f} s,"
        f" {rows / (python + server):7,.0f} rows/s",
        flush=True,
    )
    return python + server, result


def stage_only(school: School, content: bytes) -> None:
    """Read the file and copy its rows: the smallest work of any import."""
    with transaction.atomic():
        run = ImportRun.objects.create(school=school, kind="hours", filename="时长.csv")
        resource_ = HoursResource()
        sheet = resource_.open(read_file(content, "时长.csv"))
        stage_rows(run, resource_.rows(sheet))
        transaction.set_rollback(True)


def import_file(school: School, content: bytes) -> dict:
    """Import the file as the command does, and commit."""
    reader = HoursResource()
    sheet = reader.open(read_file(content, "时长.csv"))
    with transaction.atomic(), pghistory.context(command="import_file hours"):
        run = ImportRun.objects.create(school=school, kind="hours", filename="时长.csv")
        imports.import_at_once(run=run, header=sheet.header, rows=reader.rows(sheet))
    return run.figures


def build_files(people: list[str], rows: int) -> tuple[bytes, bytes]:
    """Return the file of the league's ledger, and the same services as 志愿北京 has them."""
    lines = make_lines(people, rows, 2018)
    header = (HEADER[0], "志愿者编号", *HEADER[2:])
    others = [[f"B{no[1:]}", f"V{who}", *rest] for no, who, *rest in lines]
    return build_file(HEADER, lines), build_file(header, others)


def compare(wanted: argparse.Namespace) -> float:
    """Measure the imports; return how many times reading and COPY the slower one takes."""
    school = make_school(wanted.people)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_member SET volunteer_no = 'V' || student_no, registration_source = 'file',"
            " registered_on = '2018-10-01', counts_from = '2018-10-01'"
        )
        cursor.execute("ANALYZE")
    numbers = list(school.members.order_by("pk").values_list("student_no", flat=True))
    content, second = build_files(numbers, wanted.rows)
    plain, _ = measure("reading and COPY", wanted.rows, lambda: stage_only(school, content))
    first, figures = measure("import, a first ledger", wanted.rows, lambda: import_file(school, content))
    assert figures["new"] == wanted.rows, figures
    assert ServiceRecord.objects.count() == wanted.rows
    _, figures = measure("the same file again", wanted.rows, lambda: import_file(school, content))
    assert figures["same"] == wanted.rows, figures
    both, figures = measure("the second ledger, all linked", wanted.rows, lambda: import_file(school, second))
    assert figures["new"] == wanted.rows, figures
    print(f"{RecordLink.objects.count()} linked records")
    print(f"{first / plain:.1f} and {both / plain:.1f} times reading and COPY")
    return max(first, both) / plain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=20_000)
    wanted = parser.parse_args()
    with make_own_database():
        factor = compare(wanted)
    # The data of the script itself (about 100 MB) are in it.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory at most {peak:.0f} MB")
    if factor > FACTOR or peak > MEGABYTES:
        sys.exit(f"more than {FACTOR} times reading and COPY, or more than {MEGABYTES} MB")


if __name__ == "__main__":
    main()
