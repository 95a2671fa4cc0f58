"""Which campuses there are, and which identities an account has."""

from collections.abc import Mapping
from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db.models import Q, QuerySet

from members.campus.config import PREFIX, Campus
from members.models import CampusLink, School, User
from members.sheets.cells import tidy_number


@dataclass(frozen=True)
class Choice:
    """A button of the sign-in page."""

    campus: Campus
    school: School
    remembered: bool


def list_choices(chosen: str = "", remembered: str = "") -> list[Choice]:
    """Return the campuses by the name of the school, the remembered one first; only that of a chosen school.

    `chosen` and `remembered` are codes of schools; an unknown one counts as none.
    """
    known = School.objects.filter(code=chosen)
    schools = School.objects.filter(code__in=settings.CAMPUS_SIGN_IN).order_by("name")
    if chosen and known.exists():
        schools = schools.filter(code=chosen)
    found = [
        Choice(settings.CAMPUS_SIGN_IN[school.code], school, school.code == remembered) for school in schools
    ]
    return sorted(found, key=lambda choice: not choice.remembered)


def get_campus_identity(user: User) -> SocialAccount | None:
    """Return the identity with which the user signs in at the campus of the own school, or None."""
    if user.school is None or user.school.code not in settings.CAMPUS_SIGN_IN:
        return None
    return SocialAccount.objects.filter(user=user, provider=PREFIX + user.school.code).first()


def list_identities(account: User) -> list[SocialAccount]:
    """Return the identities of an account, the campus before WeChat."""
    return list(SocialAccount.objects.filter(user=account).order_by("provider", "pk"))


def list_waiting_links(account: User) -> list[CampusLink]:
    """Return what waits for a decision about this account."""
    person = Q(member=account.member_id) if account.member_id else Q(pk__in=[])
    return list(CampusLink.objects.waiting().filter(Q(account=account) | person).order_by("pk"))


def filter_links(links: QuerySet, wanted: Mapping) -> QuerySet:
    """Return the links that match all given filters: state (default: waiting), q (name or number)."""
    found = links.filter(state=wanted.get("state") or CampusLink.State.WAITING)
    if word := (wanted.get("q") or "").strip():
        found = found.filter(
            Q(name__icontains=word)
            | Q(number__icontains=tidy_number(word))
            | Q(member__name__icontains=word)
            | Q(account__name__icontains=word)
        )
    return found
