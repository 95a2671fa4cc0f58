"""What a cell means, case by case, and laws that hold for any text."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.cells import (
    CellError,
    clean_date,
    clean_minutes,
    clean_name,
    clean_number,
    clean_phone,
    clean_text,
    mask_phone,
    name_key,
    phone_parts,
)


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
        "*",
    ],
)
def test_number_that_lost_digits_or_never_was_one_is_refused(cell):
    with pytest.raises(CellError, match=r"编号|科学记数法"):
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
    assert name_key(one) == name_key(other)


def test_different_names_have_different_keys():
    assert name_key("张三") != name_key("张三丰")
    assert name_key("努尔兰·哈力克") != name_key("努尔兰哈力克")


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
    assert phone_parts("13812341234") == phone_parts("138****1234") == ("138", "1234")
    assert phone_parts("010-60509356") is None
    assert phone_parts("") is None


def test_mask_shows_only_the_ends():
    assert mask_phone("13812345678") == "138****5678"
    assert mask_phone("138****5678") == "138****5678"
    assert mask_phone("010-60509356") == "****9356"
    assert mask_phone("") == ""


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
    ],
)
def test_hours_become_whole_minutes(cell, minutes):
    assert clean_minutes(cell) == minutes


@pytest.mark.parametrize(
    "cell",
    [
        2.51,
        "2.51",
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
        ".",
    ],
)
def test_hours_that_are_no_whole_minutes_are_refused(cell):
    with pytest.raises(CellError, match="时长"):
        clean_minutes(cell)


anything = st.one_of(
    st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes()
)
near_names = st.text(alphabet="张三努尔兰·•．.。 　Ab'\u200b\u0301‧々", max_size=12)
near_numbers = st.text(alphabet="0123456789１２.'’ E+-*xX转()（）8613\u3000年月日/:：小时分钟", max_size=16)
cells = st.one_of(anything, near_names, near_numbers)


@pytest.mark.parametrize("clean", [clean_text, clean_number, clean_name, clean_phone])
@given(cell=cells)
def test_cleaning_a_clean_value_changes_nothing(clean, cell):
    try:
        once = clean(cell)
    except CellError:
        return
    assert clean(once) == once


@given(cell=cells)
def test_any_cell_is_a_date_or_refused_with_a_reason(cell):
    try:
        day = clean_date(cell)
    except CellError as refused:
        assert "日期" in str(refused)
    else:
        assert day is None or clean_date(day) == day


@given(cell=cells)
def test_any_cell_is_minutes_or_refused_with_a_reason(cell):
    try:
        minutes = clean_minutes(cell)
    except CellError as refused:
        assert "时长" in str(refused)
    else:
        assert minutes is None or (type(minutes) is int and minutes >= 0)


@given(name=st.one_of(st.text(), near_names))
def test_a_name_and_its_clean_form_have_one_key(name):
    assert name_key(clean_name(name)) == name_key(name)


@given(day=st.dates(date(1960, 1, 1), date(2060, 1, 1)))
def test_a_day_survives_every_way_of_writing_it(day):
    forms = [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y%m%d",
        "%Y年%m月%d日",
        "%Y-%m-%d 23:59:59",
        "%Y%m%d235959",
    ]
    assert {clean_date(day.strftime(form)) for form in forms} == {day}
    assert clean_date((day - date(1899, 12, 30)).days) == day
    assert clean_date(f"{day.year}-{day.month}-{day.day}") == day


@given(minutes=st.integers(0, 100_000))
def test_minutes_survive_every_way_of_writing_them(minutes):
    hours, rest = divmod(minutes, 60)
    forms = [
        f"{hours}小时{rest}分钟",
        f"{hours}:{rest:02d}",
        f"{minutes}分钟",
        minutes / 60,
        f"{hours}h{rest}min",
    ]
    assert {clean_minutes(form) for form in forms} == {minutes}


@given(number=st.integers(0, 10**15 - 1))
def test_a_number_is_the_same_as_number_and_as_text(number):
    assert clean_number(number) == clean_number(float(number)) == clean_number(f"'{number} ") == str(number)


@given(first=st.integers(130, 199), middle=st.integers(0, 9999), last=st.integers(0, 9999))
def test_a_masked_mobile_keeps_its_parts(first, middle, last):
    phone = f"{first}{middle:04d}{last:04d}"
    assert phone_parts(clean_phone(phone)) == phone_parts(clean_phone(mask_phone(phone)))
    assert clean_phone(float(phone)) == phone
