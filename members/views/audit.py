"""审计: the exports of data, and the changes of rules, roles and accounts (requirements §6)."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.listings import AUDIT, describe_audit_rows, get_audit_kind
from members.pages import build_list_context
from members.permissions import allow


@allow("audit.view")
@require_safe
def audit(request):
    context = build_list_context(request, AUDIT)
    query = context["list"]
    context |= {
        "shown": get_audit_kind(query),
        "lines": describe_audit_rows(query, query.page.object_list),
        "filtered": bool(request.GET.get("q")),
        "may_export": request.user.school is not None,
    }
    return render(request, "members/audit.html", context)
