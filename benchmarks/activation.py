"""Codes and slips for a school of 4,000, and what the time of a refusal tells about a number.

    python benchmarks/activation.py [--people 4000] [--branches 140] [--colleges 10] [--entries 300]

Makes all codes of an empty school at once, then the .docx of each college, as an admin gets them; exits with an error
if that takes a minute or more of processor time (of the script; the database's own is about a tenth of it). Then measures the kinds of refused entries in turn, with a second series of unknown
numbers as baseline, and exits with an error if the median of a kind differs from that of unknown numbers by more than
the noise: half the distance between the quartiles of unknown numbers. Needs DATABASE_URL and REDIS_URL; makes a database of its own and drops it.
"""

import argparse
import random
import sys
from datetime import date, timedelta
from os import getloadavg
from statistics import median, quantiles
from time import perf_counter, process_time

from portal_server import create_own_database

LONGEST = 60  # seconds


def make_school(people: int, branches: int, colleges: int):
    from django.db import transaction

    from members.models import Branch, College, Member
    from members.services.schools import create_school
    from members.services.spells import open_first_spells

    school, _ = create_school(code="BENCHMARK", name="测速大学", year=2018)
    made = College.objects.bulk_create(College(school=school, name=f"第{n}学院") for n in range(colleges))
    groups = Branch.objects.bulk_create(
        Branch(college=made[n % colleges], name=f"第{n}团支部") for n in range(branches)
    )
    with transaction.atomic():
        new = Member.objects.bulk_create(
            Member(
                school=school, branch=groups[n % branches], student_no=f"2018{n:06d}", name="测速", name_key="测速",
                sort_key=f"{n:06d}", stage="member",
            )
            for n in range(people)
        )  # fmt: skip
        open_first_spells(member_ids=[person.pk for person in new], on=date(2018, 9, 1))
    return school, made


def measure_slips(school, colleges) -> float:
    """Issue the codes of the school, then again college by college with the documents; return processor seconds."""
    from members.models import ActivationCode, User
    from members.services.activation import issue_codes
    from members.services.activation_slips import build_document

    start, used = perf_counter(), process_time()
    issued = issue_codes(by=None, place=school)
    print(
        f"{len(issued.codes)} codes, {issued.accounts_created} accounts: {perf_counter() - start:.2f} s, "
        f"{process_time() - used:.2f} s of processor"
    )
    files = []
    for college in colleges:
        begun = perf_counter()
        codes = issue_codes(by=None, place=college).codes
        content = build_document(codes, origin="https://zy.example.edu.cn")
        files.append((perf_counter() - begun, len(codes), len(content)))
    whole, processor = perf_counter() - start, process_time() - used
    slowest, slips, size = max(files)
    print(
        f"{len(files)} colleges, new codes and .docx: {sum(took for took, *_ in files):.2f} s, "
        f"the slowest {slowest:.2f} s ({slips} slips, {size // 1024} KB)"
    )
    print(
        f"all together: {whole:.2f} s, {processor:.2f} s of processor (at most {LONGEST}), load {getloadavg()[0]:.0f}"
    )
    assert ActivationCode.objects.outstanding().count() == User.objects.count() == len(issued.codes)
    return processor


def make_refusals(school) -> dict[str, tuple[str, str]]:
    """Return number and code of each kind of refusal."""
    from django.utils import timezone

    from members.models import ActivationCode, User
    from members.services.activation import issue_code

    unknown, wrong = "2099000001", "3333-3333-3333"
    coded, bare, expired, used = User.objects.filter(school=school).order_by("pk")[:4]
    ActivationCode.objects.filter(account=bare).delete()
    old, past = issue_code(account=expired, by=None), timezone.now() - timedelta(days=40)
    ActivationCode.objects.filter(account=expired).update(
        issued_at=past, expires_at=past + timedelta(days=30)
    )
    done = issue_code(account=used, by=None)
    ActivationCode.objects.outstanding().filter(account=used).update(used_at=timezone.now())
    return {
        "unknown number": (unknown, wrong),
        "unknown number, again": ("2099000002", wrong),
        "number without a code": (bare.number, wrong),
        "wrong code": (coded.number, wrong),
        "expired code": (expired.number, old.code),
        "used code": (used.number, done.code),
    }


def measure_refusals(school, entries: int) -> float:
    """Measure the kinds of refusal in turn; return the largest difference of medians, as a part of the noise."""
    from django.core.exceptions import ValidationError

    from members.models import ActivationCode
    from members.services.activation_entry import REFUSED, enter_code

    kinds = make_refusals(school)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for entry in range(entries):
        ActivationCode.objects.update(wrong_attempts=0)
        for kind in random.sample(list(kinds), len(kinds)):
            number, typed = kinds[kind]
            start = perf_counter()
            try:
                enter_code(
                    number=number, typed=typed, school=school, address=f"10.0.{entry // 250}.{entry % 250}"
                )
            except ValidationError as refusal:
                assert refusal.messages == [REFUSED]
            times[kind].append(perf_counter() - start)
    low, base, high = quantiles(times["unknown number"], n=4)
    noise = (high - low) / 2
    for kind, took in times.items():
        low, middle, high = quantiles(took, n=4)
        print(
            f"{kind}: median {1000 * middle:.2f} ms, half between {1000 * low:.2f} and {1000 * high:.2f}, "
            f"{100 * (middle / base - 1):+.1f} %"
        )
    largest = max(abs(median(took) - base) for took in times.values())
    print(f"largest difference {1000 * largest:.2f} ms, noise {1000 * noise:.2f} ms")
    return largest / noise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=4000)
    parser.add_argument("--branches", type=int, default=140)
    parser.add_argument("--colleges", type=int, default=10)
    parser.add_argument("--entries", type=int, default=300)
    options = parser.parse_args()
    with create_own_database():
        school, colleges = make_school(options.people, options.branches, options.colleges)
        took = measure_slips(school, colleges)
        difference = measure_refusals(school, options.entries)
    if took >= LONGEST or difference > 1:
        sys.exit("too slow, or the time of a refusal tells something")


if __name__ == "__main__":
    main()
