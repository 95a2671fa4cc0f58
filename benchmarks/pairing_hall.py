"""A thousand open halls: their cost for the database, and how soon a claim appears in them (三(三)).

    python benchmarks/pairing_hall.py [--viewers 10 100 1000] [--seconds 20]

Each viewer asks for the places left every three seconds, as the page does. Meanwhile the script counts two
figures of the database. First the hall's queries, exactly, as scans of the table of streets: each query makes
the same number of scans (tried before and after with the script's own queries). Second all transactions:
besides the queries these are the web server's checks of its connection, one for each query, and the
database's own upkeep. It also measures the processor time of the web server and of the simulated viewers,
since all run on one machine. Needs DATABASE_URL and REDIS_URL; makes a database of its own and drops it.
"""

import argparse
import asyncio
import re
import sys
from collections import Counter
from dataclasses import astuple, dataclass
from os import sysconf, times
from pathlib import Path
from statistics import quantiles
from threading import Thread
from time import perf_counter, sleep

from portal_server import (
    HOST,
    Browser,
    create_own_database,
    list_children,
    open_school,
    run_web_server,
    sign_in,
)

POLL_SECONDS = 3
STREETS = 331
LATEST = 5.0


def make_hall() -> tuple[str, int, str]:
    """Make a school with an open hall and the city's 331 streets; return (session, street, code)."""
    from django.db import connection

    from members.models import Street

    Street.objects.bulk_create(
        Street(district=f"第{n % 16}区", name=f"第{n}街道", kind="urban" if n % 3 else "suburban")
        for n in range(STREETS)
    )
    (_, user, code), *_ = open_school(0, 10)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # so that the plan of the query does not change during the count
    return sign_in(user), Street.objects.filter(kind="urban").earliest("pk").pk, code


@dataclass(frozen=True)
class Work:
    """The work up to now: scans and transactions of the database, and seconds of processor time."""

    scans: int
    transactions: int
    server_seconds: float
    own_seconds: float

    @classmethod
    def measure(cls, server: int = 0) -> "Work":
        from django.db import connection

        sleep(11)  # an idle process of PostgreSQL holds its last figures back for up to ten seconds
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT seq_scan + idx_scan, xact_commit FROM pg_stat_user_tables, pg_stat_database"
                " WHERE relname = 'members_street' AND datname = current_database()"
            )
            return cls(*cursor.fetchone(), read_processor_seconds(server), sum(times()[:2]))

    def __sub__(self, other: "Work") -> "Work":
        return Work(*(mine - theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def read_processor_seconds(server: int) -> float:
    """Return the seconds of processor time of the web server's processes up to now."""
    found = 0
    for pid in (server, *list_children(server)) if server else ():
        user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        found += int(user) + int(system)
    return found / sysconf("SC_CLK_TCK")


def count_scans_per_question(year: int, questions: int = 5) -> int:
    """Return how many scans of the table of streets one query of the hall makes; the script tries some."""
    from django.db import connection

    from pairing.queries.hall import HALL

    before = Work.measure()
    with connection.cursor() as cursor:
        for _ in range(questions):
            cursor.execute(HALL, {"id": year})
    scans, rest = divmod((Work.measure() - before).scans, questions)
    assert scans > 0, "the question does not show in the figures of the database"
    assert rest == 0, "the question does not always make the same number of scans"
    return scans


async def ask(port: int, path: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(None, 2)[1]), body


class Crowd:
    """Viewers of one hall; notes statuses, durations of answers, and when each viewer first saw the claim."""

    def __init__(self, port: int, path: str, street: int):
        self.port, self.path = port, path
        self.sign = re.compile(rf'data-street="{street}"\s+data-left="4"'.encode())
        self.statuses: Counter = Counter()
        self.took: list[float] = []
        self.saw: list[float] = []

    async def view(self, wait: float, until: float) -> None:
        version, seen = "", False
        await asyncio.sleep(wait)
        while perf_counter() < until:
            began = perf_counter()
            status, body = await ask(self.port, f"{self.path}?v={version}")
            self.took.append(perf_counter() - began)
            self.statuses[status] += 1
            if found := re.search(rb'data-version="(\w+)"', body):
                version = found.group(1).decode()
                if not seen and self.sign.search(body):
                    seen = True
                    self.saw.append(perf_counter())
            await asyncio.sleep(max(0.0, POLL_SECONDS - (perf_counter() - began)))

    def watch(self, viewers: int, seconds: float) -> None:
        async def watch_all() -> None:
            until = perf_counter() + seconds
            await asyncio.gather(*(self.view(POLL_SECONDS * n / viewers, until) for n in range(viewers)))

        asyncio.run(watch_all())


def time_until_claim_is_seen(
    port: int, path: str, street: int, viewers: int, browser: Browser, code: str
) -> float:
    """Return the seconds from a claim's answer until the last viewer sees it."""
    crowd = Crowd(port, path, street)
    thread = Thread(target=crowd.watch, args=(viewers, 15))
    thread.start()
    sleep(5)
    browser.close()  # the server has closed the idle connection meanwhile
    status, _, location = browser.post("/hall/claim/", street=street, code=code)
    claimed = perf_counter()
    thread.join()
    assert status == 302 and location.startswith("/hall/claimed/"), (status, location)
    assert len(crowd.saw) == viewers, f"{len(crowd.saw)} of {viewers} viewers saw the claim"
    waits = sorted(seen - claimed for seen in crowd.saw)
    print(f"half of the viewers saw the claim after {waits[len(waits) // 2]:.1f} s")
    return waits[-1]


def count_crowd(port: int, server: int, path: str, street: int, wanted: argparse.Namespace) -> None:
    """Print a line for each number of viewers: its requests and their cost."""
    from members.models import ServiceYear

    year = ServiceYear.objects.get().pk
    per_question = count_scans_per_question(year)
    print("viewers  requests/s  questions/s  transactions/s  server CPU  own CPU  median ms  p95 ms  answers")
    for viewers in wanted.viewers:
        crowd = Crowd(port, path, street)
        before, began = Work.measure(server), perf_counter()
        crowd.watch(viewers, wanted.seconds)
        spent = perf_counter() - began
        work, cuts = Work.measure(server) - before, quantiles(crowd.took, n=20)
        print(
            f"{viewers:7}  {len(crowd.took) / spent:10.1f}  {work.scans / per_question / spent:11.2f}"
            f"  {work.transactions / spent:14.2f}  {work.server_seconds / spent:10.0%}"
            f"  {work.own_seconds / spent:7.0%}  {1000 * cuts[9]:9.1f}  {1000 * cuts[18]:6.1f}"
            f"  {dict(crowd.statuses)}"
        )
        assert set(crowd.statuses) <= {200, 204}, crowd.statuses
    assert count_scans_per_question(year) == per_question, "the plan of the question changed meanwhile"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--seconds", type=float, default=20)
    wanted = parser.parse_args()
    with create_own_database(), run_web_server() as (port, server):
        session, street, code = make_hall()
        browser = Browser(port, session)
        status, page, _ = browser.get("/hall/")
        found = re.search(r'hx-get="(/hall/places/[^"]+)"', page.decode())
        if status != 200 or not found:
            sys.exit(f"The hall answered {status}.")
        path = found.group(1)
        count_crowd(port, server, path, street, wanted)
        seconds = time_until_claim_is_seen(port, path, street, wanted.viewers[-1], browser, code)
        print(f"a claim was seen by all {wanted.viewers[-1]} viewers after {seconds:.1f} s")
        assert seconds <= LATEST


if __name__ == "__main__":
    main()
