"""An appraisal in browsers, from the branch's meeting to the college's approval."""

import pytest
from playwright.sync_api import expect

from reports.models import Appraisal
from tests.e2e.conftest import DESKTOP, PHONE
from tests.factories import make_branch_secretary
from tests.reports.appraising import get_grade, make_branch_of_twelve, start_as

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone-dark"])
def test_from_the_meeting_to_the_approval(device, world, open_browser, violations):
    able, short, _ = make_branch_of_twelve(world)
    lead = make_branch_secretary(world.a2, world.quiet)
    branch = open_browser(lead, device)
    branch.goto("/appraisals/")
    branch.get_by_role("link", name=world.a2.name).click()
    branch.get_by_role("button", name="开始评议").click()

    branch.get_by_label("评议会日期").fill("2018-12-19")
    branch.get_by_label("实到人数").fill("9")
    branch.get_by_role("button", name="保存评议会情况").click()
    expect(branch.get_by_text("超过三分之二")).to_be_visible()

    barred = branch.get_by_label(f"{short.name} 最终等次").locator("option[value=excellent]")
    expect(barred).to_be_disabled()
    for person in able[:3]:
        branch.get_by_label(f"{person.name} 最终等次").select_option(label="优秀")
        saved = branch.locator("tr", has_text=person.student_no).get_by_text("已保存")
        expect(saved).to_be_visible()
    expect(branch.get_by_text("优秀 3/3")).to_be_visible()
    branch.get_by_label(f"{able[3].name} 最终等次").select_option(label="优秀")
    row = branch.locator("tr", has_text=able[3].student_no)
    expect(row.get_by_text("超过名额")).to_be_visible()
    assert not violations(branch)

    appraisal = Appraisal.objects.get()
    for grade in appraisal.grades.filter(final="").select_related("member"):
        branch.get_by_label(f"{grade.member.name} 最终等次").select_option(label="合格")
    expect(branch.get_by_text("可以提交")).to_be_visible()
    branch.get_by_role("button", name="提交学院审核").click()
    expect(branch.get_by_text("已提交学院审核。")).to_be_visible()

    college = open_browser(world.secretary, device)
    college.goto(appraisal.get_absolute_url())
    college.get_by_role("button", name="审核通过").click()
    expect(college.get_by_text("已审核通过，结果已保存。")).to_be_visible()
    assert not violations(college)
    appraisal.refresh_from_db()
    assert (appraisal.state, appraisal.assessed, appraisal.quota) == ("approved", 12, 3)


def test_two_tabs_and_the_last_place(world, open_browser):
    """The second tab, loaded before the place was taken, shows the refusal in the row."""
    able, *_ = make_branch_of_twelve(world)
    appraisal = start_as(world, world.secretary)
    for person in able[:2]:
        appraisal.grades.filter(member=person).update(final="excellent")
    first, second = open_browser(world.secretary), open_browser(world.secretary)
    for tab in (first, second):
        tab.goto(appraisal.get_absolute_url())
    first.get_by_label(f"{able[2].name} 最终等次").select_option(label="优秀")
    expect(first.get_by_text("优秀 3/3")).to_be_visible()
    second.get_by_label(f"{able[3].name} 最终等次").select_option(label="优秀")
    row = second.locator("tr", has_text=able[3].student_no)
    expect(row.get_by_text("超过名额")).to_be_visible()
    assert get_grade(appraisal, able[3]).final == ""


def test_grades_chosen_faster_than_they_are_saved_are_all_kept(world, open_browser):
    able, *_ = make_branch_of_twelve(world)
    appraisal = start_as(world, world.secretary)
    page = open_browser(world.secretary)
    page.goto(appraisal.get_absolute_url())
    for person in able[:2]:
        for what in ("自评", "互评", "支部建议", "最终等次"):
            page.get_by_label(f"{person.name} {what}").select_option(label="基本合格")
    for person in able[:2]:
        row = page.locator("tr", has_text=person.student_no)
        expect(row.get_by_text("已保存")).to_be_visible()
    expect(page.get_by_text("已评定 2/12")).to_be_visible(timeout=15_000)
    page.reload()
    for person in able[:2]:
        for what in ("自评", "互评", "支部建议", "最终等次"):
            expect(page.get_by_label(f"{person.name} {what}")).to_have_value("basic")
