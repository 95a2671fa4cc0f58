"""The page on which an admin notes the call to the street's office, without which an invitation opens nothing."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from members.pages import submit_form
from members.permissions import allow
from pairing.forms.liaison import CheckForm
from pairing.models import Invitation
from pairing.pages import build_invitation_breadcrumb, read_browser
from pairing.services.invitations import check_invitation, find_check_problem


@allow("liaison.check", recent=True)
@require_http_methods(["GET", "POST"])
def invitation_check(request, pk: int):
    seen = Invitation.objects.visible_to(request.user, "liaison.check")
    shown = get_object_or_404(seen.select_related("street", "college", "year__school", "invited_by"), pk=pk)
    form = CheckForm(request.POST or None)
    browser = read_browser(request)
    entered = {"user": request.user, "invitation_id": pk, "browser": browser}
    if form.is_valid() and submit_form(form, check_invitation, **entered, **form.cleaned_data):
        messages.success(request, "已登记核实，链接现在可以使用。请邀请人把链接发给对方。")
        return redirect("invitation", pk)
    problem = find_check_problem(shown, user=request.user, browser=browser, now=timezone.now())
    above = [*build_invitation_breadcrumb(), (str(shown.street), shown.get_absolute_url())]
    context = {"invitation": shown, "form": form, "problem": problem, "above": above}
    return render(request, "pairing/invitation_check.html", context)
