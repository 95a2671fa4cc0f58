"""The push channels for a college's bulletins."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from members.models import College
from members.pages import build_list_context
from members.permissions import allow
from reports.forms.bulletins import ChannelForm
from reports.listings.bulletins import CHANNELS
from reports.models import Channel
from reports.services.channels import add_channel, drop_channel, switch_channel


@allow("channel.edit")
def channels(request):
    colleges = College.objects.visible_to(request.user, "channel.edit")
    form = ChannelForm(request.POST or None, colleges=colleges)
    if request.method == "POST" and form.is_valid() and form.submit_to(add_channel, user=request.user):
        messages.success(request, "已添加，下一期通报发布时会推送到这里。")
        return redirect("channels")
    context = build_list_context(request, CHANNELS) | {"form": form, "has_colleges": colleges.exists()}
    return render(request, "reports/channels.html", context, status=422 if form.is_bound else 200)


@allow("channel.edit")
@require_POST
def channel_switch(request, pk):
    own = Channel.objects.visible_to(request.user, "channel.edit")
    channel = get_object_or_404(own, pk=pk)
    active = request.POST.get("active") == "on"
    switch_channel(channel=channel, active=active, user=request.user)
    messages.success(request, f"“{channel.label}”已{'启用' if active else '停用'}。")
    return redirect("channels")


@allow("channel.edit")
@require_POST
def channel_drop(request, pk):
    channel = get_object_or_404(Channel.objects.visible_to(request.user, "channel.edit"), pk=pk)
    drop_channel(channel=channel, user=request.user)
    messages.success(request, f"“{channel.label}”已删除，推送地址一并清除。")
    return redirect("channels")
