"""Four hundred people check in at one activity within a minute, and out again, over HTTP (requirements §3).

    python benchmarks/attendance.py [--people 400] [--seconds 60]

Each reads the code from the organiser's screen, which a browser of the organiser loads every five seconds,
and opens, presses and sees what a phone would. A tenth come without having signed up, half of them beyond the
capacity. A quarter send again, a tenth scan with two phones at one instant, and among them some try forged,
expired and foreign codes. Fails if anybody is recorded twice or not at all, if a bad code has any effect, if
the capacity is exceeded, or on any answer of 500. Needs DATABASE_URL and REDIS_URL; makes a database of its
own and drops it.
"""

import argparse
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from statistics import quantiles
from threading import Event, Lock, Thread
from time import perf_counter, sleep

from portal_server import Browser, create_own_database, open_school, run_web_server, sign_in

SCREEN_SECONDS = 5
DEAD_AFTER = 31
LINK = re.compile(rb"https?://[^/\s]+(/scan/\d+/[\w-]+/)")


def make_people(college, count: int, first: int = 0):
    """Return (people of a new branch of the college, with numbers from `first` on, their accounts)."""
    from django.db import transaction

    from members.models import Branch, Member, User
    from members.services.spells import open_first_spells

    branch = Branch.objects.create(college=college, name="测速团支部")
    with transaction.atomic():
        people = Member.objects.bulk_create(
            Member(
                school=college.school, branch=branch, student_no=f"9{first + n:09d}", name=f"测速{n}", name_key=f"测速{n}",
                sort_key=f"{n:05d}", stage="member",
            )
            for n in range(count)
        )  # fmt: skip
        open_first_spells(member_ids=[person.pk for person in people], on=date(2018, 9, 1))
    users = User.objects.bulk_create(
        User(username=f"b{m.student_no}", school=college.school, number=m.student_no, name=m.name, member=m)
        for m in people
    )  # fmt: skip
    return people, users


def make_attendance(count: int, school: int = 0):
    """Make a school of this number with two activities that people may enter now.

    Return (activity, other activity, organiser's session, sessions of people, sessions for bad codes).
    """
    from django.utils import timezone

    from activities.models import Activity, Project, SignUp
    from members.models import ServiceYear

    (college, organiser, _), *_ = open_school(school, 1)
    people, users = make_people(college, count + 20, first=school * 1_000_000)
    now = timezone.now()
    project = Project.objects.create(
        year=ServiceYear.objects.get(school=college.school), college=college, kind="other", name="测速", purpose="测速",
        content="测速", starts_on=date(now.year, 1, 1), ends_on=date(now.year, 12, 31), people_needed=count,
        contact_name="测速", contact_phone="1", state="published", published_at=now,
    )  # fmt: skip

    def make_activity(capacity: int) -> Activity:
        start, end = now - timedelta(minutes=5), now + timedelta(minutes=10)
        return Activity.objects.create(
            project=project, name="测速活动", place="操场", starts_at=start, ends_at=end, capacity=capacity,
            signup_opens_at=start - timedelta(days=2), signup_closes_at=start - timedelta(days=1),
            cancel_until=start - timedelta(days=1), check_in_opens_at=start, check_in_closes_at=end,
            check_out_closes_at=end, walk_ins=True, state="open",
        )  # fmt: skip

    busy, foreign = make_activity(count * 95 // 100), make_activity(count)
    SignUp.objects.bulk_create(
        SignUp(activity=busy, member=person, state="signed_up", seat=seat, signed_up_at=now - timedelta(days=1))
        for seat, person in enumerate(people[: count * 9 // 10], start=1)
    )  # fmt: skip
    sessions = [sign_in(user) for user in users]
    return busy, foreign, sign_in(organiser), sessions[:count], sessions[count:]


class Screen(Thread):
    """The organiser's browser: the code now on the screen, and the earlier ones."""

    def __init__(self, port: int, activity: int, session: str):
        super().__init__(daemon=True)
        self.browser, self.activity, self.direction = Browser(port, session), activity, "in"
        self.link, self.shown, self.over = "", [], Event()

    def run(self) -> None:
        while not self.over.is_set():
            self.look()
            self.over.wait(SCREEN_SECONDS)

    def look(self) -> None:
        status, body, _ = self.browser.get(f"/activities/{self.activity}/attendance/code/?d={self.direction}")
        if status == 200 and (found := LINK.search(body)):
            self.link = found[1].decode()
            self.shown.append((perf_counter(), self.link))

    def turn_to(self, direction: str) -> None:
        self.direction, self.shown = direction, []
        self.look()

    def pick_dead_link(self) -> str | None:
        """Return the link of an expired code, or None."""
        dead = [link for at, link in self.shown if perf_counter() - at > DEAD_AFTER]
        return random.choice(dead) if dead else None


class Crowd:
    """The phones at one activity; notes statuses, durations and wrong answers."""

    def __init__(self, port: int, activity: int, screen: Screen, foreign: Screen):
        self.port, self.activity, self.screen, self.foreign = port, activity, screen, foreign
        self.statuses, self.refused, self.lock = Counter(), Counter(), Lock()
        self.took: list[float] = []
        self.visits: list[float] = []
        self.wrong: list[str] = []

    def ask(self, browser: Browser, method: str, path: str) -> tuple[int, bytes, str]:
        began = perf_counter()
        answer = browser.get(path) if method == "GET" else browser.post(path)
        with self.lock:
            self.took.append(perf_counter() - began)
            self.statuses[answer[0]] += 1
        return answer

    def attend(self, session: str, again: bool) -> None:
        """Check in as a phone does: the link, the page it leads to, the button, the result."""
        browser, began, page = Browser(self.port, session), perf_counter(), f"/scan/{self.activity}/"
        opened = self.ask(browser, "GET", self.screen.link)
        if opened[2] == page:
            self.ask(browser, "GET", page)
            for _ in range(2 if again else 1):
                done = self.ask(browser, "POST", page)
                if done[2] != f"{page}done/":
                    self.wrong.append(f"{self.screen.direction}: {done[0]} {done[2]}")
            self.ask(browser, "GET", f"{page}done/")
        else:
            self.wrong.append(f"{self.screen.direction}: a good code gave {opened[0]}")
        with self.lock:
            self.visits.append(perf_counter() - began)
        browser.close()

    def cheat(self, session: str) -> None:
        """Try links without a valid code of this activity and moment; press the button after each."""
        browser = Browser(self.port, session)
        foreign = self.foreign.link.replace(f"/{self.foreign.activity}/", f"/{self.activity}/")
        forged = f"/scan/{self.activity}/i{random.getrandbits(64):016x}/"
        tried = {"forged": forged, "foreign": foreign, "expired": self.screen.pick_dead_link()}
        for kind, link in tried.items():
            if link is None:
                continue
            opened = self.ask(browser, "GET", link)
            pressed = self.ask(browser, "POST", f"/scan/{self.activity}/")
            with self.lock:
                if (opened[0], pressed[0]) == (400, 400):
                    self.refused[kind] += 1
                else:
                    self.wrong.append(f"{kind}: {opened[0]} {pressed[0]}")
        browser.close()

    def run_visits(self, people: list[str], cheats: list[str], seconds: float) -> None:
        """Let everybody visit once, at a random moment; some with two phones, some twice."""
        visits = []
        for number, session in enumerate(people):
            at = random.uniform(0, seconds)
            phones = 2 if number % 10 == 0 else 1
            visits += [(at, self.attend, (session, number % 4 == 0))] * phones
        for session in cheats:
            visits += [(random.uniform(0, seconds), self.cheat, (session,)) for _ in range(3)]
        began = perf_counter()
        with ThreadPoolExecutor(100) as phones:
            for at, visit, values in sorted(visits, key=lambda visit: visit[0]):
                sleep(max(0, began + at - perf_counter()))
                phones.submit(visit, *values)
        self.lasted = perf_counter() - began


def judge_database(activity: int, count: int, direction: str) -> list[str]:
    """Compare the database with what must be: everybody once, in the history too, and no seat too many."""
    from activities.models import Activity, SignUp

    busy = Activity.objects.get(pk=activity)
    rows = SignUp.objects.filter(activity=busy)
    done = rows.exclude(**{f"checked_{direction}_at": None})
    seats = list(rows.exclude(seat=None).values_list("seat", flat=True))
    history = SignUp.pgh_event_model.objects.filter(activity=busy).exclude(checked_in_at=None)
    expected = count * (2 if direction == "out" else 1)
    found = {
        "people": (done.count(), count),
        "rows": (rows.count(), count),
        "steps in the history": (history.count(), expected),
        "seats": (len(set(seats)), busy.capacity),
        "highest seat": (max(seats), busy.capacity),
        "beyond capacity, flagged": (
            rows.filter(state="unseated", flags__contains=["over_capacity"]).count(),
            count - busy.capacity,
        ),
    }
    return [f"{name}: {got}, not {want}" for name, (got, want) in found.items() if got != want]


def report_times(crowd: Crowd, direction: str) -> None:
    def format_percentiles(times: list[float]) -> str:
        cut = quantiles(times, n=100)
        return f"p50 {cut[49] * 1000:.0f} ms, p95 {cut[94] * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms"

    print(f"{direction}: {len(crowd.visits)} visits in {crowd.lasted:.1f} s, {len(crowd.took)} requests")
    print(f"  request: {format_percentiles(crowd.took)}")
    print(f"  from the code to the big answer (four requests): {format_percentiles(crowd.visits)}")
    print(f"  answers: {dict(sorted(crowd.statuses.items()))}, refused: {dict(crowd.refused)}")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--people", type=int, default=400)
    options.add_argument("--seconds", type=float, default=60)
    wanted = options.parse_args()
    problems: list[str] = []
    with create_own_database():
        busy, foreign, organiser, people, cheats = make_attendance(wanted.people)
        with run_web_server() as (port, _):
            screens = [Screen(port, activity.pk, organiser) for activity in (busy, foreign)]
            for direction in ("in", "out"):
                for screen in screens:
                    screen.turn_to(direction)
                    if not screen.is_alive():
                        screen.start()
                crowd = Crowd(port, busy.pk, *screens)
                crowd.run_visits(people, cheats, wanted.seconds)
                report_times(crowd, direction)
                problems += crowd.wrong + judge_database(busy.pk, wanted.people, direction)
                problems += [
                    f"{n} × {status}" for status, n in crowd.statuses.items() if not 200 <= status < 500
                ]
            for screen in screens:
                screen.over.set()
    if problems:
        raise SystemExit("\n".join(problems[:20]))
    print("Everybody once in and once out; every bad code refused; no seat too many.")


if __name__ == "__main__":
    main()
