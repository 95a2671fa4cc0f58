"""Characters that programs lose, replace or add."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.sheets.cells import CellError, clean_name, clean_organisation, clean_text, make_name_key
from members.sheets.characters import is_damaged, is_damaged_name, tidy_characters


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("古丽&middot;阿迪力", "古丽·阿迪力"), ("古丽&#183;阿", "古丽·阿"), ("古丽&#xB7;阿", "古丽·阿"), ("R&amp;D", "R&D"), ("A&amp;amp;B", "A&B"),
        ("葛\U000e0100天", "葛天"), ("葛\ufe01天", "葛天"), ("张\u200b三", "张三"), ("⼈⽅", "人方"), ("豈\uf900", "豈豈"),
        ("王\ue863", "王䶮"), ("\ue816\ue81e", "\U00020087龴"), ("法\u3164学", "法学"), ("AT&T", "AT&T"), ("a&b;", "a&b;"), ("张\x00三", "张三"),
        ("张\ufffe三", "张三"), ("1 &lt; 2", "1 < 2"),
    ],
)  # fmt: skip
def test_a_text_is_what_a_person_sees(written, seen):
    assert tidy_characters(written) == seen


@pytest.mark.parametrize(
    "name",
    [
        "王?",
        "王？",
        "李□",
        "李■明",
        "葛\ufffd",
        "王\ue000",
        "王*",
        "王○",
        "〓",
        "锟斤拷",
        "寮犱笁",
        "ÕÅÈý",
        "å¼ ä¸‰",
        "å¼\xa0ä¸\x89",
    ],
)
def test_a_damaged_name_is_found(name):
    assert is_damaged_name(name)


@pytest.mark.parametrize(
    "name",
    ["安知行", "王䶮", "李㛃", "琚洪波", "李锟", "𠮷田", "㐂乐", "José", "Zoë", "Åsa", "Łukasz", "Nguyễn Văn An", "Ольга", "古丽·阿迪力", "이영희", "王烫"],
)  # fmt: skip
def test_a_real_name_is_not_damaged(name):
    assert not is_damaged_name(name)
    assert clean_name(name) == name


@pytest.mark.parametrize("text", ["你知道吗？", "志愿*服务", "○号楼"])
def test_a_question_is_no_damage_of_a_title(text):
    assert not is_damaged(text)


@given(st.text(alphabet="&amp;middot#183;xB7\u200b\U000e0100\ue863⼈张三·\ufffe\x0b ", max_size=20))
def test_tidying_a_tidy_text_changes_nothing(text):
    once = tidy_characters(text)
    assert tidy_characters(once) == once == unicodedata.normalize("NFC", once)


common = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFA)]


@given(st.text(alphabet=common, min_size=1, max_size=4))
def test_a_name_in_utf_8_that_was_read_as_latin_is_refused(name):
    with pytest.raises(CellError, match="姓名"):
        clean_name(name.encode().decode("latin-1"))


@given(st.text(alphabet=common, min_size=2, max_size=2))
def test_a_name_in_utf_8_that_was_read_as_gbk_is_refused(name):
    try:
        seen = name.encode().decode("gbk")
    except UnicodeDecodeError:
        return
    if not _is_common(seen):
        with pytest.raises(CellError, match="姓名"):
            clean_name(seen)


@given(st.text(alphabet=common, min_size=1, max_size=4))
def test_a_name_of_common_characters_stays(name):
    assert not is_damaged_name(name) or name.count("烫") > 1 or name.count("屯") > 1


def _is_common(text: str) -> bool:
    try:
        return bool(text.encode("gb2312"))
    except UnicodeEncodeError:
        return False


@given(st.sampled_from(["张三", "古丽·阿迪力", "王䶮", "John Smith"]), st.data())
def test_a_name_with_invisible_characters_has_the_same_key(name, data):
    for mark in data.draw(st.lists(st.sampled_from("\u200b\ufeff\ufe00\U000e0101\u00ad\u2060"), max_size=4)):
        place = data.draw(st.integers(0, len(name)))
        name = name[:place] + mark + name[place:]
    plain = "".join(c for c in name if c.isprintable() and unicodedata.category(c) != "Mn")
    assert make_name_key(clean_name(name)) == make_name_key(plain)
    assert clean_organisation(name) == clean_organisation(plain)
    assert clean_text(name) == plain
