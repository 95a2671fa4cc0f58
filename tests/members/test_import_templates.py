"""Templates to download: their example is never data, and a row filled in below it is read as it is."""

from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from openpyxl import load_workbook

from members.models import ImportRun
from members.transfer.resources import RESOURCES
from tests.members.import_files import Kind, preview_import, read_lines
from tests.members.sheet_files import make_xlsx

BY_KIND = pytest.mark.parametrize("kind", sorted(RESOURCES))
# One row of each kind, by field.
FILLED = {
    Kind.ROSTER: {
        "student_no": "2018010099",
        "name": "欧阳新",
        "college": "法学院",
        "branch": "法学1801团支部",
        "politics": "共青团员",
    },
    Kind.VOLUNTEERS: {"volunteer_no": "110199999999", "name": "欧阳新", "phone": "13900000099"},
    Kind.STREETS: {"district": "海淀区", "name": "清河街道", "kind": "城区"},
    Kind.ORGANISATION: {"name": "法学1809团支部", "parent": "法学院"},
    Kind.ACCOUNTS: {"number": "T90001", "name": "郑老师", "role": "学院团委书记", "college": "法学院"},
    Kind.CODES: {"code": "JH2018777", "kind": "郊区"},
    Kind.HOURS: {
        "ledger": "北京共青团",
        "student_no": "2018010099",
        "name": "欧阳新",
        "title": "敬老服务",
        "day": "2018-10-20",
        "stated": "2小时",
        "state": "已确认",
    },
}


def download(client, kind: str) -> bytes:
    answer = client.get(reverse("import_template", args=[kind]))
    assert answer.status_code == 200
    return answer.content


def fill(template: bytes, *rows: dict[str, str], kind: str) -> bytes:
    """Return the template with rows typed below its example."""
    book = load_workbook(BytesIO(template))
    for row in rows:
        book.worksheets[0].append([row.get(name) for name in RESOURCES[kind].template])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@BY_KIND
def test_an_untouched_template_has_no_row_of_data(world, client_of, kind):
    run = preview_import(kind, download(client_of(world.admin), kind), by=world.admin)
    assert (run.state, run.problem) == (ImportRun.State.FAILED, "表头下面没有数据行。")


@BY_KIND
def test_a_row_filled_in_below_the_example_is_the_only_one(world, client_of, kind):
    template = download(client_of(world.admin), kind)
    run = preview_import(kind, fill(template, FILLED[kind], kind=kind), by=world.admin)
    assert run.state == ImportRun.State.PREVIEW, run.problem
    (row,) = run.rows.all()
    assert (row.number, row.status == "error", bool(row.data)) == (3, False, True), row.reason
    assert (run.notes["ignored"], run.notes["skipped_sheets"]) == ([], [])
    assert run.rows.filter(original__contains=list(FILLED[kind].values())).count() == 1


@BY_KIND
def test_every_column_of_a_template_is_read_and_explained(world, client_of, kind):
    resource = RESOURCES[kind]()
    template = download(client_of(world.admin), kind)
    run = preview_import(kind, fill(template, FILLED[kind], kind=kind), by=world.admin)
    assert run.notes["columns"].keys() == resource.template.keys()
    needed = {resource.fields[name].column_name for name in resource.required | resource.must_have.keys()}
    assert {text.removesuffix("（必填）") for text in read_lines(template)[0] if "（必填）" in text} == needed
    explained = list(load_workbook(BytesIO(template))["填写说明"].iter_rows(values_only=True))
    for line, name in zip(explained[1:], resource.template, strict=False):
        assert line[0] == f"“{resource.fields[name].column_name}”列"
        assert line[1]


@BY_KIND
def test_the_example_itself_would_be_a_good_row(world, client_of, kind):
    template = download(client_of(world.admin), kind)
    first, *others = [example for example, _ in RESOURCES[kind].template.values()]
    example = dict(zip(RESOURCES[kind].template, [first, *others], strict=True))
    run = preview_import(kind, fill(template, example, kind=kind), by=world.admin)
    (row,) = run.rows.all()
    assert row.data, row.reason


def test_a_template_needs_the_right_to_import_its_kind(world, client_of):
    offered = client_of(world.secretary).get(reverse("import_new")).content.decode()
    for kind in RESOURCES:
        address = reverse("import_template", args=[kind])
        expected = kind in ("roster", "volunteers", "hours", "accounts")
        assert (client_of(world.secretary).get(address).status_code == 200) == expected
        assert (address in offered) == expected
    assert client_of(world.admin).get(reverse("import_template", args=["nonsense"])).status_code == 404


def test_the_page_of_the_upload_says_which_columns_a_kind_needs(world, client_of):
    page = client_of(world.admin).get(reverse("import_new")).content.decode()
    assert "学号、姓名、团支部；政治面貌、发展阶段至少一列；" in page
    assert "申请结对码、类型" in page


def test_an_example_row_is_skipped_wherever_it_is(world):
    header = ("学号", "姓名", "学院", "团支部", "政治面貌")
    rows = [
        ("示例", "张三", "法学院", "法学1801团支部", "共青团员"),
        ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员"),
    ]
    run = preview_import(Kind.ROSTER, make_xlsx(header, *rows, rows[0]), by=world.admin)
    assert [row.number for row in run.rows.all()] == [3]


def upload(client, kind: str, content: bytes):
    return client.post(
        reverse("import_new"), {"kind": kind, "file": SimpleUploadedFile("模板.xlsx", content)}, follow=True
    )


def test_an_untouched_template_says_what_to_do_next(world, client_of):
    client = client_of(world.admin)
    page = upload(client, "roster", download(client, "roster")).content.decode()
    assert "表头下面没有数据行" in page
    assert "重新上传" in page


def test_the_command_writes_the_same_template(world, client_of, tmp_path):
    call_command("import_template", "roster", str(tmp_path / "模板.xlsx"), stdout=StringIO())
    written = (tmp_path / "模板.xlsx").read_bytes()
    assert read_lines(written) == read_lines(download(client_of(world.admin), "roster"))
