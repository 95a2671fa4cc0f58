"""A liaison works at a street for a school: at the same street another school's work stays closed (§1)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from activities.models import Activity, Project, SignUp
from activities.services.projects import answer_proposal, propose_project
from activities.services.settling import confirm_at_street
from members.models import Grant, Member, Street, User
from members.permissions import Role, get_scope
from members.queries.audit import SUBJECTS, list_events
from members.services.accounts import end_grant, grant_role, may_grant, may_manage_account
from pairing.models import Pairing, ServiceTeam
from tests.factories import (
    ActivityFactory,
    GrantFactory,
    MemberFactory,
    ProjectFactory,
    SignUpFactory,
    UserFactory,
)
from tests.inbox import find_inbox
from tests.pairing.pairs import make_pairing


class Work:
    """What one school does at the street: a college's pairing, project, activity, and one person who came."""

    def __init__(self, college, branch, street, secretary, name):
        self.college, self.secretary = college, secretary
        self.pairing = make_pairing(college, street, user=secretary)
        self.team = self.pairing.team
        self.person = MemberFactory(branch=branch, name=name)
        self.project = ProjectFactory(college=college, team=self.team, name=f"{college.name}的项目")
        self.activity = ActivityFactory(project=self.project, name=f"{college.name}的活动")
        self.signup = SignUpFactory(
            activity=self.activity, member=self.person, checked_in_at=self.activity.starts_at
        )

    def names(self) -> set[str]:
        return {self.college.name, self.project.name, self.activity.name, self.person.name, self.team.name}


@pytest.fixture
def own(world):
    return Work(world.college_a, world.a1, world.urban, world.secretary, "京华来人")


@pytest.fixture
def theirs(world):
    return Work(world.bh.college_a, world.bh.a1, world.urban, world.bh.secretary, "北华来人")


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_a_scope_names_pairs_of_street_and_school(world):
    assert get_scope(world.liaison, "pairing.view").posts == {(world.urban.pk, world.school.pk)}
    assert get_scope(world.liaison, "pairing.view").schools == frozenset()


def test_pairs_of_two_schools_do_not_cross(world, own, theirs):
    """Works for JH at the suburban street and for BH at the urban one: JH's pairing at the urban one is closed."""
    liaison = world.liaison
    liaison.grants.update(street=world.suburban)
    GrantFactory(user=liaison, role=Role.LIAISON, street=world.urban, school=world.bh.school)
    seen = Pairing.objects.visible_to(fresh(liaison), "pairing.view")
    assert list(seen) == [theirs.pairing]


@pytest.mark.parametrize(
    ("model", "action"),
    [
        (Pairing, "pairing.view"),
        (Pairing, "liaison.view"),
        (ServiceTeam, "team.view"),
        (Project, "project.view"),
        (Project, "project.agree"),
        (Activity, "activity.view"),
        (Activity, "attendance.confirm"),
        (SignUp, "attendance.confirm"),
    ],
)
def test_rows_of_another_school_at_the_same_street_are_not_seen(world, own, theirs, model, action):
    def list_schools(user) -> set:
        rows = model.objects.visible_to(user, action)
        return {
            work.college.school.code for row in rows for work in (own, theirs) if row in vars(work).values()
        }

    assert list_schools(world.liaison) == {"JH"}
    GrantFactory(user=world.liaison, role=Role.LIAISON, street=world.urban, school=world.bh.school)
    assert list_schools(fresh(world.liaison)) == {"JH", "BH"}
    world.liaison.grants.filter(school=world.school).update(ends_on=date(2018, 1, 2))
    assert list_schools(fresh(world.liaison)) == {"BH"}


def test_a_superuser_sees_the_work_of_all_schools(own, theirs):
    root = UserFactory(is_superuser=True)
    for model in (Pairing, ServiceTeam, Project, Activity):
        assert model.objects.visible_to(root, "project.view").count() == 2, model


PAGES = ("liaison", "pairings", "teams", "projects", "activities", "street_activities")


@pytest.mark.parametrize("name", PAGES)
def test_no_list_shows_anything_of_another_school(world, own, theirs, client_of, time_machine, name):
    time_machine.move_to(own.activity.ends_at + timedelta(hours=1))
    text = client_of(world.liaison).get(reverse(name), follow=True).content.decode()
    assert not {words for words in (*theirs.names(), "北华") if words in text}
    assert own.college.name in text


def test_no_page_and_no_form_of_another_school_opens(world, own, theirs, client_of, time_machine):
    time_machine.move_to(own.activity.ends_at + timedelta(hours=1))
    client = client_of(world.liaison)

    def ask(work: Work) -> set[int]:
        pages = {
            "pairing": work.pairing,
            "team": work.team,
            "project": work.project,
            "activity": work.activity,
            "street_attendance": work.activity,
        }
        got = {client.get(reverse(name, args=[row.pk])).status_code for name, row in pages.items()}
        posted = {
            "project_answer": work.project,
            "street_attendance": work.activity,
        }
        return got | {client.post(reverse(name, args=[row.pk])).status_code for name, row in posted.items()}

    assert 404 not in ask(own)
    assert ask(theirs) == {404}


def test_a_liaison_of_another_school_neither_agrees_nor_confirms(world, own, theirs):
    propose = Project.objects.filter(pk=theirs.project.pk)
    propose.update(state=Project.State.DRAFT, agreed_at=None, published_at=None)
    proposed = propose_project(user=theirs.secretary, project_id=theirs.project.pk)
    seen = proposed.replies.last().pk
    with pytest.raises(ValidationError, match="没有找到"):
        answer_proposal(user=world.liaison, project_id=proposed.pk, agrees=True, text="", seen=seen)
    with pytest.raises(ValidationError, match="没有找到"):
        confirm_at_street(
            user=world.liaison,
            activity_id=theirs.activity.pk,
            signup_ids=[theirs.signup.pk],
            now=theirs.activity.ends_at,
        )


def test_messages_about_a_project_go_to_the_liaison_of_its_school(world, own, theirs):
    for work in (own, theirs):
        Project.objects.filter(pk=work.project.pk).update(
            state=Project.State.DRAFT, agreed_at=None, published_at=None
        )
        propose_project(user=work.secretary, project_id=work.project.pk)
    assert [message.url for message in find_inbox(world.liaison)] == [own.project.get_absolute_url()]


def test_no_person_of_any_school_is_opened_by_a_liaison_s_role(world):
    assert not Member.objects.visible_to(world.liaison, "attendance.confirm").exists()


# --- the role: who gives it, who sees it ---


def test_the_school_that_gave_a_role_ends_it_and_no_other(world):
    held = grant_role(
        user=world.liaison, role=Role.LIAISON, on=world.urban, school=world.bh.school, by=world.bh.admin
    )
    assert held.school == world.bh.school
    assert world.liaison.grants.count() == 2
    with pytest.raises(ValidationError, match="不能授予"):
        end_grant(grant=held, on=date(2018, 10, 1), by=world.admin)
    assert not may_grant(world.admin, Role.LIAISON, world.urban, world.liaison, world.bh.school)
    assert may_grant(world.admin, Role.LIAISON, world.urban, world.liaison)


def test_a_school_cannot_give_a_role_for_another(world):
    with pytest.raises(ValidationError, match="不能授予"):
        grant_role(
            user=world.liaison, role=Role.LIAISON, on=world.urban, school=world.bh.school, by=world.admin
        )


def test_lists_and_audit_of_a_school_hold_only_its_own_roles(world):
    held = GrantFactory(user=world.liaison, role=Role.LIAISON, street=world.urban, school=world.bh.school)
    assert held not in Grant.objects.visible_to(world.admin, "grant.view")
    assert held in Grant.objects.visible_to(world.bh.admin, "grant.view")

    def list_audited(user) -> set[int]:
        events = list_events(SUBJECTS["grants"], get_scope(user, "audit.view"))
        return set(events.values_list("pgh_obj_id", flat=True))

    assert held.pk not in list_audited(world.admin)
    assert held.pk in list_audited(world.bh.admin)


def test_what_was_noted_before_roles_named_a_school_stays_in_the_audit_of_the_account_s_school(world):
    events = Grant.pgh_event_model.objects.filter(user=world.liaison)
    copied = events.values().first() | {"school_id": None, "pgh_id": 900_000}
    Grant.pgh_event_model.objects.create(**copied)

    def is_audited(user) -> bool:
        return list_events(SUBJECTS["grants"], get_scope(user, "audit.view")).filter(pgh_id=900_000).exists()

    assert is_audited(world.admin)
    assert not is_audited(world.bh.admin)


def test_streets_of_a_liaison_are_those_of_the_posts(world):
    GrantFactory(user=world.liaison, role=Role.LIAISON, street=world.suburban, school=world.bh.school)
    seen = Street.objects.visible_to(fresh(world.liaison), "liaison.view")
    assert set(seen) == {world.urban, world.suburban}


# --- the account of a liaison of two schools ---


def test_the_account_s_page_shows_a_school_only_its_own_roles(world, client_of):
    world.suburban.name = "外校街乡"
    world.suburban.save()
    GrantFactory(user=world.liaison, role=Role.LIAISON, street=world.suburban, school=world.bh.school)
    url = reverse("account", args=[world.liaison.pk])
    own, theirs = (client_of(user).get(url).content.decode() for user in (world.admin, world.bh.admin))
    assert "清河街道" in own
    assert "外校街乡" not in own
    assert "外校街乡" in theirs
    assert "清河街道" not in theirs
    everything = client_of(UserFactory(is_superuser=True)).get(url).content.decode()
    assert "清河街道" in everything
    assert "外校街乡" in everything


def test_no_school_takes_over_the_account_of_a_liaison_of_two(world):
    """A code of one school would open the other's work; such an account has the operator, or a new invitation."""
    assert may_manage_account(world.admin, world.liaison)
    assert not may_manage_account(world.bh.admin, world.liaison)
    GrantFactory(user=world.liaison, role=Role.LIAISON, street=world.urban, school=world.bh.school)
    for admin in (world.admin, world.bh.admin):
        assert not may_manage_account(admin, world.liaison)
