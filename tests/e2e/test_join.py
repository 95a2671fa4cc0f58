"""On the phone: scan the team's code (open its link) → sign in → join → the own page shows the team."""

import pytest
from playwright.sync_api import expect

from pairing.models import TeamMembership
from tests.e2e.conftest import PHONE
from tests.pairing.pairs import make_pairing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team(world):
    return make_pairing(world.college_a, world.urban, user=world.secretary).team


def test_a_member_scans_signs_in_and_joins(world, team, open_browser, violations):
    world.member.set_password("a-long-password-1")
    world.member.save()
    desk = open_browser(world.secretary)
    desk.goto(f"/teams/{team.pk}/")
    link = desk.get_by_label("加入链接").input_value()

    phone = open_browser(None, PHONE)
    phone.goto(link)
    phone.get_by_label("学号或工号").fill(world.member.number)
    phone.get_by_label("密码", exact=True).fill("a-long-password-1")
    phone.get_by_role("button", name="登录").click()
    expect(phone.get_by_text(team.name)).to_be_visible()
    assert not violations(phone)
    phone.get_by_role("button", name="加入", exact=True).click()

    expect(phone.get_by_text("已加入", exact=True)).to_be_visible()
    assert TeamMembership.objects.get().member == world.missing
    assert not violations(phone)
    phone.goto("/me/")
    expect(phone.get_by_role("heading", name="我的服务队")).to_be_visible()
    expect(phone.get_by_text("已加入")).to_be_visible()

    desk.reload()
    expect(desk.get_by_role("link", name="团员已加入")).to_be_visible()
    expect(desk.get_by_text("/ 7 人")).to_be_visible()
    desk.goto("/teams/roll/?joined=yes")
    expect(desk.get_by_role("link", name=world.missing.name, exact=True)).to_be_visible()


def test_a_poster_fits_one_sheet_of_paper(world, team, open_browser):
    page = open_browser(world.secretary)
    page.goto(f"/teams/{team.pk}/poster/")
    sheet = page.pdf(format="A4", prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") == 1
