"""A roster's words with codes of national standards."""

import pytest

from members.roster_words import GENDERS, POLITICS_CODES, parse_gender, parse_politics
from members.rules import parse_stage_and_party


@pytest.mark.parametrize("code", POLITICS_CODES)
def test_a_code_means_its_words_alone_in_front_and_behind(code):
    words = POLITICS_CODES[code]
    forms = [
        f"{code}",
        f"{code}{words}",
        f"{code}-{words}",
        f"{code}.{words}",
        f"[{code}]{words}",
        f"{words}({code})",
    ]
    forms += [f"{words} {code}", f"（{code}）{words}", f"{code}：{words}", f" {code} {words} "]
    assert {parse_politics(form) for form in forms} == {words}


@pytest.mark.parametrize("code", POLITICS_CODES)
def test_every_code_is_a_word_that_the_roster_knows(code):
    assert parse_stage_and_party(POLITICS_CODES[code])


@pytest.mark.parametrize("word", ["共青团员", "团员", "中共党员（保留团籍）", "", "少先队员"])
def test_words_without_a_code_stay(word):
    assert parse_politics(word) == word.replace("（", "(").replace("）", ")")


def test_other_words_of_the_same_meaning_may_stand_beside_a_code():
    assert parse_politics("03团员") == "团员"
    assert parse_politics("01党员") == "党员"


@pytest.mark.parametrize(
    "word", ["3", "1", "0", "00", "14", "99", "01共青团员", "03群众", "13中共党员", "03少先队员"]
)
def test_an_unknown_or_contradicting_code_is_refused(word):
    with pytest.raises(ValueError, match=r"政治面貌“.+”无法识别"):
        parse_politics(word)


@pytest.mark.parametrize(
    ("word", "gender"),
    [
        ("男", "male"), ("1", "male"), ("1男", "male"), ("1-男性", "male"), ("男(1)", "male"), ("M", "male"), ("Male", "male"), ("男生", "male"),
        ("女", "female"), ("2", "female"), ("2.女", "female"), ("女（2）", "female"), ("f", "female"), ("２", "female"),
        ("", ""), ("0", ""), ("9", ""), ("未知", ""), ("0未知的性别", ""), ("保密", ""), ("9未说明", ""),
    ],
)  # fmt: skip
def test_a_gender_by_word_or_code(word, gender):
    assert parse_gender(word) == gender


@pytest.mark.parametrize("word", ["外星人", "3", "1女", "2男", "男女", "12", "0男"])
def test_other_genders_are_refused(word):
    with pytest.raises(ValueError, match=r"性别“.+”无法识别"):
        parse_gender(word)


def test_genders_mean_two_values():
    assert set(GENDERS.values()) == {"male", "female"}
