"""Kill -9 the worker in the middle of imports: each is whole or absent, none goes in twice, none hangs.

    DATABASE_URL=… REDIS_URL=… python benchmarks/kills.py [--imports 20] [--rows 1500] [--seed 1]

A real Celery worker takes rosters of new people, lists of volunteers and files of hours in turn. At a random moment of
the reading or the writing the whole worker, or only the process that has the task, is killed; then a worker starts
and the message is delivered again, at random twice. An import that is killed twice must be parked with its reason.
At every kill, when nothing more is written, the tables must hold all rows of the file or none; at the end the history
must hold each row once. Makes a database of its own on the server that DATABASE_URL names, and drops it.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import monotonic, sleep

os.environ["PORTAL_ENV"] = "local"  # in `test` this process itself would do the worker's tasks
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from portal_server import ROOT, create_own_database, list_children

PATIENCE = 90


class Worker:
    """A Celery worker with one process for tasks."""

    def __init__(self):
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        celery = str(Path(sys.executable).with_name("celery"))
        log = os.open(os.environ.get("BENCHMARK_LOG", os.devnull), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.process = subprocess.Popen(
            [celery, "-A", "volunteer_portal", "worker", "-c", "1", "-l", "WARNING", "--without-gossip",
             "--without-mingle"],
            cwd=ROOT, stdout=log, stderr=log, env=os.environ.copy(),
        )  # fmt: skip
        os.close(log)

    def list_processes(self) -> list[int]:
        return list_children(self.process.pid)

    def kill(self, whole: bool) -> None:
        """Kill the process that has the task; with `whole` the worker's main process before it."""
        children = self.list_processes()
        if whole:
            self.process.kill()
            self.process.wait()
        for child in children:
            os.kill(child, signal.SIGKILL)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)


class Siege:
    """Imports under kills, and what was seen."""

    def __init__(self, user, wanted):
        self.user, self.rows = user, wanted.rows
        self.chance, self.worker = random.Random(wanted.seed), Worker()
        self.seen: Counter = Counter()
        self.wrong: list[str] = []

    def run(self, kind: str, content: bytes, count) -> None:
        """Import one file with kills; `count` returns (rows in the tables, rows in the history)."""
        from members.models import ImportRun
        from members.transfer.services import imports
        from members.transfer.tasks import read_import, write_import

        run = imports.start_run(
            school=self.user.school, kind=kind, filename=f"{kind}.csv", content=content, user=self.user
        )
        kills = self.chance.choice((1, 1, 1, 2))
        of_writing = self.chance.random() < 0.7
        self.work_on(run, read_import, 0 if of_writing else kills, count)
        if run.state == ImportRun.State.PREVIEW:
            imports.confirm_run(run_id=run.pk, user=self.user, force=True)
            run.refresh_from_db()
            self.work_on(run, write_import, kills if of_writing else 0, count)
        self.judge(run, count)

    def work_on(self, run, task, kills: int, count) -> None:
        """Deliver the message, kill its worker so many times, and wait until the run leaves its state."""
        state, until = run.state, monotonic() + PATIENCE
        task.delay(run.pk)
        while kills and self.await_attempt(run, state):
            sleep(self.chance.uniform(0, 0.4))
            whole = self.chance.random() < 0.5
            self.worker.kill(whole)
            self.await_rollback()
            run.refresh_from_db()
            self.seen[f"kills in {state}" if run.state == state else "kills after the end"] += 1
            if (found := count()[0]) not in (0, self.rows):
                self.wrong.append(f"{run.kind} {run.pk}: {found} of {self.rows} rows after a kill")
            kills -= 1
            if whole:
                self.worker.start()
            for _ in range(self.chance.choice((1, 2))):
                task.delay(run.pk)  # as resume_imports does
        while run.state == state and monotonic() < until:
            sleep(0.1)
            run.refresh_from_db()

    def await_attempt(self, run, state: str) -> bool:
        """Wait until a worker begins with the run; return whether one did."""
        before, until = run.attempts, monotonic() + PATIENCE
        while run.state == state and run.attempts == before and monotonic() < until:
            sleep(0.01)
            run.refresh_from_db()
        return run.state == state and run.attempts > before

    def await_rollback(self) -> None:
        """Wait until no killed process's transaction is left in the database."""
        from django.db import connection

        until = monotonic() + PATIENCE
        while monotonic() < until:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL"
                )
                if not cursor.fetchone()[0]:
                    return
            sleep(0.02)

    def judge(self, run, count) -> None:
        """Note how the import ended, and what is wrong with it."""
        rows, events = count()
        self.seen[f"{run.kind}: {run.state}"] += 1
        parked = run.state == "failed" and "两次意外中止" in run.problem
        expected = {"done": self.rows}.get(run.state, 0 if parked else None)
        print(f"{run.pk} {run.kind}: {run.state}, {rows} rows, {events} in the history", flush=True)
        if (rows, events) != (expected, expected):
            self.wrong.append(
                f"{run.kind} {run.pk}: {run.state} {run.problem} with {rows} rows, {events} events"
            )


def make_files(lines: list[tuple], number: int, rows: int):
    """Yield (kind, content, function that counts) of each import; `lines` has enough people of both sorts."""
    from activities.models import ServiceRecord
    from benchmarks.hours import HEADER as HOURS_HEADER
    from benchmarks.hours import make_lines
    from benchmarks.imports import HEADER
    from members.models import Member

    people, events = Member.objects, Member.pgh_event_model.objects
    records, steps = ServiceRecord.objects, ServiceRecord.pgh_event_model.objects
    known = len(lines) // 2
    for place in range(number):
        part = slice(place * rows, (place + 1) * rows)
        if place % 3 == 0:
            new = lines[known:][part]
            numbers = {"student_no__in": [line[0] for line in new]}
            yield "roster", build_text(HEADER, new), make_count(people, events, numbers)
        elif place % 3 == 1:
            chosen = lines[:known][part]
            listed = [(f"V{line[0]}", line[1], line[7], "2018-10-01") for line in chosen]
            numbers = {"volunteer_no__in": [line[0] for line in listed]}
            content = build_text(("志愿者编号", "姓名", "手机号", "注册时间"), listed)
            yield "volunteers", content, make_count(people, events, numbers)
        else:
            names = {line[0]: line[1] for line in lines[:known][part]}
            served = make_lines(list(names), rows, 2018)
            hours = [[f"{place}{no}", who, names[who], *rest] for no, who, _, *rest in served]
            numbers = {"outside_no__in": [line[0] for line in hours]}
            yield "hours", build_text(HOURS_HEADER, hours), make_count(records, steps, numbers)


def build_text(header: tuple[str, ...], lines: list) -> bytes:
    from benchmarks.hours import build_file

    return build_file(header, [[str(cell) for cell in line] for line in lines])


def import_file(user, kind: str, content: bytes) -> None:
    """Import a file without a worker."""
    from members.transfer.services import imports
    from members.transfer.tasks import read_import, write_import

    run = imports.start_run(school=user.school, kind=kind, filename=f"{kind}.csv", content=content, user=user)
    read_import(run.pk)
    imports.confirm_run(run_id=run.pk, user=user, force=True)
    write_import(run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.problem


def make_count(rows, events, where: dict):
    """Return a function that counts the rows of a file in a table and in its history."""
    return lambda: (rows.filter(**where).count(), events.filter(**where).count())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--imports", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with create_own_database():
        from benchmarks.imports import HEADER, make_admin, make_roster_lines

        user = make_admin("A", "甲大学")
        lines = make_roster_lines(2 * wanted.imports * wanted.rows)
        import_file(user, "roster", build_text(HEADER, lines[: len(lines) // 2]))
        siege, begin = Siege(user, wanted), monotonic()
        siege.worker.start()
        try:
            for kind, content, count in make_files(lines, wanted.imports, wanted.rows):
                siege.run(kind, content, count)
        finally:
            siege.worker.stop()
    print(f"{dict(sorted(siege.seen.items()))} in {monotonic() - begin:.0f} s")
    if siege.wrong:
        raise SystemExit("\n".join(siege.wrong))
    print("Each import was whole or absent, none went in twice, none hung.")


if __name__ == "__main__":
    main()
