"""街乡: the liaison checks the list of people who came to an activity at the street."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from activities.forms.attendance import PeopleForm
from activities.listings import STREET_ACTIVITIES
from activities.listings.attendance import find_coming_activities
from activities.models import Activity, SignUp
from activities.pages import get_activity_or_404
from activities.queries.attendance import filter_participants
from activities.services.settling import confirm_at_street
from members.lists import PAGE_SIZES
from members.pages import build_list_context
from members.permissions import allow


@allow("attendance.confirm")
@require_safe
@never_cache
def street_activities(request):
    """List activities begun at the liaison's street, unconfirmed ones first; then the coming ones."""
    now = timezone.now()
    coming = find_coming_activities(request.user, now, PAGE_SIZES[0])
    context = build_list_context(request, STREET_ACTIVITIES, now=now, coming=coming)
    return render(request, "activities/street_activities.html", context)


@allow("attendance.confirm")
@require_http_methods(["GET", "POST"])
@never_cache
def street_attendance(request, pk: int):
    """List the people who came and confirm them; names of participants only (requirements §1)."""
    activity = get_activity_or_404(request.user, pk, "attendance.confirm")
    came = _list_checked_in(activity)
    form = PeopleForm(request.POST or None, choices=[signup.pk for signup in came])
    if form.is_valid():
        try:
            confirm_at_street(user=request.user, activity_id=pk, signup_ids=form.ids)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "到场情况已确认，谢谢。")
            return redirect("street_attendance", pk)
    context = {
        "activity": activity,
        "came": came,
        "form": form,
        "ended": timezone.now() >= activity.ends_at,
    }
    return render(request, "activities/street_attendance.html", context)


def _list_checked_in(activity: Activity) -> list[SignUp]:
    came = filter_participants(SignUp.objects.filter(activity=activity)).checked_in().select_related("member")
    return list(came.order_by("member__sort_key", "member__student_no"))
