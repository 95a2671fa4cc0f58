"""Property tests of the functions that clean cells, for any content of a cell."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    try:
        read = clean_name(name)
    except CellError as refused:
        assert "姓名" in str(refused)
    else:
        assert read == "" or make_name_key(read) == make_name_key(name)


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


@given(number=st.integers(1, 10**15 - 1))
def test_a_number_is_the_same_as_number_and_as_text(number):
    assert clean_number(number) == clean_number(float(number)) == clean_number(f"'{number} ") == str(number)


@given(first=st.integers(130, 199), middle=st.integers(0, 9999), last=st.integers(0, 9999))
def test_a_masked_mobile_keeps_its_parts(first, middle, last):
    phone = f"{first}{middle:04d}{last:04d}"
    assert split_phone(clean_phone(phone)) == split_phone(clean_phone(mask_phone(phone)))
    assert clean_phone(float(phone)) == phone
