"""A nomination in a browser: refused with reasons, made for a person who qualifies, chosen, announced,
decided."""

import pytest
from playwright.sync_api import expect

from tests.reports.honouring import make_title, make_twenty_hours

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_a_refusal_to_the_frozen_list(world, open_browser, violations):
    title = make_title(world)
    make_twenty_hours(world.registered)
    branch = open_browser(world.branch_secretary)
    branch.goto(title.get_absolute_url())
    branch.get_by_role("link", name="申报", exact=True).last.click()
    branch.get_by_role("link", name=world.missing.name).click()
    refusal = "还差志愿者注册核实（通知二（二）、四.3）"
    expect(branch.get_by_text("不能申报")).to_be_visible()
    expect(branch.get_by_text(refusal)).to_be_visible()
    expect(branch.get_by_label("主要事迹")).to_have_count(0)
    assert not violations(branch)

    branch.go_back()
    able = branch.get_by_role("row").filter(has_text=world.registered.student_no)
    able.get_by_role("link", name="申报").click()
    branch.get_by_label("主要事迹").fill("全年参加社区服务")
    branch.get_by_role("button", name="申报").click()
    expect(branch.get_by_text(f"已申报：{world.registered.name}")).to_be_visible()

    school = open_browser(world.admin)
    school.goto(title.get_absolute_url())
    school.get_by_role("button", name="列入拟表彰").click()
    expect(school.get_by_text("1 / 2")).to_be_visible()
    school.get_by_role("button", name="结束申报，开始公示").click()
    school.get_by_role("link", name="公示名单").click()
    expect(school.get_by_role("cell", name=world.a1.name)).to_be_visible()
    assert not violations(school)
    school.get_by_role("link", name="返回").click()
    school.get_by_role("button", name="公示结束，确定名单").click()
    expect(school.get_by_text("已表彰")).to_be_visible()
    title.refresh_from_db()
    assert title.state == "decided"
