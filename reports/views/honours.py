"""荣誉: titles of a year, their nominations with past and current verdicts, and nominating."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.pages import build_list_context, submit_form
from members.permissions import allow, may
from reports.forms.honours import (
    ChooseForm,
    NominateForm,
    ReasonForm,
)
from reports.listings.honours import HONOURS, NOMINEES, Standing
from reports.models import HonourTitle, Nomination
from reports.pages import build_title_breadcrumb, get_title_or_404, link_in_year, render_title
from reports.queries.honours import judge_nominations, judge_subjects, list_nominees
from reports.rules.honours import compare_kept_verdicts, explain_barred
from reports.services.honours import choose_nomination, drop_nomination, nominate, withdraw_nomination


@allow("honour.view")
@require_safe
def honours(request):
    context = build_list_context(request, HONOURS)
    if (year := context["form"].of_year) is None:
        return render(request, "members/year_none.html")
    context |= {
        "year": year,
        "new": link_in_year("honour_new", year) if may(request.user, "honour.manage") else "",
        "may_export": may(request.user, "honour.export"),
        "filtered": bool(context["list"].filters.keys() - {"year"}),
    }
    return render(request, "reports/honours.html", context)


@allow("honour.view")
@require_safe
def honour(request, pk: int):
    return render_title(request, pk)


# --- nominating ---------------------------------------------------------------------------------------------------


@allow("honour.nominate")
@require_safe
def honour_nominees(request, pk: int):
    """List people or branches to nominate.

    Each has its verdict at the title's level; those nominated already are marked.
    """
    context = build_list_context(request, NOMINEES, given={"honour": pk})
    page = context["page"]
    if (title := context["form"].of_title) is None:
        raise Http404
    judged = judge_subjects(title, [row.pk for row in page])
    subject = "branch" if title.of_branches else "member"
    standing = set(title.nominations.live().values_list(subject, flat=True))
    context |= {
        "honour": title,
        "rows": [(row, judged[row.pk], row.pk in standing) for row in page],
        "above": build_title_breadcrumb(title),
    }
    return render(request, "reports/honour_nominees.html", context)


@allow("honour.nominate")
@require_http_methods(["GET", "POST"])
def honour_nominate(request, pk: int, subject: int):
    """Show the verdict with its reasons, and the form where no reason bars the nomination."""
    title = get_title_or_404(request.user, pk, "honour.nominate")
    person = get_object_or_404(list_nominees(request.user, title), pk=subject)
    form = NominateForm(request.POST or None)
    values = {"user": request.user, "title_id": pk, "subject_id": subject}
    if form.is_valid() and submit_form(form, nominate, **values, **form.cleaned_data):
        messages.success(request, f"已申报：{person.name}。")
        return redirect("honour", pk)
    now = judge_subjects(title, [subject])[subject]
    context = {
        "honour": title,
        "person": person,
        "form": form,
        "now": now,
        "barred": explain_barred(now),
        "above": build_title_breadcrumb(title),
    }
    return render(request, "reports/honour_nominate.html", context)


# --- one nomination -----------------------------------------------------------------------------------------------


@allow("honour.view")
@require_safe
def nomination(request, pk: int):
    seen = Nomination.objects.visible_to(request.user, "honour.view").with_names()
    return _render_nomination(request, get_object_or_404(seen.select_related("decided_by"), pk=pk))


@allow("honour.manage")
@require_POST
def nomination_choose(request, pk: int):
    found = _get_managed_nomination_or_404(request.user, pk)
    form = ChooseForm(request.POST)
    if form.is_valid() and submit_form(form, choose_nomination, user=request.user, nomination_id=pk):
        messages.success(request, f"已列入拟表彰：{found.subject.name}。")
        return redirect(found.title)
    return _render_nomination(request, found, choosing=form)


@allow("honour.manage")
@require_POST
def nomination_drop(request, pk: int):
    found = _get_managed_nomination_or_404(request.user, pk)
    form = ReasonForm(request.POST)
    if form.is_valid() and submit_form(
        form, drop_nomination, user=request.user, nomination_id=pk, **form.cleaned_data
    ):
        messages.success(request, f"已处理：{found.subject.name}未入选，申报人会收到消息。")
        return redirect(found.title)
    return _render_nomination(request, found, dropping=form)


@allow("honour.nominate")
@require_POST
def nomination_withdraw(request, pk: int):
    seen = Nomination.objects.visible_to(request.user, "honour.nominate").with_names()
    found = get_object_or_404(seen, pk=pk)
    form = ReasonForm(request.POST)
    if form.is_valid() and submit_form(
        form, withdraw_nomination, user=request.user, nomination_id=pk, **form.cleaned_data
    ):
        messages.success(request, f"已撤回：{found.subject.name}。")
        return redirect(found.title)
    return _render_nomination(request, found, withdrawing=form)


def _get_managed_nomination_or_404(user, pk: int) -> Nomination:
    titles = HonourTitle.objects.visible_to(user, "honour.manage")
    return get_object_or_404(Nomination.objects.filter(title__in=titles).with_names(), pk=pk)


def _render_nomination(request, found: Nomination, *, choosing=None, dropping=None, withdrawing=None):
    """Render the verdicts at nomination, at the decision and now side by side, and the possible steps."""
    title, user = found.title, request.user
    now = judge_nominations(title, [found])[found.pk]
    managed = HonourTitle.objects.visible_to(user, "honour.manage").filter(pk=title.pk).exists()
    open_, live = title.state == "open", found.is_live and not found.is_final
    context = {
        "nomination": found,
        "honour": title,
        "standing": Standing(found, now),
        "lines": compare_kept_verdicts(*filter(None, (found.judged, found.judged_at_decision, now))),
        "now": now,
        "changes": found.changes.with_results(),
        "may_settle": managed,
        "may_choose": managed and open_ and found.state in ("nominated", "dropped"),
        "choosing": choosing,
        "dropping": (dropping or ReasonForm()) if managed and live else None,
        "withdrawing": (withdrawing or ReasonForm()) if _may_withdraw(user, found) else None,
        "above": build_title_breadcrumb(title),
    }
    return render(request, "reports/nomination.html", context)


def _may_withdraw(user, found: Nomination) -> bool:
    if found.title.state != "open" or found.state != "nominated" or not may(user, "honour.nominate"):
        return False
    return list_nominees(user, found.title).filter(pk=found.subject.pk).exists()
