"""Examples of cells and their cleaned values."""

from datetime import date, datetime, time, timedelta

import pytest

from members.sheets.cells import (
    CellError,
    clean_date,
    clean_name,
    clean_number,
    clean_phone,
    clean_text,
    make_name_key,
    mask_phone,
    split_phone,
)
from members.sheets.durations import clean_minutes


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("", ""),
        ("  ", ""),
        (3.0, "3"),
        (3, "3"),
        (2.5, "2.5"),
        ("\u3000法学院\xa0", "法学院"),
        ("法\u200b学院\ufeff", "法学院"),
        ("\u202d13800001234\u202c", "13800001234"),
        ("e\u0301", "é"),
        ("a\x00b", "ab"),
        (date(2018, 10, 1), "2018-10-01"),
        (datetime(2018, 10, 1, 8, 30), "2018-10-01 08:30:00"),  # noqa: DTZ001 (cells have no zone)
        ("计算机 2班", "计算机 2班"),
    ],
)
def test_text_is_trimmed_and_whole_numbers_lose_their_point(cell, text):
    assert clean_text(cell) == text


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (None, ""),
        ("", ""),
        ("无", ""),
        (2018010001.0, "2018010001"),
        (2018010001, "2018010001"),
        ("2018010001.0", "2018010001"),
        ("2018010001.00", "2018010001"),
        ("'2018010001", "2018010001"),
        ("’2018010001", "2018010001"),
        ("２０１８０１０００１", "2018010001"),
        (" 2018 0100 01 ", "2018010001"),
        ("2018\u200b010001", "2018010001"),
        ("0018010001", "0018010001"),
        ("b2018-01", "b2018-01"),
        ("留2018001", "留2018001"),
        (999_999_999_999_999.0, "999999999999999"),
        (110050825250.0, "110050825250"),
    ],
)
def test_number_is_kept_digit_by_digit(cell, number):
    assert clean_number(cell) == number


@pytest.mark.parametrize(
    "cell",
    [
        "2.01801E+09",
        "2E+09",
        1e15,
        1.10105199901011e17,
        2018.5,
        -1,
        True,
        "张三",
        "2018,01",
        float("nan"),
        date(2018, 10, 1),
        float("inf"),
        "2018010001号",
        "2018年",
    ],
)
def test_number_that_lost_digits_or_never_was_one_is_refused(cell):
    with pytest.raises(CellError, match=r"编号|科学记数法|表格软件"):
        clean_number(cell)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (None, ""),
        ("张　三", "张三"),
        ("张 三", "张三"),
        (" 张三\n", "张三"),
        ("John  Smith", "John Smith"),
        ("Ｊｏｈｎ", "John"),
        ("𠮷田", "𠮷田"),
        ("王𬀩", "王𬀩"),
        ("李〇", "李〇"),
        ("J. Smith", "J. Smith"),
        ("O'Brien", "O'Brien"),
        ("'张三", "张三"),
        ("王小明 Wang", "王小明 Wang"),
        *[(f"努尔兰{dot}哈力克", "努尔兰·哈力克") for dot in "·•・．‧∙⋅･.。●"],
        ("努尔兰 · 哈力克", "努尔兰·哈力克"),
        ("努尔兰··哈力克", "努尔兰·哈力克"),
    ],
)
def test_name_has_one_spelling(cell, name):
    assert clean_name(cell) == name


@pytest.mark.parametrize("cell", [3841.0, 12, True, date(2018, 1, 1)])
def test_name_is_never_a_number_or_date(cell):
    with pytest.raises(CellError):
        clean_name(cell)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("努尔兰．哈力克", "努尔兰·哈力克"),
        ("JOHN SMITH", "John  Smith"),
        ("张　三", "张三"),
        ("ｊｏｈｎ", "John"),
    ],
)
def test_names_written_differently_have_one_key(one, other):
    assert make_name_key(one) == make_name_key(other)


def test_different_names_have_different_keys():
    assert make_name_key("张三") != make_name_key("张三丰")
    assert make_name_key("努尔兰·哈力克") != make_name_key("努尔兰哈力克")


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (None, ""),
        ("", ""),
        ("-", ""),
        (13706690743.0, "13706690743"),
        (13706690743, "13706690743"),
        ("13706690743.0", "13706690743"),
        ("+86 137 0669 0743", "13706690743"),
        ("86-13706690743", "13706690743"),
        ("(+86)13706690743", "13706690743"),
        ("008613706690743", "13706690743"),
        ("137-0669-0743", "13706690743"),
        ("１３７０６６９０７４３", "13706690743"),
        ("'13706690743", "13706690743"),
        *[(f"138{mark * 4}1234", "138****1234") for mark in "*•xX＊×●"],
        ("138 **** 1234", "138****1234"),
        ("010-60509356", "010-60509356"),
        ("(010)60509356", "010-60509356"),
        ("（010）60509356", "010-60509356"),
        ("01060509356", "010-60509356"),
        ("0371-6050935", "0371-6050935"),
        ("010-60509356转801", "010-60509356-801"),
        ("60509356", "60509356"),
        ("400-123-4567", "4001234567"),
        ("+852 9123 4567", "+85291234567"),
    ],
)
def test_phone_is_brought_to_one_form(cell, phone):
    assert clean_phone(cell) == phone


@pytest.mark.parametrize(
    "cell",
    [
        "1370669074",
        "137066907433",
        "张三",
        "12345",
        "137****",
        "13706690743/13806690743",
        True,
        1.5,
        "23706690743",
    ],
)
def test_phone_that_is_none_is_refused(cell):
    with pytest.raises(CellError, match="不是电话号码"):
        clean_phone(cell)


def test_masked_and_full_mobile_have_the_same_parts():
    assert split_phone("13812341234") == split_phone("138****1234") == ("138", "1234")
    assert split_phone("010-60509356") is None
    assert split_phone("") is None


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("138****5678", "138****5678"),
        ("010-60509356", "****9356"),
        ("0311-6050935", "****0935"),
        ("60509356", "****9356"),
        ("6050935", "****0935"),
        ("010-60509356-123", "****6123"),
        ("+85291234567", "****4567"),
        ("****9356", "****9356"),
        ("12345", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_mask_shows_the_ends_of_a_mobile_and_four_digits_of_any_other_number(phone, shown):
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    "cell",
    [
        date(2018, 10, 1),
        datetime(2018, 10, 1, 23, 59),  # noqa: DTZ001
        "2018-10-01",
        "2018/10/1",
        "2018.10.01",
        "2018.10.1",
        "20181001",
        "20181001.0",
        20181001,
        20181001.0,
        "2018年10月1日",
        "2018 年 10 月 1 日",
        "2018-10-01 08:30",
        "2018-10-1 8:30:15",
        "2018-10-01T08:30:00",
        "2018-10-01 08:30:00.000",
        "2018/10/1 星期一",
        "2018年10月1日 8时30分",
        "2018年10月1日上午8:30",
        "20181001 08:30",
        "20181001083000",
        "２０１８－１０－０１",
        " 2018-10-01\n",
        "2018\u201310\u201301",
        43374,
        43374.0,
        43374.99,
        "43374",
    ],
)
def test_date_is_understood_however_it_is_written(cell):
    assert clean_date(cell) == date(2018, 10, 1)


@pytest.mark.parametrize("cell", [None, "", "  ", "无", "-"])
def test_no_date_is_none(cell):
    assert clean_date(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        "2018-02-30",
        "2018-13-01",
        "10/1/2018",
        "18-10-1",
        "2018-10",
        "昨天",
        5,
        True,
        "20181301",
        time(8, 0),
        "2018-10-01后",
        "2018-10-011",
        date(1, 1, 1),
        "2018-10-01T20:00:00Z",
    ],
)
def test_date_that_is_impossible_or_ambiguous_is_refused(cell):
    with pytest.raises(CellError, match="日期"):
        clean_date(cell)


def test_refused_date_is_named():
    with pytest.raises(CellError, match="2018-02-30"):
        clean_date("2018-02-30")


def test_day_and_hour_do_not_run_together():
    assert clean_date("2018-10-1 12:30") == date(2018, 10, 1)
    assert clean_date("2018-10-11 2:30") == date(2018, 10, 11)


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        (None, None),
        ("", None),
        (0, 0),
        (2, 120),
        (2.5, 150),
        (0.1, 6),
        (1.1, 66),
        (1 / 3, 20),
        ((10.5 - 8.1) * 1, 144),
        ("2", 120),
        ("2.5", 150),
        ("2.50", 150),
        ("2小时30分钟", 150),
        ("2 小时 30 分", 150),
        ("2小时", 120),
        ("2.5小时", 150),
        ("2.5h", 150),
        ("2.5 H", 150),
        ("2h30m", 150),
        ("２．５小时", 150),
        ("90分钟", 90),
        ("90min", 90),
        ("2:30", 150),
        ("02:30:00", 150),
        ("2：30", 150),
        ("2个半小时", 150),
        ("半小时", 30),
        ("两小时", 120),
        ("2小时0分0秒", 120),
        (time(2, 30), 150),
        (timedelta(hours=30), 1800),
        ("25:00", 1500),
        ("19小时59分", 1199),
        (1.33, 80),
        ("1.33", 80),
        (0.67, 40),
        (2.17, 130),
        ("1.33小时", 80),
        (1.66, 100),  # cut, not rounded
        (2.51, 151),
        ("1.333", 80),
        (1.3333333333333333, 80),
        ("2小时30", 150),
        ("2时30分", 150),
        ("150 分", 150),
        ("2.5 小时", 150),
        ("2.5（小时）", 150),
        ("nan", None),
        ("无", None),
        ("0", 0),
    ],
)
def test_hours_become_whole_minutes(cell, minutes):
    assert clean_minutes(cell) == minutes


@pytest.mark.parametrize(
    "cell",
    [
        2.54,
        "2.54",
        1.3337,
        "1.3337",
        "约2小时",
        "2-3小时",
        "2+1",
        "2小时5",
        "2 30",
        "120'",
        "1小时15秒",
        time(2, 30, 15),
        -1,
        "-1",
        "-2小时",
        timedelta(minutes=-5),
        "很久",
        True,
        "2:75",
        float("nan"),
        date(2018, 1, 1),
        "小时",
        "2小时小时",
    ],
)
def test_hours_that_are_no_whole_minutes_are_refused(cell):
    with pytest.raises(CellError, match="时长"):
        clean_minutes(cell)
