"""The one table of permissions; every view, query and import reads it.

`may` decides on an action as a whole (wrong role: 403). `get_scope` returns the part of the organisation in which
the action is allowed (out of scope: the row is not found, 404). Requirements §1 and §6.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.shortcuts import redirect, resolve_url

from members.confirmation import ask_to_confirm, keep_form, resume_form


class Role(models.TextChoices):
    SCHOOL_ADMIN = "school_admin", "校团委"
    COLLEGE_SECRETARY = "college_secretary", "学院团委书记"
    BRANCH_SECRETARY = "branch_secretary", "团支书"
    MEMBER = "member", "团员"
    FORMER = "former", "已转出或毕业"
    LIAISON = "liaison", "街乡负责人"


SCHOOL, COLLEGE, BRANCH = Role.SCHOOL_ADMIN, Role.COLLEGE_SECRETARY, Role.BRANCH_SECRETARY
MEMBER, FORMER, LIAISON = Role.MEMBER, Role.FORMER, Role.LIAISON

# Roles that follow from the roster and are never granted: FORMER is the person who was transferred or graduated.
OWN_ROLES = frozenset({MEMBER, FORMER})

STAFF = frozenset({SCHOOL, COLLEGE})
SECRETARIES = frozenset({SCHOOL, COLLEGE, BRANCH})
EVERYONE = frozenset(Role)

# Open to every account, also to one whose roles have ended: the home page then names the office to ask, and the
# own account can still be made safe.
SIGNED_IN = frozenset({"home", "account.own", "message.view"})

# Every action with the roles that may do it; which rows they see is their scope. "public" needs no sign-in.
TABLE: dict[str, frozenset[Role]] = {
    "home": EVERYONE,
    "overview.view": frozenset({SCHOOL}),
    "steps.view": frozenset({SCHOOL}),
    "college.view": STAFF,
    "branch.view": SECRETARIES,
    "member.view": SECRETARIES,
    "member.edit": STAFF,
    "member.phone": frozenset({COLLEGE, BRANCH}),
    "member.export": STAFF,
    "member.history": STAFF,
    # A person's own background exports; each list needs its own action as well.
    "export.view": SECRETARIES,
    "registration.view": SECRETARIES,
    "registration.confirm": STAFF,
    "registration.claim": STAFF,
    "me.view": frozenset({MEMBER}),
    "me.report": frozenset({MEMBER}),
    "import.view": STAFF,
    "import.organisation": frozenset({SCHOOL}),
    "import.roster": STAFF,
    "import.volunteers": STAFF,
    "import.streets": frozenset({SCHOOL}),
    # Each row is an appointment: whom a user may appoint where is decided by row.
    "import.accounts": STAFF,
    "street.view": frozenset({SCHOOL, COLLEGE}),
    "year.view": STAFF,
    "year.edit": frozenset({SCHOOL}),
    "year.roll": frozenset({SCHOOL}),
    "audit.view": frozenset({SCHOOL}),
    "grant.view": STAFF,
    "grant.staff": frozenset({SCHOOL}),
    "grant.branch": STAFF,
    # Which account: `members.services.accounts.may_manage_account`, nobody manages an account above their own.
    "account.view": SECRETARIES,
    "account.codes": SECRETARIES,
    "account.secure": STAFF,
    "account.own": EVERYONE,
    # Each office sees what is open there and below; who may change its holder, may hand it over.
    "handover.view": SECRETARIES,
    "handover.make": STAFF,
    "campus.decide": STAFF,
    "street.edit": frozenset({SCHOOL}),
    "message.view": EVERYONE,
    "code.view": STAFF,
    "code.hand": frozenset({SCHOOL}),
    "code.reveal": frozenset({COLLEGE}),
    "import.codes": frozenset({SCHOOL}),
    "hall.view": STAFF,
    "pairing.claim": STAFF,
    "pairing.view": frozenset({SCHOOL, COLLEGE, LIAISON}),
    "pairing.confirm": STAFF,
    "pairing.end": frozenset({SCHOOL}),
    "pairing.board": frozenset({SCHOOL}),
    "team.view": frozenset({SCHOOL, COLLEGE, LIAISON}),
    "team.edit": STAFF,
    "team.roll": SECRETARIES,
    "team.join": frozenset({MEMBER}),
    "liaison.invite": STAFF,
    # By telephone, and never one's own invitation (`pairing.services.invitations.check_invitation`).
    "liaison.check": frozenset({SCHOOL}),
    "liaison.view": frozenset({LIAISON}),
    "project.view": frozenset({SCHOOL, COLLEGE, LIAISON}),
    "project.edit": STAFF,
    "project.agree": frozenset({LIAISON}),
    "activity.view": frozenset({SCHOOL, COLLEGE, LIAISON}),
    "activity.edit": STAFF,
    # A member only for activities that name that member as steward (现场负责人).
    "attendance.run": frozenset({SCHOOL, COLLEGE, MEMBER}),
    "attendance.confirm": frozenset({LIAISON}),
    "signup.own": frozenset({MEMBER}),
    "hours.view": SECRETARIES,
    # §6: people who have left can still take their own hours with them.
    "hours.own": OWN_ROLES,
    # 校内志愿服务时长确认单, of oneself or of people in scope.
    "slip.make": SECRETARIES | OWN_ROLES,
    "hours.decide": STAFF,
    "hours.supplement": SECRETARIES | {MEMBER},
    "record.view": SECRETARIES | {MEMBER},
    "objection.view": STAFF | {MEMBER},
    "objection.raise": frozenset({MEMBER}),
    "objection.answer": STAFF,
    "import.hours": STAFF,
    "eligibility.view": SECRETARIES,
    "eligibility.export": STAFF,
    "exception.ask": frozenset({COLLEGE, BRANCH}),
    "exception.decide": frozenset({SCHOOL}),
    "honour.view": SECRETARIES,
    "honour.nominate": frozenset({COLLEGE, BRANCH}),
    # A school manages its titles, a college its own titles.
    "honour.manage": STAFF,
    "honour.export": STAFF,
    "appraisal.view": SECRETARIES,
    "appraisal.edit": frozenset({COLLEGE, BRANCH}),
    "appraisal.submit": frozenset({BRANCH}),
    "appraisal.approve": frozenset({COLLEGE}),
    "result.settle": STAFF,
    # The branch records the progress of its applicants; the college records what the meeting decided.
    "admission.view": SECRETARIES,
    "admission.edit": SECRETARIES,
    "admission.admit": STAFF,
    "admission.export": STAFF,
    "assessment.view": STAFF,
    "assessment.publish": frozenset({SCHOOL}),
    "commendation.view": frozenset({SCHOOL}),
    "commendation.edit": frozenset({SCHOOL}),
    "bulletin.view": EVERYONE - {LIAISON, FORMER},
    "bulletin.publish": frozenset({SCHOOL}),
    "channel.edit": STAFF,
}


@dataclass(frozen=True)
class Scope:
    """The parts of the organisation in which a user may do an action.

    Values are primary keys; `member` is the user's own person. `posts` are a liaison's pairs (street, school): at one
    street each school opens only its own work.
    """

    everything: bool = False
    schools: frozenset[int] = field(default_factory=frozenset)
    colleges: frozenset[int] = field(default_factory=frozenset)
    branches: frozenset[int] = field(default_factory=frozenset)
    posts: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    member: int | None = None

    def q(self, *, school: str = "", college: str = "", branch: str = "", member: str = "") -> Q:
        """Return a filter on a table; each argument is the lookup from the table to that level.

        A level without a lookup adds no rows.
        """
        if self.everything:
            return Q()
        found = Q(pk__in=[])
        for lookup, ids in ((school, self.schools), (college, self.colleges), (branch, self.branches)):
            if lookup and ids:
                found |= Q(**{f"{lookup}__in": ids})
        if member and self.member:
            found |= Q(**{member: self.member})
        return found

    def q_posts(self, *, street: str, school: str) -> Q:
        """Return a filter on what a liaison sees; the arguments are the lookups to the street and to the school."""
        if self.everything:
            return Q()
        found = Q(pk__in=[])
        for street_id, school_id in sorted(self.posts):
            found |= Q(**{street: street_id, school: school_id})
        return found


@dataclass(frozen=True)
class RoleHeld:
    """A role on one part of the organisation, with the same attributes as `members.models.Grant`.

    A liaison's role has two: the street, and the school for which the liaison works there.
    """

    role: Role
    school_id: int | None = None
    college_id: int | None = None
    branch_id: int | None = None
    street_id: int | None = None


class ActingOffice:
    """An office as a user: it sees and may do what its holder may, but has no account."""

    is_authenticated, is_active, is_superuser = True, True, False
    pk = member = member_id = None

    def __init__(self, school, role: RoleHeld):
        self.school, self.school_id, self.active_grants = school, school.pk, [role]


class Operator(ActingOffice):
    """The user of a command for a school's year: has the rights of the school's admin, but no account."""

    def __init__(self, school, year):
        super().__init__(school, RoleHeld(SCHOOL, school_id=school.pk))
        self.current_year = year


def may(user, action: str) -> bool:
    """Return whether one of the user's current roles allows the action. Unknown actions raise KeyError."""
    roles = TABLE[action]
    if not user.is_authenticated:
        return False
    if user.is_superuser or action in SIGNED_IN:
        return True
    return any(grant.role in roles for grant in user.active_grants)


def get_scope(user, action: str) -> Scope:
    """Return where the user may do the action: the union over the user's roles that allow it."""
    if user.is_superuser:
        return Scope(everything=True)
    held = [grant for grant in user.active_grants if grant.role in TABLE[action]]
    # A liaison's grant names the school as well, but does not open the school.
    grants = [grant for grant in held if grant.role != LIAISON]

    def ids(name: str) -> frozenset[int]:
        return frozenset(getattr(grant, name) for grant in grants if getattr(grant, name))

    own = user.member_id if any(grant.role in OWN_ROLES for grant in grants) else None
    return Scope(
        schools=ids("school_id"),
        colleges=ids("college_id"),
        branches=ids("branch_id"),
        posts=frozenset((grant.street_id, grant.school_id) for grant in held if grant.role == LIAISON),
        member=own,
    )


def allow(action: str, *, recent: bool = False, sends_file: bool = False) -> Callable:
    """Declare a view's permission; a view without it fails the walk over all URLs.

    A visitor who is not signed in goes to the sign-in page; a user with another role gets 403. `recent`: somebody
    who has not proved lately who they are does so first and comes back; a submitted form is kept. `sends_file`:
    the view answers with a download, so they come back to the page with its link.
    """
    if action != "public" and action not in TABLE:
        raise KeyError(action)

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.is_authenticated:
                return redirect(
                    f"{resolve_url(settings.LOGIN_URL)}?next={quote(_build_return_path(request))}"
                )
            if not may(request.user, action):
                raise PermissionDenied
            page = build_page_path(request)
            if recent and (asked := ask_to_confirm(request, page, sends_file=sends_file)):
                return asked
            with resume_form(request):
                return view(request, *args, **kwargs)

        declared: Any = view if action == "public" else guarded
        declared.action = action
        return declared

    return decorate


def _build_return_path(request) -> str:
    """Return the address to open after signing in.

    For GET it is the requested page. A form that was submitted too late is sent after the sign-in. For any other
    form it is the page with the form, because the form's own address may accept POST only.
    """
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    owner = getattr(request, "ended_for", None)  # set by members.middleware.CareForSessions
    if owner and request.method == "POST" and not request.FILES:
        return keep_form(request, owner)
    return build_page_path(request)


def build_page_path(request) -> str:
    """Return the address of the portal's page from which the request came, or the home page."""
    page = urlsplit(request.headers.get("Referer", ""))
    return (
        urlunsplit(("", "", page.path or "/", page.query, "")) if page.netloc == request.get_host() else "/"
    )
