"""The pure rule that finds records of one service."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.rules.linking import (
    LEDGERS,
    Entry,
    get_ledger,
    group_entries,
    group_with_doubts,
    normalise_title,
    overlaps_by_half,
)

DAY = date(2018, 10, 13)
BEIJING = timezone(timedelta(hours=8))
PORTAL, LEAGUE, VOLUNTEERS = LEDGERS
numbers = count(1)


def make_entry(ledger, start=None, minutes=120, *, title="助残服务", day=DAY, group=None, pk=None) -> Entry:
    """Return an entry. `start`: hours since midnight, or None if the ledger has only the day."""
    begins = (
        None
        if start is None
        else datetime(day.year, day.month, day.day, tzinfo=BEIJING) + timedelta(hours=start)
    )
    ends = begins + timedelta(minutes=minutes) if begins else None
    return Entry(pk or next(numbers), ledger, day, minutes, title, begins, ends, group)


def group_into_sets(*entries) -> list[set[int]]:
    found = defaultdict(set)
    for pk, service in group_entries(entries).items():
        found[service].add(pk)
    return sorted(found.values(), key=min)


def test_the_same_minute_of_beginning_is_the_same_service_whatever_it_is_called():
    one, other = make_entry(LEAGUE, 9), make_entry(VOLUNTEERS, 9, 90, title="别的名称")
    assert group_into_sets(one, other) == [{one.pk, other.pk}]


def test_one_ledger_never_holds_a_service_twice():
    assert group_into_sets(make_entry(LEAGUE, 9), make_entry(LEAGUE, 9)) == []
    assert get_ledger("attendance") == get_ledger("supplement") == PORTAL
    assert [get_ledger(ledger) for ledger in LEDGERS] == list(LEDGERS)


def test_all_three_ledgers_make_one_group_with_its_smallest_number():
    entries = [make_entry(ledger, 9) for ledger in (VOLUNTEERS, PORTAL, LEAGUE)]
    assert group_entries(entries) == dict.fromkeys((e.pk for e in entries), entries[0].pk)


def test_more_than_half_of_the_shorter_must_overlap():
    long, half = make_entry(LEAGUE, 9, 240), make_entry(VOLUNTEERS, 12, 120)
    assert group_into_sets(long, half) == []
    more = make_entry(VOLUNTEERS, 11.95, 120)
    assert group_into_sets(long, more) == [{long.pk, more.pk}]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((9, 120), (9, 120), True),
        ((9, 120), (10, 120), False),
        ((9, 121), (10, 120), True),
        ((9, 240), (11, 30), True),
        ((9, 60), (10, 60), False),
        ((9, 60), (14, 60), False),
        ((None, 60), (9, 60), False),
        ((9, 60), (None, 60), False),
    ],
)
def test_times_overlap_by_more_than_half_of_the_shorter_or_are_two_services(one, other, same):
    pair = make_entry(LEAGUE, *one), make_entry(VOLUNTEERS, *other)
    assert overlaps_by_half(*pair) is overlaps_by_half(*reversed(pair)) is same


def test_without_an_end_a_service_lasts_as_long_as_its_ledger_says():
    long, short = make_entry(LEAGUE, 9, 240), make_entry(VOLUNTEERS, 11, 60)
    assert overlaps_by_half(replace(long, end=None), replace(short, end=None))
    assert not overlaps_by_half(replace(long, end=None, minutes=150), short)


def test_seconds_do_not_make_another_minute_of_beginning():
    one, other = make_entry(LEAGUE, 9, 30), make_entry(VOLUNTEERS, 9, 30)
    late = replace(other, start=other.start + timedelta(seconds=59, microseconds=5), end=None, minutes=400)
    assert group_into_sets(one, late) == [{one.pk, late.pk}]


def test_two_that_could_be_it_are_left_to_somebody_who_knows():
    whole = make_entry(LEAGUE, 9, 240)
    assert group_into_sets(whole, make_entry(VOLUNTEERS, 9.5, 60), make_entry(VOLUNTEERS, 11, 60)) == []
    assert (
        group_into_sets(
            make_entry(LEAGUE, 9.5, 60), make_entry(LEAGUE, 11, 60), make_entry(VOLUNTEERS, 9, 240)
        )
        == []
    )
    for one, other in ((LEAGUE, VOLUNTEERS), (VOLUNTEERS, LEAGUE)):
        assert (
            group_into_sets(
                make_entry(one, title="甲"), make_entry(one, title="乙"), make_entry(other, title="丙")
            )
            == []
        )
    assert (
        group_into_sets(
            make_entry(LEAGUE, minutes=60), make_entry(LEAGUE, minutes=90), make_entry(VOLUNTEERS)
        )
        == []
    )


@pytest.mark.parametrize(("here", "there"), [(None, None), (9, None), (9, 9)])
def test_of_those_that_are_alike_any_will_do_and_none_counts_twice(here, there):
    for league, volunteers in ((1, 2), (2, 1), (2, 2), (3, 2)):
        entries = [make_entry(LEAGUE, here) for _ in range(league)]
        entries += [make_entry(VOLUNTEERS, there) for _ in range(volunteers)]
        assert list(map(len, group_into_sets(*entries))) == [2] * min(league, volunteers)


def test_two_services_of_a_day_are_found_in_a_ledger_without_times():
    morning, afternoon = make_entry(LEAGUE, 9), make_entry(LEAGUE, 14)
    one, other = (
        make_entry(VOLUNTEERS, title="助残服务（上午）"),
        make_entry(VOLUNTEERS, title="助残服务（下午）"),
    )
    assert sorted(map(len, group_into_sets(morning, afternoon, one, other))) == [2, 2]
    assert group_into_sets(morning, afternoon, one) == []
    shorter = make_entry(VOLUNTEERS, minutes=110)
    assert list(map(len, group_into_sets(morning, afternoon, make_entry(VOLUNTEERS), shorter))) == [2, 2]


def test_those_of_different_times_are_never_one_service_however_alike():
    timed = [make_entry(LEAGUE, 9), make_entry(LEAGUE, 11), make_entry(VOLUNTEERS, 15)]
    assert group_into_sets(*timed) == []
    late, without = make_entry(LEAGUE), make_entry(VOLUNTEERS)
    assert group_into_sets(timed[0], late, timed[2], without) == [
        {timed[0].pk, without.pk},
        {timed[2].pk, late.pk},
    ]


def test_of_two_at_the_same_minute_the_same_duration_decides():
    one, right, wrong = (
        make_entry(LEAGUE, 9, 60),
        make_entry(VOLUNTEERS, 9, 60),
        make_entry(VOLUNTEERS, 9, 90),
    )
    assert group_into_sets(one, wrong, right) == [{one.pk, right.pk}]
    assert (
        group_into_sets(
            make_entry(LEAGUE, 9, 60), make_entry(VOLUNTEERS, 9, 61), make_entry(VOLUNTEERS, 9, 62)
        )
        == []
    )


def test_without_times_the_day_with_the_title_or_the_duration_decides():
    one, other = (
        make_entry(LEAGUE, 9, 120, title="清河街道·助残"),
        make_entry(VOLUNTEERS, title="清河街道 助残", minutes=100),
    )
    assert group_into_sets(one, other) == [{one.pk, other.pk}]
    same = make_entry(VOLUNTEERS, title="其他", minutes=120)
    assert group_into_sets(one, same) == [{one.pk, same.pk}]
    assert group_into_sets(one, make_entry(VOLUNTEERS, title="其他", minutes=100)) == []
    assert group_into_sets(one, make_entry(VOLUNTEERS, day=DAY + timedelta(days=1))) == []


def test_with_times_on_both_sides_the_day_alone_says_nothing():
    assert group_into_sets(make_entry(LEAGUE, 9), make_entry(VOLUNTEERS, 14)) == []


def test_what_was_put_together_by_hand_stays_and_others_may_join():
    one, other = make_entry(LEAGUE, 9, pk=901, group=901), make_entry(VOLUNTEERS, 15, pk=902, group=901)
    assert group_into_sets(one, other) == [{901, 902}]
    own = make_entry(PORTAL, 9, pk=5)
    assert group_entries([one, other, own]) == {901: 901, 902: 901, 5: 901}


def test_two_groups_made_by_hand_are_never_made_one():
    one, other = make_entry(LEAGUE, 9, pk=901, group=901), make_entry(VOLUNTEERS, 9, pk=902, group=902)
    assert group_entries([one, other]) == {}
    third = make_entry(PORTAL, 20, pk=903, group=903)
    assert group_entries([one, other, third]) == {}


def test_two_groups_with_a_record_of_the_same_ledger_are_never_made_one():
    morning = make_entry(PORTAL, 9, 60, pk=1), make_entry(LEAGUE, 9, 300, pk=2)
    later = make_entry(PORTAL, 10, 60, pk=3), make_entry(VOLUNTEERS, 10, 240, pk=4)
    assert group_entries([*morning, *later]) == {1: 1, 2: 1, 3: 3, 4: 3}


def test_who_joins_a_group_made_by_hand_takes_its_number_whichever_ledger_it_is_of():
    for made, new in ((LEAGUE, VOLUNTEERS), (VOLUNTEERS, LEAGUE)):
        assert group_entries([make_entry(made, 9, pk=7, group=901), make_entry(new, 9, pk=8)]) == {
            7: 901,
            8: 901,
        }


def test_a_group_takes_no_second_record_of_a_ledger_by_way_of_the_third():
    """The late record overlaps 志愿北京's, which already has another partner through the portal's."""
    portal, volunteers = make_entry(PORTAL, 9, 120, pk=1), make_entry(VOLUNTEERS, 9.5, 120, pk=2)
    early, late = make_entry(LEAGUE, 8.9, 70, pk=3), make_entry(LEAGUE, 10.9, 70, pk=4)
    assert group_entries([portal, volunteers, early, late]) == {1: 1, 2: 1, 3: 1}
    assert group_entries([volunteers, late]) == {2: 2, 4: 2}


def test_what_was_put_apart_by_hand_stays_apart():
    assert group_into_sets(make_entry(LEAGUE, 9, pk=901, group=-901), make_entry(VOLUNTEERS, 9)) == []


def test_the_rest_of_a_group_made_by_hand_is_open_to_the_record_that_takes_the_lost_one_s_place():
    rest, new = make_entry(VOLUNTEERS, 9, pk=902, group=901), make_entry(LEAGUE, 9, pk=990)
    assert group_entries([rest, new]) == {902: 901, 990: 901}


def test_titles_are_compared_without_marks():
    assert normalise_title("清河街道·助残（周末）") == normalise_title("清河街道 助残(周末)")


ENTRIES = st.lists(
    st.builds(
        lambda ledger, start, minutes, title, day: (ledger, start, minutes, title, DAY + timedelta(days=day)),
        st.sampled_from(LEDGERS),
        st.sampled_from([None, 8, 8.5, 9, 10, 23]),
        st.sampled_from([60, 90, 120, 240]),
        st.sampled_from(["甲", "乙"]),
        st.integers(0, 1),
    ),
    max_size=9,
)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_never_matters_and_a_group_has_one_record_of_a_ledger(drawn, random):
    entries = [
        make_entry(ledger, start, minutes, title=title, day=day, pk=place)
        for place, (ledger, start, minutes, title, day) in enumerate(drawn, 1)
    ]
    found = group_entries(entries)
    shuffled = random.sample(entries, len(entries))
    assert group_entries(shuffled) == found
    by_pk = {e.pk: e for e in entries}
    for service in set(found.values()):
        ledgers = [by_pk[pk].ledger for pk in found if found[pk] == service]
        assert 2 <= len(ledgers) == len(set(ledgers))
        assert service == min(pk for pk in found if found[pk] == service)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_numbers_given_in_another_order_make_the_same_groups(drawn, random):
    """The order of the files decides the numbers of the records, and nothing else."""

    def group_in_order(pks):
        entries = [
            make_entry(ledger, start, minutes, title=title, day=day, pk=pk)
            for pk, (ledger, start, minutes, title, day) in zip(pks, drawn, strict=True)
        ]
        # Of two equal records either one may be taken.
        place = {pk: repr(what) for pk, what in zip(pks, drawn, strict=True)}
        found = defaultdict(list)
        for pk, service in group_entries(entries).items():
            found[service].append(place[pk])
        return sorted(map(sorted, found.values()))

    pks = list(range(1, len(drawn) + 1))
    assert group_in_order(pks) == group_in_order(random.sample(pks, len(pks)))


def find_doubts(*entries) -> set[int]:
    return group_with_doubts(entries)[1]


def test_day_and_duration_alone_under_different_titles_are_a_doubtful_link():
    one, other = make_entry(LEAGUE, 9), make_entry(VOLUNTEERS, title="别的名称")
    assert group_into_sets(one, other) == [{one.pk, other.pk}]
    assert find_doubts(one, other) == {one.pk, other.pk}


@pytest.mark.parametrize(
    ("start", "title"), [(9, "别的名称"), (9.5, "别的名称"), (None, "助残服务"), (None, "助残·服务")]
)
def test_times_or_titles_leave_no_doubt(start, title):
    assert find_doubts(make_entry(LEAGUE, 9), make_entry(VOLUNTEERS, start, title=title)) == set()


@pytest.mark.parametrize("titles", [("甲", "乙"), ("乙", "甲")])
def test_either_title_may_be_the_first_of_a_doubtful_link(titles):
    one, other = (
        make_entry(ledger, title=title) for ledger, title in zip((LEAGUE, VOLUNTEERS), titles, strict=True)
    )
    assert find_doubts(one, other) == {one.pk, other.pk}


def test_records_that_somebody_put_into_two_groups_are_not_doubtful():
    one, other = make_entry(LEAGUE, title="甲", group=5), make_entry(VOLUNTEERS, title="乙", group=6)
    assert find_doubts(one, other) == set()


def test_a_doubt_is_about_all_records_of_its_service_and_no_others():
    attended, league = make_entry(PORTAL, 9), make_entry(LEAGUE, 9)
    volunteers, apart = make_entry(VOLUNTEERS, title="别的名称"), make_entry(LEAGUE, 14, 60)
    entries = [attended, league, volunteers, apart, make_entry(VOLUNTEERS, 14, 60)]
    assert find_doubts(*entries) == {attended.pk, league.pk, volunteers.pk}


def test_who_joined_records_by_hand_has_no_doubt():
    one, other = make_entry(LEAGUE, 9, group=5, pk=5001), make_entry(VOLUNTEERS, title="别的名称")
    assert group_into_sets(one, other) == [{one.pk, other.pk}]
    assert find_doubts(one, other) == set()
