"""The portal's own address, for commands that print it on paper.

`./portal manage` gives the port of the running portal as PORTAL_PORT, so that the printed address opens it.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError, CommandParser


def add_origin_argument(parser: CommandParser) -> None:
    """Add the option --origin to a command."""
    parser.add_argument(
        "--origin",
        metavar="https://HOST",
        help="the portal's address; default: the first of ALLOWED_HOSTS, or this machine outside production",
    )


def get_origin(given: str | None) -> str:
    """Return the portal's address without a path; raises CommandError if it is none."""
    first = settings.ALLOWED_HOSTS[0]
    known = f"https://{first}" if settings.PRODUCTION else f"http://{first}:{settings.PORTAL_PORT}"
    parts = urlsplit(given or known)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.hostname.startswith((".", "*")):
        raise CommandError("请用 --origin 写明平台的网址，例如 https://zy.example.edu.cn。")
    return f"{parts.scheme}://{parts.netloc}"
