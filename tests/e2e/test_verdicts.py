"""The year's verdicts in browsers: a score opened down to its rows, and every filled page opened once."""

import pytest
from playwright.sync_api import expect

from members.services.registration import revoke_registration
from reports.rules.assessment import SUGGESTED
from reports.services.assessment import lock_result, publish_weights
from reports.services.commendation import issue_commendation
from reports.services.eligibility import ask_exception, decide_exception
from reports.services.honour_titles import announce_title, decide_title
from tests.activities.serving import build_serving
from tests.e2e.conftest import DESKTOP, PHONE
from tests.factories import MemberFactory, ServiceRecordFactory, make_branch_secretary
from tests.reports.appraising import approve_sheet, make_branch_of_twelve, start_as
from tests.reports.honouring import choose_as, make_title, nominate_as
from tests.reports.test_admission import admit_as, make_candidate
from tests.reports.test_commendation import save_as

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_college_s_score_is_opened_down_to_its_rows_and_locked(world, open_browser, violations):
    build_serving(world)
    publish_weights(user=world.admin, year=world.year, weights=SUGGESTED)
    school = open_browser(world.admin)
    school.goto("/assessment/")
    school.get_by_role("link", name=world.college_a.name).click()
    expect(school.get_by_role("heading", name="学院得分")).to_be_visible()
    assert not violations(school)
    school.get_by_role("link", name="团员注册率").first.click()
    expect(school.get_by_text("行排在前面")).to_be_visible()
    row = school.get_by_role("row").filter(has_text=world.missing.student_no)
    expect(row.get_by_text("未达成")).to_be_visible()
    assert not violations(school)
    row.get_by_role("link", name=world.missing.name).click()
    expect(school.get_by_role("heading", name=world.missing.name)).to_be_visible()

    school.goto("/assessment/")
    school.get_by_role("link", name="锁定结果").click()
    school.get_by_role("button", name="锁定结果").click()
    expect(school.get_by_role("heading", name="2018 年度学院考核结果")).to_be_visible()
    MemberFactory(branch=world.a1, name="后来的人")
    school.reload()
    expect(school.get_by_role("heading", name="2018 年度学院考核结果")).to_be_visible()
    expect(school.get_by_text("有变化").first).to_be_visible()
    assert not violations(school)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone-dark"])
def test_no_page_of_what_is_decided_has_a_serious_fault(device, world, open_browser, violations):
    pages = decide_everything(world)
    page, faults = open_browser(world.admin, device), []
    for url in pages:
        page.goto(url)
        faults += [f"{url}: {fault}" for fault in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{url}: wider than the screen")
    assert not faults, "\n".join(faults)


def decide_everything(world) -> list[str]:
    """Bring a year to its end; afterwards add a record and a person, so that then and now differ."""
    build_serving(world)
    able, short, _ = make_branch_of_twelve(world)
    exception = ask_exception(user=world.secretary, member_id=short.pk, year=world.year, grounds="病假")
    decide_exception(user=world.admin, exception_id=exception.pk, granted=True, reason="属实")
    lead = make_branch_secretary(world.a2, world.quiet)
    sheet = approve_sheet(start_as(world, lead), branch=lead, college=world.secretary, excellent=able[:2])
    title = make_title(world)
    nomination = choose_as(world, nominate_as(world, title, able[0], user=world.secretary))
    announce_title(user=world.admin, title_id=title.pk)
    decide_title(user=world.admin, title_id=title.pk)
    make_candidate(world)
    track = admit_as(world)
    publish_weights(user=world.admin, year=world.year, weights=SUGGESTED)
    result = lock_result(user=world.admin, year=world.year)
    commended = save_as(world)
    issue_commendation(user=world.admin, year=world.year, commendation_id=commended.pk)
    revoke_registration(user=world.secretary, member_id=able[0].pk, reason="编号有误")
    ServiceRecordFactory(member=able[1], minutes=60)
    return [
        "/eligibility/",
        f"/eligibility/members/{short.pk}/",
        exception.get_absolute_url(),
        sheet.get_absolute_url(),
        title.get_absolute_url(),
        f"{title.get_absolute_url()}publication/",
        nomination.get_absolute_url(),
        track.get_absolute_url(),
        f"{track.get_absolute_url()}slip/",
        result.get_absolute_url(),
        commended.get_absolute_url(),
        f"{commended.get_absolute_url()}proofs/",
    ]
