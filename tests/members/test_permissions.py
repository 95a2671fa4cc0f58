from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from members.models import (
    Branch,
    College,
    ImportRun,
    Member,
    School,
    ServiceYear,
    Street,
    User,
    VolunteerRecord,
)
from members.permissions import TABLE, Role, allow, get_scope, may
from tests.factories import GrantFactory, ImportRunFactory, UserFactory


def list_visible(user, model, action):
    return set(model.objects.visible_to(user, action))


# --- the table of actions and roles


def test_the_table_names_known_roles_only_and_opens_every_action_to_somebody():
    assert all(roles and roles <= set(Role) for roles in TABLE.values())


def test_only_the_own_secretaries_see_phones():
    assert TABLE["member.phone"] == {Role.COLLEGE_SECRETARY, Role.BRANCH_SECRETARY}


def test_a_liaison_opens_nothing_of_the_roster():
    assert {action for action, roles in TABLE.items() if Role.LIAISON in roles} == {
        "home",
        "account.own",
        "message.view",
        "liaison.view",
        "pairing.view",
        "team.view",
        "project.view",
        "project.agree",
        "activity.view",
        "attendance.confirm",
    }


def test_an_unknown_action_is_an_error_of_the_programmer(world):
    with pytest.raises(KeyError):
        may(world.admin, "member.veiw")
    with pytest.raises(KeyError):
        allow("member.veiw")


# --- may: roles and the dates of their terms


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("admin", True),
        ("secretary", True),
        ("branch_secretary", False),
        ("member", False),
        ("liaison", False),
    ],
)
def test_only_staff_edits_people(world, who, allowed):
    assert may(getattr(world, who), "member.edit") is allowed


def test_nobody_signed_in_may_nothing():
    assert not any(may(AnonymousUser(), action) for action in TABLE)


def test_a_role_opens_nothing_before_and_after_its_term(world, time_machine):
    teacher = UserFactory(school=world.school)
    GrantFactory(
        user=teacher,
        role=Role.SCHOOL_ADMIN,
        school=world.school,
        starts_on=date(2018, 9, 1),
        ends_on=date(2019, 8, 31),
    )
    answers = []
    for moment in ("2018-08-31 23:59", "2018-09-01 00:01", "2019-08-31 23:59", "2019-09-01 00:01"):
        time_machine.move_to(f"{moment} +0800")
        answers.append(may(User.objects.get(pk=teacher.pk), "overview.view"))
    assert answers == [False, True, True, False]


def test_a_superuser_may_everything_everywhere(db, world):
    operator = User.objects.create_superuser("operator", "x", name="Operator")
    assert all(may(operator, action) for action in TABLE)
    assert list_visible(operator, School, "overview.view") == {world.jh.school, world.bh.school}


# --- visible_to: the rows that each role sees


def test_a_school_sees_its_own_people(world):
    seen = list_visible(world.admin, Member, "member.view")
    assert {member.school for member in seen} == {world.school}
    assert len(seen) == Member.objects.filter(school=world.school).count()


def test_a_college_sees_its_own_people(world):
    assert {member.branch.college for member in list_visible(world.secretary, Member, "member.view")} == {
        world.college_a
    }


def test_a_branch_secretary_sees_the_branch(world):
    assert {member.branch for member in list_visible(world.branch_secretary, Member, "member.view")} == {
        world.a1
    }


def test_a_member_sees_only_the_own_page(world):
    assert list_visible(world.member, Member, "me.view") == {world.missing}
    assert list_visible(world.member, Member, "member.view") == set()


def test_a_branch_secretary_s_own_page_is_still_only_the_own(world):
    assert list_visible(world.branch_secretary, Member, "me.view") == {world.lead}


def test_a_liaison_sees_the_own_street_and_no_people(world):
    assert list_visible(world.liaison, Street, "home") == {world.urban}
    assert list_visible(world.liaison, Member, "home") == set()


def test_staff_sees_all_streets_of_the_city(world):
    assert list_visible(world.admin, Street, "street.view") == {world.urban, world.suburban}
    assert list_visible(world.secretary, Street, "street.view") == {world.urban, world.suburban}


def test_organisations_are_narrowed_like_people(world):
    assert list_visible(world.admin, College, "college.view") == {world.college_a, world.college_b}
    assert list_visible(world.secretary, College, "college.view") == {world.college_a}
    assert list_visible(world.secretary, Branch, "branch.view") == {world.a1, world.a2}
    assert list_visible(world.branch_secretary, Branch, "branch.view") == {world.a1}
    assert list_visible(world.secretary, ServiceYear, "year.view") == {world.year}


def test_unclear_records_wait_with_their_college_and_with_the_school(world):
    assert list_visible(world.secretary, VolunteerRecord, "registration.claim") == {world.unclear}
    assert list_visible(world.admin, VolunteerRecord, "registration.claim") == {
        world.unclear,
        world.unclear_b,
        world.unclear_school,
    }


def test_a_school_s_import_is_not_a_college_s(world):
    whole = ImportRunFactory(school=world.school)
    own = ImportRunFactory(school=world.school, college=world.college_a)
    assert list_visible(world.secretary, ImportRun, "import.view") == {own}
    assert list_visible(world.admin, ImportRun, "import.view") == {whole, own}


def test_two_roles_add_up(world):
    GrantFactory(user=world.secretary, role=Role.BRANCH_SECRETARY, branch=world.b1)
    assert {member.branch.college for member in list_visible(world.secretary, Member, "member.view")} == {
        world.college_a,
        world.college_b,
    }
    assert {member.branch.college for member in list_visible(world.secretary, Member, "member.edit")} == {
        world.college_a
    }


def test_a_role_that_does_not_open_the_action_adds_nothing_to_its_scope(world):
    assert get_scope(world.branch_secretary, "member.edit").branches == frozenset()


# --- allow: the response to a user without the right


@allow("overview.view")
def overview(request):
    return HttpResponse("ok")


def test_the_declared_action_can_be_read_from_the_view():
    assert overview.action == "overview.view"
    assert allow("public")(lambda request: None).action == "public"


def test_another_role_is_refused_and_nobody_is_asked_to_sign_in(world, rf):
    request = rf.get("/overview/")
    request.user = world.secretary
    with pytest.raises(PermissionDenied):
        overview(request)
    request.user = AnonymousUser()
    assert overview(request).status_code == 302
    request.user = world.admin
    assert overview(request).status_code == 200
