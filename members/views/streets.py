"""街乡: the city's streets with the places that are left."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from members.forms.organisation import StreetFilter
from members.models import ServiceYear, Street
from members.permissions import allow, may
from members.queries.streets import filtered, ordered, with_room
from members.resources.streets import export_streets
from members.services.exports import log_export
from members.workbooks import XLSX, workbook_bytes

PER_PAGE = 25


def listed(request):
    """The filter form and the streets it leaves; none where the address holds a filter that is not valid."""
    year = ServiceYear.objects.current(request.user.school) or ServiceYear()
    streets = Street.objects.visible_to(request.user, "street.view")
    districts = list(streets.order_by("district").values_list("district", flat=True).distinct())
    form = StreetFilter(request.GET, districts=districts)
    streets = with_room(streets, urban_cap=year.urban_cap, suburban_cap=year.suburban_cap)
    found = filtered(streets, form.cleaned_data) if form.is_valid() else streets.none()
    return form, ordered(found, request.GET.get("sort", ""))


@allow("street.view")
@require_safe
def streets(request):
    form, found = listed(request)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_import": may(request.user, "import.streets"),
    }
    return render(request, "members/streets.html", context)


@allow("street.view")
@require_safe
def streets_export(request):
    form, found = listed(request)
    if not form.is_valid():
        raise Http404
    if request.user.school is None:
        raise PermissionDenied  # a repair account belongs to no school: there is no audit trail to note it in
    filters = {name: value for name, value in request.GET.items() if value and name in form.fields}
    log_export(user=request.user, kind="streets", filters=filters, rows=found.count())
    content = workbook_bytes([export_streets(found, phones_open=may(request.user, "import.streets"))])
    name = content_disposition_header(True, f"街乡名录-{timezone.localdate():%Y%m%d}.xlsx")
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})
