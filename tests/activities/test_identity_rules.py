"""The pure rule that finds the record that a row without number is about."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from activities.rules.identity import Service, pair_services


def told(pk, title="助残", hour=None, minutes=120, *, numbered=False) -> Service:
    start = None if hour is None else datetime(2018, 10, 1, hour, tzinfo=UTC)
    return Service(pk, numbered, title, start, minutes)


def test_the_same_start_is_the_same_service_under_another_title_and_duration():
    assert pair_services([told(1, "助老", 9, 90)], [told(7, "助残", 9)]) == {1: 7}


def test_of_two_records_of_one_start_the_row_takes_the_one_that_it_equals():
    records = [told(7, "助老", 9, numbered=True), told(8, "助残", 9, 60, numbered=True)]
    assert pair_services([told(1, "助残", 9)], records) == {1: 8}
    assert pair_services([told(1, "助学", 9)], records) == {1: 7}
    assert pair_services([told(1, "助学", 9, 30)], records) == {}


def test_another_start_is_another_service():
    assert pair_services([told(1, hour=9)], [told(7, hour=10)]) == {}


@pytest.mark.parametrize(("row", "record"), [(None, 9), (9, None), (None, None)])
def test_a_title_and_a_duration_match_where_one_side_has_no_time(row, record):
    assert pair_services([told(1, hour=row)], [told(7, hour=record)]) == {1: 7}
    assert pair_services([told(1, "助老", row)], [told(7, hour=record)]) == {}


def test_durations_match_first_and_the_rest_in_order():
    records = [told(7, minutes=120), told(8, minutes=180)]
    assert pair_services([told(1, minutes=240), told(2, minutes=120)], records) == {2: 7, 1: 8}
    assert pair_services([told(1, minutes=190), told(2, minutes=130)], records) == {2: 7, 1: 8}


def test_one_row_left_is_not_matched_to_one_of_two_records():
    records = [told(7, minutes=120), told(8, minutes=180)]
    assert pair_services([told(1, minutes=240)], records) == {}
    assert pair_services([told(1, minutes=240)], records[:1], changed_minutes=False) == {}


def test_two_rows_left_are_not_matched_to_one_record():
    assert pair_services([told(1, minutes=240), told(2, minutes=300)], [told(7, minutes=120)]) == {}


def test_two_rows_of_one_start_are_not_matched_to_two_records_that_differ_in_title_and_duration():
    rows = [told(1, "助老", 9, 30), told(2, "助学", 9, 60)]
    assert pair_services(rows, [told(7, "助残", 9, 90), told(8, "环保", 9, 120)]) == {}


def test_a_numbered_row_takes_the_record_without_number_first():
    rows = [told(1, hour=9), told(2, hour=9, numbered=True)]
    records = [told(7, hour=9), told(8, hour=9, numbered=True)]
    assert pair_services(rows, records) == {2: 7, 1: 8}


def test_two_numbers_of_the_ledger_are_two_services():
    assert pair_services([told(1, hour=9, numbered=True)], [told(7, hour=9, numbered=True)]) == {}
    records = [told(7, hour=9, numbered=True), told(8, hour=9)]
    assert pair_services([told(1, hour=9, numbered=True)], records) == {1: 8}


def test_equal_rows_take_equal_records_one_by_one():
    assert pair_services([told(1), told(2), told(3)], [told(7), told(8)]) == {1: 7, 2: 8}


def test_the_order_of_rows_and_records_does_not_matter():
    rows = [told(1, hour=9), told(2, minutes=60), told(3, "助老", minutes=60)]
    records = [told(7, "助学", 9, 30), told(8, minutes=90), told(9, "助老", 14, 60)]
    found = {
        tuple(sorted(pair_services(list(some), list(others)).items()))
        for some in permutations(rows)
        for others in permutations(records)
    }
    assert found == {((1, 7), (2, 8), (3, 9))}
