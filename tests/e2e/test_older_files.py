"""A file older than what is held, in a browser: the preview says so and asks for a tick."""

import pytest
from playwright.sync_api import expect

from members.models import Member
from tests.e2e.conftest import DESKTOP, PHONE
from tests.factories import BranchFactory, MemberFactory
from tests.members.import_files import Kind, make_roster_file, make_roster_row, run_import

pytestmark = pytest.mark.django_db(transaction=True)


def upload(page, name: str, content: bytes, day: str) -> None:
    page.goto("/imports/new/?kind=roster")
    page.get_by_label("数据日期").fill(day)
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="上传并预览").click()


def scrolls_sideways(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("device", [DESKTOP, PHONE])
def test_the_preview_of_an_older_file_asks_for_a_tick(world, open_browser, violations, device):
    person = MemberFactory(branch=world.a1, name="乔迁", phone="13900000001")
    newer = make_roster_row(person, phone="13900000002")
    run_import(Kind.ROSTER, make_roster_file(newer), by=world.admin)
    page = open_browser(world.admin, device)
    upload(page, "旧名单.xlsx", make_roster_file(make_roster_row(person)), "2018-10-01")
    expect(page.get_by_text("1 条将回到以前的状态").first).to_be_visible()
    expect(page.get_by_text("数据日期 2018-10-01")).to_be_visible()
    assert not violations(page, touch=device is PHONE)
    assert not scrolls_sideways(page)
    confirm = page.get_by_role("button", name="确认导入")
    tick = page.get_by_label("确认导入旧数据")
    tick.evaluate("box => box.required = false")  # what a browser without this check sends
    confirm.click()
    expect(page.get_by_text("请勾选此项再确认")).to_be_visible()
    assert not violations(page, touch=device is PHONE)
    assert not scrolls_sideways(page)
    page.get_by_label("确认导入旧数据").check()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("录入完成")).to_be_visible()
    assert Member.objects.get(pk=person.pk).phone == "13900000001"


def test_the_tree_shows_branches_of_one_name(world, open_browser, violations):
    BranchFactory(college=world.college_a, name="法学1801", twin=True)
    page = open_browser(world.admin, PHONE)
    page.goto("/organisation/")
    page.get_by_role("link", name="查看疑似重名的团支部").click()
    expect(page.get_by_role("link", name="法学1801", exact=True)).to_be_visible()
    assert not violations(page, touch=True)
    assert not scrolls_sideways(page)
