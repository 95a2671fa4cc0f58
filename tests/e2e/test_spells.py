"""A change of a person from a day on, in a browser: the form asks, the page shows 在团经历."""

from datetime import date

import pytest
from django.urls import reverse

from tests.e2e.conftest import DESKTOP, PHONE
from tests.moving import move_person


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_change_asks_for_its_day_and_is_listed(world, open_browser, violations, device, tmp_path):
    move_person(world.missing, date(2018, 9, 20), branch=world.a2)
    page = open_browser(world.secretary, device)
    page.goto(reverse("member_edit", args=[world.missing.pk]))
    page.get_by_label("状态", exact=True).select_option("suspended")
    page.get_by_label("生效日期", exact=True).fill("2018-09-10")
    page.get_by_label("修改原因").fill("学籍处通知休学")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("自 2018-09-20 起，生效日期不能早于这一天").first.wait_for()
    assert violations(page) == []
    page.get_by_label("生效日期", exact=True).fill("2018-10-08")
    page.get_by_role("button", name="保存").click()
    listed = page.get_by_role("region", name="在团经历")
    listed.wait_for()
    assert listed.get_by_role("row").count() == 4
    assert "2018-10-07" in listed.inner_text()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= device["viewport"]["width"]
