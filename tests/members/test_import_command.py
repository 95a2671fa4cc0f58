"""`manage.py import_file`: an operator's import gives the same result as the page's."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from members.models import College, ExportLog, ImportRun, Member
from members.queries.history import list_changes
from members.services.schools import create_school
from tests.members.import_files import (
    ROSTER_HEADER,
    get_person,
    make_roster_file,
    make_roster_row,
    read_counts,
    read_lines,
    run_import_command,
)

NEW = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")
BAD = ("", *NEW[1:])


@pytest.fixture
def file(tmp_path):
    """Return a function `file(*rows)` that writes a roster and returns its path."""

    def write(*rows, header=ROSTER_HEADER, name="花名册.xlsx"):
        path = tmp_path / name
        path.write_bytes(make_roster_file(*rows, header=header))
        return path

    return write


def count_portal_rows() -> tuple:
    return (
        Member.pgh_event_model.objects.count(),
        College.objects.count(),
        ImportRun.objects.count(),
    )


def test_it_reports_what_it_did_with_every_row(world, file):
    report = run_import_command(
        "roster",
        file(NEW, make_roster_row(world.namesake, name="张玮"), make_roster_row(world.party), BAD),
        school="JH",
    )
    assert (report["kind"], report["rows"], *read_counts(report)) == ("roster", 4, 1, 1, 1, 0, 1)
    assert report["errors"] == [{"row": 5, "reason": "缺少学号"}]


def test_without_json_it_says_the_same_in_words(world, file):
    out = StringIO()
    call_command("import_file", "roster", str(file(NEW, BAD)), school="JH", stdout=out)
    assert "新增 1，变更 0，无变化 0，待认领 0，有误 1" in out.getvalue()
    assert "第 3 行：缺少学号" in out.getvalue()


def test_a_dry_run_writes_nothing_at_all(world, file):
    before = count_portal_rows()
    other = ("2018010098", "司马新", "另一学院", "另一团支部", "共青团员", "")
    report = run_import_command(
        "roster", file(NEW, other, make_roster_row(world.namesake, name="张玮")), school="JH", dry_run=True
    )
    assert read_counts(report) == (2, 1, 0, 0, 0)
    assert (
        run_import_command("roster", file(other), school="JH", college="另一学院", dry_run=True)["created"]
        == 1
    )
    assert count_portal_rows() == before


def test_a_college_binds_the_file_and_is_made_for_the_operator(world, file):
    header = ("学号", "姓名", "团支部", "政治面貌")
    path = file(("2018010099", "欧阳新", "新团支部", "共青团员"), header=header)
    assert run_import_command("roster", path, school="JH", college="新学院")["created"] == 1
    assert get_person(world.school, "2018010099").branch.college.name == "新学院"
    report = run_import_command(
        "roster", file(make_roster_row(world.namesake, name="张玮")), school="JH", college="物理学院"
    )
    assert report["errors"] == [{"row": 2, "reason": "不是“物理学院”的人员"}]


def test_as_somebody_it_has_that_persons_rights(world, file):
    foreign = make_roster_row(world.zhang_wei_b, name="张改名")
    report = run_import_command("roster", file(NEW, foreign), school="JH", username=world.secretary.username)
    assert read_counts(report) == (1, 0, 0, 0, 1)
    assert get_person(world.school, world.zhang_wei_b.student_no).name == "张伟"
    assert run_import_command("roster", file(NEW), school="JH", username="T1002")["unchanged"] == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"username": "T1003", "college": "法学院"}, "只能导入本学院"),
        ({"username": "T1009"}, "没有导入这类文件的权限"),
        ({"username": "T2001"}, "没有账号 T2001"),
        ({"username": "T2001@BH"}, "没有在该校导入文件的权限"),
        ({"username": "T1002", "college": "新学院"}, "没有学院“新学院”"),
        ({"school": "XX"}, "没有代码为 XX 的学校"),
        ({"school": None}, "请用 --school 指定代码"),
    ],
)
def test_what_the_rights_do_not_allow_is_refused(world, file, options, reason):
    before = count_portal_rows()
    with pytest.raises(CommandError, match=reason):
        run_import_command("roster", file(NEW), **({"school": "JH"} | options))
    assert count_portal_rows() == before


@pytest.mark.django_db
def test_a_portal_with_one_school_needs_no_code(file):
    create_school(code="JH", name="京华大学", year=2018)
    assert run_import_command("roster", file(NEW))["created"] == 1


def test_a_file_that_is_not_there_or_cannot_be_read(world, tmp_path):
    with pytest.raises(CommandError, match="无法读取文件"):
        run_import_command("roster", tmp_path / "没有.xlsx", school="JH")
    broken = tmp_path / "坏.xlsx"
    broken.write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(CommandError, match="已损坏"):
        run_import_command("roster", broken, school="JH")


def test_the_rejects_are_the_same_sheet_with_the_reason(world, file, tmp_path):
    out = tmp_path / "退回.xlsx"
    run_import_command("roster", file(NEW, BAD), school="JH", rejects=out)
    assert read_lines(out.read_bytes()) == [
        (*ROSTER_HEADER, "录入结果"),
        (None, *BAD[1:], "第3行：缺少学号"),
    ]
    again = run_import_command("roster", out, school="JH", dry_run=True)
    assert again["errors"] == [{"row": 2, "reason": "缺少学号"}]


@pytest.mark.parametrize("dry_run", [True, False])
def test_rejects_that_leave_the_portal_are_noted(dry_run, world, file, tmp_path):
    out = tmp_path / "退回.xlsx"
    run_import_command("roster", file(NEW, BAD), school="JH", username="T1002", rejects=out, dry_run=dry_run)
    log = ExportLog.objects.get()
    assert (log.school, log.user, log.kind, log.rows) == (world.school, world.secretary, "rejects", 1)
    assert log.filters == {"command": "import_file", "file": "花名册.xlsx"}


def test_where_the_rejects_cannot_be_written_nothing_is_imported(world, file, tmp_path):
    before = count_portal_rows()
    with pytest.raises(CommandError, match="没有录入任何内容"):
        run_import_command("roster", file(NEW), school="JH", rejects=tmp_path / "没有" / "退回.xlsx")
    assert count_portal_rows() == before


def test_the_history_names_the_file_and_whose_rights_it_had(world, file):
    run_import_command(
        "roster", file(make_roster_row(world.namesake, name="张玮")), school="JH", username="T1002"
    )
    latest = list_changes(Member.pgh_event_model.objects.filter(pgh_obj=world.namesake))[0]
    assert (latest.who, latest.by) == ("曹书记", "导入文件“花名册.xlsx”")


def test_the_report_is_one_json_object(world, file):
    out = StringIO()
    call_command("import_file", "roster", str(file(NEW)), school="JH", json=True, stdout=out)
    report = json.loads(out.getvalue())
    assert {"kind", "rows", "created", "updated", "unchanged", "unclear", "errors"} <= report.keys()
