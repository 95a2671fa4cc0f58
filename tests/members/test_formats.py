"""Number formats: what a person sees in a cell, and when that is another thing than the kept number."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.sheets.codes import BUILT_IN, parse_code
from members.sheets.formats import (
    HIDDEN,
    Look,
    choose_look,
    is_date_code,
    make_date,
    show_date,
    show_number,
    show_text,
)
from members.sheets.grids import parse_file
from members.sheets.values import Unreadable
from tests.members.workbook_parts import make_styles, make_workbook

THIRD = 4 / 3
NOON = datetime.combine(date(2018, 9, 28), time(12))
PHONE = 13800138001

THE_NUMBER_ITSELF = [
    ("General", 2018010001), ("General", THIRD), ("General", -2.5), ("general", 3), ("", 7), ("G/通用格式", 1801),
    ("0", 2018010001), ("0", 0), ("0", -3), ("0.00", THIRD), ("0.00", 2.5), ("0.00", 1.005), ("0.0", 2.5),
    ("0.0", 2.9999999999999996), ("0", 2.9999999999999996), ("0.000", THIRD), ("#,##0", 2018010001), ("#,##0.00", 20.5),
    ("#", 5), ("#.##", 0.5), ("#.##", 2), ("0.##", 2), ("0_ ", 2018010001), ("0_);(0)", 2), ("0_);[Red](0)", 12),
    ("0_ ;[Red]-0 ", -2), ("0.00_ ;[Red]-0.00 ", -2.5), ("0.00_);(0.00)", 2.5), ("[Red]0", 3), ("[蓝色]0.00", 2.25),
    ("[Color10]0", 3), ("[颜色 3]0", 3), ("[$-804]0", 18), ("@", 2018010001), ("0;@", 5), ("0;-0;0;@", 0), ("0*-", 5),
    ("* #,##0_-", 1234), ('_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)', 2.5), ("??0", 5), ("0??", 120),
    ("0 ", 12), ("00000000", 20180108), ("0000000000", 2018010001), ("# ?/?", 2.5), ("# ?/?", 3), ("# ??/??", THIRD),
    ("# ?/8", 2.125), ("# ?/4", 2.5), ("0/0", 1), ("0%", 0), ("[>=1000]0,;0", 5), ("[<100]0;0.00", 12), ("0.", 3),
    ("#,##0_ ;-#,##0_ ", 18), ("0.00;[红色]0.00", 3), ("General;-General", 12), ("General;@", 8),
]  # fmt: skip

ANOTHER_TEXT = [
    ("00000000", 180108, "00180108"), ("0000", 7, "0007"), ("00", 3, "03"), ("000000", 0, "000000"), ("00.0", 2.5, "02.5"),
    ('"B"00000000', 18010001, "B18010001"), ("\\B00000000", 18010001, "B18010001"), ('"B"0', 5, "B5"),
    ('"B"@', 18010001, "B18010001"), ('"2018"000000', 10001, "2018010001"), ('"20"00000000', 18010001, "2018010001"),
    ('0"分钟"', 20, "20分钟"), ("0分钟", 20, "20分钟"), ("0\\分", 20, "20分"), ('0"h"', 2, "2h"), ('0.0"h"', 2.5, "2.5h"),
    ('0.0"小时"', 2, "2.0小时"), ('0.00"小时"', THIRD, "1.33小时"), ('0"人"', 3, "3人"), ('0 "人"', 3, "3 人"),
    ('General"人"', 3, "3人"), ('G/通用格式"分钟"', 20, "20分钟"), ('General"小时"', 2.5, "2.5小时"), ('#"班"', 1801, "1801班"),
    ('#,##0"分钟"', 1200, "1,200分钟"), ('"第"0"届"', 12, "第12届"), ('0"年级"', 2018, "2018年级"), ("0班", 3, "3班"),
    ("0000-00-00", 20181001, "2018-10-01"), ("0000\\-00\\-00", 20181001, "2018-10-01"), ('0000"."00"."00', 20181001, "2018.10.01"),
    ('0000"年"00"月"00"日"', 20181001, "2018年10月01日"), ("0000\\/00\\/00", 20181001, "2018/10/01"),
    ("000-0000-0000", PHONE, "138-0013-8001"), ("000 0000 0000", PHONE, "138 0013 8001"), ('"+86 "0', PHONE, "+86 13800138001"),
    ("(000)00000000", 1060509356, "(010)60509356"), ("000\\-00000000", 1060509356, "010-60509356"), ('0"-"0', 12, "1-2"),
    ('[=1]"男";[=2]"女"', 1, "男"), ('[=1]"男";[=2]"女"', 2, "女"), ('[=1]"是";[=0]"否";0', 0, "否"), ('[=1]"是";"否"', 0, "否"),
    ("[>9999]0000000000;00000", 12, "00012"), ('[>=60]0"分钟";0"小时"', 90, "90分钟"), ('[>=60]0"分钟";0"小时"', 2, "2小时"),
    ('[<>0]0"h";"无"', 0, "无"), ('0;-0;"无"', 0, "无"), ('0;-0;"-"', 0, "-"), ("0;-0;;@", 0, ""), ("#", 0, ""), ("#,###", 0, ""),
    ('_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)', 0, "-"), ('"¥"#,##0.00', 1234.5, "¥1,234.50"), ("¥0", 5, "¥5"),
    ("[$¥-804]#,##0.00", 1234.5, "¥1,234.50"), ("[$¥-804]0", -5, "-¥5"), ("[$编号]0000", 12, "编号0012"),
    ("[Red]00000", 12, "00012"), ("[$-804]00000", 12, "00012"), ("[红色][>5]000;0", 12, "012"), ('0"/"0', 12, "1/2"),
    ('_ "B"000_ ', 7, "B007"), ('0.00"h";-0.00"h"', -2.5, "-2.50h"), ("'0", 5, "'5"), ("00000_);(00000)", 12, "00012"),
]  # fmt: skip

UNREADABLE = [
    ("0", 2.5, "3"), ("0", 1.3333, "1"), ("0.0", THIRD, "1.3"), ("0.0", 2.25, "2.3"), ("#,##0", 2.5, "3"), ("0_ ", 2.4, "2"),
    ("00", 2.5, "03"), ('0"分钟"', 20.4, "20分钟"), ('0"h"', 2.5, "3h"), ('0.0"h"', THIRD, "1.3h"), ("#", 0.4, ""), ("0", 0.4, "0"),
    ("0%", 0.5, "50%"), ("0.00%", 0.125, "12.50%"), ("0.0%", 2, "200.0%"), ('0%"以上"', 0.6, "60%以上"),
    ("0.00E+00", 2018010001, "2.02E+09"), ("##0.0E+0", 2018010001, ""), ("0E+00", 20, "2E+01"),
    ("0,", 5000, "5"), ("#,##0,", 5000, "5"), ('0.0,"k"', 5500, "5.5k"), ('0!.0,"万"', 55000, ""), ("0.00,,", 5e6, "5.00"),
    ("0;0", -2, "2"), ("0_);(0)", -2, "(2)"), ("0.00;[Red]0.00", -2.5, "2.50"), ('0;"负"0', -2, "负2"),
    ("# ?/?", 2.123456, ""), ("# ?/8", THIRD, ""), ("?/?", 0.123, ""),
    (";;;", 5, ""), (";;;", -5, ""), (";;", 5, ""), ('""', 5, ""), ("_ ", 5, ""), ("0;;", -5, ""),
    ('"已隐藏"', 5, "已隐藏"), ('0;0;"无";@', -3, "3"), ('[=1]"男";[=2]"女"', 3, ""), ("[>5]0", 3, ""), ("[>5]0;0;0", 3, ""),
    ("[DBNum1][$-804]General", 12, ""), ("[DBNum2]0", 12, ""), ("0h", 2, ""), ("0d", 2, ""), ("0!分", 3, ""), ("0x", 3, ""),
    ("0;0;0;0;0", 3, ""), ("0@", 3, ""), ("[NatNum1]0", 3, ""), ("000,000-0000", 12, ""), ("0.0.0", 2.5, ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "number"), THE_NUMBER_ITSELF)
def test_a_format_that_only_displays_leaves_the_number(code, number):
    assert show_number(number, code) == number
    assert not isinstance(show_number(number, code), str)


@pytest.mark.parametrize(("code", "number", "text"), ANOTHER_TEXT)
def test_a_format_that_adds_something_gives_the_text(code, number, text):
    assert show_number(number, code) == text
    assert choose_look(code) is not Look.NEVER


@pytest.mark.parametrize(("code", "number", "text"), UNREADABLE)
def test_a_format_that_changes_the_meaning_is_unreadable(code, number, text):
    shown = show_number(number, code)
    assert isinstance(shown, Unreadable)
    if text:
        assert shown.shown == text
    assert choose_look(code) is not Look.NEVER
    assert "重填" in shown.reason


def test_the_sentence_names_both_texts():
    assert show_number(2.5, "0").reason == "这一格显示为“3”，与保存的数 2.5 不同，请改为文本后重填"


@pytest.mark.parametrize("code", ["00000000000000000,", '"号"0%', "0.0,"])
def test_a_number_as_long_as_that_of_an_id_card_is_not_repeated(code):
    shown = show_number(110101900307123, code)
    assert isinstance(shown, Unreadable)
    assert "1101" not in shown.reason + shown.shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("General", "法学"), ("@", "法学"), ("0", "法学"), ("0;-0;0", "法学"), ("0;-0;0;@", "法学"), ("_(@_)", "法学"),
        ('@"班"', "法学班"), ('"2018级"@', "2018级法学"), ('0;-0;0;"B"@', "B法学"), ('0;@"班"', "法学班"), ("@@", "法学法学"),
        ('0;-0;0;"保密"', "法学"), ("\\B@", "B法学"), ('[$-804]@"院"', "法学院"), ("*-@", "法学"),
    ],
)  # fmt: skip
def test_a_text_is_shown_by_its_section(code, shown):
    assert show_text("法学", code) == shown


def test_a_text_that_the_format_hides_is_unreadable():
    assert show_text("法学", ";;;") is HIDDEN
    assert show_text("法学", "0;-0;0;") is HIDDEN
    assert show_text("", ";;;") == ""


DATE_CODES = [
    "yyyy/m/d", "yyyy-mm-dd", "yyyy\\-mm\\-dd", 'yyyy"年"m"月"d"日"', 'yyyy"年"m"月"d"日";@', '[$-804]yyyy"年"m"月"d"日";@',
    "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "yyyy.mm.dd", "m/d", "m-d", "d", "yyyy", "yy-m-d", 'e"年"m"月"', "[$-404]e/m/d",
    "yyyy年m月d日", "yyyy/m/d aaaa", "yyyy-mm-dd hh:mm", "yyyy/m/d h:mm;@", "mmm-yy", "[$-409]d/mmm/yyyy;@", "[$-411]ge.m.d",
    "yyyymmdd", "YYYY-MM-DD", 'yyyy-mm-dd"T"hh:mm:ss', "[DBNum1][$-804]yyyy年m月d日", "aaaa", "[$-804]aaaa;@", "yyyy-m-d;;",
    'm"月"d"日"', "mm/dd/yy", "d.m.yyyy", "yyyy\\/mm\\/dd", "yyyy/mm", "dd", "mmmm",
]  # fmt: skip
TIME_CODES = [
    "h:mm",
    "h:mm:ss",
    "h:mm AM/PM",
    "上午/下午h时mm分",
    'h"时"mm"分"',
    "[h]:mm",
    "[hh]:mm:ss",
    "[mm]:ss",
    "[m]",
]


@pytest.mark.parametrize("code", [*DATE_CODES, *TIME_CODES])
def test_codes_of_dates_and_times_are_known(code):
    assert is_date_code(code)


@pytest.mark.parametrize("number", [*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
def test_built_in_numbers_of_dates_are_known(number):
    assert is_date_code(BUILT_IN[number])


@pytest.mark.parametrize(
    "code", ['0"d"', '0"day"', '"D"0', "\\d0", "[Red]0", "[$-804]0", "[Black]0", '#,##0"月"', "General"]
)
def test_letters_in_words_and_colours_are_no_date(code):
    assert not is_date_code(code)


def read_with_style(code: str | int, value: object) -> object:
    body = (
        f"<sheetData><row><c t='inlineStr'><is><t>x</t></is></c><c s='1'><v>{value}</v></c></row></sheetData>"
    )
    raw = parse_file(make_workbook(body, styles=make_styles(["General", code])), "名单.xlsx")
    return raw.readings[0][0].rows[0][1]


# A spreadsheet shows 2018-9, typed by hand, as a month; nobody has told the day (requirements §4).
WITHOUT_DAY = (
    "yyyy",
    "yyyy/mm",
    "mmm-yy",
    "mmmm",
    'e"年"m"月"',
    "aaaa",
    "[$-804]aaaa;@",
    "dddd",
    'yyyy"年"m"月"',
    17,
    27,
    57,
)


@pytest.mark.parametrize(
    "code",
    [*(code for code in DATE_CODES if code not in WITHOUT_DAY), *(n for n in BUILT_IN if n in (14, 31, 58))],
)
def test_a_date_under_any_format_that_shows_the_day_stays_a_date(code):
    assert read_with_style(code, 43371) == date(2018, 9, 28)


@pytest.mark.parametrize("code", WITHOUT_DAY)
def test_a_date_of_which_only_the_month_the_year_or_the_weekday_is_seen_is_none(code):
    found = read_with_style(code, 43371)
    assert isinstance(found, Unreadable) and "哪一天" in found.reason


@pytest.mark.parametrize("code", ["yyyy-mm-dd", "m/d/yyyy", 14, 'yyyy"年"m"月"d"日"', "yyyy-mm-dd hh:mm"])
def test_a_number_too_large_for_a_date_is_seen_as_signs(code):
    found = read_with_style(code, 2018010001)
    assert isinstance(found, Unreadable) and "####" in found.reason


@pytest.mark.parametrize("code", [code for code, _ in THE_NUMBER_ITSELF if choose_look(code) is Look.NEVER])
def test_a_number_that_is_not_looked_at_is_no_date_for_the_reader(code):
    assert read_with_style(code, 43371.25) == 43371.25


@pytest.mark.parametrize(
    ("code", "serial", "shown"),
    [
        ("h:mm", 0.25, time(6)), (20, 1 / 6, time(4)), (32, 1 / 6, time(4)), ("[h]:mm", 1.25, timedelta(hours=30)),
        ("[m]", 0.0625, timedelta(minutes=90)), ("mm:ss", 1 / 48, time(0, 30)), ("h:mm", 43371.5, NOON),
        ('h"小时"', 0.25, time(6)), ('[h]"小时"', 1.25, timedelta(hours=30)), ("yyyy-mm-dd hh:mm", 43371.5, NOON),
        ("aaaa hh:mm", 43371.5, NOON),
    ],
)  # fmt: skip
def test_times_and_durations_are_read(code, serial, shown):
    assert read_with_style(code, serial) == shown


@pytest.mark.parametrize(
    ("code", "serial", "kept"),
    [
        ("h:mm", 1.104166667, "26:30"), ("mm:ss", 0.104166667, "2:30"), ('h"小时"', 0.104166667, "2:30"),
        ('[h]"小时"', 0.104166667, "2:30"), ("h:mm AM/PM", 1.25, "30:00"),
    ],
)  # fmt: skip
def test_a_time_of_which_the_format_hides_a_part_is_unreadable(code, serial, kept):
    shown = read_with_style(code, serial)
    assert isinstance(shown, Unreadable)
    assert shown.shown == kept


def test_a_negative_date_is_unreadable():
    assert isinstance(show_date(-1.0, -1.0, "yyyy-mm-dd", from_1904=False), Unreadable)


def test_days_count_from_the_epoch_of_the_file():
    assert make_date(41909, is_elapsed=False, from_1904=True) == date(2018, 9, 28)
    assert make_date(43371, is_elapsed=False, from_1904=False) == date(2018, 9, 28)
    assert make_date(59, is_elapsed=False, from_1904=False) == date(1900, 2, 28)


@given(
    st.text(alphabet='0#?.,%/@;"\\_*[]<>=Ee+-yYmdhsGeneralB分钟¥$804! ()1', max_size=20),
    st.floats(),
    st.text(max_size=5),
)
def test_any_code_gives_a_number_a_text_or_a_reason(code, number, text):
    assert parse_code(code)
    assert isinstance(choose_look(code), Look)
    assert isinstance(show_number(number, code), float | str | Unreadable)
    assert isinstance(show_text(text, code), str | Unreadable)
    if abs(number) < 1e7:
        show_date(number, number, code, from_1904=False)


@given(st.integers(0, 10**10), st.integers(1, 12))
def test_zeros_in_front_are_those_of_the_code(number, width):
    shown = show_number(float(number), "0" * width)
    assert (shown if isinstance(shown, str) else str(int(shown))) == str(number).rjust(width, "0")


@given(st.integers(0, 24 * 60))
def test_two_decimals_of_an_hour_never_cost_a_minute(minutes):
    assert show_number(minutes / 60, "0.00") == minutes / 60


@given(st.sampled_from([code for code, _ in THE_NUMBER_ITSELF]), st.integers(1, 10**9))
def test_a_code_without_a_look_shows_every_positive_number_itself(code, number):
    if choose_look(code) is not Look.ALWAYS:
        assert show_number(float(number), code) == number
