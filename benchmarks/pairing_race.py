"""64 browsers of 60 colleges in 6 schools compete for 10 places over the real web server (三(三)).

    python benchmarks/pairing_race.py [--rounds 3] [--storms 2]

A calm round: every loser gets a reason, no answer is 5xx. A storm: for up to fifteen seconds the script cuts
the database's connections ten times a second, and kills a worker of the web server. The browsers then do what
people do: without an answer they click again; if the page says that the connection broke, they look into the
hall and, if they are not paired there, click again. Each of these is counted. In the storm, too, no answer to
a claim may be 5xx, and everybody ends as paired or with a reason.

After each round the script checks the tables: no street above its cap, no second pairing of a college or a
code, every claim whole or absent. Needs DATABASE_URL and REDIS_URL; makes a database of its own and drops it.
"""

import argparse
import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from time import perf_counter, sleep

from portal_server import Browser, create_own_database, list_children, open_school, run_web_server, sign_in

SCHOOLS, COLLEGES, CLIENTS = 6, 10, 64
STREETS, CAP = 2, 5
STORM_SECONDS = 15
PATIENCE = 90  # a person gives up after so many seconds of clicking
WON, SILENT, BROKEN = "won", "no answer", "刚才数据库连接中断"
REASONS = ("名额已满", "已经用过", "已经结对", "刚刚被占用")


def make_race() -> tuple[list, list[int]]:
    """Make six schools of ten colleges, and two urban streets with five places each."""
    from members.models import Street

    streets = [
        Street.objects.create(district="海淀区", name=f"第{n}街道", kind="urban").pk for n in range(STREETS)
    ]
    racers = [racer for number in range(SCHOOLS) for racer in open_school(number, COLLEGES)]
    # Four colleges use two browsers each.
    racers += racers[: CLIENTS - len(racers)]
    return [(college, sign_in(user), code) for college, user, code in racers], streets


def forget_the_round() -> None:
    from pairing.models import Pairing, PairingCode, ServiceTeam

    ServiceTeam.objects.all().delete()
    Pairing.objects.all().delete()
    PairingCode.objects.filter(state="used").update(state="handed_out")


class Racer:
    """A secretary at a browser.

    `answers` counts all answers to a claim, and what the hall showed when asked.
    """

    def __init__(self, port: int, college, session: str, code: str):
        self.browser, self.college, self.code = Browser(port, session), college, code
        self.answers: Counter = Counter()

    def run(self, streets: list[int]) -> bool:
        """Claim one street after the other until one is won.

        Return whether this browser was told that it is paired.
        """
        try:
            return any(self.claim(street) for street in streets)
        finally:
            self.browser.close()

    def claim(self, street: int) -> bool:
        until = perf_counter() + PATIENCE
        while perf_counter() < until:
            status, body, location = self.browser.post("/hall/claim/", street=street, code=self.code)
            kind = classify_answer(status, body.decode(), location)
            self.answers[kind] += 1
            if kind not in (BROKEN, SILENT):
                return kind == WON
            sleep(0.3)  # a person reads, and reaches for the mouse
            if kind == BROKEN and self.is_paired_in_hall():
                return True
        self.answers["gave up"] += 1
        return False

    def is_paired_in_hall(self) -> bool:
        until = perf_counter() + PATIENCE
        while perf_counter() < until:
            status, body, _ = self.browser.get("/hall/")
            if status == 200:
                paired = "本学院已结对" in body.decode()
                self.answers["seen in the hall: " + ("paired" if paired else "not paired")] += 1
                return paired
            self.answers[f"the hall answered {status}" if status else "the hall did not answer"] += 1
            sleep(0.3)
        return False


def race(port: int, racers: list, streets: list[int]) -> tuple[Counter, set, float]:
    """Let all start at one instant.

    Return the answers by kind, the colleges told they are paired, and the seconds.
    """
    start = Barrier(len(racers) + 1)
    people = [Racer(port, *racer) for racer in racers]

    def run(position: int) -> bool:
        start.wait(60)
        return people[position].run(streets if position % 2 else streets[::-1])

    with ThreadPoolExecutor(len(people)) as threads:
        futures = [threads.submit(run, position) for position in range(len(people))]
        start.wait(60)
        began = perf_counter()
        paired = [future.result() for future in futures]
    answers = sum((person.answers for person in people), Counter())
    told = {person.college.pk for person, won in zip(people, paired, strict=True) if won}
    return answers, told, perf_counter() - began


def classify_answer(status: int, body: str, location: str) -> str:
    if status == 302 and location.startswith("/hall/claimed/"):
        return WON
    if status == 409:
        return next((reason for reason in (*REASONS, BROKEN) if reason in body), "refused without a reason")
    return SILENT if status == 0 else f"status {status}"


def list_strange(answers: Counter) -> list[str]:
    """Return the kinds of answers that must not occur, in a calm round or in a storm."""
    return [kind for kind in answers if kind.startswith(("status", "refused", "gave up"))]


def check_tables(places: int) -> set[int]:
    """Assert that nothing is oversold and nothing half written; return the colleges that are paired."""
    from django.db import connection

    from pairing.models import Pairing, PairingCode, ServiceTeam

    connection.close()
    pairings = list(Pairing.objects.active().values("college", "code", "street", "place", "team"))
    for name in ("college", "code"):
        assert max(Counter(row[name] for row in pairings).values(), default=0) <= 1, f"two of one {name}"
    by_street = Counter(row["street"] for row in pairings)
    assert all(count <= CAP for count in by_street.values()), f"above the cap: {by_street}"
    assert all(row["team"] for row in pairings), "a pairing without its team"
    assert ServiceTeam.objects.count() == len(pairings), "a team without its pairing"
    used = set(PairingCode.objects.filter(state="used").values_list("pk", flat=True))
    assert used == {row["code"] for row in pairings}, (
        "a code is used without a pairing, or the other way round"
    )
    assert len(pairings) == places, f"{len(pairings)} pairings on {places} places"
    return {row["college"] for row in pairings}


def make_storm(server: int, over: Event) -> Counter:
    """Cut every connection of the web server again and again, and kill a worker once; return the counts.

    The storm ends after a while: on a slow machine no request at all would fit between two cuts.
    """
    from django.db import connection

    done, killed, until = Counter(), False, perf_counter() + STORM_SECONDS
    while not over.is_set() and perf_counter() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
            done["connections cut"] += cursor.fetchone()[0]
        if not killed and done["connections cut"] > 4 and (workers := list_children(server)):
            os.kill(workers[-1], signal.SIGKILL)
            killed, done["workers killed"] = True, 1
        sleep(0.1)
    connection.close()
    return done


def race_in_storm(port: int, server: int, racers: list, streets: list[int]) -> tuple[Counter, set, Counter]:
    over, damage = Event(), Counter()
    thread = Thread(target=lambda: damage.update(make_storm(server, over)))
    thread.start()
    try:
        answers, told, _ = race(port, racers, streets)
    finally:
        over.set()
        thread.join()
    return answers, told, damage


def count_deadlocks() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def run_calm_round(port: int, racers: list, streets: list[int]) -> str:
    answers, told, seconds = race(port, racers, streets)
    paired = check_tables(STREETS * CAP)
    assert not list_strange(answers) and not answers[SILENT] and not answers[BROKEN], answers
    assert told == paired, "somebody was told otherwise than the tables say"
    return f"{len(paired)} pairings, {seconds:.2f} s, {dict(answers)}"


def run_stormy_round(port: int, server: int, racers: list, streets: list[int]) -> str:
    answers, told, damage = race_in_storm(port, server, racers, streets)
    paired = check_tables(STREETS * CAP)
    assert damage["connections cut"] and damage["workers killed"], "the storm did nothing"
    assert not list_strange(answers), answers
    assert told == paired, "somebody was told otherwise than the tables say"
    return f"{len(paired)} pairings, {dict(damage)}, {dict(answers)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--storms", type=int, default=2)
    wanted = parser.parse_args()
    with create_own_database():
        racers, streets = make_race()
        with run_web_server() as (port, server):
            for number in range(wanted.rounds):
                forget_the_round()
                print(f"calm round {number + 1}: {run_calm_round(port, racers, streets)}")
            for number in range(wanted.storms):
                forget_the_round()
                print(f"storm {number + 1}: {run_stormy_round(port, server, racers, streets)}")
                sleep(3)
        assert count_deadlocks() == 0, "a deadlock"
    print("nothing oversold, nothing half written, no deadlock")


if __name__ == "__main__":
    main()
