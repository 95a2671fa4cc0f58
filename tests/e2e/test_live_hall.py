"""The open page of the hall updates by itself when others take places, and its buttons open to the second."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pairing.models import PairingCode
from tests.e2e.conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "CQE2E001"
POLL = 3_000  # milliseconds


def set_window(*years, opens_in: timedelta) -> None:
    for year in years:
        year.pairing_opens_at = timezone.now() + opens_in
        year.pairing_closes_at = timezone.now() + timedelta(days=1)
        year.save()


@pytest.fixture
def code(world):
    return PairingCode.objects.create(
        year=world.year,
        code=CODE,
        kind="urban",
        state="handed_out",
        college=world.college_a,
        handed_at=timezone.now(),
    )


def find_hall_row(page, street):
    """Return the street's place count and its button, from its row."""
    row = page.get_by_role("row", name=street.name)
    return row.locator("[data-place]"), row.get_by_role("button", name="结对")


def test_what_one_college_takes_shows_in_the_other_browsers(world, code, open_browser):
    set_window(world.year, world.bh.year, opens_in=timedelta(hours=-1))
    other_school, same_school = open_browser(world.bh.secretary), open_browser(world.secretary_b, PHONE)
    for page in (other_school, same_school):
        page.goto("/hall/")
    left, button = find_hall_row(other_school, world.urban)
    mine, closed = find_hall_row(same_school, world.urban)
    expect(left).to_have_text("5 个", use_inner_text=True)
    expect(mine).to_have_text("5 个", use_inner_text=True)
    expect(closed).to_be_enabled()
    other_school.get_by_label("申请结对码").fill("TYPED")

    claiming = open_browser(world.secretary)
    claiming.goto("/hall/")
    claiming.get_by_label("申请结对码").fill(CODE)
    find_hall_row(claiming, world.urban)[1].click()
    expect(claiming.get_by_role("heading", name="结对成功")).to_be_visible()

    expect(left).to_have_text("4 个", use_inner_text=True, timeout=POLL + 2_000)
    expect(button).to_be_enabled()
    expect(mine).to_have_text("本校已结对", use_inner_text=True, timeout=POLL + 2_000)
    expect(closed).to_be_disabled()
    # The page was not reloaded: the entered text is still there.
    expect(other_school.get_by_label("申请结对码")).to_have_value("TYPED")


def test_the_buttons_open_when_the_countdown_reaches_zero_and_close_at_the_end(world, code, open_browser):
    set_window(world.year, opens_in=timedelta(minutes=10))
    page = open_browser(world.secretary)
    page.clock.install()
    page.goto("/hall/")
    clock, (_, button) = page.locator("[data-clock]"), find_hall_row(page, world.urban)
    expect(clock).to_contain_text("距开放还有 9 分")
    expect(button).to_be_disabled()
    page.clock.run_for(9 * 60_000)
    expect(clock).to_contain_text("秒")
    expect(button).to_be_disabled()
    page.clock.run_for(61_000)
    expect(clock).to_contain_text("正在开放")
    expect(button).to_be_enabled()
    page.clock.fast_forward(25 * 3600 * 1000)
    expect(clock).to_have_text("已经结束")
    expect(button).to_be_disabled()


def test_a_hall_left_open_overnight_starts_anew(world, open_browser, monkeypatch):
    monkeypatch.setattr("pairing.views.hall.TOKEN_SECONDS", -1)
    set_window(world.year, opens_in=timedelta(hours=1))
    page = open_browser(world.secretary)
    page.goto("/hall/")
    with page.expect_navigation(url="**/hall/"):
        pass
    expect(page.locator("[data-clock]")).to_contain_text("距开放还有")
