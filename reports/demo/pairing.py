"""三(三) and the first half of 三(四) in the invented school: codes, pairings in the hall, and teams.

The services of the pages write everything, at plausible times; what is later than the demo's moment has not
happened yet. People join in bulk: hundreds of them have no account.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from django.utils import timezone
from PIL import Image, ImageDraw

from members.models import College, Grant, Street, User
from members.permissions import Role
from members.rules import BEIJING
from pairing.models import Pairing, PairingCode, TeamMembership
from pairing.services.claims import submit_claim
from pairing.services.codes import hand_out_code, reveal_code
from pairing.services.invitations import invite_liaison
from pairing.services.pairings import confirm_offline
from pairing.services.streets import set_taken_elsewhere
from pairing.services.teams import bind_outside_id, check_group
from reports.demo.school import Demo

# Without letters and digits that are easily confused.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
HANDED_BEFORE = timedelta(days=3)
MORNING = time(10, 20, tzinfo=ZoneInfo(BEIJING))
AFTERNOON = time(16, 30, tzinfo=ZoneInfo(BEIJING))


@dataclass(frozen=True)
class Story:
    """A college's pairing: time from opening to claim, days until the offline part, percent who join."""

    kind: str
    claims_after: timedelta | None = None
    offline_days: int | None = None
    joined_percent: int = 0


SUBURBAN, URBAN = Street.Kind.SUBURBAN, Street.Kind.URBAN
# Six of ten are paired: four completed the offline part, one is overdue, and the one to sign in as claimed
# yesterday.
SHOWN = Story(URBAN, joined_percent=45)
OTHERS = (
    Story(URBAN, timedelta(seconds=2), 1, 90),
    Story(URBAN, timedelta(seconds=3), 2, 78),
    Story(URBAN, timedelta(seconds=7), 2, 64),
    Story(SUBURBAN, timedelta(seconds=41), 3, 55),
    Story(SUBURBAN, timedelta(minutes=6), None, 40),
    *(Story(kind) for kind in (URBAN, URBAN, URBAN, SUBURBAN)),
)


class Hall:
    """The demo's hall with its people, up to `now`."""

    def __init__(self, demo: Demo, *, now: datetime):
        self.demo, self.random, self.now = demo, demo.random, now
        self.opens, self.closes = demo.year.pairing_opens_at, demo.year.pairing_closes_at
        staff = Grant.objects.select_related("user", "street").order_by("pk")
        self.admin: User = staff.get(role=Role.SCHOOL_ADMIN, school=demo.school).user
        self.liaison = staff.get(role=Role.LIAISON, school=demo.school)
        secretaries = staff.filter(role=Role.COLLEGE_SECRETARY, college__school=demo.school)
        self.secretary = {grant.college_id: grant.user for grant in secretaries}
        self.taken: set[int] = {self.liaison.street_id}

    def take_free_street(self, kind: str) -> Street:
        cap = self.demo.year.get_cap(kind)
        streets = Street.objects.filter(kind=kind, taken_elsewhere__lt=cap - 1).exclude(pk__in=self.taken)
        street = self.random.choice(list(streets.order_by("pk")))
        self.taken.add(street.pk)
        return street

    def draw_moment(self, first: datetime, last: datetime) -> datetime:
        return first + (last - first) * self.random.random()


def pair_colleges(demo: Demo, *, now: datetime) -> None:
    """Make the codes always; everything else up to `now`."""
    hall = Hall(demo, now=now)
    colleges = list(demo.school.colleges.order_by("pk"))
    shown = next(college for college in colleges if hall.secretary[college.pk].number == "T0002")
    colleges.remove(shown)
    stories = [(shown, SHOWN), *zip(colleges, OTHERS, strict=True)]
    codes = _make_codes(hall, [story.kind for _, story in stories])
    if now < hall.opens - HANDED_BEFORE:
        return
    for (college, _), code in zip(stories, codes, strict=True):
        hand_out_code(user=hall.admin, code_id=code.pk, college_id=college.pk, now=hall.opens - HANDED_BEFORE)
    for (college, story), code in zip(stories, codes, strict=True):
        if story.claims_after:
            _play_story(hall, college, story, code, at=hall.opens + story.claims_after)
    _play_shown_college(hall, shown, codes[0])


def _make_codes(hall: Hall, kinds: list[str]) -> list[PairingCode]:
    """Return the codes, as in the city's file."""
    prefix: dict[str, str] = {URBAN: "CQ", SUBURBAN: "JQ"}
    texts = [prefix[kind] + "".join(hall.random.sample(LETTERS, 8)) for kind in kinds]
    return PairingCode.objects.bulk_create(
        PairingCode(year=hall.demo.year, code=text, kind=kind)
        for text, kind in zip(texts, kinds, strict=True)
    )


def _play_story(hall: Hall, college: College, story: Story, code: PairingCode, *, at: datetime) -> None:
    if at > hall.now:
        return
    secretary = hall.secretary[college.pk]
    reveal_code(user=secretary, college_id=college.pk, now=hall.opens - timedelta(hours=1))
    street = hall.take_free_street(story.kind)
    pairing = submit_claim(user=secretary, college_id=college.pk, street_id=street.pk, code=code.code, now=at)
    _join_people(hall, pairing, story.joined_percent)
    if story.offline_days is None:
        return
    day = timezone.localdate(at) + timedelta(days=story.offline_days)
    if (done := datetime.combine(day, AFTERNOON)) > hall.now:
        return
    _confirm_offline_part(pairing, secretary, day=day, at=done)
    _set_up_team(hall, pairing, secretary, day=day)
    if story is OTHERS[1]:
        # Colleges of other schools came in other ways: the street is over-full now, and the pairing stays.
        source = f"团市委{day.month}月{day.day}日结对情况通报"
        set_taken_elsewhere(user=hall.admin, street_id=street.pk, taken=pairing.cap, as_of=day, source=source)


def _play_shown_college(hall: Hall, college: College, code: PairingCode) -> None:
    """Pair the college to sign in as with the street of the liaison to sign in as.

    Two days are left for the offline part.
    """
    yesterday = datetime.combine(hall.demo.today - timedelta(days=1), MORNING)
    at = max(hall.opens + timedelta(hours=1), yesterday)
    if at > hall.now:
        return
    secretary = hall.secretary[college.pk]
    reveal_code(user=secretary, college_id=college.pk, now=at - timedelta(minutes=5))
    entered = {"college_id": college.pk, "street_id": hall.liaison.street_id, "code": code.code, "now": at}
    if at <= hall.closes:
        pairing = submit_claim(user=secretary, **entered)
    else:
        pairing = submit_claim(user=hall.admin, reason="开放期间未能完成，经校团委同意补办", **entered)
    _join_people(hall, pairing, SHOWN.joined_percent)
    other = Pairing.objects.active().filter(year=hall.demo.year).exclude(pk=pairing.pk).first()
    if other:
        inviter = hall.secretary[other.college_id]
        invite_liaison(user=inviter, year=hall.demo.year, street_id=other.street_id, invitee="李老师", now=at)


def _confirm_offline_part(pairing: Pairing, secretary: User, *, day: date, at: datetime) -> None:
    people = f"{secretary.name}、{pairing.street.contact or '街道负责人'}等"
    note = "双方商定每月第一个周末开展一次社区服务，并建立了联络群。"
    entered = {"on": day, "people": people, "note": note, "proof": draw_picture(pairing.pk), "now": at}
    confirm_offline(user=secretary, pairing_id=pairing.pk, **entered)


def _set_up_team(hall: Hall, pairing: Pairing, secretary: User, *, day: date) -> None:
    """Bind the team's ID and record the group: nearly every branch is in it."""
    team = pairing.team
    number = f"110108{hall.random.randrange(10**6):06d}"
    bind_outside_id(user=secretary, team_id=team.pk, outside_id=number, on=day)
    inside = {branch.pk: hall.random.random() < 0.9 for branch in pairing.college.branches.order_by("pk")}
    expires_on = hall.demo.today + timedelta(days=hall.random.randint(1, 6))
    checked = {"branches": inside, "street_contact_in_on": day, "expires_on": expires_on, "on": day}
    check_group(user=secretary, team_id=team.pk, **checked)


def _join_people(hall: Hall, pairing: Pairing, percent: int) -> None:
    """Let `percent` of the college's League members join; the person to sign in as still has to."""
    accounts = User.objects.filter(school=hall.demo.school, member__isnull=False, grants=None)
    waiting = set(accounts.values_list("member", flat=True))
    branches = set(pairing.college.branches.values_list("pk", flat=True))
    people = [
        member
        for member in hall.demo.members
        if member.branch_id in branches and member.counts and member.pk not in waiting
    ]
    some = hall.random.sample(people, len(people) * percent // 100)
    TeamMembership.objects.bulk_create(
        TeamMembership(
            team=pairing.team, member=member, joined_at=hall.draw_moment(pairing.claimed_at, hall.now)
        )
        for member in some
    )


def draw_picture(seed: int) -> bytes:
    """Return a picture in place of a photo: a row of people in front of a banner, as JPEG."""
    picture = Image.new("RGB", (1200, 800), "#e9edf2")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 560, 1200, 800), fill="#c9b99a")
    draw.rectangle((150, 90, 1050, 230), fill="#c8102e")
    for line in range(3):
        draw.rectangle((300 + 40 * line, 125 + 30 * line, 900 - 40 * line, 137 + 30 * line), fill="#f6e7c1")
    coats = ("#31556f", "#5b6e4a", "#7b4b3a", "#44506b", "#6d5a7b")
    for place in range(6):
        left, coat = 165 + 155 * place, coats[(place + seed) % len(coats)]
        draw.ellipse((left + 25, 330, left + 95, 410), fill="#e2b48c")
        draw.rounded_rectangle((left, 415, left + 120, 660), 36, fill=coat)
    out = BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
