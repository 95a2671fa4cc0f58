"""Files of other schools have other headers, titles, totals, merged cells, formats and spellings, but one content."""

import csv
import io

import pytest
import xlwt
from openpyxl import Workbook

from members.models import Member, VolunteerRecord
from tests.members.import_files import (
    Kind,
    count_outcome,
    get_person,
    list_row_problems,
    preview_import,
    run_import,
)
from tests.members.sheet_files import make_xlsx, save_workbook

STANDARD = ("学号", "姓名", "学院", "团支部", "政治面貌", "手机号码")
PEOPLE = (
    ("2018010091", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000091"),
    ("0018010092", "古丽·买买提", "法学院", "法学1802团支部", "中共预备党员", "13900000092"),
    ("2018010093", "司马空", "物理学院", "物理1801团支部", "入团积极分子", ""),
)


def make_csv(*rows, encoding="gb18030") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def make_xls(*rows) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名单")
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            sheet.write(i, j, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def make_one_sheet_per_college() -> bytes:
    book = Workbook()
    book.remove(book.active)
    for college in ("法学院", "物理学院"):
        sheet = book.create_sheet(college)
        sheet.append((f"{college}团员名册",))
        sheet.append(STANDARD)
        for row in PEOPLE:
            if row[2] == college:
                sheet.append(row)
        sheet.append(("合计", "", len(PEOPLE)))
    return save_workbook(book)


def make_merged_colleges() -> bytes:
    rows = [("学院", "学号", "姓名", "团支部", "政治面貌", "手机号码")]
    rows += [(row[2], row[0], row[1], *row[3:]) for row in PEOPLE]
    rows[2] = ("", *rows[2][1:])
    return make_xlsx(*rows, merges=("A2:A3",))


SHEETS = {
    "other headers": make_xlsx(
        ("学籍号", "学生姓名", "所在学院", "所在团支部", "政治身份", "联系电话"), *PEOPLE
    ),
    "other names again": make_xlsx(
        ("学工号", "团员姓名", "院系", "支部名称", "面貌", "本人手机"), *PEOPLE
    ),
    "titles and totals": make_xlsx(
        ("京华大学2018年团员名册",), (), ("序号", *STANDARD, "备注"),
        *[(n, *row, "") for n, row in enumerate(PEOPLE, 1)],
        (), ("合计", "", 3), ("填表人：张老师", "", "", "审核人：李老师"),
    ),
    "columns in another order": make_xlsx(STANDARD[::-1], *[row[::-1] for row in PEOPLE]),
    "GB18030": make_csv(STANDARD, *PEOPLE),
    "UTF-8 with BOM": make_csv(STANDARD, *PEOPLE, encoding="utf-8-sig"),
    "xls": make_xls(("某校团员名册",), STANDARD, *PEOPLE),
    "one sheet a college": make_one_sheet_per_college(),
    "merged colleges": make_merged_colleges(),
    "院（系） and full names": make_xlsx(
        ("学号", "学生姓名", "所在院（系）", "所在团支部全称", "当前政治面貌", "学生手机号", "家长手机号"),
        *[(*row, "13911112222") for row in PEOPLE],
    ),
    "the college by its committee": make_xlsx(
        ("学号", "姓名", "所属团委", "所属团组织名称", "政治面貌", "本人联系方式"),
        *[
            (*row[:2], written, *row[3:])
            for row, written in zip(
                PEOPLE, ("法学院团委", "共青团京华大学法学院委员会", "物理学院分团委"), strict=True
            )
        ],
    ),
    "a text file whose totals end early": make_csv(STANDARD, *PEOPLE, ("合计", "3"), ("填表人：王老师",)),
    "development instead of politics": make_xlsx(
        (*STANDARD[:4], "发展阶段", "手机号码"),
        *[(*row[:4], {"共青团员": "团员"}.get(row[4], row[4]), row[5]) for row in PEOPLE],
    ),
    "wide digits and spaces": make_xlsx(
        STANDARD,
        ("２０１８０１００９１", "欧 阳　新", " 法学院 ", "法学1801团支部", "共青团员 ", "139 0000 0091"),
        ("'0018010092", "古丽．买买提", *PEOPLE[1][2:5], "+86 139-0000-0092"),
        PEOPLE[2],
    ),
    "numbers as numbers": make_xlsx(
        STANDARD, (2018010091, *PEOPLE[0][1:5], 13900000091.0), PEOPLE[1], ("2018010093.0", *PEOPLE[2][1:])
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_every_shape_of_a_roster_gives_the_same_people(world, name):
    run = run_import(Kind.ROSTER, SHEETS[name], by=world.admin)
    assert count_outcome(run) == {"new": 3}, list_row_problems(run)
    found = [get_person(world.school, row[0]) for row in PEOPLE]
    assert [(one.name, one.branch.college.name, one.branch.name) for one in found] == [
        row[1:4] for row in PEOPLE
    ]
    assert [(one.stage, one.party) for one in found] == [
        ("member", ""),
        ("member", "probationary"),
        ("activist", ""),
    ]
    assert [one.phone for one in found] == ["13900000091", "13900000092", ""]


@pytest.mark.parametrize("name", SHEETS)
def test_a_second_shape_of_the_same_people_changes_nothing(world, name):
    run_import(Kind.ROSTER, make_xlsx(STANDARD, *PEOPLE), by=world.admin)
    run = preview_import(Kind.ROSTER, SHEETS[name], by=world.admin)
    assert count_outcome(run) == {"same": 3}, list(run.rows.values_list("changes", flat=True))


def test_rows_of_several_sheets_are_told_apart_by_their_sheet(world):
    rows = [("法学院", (STANDARD, PEOPLE[0])), ("补充", (STANDARD, PEOPLE[0]))]
    run = preview_import(Kind.ROSTER, make_xlsx(*rows[0][1], more=rows[1:]), by=world.admin)
    row = run.rows.get(status="error")
    assert (row.sheet, row.number, row.reason) == ("补充", 2, "与工作表“名单”第2行重复")


def test_what_was_not_read_is_said(world):
    content = make_xlsx(
        (*STANDARD, "宿舍号"), (*PEOPLE[0], "3-201"), more=[("统计", [("学院", "人数"), ("法学院", 3)])]
    )
    run = preview_import(Kind.ROSTER, content, by=world.admin)
    assert run.notes.pop("columns")
    assert run.notes == {"ignored": ["宿舍号"], "skipped_sheets": ["统计"]}


@pytest.mark.parametrize(
    "header",
    [
        ("志愿者编号", "姓名", "手机号", "注册时间"),
        ("志愿北京编号", "真实姓名", "联系电话", "注册日期"),
        ("志愿者ID", "志愿者姓名", "移动电话", "实名注册时间"),
        ("志愿北京注册编号", "姓名", "注册手机号", "成为志愿者时间"),
    ],
)
@pytest.mark.parametrize(
    "day", ["2018-10-01", "2018/10/1", "2018.10.01", "20181001", "2018-10-01 21:30:00", 43374]
)
def test_every_shape_of_a_volunteers_list(world, header, day):
    rows = [("某志愿团体成员",), header, ("110088000001", "阿依古丽•买买提", world.missing.phone, day)]
    assert count_outcome(run_import(Kind.VOLUNTEERS, make_xlsx(*rows), by=world.admin)) == {"new": 1}
    known = Member.objects.get(pk=world.missing.pk)
    assert (known.volunteer_no, f"{known.registered_on}") == ("110088000001", "2018-10-01")
    assert VolunteerRecord.objects.get(volunteer_no="110088000001").member == known
