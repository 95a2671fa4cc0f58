"""An activity: its usual times, copies, changes that people are told of, and its cancelling."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from activities.rules.signups import build_default_times, plan_reseating
from activities.services.activities import (
    TIMES,
    call_off_activity,
    create_activity,
    edit_activity,
    publish_activity,
    repeat_activity_weekly,
)
from activities.services.signups import cancel_signup, sign_up
from members.models import Message
from tests.activities.test_signups import make_volunteers
from tests.factories import ProjectFactory
from tests.inbox import find_inbox

SATURDAY = "2018-11-10T09:00"


def read_plan(activity: Activity) -> dict:
    """Return what the form would send for the unchanged activity."""
    names = ("name", "place", "capacity", "walk_ins", "location_check", "latitude", "longitude", "radius_m")
    return {name: getattr(activity, name) for name in (*names, *TIMES)}


def edit_as_secretary(serving, activity, *, posts=None, stewards=(), **values):
    return edit_activity(
        user=serving.world.secretary,
        activity_id=activity.pk,
        values=read_plan(activity) | values,
        posts=posts or {},
        stewards=stewards,
        now=serving.now,
    )


# --- usual times


def test_the_usual_times_lie_around_the_activity(serving):
    starts = serving.now + timedelta(days=5)
    ends = starts + timedelta(hours=3)
    times = build_default_times(now=serving.now, starts=starts, ends=ends)
    assert times == {
        "signup_opens_at": serving.now,
        "signup_closes_at": starts - timedelta(days=1),
        "cancel_until": starts - timedelta(days=1),
        "check_in_opens_at": starts - timedelta(minutes=30),
        "check_in_closes_at": starts + timedelta(minutes=30),
        "check_out_closes_at": ends + timedelta(hours=1),
    }


def test_planned_for_today_it_can_still_be_signed_up_for(serving):
    starts = serving.now + timedelta(hours=5)
    times = build_default_times(now=serving.now, starts=starts, ends=starts + timedelta(hours=1))
    assert times["signup_opens_at"] < times["signup_closes_at"] == starts


def test_a_short_activity_has_no_check_in_after_its_end(serving):
    starts = serving.now + timedelta(days=5)
    ends = starts + timedelta(minutes=20)
    assert build_default_times(now=serving.now, starts=starts, ends=ends)["check_in_closes_at"] == ends


# --- making


def test_the_form_needs_name_place_times_and_places_only(in_november, client_of):
    client, project = client_of(in_november.world.secretary), in_november.project
    sent = {
        "name": "课堂",
        "place": "活动室",
        "starts_at": SATURDAY,
        "ends_at": "2018-11-10T12:00",
        "capacity": 8,
    }
    client.post(reverse("activity_new", args=[project.pk]), sent | {"publish": "1"})
    made = Activity.objects.get()
    assert (made.state, made.capacity, timezone.localtime(made.starts_at).hour) == ("open", 8, 9)
    assert made.signup_closes_at == made.starts_at - timedelta(days=1)


def test_posts_and_stewards_are_typed_as_lines(in_november, client_of):
    world = in_november.world
    sent = {
        "name": "课堂", "place": "活动室", "starts_at": SATURDAY, "ends_at": "2018-11-10T12:00",
        "posts": "登记 2\n引导员：3人", "stewards": f"{world.quiet.student_no}，{world.namesake.student_no}",
    }  # fmt: skip
    client_of(world.secretary).post(reverse("activity_new", args=[in_november.project.pk]), sent)
    made = Activity.objects.get()
    assert (made.state, made.capacity) == ("draft", 5)
    assert dict(made.posts.values_list("name", "capacity")) == {"登记": 2, "引导员": 3}
    assert set(made.stewards.all()) == {world.quiet, world.namesake}


def test_what_is_wrong_is_said_at_the_field_and_stays_typed(in_november, client_of):
    sent = {
        "name": "课堂", "place": "活动室", "starts_at": "2019-03-01T09:00", "ends_at": "2019-03-01T08:00",
        "posts": "", "capacity": 3, "stewards": "9999",
    }  # fmt: skip
    url = reverse("activity_new", args=[in_november.project.pk])
    page = client_of(in_november.world.secretary).post(url, sent).content.decode()
    assert "结束时间要晚于开始时间" in page
    assert "项目期间内" in page
    assert 'value="课堂"' in page
    assert not Activity.objects.exists()


def test_an_unknown_steward_is_named(serving):
    with pytest.raises(ValidationError, match="没有找到在籍人员：9999"):
        edit_as_secretary(serving, serving.activity(), stewards=["9999"])


def test_copying_the_last_one_offers_the_same_plan_in_the_next_week_to_come(in_november, client_of):
    last = in_november.activity(starts_at=in_november.now - timedelta(days=9))
    in_november.post(last, "登记", 5)
    last.stewards.add(in_november.world.quiet)
    url = reverse("activity_new", args=[in_november.project.pk])
    page = client_of(in_november.world.secretary).get(url, {"copy": last.pk})
    assert page.context["form"]["posts"].value() == "登记 5"
    assert page.context["form"]["stewards"].value() == in_november.world.quiet.student_no
    assert f"{page.context['form']['starts_at'].value():%m-%d %H:%M}" == "11-10 09:00"
    assert page.context["form"]["place"].value() == last.place


def test_of_an_unpublished_project_only_drafts_are_kept(serving):
    project = ProjectFactory(college=serving.world.college_a, state="draft")
    activity = serving.activity(project=project, state="draft")
    with pytest.raises(ValidationError, match="项目发布后才能发布活动"):
        publish_activity(user=serving.world.secretary, activity_id=activity.pk, now=serving.now)
    with pytest.raises(ValidationError, match="项目发布后才能发布活动"):
        create_activity(
            user=serving.world.secretary, project_id=project.pk, values=read_plan(activity), posts={}, stewards=[],
            published=True,
        )  # fmt: skip


def test_weekly_repetition_makes_activities_of_their_own_with_posts_and_stewards(serving):
    world, first = serving.world, serving.activity(capacity=2)
    serving.post(first, "登记", 2)
    first.stewards.add(world.quiet)
    made = repeat_activity_weekly(user=world.secretary, activity_id=first.pk, weeks=3, now=serving.now)
    assert [activity.starts_at - first.starts_at for activity in made] == [
        timedelta(weeks=n) for n in (1, 2, 3)
    ]
    assert {activity.key for activity in made} & {first.key} == set()
    assert [list(activity.posts.values_list("name", "capacity")) for activity in made] == [[("登记", 2)]] * 3
    assert all(activity.stewards.get() == world.quiet for activity in made)


def test_weeks_beyond_the_project_are_refused_as_a_whole(serving):
    first = serving.activity(project=ProjectFactory(college=serving.world.college_a, ends_on="2018-11-18"))
    first.refresh_from_db()
    with pytest.raises(ValidationError, match="项目期间内"):
        repeat_activity_weekly(user=serving.world.secretary, activity_id=first.pk, weeks=2, now=serving.now)
    assert Activity.objects.count() == 1


# --- changing


def test_a_new_time_is_told_to_who_comes_and_who_waits_and_counts_up_for_calendars(serving):
    activity, users = serving.activity(capacity=1), make_volunteers(serving, 2)
    for user in users:
        sign_up(user=user, activity_id=activity.pk, now=serving.now)
    later = edit_as_secretary(serving, activity, ends_at=activity.ends_at + timedelta(minutes=30))
    assert later.sequence == 1
    assert {message.user for message in Message.objects.filter(title__startswith="活动有变动")} == set(users)


def test_the_same_plan_saved_again_tells_nobody(serving):
    activity, (user,) = serving.activity(), make_volunteers(serving, 1)
    sign_up(user=user, activity_id=activity.pk, now=serving.now)
    assert edit_as_secretary(serving, activity).sequence == 0
    assert not Message.objects.exists()


def test_on_the_form_a_moved_beginning_takes_the_other_times_along(in_november, client_of):
    activity = in_november.activity()
    client, url = client_of(in_november.world.secretary), reverse("activity_edit", args=[activity.pk])
    form = client.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    sent = {name: f"{value:%Y-%m-%dT%H:%M}" if name in TIMES else value for name, value in sent.items()}
    client.post(url, sent | {"starts_at": "2018-11-17T14:00", "ends_at": "2018-11-17T17:00"})
    moved = Activity.objects.get()
    shift = timedelta(days=7, hours=5)
    for name in set(TIMES) - {"signup_opens_at"}:
        assert getattr(moved, name) == getattr(activity, name) + shift, name


def test_fewer_places_than_people_are_refused_and_high_seats_move_down(serving):
    activity, users = serving.activity(capacity=3), make_volunteers(serving, 3)
    rows = [sign_up(user=user, activity_id=activity.pk, now=serving.now) for user in users]
    with pytest.raises(ValidationError, match="名额不能少于 3"):
        edit_as_secretary(serving, activity, capacity=2)
    cancel_signup(user=users[0], activity_id=activity.pk, now=serving.now)
    edit_as_secretary(serving, activity, capacity=2)
    rows[2].refresh_from_db()
    assert rows[2].seat == 1


def test_reseating_moves_only_who_sits_too_high():
    assert plan_reseating(3, [2, 5, 7]) == {5: 1, 7: 3}


def test_a_post_with_people_cannot_be_taken_away_or_made_too_small(serving):
    activity, users = serving.activity(capacity=2), make_volunteers(serving, 2)
    post = serving.post(activity, "登记", 2)
    for user in users:
        sign_up(user=user, activity_id=activity.pk, post_id=post.pk, now=serving.now)
    for posts in ({"引导": 2}, {"登记": 1, "引导": 1}):
        with pytest.raises(ValidationError, match="岗位“登记”已有"):
            edit_as_secretary(serving, activity, posts=posts)


# --- cancelling


def test_called_off_it_keeps_the_people_tells_them_and_takes_no_more(serving):
    activity, (user, late) = serving.activity(), make_volunteers(serving, 2)
    signup = sign_up(user=user, activity_id=activity.pk, now=serving.now)
    off = call_off_activity(
        user=serving.world.secretary, activity_id=activity.pk, reason="大雨", now=serving.now
    )
    signup.refresh_from_db()
    assert (off.state, off.sequence, signup.state) == ("cancelled", 1, "signed_up")
    assert "大雨" in find_inbox(user).get().text
    with pytest.raises(ValidationError, match="已取消"):
        sign_up(user=late, activity_id=activity.pk, now=serving.now)


def test_with_people_checked_in_it_cannot_be_called_off(serving):
    activity, world = serving.activity(), serving.world
    serving.sign_up(activity, world.quiet, checked_in_at=activity.starts_at, checked_in_how="scan")
    with pytest.raises(ValidationError, match="已经有人签入"):
        call_off_activity(
            user=world.secretary, activity_id=activity.pk, reason="大雨", now=activity.starts_at
        )


# --- impossible, late or duplicate input ------


def build_form_data(**changes) -> dict:
    return {
        "name": "课堂", "place": "活动室", "starts_at": "2018-11-24T09:00", "ends_at": "2018-11-24T11:00",
        "posts": "", "capacity": 3, "stewards": "", "publish": "1",
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"posts": "甲 9999\n乙 9999\n丙 9999\n丁 9999"}, "posts"),
        ({"starts_at": "0001-01-01T00:00", "ends_at": "0001-01-01T02:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:00", "ends_at": "9999-12-31T23:59"}, "ends_at"),
        ({"check_out_closes_at": "9999-12-31T23:59"}, "check_out_closes_at"),
        ({"ends_at": "2018-11-25T09:01"}, "ends_at"),  # a mistyped date would give hours for days
    ],
)
def test_impossible_figures_and_years_are_said_at_the_field(in_november, client_of, changes, field):
    url = reverse("activity_new", args=[in_november.project.pk])
    page = client_of(in_november.world.secretary).post(url, build_form_data(**changes))
    assert page.context["form"].errors[field]
    assert not Activity.objects.exists()


def test_what_is_over_is_not_planned_as_published(in_november, client_of):
    url = reverse("activity_new", args=[in_november.project.pk])
    past = build_form_data(starts_at="2018-11-03T09:00", ends_at="2018-11-03T11:00")
    page = client_of(in_november.world.secretary).post(url, past)
    assert "活动时间已过" in page.content.decode()
    assert not Activity.objects.exists()


def test_a_repetition_into_the_past_is_refused_as_a_whole(serving):
    first = serving.activity()
    with pytest.raises(ValidationError, match="11月17日的活动时间已过"):
        repeat_activity_weekly(
            user=serving.world.secretary,
            activity_id=first.pk,
            weeks=3,
            now=first.ends_at + timedelta(weeks=1),
        )
    assert Activity.objects.count() == 1


def test_the_same_form_sent_twice_plans_one_activity_and_one_repetition(in_november, client_of):
    client = client_of(in_november.world.secretary)
    url = reverse("activity_new", args=[in_november.project.pk])
    assert client.post(url, build_form_data()).status_code == 302
    assert "不要重复提交" in client.post(url, build_form_data()).content.decode()
    repeat = reverse("activity_repeat", args=[Activity.objects.get().pk])
    assert client.post(repeat, {"weeks": 2}).status_code == 302
    assert "不要重复提交" in client.post(repeat, {"weeks": 2}).content.decode()
    assert Activity.objects.count() == 3


def test_the_same_plan_may_come_again_later(in_november, client_of, time_machine):
    client, url = (
        client_of(in_november.world.secretary),
        reverse("activity_new", args=[in_november.project.pk]),
    )
    client.post(url, build_form_data())
    time_machine.move_to(in_november.now + timedelta(minutes=2))
    client.post(url, build_form_data())
    assert Activity.objects.count() == 2
