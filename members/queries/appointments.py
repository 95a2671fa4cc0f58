"""Offices for the page 账号与授权: who holds what, which places have no secretary, and whom the roster suggests."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest

from members.models import Branch, College, Grant, Member, User
from members.permissions import Role, get_scope
from members.queries.activation import filter_activated
from members.queries.finder import FoundPerson, wrap_members
from members.rules import claims_branch_secretary
from members.sheets.cells import tidy_number

OFFICES = (Role.SCHOOL_ADMIN, Role.COLLEGE_SECRETARY, Role.BRANCH_SECRETARY)
# States of a term, with their labels.
TERM_STATES = {"held": "在任", "later": "未开始", "ended": "已结束"}
# Recovery codes alone are no second factor.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
ANY_CLAIM = ("支书", "支部书记")


def list_offices(user, action: str, *, today: date) -> QuerySet[Grant]:
    """Return the terms of the offices in scope, without those of street liaisons.

    Each has `term_state` (a key of TERM_STATES), `college_name`, `branch_name`, `last_used_at`, `has_factor`,
    `activated` (whether somebody can sign in with the account) and `changeable` (whether the user may end it).
    """
    seen = Grant.objects.visible_to(user, action).filter(role__in=OFFICES)
    return annotate_offices(seen, user, today=today).select_related(
        "user__school", "school", "college__school", "branch__college__school"
    )


def annotate_offices(grants: Any, user, *, today: date) -> Any:
    """Return the grants with the columns that `list_offices` describes."""
    sessions = UserSession.objects.filter(user=OuterRef("user")).order_by().values("user")
    factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=FACTORS)
    return grants.annotate(
        term_state=Case(
            When(ends_on__lt=today, then=Value("ended")),
            When(starts_on__gt=today, then=Value("later")),
            default=Value("held"),
        ),
        college_name=Coalesce("college__name", "branch__college__name", Value("")),
        branch_name=Coalesce("branch__name", Value("")),
        last_used_at=Greatest(
            "user__last_login", Subquery(sessions.annotate(seen=Max("last_seen_at")).values("seen"))
        ),
        has_factor=Exists(factors),
        activated=Exists(User.objects.filter(pk=OuterRef("user")).filter(filter_activated())),
        changeable=Case(
            When(
                Q(pk__in=Grant.objects.grantable_by(user).open_on(today).values("pk"), role__in=OFFICES),
                then=Value(True),
            ),
            default=Value(False),
        ),
    )


def filter_offices(offices: Any, wanted: Mapping[str, Any], *, today: date) -> QuerySet[Grant]:
    """Return the terms that match all given filters: q, role, college, state; without a state those not over."""
    state = wanted.get("state", "")
    if state in TERM_STATES:
        offices = offices.filter(term_state=state)
    elif not state:
        offices = offices.filter(Q(ends_on=None) | Q(ends_on__gte=today))
    if role := wanted.get("role"):
        offices = offices.filter(role=role)
    if college := wanted.get("college"):
        offices = offices.filter(Q(college=college) | Q(branch__college=college))
    for word in (wanted.get("q") or "").split():
        offices = offices.filter(
            Q(user__name__icontains=word)
            | Q(user__number__icontains=tidy_number(word))
            | Q(college__name__icontains=word)
            | Q(branch__name__icontains=word)
        )
    return offices


def list_offices_of(account, user, *, today: date) -> QuerySet[Grant]:
    """Return all terms of one account as `user` sees them, the current ones first.

    A liaison works for several schools, and each sees only what it gave.
    """
    seen, terms = get_scope(user, "account.view"), account.grants.all()
    if not seen.everything:
        terms = terms.filter(~Q(role=Role.LIAISON) | seen.q(school="school"))
    own = annotate_offices(terms, user, today=today)
    return own.select_related("school", "college__school", "branch__college__school", "street").order_by(
        F("ends_on").desc(nulls_first=True), "-starts_on", "pk"
    )


@dataclass
class Vacancies:
    """A college with what it lacks: its secretary, and its branches without 团支书 (`branches`, of `total`)."""

    college: College
    has_secretary: bool
    total: int
    branches: list[Branch] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        return self.has_secretary and not self.branches


def list_vacancies(user, *, today: date) -> list[Vacancies]:
    """Return the colleges in scope that lack a secretary, or whose branches do, in three queries.

    Only people in office today count, with an account that is not disabled.
    """
    held = Grant.objects.active_on(today).filter(user__is_active=True)
    led = set(held.filter(college__isnull=False).values_list("college", flat=True))
    colleges = College.objects.visible_to(user, "grant.branch")
    found = {college.pk: Vacancies(college, college.pk in led, 0) for college in colleges}
    branches = Branch.objects.visible_to(user, "grant.branch").annotate(
        is_led=Exists(held.filter(branch=OuterRef("pk")))
    )
    for branch in branches.order_by("name", "pk"):
        row = found[branch.college_id]
        row.total += 1
        if not branch.is_led:
            row.branches.append(branch)
    return [row for row in found.values() if not row.is_complete]


def list_branches_to_fill(user, *, today: date, college: College | None, every: bool) -> QuerySet[Branch]:
    """Return the branches for which the user may appoint: those without 团支书, or `every` branch."""
    branches = Branch.objects.visible_to(user, "grant.branch").select_related("college__school")
    if college is not None:
        branches = branches.filter(college=college)
    if not every:
        held = Grant.objects.active_on(today).filter(user__is_active=True, branch=OuterRef("pk"))
        branches = branches.filter(~Exists(held))
    return branches.order_by("college__name", "name", "pk")


def suggest_secretaries(branches: Iterable[Branch]) -> dict[int, list[FoundPerson]]:
    """Return {branch id: people whose 职务 in the roster says 团支书}, all of them, in two queries.

    Nobody is chosen between several. People who hold the office of their branch already are left out.
    """
    claim = Q()
    for word in ANY_CLAIM:
        claim |= Q(office__contains=word)
    people = Member.objects.filter(claim, branch__in=branches, state=Member.State.ACTIVE)
    found: dict[int, list[FoundPerson]] = defaultdict(list)
    for person in wrap_members(people.order_by("sort_key", "pk")):
        member = person.member
        if member is None or not claims_branch_secretary(member.office):
            continue
        if not any(held.branch_id == member.branch_id for held in person.offices):
            found[member.branch_id].append(person)
    return found
