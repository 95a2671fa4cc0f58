"""Scans of the team's code: people who may join, refusals with reasons, and simultaneous requests."""

from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from members.models import Member
from members.services.schools import create_school
from pairing.models import ServiceTeam, TeamMembership
from pairing.services.pairings import release_pairing
from pairing.services.teams import end_membership, end_own_membership, join_team, renew_join_code
from tests.factories import make_account
from tests.members.overlapping import run_overlapping
from tests.pairing.pairs import CLAIMED_AT, make_pairing
from tests.world import build_world


@pytest.fixture
def team(world) -> ServiceTeam:
    return make_pairing(world.college_a, world.urban, user=world.secretary).team


@pytest.fixture
def team_b(world) -> ServiceTeam:
    return make_pairing(world.college_b, world.suburban, user=world.secretary_b).team


def build_join_url(team) -> str:
    return reverse("team_join", args=[team.token])


def read_join_refusal(user, token) -> str:
    with pytest.raises(ValidationError) as caught:
        join_team(user=user, token=token)
    return caught.value.messages[0]


# --- people who may join ----------------------------------------------------------------------------------------


def test_a_person_of_the_college_is_in_at_once(world, team, client_of):
    client = client_of(world.member)
    assert "加入</button>" in client.get(build_join_url(team)).content.decode()
    assert not TeamMembership.objects.exists()
    answer = client.post(build_join_url(team), follow=True)
    assert TeamMembership.objects.get().member == world.missing
    assert "已加入" in answer.content.decode()


def test_scanning_again_says_that_one_is_in_already(world, team, client_of):
    client = client_of(world.member)
    client.post(build_join_url(team))
    page = client.get(build_join_url(team)).content.decode()
    assert "已加入" in page
    assert "加入</button>" not in page
    client.post(build_join_url(team))
    assert TeamMembership.objects.count() == 1


def test_a_student_who_is_no_league_member_joins_too(world, team):
    assert join_team(user=make_account(world.student), token=team.token).member == world.student


@pytest.mark.parametrize("school", ["jh", "bh"])
def test_people_of_other_colleges_are_refused_with_the_reason(school, world, team, client_of):
    person = {"jh": world.zhang_wei_b, "bh": world.bh.zhang_wei}[school]
    client = client_of(make_account(person))
    for answer in (client.get(build_join_url(team)), client.post(build_join_url(team))):
        assert "这是法学院的服务队，您不在该学院，不能加入。" in answer.content.decode()
    assert not TeamMembership.objects.exists()


def test_somebody_on_leave_is_refused(world, team):
    assert "不在籍" in read_join_refusal(make_account(world.suspended), team.token)


def test_the_code_of_an_ended_pairing_lets_nobody_in(world, team, client_of):
    join_team(user=world.member, token=team.token)
    release_pairing(user=world.admin, pairing_id=team.pairing_id, reason="街乡调整")
    assert TeamMembership.objects.get().left_at
    client = client_of(world.member)
    for answer in (client.get(build_join_url(team)), client.post(build_join_url(team))):
        assert answer.status_code == 404
        assert "这个二维码已失效" in answer.content.decode()
    assert not TeamMembership.objects.active().exists()


def test_an_ended_pairing_and_an_unknown_code_look_the_same(world, team, client_of):
    release_pairing(user=world.admin, pairing_id=team.pairing_id, reason="街乡调整")
    client = client_of(world.member)
    ended = client.get(build_join_url(team)).context
    unknown = client.get(reverse("team_join", args=["no-such-code"])).context
    assert ended["problem"] == unknown["problem"]
    assert ended["team"] is unknown["team"] is None


def test_of_two_years_only_the_later_team_lets_people_in(world, team):
    """A person scans an old poster with the code of last year's team."""
    create_school(code=world.school.code, name=world.school.name, year=2019)
    at = CLAIMED_AT.replace(year=2019)
    later = make_pairing(world.college_a, world.urban, user=world.secretary, at=at).team
    assert read_join_refusal(world.member, team.token).startswith("这个二维码已失效")
    assert join_team(user=world.member, token=later.token).team == later


# --- codes ------------------------------------------------------------------------------------------------------


def test_codes_are_long_and_differ(team, team_b):
    assert len(team.token) >= 24
    assert team.token != team_b.token


def test_a_renewed_code_replaces_the_old_one(world, team):
    old = team.token
    new = renew_join_code(user=world.secretary, team_id=team.pk).token
    assert read_join_refusal(world.member, old).startswith("这个二维码已失效")
    assert join_team(user=world.member, token=new).member == world.missing


def test_no_page_of_others_and_no_history_holds_the_code(world, team, client_of):
    join_team(user=world.member, token=team.token)
    renew_join_code(user=world.secretary, team_id=team.pk)
    token = ServiceTeam.objects.get(pk=team.pk).token
    own = client_of(world.secretary).get(team.get_absolute_url()).content.decode()
    assert token in own
    for user in (world.secretary_b, world.liaison, world.bh.admin):
        client = client_of(user)
        for url in (reverse("teams"), team.get_absolute_url(), reverse("team_roll")):
            assert token not in client.get(url, follow=True).content.decode()
    events = [str(vars(event)) for event in ServiceTeam.pgh_event_model.objects.all()]
    assert events
    assert not [event for event in events if token in event]


def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(world, team, client_of):
    world.member.set_password("a-long-password-1")
    world.member.save()
    client = client_of(None)
    answer = client.get(build_join_url(team))
    assert answer["Location"] == f"/accounts/login/?next={build_join_url(team)}"
    entered = {"login": world.member.number, "password": "a-long-password-1", "next": build_join_url(team)}
    answer = client.post("/accounts/login/", entered)
    assert answer["Location"] == build_join_url(team)


def test_an_account_without_a_person_of_the_roster_is_refused(world, team, client_of):
    assert client_of(world.secretary).post(build_join_url(team)).status_code == 403


# --- leave and join again ---------------------------------------------------------------------------------------


def test_a_member_leaves_and_joins_again(world, team, client_of):
    client = client_of(world.member)
    client.post(build_join_url(team))
    page = client.post(reverse("team_leave"), follow=True).content.decode()
    assert "已退出服务队" in page
    assert "以往记录" in page
    assert not TeamMembership.objects.active().exists()
    client.post(build_join_url(team))
    assert TeamMembership.objects.active().count() == 1
    assert TeamMembership.objects.count() == 2


def test_leaving_without_being_in_it_says_so(world, team, client_of):
    page = client_of(world.member).post(reverse("team_leave"), follow=True).content.decode()
    assert "名单已有变化" in page


def test_nobody_ends_the_membership_of_another(world, team):
    membership = join_team(user=world.member, token=team.token)
    with pytest.raises(ValidationError):
        end_own_membership(user=make_account(world.reported), membership_id=membership.pk)
    with pytest.raises(ValidationError):
        end_membership(user=world.secretary_b, membership_id=membership.pk, reason="误操作")
    assert TeamMembership.objects.active().count() == 1


def test_the_own_page_tells_how_to_join_and_since_when_one_is_in(world, team, client_of):
    client = client_of(world.member)
    assert build_join_url(team) in client.get(reverse("me")).content.decode()
    client.post(build_join_url(team))
    page = client.get(reverse("me")).content.decode()
    assert "已加入" in page
    assert build_join_url(team) not in page


def test_before_the_pairing_the_own_page_says_that_there_is_no_team(world, client_of):
    for name in ("me", "my_team"):
        assert "结对后会建立服务队" in client_of(world.member).get(reverse(name)).content.decode()


# --- simultaneous requests --------------------------------------------------------------------------------------


@pytest.fixture
def committed_world(transactional_db):
    world = build_world()
    return world, make_pairing(world.college_a, world.urban, user=world.secretary).team


@pytest.mark.django_db(transaction=True)
def test_a_double_click_joins_once(committed_world):
    world, team = committed_world
    together, found = Barrier(6), []

    def click():
        try:
            together.wait()
            found.append(join_team(user=world.member, token=team.token).pk)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == TeamMembership.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_slips_in_while_the_pairing_is_released(committed_world):
    world, team = committed_world
    _, late = run_overlapping(
        lambda: release_pairing(user=world.admin, pairing_id=team.pairing_id, reason="街乡调整"),
        lambda: join_team(user=world.member, token=team.token),
    )
    assert isinstance(late, ValidationError)
    assert not TeamMembership.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_slips_in_with_a_code_that_is_being_renewed(committed_world):
    world, team = committed_world
    _, late = run_overlapping(
        lambda: renew_join_code(user=world.secretary, team_id=team.pk),
        lambda: join_team(user=world.member, token=team.token),
    )
    assert isinstance(late, ValidationError)
    assert Member.objects.filter(memberships__isnull=False).count() == 0
