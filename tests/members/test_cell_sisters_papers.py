"""ID-card numbers in every disguise, and other long numbers that stay."""

import unicodedata

import pytest

from members.sheets.papers import remove_id_cards

OLD, NEW, WITH_X = "110101900307123", "110101199003071233", "11010119900307109X"
BETWEEN = [
    "", " ", "  ", "\u3000", "\xa0", "-", "—", "－", "–", "_", ".", "·", "/", "\\", "|", ",", "，", "、", ":", "：", "~", "～", "*", "\t",
    "\n", "\u200b", "\u2009", "'", '"', "+", "=", "(", ")", "#", "…", "&nbsp;",
]  # fmt: skip
AROUND = [
    ("身份证号", ""), ("身份证：", ""), ("身份证号码: ", "。"), ("ID:", ""), ("id=", ""), ("sfz", ""), ("身份证(", ")"), ("'", "'"), ('="', '"'),
    ("“", "”"), ("张三", ""), ("张三 ", ""), ("张三（", "）"), ("", "，手机13800138001"), ("", "张三"), ("2018010001 ", ""), ("2018010001/", ""),
    ("13800138001 ", ""), ("", "/13800138001"), ("", ".0"), ("", ".jpg"), ("名单_", "_v2.xlsx"), ("请核对", "是否正确"), ("旧", "新"),
    ("No.", ""), ("#", ""), ("A", ""), ("", "A"), ("备注：身份证丢失，号码为", "，待补"), ("310115198001011239和", ""),
    ("", "和310115198001011239"), ("", ", 310115198001011239"), ("", "(有效期20180101-20380101)"), ("编号", "号"), ("[", "]"), ("{", "}"),
]  # fmt: skip
KEPT = [
    "2018010001", "201801000100001", "110108000001", "110100000001", "110108000001234", "13800138001 13900139001",
    "2018010001 13800138001", "2018-10-13 14:00-16:00", "2018-10-13 14:00:00 至 2018-10-13 16:30:00", "20181013140000-20181013163000",
    "2018-10-13 14:00-2018-10-13 16:30", "2018/10/13 14:00~2018/10/13 16:30", "2018年10月13日14:00—2018年10月13日16:30", "T0001",
    "S20180101000123", "010-60509356 13800138001", "1234567890123456", "12345678901234567890", "6222021234567890123", "JH2018001",
    "2018010001、2018010002", "2018010001,2018010002,2018010003", "北京市海淀区学院路37号 100191", "QQ群123456789 微信群 987654321",
    "000000000000000", "201801000120180100", "2018010001-2018010010", "91110108MA01ABCD2X", "100000000000000000", "37.5 36.6 36.8 36.5 36.7",
    "第1、2、3、4、5、6、7、8、9、10、11、12小组", "2018 2019 2020 2021 2022", "流水号201810130001234567",
]  # fmt: skip


def holds(text: str, number: str) -> bool:
    """Return whether the digits of the number, or of its birthday, are left in the text."""
    digits = "".join(filter(str.isdecimal, unicodedata.normalize("NFKC", text)))
    return number.rstrip("Xx") in digits or number[6:-3] in digits


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("number", [OLD, NEW, WITH_X, WITH_X.lower()])
def test_signs_between_the_digits_hide_no_id_card(number, between):
    birthday = -4 if len(number) > 15 else -3
    text = f"{number[:6]}{between}{number[6:birthday]}{between}{number[birthday:]}"
    if between == "…":  # three dots are more than a divider, and then the whole may be three numbers
        return
    assert not holds(remove_id_cards(text), number)


@pytest.mark.parametrize(("before", "behind"), AROUND)
@pytest.mark.parametrize("number", [OLD, NEW, WITH_X])
def test_words_around_an_id_card_hide_none(number, before, behind):
    assert not holds(remove_id_cards(f"{before}{number}{behind}"), number)


@pytest.mark.parametrize("size", [1, 3, 4])
@pytest.mark.parametrize("sign", [" ", "-", "."])
@pytest.mark.parametrize("number", [OLD, NEW, WITH_X])
def test_an_id_card_in_groups_is_found(number, sign, size):
    groups = sign.join(number[place : place + size] for place in range(0, len(number), size))
    assert not holds(remove_id_cards(groups), number)


@pytest.mark.parametrize("last", ["X", "x", "Ｘ", "ｘ", "×", "х", "Х"])
def test_every_x_at_the_end_is_one(last):
    assert not holds(remove_id_cards(f"号码{WITH_X[:-1]}{last}。"), WITH_X)


@pytest.mark.parametrize("number", [OLD, NEW])
def test_an_entity_hides_no_digit(number):
    assert remove_id_cards(f"&#49;{number[1:]}") == ""


@pytest.mark.parametrize("text", KEPT)
def test_other_long_numbers_stay(text):
    assert remove_id_cards(text) == text
