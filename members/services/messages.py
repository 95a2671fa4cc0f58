"""Write messages into 消息 and mark them as read. Other services send by `members.services.notify.notify`."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from members.models import Message, MessageReading, User


def write_inbox(*, notice, users: Collection[User], offices: Collection[Any]) -> None:
    """Put a notice into each inbox, once per key and receiver, even if two tasks do it at the same time.

    `offices`: `RoleHeld` or `Grant`; the holders of the office read the message.
    """
    words = {"title": notice.title[:100], "text": notice.text[:1000], "url": notice.link, "key": notice.key}
    messages = [Message(user=user, **words) for user in users]
    for office in offices:
        messages.append(
            Message(
                role=office.role,
                school_id=office.school_id,
                college_id=office.college_id,
                branch_id=office.branch_id,
                street_id=office.street_id,
                **words,
            )
        )
    Message.objects.bulk_create(messages, ignore_conflicts=True, batch_size=1000)


def mark_read(*, user, message_id: int) -> Message:
    """Mark a message as read by this user; a second call keeps the time of the first reading.

    Raises ValidationError if the user has no such message.
    """
    message = Message.objects.visible_to(user, "message.view").filter(pk=message_id).first()
    if message is None:
        raise ValidationError("没有找到这条消息。")
    if message.user_id is None:
        _write_readings(user, [message.pk])
    elif message.read_at is None:
        message.read_at = timezone.now()
        message.save(update_fields=["read_at"])
    return message


def mark_all_read(*, user) -> int:
    """Mark all unread messages of a user as read; return their number."""
    unread = Message.objects.visible_to(user, "message.view").unread()
    of_offices = list(unread.filter(user=None).values_list("pk", flat=True))
    _write_readings(user, of_offices)
    return unread.filter(user=user).update(read_at=timezone.now()) + len(of_offices)


def _write_readings(user, message_ids: list[int]) -> None:
    now = timezone.now()
    readings = [MessageReading(message_id=pk, user=user, read_at=now) for pk in message_ids]
    MessageReading.objects.bulk_create(readings, ignore_conflicts=True, batch_size=1000)
