"""The page of one account: who it is, its offices, how it gets in, and what a secretary can do for it."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from members.models import User
from members.permissions import allow, may
from members.queries.safety import get_safety_state
from members.services.accounts import may_manage_account
from members.services.lockout import format_lock


@allow("account.view")
@require_safe
def account(request, pk: int):
    """Show an account in scope. Each part of the page has a template of its own, members/_account_*.html."""
    seen = User.objects.visible_to(request.user, "account.view").select_related(
        "school", "member__branch__college"
    )
    shown = get_object_or_404(seen, pk=pk)
    manages = may_manage_account(request.user, shown)
    secures = manages and may(request.user, "account.secure")
    context = {
        "account": shown,
        "manages": manages,
        "safety": get_safety_state(shown) if secures else None,
        "locked_until": format_lock(shown) if secures else "",
    }
    return render(request, "members/account.html", context)
