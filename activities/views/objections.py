"""异议: the member's word, the list with the term, and the college's answer."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.forms.objections import AnswerForm, ObjectionFilter, ObjectionForm
from activities.models import Objection, ServiceRecord, SignUp
from activities.queries.terms import with_terms
from activities.resources.ledger import objections_sheet
from activities.services.objections import ONCE, answer, object_to_absence, object_to_record, withdraw
from activities.views.exporting import workbook_answer
from members.pages import submit_form
from members.permissions import allow, may

PER_PAGE = 25
WITH = ("member__branch__college", "record", "signup__activity", "answered_by")


def listed(request) -> tuple[ObjectionFilter, list[Objection]]:
    """The objections in scope as the address narrows them, the open ones first, each with its term."""
    form = ObjectionFilter(request.GET, user=request.user, action="objection.view")
    if not form.is_valid():
        return form, []
    found = form.of_people(Objection.objects.visible_to(request.user, "objection.view"))
    late = form.cleaned_data["state"] == "late"
    if state := "open" if late else form.cleaned_data["state"]:
        found = found.filter(state=state)
    rows = with_terms(found.select_related(*WITH).open_first(), today=timezone.localdate())
    return form, [row for row in rows if row.late or not late]


@allow("objection.view")
@require_safe
def objections(request):
    form, rows = listed(request)
    context = {
        "form": form,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "answers": may(request.user, "objection.answer"),
        "filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "activities/objections.html", context)


@allow("objection.answer")
@require_safe
def objections_export(request):
    form, rows = listed(request)
    if not form.is_valid():
        raise Http404
    return workbook_answer(request, objections_sheet(rows), kind="objections", form=form)


@allow("objection.view")
@require_http_methods(["GET", "POST"])
def objection(request, pk: int):
    """The objection and its answer; whoever answers does so here."""
    seen = Objection.objects.visible_to(request.user, "objection.view").select_related(*WITH)
    (shown,) = with_terms([get_object_or_404(seen, pk=pk)], today=timezone.localdate())
    own = shown.member_id == request.user.member_id
    answers = shown.state == "open" and not own and may(request.user, "objection.answer")
    form = AnswerForm(request.POST if answers and request.method == "POST" else None)
    entered = {"user": request.user, "objection_id": pk}
    if form.is_valid() and submit_form(form, answer, **entered, **form.for_service):
        messages.success(request, "已答复，本人会收到消息。")
        return redirect("objection", pk)
    context = {"objection": shown, "form": form if answers else None, "own": own}
    return render(request, "activities/objection.html", context)


@allow("hours.own")
@require_http_methods(["GET", "POST"])
def objection_new(request, pk: int):
    """Against an own record."""
    own = ServiceRecord.objects.visible_to(request.user, "hours.own")
    record = get_object_or_404(own, pk=pk, member=request.user.member_id)
    about = f"{record.served_on:%Y-%m-%d}“{record.title}”的时长"
    return _new(request, record, about, record.get_absolute_url(), object_to_record, record_id=pk)


@allow("hours.own")
@require_http_methods(["GET", "POST"])
def objection_absence(request, pk: int):
    """Against having been noted absent."""
    own = SignUp.objects.filter(member=request.user.member_id, no_show_at__isnull=False)
    signup = get_object_or_404(own.select_related("activity"), pk=pk)
    day = timezone.localdate(signup.activity.starts_at)
    about = f"{day:%Y-%m-%d}“{signup.activity.name}”的缺席登记"
    return _new(request, signup, about, reverse("me"), object_to_absence, signup_id=pk)


def _new(request, against: ServiceRecord | SignUp, about: str, back: str, service, **thing):
    if waits := against.objections.open().first():
        messages.info(request, ONCE)
        return redirect(waits)
    form = ObjectionForm(request.POST or None)
    if form.is_valid() and submit_form(form, service, user=request.user, **thing, **form.cleaned_data):
        messages.success(request, "异议已提交，学院团委会在期限内答复。")
        return redirect("objections")
    return render(request, "activities/objection_new.html", {"form": form, "about": about, "back": back})


@allow("hours.own")
@require_POST
def objection_withdraw(request, pk: int):
    if not Objection.objects.filter(member=request.user.member_id, pk=pk).exists():
        raise Http404
    try:
        withdraw(user=request.user, objection_id=pk)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, "异议已撤回。")
    return redirect("objection", pk)
