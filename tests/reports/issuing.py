"""Issues for the tests: published on a date, with people who register before or after."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from members.models import Member
from reports.models import Bulletin
from reports.services.bulletins import publish_bulletin
from tests.factories import make_registration

BEIJING = ZoneInfo("Asia/Shanghai")


def make_moment(month: int, day: int, hour: int = 8, year: int = 2018) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BEIJING)


def publish_on(school, month, day, now=None) -> Bulletin:
    return publish_bulletin(school=school, on=date(2018, month, day), now=now or make_moment(month, day))


def register_members(*members: Member, on: date = date(2018, 10, 9)) -> None:
    for member in members:
        Member.objects.filter(pk=member.pk).update(**make_registration(on))
