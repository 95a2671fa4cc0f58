"""Sign-in by OpenID Connect against a real provider in a thread."""

import base64
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse
from oidc_provider_mock import User as Person
from oidc_provider_mock import run_server_in_thread

from members.campus import http
from members.models import User
from tests.campuses import JH, configure_campuses
from tests.members.campus.conftest import come_back, leave
from tests.members.campus.test_cas import assert_refused, is_signed_in


@pytest.fixture
def provider(world, settings):
    """京华大学 with an OpenID provider that knows 张伟, somebody with another name, and a stranger."""
    people = [
        Person(sub="2018010001", claims={"name": "张伟", "id_card": "11010119900101123X"}),
        Person(sub=world.lead.student_no, claims={"name": "别名"}),
        Person(sub="9999", claims={"name": "陌生人"}),
    ]
    with run_server_in_thread(user_claims=people) as server:
        url = f"http://localhost:{server.server_port}"
        configure_campuses(settings, {"JH": {"kind": "oidc", "server": url, "client_id": "portal", **JH}})
        yield url


def authorize(there: str, sub: str) -> str:
    """Sign in at the provider; return the address to which it sends the browser."""
    return requests.post(there, data={"sub": sub}, allow_redirects=False, timeout=5).headers["Location"]


def enter(client, sub: str, **form):
    return come_back(client, authorize(leave(client, **form), sub))


def test_a_person_of_the_roster_is_linked_and_in(provider, world, client):
    answer = enter(client, "2018010001", next="/messages/")
    assert answer["Location"] == "/messages/"
    assert is_signed_in(client).member == world.registered
    assert SocialAccount.objects.get().extra_data == {"number": "2018010001", "name": "张伟"}


def test_a_stranger_is_refused_and_another_name_waits(provider, world, client):
    assert_refused(enter(client, "9999"), client, "花名册中没有")
    assert_refused(enter(client, world.lead.student_no), client, "等待学院核对")


def test_the_request_has_state_nonce_and_pkce_and_takes_nothing_from_the_address(provider, client):
    url = reverse("campus_login", args=["JH"])
    evil = "?auth_params=redirect_uri%3Dhttps%3A%2F%2Fevil.example&scope=everything&process=redirect"
    asked = parse_qs(urlsplit(client.post(url + evil)["Location"]).query)
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["redirect_uri"] == [f"http://testserver{reverse('campus_callback', args=['JH'])}"]
    assert set(asked["scope"][0].split()) == {"openid", "profile"}
    assert "prompt" not in asked


def test_somebody_who_cancels_reads_so(provider, client):
    there = leave(client)
    back = requests.post(there, data={"action": "deny"}, allow_redirects=False, timeout=5).headers["Location"]
    state = parse_qs(urlsplit(there).query)["state"][0]
    answer = come_back(client, f"{back}&state={state}")
    assert answer["Location"] == reverse("socialaccount_login_cancelled")
    assert "已取消登录" in client.get(answer["Location"]).content.decode()


def test_an_answer_of_another_browser_or_a_second_time_is_refused(provider, world, client, client_of):
    back = authorize(leave(client), "2018010001")
    assert come_back(client_of(None), back).status_code == 401
    assert come_back(client, back).status_code == 302
    client.logout()
    assert come_back(client, back).status_code == 401


def test_signing_in_again_asks_the_campus_for_it(provider, world, client, settings):
    enter(client, "2018010001")
    asked = parse_qs(urlsplit(client.post(reverse("campus_reauthenticate"))["Location"]).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])


def test_a_gone_provider_is_a_chinese_page_at_both_ends(world, client, settings):
    with run_server_in_thread(user_claims=[Person(sub="2018010001", claims={"name": "张伟"})]) as server:
        url = f"http://localhost:{server.server_port}"
        configure_campuses(settings, {"JH": {"kind": "oidc", "server": url, "client_id": "portal", **JH}})
        back = authorize(leave(client), "2018010001")
    for answer in (come_back(client, back), client.post(reverse("campus_login", args=["JH"]))):
        assert answer.status_code == 401
        assert "校园登录没有成功" in answer.content.decode()


# --- a provider that lies


class LyingProvider(ThreadingHTTPServer):
    """`claims` go into the ID token, `answers` replace whole answers by path."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), LyingHandler)
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.nonce = ""
        self.claims: dict = {}
        self.header: dict = {"kid": "1"}
        self.algorithm = "RS256"
        self.answers: dict[str, object] = {}
        self.wait: dict[str, float] = {}

    def build(self, path: str) -> object:
        if path in self.answers:
            return self.answers[path]
        match path:
            case "/.well-known/openid-configuration":
                return {
                    "issuer": self.url,
                    **{
                        name: f"{self.url}/{name}"
                        for name in (
                            "authorization_endpoint",
                            "token_endpoint",
                            "jwks_uri",
                            "userinfo_endpoint",
                        )
                    },
                }
            case "/token_endpoint":
                return {"access_token": "a", "token_type": "Bearer", "id_token": self.sign()}
            case "/userinfo_endpoint":
                return {"sub": "2018010001", "name": "张伟"}
            case _:
                public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
                return {"keys": [public | {"kid": "1", "alg": "RS256"}]}

    def sign(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": "portal", "sub": "2018010001", "name": "张伟",
            "iat": now, "exp": now + 300, "nonce": self.nonce,
        }  # fmt: skip
        claims = {key: value for key, value in (claims | self.claims).items() if value is not None}
        key = {"RS256": self.key, "HS256": "secret" * 8, "none": ""}[self.algorithm]
        return jwt.encode(claims, key, algorithm=self.algorithm, headers=self.header)


class LyingHandler(BaseHTTPRequestHandler):
    server: LyingProvider

    def log_message(self, *args):
        """Write nothing."""

    def do_GET(self):  # the name of the base class
        path = urlsplit(self.path).path
        time.sleep(self.server.wait.get(path, 0))
        found = self.server.build(path)
        status, body = found if isinstance(found, tuple) else (200, found)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Location", f"{self.server.url}{path}")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815  # the name of the base class


@contextmanager
def run_liar():
    server = LyingProvider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def liar(world, settings):
    with run_liar() as server:
        given = {"kind": "oidc", "server": server.url, "client_id": "portal", **JH}
        configure_campuses(settings, {"JH": given})
        yield server


def enter_liar(client, liar, **form):
    asked = parse_qs(urlsplit(leave(client, **form)).query)
    liar.nonce = asked["nonce"][0] if not liar.nonce else liar.nonce
    return client.get(reverse("campus_callback", args=["JH"]), {"state": asked["state"][0], "code": "c"})


def test_the_liar_lets_in_when_it_speaks_the_truth(liar, world, client):
    assert enter_liar(client, liar).status_code == 302
    assert is_signed_in(client).member == world.registered


def test_a_campus_with_one_key_may_leave_out_its_name(liar, world, client):
    liar.header = {}
    assert enter_liar(client, liar).status_code == 302


def test_clocks_may_differ_by_a_minute(liar, world, client):
    liar.claims = {"iat": int(time.time()) + 40}
    assert enter_liar(client, liar).status_code == 302


WRONG_TOKENS = {
    "of another issuer": {"claims": {"iss": "https://evil.example"}},
    "for another client": {"claims": {"aud": "another"}},
    "over": {"claims": {"exp": 1_000_000_000}},
    "from the future": {"claims": {"iat": 4_000_000_000}},
    "without an end": {"claims": {"exp": None}},
    "without a person": {"claims": {"sub": None}},
    "of another nonce": {"nonce": "x" * 32},
    "without a nonce": {"claims": {"nonce": None}},
    "with a number as nonce": {"claims": {"nonce": 7}},
    "of somebody else than userinfo": {"claims": {"sub": "2018010006"}},
    "signed by a shared word": {"algorithm": "HS256"},
    "not signed": {"algorithm": "none"},
    "of an unknown key": {"header": {"kid": "2"}},
    "of one of two keys, but which": {
        "header": {},
        "answers": {"/jwks_uri": {"keys": [{"kid": "1"}, {"kid": "2"}]}},
    },
    "of another key": {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
    "with a huge uid": {"claims": {"sub": "9" * 400}, "answers": {"/userinfo_endpoint": {"sub": "9" * 400}}},
    "with a list as uid": {"claims": {"sub": ["a"]}},
}


@pytest.mark.parametrize("case", WRONG_TOKENS)
def test_a_token_that_proves_nothing_is_refused(liar, world, client, case):
    changes = dict(WRONG_TOKENS[case])
    if "key" in changes:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(liar.key.public_key()))
        liar.answers["/jwks_uri"] = {"keys": [public | {"kid": "1", "alg": "RS256"}]}
    for name, value in changes.items():
        setattr(liar, name, value)
    answer = enter_liar(client, liar)
    assert answer.status_code == 401
    assert "校园登录没有成功" in answer.content.decode()
    assert is_signed_in(client) is None
    assert not User.objects.filter(member=world.registered).exists()


DISCOVERY = "/.well-known/openid-configuration"
BROKEN = {
    "discovery is no JSON": (DISCOVERY, b"<html>"),
    "discovery is a list": (DISCOVERY, []),
    "discovery is empty": (DISCOVERY, {}),
    "discovery is missing": (DISCOVERY, (404, b"")),
    "discovery redirects": (DISCOVERY, (302, b"")),
    "discovery is endless": (DISCOVERY, b" " * (http.LARGEST_ANSWER + 1)),
    "discovery has no addresses": (DISCOVERY, dict.fromkeys(("issuer", "authorization_endpoint"), 5)),
    "the token is a list": ("/token_endpoint", []),
    "the token is refused": ("/token_endpoint", (400, {"error": "invalid_grant"})),
    "the token is missing": ("/token_endpoint", {"access_token": "a"}),
    "the token is no token": ("/token_endpoint", {"access_token": "a", "id_token": "a.b.c"}),
    "the token's end is text": (
        "/token_endpoint", {"access_token": "a", "id_token": base64.b64encode(b"x").decode(), "expires_in": "soon"},
    ),
    "the keys are gone": ("/jwks_uri", (500, b"")),
    "the keys are no keys": ("/jwks_uri", {"keys": [{}]}),
    "the keys are text": ("/jwks_uri", "keys"),
    "userinfo is a list": ("/userinfo_endpoint", ["a"]),
    "userinfo is missing": ("/userinfo_endpoint", (403, b"")),
    "userinfo is huge": ("/userinfo_endpoint", {"sub": "2018010001", "name": "x" * http.LARGEST_ANSWER}),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_answer_is_a_chinese_page(liar, world, client, case):
    path, answer = BROKEN[case]
    asked = parse_qs(urlsplit(leave(client)).query)
    liar.nonce = asked["nonce"][0]
    liar.answers[path] = answer
    found = client.get(reverse("campus_callback", args=["JH"]), {"state": asked["state"][0], "code": "c"})
    assert found.status_code == 401
    assert "校园登录没有成功" in found.content.decode()
    assert is_signed_in(client) is None


def test_an_address_that_browsers_would_refuse_is_told_to_the_operator(liar, client, caplog):
    liar.answers[DISCOVERY] = {
        **liar.build(DISCOVERY),
        "authorization_endpoint": "https://elsewhere.example/authorize",
    }
    answer = client.post(reverse("campus_login", args=["JH"]))
    assert answer.status_code == 401
    assert "Add its origin to `origins`" in caplog.text


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks_uri", "/token_endpoint", "/userinfo_endpoint"])
def test_a_hanging_endpoint_is_a_chinese_page_within_the_limit(liar, world, client, monkeypatch, path):
    monkeypatch.setattr(http, "SECONDS", 1)
    asked = parse_qs(urlsplit(leave(client)).query)
    liar.nonce = asked["nonce"][0]
    liar.wait[path] = 4
    began = time.monotonic()
    found = client.get(reverse("campus_callback", args=["JH"]), {"state": asked["state"][0], "code": "c"})
    assert time.monotonic() - began < 3
    assert (found.status_code, "校园登录没有成功" in found.content.decode()) == (401, True)


def test_a_new_sign_in_must_be_new(liar, world, client):
    enter_liar(client, liar)
    for auth_time, status in ((int(time.time()) - 3600, 401), (None, 401), (int(time.time()), 302)):
        there = client.post(reverse("campus_reauthenticate"), {"next": "/messages/"})["Location"]
        asked = parse_qs(urlsplit(there).query)
        liar.nonce, liar.claims = asked["nonce"][0], {"auth_time": auth_time}
        back = {"state": asked["state"][0], "code": "c"}
        assert client.get(reverse("campus_callback", args=["JH"]), back).status_code == status
    assert is_signed_in(client).member == world.registered


def test_an_answer_that_drips_is_cut_off(monkeypatch):
    monkeypatch.setattr(http, "SECONDS", 1)

    class Dripping(BaseHTTPRequestHandler):
        def log_message(self, *args):
            """Write nothing."""

        def do_GET(self):  # the name of the base class
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(20):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.3)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(requests.RequestException):
        http.BriefSession().get(f"http://127.0.0.1:{server.server_port}/")
    assert time.monotonic() - began < 2.5
    server.shutdown()
    server.server_close()
