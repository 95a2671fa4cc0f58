"""换届 in browsers: the office passes on, the predecessor's open tab stops, the successor finds what waits."""

from datetime import date

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from members.models import Grant
from members.queries.receivers import build_college_office
from members.services.notify import notify
from tests.e2e.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def predecessor(world, browser, live_server, client_of):
    """Open a browser of the present secretary; unlike `open_browser` it may complain: a refusal is a message there."""
    context = browser.new_context(base_url=live_server.url, locale="zh-CN", **DESKTOP)
    context.set_default_timeout(15_000)
    session = client_of(world.secretary).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_from_the_search_to_the_successors_first_page(world, predecessor, open_browser, violations):
    Grant.objects.update(starts_on=date(2018, 9, 1))
    notify(build_college_office(world.college_a.pk), "export_failed", "/", key="waits", problem="等您处理")
    predecessor.goto("/handover/")
    expect(predecessor.get_by_role("link", name="未办事项：法学院", exact=True)).to_be_visible()

    school = open_browser(world.admin)
    school.goto("/handover/")
    school.get_by_role("link", name="换届：法学院", exact=True).click()
    expect(school.get_by_role("rowheader", name="志愿者名单待认领")).to_be_visible()
    assert not violations(school)
    school.get_by_label("接任者").fill("T1009")
    school.get_by_role("radio").first.check()
    school.get_by_label("接任日期").fill(f"{timezone.localdate():%Y-%m-%d}")
    school.get_by_role("button", name="办理换届").click()
    expect(school.get_by_text("已办理换届：吴职务")).to_be_visible()
    assert not violations(school)

    # The next click in the tab that was open before finds nothing to work with.
    predecessor.get_by_role("link", name="未办事项：法学院", exact=True).click()
    expect(predecessor.get_by_role("heading", name="您没有打开这个页面的权限")).to_be_visible()
    predecessor.get_by_role("link", name="返回首页").click()
    expect(predecessor.get_by_role("heading", name="曹书记，您好")).to_be_visible()

    successor = open_browser(world.nobody, PHONE)
    successor.goto("/messages/")
    expect(successor.get_by_text("等您处理")).to_be_visible()
    expect(successor.get_by_text("发给：法学院 学院团委书记")).to_be_visible()
    successor.get_by_role("button", name="您接任法学院").click()
    expect(successor.get_by_role("heading", name="工作交接清单")).to_be_visible()
    assert not violations(successor, touch=True)
    successor.get_by_role("link", name="志愿者名单待认领").click()
    expect(successor.get_by_text(world.unclear.name)).to_be_visible()
