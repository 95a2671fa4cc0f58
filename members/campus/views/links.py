"""校园登录核对: a secretary decides about identities whose name differs."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from members.campus.forms import DecisionForm
from members.campus.listings import CAMPUS_LINKS
from members.campus.services import decide_link
from members.models import CampusLink
from members.pages import build_list_context, submit_form
from members.permissions import allow

ACTION = "campus.decide"


@allow(ACTION)
@require_safe
def campus_links(request):
    return render(request, "members/campus_links.html", build_list_context(request, CAMPUS_LINKS))


@allow(ACTION, recent=True)
@require_http_methods(["GET", "POST"])
def campus_link(request, pk: int):
    """Show both names, and accept or refuse."""
    seen = CampusLink.objects.visible_to(request.user, ACTION)
    link = get_object_or_404(seen.select_related("member__branch__college", "account", "decided_by"), pk=pk)
    form, accept = DecisionForm(request.POST or None), request.POST.get("do") == "accept"
    if form.is_valid() and submit_form(
        form, decide_link, by=request.user, link=link, accept=accept, reason=form.cleaned_data["reason"]
    ):
        messages.success(request, f"{link.known_name}的校园登录已{'通过' if accept else '标为未通过'}。")
        return redirect("campus_links")
    above = [("校园登录核对", reverse("campus_links"))]
    return render(request, "members/campus_link.html", {"link": link, "form": form, "above": above})
