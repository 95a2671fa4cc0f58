"""Rows for the lists of reports beside those of the walk: each list has several rows to sort."""

from datetime import date, datetime

from reports.models import Admission
from reports.rules.commendation import CRITERIA, KINDS
from reports.services.bulletins import publish_bulletin
from reports.services.channels import add_channel, switch_channel
from reports.services.commendation import save_commendation
from reports.services.eligibility import ask_exception, decide_exception
from reports.services.honours import choose_nomination, drop_nomination, nominate
from tests.factories import BEIJING, BranchFactory, MemberFactory, ServiceRecordFactory


def add_report_rows(world) -> None:
    _add_issues_and_channels(world)
    _add_commendations(world)
    _add_exceptions(world)
    _add_nominations(world)
    _add_people(world)


def _add_issues_and_channels(world) -> None:
    for day in (12, 14):
        now = datetime(2018, 10, day, 8, tzinfo=BEIJING)
        publish_bulletin(school=world.school, on=date(2018, 10, day), now=now)
        MemberFactory(branch=world.a2, registered=day == 14)
    for label, address in (("团支书群", "feishu://bcdef12345"), ("班长群", "dingtalk://" + "a" * 64)):
        channel = add_channel(college=world.college_a, label=label, address=address, user=world.admin)
    switch_channel(channel=channel, active=False, user=world.admin)


def _add_commendations(world) -> None:
    for kind, places in (("team", 3), ("project", 2)):
        save_commendation(
            user=world.admin,
            year=world.year,
            kind=kind,
            name=KINDS[kind],
            places=places,
            minimum={one.key: 0 for one in CRITERIA[kind]},
            order="minutes",
        )


def _add_exceptions(world) -> None:
    """Add a granted and a refused exception, beside the requested ones of the walk."""
    for member, granted in ((world.reported, True), (MemberFactory(branch=world.a2), False)):
        found = ask_exception(user=world.secretary, member_id=member.pk, year=world.year, grounds="支教")
        decide_exception(user=world.admin, exception_id=found.pk, granted=granted, reason="已核对")


def _add_nominations(world) -> None:
    """Add nominations to the school's first title: one with a place, one dropped, beside the walk's."""
    title = world.year.honours.filter(level="school").first()
    found = []
    for member in (world.party, world.lead, world.quiet):
        ServiceRecordFactory(member=member, minutes=1200)
        found.append(
            nominate(user=world.secretary, title_id=title.pk, subject_id=member.pk, grounds="全年服务")
        )
    choose_nomination(user=world.admin, nomination_id=found[0].pk)
    drop_nomination(user=world.admin, nomination_id=found[1].pk, reason="材料不全")


def _add_people(world) -> None:
    """Add hours of different length, a third branch of the college, and applicants with and without days."""
    for minutes in (60, 120, 1300):
        ServiceRecordFactory(member=world.missing, minutes=minutes, served_on=date(2018, 5, minutes % 28 + 1))
    third = BranchFactory(college=world.college_a, name="法学1803团支部")
    ServiceRecordFactory(member=MemberFactory(branch=third), minutes=1200)
    for day in (3, 1):
        person = MemberFactory(branch=third, stage="candidate", registered=True)
        steps = {"activist_on": date(2018, 10, day), "candidate_on": date(2018, 11, day)}
        meeting = date(2018, 12, day)
        Admission.objects.create(member=person, applied_on=date(2018, 9, day), meeting_on=meeting, **steps)
