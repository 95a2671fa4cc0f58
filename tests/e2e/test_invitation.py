"""A street is invited, called, and comes in on its own phone; the school's own browser is refused (三(三)3)."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from members.models import User
from pairing.models import Invitation
from tests.browsers import remember
from tests.e2e.conftest import PHONE
from tests.factories import make_school_admin
from tests.pairing.inviting import PASSWORD, send_invitation
from tests.pairing.pairs import CLAIMED_AT, make_pairing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hall(time_machine, world):
    """Both schools have a college at the urban street; nobody is its liaison yet."""
    time_machine.move_to(CLAIMED_AT, tick=True)
    make_pairing(world.college_a, world.urban, user=world.secretary)
    make_pairing(world.bh.college_a, world.urban, user=world.bh.secretary)
    world.world, world.now = world, CLAIMED_AT
    return world


def open_link(page: Page, invitation: Invitation) -> None:
    page.goto(f"/invited/{invitation.token}/")


def fill_account(phone: Page) -> None:
    phone.get_by_label("姓名").fill("李街道")
    phone.get_by_label("手机号码").fill("13812345678")
    phone.get_by_label("设置密码").fill(PASSWORD)
    phone.get_by_label("再次输入密码").fill(PASSWORD)
    phone.get_by_role("button", name="开通账号").click()


def sign_in(phone: Page, number: str) -> None:
    phone.locator("[name=login]").fill(number)
    phone.locator("[name=password]").fill(PASSWORD)
    if (school := phone.locator("select[name=school]")).count():
        school.select_option("JH")
    phone.get_by_role("button", name="登录", exact=True).click()


def remember_in(page, user) -> None:
    browser = Client()
    remember(browser, user)
    value = browser.cookies[settings.DEVICE_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.DEVICE_COOKIE_NAME, "value": value, "url": page.url}])


def test_from_the_invitation_to_the_street_s_own_phone(hall, open_browser, violations):
    checker = make_school_admin(hall.school, number="T1010", name="冯管理")
    college, admin, phone = open_browser(hall.secretary), open_browser(checker), open_browser(None, PHONE)

    college.goto("/invitations/new/")
    college.get_by_label("街乡").select_option(label=str(hall.urban))
    college.get_by_role("button", name="生成邀请链接").click()
    expect(college.get_by_text("等待校团委核实")).to_be_visible()
    assert not violations(college)
    invitation = Invitation.objects.get()

    open_link(phone, invitation)
    expect(phone.get_by_text("等待学校核实")).to_be_visible()
    assert not violations(phone)

    admin.goto("/invitations/?state=unchecked")
    assert not violations(admin)
    admin.get_by_role("link", name=f"登记核实 {hall.urban}").click()
    assert not violations(admin)
    admin.get_by_label("拨打的电话").fill("010-62770000")
    admin.get_by_label("接听人").fill("街道办王老师")
    admin.get_by_role("button", name="登记核实").click()
    expect(admin.get_by_text("已登记核实").first).to_be_visible()
    assert not violations(admin)

    for page in (college, admin):  # signed in at the school: not the street
        open_link(page, invitation)
        expect(page.get_by_text("不能在这里接受邀请", exact=True)).to_be_visible()
        assert not violations(page)
    remember_in(college, hall.secretary)  # as the sign-in page does
    college.context.clear_cookies(name="sessionid")
    open_link(college, invitation)
    expect(college.get_by_text("不能在这里接受邀请", exact=True)).to_be_visible()

    phone.reload()
    expect(phone.get_by_text("看不到其他学校的内容")).to_be_visible()
    assert not violations(phone, touch=True)
    fill_account(phone)
    number = phone.locator(".account-number").inner_text()
    assert not violations(phone, touch=True)
    phone.get_by_role("link", name="去登录").click()
    sign_in(phone, number)
    expect(phone.get_by_role("heading", name="法学院")).to_be_visible()
    expect(phone.get_by_text("北华大学")).to_have_count(0)
    assert not violations(phone, touch=True)


def test_the_next_school_s_invitation_is_accepted_by_signing_in(hall, open_browser, violations):
    liaison, phone, before = hall.liaison, open_browser(None, PHONE), User.objects.count()
    liaison.set_password(PASSWORD)
    liaison.save()
    open_link(phone, send_invitation(hall, user=hall.bh.admin, year=hall.bh.year))
    phone.get_by_role("link", name="我已有街乡负责人账号：登录后接受").click()
    sign_in(phone, liaison.number)
    expect(phone.get_by_text("不会另开账号")).to_be_visible()
    assert not violations(phone, touch=True)
    phone.get_by_label("手机号码").fill("13812345678")
    phone.get_by_role("button", name="确认接受").click()
    expect(phone.get_by_role("heading", name="已接受邀请")).to_be_visible()
    assert not violations(phone, touch=True)
    phone.get_by_role("link", name="查看对接学院").click()
    for college in ("法学院", "文学院"):
        expect(phone.get_by_role("heading", name=college)).to_be_visible()
    assert not violations(phone, touch=True)
    assert User.objects.count() == before
    assert liaison.grants.count() == 2
