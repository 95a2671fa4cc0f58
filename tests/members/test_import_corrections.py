"""Rejected rows corrected in the page: before the confirmation in the preview, afterwards as an import of their own."""

from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from members.models import ImportRun, Member
from members.transfer.resources import find_columns, read_typed_rows
from members.transfer.services import imports
from members.transfer.tasks import write_import
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    State,
    count_outcome,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    make_volunteers_file,
    preview_import,
    run_import,
)
from tests.members.overlapping import run_overlapping
from tests.members.sheet_files import make_xlsx
from tests.world import build_world

NEW = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")
NUMBERLESS = ("", "吴学号", "法学院", "法学1801团支部", "共青团员", "13900000098")
NAMELESS = ("2018010097", "", "法学院", "法学1801团支部", "共青团员", "13900000097")
ID_CARD = "11010519491231002X"


def preview(by, *rows) -> ImportRun:
    return preview_import(Kind.ROSTER, make_roster_file(*rows), by=by)


def type_into(run: ImportRun, changes: dict[int, dict[str, str]]) -> dict[str, object]:
    """Return what the form sends: all cells of the rejected rows, with {row number: {field: text}} typed."""
    sent: dict[str, object] = {"row": []}
    for row in run.rows.filter(status="error").order_by("position"):
        sent["row"].append(row.pk)  # type: ignore[attr-defined]
        for name, place in find_columns(run).items():
            sent[f"r{row.pk}-{name}"] = changes.get(row.number, {}).get(name, row.original[place])
    return sent


def send(client, run: ImportRun, changes: dict[int, dict[str, str]]):
    return client.post(reverse("import_correct", args=[run.pk]), type_into(run, changes), follow=True)


def read_text(response) -> str:
    return response.content.decode()


# --- before the confirmation ---


def test_a_corrected_row_joins_the_preview_with_its_row_number(world, client_of):
    run = preview(world.secretary, NEW, NUMBERLESS, NAMELESS)
    page = send(client_of(world.secretary), run, {3: {"student_no": "2018010098"}, 4: {"name": "钱后补"}})
    run.refresh_from_db()
    assert "改好 2 行，已放进预览" in read_text(page)
    assert count_outcome(run) == {"new": 3}
    assert list(run.rows.order_by("position").values_list("number", "status")) == [
        (2, "new"),
        (3, "new"),
        (4, "new"),
    ]
    client_of(world.secretary).post(reverse("import_confirm", args=[run.pk]))
    assert Member.objects.filter(student_no__in=["2018010097", "2018010098", "2018010099"]).count() == 3


def test_the_page_shows_each_cell_with_its_value_and_the_reason_beside_it(world, client_of):
    run = preview(world.secretary, NUMBERLESS, (*NEW[:5], "1390000"))
    page = read_text(client_of(world.secretary).get(reverse("import_correct", args=[run.pk])))
    row = run.rows.earliest("position")
    assert f'id="id_r{row.pk}-student_no_problem"' in page
    assert "缺少学号" in page
    assert 'value="吴学号"' in page
    assert 'value="13900000098"' in page  # in full: only the uploader opens it
    assert "第 2 行" in page


def test_rows_that_are_still_wrong_stay_with_what_was_typed(world, client_of):
    run = preview(world.secretary, NEW, NUMBERLESS, NAMELESS)
    page = send(client_of(world.secretary), run, {3: {"student_no": "2018010098"}, 4: {"branch": "法学1802"}})
    assert "改好 1 行" in read_text(page)
    assert "1 行还有错" in read_text(page)
    assert 'value="法学1802"' in read_text(page)
    assert "缺少姓名" in read_text(page)
    run.refresh_from_db()
    assert count_outcome(run) == {"new": 2, "error": 1}


def test_a_number_that_another_row_of_the_file_has_stays_an_error(world, client_of):
    run = preview(world.secretary, NEW, NUMBERLESS)
    send(client_of(world.secretary), run, {3: {"student_no": NEW[0]}})
    assert "学号与第2行相同，姓名不同" in list_row_problems(run)[3]


def test_a_row_of_another_college_stays_an_error(world, client_of):
    run = preview(world.secretary, NUMBERLESS)
    foreign = world.zhang_wei_b
    changed = {"student_no": foreign.student_no, "name": "张改名", "college": foreign.branch.college.name}
    send(client_of(world.secretary), run, {2: changed})
    run.refresh_from_db()
    assert count_outcome(run) == {"error": 1}
    assert "不是“法学院”的人员" in list_row_problems(run)[2]


def test_a_typed_id_card_is_neither_stored_nor_returned(world, client_of):
    run = preview(world.secretary, NUMBERLESS)
    page = send(client_of(world.secretary), run, {2: {"student_no": ID_CARD, "phone": f"证件 {ID_CARD}"}})
    row = run.rows.get()
    assert ID_CARD not in read_text(page)
    assert ID_CARD not in f"{row.original}{row.data}{row.reason}{row.key}"


def test_a_row_that_becomes_empty_a_total_or_an_example_stays_an_error(world, client_of):
    run = preview(world.secretary, NUMBERLESS, NAMELESS, ("", *NAMELESS[1:]))
    empty = dict.fromkeys(find_columns(run), "")
    example = {"student_no": "示例：2018010001"}
    send(client_of(world.secretary), run, {2: empty, 3: empty | {"student_no": "合计"}, 4: example})
    run.refresh_from_db()
    assert count_outcome(run) == {"error": 3}
    assert all("没有读到内容" in reason for reason in list_row_problems(run).values())


def test_columns_that_the_portal_does_not_read_are_kept(world, client_of):
    header, rows = ("序号", *ROSTER_HEADER, "备注"), [(1, *NUMBERLESS, "待查")]
    run = preview_import(Kind.ROSTER, make_roster_file(*rows, header=header), by=world.secretary)
    send(client_of(world.secretary), run, {2: {"student_no": "2018010098"}})
    row = run.rows.get()
    assert (row.status, row.original[0], row.original[-1]) == ("new", "1", "待查")


def test_rows_of_two_worksheets_with_one_number_are_told_apart(world, client_of):
    content = make_xlsx(ROSTER_HEADER, NUMBERLESS, more=[("补充", (ROSTER_HEADER, NAMELESS))])
    run = preview_import(Kind.ROSTER, content, by=world.secretary)
    first, second = run.rows.order_by("position")
    assert first.number == second.number == 2
    sent = type_into(run, {}) | {
        f"r{first.pk}-student_no": "2018010098",
        f"r{second.pk}-name": "钱后补",
    }
    client_of(world.secretary).post(reverse("import_correct", args=[run.pk]), sent)
    found = run.rows.order_by("position").values_list("sheet", "number", "data__name")
    assert list(found) == [("名单", 2, "吴学号"), ("补充", 2, "钱后补")]


def test_a_header_of_two_lines_is_read_again_by_the_names_of_the_columns(world, client_of):
    upper = ("学号", "姓名", "组织关系", "", "政治面貌", "联系方式")
    lower = ("", "", "学院", "团支部", "", "手机号码")
    content = make_xlsx(upper, lower, NUMBERLESS, merges=("C1:D1",))
    run = preview_import(Kind.ROSTER, content, by=world.secretary)
    send(client_of(world.secretary), run, {3: {"student_no": "2018010098"}})
    run.refresh_from_db()
    assert count_outcome(run) == {"new": 1}


def test_minutes_stay_minutes(world):
    header = ("学号", "姓名", "项目名称", "服务日期", "服务时长（分钟）", "状态")
    row = (world.registered.student_no, "", "敬老服务", "2018-10-20", 90, "已确认")
    run = preview_import(Kind.HOURS, make_xlsx(header, row), by=world.secretary)
    (bad,) = run.rows.all()
    cells = [world.registered.name if place == 1 else text for place, text in enumerate(bad.original)]
    read = read_typed_rows(run, [(bad, cells)])[bad.pk]
    assert (read.reason, read.data["minutes"]) == ("", 90)


def test_a_list_of_known_people_is_corrected_too(world, client_of):
    header = ("学号", "姓名", "手机号码")
    rows = [
        (world.registered.student_no, world.registered.name, "13900000055"),
        ("", "吴学号", "13900000056"),
    ]
    run = preview_import(Kind.ROSTER, make_xlsx(header, *rows), by=world.secretary)
    known = world.missing
    send(client_of(world.secretary), run, {3: {"student_no": known.student_no, "name": known.name}})
    run.refresh_from_db()
    assert count_outcome(run) == {"changed": 2}


def test_without_a_change_nothing_is_written(world, client_of):
    run = preview(world.secretary, NUMBERLESS)
    before = run.updated_at
    page = send(client_of(world.secretary), run, {})
    run.refresh_from_db()
    assert "没有改动" in read_text(page)
    assert run.updated_at == before


# --- who may ---


@pytest.mark.parametrize("who", ["admin", "secretary_b", "branch_secretary", "member"])
def test_nobody_but_the_uploader_corrects_rows(world, client_of, who):
    run = preview(world.secretary, NUMBERLESS)
    client = client_of(getattr(world, who))
    for name in ("import_correct", "import_reopen"):
        answer = client.post(reverse(name, args=[run.pk]), type_into(run, {2: {"student_no": "2018010098"}}))
        assert answer.status_code in (403, 404)
    run.refresh_from_db()
    assert count_outcome(run) == {"error": 1}


def test_the_rows_of_another_run_are_not_touched(world, client_of):
    ours, theirs = preview(world.secretary, NUMBERLESS), preview(world.secretary_b, NUMBERLESS)
    sent = type_into(theirs, {2: {"student_no": "2018010098"}})
    client_of(world.secretary).post(reverse("import_correct", args=[ours.pk]), sent)
    assert theirs.rows.get().reason == "缺少学号"


def test_an_uploader_who_lost_the_right_corrects_nothing(world):
    run = preview(world.secretary, NUMBERLESS)
    world.secretary.grants.all().delete()
    (row,) = run.rows.all()
    rows = read_typed_rows(run, [(row, ["2018010098", *row.original[1:]])])
    with pytest.raises(ValidationError):
        imports.correct_rows(
            run_id=run.pk, user=type(world.secretary).objects.get(pk=world.secretary.pk), rows=rows
        )


# --- races ---


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.WRITING, "刚才已经确认"),
        (State.DONE, "已经确认并录入"),
        (State.DROPPED, "已经放弃"),
        (State.UNDONE, "已经撤销"),
    ],
)
def test_a_run_confirmed_meanwhile_says_so_and_keeps_what_was_typed(world, client_of, state, words):
    run = preview(world.secretary, NEW, NUMBERLESS)
    sent = type_into(run, {3: {"student_no": "2018010098"}})
    ImportRun.objects.filter(pk=run.pk).update(state=state)
    page = client_of(world.secretary).post(reverse("import_correct", args=[run.pk]), sent)
    assert words in read_text(page)
    assert 'value="2018010098"' in read_text(page)
    assert run.rows.get(number=3).reason == "缺少学号"


@pytest.mark.django_db(transaction=True)
def test_correcting_and_confirming_at_once_never_lose_a_row():
    world = build_world()
    run = preview(world.secretary, NEW, NUMBERLESS)
    bad = run.rows.get(number=3)
    rows = read_typed_rows(run, [(bad, ["2018010098", *bad.original[1:]])])
    first, second = run_overlapping(
        partial(imports.correct_rows, run_id=run.pk, user=world.secretary, rows=rows),
        partial(imports.confirm_run, run_id=run.pk, user=world.secretary),
    )
    write_import(run.pk)
    assert first == (1, 0)
    assert second.state == State.WRITING
    assert Member.objects.filter(student_no__in=["2018010098", "2018010099"]).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_corrections_of_a_row_the_second_is_told():
    world = build_world()
    run = preview(world.secretary, NUMBERLESS)
    (bad,) = run.rows.all()
    one, other = (
        partial(
            imports.correct_rows,
            run_id=run.pk,
            user=world.secretary,
            rows=read_typed_rows(run, [(bad, [number, *bad.original[1:]])]),
        )
        for number in ("2018010098", "2018010096")
    )
    first, second = run_overlapping(one, other)
    assert first == (1, 0)
    assert "已在别处改正" in second.messages[0]
    assert run.rows.get().key == "2018010098"


# --- after the result ---


def reopen(client, run: ImportRun) -> ImportRun:
    client.post(reverse("import_reopen", args=[run.pk]))
    return run.followers.latest("pk")


def test_after_the_result_rejected_rows_become_an_import_of_their_own(world, client_of):
    client = client_of(world.secretary)
    run = run_import(Kind.ROSTER, make_roster_file(NEW, NUMBERLESS, NAMELESS), by=world.secretary)
    copy = reopen(client, run)
    assert (copy.kind, copy.college, copy.as_of, copy.state) == (
        run.kind,
        run.college,
        run.as_of,
        State.PREVIEW,
    )
    assert list_row_problems(copy) == {3: "缺少学号", 4: "缺少姓名"}
    send(client, copy, {3: {"student_no": "2018010098"}})
    client.post(reverse("import_confirm", args=[copy.pk]))
    copy.refresh_from_db()
    assert (copy.state, count_outcome(copy)) == (State.DONE, {"new": 1, "error": 1})
    assert Member.objects.filter(student_no="2018010098").exists()
    run.refresh_from_db()
    assert count_outcome(run) == {"new": 1, "error": 2}  # what was, is not rewritten


def test_both_imports_link_each_other(world, client_of):
    client = client_of(world.secretary)
    run = run_import(Kind.ROSTER, make_roster_file(NEW, NUMBERLESS), by=world.secretary)
    copy = reopen(client, run)
    assert f'href="{copy.get_absolute_url()}"' in read_text(client.get(run.get_absolute_url()))
    assert f'href="{run.get_absolute_url()}"' in read_text(client.get(copy.get_absolute_url()))


def test_rejected_rows_are_brought_again_only_once_at_a_time(world, client_of):
    client = client_of(world.secretary)
    run = run_import(Kind.ROSTER, make_roster_file(NEW, NUMBERLESS), by=world.secretary)
    assert reopen(client, run) == reopen(client, run)
    assert run.followers.count() == 1
    client.post(reverse("import_drop", args=[run.followers.get().pk]))
    reopen(client, run)
    assert run.followers.count() == 2


def test_rows_brought_again_say_nothing_of_people_they_lack(world, client_of):
    rows = [make_roster_row(world.registered), NUMBERLESS]
    run = run_import(Kind.ROSTER, make_roster_file(*rows), by=world.secretary)
    assert run.figures["missing"] > 0
    assert reopen(client_of(world.secretary), run).figures["missing"] == 0


def test_a_preview_or_a_run_without_errors_is_not_brought_again(world, client_of):
    client = client_of(world.secretary)
    for run in (
        preview(world.secretary, NUMBERLESS),
        run_import(Kind.ROSTER, make_roster_file(NEW), by=world.secretary),
    ):
        client.post(reverse("import_reopen", args=[run.pk]))
        assert not run.followers.exists()


# --- 再传 ---


def test_uploading_again_begins_with_kind_college_and_day_chosen(world, client_of):
    run = run_import(Kind.ROSTER, make_roster_file(NEW), by=world.admin, college=world.college_a, as_of=None)
    client = client_of(world.admin)
    assert f"{reverse('import_new')}?follows={run.pk}" in read_text(client.get(run.get_absolute_url()))
    page = client.get(reverse("import_new"), {"follows": run.pk})
    form = page.context["form"]
    assert (form["kind"].value(), form["college"].value(), form["as_of"].value()) == (
        "roster",
        world.college_a.pk,
        run.as_of,
    )
    assert f"接着“{run.filename}”再传" in read_text(page)


def test_nobody_follows_an_import_out_of_sight(world, client_of):
    run = run_import(Kind.ROSTER, make_roster_file(NEW), by=world.admin)
    for follows in (run.pk, 999_999):
        answer = client_of(world.secretary).get(reverse("import_new"), {"follows": follows})
        assert answer.status_code == 404


def test_the_returned_sheet_is_uploaded_as_it_is(world, client_of):
    client = client_of(world.secretary)
    run = run_import(Kind.ROSTER, make_roster_file(NEW, NUMBERLESS), by=world.secretary)
    returned = client.get(reverse("import_rejects", args=[run.pk])).content
    sent = {"kind": "roster", "file": SimpleUploadedFile("未录入.xlsx", returned)}
    page = client.post(f"{reverse('import_new')}?follows={run.pk}", sent, follow=True)
    again = page.context["run"]
    assert (again.follows, again.notes["ignored"], again.figures["missing"]) == (run, [], 0)
    assert "没有用到" not in read_text(page)
    # the column of the result does not pile up
    sheet = client.get(reverse("import_rejects", args=[again.pk])).content
    twice = preview_import(Kind.ROSTER, sheet, by=world.secretary)
    assert twice.header == [*ROSTER_HEADER, "录入结果"]


# --- what was written ---


def test_the_result_links_to_its_people_as_far_as_the_reader_sees_them(world, client_of):
    changed = make_roster_row(world.registered, phone="13900000044")
    run = run_import(Kind.ROSTER, make_roster_file(NEW, changed), by=world.secretary)
    new = Member.objects.get(student_no=NEW[0])
    page = client_of(world.secretary).get(run.get_absolute_url())
    assert {row.number: row.url for row in page.context["page"]} == {
        2: new.get_absolute_url(),
        3: world.registered.get_absolute_url(),
    }
    other_page = client_of(world.secretary).get(run.get_absolute_url(), {"status": "same"})
    assert not list(other_page.context["page"])


def test_people_out_of_sight_are_not_linked(world, client_of):
    rows = [make_roster_row(world.registered), make_roster_row(world.zhang_wei_b)]
    run = run_import(Kind.ROSTER, make_roster_file(*rows), by=world.admin)
    ImportRun.objects.filter(pk=run.pk).update(college=world.college_a)
    page = client_of(world.secretary).get(run.get_absolute_url())
    assert {row.number: row.url for row in page.context["page"]} == {
        2: world.registered.get_absolute_url(),
        3: "",
    }


def test_the_people_of_an_import_are_a_list_of_the_roster(world, client_of):
    client = client_of(world.secretary)
    run = run_import(
        Kind.ROSTER, make_roster_file(NEW, make_roster_row(world.registered)), by=world.secretary
    )
    address = reverse("roster", query={"imported": run.pk})
    assert f'href="{address}"' in read_text(client.get(run.get_absolute_url()))
    page = client.get(address)
    assert [person.student_no for person in page.context["page"]] == [NEW[0]]
    assert f"“{run.filename}”" in read_text(page)
    foreign = run_import(
        Kind.ROSTER, make_roster_file(make_roster_row(world.zhang_wei_b)), by=world.secretary_b
    )
    assert not client.get(reverse("roster", query={"imported": foreign.pk})).context["page"].object_list


def test_volunteers_and_hours_link_to_people_and_records(world, client_of):
    person = world.missing
    row = ("110199999999", person.name, person.phone, "", "2018-10-01")
    run = run_import(Kind.VOLUNTEERS, make_volunteers_file(row), by=world.secretary)
    page = client_of(world.secretary).get(run.get_absolute_url())
    assert [row.url for row in page.context["page"]] == [person.get_absolute_url()]
    header = ("记录编号", "学号", "姓名", "项目名称", "服务日期", "服务时长", "状态")
    hours = ("T1", person.student_no, person.name, "敬老服务", "2018-10-20", "2", "已确认")
    run = run_import(Kind.HOURS, make_xlsx(header, hours), by=world.secretary)
    record = person.records.get()
    page = client_of(world.secretary).get(run.get_absolute_url())
    assert [row.url for row in page.context["page"]] == [record.get_absolute_url()]
