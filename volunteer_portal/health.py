"""Health checks of the portal and of the services that it needs.

`/healthz` answers as long as the process runs; `/readyz` names the state of each part. Both need no sign-in
and show nothing about people.
"""

from datetime import timedelta

from celery import shared_task
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from redis import RedisError

from members.models import ImportRun
from members.permissions import allow

BEAT_KEY = "health:beat"
BEAT_SILENCE_SECONDS = 120  # beat calls every 30 s; four missed calls are a fault


@shared_task(name="volunteer_portal.health.beat_heard", expires=60)
def beat_heard() -> None:
    """Record the time at which beat sent and a worker ran this task: it shows that both are running."""
    cache.set(BEAT_KEY, timezone.now().timestamp(), None)


@allow("public")
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process runs."""
    return JsonResponse({"status": "ok"})


@allow("public")
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer with the state of database, cache and worker; status 503 unless all are ok."""
    parts: dict[str, str | int | None] = {
        "database": _check_database(),
        "cache": _check_cache(),
        "worker": "unknown",
        "beat_age_seconds": None,
        "parked_imports_24h": None,
    }
    if parts["cache"] == "ok":
        last = cache.get(BEAT_KEY)
        age = None if last is None else int(timezone.now().timestamp() - last)
        parts["beat_age_seconds"] = age
        parts["worker"] = "ok" if age is not None and age <= BEAT_SILENCE_SECONDS else "silent"
    if parts["database"] == "ok":
        parts["parked_imports_24h"] = ImportRun.objects.parked_since(
            timezone.now() - timedelta(days=1)
        ).count()
    ready = all(parts[name] == "ok" for name in ("database", "cache", "worker"))
    return JsonResponse({"status": "ok" if ready else "not ready", **parts}, status=200 if ready else 503)


def _check_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _check_cache() -> str:
    try:
        cache.set("health:cache", 1, 10)
        return "ok" if cache.get("health:cache") == 1 else "unreachable"
    except (RedisError, OSError):
        return "unreachable"
