"""Fill an empty portal with the invented school of reports/demo; its year is replayed up to a given day."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pghistory
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from activities.models import ServiceRecord
from members.models import Branch, College, Member, School, ServiceYear, Street
from members.rules import BEIJING, NoticeCalendar
from members.services.schools import create_school
from pairing.models import TeamMembership
from reports.demo.accounts import open_accounts
from reports.demo.activities import make_service_year
from reports.demo.applicants import add_applicants, make_tracks
from reports.demo.drive import Drive, Registration
from reports.demo.ledgers import import_ledgers
from reports.demo.organisation import CODE, COLLEGES, NAME, build_branch_plans, build_street_rows
from reports.demo.pairing import pair_colleges
from reports.demo.people import build_member, draw_people
from reports.demo.pictures import remove_pictures_on_failure
from reports.demo.registrations import save_registrations
from reports.demo.school import Demo
from reports.demo.verdicts import make_verdicts
from reports.demo.volunteers import save_volunteer_records
from reports.queries.bulletins import get_schedule
from reports.services.bulletins import publish_bulletin

SEED = 20180926
EIGHT = time(8, tzinfo=ZoneInfo(BEIJING))
DAYS_SINCE_ANCHOR = 9
DATES = (
    "tidy_starts_on",
    "tidy_ends_on",
    "registration_starts_on",
    "registration_ends_on",
    "pairing_opens_at",
    "pairing_closes_at",
    "first_service_by",
    "bulletin_anchor",
    "bulletin_ends_on",
)


def seed(*, today: date, now: datetime) -> School:
    """Make the invented school as of `today` at `now`, all of it or nothing.

    ValidationError where the portal has a school already. No message is pushed; the bulletins have the time
    at which they would have been issued.
    """
    with remove_pictures_on_failure(), transaction.atomic():
        return _seed(today=today, now=now)


def _seed(*, today: date, now: datetime) -> School:
    if School.objects.exists():
        raise ValidationError("数据库中已有学校；演示数据只写入空的数据库。")
    # The command makes people and their drive; from the pairing on, the history names who took each step.
    with pghistory.context(command="seed_demo"):
        demo = _make_school(today=today, now=now)
    pair_colleges(demo, now=now)
    _analyse_models(Member, Branch, TeamMembership)
    service = make_service_year(demo, now=now)
    _analyse_models(ServiceRecord)
    import_ledgers(service)
    make_tracks(service)
    make_verdicts(service)
    return demo.school


def _make_school(*, today: date, now: datetime) -> Demo:
    """Make organisation, people, accounts, and the registration drive with its bulletins."""
    random = Random(SEED)
    school, _ = create_school(code=CODE, name=NAME, year=today.year)
    year = _shift_year(school.years.get(), compute_shift(today))
    demo = Demo(school, year, today, random, build_branch_plans(random, today))
    Street.objects.bulk_create(Street(**row) for row in build_street_rows(random, today))
    _make_organisation(demo)
    _make_people(demo)
    open_accounts(demo)
    add_applicants(demo)
    _replay_bulletins(demo, now=now)
    save_volunteer_records(demo)
    return demo


def _analyse_models(*models) -> None:
    """Analyze tables written in this transaction; PostgreSQL would otherwise plan for empty tables."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def compute_shift(today: date) -> timedelta:
    """Return how far the notice's dates move so that something is live on that day.

    From 10 October to the end of the year nothing moves. On any other day the whole calendar moves so that
    the first bulletin was nine days ago: registration has closed, five bulletins are issued, and pairing has
    been open for four days, so that the first offline parts are done or overdue.
    """
    anchor = NoticeCalendar(today.year).bulletins[0]
    return timedelta() if today >= anchor else today - timedelta(days=DAYS_SINCE_ANCHOR) - anchor


def _shift_year(year: ServiceYear, shift: timedelta) -> ServiceYear:
    for name in DATES:
        setattr(year, name, getattr(year, name) + shift)
    year.save(update_fields=DATES)
    return year


def _make_organisation(demo: Demo) -> None:
    colleges = College.objects.bulk_create(College(school=demo.school, name=name) for name in COLLEGES)
    of_name = {college.name: college for college in colleges}
    demo.branches = Branch.objects.bulk_create(
        Branch(college=of_name[plan.college], name=plan.name) for plan in demo.plans
    )


def _make_people(demo: Demo) -> None:
    """Create everybody of the roster, with the registration known on the eve of the first bulletin."""
    drive = Drive(demo.random, demo.year.registration_starts_on)
    pace_of = {college: drive.draw_pace() for college in COLLEGES}
    number_of = {college: number for number, college in enumerate(COLLEGES, 1)}
    eve, newest, found = _get_eve(demo.year.bulletin_anchor), demo.newest_grade, []
    for plan, branch in zip(demo.plans, demo.branches, strict=True):
        thoroughness, college = drive.draw_thoroughness(), number_of[plan.college]
        for person in draw_people(
            plan, college=college, newest=newest, random=demo.random, register=demo.register
        ):
            way = drive.draw_registration(pace=pace_of[plan.college], thoroughness=thoroughness)
            found.append(
                (
                    build_member(
                        demo.school, branch, person, _read_registration_fields(person.stage, way, eve)
                    ),
                    way,
                )
            )
    demo.members = Member.objects.bulk_create((member for member, _ in found), batch_size=1000)
    demo.open_spells(demo.members)
    demo.ways = {member.pk: way for member, way in found}


def _read_registration_fields(stage: str, way: Registration, day: date) -> dict:
    """Return the registration fields; applicants and other students are not part of the drive."""
    return {} if stage in (Member.Stage.STUDENT, Member.Stage.APPLICANT) else way.fields_on(day)


def _get_eve(day: date) -> date:
    """Return the day before: a bulletin is issued at eight and shows what was known the evening before."""
    return day - timedelta(days=1)


def _replay_bulletins(demo: Demo, *, now: datetime) -> None:
    """Issue every bulletin that was due with the registrations known by then; then update to today."""
    for day in get_schedule(demo.year).dates(since=demo.year.bulletin_anchor, until=demo.today):
        at = datetime.combine(day, EIGHT)
        if at <= now:
            _set_registrations_as_of(demo, _get_eve(day))
            publish_bulletin(school=demo.school, on=day, now=at, announce=False)
    _set_registrations_as_of(demo, demo.today)


def _set_registrations_as_of(demo: Demo, day: date) -> None:
    """Update the registrations to those known at the end of that day."""
    changed = []
    for member in demo.members:
        way = demo.ways[member.pk]
        if demo.registrations_of and not way.changes_between(demo.registrations_of, day):
            continue
        fields = _read_registration_fields(member.stage, way, day)
        if any(getattr(member, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(member, name, value)
            changed.append(member)
    save_registrations(changed)
    demo.registrations_of = day
