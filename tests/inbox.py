"""What a person sees in 消息."""

from django.db.models import QuerySet

from members.models import Message, User


def find_inbox(user: User) -> QuerySet[Message]:
    """Return the messages that the user sees now; roles are read anew, as in each request.

    A person whose account is switched off cannot sign in and sees nothing.
    """
    now = User.objects.get(pk=user.pk)
    return Message.objects.visible_to(now, "message.view") if now.is_active else Message.objects.none()
