"""Records for tests of the ledger, handed in and confirmed by the services that people use."""

from datetime import datetime
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from activities.evidence import Evidence
from activities.models import ServiceRecord
from activities.services.records import make_record_from_signup
from activities.services.supplements import submit_supplement
from members.models import Member, User
from members.permissions import Role
from tests.activities.serving import Serving
from tests.factories import BEIJING, GrantFactory, make_account


def make_moment(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2018) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BEIJING)


# This is after all confirmations of the tests; a Monday.
MONDAY = make_moment(12, 9)


def make_attended_record(
    serving: Serving, member: Member, *, day: int = 10, hours: tuple = (9, 12), **changes
) -> ServiceRecord:
    """Make a waiting record of an activity that this person came to."""
    start, end = make_moment(day, hours[0]), make_moment(day, hours[1])
    activity = serving.activity(starts_at=start, ends_at=end, **changes)
    signup = serving.sign_up(
        activity,
        member,
        checked_in_at=start,
        checked_in_how="scan",
        checked_out_at=end,
        checked_out_how="scan",
    )
    return make_record_from_signup(signup=signup, start=start, end=end, user=serving.world.secretary, now=end)


def make_supplement(
    user: User, member: Member, start: datetime, end: datetime, *, now: datetime = MONDAY, **changes
) -> ServiceRecord:
    entered = {
        "title": "敬老院探访",
        "description": "学院组织，当天没有网络。",
        "at_street": False,
        "certain": True,
        "evidence": Evidence(f"%PDF-{start}".encode(), ".pdf"),
    }
    return submit_supplement(
        user=user, student_no=member.student_no, start=start, end=end, now=now, **(entered | changes)
    )


def make_picture_upload() -> SimpleUploadedFile:
    buffer = BytesIO()
    Image.new("RGB", (80, 60), "green").save(buffer, "PNG")
    return SimpleUploadedFile("证明.png", buffer.getvalue(), content_type="image/png")


def make_secretary_of_member(member: Member) -> User:
    """Return the person's own account, with the role of 学院团委书记 added."""
    user = User.objects.filter(member=member).first() or make_account(member)
    GrantFactory(user=user, role=Role.COLLEGE_SECRETARY, college=member.branch.college)
    return user
