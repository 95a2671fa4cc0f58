"""二(三), 三(五): service counts at the street that the college had in that year, until the college left it."""

from datetime import date, datetime

import pgtrigger
import pytest

from members.models import Branch, Member
from pairing.models import Pairing
from pairing.services.pairings import move_to_street, release_pairing
from reports.queries.assessment import Ground, compute_college_scores, load_people
from reports.queries.commendation import list_evidence, list_team_candidates
from reports.queries.eligibility import count_visits_by_member
from reports.rules.assessment import SUGGESTED
from tests.activities.serving import build_serving
from tests.factories import BEIJING, ServiceRecordFactory, ServiceYearFactory, StreetFactory
from tests.pairing.pairs import make_pairing

LEFT = datetime(2018, 11, 20, 10, tzinfo=BEIJING)


def count_visits(world, year=None, person=None) -> int:
    """Return the visits of `person` (default `registered`); the assessment must agree for the same person."""
    year, person = year or world.year, person or world.registered
    ground = Ground(year, Branch.objects.filter(pk=world.a1.pk), date(year.year, 12, 31))
    (facts,) = (row.facts for row in load_people(ground) if row.pk == person.pk)
    found = count_visits_by_member(Member.objects.filter(pk=person.pk), year)
    assert facts.visits == found.get(person.pk, 0)
    return facts.visits


def make_served(world, on, street=None, person=None):
    ServiceRecordFactory(
        member=person or world.registered, minutes=60, served_on=on, street=street or world.urban
    )


@pytest.mark.parametrize("other", [2017, 2019])
def test_a_street_that_was_paired_in_another_year_only_is_not_visited(world, other):
    ServiceYearFactory(school=world.school, year=other)
    make_pairing(
        world.college_a, world.urban, user=world.secretary, at=datetime(other, 10, 16, 9, tzinfo=BEIJING)
    )
    make_served(world, date(2018, 11, 10))
    assert count_visits(world) == 0


def test_a_pairing_carried_into_the_next_year_makes_visits_in_both(world):
    pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    year = ServiceYearFactory(school=world.school, year=2019)
    year.semesters.create(name="春季学期", starts_on=date(2019, 2, 25), ends_on=date(2019, 7, 12))
    make_served(world, date(2018, 11, 10))
    make_served(world, date(2019, 3, 9))
    assert (count_visits(world), count_visits(world, year)) == (1, 0)
    pairing.carried_to = 2019
    pairing.save()
    assert (count_visits(world), count_visits(world, year)) == (1, 1)


@pytest.mark.parametrize(("day", "counted"), [(19, 1), (20, 1), (21, 0)])
def test_after_a_release_the_former_street_counts_no_more(world, day, counted):
    pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    release_pairing(user=world.admin, pairing_id=pairing.pk, reason="街乡调整", now=LEFT)
    make_served(world, date(2018, 11, day))
    assert count_visits(world) == counted


@pytest.mark.parametrize(
    ("day", "at_former", "at_new"), [(19, 1, 1), (20, 1, 1), (21, 0, 1)], ids=["before", "that day", "after"]
)
def test_after_a_move_the_new_street_counts_and_the_former_no_more(world, day, at_former, at_new):
    pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    there = StreetFactory(kind=world.urban.kind)
    move_to_street(user=world.admin, pairing_id=pairing.pk, street_id=there.pk, reason="就近", now=LEFT)
    # The database's clock writes the history, and it differs from the clock of the test.
    with pgtrigger.ignore("pairing.PairingEvent:append_only"):
        Pairing.pgh_event_model.objects.filter(street=there).update(pgh_created_at=LEFT)
    make_served(world, date(2018, 11, day))
    make_served(world, date(2018, 11, day), there, world.lead)
    assert (count_visits(world), count_visits(world, person=world.lead)) == (at_former, at_new)


# --- two pairings of one year ----------------------------------------------------------------------------------


@pytest.fixture
def paired_twice(world):
    """Release a pairing in January by mistake and make it again for the same year: both lasted to its end."""
    serving = build_serving(world)
    ServiceRecordFactory(member=world.registered, minutes=1200, street=world.urban)
    serving.alone = read_everything(world)
    release_pairing(
        user=world.admin,
        pairing_id=serving.pairing.pk,
        reason="点错",
        now=datetime(2019, 1, 5, 10, tzinfo=BEIJING),
    )
    again = Pairing.objects.get(pk=serving.pairing.pk)
    again.pk, again.state, again.ended_at, again.ended_by, again.end_reason = None, "active", None, None, ""
    again.claimed_at = datetime(2019, 1, 6, 10, tzinfo=BEIJING)
    again.save(force_insert=True)
    again_team = type(serving.team)(pairing=again, name="新服务队")
    again_team.save()
    return serving


def read_everything(world) -> tuple:
    ground = Ground(world.year, Branch.objects.filter(college=world.college_a), date(2018, 12, 31))
    (score,) = compute_college_scores(ground, SUGGESTED)
    (team,) = list_team_candidates(world.year)
    return score, team, list_evidence("team", [team.pk], world.year)


def test_a_college_paired_twice_for_a_year_is_measured_once_by_the_pairing_of_its_end(paired_twice):
    score, team, proof = read_everything(paired_twice.world)
    assert (score, team, proof) == paired_twice.alone
    assert (team.pk, team.figures["minutes"], team.figures["services"]) == (paired_twice.team.pk, 1200, 1)
    assert sum(row[-1] for row in proof[team.pk]) == 1200
