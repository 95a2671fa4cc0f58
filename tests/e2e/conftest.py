"""Fixtures for a real browser on the real pages.

Needs the system's Chromium; without it these tests say so and skip. Where BROWSER_TESTS=required (.ci/run on
CI sets it), they fail instead: a successful run has used a browser.
"""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.world import World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
AXE = Path(django_settings.BASE_DIR) / "node_modules/axe-core/axe.min.js"

DESKTOP = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "color_scheme": "dark",
    "is_mobile": True,
    "has_touch": True,
}

# Only serious findings are returned: the whole result of a long page is megabytes. The page already has the
# style sheets. Axe checks the size of targets only on request.
SERIOUS = """
touch => axe.run(
    document, {resultTypes: ["violations"], preload: false, rules: {"target-size": {enabled: touch}}}
).then(({violations}) => violations.filter(({impact}) => impact === "serious" || impact === "critical"))
"""

expect.set_options(timeout=15_000)  # milliseconds; the other core runs tests as well

# Playwright's loop runs in this thread; Django would refuse the database there although the tests are
# synchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        missing = pytest.fail if os.environ.get("BROWSER_TESTS") == "required" else pytest.skip
        missing("没有找到 Chromium，浏览器测试未运行")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def world(transactional_db, world_template) -> World:
    """Copy the world, committed: the server of a browser test has a connection of its own."""
    return world_template.copy()


@pytest.fixture
def open_browser(browser, live_server, client_of):
    """Return `open_browser(user, PHONE)`: a page of a browser in which that user is signed in.

    Any complaint of its consoles, including content security policy, fails the test at its end.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note_complaint(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.location.get('url', '')}: {message.text}")

    def open_page(user=None, device=DESKTOP) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="zh-CN", **device)
        context.set_default_timeout(15_000)
        contexts.append(context)
        if user is not None:
            session = client_of(user).cookies[django_settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
        page = context.new_page()
        page.on("console", note_complaint)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def violations():
    """Return `violations(page)`: axe's serious or critical findings on the current page, a line each.

    With `touch=True` also targets that are too small or too close to another for a finger.
    """
    source = AXE.read_text(encoding="utf-8")

    def list_violations(page: Page, *, touch: bool = False) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        return [
            f"{violation['id']} ({violation['impact']}): {node['target']}"
            for violation in page.evaluate(SERIOUS, touch)
            for node in violation["nodes"]
        ]

    return list_violations
