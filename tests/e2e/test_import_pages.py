"""A roster with two bad rows in a browser: corrected in the page, confirmed, opened from the result, uploaded again."""

import pytest
from playwright.sync_api import Page, expect

from members.models import Member
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.test_older_files import scrolls_sideways
from tests.members.import_files import Kind, make_roster_file, make_roster_row, preview_import, run_import

pytestmark = pytest.mark.django_db(transaction=True)

TABLET = {"viewport": {"width": 1024, "height": 768}, "color_scheme": "light"}
BRANCH = "马克思主义学院二〇一八级思想政治教育专业第一团支部（校友会联合支部）暨志愿服务先锋队"
NEW = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")
NUMBERLESS = ("", "吴学号", "法学院", BRANCH, "共青团员", "13900000098")
NAMELESS = ("2018010097", "", "法学院", "法学1801团支部", "共青团员", "13900000097")


def upload(page: Page, content: bytes) -> None:
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": "花名册.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="上传并预览").click()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_two_bad_rows_are_corrected_confirmed_opened_and_the_file_is_sent_again(
    world, open_browser, violations, device
):
    page = open_browser(world.secretary, device)

    def assert_good() -> None:
        assert not violations(page, touch=device is PHONE)
        assert not scrolls_sideways(page)

    changed = make_roster_row(world.namesake, name="张玮")
    page.goto("/imports/new/?kind=roster")
    expect(page.get_by_role("link", name="下载团员花名册模板（.xlsx）")).to_be_visible()
    assert_good()
    upload(page, make_roster_file(NEW, NUMBERLESS, NAMELESS, changed))
    expect(page.get_by_text("有误的 2 行不会录入")).to_be_visible()
    expect(page.locator("del", has_text="张伟")).to_be_visible()
    numbers = page.locator(".import-rows .import-number").all_inner_texts()
    assert numbers == ["3", "4", "5", "2"]  # errors first, then changes, then new people
    assert_good()
    page.get_by_role("link", name="改正有误的 2 行").click()
    page.get_by_role("group", name="第 3 行").get_by_label("学号").fill("2018010098")
    page.get_by_role("button", name="保存并重新核对").click()
    expect(page.get_by_text("改好 1 行，已放进预览")).to_be_visible()
    expect(page.get_by_role("group", name="第 3 行")).to_have_count(0)
    assert_good()
    page.get_by_role("link", name="返回预览").click()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("录入完成")).to_be_visible()
    assert_good()
    person = Member.objects.get(student_no="2018010098")
    page.get_by_role("link", name="本次新增的 2 人").click()
    expect(page.get_by_text("只列出由导入")).to_be_visible()
    page.get_by_role("link", name=person.name).click()
    expect(page).to_have_url(f"{page.url.split('/members')[0]}{person.get_absolute_url()}")
    page.go_back()
    page.get_by_role("link", name="“花名册.xlsx”").click()
    page.get_by_role("link", name="再传").click()
    expect(page.get_by_text("接着“花名册.xlsx”再传")).to_be_visible()
    assert_good()
    upload(page, make_roster_file((*NAMELESS[:1], "钱后补", *NAMELESS[2:])))
    expect(page.get_by_text("确认后将新增 1 行")).to_be_visible()
    expect(page.get_by_text("没有录入的行")).to_be_visible()


def test_after_the_result_the_rest_is_corrected_as_an_import_of_its_own(world, open_browser, violations):
    run = run_import(Kind.ROSTER, make_roster_file(NEW, NUMBERLESS), by=world.secretary)
    page = open_browser(world.secretary, PHONE)
    page.goto(run.get_absolute_url())
    page.get_by_role("button", name="改正有误的 1 行").click()
    page.get_by_role("group", name="第 3 行").get_by_label("学号").fill("2018010098")
    page.get_by_role("button", name="保存并重新核对").click()
    expect(page.get_by_text("确认后将新增 1 行")).to_be_visible()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("录入完成")).to_be_visible()
    assert not violations(page, touch=True)
    assert Member.objects.filter(student_no="2018010098").exists()


@pytest.mark.parametrize("device", [DESKTOP, TABLET], ids=["1440", "1024"])
def test_the_head_of_the_rows_stays_in_view_and_long_names_wrap(world, open_browser, device):
    rows = [(f"20180{n:06d}", f"新生{n}", "法学院", BRANCH, "共青团员", f"139{n:08d}") for n in range(40)]
    run = preview_import(Kind.ROSTER, make_roster_file(*rows), by=world.secretary)
    page = open_browser(world.secretary, device)
    page.goto(run.get_absolute_url())
    frame, head = page.locator(".import-rows"), page.locator(".import-rows thead th").first
    frame.evaluate("frame => frame.scrollTo(0, 600)")
    assert abs(head.bounding_box()["y"] - frame.bounding_box()["y"]) < 2
    name = page.get_by_role("cell", name=BRANCH).first
    assert name.bounding_box()["height"] > 40
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("path", ["", "correct/"])
def test_enlarged_text_on_a_phone_needs_no_sideways_scroll(world, open_browser, path):
    run = preview_import(Kind.ROSTER, make_roster_file(NEW, NUMBERLESS, NAMELESS), by=world.secretary)
    page = open_browser(world.secretary, PHONE)
    for address in (run.get_absolute_url() + path, "/imports/new/?kind=roster"):
        page.goto(address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not scrolls_sideways(page)
