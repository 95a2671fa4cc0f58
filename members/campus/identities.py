"""What every provider of campus sign-in shares: who the campus says it is, and what of it we keep."""

import re
from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.http import Http404
from django.urls import reverse

from members.campus.config import Campus
from members.models import School
from members.sheets.cells import CellError, clean_name, clean_number, tidy_number

LONGEST_NUMBER, LONGEST_NAME = 40, 80
_ID_CARD = re.compile(r"\d{15}|\d{17}[\dXx]")  # is neither stored nor taken for a number (requirements §6)


@dataclass(frozen=True)
class Identity:
    """A person as the campus of a school names them."""

    school: School
    provider: str
    uid: str
    number: str
    name: str


class CampusProviderMixin:
    """The parts of a provider that depend on the school only."""

    app: Any

    @property
    def campus(self) -> Campus:
        return settings.CAMPUS_SIGN_IN[self.app.settings["code"]]

    def get_login_url(self, request, **kwargs) -> str:
        return reverse("campus_login", args=[self.campus.code])

    def get_callback_url(self) -> str:
        return reverse("campus_callback", args=[self.campus.code])

    def extract_extra_data(self, data: dict) -> dict:
        """Keep number and name only: an answer of a campus may hold phone, ID-card number and more."""
        return {
            "number": read_number(data.get(self.campus.number)),
            "name": read_name(data.get(self.campus.name)),
        }

    def extract_common_fields(self, data: dict) -> dict:
        return {}

    def extract_email_addresses(self, data: dict) -> list:
        return []


def read_number(value: object) -> str:
    """Return a student or staff number, or "" for anything that is none."""
    text = _read_first(value)
    if len(text) > LONGEST_NUMBER or _ID_CARD.fullmatch(tidy_number(text)):
        return ""
    try:
        return clean_number(text)
    except CellError:
        return ""


def read_name(value: object) -> str:
    """Return a name, or "" for anything that is none."""
    text = _read_first(value)
    try:
        return clean_name(text) if len(text) <= LONGEST_NAME else ""
    except CellError:
        return ""


def _read_first(value: object) -> str:
    """Return the first of several values as text; a campus sends one value or a list."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def get_campus_provider_or_404(request, code: str):
    """Return allauth's provider of a school's campus, or raise Http404."""
    campus = settings.CAMPUS_SIGN_IN.get(code)
    if campus is None or not School.objects.filter(code=code).exists():
        raise Http404
    try:
        return get_adapter(request).get_provider(request, campus.provider_id)
    except SocialApp.DoesNotExist as missing:
        raise Http404 from missing
