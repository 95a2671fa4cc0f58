"""Simultaneous claims on PostgreSQL with real threads: no place is given twice, every refusal has a reason.

The large test, over the web server, is benchmarks/pairing_race.py.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from members.models import Street
from pairing.models import Pairing, PairingCode, ServiceTeam
from pairing.services.claims import ClaimRefusedError, submit_claim
from pairing.services.codes import withdraw_code
from tests.factories import CollegeFactory, make_secretary
from tests.members.overlapping import run_overlapping
from tests.pairing.conftest import kill_before

pytestmark = pytest.mark.django_db(transaction=True)


def run_at_once(*claims: Callable[[], Any]) -> list[Any]:
    """Run the claims at the same time; return for each its result, or the rule that refused it.

    Any other exception fails the test.
    """
    start = Barrier(len(claims))

    def run(work):
        try:
            start.wait(20)
            return work()
        except ClaimRefusedError as refusal:
            return refusal.rule
        finally:
            connection.close()

    with ThreadPoolExecutor(len(claims)) as threads:
        return list(threads.map(run, claims))


def prepare_claim(hall, user, college, street, code) -> Callable[[], Any]:
    return lambda: submit_claim(
        user=user, college_id=college.pk, street_id=street.pk, code=code.code, now=hall.now
    )


def make_colleges_with_codes(hall, year, count: int):
    for number in range(count):
        college = CollegeFactory(school=year.school)
        code = hall.code(f"{year.school.code}RACE{number:02d}", year=year, college=college)
        yield make_secretary(college), college, code


def test_many_colleges_of_two_schools_share_five_places_and_no_more(hall):
    world = hall.world
    for year in (world.year, world.bh.year):
        year.streets_shared = True
        year.save()
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=1)
    racers = [
        *make_colleges_with_codes(hall, world.year, 6),
        *make_colleges_with_codes(hall, world.bh.year, 6),
    ]
    results = run_at_once(
        *(prepare_claim(hall, user, college, hall.urban, code) for user, college, code in racers)
    )
    won = [result for result in results if isinstance(result, Pairing)]
    assert Counter(result for result in results if isinstance(result, str)) == {"full": 8}
    assert len(won) == Pairing.objects.active().count() == ServiceTeam.objects.count() == 4
    assert sorted(Pairing.objects.values_list("place", flat=True)) == [1, 2, 3, 4]
    assert PairingCode.objects.filter(state="used").count() == 4


def test_one_college_clicking_on_many_streets_gets_one(hall):
    streets = [hall.urban, *hall.urbans] * 2
    user, college = hall.world.secretary, hall.world.college_a
    results = run_at_once(*(prepare_claim(hall, user, college, street, hall.code_a) for street in streets))
    won = [result for result in results if isinstance(result, Pairing)]
    # Two clicks on the same street are one claim, in either order.
    assert len(set(won)) == Pairing.objects.count() == ServiceTeam.objects.count() == 1
    assert set(results) - set(won) <= {"code_used", "paired"}


def test_connections_cut_in_the_middle_give_every_browser_an_answer(open_hall, client_of, monkeypatch):
    """Eight colleges claim five places by the page; three claims lose the connection before they insert the team."""
    year, street = open_hall.world.year, open_hall.urban
    year.streets_shared = True
    year.save()
    monkeypatch.setattr(ServiceTeam.objects, "create", kill_before(ServiceTeam.objects.create, times=3))
    browsers = [(client_of(user), code) for user, _, code in make_colleges_with_codes(open_hall, year, 8)]

    def prepare_click(browser, code):
        browser.raise_request_exception = False
        return lambda: browser.post(reverse("hall_claim"), {"street": street.pk, "code": code.code})

    answers = run_at_once(*(prepare_click(*each) for each in browsers))
    assert Counter(answer.status_code for answer in answers) == {302: 5, 409: 3}
    assert all("名额已满" in answer.content.decode() for answer in answers if answer.status_code == 409)
    assert sorted(Pairing.objects.values_list("place", flat=True)) == [1, 2, 3, 4, 5]
    assert ServiceTeam.objects.count() == PairingCode.objects.filter(state="used").count() == 5


def test_a_code_withdrawn_while_a_claim_waits_is_refused(hall):
    """The claim reads the code after the withdrawal is committed, not the older state from its own start."""
    world = hall.world

    def claim_late():
        try:
            return prepare_claim(hall, world.secretary, world.college_a, hall.urban, hall.code_a)()
        except ClaimRefusedError as refusal:
            return refusal.rule

    _, rule = run_overlapping(
        lambda: withdraw_code(user=world.admin, code_id=hall.code_a.pk, reason="发错学院"), claim_late
    )
    assert rule == "code"
    assert not Pairing.objects.exists()


def test_a_street_filled_elsewhere_while_a_claim_waits_is_full(hall):
    world = hall.world

    def claim_late():
        try:
            return prepare_claim(hall, world.secretary, world.college_a, hall.urban, hall.code_a)()
        except ClaimRefusedError as refusal:
            return refusal.rule

    def fill_street():
        Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=5)

    assert run_overlapping(fill_street, claim_late)[1] == "full"
    assert not Pairing.objects.exists()
