"""待认领: rows of the volunteers' list that nobody has matched with a person yet."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from members.forms.claims import ClaimForm
from members.listings import CLAIMS
from members.models import Member, VolunteerRecord
from members.pages import build_list_context
from members.permissions import allow
from members.queries.claims import add_suggestions
from members.services import claims

ACTION = "registration.claim"


@allow(ACTION)
@require_http_methods(["GET", "POST"])
def claim_list(request):
    if request.method == "POST":
        return _decide_ticked_records(request)
    context = build_list_context(request, CLAIMS)
    add_suggestions(context["page"].object_list, Member.objects.visible_to(request.user, ACTION))
    context["state"] = context["list"].wanted.get("state", "")
    return render(request, "members/claims.html", context)


def _decide_ticked_records(request):
    """Mark the ticked rows as 非本校人员, or restore one marked row."""
    records = [int(pk) for pk in request.POST.getlist("record") if pk.isdecimal()]
    back = request.POST.get("restore", "")
    try:
        if back.isdecimal():
            claims.restore_volunteer_record(user=request.user, record_id=int(back))
            messages.success(request, "已恢复为待认领。")
        else:
            count = claims.dismiss_volunteer_records(user=request.user, record_ids=records)
            messages.success(request, f"已将 {count} 条标记为非本校人员，可随时在“已标记”中恢复。")
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages) if records or back else "请先勾选要标记的记录。")
    return redirect(request.get_full_path())


@allow(ACTION)
@require_http_methods(["GET", "POST"])
def claim(request, pk: int):
    """Show one row and people with a matching name; a student number claims the row for a person."""
    record = get_object_or_404(VolunteerRecord.objects.visible_to(request.user, ACTION), pk=pk)
    people = Member.objects.visible_to(request.user, ACTION).filter(school=record.school_id)
    form = ClaimForm(request.POST or None)
    if form.is_valid():
        member = people.find_by_number(form.cleaned_data["student_no"])
        try:
            if member is None:
                raise ValidationError({"student_no": "没有在您的管理范围内找到这个学号。"})
            claims.claim_volunteer_record(
                user=request.user, record_id=pk, member_id=member.pk, reason=form.cleaned_data["reason"]
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"{member.name}（{member.student_no}）已核实注册。")
            return redirect("claims")
    add_suggestions([record], people)
    above = [("待认领", reverse("claims"))]
    return render(request, "members/claim.html", {"record": record, "form": form, "above": above})
