"""When a campus identity may enter an account (requirements §1). Pure functions."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What happens to an identity that comes from the campus. Only LINK lets it in."""

    LINK = "link"
    WAIT = "wait"
    NO_NUMBER = "no_number"
    STRANGER = "stranger"
    SEVERAL = "several"
    DISABLED = "disabled"
    OPERATOR = "operator"
    LEFT = "left"
    OTHER_ACCOUNT = "other_account"
    OTHER_IDENTITY = "other_identity"
    REFUSED = "refused"


@dataclass(frozen=True)
class Facts:
    """What the portal knows about an identity that is not linked yet, all of it within the school of the campus."""

    number: str
    accounts: int = 0  # with this number
    person: bool = False  # the roster has the number
    left: bool = False  # the person has moved away or graduated
    active: bool = True  # False: the account is disabled
    operator: bool = False  # the account sees every school, so the campus of one school must not open it
    same_name: bool = False
    linked_already: bool = False  # the account has another identity of this campus
    proved: bool = False  # the person has just proved a one-time code of this account
    other_account: bool = False  # the person proved or is signed in to another account
    refused_before: bool = False  # a secretary refused this identity under this name


def judge_identity(facts: Facts) -> Verdict:
    """Return what happens. A one-time code proves who somebody is, so then the names may differ."""
    if not facts.number:
        return Verdict.NO_NUMBER
    if facts.accounts > 1:
        return Verdict.SEVERAL
    if not facts.accounts and not facts.person:
        return Verdict.OTHER_ACCOUNT if facts.other_account else Verdict.STRANGER
    if facts.other_account:
        return Verdict.OTHER_ACCOUNT
    if facts.operator:
        return Verdict.OPERATOR
    if not facts.active:
        return Verdict.DISABLED
    if not facts.accounts and facts.left:
        return Verdict.LEFT
    if facts.linked_already:
        return Verdict.OTHER_IDENTITY
    if facts.same_name or facts.proved:
        return Verdict.LINK
    return Verdict.REFUSED if facts.refused_before else Verdict.WAIT
