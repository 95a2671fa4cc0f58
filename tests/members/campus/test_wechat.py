"""WeChat against a small server in its place: bound once from the inside, then it signs in."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from members.campus.config import WeChat
from members.campus.wechat import WeChatAdapter
from tests.campuses import configure_campuses
from tests.members.campus.test_cas import is_signed_in


@pytest.fixture
def weixin(world, settings, monkeypatch):
    """A server that gives a token for any code; `answer` is what it says."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            """Write nothing."""

        def do_POST(self):  # the name of the base class
            content = self.server.answer
            content = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815  # the name of the base class

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.answer = {"access_token": "a", "expires_in": 7200, "openid": "o-1", "scope": "snsapi_login"}
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    monkeypatch.setattr(WeChatAdapter, "access_token_url", f"http://127.0.0.1:{server.server_port}/token")
    configure_campuses(settings, {}, wechat=WeChat("wx1", "word"))
    yield server
    server.shutdown()
    server.server_close()


def enter(client, **form):
    there = client.post(reverse("weixin_login"), form)["Location"]
    state = parse_qs(urlsplit(there).query)["state"][0]
    return client.get(reverse("weixin_callback"), {"state": state, "code": "c"})


def test_an_unbound_wechat_is_told_how_to_bind_it(weixin, client):
    answer = enter(client)
    assert answer.status_code == 403
    assert "请先登录一次，再在“登录与安全”绑定微信" in answer.content.decode()
    assert is_signed_in(client) is None


def test_bound_once_it_signs_in(weixin, world, client):
    client.force_login(world.member)
    answer = enter(client, process="connect", next="/messages/")
    assert answer["Location"] == "/messages/"
    linked = SocialAccount.objects.get()
    assert (linked.user, linked.uid, linked.extra_data) == (world.member, "o-1", {})
    client.logout()
    assert enter(client)["Location"] == "/"
    assert is_signed_in(client) == world.member


def test_nobody_binds_without_being_signed_in(weixin, world, client):
    assert enter(client, process="connect").status_code == 403
    assert not SocialAccount.objects.exists()


def test_the_wechat_of_another_account_is_not_taken_over(weixin, world, client):
    SocialAccount.objects.create(user=world.admin, provider="weixin", uid="o-1")
    client.force_login(world.member)
    enter(client, process="connect")
    assert SocialAccount.objects.get().user == world.admin
    assert is_signed_in(client) == world.member


def test_the_wechat_of_a_disabled_account_opens_nothing(weixin, world, client):
    SocialAccount.objects.create(user=world.member, provider="weixin", uid="o-1")
    type(world.member).objects.filter(pk=world.member.pk).update(is_active=False)
    assert enter(client)["Location"] == reverse("account_inactive")
    assert is_signed_in(client) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", {"errcode": 40029, "errmsg": "invalid code"}, [], {"access_token": "a"}, {"access_token": "a", "openid": 7},
     {"access_token": "a", "openid": "x" * 400}, {"access_token": "a", "openid": ""}],
)  # fmt: skip
def test_a_broken_answer_is_a_chinese_page(weixin, client, content):
    weixin.answer = content
    answer = enter(client)
    assert answer.status_code == 401
    assert "登录没有成功" in answer.content.decode()


def test_an_official_account_asks_within_wechat(weixin, client, settings):
    configure_campuses(settings, {}, wechat=WeChat("wx1", "word", inside=True))
    there = urlsplit(client.post(reverse("weixin_login"))["Location"])
    assert there.path == "/connect/oauth2/authorize"
    assert parse_qs(there.query)["scope"] == ["snsapi_base"]
