"""三(四)4: has the college served at its street by the date?"""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from activities.models import Activity
from activities.queries.first_service import find_first_service


@pytest.fixture
def ask_first_service(serving):
    """Return a function that answers for college_a at a moment."""
    year = serving.world.year

    def ask(now=serving.now):
        activities = Activity.objects.filter(project__college=serving.world.college_a)
        return find_first_service(activities, year=2018, by=year.first_service_by, now=now)

    return ask


def test_nothing_planned_is_missing_and_late_after_the_date(serving, ask_first_service):
    serving.activity(project=serving.other)
    serving.activity(state="draft")
    assert (ask_first_service().state, ask_first_service().late) == ("missing", False)
    assert ask_first_service(serving.now + timedelta(days=30)).late


def test_a_published_one_is_planned_and_people_make_it_done(serving, ask_first_service):
    activity = serving.activity()
    assert (ask_first_service().state, ask_first_service().activity) == ("planned", activity)
    after = activity.ends_at + timedelta(hours=1)
    assert ask_first_service(after).state == "missing"
    serving.sign_up(activity, serving.world.quiet, checked_in_at=activity.starts_at, checked_in_how="scan")
    assert (ask_first_service(after).state, ask_first_service(after).late) == ("done", False)


def test_one_that_is_going_on_is_not_done_by_the_first_scan(serving, ask_first_service):
    activity = serving.activity()
    serving.sign_up(activity, serving.world.quiet, checked_in_at=activity.starts_at, checked_in_how="scan")
    running = ask_first_service(activity.starts_at + timedelta(minutes=1))
    assert (running.state, running.running) == ("planned", True)
    assert ask_first_service(activity.ends_at).state == "done"


def test_service_after_the_date_is_done_and_late(serving, ask_first_service):
    activity = serving.activity(starts_at=serving.now + timedelta(days=30))
    serving.sign_up(activity, serving.world.quiet, checked_in_at=activity.starts_at, checked_in_how="scan")
    found = ask_first_service(activity.ends_at)
    assert (found.state, found.late) == ("done", True)


def test_a_project_that_runs_into_the_next_year_counts_for_the_year_of_each_activity(serving):
    activity = serving.activity(starts_at=serving.now.replace(year=2019, month=3))
    serving.sign_up(activity, serving.world.quiet, checked_in_at=activity.starts_at, checked_in_how="scan")
    activities = Activity.objects.filter(project__college=serving.world.college_a)
    now, by = activity.ends_at, date(2019, 11, 30)
    assert find_first_service(activities, year=2018, by=by, now=now).state == "missing"
    assert find_first_service(activities, year=2019, by=by, now=now).activity == activity


def test_the_college_sees_it_on_its_own_page(in_november, client_of):
    client = client_of(in_november.world.secretary)
    url = reverse("college", args=[in_november.world.college_a.pk])
    assert "还没有安排首次街乡志愿服务" in client.get(url).content.decode()
    in_november.activity(name="第一次")
    assert "首次街乡志愿服务已安排" in client.get(url).content.decode()
