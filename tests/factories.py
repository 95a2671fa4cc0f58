"""Factories of test objects with believable values. A test names each value that it relies on."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import factory
from django.db import transaction
from factory.django import DjangoModelFactory

from activities.models import Activity, Project, ServiceRecord, SignUp
from activities.services.counting import count_members
from members.models import (
    Branch,
    College,
    Grant,
    ImportRun,
    Member,
    School,
    ServiceYear,
    Street,
    User,
    VolunteerRecord,
)
from members.models.accounts import build_username
from members.permissions import Role
from members.services.schools import build_notice_dates
from members.services.spells import open_first_spells
from members.sheets.cells import make_name_key
from members.sheets.names import make_sort_key

BEIJING = ZoneInfo("Asia/Shanghai")
REGISTERED_ON = date(2018, 9, 28)
BELONGS_SINCE = date(2018, 9, 1)
# Values of a person's fields without a registration.
NOT_REGISTERED = {"registered_on": None, "counts_from": None, "registration_source": "", "volunteer_no": ""}
AGREED_AT = datetime(2018, 10, 30, 10, tzinfo=BEIJING)


def make_registration(day: date | None, *, since: date | None = None) -> dict:
    """Return a person's fields of a registration verified by the file: of this day, or of an unknown day before `since`."""
    return {"registered_on": day, "counts_from": day or since, "registration_source": Member.Source.FILE}


class SchoolFactory(DjangoModelFactory):
    class Meta:
        model = School

    code = factory.Sequence(lambda n: f"S{n}")
    name = factory.Sequence(lambda n: f"第{n}大学")


class ServiceYearFactory(DjangoModelFactory):
    """A service year with the notice's dates, unless given otherwise."""

    class Meta:
        model = ServiceYear

    school = factory.SubFactory(SchoolFactory)
    year = 2018

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return super()._create(model_class, *args, **(build_notice_dates(kwargs["year"]) | kwargs))


class CollegeFactory(DjangoModelFactory):
    class Meta:
        model = College

    school = factory.SubFactory(SchoolFactory)
    name = factory.Sequence(lambda n: f"第{n}学院")


class BranchFactory(DjangoModelFactory):
    class Meta:
        model = Branch

    college = factory.SubFactory(CollegeFactory)
    name = factory.Sequence(lambda n: f"第{n}团支部")


class StreetFactory(DjangoModelFactory):
    class Meta:
        model = Street

    district = "海淀区"
    name = factory.Sequence(lambda n: f"第{n}街道")
    kind = Street.Kind.URBAN


class MemberFactory(DjangoModelFactory):
    """An active League member who has not registered yet.

    `registered=True`: verified by the file of volunteers. `reported=True`: by the person's own report only.
    """

    class Meta:
        model = Member

    class Params:
        registered = factory.Trait(
            registered_on=REGISTERED_ON,
            volunteer_no=factory.Sequence(lambda n: f"110108{n:09d}"),
            registration_source=Member.Source.FILE,
        )
        reported = factory.Trait(
            reported_on=REGISTERED_ON, reported_no=factory.Sequence(lambda n: f"110105{n:09d}")
        )

    branch = factory.SubFactory(BranchFactory)
    school = factory.SelfAttribute("branch.college.school")
    student_no = factory.Sequence(lambda n: f"20189{n:05d}")
    name = factory.Sequence(lambda n: f"学生{n}")
    name_key = factory.LazyAttribute(lambda row: make_name_key(row.name))
    sort_key = factory.LazyAttribute(lambda row: make_sort_key(row.name))
    grade = "2018"
    phone = factory.Sequence(lambda n: f"139{n:08d}")
    stage = Member.Stage.MEMBER

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        """Create the person with the first spell."""
        if kwargs.get("registered_on"):
            kwargs.setdefault("counts_from", kwargs["registered_on"])
        with transaction.atomic():
            member = super()._create(model_class, *args, **kwargs)
            open_first_spells(member_ids=[member.pk], on=BELONGS_SINCE)
        return member


def create_people(people: Iterable[Member]) -> list[Member]:
    """Write new people and their first spells in bulk."""
    with transaction.atomic():
        made = Member.objects.bulk_create(people)
        open_first_spells(member_ids=[person.pk for person in made], on=BELONGS_SINCE)
    return made


class VolunteerRecordFactory(DjangoModelFactory):
    """A row of the 志愿北京 list without a matching person."""

    class Meta:
        model = VolunteerRecord

    school = factory.SubFactory(SchoolFactory)
    volunteer_no = factory.Sequence(lambda n: f"110106{n:09d}")
    name = factory.Sequence(lambda n: f"志愿者{n}")
    name_key = factory.LazyAttribute(lambda row: make_name_key(row.name))
    phone = factory.Sequence(lambda n: f"137{n:08d}")
    registered_on = REGISTERED_ON
    listed_on = REGISTERED_ON
    state = VolunteerRecord.State.UNCLEAR
    reason = "未找到匹配的人员"


class ImportRunFactory(DjangoModelFactory):
    class Meta:
        model = ImportRun

    school = factory.SubFactory(SchoolFactory)
    kind = ImportRun.Kind.ROSTER
    state = ImportRun.State.PREVIEW
    filename = "花名册.xlsx"


class UserFactory(DjangoModelFactory):
    """An account without a role. Sign in through the `client_of` fixture; there is no password."""

    class Meta:
        model = User

    school = factory.SubFactory(SchoolFactory)
    number = factory.Sequence(lambda n: f"T{n:05d}")
    name = factory.Sequence(lambda n: f"教师{n}")
    username = factory.LazyAttribute(lambda user: build_username(user.number, user.school))


class GrantFactory(DjangoModelFactory):
    class Meta:
        model = Grant

    user = factory.SubFactory(UserFactory)
    starts_on = date(2018, 1, 1)


def make_school_admin(school: School, **fields) -> User:
    """An account with the role of 校团委."""
    user = UserFactory(school=school, **fields)
    GrantFactory(user=user, role=Role.SCHOOL_ADMIN, school=school)
    return user


def make_secretary(college: College, **fields) -> User:
    """Make an account with the role of 学院团委书记."""
    user = UserFactory(school=college.school, **fields)
    GrantFactory(user=user, role=Role.COLLEGE_SECRETARY, college=college)
    return user


def make_branch_secretary(branch: Branch, member: Member) -> User:
    """A person of the roster with the role of 团支书."""
    user = make_account(member)
    GrantFactory(user=user, role=Role.BRANCH_SECRETARY, branch=branch)
    return user


def make_liaison(street: Street, school: School, **fields) -> User:
    """An account opened by a school, with the role of 街乡负责人 for this school."""
    user = UserFactory(school=school, **fields)
    GrantFactory(user=user, role=Role.LIAISON, street=street, school=school)
    return user


def make_account(member: Member) -> User:
    """The own account of a person of the roster."""
    return UserFactory(
        school=member.branch.college.school, number=member.student_no, name=member.name, member=member
    )


class ProjectFactory(DjangoModelFactory):
    """Published service of another kind of a college.

    With a team, service at the paired street, which agreed.
    """

    class Meta:
        model = Project

    year = factory.LazyAttribute(lambda row: row.college.school.years.get(year=row.starts_on.year))
    college = factory.SubFactory(CollegeFactory)
    team = None
    street = factory.LazyAttribute(lambda row: row.team.pairing.street if row.team else None)
    kind = factory.LazyAttribute(lambda row: Project.Kind.STREET if row.team else Project.Kind.OTHER)
    name = factory.Sequence(lambda n: f"第{n}个项目")
    purpose = "帮助社区里的老人用好手机"
    content = "每周六上午在社区活动室，一对一讲解。"
    starts_on = date(2018, 11, 1)
    ends_on = date(2018, 12, 31)
    people_needed = 10
    contact_name = "曹书记"
    contact_phone = "010-62770000"
    state = Project.State.PUBLISHED
    agreed_at = factory.LazyAttribute(lambda row: AGREED_AT if row.team else None)
    published_at = factory.LazyAttribute(lambda row: AGREED_AT if row.state == "published" else None)


class ActivityFactory(DjangoModelFactory):
    """A Saturday morning, 9:00 to 12:00; sign-up is open in the week before, until 24 hours ahead."""

    class Meta:
        model = Activity

    project = factory.SubFactory(ProjectFactory)
    street = factory.LazyAttribute(lambda row: row.project.street)
    name = factory.Sequence(lambda n: f"第{n}次活动")
    place = "清河街道社区活动室"
    starts_at = datetime(2018, 11, 10, 9, tzinfo=BEIJING)
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + timedelta(hours=3))
    capacity = 5
    signup_opens_at = factory.LazyAttribute(lambda row: row.starts_at - timedelta(days=7))
    signup_closes_at = factory.LazyAttribute(lambda row: row.starts_at - timedelta(days=1))
    cancel_until = factory.LazyAttribute(lambda row: row.starts_at - timedelta(days=1))
    check_in_opens_at = factory.LazyAttribute(lambda row: row.starts_at - timedelta(minutes=30))
    check_in_closes_at = factory.LazyAttribute(lambda row: row.starts_at + timedelta(minutes=30))
    check_out_closes_at = factory.LazyAttribute(lambda row: row.ends_at + timedelta(minutes=60))
    state = Activity.State.OPEN


class SignUpFactory(DjangoModelFactory):
    """A person with the next free seat; `state="waiting"` without."""

    class Meta:
        model = SignUp

    activity = factory.SubFactory(ActivityFactory)
    member = factory.SubFactory(MemberFactory)
    state = SignUp.State.SIGNED_UP
    signed_up_at = factory.LazyAttribute(lambda row: row.activity.signup_opens_at)

    @factory.lazy_attribute
    def seat(self):
        if self.state != SignUp.State.SIGNED_UP:
            return None
        taken = set(SignUp.objects.filter(activity=self.activity).values_list("seat", flat=True))
        return next(number for number in range(1, 10_000) if number not in taken)

    @factory.lazy_attribute
    def waiting_since(self):
        return self.signed_up_at if self.state == SignUp.State.WAITING else None


def find_free_start(member: Member, source: str, day: date) -> datetime:
    """Return nine o'clock, or the end of the last record that the person has of this source on this day."""
    nine = datetime.combine(day, time(9), tzinfo=BEIJING)
    known = (
        ServiceRecord.objects.filter(member_id=member.pk, source=source, served_on=day) if member.pk else []
    )
    return max([nine, *(record.ends_at for record in known if record.ends_at)])


class ServiceRecordFactory(DjangoModelFactory):
    """Three confirmed hours on a Saturday morning, from the 北京共青团 file."""

    class Meta:
        model = ServiceRecord

    class Params:
        pending = factory.Trait(state=ServiceRecord.State.PENDING, decided_at=None)

    member = factory.SubFactory(MemberFactory)
    school = factory.SelfAttribute("member.school")
    source = ServiceRecord.Source.LEAGUE
    outside_no = factory.Sequence(lambda n: f"BJ{n:08d}")
    title = "社区智能手机课堂"
    served_on = date(2018, 11, 10)
    minutes = 180
    # A person's next record of a source on a day begins when the last one ended.
    starts_at = factory.LazyAttribute(lambda row: find_free_start(row.member, row.source, row.served_on))
    ends_at = factory.LazyAttribute(
        lambda row: row.starts_at + timedelta(minutes=row.minutes) if row.starts_at else None
    )
    state = ServiceRecord.State.CONFIRMED
    submitted_at = factory.LazyAttribute(
        lambda row: datetime.combine(row.served_on, time(18), tzinfo=BEIJING)
    )
    decided_at = factory.LazyAttribute(lambda row: row.submitted_at + timedelta(days=1))

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        """Make the record with what it counts, as every service does."""
        record = super()._create(model_class, *args, **kwargs)
        count_members([record.member_id])
        return record
