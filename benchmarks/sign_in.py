"""Whether the time of a refused sign-in tells which numbers exist, with the real password hash.

    PORTAL_ENV=test DATABASE_URL=… REDIS_URL=… python benchmarks/sign_in.py [--numbers 60]

Makes accounts with a password, without one and disabled, and enters a wrong password for each number and for numbers
that nobody has, in random order, each from an address of its own. Prints the median of each kind, the baseline of a
bare hash, and how often a guess by the time alone is right (50 % is chance). Fails above 65 %. Undoes all at the end.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

import argparse
import os
import random
import sys
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")

import django

django.setup()

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse

from members.models import School, User

KINDS = ("password", "no password", "disabled", "unknown")
WRONG = "not-the-password"
MOST = 65  # percent


def make_numbers(count: int) -> list[tuple[str, str]]:
    """Make the accounts and return (kind, number) of each, and of numbers that nobody has, in random order."""
    school = School.objects.create(name="测速大学", code="CS")
    hashed = make_password("qingnian-zhiyuan-18")
    numbers = [(kind, f"{KINDS.index(kind)}{n:05}") for kind in KINDS for n in range(count)]
    User.objects.bulk_create(
        User(
            username=f"{number}@CS", number=number, name="测速", school=school, is_active=kind != "disabled",
            password=make_password(None) if kind == "no password" else hashed,
        )
        for kind, number in numbers if kind != "unknown"
    )  # fmt: skip
    random.shuffle(numbers)
    return numbers


def measure(numbers: list[tuple[str, str]]) -> dict[str, list[float]]:
    """Return the processor milliseconds of the refusals by kind; other work of the machine does not count."""
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    client, url = Client(), reverse("account_login")
    for place, (kind, number) in enumerate([(KINDS[0], "warm-up"), *numbers]):
        address = f"10.0.{place // 250}.{place % 250 + 1}"
        entered = {"login": number, "password": WRONG, "school": "CS"}
        start = process_time()
        answer = client.post(url, entered, REMOTE_ADDR=address)
        if number != "warm-up":
            taken[kind].append(1000 * (process_time() - start))
        if answer.status_code != 200:
            raise SystemExit(f"The sign-in page answered {answer.status_code}.")
    return taken


def compute_right_guesses(known: list[float], unknown: list[float]) -> float:
    """Return how often (percent) the time tells a known number from an unknown one, at best."""
    longer = sum((a > b) + (a == b) / 2 for a in known for b in unknown) / (len(known) * len(unknown))
    return 100 * max(longer, 1 - longer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--numbers", type=int, default=60)
    wanted = parser.parse_args()
    setup_test_environment()
    start = process_time()
    make_password(WRONG)
    print(f"baseline, one hash  {1000 * (process_time() - start):8.1f} ms")
    with transaction.atomic():
        taken = measure(make_numbers(wanted.numbers))
        transaction.set_rollback(True)
    worst = 0.0
    for kind in KINDS:
        right = compute_right_guesses(taken[kind], taken["unknown"])
        worst = max(worst, right if kind != "unknown" else 0)
        print(f"{kind:20}{median(taken[kind]):8.1f} ms, told from unknown {right:5.1f} %")
    if worst > MOST:
        raise SystemExit(f"A guess by the time alone is right in {worst:.1f} %.")


if __name__ == "__main__":
    main()
