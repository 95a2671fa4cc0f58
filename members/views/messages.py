"""消息: the user's own inbox."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from members.listings import MESSAGES
from members.models import Message
from members.pages import build_list_context, can_open
from members.permissions import allow
from members.services import messages as service


@allow("message.view")
@require_safe
def message_list(request):
    return render(request, "members/messages.html", build_list_context(request, MESSAGES))


@allow("message.view")
@require_POST
def message_open(request, pk: int):
    """Mark the message as read and lead to the page that it is about.

    If the reader may not open that page any more (another office has it, or it is gone), the message itself is shown.
    """
    inbox = Message.objects.visible_to(request.user, "message.view")
    message = service.mark_read(user=request.user, message_id=get_object_or_404(inbox, pk=pk).pk)
    if message.url and not can_open(request, message.url):
        return render(request, "members/message_gone.html", {"message": message})
    return redirect(message.url or "messages")


@allow("message.view")
@require_POST
def messages_read(request):
    service.mark_all_read(user=request.user)
    return redirect("messages")
