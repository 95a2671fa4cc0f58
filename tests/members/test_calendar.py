"""The calendar of a year: where it stands today, and what may be entered for it."""

from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from members.calendar import duration_text, semesters_problem, stage_line, year_problems

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


def states(year, today):
    return [stage.state for stage in stage_line(year, today=today)]


def noted(year, today):
    return [(stage.label, stage.note) for stage in stage_line(year, today=today) if stage.note]


# --- the line of the year ---


def test_before_the_first_stage_everything_lies_ahead(notice):
    assert states(notice, date(2018, 9, 1)) == ["next"] * 5
    assert noted(notice, date(2018, 9, 1)) == [("组织梳理", "19 天后开始")]


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
    line = stage_line(notice, today=today)
    assert [(stage.label, stage.note) for stage in line if stage.state == "now"] == [(running, note)]


def test_between_two_stages_the_next_one_is_announced(notice):
    assert states(notice, date(2018, 10, 12)) == ["done", "done", "next", "next", "next"]
    assert noted(notice, date(2018, 10, 12)) == [("街乡结对", "3 天后开始")]


def test_from_january_the_year_runs_on(notice):
    assert states(notice, date(2018, 12, 31))[-1] == "next"
    assert states(notice, date(2019, 1, 1)) == ["done"] * 4 + ["now"]
    assert noted(notice, date(2019, 1, 1)) == []


def test_the_day_of_a_stage_is_the_day_in_beijing(notice):
    # 15 October 00:00 in Beijing is still the 14th in UTC.
    notice.pairing_opens_at = datetime(2018, 10, 14, 16, tzinfo=ZoneInfo("UTC"))
    assert states(notice, date(2018, 10, 15))[2] == "now"
    assert states(notice, date(2018, 10, 14))[2] == "next"


# --- what may be entered ---


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
        ("floor_percent", 0, "1 至 100"),
        ("floor_percent", 101, "1 至 100"),
        ("bulletin_interval_days", 0, "1 至 31"),
        ("required_minutes", 59, "60 至 30000"),
    ],
)
def test_what_is_out_of_order_or_range_is_named(name, value, reason):
    problems = year_problems(NOTICE | {name: value}, year=2018)
    assert reason in problems[name]


def test_semesters_may_touch_but_not_overlap():
    spring, autumn = (date(2018, 2, 1), date(2018, 7, 31)), (date(2018, 8, 1), date(2019, 1, 31))
    assert semesters_problem([autumn, spring]) == ""
    assert "重叠" in semesters_problem([spring, (date(2018, 7, 31), date(2019, 1, 31))])
    assert "早于" in semesters_problem([(date(2018, 7, 31), date(2018, 2, 1))])


@pytest.mark.parametrize(
    ("minutes", "text"), [(1200, "20 小时"), (90, "1 小时 30 分钟"), (45, "45 分钟"), (0, "0 分钟")]
)
def test_minutes_are_said_as_hours(minutes, text):
    assert duration_text(minutes) == text
