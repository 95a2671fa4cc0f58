"""The time of a service in every form that sheets use."""

# ruff: noqa: DTZ001 - a sheet's times are local and say no zone

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.rules.ledgers import choose_minutes, parse_record_state, recognise_ledger
from activities.rules.moments import Moment, clean_moment, parse_service_span
from members.sheets.cells import CellError

DAY = date(2018, 10, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "2018-10-01",
        "2018/10/1",
        "2018.10.01",
        "20181001",
        "2018年10月1日",
        date(2018, 10, 1),
        43374,
        "43374",
    ],
)
def test_a_day_alone(cell):
    assert clean_moment(cell) == Moment(DAY, None)


@pytest.mark.parametrize(
    "cell",
    [
        "2018-10-01 14:30:00",
        "2018-10-01 14:30",
        "2018/10/1 14:30",
        "2018-10-01T14:30:00",
        "2018年10月1日 14时30分",
        "2018年10月1日下午2:30",
        "２０１８-10-01　14：30",
        datetime(2018, 10, 1, 14, 30),
        43374 + 14.5 / 24,
    ],
)
def test_a_day_with_a_time(cell):
    assert clean_moment(cell) == Moment(DAY, 14 * 60 + 30)


@pytest.mark.parametrize(
    ("cell", "end"),
    [
        ("2018-10-01 14:30-16:00", datetime(2018, 10, 1, 16)),
        ("2018/10/1 14：30～16：00", datetime(2018, 10, 1, 16)),
        ("2018年10月1日 14时30分至16时", datetime(2018, 10, 1, 16)),
        ("2018.10.01 下午2:30 — 下午4点", datetime(2018, 10, 1, 16)),
        ("2018-10-01 14:30:00 到 2018-10-01 16:00:00", datetime(2018, 10, 1, 16)),
        ("2018-10-01 14:30--00:30", datetime(2018, 10, 2, 0, 30)),
        ("2018-10-01 14:30-2018-10-02 00:30", datetime(2018, 10, 2, 0, 30)),
    ],
)
def test_beginning_and_end_in_one_cell(cell, end):
    assert parse_service_span(clean_moment(cell), None, None) == (DAY, datetime(2018, 10, 1, 14, 30), end)


def test_times_of_a_day_in_one_cell_and_an_end_of_its_own_goes_before():
    times = clean_moment("14:30-16:00")
    begins = datetime(2018, 10, 1, 14, 30)
    assert parse_service_span(Moment(DAY, None), times, None) == (DAY, begins, datetime(2018, 10, 1, 16))
    assert parse_service_span(Moment(DAY, None), times, Moment(None, 17 * 60)) == (
        DAY,
        begins,
        datetime(2018, 10, 1, 17),
    )


@pytest.mark.parametrize(
    "cell",
    [
        "2018-10-01 14:30-",
        "2018-10-01 14:30-下午",
        "2018-10-01 - 2018-10-03",
        "2018-10-01 9:00-无",
        "2018-10-01 9:00-2018-10-02",
    ],
)
def test_half_of_a_beginning_and_an_end_is_not_guessed(cell):
    with pytest.raises(CellError, match="不是日期"):
        clean_moment(cell)


@pytest.mark.parametrize(
    ("number", "day"),
    [(20000.5, date(1954, 10, 3)), (43375.5, date(2018, 10, 2)), (59999.5, date(2064, 4, 7))],
)
def test_a_spreadsheets_number_with_a_fraction_is_a_day_at_a_time(number, day):
    assert clean_moment(number) == Moment(day, 720)


@pytest.mark.parametrize(("hour", "minute"), [("9", "60"), ("24", "01")])
def test_what_is_no_moment_is_shown_as_far_as_it_is_of_use(hour, minute):
    with pytest.raises(CellError, match=f"^“{hour:30}”不是一天中的时间$"):
        clean_moment(f"{hour:40}:{minute}")


@pytest.mark.parametrize(
    ("cell", "minute"),
    [
        ("9:00", 540),
        ("09:00", 540),
        ("9：00", 540),
        ("09:00:00", 540),
        ("9点", 540),
        ("9点30分", 570),
        ("9时30", 570),
        ("上午9:00", 540),
        ("下午 2:05", 845),
        ("2:05 PM", 845),
        ("12:05 PM", 725),
        ("12:05 AM", 5),
        ("凌晨2:00", 120),
        ("凌晨12:30", 30),
        ("上午12:30", 30),  # the way spreadsheets write it in Chinese
        ("早上12:30", 30),
        ("下午11:30", 1410),
        ("中午1:30", 810),
        ("中午11:30", 690),
        ("中午12:30", 750),
        ("中午3:00", 900),
        ("中午4:00", 240),
        ("下午12:30", 750),
        ("下午14:00", 840),
        ("晚上5点", 1020),
        ("晚上8点", 1200),
        ("晚上12:00", 1440),
        ("14:30+08:00", 870),
        ("14时30分20秒", 870),
        ("9:59", 599),
        (1.0, 1440),
        (timedelta(hours=24), 1440),
        (timedelta(hours=9, seconds=59), 540),
        (time(9, 30, 59), 570),
        ("上午13:00", 780),
        ("0930", 570),
        ("24:00", 1440),
        ("0:00", 0),
        (time(9, 30), 570),
        (0.375, 540),
        (0, 0),
        (timedelta(hours=9), 540),
    ],
)
def test_a_time_alone(cell, minute):
    assert clean_moment(cell) == Moment(None, minute)


@pytest.mark.parametrize("cell", ["", None, "-", "无"])
def test_nothing(cell):
    assert clean_moment(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        "25:00",
        "9:61",
        "上午",
        "2018-13-01",
        "2018-02-30 9:00",
        "明天",
        1.5e9,
        "9:60",
        "24:01",
        "晚上12:30",
        "晚上1点",
        "晚上4:00",
        "2018-10-01 9",
        True,
        19999.5,
        60000.5,
        60001.5,
        timedelta(minutes=-1),
        1.5,
        -0.1,
        timedelta(hours=-1),
        timedelta(hours=25),
    ],
)
def test_what_is_no_moment_is_refused(cell):
    with pytest.raises(CellError):
        clean_moment(cell)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)))
def test_what_is_written_is_read_again(moment):
    minute = moment.hour * 60 + moment.minute
    for form in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y%m%d %H:%M"):
        assert clean_moment(moment.strftime(form)) == Moment(moment.date(), minute)


def test_a_service_that_ends_after_midnight_belongs_to_the_day_of_its_beginning():
    served, begins, ends = parse_service_span(
        Moment(date(2018, 12, 31), None), Moment(None, 22 * 60), Moment(None, 60)
    )
    assert served == date(2018, 12, 31)
    assert (begins, ends) == (datetime(2018, 12, 31, 22), datetime(2019, 1, 1, 1))


def test_the_same_time_once_more_tells_no_end():
    assert parse_service_span(Moment(DAY, None), Moment(None, 540), Moment(None, 540)) == (
        DAY,
        datetime(2018, 10, 1, 9),
        None,
    )
    assert parse_service_span(Moment(DAY, None), Moment(None, 540), Moment(None, 539))[2] == datetime(
        2018, 10, 2, 8, 59
    )
    assert parse_service_span(Moment(DAY, None), Moment(None, 540), Moment(None, 541))[2] == datetime(
        2018, 10, 1, 9, 1
    )
    assert parse_service_span(Moment(DAY, None), Moment(None, 0), Moment(None, 1440))[2] == datetime(
        2018, 10, 2
    )


def test_an_end_with_a_day_of_its_own_is_on_that_day():
    begins, ends = Moment(DAY, 540), Moment(date(2018, 10, 2), 540)
    assert parse_service_span(None, begins, ends)[2] == datetime(2018, 10, 2, 9)
    with pytest.raises(ValueError, match="结束时间不晚于"):
        parse_service_span(None, begins, Moment(DAY, 539))


def test_the_time_in_the_day_s_cell_is_the_beginning():
    assert parse_service_span(Moment(DAY, 840), None, None) == (DAY, datetime(2018, 10, 1, 14), None)
    assert parse_service_span(Moment(DAY, None), None, Moment(None, 600)) == (DAY, None, None)
    assert parse_service_span(None, Moment(DAY, 540), Moment(DAY, 600))[2] == datetime(2018, 10, 1, 10)


@pytest.mark.parametrize("midnight", ["2018-10-02 00:00", "2018-10-02 00:00:00", datetime(2018, 10, 2)])
def test_midnight_beside_a_day_is_a_time_where_the_other_end_tells_one(midnight):
    late, early = clean_moment("2018-10-01 22:00"), clean_moment("02:00")
    day, midnight = Moment(DAY, None), clean_moment(midnight)
    begins, ends = datetime(2018, 10, 1, 22), datetime(2018, 10, 2)
    assert parse_service_span(day, late, midnight) == (DAY, begins, ends)
    assert parse_service_span(None, midnight, early) == (ends.date(), ends, datetime(2018, 10, 2, 2))


def test_midnight_alone_is_only_the_day():
    midnight, next_midnight = clean_moment(datetime(2018, 10, 1)), clean_moment("2018-10-02 00:00")
    assert parse_service_span(midnight, None, None) == (DAY, None, None)
    assert parse_service_span(midnight, midnight, None) == (DAY, None, None)
    assert parse_service_span(None, midnight, next_midnight) == (DAY, None, None)
    assert parse_service_span(midnight, clean_moment("0:00"), clean_moment("2:00"))[1:] == (
        datetime(2018, 10, 1),
        datetime(2018, 10, 1, 2),
    )


def test_days_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match="缺少服务日期"):
        parse_service_span(None, Moment(None, 540), None)
    for other in (date(2018, 10, 2), date(2018, 9, 30)):
        with pytest.raises(ValueError, match="同一天"):
            parse_service_span(Moment(DAY, None), Moment(other, 540), None)
    assert parse_service_span(Moment(DAY, None), Moment(DAY, 540), None) == (
        DAY,
        datetime(2018, 10, 1, 9),
        None,
    )
    with pytest.raises(ValueError, match="结束时间不晚于"):
        parse_service_span(Moment(DAY, None), Moment(DAY, 540), Moment(DAY, 540))


def test_the_ledger_s_own_figure_counts_and_a_difference_is_noted():
    assert choose_minutes(120, 120) == (120, "")
    assert choose_minutes(None, 90) == (90, "")
    assert choose_minutes(120, None) == (120, "")
    assert choose_minutes(1, None) == (1, "") and choose_minutes(1440, None) == (1440, "")
    assert choose_minutes(180, 120) == (180, "台账时长与起止时间（120 分钟）不一致")
    minutes, note = choose_minutes(120, 180)
    assert minutes == 120
    assert "180" in note
    for stated, problem in ((0, "为 0"), (1441, "24 小时"), (None, "缺少")):
        with pytest.raises(ValueError, match=problem):
            choose_minutes(stated, None)


def test_words_of_state():
    words = {"已确认": "confirmed", "已生效": "confirmed", " 待审核": "pending", "驳回": "rejected"}
    assert {word: parse_record_state(word) for word in words} == words
    with pytest.raises(ValueError, match=r"状态“(差不多){6}差不”无法识别"):
        parse_record_state("差不多" * 20)


def test_which_ledger_a_sheet_is_its_numbers_say():
    assert recognise_ledger({"student_no", "name"}) == "league"
    assert recognise_ledger({"volunteer_no", "name"}) == "volunteer_beijing"
    assert recognise_ledger({"volunteer_no", "student_no"}) == recognise_ledger({"name"}) == ""
