"""活动 on the phone: the content of the list and of one activity's page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.models import SignUp
from activities.services.signups import sign_up
from tests.activities.test_signups import make_volunteers
from tests.factories import ProjectFactory, make_account


@pytest.fixture
def client(in_november, client_of):
    return client_of(in_november.world.member)


def read_text(response) -> str:
    return response.content.decode()


def list_names(response) -> list[str]:
    return [activity.name for activity in response.context["page"]]


def test_what_is_open_for_sign_up_comes_first_and_the_past_only_when_asked_for(in_november, client):
    serving, day = in_november, timedelta(days=1)
    serving.activity(name="以后开放", starts_at=serving.now + 8 * day)
    serving.activity(name="已截止", starts_at=serving.now + day / 2)
    serving.activity(name="开放", starts_at=serving.now + 6 * day)
    serving.activity(name="过去", starts_at=serving.now - 2 * day)
    serving.activity(name="草稿", state="draft")
    assert list_names(client.get(reverse("offers"))) == ["开放", "已截止", "以后开放"]
    assert list_names(client.get(reverse("offers"), {"which": "past"})) == ["过去"]
    assert list_names(client.get(reverse("offers"), {"which": "all"})) == [
        "开放",
        "已截止",
        "以后开放",
        "过去",
    ]


def test_own_sign_ups_and_kinds_can_be_picked(in_november, client):
    own = in_november.activity(name="我的")
    in_november.activity(name="校园", project=in_november.other)
    in_november.sign_up(own, in_november.world.missing)
    assert list_names(client.get(reverse("offers"), {"which": "mine"})) == ["我的"]
    assert list_names(client.get(reverse("offers"), {"kind": "other"})) == ["校园"]
    assert "我已报名" in read_text(client.get(reverse("offers")))


def test_activities_of_another_college_are_not_there(in_november, client):
    foreign = in_november.activity(project=ProjectFactory(college=in_november.world.college_b))
    assert list_names(client.get(reverse("offers"))) == []
    assert client.get(reverse("offer", args=[foreign.pk])).status_code == 404


def test_signing_up_and_cancelling_on_the_page(in_november, client):
    activity = in_november.activity()
    page = client.post(reverse("offer_sign_up", args=[activity.pk]), follow=True)
    assert "您已报名" in read_text(page)
    assert "取消报名" in read_text(page)
    page = client.post(reverse("offer_cancel", args=[activity.pk]), follow=True)
    assert "已取消报名" in read_text(page)
    assert SignUp.objects.get().state == "cancelled"


def test_who_waits_sees_how_many_are_before(in_november, client):
    activity, users = in_november.activity(capacity=1), make_volunteers(in_november, 2)
    for user in users:
        sign_up(user=user, activity_id=activity.pk, now=in_november.now - timedelta(hours=1))
    client.post(reverse("offer_sign_up", args=[activity.pk]))
    assert "前面还有 1 人" in read_text(client.get(reverse("offer", args=[activity.pk])))


def test_who_is_not_in_the_team_is_shown_the_way_to_it(in_november, client_of):
    activity = in_november.activity()
    page = read_text(
        client_of(make_account(in_november.world.namesake)).get(reverse("offer", args=[activity.pk]))
    )
    assert "只有服务队队员可以报名" in page
    assert reverse("my_team") in page
    assert reverse("offer_sign_up", args=[activity.pk]) not in page


def test_a_refusal_is_said_on_the_page(in_november, client):
    activity = in_november.activity(name="上午")
    in_november.sign_up(activity, in_november.world.missing)
    clash = in_november.activity()
    page = read_text(client.post(reverse("offer_sign_up", args=[clash.pk])))
    assert "与您已报名的“上午”时间冲突" in page


def test_posts_say_what_they_have_left(in_november, client):
    activity = in_november.activity(capacity=2)
    desk, guide = in_november.post(activity, "登记", 1), in_november.post(activity, "引导", 1)
    in_november.sign_up(activity, in_november.world.quiet, post=desk)
    page = read_text(client.get(reverse("offer", args=[activity.pk])))
    assert "登记（已满，可候补）" in page and "引导（还有 1 个名额）" in page
    client.post(reverse("offer_sign_up", args=[activity.pk]), {"post": guide.pk})
    assert SignUp.objects.get(member=in_november.world.missing).post == guide


def test_the_list_costs_the_same_with_one_and_with_thirty(in_november, client, django_assert_num_queries):
    in_november.activity()
    client.get(reverse("offers"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("offers"))
    for _ in range(30):
        in_november.sign_up(in_november.activity(), in_november.world.quiet)
    with django_assert_num_queries(len(few)):
        assert client.get(reverse("offers")).status_code == 200


def test_the_organiser_sees_who_comes_and_takes_somebody_off(in_november, client_of):
    activity = in_november.activity()
    signup = in_november.sign_up(activity, in_november.world.quiet)
    client = client_of(in_november.world.secretary)
    assert in_november.world.quiet.name in read_text(client.get(activity.get_absolute_url()))
    client.post(reverse("signup_remove", args=[signup.pk]), {"reason": "有课"})
    signup.refresh_from_db()
    assert (signup.state, signup.cancel_reason) == ("removed", "有课")


def test_a_liaison_sees_numbers_on_the_plan_and_no_list(in_november, client_of):
    activity = in_november.activity()
    in_november.sign_up(activity, in_november.world.quiet)
    page = read_text(client_of(in_november.world.liaison).get(activity.get_absolute_url()))
    assert "1 / 5 人" in page
    assert in_november.world.quiet.student_no not in page


def test_what_one_takes_part_in_today_comes_first_and_says_how_it_stands(in_november, client):
    serving = in_november
    serving.activity(name="可报名", starts_at=serving.now + timedelta(days=4))
    today = serving.activity(name="今天", starts_at=serving.now, capacity=1)
    signup = serving.sign_up(today, serving.world.missing)
    page = client.get(reverse("offers"))
    assert list_names(page) == ["今天", "可报名"]
    for minutes, word in [(0, "我已签入"), (30, "我已签出")]:
        field = "checked_out" if minutes else "checked_in"
        setattr(signup, f"{field}_at", serving.now + timedelta(minutes=minutes))
        setattr(signup, f"{field}_how", "scan")
        signup.save()
        assert word in read_text(client.get(reverse("offers")))


def test_who_has_a_place_is_told_numbers_and_not_to_wait(in_november, client):
    full = in_november.activity(capacity=1)
    in_november.sign_up(full, in_november.world.missing)
    for page in (reverse("offers"), reverse("offer", args=[full.pk])):
        text = read_text(client.get(page))
        assert "已满，可候补" not in text and "1 / 1 人" in text


def test_who_has_checked_out_early_sees_that_it_is_looked_into(in_november, client):
    activity = in_november.activity()
    in_november.sign_up(
        activity, in_november.world.missing, checked_in_at=activity.starts_at, checked_in_how="scan",
        checked_out_at=activity.starts_at + timedelta(minutes=30), checked_out_how="scan", flags=["early_out"],
    )  # fmt: skip
    text = read_text(client.get(reverse("offer", args=[activity.pk])))
    assert "已签出" in text and "早退" in text and "待处理" in text
