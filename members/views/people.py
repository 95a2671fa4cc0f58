"""花名册: the roster, a person's page, and the page that changes a person's data."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from members.forms.people import MemberForm, NumberForm
from members.listings import ROSTER
from members.models import Member, User
from members.models.history import event_rows
from members.pages import build_list_context, build_person_breadcrumb, get_person_or_404, submit_form
from members.permissions import allow, may
from members.queries.history import list_changes
from members.queries.numbers import list_number_twins
from members.services.accounts import may_manage_account
from members.services.lockout import format_lock
from members.services.numbers import change_student_number
from members.services.people import edit_member
from members.sheets.cells import mask_phone


def list_open_actions(user, person: Member, *actions: str) -> set[str]:
    """Return those of the actions that the user may do to this person."""
    return {
        action for action in actions if Member.objects.visible_to(user, action).filter(pk=person.pk).exists()
    }


@allow("member.view")
@require_safe
def roster(request):
    context = build_list_context(
        request,
        ROSTER,
        may_export=may(request.user, "member.export"),
        may_import=may(request.user, "import.roster"),
    )
    return render(request, "members/roster.html", context)


@allow("member.view")
@require_safe
def member(request, pk: int):
    person = get_person_or_404(request.user, pk, "member.view")
    actions = ("member.edit", "registration.confirm", "member.history", "account.codes")
    opened = list_open_actions(request.user, person, *actions)
    context = {
        "person": person,
        "above": [("花名册", reverse("roster")), (person.branch.name, person.branch.get_absolute_url())],
        "may_edit": "member.edit" in opened,
        "may_confirm": "registration.confirm" in opened,
        "may_issue": "account.codes" in opened,
        "number_twins": list_number_twins(request.user, person),
        "former_numbers": person.numbers.exclude(number=person.student_no),
        "spells": list(person.spells.select_related("branch__college").order_by("-starts_on")),
        "history": _list_member_changes(person) if "member.history" in opened else None,
    }
    context |= _find_account(request.user, person)
    return render(request, "members/member.html", context)


@allow("member.edit")
@require_http_methods(["GET", "POST"])
def member_edit(request, pk: int):
    person = get_person_or_404(request.user, pk, "member.edit")
    form = MemberForm(request.POST or None, user=request.user, member=person)
    entered = {"user": request.user, "member_id": pk, "unchanged": form.require_unchanged}
    if form.is_valid() and submit_form(form, edit_member, **entered, **form.for_service):
        messages.success(request, "资料已保存。")
        return (
            redirect("member", pk)
            if list_open_actions(request.user, person, "member.view")
            else redirect("roster")
        )
    return render(
        request,
        "members/member_edit.html",
        {"form": form, "person": person, "above": build_person_breadcrumb(person)},
    )


@allow("member.edit")
@require_http_methods(["GET", "POST"])
def member_number(request, pk: int):
    person = get_person_or_404(request.user, pk, "member.edit")
    form = NumberForm(request.POST or None)
    entered = {"user": request.user, "member_id": pk}
    if form.is_valid() and submit_form(form, change_student_number, **entered, **form.cleaned_data):
        messages.success(request, "学号已更换；原学号仍能登录，文件中的原学号仍能找到此人。")
        return redirect("member", pk)
    context = {"form": form, "person": person, "above": build_person_breadcrumb(person)}
    return render(request, "members/member_number.html", context)


def _find_account(user, person: Member) -> dict:
    """Return the person's account, if the user may see it, and until when its sign-in is paused, if they may lift it."""
    account = User.objects.visible_to(user, "account.view").filter(member=person).first()
    lifts = account is not None and may(user, "account.secure") and may_manage_account(user, account)
    return {"account": account, "locked_until": format_lock(account) if lifts else ""}


def _list_member_changes(person: Member):
    events = event_rows(Member).filter(pgh_obj=person)
    return list_changes(events, shown={} if person.phone_open else {"phone": mask_phone})
