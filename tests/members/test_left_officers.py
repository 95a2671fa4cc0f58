"""Offices of people who leave the school end with them."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from members.models import Grant, Member
from members.permissions import Role
from tests.factories import GrantFactory
from tests.inbox import find_inbox
from tests.moving import correct_person

State = Member.State


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.mark.parametrize("state", [State.TRANSFERRED, State.GRADUATED])
def test_the_office_of_somebody_who_has_left_ends_today_and_its_appointer_is_asked(world, today, state):
    correct_person(world.lead, state=state)
    grant = Grant.objects.get(user=world.branch_secretary)
    assert grant.ends_on == today
    told = find_inbox(world.secretary).get()
    assert world.lead.name in told.title
    assert told.url == "/offices/"


@pytest.mark.parametrize("state", [State.SUSPENDED, State.EXCHANGE, State.ARMY])
def test_somebody_who_comes_back_keeps_the_office(world, state):
    before = Grant.objects.get(user=world.branch_secretary).ends_on
    correct_person(world.lead, state=state)
    assert Grant.objects.get(user=world.branch_secretary).ends_on == before


def test_a_term_that_has_not_begun_is_taken_back(world, today):
    account = world.member
    GrantFactory(
        user=account, role=Role.BRANCH_SECRETARY, branch=world.a2, starts_on=today + timedelta(days=30)
    )
    correct_person(world.missing, state=State.GRADUATED)
    assert not Grant.objects.filter(user=account).exists()


def test_a_successor_is_told_by_the_office_not_by_name(world, today):
    correct_person(world.lead, state=State.GRADUATED)
    assert not find_inbox(world.secretary_b).exists()
