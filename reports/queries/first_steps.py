"""起步: what a new school, and each of its colleges, still has to do before its people can work.

Every tick is a fact of the database; nothing is stored. A step has a `proof` (rows that exist once it was begun) and
may have a `whole` of which nothing may be `missing`. The same query sets give the figures of the page and, as one
query, the answer to whether the page is needed at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from members.models import Branch, College, Grant, Member, School, ServiceYear, Street
from members.permissions import BRANCH, COLLEGE
from members.queries.activated import count_accounts
from members.querysets import REGISTERED, MemberQuerySet
from pairing.models import Pairing, PairingCode
from reports.models import Bulletin


@dataclass(frozen=True)
class Work:
    """One step as query sets. `lasting`: done once is done for good, also for a school in its second year."""

    name: str
    proof: QuerySet
    whole: QuerySet | None = None
    missing: QuerySet | None = None
    lasting: bool = True

    @property
    def is_undone(self) -> Q:
        undone = ~Q(Exists(self.proof))
        return undone if self.missing is None else undone | Q(Exists(self.missing))


@dataclass(frozen=True)
class Progress:
    """A step with its figures: `done` of `whole` (0 of 0 for a step without a whole), and whether it is finished."""

    name: str
    finished: bool
    done: int = 0
    whole: int = 0


def build_school_work(school: School, today: date) -> list[Work]:
    """Return the steps of a school in the order in which it needs them. Reads nothing yet."""
    colleges = College.objects.filter(school=school)
    branches = Branch.objects.filter(college__school=school)
    people = Member.objects.filter(school=school, state=Member.State.ACTIVE)
    issues = Bulletin.objects.filter(school=school)
    return [
        # The rules are confirmed by an edit on their page, or by an issue that was made by them.
        Work("rules", _find_confirmed_years(school)),
        Work("roster", people, colleges, _lack(colleges, people, "branch__college")),
        Work("volunteers", people.registered()),
        Work("streets", Street.objects.all()),
        _build_code_work(colleges),
        _build_office_work("college_secretaries", colleges, COLLEGE, "college", today),
        _build_office_work("branch_secretaries", branches, BRANCH, "branch", today),
        Work("accounts", people.filter(user__isnull=False), people, people.filter(user=None), lasting=False),
        Work("bulletin", issues),
    ]


def build_college_work(college: College, today: date) -> list[Work]:
    """Return the steps of one college."""
    branches = Branch.objects.filter(college=college)
    people = Member.objects.filter(branch__college=college, state=Member.State.ACTIVE)
    return [
        Work("roster", people, branches, _lack(branches, people, "branch")),
        Work("volunteers", people.registered()),
        Work("pairing", Pairing.objects.filter(college=college)),
        _build_office_work("branch_secretaries", branches, BRANCH, "branch", today),
        Work("accounts", people.filter(user__isnull=False), people, people.filter(user=None), lasting=False),
    ]


def is_needed(school: School, work: Iterable[Work]) -> bool:
    """Return whether a step is open, by one query.

    In later years only the lasting steps ask for the page, and only if they were never begun: offices and accounts
    come anew every September and have pages of their own.
    """
    lasting, all_of_it = Q(pk__in=[]), Q(pk__in=[])
    for step in work:
        all_of_it |= step.is_undone
        if step.lasting:
            lasting |= ~Q(Exists(step.proof))
    second = ServiceYear.objects.filter(school=school)[1:2]
    asked = Q(Exists(second)) & lasting | ~Q(Exists(second)) & all_of_it
    return School.objects.filter(asked, pk=school.pk).exists()


def measure_work(work: Iterable[Work]) -> list[Progress]:
    """Return the figures of the steps, by two queries for each at most."""
    return [_measure(step) for step in work]


def count_figures(people: MemberQuerySet, year: ServiceYear) -> dict[str, int]:
    """Return the numbers that the sentences of the steps name, for the people of a school or college."""
    counted = people.counted().aggregate(counted=Count("pk"), registered=Count("pk", filter=REGISTERED))
    return {
        **count_accounts(people.filter(state=Member.State.ACTIVE)),
        **counted,
        "streets": Street.objects.count(),
        "stock": PairingCode.objects.filter(year=year, college=None).exclude(state="void").count(),
        "issues": Bulletin.objects.filter(year=year).count(),
    }


def _measure(step: Work) -> Progress:
    if step.whole is None or step.missing is None:
        return Progress(step.name, finished=step.proof.exists())
    whole, missing = step.whole.count(), step.missing.count()
    return Progress(step.name, finished=bool(whole) and not missing, done=whole - missing, whole=whole)


def _find_confirmed_years(school: School) -> QuerySet[ServiceYear]:
    """Return the years whose rules somebody has changed on their page, or by which a bulletin was made."""
    issued = Bulletin.objects.filter(year=OuterRef("pk"))
    years = ServiceYear.objects.filter(school=school)
    return years.filter(
        Q(events__pgh_label="update") | Q(semesters__events__pgh_label="update") | Exists(issued)
    )


def _lack(organisations: QuerySet, rows: QuerySet, lookup: str) -> QuerySet:
    """Return the organisations for which no row points at them through `lookup`."""
    return organisations.filter(~Exists(rows.filter(**{lookup: OuterRef("pk")})))


def _build_code_work(colleges: QuerySet[College]) -> Work:
    """三(三): each college has, or once had, a code of its own."""
    handed = PairingCode.objects.filter(college__in=colleges.values("pk"))
    return Work("codes", handed, colleges, _lack(colleges, PairingCode.objects.all(), "college"))


def _build_office_work(name: str, places: QuerySet, role: str, column: str, today: date) -> Work:
    """Return the step that every place has somebody in office today; accounts switched off do not count."""
    held = Grant.objects.active_on(today).filter(role=role, user__is_active=True)
    missing = _lack(places, held, column)
    return Work(name, held.filter(**{f"{column}__in": places.values("pk")}), places, missing, lasting=False)
