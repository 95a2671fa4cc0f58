"""QuerySets of accounts: users and their codes, campus links and roles.

`visible_to(user, action)` keeps the rows on which a user may do an action.
"""

from django.db import models
from django.db.models import Case, Q, When

from members.permissions import get_scope
from members.querysets import LEFT_STATES
from members.sheets.cells import tidy_number


class UserQuerySet(models.QuerySet):
    def of_number(self, number: str, school):
        """Return the school's accounts with this number in any case and width, the one spelled like it first."""
        number = tidy_number(number)
        exact = Case(When(number=number, then=0), default=1)
        return self.filter(number__iexact=number, school=school).exclude(number="").order_by(exact, "pk")

    def visible_to(self, user, action: str):
        """Return the accounts of people and of office holders in scope; a school also sees all its accounts.

        Office holders of a school are also its street liaisons, whose account another school may have opened.
        """
        seen = get_scope(user, action)
        person = seen.q(
            school="school", college="member__branch__college", branch="member__branch", member="member"
        )
        office = seen.q(school="grants__school", college="grants__college", branch="grants__branch")
        return self.filter(person | office | seen.q(college="grants__branch__college")).distinct()


class ActivationCodeQuerySet(models.QuerySet):
    def outstanding(self):
        """Return the codes that nobody has used or voided, also those whose term is over."""
        return self.filter(used_at=None, voided_at=None)

    def open_at(self, now):
        """Return the codes that activate their account at this time."""
        return self.outstanding().filter(expires_at__gt=now)


class CampusLinkQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Return the links of people in scope, but never a user's own; those of accounts without a person only to a school."""
        seen = get_scope(user, action)
        own = Q(account=user.pk, account__isnull=False)
        if user.member_id:
            own |= Q(member=user.member_id, member__isnull=False)
        return self.filter(seen.q(school="school", college="member__branch__college")).exclude(own)

    def waiting(self):
        """Return the links that nobody has decided."""
        return self.filter(state="waiting")


class GrantQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """Return the roles on places in scope; a liaison's role belongs to the school that gave it."""
        seen = get_scope(user, action)
        own = seen.q(school="school", college="college", branch="branch")
        below = seen.q(school="college__school", college="branch__college")
        return self.filter(own | below | seen.q(school="branch__college__school"))

    def grantable_by(self, user):
        """Return the roles that a user may grant and end: `services.accounts.may_grant` for many at once."""
        branches, staff = get_scope(user, "grant.branch"), get_scope(user, "grant.staff")
        over_branch = branches.q(school="branch__college__school", college="branch__college", branch="branch")
        over_staff = staff.q(school="school") | staff.q(school="college__school", college="college")
        over_liaison = staff.q(school="user__school")
        return self.filter(
            Q(role="branch_secretary") & over_branch
            | Q(role__in=("school_admin", "college_secretary")) & over_staff
            | Q(role="liaison") & over_liaison
        )

    def on_place(self, place):
        """Return the roles on a school, college or branch and on the places below it."""
        path = type(place).__name__.lower()
        below = {"school": ("college__school", "branch__college__school"), "college": ("branch__college",)}
        found = Q(**{path: place})
        for deeper in below.get(path, ()):
            found |= Q(**{deeper: place})
        return self.filter(found)

    def open_on(self, today):
        """Return the grants that have not ended on a local date, also those that begin later."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))

    def active_on(self, today):
        """Return the grants in force on a local date; the first and the last day belong to the term.

        A 团支书 leads the own branch, so the role rests while the person is transferred or graduated.
        """
        rests = Q(role="branch_secretary", user__member__state__in=LEFT_STATES)
        return self.open_on(today).filter(~rests, starts_on__lte=today)
