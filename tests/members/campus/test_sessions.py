"""Sign-out on both sides."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.urls import reverse

from members.campus.middleware import FollowCampusSessions
from members.campus.sessions import KEY
from members.models import CampusSession
from members.views.home import home
from tests.campuses import JH, configure_campuses
from tests.cas_server import LOGOUT_REQUEST
from tests.factories import make_account
from tests.members.campus.conftest import come_back, enter_by_cas, leave
from tests.members.campus.test_cas import is_signed_in


def send_logout(client, ticket: str, code: str = "JH", **more):
    body = {"logoutRequest": LOGOUT_REQUEST.format(ticket=ticket)} | more
    return client.post(reverse("campus_callback", args=[code]), body)


def enter_with_ticket(client, cas, user: str, name: str) -> str:
    """Sign in and return the ticket."""
    cas.people[user] = {"cn": name}
    address = cas.sign_in(user, parse_qs(urlsplit(leave(client)).query)["service"][0])
    come_back(client, address)
    return parse_qs(urlsplit(address).query)["ticket"][0]


def is_inside(client) -> bool:
    return client.get(reverse("messages")).status_code == 200


def test_the_campus_ends_exactly_the_session_of_the_ticket(cas, world, client_of):
    desktop, phone, other = client_of(None), client_of(None), client_of(world.admin)
    ticket = enter_with_ticket(desktop, cas, "2018010001", "张伟")
    enter_with_ticket(phone, cas, "2018010001", "张伟")
    assert all(map(is_inside, (desktop, phone, other)))
    desktop.handler.enforce_csrf_checks = True
    server = client_of(None)
    server.handler.enforce_csrf_checks = True
    assert send_logout(server, ticket).status_code == 200
    assert [is_inside(client) for client in (desktop, phone, other)] == [False, True, True]


def test_the_campus_ends_a_session_before_its_first_request(cas, world, client, client_of):
    ticket = enter_with_ticket(client, cas, "2018010001", "张伟")
    send_logout(client_of(None), ticket)
    assert not is_inside(client)


def test_a_session_keeps_its_ticket_when_its_key_changes(cas, world, client, client_of):
    ticket = enter_with_ticket(client, cas, "2018010001", "张伟")
    assert is_inside(client)
    session = client.session
    session.cycle_key()
    session.save()
    client.cookies["sessionid"] = session.session_key
    assert is_inside(client)
    send_logout(client_of(None), ticket)
    assert not is_inside(client)


def test_a_ticket_of_another_campus_ends_nothing(both_cas, world, client, client_of):
    jh, _ = both_cas
    ticket = enter_with_ticket(client, jh, "2018010001", "张伟")
    assert send_logout(client_of(None), ticket, code="BH").status_code == 200
    assert is_inside(client)


def test_a_later_sign_in_by_password_in_the_same_browser_is_not_of_the_ticket(cas, world, client, client_of):
    ticket = enter_with_ticket(client, cas, "2018010001", "张伟")
    assert is_inside(client)
    client.post(reverse("account_logout"))
    client.force_login(world.member)
    send_logout(client_of(None), ticket)
    assert is_inside(client)


BOMB = '<!DOCTYPE x [<!ENTITY a "ST">]>' + LOGOUT_REQUEST.format(ticket="&a;")


@pytest.mark.parametrize("content", ["", "x", "<a/>", BOMB, "<" * 1000, LOGOUT_REQUEST.format(ticket=" ")])
def test_what_is_no_logout_request_ends_nothing(cas, client, content):
    answer = client.post(reverse("campus_callback", args=["JH"]), {"logoutRequest": content})
    assert answer.status_code == 400


def test_a_large_logout_request_is_not_read(cas, client):
    answer = send_logout(client, "ST", padding="x" * 20_000)
    assert answer.status_code == 413


def test_an_openid_campus_takes_no_cas_logout(world, client, settings):
    given = {"kind": "oidc", "server": "http://127.0.0.1:9", "client_id": "portal", **JH}
    configure_campuses(settings, {"JH": given})
    assert send_logout(client, "ST-1").status_code == 400


def test_no_ticket_is_stored_readably(cas, world, client):
    ticket = enter_with_ticket(client, cas, "2018010001", "张伟")
    held = CampusSession.objects.get()
    assert ticket not in (held.ticket_hash, held.session_key)
    assert ticket not in str(dict(client.session))


@pytest.mark.parametrize(("version", "name"), [(2, "url"), (3, "service")])
def test_signing_out_leads_through_the_campus_and_back(cas, world, client, settings, version, name):
    given = {"kind": "cas", "server": cas.url, **JH}
    configure_campuses(settings, {"JH": given})
    enter_by_cas(client, cas, "2018010001", name="张伟")
    configure_campuses(settings, {"JH": given | {"version": version}})
    answer = client.post(reverse("account_logout"))
    there = urlsplit(answer["Location"])
    assert f"{there.scheme}://{there.netloc}{there.path}" == f"{cas.url}logout"
    assert parse_qs(there.query) == {name: [f"http://testserver{reverse('account_login')}"]}
    assert is_signed_in(client) is None


def test_a_configured_sign_out_address_is_used(cas, world, client, settings):
    given = {"kind": "cas", "server": cas.url, "logout": "https://out.jh.edu.cn/bye?x=1", **JH}
    configure_campuses(settings, {"JH": given})
    enter_by_cas(client, cas, "2018010001", name="张伟")
    there = client.post(reverse("account_logout"))["Location"]
    assert there.startswith("https://out.jh.edu.cn/bye?x=1&service=")


def test_a_session_by_password_signs_out_of_the_portal_only(cas, world, client):
    account = make_account(world.registered)
    client.force_login(account)
    session = client.session
    session[KEY] = {"provider": "campus-JH", "ticket": "", "logout": "https://evil.example/"}
    session.save()
    assert urlsplit(client.post(reverse("account_logout"))["Location"]).netloc == ""


def test_an_openid_sign_out_names_client_and_way_back(world, client, settings):
    from tests.members.campus.test_openid import Person, enter, run_server_in_thread

    with run_server_in_thread(user_claims=[Person(sub="2018010001", claims={"name": "张伟"})]) as server:
        url = f"http://localhost:{server.server_port}"
        configure_campuses(settings, {"JH": {"kind": "oidc", "server": url, "client_id": "portal", **JH}})
        enter(client, "2018010001")
        there = client.post(reverse("account_logout"))["Location"]
        assert there.startswith(f"{url}/oauth2/end_session?")
        asked = parse_qs(urlsplit(there).query)
        assert asked["client_id"] == ["portal"]
        assert asked["post_logout_redirect_uri"] == [f"http://testserver{reverse('account_login')}"]
        assert requests.get(there, timeout=5).status_code == 200


def test_a_visitor_without_a_cookie_is_not_asked_for_a_session(rf):
    """To read the session would tell caches that the page depends on cookies."""
    request = rf.get("/")  # has no attribute `session`
    assert FollowCampusSessions(lambda asked: None).process_view(request, home, (), {}) is None
