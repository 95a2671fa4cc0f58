"""我的: a person's own page on the phone. Nothing here is about anybody else, except counts of the own branch."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from members.forms.registration import ReportForm
from members.models import Branch, Member, ServiceYear
from members.permissions import allow
from members.queries.rates import branch_rates
from members.services.registration import report_registration
from members.views.writing import written


@allow("me.view")
@require_safe
def me(request):
    person = _own(request.user, "me.view")
    return render(request, "members/me.html", _page(person, ReportForm(member=person)))


@allow("me.report")
@require_POST
def me_report(request):
    person = _own(request.user, "me.report")
    form = ReportForm(request.POST, member=person)
    if form.is_valid() and written(form, report_registration, user=request.user, **form.cleaned_data):
        messages.success(request, "已保存。感谢填写，核实后会在本页显示。")
        return redirect("me")
    return render(request, "members/me.html", _page(person, form))


def _own(user, action: str) -> Member:
    people = Member.objects.visible_to(user, action).select_related("branch__college__school")
    return get_object_or_404(people, pk=user.member_id)


def _page(person: Member, form: ReportForm) -> dict:
    year = ServiceYear.objects.current(person.branch.college.school)
    rate = None
    if year:
        own_branch = Branch.objects.filter(pk=person.branch_id)
        rate = branch_rates(own_branch, floor_percent=year.floor_percent)[0].rate
    return {"person": person, "form": form, "deadline": _deadline(year), "rate": rate}


def _deadline(year: ServiceYear | None) -> str:
    """The notice's last day of registration, as long as it lies ahead."""
    if year and timezone.localdate() <= year.registration_ends_on:
        last = year.registration_ends_on
        return f"分两步，大约需要五分钟，请在 {last.month}月{last.day}日前完成。"
    return "分两步，大约需要五分钟，请尽快完成。"
