"""Calendar files of sign-ups: one activity as a file, or all under a private address."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from activities.models import CalendarFeed
from activities.pages import get_offer_or_404, get_own_person_or_404
from activities.services.calendars import build_calendar, drop_feed, list_calendar_activities, renew_feed
from members.permissions import allow
from members.sent_text import describe_download

ICS = "text/calendar; charset=utf-8"


def _render_calendar(request, activities, *, name: str = "") -> bytes:
    def link(activity) -> str:
        return request.build_absolute_uri(reverse("offer", args=[activity.pk]))

    return build_calendar(activities, link=link, now=timezone.now(), name=name)


@allow("signup.own")
@require_safe
@never_cache
def offer_calendar(request, pk: int):
    shown = get_offer_or_404(get_own_person_or_404(request.user), pk)
    name = describe_download(f"{shown.name}.ics")
    content = _render_calendar(request, [shown])
    return HttpResponse(content, content_type=ICS, headers={"Content-Disposition": name})


@allow("signup.own")
@require_safe
@never_cache
def my_calendar(request):
    feed = CalendarFeed.objects.filter(member=get_own_person_or_404(request.user)).first()
    link = request.build_absolute_uri(reverse("calendar_feed", args=[feed.token])) if feed else ""
    return render(request, "activities/signup_calendar.html", {"feed": feed, "link": link})


@allow("signup.own")
@require_POST
def my_calendar_renew(request):
    get_own_person_or_404(request.user)
    if "drop" in request.POST:
        drop_feed(user=request.user)
        messages.success(request, "已停用，原来的地址不再更新。")
    else:
        renew_feed(user=request.user)
        messages.success(request, "已生成新的订阅地址。")
    return redirect("my_calendar")


@allow("public")
@require_safe
@never_cache
def calendar_feed(request, token: str):
    """Give a calendar program the person's activities.

    The program cannot sign in: the private address gives the right, as long as the person may sign in.
    """
    open_feeds = CalendarFeed.objects.filter(member__user__is_active=True).select_related("member")
    feed = get_object_or_404(open_feeds, token=token)
    return HttpResponse(
        _render_calendar(request, list_calendar_activities(feed.member), name="志愿服务"), content_type=ICS
    )
