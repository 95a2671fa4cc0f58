"""Sign-in by CAS 2 and 3, as one more provider of allauth. python-cas speaks the protocol."""

import hashlib
import re

from allauth.socialaccount.providers.base import Provider, ProviderAccount, ProviderException
from allauth.utils import build_absolute_uri
from cas import CASClient, SingleLogoutMixin
from django.http import HttpResponseRedirect
from django.utils.http import urlencode

from members.campus.config import Campus
from members.campus.http import BriefSession, refuse_bad_answers
from members.campus.identities import CampusProviderMixin

LONGEST_TICKET = 512
LARGEST_XML = 64 * 1024  # bytes


class CASProvider(CampusProviderMixin, Provider):
    """A campus with CAS."""

    id = "cas"
    name = "CAS"
    account_class = ProviderAccount
    supports_redirect = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.name = self.app.name

    def redirect(self, request, process, next_url=None, data=None, **kwargs):
        state_id = self.stash_redirect_state(request, process, next_url, data, **kwargs)
        client = self._build_client(request, state_id, renews=bool(kwargs.get("renews")))
        return HttpResponseRedirect(client.get_login_url())

    def identify(self, request, ticket: str, state_id: str, state: dict):
        """Return the SocialLogin of the person for whom the campus issued the ticket, or raise ProviderException."""
        if not ticket or len(ticket) > LONGEST_TICKET:
            raise ProviderException("no ticket")
        with refuse_bad_answers():
            client = self._build_client(request, state_id, renews=bool(state.get("renews")))
            answer = client.get_verification_response(ticket)
            refuse_hostile_xml(answer)
            user, attributes, _ = client.verify_response(answer)
            if not user:
                raise ProviderException("the campus refuses the ticket")
            login = self.sociallogin_from_response(request, {**(attributes or {}), "user": user.strip()})
        login.state = state
        login.campus_session = {"ticket": hash_ticket(ticket), "logout": ""}
        return login

    def extract_uid(self, data: dict) -> str:
        return data["user"]

    @staticmethod
    def build_logout_address(campus: Campus, back: str) -> str:
        """Return the address that ends the session at the campus and leads back to the portal."""
        if campus.logout:
            name = "url" if campus.version == 2 else "service"
            return f"{campus.logout}{'&' if '?' in campus.logout else '?'}{urlencode({name: back})}"
        return CASClient(version=campus.version, server_url=campus.server).get_logout_url(back)

    def _build_client(self, request, state_id: str, *, renews: bool):
        """Return python-cas' client. The state in the service's address binds the ticket to this browser."""
        session = BriefSession()
        if renews:
            session.params = {
                "renew": "true"
            }  # also when the ticket is checked: it must come from a new sign-in
        service = build_absolute_uri(request, self.get_callback_url())
        return CASClient(
            version=self.campus.version,
            server_url=self.campus.server,
            service_url=f"{service}?{urlencode({'state': state_id})}",
            renew=renews,
            session=session,
        )


def refuse_hostile_xml(content: bytes) -> None:
    """Raise ValueError for XML that could blow up: too large, of another encoding, or with a document type.

    Without a document type there are no entities. python-cas reads answers with ElementTree, and messages with lxml.
    """
    if len(content) > LARGEST_XML:
        raise ValueError("the XML is too large")
    if re.search(r"<!(?!--|\[CDATA\[)", content.decode("utf-8")):
        raise ValueError("the XML declares a document type")


def read_logout_request(content: str) -> str:
    """Return the ticket that a CAS server's logout request names, or "" if it names none."""
    try:
        refuse_hostile_xml(content.encode())
        found = SingleLogoutMixin.get_saml_slos(content.encode())
    except ValueError:
        return ""
    return (found[0].text or "").strip() if found else ""


def hash_ticket(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
