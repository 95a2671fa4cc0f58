"""The calendar of a year: the stage that is running on a day, and the dates and thresholds that are valid."""

from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from members.calendar import (
    build_stage_line,
    describe_closed_year,
    describe_open_year,
    duration_text,
    semesters_problem,
    year_problems,
)

BEIJING = ZoneInfo("Asia/Shanghai")
NOTICE = {
    "tidy_starts_on": date(2018, 9, 20),
    "tidy_ends_on": date(2018, 9, 25),
    "registration_starts_on": date(2018, 9, 26),
    "registration_ends_on": date(2018, 10, 10),
    "bulletin_anchor": date(2018, 10, 10),
    "bulletin_ends_on": date(2018, 12, 31),
    "pairing_opens_at": datetime(2018, 10, 15, tzinfo=BEIJING),
    "pairing_closes_at": datetime(2018, 10, 26, 23, 59, 59, tzinfo=BEIJING),
    "first_service_by": date(2018, 11, 30),
}


@pytest.fixture
def notice():
    return SimpleNamespace(year=2018, **NOTICE)


def list_states(year, today):
    return [stage.state for stage in build_stage_line(year, today=today)]


def list_notes(year, today):
    return [(stage.label, stage.note) for stage in build_stage_line(year, today=today) if stage.note]


# --- the timeline of the year ---


def test_before_the_first_stage_everything_lies_ahead(notice):
    assert list_states(notice, date(2018, 9, 1)) == ["next"] * 5
    assert list_notes(notice, date(2018, 9, 1)) == [("组织梳理", "19 天后开始")]


def test_the_line_names_the_stages_of_the_notice_with_their_days(notice):
    assert [
        (stage.label, stage.clause, stage.dates) for stage in build_stage_line(notice, today=date(2018, 9, 1))
    ] == [
        ("组织梳理", "三（一）", "9月20日—9月25日"),
        ("团员注册", "三（二）", "9月26日—10月10日"),
        ("街乡结对", "三（三）", "10月15日—10月26日"),
        ("志愿服务", "三（四）", "10月27日—11月30日"),
        ("常态化推动", "三（五）", "2019年1月起"),
    ]


def test_a_first_service_due_before_the_pairing_closes_is_a_stage_of_one_day(notice):
    notice.first_service_by = date(2018, 10, 20)
    served = build_stage_line(notice, today=date(2018, 10, 20))[3]
    assert (served.dates, served.state, served.note) == ("10月20日", "now", "今天截止")


@pytest.mark.parametrize(
    ("today", "running", "note"),
    [
        (date(2018, 9, 20), "组织梳理", "还有 5 天"),
        (date(2018, 9, 25), "组织梳理", "今天截止"),
        (date(2018, 9, 26), "团员注册", "还有 14 天"),
        (date(2018, 10, 15), "街乡结对", "还有 11 天"),
        (date(2018, 10, 26), "街乡结对", "今天截止"),
        (date(2018, 10, 27), "志愿服务", "还有 34 天"),
        (date(2018, 11, 30), "志愿服务", "今天截止"),
    ],
)
def test_the_running_stage_says_how_long_it_lasts(notice, today, running, note):
    line = build_stage_line(notice, today=today)
    assert [(stage.label, stage.note) for stage in line if stage.state == "now"] == [(running, note)]
    assert list_notes(notice, today) == [(running, note)]


def test_between_two_stages_the_next_one_is_announced(notice):
    assert list_states(notice, date(2018, 10, 12)) == ["done", "done", "next", "next", "next"]
    assert list_notes(notice, date(2018, 10, 12)) == [("街乡结对", "3 天后开始")]


def test_from_january_the_year_runs_on(notice):
    assert list_states(notice, date(2018, 12, 31))[-1] == "next"
    assert list_states(notice, date(2019, 1, 1)) == ["done"] * 4 + ["now"]
    assert list_notes(notice, date(2019, 1, 1)) == []


def test_the_day_of_a_stage_is_the_day_in_beijing(notice):
    # 15 October 00:00 in Beijing is still the 14th in UTC.
    notice.pairing_opens_at = datetime(2018, 10, 14, 16, tzinfo=ZoneInfo("UTC"))
    assert list_states(notice, date(2018, 10, 15))[2] == "now"
    assert list_states(notice, date(2018, 10, 14))[2] == "next"


# --- valid dates and thresholds ---


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("tidy_ends_on", date(2018, 9, 19), "结束日期不能早于开始日期"),
        ("registration_ends_on", date(2018, 9, 25), "结束日期不能早于开始日期"),
        ("registration_starts_on", date(2018, 9, 19), "不能早于组织梳理开始"),
        ("bulletin_anchor", date(2018, 9, 25), "不能早于团员注册开始"),
        ("bulletin_ends_on", date(2018, 10, 9), "不能早于首期通报"),
        ("pairing_closes_at", datetime(2018, 10, 15, tzinfo=BEIJING), "必须晚于开放时间"),
        ("first_service_by", date(2018, 10, 14), "不能早于街乡结对开放"),
        ("first_service_by", date(2081, 11, 30), "请检查年份"),
        ("first_service_by", date(2020, 1, 1), "请检查年份"),
        ("tidy_starts_on", date(2016, 12, 31), "请检查年份"),
        ("pairing_closes_at", datetime(2018, 10, 14, tzinfo=BEIJING), "必须晚于开放时间"),
        ("pairing_opens_at", datetime(2018, 9, 25, 23, tzinfo=BEIJING), "不能早于团员注册开始"),
    ],
)
def test_what_is_out_of_order_or_range_is_named(name, value, reason):
    problems = year_problems(NOTICE | {name: value}, year=2018)
    assert reason in problems[name]


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("bulletin_interval_days", 1, 31),
        ("bulletin_first_number", 1, 999),
        ("required_minutes", 60, 30_000),
        ("floor_percent", 1, 100),
        ("excellent_quota_percent", 0, 100),
        ("daily_cap_minutes", 30, 1440),
        ("confirm_working_days", 1, 60),
        ("urban_cap", 1, 50),
        ("suburban_cap", 1, 50),
        ("urban_quota", 0, 500),
        ("suburban_quota", 0, 500),
        ("offline_days", 1, 60),
    ],
)
def test_a_threshold_has_a_range_and_both_ends_belong_to_it(name, low, high):
    for outside in (low - 1, high + 1):
        assert year_problems({name: outside}, year=2018) == {name: f"请填写 {low} 至 {high} 之间的整数。"}
    for inside in (low, high):
        assert year_problems({name: inside}, year=2018) == {}


def test_the_notices_dates_are_in_order_and_all_may_fall_on_one_day():
    assert year_problems(NOTICE, year=2018) == {}
    one_day = {name: date(2018, 10, 15) for name in NOTICE if not name.endswith("_at")}
    hall = {"pairing_opens_at": NOTICE["pairing_opens_at"]}
    closes = {"pairing_closes_at": datetime(2018, 10, 15, 0, 0, 1, tzinfo=BEIJING)}
    assert year_problems(one_day | hall | closes, year=2018) == {}


def test_a_date_may_lie_in_the_year_before_or_after():
    assert year_problems({"tidy_starts_on": date(2017, 1, 1)}, year=2018) == {}
    assert year_problems({"bulletin_ends_on": date(2019, 12, 31)}, year=2018) == {}


@pytest.mark.parametrize("name", sorted(NOTICE))
def test_what_could_not_be_read_is_not_compared(name):
    assert year_problems({other: day for other, day in NOTICE.items() if other != name}, year=2018) == {}


def test_semesters_may_touch_but_not_overlap():
    spring, autumn = (date(2018, 2, 1), date(2018, 7, 31)), (date(2018, 8, 1), date(2019, 1, 31))
    assert semesters_problem([autumn, spring]) == ""
    assert "重叠" in semesters_problem([spring, (date(2018, 7, 31), date(2019, 1, 31))])
    assert "早于" in semesters_problem([(date(2018, 7, 31), date(2018, 2, 1))])
    assert semesters_problem([(date(2018, 7, 1), date(2018, 7, 1))]) == ""
    assert "重叠" in semesters_problem([spring, (date(2018, 3, 1), date(2018, 4, 1)), autumn])


@pytest.mark.parametrize(
    ("minutes", "text"), [(1200, "20 小时"), (90, "1 小时 30 分钟"), (45, "45 分钟"), (0, "0 分钟")]
)
def test_minutes_are_said_as_hours(minutes, text):
    assert duration_text(minutes) == text


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 30), "2026 年度还没有结束，还有 31 天的时长未计入"),
        (date(2026, 12, 30), "2026 年度还没有结束，还有 1 天的时长未计入"),
        (date(2026, 12, 31), "2026 年度今天结束，今天的时长可能还没有计入"),
        (date(2027, 1, 1), ""),
        (date(2026, 1, 1), "2026 年度还没有结束，还有 364 天的时长未计入"),
        (date(2025, 12, 31), "2026 年度还没有开始"),
    ],
)
def test_a_year_that_is_not_over_says_how_many_days_are_missing(day, text):
    assert describe_open_year(2026, day) == text


@pytest.mark.parametrize(
    ("day", "said"), [(date(2025, 12, 31), False), (date(2026, 12, 31), False), (date(2027, 1, 1), True)]
)
def test_a_year_that_is_over_says_that_its_last_day_counts(day, said):
    assert bool(describe_closed_year(2026, day)) == said
