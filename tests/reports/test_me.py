"""我的: the own hours towards the year's 20, the registration, and no data of other people."""

import gzip
import re
from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Member, ServiceYear
from members.services.schools import open_year
from reports.services.appraisal import approve_appraisal, submit_appraisal
from tests.activities.counting import link_as_one_service
from tests.activities.serving import build_serving
from tests.factories import BEIJING, ServiceRecordFactory, make_account, make_branch_secretary
from tests.reports.appraising import fill_sheet, make_branch_of_twelve, start_as
from tests.reports.test_admission import make_candidate
from tests.walk import read_text

NOW = datetime(2018, 11, 20, 9, tzinfo=BEIJING)


@pytest.fixture
def in_2018(time_machine):
    time_machine.move_to(NOW)


def post_report(client, **changed):
    sent = {
        "account_done": "on",
        "profile_done": "on",
        "volunteer_no": "110109000000001",
        "registered_on": "2018-10-08",
    }
    return client.post(reverse("me_report"), sent | changed, follow=True)


def test_a_report_waits_for_verification(world, client_of):
    page = post_report(client_of(world.member)).content.decode()
    assert "已自报，等待核实" in page
    world.missing.refresh_from_db()
    assert world.missing.reported_no == "110109000000001"
    assert world.missing.registered_on is None


def test_the_first_step_alone_can_be_saved(world, client_of):
    post_report(client_of(world.member), volunteer_no="", registered_on="", profile_done="")
    world.missing.refresh_from_db()
    assert world.missing.league_account_on is not None
    assert world.missing.reported_on is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"volunteer_no": ""}, "volunteer_no"),
        ({"registered_on": ""}, "registered_on"),
        ({"registered_on": "2099-01-01"}, "registered_on"),
        ({"volunteer_no": "看不懂"}, "volunteer_no"),
    ],
)
def test_an_incomplete_report_is_refused_in_place(world, client_of, changed, field):
    response = post_report(client_of(world.member), **changed)
    assert field in response.context["form"].errors
    world.missing.refresh_from_db()
    assert world.missing.reported_on is None


def test_a_verified_registration_shows_number_date_and_source(world, client_of):
    page = client_of(world.branch_secretary).get(reverse("me")).content.decode()
    for words in (world.lead.volunteer_no, "2018-09-28", "志愿北京名单"):
        assert words in page
    assert "<form" not in page.split('id="main"')[1]


def test_nobody_else_stands_on_the_own_page(world, client_of):
    page = client_of(world.member).get(reverse("me")).content.decode()
    assert "已注册 3 人，团员 6 人" in page
    for person in Member.objects.exclude(pk=world.missing.pk):
        assert person.student_no not in page
        assert person.name not in page


# --- hours ---


def make_record(world, **fields):
    return ServiceRecordFactory(member=world.missing, **fields)


def fetch_own_page(world, client_of, **query):
    return client_of(world.member).get(reverse("me", query=query))


def test_the_ring_and_the_figures_beside_it(in_2018, world, client_of):
    make_record(world, minutes=750)
    make_record(world, pending=True, minutes=90)
    make_record(world, state="rejected", decision_note="时间不符", minutes=30)
    make_record(world, state="voided", voided_at=NOW, void_reason="重复登记", minutes=45)
    response = fetch_own_page(world, client_of)
    seen = {name: response.context[name] for name in ("counted", "waiting", "rejected", "missing", "percent")}
    assert seen == {"counted": 750, "waiting": 90, "rejected": 30, "missing": 450, "percent": 62}
    page = response.content.decode()
    for words in (
        ">12.5<",
        "/ 20 小时",
        "还差 7.5 小时",
        "时间不符",
        "重复登记",
        'stroke-dasharray="62 100"',
    ):
        assert words in page


@pytest.mark.parametrize(("minutes", "word", "figure"), [(1199, "尚未达到", "19.9"), (1200, "已达到", "20")])
def test_a_minute_decides_and_the_figure_never_says_more_than_there_is(
    in_2018, world, client_of, minutes, word, figure
):
    make_record(world, minutes=minutes)
    page = fetch_own_page(world, client_of).content.decode()
    assert f">{figure}<" in page
    assert word in page.split('class="hours-state"')[1].split("</p>")[0]


def test_records_say_what_they_do_in_the_sum_and_lead_to_their_story(in_2018, world, client_of):
    league, city = (
        make_record(world, title="课堂"),
        make_record(world, title="课堂（市）", source="volunteer_beijing"),
    )
    link_as_one_service(league, city)
    other = make_record(world, title="图书整理", source="volunteer_beijing")
    page = fetch_own_page(world, client_of).content.decode()
    assert "已确认，不计入评议" in page
    for record in (league, city, other):
        assert record.get_absolute_url() in page
        assert reverse("objection_new", args=[record.pk]) in page


def test_another_year_is_a_page_of_its_own(in_2018, world, client_of):
    open_year(school=world.school, year=2017)
    make_record(world, served_on=date(2017, 12, 31), title="去年的服务")
    make_record(world, served_on=date(2018, 1, 1), title="元旦的服务")
    this, last = (
        fetch_own_page(world, client_of).content.decode(),
        fetch_own_page(world, client_of, year=2017),
    )
    assert "元旦的服务" in this
    assert "去年的服务" not in this
    assert last.context["counted"] == 180
    assert "元旦的服务" not in last.content.decode()


def test_a_year_that_was_never_opened_is_the_present_one(in_2018, world, client_of):
    for year in ("1999", "abc", "-1", "9" * 30):
        assert fetch_own_page(world, client_of, year=year).context["year"] == world.year


def test_what_one_is_signed_up_for_and_an_absence_to_object_to(world, client_of, time_machine):
    serving = build_serving(world)
    time_machine.move_to(serving.now)
    ahead, missed = serving.activity(name="下周的课堂"), serving.activity(name="错过的课堂")
    serving.sign_up(ahead, world.missing)
    absent = serving.sign_up(missed, world.missing, no_show_at=serving.now)
    page = fetch_own_page(world, client_of).content.decode()
    assert reverse("offer", args=[ahead.pk]) in page
    assert reverse("objection_absence", args=[absent.pk]) in page


def test_without_a_year_the_registration_stays(world, client_of):
    world.school.years.get().semesters.all().delete()
    ServiceYear.objects.filter(school=world.school).delete()
    page = fetch_own_page(world, client_of)
    assert page.status_code == 200
    assert "请完成志愿者注册" in page.content.decode()


def test_the_page_asks_as_many_questions_for_one_record_as_for_thirty(
    in_2018, world, client_of, django_assert_num_queries
):
    client = client_of(world.member)
    make_record(world)
    client.get(reverse("me"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("me"))
    for day in range(1, 30):
        make_record(world, served_on=date(2018, 10, day), pending=bool(day % 2))
    with django_assert_num_queries(len(few)):
        client.get(reverse("me"))


# --- on a bad connection ---


def test_a_first_visit_stays_small(in_2018, world, client_of):
    """With ten records the page is under 12 KB as sent, and it needs none of its own scripts to be read."""
    for day in range(1, 11):
        make_record(world, served_on=date(2018, 10, day), title="街道垃圾分类宣传与社区环境整治志愿服务行动")
    response = client_of(world.member).get(reverse("me"), headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 12_000
    page = gzip.decompress(response.content).decode()
    assert len(page) < 60_000
    shared = {"js/theme.js", "js/page.js", "htmx"}
    for script in re.findall(r'<script[^>]*src="([^"]+)"', page):
        assert any(name in script for name in shared), script


def test_without_being_on_a_roster_there_is_no_own_page(world, client_of):
    assert client_of(world.secretary).get(reverse("me")).status_code == 403


# --- verdicts on a person ----------


def test_the_approved_grade_stands_beside_the_verdict(in_2018, world, client_of):
    able, *_ = make_branch_of_twelve(world)
    lead = make_branch_secretary(world.a2, world.quiet)
    sheet = fill_sheet(start_as(world, lead), lead, excellent=[world.quiet])
    assert "教育评议等次" not in read_text(client_of(lead).get(reverse("me")))
    submit_appraisal(user=lead, appraisal_id=sheet.pk, now=NOW)
    approve_appraisal(user=world.secretary, appraisal_id=sheet.pk, now=NOW)
    assert "教育评议等次：<strong>优秀" in read_text(client_of(lead).get(reverse("me")))
    others = client_of(world.secretary).get(reverse("eligibility_member", args=[able[1].pk]))
    assert "教育评议等次：<strong>合格" in read_text(others)


def test_somebody_on_the_way_sees_the_steps_the_gate_and_the_hours(in_2018, world, client_of):
    make_candidate(world)
    ServiceRecordFactory(member=world.activist, source="volunteer_beijing", minutes=150)
    shown = read_text(client_of(make_account(world.activist)).get(reverse("me")))
    assert "我的入团" in shown and "2 小时 30 分钟" in shown and "还没有核实的志愿者注册" not in shown
    held_back = read_text(client_of(make_account(world.candidate)).get(reverse("me")))
    assert "才能列为发展对象" in held_back and "还没有登记提出入团申请的日期" in held_back
    assert "我的入团" not in read_text(client_of(world.member).get(reverse("me")))
