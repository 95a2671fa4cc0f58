"""三(四)4: has the college served at its street by the date?"""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from activities.models import Activity
from activities.queries.first_service import first_service


@pytest.fixture
def asked(serving):
    """Return a function that answers for college_a at a moment."""
    year = serving.world.year

    def ask(now=serving.now):
        activities = Activity.objects.filter(project__college=serving.world.college_a)
        return first_service(activities, year=2018, by=year.first_service_by, now=now)

    return ask


def test_nothing_planned_is_missing_and_late_after_the_date(serving, asked):
    serving.activity(project=serving.other)
    serving.activity(state="draft")
    assert (asked().state, asked().late) == ("missing", False)
    assert asked(serving.now + timedelta(days=30)).late


def test_a_published_one_is_planned_and_people_make_it_done(serving, asked):
    activity = serving.activity()
    assert (asked().state, asked().activity) == ("planned", activity)
    after = activity.ends_at + timedelta(hours=1)
    assert asked(after).state == "missing"
    serving.sign_up(activity, serving.world.quiet, checked_in_at=activity.starts_at, checked_in_how="scan")
    assert (asked(after).state, asked(after).late) == ("done", False)


def test_one_that_is_going_on_is_not_done_by_the_first_scan(serving, asked):
    activity = serving.activity()
    serving.sign_up(activity, serving.world.quiet, checked_in_at=activity.starts_at, checked_in_how="scan")
    running = asked(activity.starts_at + timedelta(minutes=1))
    assert (running.state, running.running) == ("planned", True)
    assert asked(activity.ends_at).state == "done"


def test_service_after_the_date_is_done_and_late(serving, asked):
    activity = serving.activity(starts_at=serving.now + timedelta(days=30))
    serving.sign_up(activity, serving.world.quiet, checked_in_at=activity.starts_at, checked_in_how="scan")
    found = asked(activity.ends_at)
    assert (found.state, found.late) == ("done", True)


def test_a_project_that_runs_into_the_next_year_counts_for_the_year_of_each_activity(serving):
    activity = serving.activity(starts_at=serving.now.replace(year=2019, month=3))
    serving.sign_up(activity, serving.world.quiet, checked_in_at=activity.starts_at, checked_in_how="scan")
    activities = Activity.objects.filter(project__college=serving.world.college_a)
    now, by = activity.ends_at, date(2019, 11, 30)
    assert first_service(activities, year=2018, by=by, now=now).state == "missing"
    assert first_service(activities, year=2019, by=by, now=now).activity == activity


def test_the_college_sees_it_on_its_own_page(in_november, client_of):
    client = client_of(in_november.world.secretary)
    url = reverse("college", args=[in_november.world.college_a.pk])
    assert "还没有安排首次街乡志愿服务" in client.get(url).content.decode()
    in_november.activity(name="第一次")
    assert "首次街乡志愿服务已安排" in client.get(url).content.decode()
