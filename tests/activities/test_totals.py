"""Sums of the ledger: confirmed, by date of service, each service once."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

import pytest
from django.utils import timezone

from activities.queries.totals import sum_by_group, sum_everything, sum_minutes_by_member
from members.models import Member
from members.models.years import Source
from tests.activities.counting import YEAR, link_as_one_service, sum_by_sources
from tests.factories import ServiceRecordFactory, ServiceYearFactory

APPRAISAL = "appraisal"
BOTH = [Source.LEAGUE, Source.VOLUNTEER_BEIJING]


def test_only_confirmed_records_of_the_sources_and_the_dates_count(world):
    member = world.registered
    ServiceRecordFactory(member=member, minutes=61, served_on=date(2018, 1, 1))
    ServiceRecordFactory(member=member, minutes=62, served_on=date(2018, 12, 31))
    ServiceRecordFactory(member=member, minutes=600, served_on=date(2017, 12, 31))
    ServiceRecordFactory(member=member, minutes=600, served_on=date(2019, 1, 1))
    ServiceRecordFactory(member=member, minutes=600, pending=True)
    ServiceRecordFactory(member=member, minutes=600, source=Source.VOLUNTEER_BEIJING)
    ServiceRecordFactory(member=member, minutes=600, state="rejected", decision_note="无效")
    ServiceRecordFactory(
        member=member, minutes=600, state="voided", void_reason="重复", voided_at=timezone.now()
    )
    assert sum_minutes_by_member(world.school, *YEAR, APPRAISAL) == {member.pk: 123}


@pytest.mark.parametrize("nobody", [Member.objects.none(), Member.objects.filter(pk__in=[])])
def test_nobody_has_served_nothing(world, nobody):
    ServiceRecordFactory(member=world.registered)
    assert sum_minutes_by_member(nobody, *YEAR, APPRAISAL) == {}
    assert sum_by_group(nobody, *YEAR, APPRAISAL, by="college") == []
    assert sum_everything(nobody, *YEAR, APPRAISAL).minutes == 0


def test_a_service_in_two_ledgers_counts_once_as_the_first_source_says(world):
    league = ServiceRecordFactory(member=world.registered, minutes=180)
    other = ServiceRecordFactory(member=world.registered, minutes=150, source=Source.VOLUNTEER_BEIJING)
    # Until they are linked they overlap, and their union counts.
    assert sum_by_sources(world.school, BOTH) == {world.registered.pk: 180}
    link_as_one_service(league, other)
    assert sum_by_sources(world.school, BOTH) == {world.registered.pk: 180}
    assert sum_by_sources(world.school, BOTH[::-1]) == {world.registered.pk: 150}
    assert sum_by_sources(world.school, BOTH[1:]) == {world.registered.pk: 150}


def test_a_linked_record_that_is_not_confirmed_does_not_stand_in_the_way(world):
    league = ServiceRecordFactory(member=world.registered, minutes=180, pending=True)
    other = ServiceRecordFactory(member=world.registered, minutes=150, source=Source.VOLUNTEER_BEIJING)
    link_as_one_service(league, other)
    assert sum_by_sources(world.school, BOTH) == {world.registered.pk: 150}


def test_a_service_on_both_sides_of_the_year_s_end_counts_in_one_year(world):
    league = ServiceRecordFactory(member=world.registered, minutes=180, served_on=date(2018, 12, 31))
    other = ServiceRecordFactory(
        member=world.registered, minutes=60, served_on=date(2019, 1, 1), source=Source.VOLUNTEER_BEIJING
    )
    link_as_one_service(league, other)
    assert sum_by_sources(world.school, BOTH) == {world.registered.pk: 180}
    assert sum_by_sources(world.school, BOTH, date(2019, 1, 1), date(2019, 12, 31)) == {}


def test_people_may_be_narrowed_by_any_question(world):
    for member in (world.registered, world.quiet, world.bh.zhang_wei):
        ServiceRecordFactory(member=member)
    found = Member.objects.visible_to(world.branch_secretary, "hours.view").filter(name__contains="张")
    assert sum_minutes_by_member(found, *YEAR, APPRAISAL) == {world.registered.pk: 180}
    assert set(sum_minutes_by_member(world.school, *YEAR, APPRAISAL)) == {world.registered.pk, world.quiet.pk}


def test_sums_by_branch_college_and_source(world):
    for member, minutes in (
        (world.registered, 60),
        (world.lead, 30),
        (world.quiet, 20),
        (world.zhang_wei_b, 10),
    ):
        ServiceRecordFactory(member=member, minutes=minutes)
    ServiceRecordFactory(member=world.lead, minutes=5)

    def list_sums(by):
        found = sum_by_group(world.school, *YEAR, APPRAISAL, by=by)
        return [(total.name, total.people, total.records, total.minutes) for total in found]

    assert list_sums("branch") == [
        ("法学1801团支部", 2, 3, 95),
        ("法学1802团支部", 1, 1, 20),
        ("物理1801团支部", 1, 1, 10),
    ]
    assert list_sums("college") == [("法学院", 3, 4, 115), ("物理学院", 1, 1, 10)]
    assert list_sums("source") == [("league", 4, 5, 125)]
    assert list_sums("street") == list_sums("project") == [("", 4, 5, 125)]
    assert list_sums("member")[0] == ("张伟", 1, 1, 60)
    whole = sum_everything(world.school, *YEAR, APPRAISAL)
    assert (whole.people, whole.records, whole.minutes) == (4, 5, 125)


def test_sums_by_project_and_street_carry_their_names(serving):
    ServiceRecordFactory(member=serving.world.quiet, project=serving.project, street=serving.world.urban)
    by_project = sum_by_group(serving.world.school, *YEAR, APPRAISAL, by="project")
    by_street = sum_by_group(serving.world.school, *YEAR, APPRAISAL, by="street")
    assert [(total.key, total.name) for total in by_project] == [(serving.project.pk, serving.project.name)]
    assert [(total.key, total.name) for total in by_street] == [(serving.world.urban.pk, "海淀区 清河街道")]


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_same_as_a_slow_sum_in_plain_python(world, seed):
    random = Random(seed)
    ServiceYearFactory(school=world.school, year=2019)
    people = [world.registered, world.lead, world.quiet, world.missing]
    records = [
        ServiceRecordFactory(
            member=random.choice(people),
            minutes=random.randint(1, 300),
            starts_at=None,
            ends_at=None,
            served_on=date(2018, 12, 20) + timedelta(days=random.randint(0, 20)),
            source=random.choice([Source.LEAGUE, Source.VOLUNTEER_BEIJING]),
            **({"pending": True} if random.random() < 0.2 else {}),
        )
        for _ in range(80)
    ]
    groups = defaultdict(list)
    for record in records:
        if random.random() < 0.7:
            groups[record.member_id, random.randint(0, 4)].append(record)
    for group in groups.values():
        link_as_one_service(*group)
    linked = {record.pk: key for key, group in groups.items() for record in group}
    order = random.choice([BOTH, BOTH[::-1], BOTH[:1]])
    services = defaultdict(list)
    for record in records:
        if record.state == "confirmed" and record.source in order:
            services[linked.get(record.pk, record.pk)].append(record)
    expected = defaultdict(int)
    for group in services.values():
        best = min(group, key=lambda record: (order.index(record.source), record.minutes, record.pk))
        if best.served_on <= YEAR[1]:
            expected[best.member_id] += best.minutes
    assert sum_by_sources(world.school, order) == expected


def test_a_school_is_one_query(world, django_assert_num_queries):
    ServiceRecordFactory(member=world.registered)
    with django_assert_num_queries(1):
        sum_minutes_by_member(world.school, *YEAR, APPRAISAL)
    with django_assert_num_queries(1):
        sum_by_group(world.school, *YEAR, APPRAISAL, by="college")
