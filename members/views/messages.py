"""消息: the user's own inbox."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from members.listings import MESSAGES
from members.models import Message
from members.pages import build_list_context
from members.permissions import allow
from members.services import messages as service


@allow("message.view")
@require_safe
def message_list(request):
    return render(request, "members/messages.html", build_list_context(request, MESSAGES))


@allow("message.view")
@require_POST
def message_open(request, pk: int):
    """Mark the message as read and redirect to the page that it is about."""
    inbox = Message.objects.visible_to(request.user, "message.view")
    message = service.mark_read(user=request.user, message_id=get_object_or_404(inbox, pk=pk).pk)
    return redirect(message.url or "messages")


@allow("message.view")
@require_POST
def messages_read(request):
    service.mark_all_read(user=request.user)
    return redirect("messages")
