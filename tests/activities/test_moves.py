"""A pairing moves to another street: past service keeps its street, plans need a new agreement."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from activities.models import ServiceRecord
from activities.queries.mine import list_visits
from activities.services.activities import publish_activity
from activities.services.deciding import confirm_records
from activities.services.projects import answer_proposal, close_project
from activities.services.settling import close_attendance as close_attendance
from members.models import Member
from pairing.models import Pairing
from pairing.queries.pairings import get_street_at
from pairing.services.pairings import move_to_street as move_pairing
from pairing.services.pairings import release_pairing
from reports.queries.eligibility import count_visits_by_member
from tests.activities.ledger import MONDAY, make_attended_record, make_moment
from tests.factories import ProjectFactory, StreetFactory, make_liaison
from tests.inbox import find_inbox

NOW = make_moment(20, 9)


@pytest.fixture
def moving_serving(serving):
    """Make a record of `person`, activities `held` (over, not closed) and `ahead` (future), street `there`."""
    world = serving.world
    serving.person = world.registered
    serving.record = make_attended_record(serving, serving.person)
    confirm_records(user=world.secretary, record_ids=[serving.record.pk], acknowledged=True, now=MONDAY)
    serving.held = serving.activity(starts_at=make_moment(17, 9))
    came = {"checked_in_at": make_moment(17, 9), "checked_out_at": make_moment(17, 12)}
    serving.sign_up(serving.held, serving.person, checked_in_how="scan", checked_out_how="scan", **came)
    serving.ahead = serving.activity(starts_at=make_moment(24, 9))
    serving.there = StreetFactory(kind=world.urban.kind)
    serving.new_liaison = make_liaison(serving.there, world.school)
    return serving


def move_and_refresh(serving) -> None:
    move_pairing(
        user=serving.world.admin,
        pairing_id=serving.pairing.pk,
        street_id=serving.there.pk,
        reason="就近",
        now=NOW,
    )
    for row in (serving.project, serving.held, serving.ahead):
        row.refresh_from_db()


def test_visits_made_before_the_move_still_count(moving_serving):
    world, person = moving_serving.world, moving_serving.person
    own = ServiceRecord.objects.filter(member=person)
    people = Member.objects.filter(pk=person.pk)
    before = list_visits(own, world.year), count_visits_by_member(people, world.year)
    assert before[1] == {person.pk: 1}
    move_and_refresh(moving_serving)
    assert (list_visits(own, world.year), count_visits_by_member(people, world.year)) == before


def test_attendance_closed_after_the_move_is_service_at_the_former_street(moving_serving):
    move_and_refresh(moving_serving)
    close_attendance(user=moving_serving.world.secretary, activity_id=moving_serving.held.pk, now=NOW)
    assert moving_serving.held.records.get().street == moving_serving.world.urban


def test_each_liaison_sees_the_people_who_came_to_the_own_street(moving_serving, client_of, time_machine):
    time_machine.move_to(NOW)
    move_and_refresh(moving_serving)
    old, new = client_of(moving_serving.world.liaison), client_of(moving_serving.new_liaison)
    for activity, statuses in ((moving_serving.held, (200, 404)), (moving_serving.ahead, (404, 200))):
        url = reverse("street_attendance", args=[activity.pk])
        assert (old.get(url).status_code, new.get(url).status_code) == statuses


def test_a_published_project_waits_for_the_word_of_the_new_street(moving_serving):
    world, project = moving_serving.world, moving_serving.project
    move_and_refresh(moving_serving)
    assert (project.state, project.street, project.agreed_by) == ("proposed", moving_serving.there, None)
    assert find_inbox(moving_serving.new_liaison).get().title == "有志愿服务项目待您确认"
    seen = project.replies.last().pk
    with pytest.raises(ValidationError, match="没有找到"):
        answer_proposal(user=world.liaison, project_id=project.pk, agrees=True, text="", seen=seen, now=NOW)
    again = answer_proposal(
        user=moving_serving.new_liaison, project_id=project.pk, agrees=True, text="", seen=seen, now=NOW
    )
    assert again.state == "published"


def test_drafts_go_along_and_what_is_closed_stays(moving_serving):
    world = moving_serving.world
    draft = ProjectFactory(college=world.college_a, team=moving_serving.team, state="draft", agreed_at=None)
    closed = ProjectFactory(college=world.college_a, team=moving_serving.team)
    close_project(user=world.secretary, project_id=closed.pk, now=NOW)
    move_and_refresh(moving_serving)
    for project, state, street in ((draft, "draft", moving_serving.there), (closed, "closed", world.urban)):
        project.refresh_from_db()
        assert (project.state, project.street) == (state, street)


def test_the_page_of_the_school_goes_this_way(moving_serving, client_of, time_machine):
    time_machine.move_to(NOW)
    entered = {"street": moving_serving.there.pk, "reason": "就近"}
    client_of(moving_serving.world.admin).post(
        reverse("pairing_move", args=[moving_serving.pairing.pk]), entered
    )
    moving_serving.project.refresh_from_db()
    assert (moving_serving.project.state, moving_serving.project.street) == ("proposed", moving_serving.there)


def test_the_street_of_a_day_is_the_one_before_or_after_the_move(moving_serving):
    move_and_refresh(moving_serving)
    moving_serving.pairing.refresh_from_db()
    when = Pairing.pgh_event_model.objects.filter(street=moving_serving.there).get().pgh_created_at
    second = timedelta(seconds=1)
    assert get_street_at(moving_serving.pairing, when - second) == moving_serving.world.urban
    assert get_street_at(moving_serving.pairing, when + second) == moving_serving.there


def test_nothing_is_published_once_the_pairing_is_released(moving_serving):
    world = moving_serving.world
    planned = moving_serving.activity(starts_at=make_moment(24, 9), state="draft")
    release_pairing(user=world.admin, pairing_id=moving_serving.pairing.pk, reason="街乡撤销")
    with pytest.raises(ValidationError, match="已经解除"):
        publish_activity(user=world.secretary, activity_id=planned.pk, now=NOW)
