"""时长确认 in a browser: one box ticks the page, and always matches the ticked rows."""

import pytest
from playwright.sync_api import expect

from activities.models import ServiceRecord
from tests.activities.ledger import make_attended_record
from tests.activities.serving import build_serving

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_box_ticks_the_page_and_follows_the_others(world, open_browser, violations):
    serving = build_serving(world)
    records = [make_attended_record(serving, person) for person in (world.missing, world.quiet, world.lead)]
    college = open_browser(world.secretary)
    college.goto("/hours/")
    whole = college.get_by_label("全选本页可以直接确认的 3 条")
    whole.check()
    left_out = college.get_by_label(world.lead.name)
    expect(left_out).to_be_checked()
    left_out.uncheck()
    expect(whole).not_to_be_checked()
    college.get_by_label("所选记录中的提醒我已逐条看过").check()
    assert not violations(college)
    college.get_by_role("button", name="确认勾选的时长").click()
    expect(college.get_by_text("已确认 2 条记录。").first).to_be_visible()
    waiting = ServiceRecord.objects.get(state=ServiceRecord.State.PENDING)
    assert waiting == records[2]
