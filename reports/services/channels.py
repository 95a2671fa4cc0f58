"""Push a bulletin to the groups and mailboxes that a college has set. Messages carry counts only."""

import logging
import re
from datetime import datetime, timedelta

import apprise
from celery import signature
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.template.loader import render_to_string

from members.cipher import build_cipher
from members.models import College, User
from members.sheets.xml_text import strip_forbidden
from reports.models import Bulletin, Channel, Delivery

MAX_ATTEMPTS = 5
# A delivery that still waits after this time lost its task (broker down at commit); the clock sends it again.
STALE = timedelta(minutes=30)
# Addresses as the robots' own pages show them. Apprise does not know these two; it knows WeCom's and Lark's.
PASTED = (
    (re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=([0-9a-zA-Z]+)"), "dingtalk://{}"),
    (re.compile(r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([0-9a-zA-Z-]+)/?"), "feishu://{}"),
)
SERVICES = {
    "wecombot": "企业微信群",
    "dingtalk": "钉钉群",
    "feishu": "飞书群",
    "lark": "Lark 群",
    "mailtos": "邮箱",
}


@transaction.atomic
def add_channel(*, college: College, label: str, address: str, user: User) -> Channel:
    """Save an address, encrypted. Refuses kinds that the portal does not push to, and malformed addresses."""
    own = College.objects.visible_to(user, "channel.edit").select_for_update(no_key=True)
    if not own.filter(
        pk=college.pk
    ):  # locked: if two equal labels are added at once, the second is refused and causes no server error
        raise PermissionDenied
    robot = recognise_robot(address)
    channel = Channel(
        college=college,
        label=label,
        service=SERVICES.get(get_scheme(robot), str(robot.service_name)),
        sealed_address=build_cipher("reports.channel").encrypt(robot.url(privacy=False).encode()),
    )
    channel.validate_constraints()
    channel.save()
    return channel


@transaction.atomic
def switch_channel(*, channel: Channel, active: bool, user: User) -> None:
    channel = _lock_channel(channel, user)
    channel.active = active
    channel.save(update_fields=["active"])


@transaction.atomic
def drop_channel(*, channel: Channel, user: User) -> None:
    """Delete the address and the deliveries to it."""
    _lock_channel(channel, user).delete()


def recognise_robot(address: str) -> apprise.NotifyBase:
    """Return the robot behind an address (an Apprise URL, or a robot's own https address).

    ValidationError if no robot fits.
    """
    address = address.strip()
    for pasted, known in PASTED:
        if found := pasted.fullmatch(address):
            address = known.format(found[1])
    robot = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if robot is None or get_scheme(robot) not in settings.PUSH_SCHEMES:
        raise ValidationError(
            "无法识别这个地址。请粘贴群机器人的完整地址（企业微信、钉钉、飞书），或 mailtos:// 开头的邮箱地址。"
        )
    return robot


def get_scheme(robot: apprise.NotifyBase) -> str:
    """Return the scheme of the robot's Apprise URL, such as "dingtalk"."""
    return robot.url().split("://")[0]


def announce_to_channels(*, bulletin: Bulletin) -> None:
    """Create a delivery for every active channel of the school, and send them after commit."""
    channels = Channel.objects.filter(college__school=bulletin.school, active=True)
    deliveries = Delivery.objects.bulk_create(
        [Delivery(bulletin=bulletin, channel=channel) for channel in channels]
    )
    for delivery in deliveries:
        _send_after_commit(delivery.pk)


def resend_waiting(*, now: datetime) -> int:
    """Send deliveries again that have waited longer than their task can have lived; return how many."""
    stale = Delivery.objects.filter(state=Delivery.State.WAITING, created_at__lt=now - STALE)
    for pk in stale.values_list("pk", flat=True):
        _send_after_commit(pk)
    return len(stale)


@transaction.atomic
def deliver_message(*, delivery_id: int, now: datetime) -> Delivery | None:
    """Try once to send, and save the result on the delivery. None if another worker sends it or it is gone.

    The row stays locked while sending: two tasks for one delivery send one message.
    """
    rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",))
    delivery = rows.select_related("channel__college", "bulletin").filter(pk=delivery_id).first()
    if delivery is None or delivery.state != Delivery.State.WAITING:
        return delivery
    delivery.attempts += 1
    delivery.problem = _push_message(delivery)
    if not delivery.problem:
        delivery.state, delivery.sent_at = Delivery.State.SENT, now
    elif delivery.attempts >= MAX_ATTEMPTS:
        delivery.state = Delivery.State.FAILED
    delivery.save()
    return delivery


def render_message(bulletin: Bulletin, college: College) -> str:
    """Return the text for a college's group: the school's figures and the college's own. Counts only."""
    own = bulletin.lines.filter(college=college).first()
    below = own.annex.filter(below_floor=True) if own else []
    context = {"bulletin": bulletin, "own": own, "below": below}
    return render_to_string("reports/bulletin_message.txt", context).strip()


def _push_message(delivery: Delivery) -> str:
    """Send; return "" when the other side accepted the message, else the reason in Chinese."""
    try:
        address = build_cipher("reports.channel").decrypt(bytes(delivery.channel.sealed_address)).decode()
    except InvalidToken:
        return "推送地址已无法解密（系统密钥已更换），请删除后重新添加"
    try:
        robot = recognise_robot(address)
    except ValidationError:
        return "系统已不支持这类推送地址，请删除后重新添加"
    body = strip_forbidden(render_message(delivery.bulletin, delivery.channel.college))
    with apprise.LogCapture(level=logging.WARNING) as log:
        taken = robot.notify(body=body, title="", body_format=apprise.NotifyFormat.TEXT)
        said = log.getvalue()
    if taken:
        return ""
    # Only the status: what a robot logs may hold its token.
    status = re.search(r"error=(\d{3})", said)
    return f"对方未接收（返回 {status[1]}）" if status else "无法连接对方服务器"


def _send_after_commit(delivery_id: int) -> None:
    """Send after commit. A broker that is down does not undo the issue: `resend_waiting` sends it later."""
    push = signature("reports.tasks.push_bulletin", args=[delivery_id])
    transaction.on_commit(push.delay, robust=True)


def _lock_channel(channel: Channel, user: User) -> Channel:
    channels = Channel.objects.visible_to(user, "channel.edit").select_for_update(of=("self",))
    found = channels.filter(pk=channel.pk).first()
    if found is None:
        raise PermissionDenied
    return found
