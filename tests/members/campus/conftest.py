"""Campuses in threads, and a browser that goes there and back."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.urls import reverse

from tests.campuses import BH, JH, configure_campuses
from tests.cas_server import CASServer, run_cas_server

CODE = "JH"


@pytest.fixture
def cas(world, settings):
    """京华大学 with a CAS 3 server; 北华大学 has no campus sign-in."""
    with run_cas_server() as server:
        configure_campuses(settings, {CODE: {"kind": "cas", "server": server.url, **JH}})
        yield server


@pytest.fixture
def both_cas(world, settings):
    """Both schools with one CAS server each."""
    with run_cas_server() as jh, run_cas_server() as bh:
        campuses = {
            "JH": {"kind": "cas", "server": jh.url, **JH},
            "BH": {"kind": "cas", "server": bh.url, **BH},
        }
        configure_campuses(settings, campuses)
        yield jh, bh


def leave(client, code: str = CODE, **form) -> str:
    """Press the button of the campus; return the address to which the browser goes."""
    answer = client.post(reverse("campus_login", args=[code]), form)
    assert answer.status_code == 302, answer.status_code
    return answer["Location"]


def come_back(client, address: str, **extra):
    """Open an address of the portal, to which the campus has sent the browser."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}", **extra)


def enter_by_cas(
    client, server: CASServer, user: str, *, number: str = "", name: str = "", code: str = CODE, **form
):
    """Sign in at the CAS server as a user with this name; return the portal's answer to the way back."""
    server.people[user] = {"cn": name} | ({"number": number} if number else {})
    there = leave(client, code, **form)
    asked = parse_qs(urlsplit(there).query)
    form_address = there
    back = requests.post(form_address, data={"username": user}, allow_redirects=False, timeout=5)
    assert asked["service"][0].startswith("http://testserver/")
    return come_back(client, back.headers["Location"])
