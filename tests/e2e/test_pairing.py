"""The morning of pairing in browsers.

The college reveals its code, takes a street, and confirms the offline part with a photo; the school's board
updates.
"""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from pairing.models import Pairing, PairingCode
from pairing.services.claims import submit_claim
from tests.e2e.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_window(world):
    """Open the window of JH's year now, and give college_a an urban code."""
    now = timezone.now()
    world.year.pairing_opens_at, world.year.pairing_closes_at = (
        now - timedelta(hours=1),
        now + timedelta(days=1),
    )
    world.year.save()
    PairingCode.objects.create(
        year=world.year,
        code="CQE2E001",
        kind="urban",
        state="handed_out",
        college=world.college_a,
        handed_at=now,
    )


def make_photo() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    buffer = BytesIO()
    Image.new("RGB", (3000, 2000), "teal").save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone-dark"])
def test_from_the_code_to_the_board(device, world, open_window, open_browser, violations):
    school = open_browser(world.admin)
    school.goto("/board/")
    row = school.get_by_role("row", name=world.college_a.name)
    expect(row.get_by_text("待结对", exact=True)).to_be_visible()
    expect(school.get_by_text("CQE2E001")).to_have_count(0)

    college = open_browser(world.secretary, device)
    college.goto(f"/colleges/{world.college_a.pk}/code/")
    expect(college.get_by_text("CQE2E001")).to_have_count(0)
    college.get_by_role("button", name="查看结对码").click()
    expect(college.get_by_text("CQE2E001")).to_be_visible()
    college.get_by_role("link", name="去结对大厅").click()
    college.get_by_role("row", name=world.urban.name).get_by_role("button", name="结对").first.click()
    college.get_by_role("link", name="查看结对与下一步").click()
    school.reload()
    expect(row.get_by_text("已结对", exact=True)).to_be_visible()
    expect(row.get_by_text("待完成", exact=True)).to_be_visible()

    college.get_by_role("link", name="登记线下结对").click()
    assert not violations(college)
    college.get_by_label("线下结对日期").fill(timezone.localdate().isoformat())
    college.get_by_label("到场人员").fill("曹书记、清河干部")
    college.get_by_label("照片或扫描件").set_input_files(
        {"name": "合影.jpg", "mimeType": "image/jpeg", "buffer": make_photo()}
    )
    college.get_by_role("button", name="登记", exact=True).click()
    expect(college.get_by_alt_text("线下结对的照片或扫描件")).to_be_visible()
    expect(college.locator(".proof img")).to_have_js_property("naturalWidth", 2000)
    assert not violations(college)

    school.reload()
    expect(row.get_by_text("已完成", exact=True)).to_be_visible()
    with Pairing.objects.get().proof.open() as kept:
        assert b"SecretCamera" not in kept.read()


def test_the_time_left_counts_down_on_the_open_page(world, open_window, open_browser):
    pairing = submit_claim(
        user=world.secretary, college_id=world.college_a.pk, street_id=world.urban.pk, code="CQE2E001"
    )
    page = open_browser(world.secretary)
    page.clock.install()
    page.goto(pairing.get_absolute_url())
    left = page.locator("[data-due]")
    assert left.inner_text().startswith("还剩 3 天")
    page.clock.run_for(24 * 3600 * 1000)
    expect(left).to_contain_text("还剩 2 天")
