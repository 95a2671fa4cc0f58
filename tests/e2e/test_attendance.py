"""Check-in in two browsers, the organiser's screen and the member's phone.

Then closing, and the street's confirmation.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from activities.models import Activity, ServiceRecord, SignUp
from tests.activities.serving import Serving, build_serving
from tests.e2e.conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)

SOON = 15_000  # milliseconds; the screen reloads every five seconds


@pytest.fixture
def serving(world) -> Serving:
    return build_serving(world)


@pytest.fixture
def activity(serving) -> Activity:
    """Return an activity that began five minutes ago and ends in five."""
    start = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
    activity = serving.activity(starts_at=start, ends_at=start + timedelta(minutes=10))
    serving.sign_up(activity, serving.world.missing)
    return activity


def test_in_by_the_screens_code_and_out_again(world, activity, open_browser, violations):
    world.member.set_password("a-long-password-1")
    world.member.save()
    screen = open_browser(world.secretary)
    screen.goto(f"/activities/{activity.pk}/attendance/?d=in")
    expect(screen.get_by_text("扫码签入")).to_be_visible()
    assert not violations(screen)

    phone = open_browser(None, PHONE)
    phone.goto(screen.locator("#checkin-link").inner_text())
    phone.get_by_label("学号或工号").fill(world.member.number)
    phone.get_by_label("密码", exact=True).fill("a-long-password-1")
    phone.get_by_role("button", name="登录").click()
    expect(phone.get_by_text("已签入", exact=True)).to_be_visible()
    assert not violations(phone)
    expect(screen.get_by_text(world.missing.name, exact=True)).to_be_visible(timeout=SOON)

    # Five minutes pass.
    SignUp.objects.update(checked_in_at=activity.starts_at)
    screen.get_by_role("link", name="签出").click()
    expect(screen.get_by_text("扫码签出")).to_be_visible()
    phone.goto(screen.locator("#checkin-link").inner_text())
    expect(phone.get_by_text("已签出", exact=True)).to_be_visible()
    expect(screen.locator(".checkin-figures")).to_contain_text("1 / 1已签出", timeout=SOON)

    Activity.objects.filter(pk=activity.pk).update(ends_at=timezone.now())
    screen.get_by_role("link", name="考勤处理").click()
    assert not violations(screen)
    screen.get_by_role("link", name="结束考勤").click()
    screen.get_by_role("button", name="结束考勤").click()
    expect(screen.get_by_text("时长已提交学院确认。").first).to_be_visible()
    record = ServiceRecord.objects.get()
    assert record.member == world.missing and record.state == ServiceRecord.State.PENDING

    street = open_browser(world.liaison, PHONE)
    street.goto("/street/activities/")
    street.get_by_role("link", name=activity.name).click()
    assert not violations(street)
    street.get_by_role("button", name="确认到场").click()
    expect(street.get_by_text("已确认到场")).to_be_visible()
    record.refresh_from_db()
    assert record.street_confirmed_by == world.liaison


def test_the_own_code_and_the_lists_are_fit_for_a_phone(world, activity, open_browser, violations):
    member = open_browser(world.member, PHONE)
    member.goto("/me/code/")
    expect(member.get_by_role("img", name=f"{world.missing.name}的签到码")).to_be_visible()
    assert not violations(member)
    organiser = open_browser(world.secretary, PHONE)
    for page in ("attendance/roll/", "attendance/tick/", "attendance/scanner/", "settling/"):
        organiser.goto(f"/activities/{activity.pk}/{page}")
        assert not violations(organiser), page
        assert organiser.evaluate("document.documentElement.scrollWidth") <= 390, page
