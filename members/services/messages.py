"""Send messages to users and mark them as read."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils import timezone

from members.models import Message, User


def send_messages(*, users: Iterable[User], title: str, text: str, url: str, key: str) -> None:
    """Put a message into each inbox, once per `key` and user, even if two tasks do it at the same time.

    `url` is an address of this portal, made by `reverse`.
    """
    messages = [Message(user=user, title=title, text=text, url=url, key=key) for user in users]
    Message.objects.bulk_create(messages, ignore_conflicts=True)


def mark_read(*, user, message_id: int) -> Message:
    """Mark a message as read; a second call keeps the time of the first reading.

    Raises ValidationError if the user has no such message.
    """
    message = Message.objects.visible_to(user, "message.view").filter(pk=message_id).first()
    if message is None:
        raise ValidationError("没有找到这条消息。")
    if message.read_at is None:
        message.read_at = timezone.now()
        message.save(update_fields=["read_at"])
    return message


def mark_all_read(*, user) -> int:
    """Mark all unread messages of a user as read; return their number."""
    unread = Message.objects.visible_to(user, "message.view").unread()
    return unread.update(read_at=timezone.now())
