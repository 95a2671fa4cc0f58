"""How long 总览 takes at 20,000 people, compared with the same figures counted branch by branch, in one run.

Run it with the environment of a migrated database, e.g. after `./portal manage migrate`:

    python benchmarks/overview.py [--people 20000] [--runs 7]

The script makes the school in a transaction and rolls it back; nothing stays.
"""

import argparse
import os
import sys
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402

from members.models import Branch, College, Grant, Member, School  # noqa: E402
from members.services.schools import create_school  # noqa: E402
from members.services.spells import open_first_spells  # noqa: E402

PER_BRANCH = 28
PER_COLLEGE = 70
NAME = "郝学勤"  # of everybody; the reader takes words such as 学生 for nobody's name


def make_school(people: int) -> School:
    school, _ = create_school(code="BENCHMARK", name="测速大学", year=2018)
    branches = people // PER_BRANCH
    colleges = College.objects.bulk_create(
        College(school=school, name=f"第{number}学院") for number in range(1 + branches // PER_COLLEGE)
    )
    made = Branch.objects.bulk_create(
        Branch(college=colleges[number // PER_COLLEGE], name=f"第{number}团支部")
        for number in range(branches)
    )
    with transaction.atomic():
        new = Member.objects.bulk_create(
            (
                Member(
                    school=school,
                    branch=branch,
                    student_no=f"2{index:04d}{place:06d}",
                    name=NAME,
                    name_key=NAME,
                    stage=Member.Stage.MEMBER,
                    registered_on=date(2018, 10, 1) if place % 7 else None,
                    counts_from=date(2018, 10, 1) if place % 7 else None,
                    registration_source=Member.Source.FILE if place % 7 else "",
                )
                for place, branch in enumerate(made)
                for index in range(PER_BRANCH)
            ),
            batch_size=5000,
        )
        open_first_spells(member_ids=[person.pk for person in new], on=date(2018, 9, 1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_member, members_branch, members_college")
    return school


def make_signed_in_client(school: School) -> Client:
    user = get_user_model().objects.create_user("benchmark", school=school, number="benchmark", name="测速")
    Grant.objects.create(user=user, role="school_admin", school=school, starts_on=date(2018, 1, 1))
    client = Client()
    client.force_login(user)
    return client


def count_branch_by_branch(school: School) -> int:
    """Count members and registered of every branch one after the other, as the baseline."""
    return sum(
        branch.members.counted().count() + branch.members.counted().registered().count()
        for branch in Branch.objects.filter(college__school=school)
    )


def time_median(work, runs: int) -> float:
    """Return the median seconds of some runs, after one run that is not counted."""
    work()
    seconds = []
    for _ in range(runs):
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    return median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=7)
    wanted = parser.parse_args()
    setup_test_environment()
    with transaction.atomic():
        school = make_school(wanted.people)
        client, url = make_signed_in_client(school), reverse("overview")
        page = time_median(lambda: client.get(url), wanted.runs)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(url)
        if answer.status_code != 200:
            raise SystemExit(f"The overview answered {answer.status_code}.")
        baseline = time_median(lambda: count_branch_by_branch(school), wanted.runs)
        transaction.set_rollback(True)
    print(f"people {wanted.people}, branches {wanted.people // PER_BRANCH}")
    print(
        f"overview, whole page     {1000 * page:8.1f} ms, {len(asked)} queries, {len(answer.content)} bytes"
    )
    print(f"counted branch by branch {1000 * baseline:8.1f} ms")
    print(f"the page is {baseline / page:.1f} times faster")


if __name__ == "__main__":
    main()
