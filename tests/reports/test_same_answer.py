"""`eligibility --year 2018` gives the same answer today, after files of 2026, and after a roll-over (requirements §3)."""

import csv
import json
from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from members.models import Member
from reports.models import AppraisalGrade
from reports.services.appraisal import start_appraisal
from reports.services.rollover import roll_over
from tests.factories import ServiceRecordFactory

LATER = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


def ask(command: str) -> dict:
    out = StringIO()
    call_command(command, "--school", "JH", "--year", "2018", "--json", stdout=out)
    return json.loads(out.getvalue())


def answer() -> tuple[dict, dict]:
    return ask("eligibility"), ask("registration_rates")


@pytest.fixture
def bring(tmp_path):
    """Import a sheet as an operator does; every row must go in."""

    def bring(kind: str, *rows: tuple[str, ...]) -> None:
        path = tmp_path / f"{kind}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
        out = StringIO()
        call_command("import_file", kind, str(path), "--school", "JH", "--year", "2018", "--json", stdout=out)
        result = json.loads(out.getvalue())
        assert result["errors"] == [], result

    return bring


def bring_files_of_2026(world, bring) -> None:
    """Import a roster with moves, graduations and a suspension, registrations of 2026 and hours of 2026."""

    def line(person, branch, state="在籍"):
        return (person.student_no, person.name, branch.college.name, branch.name, "共青团员", state)

    bring(
        "roster",
        ("学号", "姓名", "学院", "团支部", "政治面貌", "状态"),
        line(world.registered, world.a2),
        line(world.party, world.b2),
        line(world.lead, world.a1, "毕业"),
        line(world.namesake, world.a1, "休学"),
        line(world.missing, world.a1),
        ("2026010001", "新生甲", "法学院", world.a1.name, "共青团员", "在籍"),
        (world.quiet.student_no, world.quiet.name, "法学院", "法学2026级1班团支部", "共青团员", "毕业"),
    )
    bring(
        "volunteers",
        ("志愿者编号", "姓名", "学号", "注册时间"),
        ("110108900001", world.missing.name, world.missing.student_no, "2026-03-01"),
        ("110108900002", world.namesake.name, world.namesake.student_no, "2026-03-02"),
    )
    bring(
        "hours",
        ("记录编号", "学号", "姓名", "项目名称", "服务日期", "服务时长", "状态"),
        ("A1", world.registered.student_no, world.registered.name, "助老", "2026-10-01", "8", "已确认"),
        ("A2", world.missing.student_no, world.missing.name, "助残", "2026-10-02", "8", "已确认"),
    )


def test_a_closed_year_gives_the_same_answer_after_files_of_2026_and_after_a_roll_over(world, bring):
    ServiceRecordFactory(member=world.registered, served_on=date(2018, 10, 1), minutes=1200)
    Member.objects.filter(pk=world.reported.pk).update(grade="2014级")
    before = answer()
    assert before[0]["as_of"] == before[1]["as_of"] == "2018-12-31"
    bring_files_of_2026(world, bring)
    world.registered.refresh_from_db()
    assert world.registered.branch == world.a2
    assert Member.objects.get(pk=world.lead.pk).state == "graduated"
    assert answer() == before
    roll_over(user=world.admin, year=world.year, graduates=["2014级"], now=LATER)
    assert Member.objects.get(pk=world.reported.pk).state == "graduated"
    assert answer() == before


def test_what_is_frozen_does_not_move_with_the_people(world, bring):
    sheet = start_appraisal(user=world.branch_secretary, branch_id=world.a1.pk, year=world.year)
    people = set(sheet.grades.values_list("member", flat=True))
    bring_files_of_2026(world, bring)
    assert set(AppraisalGrade.objects.filter(appraisal=sheet).values_list("member", flat=True)) == people
    again = start_appraisal(user=world.secretary, branch_id=world.a2.pk, year=world.year)
    assert set(again.grades.values_list("member", flat=True)) == {world.quiet.pk}
