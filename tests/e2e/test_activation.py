"""Slip of a branch → QR code on a phone → own password → 我的, and slips on paper."""

import re
from io import BytesIO
from pathlib import Path

import pytest
import segno
from docx import Document
from docx.oxml.ns import qn
from playwright.sync_api import expect

from members.models import User
from members.slips import PIXELS
from tests.e2e.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.django_db(transaction=True)

CODE = re.compile(r"(?:\w{4}-){2}\w{4}")
PASSWORD = "chrysantheme-77"
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def read_slip(path: Path, name: str) -> tuple[str, bytes]:
    """Return the code and the QR code's picture of a person's slip."""
    document = Document(path)
    texts = [cell.text for table in document.tables for row in table.rows for cell in row.cells if cell.text]
    pictures = list(document.element.body.iter(qn("a:blip")))
    place = next(place for place, text in enumerate(texts) if text.startswith(f"{name}\n"))
    return CODE.search(texts[place])[0], document.part.related_parts[pictures[place].get(qn("r:embed"))].blob


def draw(address: str) -> bytes:
    buffer = BytesIO()
    segno.make_qr(address, error="q").save(buffer, kind="png", scale=PIXELS, border=4)
    return buffer.getvalue()


def test_a_slip_becomes_an_account_on_a_phone(world, open_browser, live_server, violations):
    desk = open_browser(world.secretary)
    desk.goto("/activation/")
    assert not violations(desk)
    row = desk.get_by_role("row").filter(has_text="法学1801团支部")
    row.get_by_role("link", name="激活纸条").click()
    assert not violations(desk)
    with desk.expect_download() as download:
        desk.get_by_role("button", name="发放并下载 Word 文档").click()
    code, picture = read_slip(download.value.path(), world.reported.name)
    address = f"{live_server.url}/activate/{code}/"
    assert picture == draw(address)

    phone = open_browser(None, PHONE)
    phone.goto(address)
    expect(phone).to_have_url(f"{live_server.url}/activate/password/")
    expect(phone.get_by_text("2018****04")).to_be_visible()
    assert not violations(phone, touch=True)
    assert not phone.evaluate(WIDE)
    phone.get_by_label("新密码").fill(PASSWORD)
    phone.get_by_label("再输入一次").fill(PASSWORD)
    phone.get_by_role("button", name="激活并登录").click()
    expect(phone).to_have_url(f"{live_server.url}/me/")
    assert User.objects.get(member=world.reported).check_password(PASSWORD)

    phone.goto(address)
    expect(phone.get_by_text("号码或激活码不正确")).to_be_visible()
    desk.goto("/activation/")
    expect(row.get_by_role("cell").nth(1)).to_have_text("1")


def test_a_typed_code_leads_to_the_same_page_and_a_refusal_keeps_the_number(world, open_browser, violations):
    desk = open_browser(world.branch_secretary)
    desk.goto(f"/members/{world.reported.pk}/code/")
    assert not violations(desk)
    desk.get_by_role("button", name="发放激活码").click()
    assert not violations(desk)
    code = CODE.search(desk.locator(".activation-code").inner_text())[0]

    phone = open_browser(None, PHONE)
    phone.goto("/activate/")
    assert not violations(phone, touch=True)
    phone.get_by_label("学校").select_option("JH")
    phone.get_by_label("学号或工号").fill("2018010004")
    phone.get_by_label("激活码", exact=True).fill("3333 3333 3333")
    phone.get_by_role("button", name="下一步").click()
    expect(phone.get_by_text("号码或激活码不正确")).to_be_visible()
    expect(phone.get_by_label("学号或工号")).to_have_value("2018010004")
    assert not violations(phone, touch=True)
    phone.get_by_label("激活码", exact=True).fill(code.lower().replace("-", ""))
    phone.get_by_role("button", name="下一步").click()
    expect(phone.get_by_text("李**")).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_print_page_holds_eight_slips_a_sheet(device, world, open_browser, violations):
    page = open_browser(world.secretary, device)
    page.goto(f"/activation/branches/{world.a1.pk}/")
    assert not page.evaluate(WIDE)
    page.get_by_role("button", name="发放并打开打印页").click()
    expect(page.get_by_role("heading", name="激活纸条")).to_be_visible()
    assert not page.evaluate(WIDE)
    assert not violations(page)
    sheet = page.pdf(format="A4", prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") == 2  # eleven people
