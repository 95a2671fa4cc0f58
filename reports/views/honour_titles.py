"""荣誉: pages to set up a title and take it through its steps, and the list for publication."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.pages import submit_form
from members.permissions import allow
from reports.forms.honours import TitleEditForm, TitleForm
from reports.models import Nomination
from reports.pages import (
    build_title_breadcrumb,
    get_acting_year,
    get_title_or_404,
    link_in_year,
    render_title,
)
from reports.services.honour_titles import (
    announce_title,
    create_title,
    decide_title,
    delete_title,
    edit_title,
    reopen_title,
)


@allow("honour.manage")
@require_http_methods(["GET", "POST"])
def honour_new(request):
    year = get_acting_year(request, request.user.school)
    if year is None:
        return render(request, "members/year_none.html")
    form = TitleForm(request.POST or None, user=request.user)
    if form.is_valid() and submit_form(form, create_title, user=request.user, year=year, **form.cleaned_data):
        messages.success(request, "荣誉已设立，可以开始申报。")
        return redirect(link_in_year("honours", year))
    context = {"form": form, "year": year, "above": [("荣誉", link_in_year("honours", year))]}
    return render(request, "reports/honour_new.html", context)


@allow("honour.manage")
@require_http_methods(["GET", "POST"])
def honour_edit(request, pk: int):
    title = get_title_or_404(request.user, pk, "honour.manage")
    form = TitleEditForm(request.POST or None, title=title)
    entered = {"user": request.user, "title_id": pk, "unchanged": form.require_unchanged}
    if form.is_valid() and submit_form(form, edit_title, **entered, **form.cleaned_data):
        messages.success(request, "已保存。")
        return redirect(title)
    empty = title.state == "open" and not title.nominations.exists()
    context = {"form": form, "honour": title, "may_delete": empty, "above": build_title_breadcrumb(title)}
    return render(request, "reports/honour_edit.html", context)


@allow("honour.manage")
@require_POST
def honour_delete(request, pk: int):
    return _run_title_step(request, pk, delete_title, "荣誉已删除。", to_list=True)


@allow("honour.manage")
@require_POST
def honour_announce(request, pk: int):
    return _run_title_step(request, pk, announce_title, "已进入公示，可以打印或复制公示名单。")


@allow("honour.manage")
@require_POST
def honour_reopen(request, pk: int):
    return _run_title_step(request, pk, reopen_title, "已退回申报。")


@allow("honour.manage")
@require_POST
def honour_decide(request, pk: int):
    return _run_title_step(request, pk, decide_title, "已确定，名单和资格已存档，不能再修改。")


def _run_title_step(request, pk: int, service, done: str, *, to_list: bool = False):
    """Take a step of the title; if the service refuses it, the title's page shows the reasons."""
    title = get_title_or_404(request.user, pk, "honour.manage")
    try:
        service(user=request.user, title_id=pk)
    except ValidationError as refusal:
        return render_title(request, pk, errors=refusal.messages)
    messages.success(request, done)
    return redirect(link_in_year("honours", title.year) if to_list else title)


@allow("honour.manage")
@require_safe
def honour_publication(request, pk: int):
    """Show 公示名单 to print and to copy: only name, branch and title. For staff, not public."""
    title = get_title_or_404(request.user, pk, "honour.manage")
    rows = [_build_publication_row(row) for row in title.nominations.won().with_names()]
    context = {"honour": title, "rows": rows, "final": title.state == "decided"}
    context["text"] = render_to_string("reports/honour_publication.txt", context)
    return render(request, "reports/honour_publication.html", context)


def _build_publication_row(nomination: Nomination) -> tuple[str, str]:
    """Return the name and, of a person, the branch; once decided, those of the decision."""
    names = nomination.names
    return names["name"], "" if nomination.branch else names["branch"]
