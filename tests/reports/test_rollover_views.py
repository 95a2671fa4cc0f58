"""The pages of 年度结转: preview, confirmation, the list afterwards, and the links to them."""

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from members.models import ExportLog, Member, ServiceYear
from pairing.models import Pairing
from reports.models import RollOver
from tests.factories import MemberFactory
from tests.pairing.pairs import make_pairing


@pytest.fixture
def january(world, time_machine):
    time_machine.move_to("2019-01-05 10:00 +0800")
    world.pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    Member.objects.filter(pk=world.lead.pk).update(grade="2014级")
    return world


def fetch_page(client, **data) -> str:
    url = reverse("rollover", args=[2018])
    answer = client.post(url, data, follow=True) if data else client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_preview_shows_dates_items_pairings_and_grades(january, client_of):
    text = fetch_page(client_of(january.admin))
    assert "2019-10-15 00:00:00" in text
    assert "清河街道" in text
    assert "2014级" in text and "入学已满 4 年" in text
    assert "结转到 2019 年度</button>" in text
    assert not RollOver.objects.exists()


def test_without_the_confirmation_nothing_happens_and_the_ticks_stay(january, client_of):
    text = fetch_page(client_of(january.admin), graduates="2014级", released=january.pairing.pk)
    assert "请先核对内容，再勾选确认" in text
    assert text.count("checked") == 2
    assert not RollOver.objects.exists()


def test_confirmed_it_is_done_and_the_same_page_shows_the_list(january, client_of):
    client = client_of(january.admin)
    text = fetch_page(client, confirm="on", graduates="2014级")
    assert "2018 年度已结转到 2019 年度" in text
    assert "共 1 人" in text
    assert "已结转到 2019 年度" in fetch_page(client, confirm="on")
    assert RollOver.objects.count() == 1
    assert Pairing.objects.get().carried_to == 2019


def test_a_grade_that_nobody_has_is_refused_in_place(january, client_of):
    text = fetch_page(client_of(january.admin), confirm="on", graduates="2000级")
    assert "还没有结转" in text
    assert not RollOver.objects.exists()


def test_the_list_leaves_as_a_workbook_and_the_export_is_noted(january, client_of):
    client = client_of(january.admin)
    url = reverse("rollover_export", args=[2018])
    assert client.get(url).status_code == 404
    fetch_page(client, confirm="on", graduates="2014级")
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(url).content))
    items, graduates = (book.get_sheet_by_index(index).to_python() for index in (0, 1))
    assert items[0] == ["事项", "条款", "处理", "说明", "数量", "单位", "内容"]
    assert ["街乡结对和服务队", "三（五）", "转入新年度"] in [row[:3] for row in items]
    assert graduates[1] == ["2014级", 1, 0, 1, 0, 0]
    assert ExportLog.objects.get().kind == "rollover"


def test_in_december_there_is_a_preview_and_the_next_year_can_be_opened(world, client_of, time_machine):
    time_machine.move_to("2018-12-20 10:00 +0800")
    client = client_of(world.admin)
    text = fetch_page(client)
    assert "2019-01-01 起可以结转" in text and "确认结转" not in text
    assert "2018 年度还没有结束" in fetch_page(client, confirm="on")
    answer = client.post(reverse("year_next", args=[2018]), follow=True)
    assert "2019 年度已开设" in answer.content.decode()
    assert ServiceYear.objects.filter(school=world.school, year=2019).exists()
    assert "已于 2018-12-20 开设" in fetch_page(client)
    assert not RollOver.objects.exists()


def test_before_december_the_next_year_is_refused_with_the_day(world, client_of, time_machine):
    time_machine.move_to("2018-11-20 10:00 +0800")
    answer = client_of(world.admin).post(reverse("year_next", args=[2018]), follow=True)
    assert "2019 年度从 2018-12-01 起可以开设" in answer.content.decode()


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2018-11-20 10:00 +0800", ""),
        ("2018-12-20 10:00 +0800", "年度即将结束"),
        ("2019-01-05 10:00 +0800", "请办理年度结转"),
    ],
)
def test_the_overview_leads_there_when_it_is_time(world, client_of, time_machine, now, told):
    time_machine.move_to(now)
    text = client_of(world.admin).get(reverse("overview")).content.decode()
    assert (reverse("rollover", args=[2018]) in text) is bool(told)
    assert told in text


def test_the_years_page_leads_there_for_the_school_only(world, client_of):
    for user, led in ((world.admin, True), (world.secretary, False)):
        text = client_of(user).get(reverse("year", args=[2018])).content.decode()
        assert (reverse("rollover", args=[2018]) in text) is led


def test_a_verdict_of_last_year_stays_on_the_page_of_who_graduated(january, client_of):
    client = client_of(january.admin)
    fetch_page(client, confirm="on", graduates="2014级")
    url = reverse("eligibility_member", args=[january.lead.pk])
    assert "目前不在籍（毕业）" in client.get(url).content.decode()
    assert "目前不在籍" not in client.get(url, {"year": 2018}).content.decode()


def test_who_comes_to_the_roster_later_is_in_the_year_before_what_the_first_spell_says(january, client_of):
    client = client_of(january.admin)
    fetch_page(client, confirm="on")
    new = MemberFactory(branch=january.a1, student_no="2019010001", name="新同学", state="suspended")
    text = client.get(reverse("eligibility_member", args=[new.pk]), {"year": 2018}).content.decode()
    assert "2018-12-31 不在籍（休学）" in text
    listed = client.get(reverse("eligibility"), {"year": 2018, "standing": "not_judged"})
    assert "新同学" in listed.content.decode()


def test_the_preview_asks_as_much_for_a_few_people_as_for_many(january, client_of):
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            fetch_page(client)
        return len(asked)

    client = client_of(january.admin)
    few = count_queries()
    for number in range(12):
        MemberFactory(branch=january.a2, grade=f"{2000 + number}级")
    assert count_queries() == few


def test_the_days_are_those_of_beijing(world, client_of, time_machine):
    time_machine.move_to("2018-12-31 16:30 +0000")
    assert "结转到 2019 年度</button>" in fetch_page(client_of(world.admin))
