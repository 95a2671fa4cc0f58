"""Rows of what counts beside the ledger: SQL and the rule agree, and a change is followed at once."""

import random
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from activities.models import CountedRecord, OverlapDecision, RecordLink, ServiceRecord
from activities.queries.counting import compare_people
from activities.services.counting import count_members, recount_school
from members.models import Member
from tests.factories import BEIJING, MemberFactory, ServiceYearFactory

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
