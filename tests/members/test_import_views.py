"""导入 in the browser: upload → preview → confirm → result."""

from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import ExportLog, ImportRun, Member, User
from members.transfer.services import imports
from members.transfer.services.imports import runs
from members.transfer.tasks import write_import
from tests.factories import ImportRunFactory
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    State,
    confirm_import,
    count_outcome,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    make_volunteers_file,
    preview_import,
    read_lines,
    run_import,
)
from tests.members.overlapping import run_overlapping
from tests.members.sheet_files import make_xlsx
from tests.world import build_world

NEW = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")
BAD = ("", "吴学号", "法学院", "法学1801团支部", "共青团员", "13900000098")


def make_newcomer_rows(count: int) -> list[tuple]:
    return [
        (f"20180{n:06d}", f"新生{n}", "法学院", "法学1801团支部", "共青团员", f"139{n:08d}")
        for n in range(count)
    ]


def upload(client, content: bytes, *, kind="roster", name="花名册.xlsx", **fields):
    sent = {"kind": kind, "file": SimpleUploadedFile(name, content), **fields}
    return client.post(reverse("import_new"), sent, follow=True)


def read_text(response) -> str:
    return response.content.decode()


# --- from upload to result ---


@pytest.mark.parametrize("who", ["admin", "secretary"])
def test_upload_preview_confirm_result(world, client_of, who):
    client = client_of(getattr(world, who))
    page = upload(client, make_roster_file(NEW, make_roster_row(world.namesake, name="张玮"), BAD))
    run = page.context["run"]
    assert "请核对后确认" in read_text(page)
    assert "原为</span><del>张伟</del>" in read_text(page)
    assert "改为</span><ins>张玮</ins>" in read_text(page)
    assert "缺少学号" in read_text(page)
    assert not Member.objects.filter(student_no="2018010099").exists()
    page = client.post(reverse("import_confirm", args=[run.pk]), follow=True)
    assert "录入完成" in read_text(page)
    assert count_outcome(page.context["run"]) == {"new": 1, "changed": 1, "error": 1}
    assert Member.objects.filter(student_no="2018010099").exists()


def test_a_secretarys_upload_is_bound_to_the_own_college(world, client_of):
    page = upload(
        client_of(world.secretary), make_roster_file(make_roster_row(world.zhang_wei_b, name="张改名"), NEW)
    )
    run = page.context["run"]
    client_of(world.secretary).post(reverse("import_confirm", args=[run.pk]))
    world.zhang_wei_b.refresh_from_db()
    assert (run.college, world.zhang_wei_b.name) == (world.college_a, "张伟")
    assert "不是“法学院”的人员" in list_row_problems(run)[2]


def test_dropping_writes_nothing_and_forgets_the_rows(world, client_of):
    client = client_of(world.secretary)
    run = preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    page = client.post(reverse("import_drop", args=[run.pk]), follow=True)
    run.refresh_from_db()
    assert "没有录入任何内容" in read_text(page)
    assert (run.state, run.rows.count(), bool(run.file)) == (State.DROPPED, 0, False)
    assert not Member.objects.filter(student_no="2018010099").exists()


# --- errors of the form ---


@pytest.mark.parametrize("kind", ["streets", "organisation", "codes", ""])
def test_a_secretary_uploads_no_other_kinds(world, client_of, kind):
    page = upload(client_of(world.secretary), make_roster_file(NEW), kind=kind)
    assert page.status_code == 200
    assert page.context["form"].errors["kind"]
    assert not ImportRun.objects.exists()


def test_a_foreign_college_cannot_be_chosen(world, client_of):
    page = upload(client_of(world.admin), make_roster_file(NEW), college=world.bh.college_a.pk)
    assert page.context["form"].errors["college"]
    assert not ImportRun.objects.exists()


def test_without_a_file_the_form_says_so_in_chinese(world, client_of):
    page = client_of(world.admin).post(reverse("import_new"), {"kind": "roster"})
    assert page.context["form"].errors["file"] == ["这个字段是必填项。"]
    empty = upload(client_of(world.admin), b"")
    assert empty.context["form"].errors["file"] == ["所提交的是空文件。"]


def test_a_file_too_large_is_refused_in_place(world, client_of, monkeypatch):
    monkeypatch.setattr("members.transfer.forms.imports.LIMIT_MB", 0)
    page = upload(client_of(world.admin), make_roster_file(NEW))
    assert "文件超过 0 MB" in read_text(page)
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 torn", "已损坏或不是表格"),
        (b"%PDF-1.7", "不是表格文件"),
        ("姓名,年龄\n张三,18\n".encode("gb18030"), "缺少列"),
        ("学号,姓名,团支部,政治面貌\n".encode(), "表头下面没有数据行"),
    ],
)
def test_a_file_that_cannot_be_read_fails_clearly_and_another_may_follow(world, client_of, content, reason):
    client = client_of(world.secretary)
    page = upload(client, content)
    assert page.context["run"].state == State.FAILED
    assert reason in page.context["run"].problem
    assert page.context["run"].problem in page.content.decode().replace("&quot;", '"')
    assert not page.context["run"].file
    assert reverse("import_new") in read_text(page)
    assert upload(client, make_roster_file(NEW)).context["run"].state == State.PREVIEW


def test_a_file_of_another_kind_is_named(world, client_of):
    page = upload(
        client_of(world.secretary),
        make_volunteers_file(("110088000001", "张三", "13800000001", "", "2018-10-01")),
    )
    assert "看起来是志愿者名单，不是团员花名册" in page.context["run"].problem


def test_a_roster_that_lacks_a_column_is_told_which_and_not_called_something_else(world, client_of):
    page = upload(client_of(world.secretary), make_roster_file(NEW[:4], header=ROSTER_HEADER[:4]))
    assert "缺少列：“政治面貌”、“发展阶段”" in page.context["run"].problem


def test_the_worksheet_s_name_stands_at_a_row_only_where_there_are_several(world, client_of):
    client = client_of(world.secretary)
    assert '<span class="quiet">名单</span>' not in read_text(upload(client, make_roster_file(NEW)))
    two = make_xlsx(ROSTER_HEADER, NEW, more=[("补充", (ROSTER_HEADER, ("2018010098", *NEW[1:])))])
    assert '<span class="quiet">补充</span>' in read_text(upload(client, two))


# --- faults ---


@pytest.mark.django_db(transaction=True)
def test_a_fault_while_writing_leaves_nothing_written(client_of, monkeypatch, caplog):
    world = build_world()
    run = preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    merge = runs.MERGE[Kind.ROSTER]

    def fail_after_merge(run, *, today):
        merge(run, today=today)
        raise ZeroDivisionError

    monkeypatch.setitem(runs.MERGE, Kind.ROSTER, fail_after_merge)
    page = client_of(world.secretary).post(reverse("import_confirm", args=[run.pk]), follow=True)
    assert "一行也没有录入" in read_text(page)
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert not Member.objects.filter(student_no="2018010099").exists()
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_fault_while_reading_is_told_too(client_of, monkeypatch):
    world = build_world()

    def fail_to_read(run):
        raise ZeroDivisionError

    monkeypatch.setitem(runs.COMPARE, Kind.ROSTER, fail_to_read)
    page = upload(client_of(world.secretary), make_roster_file(NEW))
    assert page.context["run"].state == State.FAILED
    assert page.context["run"].rows.count() == 0


# --- repeated and simultaneous imports ---


def test_confirming_twice_writes_once(world, client_of):
    client = client_of(world.secretary)
    run = preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    client.post(reverse("import_confirm", args=[run.pk]))
    events = Member.pgh_event_model.objects.count()
    page = client.post(reverse("import_confirm", args=[run.pk]), follow=True)
    assert "这次导入已完成，不能再确认" in read_text(page)
    write_import(run.pk)
    assert Member.pgh_event_model.objects.count() == events


def test_what_is_written_cannot_be_dropped(world, client_of):
    run = run_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    page = client_of(world.secretary).post(reverse("import_drop", args=[run.pk]), follow=True)
    run.refresh_from_db()
    assert "不能放弃" in read_text(page)
    assert run.state == State.DONE


@pytest.mark.django_db(transaction=True)
def test_of_two_confirmations_at_once_one_wins():
    world = build_world()
    run = preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    confirm = partial(imports.confirm_run, run_id=run.pk, user=world.secretary)
    first, second = run_overlapping(confirm, confirm)
    assert first.state == State.WRITING
    assert isinstance(second, ValidationError)
    assert "不能再确认" in second.messages[0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_import_write_once():
    world = build_world()
    run = confirm_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    write = partial(imports.write_run, run_id=run.pk)
    first, second = run_overlapping(write, write)
    assert first.state == second.state == State.DONE
    assert Member.pgh_event_model.objects.filter(student_no="2018010099").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_files_of_one_school_at_once_make_nobody_twice():
    world = build_world()
    lines = make_newcomer_rows(50)
    ours = confirm_import(Kind.ROSTER, make_roster_file(*lines), by=world.secretary)
    schools = confirm_import(Kind.ROSTER, make_roster_file(*lines[::-1]), by=world.admin)
    first, second = run_overlapping(*[partial(imports.write_run, run_id=run.pk) for run in (ours, schools)])
    assert (count_outcome(first), count_outcome(second)) == ({"new": 50}, {"same": 50})
    assert Member.objects.filter(name__startswith="新生").count() == 50


@pytest.mark.django_db(transaction=True)
def test_dropping_and_confirming_at_once_end_as_one_of_them():
    world = build_world()
    run = preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    first, second = run_overlapping(
        partial(imports.drop_run, run_id=run.pk),
        partial(imports.confirm_run, run_id=run.pk, user=world.secretary),
    )
    assert first.state == State.DROPPED
    assert "已放弃，不能再确认" in second.messages[0]


# --- the preview page ---


def measure_size_and_queries(client, url) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url)
    assert response.status_code == 200
    return len(response.content), len(queries)


@pytest.mark.parametrize("query", ["", "?status=new", "?status=error"])
def test_the_preview_asks_the_same_of_1_and_of_30_rows(world, client_of, query):
    client = client_of(world.admin)
    found = []
    for count in (1, 30):
        bad = [("", *line[1:]) for line in make_newcomer_rows(count)]
        run = preview_import(Kind.ROSTER, make_roster_file(*make_newcomer_rows(count), *bad), by=world.admin)
        client.get(run.get_absolute_url())  # fill the caches of session and templates
        found.append(measure_size_and_queries(client, run.get_absolute_url() + query)[1])
    assert found[0] == found[1]


def test_the_preview_of_a_large_file_stays_small(world, client_of):
    run = preview_import(Kind.ROSTER, make_roster_file(*make_newcomer_rows(3000)), by=world.admin)
    client = client_of(world.admin)
    for query in ("", "?status=new", "?status=new&page=120"):
        assert measure_size_and_queries(client, run.get_absolute_url() + query)[0] < 100_000


def test_each_kind_of_row_is_paged(world, client_of):
    run = preview_import(Kind.ROSTER, make_roster_file(*make_newcomer_rows(30), BAD), by=world.admin)
    client = client_of(world.admin)
    page = client.get(run.get_absolute_url(), {"status": "new", "page": 2}).context["page"]
    assert [row.number for row in page] == [27, 28, 29, 30, 31]
    page = client.get(run.get_absolute_url(), {"status": "error"}).context["page"]
    assert [row.number for row in page] == [32]


def test_phones_are_masked_on_the_preview(world, client_of):
    changed = make_roster_row(world.namesake, phone="13712344321")
    page = read_text(upload(client_of(world.secretary), make_roster_file(changed, ("", *NEW[1:]))))
    assert "137****4321" in page
    assert "139****0099" in page
    assert not [phone for phone in ("13712344321", "13900000099", world.namesake.phone) if phone in page]


def test_a_name_is_shown_as_text_never_as_markup(world, client_of):
    page = upload(client_of(world.admin), make_roster_file((NEW[0], "<b>新</b>", *NEW[2:])))
    assert "<b>新</b>" not in read_text(page)
    assert "&lt;b&gt;新&lt;/b&gt;" in read_text(page)


# --- refused rows and missing people ---


def test_bad_rows_come_back_as_the_same_sheet_and_read_again(world, client_of):
    foreign = make_roster_row(world.zhang_wei_b)
    header = ("序号", *ROSTER_HEADER, "备注")
    rows = [(1, *NEW, ""), (2, *BAD, "待查"), (3, *foreign, "")]
    client = client_of(world.secretary)
    run = upload(client, make_roster_file(*rows, header=header)).context["run"]
    response = client.get(reverse("import_rejects", args=[run.pk]))
    sheet = read_lines(response.content)
    assert sheet[0] == (*header, "录入结果")
    assert sheet[1] == ("2", None, *BAD[1:], "待查", "第3行：缺少学号")
    assert sheet[2][1] == foreign[0]
    assert sheet[2][-1] == "第4行：不是“法学院”的人员"
    again = preview_import(Kind.ROSTER, response.content, by=world.secretary)
    assert count_outcome(again) == {"error": 2}
    assert ExportLog.objects.get().kind == "rejects"


def test_only_the_uploader_gets_the_bad_rows(world, client_of):
    run = preview_import(Kind.ROSTER, make_roster_file(NEW, BAD), by=world.secretary)
    url = reverse("import_rejects", args=[run.pk])
    assert client_of(world.secretary).get(url).status_code == 200
    assert client_of(world.admin).get(url).status_code == 404
    assert "import_rejects" not in read_text(client_of(world.admin).get(run.get_absolute_url()))


def test_without_bad_rows_there_is_no_such_sheet(world, client_of):
    run = preview_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary)
    assert client_of(world.secretary).get(reverse("import_rejects", args=[run.pk])).status_code == 404


def test_people_missing_from_the_file_are_a_list_with_pages(world, client_of):
    run = run_import(
        Kind.ROSTER,
        make_roster_file(make_roster_row(world.quiet), make_roster_row(world.zhang_wei_b)),
        by=world.secretary,
    )
    page = client_of(world.secretary).get(reverse("import_missing", args=[run.pk]))
    assert "阿依古丽·买买提" in read_text(page)
    assert world.secretary_b.name not in read_text(page)
    assert "物理1801团支部" not in read_text(page)


@pytest.mark.parametrize("kind", Kind.values)
def test_the_list_of_the_missing_opens_for_every_kind(world, client_of, kind):
    run = ImportRunFactory(school=world.school, kind=kind, figures={"missing": 0})
    assert client_of(world.admin).get(reverse("import_missing", args=[run.pk])).status_code == 200


# --- the list ---


def test_everybody_lists_the_runs_of_the_own_scope(world, client_of):
    own = ImportRunFactory(school=world.school, college=world.college_a, filename="甲.xlsx")
    ImportRunFactory(school=world.school, college=world.college_b, filename="乙.xlsx")
    ImportRunFactory(school=world.school, filename="全校.xlsx")
    foreign = ImportRunFactory(school=world.bh.school, filename="别校.xlsx")

    def list_filenames(user):
        return {run.filename for run in client_of(user).get(reverse("imports")).context["page"]}

    assert list_filenames(world.secretary) == {"甲.xlsx"}
    assert list_filenames(world.admin) == {"甲.xlsx", "乙.xlsx", "全校.xlsx"}
    for user, run in ((world.secretary_b, own), (world.admin, foreign), (world.bh.admin, own)):
        for name in ("import", "import_missing", "import_rejects"):
            assert client_of(user).get(reverse(name, args=[run.pk])).status_code == 404
        for name in ("import_confirm", "import_drop"):
            assert client_of(user).post(reverse(name, args=[run.pk])).status_code == 404


def test_the_list_asks_the_same_of_1_and_of_30_runs(world, client_of):
    client = client_of(world.admin)
    found = []
    for count in (1, 29):
        for _ in range(count):
            ImportRunFactory(school=world.school, college=world.college_a, created_by=world.secretary)
        client.get(reverse("imports"))
        found.append(measure_size_and_queries(client, reverse("imports"))[1])
    assert found[0] == found[1]


def test_a_repair_account_without_a_school_imports_nothing(world, client_of):
    client = client_of(User.objects.create_superuser("operator", "x", name="Operator"))
    assert client.get(reverse("import_new")).status_code == 403
    assert upload(client, make_roster_file(NEW)).status_code == 403
    assert not ImportRun.objects.exists()
