"""支部: one branch with its registration rate, its people and those who are not registered yet."""

from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.listings import BRANCH_PEOPLE
from members.models import Branch, College, Grant, Member, ServiceYear
from members.pages import build_list_context
from members.permissions import BRANCH, allow
from members.queries.rates import compute_branch_rates
from members.queries.roster import annotate_phone_rule

FEWEST_MEMBERS = 3  # 三(一): a branch needs three League members


def compute_everyone_threshold(floor_percent: int) -> int | None:
    """Return the number of members below which one missing person breaks the floor: 20 for 95 %.

    None for a floor of 100 %.
    """
    return -(-100 // (100 - floor_percent)) if floor_percent < 100 else None


@allow("branch.view")
@require_safe
def branch(request, pk: int):
    visible = Branch.objects.visible_to(request.user, "branch.view").select_related("college__school")
    branch = get_object_or_404(visible, pk=pk)
    year = ServiceYear.objects.current(branch.college.school)
    people = Member.objects.visible_to(request.user, "member.view").filter(branch=branch)
    context = build_list_context(request, BRANCH_PEOPLE, given={"branch": pk}) | {
        "branch": branch,
        "missing": annotate_phone_rule(people, request.user).missing().order_by("reported_on", "sort_key"),
        "secretaries": _list_branch_secretaries(branch),
        "above": _build_branch_breadcrumb(request.user, branch),
    }
    return render(request, "members/branch.html", context | _build_rate_context(branch, year))


def _build_branch_breadcrumb(user, branch: Branch) -> list[tuple[str, str]]:
    """Return the college as (name, address) if the user may open its page; a branch secretary may not."""
    may_open = College.objects.visible_to(user, "college.view").filter(pk=branch.college_id).exists()
    return [(branch.college.name, branch.college.get_absolute_url())] if may_open else []


def _build_rate_context(branch: Branch, year: ServiceYear | None) -> dict:
    """Return the branch's rate and a reminder text for the page; no rate without a year."""
    if year is None:
        return {"rate": None}
    (row,) = compute_branch_rates(Branch.objects.filter(pk=branch.pk), floor_percent=year.floor_percent)
    figures = {
        "rate": row.rate,
        "year": year,
        "in_time": timezone.localdate() <= year.registration_ends_on,
        "everyone_below": compute_everyone_threshold(year.floor_percent),
        "few": row.rate.members < FEWEST_MEMBERS,
    }
    text = render_to_string("members/branch_reminder.txt", figures | {"branch": branch})
    return figures | {"reminder": text.strip()}


def _list_branch_secretaries(branch: Branch) -> list[str]:
    """Return the names of the active accounts that are 团支书 of the branch today."""
    held = Grant.objects.active_on(timezone.localdate()).filter(
        role=BRANCH, branch=branch, user__is_active=True
    )
    return list(held.order_by("starts_on").values_list("user__name", flat=True))
