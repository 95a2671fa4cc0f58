"""Undo of an import of hours: records are voided, what they counted is taken back, former records come again."""

from datetime import date

import pghistory
import pytest
from django.core.exceptions import ValidationError

from activities.models import CountedRecord, MissingRecord, ServiceRecord, WaitingHours
from activities.services.linking import link_records
from activities.services.records import void_locked_records
from activities.services.slips import make_slip
from members.models import ImportRun
from members.transfer.services import imports
from tests.activities.counting import sum_by_sources
from tests.activities.hours_files import (
    import_league,
    import_volunteers,
    make_league_row,
    make_volunteer_row,
)
from tests.factories import MemberFactory
from tests.members.import_files import Kind, count_outcome, make_roster_file, make_roster_row, run_import
from tests.members.sheet_files import make_xlsx
from tests.members.undoing import compare_tables, read_tables

State = ServiceRecord.State


def undo(run: ImportRun) -> None:
    imports.undo_run(run_id=run.pk, user=run.created_by)


def check_undone(run: ImportRun, before: dict) -> None:
    assert compare_tables(before, read_tables()), "the import changed nothing"
    undo(run)
    assert compare_tables(before, read_tables()) == {}


def list_reasons(run: ImportRun) -> list[str]:
    return [built.text for built in imports.plan_undo(run=run).built_on]


def count_minutes(world) -> dict:
    return sum_by_sources(world.school, ["league", "volunteer_beijing"], date(2018, 1, 1), date(2018, 12, 31))


def test_new_records_are_voided_with_the_reason_and_count_no_more(world):
    before = read_tables()
    run = import_league(
        world.admin,
        make_league_row(world.registered),
        make_league_row(world.lead, record_no="B", state="待确认"),
        make_league_row(world.missing, record_no="C", student_no="2099999999"),
    )
    assert WaitingHours.objects.count() == 1
    check_undone(run, before)
    records = ServiceRecord.objects.all()
    assert {record.state for record in records} == {State.VOIDED}
    assert {record.void_reason for record in records} == {"撤销导入：“时长.xlsx”"}
    assert {record.voided_by for record in records} == {world.admin}
    assert not CountedRecord.objects.exists()


def test_a_linked_service_of_the_other_ledger_counts_again_alone(world):
    import_volunteers(world.admin, make_volunteer_row(world.registered, stated="3"))
    minutes = count_minutes(world)  # which sets the year's sources, once for all
    before = read_tables()
    run = import_league(world.admin, make_league_row(world.registered))
    assert count_minutes(world) != minutes
    check_undone(run, before)
    assert count_minutes(world) == minutes


def test_a_corrected_record_comes_again_with_its_former_content(world):
    import_league(world.admin, make_league_row(world.registered))
    minutes = count_minutes(world)  # which sets the year's sources, once for all
    before = read_tables()
    run = import_league(world.admin, make_league_row(world.registered, stated="1小时", title="新名称"))
    assert count_outcome(run) == {"changed": 1}
    check_undone(run, before)
    assert count_minutes(world) == minutes
    assert ServiceRecord.objects.filter(state=State.VOIDED).count() == 2


@pytest.mark.parametrize("state", ["待确认", "已确认"])
def test_a_waiting_record_gets_its_content_back(world, state):
    import_league(world.admin, make_league_row(world.registered, state="待确认"))
    before = read_tables()
    run = import_league(world.admin, make_league_row(world.registered, state=state, stated="1小时"))
    assert count_outcome(run) == {"changed": 1}
    check_undone(run, before)


def test_a_record_that_went_to_another_person_goes_back(world):
    import_league(world.admin, make_league_row(world.registered))
    before = read_tables()
    run = import_league(world.admin, make_league_row(world.lead))
    assert count_outcome(run) == {"changed": 1}
    check_undone(run, before)


def test_a_missing_record_is_no_longer_listed(world):
    import_league(
        world.admin,
        make_league_row(world.registered),
        make_league_row(world.registered, record_no="B", day="2018-10-14"),
    )
    before = read_tables()
    run = import_league(
        world.admin,
        make_league_row(world.registered, record_no="A", day="2018-10-12"),
        make_league_row(world.registered, record_no="B", day="2018-10-14"),
    )
    assert MissingRecord.objects.count() == 1
    check_undone(run, before)


def test_the_same_file_goes_in_again_and_so_does_a_corrected_one(world):
    row = make_league_row(world.registered)
    undo(import_league(world.admin, row))
    again = import_league(world.admin, row)
    assert count_outcome(again) == {"new": 1}
    assert count_minutes(world) == {world.registered.pk: 120}
    undo(again)
    other = import_league(world.admin, make_league_row(world.registered, stated="1小时"))
    assert count_outcome(other) == {"new": 1}
    assert count_minutes(world) == {world.registered.pk: 60}


def test_a_correction_goes_in_again_without_being_called_old(world):
    import_league(world.admin, make_league_row(world.registered))
    corrected = make_league_row(world.registered, stated="1小时")
    undo(import_league(world.admin, corrected))
    again = import_league(world.admin, corrected)
    assert (again.figures["changed"], again.figures["reverting"]) == (1, 0)
    assert count_minutes(world) == {world.registered.pk: 60}


def test_rows_without_numbers_go_in_again(world):
    row = make_volunteer_row(world.registered)
    undo(import_volunteers(world.admin, row))
    assert count_outcome(import_volunteers(world.admin, row)) == {"new": 1}
    assert count_minutes(world) == {world.registered.pk: 120}


def test_hours_that_a_roster_brought_in_keep_their_person(world):
    run = import_league(world.admin, make_league_row(world.missing, student_no="2018099999", name="马后来"))
    row = make_roster_row(world.missing, student_no="2018099999", name="马后来", phone="")
    roster = run_import(Kind.ROSTER, make_roster_file(row), by=world.admin)
    assert ServiceRecord.objects.count() == 1
    assert any("马后来已有时长记录 1 条" in reason for reason in list_reasons(roster))
    assert any("之后的导入" in reason for reason in list_reasons(run))


def test_hours_that_a_new_volunteer_number_brought_in_wait_again(world):
    person = MemberFactory(branch=world.a1, school=world.school, phone="13911110000", name="易等候")
    import_volunteers(world.admin, make_volunteer_row(person, volunteer_no="BJ777777"))
    before = read_tables()
    sheet = make_xlsx(
        ("志愿者编号", "姓名", "手机号", "注册时间"), ("BJ777777", person.name, person.phone, "2018-10-01")
    )
    run = run_import(Kind.VOLUNTEERS, sheet, by=world.admin)
    assert ServiceRecord.objects.filter(member=person, state=State.CONFIRMED).count() == 1
    check_undone(run, before)
    run_import(Kind.VOLUNTEERS, sheet, by=world.admin)
    assert ServiceRecord.objects.filter(member=person, state=State.CONFIRMED).count() == 1


# --- what was built on it ------------------------------------------------------------------------------------


def refuse(run: ImportRun, *words: str) -> None:
    before = read_tables()
    reasons = list_reasons(run)
    for word in words:
        assert any(word in reason for reason in reasons), (word, reasons)
    with pytest.raises(ValidationError, match="不能撤销"):
        undo(run)
    assert compare_tables(before, read_tables()) == {}


def test_a_record_that_somebody_voided_is_built_on(world):
    run = import_league(world.admin, make_league_row(world.registered))
    with pghistory.context(user=world.admin.pk):
        void_locked_records(user=world.admin, records=ServiceRecord.objects.all(), reason="重复")
    refuse(run, "时长记录")


def test_a_link_made_by_hand_is_built_on(world):
    import_volunteers(world.admin, make_volunteer_row(world.registered, day="2018-10-20 09:00:00"))
    run = import_league(world.admin, make_league_row(world.registered))
    ids = list(ServiceRecord.objects.values_list("pk", flat=True))
    with pghistory.context(user=world.admin.pk):
        link_records(user=world.admin, record_ids=ids, reason="同一次")
    refuse(run, "已由人工认定")


def test_a_printed_slip_is_built_on(world):
    run = import_league(world.admin, make_league_row(world.registered))
    make_slip(
        user=world.admin, member_id=world.registered.pk, first=date(2018, 1, 1), last=date(2018, 12, 31)
    )
    refuse(run, "已出具时长确认单 1 份")


def test_the_reason_that_marks_undone_records_is_not_for_single_ones(world):
    import_league(world.admin, make_league_row(world.registered))
    with pytest.raises(ValidationError, match="只用于撤销整份文件"):
        void_locked_records(
            user=world.admin, records=ServiceRecord.objects.all(), reason="撤销导入：“时长.xlsx”"
        )
