"""A college with more than fifty rows of every kind in each list of activities."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

from activities.models import Activity, ChangedTotal, Objection, Project, ServiceRecord, WaitingHours
from members.models import Member
from tests.activities.ledger import MONDAY, make_moment
from tests.activities.serving import Serving, build_serving
from tests.factories import ActivityFactory, MemberFactory, ProjectFactory, ServiceRecordFactory
from tests.world import build_world

ROWS = 55
# This is after all planned activities; a Monday.
NOW = MONDAY
# The order by pinyin begins 安, 白, 曹; by code points 周, 安, 张.
NAMES = ("安宁", "曹雪", "白露", "周到", "李静", "张三")


@dataclass
class Filled:
    """The filled college; `activity` has all the sign-ups."""

    serving: Serving
    activity: Activity

    @property
    def world(self):
        return self.serving.world


def fill() -> Filled:
    serving = build_serving(build_world())
    world = serving.world
    people = [
        MemberFactory(branch=branch, name=f"{name}{number}")
        for number, name, branch in zip(range(ROWS), cycle(NAMES), cycle((world.a1, world.a2)), strict=False)
    ]
    _plan(serving)
    activity = serving.activity(name="大扫除", capacity=ROWS)
    _sign_up(serving, activity, people)
    _serve(world, people)
    return Filled(serving, activity)


def _plan(serving: Serving) -> None:
    """Make projects of both kinds, and activities at the street and elsewhere, in every state."""
    college = serving.world.college_a
    states = cycle(Project.State.values)
    for number in range(ROWS):
        team = serving.team if number % 2 else None
        made = ProjectFactory(
            college=college,
            team=team,
            state=next(states),
            starts_on=make_moment(1 + number % 9, 0).date(),
            people_needed=1 + number % 7,
            published_at=serving.now,
        )
        made.created_at = serving.now + timedelta(minutes=number % 8)
        made.save()
    confirmed = {"street_confirmed_at": NOW, "closed_at": NOW}
    for number in range(ROWS + 10):
        state = ("open", "open", "open", "draft", "cancelled")[number % 5] if number < 10 else "open"
        ActivityFactory(
            project=serving.project,
            place=f"第{number % 4}活动室",
            starts_at=make_moment(1 + number % 9, 9),
            state=state,
            cancel_reason="下雨" if state == "cancelled" else "",
            **(confirmed if number % 3 == 0 else {}),
        )


def _sign_up(serving: Serving, activity: Activity, people: list[Member]) -> None:
    """Sign up people who left, are in, have not come, were absent and wait; some of them have a post."""
    posts = [serving.post(activity, "登记", 10), serving.post(activity, "引导", 10), None]
    for number, member in enumerate(people):
        at, came = activity.starts_at + timedelta(minutes=number % 5), {"checked_in_how": "scan"}
        fields = (
            came | {"checked_in_at": at, "checked_out_at": activity.ends_at, "checked_out_how": "scan"},
            came | {"checked_in_at": at, "flags": ["late_in"]},
            {},
            {"no_show_at": activity.ends_at},
        )[number % 4]
        signed_up_at = activity.signup_opens_at + timedelta(hours=number % 7)
        serving.sign_up(activity, member, post=posts[number % 3], signed_up_at=signed_up_at, **fields)


def _serve(world, people: list[Member]) -> None:
    """Give each person one or two confirmed records, a waiting supplement and an objection."""
    for number, member in enumerate(people):
        day = make_moment(1 + number % 9, 9).date()
        known = ServiceRecordFactory(
            member=member, served_on=day, minutes=60 + number, title=f"服务{number % 6}"
        )
        if number % 3 == 0:
            ServiceRecordFactory(member=member, served_on=day - timedelta(days=40))
        # Some of them are at the time of the person's known record.
        served_on = make_moment(1 + 2 * number % 9, 9).date()
        _hand_in(member, served_on=served_on, minutes=(60, 180, 300)[number % 3], title=f"补录{number % 5}")
        _object(known, number, world)
        WaitingHours.objects.create(
            school=world.school,
            source=("league", "volunteer_beijing")[number % 2],
            outside_no=f"W{number}",
            person_no=f"2099{number:06d}",
            name=NAMES[number % len(NAMES)],
            name_key=NAMES[number % len(NAMES)],
            data={
                "title": "助残服务",
                "served_on": make_moment(1 + number % 9, 0).date().isoformat(),
                "minutes": 60 + number,
            },
            question=("nobody", "equal")[number % 3 % 2],
        )
        ChangedTotal.objects.create(
            member=member,
            year=2017 + number % 2,
            purpose=ChangedTotal.Purpose.values[number % 3 % 2],
            before=200 + number,
            after=100 + number % 7,
            reasons=["时间重叠"],
            found_at=NOW,
        )
    refused = {"state": "rejected", "decision_note": "没有证明", "decided_by": world.secretary}
    _hand_in(world.quiet, **refused)


def _hand_in(member: Member, **fields) -> None:
    ServiceRecordFactory(
        member=member,
        source=ServiceRecord.Source.SUPPLEMENT,
        outside_no="",
        description="当天没有网络。",
        evidence="evidence/a.pdf",
        **({"pending": True} | fields if "state" not in fields else fields),
    )


def _object(record: ServiceRecord, number: int, world) -> None:
    state = Objection.State.values[number % 4]
    answered = {"answer": "已核对。", "answered_at": NOW, "answered_by": world.secretary}
    Objection.objects.create(
        member=record.member,
        record=record,
        text="我到得更早。",
        raised_at=make_moment(1 + number % 9, 12, month=10 if number % 3 else 11),
        state=state,
        **(answered if state in ("upheld", "dismissed") else {}),
    )
