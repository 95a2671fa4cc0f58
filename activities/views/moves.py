"""调整街乡: the page says what it means for projects and activities, so it is in this app and not in pairing."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from members.pages import submit_form
from members.permissions import allow
from pairing.forms.pairings import MoveForm
from pairing.pages import build_pairing_breadcrumb, describe_ending_posts, get_active_pairing_or_404
from pairing.queries.hall import list_hall_rows
from pairing.services.pairings import move_to_street


@allow("pairing.end")
@require_http_methods(["GET", "POST"])
def pairing_move(request, pk: int):
    shown = get_active_pairing_or_404(request.user, pk, "pairing.end")
    form = MoveForm(request.POST or None, pairing=shown, rows=list_hall_rows(shown.year_id))
    entered = {"user": request.user, "pairing_id": pk}
    if form.is_valid() and submit_form(form, move_to_street, **entered, **form.for_service):
        messages.success(request, f"{shown.college}已改为对接{form.cleaned_data['street']}。")
        return redirect("pairing", pk)
    context = {
        "form": form,
        "pairing": shown,
        "liaisons": describe_ending_posts(shown),
        "above": build_pairing_breadcrumb(shown),
    }
    return render(request, "pairing/pairing_move.html", context)
