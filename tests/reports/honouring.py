"""Titles and nominations for tests; records make people qualify."""

from datetime import datetime

from reports.models import HonourTitle, Nomination
from reports.services.honour_titles import create_title
from reports.services.honours import choose_nomination, nominate
from tests.factories import BEIJING, ServiceRecordFactory

NOW = datetime(2018, 12, 3, 10, tzinfo=BEIJING)
WINNERS = ("registered", "party", "lead")


def make_twenty_hours(*people) -> None:
    for person in people:
        ServiceRecordFactory(member=person, minutes=1200)


def make_title(world, **changes) -> HonourTitle:
    """Create the school's title of 校级 for persons: two places, nominated by branches or colleges."""
    values = {
        "user": world.admin,
        "year": world.year,
        "name": "优秀共青团员",
        "kind": "person",
        "level": "school",
        "places": 2,
        "nominated_by": "branch",
    }
    return create_title(**values | changes)


def nominate_as(world, title, subject, *, user=None) -> Nomination:
    return nominate(
        user=user or world.branch_secretary,
        title_id=title.pk,
        subject_id=subject.pk,
        grounds="全年参加社区服务",
        now=NOW,
    )


def choose_as(world, nomination, *, user=None) -> Nomination:
    return choose_nomination(user=user or world.admin, nomination_id=nomination.pk, now=NOW)
