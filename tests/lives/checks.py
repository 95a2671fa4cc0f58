"""What must hold of a life: asked of the rows and of the pages, by other ways than the portal's own rules."""

from datetime import timedelta

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, ServiceRecord, SignUp
from activities.services.counting import report_differences
from members.models import Member, Message, Street, User
from pairing.models import Pairing, ServiceTeam, TeamMembership
from pairing.queries.hall import list_hall_rows
from reports.models import Appraisal, ExcellentException, HonourTitle
from tests.lives.life import Life


def check_ways_out(life: Life) -> None:
    """Nobody is bound to a place that they could never have given back.

    A place of an activity ahead can be given back now, or could be for some time since the person has it or since its
    plan changed. Read from the page of the person, as the person reads it.
    """
    held = SignUp.objects.filter(
        state="signed_up", checked_in_at=None, activity__state="open", activity__starts_at__gt=life.now
    )
    for signup in held.select_related("activity", "member"):
        since = life.reachable.get((signup.activity_id, signup.member_id), life.now)
        if signup.activity.cancel_until > since:
            continue
        page = life.open_as(User.objects.get(member=signup.member)).get(
            reverse("offer", args=[signup.activity_id])
        )
        assert page.status_code == 200, (signup.member, signup.activity.name)
        assert "确认取消报名" in page.content.decode(), (
            f"{signup.member} cannot leave {signup.activity} held since {since}, deadline {signup.activity.cancel_until}"
        )


def check_no_place_is_free_and_waited_for(life: Life) -> None:
    """Where a place is free and nothing prevents the next person, nobody waits."""
    ahead = Activity.objects.filter(state="open", pause="", starts_at__gt=life.now)
    for activity in ahead.select_related("project__team"):
        held = activity.signups.filter(seat__isnull=False).count()
        if held >= activity.capacity:
            continue
        for signup in activity.signups.filter(state="waiting").select_related("member__branch"):
            reason = _find_reason_to_wait(signup, activity)
            assert reason, f"{signup.member} waits for {activity} with {activity.capacity - held} free places"


def _find_reason_to_wait(signup: SignUp, activity: Activity) -> str:
    member = signup.member
    if member.state != Member.State.ACTIVE:
        return "not active"
    if member.branch.college_id != activity.project.college_id:
        return "another college"
    team = activity.project.team_id
    if team and not TeamMembership.objects.filter(team=team, member=member, left_at=None).exists():
        return "not in the team"
    other = SignUp.objects.filter(
        member=member,
        state="signed_up",
        activity__state="open",
        activity__starts_at__lt=activity.ends_at,
        activity__ends_at__gt=activity.starts_at,
    )
    return "clash" if other.exclude(activity=activity).exists() else ""


def check_nobody_has_what_is_not_theirs(life: Life) -> None:
    """No place ahead and no membership is held by somebody of another college or by somebody who has left."""
    for signup in SignUp.objects.filter(
        state__in=["signed_up", "waiting"],
        activity__state="open",
        activity__starts_at__gt=life.now,
        checked_in_at=None,
    ).select_related("member__branch", "activity__project"):
        assert signup.member.state == "active", signup
        assert signup.member.branch.college_id == signup.activity.project.college_id, signup
    for membership in TeamMembership.objects.filter(left_at=None).select_related(
        "member__branch", "team__pairing"
    ):
        assert membership.member.state not in ("graduated", "transferred"), membership
        assert membership.member.branch.college_id == membership.team.pairing.college_id, membership


def check_pauses(life: Life) -> None:
    """An activity ahead goes on exactly while its street agrees and is paired; what is called off has a reason."""
    for activity in Activity.objects.filter(starts_at__gt=life.now, state="open").select_related(
        "project__team__pairing"
    ):
        team = activity.project.team
        if team is None:
            assert activity.pause == "", activity
        elif not activity.signups.filter(checked_in_at__isnull=False).exists():
            goes_on = activity.project.state == "published" and team.pairing.state == "active"
            assert (activity.pause == "") == goes_on, (activity, activity.pause, activity.project.state)
            assert team.pairing.state == "active" or team.pairing.ended_at > life.now - timedelta(days=1), (
                activity
            )


def check_counts(life: Life) -> None:
    """Every count equals its rows: places, teams, free places of streets, honours, 优秀, minutes."""
    for activity in Activity.objects.with_places():
        signups = list(activity.signups.all())
        assert activity.taken == sum(signup.seat is not None for signup in signups) <= activity.capacity
        assert activity.waiting == sum(signup.state == "waiting" for signup in signups)
    for team in ServiceTeam.objects.with_size():
        inside = TeamMembership.objects.filter(team=team, left_at=None, member__state="active")
        assert team.size == inside.filter(member__branch__college=team.pairing.college_id).count()
    for row in list_hall_rows(life.world.year.pk):
        street = Street.objects.get(pk=row["id"])
        ours = Pairing.objects.filter(state="active", street=street).count()
        cap = life.world.year.get_cap(street.kind)
        assert row["left"] == max(0, cap - ours - street.taken_elsewhere), row
    for title in HonourTitle.objects.all():
        places = sorted(
            title.nominations.filter(state__in=["chosen", "awarded"]).values_list("place", flat=True)
        )
        assert places == list(range(1, len(places) + 1)), places
        assert len(places) <= title.places
    for appraisal in Appraisal.objects.exclude(state="draft"):
        grades = list(appraisal.grades.values_list("final", flat=True))
        assert grades.count("excellent") <= 30 * len(grades) // 100
    assert report_differences(day=timezone.localdate(life.now)) == 0
    for user, college in (
        (life.world.secretary, life.world.college_a),
        (life.world.secretary_b, life.world.college_b),
    ):
        waiting = [
            record
            for record in ServiceRecord.objects.filter(state="pending", activity__isnull=False)
            if record.activity.project.college_id == college.pk
        ]
        assert ServiceRecord.objects.decided_by(user).pending().filter(activity__isnull=False).count() == len(
            waiting
        )


def check_messages_open(life: Life) -> None:
    """Every message opens for each of its readers, and so does its link unless it is no longer their business.

    That is so for people who have left the school, for a street from which the pairing has moved on, and for the former
    branch of somebody for whom an exception was asked.
    """
    for user in User.objects.filter(is_active=True):
        mine = Message.objects.visible_to(User.objects.get(pk=user.pk), "message.view").exclude(url="")
        if not mine:
            continue
        client = life.open_as(user)
        for message in mine.distinct("url").order_by("url", "pk"):
            page = client.post(reverse("message_open", args=[message.pk]), follow=True)
            assert page.status_code == 200, (user, message.url, message.title)
            is_gone = not page.redirect_chain
            assert not is_gone or _has_lost(life, user, message), (user, message.url, message.title)


def _has_lost(life: Life, user: User, message: Message) -> bool:
    if message.url.startswith("/exceptions/"):
        pk = int(message.url.split("/")[2])
        asked = ExcellentException.objects.select_related("member").get(pk=pk)
        return asked.member.branch_id != life.world.a2.pk
    if user in life.liaisons:
        return message.role == "liaison" and message.street.pairings.filter(state="active").count() == 0
    if user.member is None:
        return False
    return user.member.has_left or ("服务队" in message.title and user.member.state != "active")


def check_constraints() -> None:
    """Nothing waits for the commit to be refused."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def check_end(life: Life) -> None:
    """Check everything once the schedule has run."""
    life.run_clockwork()
    life.note_places()
    check_constraints()
    check_ways_out(life)
    check_no_place_is_free_and_waited_for(life)
    check_nobody_has_what_is_not_theirs(life)
    check_pauses(life)
    check_counts(life)
    check_messages_open(life)
    assert life.lost_updates == []
