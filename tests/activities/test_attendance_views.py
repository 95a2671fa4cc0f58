"""Pages of check-in: from the code on the screen to the result, also with signing in between."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from activities.models import Activity, SignUp
from activities.rules.attendance import IN, OUT, make_screen_token
from activities.services.attendance import make_own_code
from members.models import ExportLog
from tests.factories import MemberFactory, make_account

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def activity(serving) -> Activity:
    return serving.activity()


@pytest.fixture
def signup(serving, activity) -> SignUp:
    return serving.sign_up(activity, serving.world.missing)


@pytest.fixture
def clock(activity):
    """Set the clock to the activity's beginning; `clock.shift(…)` moves it."""
    with time_machine.travel(activity.starts_at, tick=False) as traveller:
        yield traveller


def build_scan_link(activity, direction=IN, at=None, number=None) -> str:
    token = make_screen_token(activity.key, number or activity.pk, direction, at or activity.starts_at)
    return reverse("scan_code", args=[activity.pk, token])


# --- the member -------------------------------------------------------------------------------------------------


def test_scan_press_and_see(world, activity, signup, clock, client_of):
    client = client_of(world.member)
    page = client.get(build_scan_link(activity), follow=True)
    assert page.redirect_chain == [(reverse("scan", args=[activity.pk]), 302)]
    signup.refresh_from_db()
    assert signup.checked_in_at is None  # a GET writes nothing
    done = client.post(reverse("scan", args=[activity.pk]), follow=True)
    assert "已签入" in done.text and "09:00" in done.text
    signup.refresh_from_db()
    assert signup.checked_in_at == activity.starts_at


def test_a_code_lasts_over_signing_in(world, activity, signup, clock, client):
    to_sign_in = client.get(build_scan_link(activity), follow=True).redirect_chain[-1][0]
    assert to_sign_in.startswith("/accounts/login/")
    clock.shift(90 * SECOND)
    client.force_login(world.member)  # keeps the data of the browser's session, as signing in does
    assert client.post(reverse("scan", args=[activity.pk])).url == reverse("scan_done", args=[activity.pk])


def test_the_ticket_dies_after_two_minutes(world, activity, signup, clock, client):
    client.get(build_scan_link(activity))
    clock.shift(121 * SECOND)
    client.force_login(world.member)
    assert client.post(reverse("scan", args=[activity.pk])).status_code == 400
    signup.refresh_from_db()
    assert signup.checked_in_at is None


def test_whoever_is_signed_in_has_a_minute(world, activity, signup, clock, client_of):
    client = client_of(world.member)
    client.get(build_scan_link(activity))
    clock.shift(61 * SECOND)
    assert client.post(reverse("scan", args=[activity.pk])).status_code == 400


def test_a_ticket_is_for_one_activity_and_one_browser(serving, world, activity, signup, clock, client_of):
    other = serving.activity(project=serving.other)
    serving.sign_up(other, world.missing)
    client = client_of(world.member)
    client.get(build_scan_link(activity))
    assert client.post(reverse("scan", args=[other.pk])).status_code == 400
    assert client_of(world.member).post(reverse("scan", args=[activity.pk])).status_code == 400


def test_a_ticket_does_not_outlive_its_person(world, activity, signup, clock, client_of):
    client = client_of(make_account(world.registered))
    client.get(build_scan_link(activity))
    client.force_login(world.member)  # another person signs in at this browser
    assert client.post(reverse("scan", args=[activity.pk])).status_code == 400


@pytest.mark.parametrize("kind", ["expired", "forged", "foreign", "unknown activity"])
def test_dead_codes_say_what_to_do_and_leave_nothing(kind, serving, activity, clock, client):
    link = {
        "expired": build_scan_link(activity, at=activity.starts_at - 30 * SECOND),
        "forged": reverse("scan_code", args=[activity.pk, "i" + "A" * 16]),
        "foreign": build_scan_link(activity, number=activity.pk + 1),
        "unknown activity": build_scan_link(activity).replace(f"/{activity.pk}/", "/999999/"),
    }[kind]
    page = client.get(link)
    assert page.status_code == 400
    assert "请重新扫码" in page.text
    assert not client.session.keys()


def test_a_code_for_check_out_does_not_check_in(world, activity, signup, clock, client_of):
    client = client_of(world.member)
    client.get(build_scan_link(activity, OUT))
    page = client.post(reverse("scan", args=[activity.pk]))
    assert "还没有签入" in page.text
    signup.refresh_from_db()
    assert signup.checked_in_at is None


def test_the_place_is_kept_as_a_word_only(serving, world, clock, client_of, caplog):
    activity = serving.activity(location_check=True, latitude="40.00000", longitude="116.00000")
    signup = serving.sign_up(activity, world.missing)
    client = client_of(world.member)
    client.get(build_scan_link(activity))
    place = {"latitude": "41.23456", "longitude": "116.54321", "accuracy": "12"}
    client.post(reverse("scan", args=[activity.pk]), place)
    signup.refresh_from_db()
    assert (signup.checked_in_where, signup.flags) == ("outside", ["outside"])
    assert "41.23456" not in caplog.text + str(SignUp.objects.filter(pk=signup.pk).values())


@pytest.mark.parametrize(
    "place", [{}, {"latitude": "x", "longitude": "1"}, {"latitude": "nan", "longitude": "1"}]
)
def test_no_place_is_unknown_and_does_not_refuse(place, serving, world, clock, client_of):
    activity = serving.activity(location_check=True, latitude="40.00000", longitude="116.00000")
    signup = serving.sign_up(activity, world.missing)
    client = client_of(world.member)
    client.get(build_scan_link(activity))
    client.post(reverse("scan", args=[activity.pk]), place)
    signup.refresh_from_db()
    assert (signup.checked_in_where, signup.flags) == ("unknown", [])


def test_an_absence_can_be_objected_to(world, activity, signup, clock, client_of):
    SignUp.objects.filter(pk=signup.pk).update(no_show_at=activity.ends_at)
    page = client_of(world.member).get(reverse("scan_done", args=[activity.pk]))
    assert reverse("objection_absence", args=[signup.pk]) in page.text


def test_nobody_sees_another_persons_answer(world, activity, signup, clock, client_of):
    client = client_of(make_account(world.registered))
    assert client.get(reverse("scan_done", args=[activity.pk])).status_code == 404


def test_the_own_code_changes(world, clock, client_of):
    client = client_of(world.member)
    before = client.get(reverse("my_code_fresh")).text
    clock.shift(30 * SECOND)
    after = client.get(reverse("my_code_fresh")).text
    assert before != after and "<svg" in after


# --- the organiser ----------------------------------------------------------------------------------------------


def test_the_screen_shows_a_code_that_works(world, activity, signup, clock, client_of):
    page = client_of(world.secretary).get(reverse("attendance", args=[activity.pk]))
    link = re.search(r"http://testserver(/scan/\d+/[\w-]+/)", page.text)[1]
    assert link == build_scan_link(activity)
    assert client_of(world.member).get(link).status_code == 302


def test_the_screen_turns_to_check_out_by_itself(world, activity, clock, client_of):
    client = client_of(world.secretary)
    clock.shift(31 * MINUTE)
    assert "扫码签出" in client.get(reverse("attendance", args=[activity.pk])).text
    assert "签入已于" in client.get(reverse("attendance_code", args=[activity.pk]), {"d": "in"}).text


def test_a_steward_runs_this_attendance_and_no_other(serving, world, activity, clock, client_of):
    activity.stewards.add(world.quiet)
    client = client_of(make_account(world.quiet))
    assert client.get(reverse("attendance", args=[activity.pk])).status_code == 200
    assert client.get(reverse("attendance", args=[serving.activity().pk])).status_code == 404
    assert client.get(reverse("settling", args=[activity.pk])).status_code == 403


def test_the_camera_page_alone_may_start_a_worker(world, activity, clock, client_of):
    client = client_of(world.secretary)
    scanner = client.get(reverse("attendance_scanner", args=[activity.pk]))
    assert "worker-src blob:" in scanner["Content-Security-Policy"]
    screen = client.get(reverse("attendance", args=[activity.pk]))
    assert "blob:" not in screen["Content-Security-Policy"]


def test_the_camera_reads_one_after_another(world, activity, signup, clock, client_of):
    client, address = client_of(world.secretary), reverse("attendance_scanned", args=[activity.pk])
    data = {"direction": "in", "code": make_own_code(member_id=world.missing.pk)}
    assert "签入成功" in client.post(address, data).text
    assert "不用重复扫码" in client.post(address, data).text
    assert "过期或无效" in client.post(address, data | {"code": "https://example.org"}).text
    assert "没有读到" in client.post(address, {"direction": "in"}).text


def test_ticking_by_number(world, activity, signup, clock, client_of):
    client, address = client_of(world.secretary), reverse("attendance_tick", args=[activity.pk])
    data = {"direction": "in", "number": world.missing.student_no, "reason": "手机没电"}
    assert "没有找到这个学号" in client.post(address, data | {"number": "123"}).text
    done = client.post(address, data, follow=True)
    assert "登记签入" in done.text and "负责人登记" in done.text


def test_the_lists_ask_the_same_of_the_database_for_one_and_for_many(serving, world, clock, client_of):
    activity = serving.activity(capacity=60)
    came = {"checked_in_at": activity.starts_at, "checked_in_how": "scan"}
    client = client_of(world.secretary)
    names = ("attendance", "attendance_code", "attendance_roll", "attendance_export", "settling")

    def count_queries() -> list[int]:
        found = []
        for name in names:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(reverse(name, args=[activity.pk]))
            found.append(len(queries))
        return found

    serving.sign_up(activity, world.missing, **came)
    count_queries()  # the first request of a session makes more queries
    one = count_queries()
    for _ in range(30):
        serving.sign_up(activity, MemberFactory(branch=world.a1), **came)
    assert count_queries() == one


def test_the_export_is_the_filtered_list_and_is_noted(serving, world, activity, signup, clock, client_of):
    serving.sign_up(activity, world.registered, checked_in_at=activity.starts_at, checked_in_how="scan")
    address = reverse("attendance_export", args=[activity.pk])
    answer = client_of(world.secretary).get(address, {"state": "in"})
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == [world.registered.student_no]
    assert ExportLog.objects.get().rows == 1
