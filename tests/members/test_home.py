"""The start page redirects each role to its page, and the navigation shows only pages that the user may open."""

from django.urls import reverse


def test_each_role_comes_to_its_place(world, client_of):
    places = {
        world.admin: reverse("overview"),
        world.secretary: reverse("college", args=[world.college_a.pk]),
        world.branch_secretary: reverse("branch", args=[world.a1.pk]),
        world.member: reverse("me"),
    }
    for user, place in places.items():
        assert client_of(user).get(reverse("home")).headers["Location"] == place


def test_an_account_without_a_role_is_told_whom_to_ask(world, client_of):
    account = world.secretary
    account.grants.update(ends_on="2018-01-02", starts_on="2018-01-01")
    response = client_of(account).get(reverse("home"))
    assert response.status_code == 200
    assert "请联系" in response.content.decode()


def test_a_liaison_is_told_the_own_street(world, client_of):
    page = client_of(world.liaison).get(reverse("home"), follow=True)
    assert world.urban.name in page.content.decode()


def test_the_navigation_leads_only_where_the_user_may_go(world, client_of):
    for user in (world.admin, world.secretary, world.branch_secretary, world.member, world.liaison):
        client = client_of(user)
        response = client.get(reverse("home"), follow=True)
        entries = response.context["nav"] + response.context["bottom_nav"]
        assert entries
        for entry in entries:
            assert client.get(entry.url, follow=True).status_code == 200, (user, entry)
