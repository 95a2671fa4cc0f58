"""Attacks on the sign-in by CAS, and servers that are broken, hostile or gone."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from members.campus import http
from members.models import CampusLink, User
from tests.campuses import JH, configure_campuses
from tests.members.campus.conftest import come_back, enter_by_cas, leave
from tests.members.campus.test_cas import assert_refused, is_signed_in

# --- the ticket and the state


def test_a_callback_address_works_once(cas, world, client):
    address = _get_callback(client, cas, "2018010001", "张伟")
    assert come_back(client, address).status_code == 302
    client.logout()
    assert come_back(client, address).status_code == 401
    assert is_signed_in(client) is None


def test_a_ticket_that_a_broken_server_accepts_again_is_refused(cas, world, client):
    address = _get_callback(client, cas, "2018010001", "张伟")
    ticket = parse_qs(urlsplit(address).query)["ticket"][0]
    kept = cas.tickets[ticket]
    come_back(client, address)
    client.logout()
    again = parse_qs(urlsplit(leave(client)).query)["service"][0]
    cas.tickets[ticket] = (kept[0], again, True)
    answer = come_back(client, f"{again}&ticket={ticket}")
    assert_refused(answer, client, "凭证已经用过")


def test_the_ticket_of_another_browser_is_refused(cas, world, client, client_of):
    address = _get_callback(client, cas, "2018010001", "张伟")
    victim = client_of(None)
    assert come_back(victim, address).status_code == 401
    other = parse_qs(urlsplit(leave(victim)).query)["service"][0]  # with a state of its own
    ticket = parse_qs(urlsplit(address).query)["ticket"][0]
    assert come_back(victim, f"{other}&ticket={ticket}").status_code == 401
    assert is_signed_in(victim) is None


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=ST-1", "?state=x&ticket=ST-1", "?state=&ticket="])
def test_an_answer_without_a_state_is_a_chinese_page(cas, client, query):
    answer = client.get(reverse("campus_callback", args=["JH"]) + query)
    assert answer.status_code == 401
    assert "校园登录没有成功" in answer.content.decode()


def _get_callback(client, cas, user, name, **form) -> str:
    cas.people[user] = {"cn": name}
    return cas.sign_in(user, parse_qs(urlsplit(leave(client, **form)).query)["service"][0])


# --- hostile and broken servers

SUCCESS = (
    "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationSuccess>{}"
    "</cas:authenticationSuccess></cas:serviceResponse>"
)
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "2018010001">'
    + "".join(f'<!ENTITY a{n} "{"&a;" if n == 1 else f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
HOSTILE = {
    "nothing": b"",
    "no XML": b"<html><p>502 Bad Gateway",
    "no child": b"<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'/>",
    "no user": SUCCESS.format("").encode(),
    "an empty user": SUCCESS.format("<cas:user/>").encode(),
    "blank user": SUCCESS.format("<cas:user> </cas:user>").encode(),
    "a huge user": SUCCESS.format(f"<cas:user>{'x' * 5000}</cas:user>").encode(),
    "a bomb of entities": (BOMB + SUCCESS.format("<cas:user>&a11;</cas:user>")).encode(),
    "an outside entity": (
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SUCCESS.format("<cas:user>&a;</cas:user>")
    ).encode(),
    "a bomb in UTF-16": (BOMB + SUCCESS.format("<cas:user>&a11;</cas:user>")).encode("utf-16"),
    "too many bytes": SUCCESS.format(
        f"<cas:user>1</cas:user><cas:attributes>{'<cas:a>1</cas:a>' * 9000}</cas:attributes>"
    ).encode(),
    "far too many bytes": b" " * (http.LARGEST_ANSWER + 1),
    "text in another encoding": SUCCESS.format("<cas:user>张伟</cas:user>").encode("gbk"),
    "another namespace": b"<a><authenticationSuccess><user>2018010001</user></authenticationSuccess></a>",
    "a failure": b"<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationFailure code='INVALID_TICKET'>x</cas:authenticationFailure></cas:serviceResponse>",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_answer_is_a_chinese_page(cas, world, client, case):
    cas.answer = HOSTILE[case]
    began = time.monotonic()
    answer = enter_by_cas(client, cas, "2018010001", name="张伟")
    assert time.monotonic() - began < 3
    assert answer.status_code == 401
    assert "校园登录没有成功" in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    assert is_signed_in(client) is None
    assert not User.objects.filter(member=world.registered).exists()


def test_huge_attributes_are_dropped(cas, world, client):
    answer = enter_by_cas(client, cas, "2018010001", name="张" * 5000)
    assert_refused(answer, client, "等待学院核对", "未提供")
    assert CampusLink.objects.get().name == ""


def test_a_server_that_hangs_is_a_chinese_page_within_the_limit(cas, world, client, monkeypatch):
    assert http.SECONDS == 5
    monkeypatch.setattr(http, "SECONDS", 1)
    cas.wait = 4
    address = _get_callback(client, cas, "2018010001", "张伟")
    began = time.monotonic()
    answer = come_back(client, address)
    assert time.monotonic() - began < 2.5
    assert answer.status_code == 401
    assert "对方暂时没有回应" in answer.content.decode()


def test_a_server_that_is_gone_is_a_chinese_page(cas, world, client, settings):
    there = leave(client)
    configure_campuses(settings, {"JH": {"kind": "cas", "server": "http://127.0.0.1:9/cas", **JH}})
    state = parse_qs(urlsplit(parse_qs(urlsplit(there).query)["service"][0]).query)["state"][0]
    answer = client.get(reverse("campus_callback", args=["JH"]), {"state": state, "ticket": "ST-1"})
    assert (answer.status_code, "校园登录没有成功" in answer.content.decode()) == (401, True)


# --- where the way leads


@pytest.mark.parametrize(
    "following", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_no_sign_in_leads_to_another_site(cas, world, client, following):
    answer = enter_by_cas(client, cas, "2018010001", name="张伟", next=following)
    assert answer["Location"] == "/"


def test_a_sign_in_leads_where_it_was_asked(cas, world, client):
    answer = enter_by_cas(client, cas, "2018010001", name="张伟", next="/messages/?state=unread")
    assert answer["Location"] == "/messages/?state=unread"


def test_a_link_shows_a_button_and_starts_nothing(cas, client):
    answer = client.get(reverse("campus_login", args=["JH"]))
    assert answer.status_code == 200
    assert "前往登录" in answer.content.decode()
    assert "socialaccount_states" not in client.session


def test_nobody_starts_a_sign_in_from_another_site(cas, client):
    client.handler.enforce_csrf_checks = True
    assert client.post(reverse("campus_login", args=["JH"])).status_code == 403


@pytest.mark.parametrize("code", ["BH", "XX", "jh"])
def test_a_school_without_a_campus_has_no_such_address(cas, client, code):
    for name in ("campus_login", "campus_callback"):
        assert client.get(reverse(name, args=[code])).status_code == 404
