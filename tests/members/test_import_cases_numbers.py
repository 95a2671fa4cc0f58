"""Student, staff and volunteer numbers are compared without case and width (requirements §4)."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from members.models import Member, StudentNumber, User, VolunteerRecord
from members.queries.accounts import find_accounts_by_number
from members.services.accounts import create_account
from members.services.numbers import change_student_number
from members.services.registration import confirm_registration
from members.transfer.services.imports import list_absent
from members.transfer.tasks import write_import
from tests.factories import MemberFactory, UserFactory, VolunteerRecordFactory, make_account
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    confirm_import,
    count_outcome,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    make_volunteers_file,
    preview_import,
    run_import,
)
from tests.world import build_world

SPELLINGS = ("B18010001", "b18010001", "Ｂ18010001", "ｂ１８０１０００１")


def make_person(world, number="B18010001", **values) -> Member:
    return MemberFactory(branch=world.a1, student_no=number, name="欧阳新", **values)


def make_twins(world, numbers=("B18010001", "b18010001")) -> tuple[Member, Member]:
    """Return two people of before, whose numbers differ in case only."""
    first = make_person(world, numbers[0])
    second = MemberFactory(branch=world.a1, student_no="x", name="司马旧")
    Member.objects.filter(pk=second.pk).update(student_no=numbers[1], number_twin=1)
    second.refresh_from_db()
    return first, second


def make_line(number: str, name="欧阳新", branch="法学1801团支部", phone="") -> tuple:
    return (number, name, "法学院", branch, "共青团员", phone)


@pytest.mark.parametrize("spelling", SPELLINGS[1:])
def test_a_second_row_of_a_number_in_another_case_or_width_is_a_duplicate(world, spelling):
    run = preview_import(
        Kind.ROSTER, make_roster_file(make_line("B18010001"), make_line(spelling)), by=world.admin
    )
    assert count_outcome(run) == {"new": 1, "error": 1}
    assert list_row_problems(run) == {3: "与第2行重复"}


def test_a_second_row_with_another_name_is_a_conflict(world):
    lines = (make_line("B18010001"), make_line("b18010001", "司马旧"))
    run = preview_import(Kind.ROSTER, make_roster_file(*lines), by=world.admin)
    assert list_row_problems(run) == {3: "学号与第2行相同，姓名不同"}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_roster_finds_the_person_in_any_case_and_keeps_the_number_as_it_was_written(world, spelling):
    person = make_person(world)
    row = make_roster_row(person)
    run = run_import(Kind.ROSTER, make_roster_file((spelling, *row[1:])), by=world.admin)
    assert count_outcome(run) == {"same": 1}
    person.refresh_from_db()
    assert person.student_no == "B18010001"


def test_somebody_in_the_file_in_another_case_is_not_missing_from_it(world):
    person = make_person(world)
    run = run_import(
        Kind.ROSTER, make_roster_file(("b18010001", *make_roster_row(person)[1:])), by=world.admin
    )
    assert person not in list_absent(run)


def test_a_former_number_is_found_in_any_case(world):
    person = make_person(world)
    lines = (("G19000001", "b18010001", *make_roster_row(person)[1:]),)
    header = (ROSTER_HEADER[0], "原学号", *ROSTER_HEADER[1:])
    run = run_import(Kind.ROSTER, make_roster_file(*lines, header=header), by=world.admin)
    assert count_outcome(run) == {"changed": 1}
    for number in ("g19000001", "b18010001"):
        assert list(Member.objects.of_number(number)) == [person]
    again = run_import(
        Kind.ROSTER, make_roster_file(("b18010001", *make_roster_row(person)[1:])), by=world.admin
    )
    assert count_outcome(again) == {"same": 1}


def test_a_volunteer_list_finds_student_and_volunteer_numbers_in_any_case(world):
    person = make_person(world)
    header = ("志愿者编号", "姓名", "学号", "注册时间")
    line = ("VB001", person.name, "b18010001", "2018-10-08")
    run = run_import(Kind.VOLUNTEERS, make_volunteers_file(line, header=header), by=world.admin)
    assert count_outcome(run) == {"new": 1}
    lines = (("vb001", *line[1:]), ("Vb001", *line[1:]))
    again = preview_import(Kind.VOLUNTEERS, make_volunteers_file(*lines, header=header), by=world.admin)
    assert count_outcome(again) == {"same": 1, "error": 1}
    assert list_row_problems(again) == {3: "与第2行重复"}
    person.refresh_from_db()
    assert person.volunteer_no == "VB001"
    assert VolunteerRecord.objects.filter(member=person).count() == 1


def test_a_secretary_cannot_verify_a_volunteer_number_that_another_person_has_in_another_case(world):
    person = make_person(world, registered=True, volunteer_no="VB001")
    with pytest.raises(ValidationError, match="他人名下"):
        confirm_registration(
            user=world.admin,
            member_id=world.missing.pk,
            volunteer_no="vb001",
            registered_on=None,
            evidence="看过",
        )
    assert person.volunteer_no == "VB001"


def test_a_waiting_row_in_another_case_is_settled_by_a_verification(world):
    row = VolunteerRecordFactory(school=world.school, volunteer_no="vb001", name=world.missing.name)
    confirm_registration(
        user=world.admin,
        member_id=world.missing.pk,
        volunteer_no="VB001",
        registered_on=None,
        evidence="看过",
    )
    row.refresh_from_db()
    assert (row.state, row.member) == ("matched", world.missing)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_signs_in(world, spelling):
    account = make_account(make_person(world))
    assert find_accounts_by_number(spelling, world.school) == [account]


def test_an_import_takes_the_account_in_any_case(world, tmp_path):
    path = tmp_path / "花名册.xlsx"
    path.write_bytes(make_roster_file(make_line("2018010099")))
    UserFactory(school=world.school, number="T0009", name="外人", is_active=False)
    for name in ("t1001", "ｔ1001", "t1001@jh", "T1001@JH"):
        call_command("import_file", "roster", str(path), "--school=JH", "--dry-run", f"--as={name}")
    for name in ("t0009", "t1001@BH", "x"):
        with pytest.raises(CommandError, match="没有账号"):
            call_command("import_file", "roster", str(path), "--school=JH", "--dry-run", f"--as={name}")


def test_no_second_account_in_another_case(world):
    create_account(school=world.school, number="T0777", name="孙老师")
    for number in ("t0777", "ｔ0777"):
        with pytest.raises(ValidationError, match="已存在"):
            create_account(school=world.school, number=number, name="孙老师")


def test_an_account_in_another_case_opens_the_persons_own_page(world):
    person = make_person(world)
    assert create_account(school=world.school, number="b18010001", name=person.name).member == person


def test_another_case_of_the_own_number_corrects_it_and_is_no_new_number(world):
    person = make_person(world, "b18010001")
    account = make_account(person)
    change_student_number(
        user=world.secretary, member_id=person.pk, number="B18010001", on=date(2018, 11, 1), reason="更正"
    )
    person.refresh_from_db()
    account.refresh_from_db()
    assert (person.student_no, account.number) == ("B18010001", "B18010001")
    assert [n.number for n in StudentNumber.objects.filter(member=person)] == ["B18010001"]


def test_a_number_of_somebody_else_in_another_case_is_refused(world):
    make_person(world)
    with pytest.raises(ValidationError, match="名下"):
        change_student_number(
            user=world.secretary,
            member_id=world.missing.pk,
            number="ｂ18010001",
            on=date(2018, 11, 1),
            reason="更正",
        )


def test_twins_of_before_are_found_by_their_own_spelling_only(world):
    first, second = make_twins(world)
    lines = [make_roster_row(person, phone=f"1390000000{n}") for n, person in enumerate((first, second))]
    run = run_import(Kind.ROSTER, make_roster_file(*lines[:1]), by=world.admin)
    assert count_outcome(run) == {"changed": 1}
    assert "B18010001、b18010001" in run.notes["doubts"][-1]
    run_import(Kind.ROSTER, make_roster_file(*lines[1:]), by=world.admin)
    phones = (
        Member.objects.filter(pk__in=(first.pk, second.pk)).order_by("pk").values_list("phone", flat=True)
    )
    assert list(phones) == ["13900000000", "13900000001"]


def test_a_third_spelling_of_twins_is_an_error(world):
    make_twins(world, ("aB1", "Ab1"))
    run = preview_import(Kind.ROSTER, make_roster_file(make_line("AB1")), by=world.admin)
    assert list_row_problems(run) == {2: "平台中有几个学号与此只差大小写，不能判断是谁，请按平台中的写法填写"}


def test_a_twin_that_gets_its_own_number_is_no_twin_any_more(world, client_of):
    first, second = make_twins(world)
    page = client_of(world.secretary).get(first.get_absolute_url()).content.decode()
    assert "疑似同一学号" in page and second.name in page
    change_student_number(
        user=world.secretary, member_id=second.pk, number="B18010002", on=date(2018, 11, 1), reason="更正"
    )
    second.refresh_from_db()
    assert second.number_twin == 0
    assert "疑似同一学号" not in client_of(world.secretary).get(first.get_absolute_url()).content.decode()


def run_at_once(*calls) -> list:
    """Return the results of calls that begin together in threads of their own; an exception is a result."""
    begin, results = Barrier(len(calls)), [None] * len(calls)

    def work(place: int) -> None:
        try:
            begin.wait(20)
            results[place] = calls[place]()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=work, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_once_one_adds_the_person_and_the_other_finds_them():
    world = build_world()
    runs = [
        confirm_import(Kind.ROSTER, make_roster_file(make_line(number)), by=world.admin)
        for number in ("B18010001", "b18010001")
    ]
    run_at_once(*(lambda run=run: write_import(run.pk) for run in runs))
    for run in runs:
        run.refresh_from_db()
    assert sorted(list(count_outcome(run)) for run in runs) == [["new"], ["same"]]
    assert Member.objects.filter(student_no__iexact="b18010001").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_forms_at_once_one_wins_and_the_other_gets_the_reason():
    world = build_world()
    accounts = run_at_once(
        *(
            lambda number=number: create_account(school=world.school, number=number, name="孙老师")
            for number in ("T0777", "t0777")
        )
    )
    changes = run_at_once(
        *(
            lambda person=person, number=number: change_student_number(
                user=world.secretary, member_id=person.pk, number=number, on=date(2018, 11, 1), reason="更正"
            )
            for person, number in ((world.missing, "G1"), (world.quiet, "g1"))
        )
    )
    for results, reason in ((accounts, "已存在"), (changes, "名下")):
        refused = [result for result in results if isinstance(result, ValidationError)]
        assert len(refused) == 1, results
        assert reason in str(refused[0])
    assert User.objects.filter(number__iexact="t0777").count() == 1
    assert Member.objects.filter(student_no__iexact="g1").count() == 1
