"""表彰: criteria, the resulting list, the people left out with the reasons, and the printable evidence."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.models import ServiceYear
from members.pages import build_list_context, log_and_send_workbook, submit_form
from members.permissions import allow
from reports.forms.commendation import CommendationForm
from reports.listings.assessment import COMMENDATIONS
from reports.models import Commendation, Commended
from reports.pages import link_in_year
from reports.queries.commendation import list_evidence, select_current
from reports.rules.commendation import CRITERIA, KINDS, Candidate, figure_text
from reports.services.commendation import drop_commendation, issue_commendation, save_commendation
from reports.workbooks.commendation import build_commendation_workbook


@allow("commendation.view")
@require_safe
def commendations(request):
    context = build_list_context(request, COMMENDATIONS)
    if (year := context["form"].of_year) is None:
        return render(request, "members/year_none.html")
    context |= {"year": year, "kinds": KINDS.items()}
    return render(request, "reports/commendations.html", context)


@allow("commendation.edit")
@require_http_methods(["GET", "POST"])
def commendation_new(request, year: int, kind: str):
    own = ServiceYear.objects.visible_to(request.user, "commendation.edit").filter(school=request.user.school)
    own = get_object_or_404(own, year=year)
    if kind not in KINDS:
        raise Http404
    return _respond_with_edit_form(request, CommendationForm(request.POST or None, kind=kind), own, kind)


@allow("commendation.edit")
@require_http_methods(["GET", "POST"])
def commendation_edit(request, pk: int):
    found = _get_commendation_or_404(request, pk, "commendation.edit")
    form = CommendationForm(request.POST or None, kind=found.kind, commendation=found)
    return _respond_with_edit_form(request, form, found.year, found.kind, found)


def _build_commendation_breadcrumb(year: ServiceYear) -> list[tuple[str, str]]:
    return [("表彰", link_in_year("commendations", year))]


def _respond_with_edit_form(
    request, form: CommendationForm, year: ServiceYear, kind: str, found: Commendation | None = None
):
    if form.is_valid():
        given = {"year": year, "kind": kind, "commendation_id": found and found.pk}
        if submit_form(
            form,
            save_commendation,
            user=request.user,
            unchanged=form.require_unchanged,
            **given,
            **form.for_service,
        ):
            messages.success(request, "条件已保存，名单按条件自动生成。")
            return redirect(Commendation.objects.get(year=year, name=form.cleaned_data["name"].strip()))
    context = {
        "form": form,
        "year": year,
        "label": KINDS[kind],
        "above": _build_commendation_breadcrumb(year),
    }
    return render(request, "reports/commendation_edit.html", context)


def _get_commendation_or_404(request, pk: int, action: str) -> Commendation:
    seen = Commendation.objects.visible_to(request.user, action)
    return get_object_or_404(seen.select_related("year", "issued_by"), pk=pk)


def list_names(found: Commendation, *, proofs: bool = False) -> tuple[list[dict], list[dict], dict]:
    """Return (chosen, barred, marks) of an issued list as issued, else as the criteria give it now."""
    if found.issued_at:
        kept = found.names.select_related("member", "team", "project")
        rows = [_build_kept_row(found, one) for one in kept]
        return [row for row in rows if row["place"]], [row for row in rows if not row["place"]], {}
    selection = select_current(found)
    pks = [one.pk for one in selection.chosen]
    behind = list_evidence(found.kind, pks, found.year) if proofs else {}
    chosen = [
        _build_candidate_row(found, one, place, behind) for place, one in enumerate(selection.chosen, start=1)
    ]
    barred = [_build_candidate_row(found, one, None, {}) for one in selection.barred]
    return chosen, barred, {"equal": selection.equal, "below": selection.below}


def _build_candidate_row(found: Commendation, one: Candidate, place: int | None, behind: dict) -> dict:
    figures = [(each.label, figure_text(each, one.figures[each.key])) for each in CRITERIA[found.kind]]
    shown = {"place": place, "name": one.name, "where": one.place, "figures": figures, "barred": one.barred}
    return shown | {"evidence": behind.get(one.pk, [])}


def _build_kept_row(found: Commendation, one: Commended) -> dict:
    figures = [(each.label, figure_text(each, one.figures[each.key])) for each in CRITERIA[found.kind]]
    shown = {"place": one.place, "name": one.name, "where": one.where, "figures": figures}
    return shown | {"barred": one.barred, "evidence": one.evidence, "name_now": one.name_now}


@allow("commendation.view")
@require_safe
def commendation(request, pk: int):
    found = _get_commendation_or_404(request, pk, "commendation.view")
    chosen, barred, marks = list_names(found)
    now = (
        {one.pk: place for place, one in enumerate(select_current(found).chosen, start=1)}
        if found.issued_at
        else {}
    )
    kept = found.names.exclude(place=None) if found.issued_at else []
    subjects = {one.place: now.get(one.member_id or one.team_id or one.project_id or 0) for one in kept}
    context = {
        "commendation": found,
        "chosen": [row | {"now": subjects.get(row["place"])} for row in chosen],
        "barred": barred,
        "labels": [one.label for one in CRITERIA[found.kind]],
        "above": _build_commendation_breadcrumb(found.year),
        **marks,
    }
    return render(request, "reports/commendation.html", context)


@allow("commendation.view")
@require_safe
def commendation_proofs(request, pk: int):
    found = _get_commendation_or_404(request, pk, "commendation.view")
    context = {
        "commendation": found,
        "chosen": list_names(found, proofs=True)[0],
        "third": "来源" if found.kind == "volunteer" else "人数",
        "above": [*_build_commendation_breadcrumb(found.year), (found.name, found.get_absolute_url())],
    }
    return render(request, "reports/commendation_proofs.html", context)


@allow("commendation.view")
@require_safe
def commendation_export(request, pk: int):
    found = _get_commendation_or_404(request, pk, "commendation.view")
    chosen, barred, _ = list_names(found)
    labels = [one.label for one in CRITERIA[found.kind]]
    content, rows = build_commendation_workbook(found.name, labels, chosen, barred), len(chosen) + len(barred)
    filters = {"name": found.name}
    return log_and_send_workbook(
        request, content, f"{found.name}.xlsx", kind="commendation", rows=rows, filters=filters
    )


@allow("commendation.edit")
@require_POST
def commendation_issue(request, pk: int):
    return _run_commendation_step(request, pk, issue_commendation, "名单已公布，各项数字和记录不再变化。")


@allow("commendation.edit")
@require_POST
def commendation_drop(request, pk: int):
    return _run_commendation_step(request, pk, drop_commendation, "已删除。")


def _run_commendation_step(request, pk: int, service, said: str):
    found = _get_commendation_or_404(request, pk, "commendation.edit")
    try:
        service(user=request.user, year=found.year, commendation_id=pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(found)
    messages.success(request, said)
    return redirect(link_in_year("commendations", found.year) if service is drop_commendation else found)
