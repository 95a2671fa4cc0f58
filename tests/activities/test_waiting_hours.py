"""Rows of hours of people who are not here yet: they wait, and go in by themselves when the number is known."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from activities.models import ServiceRecord, WaitingHours
from activities.services.waiting_hours import forget_strangers, take_waiting_rows
from members.models import Member, VolunteerRecord
from members.services.claims import claim_volunteer_record
from members.services.known_numbers import tell_numbers_known
from members.services.registration import confirm_registration
from tests.activities.hours_files import LEAGUE_HEADER, make_league_file, make_league_row
from tests.factories import MemberFactory
from tests.members.import_files import (
    Kind,
    confirm_import,
    count_outcome,
    make_roster_file,
    make_volunteers_file,
    preview_import,
    run_import,
    run_import_command,
)
from tests.members.sheet_files import make_csv_text

NUMBER = "110108000001"
HEADER = ("志愿者编号", "姓名", "服务项目", "日期", "服务时长", "状态")


def import_stranger(by, *, number=NUMBER, name="王新", hours="2", **options):
    content = make_csv_text(HEADER, (number, name, "助残服务", "2018-10-13", hours, "已生效")).encode()
    return run_import(Kind.HOURS, content, by=by, filename="时长.csv", **options)


def read_waiting() -> tuple[str, str]:
    row = WaitingHours.objects.get()
    return row.state, row.reason


def test_a_row_of_a_stranger_waits_once_however_often_the_file_comes(world):
    for _ in range(2):
        assert count_outcome(import_stranger(world.admin)) == {"unclear": 1}
    assert read_waiting() == ("waiting", "志愿者编号不在平台中；录入这名人员后自动录入")


@pytest.fixture
def newcomer(world) -> Member:
    return MemberFactory(branch=world.a1, name="王新", phone="13912345678", student_no="2018990001")


def _import_volunteers(world, person):
    row = (NUMBER, person.name, person.phone, "", "2018-10-01")
    run_import(Kind.VOLUNTEERS, make_volunteers_file(row), by=world.admin)


def _claim(world, person):
    run_import(
        Kind.VOLUNTEERS, make_volunteers_file((NUMBER, "王新", "", "", "2018-10-01")), by=world.secretary
    )
    record = VolunteerRecord.objects.get(volunteer_no=NUMBER)
    claim_volunteer_record(user=world.secretary, record_id=record.pk, member_id=person.pk)


def _confirm(world, person):
    confirm_registration(
        user=world.secretary,
        member_id=person.pk,
        volunteer_no=NUMBER,
        registered_on=date(2018, 10, 1),
        evidence="截图",
    )


@pytest.mark.parametrize("make_known", [_import_volunteers, _claim, _confirm])
def test_hours_before_the_number_go_in_when_it_becomes_known(world, newcomer, make_known):
    import_stranger(world.admin)
    make_known(world, newcomer)
    record = ServiceRecord.objects.get()
    assert (record.member, record.minutes, record.state) == (newcomer, 120, "confirmed")
    assert (WaitingHours.objects.get().record, read_waiting()) == (record, ("taken", ""))
    assert count_outcome(import_stranger(world.admin)) == {"same": 1}


def test_league_hours_before_the_roster_go_in_with_the_roster(world):
    person = MemberFactory.build(branch=world.a1, name="王新", student_no="2018990001")
    run = run_import(Kind.HOURS, make_league_file(make_league_row(person)), by=world.admin)
    assert count_outcome(run) == {"unclear": 1}
    roster = make_roster_file(
        ("2018990001", "王新", world.college_a.name, world.a1.name, "共青团员", "13912345678")
    )
    run_import(Kind.ROSTER, roster, by=world.admin)
    assert ServiceRecord.objects.get().member.student_no == "2018990001"


def test_a_row_under_another_name_stays_with_the_reason(world, newcomer):
    import_stranger(world.admin, name="李生")
    _confirm(world, newcomer)
    assert read_waiting() == ("waiting", "志愿者编号登记的人员姓名不同")
    assert not ServiceRecord.objects.exists()


def test_a_college_s_file_brings_nothing_for_people_of_another_college(world):
    import_stranger(world.secretary)
    person = MemberFactory(branch=world.zhang_wei_b.branch, name="王新", registered=True, volunteer_no=NUMBER)
    tell_numbers_known([person.pk])
    assert read_waiting() == ("waiting", f"不是“{world.college_a.name}”的人员")


def test_taking_in_twice_changes_nothing(world, newcomer):
    import_stranger(world.admin)
    _confirm(world, newcomer)
    assert take_waiting_rows(world.school.pk) == 0
    assert ServiceRecord.objects.count() == 1


def test_a_later_file_that_brings_the_record_settles_the_row(world, newcomer):
    import_stranger(world.admin)
    Member.objects.filter(pk=newcomer.pk).update(
        volunteer_no=NUMBER, registration_source="file", counts_from=date(2018, 10, 1)
    )
    assert count_outcome(import_stranger(world.admin)) == {"new": 1}
    assert read_waiting() == ("taken", "")


def test_rows_of_strangers_are_deleted_after_a_year(world):
    import_stranger(world.admin)
    assert forget_strangers(now=timezone.now() + timedelta(days=364)) == 0
    assert forget_strangers(now=timezone.now() + timedelta(days=366)) == 1


def _build_file_without_states(person) -> bytes:
    return make_league_file(make_league_row(person)[:-1], header=LEAGUE_HEADER[:-1])


@pytest.mark.parametrize("state", ["confirmed", "pending"])
def test_the_state_of_all_rows_is_asked_once(world, client_of, state):
    run = preview_import(Kind.HOURS, _build_file_without_states(world.registered), by=world.admin)
    client = client_of(world.admin)
    page = client.get(run.get_absolute_url()).content.decode()
    assert (
        "文件没有状态列，全部按哪种状态导入" in page
        and "checked" not in page.split("全部按哪种状态导入")[1][:900]
    )
    refused = client.post(f"{run.get_absolute_url()}confirm/", {})
    assert "请选择全部按“已确认”还是“待确认”导入" in refused.content.decode()
    client.post(f"{run.get_absolute_url()}confirm/", {"state": state})
    run.refresh_from_db()
    assert run.notes["state"] == state


@pytest.mark.parametrize("state", ["confirmed", "pending"])
def test_the_command_takes_the_state_of_all_rows_and_refuses_without(world, tmp_path, state):
    path = tmp_path / "时长.xlsx"
    path.write_bytes(_build_file_without_states(world.registered))
    with pytest.raises(CommandError, match="文件没有状态列"):
        call_command("import_file", "hours", str(path), school="JH")
    assert run_import_command("hours", path, school="JH", state=state)["created"] == 1
    assert ServiceRecord.objects.get().state == state


def test_nobody_confirms_a_file_without_states_by_the_service(world):
    with pytest.raises(Exception, match="没有状态列"):
        confirm_import(Kind.HOURS, _build_file_without_states(world.registered), by=world.admin)
