"""Property tests of the functions that clean cells, for any content of a cell."""

import unicodedata
from datetime import date
from decimal import Decimal
from fractions import Fraction

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
from members.sheets.papers import remove_id_cards

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


@given(minutes=st.integers(0, 3000), places=st.integers(2, 8), cut=st.booleans())
def test_rounded_or_cut_hours_are_their_minutes(minutes, places, cut):
    hours = Fraction(minutes, 60) * 10**places
    shown = Decimal(hours.__floor__() if cut else (hours + Fraction(1, 2)).__floor__()).scaleb(-places)
    assert clean_minutes(f"{shown:f}") == clean_minutes(float(shown)) == minutes
    assert clean_minutes(f"{shown:f}小时") == minutes


@given(value=st.decimals(0, 100, places=2))
def test_two_places_are_one_minute_or_none(value):
    exact = Fraction(value) * 60
    try:
        minutes = clean_minutes(f"{value:f}")
    except CellError:
        assert all(
            abs(Fraction(m, 60) - Fraction(value)) > Fraction(1, 200)
            for m in (exact.__floor__(), exact.__ceil__())
        )
    else:
        assert abs(minutes - exact) < 1


@given(day=st.dates(date(1960, 1, 1), date(2060, 1, 1)))
def test_a_day_survives_its_weekday_and_chinese_numerals(day):
    week = "一二三四五六日"[day.weekday()]
    assert {
        clean_date(f"{day}{form.format(week)}")
        for form in ("（周{}）", "(星期{})", " 周{}", " 星期{} 9:00", "[礼拜{}]")
    } == {day}
    numerals = "〇一二三四五六七八九"

    def spell(number):
        tens, ones = divmod(number, 10)
        return ("" if not tens else "十" if tens == 1 else numerals[tens] + "十") + (
            numerals[ones] if ones else ""
        )

    year = "".join(numerals[int(digit)] for digit in str(day.year))
    assert clean_date(f"{year}年{spell(day.month)}月{spell(day.day)}日") == day


@st.composite
def id_cards(draw):
    """Return invented numbers of 18 or 15 digits, with the check digit of the standard."""
    born = draw(st.dates(date(1930, 1, 1), date(1999, 12, 31)))
    place, order = draw(st.sampled_from(["110101", "310115", "650102"])), draw(st.integers(0, 999))
    if draw(st.booleans()):
        return f"{place}{born:%y%m%d}{order:03}"
    digits = f"{place}{born:%Y%m%d}{order:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


@given(
    number=id_cards(),
    between=st.sampled_from(["", " ", "-", "\u3000", "\u200b", ".", " - "]),
    before=st.sampled_from(["", "身份证", "身份证号：", "'", "（", "陪护", "ID"]),
    behind=st.sampled_from(["", "，请核对", "）", "'", " 13800138001"]),
    wide=st.booleans(),
)
def test_no_id_card_is_left_in_any_spelling(number, between, before, behind, wide):
    text = f"{before}{number[:6]}{between}{number[6:-4]}{between}{number[-4:]}{behind}"
    if wide:
        text = text.translate({code: code + 0xFEE0 for code in range(ord("0"), ord("z") + 1)})
    left = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", remove_id_cards(text))))
    assert number not in left and number[6:14] not in left


@given(text=st.text(alphabet="0123456789 -年月日室号", max_size=14))
def test_short_texts_are_no_id_cards(text):
    assert remove_id_cards(text) == text
