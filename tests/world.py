"""The same schools and people in every test, so that a reader knows them after the first test."""

from dataclasses import dataclass

from members.models import Branch, College, Member, School, ServiceYear, Street, User, VolunteerRecord
from members.services.schools import create_school
from tests.factories import (
    BranchFactory,
    CollegeFactory,
    MemberFactory,
    StreetFactory,
    UserFactory,
    VolunteerRecordFactory,
    make_account,
    make_branch_secretary,
    make_liaison,
    make_school_admin,
    make_secretary,
)

Stage, State, Party = Member.Stage, Member.State, Member.Party


@dataclass
class SchoolWorld:
    """One school: two colleges, each with two branches (a1 and a2 in college_a, b1 and b2 in college_b)."""

    school: School
    year: ServiceYear
    college_a: College
    college_b: College
    a1: Branch
    a2: Branch
    b1: Branch
    b2: Branch
    admin: User
    secretary: User
    zhang_wei: Member
    unclear: VolunteerRecord


@dataclass
class World:
    """Two schools, 京华大学 (`jh`) and 北华大学 (`bh`), both with the notice's year 2018, and two streets.

    Organisations: `jh.college_a` … as in SchoolWorld; those of JH also directly: `college_a`, `a1` ….
    The city's streets: `urban`, `suburban`.

    Accounts of JH, one per role: `admin` (校团委), `secretary` (of college_a), `secretary_b` (of college_b),
    `branch_secretary` (of a1, a person of a1), `member` (a person of a1, the same as `missing`), `liaison` (of
    `urban`), `nobody` (signs in, holds no role). In BH: `bh.admin`, `bh.secretary` (of its college_a).

    People of a1: `registered` 张伟, `namesake` 张伟 (missing), `missing`, `reported` (own word only), `party`
    (中共党员, registered: counts), `lead` (the branch secretary, registered), `suspended` (does not count),
    `applicant`, `activist` (registered), `candidate` (missing), `student` (群众). So a1 counts 6 members, 3
    registered, 1 reported, 1 out, 2 activists (1 of them registered). a2 has only `quiet` (registered), b1
    has 张伟 `zhang_wei_b` (registered) and `transferred`, b2 is empty. BH's `bh.zhang_wei` has the student
    number of JH's `registered`. Unclear rows of the volunteers' list: `unclear` (waits in college_a),
    `unclear_b` (in college_b), `unclear_school` (in no college) and `bh.unclear`.
    """

    jh: SchoolWorld
    bh: SchoolWorld
    urban: Street
    suburban: Street

    secretary_b: User
    branch_secretary: User
    member: User
    liaison: User
    nobody: User

    namesake: Member
    missing: Member
    reported: Member
    party: Member
    lead: Member
    suspended: Member
    applicant: Member
    activist: Member
    candidate: Member
    student: Member
    quiet: Member
    zhang_wei_b: Member
    transferred: Member

    unclear_b: VolunteerRecord
    unclear_school: VolunteerRecord

    def __post_init__(self):
        """Give the most used objects, which belong to JH, names without `jh`."""
        for name in ("school", "year", "college_a", "college_b", "a1", "a2", "b1", "b2"):
            setattr(self, name, getattr(self.jh, name))
        self.admin, self.secretary = self.jh.admin, self.jh.secretary
        self.registered, self.unclear = self.jh.zhang_wei, self.jh.unclear


def build_world() -> World:
    jh, bh = _make_jinghua(), _make_beihua()
    urban = StreetFactory(district="海淀区", name="清河街道", kind=Street.Kind.URBAN)
    suburban = StreetFactory(district="延庆区", name="大榆树镇", kind=Street.Kind.SUBURBAN)
    people = _make_people(jh)
    return World(
        jh=jh,
        bh=bh,
        urban=urban,
        suburban=suburban,
        secretary_b=make_secretary(jh.college_b, number="T1003", name="郑书记"),
        branch_secretary=make_branch_secretary(jh.a1, people["lead"]),
        member=make_account(people["missing"]),
        liaison=make_liaison(urban, jh.school, number="S1001", name="清河干部"),
        nobody=UserFactory(school=jh.school, number="T1009", name="吴职务"),
        unclear_b=VolunteerRecordFactory(school=jh.school, college=jh.college_b, name="岳待领"),
        unclear_school=VolunteerRecordFactory(school=jh.school, name="龚待领"),
        **people,
    )


def _make_jinghua() -> SchoolWorld:
    return _make_school(
        "JH",
        "京华大学",
        {
            "法学院": ("法学1801团支部", "法学1802团支部"),
            "物理学院": ("物理1801团支部", "物理1802团支部"),
        },
        admin={"number": "T1001", "name": "孔管理"},
        secretary={"number": "T1002", "name": "曹书记"},
        zhang_wei={"phone": "13801010001"},
        unclear="严待领",
    )


def _make_beihua() -> SchoolWorld:
    return _make_school(
        "BH",
        "北华大学",
        {
            "文学院": ("中文1801团支部", "中文1802团支部"),
            "化学学院": ("化学1801团支部", "化学1802团支部"),
        },
        admin={"number": "T2001", "name": "华管理"},
        secretary={"number": "T2002", "name": "金书记"},
        zhang_wei={"phone": "13802020002"},
        unclear="魏待领",
    )


def _make_school(code, name, tree, *, admin, secretary, zhang_wei, unclear) -> SchoolWorld:
    school, _ = create_school(code=code, name=name, year=2018)
    colleges = [CollegeFactory(school=school, name=college) for college in tree]
    branches = [
        BranchFactory(college=college, name=branch) for college in colleges for branch in tree[college.name]
    ]
    return SchoolWorld(
        school,
        school.years.get(),
        *colleges,
        *branches,
        admin=make_school_admin(school, **admin),
        secretary=make_secretary(colleges[0], **secretary),
        zhang_wei=MemberFactory(
            branch=branches[0], name="张伟", student_no="2018010001", registered=True, **zhang_wei
        ),
        unclear=VolunteerRecordFactory(school=school, college=colleges[0], name=unclear),
    )


def _make_people(jh: SchoolWorld) -> dict[str, Member]:
    """Make the people of JH besides `registered`.

    Numbers and phones are unique, and only the name 张伟 repeats.
    """
    here = {"branch": jh.a1}
    return {
        "namesake": MemberFactory(**here, name="张伟", student_no="2018010002"),
        "missing": MemberFactory(**here, name="阿依古丽·买买提", student_no="2018010003"),
        "reported": MemberFactory(**here, name="李自报", student_no="2018010004", reported=True),
        "party": MemberFactory(
            **here, name="王党员", student_no="2018010005", party=Party.FULL, registered=True
        ),
        "lead": MemberFactory(**here, name="陈支书", student_no="2018010006", registered=True),
        "suspended": MemberFactory(**here, name="林休学", student_no="2018010007", state=State.SUSPENDED),
        "applicant": MemberFactory(**here, name="何申请", student_no="2018010008", stage=Stage.APPLICANT),
        "activist": MemberFactory(
            **here, name="高积极", student_no="2018010009", stage=Stage.ACTIVIST, registered=True
        ),
        "candidate": MemberFactory(**here, name="罗对象", student_no="2018010010", stage=Stage.CANDIDATE),
        "student": MemberFactory(**here, name="梁群众", student_no="2018010011", stage=Stage.STUDENT),
        "quiet": MemberFactory(branch=jh.a2, name="宋安静", student_no="2018010201", registered=True),
        "zhang_wei_b": MemberFactory(branch=jh.b1, name="张伟", student_no="2018020001", registered=True),
        "transferred": MemberFactory(
            branch=jh.b1, name="唐转出", student_no="2018020002", state=State.TRANSFERRED
        ),
    }
