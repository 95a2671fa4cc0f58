"""Logs of production: one JSON object a line, each with the id of its request."""

import json
import logging
import uuid
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdMiddleware:
    """Gives each request an id that stands in its log lines and in its answer.

    Outermost, so that every later log line has it. An id from outside is not taken over: it would let a
    visitor write into the log.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = request_id.set(uuid.uuid4().hex)
        request.id = request_id.get()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.id
            return response
        finally:
            request_id.reset(token)


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": request_id.get(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def config(*, as_json: bool, level: str) -> dict:
    """Django's LOGGING: everything to the console, which the launcher or the system's journal keeps."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "volunteer_portal.logs.JsonFormatter"},
            "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "json" if as_json else "plain"}
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django": {"handlers": [], "propagate": True}},
    }
