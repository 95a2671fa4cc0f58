"""Linking of records, by rule or by hand: one service in several ledgers counts once (requirements §3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import pghistory
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from activities.models import RecordLink, ServiceRecord
from activities.rules.linking import Entry, get_ledger, group_with_doubts
from activities.services.counting import count_members, plan_for
from members.models import Member

SAVE_LINKS = """
INSERT INTO activities_recordlink (record_id, member_id, service, doubtful, linked_at, reason)
SELECT record_id, member_id, service, doubtful, %s, ''
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::boolean[])
    AS v (record_id, member_id, service, doubtful)
ON CONFLICT (record_id) DO UPDATE SET member_id = excluded.member_id, service = excluded.service,
    doubtful = excluded.doubtful, linked_at = excluded.linked_at
"""
# People with records in two ledgers, of whom each record of one ledger begins in the minute of exactly one record of
# the other, and the other way round: the rule joins just these pairs, and leaves nothing in doubt. Their links are
# saved at once; the statement gives the number of links and the people whom the rule has to look at, among them all
# with a link that somebody made or that no pair explains.
LINK_CLEAR = """
WITH r AS MATERIALIZED (
    SELECT id, member_id, date_trunc('minute', starts_at) AS start,
        CASE WHEN source IN ('league', 'volunteer_beijing') THEN source ELSE 'portal' END AS ledger
    FROM activities_servicerecord WHERE member_id = ANY(%(people)s) AND state IN ('pending', 'confirmed')
), l AS MATERIALIZED (
    SELECT record_id, member_id, service, doubtful, linked_by_id FROM activities_recordlink
    WHERE member_id = ANY(%(people)s)
), people AS MATERIALIZED (
    SELECT member_id, count(*) AS ledgers, min(ledger) AS ledger, min(records) AS fewer
    FROM (SELECT member_id, ledger, count(*) AS records FROM r GROUP BY 1, 2) s
    GROUP BY 1 HAVING count(*) > 1
), pairs AS MATERIALIZED (
    SELECT a.member_id, a.id AS one, b.id AS other
    FROM people p JOIN r a ON a.member_id = p.member_id AND a.ledger = p.ledger
    JOIN r b ON b.member_id = a.member_id AND b.start = a.start AND b.ledger <> a.ledger
    WHERE p.ledgers = 2
), linked AS MATERIALIZED (
    SELECT member_id, id, least(one, other) AS service FROM pairs, LATERAL (VALUES (one), (other)) AS v (id)
), clear AS MATERIALIZED (
    SELECT member_id FROM pairs JOIN people p USING (member_id) GROUP BY member_id, fewer
    HAVING count(*) = fewer AND count(DISTINCT one) = fewer AND count(DISTINCT other) = fewer
    EXCEPT SELECT l.member_id FROM l LEFT JOIN linked n ON n.id = l.record_id AND n.member_id = l.member_id
    WHERE n.id IS NULL OR l.linked_by_id IS NOT NULL
), written AS (
    INSERT INTO activities_recordlink (record_id, member_id, service, doubtful, linked_at, reason)
    SELECT n.id, n.member_id, n.service, false, %(now)s, ''
    FROM linked n JOIN clear USING (member_id) LEFT JOIN l ON l.record_id = n.id
    WHERE l.record_id IS NULL OR (l.service, l.doubtful) <> (n.service, false)
    ORDER BY n.id
    ON CONFLICT (record_id) DO UPDATE SET member_id = excluded.member_id, service = excluded.service,
        doubtful = excluded.doubtful, linked_at = excluded.linked_at
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), ARRAY(
    (SELECT member_id FROM people UNION SELECT member_id FROM l) EXCEPT SELECT member_id FROM clear ORDER BY 1)
"""
# Live records of people who have some in two ledgers; nobody else's records can be linked.
ENTRIES = """
WITH r AS (
    SELECT id, member_id, source, served_on, minutes, title, starts_at, ends_at
    FROM activities_servicerecord WHERE member_id = ANY(%s) AND state IN ('pending', 'confirmed')
)
SELECT * FROM r WHERE member_id IN (
    SELECT member_id FROM r GROUP BY 1 HAVING count(DISTINCT
        CASE WHEN source IN ('league', 'volunteer_beijing') THEN source ELSE 'portal' END) > 1)
ORDER BY id
"""
# People linked by one statement, and by the rule at a time: a file of 100,000 records would otherwise fill the memory.
AT_ONCE, CHUNK = 20_000, 2000
LIVE = (ServiceRecord.State.PENDING, ServiceRecord.State.CONFIRMED)


class Link(NamedTuple):
    """The link of a record: its person and service, whether it is doubtful, and whether it was made by hand."""

    member_id: int
    service: int
    doubtful: bool
    by_hand: bool


@transaction.atomic
def link_members(member_ids: Collection[int]) -> int:
    """Bring the links of these people up to date with their records, then what their records count.

    Return how many links were written or deleted.

    The order of imports and confirmations does not matter, and a second run changes nothing.
    """
    ids = sorted(set(member_ids))
    list(Member.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    return sum(_link_some(part) for part in _split(ids, AT_ONCE))


def _split(ids: list[int], size: int) -> Iterator[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _link_some(ids: list[int]) -> int:
    """Link the records of these people, who are locked; return how many links were written or deleted."""
    with connection.cursor() as cursor, plan_for(ids):
        cursor.execute(LINK_CLEAR, {"people": ids, "now": timezone.now()})
        changed, unclear = cursor.fetchone()
    changed += sum(_link_by_rule(part) for part in _split(unclear, CHUNK))
    count_members(ids)
    return changed


def _link_by_rule(ids: list[int]) -> int:
    """Link the records of these people by the rule; return how many links were written or deleted."""
    links = _load_links(ids)
    if any(link_.by_hand for link_ in links.values()):
        _drop_links_of_former_people(ids)
        _move_links_to_corrections(ids)
        links = _load_links(ids)
    wanted: dict[int, Link] = {}
    by_hand = {pk: link_.service for pk, link_ in links.items() if link_.by_hand}
    for member_id, entries in _load_entries(ids, by_hand).items():
        groups, doubtful = group_with_doubts(entries)
        wanted |= {pk: Link(member_id, service, pk in doubtful, False) for pk, service in groups.items()}
    gone = [pk for pk in links if pk not in wanted and pk not in by_hand]
    if gone:
        RecordLink.objects.filter(pk__in=gone).delete()
    new = {pk: link_ for pk, link_ in wanted.items() if pk not in by_hand and links.get(pk) != link_}
    _save_links(new)
    return len(gone) + len(new)


def _load_links(member_ids: list[int]) -> dict[int, Link]:
    """Return the links of these people by record."""
    rows = RecordLink.objects.filter(member__in=member_ids)
    columns = ("record_id", "member_id", "service", "doubtful", "linked_by_id")
    return {
        pk: Link(member_id, service, doubtful, linked_by is not None)
        for pk, member_id, service, doubtful, linked_by in rows.values_list(*columns)
    }


def _save_links(links: dict[int, Link]) -> None:
    """Write links made by the rule, in one statement.

    An import makes tens of thousands of them; bulk_create spends most of its time on building SQL.
    """
    if not links:
        return
    members, services, doubtful, _ = map(list, zip(*links.values(), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(SAVE_LINKS, [timezone.now(), list(links), members, services, doubtful])


def _load_entries(member_ids: list[int], by_hand: dict[int, int]) -> dict[int, list[Entry]]:
    """Return the live records, in one query, of those of these people who have some in two ledgers."""
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [member_ids])
        for pk, member_id, source, served_on, minutes, title, start, end in cursor.fetchall():
            entry = Entry(pk, get_ledger(source), served_on, minutes, title, start, end, by_hand.get(pk))
            found[member_id].append(entry)
    return found


def _drop_links_of_former_people(member_ids: list[int]) -> None:
    """Delete links made by hand once the city gives the record to another person."""
    moved = RecordLink.objects.by_hand().filter(member__in=member_ids).exclude(record__member=F("member"))
    of_member = defaultdict(set)
    for record_id, member_id in moved.values_list("record", "member"):
        of_member[member_id].add(record_id)
    for member_id, records in of_member.items():
        _renumber_left_groups(member_id, records)
        RecordLink.objects.filter(pk__in=records).delete()


def _move_links_to_corrections(member_ids: list[int]) -> None:
    """Pass links made by hand on to the correcting record, as long as the person is the same."""
    passing = RecordLink.objects.by_hand().filter(
        member__in=member_ids,
        record__corrected_by__member=F("member"),
        record__corrected_by__link__linked_by=None,
    )
    for link_ in passing.annotate(successor=F("record__corrected_by")).order_by("pk"):
        apart = link_.service == -link_.record_id
        RecordLink.objects.update_or_create(
            record_id=link_.successor,
            defaults={
                "member_id": link_.member_id,
                "service": -link_.successor if apart else link_.service,
                "linked_at": link_.linked_at,
                "linked_by_id": link_.linked_by_id,
                "reason": link_.reason,
            },
        )
        RecordLink.objects.filter(pk=link_.pk).delete()


@transaction.atomic
def link_records(*, user, record_ids: Iterable[int], reason: str) -> int:
    """Link these records as one service, on a person's decision; return the number of the group.

    ValidationError.
    """
    records = _lock_records_of_person(user, record_ids, reason)
    if len(records) < 2:
        raise ValidationError("请选择至少两条记录。")
    if len({get_ledger(record.source) for record in records}) < len(records):
        raise ValidationError("同一台账中的两条记录不能算作同一次服务。")
    service = min(record.pk for record in records)
    _write_links(user, dict.fromkeys(records, service), reason)
    return service


@transaction.atomic
def unlink_records(*, user, record_ids: Iterable[int], reason: str) -> None:
    """Separate these records on a person's decision: each counts, and the rule does not join them again."""
    records = _lock_records_of_person(user, record_ids, reason)
    _write_links(user, {record: -record.pk for record in records}, reason)


def _lock_records_of_person(user, record_ids: Iterable[int], reason: str) -> list[ServiceRecord]:
    """Lock the person, then the records: all of one person and in the user's scope.

    Raises ValidationError.
    """
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因。"})
    ids = set(record_ids)
    seen = ServiceRecord.objects.visible_to(user, "hours.decide").filter(pk__in=ids)
    members = set(seen.order_by().values_list("member", flat=True))
    if len(members) != 1:
        raise ValidationError("只能处理同一人的记录。" if members else "没有找到这些记录，请刷新后重试。")
    Member.objects.select_for_update(no_key=True).get(pk=members.pop())
    records = list(seen.select_for_update(of=("self",)).order_by("pk"))
    if len(records) != len(ids) or any(record.state not in LIVE for record in records):
        raise ValidationError("记录已有变化，请刷新后重试。")
    if user.member_id == records[0].member_id:
        raise ValidationError("不能处理本人的时长。")
    return records


def _write_links(user, services: dict[ServiceRecord, int], reason: str) -> None:
    """Write the links, and mend the groups from which these records were taken."""
    now = timezone.now()
    member_id = next(iter(services)).member_id
    with pghistory.context(user=user.pk, reason=reason.strip()):
        _renumber_left_groups(member_id, {record.pk for record in services})
        for record, service in services.items():
            RecordLink.objects.update_or_create(
                record=record,
                defaults={
                    "member_id": member_id,
                    "service": service,
                    "linked_at": now,
                    "linked_by": user,
                    "doubtful": False,
                    "reason": reason.strip(),
                },
            )
        link_members([member_id])


def _renumber_left_groups(member_id: int, leaving: set[int]) -> None:
    """Renumber groups made by hand whose naming record leaves them.

    Delete a group with only one record left.
    """
    rest = defaultdict(list)
    for link_ in RecordLink.objects.by_hand().filter(member=member_id).exclude(pk__in=leaving):
        rest[link_.service].append(link_.pk)
    for service, pks in rest.items():
        if service in leaving:
            kept = RecordLink.objects.filter(pk__in=pks)
            kept.update(service=min(pks)) if len(pks) > 1 else kept.delete()
