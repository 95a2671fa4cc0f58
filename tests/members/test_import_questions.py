"""Columns that nobody reads and that seem to say whether a row counts are a question before the import."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from members.models import Member
from members.transfer.services import imports
from members.transfer.tasks import write_import
from tests.members.import_files import ROSTER_HEADER, Kind, State, preview_import, run_import_command
from tests.members.sheet_files import make_xlsx

pytestmark = pytest.mark.django_db
NEW = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099", "已停发")
FILE = make_xlsx((*ROSTER_HEADER, "补助状态"), NEW)
QUESTION = "“补助状态”列平台不认识，里面有“已停发”，请核对这一列是否影响录入"


@pytest.fixture
def run(world):
    return preview_import(Kind.ROSTER, FILE, by=world.admin)


def test_the_preview_asks_and_nothing_is_ticked(world, run, client_of):
    page = client_of(world.admin).get(run.get_absolute_url()).content.decode()
    assert QUESTION in page
    assert "确认这些列不影响录入" in page
    assert "checked" not in page


def test_without_the_tick_nothing_is_confirmed(world, run, client_of):
    response = client_of(world.admin).post(reverse("import_confirm", args=[run.pk]))
    assert "请勾选此项再确认" in response.content.decode()
    run.refresh_from_db()
    assert run.state == State.PREVIEW


def test_the_service_refuses_a_confirmation_without_the_answer(world, run):
    with pytest.raises(ValidationError, match="补助状态"):
        imports.confirm_run(run_id=run.pk, user=world.admin)
    imports.confirm_run(run_id=run.pk, user=world.admin, columns_known=True)


def test_with_the_tick_the_file_goes_in(world, run, client_of):
    client_of(world.admin).post(reverse("import_confirm", args=[run.pk]), {"columns_known": "on"})
    run.refresh_from_db()
    if run.state == State.WRITING:
        write_import(run.pk)
    assert Member.objects.filter(student_no="2018010099").exists()


def test_the_command_imports_and_warns(world, tmp_path):
    path = tmp_path / "roster.xlsx"
    path.write_bytes(FILE)
    report = run_import_command("roster", path, school=world.school.code)
    assert report["created"] == 1
    assert QUESTION in report["warnings"]


def test_a_file_without_such_a_column_asks_nothing(world, client_of):
    run = preview_import(Kind.ROSTER, make_xlsx(ROSTER_HEADER, NEW[:-1]), by=world.admin)
    assert "asks_columns" not in run.notes
    assert "columns_known" not in client_of(world.admin).get(run.get_absolute_url()).content.decode()
    imports.confirm_run(run_id=run.pk, user=world.admin)


def test_an_unknown_column_of_dates_is_a_warning_in_the_preview_and_on_the_command_line(
    world, client_of, tmp_path
):
    content = make_xlsx((*ROSTER_HEADER, "体检"), (*NEW[:-1], "2018-09-01"))
    run = preview_import(Kind.ROSTER, content, by=world.admin)
    page = client_of(world.admin).get(run.get_absolute_url()).content.decode()
    before, _, _ = page.partition("没有用到的日期列，请核对是否需要")
    assert "tone-warn" in before.rpartition("notice ")[2]
    path = tmp_path / "roster.xlsx"
    path.write_bytes(content)
    warnings = run_import_command("roster", path, school=world.school.code)["warnings"]
    assert "没有用到的日期列，请核对是否需要：体检" in warnings


@pytest.mark.parametrize(("day", "refused"), [("2018-10-01", 0), ("2022-09-01", 1)])
def test_a_day_of_leaving_is_past_or_to_come_by_the_day_of_the_file(world, tmp_path, day, refused):
    path = tmp_path / "花名册.xlsx"
    path.write_bytes(make_xlsx((*ROSTER_HEADER, "毕业时间"), (*NEW[:6], "2022-07-01")))
    report = run_import_command(Kind.ROSTER, path, school="JH", as_of=day)
    assert (report["created"], len(report["errors"])) == (1 - refused, refused)
