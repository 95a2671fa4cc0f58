"""Sessions that a campus opened, so that they also end together."""

from datetime import timedelta
from importlib import import_module
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from members.campus.central import CASProvider
from members.campus.config import PREFIX, Campus
from members.models import CampusSession

KEY = "campus_session"


def note_campus_session(*, provider: str, ticket_hash: str) -> bool:
    """Note the session that a ticket opens; False if the ticket has already opened one. Forget those long over."""
    over = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    CampusSession.objects.filter(opened_at__lt=over).delete()
    try:
        with transaction.atomic():
            CampusSession.objects.create(provider=provider, ticket_hash=ticket_hash)
    except IntegrityError:
        return False
    return True


def end_campus_session(*, provider: str, ticket_hash: str) -> bool:
    """End the one session that this ticket of this campus opened; False if there is none."""
    with transaction.atomic():
        opened = CampusSession.objects.select_for_update().filter(
            provider=provider, ticket_hash=ticket_hash, ended_at=None
        ).first()  # fmt: skip
        if opened is None:
            return False
        opened.ended_at = timezone.now()
        opened.save(update_fields=["ended_at"])
    if opened.session_key:
        import_module(settings.SESSION_ENGINE).SessionStore(opened.session_key).delete()
    return True


def follow_campus_session(request) -> bool:
    """Note the session's current key beside its ticket; False if the campus has ended the session meanwhile.

    A session gets a new key at each sign-in and change of password. So this asks the database once for each key.
    """
    held = request.session.get(KEY)
    if not held or not held.get("ticket") or held.get("noted") == request.session.session_key:
        return True
    if not came_from_campus(request, held["provider"]):
        return True
    opened = CampusSession.objects.filter(
        provider=held["provider"], ticket_hash=held["ticket"], ended_at=None
    )
    if not opened.update(session_key=request.session.session_key):
        return False
    request.session[KEY] = held | {"noted": request.session.session_key}
    return True


def came_from_campus(request, provider: str) -> bool:
    """Return whether the person of this session entered it by this campus."""
    records = get_authentication_records(request, request.user)
    return any(
        record.get("method") == "socialaccount" and record.get("provider") == provider for record in records
    )


def build_campus_logout(request) -> str:
    """Return the address that ends the campus' own session and leads back, or "" for any other session."""
    held = request.session.get(KEY)
    if not held or not request.user.is_authenticated or not came_from_campus(request, held["provider"]):
        return ""
    campus = settings.CAMPUS_SIGN_IN.get(held["provider"].removeprefix(PREFIX))
    if campus is None:
        return ""
    back = request.build_absolute_uri(reverse("account_login"))
    return _build_logout_address(campus, held.get("logout", ""), back)


def _build_logout_address(campus: Campus, discovered: str, back: str) -> str:
    if campus.kind == "cas":
        return CASProvider.build_logout_address(campus, back)
    address = campus.logout or discovered
    query = urlencode({"client_id": campus.client_id, "post_logout_redirect_uri": back})
    return f"{address}{'&' if '?' in address else '?'}{query}" if address else ""
