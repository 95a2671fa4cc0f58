"""Pages and files of issues: who reads what, their content, and a fixed number of queries."""

from datetime import date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from members.models import Member
from reports.models import Bulletin
from reports.services.bulletins import correct_bulletin, publish_bulletin
from tests.factories import BranchFactory, CollegeFactory, MemberFactory, make_registration

BEIJING = ZoneInfo("Asia/Shanghai")
NOON_OF_THE_13TH = datetime(2018, 10, 13, 12, tzinfo=BEIJING)


def make_moment(day: int, hour: int = 8) -> datetime:
    return datetime(2018, 10, day, hour, tzinfo=BEIJING)


@pytest.fixture
def issue(world) -> Bulletin:
    return publish_bulletin(school=world.school, on=date(2018, 10, 10), now=make_moment(10))


@pytest.fixture(autouse=True)
def on_the_13th():
    with time_machine.travel(NOON_OF_THE_13TH, tick=False):
        yield


def read_text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


# --- reading ------------------------------------------------------------------------------------------------


def test_everybody_of_the_school_reads_the_issue_and_its_annex(world, issue, client_of):
    for reader in (world.admin, world.secretary, world.secretary_b, world.branch_secretary, world.member):
        page = read_text(client_of(reader).get(issue.get_absolute_url()))
        assert "2018年第1期" in page
        assert "62.50" in page
        assert "法学1801团支部" in page


@pytest.mark.parametrize("name", ["bulletin", "bulletin_excel", "bulletin_text"])
def test_another_school_and_a_street_find_nothing(world, issue, client_of, name):
    for stranger, answer in ((world.bh.admin, 404), (world.bh.secretary, 404), (world.liaison, 403)):
        assert client_of(stranger).get(reverse(name, args=[issue.pk])).status_code == answer


def test_no_page_or_file_names_a_person(world, issue, client_of):
    people = {person.name for person in world.school.members.all()}
    client = client_of(world.admin)
    pages = [
        read_text(client.get(url)).replace(world.admin.name, "")
        for url in (
            reverse("bulletins"),
            issue.get_absolute_url(),
            reverse("bulletin_text", args=[issue.pk]),
            reverse("bulletin_public", args=["JH"]),
            reverse("bulletin_next"),
        )
    ]
    book = load_workbook(BytesIO(client.get(reverse("bulletin_excel", args=[issue.pk])).content))
    pages.append(str([list(sheet.values) for sheet in book]))
    assert not [name for name in people for page in pages if name in page]


def test_the_list_shows_issues_of_the_own_school_only(world, issue, client_of):
    theirs = publish_bulletin(school=world.bh.school, on=date(2018, 10, 12), now=make_moment(12))
    page = read_text(client_of(world.secretary).get(reverse("bulletins")))
    assert issue.get_absolute_url() in page
    assert theirs.get_absolute_url() not in page


def test_the_list_is_filtered_by_the_address(world, issue, client_of):
    correction = correct_bulletin(bulletin=issue, reason="核对", user=world.admin, now=make_moment(11))
    client = client_of(world.admin)
    assert list(client.get(reverse("bulletins")).context["page"]) == [correction, issue]
    assert list(client.get(reverse("bulletins"), {"kind": "correction"}).context["page"]) == [correction]
    assert list(client.get(reverse("bulletins"), {"sort": "due"}).context["page"]) == [issue, correction]
    assert client.get(reverse("bulletins"), {"year": "2018"}).context["page"].paginator.count == 2
    unknown = client.get(reverse("bulletins"), {"kind": "nonsense"})
    assert unknown.context["filter_form"].errors["kind"]
    assert unknown.context["page"].paginator.count == 2


def test_the_trend_has_one_point_a_date_the_correction_where_there_is_one(world, issue, client_of):
    type(world.missing).objects.filter(pk=world.missing.pk).update(**make_registration(date(2018, 10, 9)))
    correct_bulletin(bulletin=issue, reason="核对", user=world.admin, now=make_moment(11))
    trend = client_of(world.admin).get(reverse("bulletins")).context["trend"]
    assert (trend["labels"], trend["series"][0]["texts"]) == (["10月10日"], ["75.00"])
    assert [line["value"] for line in trend["lines"]] == [95, 100]


def test_an_empty_list_says_what_comes_next(world, client_of):
    assert "还没有发布通报" in read_text(client_of(world.admin).get(reverse("bulletins")))
    assert "还没有发布通报" in read_text(client_of(world.member).get(reverse("bulletins")))


def test_issue_and_correction_link_to_each_other(world, issue, client_of):
    correction = correct_bulletin(
        bulletin=issue, reason="漏导一份名单", user=world.admin, now=make_moment(11)
    )
    client = client_of(world.member)
    original, mended = (
        read_text(client.get(issue.get_absolute_url())),
        read_text(client.get(correction.get_absolute_url())),
    )
    assert correction.get_absolute_url() in original
    assert "请以勘误为准" in original
    assert issue.get_absolute_url() in mended
    assert "漏导一份名单" in mended


def test_a_made_up_issue_is_marked(world, issue, client_of):
    late = publish_bulletin(school=world.school, on=date(2018, 10, 12), now=make_moment(13, 9))
    client = client_of(world.admin)
    assert "补发" in read_text(client.get(late.get_absolute_url()))
    assert "补发" not in read_text(client.get(issue.get_absolute_url()))


# --- number of queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["bulletins", "bulletin", "bulletin_excel", "bulletin_text", "bulletin_public"]
)
def test_one_line_and_thirty_cost_the_same_number_of_queries(world, client_of, name):
    client = client_of(world.admin)
    counts = []
    for colleges, days in ((0, (10,)), (30, range(12, 32, 2))):
        for _ in range(colleges):
            branch = BranchFactory(college=CollegeFactory(school=world.school))
            BranchFactory.create_batch(2, college=branch.college)
            MemberFactory(branch=branch)
        for day in (day for day in days if day <= 30):
            issue = publish_bulletin(school=world.school, on=date(2018, 10, day), now=make_moment(day))
        args = {"bulletins": [], "bulletin_public": ["JH"]}.get(name, [issue.pk])
        client.get(reverse(name, args=args))  # sessions and templates are cached from here on
        with CaptureQueriesContext(connection) as queries:
            text_or_file = client.get(reverse(name, args=args))
        assert text_or_file.status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- files --------------------------------------------------------------------------------------------------


def test_the_workbook_has_colleges_branches_below_and_the_annex(world, issue, client_of):
    response = client_of(world.member).get(reverse("bulletin_excel", args=[issue.pk]))
    book = load_workbook(BytesIO(response.content))
    assert book.sheetnames == ["通报", "各学院", "低于95%的团支部", "附件 各团支部"]
    assert [row[:5] for row in list(book["各学院"].values)[1:]] == [
        (1, "物理学院", 1, 1, 100),
        (2, "法学院", 7, 4, 57.14),
    ]
    assert [row[1:5] for row in list(book["低于95%的团支部"].values)[1:]] == [("法学1801团支部", 6, 3, 50)]
    assert [row[1] for row in list(book["附件 各团支部"].values)[1:]] == [
        "物理1801团支部",
        "物理1802团支部",
        "法学1801团支部",
        "法学1802团支部",
    ]
    assert list(book["附件 各团支部"].values)[2][4] == "不适用"


def test_a_name_cannot_run_as_a_formula(world, client_of):
    world.a1.name = '=HYPERLINK("http://example.com","x")'
    world.a1.save()
    issue = publish_bulletin(school=world.school, on=date(2018, 10, 10), now=make_moment(10))
    response = client_of(world.admin).get(reverse("bulletin_excel", args=[issue.pk]))
    cells = [cell for sheet in load_workbook(BytesIO(response.content)) for row in sheet.rows for cell in row]
    assert world.a1.name in [cell.value for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_the_list_is_exported_whole_as_filtered(world, issue, client_of):
    correct_bulletin(bulletin=issue, reason="核对", user=world.admin, now=make_moment(11))
    client = client_of(world.admin)
    whole = load_workbook(BytesIO(client.get(reverse("bulletins_excel")).content)).active
    assert [row[0] for row in whole.values][1:] == ["2018年第1期勘误1", "2018年第1期"]
    regular = client.get(reverse("bulletins_excel"), {"kind": "regular"}).content
    assert load_workbook(BytesIO(regular)).active.max_row == 2


def test_the_text_for_wechat_stands_alone_too(world, issue, client_of):
    response = client_of(world.member).get(reverse("bulletin_text", args=[issue.pk]), {"plain": ""})
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    text = read_text(response)
    assert "全校：团员 8 人，已注册 5 人，注册率 62.50%" in text
    assert "2. 法学院 57.14%（4/7）" in text
    assert "· 法学院 法学1801团支部 50.00%（还差 3 人）" in text
    assert text.strip() in read_text(client_of(world.member).get(reverse("bulletin_text", args=[issue.pk])))


# --- the public page ----------------------------------------------------------------------------------------


def test_the_public_page_shows_the_latest_issue_without_branches(world, issue, client):
    latest = publish_bulletin(school=world.school, on=date(2018, 10, 12), now=make_moment(12))
    page = read_text(client.get(reverse("bulletin_public", args=["JH"])))
    assert latest.title in page
    assert "57.14" in page
    assert "法学1801团支部" not in page


def test_the_public_page_shows_the_correction_of_the_latest_issue(world, issue, client):
    correction = correct_bulletin(
        bulletin=issue, reason="漏导一份名单", user=world.admin, now=make_moment(11)
    )
    page = read_text(client.get(reverse("bulletin_public", args=["JH"])))
    assert correction.title in page
    assert "漏导一份名单" in page


def test_the_public_page_before_the_first_issue_and_of_nowhere(world, client):
    assert "还没有发布通报" in read_text(client.get(reverse("bulletin_public", args=["JH"])))
    assert client.get(reverse("bulletin_public", args=["XX"])).status_code == 404


# --- publishing by hand -------------------------------------------------------------------------------------


def test_the_next_issue_is_previewed_and_a_date_that_has_come_is_published(world, client_of):
    client = client_of(world.admin)
    page = client.get(reverse("bulletin_next"))
    assert page.context["bulletin"].title == "2018年第1期"
    assert [day.day for day in page.context["dates"]] == [12, 10]
    response = client.post(reverse("bulletin_next"), {"on": "2018-10-12"})
    issue = Bulletin.objects.get()
    assert response.url == issue.get_absolute_url()
    assert (issue.number, issue.issued_by, issue.late) == (1, world.admin, True)
    page = client.get(reverse("bulletin_next"))
    assert page.context["bulletin"].title == "2018年第2期"
    assert page.context["dates"] == []  # the 10th is before the first issue


def test_the_page_of_the_first_issue_asks_for_its_number_and_later_pages_do_not(world, client_of):
    client, url = client_of(world.admin), reverse("bulletin_next")
    assert "首期期号" in read_text(client.get(url))
    refused = client.post(url, {"on": "2018-10-12", "first_number": "1000"})
    assert refused.context["form"].errors["first_number"]
    client.post(url, {"on": "2018-10-12", "first_number": "8"})
    assert Bulletin.objects.get().title == "2018年第8期"
    again = client.get(url)
    assert "first_number" not in again.context["form"].fields
    assert ("2018-10-10", "2018年10月10日（第7期）") in again.context["form"].fields["on"].choices


def test_page_text_and_workbook_of_a_correction_mark_the_changed_lines(world, issue, client_of):
    Member.objects.filter(pk=world.missing.pk).update(**make_registration(date(2018, 10, 9)))
    correction = correct_bulletin(
        bulletin=issue, reason="漏导一份名单", user=world.admin, now=make_moment(13)
    )
    client = client_of(world.admin)
    page = read_text(client.get(correction.get_absolute_url()))
    assert "已注册 4→5" in page
    assert "勘误发布于" in page
    text = client.get(reverse("bulletin_text", args=[correction.pk]), {"plain": "1"}).content.decode()
    (law,) = [line for line in text.splitlines() if "法学院 " in line and "/" in line]
    (physics,) = [line for line in text.splitlines() if "物理学院 " in line and "/" in line]
    assert "【更正：已注册 4→5】" in law
    assert "更正" not in physics
    book = load_workbook(BytesIO(client.get(reverse("bulletin_excel", args=[correction.pk])).content))
    header, *rows = book["各学院"].values
    assert header[-1] == "更正（原→现）"
    assert {row[1]: row[-1] or "" for row in rows} == {"法学院": "已注册 4→5", "物理学院": ""}
    plain = load_workbook(BytesIO(client.get(reverse("bulletin_excel", args=[issue.pk])).content))
    assert "更正（原→现）" not in next(plain["各学院"].values)


@pytest.mark.parametrize("on", ["2018-10-11", "2018-10-14", "", "x"])
def test_no_other_date_is_published(world, client_of, on):
    response = client_of(world.admin).post(reverse("bulletin_next"), {"on": on})
    assert response.status_code == 422
    assert response.context["form"].errors["on"]
    assert not Bulletin.objects.exists()


def test_a_correction_is_published_with_its_reason(world, issue, client_of):
    client, url = client_of(world.admin), reverse("bulletin_correct", args=[issue.pk])
    assert "2018年第1期勘误1" in read_text(client.get(url))
    refused = client.post(url, {"reason": ""})
    assert (refused.status_code, Bulletin.objects.count()) == (422, 1)
    response = client.post(url, {"reason": "漏导一份名单", "expected_no": 1})
    correction = Bulletin.objects.get(kind="correction")
    assert response.url == correction.get_absolute_url()
    assert (correction.reason, correction.issued_by) == ("漏导一份名单", world.admin)


def test_a_second_click_issues_no_second_correction(world, issue, client_of):
    client, url = client_of(world.admin), reverse("bulletin_correct", args=[issue.pk])
    asked = {"reason": "漏导一份名单", "expected_no": 1}
    assert client.post(url, asked).status_code == 302
    again = client.post(url, asked)
    assert again.status_code == 422
    assert "请不要重复提交" in again.content.decode()
    assert Bulletin.objects.filter(kind="correction").count() == 1


def test_only_the_school_publishes_and_corrects(world, issue, client_of):
    correct_url = reverse("bulletin_correct", args=[issue.pk])
    for reader in (world.secretary, world.branch_secretary, world.member):
        for url in (reverse("bulletin_next"), correct_url):
            assert client_of(reader).post(url, {"on": "2018-10-12", "reason": "x"}).status_code == 403
    assert client_of(world.bh.admin).post(correct_url, {"reason": "x"}).status_code == 404
    assert Bulletin.objects.get() == issue
