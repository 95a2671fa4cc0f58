"""The people that a finder shows while somebody types."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.forms.finder import search_people
from members.permissions import allow
from members.queries.finder import FINDERS


@allow("member.view")
@require_safe
def people_find(request):
    """Answer with the list below the search box of the field `field`; only people whom the user may see."""
    name = request.GET.get("field", "")
    kind = request.GET.get("kind", "")
    found = search_people(
        request.user,
        kind if kind in FINDERS else "people",
        words=request.GET.get(f"{name}_q", ""),
        keys=tuple(request.GET.getlist(name)),
    )
    context = {"found": found, "name": name, "several": request.GET.get("several") == "1"}
    return render(request, "components/finder_found.html", context)
