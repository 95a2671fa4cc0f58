"""Limits of an import: no data of other colleges shown or changed, no ID papers kept, no gate or date bypassed."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.models import Branch, Member
from members.services.people import edit_member
from tests.factories import MemberFactory, VolunteerRecordFactory, make_registration
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    count_outcome,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    make_volunteers_file,
    preview_import,
    run_import,
)

NO = "110088000001"


def register_elsewhere(world) -> Member:
    """Return 张伟 of college_b; the school's list has matched this person with the volunteer number NO."""
    person = world.zhang_wei_b
    Member.objects.filter(pk=person.pk).update(volunteer_no=NO, **make_registration(date(2018, 10, 8)))
    VolunteerRecordFactory(
        school=world.school, volunteer_no=NO, name=person.name, name_key=person.name_key, member=person,
        state="matched", registered_on=date(2018, 10, 8), college=None,
    )  # fmt: skip
    return person


def test_a_row_with_a_strangers_number_says_nothing_of_the_stranger(world, client_of):
    person = register_elsewhere(world)
    content = make_volunteers_file((NO, "随便写", "13911112222", "", "2018-10-01"))
    run = preview_import(Kind.VOLUNTEERS, content, by=world.secretary)
    (row,) = run.rows.all()
    assert (row.status, row.changes, row.target) == ("error", {}, None)
    page = client_of(world.secretary).get(run.get_absolute_url()).content.decode()
    assert person.name not in page
    assert "2018-10-08" not in page


def test_a_known_number_under_another_name_changes_nobody(world):
    person = register_elsewhere(world)
    run = run_import(
        Kind.VOLUNTEERS, make_volunteers_file((NO, "另一人", "", "", "2018-09-01")), by=world.admin
    )
    assert list_row_problems(run) == {2: "志愿者编号已登记在他人名下，姓名不同"}
    person.refresh_from_db()
    assert person.registered_on == date(2018, 10, 8)


def test_a_college_does_not_rewrite_what_waits_in_another_colleges_list(world):
    waiting = world.unclear_b
    content = make_volunteers_file((waiting.volunteer_no, "改名", "13911112222", "别的团体", "2018-10-01"))
    run = run_import(Kind.VOLUNTEERS, content, by=world.secretary)
    assert count_outcome(run) == {"error": 1}
    before = (waiting.name, waiting.phone, waiting.group_name)
    waiting.refresh_from_db()
    assert (waiting.name, waiting.phone, waiting.group_name) == before


def test_a_college_does_not_rewrite_what_waits_in_the_schools_list(world):
    waiting = world.unclear_school
    content = make_volunteers_file((waiting.volunteer_no, "改名", "13911112222", "别的团体", "2018-10-01"))
    run_import(Kind.VOLUNTEERS, content, by=world.secretary)
    name = waiting.name
    waiting.refresh_from_db()
    assert waiting.name == name


def test_a_secretary_reads_no_refused_rows_of_a_file_that_the_school_bound_to_the_college(world, client_of):
    stranger = world.zhang_wei_b
    content = make_roster_file(make_roster_row(stranger), make_roster_row(world.missing))
    run = preview_import(Kind.ROSTER, content, by=world.admin, college=world.college_a)
    client = client_of(world.secretary)
    for query in ("", "?status=error"):
        page = client.get(run.get_absolute_url() + query).content.decode()
        assert stranger.student_no not in page
    assert stranger.student_no in client_of(world.admin).get(run.get_absolute_url()).content.decode()


def test_the_persons_own_word_does_not_outweigh_somebody_elses_phone(world):
    typed = MemberFactory(branch=world.a1, name="林同名", phone="13700000001", reported_no=NO,
                          reported_on=date(2018, 10, 1))  # fmt: skip
    right = MemberFactory(branch=world.a2, name="林同名", phone="13700000002")
    run = run_import(
        Kind.VOLUNTEERS, make_volunteers_file((NO, "林同名", "13700000002", "", "2018-10-01")), by=world.admin
    )
    assert count_outcome(run) == {"new": 1}
    typed.refresh_from_db()
    right.refresh_from_db()
    assert (typed.registered_on, right.volunteer_no) == (None, NO)


def test_where_word_and_masked_phone_point_to_two_people_nobody_is_taken(world):
    MemberFactory(branch=world.a1, name="林同名", phone="", reported_no=NO, reported_on=date(2018, 10, 1))
    MemberFactory(branch=world.a2, name="林同名", phone="13700000002")
    run = run_import(
        Kind.VOLUNTEERS, make_volunteers_file((NO, "林同名", "137****0002", "", "2018-10-01")), by=world.admin
    )
    assert count_outcome(run) == {"unclear": 1}


@pytest.mark.parametrize("day", [str(timezone.localdate() + timedelta(days=1)), "2099-01-01", "1999-12-31"])
def test_a_date_that_cannot_be_is_an_error_of_the_row(world, day):
    row = (NO, world.missing.name, world.missing.phone, "", day)
    run = run_import(Kind.VOLUNTEERS, make_volunteers_file(row), by=world.admin)
    assert count_outcome(run) == {"error": 1}
    world.missing.refresh_from_db()
    assert world.missing.registered_on is None


def test_numbers_of_identity_papers_are_not_kept(world):
    header = (*ROSTER_HEADER, "身份证号", "备注")
    number = "11010120000101123X"
    run = preview_import(
        Kind.ROSTER,
        make_roster_file((*make_roster_row(world.missing), number, number), header=header),
        by=world.admin,
    )
    (row,) = run.rows.all()
    assert number not in row.original
    assert not run.file


def test_a_blank_politics_cell_leaves_the_party_alone(world):
    header = ("学号", "姓名", "学院", "团支部", "政治面貌", "发展阶段")
    row = (*make_roster_row(world.party)[:4], "", "团员")
    run = run_import(Kind.ROSTER, make_roster_file(row, header=header), by=world.admin)
    assert count_outcome(run) == {"same": 1}


def test_brackets_and_spaces_make_no_second_branch(world):
    names = ["法学（1）班", "法学(1)班", "法学 (1) 班", "法学（１）班"]
    rows = [
        (f"20189900{n:02d}", f"新生{n}", world.college_a.name, name, "共青团员", "")
        for n, name in enumerate(names)
    ]
    run_import(Kind.ROSTER, make_roster_file(*rows), by=world.admin)
    assert list(
        Branch.objects.filter(name__startswith="法学", name__contains="班").values_list("name", flat=True)
    ) == ["法学（1）班"]


# --- 二(一): one step back and one forward do not bypass the gate ---


def test_not_by_hand(world):
    change_stage(world, world.candidate, "student")
    with pytest.raises(ValidationError, match="须先完成志愿者注册"):
        change_stage(world, world.candidate, "member")


def test_not_by_file(world):
    change_stage(world, world.candidate, "student")
    world.candidate.refresh_from_db()
    run = run_import(Kind.ROSTER, make_roster_file(make_roster_row(world.candidate)), by=world.admin)
    assert count_outcome(run) == {"error": 1}


def test_a_mistake_of_the_roster_can_be_mended(world):
    run = run_import(Kind.ROSTER, make_roster_file(make_roster_row(world.student)), by=world.admin)
    assert count_outcome(run) == {"changed": 1}


def change_stage(world, person, stage):
    edit_member(
        user=world.admin,
        member_id=person.pk,
        values={"stage": stage},
        reason="测试",
    )


# --- files of the wrong kind ---


def test_a_roster_taken_for_a_volunteers_list_is_refused(world):
    run = preview_import(Kind.VOLUNTEERS, make_roster_file(make_roster_row(world.missing)), by=world.admin)
    assert run.state == "failed"
    assert "志愿者编号" in run.problem


def test_an_exported_roster_taken_for_a_volunteers_list_registers_nobody(world):
    header = ("学号", "姓名", "手机号码", "志愿者编号", "注册日期")
    row = (world.missing.student_no, world.missing.name, world.missing.phone, "", "")
    run = run_import(Kind.VOLUNTEERS, make_volunteers_file(row, header=header), by=world.admin)
    assert list_row_problems(run) == {2: "缺少志愿者编号和注册时间，不能认定已注册"}


def test_the_preview_names_what_would_be_founded(world, client_of):
    row = ("2018999999", "新同学", world.college_a.name, "新设2601团支部", "共青团员", "")
    run = preview_import(
        Kind.ROSTER, make_roster_file(row, make_roster_row(world.missing)), by=world.secretary
    )
    assert run.figures["new_organisations"] == [f"{world.college_a.name} 新设2601团支部"]
    assert "请核对是否笔误" in client_of(world.secretary).get(run.get_absolute_url()).content.decode()
