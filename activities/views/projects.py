"""项目: the college's plans, the street's answers to them, publication."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.forms.projects import AnswerForm, NewProjectForm, ProjectForm, ProposeForm, WithdrawForm
from activities.listings import PROJECTS
from activities.models import Activity, Project
from activities.pages import build_project_breadcrumb, get_project_or_404
from activities.services.projects import (
    answer_proposal,
    close_project,
    draft_project,
    edit_project,
    is_street_paired,
    needs_agreement_again,
    propose_project,
    publish_project,
    withdraw_agreement,
)
from members.models import College
from members.pages import build_list_context, submit_form
from members.permissions import allow, may

ACTIVITIES_SHOWN = 50


@allow("project.view")
@require_safe
def projects(request):
    context = build_list_context(request, PROJECTS, may_edit=may(request.user, "project.edit"))
    return render(request, "activities/projects.html", context)


@allow("project.edit")
@require_http_methods(["GET", "POST"])
def project_new(request):
    colleges = College.objects.visible_to(request.user, "project.edit")
    initial = {"starts_on": timezone.localdate(), "contact_name": request.user.name}
    form = NewProjectForm(request.POST or None, colleges=colleges, initial=initial)
    if form.is_valid():
        try:
            made = draft_project(user=request.user, **form.for_service)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "项目已建立。")
            return redirect(made)
    context = {"form": form, "above": [("项目", reverse("projects"))]}
    return render(request, "activities/project_edit.html", context)


@allow("project.view")
@require_safe
def project(request, pk: int):
    return render(request, "activities/project.html", _build_project_context(request, pk))


def _build_project_context(request, pk: int, **forms) -> dict:
    shown = get_project_or_404(request.user, pk, "project.view")
    replies = list(shown.replies.select_related("by"))
    dates = Activity.objects.visible_to(request.user, "activity.view").filter(project=shown)
    for_street = may(request.user, "project.agree")
    may_answer = shown.state == Project.State.PROPOSED and for_street
    agreed = shown.state in (Project.State.AGREED, Project.State.PUBLISHED)
    paired = is_street_paired(shown)
    return {
        "project": shown,
        "street": shown.street,
        "replies": replies,
        "activities": dates.with_places().order_by("-starts_at")[:ACTIVITIES_SHOWN],
        "now": timezone.now(),
        "may_edit": Project.objects.visible_to(request.user, "project.edit").filter(pk=pk).exists(),
        "paired": paired,
        "may_propose": shown.kind == Project.Kind.STREET and paired and shown.state in ("draft", "changes"),
        "may_publish": paired and shown.state == ("agreed" if shown.team else "draft"),
        "propose_form": ProposeForm(),
        "answer_form": AnswerForm(initial={"seen": replies[-1].pk}) if may_answer and paired else None,
        "withdraw_form": WithdrawForm() if shown.team and paired and agreed and for_street else None,
    } | forms


@allow("project.edit")
@require_http_methods(["GET", "POST"])
def project_edit(request, pk: int):
    shown = get_project_or_404(request.user, pk, "project.edit")
    form = ProjectForm(request.POST or None, project=shown)
    entered = {"user": request.user, "project_id": pk}
    if form.is_valid() and submit_form(
        form, edit_project, **entered, values=form.cleaned_data, unchanged=form.require_unchanged
    ):
        messages.success(request, "已保存。")
        return redirect("project", pk)
    context = {
        "form": form,
        "project": shown,
        "again": needs_agreement_again(shown),
        "above": build_project_breadcrumb(shown),
    }
    return render(request, "activities/project_edit.html", context)


@allow("project.edit")
@require_POST
def project_propose(request, pk: int):
    get_project_or_404(request.user, pk, "project.edit")
    form = ProposeForm(request.POST)
    entered = {"user": request.user, "project_id": pk}
    if form.is_valid() and submit_form(form, propose_project, **entered, **form.cleaned_data):
        messages.success(request, "已提交街乡，对方答复后会通知您。")
        return redirect("project", pk)
    return render(request, "activities/project.html", _build_project_context(request, pk, propose_form=form))


@allow("project.agree")
@require_POST
def project_answer(request, pk: int):
    get_project_or_404(request.user, pk, "project.agree")
    form = AnswerForm(request.POST)
    entered = {"user": request.user, "project_id": pk}
    if form.is_valid() and submit_form(form, answer_proposal, **entered, **form.for_service):
        messages.success(request, "已答复，学院会收到通知。")
        return redirect("project", pk)
    return render(request, "activities/project.html", _build_project_context(request, pk, answer_form=form))


@allow("project.agree")
@require_POST
def project_withdraw(request, pk: int):
    get_project_or_404(request.user, pk, "project.agree")
    form = WithdrawForm(request.POST)
    entered = {"user": request.user, "project_id": pk}
    if form.is_valid() and submit_form(form, withdraw_agreement, **entered, **form.cleaned_data):
        messages.success(request, "已撤回同意，还没有开始的活动已暂停，学院会收到通知。")
        return redirect("project", pk)
    return render(request, "activities/project.html", _build_project_context(request, pk, withdraw_form=form))


@allow("project.edit")
@require_POST
def project_publish(request, pk: int):
    get_project_or_404(request.user, pk, "project.edit")
    return _run_project_step(request, pk, publish_project, "项目已发布，现在可以安排活动。")


@allow("project.edit")
@require_POST
def project_close(request, pk: int):
    get_project_or_404(request.user, pk, "project.edit")
    return _run_project_step(request, pk, close_project, "项目已结束。")


def _run_project_step(request, pk: int, service, done: str):
    """Do one step that needs no form; show the project with the result."""
    try:
        service(user=request.user, project_id=pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, done)
    return redirect("project", pk)
