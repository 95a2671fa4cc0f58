"""Production refuses unsafe settings; the portal reports whether it is alive and ready."""

import json
import os
import subprocess
import sys

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone

from volunteer_portal import health
from volunteer_portal.settings import BASE_DIR

PRODUCTION = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "k7" * 30,
    "ALLOWED_HOSTS": "portal.example.edu.cn",
    "DATABASE_URL": "postgres://portal@127.0.0.1:1/portal",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
READ = (
    "import json; from volunteer_portal import settings as s;"
    "print(json.dumps({name: getattr(s, name, None) for name in dir(s) if name.isupper()}, default=str))"
)


def start_process(*, code: str = READ, **environment: str) -> subprocess.CompletedProcess:
    """Run code in a new process with this environment alone, because settings are read once."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        env=inherited | environment,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def read_settings(**environment: str) -> dict:
    done = start_process(**environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- production


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "local-only-not-a-secret-" + "0" * 40}, "SECRET_KEY"),
        ({"DEBUG": "true"}, "DEBUG"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "portal.example.edu.cn,*"}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"REDIS_URL": ""}, "REDIS_URL"),
        ({"PORTAL_ENV": "prod"}, "PORTAL_ENV"),
    ],
)
def test_production_refuses(changes, reason):
    done = start_process(**(PRODUCTION | changes))
    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert reason in done.stderr.splitlines()[-1]


def test_production_is_strict():
    read = read_settings(**PRODUCTION)
    assert read["DEBUG"] is False
    assert read["SESSION_COOKIE_SECURE"] and read["CSRF_COOKIE_SECURE"] and read["SECURE_SSL_REDIRECT"]
    assert read["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert read["LOGGING"]["handlers"]["console"]["formatter"] == "json"


def test_former_keys_come_from_the_environment():
    assert read_settings(**PRODUCTION)["SECRET_KEY_FALLBACKS"] == []
    read = read_settings(**PRODUCTION, SECRET_KEY_FALLBACKS=f"{'a1' * 30},{'b2' * 30}")
    assert read["SECRET_KEY_FALLBACKS"] == ["a1" * 30, "b2" * 30]


def test_a_laptop_needs_no_environment():
    read = read_settings()
    assert (read["PORTAL_ENV"], read["DEBUG"]) == ("local", False)
    assert read["PORTAL_VAR"] == str(BASE_DIR / "var")
    assert "*" not in read["ALLOWED_HOSTS"]


def test_the_content_policy_lets_nothing_from_elsewhere_in():
    policy = read_settings(**PRODUCTION)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]


def test_logs_of_production_are_json_with_the_id_of_the_request():
    code = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "volunteer_portal.settings"
import django, logging; django.setup()
from django.http import HttpResponse
from django.test import RequestFactory
from volunteer_portal.logs import RequestIdMiddleware
def answer(request):
    logging.getLogger("portal.test").warning("团员 %s", 1)
    return HttpResponse()
request = RequestFactory().get("/", headers={"X-Request-ID": "forged"})
print(RequestIdMiddleware(answer)(request)["X-Request-ID"])
"""
    done = start_process(code=code, **PRODUCTION)
    request_id = done.stdout.strip()
    line = json.loads(done.stderr.splitlines()[-1])
    assert (line["message"], line["level"], line["logger"]) == ("团员 1", "WARNING", "portal.test")
    assert line["request_id"] == request_id
    assert len(request_id) == 32


# --- alive and ready


def test_every_answer_carries_an_id_of_its_own(client):
    first, second = client.get("/healthz"), client.get("/healthz")
    assert first["X-Request-ID"] != second["X-Request-ID"]


def test_alive_asks_nobody(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_when_beat_was_heard(db, client, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    health.beat_heard()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok", "database": "ok", "cache": "ok", "worker": "ok", "beat_age_seconds": 0,
        "parked_imports_24h": 0,
    }  # fmt: skip


def test_not_ready_before_beat_was_heard(db, client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json()["worker"], answer.json()["beat_age_seconds"]) == ("silent", None)


@pytest.mark.parametrize(("age", "status"), [(119, 200), (125, 503)])
def test_beat_may_be_silent_for_two_minutes(db, client, time_machine, age, status):
    time_machine.move_to(timezone.now(), tick=False)
    cache.set(health.BEAT_KEY, timezone.now().timestamp() - age, None)
    assert client.get("/readyz").status_code == status


def test_not_ready_without_the_database(db, client, monkeypatch):
    class Gone:
        def cursor(self):
            raise DatabaseError("gone")

    health.beat_heard()
    monkeypatch.setattr(health, "connection", Gone())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")


def test_not_ready_without_the_cache(db, client, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/valkey.sock"}}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["cache"]) == (503, "unreachable")
    assert answer.json()["worker"] == "unknown"
