"""Shared by all parts of the demo's year of service: the accounts that act, days, and people."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from activities.models import Activity, Project
from activities.rules.signups import build_default_times
from activities.services import activities, projects
from members.models import College, Grant, Member, Street, User
from members.permissions import Role
from members.rules import BEIJING
from members.services.accounts import create_account, grant_role
from pairing.models import Pairing
from reports.demo.plans import Plan
from reports.demo.school import Demo

SATURDAY = 5


def combine_moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, tzinfo=ZoneInfo(BEIJING)))


class Service:
    """The demo's year of service, up to `now`."""

    def __init__(self, demo: Demo, *, now: datetime):
        self.demo, self.random, self.now, self.today = demo, demo.random, now, demo.today
        self.year_begins = date(demo.year.year, 1, 1)
        staff = Grant.objects.filter(user__school=demo.school).select_related("user").order_by("pk")
        self.admin: User = staff.get(role=Role.SCHOOL_ADMIN).user
        self.secretary = {held.college_id: held.user for held in staff.filter(role=Role.COLLEGE_SECRETARY)}
        self.liaison = {held.street_id: held.user for held in staff.filter(role=Role.LIAISON)}
        self.lead_of = {held.branch_id: held.user for held in staff.filter(role=Role.BRANCH_SECRETARY)}
        # The two accounts of one branch to sign in as: its secretary, and a person without a role.
        self.lead = next(user for user in self.lead_of.values() if user.has_usable_password())
        self.member = User.objects.get(school=demo.school, member__isnull=False, grants=None)
        self.shown: College = self.lead.member.branch.college
        self.pairings = list(
            Pairing.objects.active()
            .filter(year=demo.year)
            .select_related("college", "street", "team")
            .order_by("claimed_at")
        )

    def saturday(self, weeks: int) -> date:
        """Return the Saturday `weeks` weeks before the last one; after it if `weeks` is negative."""
        last = self.today - timedelta(days=(self.today.weekday() - SATURDAY) % 7 or 7)
        return last - timedelta(weeks=weeks)

    def people(self, college: College) -> list[Member]:
        branches = set(college.branches.values_list("pk", flat=True))
        return [
            member
            for member in self.demo.members
            if member.branch_id in branches and member.counts and member.state == Member.State.ACTIVE
        ]

    def counted(self, college: College) -> QuerySet:
        """Return the college's counted people as the database has them by now."""
        return Member.objects.counted().filter(branch__college=college)

    def liaison_of(self, street: Street) -> User:
        """Return the liaison of the street.

        Nobody knows a password for these accounts, except the one to sign in as.
        """
        if street.pk not in self.liaison:
            number = f"S{len(self.liaison) + 1:04d}"
            user = create_account(school=self.demo.school, number=number, name=street.contact)
            grant_role(
                user=user, role=Role.LIAISON, on=street, starts_on=min(self.today, timezone.localdate())
            )
            self.liaison[street.pk] = user
        return self.liaison[street.pk]

    def draft(self, college: College, plan: Plan, *, kind: str, starts_on: date) -> Project:
        user = self.secretary[college.pk]
        values = {
            "name": plan.name,
            "purpose": plan.purpose,
            "content": plan.content,
            "starts_on": starts_on,
            # In December, coming activities are in the next year.
            "ends_on": max(date(self.demo.year.year, 12, 31), self.today + timedelta(weeks=5)),
            "people_needed": plan.people,
            "contact_name": user.name,
            "contact_phone": "010-55508800",
        }
        return projects.draft_project(user=user, college_id=college.pk, kind=kind, values=values)

    def activity(
        self,
        project: Project,
        plan: Plan,
        *,
        starts: datetime,
        minutes: int,
        planned_at: datetime,
        published: bool = True,
        posts: dict[str, int] | None = None,
        **changes,
    ) -> Activity:
        """Create an activity of the project as its college would plan it at `planned_at`."""
        ends = starts + timedelta(minutes=minutes)
        values = {
            "name": plan.name,
            "place": plan.place,
            "starts_at": starts,
            "ends_at": ends,
            "capacity": plan.people,
            **build_default_times(now=planned_at, starts=starts, ends=ends),
            **changes,
        }
        return activities.create_activity(
            user=self.secretary[project.college_id],
            project_id=project.pk,
            values=values,
            posts=posts or {},
            stewards=[self.lead.number] if project.college_id == self.shown.pk else [],
            published=published,
            now=planned_at,
        )
