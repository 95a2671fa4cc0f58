"""How fast 50,000 people and 100,000 records are exported, compared with openpyxl alone in the same run.

    PORTAL_ENV=test DATABASE_URL=… REDIS_URL=… python benchmarks/exports.py [--people 50000] [--records 100000]

DATABASE_URL names the server, on this machine: the script makes a database of its own there and drops it at the end.
Each export runs in a process of its own: the whole list is read, written and stored as a file, as the worker does it.
Then the same process appends the same cells, as plain values, to a write-only workbook of openpyxl, with all
values in memory before the clock starts. Exits with an error if an export takes more than 1.5 times as long, or more
than 400 MB.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

import django

django.setup()

from django.db import connection
from openpyxl import Workbook

from benchmarks.hours import HEADER, build_file, get_server_time, import_file, make_lines
from benchmarks.imports import make_own_database
from benchmarks.overview import make_school
from members.lists import LISTINGS, ListQuery
from members.models import School, ServiceYear
from members.permissions import Operator
from members.transfer.services.exports import write_list

FACTOR, MEGABYTES = 1.5, 400
REPEATS = 3


def make_data(people: int, records: int) -> None:
    """Make the school and its year's ledger."""
    school = make_school(people)
    school.members.update(phone="13800001234", grade="2018", gender="female")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_member SET volunteer_no = 'V' || student_no, registration_source = 'file',"
            " registered_on = '2018-10-01', counts_from = '2018-10-01'"
        )
        cursor.execute("ANALYZE")
    numbers = list(school.members.order_by("pk").values_list("student_no", flat=True)[:20_000])
    figures = import_file(school, build_file(HEADER, make_lines(numbers, records, 2018)))
    assert figures["new"] == records, figures
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def open_sheet(kind: str):
    school = School.objects.get()
    year = ServiceYear.objects.get(school=school)
    listing = LISTINGS[kind]
    params = {"first": "2018-01-01", "last": "2018-12-31"} if kind == "hours_records" else {}
    query = ListQuery(listing, user=Operator(school, year), params=params, action=listing.action_of_export)
    assert query.is_valid, query.form.errors
    return query.sheet


def write_plainly(header: list, rows: list) -> None:
    """Append these values to a write-only workbook and save it: openpyxl's own time."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(header)
    for row in rows:
        sheet.append(row)
    with TemporaryFile() as target:
        book.save(target)


def measure(label: str, rows: int, work) -> tuple[float, float]:
    """Print and return the shortest time of REPEATS: seconds, and processor seconds of Python and PostgreSQL."""
    found = []
    for _ in range(REPEATS):
        begin, python, server = perf_counter(), process_time(), get_server_time()
        work()
        found.append((perf_counter() - begin, process_time() - python + get_server_time() - server))
    seconds, processor = min(one for one, _ in found), min(one for _, one in found)
    print(
        f"  {label:<26}{seconds:6.2f} s, processor {processor:6.2f} s, {rows / seconds:9,.0f} rows/s",
        flush=True,
    )
    return seconds, processor


def export(kind: str) -> int:
    with TemporaryFile() as target:
        return write_list(open_sheet(kind), target)


def get_peak_memory() -> float:
    """Return the most memory of this process in MB; getrusage would count the parent's before exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def compare(kind: str) -> bool:
    """Measure one list; return whether it keeps the limits."""
    total = open_sheet(kind).total
    print(f"{kind}: {total:,} rows, {len(open_sheet(kind).header)} columns")
    ours = measure("export", total, lambda: export(kind))
    peak = get_peak_memory()
    rows = [list(row) for _, batch in open_sheet(kind).batches for row in batch]
    assert len(rows) == total
    plain = measure(
        "openpyxl, the same cells", total, lambda: write_plainly(list(open_sheet(kind).header), rows)
    )
    ratio = ours[0] / plain[0]
    print(
        f"  ratio {ratio:.2f}, of processor time {ours[1] / plain[1]:.2f}; memory at most {peak:.0f} MB",
        flush=True,
    )
    return ratio <= FACTOR and peak <= MEGABYTES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--database", help="used by the script itself for the process of one list")
    parser.add_argument("--kind")
    wanted = parser.parse_args()
    if wanted.database:
        connection.settings_dict["NAME"] = wanted.database
        sys.exit(not compare(wanted.kind))
    with make_own_database():
        make_data(wanted.people, wanted.records)
        name = connection.settings_dict["NAME"]
        connection.close()
        command = [sys.executable, __file__, "--database", name, "--kind"]
        kept = [
            subprocess.run([*command, kind], check=False).returncode == 0
            for kind in ("roster", "hours_records")
        ]
    if not all(kept):
        sys.exit(f"more than {FACTOR} times openpyxl, or more than {MEGABYTES} MB")


if __name__ == "__main__":
    main()
