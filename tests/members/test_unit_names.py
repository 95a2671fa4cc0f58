"""Which spellings of a name mean one unit (requirements §3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.unit_names import choose_name, make_branch_key, make_college_key

SPELLINGS = (
    "信息1班",
    "信息1班支部",
    "信息1班团支部",
    "信息１班团支部",
    "信息 1班　团支部",
    "信息1班\u200b团支部",
    "信息1班团支部委员会",
    "信息1班支部委员会",
    "信息1班共青团支部",
    "共青团信息1班支部",
    "共青团京华大学信息1班支部委员会",
    "信息学院信息1班团支部",
    "信息学院团委信息1班团支部",
    "共青团京华大学信息学院信息1班支部",
)
OTHERS = (
    "信息2班团支部",
    "信息11班团支部",
    "信息1班党支部",
    "信息1班团总支",
    "信息1班团总支部",
    "信息1班总支部委员会",
    "信息1班党总支部",
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_branch_has_one_key(spelling):
    assert make_branch_key(spelling, "信息学院", "京华大学") == "信息1班"


def test_other_branches_and_units_of_the_party_have_keys_of_their_own():
    keys = [make_branch_key(name, "信息学院", "京华大学") for name in ("信息1班", *OTHERS)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "spelling",
    [
        "信息学院",
        "信息学院团委",
        "信息学院分团委",
        "信息学院 团委",
        "共青团信息学院委员会",
        "共青团京华大学信息学院委员会",
    ],
)
def test_every_spelling_of_a_college_has_one_key(spelling):
    assert make_college_key(spelling, "京华大学") == "信息学院"


def test_letters_have_no_case_and_no_width():
    assert make_branch_key("ＭＢＡ1801团支部") == make_branch_key("mba1801支部")
    assert make_college_key("ＭＢＡ教育中心团委") == make_college_key("mba教育中心")


@pytest.mark.parametrize("name", ["支部", "团支部", "共青团", "团委", "信息学院", "委员会"])
def test_a_name_of_nothing_but_such_words_keeps_a_key(name):
    assert make_branch_key(name, "信息学院", "京华大学")
    assert make_college_key(name, "京华大学")


@given(st.text("信息学院12班团支部委员会共青党总 ", min_size=1).filter(str.strip))
def test_adding_the_word_for_branch_never_makes_another_branch(name):
    key = make_branch_key(name)
    if not name.rstrip().endswith(("党", "总", "共青", "团", "支部", "委员会")):
        assert make_branch_key(f"{name}团支部") == make_branch_key(f"{name}支部") == key
    assert make_branch_key(f" {name}　") == key != ""


def test_the_fullest_spelling_is_the_name():
    assert choose_name(["信息1班", "信息1班团支部", "信息1班支部"]) == "信息1班团支部"
    assert choose_name(["乙支部", "甲支部"]) == choose_name(["甲支部", "乙支部"])
