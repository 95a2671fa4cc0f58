"""教育评议 of one branch: the sheet in the meeting, its submission, and the college's decision."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap

from members.models import Branch
from members.models.years import Source
from members.pages import submit_form
from members.permissions import allow
from reports.forms.appraisal import GradeForm, MeetingForm, ReasonForm
from reports.listings.appraisals import find_left_out
from reports.models import Appraisal, AppraisalGrade
from reports.pages import get_acting_year, get_appraisal_or_404
from reports.queries.appraisal_sheets import (
    Row,
    build_sheet,
    find_roll_changes,
    get_excellent_quota,
    list_problems,
)
from reports.rules.appraisal import Beside, compare_verdicts, count_present_needed
from reports.rules.eligibility import format_exact_hours
from reports.services.appraisal import (
    approve_appraisal,
    refresh_roll,
    reopen_appraisal,
    return_appraisal,
    save_meeting,
    start_appraisal,
    submit_appraisal,
    write_rows,
)


@allow("appraisal.edit")
@require_http_methods(["GET", "POST"])
def appraisal_start(request, pk: int):
    branches = Branch.objects.visible_to(request.user, "appraisal.edit").select_related("college")
    branch = get_object_or_404(branches, pk=pk)
    year = get_acting_year(request, request.user.school)
    if year is None:
        return render(request, "members/year_none.html")
    begun = Appraisal.objects.filter(branch=branch, year=year).first()
    if begun:
        return redirect(begun)
    refused = None
    if request.method == "POST":
        try:
            return redirect(start_appraisal(user=request.user, branch_id=pk, year=year))
        except ValidationError as refusal:
            refused = refusal.messages
    context = {"branch": branch, "year": year, "refused": refused, "above": _build_appraisal_breadcrumb()}
    return render(request, "reports/appraisal_start.html", context)


@allow("appraisal.view")
@require_safe
def appraisal(request, pk: int):
    return _render_appraisal(request, get_appraisal_or_404(request.user, pk, "appraisal.view"))


@allow("appraisal.edit")
@require_POST
def appraisal_meeting(request, pk: int):
    shown = get_appraisal_or_404(request.user, pk, "appraisal.edit")
    form = MeetingForm(request.POST)
    if form.is_valid() and submit_form(
        form,
        save_meeting,
        user=request.user,
        appraisal_id=pk,
        unchanged=form.require_unchanged,
        **form.cleaned_data,
    ):
        messages.success(request, "评议会情况已保存。")
        return redirect(shown)
    return _render_appraisal(request, shown, meeting=form)


@allow("appraisal.edit")
@require_POST
def appraisal_sheet(request, pk: int):
    """Save the whole table at once, as browsers without JavaScript send it."""
    shown = get_appraisal_or_404(request.user, pk, "appraisal.edit")
    forms = [GradeForm(request.POST, row=row) for row in build_sheet(shown)]
    try:
        changed = write_rows(user=request.user, appraisal_id=pk, **_read_sent_rows(forms, request.POST))
    except ValidationError as refusal:
        return _render_appraisal(request, shown, forms=forms, refused=_spread_problems(forms, refusal))
    messages.success(request, f"已保存，改动 {len(changed)} 人。" if changed else "没有改动。")
    return redirect(shown)


@allow("appraisal.edit")
@require_POST
def appraisal_row(request, pk: int):
    """Save one row as soon as it is changed.

    The row on the page is not replaced, because the user may already be editing it further; it is replaced
    only if another window had changed it first.
    """
    grades = AppraisalGrade.objects.visible_to(request.user, "appraisal.edit")
    shown = get_appraisal_or_404(
        request.user, get_object_or_404(grades, pk=pk).appraisal_id, "appraisal.edit"
    )
    form = GradeForm(request.POST, row=_find_row(build_sheet(shown), pk))
    try:
        write_rows(user=request.user, appraisal_id=shown.pk, **_read_sent_rows([form], request.POST))
    except ValidationError as refusal:
        form.refuse(_get_problems_by_row(refusal).get(str(pk), [refusal]))
    rows, saved = build_sheet(shown), not form.problems
    context = {
        "form": GradeForm(row=_find_row(rows, pk)) if saved else form,
        "saved": saved,
        "appraisal": shown,
    }
    answer = render(request, "reports/_appraisal_saved.html", context | _build_figures_context(shown, rows))
    return answer if form.stale else reswap(answer, "none")


@allow("appraisal.edit")
@require_POST
def appraisal_roll(request, pk: int):
    done = "名单已更新。"
    return _run_appraisal_step(request, pk, "appraisal.edit", done, refresh_roll)


@allow("appraisal.submit")
@require_POST
def appraisal_submit(request, pk: int):
    done = "已提交学院审核。"
    return _run_appraisal_step(request, pk, "appraisal.submit", done, submit_appraisal)


@allow("appraisal.approve")
@require_POST
def appraisal_approve(request, pk: int):
    done = "已审核通过，结果已保存。"
    return _run_appraisal_step(request, pk, "appraisal.approve", done, approve_appraisal)


@allow("appraisal.approve")
@require_POST
def appraisal_return(request, pk: int):
    return _run_step_with_reason(request, pk, return_appraisal, "已退回团支部。")


@allow("appraisal.approve")
@require_POST
def appraisal_reopen(request, pk: int):
    return _run_step_with_reason(request, pk, reopen_appraisal, "已重新开启，团支部可以修改后再次提交。")


# --- parts ------------------------------------------------------------------------------------------------------


def _find_row(rows: list[Row], pk: int) -> Row:
    return next(row for row in rows if row.grade.pk == pk)


def _run_appraisal_step(request, pk: int, action: str, done: str, service):
    shown = get_appraisal_or_404(request.user, pk, action)
    try:
        service(user=request.user, appraisal_id=pk)
    except ValidationError as refusal:
        return _render_appraisal(
            request, get_appraisal_or_404(request.user, pk, action), refused=refusal.messages
        )
    messages.success(request, done)
    return redirect(shown)


def _run_step_with_reason(request, pk: int, service, done: str):
    shown = get_appraisal_or_404(request.user, pk, "appraisal.approve")
    form = ReasonForm(request.POST)
    if form.is_valid() and submit_form(
        form, service, user=request.user, appraisal_id=pk, **form.cleaned_data
    ):
        messages.success(request, done)
        return redirect(shown)
    return _render_appraisal(
        request, get_appraisal_or_404(request.user, pk, "appraisal.approve"), reason=form
    )


def _read_sent_rows(forms: list[GradeForm], data) -> dict[str, Any]:
    """Return the entered values of the rows in the request, and the version of each row that the user saw.

    ValidationError if a row is not valid.
    """
    sent = [form for form in forms if f"{form.prefix}-note" in data]
    problems = {
        str(form.instance.pk): [text for texts in form.errors.values() for text in texts]
        for form in sent
        if not form.is_valid()
    }
    if problems:
        raise ValidationError(problems)
    return {
        "rows": {form.instance.pk: form.values for form in sent},
        "seen": {form.instance.pk: form.cleaned_data["version"] for form in sent},
    }


def _get_problems_by_row(refusal: ValidationError) -> dict[str, list[ValidationError]]:
    return getattr(refusal, "error_dict", {})


def _spread_problems(forms: list[GradeForm], refusal: ValidationError) -> list[str]:
    """Put each problem into its row; return the problems that concern the whole sheet."""
    if not (by_row := _get_problems_by_row(refusal)):
        return refusal.messages
    for form in forms:
        if problems := by_row.get(str(form.instance.pk)):
            form.refuse(problems)
    return [f"有 {len(by_row)} 行没有保存，请按行内提示修改；其余各行也还没有保存。"]


def _render_appraisal(request, shown: Appraisal, *, forms=None, meeting=None, reason=None, refused=()):
    rows = build_sheet(shown)
    editing = shown.state == "draft" and _may_do(request.user, shown, "appraisal.edit")
    approving = _may_do(request.user, shown, "appraisal.approve")
    kept = [_compare_row_verdicts(row) for row in rows]
    context = {
        "appraisal": shown,
        "forms": (forms or [GradeForm(row=row) for row in rows]) if editing else None,
        "rows": kept,
        "differing": sum(differs for *_, differs in kept),
        "rules": _compare_rules(shown),
        "meeting": meeting or (MeetingForm(initial=vars(shown)) if editing else None),
        "changes": find_roll_changes(shown) if shown.state != "approved" else None,
        "left_out": find_left_out(request.user, shown.year).filter(branch=shown.branch_id),
        "may_submit": editing and _may_do(request.user, shown, "appraisal.submit"),
        "deciding": approving and shown.state == "submitted",
        "reason": reason or (ReasonForm() if approving and shown.state != "draft" else None),
        "steps": shown.steps.select_related("by"),
        "changes_of_results": [
            row for row in shown.changes.with_results() if row.result_at == shown.approved_at
        ],
        "may_settle": approving,
        "refused": refused,
        "above": _build_appraisal_breadcrumb(),
    }
    return render(request, "reports/appraisal.html", context | _build_figures_context(shown, rows))


def _compare_row_verdicts(row: Row) -> tuple[Row, list[Beside], bool]:
    lines = compare_verdicts(row.grade.verdict, row.verdict) if row.grade.verdict else []
    return row, lines, any(line.differs for line in lines)


def _build_figures_context(shown: Appraisal, rows) -> dict:
    grades = [row.grade for row in rows]
    return {
        "quota": get_excellent_quota(shown, grades),
        "graded": sum(bool(grade.taking_part and grade.final) for grade in grades),
        "problems": list_problems(shown, rows) if shown.state != "approved" else [],
        "needed": count_present_needed(shown.entitled) if shown.entitled else None,
    }


def _compare_rules(shown: Appraisal) -> list[tuple[str, str, str]]:
    """Return (label, value at approval, current value or "" if unchanged) of the year's rules."""
    if not shown.rules:
        return []
    year, then = shown.year, shown.rules
    share = "{} %".format
    pairs: list[tuple[str, Any, Any, Callable[[Any], str]]] = [
        ("年度服务时长", then["required_minutes"], year.required_minutes, format_exact_hours),
        ("优秀比例上限", then["excellent_quota_percent"], year.excellent_quota_percent, share),
        ("认定的时长来源", then["appraisal_sources"], list(year.appraisal_sources), _name_sources),
    ]
    return [(label, text(old), "" if old == new else text(new)) for label, old, new, text in pairs]


def _name_sources(names: list[str]) -> str:
    return "、".join(Source(name).label for name in names)


def _may_do(user, shown: Appraisal, action: str) -> bool:
    return Appraisal.objects.visible_to(user, action).filter(pk=shown.pk).exists()


def _build_appraisal_breadcrumb() -> list[tuple[str, str]]:
    return [("教育评议", reverse("appraisals"))]
