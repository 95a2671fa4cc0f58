"""Undo of an import: every table is as before, or nothing is undone and the reasons are listed."""

from datetime import date
from io import StringIO
from json import loads

import pghistory
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from members.models import Branch, College, ImportRun, Member, Spell, Street, StudentNumber, VolunteerRecord
from members.transfer.services import imports
from members.transfer.tasks import resume_imports, undo_import
from tests.factories import MemberFactory, UserFactory
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    get_person,
    make_roster_file,
    make_roster_row,
    make_volunteers_file,
    run_import,
    run_import_command,
)
from tests.members.sheet_files import make_xlsx
from tests.members.undoing import compare_tables, read_tables

NEW = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")


def undo(run: ImportRun, by=None) -> ImportRun:
    imports.undo_run(run_id=run.pk, user=by or run.created_by)
    run.refresh_from_db()
    assert run.state == ImportRun.State.UNDONE
    return run


def list_reasons(run: ImportRun) -> list[str]:
    return [built.text for built in imports.plan_undo(run=run).built_on]


def later():
    """Return the context of what somebody does on a page after the import."""
    return pghistory.context(url="/somewhere/")


@pytest.fixture
def roster(world):
    def import_roster(*rows, header=ROSTER_HEADER, by=None, **options):
        return run_import(
            Kind.ROSTER, make_roster_file(*rows, header=header), by=by or world.admin, **options
        )

    return import_roster


# --- every table as before -----------------------------------------------------------------------------------


def check_undone(run: ImportRun, before: dict) -> None:
    assert compare_tables(before, read_tables()), "the import changed nothing"
    undo(run)
    assert compare_tables(before, read_tables()) == {}


def test_new_people_and_their_units_go(world, roster):
    before = read_tables()
    check_undone(
        roster(NEW, ("2018010098", "司马远", "新学院", "新团支部", "入团积极分子", "13900000098")), before
    )


def test_moved_and_changed_people_are_where_they_were(world, roster):
    header = (*ROSTER_HEADER, "状态", "职务", "年级")
    moved = (
        *make_roster_row(world.missing, branch=world.a2.name, phone="13900000001"),
        "在籍",
        "团支书",
        "2017",
    )
    left = (*make_roster_row(world.member.member, politics="群众"), "休学", "", "")
    before = read_tables()
    check_undone(roster(moved, left, header=header), before)


def test_a_past_day_is_as_before(world, roster):
    MemberFactory(branch=world.a1, school=world.school)
    before = read_tables()
    row = make_roster_row(world.missing, branch=world.a2.name)
    check_undone(roster(row, as_of=date(2018, 9, 1)), before)


def test_a_new_number_and_the_account_that_signs_in_with_it_go_back(world, roster):
    before = read_tables()
    person = world.member.member
    row = (person.student_no, *make_roster_row(person, student_no="2019990001"))
    run = roster(row, header=("原学号", *ROSTER_HEADER))
    world.member.refresh_from_db()
    assert world.member.number == "2019990001"
    check_undone(run, before)


def test_somebody_on_the_way_by_a_wrong_file_is_a_member_again(world, roster):
    """The gate of 二(一) refuses a step to 团员 without registration; the undoing is no step."""
    person = world.missing
    assert not person.is_registered
    before = read_tables()
    check_undone(roster(make_roster_row(person, politics="入团积极分子")), before)


def test_registrations_go_back(world):
    rows = [
        ("BJ900001", world.missing.name, world.missing.phone, "", "2018-10-01"),
        ("BJ900002", "吴名氏", "13800009999", "法学院志愿服务队", "2018-10-01"),
        ("BJ900003", world.namesake.name, "", "", ""),
    ]
    before = read_tables()
    run = run_import(Kind.VOLUNTEERS, make_volunteers_file(*rows), by=world.admin)
    assert VolunteerRecord.objects.filter(volunteer_no="BJ900002", state="unclear").exists()
    check_undone(run, before)


def test_a_record_that_a_later_roster_matched_waits_again(world, roster):
    stranger = ("BJ900009", NEW[1], NEW[5], "", "2018-10-01")
    run_import(Kind.VOLUNTEERS, make_volunteers_file(stranger), by=world.admin)
    before = read_tables()
    run = roster(NEW)
    assert get_person(world.school, NEW[0]).volunteer_no == "BJ900009"
    check_undone(run, before)


def test_streets_go_and_change_back(world):
    street = Street.objects.first()
    rows = [
        (street.district, street.name, street.get_kind_display(), "3", "2018-10-11"),
        ("海淀区", "新街道", "城区", "1", "2018-10-11"),
    ]
    before = read_tables()
    header = ("所属区", "街乡名称", "类型", "已对接数", "数据时间")
    run = run_import(Kind.STREETS, make_xlsx(header, *rows), by=world.admin)
    assert run.figures["new"] == 1, run.figures
    check_undone(run, before)


def test_units_go_and_change_back(world):
    rows = [("法律学院", "", "F01"), ("法学1801团支部", "法律学院", ""), ("全新团支部", "全新学院", "")]
    College.objects.filter(name="法学院", school=world.school).update(outside_no="F01")
    before = read_tables()
    run = run_import(
        Kind.ORGANISATION, make_xlsx(("组织名称", "上级组织", "组织编号"), *rows), by=world.admin
    )
    assert College.objects.filter(name="全新学院").exists()
    check_undone(run, before)


def test_appointments_and_accounts_go(world):
    before = read_tables()
    rows = [
        ("T9001", "钱老师", "学院团委书记", "法学院", "", "2018-09-01", "2030-08-31"),
        (
            world.missing.student_no,
            world.missing.name,
            "团支书",
            "法学院",
            world.a1.name,
            "2018-09-01",
            "2030-08-31",
        ),
    ]
    header = ("学号/工号", "姓名", "角色", "学院", "团支部", "开始", "结束")
    run = run_import(Kind.ACCOUNTS, make_xlsx(header, *rows), by=world.admin)
    assert run.figures["new"] == 2, list(run.rows.values_list("reason", flat=True))
    check_undone(run, before)


def test_the_same_file_goes_in_again_after_the_undoing(world, roster):
    undo(roster(NEW))
    again = roster(NEW)
    assert again.figures["new"] == 1
    assert get_person(world.school, NEW[0]).name == NEW[1]


def test_two_imports_are_undone_the_later_first(world, roster):
    before = read_tables()
    first = roster(NEW)
    second = roster((NEW[0], NEW[1], "法学院", world.a2.name, NEW[4], "13911112222"))
    reasons = list_reasons(first)
    assert len(reasons) == 1
    assert "之后的导入" in reasons[0]
    undo(second)
    assert list_reasons(first) == []
    undo(first)
    assert compare_tables(before, read_tables()) == {}


def test_rows_of_the_file_are_not_needed(world, roster):
    before = read_tables()
    run = roster(NEW, make_roster_row(world.missing, branch=world.a2.name))
    run.rows.all().delete()
    check_undone(run, before)


# --- what was built on it ------------------------------------------------------------------------------------


def refuse(run: ImportRun, *words: str) -> None:
    """Check that undoing is refused, that nothing changes, and that a reason has each of the words."""
    before = read_tables()
    reasons = list_reasons(run)
    for word in words:
        assert any(word in reason for reason in reasons), (word, reasons)
    with pytest.raises(ValidationError, match="不能撤销"):
        imports.undo_run(run_id=run.pk, user=run.created_by)
    assert compare_tables(before, read_tables()) == {}
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE


def test_a_person_with_an_account_is_built_on(world, roster):
    run = roster(NEW)
    person = get_person(world.school, NEW[0])
    with later():
        UserFactory(member=person, school=world.school, number=person.student_no)
    refuse(run, "欧阳新已有账号")


def test_a_person_who_was_edited_is_built_on(world, roster):
    run = roster(NEW)
    with later():
        Member.objects.filter(student_no=NEW[0]).update(phone="13912345678")
    refuse(run, "欧阳新之后又有改动")


def test_people_of_a_new_branch_who_came_later_are_built_on(world, roster):
    run = roster(("2018010098", "司马远", "新学院", "新团支部", "共青团员", ""))
    branch = Branch.objects.get(name="新团支部")
    with later():
        MemberFactory.create_batch(3, branch=branch, school=world.school)
    refuse(run, "团支部“新团支部”已有 3 人（不在本文件中）")


def test_a_spell_that_was_mended_is_built_on(world, roster):
    run = roster(make_roster_row(world.missing, branch=world.a2.name))
    with later():
        Spell.objects.filter(member=world.missing, ends_on=None).update(kind="correction")
    refuse(run, "之后又有改动")


def test_a_number_that_changed_again_is_built_on(world, roster):
    run = roster(NEW)
    number = StudentNumber.objects.get(number=NEW[0])
    with later():
        StudentNumber.objects.filter(pk=number.pk).update(starts_on=date(2018, 9, 1))
    refuse(run, "学号")


# --- who and when --------------------------------------------------------------------------------------------


def test_a_college_does_not_undo_what_the_school_imported(world, roster):
    run = roster(NEW)
    with pytest.raises(ValidationError, match="全校"):
        imports.undo_run(run_id=run.pk, user=world.secretary)


def test_a_college_undoes_its_own_import(world, roster):
    before = read_tables()
    check_undone(roster(NEW, by=world.secretary), before)


def test_an_import_is_undone_once(world, roster):
    run = undo(roster(NEW))
    with pytest.raises(ValidationError, match="已撤销"):
        imports.undo_run(run_id=run.pk, user=world.admin)
    assert run.undone_by == world.admin
    assert run.undone_at


def test_an_import_from_before_the_function_is_not_undone(world, roster):
    run = roster(NEW)
    ImportRun.objects.filter(pk=run.pk).update(history=None)
    with pytest.raises(ValidationError, match="有撤销功能之前"):
        imports.undo_run(run_id=run.pk, user=world.admin)


# --- the page and the command ----------------------------------------------------------------------------------


def test_the_page_says_what_goes_and_undoes_it(world, roster, client_of):
    client = client_of(world.admin)
    before = read_tables_without_sessions()
    run = roster(NEW)
    assert reverse("import_undo", args=[run.pk]) in client.get(run.get_absolute_url()).content.decode()
    page = client.get(reverse("import_undo", args=[run.pk])).content.decode()
    assert "人员：删除新增的 1 条" in page
    answer = client.post(reverse("import_undo", args=[run.pk]), follow=True)
    assert "已撤销" in answer.content.decode()
    assert compare_tables(before, read_tables_without_sessions()) == {}
    assert "已撤销" in client.get(reverse("imports")).content.decode()


def read_tables_without_sessions() -> dict:
    return {
        table: rows
        for table, rows in read_tables().items()
        if "session" not in table and "accountevent" not in table
    }


def test_the_page_lists_what_was_built_on_it_and_refuses(world, roster, client_of):
    run, client = roster(NEW), client_of(world.admin)
    person = get_person(world.school, NEW[0])
    with later():
        UserFactory(member=person, school=world.school, number=person.student_no)
    page = client.get(reverse("import_undo", args=[run.pk])).content.decode()
    assert "欧阳新已有账号" in page
    assert f'href="{person.get_absolute_url()}"' in page
    answer = client.post(reverse("import_undo", args=[run.pk]), follow=True).content.decode()
    assert "不能撤销" in answer
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE


def test_a_secretary_is_not_offered_to_undo_what_the_school_imported(world, roster, client_of):
    run, client = roster(NEW), client_of(world.secretary)
    assert client.get(reverse("import_undo", args=[run.pk])).status_code in (200, 404)
    client.post(reverse("import_undo", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE


def test_what_was_built_between_the_click_and_the_work_stops_it(world, roster):
    run = roster(NEW)
    imports.begin_undo(run_id=run.pk, user=world.admin)
    with later():
        Member.objects.filter(student_no=NEW[0]).update(phone="13912345678")
    undo_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.undone_by) == (ImportRun.State.DONE, None)
    assert "不能撤销" in run.problem


def test_a_lost_message_is_sent_again(world, roster):
    run = roster(NEW)
    imports.begin_undo(run_id=run.pk, user=world.admin)
    ImportRun.objects.filter(pk=run.pk).update(updated_at="2018-10-01 00:00+08")
    resume_imports()
    run.refresh_from_db()
    assert run.state == ImportRun.State.UNDONE


def run_undo_command(run: ImportRun, **options) -> dict:
    out = StringIO()
    call_command("undo_import", str(run.pk), json=True, stdout=out, **options)
    return loads(out.getvalue())


def test_the_command_tells_and_undoes(world, roster):
    before = read_tables()
    run = roster(NEW)
    told = run_undo_command(run, dry_run=True)
    assert (told["undone"], told["tables"]["members.member"]) == (
        False,
        {"added": 1, "changed": 0, "deleted": 0},
    )
    assert run_undo_command(run)["undone"] is True
    assert compare_tables(before, read_tables()) == {}


def test_the_command_lists_what_stops_it(world, roster):
    run = roster(NEW)
    with later():
        Member.objects.filter(student_no=NEW[0]).update(phone="13912345678")
    out = StringIO()
    with pytest.raises(CommandError, match="没有撤销任何内容"):
        call_command("undo_import", str(run.pk), json=True, stdout=out)
    assert "欧阳新" in loads(out.getvalue())["built_on"][0]


def test_an_import_by_the_command_is_undone_too(world, tmp_path):
    before = read_tables()
    path = tmp_path / "名单.xlsx"
    path.write_bytes(make_roster_file(NEW))
    report = run_import_command("roster", path, school="JH")
    check_undone(ImportRun.objects.get(pk=report["import"]), before)
