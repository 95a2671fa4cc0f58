"""Slips of issued codes: what is printed on each, and the document of all."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone

from members.queries.activation import OFFICERS
from members.services.activation import IssuedCode
from members.slips import Slip, build_slips_docx


def build_slip(issued: IssuedCode, *, origin: str) -> Slip:
    """Return what is printed for an issued code; `origin` is the portal's address: "https://zy.example.edu.cn"."""
    account = issued.account
    person, group = account.member, OFFICERS if issued.office else ""
    own = f"{person.branch.college} {person.branch}" if person else str(account.school or "")
    return Slip(
        name=account.name,
        number=account.number,
        place=issued.office or own,
        group=group,
        code=issued.code,
        address=f"{origin}{issued.address_path}",
        expires_at=timezone.localtime(issued.expires_at),
    )


def get_typed_address(origin: str) -> str:
    """Return the address that people type from paper, without https://, which browsers add themselves."""
    return origin.split("://", 1)[1] + reverse("activate")


def build_document(issued: Sequence[IssuedCode], *, origin: str) -> bytes:
    """Return the .docx with the slips of at least one code."""
    slips = [build_slip(one, origin=origin) for one in issued]
    school = str(issued[0].account.school or "")
    return build_slips_docx(slips, school=school, page=get_typed_address(origin))
