"""二(一) in the invented school: people on the way into the League, at every step of it.

The branch to sign in as gets seven of them, led through the steps by the services of the pages. The days of
all other tracks are written in bulk.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from members.models import Branch, Member, User
from members.rules import ON_THE_WAY
from reports.demo.drive import Registration
from reports.demo.names import draw_name
from reports.demo.people import Person, build_member
from reports.demo.school import Demo
from reports.demo.service import Service
from reports.models import Admission
from reports.rules.admission import Meeting, list_open_days
from reports.services.admission import admit_member, save_days, start_track

SEED = 20180926  # a random generator of their own, so that all other people stay the same
STUDENT, APPLICANT, ACTIVIST, CANDIDATE = (
    Member.Stage.STUDENT,
    Member.Stage.APPLICANT,
    Member.Stage.ACTIVIST,
    Member.Stage.CANDIDATE,
)


@dataclass(frozen=True)
class Story:
    """A person of the branch to sign in as: steps in days before today; negative for a meeting ahead."""

    stage: str
    registered: bool = True
    applied: int | None = None
    activist: int | None = None
    candidate: int | None = None
    meeting: int | None = None
    admitted: bool = False

    def days(self, today: date) -> dict[str, date]:
        ago = {
            "applied_on": self.applied,
            "activist_on": self.activist,
            "candidate_on": self.candidate,
            "meeting_on": self.meeting,
        }
        return {name: today - timedelta(days=days) for name, days in ago.items() if days is not None}


STORIES = (
    Story(STUDENT, registered=False),
    Story(APPLICANT, registered=False, applied=40),
    Story(ACTIVIST, applied=430, activist=190),
    # Blocked: 积极分子 for long enough, but not registered as a volunteer.
    Story(ACTIVIST, registered=False, applied=460, activist=220),
    Story(CANDIDATE, applied=480, activist=250, candidate=12),
    # The meeting is called: the slip is to be printed.
    Story(CANDIDATE, applied=520, activist=280, candidate=15, meeting=-4),
    Story(CANDIDATE, applied=560, activist=300, candidate=16, meeting=2, admitted=True),
)
# For all other people: minimum days ago, and the maximum number of days added.
AGO = {"applied_on": (400, 300), "activist_on": (200, 150), "candidate_on": (20, 120)}
NEW_APPLICANTS = (20, 100)


def add_applicants(demo: Demo) -> None:
    """Add the seven as a roster would; they registered long before the drive, or not at all."""
    user = next(user for user in _list_branch_leads(demo) if user.has_usable_password())
    random, branch = Random(SEED), user.member.branch
    rows = [_make_applicant(demo, branch, story, random) for story in STORIES]
    members = Member.objects.bulk_create(rows)
    demo.open_spells(members)
    starts_on = demo.year.registration_starts_on
    for number, (member, story) in enumerate(zip(members, STORIES, strict=True)):
        way = Registration(account_on=starts_on, profile_on=starts_on)
        if story.registered:
            way.registered_on, way.known_on = starts_on - timedelta(days=340), starts_on + timedelta(days=3)
            way.volunteer_no, way.source = f"110000{700_000_000 + number}", Member.Source.SECRETARY
            way.evidence = "查看本人志愿北京注册页面"
        demo.ways[member.pk] = way
    demo.members += members


def make_tracks(service: Service) -> None:
    """Make tracks of everybody on the way; the last of the seven is a member at the end."""
    for member, story in zip(service.demo.members[-len(STORIES) :], STORIES, strict=True):
        if story.applied is not None:
            _make_track(service, member, story)
    _make_other_tracks(service)


def _list_branch_leads(demo: Demo):
    users = User.objects.filter(school=demo.school, grants__branch__isnull=False, member__isnull=False)
    return users.select_related("member__branch").order_by("pk")


def _make_applicant(demo: Demo, branch: Branch, story: Story, random: Random) -> Member:
    plan = next(plan for plan, other in zip(demo.plans, demo.branches, strict=True) if other.pk == branch.pk)
    college = 1 + list(dict.fromkeys(each.college for each in demo.plans)).index(plan.college)
    gender = random.choice((Member.Gender.MALE, Member.Gender.FEMALE))
    person = Person(
        name=draw_name(random, gender),
        gender=gender,
        grade=plan.grade,
        student_no=demo.register.make_student_no(plan.grade, college),
        phone=demo.register.make_phone(),
        stage=story.stage,
        party=Member.Party.NONE,
        state=Member.State.ACTIVE,
    )
    return build_member(demo.school, branch, person, {})


def _make_track(service: Service, member: Member, story: Story) -> None:
    """Record the days as the branch; the college records a meeting that was held."""
    days, lead = story.days(service.today), service.lead
    applied_on = days.pop("applied_on")
    start_track(user=lead, student_no=member.student_no, applied_on=applied_on, now=service.now)
    if days:
        save_days(user=lead, member_id=member.pk, days=days, now=service.now)
    if story.admitted:
        _admit_applicant(service, member, days["meeting_on"])


def _admit_applicant(service: Service, member: Member, day: date) -> None:
    """Record a meeting with one person absent and one abstention."""
    entitled = Member.objects.counted().filter(branch=member.branch_id).count()
    meeting = Meeting(
        on=day,
        entitled=entitled,
        present=entitled - 1,
        votes_for=entitled - 2,
        votes_against=0,
        abstained=1,
    )
    secretary = service.secretary[service.shown.pk]
    admit_member(user=secretary, member_id=member.pk, meeting=meeting, now=service.now)


def _make_other_tracks(service: Service) -> None:
    """Make the tracks of all other people; some have not told the day of application yet."""
    waiting = Member.objects.filter(school=service.demo.school, stage__in=ON_THE_WAY, state="active")
    waiting = waiting.exclude(admissions__state="open").order_by("pk")
    Admission.objects.bulk_create(
        Admission(member=member, **_draw_track_days(service, member))
        for member in waiting
        if service.random.random() < 0.95
    )


def _draw_track_days(service: Service, member: Member) -> dict[str, date]:
    names = [name for name in list_open_days(member.stage) if name in AGO]
    spans = (
        {name: AGO[name] for name in names} if member.stage != APPLICANT else {"applied_on": NEW_APPLICANTS}
    )
    days = {
        name: service.today - timedelta(days=least + service.random.randrange(more))
        for name, (least, more) in spans.items()
    }
    if step := days.pop("candidate_on", None):
        # A candidate must be a registered volunteer; without a registration no day can be recorded.
        registered = member.registered_on
        days |= {"candidate_on": max(step, registered)} if registered else {}
    return days
