"""From a project that the street agrees to, to an hour in the member's ring; also a moving waiting list."""

import pytest
from playwright.sync_api import expect

from activities.models import Project, SignUp
from tests.activities.serving import NOW, Serving, build_serving
from tests.e2e.conftest import PHONE
from tests.factories import ProjectFactory, make_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(time_machine):
    """Set the clock of the server; it runs on."""
    time_machine.move_to(NOW, tick=True)
    return time_machine


@pytest.fixture
def serving(clock, world) -> Serving:
    return build_serving(world)


def test_from_sign_up_to_the_ring(clock, serving, world, open_browser, violations):
    activity = serving.activity()
    phone, college = open_browser(world.member, PHONE), open_browser(world.secretary)
    phone.goto("/me/")
    expect(phone.locator(".ring-figure")).to_have_text("0")
    phone.goto("/offers/")
    assert not violations(phone)
    phone.get_by_role("link", name=activity.name).first.click()
    assert not violations(phone)
    phone.get_by_role("button", name="报名", exact=True).click()
    expect(phone.get_by_text("您已报名").first).to_be_visible()
    assert not violations(phone)

    clock.move_to("2018-11-10 08:50 +0800", tick=True)
    _scan_screen(college, phone, activity, "in")
    expect(phone.get_by_text("已签入", exact=True)).to_be_visible()
    clock.move_to("2018-11-10 12:01 +0800", tick=True)
    _scan_screen(college, phone, activity, "out")
    expect(phone.get_by_text("已签出", exact=True)).to_be_visible()

    college.goto(f"/activities/{activity.pk}/settling/close/")
    college.get_by_role("button", name="结束考勤").click()
    expect(college.get_by_text("时长已提交学院确认。").first).to_be_visible()
    phone.goto("/me/")
    expect(phone.locator(".ring-figure")).to_have_text("0")

    college.goto("/hours/")
    assert not violations(college)
    college.get_by_label(world.missing.name).check()
    college.get_by_role("button", name="确认所选时长").click()
    expect(college.get_by_text("没有等待确认的时长")).to_be_visible()
    phone.reload()
    expect(phone.locator(".ring-figure")).to_have_text("3")
    assert not violations(phone)
    phone.get_by_role("link", name=activity.name).first.click()
    expect(phone.get_by_text("确认", exact=False).first).to_be_visible()
    assert not violations(phone)


def test_the_street_agrees_to_a_project(serving, world, open_browser, violations):
    project = ProjectFactory(
        college=world.college_a, team=serving.team, name="胡同小小讲解员", state="draft", published_at=None
    )
    college, street = open_browser(world.secretary), open_browser(world.liaison, PHONE)
    college.goto(project.get_absolute_url())
    assert not violations(college)
    college.get_by_role("button", name="提交街乡").click()
    expect(college.get_by_text("已提交街乡，对方答复后会通知您。")).to_be_visible()

    street.goto("/projects/")
    assert not violations(street)
    street.get_by_role("link", name=project.name).first.click()
    assert not violations(street)
    street.get_by_role("button", name="同意").click()
    expect(street.get_by_text("已答复，学院会收到通知。")).to_be_visible()

    college.reload()
    college.get_by_role("button", name="发布项目").click()
    expect(college.get_by_role("link", name="安排活动").first).to_be_visible()
    project.refresh_from_db()
    assert (project.state, project.agreed_by) == (Project.State.PUBLISHED, world.liaison)


def test_who_waits_moves_up_when_a_place_becomes_free(serving, world, open_browser, violations):
    activity = serving.activity(capacity=1)
    first = open_browser(make_account(serving.world.registered), PHONE)
    second = open_browser(world.member, PHONE)
    first.goto(f"/offers/{activity.pk}/")
    first.get_by_role("button", name="报名", exact=True).click()
    expect(first.get_by_text("您已报名").first).to_be_visible()
    second.goto(f"/offers/{activity.pk}/")
    second.get_by_role("button", name="报名候补").click()
    expect(second.get_by_text("您在候补名单中").first).to_be_visible()
    assert not violations(second)

    first.get_by_text("取消报名", exact=True).click()
    first.get_by_role("button", name="确认取消报名").click()
    expect(first.get_by_text("已取消报名。")).to_be_visible()
    second.reload()
    expect(second.get_by_text("您已报名").first).to_be_visible()
    second.goto("/messages/")
    expect(second.get_by_role("heading", name=f"候补成功：{activity.name}")).to_be_visible()
    assert SignUp.objects.get(seat=1).member == world.missing


def _scan_screen(college, phone, activity, direction: str) -> None:
    """Open on the phone the address of the code that the organiser's screen shows."""
    college.goto(f"/activities/{activity.pk}/attendance/?d={direction}")
    phone.goto(college.locator("#checkin-link").inner_text())


def test_the_organiser_s_place_becomes_the_centre(serving, world, open_browser, violations):
    page = open_browser(world.secretary, PHONE)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 40.0123456, "longitude": 116.3456789, "accuracy": 12})
    page.goto(f"/projects/{serving.project.pk}/activities/new/")
    page.get_by_text("报名、签到时间和位置").click()
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.get_by_text("已填入，误差约 12 米。")).to_be_visible()
    expect(page.get_by_label("中心点纬度")).to_have_value("40.01235")
    expect(page.get_by_label("中心点经度")).to_have_value("116.34568")
    expect(page.get_by_label("核对签到位置")).to_be_checked()
    assert not violations(page)
