"""Rows of what counts beside the ledger: SQL and the rule agree, and a change is followed at once."""

import json
import random
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from activities.models import CountedRecord, OverlapDecision, RecordLink, ServiceRecord
from activities.queries.counting import compare_people
from activities.services.counting import count_members, recount_school, report_differences
from activities.services.deciding import confirm_records
from activities.services.linking import unlink_records
from activities.services.records import void_record
from members.models import Member, Message
from members.services.years import change_year, tell_followers
from tests.activities.counting import link_as_one_service, set_sources
from tests.activities.ledger import MONDAY, make_attended_record
from tests.factories import BEIJING, MemberFactory, ServiceRecordFactory, ServiceYearFactory

pytestmark = pytest.mark.django_db

SOURCES = ("league", "volunteer_beijing")
FIRST = datetime(2018, 12, 27, tzinfo=BEIJING)


def make_random_ledger(world, chance: random.Random, people: list[Member], *, spread: int) -> None:
    """Make linked, overlapping, long, untimed and waiting records around the end of a year."""
    records = []
    for person in people:
        for _ in range(chance.randrange(8)):
            start = FIRST + timedelta(minutes=30 * chance.randrange(spread))
            timed, minutes = chance.random() < 0.7, chance.choice([20, 30, 60, 90, 120, 600, 1200, 1440])
            stop = start + timedelta(minutes=minutes, seconds=chance.choice([0, 0, 0, -1200, 59, 600]))
            records.append(
                ServiceRecord(
                    school=world.school,
                    member=person,
                    source=chance.choice(SOURCES),
                    outside_no=f"R{chance.random()}",
                    title=chance.choice(["助老", "助残", "Ab", "aC", "图书"]),
                    served_on=start.date(),
                    minutes=minutes,
                    starts_at=start if timed else None,
                    ends_at=stop if timed and stop > start and chance.random() < 0.8 else None,
                    state=(state := chance.choice(["confirmed", "confirmed", "pending", "rejected"])),
                    decided_at=None if state == "pending" else timezone.now(),
                    decision_note="重复" if state == "rejected" else "",
                    submitted_at=timezone.now(),
                )
            )
    ServiceRecord.objects.bulk_create(records)
    link_at_random(chance, records)
    for record in chance.sample(records, len(records) // 10):
        OverlapDecision.objects.create(
            record=record,
            member=record.member,
            decided_at=timezone.now(),
            decided_by=world.admin,
            reason="分两批",
        )


def link_at_random(chance: random.Random, records: list[ServiceRecord]) -> None:
    by_person: dict[int, list[ServiceRecord]] = {}
    for record in records:
        by_person.setdefault(record.member_id, []).append(record)
    links = []
    for own in by_person.values():
        chance.shuffle(own)
        for one, other in zip(own[::3], own[1::3], strict=False):
            pair = [one, other] if one.source != other.source else [one]
            service = min(record.pk for record in pair) if len(pair) > 1 else -one.pk
            links += [
                RecordLink(record=r, member_id=r.member_id, service=service, linked_at=timezone.now())
                for r in pair
            ]
    RecordLink.objects.bulk_create(links)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("spread", [60, 600])
def test_counting_in_sql_gives_the_rows_of_the_rule(world, seed, spread):
    chance = random.Random(f"{seed} {spread}")
    people = MemberFactory.create_batch(60, branch=world.a2)
    ServiceYearFactory(school=world.school, year=2019, longest_counts=seed % 2 == 1)
    world.year.appraisal_sources = chance.choice(
        [["league"], ["league", "volunteer_beijing"], ["supplement"]]
    )
    world.year.longest_counts = seed % 3 == 0
    world.year.save()
    make_random_ledger(world, chance, people, spread=spread)
    ids = [person.pk for person in people]
    assert compare_people(ids)
    assert count_members(ids) == CountedRecord.objects.filter(member__in=ids).count()
    assert compare_people(ids) == []
    assert count_members(ids) == 0
    assert recount_school(world.school) == 0


# --- followed at once ---


def read_counted(record: ServiceRecord) -> tuple[int, str]:
    counted = CountedRecord.objects.get(record=record)
    return counted.appraisal, counted.appraisal_reason


def test_a_change_of_a_year_s_sources_counts_the_year_anew(world):
    league = ServiceRecordFactory(member=world.missing)
    city = ServiceRecordFactory(member=world.missing, source="volunteer_beijing")
    link_as_one_service(league, city)
    values = {"appraisal_sources": ["volunteer_beijing"]}
    change_year(year=world.year, values=values, semesters={}, user=world.admin)
    assert [read_counted(record) for record in (league, city)] == [(0, "source"), (180, "")]


def test_the_switch_of_the_year_lets_the_longest_record_count(world):
    set_sources(world.school, "league", "volunteer_beijing")
    league = ServiceRecordFactory(member=world.missing, minutes=120)
    city = ServiceRecordFactory(member=world.missing, source="volunteer_beijing", minutes=180)
    link_as_one_service(league, city)
    assert [read_counted(record) for record in (league, city)] == [(120, ""), (0, "same_service")]
    change_year(year=world.year, values={"longest_counts": True}, semesters={}, user=world.admin)
    assert [read_counted(record) for record in (league, city)] == [(0, "same_service"), (180, "")]


def test_the_next_year_s_rules_count_what_was_served_in_it_before_it_was_opened(world):
    early = ServiceRecordFactory(member=world.missing, source="volunteer_beijing", served_on=date(2019, 1, 5))
    assert read_counted(early) == (0, "source")
    set_sources(world.school, "volunteer_beijing")
    year = ServiceYearFactory(school=world.school, year=2019, appraisal_sources=["volunteer_beijing"])
    tell_followers(year, frozenset({"appraisal_sources"}))
    assert read_counted(early) == (180, "")


def test_voiding_gives_the_time_to_the_record_that_overlapped(serving):
    record = make_attended_record(serving, serving.world.registered)
    confirm_records(user=serving.world.secretary, record_ids=[record.pk], acknowledged=True, now=MONDAY)
    outside = ServiceRecordFactory(
        member=record.member, served_on=record.served_on, starts_at=record.starts_at + timedelta(hours=1)
    )
    unlink_records(user=serving.world.secretary, record_ids=[outside.pk], reason="另一次")
    assert read_counted(outside) == (60, "overlap")
    void_record(user=serving.world.secretary, record_id=record.pk, reason="登记有误", now=MONDAY)
    assert read_counted(outside) == (180, "")
    assert not CountedRecord.objects.filter(record=record).exists()


# --- the recount ---


def run_recount(*args) -> tuple[dict, bool]:
    """Return the answer of the command, and whether it ended with an error."""
    out = StringIO()
    try:
        call_command("recount", "--json", *args, stdout=out)
    except CommandError:
        return json.loads(out.getvalue()), True
    return json.loads(out.getvalue()), False


def test_a_recount_finds_nothing_where_services_wrote(world):
    ServiceRecordFactory(member=world.missing)
    ServiceRecordFactory(member=world.bh.zhang_wei)
    answer, failed = run_recount()
    assert (answer["differences"], failed) == (0, False)
    assert {row["school"]: row["records"] for row in answer["schools"]} == {"JH": 1, "BH": 1}


def test_a_recount_names_each_wrong_row_and_repairs_it_on_request(world):
    record, lost = ServiceRecordFactory(member=world.missing), ServiceRecordFactory(member=world.quiet)
    CountedRecord.objects.filter(record=record).update(appraisal=999)
    CountedRecord.objects.filter(record=lost).delete()
    answer, failed = run_recount("--school", "JH")
    assert (answer["differences"], failed) == (2, True)
    assert {row["record_id"] for row in answer["schools"][0]["differences"]} == {record.pk, lost.pk}
    assert run_recount("--repair")[1]
    assert run_recount() == ({**run_recount()[0], "differences": 0}, False)
    assert read_counted(record) == read_counted(lost) == (180, "")


def test_the_school_is_told_at_night_of_differences_once_a_day(world):
    record = ServiceRecordFactory(member=world.missing)
    assert report_differences(day=date(2018, 12, 1)) == 0
    CountedRecord.objects.filter(record=record).update(appraisal=999)
    for _ in range(2):
        assert report_differences(day=date(2018, 12, 1)) == 1
    assert list(Message.objects.values_list("title", flat=True)) == ["计入时长需要核对"]


def test_many_records_are_counted_in_four_queries(world, django_assert_num_queries):
    people = MemberFactory.create_batch(30, branch=world.a2)
    make_random_ledger(world, random.Random(1), people, spread=60)
    with django_assert_num_queries(7):  # a savepoint, and rules, records and rows of unclear people
        count_members([person.pk for person in people])
