"""消息: the own inbox."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from members.forms.messages import MessageFilter
from members.models import Message
from members.permissions import allow
from members.services import messages as service

PER_PAGE = 25


@allow("message.view")
@require_safe
def message_list(request):
    inbox = Message.objects.visible_to(request.user, "message.view")
    form = MessageFilter(request.GET)
    page = Paginator(form.narrow(inbox), PER_PAGE).get_page(request.GET.get("page"))
    filtered = any(request.GET.get(name) for name in form.fields)
    return render(request, "members/messages.html", {"form": form, "page": page, "filtered": filtered})


@allow("message.view")
@require_POST
def message_open(request, pk: int):
    """Read it, and on to what it is about."""
    inbox = Message.objects.visible_to(request.user, "message.view")
    message = service.mark_read(user=request.user, message_id=get_object_or_404(inbox, pk=pk).pk)
    return redirect(message.url or "messages")


@allow("message.view")
@require_POST
def messages_read(request):
    service.mark_all_read(user=request.user)
    return redirect("messages")
