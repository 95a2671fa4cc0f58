"""异议: the member's objection, the list with deadlines, and the college's answer."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.forms.objections import AnswerForm, ObjectionForm
from activities.listings import OBJECTIONS
from activities.models import Objection, ServiceRecord, SignUp
from activities.queries.terms import add_terms
from activities.services.objections import (
    ONCE,
    answer_objection,
    object_to_absence,
    object_to_record,
    withdraw_objection,
)
from members.pages import build_list_context, submit_form
from members.permissions import allow, may


@allow("objection.view")
@require_safe
def objections(request):
    context = build_list_context(request, OBJECTIONS, answers=may(request.user, "objection.answer"))
    return render(request, "activities/objections.html", context)


@allow("objection.view")
@require_http_methods(["GET", "POST"])
def objection(request, pk: int):
    """Show the objection with its answer, and the form for the person who answers."""
    seen = Objection.objects.visible_to(request.user, "objection.view").with_subjects()
    (shown,) = add_terms([get_object_or_404(seen, pk=pk)], today=timezone.localdate())
    own = shown.member_id == request.user.member_id
    answers = shown.state == "open" and not own and may(request.user, "objection.answer")
    form = AnswerForm(request.POST if answers and request.method == "POST" else None)
    entered = {"user": request.user, "objection_id": pk}
    if form.is_valid() and submit_form(form, answer_objection, **entered, **form.for_service):
        messages.success(request, "已答复，本人会收到消息。")
        return redirect("objection", pk)
    context = {"objection": shown, "form": form if answers else None, "own": own}
    return render(request, "activities/objection.html", context)


@allow("objection.raise")
@require_http_methods(["GET", "POST"])
def objection_new(request, pk: int):
    """Raise an objection to the person's own record."""
    own = ServiceRecord.objects.visible_to(request.user, "objection.raise")
    record = get_object_or_404(own, pk=pk, member=request.user.member_id)
    about = f"{record.served_on:%Y-%m-%d}“{record.title}”（{record.get_source_display()}）的时长"
    return _respond_with_objection_form(
        request, record, about, record.get_absolute_url(), object_to_record, record_id=pk
    )


@allow("objection.raise")
@require_http_methods(["GET", "POST"])
def objection_absence(request, pk: int):
    """Raise an objection to being noted absent."""
    own = SignUp.objects.filter(member=request.user.member_id, no_show_at__isnull=False)
    signup = get_object_or_404(own.select_related("activity"), pk=pk)
    day = timezone.localdate(signup.activity.starts_at)
    about = f"{day:%Y-%m-%d}“{signup.activity.name}”的缺席登记"
    return _respond_with_objection_form(
        request, signup, about, reverse("me"), object_to_absence, signup_id=pk
    )


def _respond_with_objection_form(
    request, against: ServiceRecord | SignUp, about: str, back: str, service, **thing
):
    if waits := against.objections.open().first():
        messages.info(request, ONCE)
        return redirect(waits)
    form = ObjectionForm(request.POST or None)
    if form.is_valid() and submit_form(form, service, user=request.user, **thing, **form.cleaned_data):
        messages.success(request, "异议已提交，学院团委会在期限内答复。")
        return redirect("objections")
    return render(request, "activities/objection_new.html", {"form": form, "about": about, "back": back})


@allow("objection.raise")
@require_POST
def objection_withdraw(request, pk: int):
    if not Objection.objects.filter(member=request.user.member_id, pk=pk).exists():
        raise Http404
    try:
        withdraw_objection(user=request.user, objection_id=pk)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, "异议已撤回。")
    return redirect("objection", pk)
