"""申请结对码: the school's codes and the colleges that hold them, and the page of a college's own code."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.models import College, ServiceYear
from members.models.history import event_rows
from members.pages import build_list_context, submit_form
from members.permissions import allow
from members.queries.history import list_changes
from pairing.forms.codes import HandForm, WithdrawForm
from pairing.listings import CODES, find_codes_of_year
from pairing.models import PairingCode
from pairing.rules import Quota
from pairing.services.codes import hand_out_code, hand_out_suggested_codes, reveal_code, withdraw_code

FREE = (PairingCode.State.STOCK, PairingCode.State.RETURNED)


def count_code_quota(codes, year: ServiceYear) -> Quota:
    """Return the quota of urban and suburban codes; all codes count except void ones."""
    kinds = list(codes.exclude(state=PairingCode.State.VOID).values_list("kind", flat=True))
    return Quota(
        urban=kinds.count("urban"),
        suburban=kinds.count("suburban"),
        urban_quota=year.urban_quota,
        suburban_quota=year.suburban_quota,
        colleges=College.objects.filter(school=year.school_id).count(),
    )


@allow("code.hand")
@require_safe
def codes(request):
    year = request.user.current_year
    all_codes = find_codes_of_year(request.user, "code.hand")
    context = build_list_context(
        request,
        CODES,
        year=year,
        quota=count_code_quota(all_codes, year) if year else None,
        by_state=count_code_states(all_codes),
        in_stock=all_codes.filter(state__in=FREE).exists(),
        without=list_colleges_without_code(request.user, year).count() if year else 0,
    )
    return render(request, "pairing/codes.html", context)


def count_code_states(codes) -> list[tuple[str, str, int]]:
    """Return (state, its Chinese name, number of codes) for every state."""
    found = list(codes.values_list("state", flat=True))
    return [(value, label, found.count(value)) for value, label in PairingCode.State.choices]


@allow("code.hand")
@require_POST
def codes_suggest(request):
    year = request.user.current_year
    try:
        if year is None:
            raise ValidationError("还没有年度规则，请先开设年度。")
        handed = hand_out_suggested_codes(user=request.user, year=year)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"已为 {handed} 个学院分配结对码。")
    return redirect("codes")


def get_code_or_404(user, pk: int) -> PairingCode:
    """Return a code that the user may hand out, or raise Http404."""
    codes = PairingCode.objects.visible_to(user, "code.hand").select_related("college", "year", "revealed_by")
    return get_object_or_404(codes, pk=pk)


@allow("code.hand")
@require_safe
def code(request, pk: int):
    return _respond_with_code(request, get_code_or_404(request.user, pk))


@allow("code.hand")
@require_POST
def code_hand(request, pk: int):
    code = get_code_or_404(request.user, pk)
    form = HandForm(request.POST, colleges=list_colleges_without_code(request.user, code.year))
    if form.is_valid():
        college = form.cleaned_data["college"]
        if submit_form(form, hand_out_code, user=request.user, code_id=code.pk, college_id=college.pk):
            messages.success(request, f"已分配给{college.name}。")
            return redirect("code", code.pk)
    return _respond_with_code(request, code, hand=form)


@allow("code.hand")
@require_POST
def code_withdraw(request, pk: int):
    code = get_code_or_404(request.user, pk)
    form = WithdrawForm(request.POST)
    if form.is_valid() and submit_form(
        form, withdraw_code, user=request.user, code_id=code.pk, **form.cleaned_data
    ):
        messages.success(
            request, "结对码已作废。" if form.cleaned_data["void"] else "结对码已收回，可以重新分配。"
        )
        return redirect("code", code.pk)
    return _respond_with_code(request, code, withdrawn=form)


def _respond_with_code(request, code: PairingCode, *, hand=None, withdrawn=None) -> HttpResponse:
    state, states = code.state, PairingCode.State
    context = {
        "code": code,
        "hand_form": hand or HandForm(colleges=list_colleges_without_code(request.user, code.year)),
        "withdraw_form": withdrawn or WithdrawForm(),
        "may_hand": state in FREE,
        "may_withdraw": state in (*FREE, states.HANDED_OUT),
        "history": list_changes(event_rows(PairingCode).filter(pgh_obj=code)),
        "above": [("结对码", reverse("codes"))],
    }
    return render(request, "pairing/code.html", context, status=422 if hand or withdrawn else 200)


def list_colleges_without_code(user, year: ServiceYear):
    """Return the colleges of the school that hold no code of the year."""
    colleges = College.objects.visible_to(user, "code.hand").filter(school=year.school_id)
    return colleges.exclude(codes__year=year)


@never_cache
@allow("code.reveal")
@require_http_methods(["GET", "POST"])
def code_own(request, pk: int):
    """Show a college's own code; it is hidden until a secretary reveals it, which saves the user and the time."""
    college = get_object_or_404(College.objects.visible_to(request.user, "code.reveal"), pk=pk)
    year = ServiceYear.objects.current(college.school)
    code = PairingCode.objects.filter(year=year, college=college).select_related("revealed_by").first()
    revealed = ""
    if request.method == "POST":
        try:
            code = reveal_code(user=request.user, college_id=college.pk)
            revealed = code.code
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
    context = {
        "college": college,
        "code": code,
        "revealed": revealed,
        "above": [("结对大厅", reverse("hall"))],
    }
    return render(request, "pairing/code_own.html", context)
