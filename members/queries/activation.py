"""Who has activated, who has a code, who may get one from whom; and codes found by what a person types."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from members.account_querysets import GrantQuerySet
from members.models import ActivationCode, Branch, Grant, Member, User
from members.permissions import BRANCH, COLLEGE, LIAISON, SCHOOL
from members.querysets import MemberQuerySet

# People who have left the school get no code (requirements §1).
LEFT = (Member.State.TRANSFERRED, Member.State.GRADUATED)
SALT = "members.activation"
OFFICES = (SCHOOL, COLLEGE, BRANCH)
OFFICERS = "任职人员（不在花名册）"
NO_KEY = 0  # a key that no row has: an unknown number costs the same queries as a known one


# --- codes ------------------------------------------------------------------------------------------------------


def compute_digest(letters: str, *, secret: str | None = None) -> str:
    """Return the keyed hash under which a code is stored; the key is derived from SECRET_KEY unless given."""
    return salted_hmac(SALT, letters, secret=secret, algorithm="sha256").hexdigest()


def list_digests(letters: str) -> list[str]:
    """Return the hashes of a code under the present key and under former keys, which a change of keys leaves."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [compute_digest(letters, secret=secret) for secret in secrets]


def find_code(letters: str) -> ActivationCode | None:
    """Return the code with these letters, whatever its state, with its account."""
    codes = ActivationCode.objects.select_related("account__school")
    return codes.filter(digest__in=list_digests(letters)).first()


def lock_outstanding_codes(accounts: Iterable[User]) -> list[ActivationCode]:
    """Return the codes of these accounts that nobody has used or voided, locked; always one query."""
    keys = [account.pk for account in accounts] or [NO_KEY]
    codes = (
        ActivationCode.objects.outstanding().select_for_update(of=("self",)).select_related("account__school")
    )
    return list(codes.filter(account__in=keys).order_by("pk"))


def pick_code(codes: Iterable[ActivationCode], letters: str) -> ActivationCode | None:
    """Return the code with these letters; the time does not depend on how much of it is right."""
    digests = list_digests(letters)
    fitting = [code for code in codes for digest in digests if constant_time_compare(code.digest, digest)]
    return fitting[0] if fitting else None


# --- people -----------------------------------------------------------------------------------------------------


def filter_activated(lookup: str = "") -> Combinable | Q:
    """Return a filter on accounts that can sign in: with a password, or bound to campus sign-in or WeChat.

    `lookup`: the path from the rows to their account, such as "user__".
    """
    password = f"{lookup}password"
    has_password = Q(**{f"{password}__gt": ""}) & ~Q(**{f"{password}__startswith": UNUSABLE_PASSWORD_PREFIX})
    linked = Exists(SocialAccount.objects.filter(user=OuterRef(f"{lookup}pk")))
    return has_password | linked


def list_valid_codes(now: datetime) -> QuerySet[ActivationCode]:
    """Return the open codes whose issuer is still in office; a code of the operator needs nobody.

    Codes of somebody below a new office are void (`services.accounts.void_codes_from_below`).
    """
    in_office = Exists(Grant.objects.active_on(timezone.localdate(now)).filter(user=OuterRef("issued_by")))
    by_staff = Q(issued_by__is_active=True) & (Q(issued_by__is_superuser=True) | in_office)
    return ActivationCode.objects.open_at(now).filter(Q(issued_by=None) | by_staff)


def mark_activation(accounts: QuerySet, *, now: datetime) -> QuerySet:
    """Add `is_activated` and `has_code` (a valid one) to accounts."""
    valid = list_valid_codes(now).filter(account=OuterRef("pk"))
    return accounts.annotate(is_activated=filter_activated(), has_code=Exists(valid))


def list_people_to_activate() -> MemberQuerySet:
    """Return the people of all rosters who may have an account: everybody but those who have left."""
    return Member.objects.exclude(state__in=LEFT)


def mark_manageable(people: QuerySet, by: User | None, *, today: date) -> QuerySet:
    """Add `manageable` to people: whether `by` may issue a code for them, None is the operator.

    It is `services.accounts.may_manage_account` for many at once: the people are in scope, the account is not the
    own, and `by` may appoint to every office that it holds or will hold.
    """
    if by is None:
        return people.annotate(manageable=Q(pk__isnull=False))
    held = Grant.objects.open_on(today).filter(user__member=OuterRef("pk"))
    above = held.exclude(pk__in=Grant.objects.grantable_by(by).values("pk"))
    refused = Exists(above) | Q(user=by.pk)
    if not by.is_superuser:
        refused |= Q(user__is_superuser=True)
    # The outer join gives NULL for people without an account, and NOT NULL is no answer.
    return people.annotate(manageable=~Exists(Member.objects.filter(pk=OuterRef("pk")).filter(refused)))


def filter_officers(people: MemberQuerySet, *, today: date) -> MemberQuerySet:
    """Return the people of the roster who hold an office of the school now or later."""
    held = Grant.objects.open_on(today).filter(role__in=OFFICES, user__member=OuterRef("pk"))
    return people.filter(Exists(held))


def list_offices_without_roster(by: User | None, *, today: date) -> GrantQuerySet:
    """Return one office, the highest, of each person in no roster to whom `by` may issue a code; None is the operator.

    These are teachers, who hold an office now or later. Nobody is in it twice, so that figures of places add up.
    """
    rank = Case(When(role=SCHOOL, then=Value(0)), When(role=COLLEGE, then=Value(1)), default=Value(2))
    offices = _list_manageable_offices(by, today=today).filter(user__member=None)
    highest = offices.alias(rank=rank).order_by("user_id", "rank", "starts_on", "pk").distinct("user_id")
    return Grant.objects.filter(pk__in=highest.values("pk"))


def count_officers_to_activate(by: User, *, today: date) -> int:
    """Return how many people with an office, now or later, have not activated, of those to whom `by` may issue a code."""
    offices = _list_manageable_offices(by, today=today).exclude(user__member__state__in=LEFT)
    return offices.exclude(filter_activated("user__")).values("user").distinct().count()


def _list_manageable_offices(by: User | None, *, today: date) -> GrantQuerySet:
    """Return the offices of a school, now or later, of the accounts to which `by` may issue a code.

    `by` may appoint to all their offices (`services.accounts.may_manage_account`); nobody of a school gets into the
    account of a street.
    """
    offices = Grant.objects.open_on(today).filter(role__in=OFFICES, user__is_active=True)
    if by is None:
        return offices
    held = Grant.objects.open_on(today).filter(user=OuterRef("user"))
    above = held.exclude(pk__in=Grant.objects.grantable_by(by).values("pk"))
    offices = offices.filter(~Exists(above)).exclude(user=by.pk)
    if not by.is_superuser:
        offices = offices.filter(~Exists(held.filter(role=LIAISON)), user__is_superuser=False)
    return offices


@dataclass(frozen=True)
class Activation:
    """How many people of a branch, or of several together, may have an account, have it, or hold a code for it."""

    people: int = 0
    activated: int = 0
    coded: int = 0

    @property
    def without(self) -> int:
        """The people who have neither activated nor hold a valid code."""
        return self.people - self.activated - self.coded

    def __add__(self, other: "Activation") -> "Activation":
        return Activation(
            self.people + other.people, self.activated + other.activated, self.coded + other.coded
        )


@dataclass(frozen=True)
class ActivationRow:
    """The line of a branch; of a college, or of the office holders in no roster, if `branch_id` is None.

    `college_id` is None for the office holders of the school itself.
    """

    college_id: int | None
    college: str
    branch_id: int | None
    branch: str
    count: Activation


def count_by_branch(
    branches: QuerySet[Branch], *, now: datetime, only_officers: bool = False
) -> list[ActivationRow]:
    """Return a line for each of the branches, by college and name, in two queries: people first, names last.

    `only_officers`: count only people who hold an office of the school.
    """
    people = list_people_to_activate().filter(branch__in=branches.values("pk")).order_by()
    if only_officers:
        people = filter_officers(people, today=timezone.localdate(now))
    counted = _count(people, "branch", now=now)
    by_branch = {row["branch"]: _read_count(row) for row in counted}
    names = branches.order_by("college__name", "name").values_list("college", "college__name", "pk", "name")
    return [ActivationRow(*name, by_branch.get(name[2], Activation())) for name in names]


def count_without_roster(offices: QuerySet[Grant], *, now: datetime) -> list[ActivationRow]:
    """Return a line for each college, and one for the school, of offices from `list_offices_without_roster`."""
    placed = offices.order_by().annotate(
        place_id=Coalesce("college", "branch__college"),
        place_name=Coalesce("college__name", "branch__college__name", Value("校团委")),
    )
    counted = _count(placed, "place_id", "place_name", now=now)
    rows = [
        ActivationRow(row["place_id"], row["place_name"], None, OFFICERS, _read_count(row)) for row in counted
    ]
    return sorted(rows, key=lambda row: row.college)


def _count(rows: QuerySet, *groups: str, now: datetime) -> QuerySet:
    """Count people of rows with a `user`, in groups: all, activated, and those with a valid code only."""
    coded = list_valid_codes(now).filter(account=OuterRef("user__pk"))
    marked = rows.annotate(is_activated=filter_activated("user__"), has_code=Exists(coded))
    return marked.values(*groups).annotate(
        people=Count("pk"),
        activated=Count("pk", filter=Q(is_activated=True)),
        coded=Count("pk", filter=Q(has_code=True) & ~Q(is_activated=True)),
    )


def _read_count(row: dict) -> Activation:
    return Activation(row["people"], row["activated"], row["coded"])


def sum_by_college(rows: Iterable[ActivationRow]) -> list[ActivationRow]:
    """Return a line for each college of these branches."""
    sums: dict[int | None, ActivationRow] = {}
    for row in rows:
        before = sums.get(row.college_id)
        count = before.count + row.count if before else row.count
        sums[row.college_id] = ActivationRow(row.college_id, row.college, None, "", count)
    return list(sums.values())


def sum_all(rows: Iterable[ActivationRow]) -> Activation:
    """Return the sum of all lines."""
    return sum((row.count for row in rows), Activation())
