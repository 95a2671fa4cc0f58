"""From an applicant's days through the meeting to the printed slip, and the figures then and now."""

from datetime import date

import pytest
from playwright.sync_api import expect

from reports.models import Admission
from tests.e2e.conftest import DESKTOP, PHONE
from tests.factories import ServiceRecordFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_admission_to_the_printed_slip(world, open_browser, violations):
    person = world.activist
    ServiceRecordFactory(member=person, source="volunteer_beijing", minutes=150, title="敬老院探访")

    branch = open_browser(world.branch_secretary, PHONE)
    branch.goto("/admissions/")
    expect(branch.get_by_text("1 / 2 人")).to_be_visible()
    assert not violations(branch)
    branch.get_by_role("link", name=person.name).click()
    branch.get_by_label("提出入团申请").fill("2018-03-05")
    branch.get_by_label("列为入团积极分子").fill("2018-06-01")
    branch.get_by_role("button", name="保存日期").click()
    branch.get_by_label("列为发展对象的日期").fill("2018-09-27")
    branch.get_by_role("button", name="确认", exact=True).click()
    expect(branch.get_by_text("志愿者注册日期为 2018-09-28")).to_be_visible()
    branch.get_by_label("列为发展对象的日期").fill("2018-10-08")
    branch.get_by_role("button", name="确认", exact=True).click()
    expect(branch.get_by_text("发展阶段已更新。")).to_be_visible()
    assert not violations(branch)

    desk = open_browser(world.secretary, DESKTOP)
    desk.goto(f"/admissions/{person.pk}/")
    meeting = desk.locator("form", has=desk.get_by_role("button", name="登记为团员"))
    meeting.get_by_label("支部大会日期").fill("2018-12-20")
    meeting.get_by_label("实到").fill("5")
    meeting.get_by_label("赞成票", exact=True).fill("5")
    meeting.get_by_role("button", name="登记为团员").click()
    expect(desk.get_by_text("已登记为共青团员，报告单已存档。")).to_be_visible()
    assert Admission.objects.get(member=person).state == "admitted"

    ServiceRecordFactory(
        member=person,
        source="volunteer_beijing",
        minutes=60,
        served_on=date(2018, 11, 17),
        title="后来的记录",
    )
    desk.reload()
    expect(desk.get_by_text("有变化")).to_be_visible()
    assert not violations(desk)

    desk.get_by_role("link", name="支部大会报告单").click()
    expect(desk.get_by_text("累计服务时长 2 小时 30 分钟")).to_be_visible()
    expect(desk.get_by_text("后来的记录")).not_to_be_visible()
    assert not violations(desk)
    sheet = desk.pdf(format="A4", prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") == 1
