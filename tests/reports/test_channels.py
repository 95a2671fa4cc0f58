"""Pushing: addresses stay secret, each issue goes once to each channel, and failures are reported."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from celery.exceptions import Retry
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from reports.models import Channel, Delivery
from reports.services.bulletins import publish_all_due, publish_bulletin
from reports.services.channels import (
    MAX_ATTEMPTS,
    add_channel,
    deliver_message,
    render_message,
    resend_waiting,
)
from reports.tasks import push_bulletin
from tests.world import build_world

NOW = datetime(2018, 10, 10, 8, tzinfo=ZoneInfo("Asia/Shanghai"))


class Robot:
    """A group robot on this machine: stores received messages and answers with `status`."""

    def __init__(self):
        self.received, self.status = [], 200
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                robot.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(robot.status)
                self.end_headers()

            def log_message(self, *args):
                """Write nothing: tests need no log of requests."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"json://127.0.0.1:{self.server.server_port}/secret-token"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def robot(settings):
    settings.PUSH_SCHEMES = ["json"]
    robot = Robot()
    yield robot
    robot.close()


@pytest.fixture
def channel(world, robot) -> Channel:
    return add_channel(
        college=world.college_a, label="法学书记群", address=robot.address, user=world.secretary
    )


def publish_on_day(world, day: int, **kwargs):
    return publish_bulletin(
        school=world.school, on=date(2018, 10, day), now=NOW + timedelta(days=day - 10), **kwargs
    )


# --- addresses ----------------------------------------------------------------------------------------------


def test_an_address_is_unreadable_at_rest_and_on_the_page(world, channel, client_of):
    assert b"secret-token" not in bytes(channel.sealed_address)
    page = client_of(world.secretary).get(reverse("channels")).content.decode()
    assert "法学书记群" in page
    assert "secret-token" not in page


@pytest.mark.parametrize(
    ("address", "service"),
    [
        (
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abcdefgh-1234-1234-1234-abcdefghijkl",
            "企业微信群",
        ),
        ("https://oapi.dingtalk.com/robot/send?access_token=abcd1234abcd", "钉钉群"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/abcdef-1234", "飞书群"),
        ("mailtos://user:password@mail.example.edu.cn", "邮箱"),
    ],
)
def test_addresses_are_taken_as_robots_show_them(world, address, service):
    channel = add_channel(college=world.college_a, label="群", address=f" {address} ", user=world.secretary)
    assert channel.service == service


@pytest.mark.parametrize(
    "address",
    ["json://127.0.0.1:6379/", "https://10.0.0.1/hook", "file:///etc/passwd", "工作群", "syslog://localhost"],
)
def test_an_address_of_any_other_kind_is_refused(world, address):
    with pytest.raises(ValidationError, match="无法识别这个地址"):
        add_channel(college=world.college_a, label="群", address=address, user=world.secretary)


def test_a_secretary_sets_channels_of_the_own_college_only(world, channel, client_of):
    with pytest.raises(PermissionDenied):
        add_channel(
            college=world.college_a, label="群", address="feishu://abcdef1234", user=world.secretary_b
        )
    stranger = client_of(world.secretary_b)
    assert "法学书记群" not in stranger.get(reverse("channels")).content.decode()
    for name in ("channel_switch", "channel_drop"):
        assert stranger.post(reverse(name, args=[channel.pk])).status_code == 404
    form = {"college": world.college_a.pk, "label": "群", "address": "feishu://abcdef1234"}
    assert stranger.post(reverse("channels"), form).status_code == 422
    assert client_of(world.member).get(reverse("channels")).status_code == 403
    assert Channel.objects.get() == channel


@pytest.mark.django_db(transaction=True)
def test_two_equal_labels_at_once_are_one_channel_and_one_refusal(client_of):
    world, start = build_world(), Barrier(8, timeout=30)

    def add(_) -> str:
        try:
            start.wait()
            add_channel(
                college=world.college_a, label="群", address="feishu://abcdef1234", user=world.secretary
            )
        except ValidationError as refusal:
            return " ".join(refusal.messages)
        finally:
            connection.close()
        return "added"

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(add, range(8)))
    assert said == ["added"] + ["这个学院已有同名的推送渠道，请换一个名称。"] * 7


def test_a_channel_is_added_switched_and_dropped_on_the_page(world, robot, client_of):
    client, form = client_of(world.secretary), {"college": world.college_a.pk, "label": "群"}
    refused = client.post(reverse("channels"), form | {"address": "不是地址"})
    assert refused.status_code == 422
    assert "无法识别这个地址" in refused.content.decode()
    client.post(reverse("channels"), form | {"address": robot.address})
    twice = client.post(reverse("channels"), form | {"address": robot.address})
    assert "已有同名的推送渠道" in twice.content.decode()
    channel = Channel.objects.get()
    for active in (False, True):
        client.post(reverse("channel_switch", args=[channel.pk]), {"active": "on" if active else "off"})
        channel.refresh_from_db()
        assert channel.active is active
    client.post(reverse("channel_drop", args=[channel.pk]))
    assert not Channel.objects.exists()


# --- sending ------------------------------------------------------------------------------------------------


def test_an_issue_is_pushed_after_commit_once_with_counts_only(
    world, channel, robot, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        publish_on_day(world, 10)
    with django_capture_on_commit_callbacks(execute=True):
        publish_on_day(world, 10)
    (sent,) = robot.received
    assert "全校：团员 8 人，已注册 5 人，注册率 62.50%" in sent["message"]
    assert "法学院：团员 7 人，已注册 4 人，注册率 57.14%，全校第 2 位" in sent["message"]
    assert not [person.name for person in world.school.members.all() if person.name in sent["message"]]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (Delivery.State.SENT, 1)
    push_bulletin(delivery.pk)
    assert len(robot.received) == 1


def test_nothing_is_pushed_to_a_channel_that_is_off_or_of_another_school(world, channel, robot):
    Channel.objects.update(active=False)
    publish_on_day(world, 10)
    Channel.objects.update(active=True)
    publish_bulletin(school=world.bh.school, on=date(2018, 10, 10), now=NOW)
    assert not Delivery.objects.exists()


def test_a_refusal_is_tried_again_and_in_the_end_shown(world, channel, robot, client_of):
    robot.status = 500
    publish_on_day(world, 10)
    pk = Delivery.objects.get().pk
    for attempt in range(1, MAX_ATTEMPTS):
        delivery = deliver_message(delivery_id=pk, now=NOW)
        assert (delivery.state, delivery.attempts) == (Delivery.State.WAITING, attempt)
    assert deliver_message(delivery_id=pk, now=NOW).state == Delivery.State.FAILED
    assert "对方未接收（返回 500）" in client_of(world.secretary).get(reverse("channels")).content.decode()
    assert len(robot.received) == MAX_ATTEMPTS
    deliver_message(delivery_id=pk, now=NOW)
    assert len(robot.received) == MAX_ATTEMPTS


def test_the_task_tries_again_by_itself_and_comes_to_an_end(world, channel, robot):
    robot.status = 500
    publish_on_day(world, 10)
    pk = Delivery.objects.get().pk
    waits = []
    for retries in range(MAX_ATTEMPTS - 1):
        with pytest.raises(Retry) as retry:
            push_bulletin.apply(args=[pk], retries=retries)
        waits.append(retry.value.when)
    push_bulletin.apply(args=[pk], retries=MAX_ATTEMPTS - 1)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (Delivery.State.FAILED, MAX_ATTEMPTS)
    assert waits == [60, 120, 240, 480]


def test_nobody_at_the_address_is_said(world, channel, robot):
    robot.close()
    publish_on_day(world, 10)
    assert deliver_message(delivery_id=Delivery.objects.get().pk, now=NOW).problem == "无法连接对方服务器"


def test_what_lost_its_task_is_sent_later(world, channel, robot, django_capture_on_commit_callbacks):
    publish_on_day(world, 10)
    assert resend_waiting(now=timezone.now()) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert resend_waiting(now=timezone.now() + timedelta(hours=1)) == 1
    assert len(robot.received) == 1


def test_of_several_made_up_at_once_only_the_newest_is_announced(world, channel, robot):
    type(world.year).objects.update(created_at=NOW - timedelta(days=10))
    assert [
        issue.number for issue in publish_all_due(now=NOW + timedelta(days=4)) if issue.school == world.school
    ] == [
        1,
        2,
        3,
    ]
    assert Delivery.objects.get().bulletin.number == 3


def test_a_former_secret_still_opens_an_address_and_a_lost_one_is_said(world, channel, robot, settings):
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [former]
    publish_on_day(world, 10)
    assert deliver_message(delivery_id=Delivery.objects.get().pk, now=NOW).state == Delivery.State.SENT
    settings.SECRET_KEY_FALLBACKS = []
    publish_on_day(world, 12)
    late = deliver_message(delivery_id=Delivery.objects.get(bulletin__number=2).pk, now=NOW)
    assert "无法解密" in late.problem


def test_a_long_list_of_branches_is_cut_in_the_message(world, channel):
    issue = publish_on_day(world, 10)
    assert "低于95%的团支部（1 个）：法学1801团支部（还差 3 人）" in render_message(issue, world.college_a)
    assert "低于95%" not in render_message(issue, world.college_b).split("目标")[0]
