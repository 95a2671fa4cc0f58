"""The ledger at 20,000 people and 240,000 records: import of hours, sums of the school, pages of its lists.

    PORTAL_ENV=test DATABASE_URL=… REDIS_URL=… python benchmarks/ledger.py [--people 20000] [--records 240000]

The script makes everything in a transaction and rolls it back; nothing stays. Exits with an error if a figure
is wrong, a sum takes more than one query, or the plan of the sums does not use its index.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

import argparse
import os
import random
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

import django

django.setup()

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse

from activities.models import CountedRecord, ServiceRecord
from activities.queries.counting import count_people
from activities.queries.totals import sum_by_group, sum_minutes_by_member
from activities.resources.hours import HoursResource
from activities.services.counting import count_members
from activities.services.linking import link_members
from benchmarks.overview import make_school, time_median
from members.models import Grant, ImportRun, Member, School
from members.sheets.reading import read_file
from members.transfer.services import imports

BEIJING = ZoneInfo("Asia/Shanghai")
YEAR = (date(2018, 1, 1), date(2018, 12, 31))
HEADER = ("记录编号", "学号", "姓名", "项目名称", "服务日期", "开始时间", "结束时间", "服务时长", "状态")


def build_hours_file(people: list[str], rows: int, mark: str) -> bytes:
    """Return a .csv of the league's ledger with that many records, spread over these people."""
    chance = random.Random(mark)
    lines = [",".join(HEADER)]
    for number in range(rows):
        day = YEAR[0] + timedelta(days=chance.randrange(365))
        hour, hours = chance.randrange(8, 18), chance.randrange(1, 5)
        who = people[number % len(people)]
        lines.append(
            f"{mark}{number:07d},{who},学生,助残服务,{day},{hour}:00,{hour + hours}:00,{hours}小时,已确认"
        )
    return "\n".join(lines).encode("gb18030")


def import_hours(school: School, content: bytes) -> tuple[float, dict]:
    """Return the seconds from the file's bytes to the linked ledger, and how many rows had each result."""
    begin = perf_counter()
    resource = HoursResource()
    sheet = resource.open(read_file(content, "时长.csv"))
    run = ImportRun.objects.create(school=school, kind="hours", filename="时长.csv")
    imports.import_at_once(run=run, header=sheet.header, rows=resource.rows(sheet))
    return perf_counter() - begin, run.figures


def import_row_by_row(school: School, content: bytes, rows: int) -> float:
    """Return the seconds of the baseline: read and save each row's person and record one after the other."""
    resource = HoursResource()
    sheet = resource.open(read_file(content, "时长.csv"))
    begin = perf_counter()
    for row in list(resource.rows(sheet))[:rows]:
        data, now = row.data, datetime.now(BEIJING)
        person = Member.objects.get(school=school, student_no=data["person_no"])
        known = {"school": school, "source": data["source"], "outside_no": data["outside_no"]}
        if not ServiceRecord.objects.filter(**known).exists():
            ServiceRecord.objects.create(
                **known,
                member=person,
                title=data["title"],
                served_on=data["served_on"],
                starts_at=data["starts_at"],
                ends_at=data["ends_at"],
                minutes=data["minutes"],
                state=data["state"],
                submitted_at=now,
                decided_at=now,
            )
            link_members([person.pk])
    return perf_counter() - begin


def add_second_ledger(school: School) -> None:
    """Copy half of the records into 志愿北京, as the same service."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO activities_servicerecord (school_id, member_id, source, outside_no, title, served_on,
                starts_at, ends_at, minutes, state, description, evidence, evidence_digest, submitted_at, decided_at,
                decision_note, void_reason)
            SELECT school_id, member_id, 'volunteer_beijing', outside_no, title, served_on, starts_at, ends_at,
                minutes, state, '', '', '', now(), now(), '', ''
            FROM activities_servicerecord WHERE school_id = %s AND id %% 2 = 0""",
            [school.pk],
        )


def explain_sums(school: School) -> str:
    """Return the plan of the sums for one branch's people, which can use an index."""
    branch = school.colleges.first().branches.first()
    with CaptureQueriesContext(connection) as asked:
        sum_minutes_by_member(branch.members.all(), *YEAR, "appraisal")
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + asked[0]["sql"])
        return "\n".join(line for (line,) in cursor.fetchall())


def make_client(school: School) -> Client:
    user = get_user_model().objects.create_user("benchmark", school=school, number="benchmark", name="测速")
    Grant.objects.create(user=user, role="school_admin", school=school, starts_on=date(2018, 1, 1))
    client = Client()
    client.force_login(user)
    return client


def measure_pages(client: Client) -> dict[str, tuple[float, int, int]]:
    """Return {address: (seconds, queries, bytes)} of the lists."""
    found = {}
    for address in (
        reverse("totals"),
        reverse("totals") + "?by=member",
        reverse("records"),
        reverse("records") + "?count=appraisal&page=4000",
        reverse("differences"),
    ):
        seconds = time_median(lambda address=address: client.get(address), 3)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}.")
        found[address] = (seconds, len(asked), len(answer.content))
    return found


def sum_slowly(school: School) -> Counter:
    """Return the expected sums of the year, counted by the rule record by record."""
    counted: Counter[int] = Counter()
    for line in count_people(list(school.members.values_list("pk", flat=True))):
        if line.counted.appraisal and YEAR[0] <= line.served_on <= YEAR[1]:
            counted[line.member_id] += line.counted.appraisal
    return counted


def show_counting(school: School) -> None:
    """Count all records, most of them clear, against COPY of the same rows, the fastest way to write them."""
    people = list(school.members.order_by("pk").values_list("pk", flat=True))
    columns = (
        "record_id, member_id, served_on, appraisal, admission, waiting, appraisal_reason, admission_reason"
    )
    columns += ", appraisal_yields_to_id, admission_yields_to_id"
    with connection.cursor() as cursor:
        rows = StringIO()
        cursor.copy_expert("COPY (TABLE activities_countedrecord) TO STDOUT", rows)
        cursor.execute("DELETE FROM activities_countedrecord")
        rows.seek(0)
        begin = perf_counter()
        cursor.copy_expert("COPY activities_countedrecord FROM STDIN", rows)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        copied = perf_counter() - begin
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        number = CountedRecord.objects.count()
        cursor.execute("DELETE FROM activities_countedrecord")
        begin = perf_counter()
        written = count_members(people)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        counted = perf_counter() - begin
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    begin = perf_counter()
    again = count_members(people)
    if written != number or again:
        raise SystemExit(f"Counting wrote {written} rows of {number}, and {again} again.")
    print(
        f"counting {number} records: {counted:.1f} s ({number / counted:,.0f}/s), COPY of the rows {copied:.1f} s, "
        f"{counted / copied:.1f} times; again without a change {perf_counter() - begin:.1f} s"
    )
    begin = perf_counter()
    lines = sum(1 for _ in count_people(people))
    print(f"the rule alone in Python: {lines / (perf_counter() - begin):,.0f} records/s")


def measure(wanted: argparse.Namespace) -> None:
    school = make_school(wanted.people)
    people = list(school.members.order_by("pk").values_list("student_no", flat=True))
    compared = build_hours_file(people, wanted.compared, "B")
    seconds = import_row_by_row(school, compared, wanted.compared)
    slow = wanted.compared / seconds
    print(f"row by row, {wanted.compared} rows: {slow:,.0f} rows/s")
    size = wanted.records // 12
    for part in range(8):
        taken, figures = import_hours(school, build_hours_file(people, size, f"A{part}"))
        if figures["new"] != size:
            raise SystemExit(f"Not every row came in: {figures}")
        print(
            f"file of {size} rows: {taken:.1f} s, {size / taken:,.0f} rows/s, {size / taken / slow:.0f} times"
        )
    taken, figures = import_hours(school, build_hours_file(people, size, "A0"))
    if figures["same"] != size:
        raise SystemExit(f"The same file again is not unchanged: {figures}")
    print(f"the same file again: {taken:.1f} s")
    add_second_ledger(school)
    begin = perf_counter()
    links = link_members(list(school.members.values_list("pk", flat=True)))
    print(f"linking and counting everybody: {perf_counter() - begin:.1f} s, {links} links")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE activities_servicerecord, activities_recordlink")
    show_counting(school)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE activities_countedrecord")
    show_sums(school)
    for address, (seconds, queries, size) in measure_pages(make_client(school)).items():
        print(f"{address}: {1000 * seconds:.0f} ms, {queries} queries, {size} bytes")


def show_sums(school: School) -> None:
    records = ServiceRecord.objects.filter(school=school).count()
    print(f"{school.members.count()} people, {records} records")
    with CaptureQueriesContext(connection) as asked:
        found = sum_minutes_by_member(school, *YEAR, "appraisal")
    if len(asked) != 1 or found != sum_slowly(school):
        raise SystemExit("The sums of the school are not one query, or not what slow adding gives.")
    print(
        f"sums of everybody: {1000 * time_median(lambda: sum_minutes_by_member(school, *YEAR, 'appraisal'), 5):.0f} ms, 1 query"
    )
    for by in ("branch", "college", "source"):
        seconds = time_median(lambda by=by: sum_by_group(school, *YEAR, "appraisal", by=by), 5)
        print(f"sums by {by}: {1000 * seconds:.0f} ms")
    plan = explain_sums(school)
    print(plan)
    if "counted_sums" not in plan or "Seq Scan on activities" in plan:
        raise SystemExit("The plan of a branch's sums does not use the index.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--records", type=int, default=240_000)
    parser.add_argument("--compared", type=int, default=300)
    wanted = parser.parse_args()
    setup_test_environment()
    with transaction.atomic():
        measure(wanted)
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
