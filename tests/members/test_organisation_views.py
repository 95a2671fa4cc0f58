"""组织: the page of the tree, with flags for problems such as a missing secretary."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.models import Branch, College, Grant
from members.queries.organisation import build_tree
from tests.factories import BranchFactory, MemberFactory, make_branch_secretary, make_secretary


def build_school_tree(school):
    return build_tree(
        College.objects.filter(school=school),
        Branch.objects.filter(college__school=school),
        floor_percent=95,
        today=timezone.localdate(),
    )


def list_branch_names(page) -> set[str]:
    return {branch.name for college in page.context["colleges"] for branch in college.branches}


def count_queries(client, url) -> int:
    client.get(url)  # put the session into the cache
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


# --- the tree ---


def test_the_tree_knows_figures_secretaries_and_what_is_missing(world):
    college_a, college_b = build_school_tree(world.school)
    a1, a2 = college_a.branches
    assert (college_a.secretaries, college_b.secretaries) == (
        [world.secretary.name],
        [world.secretary_b.name],
    )
    assert (a1.secretaries, a1.rate.members, a1.rate.out) == ([world.lead.name], 6, 1)
    assert a1.flags == {"below"}
    assert a2.flags == {"no_secretary", "small"}
    assert (college_a.rate.members, college_a.rate.registered) == (7, 4)
    assert college_a.below == [a1]


def test_an_empty_branch_is_not_below_the_floor(world):
    b2 = next(node for node in build_school_tree(world.school)[1].branches if node.pk == world.b2.pk)
    assert b2.flags == {"no_secretary", "small"}


def test_a_role_that_has_ended_or_an_account_switched_off_leaves_the_place_vacant(world):
    Grant.objects.filter(user=world.secretary).update(ends_on=timezone.localdate() - timedelta(days=1))
    world.branch_secretary.is_active = False
    world.branch_secretary.save()
    college_a = build_school_tree(world.school)[0]
    assert "no_secretary" in college_a.flags
    assert "no_secretary" in college_a.branches[0].flags


def test_a_college_without_people_is_flagged(world):
    college = College.objects.create(school=world.school, name="新建学院")
    node = next(node for node in build_school_tree(world.school) if node.pk == college.pk)
    assert node.flags == {"no_roster", "no_secretary"}


# --- the page ---


def test_the_school_sees_its_tree_and_nobody_elses(world, client_of):
    page = client_of(world.admin).get(reverse("organisation"))
    assert list_branch_names(page) == {world.a1.name, world.a2.name, world.b1.name, world.b2.name}
    assert world.bh.college_a.name not in page.content.decode()


def test_a_secretary_sees_the_own_college_only(world, client_of):
    page = client_of(world.secretary).get(reverse("organisation"))
    assert list_branch_names(page) == {world.a1.name, world.a2.name}
    assert world.college_b.name not in page.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("flag=below", {"法学1801团支部"}),
        ("flag=small", {"法学1802团支部", "物理1801团支部", "物理1802团支部"}),
        ("q=1802", {"法学1802团支部", "物理1802团支部"}),
        ("q=物理学院", {"物理1801团支部", "物理1802团支部"}),
        ("q=没有这样的", set()),
    ],
)
def test_filters_narrow_the_tree(world, client_of, query, expected):
    page = client_of(world.admin).get(f"{reverse('organisation')}?{query}")
    assert list_branch_names(page) == expected


def test_a_filter_on_another_schools_college_is_not_understood(world, client_of):
    page = client_of(world.admin).get(reverse("organisation"), {"college": world.bh.college_a.pk})
    assert "college" in page.context["form"].errors


def test_the_tree_takes_the_same_queries_for_four_and_for_sixty_branches(world, client_of):
    client, url = client_of(world.admin), reverse("organisation")
    few = count_queries(client, url)
    for college in (world.college_a, world.college_b):
        for branch in BranchFactory.create_batch(28, college=college):
            make_branch_secretary(branch, MemberFactory(branch=branch))
    assert count_queries(client, url) == few


def test_a_new_secretary_of_the_college_is_shown_beside_the_old(world):
    make_secretary(world.college_a, number="T1099", name="新书记")
    assert build_school_tree(world.school)[0].secretaries == [world.secretary.name, "新书记"]
