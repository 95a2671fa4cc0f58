"""People who were transferred or graduated: what ends at once, what they keep (requirements §1, §6), who leads a branch."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.services.signups import sign_up
from members.models import Grant, Member, User
from members.permissions import TABLE, Role, get_scope, may
from members.queries.offices import find_office_above
from members.queries.organisation import build_tree
from members.services.registration import report_registration
from pairing.services.teams import join_team
from tests.factories import ActivityFactory, GrantFactory, ProjectFactory, make_account
from tests.moving import correct_person
from tests.pairing.pairs import make_pairing

LEFT = [Member.State.TRANSFERRED, Member.State.GRADUATED]
# §6: the own hours on paper and as a file, the own messages and devices, the start page that explains it.
KEPT = {"home", "hours.own", "slip.make", "message.view", "account.own"}


def set_state(member: Member, state: str) -> User:
    """Change a person's state behind the back of the signed-in account, and read the account again."""
    correct_person(member, state=state)
    return User.objects.get(member=member)


@pytest.mark.parametrize("state", LEFT)
def test_a_person_who_left_keeps_only_the_own_hours(world, state):
    user = set_state(world.missing, state)
    assert {action for action in TABLE if may(user, action)} == KEPT
    assert set(Member.objects.visible_to(user, "slip.make")) == {world.missing}
    assert not Member.objects.visible_to(user, "me.view").exists()


@pytest.mark.parametrize("state", [Member.State.SUSPENDED, Member.State.EXCHANGE, Member.State.ARMY])
def test_people_on_leave_abroad_or_in_the_army_stay_members(world, state):
    assert may(set_state(world.missing, state), "me.view")


def test_an_open_tab_is_refused_at_the_next_click_and_works_again_after_a_correction(world, client_of):
    client = client_of(world.member)
    assert client.get(reverse("me")).status_code == 200
    set_state(world.missing, "transferred")
    assert client.get(reverse("me")).status_code == 403
    assert client.get(reverse("my_code")).status_code == 403
    set_state(world.missing, "active")
    assert client.get(reverse("me")).status_code == 200


def test_the_start_page_says_what_happened_what_remains_and_whom_to_ask(world, client_of):
    set_state(world.missing, "graduated")
    page = client_of(world.member).get(reverse("home")).content.decode()
    assert "花名册显示您已毕业" in page
    assert f"{world.college_a}团委（曹书记）" in page
    assert f'href="{reverse("slips")}"' in page
    assert f'href="{reverse("me")}"' not in page


def test_they_still_print_their_own_slip(world, client_of):
    set_state(world.missing, "graduated")
    client = client_of(world.member)
    page = client.get(reverse("slips"))
    assert page.status_code == 200
    assert reverse("me") not in page.content.decode()


def test_services_refuse_them_too_whatever_page_is_open(world):
    activity = ActivityFactory(project=ProjectFactory(college=world.college_a))
    team = make_pairing(world.college_a, world.urban, user=world.secretary).team
    user = set_state(world.missing, "transferred")
    with pytest.raises(ValidationError):
        sign_up(user=user, activity_id=activity.pk)
    with pytest.raises(ValidationError):
        join_team(user=user, token=team.token)
    with pytest.raises(ValidationError):
        report_registration(
            user=user, account_done=True, profile_done=True, volunteer_no="", registered_on=None
        )
    assert not activity.signups.exists()
    assert not team.memberships.exists()


# --- 团支书 whose own person has left


@pytest.mark.parametrize("state", LEFT)
def test_the_branch_of_a_secretary_who_left_has_no_secretary(world, state):
    user = set_state(world.lead, state)
    assert not may(user, "member.phone")
    assert get_scope(user, "member.view").branches == frozenset()
    tree = build_tree(
        world.school.colleges.all(),
        type(world.a1).objects.filter(pk=world.a1.pk),
        floor_percent=95,
        today=world.year.tidy_starts_on,
    )
    branch = next(node for college in tree for node in college.branches)
    assert branch.secretaries == []
    assert "no_secretary" in branch.flags


def test_the_role_returns_with_the_person(world):
    set_state(world.lead, "transferred")
    assert may(set_state(world.lead, "active"), "member.phone")


def test_an_office_that_needs_no_branch_does_not_rest(world):
    """A graduate may stay at the school as a teacher, so the college decides on this office by its term."""
    graduate = make_account(world.registered)
    GrantFactory(user=graduate, role=Role.COLLEGE_SECRETARY, college=world.college_a)
    assert may(set_state(world.registered, "graduated"), "member.edit")


def test_the_own_person_is_out_of_scope_for_a_role_that_has_ended(world):
    """The scope of one's own person comes from the role of the person, not from the link to the roster."""
    user = set_state(world.lead, "transferred")
    assert get_scope(user, "record.view").member is None


def test_a_secretary_who_moved_to_another_branch_is_marked_for_the_college(world, client_of):
    correct_person(world.lead, branch=world.a2)
    assert may(User.objects.get(pk=world.branch_secretary.pk), "member.phone")
    page = client_of(world.secretary).get(reverse("organisation")).content.decode()
    assert "陈支书（已不在本支部）" in page


# --- whom to ask


def test_a_predecessor_is_sent_to_the_office_above(world):
    today = world.year.tidy_starts_on
    Grant.objects.filter(user=world.secretary).update(starts_on="2018-01-01", ends_on="2018-01-02")
    assert str(find_office_above(User.objects.get(pk=world.secretary.pk), today)) == "校团委（孔管理）"


def test_a_college_without_secretary_is_answered_for_by_the_school(world):
    Grant.objects.filter(user=world.secretary).delete()
    office = find_office_above(set_state(world.missing, "transferred"), world.year.tidy_starts_on)
    assert str(office) == "校团委（孔管理）"


# --- cost


def test_the_state_is_read_with_the_account_in_one_query(world, client_of):
    client = client_of(world.member)
    client.get(reverse("messages"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("messages"))
    accounts = [q["sql"] for q in queries if 'FROM "members_user"' in q["sql"]]
    alone = [q["sql"] for q in queries if 'FROM "members_member"' in q["sql"]]
    assert len(accounts) == 1
    assert alone == []
