"""One school in one week: people of every role do things in any order, by the services and in two windows.

An action that a rule refuses does nothing; any other exception ends the life.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

import pghistory
from django.core.exceptions import ValidationError
from django.test import Client, TestCase
from django.urls import reverse

from activities.models import Activity, Objection, Project, ServiceRecord, SignUp
from activities.rules.attendance import DIRECTIONS
from activities.services.activities import call_off_activity, copy_activity, create_activity, edit_activity
from activities.services.attendance import check_by_hand, check_by_screen
from activities.services.deciding import confirm_records, reject_records
from activities.services.departures import leave_team, remove_from_team
from activities.services.objections import answer_objection, object_to_absence, object_to_record
from activities.services.pauses import call_off_orphans
from activities.services.projects import (
    answer_proposal,
    close_project,
    edit_project,
    propose_project,
    withdraw_agreement,
)
from activities.services.records import void_record
from activities.services.reminders import remind_participants
from activities.services.settling import close_attendance, settle_signup
from activities.services.signups import cancel_signup, readmit_signup, remove_signup, sign_up
from activities.services.units import end_departed
from activities.services.waits import fill_all_lists
from members.models import Member, User
from members.services.spells import Kind, Place, move_people
from pairing.models import Pairing, TeamMembership
from pairing.services.claims import submit_claim
from pairing.services.pairings import move_to_street, release_pairing, undo_release
from pairing.services.teams import join_team, readmit_to_team
from reports.models import Appraisal, ExcellentException, HonourTitle
from reports.services.appraisal import (
    approve_appraisal,
    reopen_appraisal,
    return_appraisal,
    save_meeting,
    start_appraisal,
    submit_appraisal,
    write_rows,
)
from reports.services.eligibility import ask_exception, decide_exception, revoke_exception
from reports.services.honour_titles import (
    announce_title,
    create_title,
    decide_title,
    edit_title,
    reopen_title,
)
from reports.services.honours import choose_nomination, drop_nomination, nominate, withdraw_nomination
from tests.activities.serving import Serving, build_serving
from tests.browsers import sign_in
from tests.factories import (
    MemberFactory,
    ServiceRecordFactory,
    StreetFactory,
    make_account,
    make_branch_secretary,
    make_liaison,
)
from tests.two_windows import read_form, type_over
from tests.world import World

HOUR = timedelta(hours=1)
PLAN = (
    "name", "place", "capacity", "walk_ins", "location_check", "latitude", "longitude", "radius_m", "starts_at",
    "ends_at", "signup_opens_at", "signup_closes_at", "cancel_until", "check_in_opens_at", "check_in_closes_at",
    "check_out_closes_at",
)  # fmt: skip
CONTENT = (
    "name", "purpose", "content", "starts_on", "ends_on", "people_needed", "contact_name", "contact_phone",
)  # fmt: skip
TIMES = tuple(name for name in PLAN if name.endswith(("_at", "until")))


@dataclass
class Life:
    """The objects of one life; `now` is its clock, `clock` moves that of the process.

    `reachable` is kept beside the portal: since when each held place could be given back, (activity, person) →
    moment. `lost_updates`: fields that a second window wrote over unseen.
    """

    serving: Serving
    clock: object
    people: list[User]
    branch_secretary: User
    there: object
    now: datetime
    reachable: dict[tuple[int, int], datetime] = field(default_factory=dict)
    plans: dict[int, tuple] = field(default_factory=dict)
    lost_updates: list[str] = field(default_factory=list)
    done: Counter = field(default_factory=Counter)
    numbers: count = field(default_factory=count)

    @property
    def world(self) -> World:
        return self.serving.world

    # --- how things are done

    def do(self, service, **given) -> object | None:
        """Run a service as a request does: what waits for the commit follows at once. None if a rule refuses."""
        name = service.__name__
        try:
            with TestCase.captureOnCommitCallbacks(execute=True):
                made = service(**given)
        except ValidationError:
            self.done[f"{name} refused"] += 1
            return None
        self.done[name] += 1
        return made

    def pick(self, rows, number: int):
        """Return one of the rows, by a number drawn at random; None if there are none."""
        rows = list(rows.order_by("pk") if hasattr(rows, "order_by") else rows)
        return rows[number % len(rows)] if rows else None

    def get_person(self, number: int) -> User:
        return self.people[number % len(self.people)]

    def get_activity(self, number: int) -> Activity | None:
        return self.pick(Activity.objects.all(), number)

    def note_places(self) -> None:
        """Write down who holds a place since when, or since when the plan of what they hold is another one."""
        held = SignUp.objects.filter(state="signed_up").select_related("activity")
        before, self.reachable, plans = self.reachable, {}, {}
        for signup in held:
            activity = signup.activity
            plan = (activity.starts_at, activity.place, activity.pause, activity.cancel_until)
            plans[activity.pk] = plan
            key = (signup.activity_id, signup.member_id)
            same = key in before and self.plans.get(activity.pk) == plan
            self.reachable[key] = before[key] if same else self.now
        self.plans = plans

    # --- the clock

    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.clock.move_to(self.now)

    def let_time_pass_to(self, moment: datetime) -> None:
        self.now = max(self.now, moment)
        self.clock.move_to(self.now)

    def run_clockwork(self) -> None:
        """Run what the schedule runs."""
        with TestCase.captureOnCommitCallbacks(execute=True):
            end_departed(now=self.now)
            call_off_orphans(now=self.now)
            fill_all_lists(now=self.now)
            remind_participants(now=self.now)

    # --- members

    def sign_up(self, who: int, where: int) -> None:
        if activity := self.get_activity(where):
            self.do(sign_up, user=self.get_person(who), activity_id=activity.pk, now=self.now)

    def cancel(self, which: int, _: int) -> None:
        own = SignUp.objects.filter(member__in=[user.member_id for user in self.people])
        if signup := self.pick(own.filter(state__in=["signed_up", "waiting"]), which):
            user = User.objects.get(member=signup.member_id)
            self.do(cancel_signup, user=user, activity_id=signup.activity_id, now=self.now)

    def scan(self, who: int, where: int) -> None:
        if activity := self.get_activity(where):
            self.do(
                check_by_screen,
                user=self.get_person(who),
                activity_id=activity.pk,
                direction=DIRECTIONS[who % 2],
                now=self.now,
            )

    def join(self, who: int, _: int) -> None:
        self.do(join_team, user=self.get_person(who), token=self.serving.team.token, now=self.now)

    def leave(self, who: int, often: int) -> None:
        user = self.get_person(who)
        if often % 3 == 0 and (own := TeamMembership.objects.active().filter(member=user.member_id).first()):
            self.do(leave_team, user=user, membership_id=own.pk, now=self.now)

    def object(self, who: int, which: int) -> None:
        user = self.get_person(who)
        if which % 2 and (
            absence := SignUp.objects.filter(member=user.member_id, no_show_at__isnull=False).first()
        ):
            self.do(object_to_absence, user=user, signup_id=absence.pk, text="我到了", now=self.now)
        elif record := self.pick(ServiceRecord.objects.from_portal().filter(member=user.member_id), which):
            self.do(object_to_record, user=user, record_id=record.pk, text="少记了", now=self.now)

    # --- the college

    def edit(self, where: int, what: int) -> None:
        """Change place, capacity or time of an activity; at a clash, sometimes anyway."""
        if activity := self.get_activity(where):
            values = {name: getattr(activity, name) for name in PLAN}
            match what % 4:
                case 0:
                    values["place"] = f"活动室{next(self.numbers)}"
                case 1:
                    values["capacity"] = 1 + what % 3
                case 2:
                    values["cancel_until"] = min(activity.starts_at, self.now - HOUR)
                case _:
                    shift = timedelta(hours=(what % 7 - 3) * 12)
                    values |= {name: getattr(activity, name) + shift for name in TIMES}
            self.do(
                edit_activity,
                user=self.world.secretary,
                activity_id=activity.pk,
                values=values,
                posts={},
                stewards=list(activity.stewards.values_list("student_no", flat=True)),
                certain=bool(what % 5),
                now=self.now,
            )

    def edit_in_two_windows(self, where: int, what: int) -> None:
        """Two windows of one activity: the second, opened before, must not write over the first unseen."""
        if not (activity := self.get_activity(where)):
            return
        url, client = reverse("activity_edit", args=[activity.pk]), self.open_as(self.world.secretary)
        page = client.get(url)
        if page.status_code != 200 or activity.closed_at or activity.state == "cancelled":
            return
        seen = read_form(page)
        first = {"place": f"第一窗口{next(self.numbers)}"} if what % 2 else {"capacity": "7"}
        second = {"capacity": "8"} if what % 2 else {"place": f"第二窗口{next(self.numbers)}"}
        self.post(client, url, type_over(seen, **first))
        activity.refresh_from_db()
        after_first = {name: str(getattr(activity, name)) for name in first}
        self.post(client, url, type_over(seen, **second))
        activity.refresh_from_db()
        self.lost_updates += [name for name in first if str(getattr(activity, name)) != after_first[name]]
        self.done["two windows"] += 1

    def post(self, client: Client, url: str, data) -> None:
        with TestCase.captureOnCommitCallbacks(execute=True):
            assert client.post(url, data).status_code in (200, 302)

    def open_as(self, user: User) -> Client:
        client = Client()
        sign_in(client, user)
        return client

    def copy(self, where: int, days: int) -> None:
        if (activity := self.get_activity(where)) and Activity.objects.count() < 6:
            made = copy_activity(activity, shift=timedelta(days=days % 3, hours=days % 5))
            self.do(
                create_activity,
                user=self.world.secretary,
                project_id=activity.project_id,
                values={name: getattr(made, name) for name in PLAN},
                posts={},
                stewards=[],
                published=True,
                now=self.now,
            )

    def call_off(self, where: int, often: int) -> None:
        if often % 5 == 0 and (activity := self.get_activity(where)):
            self.do(
                call_off_activity,
                user=self.world.secretary,
                activity_id=activity.pk,
                reason="下雨",
                now=self.now,
            )

    def remove(self, which: int, _: int) -> None:
        if signup := self.pick(SignUp.objects.all(), which):
            service = readmit_signup if signup.state == "removed" else remove_signup
            reason = {} if signup.state == "removed" else {"reason": "名额留给大一"}
            self.do(service, user=self.world.secretary, signup_id=signup.pk, now=self.now, **reason)

    def remove_from_team(self, which: int, how: int) -> None:
        if membership := self.pick(TeamMembership.objects.all(), which):
            if how % 2:
                self.do(readmit_to_team, user=self.world.secretary, membership_id=membership.pk, now=self.now)
            else:
                self.do(
                    remove_from_team,
                    user=self.world.secretary,
                    membership_id=membership.pk,
                    reason="多次缺席",
                    now=self.now,
                )

    def tick(self, who: int, where: int) -> None:
        if activity := self.get_activity(where):
            self.do(
                check_by_hand,
                user=self.world.secretary,
                activity_id=activity.pk,
                direction="in",
                number=self.get_person(who).member.student_no,
                reason="手机没电",
                now=self.now,
            )

    def hold(self, where: int, who: int) -> None:
        """The clock goes on to an activity: some come, some leave in time, and the attendance is closed."""
        if not (activity := self.pick(Activity.objects.filter(starts_at__gt=self.now), where)):
            return
        coming = [user for number, user in enumerate(self.people) if not (who >> number) & 1]
        for at, direction in ((activity.check_in_opens_at, "in"), (activity.ends_at, "out")):
            self.let_time_pass_to(at)
            for user in coming:
                self.do(
                    check_by_screen, user=user, activity_id=activity.pk, direction=direction, now=self.now
                )
        if who % 3:
            self.close(where, 0, activity)

    def close(self, where: int, _: int, activity: Activity | None = None) -> None:
        if activity := activity or self.get_activity(where):
            self.do(
                close_attendance, user=self.world.secretary, activity_id=activity.pk, early=True, now=self.now
            )

    def settle(self, which: int, how: int) -> None:
        if signup := self.pick(SignUp.objects.checked_in().select_related("activity"), which):
            span = (signup.activity.starts_at, signup.activity.ends_at) if how % 2 else (None, None)
            self.do(
                settle_signup,
                user=self.world.secretary,
                signup_id=signup.pk,
                start=span[0],
                end=span[1],
                reason="现场核对",
                now=self.now,
            )

    def decide(self, which: int, how: int) -> None:
        record = self.pick(ServiceRecord.objects.from_portal(), which)
        if record is None:
            return
        user = (self.world.secretary, self.world.secretary_b)[how % 2]
        if how % 5 == 0:
            self.do(reject_records, user=user, record_ids=[record.pk], reason="材料不符", now=self.now)
        elif how % 5 == 1:
            self.do(void_record, user=user, record_id=record.pk, reason="误记", now=self.now)
        else:
            self.do(confirm_records, user=user, record_ids=[record.pk], acknowledged=True, now=self.now)

    def answer_objection(self, which: int, how: int) -> None:
        if objection := self.pick(Objection.objects.all(), which):
            self.do(
                answer_objection,
                user=self.world.secretary,
                objection_id=objection.pk,
                upheld=bool(how % 2),
                text="已核对",
                now=self.now,
            )

    # --- the college's projects and the street

    def edit_project(self, which: int, what: int) -> None:
        if project := self.pick(Project.objects.all(), which):
            values = {name: getattr(project, name) for name in CONTENT}
            if what % 3 == 0:
                values["contact_name"] = f"联系人{next(self.numbers)}"
            elif what % 3 == 1:
                values["content"] = f"内容{next(self.numbers)}"
            else:
                values["ends_on"] = date(2018, 11, 8 + what % 10)
            self.do(
                edit_project, user=self.world.secretary, project_id=project.pk, values=values, now=self.now
            )

    def propose(self, which: int, how: int) -> None:
        if project := self.pick(Project.objects.all(), which):
            service = close_project if how % 17 == 0 else propose_project
            self.do(service, user=self.world.secretary, project_id=project.pk, now=self.now)

    def answer_as_street(self, which: int, how: int) -> None:
        """The liaison of the project's street agrees, or asks for changes."""
        project = self.pick(Project.objects.filter(state="proposed"), which)
        if project and (last := project.replies.order_by("at", "pk").last()):
            self.do(
                answer_proposal,
                user=self.liaisons[project.street == self.there],
                project_id=project.pk,
                agrees=how % 4 != 3,
                text="请改时间",
                seen=last.pk,
                now=self.now,
            )

    def withdraw(self, which: int, _: int) -> None:
        if project := self.pick(Project.objects.filter(state="published", kind="street"), which):
            self.do(
                withdraw_agreement,
                user=self.liaisons[project.street == self.there],
                project_id=project.pk,
                text="场地维修",
                now=self.now,
            )

    @property
    def liaisons(self) -> list[User]:
        return [self.world.liaison, self.new_liaison]

    # --- the school

    @property
    def pairing(self) -> Pairing:
        """The pairing of the college that was made or released last."""
        return Pairing.objects.filter(college=self.world.college_a).order_by("-claimed_at", "-pk").first()

    def get_street(self, number: int):
        return (self.world.urban, self.there)[number % 2]

    def release(self, _: int, __: int) -> None:
        self.do(
            release_pairing, user=self.world.admin, pairing_id=self.pairing.pk, reason="误点", now=self.now
        )

    def undo_release(self, _: int, late: int) -> None:
        """Undo a release; one that has just been made, if there was none."""
        if self.pairing.state == "active":
            self.release(0, 0)
            self.let_time_pass(late % 30)
        self.do(undo_release, user=self.world.admin, pairing_id=self.pairing.pk, now=self.now)

    def claim(self, where: int, _: int) -> None:
        self.do(
            submit_claim,
            user=self.world.admin,
            college_id=self.world.college_a.pk,
            street_id=self.get_street(where).pk,
            code="",
            reason="改派",
            now=self.now,
        )

    def move_pairing(self, where: int, _: int) -> None:
        self.do(
            move_to_street,
            user=self.world.admin,
            pairing_id=self.pairing.pk,
            street_id=self.get_street(where).pk,
            reason="就近",
            now=self.now,
        )

    def move_person(self, who: int, where: int) -> None:
        """Move a person to another branch or college, or change the state, from today on."""
        member = Member.objects.get(pk=self.get_person(who).member_id)
        branch = (self.world.a2, self.world.a1, self.world.b1)[where % 3]
        state = {5: "suspended", 11: "graduated"}.get(where % 12, "active")
        place = Place(branch.pk, member.stage, state)
        with pghistory.context(user=self.world.admin.pk):
            self.do(move_people, moves={member.pk: place}, on=self.now.date(), kind=Kind.CHANGE)

    # --- appraisal and honours

    def appraise(self, how: int, who: int) -> None:
        appraisal = Appraisal.objects.filter(branch=self.world.a2).first()
        if appraisal is None:
            self.do(
                start_appraisal, user=self.branch_secretary, branch_id=self.world.a2.pk, year=self.world.year
            )
            return
        for step in range(5) if how % 3 == 0 else (how % 7,):
            self.take_step(appraisal, step, who)

    def take_step(self, appraisal: Appraisal, step: int, who: int) -> None:
        """Take one step of the appraisal: 0 to 4 in their order from the sheet to the approval."""
        leader, approver = self.branch_secretary, self.world.secretary
        match step:
            case 0:
                values = {row.pk: {"final": "qualified"} for row in appraisal.grades.all()}
                self.do(write_rows, user=leader, appraisal_id=appraisal.pk, rows=values)
            case 1:
                if row := self.pick(appraisal.grades.all(), who):
                    rows = {row.pk: {"final": "excellent"}}
                    self.do(write_rows, user=leader, appraisal_id=appraisal.pk, rows=rows)
            case 2:
                people = appraisal.grades.count()
                self.do(
                    save_meeting,
                    user=leader,
                    appraisal_id=appraisal.pk,
                    held_on=self.now.date(),
                    entitled=people,
                    present=people,
                    now=self.now,
                )
            case 3:
                self.do(submit_appraisal, user=leader, appraisal_id=appraisal.pk, now=self.now)
            case 4:
                self.do(approve_appraisal, user=approver, appraisal_id=appraisal.pk, now=self.now)
            case 5:
                self.do(
                    return_appraisal, user=approver, appraisal_id=appraisal.pk, reason="补票数", now=self.now
                )
            case _:
                self.do(
                    reopen_appraisal, user=approver, appraisal_id=appraisal.pk, reason="有误", now=self.now
                )

    def except_somebody(self, how: int, who: int) -> None:
        member = self.get_person(who).member
        asked = ExcellentException.objects.filter(member=member).order_by("pk").last()
        if asked is None or how % 3 == 0:
            self.do(
                ask_exception,
                user=self.branch_secretary,
                member_id=member.pk,
                year=self.world.year,
                grounds="全年驻村",
                now=self.now,
            )
        elif how % 3 == 1:
            self.do(
                decide_exception,
                user=self.world.admin,
                exception_id=asked.pk,
                granted=bool(who % 4),
                reason="情况属实",
                now=self.now,
            )
        else:
            self.do(
                revoke_exception,
                user=self.world.admin,
                exception_id=asked.pk,
                reason="材料不实",
                now=self.now,
            )

    def honour(self, how: int, who: int) -> None:
        admin, title = self.world.admin, HonourTitle.objects.first()
        if title is None:
            self.do(
                create_title,
                user=admin,
                year=self.world.year,
                name="优秀共青团员",
                kind="person",
                level="school",
                places=2,
                nominated_by="branch",
            )
            return
        chosen = self.pick(title.nominations.all(), who)
        match how % 8:
            case 0 | 1:
                self.do(
                    nominate,
                    user=self.branch_secretary,
                    title_id=title.pk,
                    subject_id=self.get_person(who).member_id,
                    grounds="全年参加社区服务",
                    now=self.now,
                )
            case 2 if chosen:
                self.do(choose_nomination, user=admin, nomination_id=chosen.pk, now=self.now)
            case 3 if chosen:
                self.do(drop_nomination, user=admin, nomination_id=chosen.pk, reason="名额", now=self.now)
            case 4 if chosen:
                self.do(
                    withdraw_nomination,
                    user=self.branch_secretary,
                    nomination_id=chosen.pk,
                    reason="本人放弃",
                    now=self.now,
                )
            case 5:
                self.do(
                    edit_title,
                    user=admin,
                    title_id=title.pk,
                    name=title.name,
                    places=1 + who % 3,
                    nominated_by=title.nominated_by,
                )
            case 6:
                service = announce_title if who % 2 else decide_title
                self.do(service, user=admin, title_id=title.pk, now=self.now)
            case _:
                self.do(reopen_title, user=admin, title_id=title.pk)

    @property
    def new_liaison(self) -> User:
        return User.objects.get(grants__street=self.there)


# Every action by its name; each takes two numbers drawn at random.
ACTIONS = (
    "sign_up", "cancel", "scan", "join", "leave", "object", "edit", "edit_in_two_windows", "copy", "call_off", "remove",
    "remove_from_team", "tick", "hold", "close", "settle", "decide", "answer_objection", "edit_project", "propose",
    "answer_as_street", "withdraw", "release", "undo_release", "claim", "move_pairing", "move_person", "appraise",
    "except_somebody", "honour",
)  # fmt: skip


def build_life(world: World, clock) -> Life:
    """Make the school of a life: five people in the team, one of them short of hours, three activities, two streets.

    The clock of the process is moved to the Monday of `Serving`.
    """
    serving = build_serving(world)
    members = [MemberFactory(branch=world.a2, registered=True) for _ in range(5)]
    for member in members:
        serving.join(member)
    for member in members[:4]:
        ServiceRecordFactory(member=member, minutes=1200)
    there = StreetFactory(kind=world.urban.kind)
    make_liaison(there, world.school)
    first = serving.activity(capacity=1, name="街道课堂")
    serving.activity(capacity=2, name="图书整理", project=serving.other, starts_at=first.starts_at + HOUR)
    serving.activity(
        capacity=2, name="周日课堂", starts_at=first.starts_at + timedelta(days=1), walk_ins=True
    )
    first.stewards.add(world.zhang_wei_b)
    life = Life(
        serving=serving,
        clock=clock,
        people=[make_account(member) for member in members],
        branch_secretary=make_branch_secretary(world.a2, world.quiet),
        there=there,
        now=serving.now,
    )
    clock.move_to(life.now)
    for who, where in ((0, 0), (1, 0), (2, 0), (0, 2), (1, 1), (3, 1), (4, 1)):
        life.sign_up(who, where)
    return life
