"""审计: the exports of data, and the changes of rules, roles and accounts (requirements §6)."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.forms.audit import EXPORTS
from members.listings import AUDIT, audit_kind, describe_audit_rows
from members.pages import list_context
from members.permissions import allow


@allow("audit.view")
@require_safe
def audit(request):
    context = list_context(request, AUDIT)
    query = context["list"]
    context |= {
        "exports": audit_kind(query) == EXPORTS,
        "lines": describe_audit_rows(query, query.page.object_list),
        "filtered": bool(request.GET.get("q")),
        "may_export": request.user.school is not None,
    }
    return render(request, "members/audit.html", context)
