"""Words for nothing, and the rows of a sheet that are no data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.sheets.cells import (
    CellError,
    clean_label,
    clean_name,
    clean_number,
    clean_organisation,
    clean_phone,
)
from members.sheets.fillers import is_filler
from members.sheets.nothing import WORDS, is_error_value, is_zero, means_nothing

WAYS = ["{}", " {} ", "（{}）", "[{}]", "“{}”", "{}。", "--{}--", "\u200b{}", "'{}"]


@pytest.mark.parametrize("clean", [clean_label, clean_name, clean_number, clean_organisation, clean_phone])
@given(word=st.sampled_from(sorted(WORDS)), way=st.sampled_from(WAYS), upper=st.booleans())
def test_a_word_for_nothing_is_nothing_in_every_column(clean, word, way, upper):
    text = way.format(word.upper() if upper else word)
    assert means_nothing(text)
    try:
        assert clean(text) == ""
    except CellError:
        assert clean is clean_number  # a quoted word in brackets may be refused as a number


@given(st.text(alphabet="-—/\\.…。*·、，,~_ |#?？！()（）", max_size=8))
def test_signs_say_nothing(text):
    assert means_nothing(text) or is_error_value(text)


@pytest.mark.parametrize("text", ["0", "00", "0.0", "０", "-0", "0%"])
def test_zero_is_zero(text):
    assert is_zero(text)


@pytest.mark.parametrize(
    "text",
    [
        "1801",
        "3-1",
        "无锡班",
        "空军班",
        "NAN班",
        "nana",
        "Null山",
        "10",
        "无偿献血",
        "略阳",
        "以上班",
        "0班",
        "法0",
    ],
)
def test_names_that_contain_such_a_word_stay(text):
    assert not means_nothing(text) and not is_zero(text)
    assert clean_organisation(text) == clean_label(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "#N/A",
        "#n/a",
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "######",
        "Err:502",
        "＃Ｎ／Ａ",
    ],
)
def test_error_values_are_found(text):
    assert is_error_value(text) and not means_nothing(text)
    for clean in (clean_label, clean_name, clean_number, clean_organisation):
        with pytest.raises(CellError):
            clean(text)


PERSON = ("2018010001", "安知行", "法学院")


@given(
    st.lists(
        st.sampled_from(["", None, "无", "/", "…", 0, 0.0, "0", "\u200b", "nan", " "]), min_size=3, max_size=6
    )
)
def test_a_row_that_says_nothing_is_a_filler(row):
    assert is_filler(row, row)


@pytest.mark.parametrize(
    "mark",
    [
        "示例",
        "样例",
        "例",
        "例：",
        "（示例）",
        "填写示例",
        "示例1",
        "例如：",
        "Example",
        "SAMPLE",
        "示例行",
        "示例（请删除）",
    ],
)
def test_a_mark_beside_the_data_makes_an_example(mark):
    assert is_filler((mark, *PERSON), PERSON)
    assert is_filler((*PERSON, mark), PERSON)


@pytest.mark.parametrize(
    "remark",
    [
        "",
        "示范支部",
        "样板间讲解",
        "例会",
        "2018级",
        "填表人",
        "请假两天",
        "示例项目负责人",
        "已完成",
        "备注：无",
        "案例组",
        1,
        2.5,
    ],
)
def test_other_remarks_do_not(remark):
    assert not is_filler((remark, *PERSON), PERSON)
    assert not is_filler((*PERSON, remark), PERSON)


@pytest.mark.parametrize(
    "title", ["例：", "示例", "例会服务", "以下空白", "请填写问卷", "填表服务", "示例教学志愿服务", "必填"]
)
def test_only_a_clear_mark_in_a_known_column_counts(title):
    person = (*PERSON, title)
    assert is_filler(person, person) == (title in ("例：", "示例"))


@pytest.mark.parametrize(
    "text",
    [
        "以下空白",
        "此行以下为空",
        "以下无正文",
        "——以下空白——",
        "（以下空白）",
        "以下为空白",
        "以下空行",
        "END",
        "完",
        "空白",
        "--end--",
    ],
)
def test_a_line_that_ends_the_table_is_a_filler(text):
    assert is_filler((text, "", ""), (text, "", ""))
    assert is_filler(("", text, None), (text, None))
