"""The one way in which the portal asks a campus or WeChat something: briefly, and no more than a little."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import requests
from allauth.socialaccount.providers.base import ProviderException
from django.core.exceptions import ImproperlyConfigured
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

SECONDS = 5  # without an answer or a part of it
LARGEST_ANSWER = 256 * 1024  # bytes


class BriefAdapter(HTTPAdapter):
    """Read the whole answer within the time, and refuse one that is too large."""

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        ends = time.monotonic() + SECONDS
        response = super().send(
            request, stream=True, timeout=SECONDS, verify=verify, cert=cert, proxies=proxies
        )
        try:
            response.raw = BytesIO(_read_body(response.raw, ends))
        except HTTPError as problem:
            raise requests.ConnectionError(problem, request=request) from problem
        return response


def _read_body(raw, ends: float) -> bytes:
    """Return the body; `read1` waits for the next part only, so an answer that drips cannot hold a worker."""
    body = bytearray()
    while part := raw.read1(64 * 1024):
        body += part
        if len(body) > LARGEST_ANSWER:
            raw.close()
            raise requests.exceptions.ContentDecodingError(f"more than {LARGEST_ANSWER} bytes")
        if time.monotonic() > ends:
            raw.close()
            raise requests.ReadTimeout(f"no whole answer within {SECONDS} s")
    raw.close()
    return bytes(body)


class BriefSession(requests.Session):
    """A session of requests that follows no redirect and asks for plain, uncompressed answers."""

    def __init__(self):
        super().__init__()
        self.headers["Accept-Encoding"] = "identity"
        for scheme in ("https://", "http://"):
            self.mount(scheme, BriefAdapter())

    def send(self, request, **kwargs):
        response = super().send(request, **kwargs | {"allow_redirects": False})
        if response.is_redirect:
            raise requests.TooManyRedirects(f"{response.url} redirects", response=response)
        return response


@contextmanager
def refuse_bad_answers() -> Iterator[None]:
    """Turn what an answer of another shape breaks into ProviderException: then allauth shows its error page."""
    try:
        yield
    except requests.RequestException:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, SyntaxError, ImproperlyConfigured) as problem:
        raise ProviderException(f"The campus gave an answer that we cannot use: {problem!r}") from problem
