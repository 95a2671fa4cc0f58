"""The first week of an office in browsers: appointed, activated by a slip, second factor, work, 换届.

A college secretary is appointed, activates on a phone and must set up a second factor. She makes the slips of a
branch; one of her people activates and objects to a record. Then a successor takes the office over: the tabs that were
open stop, and the successor finds what came for the office.
"""

import base64
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.templatetags.static import static
from django.utils import timezone
from docx import Document
from playwright.sync_api import Page, expect

from activities.models import Objection, ServiceRecord
from members.models import ActivationCode, Branch, College, Grant, Member, User
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.test_activation import CODE, WIDE, read_slip
from tests.e2e.test_second_factor import plug_in
from tests.factories import (
    BranchFactory,
    CollegeFactory,
    MemberFactory,
    ServiceRecordFactory,
    VolunteerRecordFactory,
)
from tests.first_week import Admin, NewSchool, fill_school_in_browser, make_school

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "chrysantheme-77"
READ_CODE = """async ([library, picture]) => {
    const { default: QrScanner } = await import(library);
    return (await QrScanner.scanImage(picture, { returnDetailedScanResult: true })).data;
}"""


@dataclass
class Medicine:
    """A college without anybody in office: a branch, a person with a record, a volunteer nobody has claimed."""

    college: College
    branch: Branch
    person: Member
    record: ServiceRecord
    unclear: str


@pytest.fixture
def medicine(world) -> Medicine:
    college = CollegeFactory(school=world.school, name="医学院")
    branch = BranchFactory(college=college, name="医学1801团支部")
    person = MemberFactory(branch=branch, name="白同学", student_no="2018030001", registered=True)
    record = ServiceRecordFactory(member=person, title="社区量血压")
    VolunteerRecordFactory(school=world.school, college=college, name="殷待领")
    return Medicine(college, branch, person, record, "殷待领")


@pytest.fixture
def scan(browser, live_server):
    """Return `scan(png)`: what a phone's camera reads in the picture of a QR code."""
    context = browser.new_context(base_url=live_server.url, bypass_csp=True)
    page = context.new_page()
    page.goto("/activate/")

    def read(picture: bytes) -> str:
        encoded = base64.b64encode(picture).decode()
        library = f"{live_server.url}{static('qr-scanner/qr-scanner.min.js')}"
        return page.evaluate(READ_CODE, [library, f"data:image/png;base64,{encoded}"])

    yield read
    context.close()


@pytest.fixture
def open_tolerant_browser(browser, live_server):
    """Return a function that opens a browser which may complain: there a refusal is a message of the console."""
    contexts = []

    def open_page(device) -> Page:
        contexts.append(browser.new_context(base_url=live_server.url, locale="zh-CN", **device))
        contexts[-1].set_default_timeout(15_000)
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


def set_up_passkey(page: Page) -> None:
    """Go the way on which the portal leads somebody who has no second factor yet, to its end."""
    expect(page.get_by_text("请先设置第二步验证", exact=True)).to_be_visible()
    plug_in(page)
    page.get_by_role("link", name="添加通行密钥").click()
    page.get_by_label("名称").fill("我的设备")
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    page.get_by_role("link", name="已经保存好").click()


def activate(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再输入一次").fill(PASSWORD)
    assert not page.evaluate(WIDE)
    page.get_by_role("button", name="激活并登录").click()


def appoint_teacher(page: Page, college: College) -> None:
    """Appoint somebody whom nobody knows yet, since yesterday; the page of the code follows."""
    page.goto("/offices/appoint/")
    page.get_by_label("学院团委书记").check()
    page.get_by_label("学院", exact=True).select_option(label=college.name)
    page.get_by_text("查不到？任命还没有账号的老师").click()
    page.get_by_label("工号").fill("T1010")
    page.get_by_label("姓名", exact=True).fill("周书记")
    page.get_by_label("开始日期").fill(f"{timezone.localdate() - timedelta(days=1):%Y-%m-%d}")
    page.get_by_role("button", name="任命", exact=True).click()
    page.wait_for_url("**/code/")
    page.get_by_role("button", name="发放激活码").click()


def try_all_pages_before_the_factor(page: Page) -> None:
    """Whatever a college secretary asks for, the second factor comes first."""
    for address in ("/", "/roster/", "/activation/", "/offices/appoint/", "/messages/", "/exports/"):
        page.goto(address)
        expect(page.get_by_text("请先设置第二步验证", exact=True)).to_be_visible()


def take_slip(page: Page, medicine: Medicine) -> bytes:
    """Download the branch's slips, and return the picture on that of the person."""
    page.goto("/activation/")
    page.get_by_role("row").filter(has_text=medicine.branch.name).get_by_role("link", name="激活纸条").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="发放并下载 Word 文档").click()
    _, picture = read_slip(download.value.path(), medicine.person.name)
    return picture


def object_to_record(page: Page, record: ServiceRecord) -> None:
    page.goto(f"/records/{record.pk}/objection/")
    page.get_by_label("异议内容").fill("我 8:40 就到场了。")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("待答复")).to_be_visible()


def hand_over_to_nobody(page: Page, college: College) -> None:
    page.goto("/handover/")
    page.get_by_role("link", name=f"换届：{college.name}", exact=True).click()
    expect(page.get_by_role("rowheader", name="时长异议待答复")).to_be_visible()
    page.get_by_label("接任者").press_sequentially("wuzhiwu")
    page.get_by_role("radio", name="吴职务").check()
    page.get_by_label("接任日期").fill(f"{timezone.localdate():%Y-%m-%d}")
    page.get_by_role("button", name="办理换届").click()
    expect(page.get_by_text("已办理换届：吴职务")).to_be_visible()


def refuse_next_click(page: Page, click) -> None:
    """Check that the portal answers the click with 403 and a page that says so."""
    with page.expect_navigation() as answer:
        click()
    assert answer.value is not None and answer.value.status == 403
    expect(page.get_by_role("heading", name="您没有打开这个页面的权限")).to_be_visible()


def answer_objection(page: Page, objection: Objection, *, verdict: str) -> None:
    """Fill in the answer; the click on the button is left to the test."""
    page.goto(objection.get_absolute_url())
    page.get_by_label(verdict, exact=True).check()
    page.get_by_label("答复", exact=True).fill(f"{verdict}：已核对签到。")


def find_work_of_office(page: Page, medicine: Medicine) -> None:
    """Read the messages of the office, and open the list of what is left to do from the message of the hand-over."""
    page.goto("/messages/")
    expect(page.get_by_text("发给：医学院 学院团委书记")).to_be_visible()
    expect(page.get_by_text(medicine.person.name)).to_be_visible()
    page.get_by_role("button", name="您接任医学院").click()
    expect(page.get_by_role("heading", name="工作交接清单")).to_be_visible()
    page.get_by_role("link", name="志愿者名单待认领").click()
    expect(page.get_by_text(medicine.unclear)).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="时长异议待答复").click()
    expect(page.get_by_text(medicine.person.name).first).to_be_visible()


@pytest.fixture
def secretary(medicine, school, scan, open_tolerant_browser, live_server) -> Page:
    """Appoint a teacher whom nobody knows; open her browser after activation and second factor."""
    appoint_teacher(school, medicine.college)
    address = scan(school.locator(".activation-qr").screenshot())
    assert address.startswith(f"{live_server.url}/activate/")
    page = open_tolerant_browser(PHONE)
    activate(page, address)
    try_all_pages_before_the_factor(page)
    set_up_passkey(page)
    return page


@pytest.fixture
def school(world, open_browser, settings) -> Page:
    """Open the browser of the school's admin, who has a second factor."""
    settings.SECOND_FACTOR_REQUIRED = True
    page = open_browser(world.admin)
    page.goto("/")
    set_up_passkey(page)
    return page


@pytest.fixture
def objection(secretary, medicine, scan, open_browser, live_server) -> Objection:
    """Activate a person by the slip of the branch, on a phone; there the person objects to a record."""
    address = scan(take_slip(secretary, medicine))
    assert address.startswith(f"{live_server.url}/activate/")
    phone = open_browser(None, PHONE)
    activate(phone, address)
    expect(phone).to_have_url(f"{live_server.url}/me/")
    expect(phone.get_by_text("志愿者注册")).to_be_visible()
    assert User.objects.get(member=medicine.person).check_password(PASSWORD)
    object_to_record(phone, medicine.record)
    return Objection.objects.get(member=medicine.person)


def test_an_office_from_the_appointment_to_the_successor(
    world, medicine, school, secretary, objection, open_browser
):
    # What the secretary sees before; then two of her tabs are open while the office changes hands.
    secretary.goto("/messages/")
    expect(secretary.get_by_text("发给：医学院 学院团委书记")).to_be_visible()
    answer_objection(secretary, objection, verdict="不采纳")
    other = secretary.context.new_page()
    other.goto("/claims/")
    expect(other.get_by_text(medicine.unclear)).to_be_visible()
    hand_over_to_nobody(school, medicine.college)
    assert Grant.objects.get(user__number="T1010").ends_on == timezone.localdate() - timedelta(days=1)

    # The next click in each, a POST and a GET, is refused and changes nothing.
    refuse_next_click(secretary, secretary.get_by_role("button", name="答复").click)
    objection.refresh_from_db()
    assert (objection.state, objection.answer) == (Objection.State.OPEN, "")
    row = other.get_by_role("row").filter(has_text=medicine.unclear)
    refuse_next_click(other, row.get_by_role("link", name="认领").click)
    other.goto("/messages/")
    expect(other.get_by_role("heading", name="消息", exact=True)).to_be_visible()
    expect(other.get_by_text("发给：医学院 学院团委书记")).to_have_count(0)

    # The successor must have a second factor as well, finds the office's messages and work, and does it.
    successor = open_browser(world.nobody, DESKTOP)
    successor.goto("/messages/")
    set_up_passkey(successor)
    find_work_of_office(successor, medicine)
    answer_objection(successor, objection, verdict="采纳")
    successor.get_by_role("button", name="答复").click()
    expect(successor.get_by_text("已答复，本人会收到消息")).to_be_visible()
    objection.refresh_from_db()
    assert (objection.state, objection.answered_by) == (Objection.State.UPHELD, world.nobody)


def test_an_admin_fills_a_small_school_by_clicks(transactional_db, open_browser, live_server, settings):
    """What `benchmarks/first_week.py` counts for a school of 4,000; the steps here are those of two colleges."""
    settings.SECOND_FACTOR_REQUIRED = True
    school = NewSchool("QA", people=12, branches=2, colleges=2)
    admin = Admin(open_browser())
    fill_school_in_browser(school, admin, make_school(school, origin=live_server.url))
    assert ActivationCode.objects.exclude(voided_at=None).count() == 0
    assert ActivationCode.objects.values("account").distinct().count() == school.everybody == 15
    codes = [set(CODE.findall(Document(path).element.body.xml)) for path in admin.slips]
    assert [len(of_college) for of_college in codes] == [7, 7]
    assert (admin.clicks, admin.fields, admin.files) == (19, 4, 2)
