"""What belongs to a person does not pass to a successor: ticks of the group, and the team after a removal."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from members.models import Grant
from pairing.models import GroupCheck
from pairing.queries.board import build_ledger
from pairing.services.teams import check_group, end_membership, end_own_membership, join_team, readmit_to_team
from reports.services.rollover import GRADUATED
from tests.factories import GrantFactory, UserFactory
from tests.inbox import find_inbox
from tests.pairing.pairs import make_pairing

AGAIN = "换届后需重新确认"


@pytest.fixture
def team(world):
    return make_pairing(world.college_a, world.urban, user=world.secretary).team


def tick(world, team, *branches) -> None:
    inside = {branch.pk: True for branch in branches}
    check_group(
        user=world.secretary, team_id=team.pk, branches=inside, street_contact_in_on=None, expires_on=None
    )


def count_valid(team) -> int:
    return team.group_checks.valid_on(timezone.localdate()).count()


def appoint(branch, **values):
    user = UserFactory(school=branch.college.school)
    GrantFactory(user=user, role="branch_secretary", branch=branch, **values)
    return user


def end_term(user) -> None:
    Grant.objects.filter(user=user).update(ends_on=timezone.localdate() - timedelta(days=1))


# --- ticks of the group -----------------------------------------------------------------------------------------


def test_a_tick_belongs_to_the_secretary_of_that_day(world, team, client_of):
    tick(world, team, world.a1)
    assert GroupCheck.objects.get().secretary == world.branch_secretary
    page = client_of(world.secretary).get(reverse("team", args=[team.pk]))
    assert (page.context["in_group"], AGAIN in page.content.decode()) == (1, False)


def test_after_a_change_the_tick_does_not_count_until_it_is_set_anew(world, team, client_of):
    tick(world, team, world.a1)
    GroupCheck.objects.update(joined_on=date(2018, 10, 20))
    end_term(world.branch_secretary)
    successor = appoint(world.a1)
    client = client_of(world.secretary)
    page = client.get(reverse("team", args=[team.pk]))
    assert (page.context["in_group"], AGAIN in page.content.decode()) == (0, True)
    form = client.get(reverse("team_group", args=[team.pk]))
    assert AGAIN in form.content.decode()
    assert form.context["form"]["branches"].value() == []
    client.post(reverse("team_group", args=[team.pk]), {"branches": [world.a1.pk]})
    check = GroupCheck.objects.get()
    assert (check.secretary, check.joined_on) == (successor, timezone.localdate())
    assert count_valid(team) == 1


def test_the_ledger_counts_only_ticks_of_present_secretaries(world, team):
    tick(world, team, world.a1)
    lines = build_ledger(type(team.pairing).objects.all(), today=timezone.localdate())
    assert [line.in_group for line in lines] == [1]
    end_term(world.branch_secretary)
    lines = build_ledger(type(team.pairing).objects.all(), today=timezone.localdate())
    assert [line.in_group for line in lines] == [0]


def test_the_tick_stays_while_somebody_stands_in(world, team):
    tick(world, team, world.a1)
    stand_in = appoint(world.a1, starts_on=timezone.localdate(), ends_on=timezone.localdate())
    assert count_valid(team) == 1
    tick(world, team, world.a1)
    assert GroupCheck.objects.get().secretary == world.branch_secretary
    assert stand_in.active_grants


def test_a_tick_for_a_vacant_office_counts_until_somebody_is_appointed(world, team):
    tick(world, team, world.a2)
    assert (GroupCheck.objects.get().secretary, count_valid(team)) == (None, 1)
    appoint(world.a2)
    assert count_valid(team) == 0


# --- the team after a removal -----------------------------------------------------------------------------------


@pytest.fixture
def removal(world, team):
    membership = join_team(user=world.member, token=team.token)
    return end_membership(user=world.secretary, membership_id=membership.pk, reason="屡次缺席")


def test_a_removed_person_cannot_come_back_by_a_scan(world, team, removal, client_of):
    with pytest.raises(ValidationError, match=r"已被移出.*屡次缺席.*学院团委书记"):
        join_team(user=world.member, token=team.token)
    client = client_of(world.member)
    for name, args in (("team_join", [team.token]), ("my_team", []), ("me", [])):
        assert "您已被移出这个服务队" in client.get(reverse(name, args=args)).content.decode()
    client.post(reverse("team_join", args=[team.token]))
    assert not team.memberships.active().exists()


def test_the_college_readmits_and_the_person_joins_again(world, team, removal, client_of):
    client = client_of(world.secretary)
    assert "重新接收" in client.get(reverse("team_roll")).content.decode()
    client.post(reverse("team_readmit", args=[removal.pk]))
    removal.refresh_from_db()
    assert (removal.readmitted_by, removal.leave_reason) == (world.secretary, "屡次缺席")
    assert find_inbox(world.member).get().title == "您可以重新加入服务队"
    assert not team.memberships.active().exists()
    assert join_team(user=world.member, token=team.token).left_at is None


def test_a_second_removal_bars_again(world, team, removal):
    readmit_to_team(user=world.secretary, membership_id=removal.pk)
    again = join_team(user=world.member, token=team.token)
    end_membership(user=world.secretary, membership_id=again.pk, reason="再次缺席")
    with pytest.raises(ValidationError, match="再次缺席"):
        join_team(user=world.member, token=team.token)


def test_nobody_readmits_twice_or_in_another_college(world, team, removal, client_of):
    assert client_of(world.secretary_b).post(reverse("team_readmit", args=[removal.pk])).status_code == 404
    assert (
        client_of(world.branch_secretary).post(reverse("team_readmit", args=[removal.pk])).status_code == 403
    )
    readmit_to_team(user=world.secretary, membership_id=removal.pk)
    with pytest.raises(ValidationError, match="已有变化"):
        readmit_to_team(user=world.secretary, membership_id=removal.pk)


def test_only_a_removal_is_readmitted(world, team):
    membership = join_team(user=world.member, token=team.token)
    now = {"readmitted_at": timezone.now(), "readmitted_by": world.secretary}
    with pytest.raises(IntegrityError, match="membership_readmitted_after_removal"), transaction.atomic():
        team.memberships.filter(pk=membership.pk).update(**now)


def test_leaving_by_oneself_or_by_graduation_bars_nobody(world, team):
    membership = join_team(user=world.member, token=team.token)
    end_own_membership(user=world.member, membership_id=membership.pk)
    again = join_team(user=world.member, token=team.token)
    type(again).objects.filter(pk=again.pk).update(left_at=timezone.now(), leave_reason=GRADUATED)
    assert join_team(user=world.member, token=team.token).left_at is None


def test_who_came_back_before_this_rule_and_left_by_themselves_is_not_barred(world, team, removal):
    back = team.memberships.create(member=world.missing, joined_at=timezone.now())
    end_own_membership(user=world.member, membership_id=back.pk)
    assert join_team(user=world.member, token=team.token).left_at is None
