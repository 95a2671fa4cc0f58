"""活动 for organisers: the list, one activity with its people, and all changes to it."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.forms.activities import ActivityForm, CallOffForm, RepeatForm
from activities.forms.signups import RemoveForm
from activities.listings import ACTIVITIES, SIGNUPS
from activities.models import Activity, Project, SignUp
from activities.pages import build_activity_breadcrumb, build_project_breadcrumb, get_project_or_404
from activities.queries.signups import get_signup_window
from activities.rules.pauses import pause_problem
from activities.rules.signups import signup_window_problem
from activities.services.activities import (
    call_off_activity,
    copy_activity,
    create_activity,
    edit_activity,
    publish_activity,
    repeat_activity_weekly,
)
from activities.services.signups import readmit_signup, remove_signup
from members.pages import build_list_context, submit_form
from members.permissions import allow, may


@allow("activity.view")
@require_safe
def activities(request):
    more: dict[str, Any] = {"may_edit": may(request.user, "activity.edit"), "now": timezone.now()}
    return render(request, "activities/activities.html", build_list_context(request, ACTIVITIES, **more))


def get_planned_activity_or_404(user, pk: int, action: str) -> Activity:
    """Return the activity with the number of people who have a place and who wait for one. Raises Http404."""
    activities = Activity.objects.visible_to(user, action).with_places()
    return get_object_or_404(activities.select_related("project__college", "street"), pk=pk)


# --- one activity -----------------------------------------------------------------------------------------------


@allow("activity.view")
@require_safe
def activity(request, pk: int):
    """Show the plan; people who may change the activity also see the list of its people."""
    shown = get_planned_activity_or_404(request.user, pk, "activity.view")
    context = build_list_context(request, SIGNUPS, given={"activity": pk})
    may_edit = context["form"].of_activity is not None
    context |= {
        "activity": shown,
        "above": build_project_breadcrumb(shown.project),
        "may_edit": may_edit,
        "posts": list(shown.posts.all()),
        "stewards": list(shown.stewards.all()) if may_edit else [],
        "has_come": may_edit and context["list"].rows.checked_in().exists(),
        "paused": pause_problem(shown.pause),
        "now": timezone.now(),
    }
    return render(request, "activities/activity.html", context)


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
def activity_new(request, pk: int):
    """Create an activity of the project.

    `?copy=` starts with the plan of one of its activities, a week later.
    """
    project = get_project_or_404(request.user, pk, "activity.edit")
    if project.state == Project.State.CLOSED:
        raise Http404
    like, copy = _copy_from_address(request, project)
    form = ActivityForm(request.POST or None, activity=copy, like=like, initial=_build_usual_plan(project))
    if form.is_valid() and (made := _create_from_form(request, project, form)):
        messages.success(request, _describe_publication(made))
        return redirect(made)
    context = {
        "form": form,
        "project": project,
        "above": build_project_breadcrumb(project),
        "last": project.activities.order_by("-starts_at").first(),
    }
    return render(request, "activities/activity_edit.html", context)


def _describe_publication(activity: Activity) -> str:
    """Return whether the activity is published, and whether people can sign up now."""
    if activity.state != Activity.State.OPEN:
        return "活动已保存，尚未发布。"
    problem = signup_window_problem(timezone.localtime(), get_signup_window(activity), is_open=True)
    if not problem:
        return "活动已发布，本学院同学可以报名。"
    closed = activity.signup_closes_at <= timezone.now()
    return f"活动已发布。{problem}" + ("需要报名的，请修改报名截止时间。" if closed else "")


def _build_usual_plan(project: Project) -> dict:
    return {"name": project.name, "capacity": project.people_needed, "radius_m": 500}


def _copy_from_address(request, project: Project) -> tuple[Activity | None, Activity | None]:
    """Return the activity named in the address, and its unsaved copy in the next future week."""
    asked = request.GET.get("copy", "")
    if not asked.isdecimal():
        return None, None
    source = get_object_or_404(project.activities, pk=asked)
    weeks = 1
    while source.starts_at + timedelta(weeks=weeks) <= timezone.now():
        weeks += 1
    copy = copy_activity(source, shift=timedelta(weeks=weeks))
    copy.signup_opens_at = timezone.now()
    return source, copy


def _create_from_form(request, project: Project, form: ActivityForm) -> Activity | None:
    try:
        return create_activity(
            user=request.user,
            project_id=project.pk,
            published="publish" in request.POST,
            **form.for_service,
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return None


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
def activity_edit(request, pk: int):
    shown = get_planned_activity_or_404(request.user, pk, "activity.edit")
    form = ActivityForm(request.POST or None, activity=shown)
    if form.is_valid() and submit_form(
        form,
        edit_activity,
        user=request.user,
        activity_id=pk,
        unchanged=form.require_unchanged,
        **form.for_service,
    ):
        messages.success(request, "已保存。")
        return redirect("activity", pk)
    context = {
        "form": form,
        "activity": shown,
        "project": shown.project,
        "above": build_activity_breadcrumb(shown),
    }
    return render(request, "activities/activity_edit.html", context)


@allow("activity.edit")
@require_POST
def activity_publish(request, pk: int):
    get_planned_activity_or_404(request.user, pk, "activity.edit")
    try:
        published = publish_activity(user=request.user, activity_id=pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _describe_publication(published))
    return redirect("activity", pk)


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
def activity_call_off(request, pk: int):
    shown = get_planned_activity_or_404(request.user, pk, "activity.edit")
    form = CallOffForm(request.POST or None)
    if form.is_valid() and submit_form(
        form, call_off_activity, user=request.user, activity_id=pk, **form.cleaned_data
    ):
        messages.success(request, "活动已取消，已通知报名和候补的同学。")
        return redirect("activity", pk)
    context = {"form": form, "activity": shown, "above": build_activity_breadcrumb(shown)}
    return render(request, "activities/activity_call_off.html", context)


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
def activity_repeat(request, pk: int):
    shown = get_planned_activity_or_404(request.user, pk, "activity.edit")
    form = RepeatForm(request.POST or None)
    if form.is_valid() and submit_form(
        form, repeat_activity_weekly, user=request.user, activity_id=pk, **form.cleaned_data
    ):
        messages.success(request, f"已建立之后 {form.cleaned_data['weeks']} 周的活动。")
        return redirect("project", shown.project_id)
    context = {"form": form, "activity": shown, "above": build_activity_breadcrumb(shown)}
    return render(request, "activities/activity_repeat.html", context)


@allow("activity.edit")
@require_http_methods(["GET", "POST"])
def signup_remove(request, pk: int):
    seen = SignUp.objects.visible_to(request.user, "activity.edit").select_related(
        "member__branch", "activity__project__college"
    )
    signup = get_object_or_404(seen, pk=pk)
    form = RemoveForm(request.POST or None)
    if form.is_valid() and submit_form(
        form, remove_signup, user=request.user, signup_id=pk, **form.cleaned_data
    ):
        messages.success(request, f"已将{signup.member.name}移出名单。")
        return redirect("activity", signup.activity_id)
    context = {"form": form, "signup": signup, "above": build_activity_breadcrumb(signup.activity)}
    return render(request, "activities/signup_remove.html", context)


@allow("activity.edit")
@require_POST
def signup_readmit(request, pk: int):
    signup = get_object_or_404(SignUp.objects.visible_to(request.user, "activity.edit"), pk=pk)
    try:
        readmit_signup(user=request.user, signup_id=pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"已恢复{signup.member.name}的报名资格，本人会收到通知。")
    return redirect("activity", signup.activity_id)
