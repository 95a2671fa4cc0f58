"""Random chains of small files over one school: undone one after the other, the last first, each leaves the tables
as they were before it.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.models import Member
from members.transfer.services import imports
from tests.activities.hours_files import (
    make_league_file,
    make_league_row,
    make_volunteer_file,
    make_volunteer_row,
)
from tests.members.import_files import Kind, confirm_import, make_roster_file, make_volunteers_file
from tests.members.undoing import compare_tables, read_tables

HEADER = ("学号", "姓名", "学院", "团支部", "政治面貌", "手机号码", "状态", "年级")
PLACES = (
    ("法学院", "法学1801团支部"),
    ("法学院", "法学1802团支部"),
    ("法学院", "新团支部"),
    ("新学院", "新一团支部"),
)
POLITICS = ("共青团员", "入团积极分子", "中共预备党员", "")
STATES = ("", "在籍", "休学", "毕业")

people = st.integers(0, 7)
roster_rows = st.lists(
    st.tuples(people, st.sampled_from(PLACES), st.sampled_from(POLITICS), st.sampled_from(STATES), st.integers(0, 3)),
    min_size=1, max_size=5, unique_by=lambda row: row[0],
)  # fmt: skip
volunteer_rows = st.lists(
    st.tuples(people, st.booleans(), st.booleans()), min_size=1, max_size=4, unique_by=lambda row: row[0]
)
hours_rows = st.lists(
    st.tuples(people, st.integers(0, 5), st.integers(1, 3), st.sampled_from(("已确认", "待确认"))),
    min_size=1, max_size=5,
)  # fmt: skip
files = st.one_of(
    st.tuples(st.just("roster"), roster_rows, st.integers(0, 40)),
    st.tuples(st.just("volunteers"), volunteer_rows, st.just(0)),
    st.tuples(st.just("league"), hours_rows, st.just(0)),
    st.tuples(st.just("volunteer_hours"), hours_rows, st.just(0)),
)


class Somebody:
    """One of eight people of the files: the first four are in the roster, the others are not yet."""

    def __init__(self, world, place: int):
        known = list(Member.objects.filter(branch=world.a1).order_by("pk")[:4])
        person = known[place] if place < len(known) else None
        self.student_no = person.student_no if person else f"20180200{place:02d}"
        self.name = person.name if person else f"新人{'甲乙丙丁戊己庚辛'[place]}"
        self.phone = person.phone if person else f"1390000{place:04d}"
        self.volunteer_no = (person and person.volunteer_no) or f"BJ88{place:04d}"


def build(world, kind: str, rows: list) -> tuple[str, bytes]:
    """Return the kind and the content of a file."""
    who = [Somebody(world, place) for place in range(8)]
    if kind == "roster":
        lines = [
            (who[n].student_no, who[n].name, *place, politics, who[n].phone, state, f"201{grade}")
            for n, place, politics, state, grade in rows
        ]
        return Kind.ROSTER, make_roster_file(*lines, header=HEADER)
    if kind == "volunteers":
        lines = [
            (who[n].volunteer_no, who[n].name, who[n].phone if phone else "", "", "2018-10-01" if day else "")
            for n, phone, day in rows
        ]
        return Kind.VOLUNTEERS, make_volunteers_file(*lines)
    if kind == "league":
        lines = [
            make_league_row(
                who[n],
                record_no=f"A{n}{day}",
                day=f"2018-10-1{day}",
                end=f"{9 + hours}:00",
                stated=str(hours),
                state=state,
            )
            for n, day, hours, state in {row[:2]: row for row in rows}.values()
        ]
        return Kind.HOURS, make_league_file(*lines)
    lines = [
        make_volunteer_row(who[n], day=f"2018-10-1{day} 09:00:00", stated=str(hours), state="已生效")
        for n, day, hours, _ in {row[:2]: row for row in rows}.values()
    ]
    return Kind.HOURS, make_volunteer_file(*lines)


def import_chain(world, chain: list) -> list:
    """Import the files one after the other; return each run that was written, with the tables before it."""
    done = []
    for kind, rows, days in chain:
        before = read_tables()
        name, content = build(world, kind, rows)
        as_of = timezone.localdate() - timedelta(days=days) if kind == "roster" else None
        run = confirm_import(name, content, by=world.admin, force=True, as_of=as_of)
        imports.write_run(run_id=run.pk)
        run.refresh_from_db()
        done.append((run, before))
    return done


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(chain=st.lists(files, min_size=1, max_size=4))
def test_undone_the_last_first_each_file_leaves_the_tables_as_they_were(world, chain):
    with transaction.atomic():
        for run, before in reversed(import_chain(world, chain)):
            plan = imports.plan_undo(run=run)
            if plan.built_on:
                # The ledger deletes nothing: people to whom hours once belonged stay.
                assert all("时长记录不能删除" in built.text for built in plan.built_on), plan.built_on
                break
            imports.undo_run(run_id=run.pk, user=world.admin)
            assert compare_tables(before, read_tables()) == {}, (run.kind, chain)
        transaction.set_rollback(True)
