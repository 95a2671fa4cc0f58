"""Words of a roster: 政治面貌 with and without codes of GB/T 4762, sex by GB/T 2261.1, grades."""

from datetime import date

import pytest

from members.resources.roster import clean_gender, clean_grade, clean_word
from members.roster_words import parse_politics
from members.rules import parse_stage_and_party
from members.sheets.cells import CellError


def read_politics(cell):
    """Return (stage, Party membership); None where the cell is refused or says nothing."""
    try:
        word = clean_word(cell)
        return parse_stage_and_party(parse_politics(word)) if word else None
    except ValueError:
        return None


MEMBERS = [
    "共青团员", "团员", "正式团员", "中国共产主义青年团团员", "保留团籍", "03", "０３", "03共青团员", "０３共青团员", "03 共青团员", "03-共青团员", "03—共青团员",
    "03－共青团员", "03_共青团员", "03.共青团员", "03、共青团员", "03:共青团员", "03：共青团员", "[03]共青团员", "【03】共青团员", "(03)共青团员",
    "（03）共青团员", "共青团员03", "共青团员(03)", "共青团员（03）", "共青团员[03]", "共青团员【03】", "共青团员-03", "共青团员 03", "共青团员,03",
    "共青团员，03", "03，共青团员", "03|共青团员", "03/共青团员", "03团员", "03中国共产主义青年团团员", "03共产主义青年团员", "共产主义青年团员", "中国共青团员",
    "共青团员 ", "共 青 团 员", "共青\u3000团员", "共青团员\n", "'03", "’03", "=\"03\"", "\"03\"", "“共青团员”", "共青团员。", "共青团员（正式）",
    "团 员", "青年团员", "03：团员", "团员（03）", "03=共青团员", "03（共青团员）", "03(共青团员)", "03 — 共青团员", "中国共产主义青年团员",
]  # fmt: skip
PARTY = [
    "中共党员", "党员", "正式党员", "中共正式党员", "01", "01中共党员", "中共党员(01)", "中共党员[01]", "０１", "01-中共党员", "中国共产党党员",
    "01中国共产党党员", "中共党员（保留团籍）", "中共党员(保留团籍)", "中共党员（正式）", "中共党员(正式)", "党员（正式）", "中共党员 ", "中 共 党 员", "中国共产党正式党员",
    "正式中共党员", "共产党员", "中共党员（保留共青团籍）", "中共党员，保留团籍",
]  # fmt: skip
PROBATIONARY = [
    "中共预备党员", "预备党员", "02", "02中共预备党员", "中共预备党员(02)", "中共预备党员[02]", "０２", "02 预备党员", "中国共产党预备党员", "02中国共产党预备党员",
    "中共党员（预备）", "中共党员(预备)", "党员（预备）", "中共预备党员（保留团籍）", "预备党员（保留团籍）",
]  # fmt: skip
OTHERS = [
    "群众", "13", "13群众", "群众(13)", "群众[13]", "１３", "13-群众", "普通群众", "13普通群众", "群众（现称普通公民）", "普通公民", "13普通公民",
    "13群众（现称普通公民）", "非团员", "无党派", "无党派人士", "12", "12无党派人士", "无党派民主人士", "12无党派民主人士", "民革党员", "04", "04民革党员", "05",
    "05民盟盟员", "06民建会员", "07民进会员", "08农工党党员", "09致公党党员", "10九三学社社员", "11台盟盟员", "民革会员", "04民革会员", "学生", "普通学生",
]  # fmt: skip
ON_THE_WAY = [
    ("入团积极分子", "activist"), ("积极分子", "activist"), ("入团申请人", "applicant"), ("申请人", "applicant"),
    ("发展对象", "candidate"), ("团员发展对象", "candidate"), ("入团积极分子 ", "activist"), ("入 团 积 极 分 子", "activist"),
    ("入团发展对象", "candidate"), ("群众（入团积极分子）", "activist"), ("入团积极份子", "activist"),
]  # fmt: skip
NO_POLITICS = [
    "3", "1", "2", "4", "13共青团员", "01共青团员", "03群众", "02共青团员", "03中共党员", "02中共党员", "01中共预备党员", "04共青团员", "14",
    "15", "99", "00", "00共青团员", "033", "003", "003共青团员", "3.", "03.5", "03/13", "01、03", "03,01", "共青团员/群众",
    "共青团员或群众", "共青团员、中共党员", "共青团员？", "共青团员?", "共青团□", "共青团�", "共*团员", "团员?", "#N/A", "TRUE", "FALSE", True,
    date(2018, 3, 1), "是", "否", "√", "有", "已入团", "未入团", "不是", "汉族", "男", "其他", "其它", "03共青团员13群众", "03群众(03)",
    "群众(03)", "共青团员(13)", "党员(03)",
]  # fmt: skip
MALE = [
    "男", "男性", "男生", "1", "１", 1, 1.0, "1.0", "01", "M", "m", "Male", "male", "MALE", "Ｍ", "1男", "1-男", "1 男",
    "1.男", "男1", "男(1)", "男（1）", "[1]男", "1男性", "1-男性", "1：男", "1、男", "男性(1)", "'1", "男 ", " 男", "男\u3000",
]  # fmt: skip
FEMALE = [
    "女", "女性", "女生", "2", "２", 2, 2.0, "2.0", "02", "F", "f", "Female", "FEMALE", "2女", "2-女性", "女(2)", "女（2）",
    "[2]女", "2：女性", "女2",
]  # fmt: skip
UNTOLD = [
    "0", "9", "0未知", "9未说明", "0未知的性别", "9未说明的性别", "未知", "未说明", "保密", "其他", "无", "-", "", "/", None, 0,
]  # fmt: skip
NO_GENDERS = [
    "3", "4", "5", "8", "1女", "2男", "男女", "男/女", "男、女", "男?", "女？", "男□", "女*", "妇", "人", "汉", "TRUE", "FALSE",
    True, "#N/A", "是", "10", "12", "21", "1/2", "M/F", "x", "X", "Y", "男2", "女1", "2018-10-01",
]  # fmt: skip
GRADES = [
    "2018", "2018级", "2018 级", "２０１８级", "2018届", 2018, 2018.0, "2018.0", "'2018", "2018年", "2018年级", "18级",
    "'18级", "2018级 ", "=\"2018\"",
]  # fmt: skip
NO_GRADES = [
    "2018-09-01", "2018/9/1", "2018年9月", "#N/A", "TRUE", True, date(2018, 9, 1), "0", "无",
]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [
        *((cell, ("member", "")) for cell in MEMBERS),
        *((cell, ("member", "full")) for cell in PARTY),
        *((cell, ("member", "probationary")) for cell in PROBATIONARY),
        *((cell, ("student", "")) for cell in OTHERS),
        *((cell, (stage, "")) for cell, stage in ON_THE_WAY),
    ],
)
def test_a_word_or_a_code_says_who_somebody_is(cell, meaning):
    assert read_politics(cell) == meaning


@pytest.mark.parametrize("cell", NO_POLITICS)
def test_an_unknown_code_or_one_against_its_word_says_nothing(cell):
    assert read_politics(cell) is None


@pytest.mark.parametrize(
    ("cell", "gender"),
    [
        *((cell, "male") for cell in MALE),
        *((cell, "female") for cell in FEMALE),
        *((cell, "") for cell in UNTOLD),
    ],
)
def test_a_word_or_a_code_is_a_gender(cell, gender):
    assert clean_gender(cell) == gender


@pytest.mark.parametrize("cell", NO_GENDERS)
def test_what_is_no_gender_is_refused(cell):
    with pytest.raises(CellError):
        clean_gender(cell)


@pytest.mark.parametrize("cell", GRADES)
def test_every_spelling_of_a_grade_is_the_year(cell):
    assert clean_grade(cell) == "2018"


@pytest.mark.parametrize("cell", NO_GRADES)
def test_what_is_no_grade_is_refused_or_says_nothing(cell):
    try:
        assert clean_grade(cell) == ""
    except CellError as refused:
        assert str(refused)


@pytest.mark.parametrize("grade", ["大一", "研一", "一年级", "2018级硕士"])
def test_other_words_of_a_grade_stay(grade):
    assert clean_grade(grade) == grade
