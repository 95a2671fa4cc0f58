"""荣誉: titles of a year, who stands for them with the verdict of then and of now, and nominating."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.models import Member, ServiceYear
from members.pages import submit_form
from members.permissions import allow, may
from members.views.people import PER_PAGE
from reports.forms.honours import (
    ChooseForm,
    NominateForm,
    NominationsFilter,
    NomineesFilter,
    ReasonForm,
    TitlesFilter,
)
from reports.models import HonourTitle, Nomination
from reports.pages import link_in_year
from reports.queries.eligibility import assessed
from reports.rules.honours import Line, side_by_side, why_barred
from reports.services.honours import choose, drop, nominate, nominees, verdicts, verdicts_of, withdraw

ORDERS = {"name": "name", "level": "rank", "places": "places", "state": "state"}


@dataclass(frozen=True)
class Standing:
    """A nomination with its verdict of now beside the one it was last decided by."""

    nomination: Nomination
    now: dict

    @property
    def changes(self) -> list[Line]:
        return [row for row in side_by_side(self.nomination.last_verdict, self.now) if row.changed]

    @property
    def barred(self) -> str:
        return why_barred(self.now)


def titles_of(request, action: str):
    """The filter, the year, and the titles that it leaves, in the order asked for."""
    years = ServiceYear.objects.filter(school=request.user.school)
    form = TitlesFilter(request.GET, years=list(years.values_list("year", flat=True)))
    wanted = form.cleaned_data if form.is_valid() else {}
    year = ServiceYear.objects.chosen(request.user.school, wanted.get("year"))
    found = HonourTitle.objects.offered_to(request.user, action).filter(year=year).ranked().with_counts()
    for name in ("level", "kind", "state"):
        if value := wanted.get(name):
            found = found.filter(**{name: value})
    if words := wanted.get("q"):
        found = found.filter(name__icontains=words)
    sort = request.GET.get("sort", "")
    order = F(ORDERS.get(sort.removeprefix("-"), "rank"))
    found = found.order_by(order.desc() if sort.startswith("-") else order, "rank", "name", "pk")
    return form, year, found.select_related("college", "year__school") if form.is_valid() else found.none()


@allow("honour.view")
@require_safe
def honours(request):
    form, year, titles = titles_of(request, "honour.view")
    if year is None:
        return render(request, "members/year_none.html")
    context = {
        "form": form,
        "year": year,
        "page": Paginator(titles, PER_PAGE).get_page(request.GET.get("page")),
        "new": link_in_year("honour_new", year) if may(request.user, "honour.manage") else "",
        "may_export": may(request.user, "honour.export"),
        "filtered": any(request.GET.get(name) for name in form.fields if name != "year"),
    }
    return render(request, "reports/honours.html", context)


def title_or_404(user, pk: int, action: str) -> HonourTitle:
    """One that the user decides (honour.manage), or one for which people of the user may stand."""
    titles = HonourTitle.objects.select_related("year__school", "college", "decided_by")
    own = action == "honour.manage"
    return get_object_or_404(
        titles.visible_to(user, action) if own else titles.offered_to(user, action), pk=pk
    )


def standings_of(request, title: HonourTitle, form: NominationsFilter) -> list[Standing]:
    """Nominations in the user's scope, each judged again now: a fixed number of queries."""
    if not form.is_valid():
        return []
    rows = title.nominations.visible_to(request.user, "honour.view").with_names()
    wanted = form.cleaned_data
    if wanted["state"]:
        rows = rows.filter(state=wanted["state"])
    if words := wanted["q"]:
        rows = rows.filter(branch__name__icontains=words) if title.of_branches else rows.filter(
            member__in=Member.objects.visible_to(request.user, "honour.view").search(words)
        )  # fmt: skip
    rows = list(rows.arranged(request.GET.get("sort", "")))
    now = verdicts_of(title, rows)
    found = [Standing(row, now[row.pk]) for row in rows]
    if wanted["now"] == "changed":
        return [row for row in found if row.changes]
    return [row for row in found if row.barred] if wanted["now"] == "barred" else found


@allow("honour.view")
@require_safe
def honour(request, pk: int):
    return title_page(request, title_or_404(request.user, pk, "honour.view"))


def title_page(request, title: HonourTitle, errors: list[str] | None = None):
    """Also where a step was refused: `errors` say why."""
    form = NominationsFilter(request.GET, of_branches=title.of_branches)
    rows = standings_of(request, title, form)
    managed = HonourTitle.objects.visible_to(request.user, "honour.manage").filter(pk=title.pk).exists()
    context = {
        "honour": title,
        "form": form,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "chosen": title.nominations.chosen().count(),
        "barred_now": sum(1 for row in rows if row.barred and row.nomination.is_live),
        "managed": managed,
        "may_nominate": title.state == "open" and nominees(request.user, title).exists(),
        "may_export": may(request.user, "honour.export"),
        "errors": errors,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "above": way_to(title)[:1],
    }
    return render(request, "reports/honour.html", context)


# --- nominating ---------------------------------------------------------------------------------------------------


@allow("honour.nominate")
@require_safe
def honour_nominees(request, pk: int):
    """Whom the user may nominate, each with the verdict at the title's level and whether one stands already."""
    title = title_or_404(request.user, pk, "honour.nominate")
    form = NomineesFilter(request.GET, of_branches=title.of_branches)
    found = _offered(request.user, title, form.cleaned_data["q"] if form.is_valid() else "")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    judged = verdicts(title, [row.pk for row in page])
    subject = "branch" if title.of_branches else "member"
    standing = set(title.nominations.live().values_list(subject, flat=True))
    context = {
        "honour": title,
        "form": form,
        "page": page,
        "rows": [(row, judged[row.pk], row.pk in standing) for row in page],
        "above": way_to(title),
    }
    return render(request, "reports/honour_nominees.html", context)


def _offered(user, title: HonourTitle, words: str):
    found = nominees(user, title)
    if title.of_branches:
        return found.filter(name__icontains=words).select_related("college").order_by("college__name", "name")
    return assessed(found, title.year).search(words).in_list_order()


@allow("honour.nominate")
@require_http_methods(["GET", "POST"])
def honour_nominate(request, pk: int, subject: int):
    """The verdict card with its reasons, and the form where nothing stands against it."""
    title = title_or_404(request.user, pk, "honour.nominate")
    person = get_object_or_404(nominees(request.user, title), pk=subject)
    form = NominateForm(request.POST or None)
    values = {"user": request.user, "title_id": pk, "subject_id": subject}
    if form.is_valid() and submit_form(form, nominate, **values, **form.cleaned_data):
        messages.success(request, f"已申报：{person.name}。")
        return redirect("honour", pk)
    now = verdicts(title, [subject])[subject]
    context = {
        "honour": title,
        "person": person,
        "form": form,
        "now": now,
        "barred": why_barred(now),
        "above": way_to(title),
    }
    return render(request, "reports/honour_nominate.html", context)


def way_to(title: HonourTitle) -> list[tuple[str, str]]:
    return [("荣誉", link_in_year("honours", title.year)), (title.name, title.get_absolute_url())]


# --- one nomination -----------------------------------------------------------------------------------------------


@allow("honour.view")
@require_safe
def nomination(request, pk: int):
    seen = Nomination.objects.visible_to(request.user, "honour.view").with_names()
    return _page(request, get_object_or_404(seen.select_related("decided_by"), pk=pk))


@allow("honour.manage")
@require_POST
def nomination_choose(request, pk: int):
    found = _managed(request.user, pk)
    form = ChooseForm(request.POST)
    if form.is_valid() and submit_form(form, choose, user=request.user, nomination_id=pk):
        messages.success(request, f"已列入拟表彰：{found.subject.name}。")
        return redirect(found.title)
    return _page(request, found, choosing=form)


@allow("honour.manage")
@require_POST
def nomination_drop(request, pk: int):
    found = _managed(request.user, pk)
    form = ReasonForm(request.POST)
    if form.is_valid() and submit_form(form, drop, user=request.user, nomination_id=pk, **form.cleaned_data):
        messages.success(request, f"已处理：{found.subject.name}未入选，申报人会收到消息。")
        return redirect(found.title)
    return _page(request, found, dropping=form)


@allow("honour.nominate")
@require_POST
def nomination_withdraw(request, pk: int):
    seen = Nomination.objects.visible_to(request.user, "honour.nominate").with_names()
    found = get_object_or_404(seen, pk=pk)
    form = ReasonForm(request.POST)
    if form.is_valid() and submit_form(
        form, withdraw, user=request.user, nomination_id=pk, **form.cleaned_data
    ):
        messages.success(request, f"已撤回：{found.subject.name}。")
        return redirect(found.title)
    return _page(request, found, withdrawing=form)


def _managed(user, pk: int) -> Nomination:
    titles = HonourTitle.objects.visible_to(user, "honour.manage")
    return get_object_or_404(Nomination.objects.filter(title__in=titles).with_names(), pk=pk)


def _page(request, found: Nomination, *, choosing=None, dropping=None, withdrawing=None):
    """Then, at the decision and now beside each other, and the steps that are open to the user."""
    title, user = found.title, request.user
    now = verdicts_of(title, [found])[found.pk]
    managed = HonourTitle.objects.visible_to(user, "honour.manage").filter(pk=title.pk).exists()
    open_, live = title.state == "open", found.is_live and not found.is_final
    context = {
        "nomination": found,
        "honour": title,
        "standing": Standing(found, now),
        "lines": side_by_side(*filter(None, (found.judged, found.judged_at_decision, now))),
        "now": now,
        "may_choose": managed and open_ and found.state in ("nominated", "dropped"),
        "choosing": choosing,
        "dropping": (dropping or ReasonForm()) if managed and live else None,
        "withdrawing": (withdrawing or ReasonForm()) if _may_withdraw(user, found) else None,
        "above": way_to(title),
    }
    return render(request, "reports/nomination.html", context)


def _may_withdraw(user, found: Nomination) -> bool:
    if found.title.state != "open" or found.state != "nominated" or not may(user, "honour.nominate"):
        return False
    return nominees(user, found.title).filter(pk=found.subject.pk).exists()
