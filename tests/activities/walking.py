"""Objects of activities for the walk over all addresses: of college_a, of college_b, of another school.

They build on earlier objects of the walk: a pairing of each of the three colleges, with one person in its
team.
"""

from django.utils import timezone

from activities.models import Activity, CalendarFeed, Project, SignUp
from activities.rules.attendance import IN, make_screen_token
from members.models import Member
from pairing.models import Pairing
from tests.factories import ActivityFactory, ProjectFactory, SignUpFactory
from tests.places import Place, Target, make_place
from tests.world import World


def make_activity_targets(world: World) -> dict[str, list[Target]]:
    activities = [
        _make_activity(pairing)
        for pairing in Pairing.objects.select_related("college__school", "street", "team")
    ]
    return {
        **_list_plan_targets(activities),
        **_list_offer_targets(activities),
        **_list_attendance_targets(activities),
        **_list_feed_targets(world),
    }


def _make_activity(pairing: Pairing) -> Activity:
    """Make an activity at the street with a seat for the person in the team.

    The street must agree to its project again.
    """
    project = ProjectFactory(college=pairing.college, team=pairing.team, state=Project.State.PROPOSED)
    project.replies.create(kind="proposed", at=pairing.claimed_at)
    activity = ActivityFactory(project=project)
    person = Member.objects.get(memberships__team=pairing.team)
    SignUpFactory(activity=activity, member=person)
    return activity


def make_activity_place(activity: Activity) -> Place:
    project = activity.project
    return Place(project.college.school, project.college, street=project.team.pairing.street)


def _list_plan_targets(activities: list[Activity]) -> dict[str, list[Target]]:
    projects = [Target((activity.project_id,), make_activity_place(activity)) for activity in activities]
    plans = [Target((activity.pk,), make_activity_place(activity)) for activity in activities]
    removed = [
        Target((signup.pk,), make_activity_place(signup.activity))
        for signup in SignUp.objects.filter(activity__in=activities)
    ]
    return {
        **dict.fromkeys(
            ("project", "project_edit", "project_propose", "project_answer", "project_withdraw"), projects
        ),
        **dict.fromkeys(("project_publish", "project_close", "activity_new"), projects),
        **dict.fromkeys(("activity", "activity_edit", "activity_publish", "activity_call_off"), plans),
        **dict.fromkeys(("activity_repeat", "activity_signups_export"), plans),
        **dict.fromkeys(("signup_remove", "signup_readmit"), removed),
    }


def _list_offer_targets(activities: list[Activity]) -> dict[str, list[Target]]:
    """Return the offers; an offer to one person of a college is open to all its people."""
    places = {
        activity: Place(activity.project.college.school, activity.project.college, whole_college=True)
        for activity in activities
    }
    offers = [Target((activity.pk,), place) for activity, place in places.items()]
    return dict.fromkeys(("offer", "offer_sign_up", "offer_cancel", "offer_calendar"), offers)


def _list_attendance_targets(activities: list[Activity]) -> dict[str, list[Target]]:
    """Return the pages of attendance.

    A code is for all people in the room; without a code the page of a scan is the same for every person.
    """
    plans = [Target((activity.pk,), make_activity_place(activity)) for activity in activities]
    signups = list(SignUp.objects.filter(activity__in=activities).select_related("activity", "member"))
    now = timezone.now()
    codes = [(activity.pk, make_screen_token(activity.key, activity.pk, IN, now)) for activity in activities]
    return {
        **dict.fromkeys(("attendance", "attendance_code", "attendance_roll", "attendance_export"), plans),
        **dict.fromkeys(("attendance_scanner", "attendance_scanned", "attendance_tick"), plans),
        **dict.fromkeys(("settling", "settling_close", "street_attendance"), plans),
        "settle_one": [Target((signup.pk,), make_activity_place(signup.activity)) for signup in signups],
        "scan": [Target((activity.pk,)) for activity in activities],
        "scan_done": [Target((signup.activity_id,), make_place(signup.member)) for signup in signups],
        "scan_code": [Target(code) for code in codes],
    }


def _list_feed_targets(world: World) -> dict[str, list[Target]]:
    """Return the address of a calendar; the address itself gives the right to it."""
    feed = CalendarFeed.objects.create(member=world.missing, token="walk")
    return {"calendar_feed": [Target((feed.token,))]}
