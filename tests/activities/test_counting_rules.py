"""What counts of a person's records: never more than passed, one service once, and a reason for every minute lost."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activities.rules.counting import LedgerRecord, YearRules, count_records
from activities.rules.shortfalls import Named, Shortfall, explain_shorter, explain_shortfall

BEIJING = timezone(timedelta(hours=8))
DAY = date(2018, 9, 1)
RULES = YearRules(appraisal=("league", "attendance"), admission=("volunteer_beijing", "attendance"))
BOTH = YearRules(
    appraisal=("league", "volunteer_beijing"), admission=("volunteer_beijing", "league"), longest=False
)


def at(hour: int, minute: int = 0, *, day: date = DAY, second: int = 0) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=BEIJING) + timedelta(
        hours=hour, minutes=minute, seconds=second
    )


def make(pk: int, first: int | None = None, last: int | None = None, **facts) -> LedgerRecord:
    """Make a confirmed record of the league from `first` to `last` o'clock; without them, one of two hours."""
    start, end = (at(hour) if hour is not None else None for hour in (first, last))
    minutes = (last - first) * 60 if first is not None and last is not None else 120
    return LedgerRecord(
        **{"pk": pk, "source": "league", "served_on": DAY, "minutes": minutes, "start": start, "end": end}
        | facts
    )


def count(*records: LedgerRecord, rules: YearRules = RULES):
    return count_records(records, lambda year: rules)


def read_appraisal(counted) -> dict[int, tuple]:
    return {pk: (row.appraisal, row.appraisal_reason, row.appraisal_yields_to) for pk, row in counted.items()}


# --- sources and states ---


def test_a_record_counts_for_the_purposes_that_name_its_source():
    counted = count(
        make(1, 8, 10), make(2, 11, 12, source="volunteer_beijing"), make(3, 13, 14, source="attendance")
    )
    assert [(row.appraisal, row.admission) for row in counted.values()] == [(120, 0), (0, 60), (60, 60)]
    assert [(row.appraisal_reason, row.admission_reason) for row in counted.values()] == [
        ("", "source"),
        ("source", ""),
        ("", ""),
    ]


def test_each_record_follows_the_rules_of_its_own_year():
    records = [
        make(1, None, None, served_on=date(2018, 12, 31)),
        make(2, None, None, served_on=date(2019, 1, 1)),
    ]
    counted = count_records(records, lambda year: RULES if year == 2018 else YearRules((), ()))
    assert [row.appraisal for row in counted.values()] == [120, 0]


def test_a_pending_record_counts_nothing_and_says_what_it_would_add():
    counted = count(make(1, 8, 10, state="pending"), make(2, 9, 11))
    assert (counted[1].appraisal, counted[1].admission, counted[1].waiting) == (0, 0, 60)
    assert (counted[1].appraisal_reason, counted[1].admission_reason) == ("pending", "pending")
    assert counted[2].appraisal == 120
    assert counted[2].waiting == 0


def test_what_waits_of_a_source_that_does_not_count_adds_nothing():
    assert count(make(1, 8, 10, state="pending", source="volunteer_beijing"))[1].waiting == 0


# --- one service ---


def test_of_a_service_the_record_of_the_source_named_first_counts_whatever_its_length():
    short, long = make(1, 8, 10, group=1), make(2, 8, 12, group=1, source="volunteer_beijing")
    assert read_appraisal(count(short, long, rules=BOTH)) == {
        1: (120, "", None),
        2: (0, "same_service", 1),
    }
    assert [row.admission for row in count(short, long, rules=BOTH).values()] == [0, 240]
    assert count(short, long, rules=BOTH)[1].admission_yields_to == 2


def test_with_the_switch_of_the_year_the_longest_record_counts():
    short, long = make(1, 8, 10, group=1), make(2, 8, 12, group=1, source="volunteer_beijing")
    assert [row.appraisal for row in count(short, long, rules=replace(BOTH, longest=True)).values()] == [
        0,
        240,
    ]
    equal = replace(long, minutes=120)
    assert [row.appraisal for row in count(short, equal, rules=replace(BOTH, longest=True)).values()] == [
        120,
        0,
    ]


def test_a_group_over_the_end_of_a_year_follows_the_rules_of_its_first_day():
    first = make(1, served_on=date(2018, 12, 31), group=1)
    second = make(2, served_on=date(2019, 1, 1), group=1, source="volunteer_beijing", minutes=200)
    longest = replace(BOTH, longest=True)
    early = count_records([first, second], lambda year: longest if year == 2018 else BOTH)
    late = count_records([first, second], lambda year: longest if year == 2019 else BOTH)
    assert ([row.appraisal for row in early.values()], [row.appraisal for row in late.values()]) == (
        [0, 200],
        [120, 0],
    )


def test_of_equal_sources_the_content_decides_and_then_the_number():
    group = [make(3, title="乙", group=3), make(2, title="甲", group=3), make(1, title="乙", group=3)]
    for order in permutations(group):
        assert [pk for pk, row in count(*order).items() if row.appraisal] == [
            min(group, key=lambda r: (r.title, r.pk)).pk
        ]


def test_a_record_of_a_source_that_does_not_count_names_the_record_of_its_service_that_does():
    counted = count(make(1, 8, 10, group=1), make(2, 8, 10, group=1, source="volunteer_beijing"))
    assert read_appraisal(counted)[2] == (0, "source", 1)
    assert (counted[1].admission_reason, counted[1].admission_yields_to) == ("source", 2)


def test_what_waits_beside_a_confirmed_record_of_its_service_adds_nothing_and_names_it():
    waiting = make(2, 8, 12, group=1, state="pending")
    counted = count(make(1, 8, 10, group=1, source="attendance"), waiting)
    assert (counted[2].waiting, counted[2].appraisal_yields_to, counted[2].admission_yields_to) == (0, 1, 1)


def test_of_two_waiting_records_of_a_service_one_adds_its_minutes():
    first, second = (
        make(1, 8, 10, group=1, state="pending"),
        make(2, 8, 11, group=1, state="pending", source="attendance"),
    )
    counted = count(first, second)
    assert [(row.waiting, row.appraisal_yields_to) for row in counted.values()] == [(120, None), (0, 1)]


# --- time ---


def test_records_that_overlap_count_their_union_and_the_later_one_yields():
    assert read_appraisal(count(make(2, 9, 11), make(1, 8, 10))) == {
        1: (120, "", None),
        2: (60, "overlap", 1),
    }


def test_records_that_only_touch_do_not_overlap():
    assert [row.appraisal for row in count(make(1, 8, 10), make(2, 10, 12)).values()] == [120, 120]


def test_three_at_once_count_the_time_that_passed():
    counted = count(make(1, 8, 12), make(2, 8, 12), make(3, 9, 13))
    assert [row.appraisal for row in counted.values()] == [240, 0, 60]
    assert [row.appraisal_yields_to for row in counted.values()] == [None, 1, 1]


def test_records_overlap_whichever_ledger_they_come_from():
    counted = count(make(1, 9, 11), make(2, 8, 10, source="volunteer_beijing"), rules=BOTH)
    assert read_appraisal(counted) == {1: (60, "overlap", 2), 2: (120, "", None)}


def test_of_records_that_begin_together_the_source_named_first_counts():
    counted = count(make(1, 8, 10, source="volunteer_beijing"), make(2, 8, 10), rules=BOTH)
    assert read_appraisal(counted) == {1: (0, "overlap", 2), 2: (120, "", None)}


def test_a_record_yields_to_the_first_that_takes_place_at_the_same_time():
    counted = count(
        make(1, 8, 9), make(2, None, None, start=at(8, 30), end=at(9, 30), minutes=60), make(3, 9, 10)
    )
    assert read_appraisal(counted)[3] == (30, "overlap", 2)
    later = make(3, None, None, start=at(9, 10), end=at(10), minutes=50)
    counted = count(make(1, 8, 9), make(2, None, None, start=at(8, 30), end=at(9, 30), minutes=60), later)
    assert read_appraisal(counted)[3] == (30, "overlap", 2)


def test_a_record_does_not_yield_to_one_of_the_day_before_that_begins_after_it():
    """A night shift may be written down on the day on which it was planned."""
    next_day = DAY + timedelta(days=1)
    last = make(1, 26, 28)
    first, bridge, twin = (
        make(pk, *span, served_on=next_day) for pk, span in ((2, (24, 26)), (3, (25, 27)), (4, (24, 26)))
    )
    assert read_appraisal(count(last, first, bridge, twin))[4] == (0, "overlap", 2)
    short = replace(twin, end=at(25, 30), minutes=90, title="乙")
    assert read_appraisal(count(last, first, bridge, short))[4] == (0, "overlap", 2)


def test_what_a_record_leaves_of_its_span_is_not_given_to_those_that_follow():
    counted = count(make(1, 8, 10, minutes=30), make(2, 10, 11), make(3, 10, 11))
    assert [row.appraisal for row in counted.values()] == [30, 60, 0]


@pytest.mark.parametrize(
    ("spans", "minutes"),
    [
        (((8, 9), (10, 12), (11, 14), (13, 15)), [60, 120, 120, 60]),
        (((8, 9), (10, 14), (11, 12), (13, 15)), [60, 240, 0, 60]),
    ],
)
def test_records_that_overlap_through_others_count_their_union_also_after_a_pause(spans, minutes):
    counted = count(*(make(pk, *span) for pk, span in enumerate(spans, 1)))
    assert [row.appraisal for row in counted.values()] == minutes


def test_seconds_never_count():
    half = timedelta(seconds=30)
    one, other = make(1, 8, 9), make(2, None, None, start=at(8, 30), end=at(9, 30) + half, minutes=60)
    counted = count(replace(one, end=at(9) + half), other)
    assert read_appraisal(counted) == {1: (60, "", None), 2: (30, "overlap", 1)}
    long = make(2, None, None, start=at(8, 30), end=at(10), minutes=90)
    last = make(3, None, None, start=at(9), end=at(10, 30) + half, minutes=90)
    counted = count(replace(one, end=at(9) + half), long, last)
    assert [row.appraisal for row in counted.values()] == [60, 60, 30]


def test_a_record_counts_at_most_its_own_span_in_whole_minutes():
    record = make(1, 8, 10, minutes=300)
    assert read_appraisal(count(record))[1] == (120, "span", None)
    assert read_appraisal(count(replace(record, end=at(9, 59, second=59))))[1] == (119, "span", None)


def test_a_record_without_an_end_lasts_its_minutes():
    counted = count(make(1, 8, minutes=90), make(2, 9, 10))
    assert read_appraisal(counted) == {1: (90, "", None), 2: (30, "overlap", 1)}


def test_what_somebody_decided_to_count_apart_is_limited_by_the_day_only():
    counted = count(make(1, 8, 10), make(2, 8, 10, apart=True, minutes=300))
    assert [row.appraisal for row in counted.values()] == [120, 300]


def test_a_day_counts_24_hours():
    counted = count(make(1, minutes=1200, title="A"), make(2, minutes=1200, title="B"), make(3, 8, 10))
    assert read_appraisal(counted) == {
        1: (1200, "", None),
        2: (240, "day_full", None),
        3: (0, "day_full", None),
    }
    other = count(make(1, minutes=1200), make(2, minutes=1200, served_on=date(2018, 9, 2)))
    assert [row.appraisal for row in other.values()] == [1200, 1200]


def test_a_cluster_over_midnight_leaves_the_later_day_its_room():
    """The union of both is 4 hours; the first day gives what it can before the second day is asked."""
    late, early = make(1, 22, 26), make(2, 24, 26, served_on=date(2018, 9, 2))
    full = make(3, minutes=1380, served_on=date(2018, 9, 2))
    counted = count(late, early, full)
    assert [row.appraisal for row in counted.values()] == [240, 0, 1380]
    assert (
        sum(row.appraisal for row in count(replace(late, minutes=120), early, full).values())
        == 120 + 60 + 1380
    )


def test_the_records_of_a_year_count_no_minute_that_only_the_next_year_has():
    eve = date(2018, 12, 31)
    night = make(1, served_on=eve, start=at(22, day=eve), end=at(26, day=eve), minutes=240)
    party = make(2, served_on=eve, start=at(22, 10, day=eve), end=at(26, 10, day=eve), minutes=240)
    next_day = date(2019, 1, 1)
    morning = make(3, served_on=next_day, start=at(1, day=next_day), end=at(5, day=next_day), minutes=240)
    assert [row.appraisal for row in count(night, party, morning).values()] == [240, 10, 170]


def test_what_waits_of_a_day_is_given_no_minute_that_only_the_next_day_has():
    night, next_day = make(1, 22, 26), DAY + timedelta(days=1)
    waiting = make(2, 22, 26, state="pending")
    morning = make(3, served_on=next_day, start=at(1, day=next_day), end=at(5, day=next_day), minutes=60)
    assert count(night, waiting, morning)[2].waiting == 0


def test_what_waits_is_given_what_is_left_of_the_day_and_the_union():
    counted = count(
        make(1, minutes=1380), make(2, minutes=120, state="pending"), make(3, 8, 10, state="pending")
    )
    assert [row.waiting for row in counted.values()] == [0, 60, 0]


# --- properties ---

START = at(0)


@st.composite
def ledgers(draw):
    """Draw records of one person, with links, that begin on the day that they are of.

    A group of linked records has at most one of each ledger, as the linking makes them.
    """
    found, linked = [], set()
    for pk in range(1, draw(st.integers(1, 7)) + 1):
        start = START + timedelta(minutes=draw(st.integers(0, 3 * 24 * 4)) * 15)
        timed, span = draw(st.booleans()), draw(st.sampled_from([15, 60, 240, 705, 1440]))
        source = draw(st.sampled_from(["league", "volunteer_beijing"]))
        group = draw(st.sampled_from([None, None, None, 1])) if source not in linked else None
        linked |= {source} if group else set()
        found.append(
            LedgerRecord(
                pk=pk,
                source=source,
                served_on=start.date(),
                minutes=draw(st.sampled_from([15, 60, 240, 705, 1440])),
                start=start if timed else None,
                end=start + timedelta(minutes=span) if timed and draw(st.booleans()) else None,
                title=draw(st.sampled_from(["甲", "乙"])),
                state=draw(st.sampled_from(["confirmed", "confirmed", "confirmed", "pending"])),
                group=group,
                apart=draw(st.integers(0, 9)) == 0,
            )
        )
    return found


def sum_appraisal(records) -> int:
    return sum(row.appraisal for row in count(*records, rules=BOTH).values())


def measure_quarters(stretches) -> int:
    """Return the minutes of the union of stretches that begin and end at a quarter of an hour, counted one by one."""
    return 15 * len(
        {
            start + timedelta(minutes=n * 15)
            for start, end in stretches
            for n in range((end - start) // timedelta(minutes=15))
        }
    )


def takes_part(row) -> bool:
    """Return whether a record is one of those that count: of its service the one, and of a source that counts."""
    return row.appraisal_reason not in ("same_service", "source") and row.appraisal_yields_to is None


def check_union(records, counted) -> None:
    """Check that these records count no more minutes than their union has.

    A full day can give a record none of the minutes that it alone adds; these are then another record's.
    """
    timed = [record for record in records if record.stretch]
    given_to = sum(counted[record.pk].appraisal + counted[record.pk].waiting for record in timed)
    assert given_to <= measure_quarters(
        record.stretch
        for record in timed
        if takes_part(counted[record.pk]) or counted[record.pk].appraisal_reason == "overlap"
    )


@settings(max_examples=120, deadline=None)
@given(records=ledgers())
@example(
    records=[
        LedgerRecord(1, "league", date(2018, 9, 3), 1440, at(0, 15, day=date(2018, 9, 3)), None, "甲"),
        LedgerRecord(3, "league", date(2018, 9, 4), 15, at(0, day=date(2018, 9, 4)), None, "甲"),
        LedgerRecord(
            5,
            "league",
            date(2018, 9, 3),
            15,
            at(0, 30, day=date(2018, 9, 3)),
            at(0, 30, day=date(2018, 9, 4)),
            "甲",
        ),
    ]
).via("a full day, and two records that cover the next morning")
def test_nobody_counts_more_minutes_than_passed(records):
    counted = count(*records, rules=BOTH)
    by_day = defaultdict(int)
    for record in records:
        row = counted[record.pk]
        assert row.appraisal + row.waiting <= record.minutes
        assert (row.appraisal < record.minutes) == bool(row.appraisal_reason)
        by_day[record.served_on] += row.appraisal + row.waiting
    assert all(minutes <= 1440 for minutes in by_day.values())
    check_union(records, counted)


@settings(max_examples=120, deadline=None)
@given(records=ledgers())
def test_up_to_any_day_nobody_counts_more_minutes_than_passed(records):
    """A year ends at any day: what later records add to the union is not given to earlier ones."""
    counted = count(*records, rules=BOTH)
    for last in {record.served_on for record in records}:
        check_union([record for record in records if record.served_on <= last], counted)


@settings(max_examples=80, deadline=None)
@given(records=ledgers(), data=st.data())
def test_the_order_of_records_is_irrelevant(records, data):
    mixed = data.draw(st.permutations(records))
    assert count(*mixed, rules=BOTH) == count(*records, rules=BOTH)


@settings(max_examples=120, deadline=None)
@given(records=ledgers(), added=ledgers())
def test_adding_a_record_never_lowers_a_total(records, added):
    more = replace(added[0], pk=99, group=None)
    assert sum_appraisal([*records, more]) >= sum_appraisal(records)


@settings(max_examples=120, deadline=None)
@given(records=ledgers(), place=st.integers(0, 6), minutes=st.sampled_from([15, 300, 1200]))
def test_lengthening_a_record_never_lowers_a_total(records, place, minutes):
    old = records[place % len(records)]
    longer = timedelta(minutes=minutes)
    new = replace(old, minutes=old.minutes + minutes, end=old.end + longer if old.end else None)
    assert sum_appraisal([new if r is old else r for r in records]) >= sum_appraisal(records)


# --- the sentences ---

OTHER = Named(DAY, "北京共青团", "助老")


@pytest.mark.parametrize(
    ("short", "sentence"),
    [
        (Shortfall("appraisal", ""), ""),
        (
            Shortfall("appraisal", "same_service", other=OTHER),
            "与9月1日北京共青团的“助老”是同一服务，只计一次",
        ),
        (Shortfall("appraisal", "source", other=OTHER), "与9月1日北京共青团的“助老”是同一服务，只计一次"),
        (Shortfall("appraisal", "source"), "来源不计入评议"),
        (Shortfall("admission", "source"), "来源不计入发展团员"),
        (
            Shortfall("appraisal", "overlap", 60, other=OTHER),
            "与9月1日北京共青团的“助老”时间重叠，只计 1 小时",
        ),
        (Shortfall("appraisal", "overlap"), "与其他服务时间重叠，不再计入"),
        (Shortfall("appraisal", "day_full", 30), "当天已计满 24 小时，只计 30 分钟"),
        (Shortfall("appraisal", "span", 90), "时长超过起止时间，只计 1 小时 30 分钟"),
        (Shortfall("appraisal", "pending", waiting=90), "待确认，确认后可计入评议 1 小时 30 分钟"),
        (Shortfall("appraisal", "pending"), "待确认，确认后也不增加评议的时长"),
        (Shortfall("admission", "pending"), "待确认，确认前不计入发展团员"),
        (
            Shortfall("appraisal", "pending", other=OTHER),
            "待确认；与9月1日北京共青团的“助老”是同一服务，只计一次",
        ),
    ],
)
def test_every_minute_that_does_not_count_has_its_sentence(short, sentence):
    assert explain_shortfall(short) == sentence


def test_where_the_shorter_record_counts_both_figures_and_the_clause_are_told():
    assert explain_shorter(120, "北京共青团", 180, "志愿北京") == (
        "北京共青团记录 2 小时，志愿北京记录 3 小时；按通知二（二）和本年度规则，以北京共青团的 2 小时为准"
    )
