"""A school's first week: from an empty portal to everybody able to activate, by commands and by an admin's clicks.

    PORTAL_ENV=test python benchmarks/first_week.py [--people 4000] [--branches 140] [--colleges 10] [--no-browser]

By commands: the school with its first admin, the roster, the appointments (a teacher for each college, a student for
each branch), and the slips of each college, with its teachers, as one .docx. In the browser: one admin does the
same in Chromium, on the real web server, with a second factor; clicks, fields and files are counted, and pages are
waited for. The script exits with an error if the commands take a minute or more of processor time (of the script; that
of the database comes on top), if the admin needs 15 minutes or more at six seconds a step, or if somebody is left
without a code. Needs DATABASE_URL and REDIS_URL; makes a database of its own and drops it.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import getloadavg
from pathlib import Path
from time import perf_counter, process_time

from portal_server import create_own_database, run_web_server

LONGEST = 60  # seconds of machine time
MOST_MINUTES = 15  # of one admin
PROOF_LASTS = 10  # minutes; then a page for many people asks again who it is, which takes two steps


class Stopwatch:
    """The seconds of all parts, on the clock and of this process's processor; each part is printed as it ends."""

    def __init__(self):
        self.clock = self.processor = 0.0

    @contextmanager
    def time(self, label: str) -> Iterator[None]:
        clock, processor = perf_counter(), process_time()
        yield
        clock, processor = perf_counter() - clock, process_time() - processor
        self.clock, self.processor = self.clock + clock, self.processor + processor
        print(f"{label:<44}{clock:8.2f} s, {processor:6.2f} s of processor", flush=True)


def check_codes(school) -> None:
    """Exit unless everybody of the school holds a code, or has used it."""
    from django.utils import timezone

    from members.models import ActivationCode, Grant

    now = timezone.now()
    held = ActivationCode.objects.filter(
        account__school__code=school.code, voided_at=None, expires_at__gt=now
    )
    people, offices = (
        held.values("account").distinct().count(),
        Grant.objects.filter(user__school__code=school.code).count(),
    )
    wanted = school.colleges + school.branches + 1
    print(f"codes for {people} of {school.everybody} people, {offices} of {wanted} offices")
    if (people, offices) != (school.everybody, wanted):
        sys.exit("somebody is left out")


def measure_commands(school, folder: Path) -> float:
    """Return the processor's seconds of all commands; the start of a process of manage.py is not in them."""
    from tests.first_week import fill_school, make_school

    watch = Stopwatch()
    with watch.time("create_school with the first admin's link"):
        make_school(school, origin="https://zy.example.edu.cn")
    files = fill_school(school, folder, timed=watch.time)
    largest = max(file.stat().st_size for file in files) // 1024
    print(
        f"all together {watch.clock:.2f} s, {watch.processor:.2f} s of processor (less than {LONGEST}); "
        f"{len(files)} files, the largest {largest} KB"
    )
    check_codes(school)
    return watch.processor


def measure_browser(school, port: int) -> float:
    """Return the minutes of one admin, from the first admin's link to the slips of everybody."""
    from playwright.sync_api import sync_playwright

    from tests.e2e.conftest import CHROMIUM, DESKTOP, FLAGS
    from tests.first_week import SECONDS_A_STEP, Admin, fill_school_in_browser, make_school

    address = f"http://localhost:{port}"
    link = make_school(school, origin=address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(base_url=address, locale="zh-CN", **DESKTOP).new_page()
        admin = Admin(page)
        fill_school_in_browser(school, admin, link)
        sizes = [path.stat().st_size for path in admin.slips]
        browser.close()
    asked_again = 2 * int(admin.minutes // PROOF_LASTS)
    minutes = admin.minutes + asked_again * SECONDS_A_STEP / 60
    print(
        f"one admin: {admin.clicks} clicks, {admin.fields} fields, {admin.files} files, {asked_again} steps more to "
        f"prove again who it is; {admin.waited:.1f} s of waiting for pages; {len(sizes)} documents, the largest "
        f"{max(sizes) // 1024} KB"
    )
    print(f"at {SECONDS_A_STEP} s a step: {minutes:.1f} minutes (less than {MOST_MINUTES})")
    check_codes(school)
    return minutes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=4000)
    parser.add_argument("--branches", type=int, default=140)
    parser.add_argument("--colleges", type=int, default=10)
    parser.add_argument("--no-browser", action="store_true", help="measure the commands only")
    options = parser.parse_args()
    os.environ["SECOND_FACTOR_REQUIRED"] = "1"  # as in production
    size = (options.people, options.branches, options.colleges)
    with create_own_database(), tempfile.TemporaryDirectory() as folder:
        from tests.first_week import NewSchool

        print(f"load {getloadavg()[0]:.0f}")
        seconds, minutes = measure_commands(NewSchool("M", *size), Path(folder)), 0.0
        if not options.no_browser:
            with run_web_server() as (port, _):
                minutes = measure_browser(NewSchool("B", *size), port)
        print(f"load {getloadavg()[0]:.0f}")
    if seconds >= LONGEST or minutes >= MOST_MINUTES:
        sys.exit("too slow")


if __name__ == "__main__":
    main()
