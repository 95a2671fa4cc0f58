"""三(四)3–4 in the invented school: projects agreed with the street, and past, running and future activities.

The services of the pages take the steps of single people, at plausible times; crowds sign up and check in by
bulk. The college to sign in as was paired only yesterday: its earlier service was elsewhere, and at its
street it begins today.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from activities.models import Activity, Project, ServiceRecord
from activities.services import activities, projects
from activities.services.deciding import confirm_records, reject_records
from activities.services.settling import confirm_at_street
from members.models import Member, User
from pairing.models import Pairing
from reports.demo.attendance import build_signups, check_in_all, check_in_some, end_attendance, save_signups
from reports.demo.papers import hand_in_papers
from reports.demo.plans import AGREED, AT_STREETS, BLOOD, CHANGES, LIBRARY, PHONES, PROPOSED, Plan
from reports.demo.school import Demo
from reports.demo.service import Service, combine_moment

STREET, OTHER = Project.Kind.STREET, Project.Kind.OTHER
HOUR = timedelta(hours=1)
# The shown college's Saturdays in the library, in weeks before the last one. The last is not settled yet, the
# one before waits for the college; four weeks ago some people were forgotten.
SATURDAYS = (0, 1, 4, 7, 10, 15, 20, 26, 33)
FORGOTTEN = 4
# What the person to sign in as did there; that person served nowhere else.
OWN_WAYS = {0: "well", 1: "well", 7: "absent", 10: "well", 15: "well", 20: "early"}
REJECTED_IN = 20
POSTS = {"登记": 8, "搬运装箱": 12, "除尘修补": 8}


def make_service_year(demo: Demo, *, now: datetime) -> Service:
    """Make the year of service up to `now`."""
    service = Service(demo, now=now)
    _make_library_service(service)
    _make_current_activities(service)
    for number, pairing in enumerate(service.pairings):
        if pairing.college_id == service.shown.pk:
            _make_service_at_shown_street(service, pairing)
        elif pairing.offline_on:
            _make_service_at_street(service, pairing, number)
    hand_in_papers(service)
    return service


# --- the college to sign in as, before it had a street --------------------------------------------------------


def _make_library_service(service: Service) -> None:
    """Make nine Saturdays of sorting old books."""
    project = _make_published_project(service, LIBRARY)
    people = service.people(service.shown)
    own = service.member.member
    rest = [member for member in people if member != own]
    for weeks in reversed(SATURDAYS):
        day = service.saturday(weeks)
        if day < service.year_begins:
            continue
        activity = service.activity(
            project,
            LIBRARY,
            starts=combine_moment(day, 9),
            minutes=180,
            planned_at=combine_moment(day - timedelta(days=6), 10),
        )
        some = service.random.sample(rest, min(24, len(rest)))
        some = [member for member in some if member != service.lead.member]
        ways = {service.lead.member_id: "well"}
        some.append(service.lead.member)
        if way := OWN_WAYS.get(weeks):
            some.append(own)
            ways[own.pk] = way
        check_in_all(service, build_signups(service, activity, some), ways=ways)
        if weeks:
            end_attendance(service, activity, settled=weeks > 1)
            _decide_library_records(service, activity, weeks)


def _decide_library_records(service: Service, activity: Activity, weeks: int) -> None:
    """Confirm two days later as the college, except last week's records and those of the forgotten people."""
    if weeks <= 1:
        return
    user = service.secretary[service.shown.pk]
    at = min(activity.ends_at + timedelta(days=2), service.now)
    waiting = list(activity.records.pending().order_by("pk"))
    if weeks == FORGOTTEN:
        waiting = waiting[:-4]
    if weeks == REJECTED_IN:
        own = [record for record in waiting if record.member_id == service.member.member_id]
        waiting = [record for record in waiting if record not in own]
        reason = "当天签入后未参加整理，请与图书馆老师核对"
        reject_records(user=user, record_ids=[record.pk for record in own], reason=reason, now=at)
    _confirm_as_college(user, waiting, at)


def _make_current_activities(service: Service) -> None:
    """Make things to try at once: open check-in, a free place, a waiting list, and a cancelled activity."""
    people = service.people(service.shown)
    own, now = service.member.member, service.now
    project = _make_published_project(service, BLOOD)
    running = service.activity(
        project,
        BLOOD,
        starts=_get_recent_start(now),
        minutes=150,
        planned_at=now - timedelta(days=4),
        check_in_closes_at=_get_recent_start(now) + 2 * HOUR,
        walk_ins=True,
        capacity=24,
    )
    rest = [member for member in people if member not in (own, service.lead.member)]
    crowd = service.random.sample(rest, min(19, len(rest)))
    signups = build_signups(service, running, [*crowd, own])
    check_in_some(service, signups, percent=60, but={own.pk})

    soon = service.saturday(-1)
    ahead = {"minutes": 180, "planned_at": now - timedelta(days=1)}
    full = service.activity(project, BLOOD, starts=combine_moment(soon, 13, 30), **ahead)
    crowd = service.random.sample(rest, min(12, len(rest)))
    save_signups(build_signups(service, full, crowd[: full.capacity], waiting=[*crowd[full.capacity :], own]))
    library = Project.objects.get(college=service.shown, name=LIBRARY.name)
    first = service.activity(library, LIBRARY, starts=combine_moment(soon, 9), posts=POSTS, **ahead)
    user = service.secretary[service.shown.pk]
    repeated = activities.repeat_activity_weekly(user=user, activity_id=first.pk, weeks=2, now=now)
    reason = "图书馆当天闭馆检修"
    activities.call_off_activity(user=user, activity_id=repeated[-1].pk, reason=reason, now=now)


def _make_published_project(service: Service, plan: Plan) -> Project:
    """Publish a project of service elsewhere, which needs no agreement."""
    begins = service.year_begins
    project = service.draft(service.shown, plan, kind=OTHER, starts_on=begins)
    user = service.secretary[service.shown.pk]
    return projects.publish_project(user=user, project_id=project.pk, now=combine_moment(begins, 10))


# --- at the streets -------------------------------------------------------------------------------------------


def _make_service_at_shown_street(service: Service, pairing: Pairing) -> None:
    """Make one day at the shown street: a running project, a proposal for the liaison, and a waiting list."""
    project = _make_agreed_project(
        service, pairing, PHONES, _split_time(pairing.claimed_at, service.now, 0.1, 0.2, 0.3)
    )
    asked, _, _ = _split_time(pairing.claimed_at, service.now, 0.5, 0.6, 0.7)
    wish = service.draft(pairing.college, PROPOSED, kind=STREET, starts_on=service.today)
    user = service.secretary[pairing.college_id]
    text = "希望从下个月开始，每两周一次，请街乡看看时间和教室是否方便。"
    projects.propose_project(user=user, project_id=wish.pk, text=text, now=asked)

    planned = {"minutes": 120, "planned_at": project.published_at}
    people = _list_joined_by(service, pairing, project.published_at)
    starts = _get_recent_start(service.now)
    if starts - HOUR > project.published_at:
        running = service.activity(
            project, PHONES, starts=starts, walk_ins=True, check_in_closes_at=starts + HOUR, **planned
        )
        check_in_some(
            service, build_signups(service, running, people[: running.capacity]), percent=75, but=set()
        )
    starts = combine_moment(service.saturday(-1) + timedelta(days=1), 14)
    full = service.activity(project, PHONES, starts=starts, capacity=12, **planned)
    save_signups(build_signups(service, full, people[:12], waiting=people[12:16]))


def _make_service_at_street(service: Service, pairing: Pairing, number: int) -> None:
    """Serve once a week since the offline meeting, confirmed by the street; discuss one more project."""
    met = max(pairing.offline_on + timedelta(days=1), service.year_begins)
    plan = AT_STREETS[number % len(AT_STREETS)]
    steps = (combine_moment(met, 9), combine_moment(met, 15), combine_moment(met, 16, 30))
    if steps[-1] > service.now:
        return
    project = _make_agreed_project(service, pairing, plan, steps)
    days = [met + timedelta(days=2 + 7 * week) for week in range(60)]
    for day in [day for day in days if day < service.today][-4:]:
        _make_afternoon(service, pairing, project, plan, day)
    ahead = next(day for day in days if day > service.today)
    planned_at = max(project.published_at, service.now - timedelta(days=2))
    coming = service.activity(
        project, plan, starts=combine_moment(ahead, 14), minutes=150, planned_at=planned_at
    )
    save_signups(
        build_signups(service, coming, _list_joined_by(service, pairing, planned_at)[: plan.people - 4])
    )
    _discuss_project(service, pairing, (CHANGES, AGREED)[number % 2], agrees=number % 2 == 1)


def _make_afternoon(service: Service, pairing: Pairing, project: Project, plan: Plan, day: date) -> None:
    planned_at = max(project.published_at, combine_moment(day - timedelta(days=5), 9))
    people = _list_joined_by(service, pairing, planned_at)
    if not people:
        return
    some = service.random.sample(people, min(plan.people, len(people)))
    activity = service.activity(
        project, plan, starts=combine_moment(day, 14), minutes=150, planned_at=planned_at
    )
    check_in_all(service, build_signups(service, activity, some))
    evening = activity.ends_at + timedelta(minutes=20)
    came = activity.signups.checked_in().values_list("pk", flat=True)
    liaison = service.liaison_of(pairing.street)
    confirm_at_street(user=liaison, activity_id=activity.pk, signup_ids=came, now=evening)
    end_attendance(service, activity, settled=True)
    decided_at = activity.ends_at + timedelta(days=3)
    if decided_at <= service.now:
        _confirm_as_college(service.secretary[pairing.college_id], activity.records.pending(), decided_at)


def _discuss_project(service: Service, pairing: Pairing, plan: Plan, *, agrees: bool) -> None:
    user, liaison = service.secretary[pairing.college_id], service.liaison_of(pairing.street)
    asked, answered, _ = _split_time(pairing.confirmed_at, service.now, 0.4, 0.6, 0.8)
    project = service.draft(pairing.college, plan, kind=STREET, starts_on=service.today)
    projects.propose_project(user=user, project_id=project.pk, now=asked)
    text = "时间可以。" if agrees else "墙面要先问产权单位，请改为公告栏和楼道，颜色与小区协调。"
    _answer_as_liaison(liaison, project, agrees=agrees, text=text, at=answered)


def _make_agreed_project(
    service: Service, pairing: Pairing, plan: Plan, steps: tuple[datetime, datetime, datetime]
) -> Project:
    """Propose, answer and publish a project at these three moments."""
    asked, answered, published = steps
    user, day = service.secretary[pairing.college_id], max(timezone.localdate(asked), service.year_begins)
    project = service.draft(pairing.college, plan, kind=STREET, starts_on=day)
    projects.propose_project(user=user, project_id=project.pk, now=asked)
    liaison = service.liaison_of(pairing.street)
    _answer_as_liaison(
        liaison, project, agrees=True, text="很需要，请提前三天把名单人数告诉我们。", at=answered
    )
    return projects.publish_project(user=user, project_id=project.pk, now=published)


def _answer_as_liaison(liaison: User, project: Project, *, agrees: bool, text: str, at: datetime) -> None:
    seen = project.replies.latest("at", "pk").pk
    projects.answer_proposal(user=liaison, project_id=project.pk, agrees=agrees, text=text, seen=seen, now=at)


def _list_joined_by(service: Service, pairing: Pairing, at: datetime) -> list[Member]:
    inside = set(pairing.team.memberships.filter(joined_at__lte=at).values_list("member", flat=True))
    return [member for member in service.people(pairing.college) if member.pk in inside]


def _confirm_as_college(user: User, records: Iterable[ServiceRecord], at: datetime) -> None:
    ids = [record.pk for record in records]
    if ids:
        confirm_records(user=user, record_ids=ids, acknowledged=True, now=at)


def _split_time(first: datetime, last: datetime, *parts: float) -> tuple[datetime, ...]:
    return tuple(first + (last - first) * part for part in parts)


def _get_recent_start(now: datetime) -> datetime:
    """Return the start of a running activity: 15 minutes ago, rounded down to 5 minutes, in this year."""
    at = now - timedelta(minutes=15)
    new_year = combine_moment(timezone.localdate(now).replace(month=1, day=1), 0)
    return max(at.replace(minute=at.minute - at.minute % 5, second=0, microsecond=0), new_year)
