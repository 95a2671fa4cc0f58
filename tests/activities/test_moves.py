"""A pairing moves to another street: past service keeps its street, plans need a new agreement."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from activities.models import ServiceRecord
from activities.queries.mine import visits
from activities.services.activities import publish
from activities.services.deciding import confirm
from activities.services.moves import move_pairing
from activities.services.projects import answer, close
from activities.services.settling import close as close_attendance
from members.models import Member, Message
from pairing.models import Pairing
from pairing.queries.pairings import street_at
from pairing.services.pairings import release
from reports.queries.eligibility import visits_by_member
from tests.activities.ledger import MONDAY, attended, moment
from tests.factories import ProjectFactory, StreetFactory, liaison_of

NOW = moment(20, 9)


@pytest.fixture
def moving(serving):
    """Make a record of `person`, activities `held` (over, not closed) and `ahead` (future), street `there`."""
    world = serving.world
    serving.person = world.registered
    serving.record = attended(serving, serving.person)
    confirm(user=world.secretary, record_ids=[serving.record.pk], acknowledged=True, now=MONDAY)
    serving.held = serving.activity(starts_at=moment(17, 9))
    came = {"checked_in_at": moment(17, 9), "checked_out_at": moment(17, 12)}
    serving.sign_up(serving.held, serving.person, checked_in_how="scan", checked_out_how="scan", **came)
    serving.ahead = serving.activity(starts_at=moment(24, 9))
    serving.there = StreetFactory(kind=world.urban.kind)
    serving.new_liaison = liaison_of(serving.there, world.school)
    return serving


def moved(serving) -> None:
    move_pairing(
        user=serving.world.admin,
        pairing_id=serving.pairing.pk,
        street_id=serving.there.pk,
        reason="就近",
        now=NOW,
    )
    for row in (serving.project, serving.held, serving.ahead):
        row.refresh_from_db()


def test_visits_made_before_the_move_still_count(moving):
    world, person = moving.world, moving.person
    own = ServiceRecord.objects.filter(member=person)
    people = Member.objects.filter(pk=person.pk)
    before = visits(own, world.year), visits_by_member(people, world.year)
    assert before[1] == {person.pk: 1}
    moved(moving)
    assert (visits(own, world.year), visits_by_member(people, world.year)) == before


def test_attendance_closed_after_the_move_is_service_at_the_former_street(moving):
    moved(moving)
    close_attendance(user=moving.world.secretary, activity_id=moving.held.pk, now=NOW)
    assert moving.held.records.get().street == moving.world.urban


def test_each_liaison_sees_the_people_who_came_to_the_own_street(moving, client_of, time_machine):
    time_machine.move_to(NOW)
    moved(moving)
    old, new = client_of(moving.world.liaison), client_of(moving.new_liaison)
    for activity, statuses in ((moving.held, (200, 404)), (moving.ahead, (404, 200))):
        url = reverse("street_attendance", args=[activity.pk])
        assert (old.get(url).status_code, new.get(url).status_code) == statuses


def test_a_published_project_waits_for_the_word_of_the_new_street(moving):
    world, project = moving.world, moving.project
    moved(moving)
    assert (project.state, project.street, project.agreed_by) == ("proposed", moving.there, None)
    assert Message.objects.get(user=moving.new_liaison).title == "有志愿服务项目待您确认"
    seen = project.replies.last().pk
    with pytest.raises(ValidationError, match="没有找到"):
        answer(user=world.liaison, project_id=project.pk, agrees=True, text="", seen=seen, now=NOW)
    again = answer(user=moving.new_liaison, project_id=project.pk, agrees=True, text="", seen=seen, now=NOW)
    assert again.state == "published"


def test_drafts_go_along_and_what_is_closed_stays(moving):
    world = moving.world
    draft = ProjectFactory(college=world.college_a, team=moving.team, state="draft", agreed_at=None)
    closed = ProjectFactory(college=world.college_a, team=moving.team)
    close(user=world.secretary, project_id=closed.pk, now=NOW)
    moved(moving)
    for project, state, street in ((draft, "draft", moving.there), (closed, "closed", world.urban)):
        project.refresh_from_db()
        assert (project.state, project.street) == (state, street)


def test_the_page_of_the_school_goes_this_way(moving, client_of, time_machine):
    time_machine.move_to(NOW)
    entered = {"street": moving.there.pk, "reason": "就近"}
    client_of(moving.world.admin).post(reverse("pairing_move", args=[moving.pairing.pk]), entered)
    moving.project.refresh_from_db()
    assert (moving.project.state, moving.project.street) == ("proposed", moving.there)


def test_the_street_of_a_day_is_the_one_before_or_after_the_move(moving):
    moved(moving)
    moving.pairing.refresh_from_db()
    when = Pairing.pgh_event_model.objects.filter(street=moving.there).get().pgh_created_at
    second = timedelta(seconds=1)
    assert street_at(moving.pairing, when - second) == moving.world.urban
    assert street_at(moving.pairing, when + second) == moving.there


def test_nothing_is_published_once_the_pairing_is_released(moving):
    world = moving.world
    planned = moving.activity(starts_at=moment(24, 9), state="draft")
    release(user=world.admin, pairing_id=moving.pairing.pk, reason="街乡撤销")
    with pytest.raises(ValidationError, match="已经解除"):
        publish(user=world.secretary, activity_id=planned.pk, now=NOW)
