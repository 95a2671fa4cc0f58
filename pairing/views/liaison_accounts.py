"""The accounts of street liaisons: the list, and the pages on which the school ends or renews one."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.pages import build_list_context, submit_form
from members.permissions import allow
from pairing.forms.liaison import EndForm, RenewForm
from pairing.listings import LIAISONS, find_liaison_grants
from pairing.services.invitations import end_liaison
from pairing.services.posts import renew_post


@allow("grant.staff")
@require_safe
def liaisons(request):
    context = build_list_context(
        request, LIAISONS, today=timezone.localdate(), above=build_liaison_breadcrumb()[:1]
    )
    return render(request, "pairing/liaisons.html", context)


@allow("grant.staff", recent=True)
@require_http_methods(["GET", "POST"])
def liaison_end(request, pk: int):
    shown = get_object_or_404(find_liaison_grants(request.user, "grant.staff"), pk=pk)
    form = EndForm(request.POST or None)
    if form.is_valid() and submit_form(
        form, end_liaison, user=request.user, grant_id=pk, **form.cleaned_data
    ):
        messages.success(request, f"已停用{shown.street}的账号 {shown.user.number}。")
        return redirect("liaisons")
    return render(
        request,
        "pairing/liaison_end.html",
        {"form": form, "grant": shown, "above": build_liaison_breadcrumb()},
    )


@allow("grant.staff", recent=True)
@require_http_methods(["GET", "POST"])
def liaison_renew(request, pk: int):
    shown = get_object_or_404(find_liaison_grants(request.user, "grant.staff"), pk=pk)
    form = RenewForm(request.POST or None)
    if form.is_valid() and submit_form(form, renew_post, user=request.user, grant_id=pk, **form.cleaned_data):
        until = form.cleaned_data["until"]
        messages.success(request, f"{shown.street}的账号 {shown.user.number} 已延长到 {until:%Y-%m-%d}。")
        return redirect("liaisons")
    today = timezone.localdate()
    context = {"form": form, "grant": shown, "today": today, "above": build_liaison_breadcrumb()}
    return render(request, "pairing/liaison_renew.html", context)


def build_liaison_breadcrumb() -> list[tuple[str, str]]:
    return [("街乡负责人邀请", reverse("invitations")), ("已开通的账号", reverse("liaisons"))]
