"""The accounts of street liaisons: which of them are in use, and how the school ends one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from members.models import Grant, School
from members.pages import submit_form
from members.permissions import LIAISON, allow
from members.services.export_log import log_export
from members.sheets.workbooks import XLSX
from pairing.forms.liaison import EndForm, LiaisonFilter
from pairing.queries.invitations import liaison_grants, ordered
from pairing.services.invitations import end_liaison
from pairing.workbooks import liaisons_workbook

PER_PAGE = 25
ORDERS = {
    "street": ("street__district", "street__name"),
    "number": ("user__number",),
    "starts": ("starts_on",),
    "ends": ("ends_on",),
}
DEFAULT_ORDER = "street"


def seen_by(user):
    """Streets are the city's; their accounts belong to the school that invited them."""
    schools = School.objects.visible_to(user, "grant.staff")
    grants = Grant.objects.filter(role=LIAISON, user__school__in=schools)
    return grants.select_related("user__invitation", "street")


def listed(request):
    form = LiaisonFilter(request.GET)
    seen = seen_by(request.user)
    wanted = form.cleaned_data if form.is_valid() else None
    found = seen.none() if wanted is None else liaison_grants(seen, wanted, today=timezone.localdate())
    return form, ordered(found, request.GET.get("sort", ""), ORDERS, DEFAULT_ORDER)


@allow("grant.staff")
@require_safe
def liaisons(request):
    form, found = listed(request)
    context = {
        "form": form,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "filtered": any(request.GET.get(name) for name in form.fields),
        "today": timezone.localdate(),
        "above": above()[:1],
    }
    return render(request, "pairing/liaisons.html", context)


@allow("grant.staff")
@require_safe
def liaisons_export(request):
    form, found = listed(request)
    if not form.is_valid() or request.user.school is None:
        raise Http404  # a repair account belongs to no school: there is no audit trail to note it in
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    log_export(user=request.user, kind="liaisons", filters=filters, rows=found.count())
    content = liaisons_workbook(found, today=timezone.localdate())
    name = content_disposition_header(True, f"街乡负责人账号-{timezone.localdate():%Y%m%d}.xlsx")
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


@allow("grant.staff")
@require_http_methods(["GET", "POST"])
def liaison_end(request, pk: int):
    shown = get_object_or_404(seen_by(request.user), pk=pk)
    form = EndForm(request.POST or None)
    if form.is_valid() and submit_form(
        form, end_liaison, user=request.user, grant_id=pk, **form.cleaned_data
    ):
        messages.success(request, f"已停用{shown.street}的账号 {shown.user.number}。")
        return redirect("liaisons")
    return render(request, "pairing/liaison_end.html", {"form": form, "grant": shown, "above": above()})


def above() -> list[tuple[str, str]]:
    return [("街乡负责人邀请", reverse("invitations")), ("已开通的账号", reverse("liaisons"))]
