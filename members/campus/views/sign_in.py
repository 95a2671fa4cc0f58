"""The way to the campus and back: sign in, bind, sign in again, sign out. The flow between is `members.campus.flows`."""

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LogoutView
from allauth.socialaccount.helpers import complete_social_login, render_authentication_error
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.base.utils import respond_to_login_on_get
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from requests import RequestException

from members.campus import wechat
from members.campus.central import hash_ticket, read_logout_request
from members.campus.config import PREFIX
from members.campus.identities import get_campus_provider_or_404
from members.campus.openid import CampusCallbackView, CampusOpenIDAdapter
from members.campus.queries import get_campus_identity
from members.campus.sessions import build_campus_logout, end_campus_session
from members.known_devices import remember_school
from members.permissions import allow

FAILURES = (RequestException, ProviderException, OAuth2Error)
LARGEST_LOGOUT_REQUEST = 16 * 1024  # bytes


@allow("public")
@require_http_methods(["GET", "POST"])
def campus_login(request, code: str):
    """Send somebody to their campus; a link (GET) shows a button, because only a form starts a sign-in."""
    provider = get_campus_provider_or_404(request, code)
    response = respond_to_login_on_get(request, provider) or _leave_for_campus(request, provider)
    remember_school(response, code)
    return response


@csrf_exempt  # a CAS server posts here to end a session
@allow("public")
@require_http_methods(["GET", "POST"])
def campus_callback(request, code: str):
    """Take the answer of the campus; a POST is its request to end the session of one ticket."""
    provider = get_campus_provider_or_404(request, code)
    if request.method == "POST":
        return _end_session(request, provider)
    try:
        if provider.campus.kind == "oidc":
            adapter = CampusOpenIDAdapter(request, provider.sub_id)
            return CampusCallbackView.adapter_view(adapter)(request)
        return _complete_cas(request, provider)
    except FAILURES as failure:
        return render_authentication_error(request, provider, exception=failure)


@allow("account.own")
@require_http_methods(["GET", "POST"])
def campus_reauthenticate(request):
    """Ask the campus to let the person sign in again, for accounts that have neither password nor second factor."""
    linked = get_campus_identity(request.user)
    if linked is None:
        raise Http404
    provider = get_campus_provider_or_404(request, linked.provider.removeprefix(PREFIX))
    following = get_next_redirect_url(request)
    if request.method == "GET":
        context = {"campus": provider.campus, "redirect_field_value": following}
        return render(request, "socialaccount/campus_reauthenticate.html", context)
    return _leave_for_campus(request, provider, renews=request.user.pk)


@allow("public")
@require_http_methods(["GET", "POST"])
def wechat_login(request):
    return _ask_wechat(request, wechat.login)


@allow("public")
@require_http_methods(["GET"])
def wechat_callback(request):
    return _ask_wechat(request, wechat.callback)


class CampusLogoutView(LogoutView):
    """allauth's sign-out, which then ends the session at the campus from which this session came."""

    def get_redirect_url(self) -> str:
        return build_campus_logout(self.request) or super().get_redirect_url()


def _leave_for_campus(request, provider, **options):
    """Redirect to the campus, or show that it does not answer."""
    binding = request.POST.get("process") == AuthProcess.CONNECT and request.user.is_authenticated
    process = AuthProcess.CONNECT if binding else AuthProcess.LOGIN
    try:
        return provider.redirect(request, process, get_next_redirect_url(request), **options)
    except FAILURES as failure:
        return render_authentication_error(request, provider, exception=failure)


def _complete_cas(request, provider):
    """Check the ticket that a CAS server has given to this browser, and go on as allauth does."""
    state_id = request.GET.get("state", "")
    state = statekit.unstash_state(request, provider_id=provider.sub_id, state_id=state_id)
    if state is None:
        return render_authentication_error(request, provider)
    login = provider.identify(request, request.GET.get("ticket", ""), state_id, state)
    return complete_social_login(request, login)


def _end_session(request, provider):
    """Answer a CAS server's logout request; the ticket that it names is known to nobody else."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > LARGEST_LOGOUT_REQUEST:
        return HttpResponse(status=413)
    ticket = read_logout_request(request.POST.get("logoutRequest", "")) if provider.id == "cas" else ""
    if not ticket:
        return HttpResponse(status=400)
    end_campus_session(provider=provider.sub_id, ticket_hash=hash_ticket(ticket))
    return HttpResponse(status=200)


def _ask_wechat(request, view):
    if settings.WECHAT is None:
        raise Http404
    try:
        return view(request)
    except SocialApp.DoesNotExist as missing:
        raise Http404 from missing
