"""我的: the own registration, and the way in."""

import pytest
from django.urls import reverse

from members.models import Member


def send(client, **changed):
    sent = {
        "account_done": "on",
        "profile_done": "on",
        "volunteer_no": "110109000000001",
        "registered_on": "2018-10-08",
    }
    return client.post(reverse("me_report"), sent | changed, follow=True)


def test_a_report_waits_for_verification(world, client_of):
    page = send(client_of(world.member)).content.decode()
    assert "已自报，等待核实" in page
    world.missing.refresh_from_db()
    assert world.missing.reported_no == "110109000000001"
    assert world.missing.registered_on is None


def test_the_first_step_alone_can_be_saved(world, client_of):
    send(client_of(world.member), volunteer_no="", registered_on="", profile_done="")
    world.missing.refresh_from_db()
    assert world.missing.league_account_on is not None
    assert world.missing.reported_on is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"volunteer_no": ""}, "volunteer_no"),
        ({"registered_on": ""}, "registered_on"),
        ({"registered_on": "2099-01-01"}, "registered_on"),
        ({"volunteer_no": "看不懂"}, "volunteer_no"),
    ],
)
def test_an_incomplete_report_is_refused_in_place(world, client_of, changed, field):
    response = send(client_of(world.member), **changed)
    assert field in response.context["form"].errors
    world.missing.refresh_from_db()
    assert world.missing.reported_on is None


def test_a_verified_registration_shows_number_date_and_source(world, client_of):
    page = client_of(world.branch_secretary).get(reverse("me")).content.decode()
    for words in (world.lead.volunteer_no, "2018-09-28", "志愿北京名单"):
        assert words in page
    assert "<form" not in page.split('id="main"')[1]


def test_nobody_else_stands_on_the_own_page(world, client_of):
    page = client_of(world.member).get(reverse("me")).content.decode()
    assert "已注册 3 人，团员 6 人" in page
    for person in Member.objects.exclude(pk=world.missing.pk):
        assert person.student_no not in page
        assert person.name not in page


def test_the_own_page_stays_small(world, client_of):
    assert len(client_of(world.member).get(reverse("me")).content) < 100_000


def test_without_being_on_a_roster_there_is_no_own_page(world, client_of):
    assert client_of(world.secretary).get(reverse("me")).status_code == 403


# --- the way in ---


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
