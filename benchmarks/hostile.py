"""Ten hostile uploads are read while 64 colleges race for a street and people check in: nobody honest is disturbed.

    python benchmarks/hostile.py [--people 400] [--seconds 60] [--uploads 10]

The same minute of check-in, with a race every few seconds, runs twice on one web server with one worker: first alone,
then while a secretary uploads hostile workbooks through the page 导入. Prints the times of both, and fails on any error of an honest
request, on an upload that is not refused, and on a worker that has died. Needs DATABASE_URL and REDIS_URL; makes a
database of its own and drops it.
"""

import argparse
import os
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from threading import Thread
from time import monotonic, sleep

import attendance
import pairing_race
from portal_server import CSRF, HOST, ROOT, create_own_database, run_web_server

from tests.members.hostile_files import HOSTILE

CHOSEN = (
    "a far cell", "a space in the reference", "290 MB of small cells", "290 MB of one text", "290 MB of shared texts",
    "many merged cells", "lines of a thousand commas", "different cells", "an old workbook with a far row",
    "290 MB of empty cells",
)  # fmt: skip
PATIENCE = 300


@contextmanager
def run_worker():
    """Run a Celery worker with two processes, as the launcher does; yield it."""
    worker = subprocess.Popen(
        [str(Path(sys.executable).with_name("celery")), "-A", "volunteer_portal", "worker", "-c", "2", "-l", "WARNING"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ.copy(),
    )  # fmt: skip
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(60)


def upload(port: int, session: str, content: bytes, name: str) -> int:
    """Send the file through the page 导入 and return the status of the answer."""
    edge = "benchmark-edge"
    fields = {"csrfmiddlewaretoken": CSRF, "kind": "roster"}
    body = b"".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    )
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    body += (
        f"{head}Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + f"\r\n--{edge}--\r\n".encode()
    )
    connection = HTTPConnection(HOST, port, timeout=60)
    connection.request(
        "POST", "/imports/new/", body,
        {
            "Host": "localhost", "Cookie": f"sessionid={session}; csrftoken={CSRF}",
            "Content-Type": f"multipart/form-data; boundary={edge}",
        },
    )  # fmt: skip
    return connection.getresponse().status


def attend(port: int, wanted, school: int, wrong: list[str]) -> None:
    """Let the people of a new school check in within the minute; print the times, and note what went wrong."""
    from django.db import connection

    busy, foreign, organiser, people, cheats = attendance.make_attendance(wanted.people, school)
    screens = [attendance.Screen(port, activity.pk, organiser) for activity in (busy, foreign)]
    for screen in screens:
        screen.turn_to("in")
        screen.start()
    crowd = attendance.Crowd(port, busy.pk, *screens)
    crowd.run_visits(people, cheats, wanted.seconds)
    attendance.report_times(crowd, "in")
    for screen in screens:
        screen.over.set()
    wrong += crowd.wrong + attendance.judge_database(busy.pk, wanted.people, "in")
    wrong += [f"{n} × {status}" for status, n in crowd.statuses.items() if not 200 <= status < 500]
    connection.close()


def run_round(port: int, wanted, racers: list, streets: list[int], school: int) -> list[str]:
    """Let people check in, and the colleges race again and again during that minute; return what went wrong."""
    wrong: list[str] = []
    minute = Thread(target=attend, args=(port, wanted, school, wrong))
    minute.start()
    times: list[float] = []
    while minute.is_alive() or not times:
        pairing_race.forget_the_round()
        answers, told, seconds = pairing_race.race(port, racers, streets)
        paired = pairing_race.check_tables(pairing_race.STREETS * pairing_race.CAP)
        times.append(seconds)
        strange = pairing_race.list_strange(answers)
        strange += [kind for kind in (pairing_race.SILENT, pairing_race.BROKEN) if answers[kind]]
        wrong += [f"race: {answers[kind]} × {kind}" for kind in strange]
        wrong += [] if told == paired else ["a college was told otherwise than the tables say"]
        minute.join(wanted.pause)
    print(f"races: {len(times)}, median {median(times):.2f} s, longest {max(times):.2f} s", flush=True)
    return wrong


def await_refusals(count: int) -> list[str]:
    """Wait until every upload has an end, and return those that were neither refused nor dropped."""
    from members.models import ImportRun

    until = monotonic() + PATIENCE
    while ImportRun.objects.filter(state="reading").exists() and monotonic() < until:
        sleep(0.5)
    runs = ImportRun.objects.order_by("pk")
    for run in runs:
        took = (run.updated_at - run.created_at).total_seconds()
        print(f"{run.filename}: {run.state} after {took:.1f} s {run.problem[:40]}")
    left = [f"{run.filename}: {run.state}" for run in runs if run.state != "failed"]
    return left + ([] if len(runs) == count else [f"{len(runs)} uploads instead of {count}"])


def run_siege(wanted) -> list[str]:
    """Run the same round alone and under uploads; return what went wrong."""
    racers, streets = pairing_race.make_race()
    files = [(f"{name}.{HOSTILE[name][1]}", HOSTILE[name][0]()) for name in CHOSEN[: wanted.uploads]]
    statuses: list[int | str] = []

    def send(content: bytes, name: str) -> None:
        try:
            statuses.append(upload(port, racers[0][1], content, name))
        except (OSError, HTTPException) as error:
            statuses.append(type(error).__name__)

    with run_web_server() as (port, _), run_worker() as worker:
        print("alone", flush=True)
        problems = run_round(port, wanted, racers, streets, 50)
        print(f"while {len(files)} hostile files are read", flush=True)
        senders = [Thread(target=send, args=(content, name)) for name, content in files]
        for sender in senders:
            sender.start()
        problems += run_round(port, wanted, racers, streets, 51)
        for sender in senders:
            sender.join()
        problems += [f"upload answered {status}" for status in statuses if status != 302]
        problems += await_refusals(len(files))
        if worker.poll() is not None:
            problems.append("the worker has died")
    return problems


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--people", type=int, default=400)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--uploads", type=int, default=10)
    options.add_argument("--pause", type=float, default=6, help="seconds between two races")
    wanted = options.parse_args()
    os.environ["PORTAL_ENV"] = "local"  # in `test` the web server itself would do the worker's tasks
    with create_own_database():
        problems = run_siege(wanted)
    if problems:
        raise SystemExit("\n".join(problems[:20]))
    print("Nobody honest got an error; every hostile file was refused.")


if __name__ == "__main__":
    main()
