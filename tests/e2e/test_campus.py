"""Sign-in and sign-out by a campus on another origin, in a real browser with the portal's content security policy."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from oidc_provider_mock import User as Person
from oidc_provider_mock import run_server_in_thread
from playwright.sync_api import Page, expect

from members.models import CampusLink, User
from tests.campuses import BH, JH, configure_campuses
from tests.cas_server import run_cas_server
from tests.e2e.conftest import DESKTOP, PHONE
from tests.factories import MemberFactory

REFUSED = "不能用校园登录进入"


@pytest.fixture
def cas(world, settings):
    """京华大学 with a CAS server at 127.0.0.1; the portal is at localhost."""
    with run_cas_server() as server:
        configure_campuses(settings, {"JH": {"kind": "cas", "server": server.url, **JH}})
        yield server


@pytest.fixture
def openid(world, settings):
    """Both schools with one OpenID provider at localhost; the portal is opened at 127.0.0.1."""
    people = [
        Person(sub="2018010001", claims={"name": "张伟"}),
        Person(sub=world.lead.student_no, claims={"name": "陈书记"}),
        Person(sub="BH0001", claims={"name": "李四"}),
        Person(sub="9999", claims={"name": "陌生人"}),
    ]
    with run_server_in_thread(user_claims=people) as server:
        url = f"http://localhost:{server.server_port}"
        given = {"kind": "oidc", "server": url, "client_id": "portal"}
        configure_campuses(settings, {"JH": given | JH, "BH": given | BH})
        yield url


@pytest.fixture
def open_page(browser, live_server, client_of):
    """Return `open_page(user, device)`, like `open_browser` for a way over two origins.

    What the page of a campus lacks, and that a refusal has the status 403, is no complaint about the portal.
    """
    contexts, complaints = [], []

    def note_complaint(message) -> None:
        ours = urlsplit(message.location.get("url", "")).port == urlsplit(live_server.url).port
        refusal = "status of 403" in message.text
        if message.type in ("error", "warning") and ("Policy" in message.text or (ours and not refusal)):
            complaints.append(f"{message.location.get('url', '')}: {message.text}")

    def open_one(user=None, device=DESKTOP) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="zh-CN", **device)
        context.set_default_timeout(15_000)
        contexts.append(context)
        if user is not None:
            session = client_of(user).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", note_complaint)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


def get_origin(address: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(address))


def enter_by_cas(page: Page, user: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("button", name=JH["label"]).click()
    page.get_by_label("用户名").fill(user)
    page.get_by_role("button", name="登录").click()


def sign_out(page: Page) -> None:
    page.locator("details.account summary").click()
    page.get_by_role("button", name="退出登录").click()


def test_cas_signs_in_and_out_on_both_sides(cas, world, open_page):
    cas.people["2018010001"] = {"cn": "张伟"}
    page = open_page()
    page.goto("/accounts/login/")
    portal = get_origin(page.url)
    assert portal != get_origin(cas.url)
    page.get_by_role("button", name=JH["label"]).click()
    expect(page).to_have_url(re.compile(re.escape(cas.url)))
    page.get_by_label("用户名").fill("2018010001")
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile(f"^{re.escape(portal)}/"))
    account = User.objects.get(member=world.registered)
    assert SocialAccount.objects.get().user == account
    expect(page.get_by_text("张伟").first).to_be_visible()
    sign_out(page)
    expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()
    assert get_origin(page.url) == portal
    assert not cas.sessions  # also signed out there
    assert cas.ended == [200]
    page.get_by_role("button", name=JH["label"]).click()
    expect(page.get_by_label("用户名")).to_be_visible()  # the campus asks again


def test_signing_out_at_the_campus_ends_the_session_here(cas, world, open_page):
    cas.people["2018010001"] = {"cn": "张伟"}
    page = open_page(device=PHONE)
    enter_by_cas(page, "2018010001")
    page.goto("/messages/")
    expect(page.get_by_role("heading", name="消息").first).to_be_visible()
    page.goto(f"{cas.url}logout")
    page.goto("/messages/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_cas_refuses_a_stranger_and_another_school_s_number_and_lets_a_name_wait(cas, world, open_page):
    MemberFactory(branch=world.bh.a1, student_no="BH0001", name="李四")
    for user, name, heading in (
        ("9999", "陌生人", REFUSED),
        ("BH0001", "李四", REFUSED),
        (world.lead.student_no, "陈书记", "等待学院核对"),
    ):
        cas.people[user] = {"cn": name}
        page = open_page()
        enter_by_cas(page, user)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        page.goto("/messages/")
        expect(page).to_have_url(re.compile("/accounts/login/"))
    assert CampusLink.objects.get().account == world.branch_secretary
    assert not SocialAccount.objects.exists()


def test_a_secretary_accepts_the_name_and_the_person_comes_in(cas, world, open_page):
    cas.people[world.lead.student_no] = {"cn": "陈书记"}
    page = open_page()
    enter_by_cas(page, world.lead.student_no)
    secretary = open_page(world.secretary)
    secretary.goto("/messages/")
    secretary.get_by_role("link", name=re.compile("校园登录核对")).first.click()
    secretary.get_by_role("link", name="核对", exact=True).click()
    secretary.get_by_role("button", name="是同一人，通过").click()
    expect(secretary.get_by_text("校园登录已通过")).to_be_visible()
    enter_by_cas_again(page)
    expect(page.get_by_text("陈支书").first).to_be_visible()


def enter_by_cas_again(page: Page) -> None:
    """Press the button once more: the campus remembers the person and asks nothing."""
    page.goto("/accounts/login/")
    page.get_by_role("button", name=JH["label"]).click()


def test_openid_signs_in_and_out_on_both_sides(openid, world, open_page, live_server):
    portal = live_server.url.replace("localhost", "127.0.0.1")
    page = open_page()
    enter_by_openid(page, portal, "2018010001", openid)
    expect(page).to_have_url(re.compile(f"^{re.escape(portal)}/"))
    account = User.objects.get(member=world.registered)
    assert SocialAccount.objects.get().user == account
    sign_out(page)
    expect(page).to_have_url(re.compile(f"^{re.escape(openid)}/oauth2/end_session"))
    page.get_by_role("button", name="End session").click()
    expect(page).to_have_url(f"{portal}/accounts/login/")
    page.goto(f"{portal}/messages/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_openid_refuses_a_stranger_and_another_school_s_number_and_lets_a_name_wait(
    openid, world, open_page, live_server
):
    MemberFactory(branch=world.bh.a1, student_no="BH0001", name="李四")
    portal = live_server.url.replace("localhost", "127.0.0.1")
    for sub, heading in (("9999", REFUSED), ("BH0001", REFUSED), (world.lead.student_no, "等待学院核对")):
        page = open_page()
        enter_by_openid(page, portal, sub, openid)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        page.goto(f"{portal}/messages/")
        expect(page).to_have_url(re.compile("/accounts/login/"))
    assert not SocialAccount.objects.exists()


def enter_by_openid(page: Page, portal: str, sub: str, provider: str) -> None:
    page.goto(f"{portal}/accounts/login/")
    page.get_by_role("button", name=JH["label"]).click()
    expect(page).to_have_url(re.compile(f"^{re.escape(provider)}/"))
    page.get_by_role("button", name=sub).click()


def test_the_policy_is_what_lets_the_browser_go_there(cas, world, settings, browser, live_server):
    """Without the origin in form-action the same click stays where it is: the first test proves the list."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, "form-action": ["'self'"]}}
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/accounts/login/")
    page.get_by_role("button", name=JH["label"]).click()
    page.wait_for_timeout(1500)
    assert "/accounts/login/" in page.url
    assert any("form-action" in text for text in complaints)
    context.close()
