"""Rates and verdicts as of a past day beside those of today, at 50,000 people of whom a third have moved or left.

    PORTAL_ENV=test DATABASE_URL=… REDIS_URL=… PYTHONPATH=. python benchmarks/as_of.py [--people 50000] [--runs 9]

The script makes everything in a transaction and rolls it back; nothing stays. Exits with an error if a figure of the
past day is not what adding up in Python gives, or a rate takes more than one query.
"""

import argparse
from collections import Counter
from datetime import date
from time import perf_counter

from benchmarks.overview import make_school, time_median  # sets Django up

# isort: split
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.utils import timezone

from members.models import Branch, Member, School, Spell
from members.queries.rates import compute_branch_rates, compute_college_rates
from reports.queries.eligibility import filter_assessed, judge_members

DAY = date(2018, 12, 31)
LATER = date(2019, 3, 1)


def write_spells(school: School) -> None:
    """Give everybody a first spell; every sixth has moved to the next branch since, every sixth has left."""
    branches = list(Branch.objects.filter(college__school=school).order_by("pk").values_list("pk", flat=True))
    following = dict(zip(branches, [*branches[1:], branches[0]], strict=True))
    moved, left, spells = [], [], []
    for person in school.members.order_by("pk"):
        spells.append(build_spell(person, date(2018, 9, 1), first=True))
        if person.pk % 3:
            continue
        spells[-1].ends_on = LATER
        if person.pk % 2:
            person.branch_id = following[person.branch_id]
            moved.append(person)
        else:
            person.state = "graduated"
            left.append(person)
        spells.append(build_spell(person, LATER))
    Spell.objects.bulk_create(spells, batch_size=5000)
    Member.objects.bulk_update(moved, ["branch"], batch_size=5000)
    Member.objects.bulk_update(left, ["state"], batch_size=5000)


def build_spell(person: Member, on: date, *, first: bool = False) -> Spell:
    place = {"branch_id": person.branch_id, "stage": person.stage, "state": person.state}
    return Spell(member=person, starts_on=on, first=first, **place)


def count_slowly(school: School) -> Counter:
    """Return {branch: League members of the past day}, added up in Python."""
    found: Counter[int] = Counter()
    for branch, state, begins, first, ends in Spell.objects.filter(member__school=school).values_list(
        "branch", "state", "starts_on", "first", "ends_on"
    ):
        found[branch] += state == "active" and (begins <= DAY or first) and (ends is None or ends > DAY)
    return found


def measure(wanted: argparse.Namespace) -> None:
    school = make_school(wanted.people)
    write_spells(school)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_member, members_spell")
    branches = Branch.objects.filter(college__school=school)
    with CaptureQueriesContext(connection) as asked:
        rows = compute_branch_rates(branches, floor_percent=95, day=DAY)
    if len(asked) != 1 or {row.branch_id: row.rate.members for row in rows} != dict(count_slowly(school)):
        raise SystemExit("The rates of the past day are not one query, or not what slow adding gives.")
    if wanted.plan:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + asked[0]["sql"])
            print("\n".join(line for (line,) in cursor.fetchall()))
    print(f"{school.members.count()} people, {branches.count()} branches")
    for name, compute in (("branches", compute_branch_rates), ("colleges", compute_college_rates)):
        for day in (None, DAY):
            seconds = time_median(lambda c=compute, d=day: c(branches, floor_percent=95, day=d), wanted.runs)
            print(f"rates of {name}, {day or 'today'}: {1000 * seconds:.0f} ms")
    college = school.colleges.order_by("pk").first()
    for name, few in (
        ("one college", college.branches.all()),
        ("one branch", Branch.objects.filter(pk=college.branches.first().pk)),
    ):
        for day in (None, DAY):
            seconds = time_median(
                lambda f=few, d=day: compute_branch_rates(f, floor_percent=95, day=d), wanted.runs
            )
            print(f"rates of {name}, {day or 'today'}: {1000 * seconds:.1f} ms")
    year = school.years.get()
    for number in (timezone.localdate().year, 2018):
        year.year = number  # unsaved: a running year reads the people of today
        begin = perf_counter()
        people = filter_assessed(Member.objects.filter(school=school), year)
        people = people.filter(branch_then__in=college.branches.values("pk"))
        judged = len(list(judge_members(people, year)))
        print(f"verdicts of a college in {number}: {judged} people, {1000 * (perf_counter() - begin):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--plan", action="store_true", help="print the plan of the rates of the past day")
    wanted = parser.parse_args()
    setup_test_environment()
    with transaction.atomic():
        measure(wanted)
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
