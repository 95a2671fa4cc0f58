"""Shared parts of the benchmarks: a temporary database, the real web server, signed-in clients.

Needs DATABASE_URL and REDIS_URL of running servers. The database named there only serves to make another one
on the same server, which is dropped at the end.
"""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import django
import psycopg2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
HOST = "127.0.0.1"
CSRF = secrets.token_hex(16)


@contextmanager
def create_own_database() -> Iterator[str]:
    """Yield the name of a new, migrated database with Django set up on it, and drop it at the end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "volunteer_portal.settings")
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = f"portal_benchmark_{os.getpid()}"
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection, connections

    given = settings.DATABASES["default"]
    admin = psycopg2.connect(
        host=given["HOST"] or None, user=given["USER"], password=given["PASSWORD"] or None,
        port=given["PORT"] or None, dbname=given["NAME"],
    )  # fmt: skip
    admin.autocommit = True
    admin.cursor().execute(f"CREATE DATABASE {name}")
    try:
        connection.settings_dict["NAME"] = name
        os.environ["DATABASE_URL"] = f"{base}/{name}"
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        yield name
    finally:
        connections.close_all()
        admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.close()


@contextmanager
def run_web_server(workers: int = 2) -> Iterator[tuple[int, int]]:
    """Yield (port, process id) of granian with the portal; granian restarts a worker that dies."""
    port = _find_free_port()
    log = os.open(os.environ.get("BENCHMARK_LOG", os.devnull), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    server = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", HOST,
            "--port", str(port), "--workers", str(workers), "--blocking-threads", "8",
            "--respawn-failed-workers", "--no-access-log", "--no-ws", "volunteer_portal.wsgi:application",
        ],
        cwd=ROOT, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        _wait_until_it_answers(port)
        yield port, server.pid
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
        os.close(log)


def list_children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


class Browser:
    """A signed-in person's connection. Returns the answer's status, body and redirect location."""

    def __init__(self, port: int, session: str = ""):
        self.port, self.session, self.connection = port, session, None

    def get(self, path: str) -> tuple[int, bytes, str]:
        return self._ask("GET", path)

    def post(self, path: str, **data) -> tuple[int, bytes, str]:
        return self._ask("POST", path, urlencode(data | {"csrfmiddlewaretoken": CSRF}))

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes, str]:
        """Send a request; status 0 means that the connection broke before an answer."""
        headers = {"Host": "localhost"}
        if self.session:
            headers["Cookie"] = f"sessionid={self.session}; csrftoken={CSRF}"
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection = self.connection or http.client.HTTPConnection(HOST, self.port, timeout=30)
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read(), answer.getheader("Location", "")
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, b"", ""

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


def sign_in(user) -> str:
    """Make a session of the user, as signing in would, and return its key."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.cached_db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def open_school(number: int, colleges: int) -> list[tuple[object, object, str]]:
    """Make a school with an open hall and colleges with an urban code each: [(college, secretary, code)]."""
    from django.utils import timezone

    from members.models import College, Grant, User
    from members.services.schools import create_school
    from pairing.models import PairingCode

    now = timezone.now()
    school, _ = create_school(code=f"B{number}", name=f"测速大学{number}", year=timezone.localdate().year)
    year = school.years.get()
    year.pairing_opens_at, year.pairing_closes_at = now - timedelta(hours=1), now + timedelta(hours=1)
    year.streets_shared = True
    year.save()
    made = []
    for place in range(colleges):
        college = College.objects.create(school=school, name=f"第{place}学院")
        user = User.objects.create_user(
            f"b{number}c{place}", school=school, number=f"b{number}c{place}", name="测速"
        )
        Grant.objects.create(user=user, role="college_secretary", college=college, starts_on=date(2018, 1, 1))
        code = PairingCode.objects.create(
            year=year, code=f"B{number}C{place:04d}", kind="urban", state="handed_out", college=college,
            handed_at=now,
        )  # fmt: skip
        made.append((college, user, code.code))
    return made


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _wait_until_it_answers(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if Browser(port).get("/healthz")[0] == 200:
            return
        time.sleep(0.2)
    raise SystemExit("The web server does not answer.")
