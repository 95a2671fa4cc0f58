"""The world holds what its docstring says; other tests rely on these figures."""

from members.models import Branch, Member
from members.permissions import Role
from members.queries.rates import compute_branch_rates


def test_the_first_branch_counts_as_described(world):
    (line,) = compute_branch_rates(
        Branch.objects.filter(pk=world.a1.pk), floor_percent=world.year.floor_percent
    )
    rate = line.rate
    assert (rate.members, rate.registered, rate.reported, rate.out) == (6, 3, 1, 1)
    assert (rate.activists, rate.activists_registered) == (2, 1)


def test_every_stage_and_state_of_leaving_is_there(world):
    people = Member.objects.filter(school=world.school)
    assert set(people.values_list("stage", flat=True)) == set(Member.Stage.values)
    assert {"active", "suspended", "transferred"} == set(people.values_list("state", flat=True))


def test_each_role_is_held_by_one_account(world):
    def list_roles(user):
        return {grant.role for grant in user.active_grants}

    assert list_roles(world.admin) == {Role.SCHOOL_ADMIN}
    assert list_roles(world.secretary) == list_roles(world.secretary_b) == {Role.COLLEGE_SECRETARY}
    assert list_roles(world.branch_secretary) == {Role.BRANCH_SECRETARY, Role.MEMBER}
    assert list_roles(world.member) == {Role.MEMBER}
    assert list_roles(world.liaison) == {Role.LIAISON}
    assert list_roles(world.nobody) == set()


def test_the_two_schools_share_a_student_number_and_a_name(world):
    assert world.bh.zhang_wei.student_no == world.registered.student_no
    assert Member.objects.filter(school=world.school, name="张伟").count() == 3
