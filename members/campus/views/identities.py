"""Unlink a campus identity or WeChat from an account."""

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.views.decorators.http import require_http_methods

from members.campus.services import describe_provider, unlink_identity
from members.models import User
from members.pages import submit_form
from members.permissions import allow
from members.services.accounts import may_manage_account


@allow("account.own")
@require_http_methods(["GET", "POST"])
def campus_unlink(request, pk: int):
    """Ask once, then unlink: an own identity, or one of an account that the user manages."""
    linked = get_object_or_404(SocialAccount.objects.select_related("user"), pk=pk)
    own = linked.user_id == request.user.pk
    if not own and not may_manage_account(request.user, linked.user):
        raise Http404
    form = forms.Form(request.POST if request.method == "POST" else None)
    back = _find_way_back(request, linked.user, own)
    if (
        request.method == "POST"
        and form.is_valid()
        and submit_form(form, unlink_identity, by=request.user, linked=linked)
    ):
        messages.success(request, f"已解除{linked.user.name}的{describe_provider(linked.provider)}绑定。")
        return redirect(back)
    context = {
        "linked": linked,
        "what": describe_provider(linked.provider),
        "own": own,
        "form": form,
        "back": back,
    }
    return render(request, "members/campus_unlink.html", context)


def _find_way_back(request, account: User, own: bool) -> str:
    return get_next_redirect_url(request) or (
        resolve_url("security") if own else resolve_url("account", account.pk)
    )
