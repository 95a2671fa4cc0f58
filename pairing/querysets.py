"""QuerySets of the tables of `pairing`.

`visible_to(user, action)` keeps the rows on which a user may do an action.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import models
from django.db.models import Case, Count, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, TruncDate

from members.models import Grant
from members.models.history import event_rows
from members.permissions import Role, get_scope


class CodeQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The school sees all its codes, a college those handed to it."""
        return self.filter(get_scope(user, action).q(school="year__school", college="college"))

    def narrow(self, wanted: dict):
        """Return the codes that match all given filters: q (part of the college's name), state, kind."""
        found = self
        for name in ("state", "kind"):
            if value := wanted.get(name):
                found = found.filter(**{name: value})
        if text := wanted.get("q"):
            found = found.filter(college__name__contains=text)
        return found


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """The school sees all its invitations, a college those that it made itself."""
        return self.filter(get_scope(user, action).q(school="year__school", college="college"))

    def narrow(self, wanted: dict, *, now: datetime):
        """Return the invitations that match all given filters.

        Filters: q (street, district or invitee), host ("school" or a college's key), state.
        """
        found = self.in_state(wanted.get("state") or "", now=now)
        for word in (wanted.get("q") or "").split():
            found = found.filter(
                Q(street__name__contains=word)
                | Q(street__district__contains=word)
                | Q(invitee__contains=word)
            )
        if host := wanted.get("host"):
            found = found.filter(college=None if host == "school" else host)
        return found

    def in_state(self, state: str, *, now: datetime):
        """Return the invitations that are unchecked, open, used, withdrawn or expired; all for an unknown state."""
        unused = Q(used_at=None, withdrawn_at=None)
        found = {
            "unchecked": unused & Q(expires_at__gt=now, checked_at=None),
            "open": unused & Q(expires_at__gt=now, checked_at__isnull=False),
            "expired": unused & Q(expires_at__lte=now),
            "used": Q(used_at__isnull=False),
            "withdrawn": Q(withdrawn_at__isnull=False),
        }
        return self.filter(found.get(state, Q()))

    def with_state_order(self, *, now: datetime):
        """Annotate `state_order`: 1 unchecked, 2 open, 3 used, 4 expired, 5 withdrawn."""
        return self.annotate(
            state_order=Case(
                When(used_at__isnull=False, then=Value(3)),
                When(withdrawn_at__isnull=False, then=Value(5)),
                When(expires_at__lte=now, then=Value(4)),
                When(checked_at__isnull=False, then=Value(2)),
                default=Value(1),
            )
        )


class PairingQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """School and college see their own pairings, a liaison those of one school at the street."""
        seen = get_scope(user, action)
        own = seen.q(school="year__school", college="college")
        return self.filter(own | seen.q_posts(street="street", school="year__school"))

    def active(self):
        return self.filter(state="active")

    def of_year(self, year):
        """Return the pairings of a school's year: made in it, or carried into it (三(五))."""
        carried = Q(calendar_year__lt=year.year, carried_to__gte=year.year)
        return self.filter(Q(year=year.pk) | carried & Q(year__school=year.school_id))

    def held_in(self, first: int, last: int | None = None):
        """Return the pairings of all schools that hold a place in a calendar year from `first` to `last`."""
        held_to = Coalesce("carried_to", "calendar_year")
        return self.alias(held_to=held_to).filter(calendar_year__lte=last or first, held_to__gte=first)

    def overdue(self, today):
        """Return the active pairings without the offline part after 24:00 of the due date (三(三)1)."""
        return self.active().filter(offline_on=None, due_on__lt=today)

    def pending(self, today):
        """Return the active pairings without the offline part that are not overdue yet."""
        return self.active().filter(offline_on=None, due_on__gte=today)

    def over_full(self):
        """Return the active pairings at streets above the city's cap (三(三)).

        Such pairings stay; pages show an alarm.
        """
        last = Coalesce(OuterRef("carried_to"), OuterRef("calendar_year"))
        there = PairingQuerySet(self.model).active().held_in(last).filter(street=OuterRef("street"))
        ours = Subquery(there.order_by().values("street").annotate(ours=Count("pk")).values("ours"))
        cap = Case(When(street__kind="urban", then="year__urban_cap"), default="year__suburban_cap")
        return (
            self.active()
            .alias(allowed=cap, ours=ours)
            .filter(allowed__lt=F("ours") + F("street__taken_elsewhere"))
        )

    def confirmed(self):
        """Return the active pairings whose offline part has taken place."""
        return self.active().exclude(offline_on=None)

    def with_state_order(self, *, today):
        """Annotate `state_order` of the offline part: 1 overdue, 2 pending, 3 done, 4 of a released pairing."""
        active = Q(state="active")
        return self.annotate(
            state_order=Case(
                When(active & Q(offline_on=None, due_on__lt=today), then=Value(1)),
                When(active & Q(offline_on=None), then=Value(2)),
                When(active, then=Value(3)),
                default=Value(4),
            )
        )

    def narrow(self, wanted: dict, *, today):
        """Return the pairings that match all given filters.

        Filters: q (as in `search`), kind, state (of the offline part).
        """
        found = self.search(wanted.get("q") or "")
        if kind := wanted.get("kind"):
            found = found.filter(street__kind=kind)
        match wanted.get("state"):
            case "pending":
                return found.pending(today)
            case "overdue":
                return found.overdue(today)
            case "confirmed":
                return found.confirmed()
            case "over":
                return found.over_full()
            case "released":
                return found.exclude(state="active")
        return found

    def search(self, words: str):
        """Return the pairings for which every word is in the name of college or street, or in the district."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(college__name__icontains=word)
                | Q(street__name__icontains=word)
                | Q(street__district__icontains=word)
            )
        return found

    def at_street_on(self, *, college, street, on, year: int):
        """Return history rows, for Exists, of pairings that had not yet left the street on the day `on`.

        A pairing leaves a street by a move or a release. Its beginning does not matter: a service at the
        street in the same year counts, even before the hall opened. A move in a later year, into which the
        pairing was carried, does not concern this `year`.
        """
        history = event_rows(self.model)
        elsewhere = history.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__gt=OuterRef("pgh_id"))
        moves = elsewhere.exclude(street=OuterRef("street")).order_by("pgh_id")
        own = Q(carried_to=None) | Q(carried_to__lte=year)
        stays = history.filter(own, pgh_obj__in=self.values("pk"), college=college, street=street)
        return stays.alias(moved_on=Subquery(moves.values(day=TruncDate("pgh_created_at"))[:1])).filter(
            Q(moved_on=None) | Q(moved_on__gte=on),
            Q(pgh_obj__ended_at=None) | Q(pgh_obj__ended_at__date__gte=on),
        )

    def places_taken(self, *, calendar_year: int, street_id: int, until: int | None = None) -> set[int]:
        """Return the numbers of a street's places that are held in the years up to `until`.

        They include pairings of all schools; without `until` the year is `calendar_year` only.
        """
        held = self.active().held_in(calendar_year, until).filter(street=street_id)
        return set(held.values_list("place", flat=True))


def count_team_size(college: str, team: str = "") -> Count:
    """Return the count of a team's members who are active people of its college.

    People on leave, graduated or moved to another college do not count. `college`, `team`: lookups from the
    row.
    """
    inside = Q(
        **{
            f"{team}memberships__left_at": None,
            f"{team}memberships__member__state": "active",
            f"{team}memberships__member__branch__college": F(college),
        }
    )
    return Count(f"{team}memberships", filter=inside)


class TeamQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        """School and college see their own teams, a liaison those of one school at the street.

        If the action is open to branch secretaries, they see the team of their college.
        """
        seen = get_scope(user, action)
        found = seen.q(school="pairing__year__school", college="pairing__college")
        found |= seen.q_posts(street="pairing__street", school="pairing__year__school")
        if seen.branches:
            return self.filter(found | Q(pairing__college__branches__in=seen.branches)).distinct()
        return self.filter(found)

    def joinable(self):
        """Return the teams that people can join.

        They belong to active pairings, for each college only to that of the latest year.
        """
        later: TeamQuerySet = TeamQuerySet(self.model).filter(
            pairing__state="active",
            pairing__college=OuterRef("pairing__college"),
            pairing__calendar_year__gt=OuterRef("pairing__calendar_year"),
        )
        return self.filter(~Exists(later), pairing__state="active")

    def with_size(self):
        """Annotate `size`, the number of members as `count_team_size` counts them."""
        return self.annotate(size=count_team_size("pairing__college"))

    def get_last_outside_id(self, college) -> str:
        """Return the 志愿团队ID that the college bound last, or "".

        The team may be closed by now.
        """
        bound = self.filter(pairing__college=college).exclude(outside_id="")
        return bound.order_by("-pk").values_list("outside_id", flat=True).first() or ""

    def narrow(self, wanted: dict):
        """Return the teams that match all given filters: q (as in `search`), bound (yes or no)."""
        found = self.search(wanted.get("q") or "")
        if bound := wanted.get("bound"):
            return found.exclude(outside_id="") if bound == "yes" else found.filter(outside_id="")
        return found

    def search(self, words: str):
        """Return the teams for which every word is in the name of team, college, street or in the 志愿团队ID."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(pairing__college__name__icontains=word)
                | Q(pairing__street__name__icontains=word)
                | Q(pairing__street__district__icontains=word)
                | Q(outside_id__startswith=word)
            )
        return found


class MembershipQuerySet(models.QuerySet):
    """Memberships of service teams; `active` means not left yet."""

    def visible_to(self, user, action: str):
        return self.filter(
            get_scope(user, action).q(
                school="team__pairing__year__school",
                college="team__pairing__college",
                branch="member__branch",
                member="member",
            )
        )

    def active(self):
        return self.filter(left_at=None)

    def of_teams(self, teams: QuerySet | Sequence[Model] | Sequence[int]):
        """Return the active memberships of these teams."""
        return self.active().filter(team__in=teams)

    def ended_with_release(self, ended_at: datetime):
        """Return the memberships that the release of the pairing at this moment ended."""
        return self.filter(left_at=ended_at)

    def barring(self):
        """Return the removals after which the person may not join by themselves.

        The college has not readmitted the person, and the person has not been in the team since.
        """
        since = self.model.objects.filter(  # type: ignore[attr-defined]  # of TeamMembership, above this layer
            team=OuterRef("team"), member=OuterRef("member"), joined_at__gte=OuterRef("left_at")
        )
        ended = self.filter(left_at__isnull=False, removed_by__isnull=False, readmitted_at=None)
        return ended.filter(~Exists(since))


class GroupCheckQuerySet(models.QuerySet):
    """Ticks of the group's checklist."""

    def with_validity(self, today):
        """Annotate `is_valid`: whether the person for whom the tick was set still holds the office today.

        A tick for a vacant office counts until somebody holds the office.
        """
        holders = Grant.objects.active_on(today).filter(
            role=Role.BRANCH_SECRETARY, branch=OuterRef("branch"), user__is_active=True
        )
        own = Exists(holders.filter(user=OuterRef("secretary")))
        return self.annotate(is_valid=Case(When(secretary=None, then=~Exists(holders)), default=own))

    def valid_on(self, today):
        """Return the ticks that count today."""
        return self.with_validity(today).filter(is_valid=True)
