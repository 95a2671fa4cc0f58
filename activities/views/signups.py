"""活动 on the phone: the offers, one activity, signing up, waiting and cancelling."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from activities.forms.signups import SignUpForm
from activities.listings import OFFERS
from activities.models import Activity, SignUp
from activities.pages import get_offer_or_404, get_own_person_or_404
from activities.queries.signups import (
    already_signed_up_problem,
    describe_held_place,
    get_free_places,
    get_signup_window,
    signup_problem,
)
from activities.rules.pauses import pause_problem
from activities.rules.signups import NOT_IN_TEAM, cancel_problem, get_cancel_deadline
from activities.services.signups import cancel_signup, sign_up
from members.models import Member
from members.pages import build_list_context
from members.permissions import allow


@allow("signup.own")
@require_safe
@never_cache
def offers(request):
    return render(request, "activities/offers.html", build_list_context(request, OFFERS, now=timezone.now()))


@allow("signup.own")
@require_safe
@never_cache
def offer(request, pk: int):
    return render(request, "activities/offer.html", _build_offer_context(request, pk))


def _build_offer_context(request, pk: int, form: SignUpForm | None = None) -> dict:
    person, now = get_own_person_or_404(request.user), timezone.now()
    shown = get_offer_or_404(person, pk)
    signup = shown.signups.filter(member=person).select_related("post").first()
    places = get_free_places(shown)
    held = signup if signup and signup.state in (SignUp.State.SIGNED_UP, SignUp.State.WAITING) else None
    problem = (
        "" if held else already_signed_up_problem(signup) or _find_signup_problem(shown, person, places, now)
    )
    return {
        "activity": shown,
        "signup": signup,
        "held": held is not None,
        "problem": "" if shown.pause else problem,
        "paused": pause_problem(shown.pause),
        "outside_team": problem == NOT_IN_TEAM,
        **(_describe_way_out(held, shown, now) if held else {}),
        "ahead": _count_ahead(shown, held) if held and held.waiting_since and not held.seat else 0,
        "free": max(places.free, 0),
        "form": form or _build_signup_form(shown, places),
        "steward": shown.stewards.filter(pk=person.pk).exists(),
        "now": now,
    }


def _find_signup_problem(activity: Activity, person: Member, places, now) -> str:
    post = next(iter(places.posts), None)  # any post will do: the form says which has room
    return signup_problem(activity, person, places, post, now)


def _describe_way_out(signup: SignUp, activity: Activity, now) -> dict:
    """Return until when the person may leave, in local time, and why not any more."""
    window, held = get_signup_window(activity), describe_held_place(signup)
    return {
        "cancel_problem": cancel_problem(now, window, held),
        "leave_until": get_cancel_deadline(window, held),
    }


def _count_ahead(activity: Activity, signup: SignUp) -> int:
    """Return how many people have waited longer for the same post."""
    waiting = activity.signups.waiting().filter(post=signup.post)
    return list(waiting.values_list("pk", flat=True)).index(signup.pk)


def _build_signup_form(activity: Activity, places, data=None) -> SignUpForm:
    return SignUpForm(data, posts=activity.posts.all() if places.posts else None, left=places.posts)


@allow("signup.own")
@require_POST
def offer_sign_up(request, pk: int):
    shown = get_offer_or_404(get_own_person_or_404(request.user), pk)
    form = _build_signup_form(shown, get_free_places(shown), request.POST)
    if form.is_valid():
        try:
            made = sign_up(user=request.user, activity_id=pk, post_id=form.post_id)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _describe_signup(made))
            return redirect("offer", pk)
    return render(request, "activities/offer.html", _build_offer_context(request, pk, form))


def _describe_signup(signup: SignUp) -> str:
    if signup.state == SignUp.State.WAITING:
        return "名额已满，您已进入候补名单；有名额空出时会按顺序自动补上并通知您。"
    return "报名成功。"


@allow("signup.own")
@require_POST
def offer_cancel(request, pk: int):
    get_offer_or_404(get_own_person_or_404(request.user), pk)
    try:
        cancel_signup(user=request.user, activity_id=pk)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "已取消报名。")
    return redirect("offer", pk)
