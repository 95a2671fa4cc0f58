"""The rows of the invented school while it is being filled, passed from step to step."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from random import Random

from members.models import Branch, Member, School, ServiceYear
from members.services.spells import open_first_spells
from reports.demo.drive import Registration
from reports.demo.organisation import BranchPlan
from reports.demo.people import Register


@dataclass
class Demo:
    school: School
    year: ServiceYear
    today: date
    random: Random
    plans: list[BranchPlan]
    branches: list[Branch] = field(default_factory=list)  # in the order of the plans
    members: list[Member] = field(default_factory=list)
    ways: dict[int, Registration] = field(default_factory=dict)  # by the member's primary key
    registrations_of: date | None = None  # the day whose registrations the people have
    register: Register = field(default_factory=Register)

    @property
    def newest_grade(self) -> int:
        return max(plan.grade for plan in self.plans)

    def list_counted(self, branch: Branch) -> list[Member]:
        return self._counted_by_branch[branch.pk]

    @cached_property
    def _counted_by_branch(self) -> dict[int, list[Member]]:
        found = defaultdict(list)
        for member in self.members:
            if member.counts:
                found[member.branch_id].append(member)
        return found

    def open_spells(self, members: list[Member]) -> None:
        """Let people belong where they are since the roster of the drive's first day."""
        open_first_spells(member_ids=[member.pk for member in members], on=self.year.registration_starts_on)

    def registers(self, member: Member) -> bool:
        """Return whether the portal knows the person as a registered volunteer by the demo's day."""
        known_on = self.ways[member.pk].known_on
        return known_on is not None and known_on <= self.today
