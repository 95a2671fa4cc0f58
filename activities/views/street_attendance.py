"""街乡: the liaison goes through the list of those who came to an activity at the street."""

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
from activities.queries.attendance import taking_part
from activities.services.settling import confirm_at_street
from members.pages import list_context
from members.permissions import allow
from members.tables import PAGE_SIZES


@allow("attendance.confirm")
@require_safe
@never_cache
def street_activities(request):
    """What has begun at the own street, what waits for confirmation first; then what is to come."""
    now = timezone.now()
    coming = find_coming_activities(request.user, now, PAGE_SIZES[0])
    context = list_context(request, STREET_ACTIVITIES, now=now, coming=coming)
    return render(request, "activities/street_activities.html", context)


@allow("attendance.confirm")
@require_http_methods(["GET", "POST"])
@never_cache
def street_attendance(request, pk: int):
    """Names of participants only (requirements §1)."""
    activity = get_activity_or_404(request.user, pk, "attendance.confirm")
    came = _who_came(activity)
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


def _who_came(activity: Activity) -> list[SignUp]:
    came = taking_part(SignUp.objects.filter(activity=activity)).came().select_related("member")
    return list(came.order_by("member__sort_key", "member__student_no"))
