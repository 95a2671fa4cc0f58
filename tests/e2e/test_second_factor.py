"""Passkeys and authenticator apps in a browser, with Chromium's own virtual authenticator."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.members.test_lockout import attack
from tests.members.test_second_factor import make_code

PASSWORD = "qingnian-zhiyuan-18"


@pytest.fixture
def secretary(world):
    world.secretary.set_password(PASSWORD)
    world.secretary.save()
    return world.secretary


def plug_in(page: Page) -> None:
    """Give the browser a built-in authenticator that always confirms its person."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    client.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="退出登录").click()


def test_from_forced_set_up_to_signing_in_with_a_passkey(secretary, open_browser, settings, violations):
    settings.SECOND_FACTOR_REQUIRED = True
    page = open_browser()
    plug_in(page)
    page.goto("/accounts/login/")
    assert page.url.startswith("http://localhost:")
    if page.get_by_label("学校").count():
        page.get_by_label("学校").select_option(label="京华大学")
    page.get_by_label("学号或工号").fill(secretary.number)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("请先设置第二步验证", exact=True)).to_be_visible()
    page.get_by_role("link", name="添加通行密钥").click()
    page.get_by_label("名称").fill("办公室电脑")
    assert violations(page) == []
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="已经保存好").click()
    expect(page.get_by_text("办公室电脑", exact=False).first).to_be_visible()
    sign_out(page)
    page.goto("/accounts/login/?next=/roster/")
    page.get_by_role("button", name="使用通行密钥").click()
    expect(page.get_by_role("heading", name="花名册")).to_be_visible()


def test_a_passkey_is_the_second_step_and_the_proof(secretary, open_browser, settings, violations):
    page = open_browser(secretary)
    plug_in(page)
    page.goto("/security/passkeys/add/")
    page.get_by_label("名称").fill("手机")
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    sign_out(page)
    page.goto("/accounts/login/")
    if page.get_by_label("学校").count():
        page.get_by_label("学校").select_option(label="京华大学")
    page.get_by_label("学号或工号").fill(secretary.number)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", name="第二步验证")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="使用通行密钥").click()
    page.wait_for_url(lambda address: "/security/" not in address)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    page.goto("/security/codes/")
    expect(page.get_by_role("heading", name="请再次输入密码")).to_be_visible()
    assert violations(page) == []
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
    page.get_by_role("link", name="改用通行密钥").click()
    assert violations(page) == []
    page.get_by_role("button", name="使用通行密钥").click()
    expect(page.get_by_role("heading", name="启用验证器应用")).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_authenticator_app_is_set_up_and_the_pages_are_fit_for_all(
    secretary, open_browser, violations, device
):
    page = open_browser(secretary, device)
    for address in ("/accounts/password/", "/security/passkeys/add/", "/security/", "/security/codes/"):
        page.goto(address)
        assert violations(page, touch=device is PHONE) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    assert page.get_by_role("img", name="二维码").evaluate("image => image.naturalWidth > 100")
    page.get_by_label("验证码").fill(make_code(page.locator(".factor-key").inner_text(), periods=0))
    page.get_by_role("button", name="启用").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    assert Authenticator.objects.filter(user=secretary, type="totp").exists()
    for address in (
        "/security/",
        "/security/codes/end/",
        "/security/recovery/",
        "/security/recovery/new/",
        "/security/confirm/code/",
    ):
        page.goto(address)
        assert violations(page, touch=device is PHONE) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_help_for_others_is_fit_for_all(world, secretary, open_browser, violations, device):
    Authenticator.objects.create(user=secretary, type="totp", data={"secret": "x"})
    attack(secretary.number, 25)
    page = open_browser(world.admin, device)
    for address in (f"/accounts/{secretary.pk}/second-factor/", f"/accounts/{secretary.pk}/"):
        page.goto(address)
        assert violations(page, touch=device is PHONE) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    page.get_by_role("button", name="解除暂停登录").click()
    expect(page.get_by_text("现在可以重新登录")).to_be_visible()
    page.get_by_role("link", name="重置").click()
    page.get_by_label("原因").fill("换了手机，当面核对")
    page.get_by_role("button", name="重置第二步验证").click()
    expect(page.get_by_text("所有设备已退出登录")).to_be_visible()


def test_a_refused_passkey_says_so_in_the_page(secretary, open_browser):
    page = open_browser(secretary)
    page.goto("/security/passkeys/add/")
    page.evaluate(
        "() => { navigator.credentials.create = async () => { throw new DOMException('', 'NotAllowedError') } }"
    )
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_text("您取消了操作")).to_be_visible()
