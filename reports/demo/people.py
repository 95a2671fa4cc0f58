"""The people of an invented branch, as in a roster."""

from dataclasses import dataclass
from random import Random

from members.models import Branch, Member, School
from members.sheets.cells import make_name_key
from members.sheets.names import make_sort_key
from reports.demo.names import draw_name
from reports.demo.organisation import BranchPlan

STAGES = {
    Member.Stage.MEMBER: 88,
    Member.Stage.STUDENT: 5,
    Member.Stage.ACTIVIST: 3,
    Member.Stage.APPLICANT: 2.5,
    Member.Stage.CANDIDATE: 1.5,
}
STATES = {
    Member.State.ACTIVE: 97,
    Member.State.SUSPENDED: 1,
    Member.State.EXCHANGE: 0.9,
    Member.State.ARMY: 0.6,
    Member.State.TRANSFERRED: 0.5,
}
SAME_NAME = "张伟"


@dataclass
class Person:
    name: str
    gender: str
    grade: int
    student_no: str
    phone: str
    stage: str
    party: str
    state: str


class Register:
    """Gives out numbers: student numbers by year and college, and phones that nobody uses (199 0000 …)."""

    def __init__(self):
        self._phones = 0
        self._students: dict[tuple[int, int], int] = {}

    def make_phone(self) -> str:
        self._phones += 1
        return f"1990000{self._phones:04d}"

    def make_student_no(self, grade: int, college: int) -> str:
        count = self._students[grade, college] = self._students.get((grade, college), 0) + 1
        return f"{grade}{college:02d}{count:04d}"


def draw_people(
    plan: BranchPlan, *, college: int, newest: int, random: Random, register: Register
) -> list[Person]:
    """Return as many people as planned.

    `newest`: the youngest year at the school; Party members are older.
    """
    people = [
        _draw_person(plan, college=college, newest=newest, random=random, register=register)
        for _ in range(plan.size)
    ]
    if people and random.random() < 0.04:
        for person in people[:2]:
            person.name, person.stage, person.state = SAME_NAME, Member.Stage.MEMBER, Member.State.ACTIVE
    return people


def build_member(school: School, branch: Branch, person: Person, registration: dict) -> Member:
    return Member(
        school=school,
        branch=branch,
        student_no=person.student_no,
        name=person.name,
        name_key=make_name_key(person.name),
        sort_key=make_sort_key(person.name),
        gender=person.gender,
        grade=str(person.grade),
        phone=person.phone,
        stage=person.stage,
        party=person.party,
        state=person.state,
        **registration,
    )


def _draw_person(
    plan: BranchPlan, *, college: int, newest: int, random: Random, register: Register
) -> Person:
    gender = random.choice((Member.Gender.MALE, Member.Gender.FEMALE))
    stage = _draw_weighted(random, STAGES)
    party = Member.Party.NONE
    if stage == Member.Stage.MEMBER and plan.grade <= newest - 2 and random.random() < 0.08:
        party = random.choice((Member.Party.PROBATIONARY, Member.Party.FULL))
    return Person(
        name=draw_name(random, gender),
        gender=gender,
        grade=plan.grade,
        student_no=register.make_student_no(plan.grade, college),
        phone=register.make_phone(),
        stage=stage,
        party=party,
        state=_draw_weighted(random, STATES),
    )


def _draw_weighted(random: Random, weights: dict) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
