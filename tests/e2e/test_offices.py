"""账号与授权 in browsers, clicks counted: appoint by search, by the roster's column and by file; end a term."""

import pytest
from playwright.sync_api import Page, Route, expect

from members.models import Grant, Member
from members.permissions import Role
from tests.e2e.conftest import DESKTOP, PHONE
from tests.factories import BranchFactory, MemberFactory
from tests.members.sheet_files import make_xlsx

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = ("学号/工号", "姓名", "角色", "学院", "团支部", "开始", "结束")


class Clicks:
    """Count what a person clicks."""

    def __init__(self):
        self.made = 0

    def __call__(self, target) -> None:
        self.made += 1
        target.click()


def find(page: Page, words: str, name: str):
    page.get_by_label("任命谁").press_sequentially(words)
    found = page.get_by_role("checkbox", name=name)
    expect(found).to_be_visible()
    return found


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone-dark"])
def test_a_school_appoints_a_college_secretary_by_search_and_ends_one(
    device, world, open_browser, violations
):
    click, page = Clicks(), open_browser(world.admin, device)
    page.goto("/offices/")
    assert not violations(page, touch=device is PHONE)
    click(page.get_by_role("link", name="任命", exact=True))
    click(find(page, "T1009", "吴职务"))
    click(page.get_by_label("学院团委书记"))
    page.get_by_label("学院", exact=True).select_option(label=world.college_b.name)
    assert not violations(page, touch=device is PHONE)
    click(page.get_by_role("button", name="任命", exact=True))
    page.wait_for_url("**/code/")  # nobody can sign in with the account yet, so its code comes next
    held = Grant.objects.get(user=world.nobody)
    assert (held.role, held.place) == (Role.COLLEGE_SECRETARY, world.college_b)
    assert click.made == 4

    page.goto("/offices/")
    click.made = 0
    row = page.get_by_role("row", name="郑书记")
    click(row.get_by_role("link", name="离任"))
    page.get_by_label("原因").fill("换届")
    assert not violations(page, touch=device is PHONE)
    click(page.get_by_role("button", name="办理离任"))
    expect(page.get_by_text("已办理郑书记")).to_be_visible()
    expect(page.get_by_role("row", name="郑书记")).to_have_count(0)
    assert click.made == 2


def test_the_finder_keeps_who_was_picked_and_works_by_keyboard(world, open_browser):
    page = open_browser(world.secretary)
    page.goto(f"/offices/appoint/?branch={world.a2.pk}")
    find(page, "saj", "宋安静").focus()
    page.keyboard.press("Space")
    page.get_by_label("任命谁").fill("")
    find(page, "wdy", "王党员").check()
    expect(page.get_by_role("checkbox", name="宋安静")).to_be_checked()
    page.get_by_role("button", name="任命", exact=True).click()
    page.get_by_label("确认由其他团支部的人担任团支书").check()  # 王党员 is of another branch
    page.get_by_role("button", name="任命", exact=True).click()
    expect(page.get_by_text("已任命")).to_be_visible()
    assert Grant.objects.filter(branch=world.a2).count() == 2


def test_words_typed_before_the_scripts_have_come_are_looked_up_when_they_have(world, open_browser):
    page = open_browser(world.secretary)
    held: list[Route] = []
    page.route("**/htmx*.js", lambda route: held.append(route))
    page.goto(f"/offices/appoint/?branch={world.a2.pk}", wait_until="commit")
    page.get_by_label("任命谁").fill("saj")
    page.wait_for_timeout(500)
    expect(page.get_by_role("checkbox", name="宋安静")).to_have_count(0)
    [script] = held
    script.continue_()
    expect(page.get_by_role("checkbox", name="宋安静")).to_be_visible()


def test_140_branches_take_two_clicks_from_the_roster_s_column(world, open_browser, violations):
    """From the list of offices: open the page, submit it."""
    for branch in [world.a2, world.b1, world.b2, *BranchFactory.create_batch(137, college=world.college_a)]:
        MemberFactory(branch=branch, office="团支书")
    click, page = Clicks(), open_browser(world.admin)
    page.goto("/offices/")
    click(page.get_by_role("link", name="逐支部任命团支书"))
    assert not violations(page)
    click(page.get_by_role("button", name="任命选定的人"))
    expect(page.get_by_text("已任命 140 位团支书")).to_be_visible(timeout=60_000)
    assert Grant.objects.filter(role=Role.BRANCH_SECRETARY, user__member__office="团支书").count() == 140
    assert click.made == 2


def test_a_file_appoints_secretaries_and_teachers_in_three_clicks(world, open_browser):
    rows = [(f"T90{n:02d}", f"教师{n}", "学院团委书记", "物理学院", "", "", "") for n in range(10)]
    rows += [(world.quiet.student_no, "宋安静", "团支书", "法学院", "法学1802团支部", "", "")]
    click, page = Clicks(), open_browser(world.admin)
    page.goto("/offices/")
    click(page.get_by_role("link", name="按文件任命"))
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": "任命.xlsx", "mimeType": "application/octet-stream", "buffer": make_xlsx(HEADER, *rows)}
    )
    click(page.get_by_role("button", name="上传并预览"))
    click(page.get_by_role("button", name="确认"))
    expect(page.get_by_text("录入完成")).to_be_visible()
    assert Grant.objects.filter(college=world.college_b).count() == 11
    assert Member.objects.get(pk=world.quiet.pk).user.grants.count() == 1
    assert click.made == 3


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone-dark"])
def test_a_refused_form_puts_the_focus_on_its_summary(device, world, open_browser, violations):
    page = open_browser(world.admin, device)
    page.goto("/offices/appoint/")
    page.get_by_label("学院团委书记").check()
    page.get_by_role("button", name="任命", exact=True).click()
    expect(page.locator("#form-summary")).to_be_focused()
    expect(page.locator("#form-summary")).to_be_in_viewport()
    assert not violations(page, touch=device is PHONE)
    page.locator("#form-summary").get_by_role("link", name="学院", exact=True).click()
    expect(page.get_by_label("学院", exact=True)).to_be_in_viewport()
