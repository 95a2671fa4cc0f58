"""The main task of the notice in a browser: sign in → import → result → overview → bulletin."""

from datetime import date

import pytest
import time_machine
from playwright.sync_api import expect

from members.models import Member, School
from members.services.accounts import create_account, grant_role
from members.services.schools import create_school
from members.sheets.workbooks import build_workbook
from reports.models import Bulletin

pytestmark = pytest.mark.django_db(transaction=True)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Twenty people of one branch, one more than once, one row without a number.
PEOPLE = [(f"20180100{n:02d}", f"团员{chr(0x4E00 + n * 7)}", f"138000000{n:02d}") for n in range(1, 21)]
ROSTER = [
    ("学籍号", "姓名", "所在学院", "所在团支部", "政治面貌", "联系电话"),
    *((number, name, "法学院", "法学2018级1班团支部", "共青团员", phone) for number, name, phone in PEOPLE),
    ("", "吴学号", "法学院", "法学2018级1班团支部", "共青团员", ""),
]
# Nineteen are registered; the last row is a stranger.
VOLUNTEERS = [
    ("志愿北京编号", "姓名", "手机", "注册时间"),
    *(
        (f"1100000000{n:02d}", name, f"{phone[:3]}****{phone[-4:]}", "2018-10-01")
        for n, (_, name, phone) in enumerate(PEOPLE[:19])
    ),
    ("110000000099", "陌生人", "139****0000", "2018-10-01"),
]


def build_sheet_bytes(rows) -> bytes:
    return build_workbook([("Sheet1", rows[0], rows[1:])])


@pytest.fixture
def school(transactional_db) -> School:
    school, _ = create_school(code="JH", name="京华大学", year=2018)
    return school


@pytest.fixture
def admin(school):
    user = create_account(school=school, number="T0001", name="校团委老师", password="a-long-password-1")
    grant_role(user=user, role="school_admin", on=school, starts_on=date(2018, 1, 1))
    return user


def test_from_sign_in_to_a_published_bulletin(school, admin, open_browser):
    with time_machine.travel("2018-10-10 09:00 +0800", tick=True):
        page = open_browser()
        page.goto("/")
        page.get_by_label("学号或工号").fill("T0001")
        page.get_by_label("密码", exact=True).fill("a-long-password-1")
        page.get_by_role("button", name="登录").click()

        upload(page, "团员花名册", "花名册.xlsx", build_sheet_bytes(ROSTER))
        expect(page.get_by_text("缺少学号")).to_be_visible()
        confirm_in_browser(page)
        assert Member.objects.count() == 20

        upload(page, "志愿者名单", "志愿者.xlsx", build_sheet_bytes(VOLUNTEERS))
        confirm_in_browser(page)
        expect(page.get_by_role("link", name="处理待认领的 1 行")).to_be_visible()

        page.goto("/overview/")
        expect(page.get_by_text("95.00").first).to_be_visible()

        page.goto("/bulletins/next/")
        page.get_by_role("button", name="发布").click()
        expect(page.get_by_role("link", name="法学院")).to_be_visible()
        bulletin = Bulletin.objects.get()
        assert (bulletin.number, bulletin.members, bulletin.registered) == (1, 20, 19)

        visitor = open_browser()
        visitor.goto(f"/public/{school.code}/")
        expect(visitor.get_by_text("95.00").first).to_be_visible()
        text = visitor.content()
        assert not [name for _, name, _ in PEOPLE if name in text]


def upload(page, kind: str, name: str, content: bytes) -> None:
    page.goto("/imports/new/")
    page.get_by_label("文件类别").select_option(label=kind)
    page.get_by_label("文件", exact=True).set_input_files({"name": name, "mimeType": XLSX, "buffer": content})
    page.get_by_role("button", name="上传并预览").click()
    expect(page.get_by_role("button", name="确认导入")).to_be_visible()


def confirm_in_browser(page) -> None:
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("录入完成")).to_be_visible()
