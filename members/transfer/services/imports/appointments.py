"""Import appointments: who holds which office where, from when to when (requirements §5).

A row does exactly what the page would do, with the rights of the person who imports: it appoints, prolongs or ends. The
comparison rehearses all rows in one transaction and rolls it back, so that the preview names every refusal, also
between two rows of the file. A term is found by person, office, place and first day; without a first day it is the
term that is not over.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from members.models import Branch, College, Grant, ImportRow, ImportRun, Member, School, User
from members.permissions import Role
from members.rules import propose_term_end
from members.services.accounts import PLACES, may_grant
from members.services.appointments import (
    Choice,
    Stranger,
    appoint,
    end_appointment,
    extend_appointment,
    find_from_elsewhere,
)
from members.sheets.cells import make_name_key, make_number_key
from members.transfer.services.imports.staging import list_read_rows, write_decisions
from members.unit_names import make_branch_key, make_college_key


@dataclass
class Places:
    """The colleges and branches of the run's school by the names that a file may give them."""

    run: ImportRun
    colleges: dict[str, College] = field(default_factory=dict)
    branches: dict[str, list[Branch]] = field(default_factory=lambda: defaultdict(list))
    allowed: dict[tuple[Role, int], bool] = field(default_factory=dict)

    @classmethod
    def from_run(cls, run: ImportRun) -> "Places":
        places = cls(run)
        colleges = list(College.objects.filter(school=run.school).select_related("school").order_by("-twin"))
        places.colleges = {college.name_key: college for college in colleges}  # a twin loses to the other one
        places.colleges |= {college.name: college for college in colleges}
        branches = Branch.objects.filter(college__school=run.school).select_related("college__school")
        for branch in branches.order_by("pk"):
            places.branches[branch.name_key].append(branch)
        return places

    def find(self, role: Role, data: dict[str, str]) -> School | College | Branch:
        """Return the place of a row's office; raise ValidationError where the row names none, or several."""
        if role == Role.SCHOOL_ADMIN:
            return self._keep_within(self.run.school, None)
        college = self._find_college(data)
        if role == Role.COLLEGE_SECRETARY:
            if college is None:
                raise ValidationError("缺少学院")
            return self._keep_within(college, college)
        branch = self._find_branch(data, college)
        return self._keep_within(branch, branch.college)

    def _find_college(self, data: dict[str, str]) -> College | None:
        name = data.get("college", "")
        if not name:
            return self.run.college
        key = make_college_key(name, self.run.school.name)
        college = self.colleges.get(name) or self.colleges.get(key)
        if college is None:
            raise ValidationError(f"没有学院“{name}”")
        return college

    def _find_branch(self, data: dict[str, str], college: College | None) -> Branch:
        name = data.get("branch", "")
        if not name:
            raise ValidationError("缺少团支部")
        school = self.run.school.name
        keys = {
            make_branch_key(name, "", school),
            make_branch_key(name, college.name if college else "", school),
        }
        found = [
            branch
            for key in sorted(keys)
            for branch in self.branches.get(key, [])
            if college is None or branch.college_id == college.pk
        ]
        exact = [branch for branch in found if branch.name == name]
        found = exact or found
        if not found:
            raise ValidationError(f"{college or ''}没有团支部“{name}”")
        if len(found) > 1:
            raise ValidationError(f"团支部“{name}”不止一个，请填写学院和团支部全称")
        return found[0]

    def refuse_foreign(self, role: Role, on: School | College | Branch) -> None:
        """Refuse a place to which the person who imports may not appoint; each place is asked about once."""
        by, asked = self.run.created_by, (role, on.pk)
        if asked not in self.allowed:
            self.allowed[asked] = by is None or may_grant(by, role, on, by)
        if not self.allowed[asked]:
            raise ValidationError(f"您不能任命“{on}”的{role.label}")

    def _keep_within(self, on: Any, college: College | None) -> Any:
        """Return `on`; refuse a place outside the college to which the file is bound."""
        bound = self.run.college
        if bound is not None and (college is None or college.pk != bound.pk):
            raise ValidationError(f"不是“{bound}”的任职")
        return on


def compare_appointments(run: ImportRun) -> None:
    """Rehearse all rows, roll back, and give each row its status, reason, changes and target."""
    places, decisions = Places.from_run(run), []
    first: dict[tuple, int] = {}
    with transaction.atomic():
        for row in list_read_rows(run):
            decisions.append(_rehearse(run, places, row, first))
        transaction.set_rollback(True)
    write_decisions(run, decisions)


def merge_appointments(run: ImportRun, *, today: date) -> None:
    """Make the new terms and change the ends of known ones, as rehearsed a moment ago."""
    places = Places.from_run(run)
    for row in list_read_rows(run):
        if row.status in ("new", "changed"):
            _settle(run, places, row, today)


def _rehearse(run: ImportRun, places: Places, row: ImportRow, first: dict[tuple, int]) -> tuple:
    data = row.data
    line = tuple(data.get(name, "") for name in ("role", "college", "branch", "starts_on"))
    earlier = first.setdefault((make_number_key(data["number"]), *line), row.number)
    if earlier != row.number:
        return row.pk, "error", f"与第{earlier}行重复", {}, None
    try:
        with transaction.atomic():
            status, changes, target, hint = _settle(run, places, row, timezone.localdate())
    except ValidationError as refusal:
        return row.pk, "error", "；".join(refusal.messages), {}, None
    return row.pk, status, hint, changes, target


def _settle(
    run: ImportRun, places: Places, row: ImportRow, today: date
) -> tuple[str, dict[str, list], int | None, str]:
    """Do what the row says; return its status, changes, the term that it names (None for a new one) and a doubt."""
    data, by = row.data, run.created_by
    role = Role(data["role"])
    on = places.find(role, data)
    places.refuse_foreign(role, on)
    account, person = _find_person(run, data, role)
    starts_on, ends_on = (_read_day(data, name) for name in ("starts_on", "ends_on"))
    held = _find_term(account, role, on, starts_on, today)
    if held is None:
        begins = starts_on or today
        ends = ends_on or propose_term_end(max(begins, today))
        appoint(by=by, choice=Choice(person, role, on), starts_on=begins, ends_on=ends)
        return "new", {}, None, _doubt_branch(person, on)
    if ends_on is None or ends_on == held.ends_on:
        return "same", {}, held.pk, ""
    changes = {"ends_on": [held.ends_on.isoformat() if held.ends_on else None, ends_on.isoformat()]}
    reason = f"文件“{run.filename}”"[:200]
    if held.ends_on and ends_on > held.ends_on:
        extend_appointment(by=by, grant_id=held.pk, ends_on=ends_on, reason=reason)
    else:
        end_appointment(by=by, grant_id=held.pk, on=ends_on, reason=reason)
    return "changed", changes, held.pk, ""


def _doubt_branch(person: Member | Stranger, on: School | College | Branch) -> str:
    """Return what the preview asks about somebody who leads another branch than the own; else ""."""
    if isinstance(on, Branch) and (away := find_from_elsewhere([person], on)):
        return f"请核对：现在是{away[0].branch.college}{away[0].branch}的人，不在{on}"
    return ""


def _find_person(run: ImportRun, data: dict[str, str], role: Role) -> tuple[User | None, Member | Stranger]:
    """Return the account, if there is one, and the person of a row.

    Raises ValidationError if the number belongs to another name, or if a branch secretary is in no roster: a wrong
    student number must not become a teacher. People out of scope are answered like unknown ones, whatever their name,
    so that a preview does not tell who has a number.
    """
    number, name = data["number"], data["name"]
    account = User.objects.of_number(number, run.school).first()
    member = account.member if account and account.member else None
    member = member or Member.objects.filter(school=run.school).find_by_number(number)
    unknown = f"没有找到这个人：您能办理的花名册中没有学号“{number}”，请核对，或先导入花名册"
    if not _is_in_scope(run.created_by, account, member):
        raise ValidationError(unknown)
    for known in (account, member):
        if known is not None and make_name_key(known.name) != make_name_key(name):
            raise ValidationError(f"学号或工号“{number}”的姓名与“{name}”不符")
    if member is not None:
        return account, member
    if account is None and role == Role.BRANCH_SECRETARY:
        raise ValidationError(unknown)
    return account, Stranger(number, name)


def _is_in_scope(by: User | None, account: User | None, member: Member | None) -> bool:
    """Return whether `by` may see the person of a row; a number that nobody has hides nobody."""
    if by is None or (account is None and member is None):
        return True
    if member is not None:
        return Member.objects.visible_to(by, "account.view").filter(pk=member.pk).exists()
    return account is None or User.objects.visible_to(by, "account.view").filter(pk=account.pk).exists()


def _find_term(
    account: User | None, role: Role, on: Any, starts_on: date | None, today: date
) -> Grant | None:
    if account is None:
        return None
    terms = account.grants.filter(role=role, **{PLACES[role][1]: on})
    if starts_on:
        return terms.filter(starts_on=starts_on).first()
    return terms.filter(Q(ends_on=None) | Q(ends_on__gte=today)).order_by("starts_on").first()


def _read_day(data: dict[str, str], name: str) -> date | None:
    return date.fromisoformat(data[name]) if name in data else None
