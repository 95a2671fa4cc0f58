"""64 browsers of 60 colleges in 6 schools fight for 10 places over the real web server (三(三)).

    python benchmarks/pairing_race.py [--rounds 3] [--storms 2]

A calm round: every loser gets a reason, no answer is 5xx. A storm: meanwhile the database's connections are cut
and a worker of the web server is killed. After each the tables are looked at: no street above its cap, no second
pairing of a college or a code, every claim whole or absent. Needs DATABASE_URL and REDIS_URL; makes a database of
its own and drops it.
"""

import argparse
import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from time import perf_counter, sleep

from portal_server import Browser, children_of, open_school, own_database, sign_in, web_server

SCHOOLS, COLLEGES, CLIENTS = 6, 10, 64
STREETS, CAP = 2, 5


def make() -> tuple[list, list[int]]:
    """Six schools of ten colleges, and two urban streets with five places each."""
    from members.models import Street

    streets = [
        Street.objects.create(district="海淀区", name=f"第{n}街道", kind="urban").pk for n in range(STREETS)
    ]
    racers = [racer for number in range(SCHOOLS) for racer in open_school(number, COLLEGES)]
    # Four colleges sit at two browsers.
    racers += racers[: CLIENTS - len(racers)]
    return [(college, sign_in(user), code) for college, user, code in racers], streets


def forget_the_round() -> None:
    from pairing.models import Pairing, PairingCode, ServiceTeam

    ServiceTeam.objects.all().delete()
    Pairing.objects.all().delete()
    PairingCode.objects.filter(state="used").update(state="handed_out")


def race(port: int, racers: list, streets: list[int]) -> tuple[Counter, float]:
    """All at one instant; who is refused at one street tries the other. Gives the answers by kind, and seconds."""
    start, answers = Barrier(len(racers) + 1), Counter()

    def run(position: int) -> list[str]:
        _, session, code = racers[position]
        browser, found = Browser(port, session), []
        start.wait(60)
        for street in streets if position % 2 else streets[::-1]:
            status, body, location = browser.post("/hall/claim/", street=street, code=code)
            found.append(kind_of(status, body.decode(), location))
            if found[-1] == "won":
                break
        browser.close()
        return found

    with ThreadPoolExecutor(len(racers)) as threads:
        futures = [threads.submit(run, position) for position in range(len(racers))]
        start.wait(60)
        began = perf_counter()
        for future in futures:
            answers.update(future.result())
    return answers, perf_counter() - began


def kind_of(status: int, body: str, location: str) -> str:
    if status == 302 and location.startswith("/hall/claimed/"):
        return "won"
    if status == 409:
        reasons = ("名额已满", "已经用过", "已经结对", "刚刚被占用")
        return next((reason for reason in reasons if reason in body), "refused without a known reason")
    return "no answer" if status == 0 else f"status {status}"


def check_tables(places: int | None) -> int:
    """Nothing oversold and nothing half written; gives how many pairings there are."""
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
    if places is not None:
        assert len(pairings) == places, f"{len(pairings)} pairings on {places} places"
    return len(pairings)


def storm(server: int, over: Event) -> Counter:
    """Cut every connection of the web server again and again, and kill a worker once."""
    from django.db import connection

    done, killed = Counter(), False
    while not over.is_set():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
            done["connections cut"] += cursor.fetchone()[0]
        if not killed and done["connections cut"] > 4 and (workers := children_of(server)):
            os.kill(workers[-1], signal.SIGKILL)
            killed, done["workers killed"] = True, 1
        sleep(0.1)
    connection.close()
    return done


def in_a_storm(port: int, server: int, racers: list, streets: list[int]) -> tuple[Counter, Counter]:
    over, damage = Event(), Counter()
    thread = Thread(target=lambda: damage.update(storm(server, over)))
    thread.start()
    try:
        answers, _ = race(port, racers, streets)
    finally:
        over.set()
        thread.join()
    return answers, damage


def deadlocks() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--storms", type=int, default=2)
    wanted = parser.parse_args()
    with own_database():
        racers, streets = make()
        with web_server() as (port, server):
            for number in range(wanted.rounds):
                forget_the_round()
                answers, seconds = race(port, racers, streets)
                made = check_tables(STREETS * CAP)
                assert answers["won"] == made, answers
                strange = [kind for kind in answers if kind.startswith(("status", "no answer", "refused"))]
                assert not strange, answers
                print(f"calm round {number + 1}: {made} pairings, {seconds:.2f} s, {dict(answers)}")
            for number in range(wanted.storms):
                forget_the_round()
                answers, damage = in_a_storm(port, server, racers, streets)
                made = check_tables(None)
                print(f"storm {number + 1}: {made} pairings, {dict(damage)}, {dict(answers)}")
                assert damage["connections cut"] and damage["workers killed"], "the storm did nothing"
                assert answers["won"] <= made, "a claim that was confirmed is not there"
                sleep(3)
                answers, _ = race(port, racers, streets)
                check_tables(STREETS * CAP)
                print(f"  and once more in calm: all {STREETS * CAP} places are taken, {dict(answers)}")
        assert deadlocks() == 0, "a deadlock"
    print("nothing oversold, nothing half written, no deadlock")


if __name__ == "__main__":
    main()
