"""A person's own ledger equals the sums of the school."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from activities.models import ServiceRecord
from activities.queries.mine import list_visits, sum_minutes_by_state
from activities.queries.totals import filter_counted_records, sum_minutes_by_member
from members.models import Member
from tests.activities.counting import link_as_one_service, set_sources
from tests.factories import MemberFactory, ServiceRecordFactory, ServiceYearFactory

SOURCES = ["league", "volunteer_beijing"]
FIRST, LAST = date(2018, 1, 1), date(2018, 12, 31)


@pytest.fixture
def own(world):
    return ServiceRecord.objects.filter(member=world.missing)


def make_record(world, **fields):
    return ServiceRecordFactory(member=world.missing, **fields)


def filter_own_counted(world, own, *sources):
    set_sources(world.school, *sources)
    return filter_counted_records(own, "appraisal")


def test_a_service_in_two_ledgers_counts_by_the_first_source_only(world, own):
    league, city = make_record(world), make_record(world, source="volunteer_beijing", minutes=170)
    link_as_one_service(city, league)
    assert filter_own_counted(world, own, *SOURCES).get() == league
    city.refresh_from_db()
    assert (city.counted.appraisal_reason, city.counted.appraisal_yields_to) == ("same_service", league)
    assert filter_own_counted(world, own, *SOURCES[::-1]).get() == city


def test_a_source_that_does_not_count_neither_counts_nor_takes_the_place_of_another(world, own):
    league, city = make_record(world), make_record(world, source="volunteer_beijing")
    link_as_one_service(league, city)
    assert filter_own_counted(world, own, "volunteer_beijing").get() == city
    assert ServiceRecord.objects.get(pk=league.pk).counted.appraisal_reason == "source"


def test_what_waits_is_told_once_and_not_when_the_service_counts_already(world, own):
    set_sources(world.school, *SOURCES)
    waiting = make_record(world, pending=True, minutes=100)
    link_as_one_service(waiting, make_record(world, source="volunteer_beijing", pending=True, minutes=90))
    day = date(2018, 11, 17)
    link_as_one_service(
        make_record(world, served_on=day),
        make_record(world, source="volunteer_beijing", pending=True, minutes=80, served_on=day),
    )
    make_record(world, state="rejected", decision_note="时间不符", minutes=30)
    world.year.refresh_from_db()
    assert sum_minutes_by_state(own, world.year) == {"counted": 180, "waiting": 100, "rejected": 30}


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["league", "volunteer_beijing"]),
        st.sampled_from(["confirmed", "pending", "rejected"]),
        st.sampled_from([date(2017, 12, 31), date(2018, 1, 1), date(2018, 12, 31), date(2019, 1, 1)]),
        st.integers(1, 600),
        st.integers(0, 3),  # the number of the service; 0: no link
    ),
    max_size=7,
)


class TestSums(TestCase):
    @settings(max_examples=40)
    @given(records=RECORDS, sources=st.sampled_from([SOURCES, SOURCES[::-1], ["league"]]))
    def test_the_own_page_says_what_the_schools_sums_say(self, records, sources):
        person = MemberFactory()
        year = ServiceYearFactory(school=person.school, year=2018, appraisal_sources=sources)
        groups: dict[int, list] = {}
        for source, state, day, minutes, service in records:
            note = "时间不符" if state == "rejected" else ""
            decided = {"decided_at": None} if state == "pending" else {}
            record = ServiceRecordFactory(
                member=person,
                source=source,
                state=state,
                served_on=day,
                minutes=minutes,
                decision_note=note,
                **decided,
            )
            if service:
                groups.setdefault(service, []).append(record)
        for group in groups.values():
            link_as_one_service(*group)
        mine = ServiceRecord.objects.filter(member=person).served_between(FIRST, LAST)
        school = sum_minutes_by_member(Member.objects.filter(pk=person.pk), FIRST, LAST, "appraisal")
        assert sum_minutes_by_state(mine, year)["counted"] == school.get(person.pk, 0)


# --- 二(三): once a semester at the paired street ---


def test_a_visit_needs_confirmed_service_at_the_paired_street(serving):
    world, year = serving.world, serving.world.year
    semesters = list(year.semesters.all())
    records = ServiceRecord.objects.filter(member=world.missing)

    def list_days():
        return [day for _, day in list_visits(records, year)]

    make_record(world, served_on=semesters[-1].starts_on)
    make_record(world, served_on=semesters[-1].starts_on, street=world.suburban)
    make_record(world, served_on=semesters[-1].starts_on, street=world.urban, pending=True)
    assert list_days() == [None] * len(semesters)
    make_record(world, served_on=semesters[-1].ends_on, street=world.urban)
    make_record(world, served_on=semesters[-1].starts_on, street=world.urban)
    assert list_days() == [None] * (len(semesters) - 1) + [semesters[-1].starts_on]
