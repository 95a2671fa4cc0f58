"""Links saved by one statement: the same as the rule gives, whatever the ledgers hold."""

import random
from datetime import timedelta

import pytest

from activities.models import RecordLink, ServiceRecord
from activities.services import linking
from activities.services.linking import link_members, link_records, unlink_records
from members.models import Member
from members.models.years import Source
from tests.activities.ledger import MONDAY, make_moment
from tests.factories import MemberFactory, ServiceRecordFactory

LEDGERS = [Source.LEAGUE, Source.VOLUNTEER_BEIJING]
TITLES = ["助残服务", "社区·值守", "社区 值守"]


def make_person(world, chance: random.Random) -> Member:
    """Return a person whose ledgers agree, all but agree, or hold anything."""
    person = MemberFactory(branch=world.a1)
    kind = chance.choice(["equal", "nearly", "anything"])
    for number in range(chance.randrange(1, 6)):
        hour, minutes = (
            chance.randrange(8, 12) if kind == "anything" else 8 + number * 2,
            chance.choice([60, 90]),
        )
        for source in LEDGERS:
            if kind == "equal" or chance.random() < 0.9:
                make_record(chance, person, source, hour, minutes, kind)
    if chance.random() < 0.1:
        make_record(chance, person, Source.SUPPLEMENT, 20, 60, "equal")
    return person


def make_record(
    chance: random.Random, person: Member, source: str, hour: int, minutes: int, kind: str
) -> ServiceRecord:
    loose = kind == "anything" or (kind == "nearly" and chance.random() < 0.2)
    start = make_moment(12, hour) + timedelta(seconds=chance.choice([0, 0, 30, 59]))
    if loose:
        start += timedelta(minutes=chance.choice([0, 0, 20, 60]))
    timed = source == Source.SUPPLEMENT or not (loose and chance.random() < 0.3)
    minutes = chance.choice([60, 90]) if loose else minutes
    more = (
        {"description": "补录", "evidence": "x.png", "decided_by": None}
        if source == Source.SUPPLEMENT
        else {}
    )
    return ServiceRecordFactory(
        member=person,
        source=source,
        title=chance.choice(TITLES),
        served_on=MONDAY.date(),
        minutes=minutes,
        starts_at=start if timed else None,
        ends_at=start + timedelta(minutes=minutes) if timed else None,
        pending=source == Source.SUPPLEMENT or chance.random() < 0.1,
        **more,
    )


def read_links() -> dict[int, tuple]:
    columns = ("record", "member", "service", "doubtful", "linked_by")
    return {pk: rest for pk, *rest in RecordLink.objects.values_list(*columns)}


def decide_at_random(chance: random.Random, user, people: list[Member]) -> None:
    """Put some records together or apart by hand."""
    for person in people:
        records = list(person.records.filter(source__in=LEDGERS).values_list("pk", flat=True))
        if chance.random() < 0.15:
            unlink_records(user=user, record_ids=[chance.choice(records)], reason="核对")
        first, second = (person.records.filter(source=source).first() for source in LEDGERS)
        if first and second and chance.random() < 0.15:
            link_records(user=user, record_ids=[first.pk, second.pk], reason="核对")


@pytest.mark.parametrize("seed", range(4))
def test_one_statement_links_as_the_rule_does(world, seed, monkeypatch):
    chance = random.Random(seed)
    people = [make_person(world, chance) for _ in range(40)]
    ids = [person.pk for person in people]
    by_rule: list[int] = []
    link_by_rule = linking._link_by_rule
    monkeypatch.setattr(linking, "_link_by_rule", lambda left: by_rule.extend(left) or link_by_rule(left))
    link_members(ids)
    decide_at_random(chance, world.admin, people)
    for person in chance.sample(people, 10):  # what was equal no longer is, and the other way round
        moved = person.records.first()
        make_record(chance, person, moved.source, 15, 60, "equal")
        person.records.filter(state="pending", source__in=LEDGERS).update(minutes=45)
    by_rule.clear()
    link_members(ids)

    assert 0 < len(by_rule) < len(people)
    assert link_members(ids) == 0
    at_once = read_links()
    assert link_by_rule(ids) == 0  # the rule alone finds nothing to change
    assert read_links() == at_once


def test_a_person_whose_ledgers_agree_is_left_to_no_rule(world, monkeypatch):
    monkeypatch.setattr(linking, "_link_by_rule", lambda ids: pytest.fail(f"{ids} went to the rule"))
    for hour in (9, 14):
        for source in LEDGERS:
            make_record(random.Random(1), world.registered, source, hour, 60, "equal")

    assert link_members([world.registered.pk]) == 4
    assert len(set(RecordLink.objects.values_list("service", flat=True))) == 2
