"""Codes of activation: letters, spelling, term and delays."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.activation_rules import (
    ALPHABET,
    LENGTH,
    MOST_WRONG,
    VALID_FOR,
    WAITS_FOR,
    build_code,
    compute_expiry,
    compute_wait,
    count_codes,
    describe_end,
    format_code,
    read_code,
)

CODES = st.integers(min_value=0, max_value=count_codes() - 1)


def test_no_two_letters_of_the_alphabet_look_alike():
    assert len(set(ALPHABET)) == len(ALPHABET) == 21
    for alike in ("0OQD", "1IL", "2Z", "5S", "8B", "6G", "UV"):
        assert sum(letter in ALPHABET for letter in alike) <= 1, alike


def test_there_are_more_than_2_to_the_52_codes():
    assert count_codes() == 21**12 > 2**52


@given(number=CODES)
def test_a_code_is_three_groups_of_four_letters(number):
    groups = build_code(number).split("-")
    assert [len(group) for group in groups] == [4, 4, 4]
    assert set("".join(groups)) <= set(ALPHABET)


@given(one=CODES, other=CODES)
def test_different_numbers_give_different_codes(one, other):
    assert (build_code(one) == build_code(other)) == (one == other)


def test_the_first_and_the_last_code():
    assert build_code(0) == "3333-3333-3333"
    assert build_code(1) == "3333-3333-3334"
    assert build_code(count_codes() - 1) == "YYYY-YYYY-YYYY"


FULL_WIDTH = {ord(letter): ord(letter) + 0xFEE0 for letter in ALPHABET + ALPHABET.lower()}
SPELLINGS = st.sampled_from(
    [
        str.lower,
        lambda code: code.translate(FULL_WIDTH),
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " — "),
        lambda code: f"\u200b {code}\u3000",
        lambda code: "－".join(code.lower()),
    ]
)


@given(number=CODES, spell=SPELLINGS)
def test_a_code_is_read_in_every_spelling(number, spell):
    code = build_code(number)
    letters = read_code(spell(code))
    assert format_code(letters) == code
    assert len(letters) == LENGTH


@pytest.mark.parametrize(
    "typed",
    [
        "", "   ", "3467", "3467-9ACD-EFH", "3467-9ACD-EFHJK", "O467-9ACD-EFHJ", "3467-9ACD-EFH0", "张伟",
        "²467-9ACD-EFHJ",
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_a_code_is_not_read(typed):
    assert read_code(typed) == ""


def test_a_code_is_valid_for_thirty_days():
    now = datetime(2018, 9, 1, 8, tzinfo=UTC)
    assert compute_expiry(now) == datetime(2018, 10, 1, 8, tzinfo=UTC)
    assert timedelta(days=30) == VALID_FOR
    assert timedelta(minutes=30) == WAITS_FOR


@pytest.mark.parametrize(
    ("mistakes", "seconds"),
    [
        (0, 0),
        (1, 0),
        (2, 0),
        (3, 5),
        (4, 10),
        (5, 20),
        (9, 320),
        (10, 640),
        (11, 900),
        (12, 900),
        (10**6, 900),
    ],
)
def test_the_delay_doubles_after_three_mistakes_up_to_a_quarter_of_an_hour(mistakes, seconds):
    assert compute_wait(mistakes) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("has_password", "signed_in_before", "ends"),
    [
        (False, False, ""),
        (True, False, "原来的密码失效，其他设备上的登录退出"),
        (True, True, "原来的密码失效，其他设备上的登录退出"),
        (False, True, "其他设备上的登录退出"),
    ],
)
def test_only_what_there_was_ends_with_a_code(has_password, signed_in_before, ends):
    assert describe_end(has_password=has_password, signed_in_before=signed_in_before) == ends


def test_a_code_is_void_after_twenty_mistakes():
    assert MOST_WRONG == 20
