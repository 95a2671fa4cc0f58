"""审计: the page that shows the school's committee exports and changes of rules, roles and accounts."""

from datetime import date
from io import BytesIO

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from members.models import ExportLog, ServiceYear, User
from members.permissions import Role
from tests.factories import GrantFactory, UserFactory

URL = "/audit/"


def read_text(response) -> str:
    return " ".join(response.content.decode().split())


def make_export_log(user, **fields) -> ExportLog:
    return ExportLog.objects.create(
        school=user.school, user=user, **{"kind": "roster", "filters": {}, "rows": 3} | fields
    )


def count_queries(client, **query) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(URL, query).status_code == 200
    return len(queries)


def test_an_export_is_listed_with_who_what_and_how_narrowed(world, client_of):
    college = world.college_a
    client_of(world.secretary).get(
        reverse("roster_export"), {"college": college.pk, "stage": "member", "grade": "2018"}
    )
    page = client_of(world.admin).get(URL)
    (line,) = page.context["lines"]
    assert (line["who"], line["kind"]) == (world.secretary.name, "花名册")
    assert line["filters"] == f"年级：2018；发展阶段：团员；学院：{college.name}"
    assert line["rows"] == ExportLog.objects.get().rows > 0
    assert line["filters"] in read_text(page)


def test_a_changed_rule_is_listed_with_old_and_new(world, client_of):
    ServiceYear.objects.filter(pk=world.year.pk).update(floor_percent=90)
    page = client_of(world.admin).get(URL, {"kind": "rules"})
    newest = page.context["lines"][0]
    assert (newest.what, newest.about) == ("修改", "2018 年度")
    assert [(change.label, change.old, change.new) for change in newest.fields] == [
        ("团支部注册率底线（%）", "95", "90")
    ]
    assert "<del>95</del> → <ins>90</ins>" in read_text(page)


def test_a_semester_s_dates_are_rules_too(world, client_of):
    world.year.semesters.filter(name="秋季学期").update(ends_on=date(2019, 1, 20))
    newest = client_of(world.admin).get(URL, {"kind": "semesters"}).context["lines"][0]
    assert newest.about == "2018 年度 秋季学期"
    assert [(change.old, change.new) for change in newest.fields] == [("2019-01-31", "2019-01-20")]


def test_a_role_given_changed_and_taken_away_is_listed(world, client_of):
    grant = GrantFactory(user=world.nobody, role=Role.COLLEGE_SECRETARY, college=world.college_b)
    grant.ends_on = date(2019, 8, 31)
    grant.save()
    grant.delete()
    gone, ended, given = client_of(world.admin).get(URL, {"kind": "grants"}).context["lines"][:3]
    assert [line.what for line in (given, ended, gone)] == ["新增", "修改", "删除"]
    assert given.about == f"{world.nobody.name} {world.nobody.number}"
    assert ("角色", "—", "学院团委书记") in {(c.label, c.old, c.new) for c in given.fields}
    assert ("学院", "—", world.college_b.name) in {(c.label, c.old, c.new) for c in given.fields}
    assert [(c.label, c.old, c.new) for c in ended.fields] == [("结束日期", "—", "2019-08-31")]
    assert ("学院", world.college_b.name, "—") in {(c.label, c.old, c.new) for c in gone.fields}


def test_another_school_s_log_is_not_seen(world, client_of):
    make_export_log(world.bh.admin, kind="streets")
    ServiceYear.objects.filter(school=world.bh.school).update(floor_percent=80)
    client = client_of(world.admin)
    assert client.get(URL).context["lines"] == []
    for kind in ("rules", "grants", "accounts", "semesters"):
        page = client.get(URL, {"kind": kind})
        assert page.context["lines"]
        assert world.bh.admin.name not in read_text(page)
    assert "80" not in {
        c.new for line in client.get(URL, {"kind": "rules"}).context["lines"] for c in line.fields
    }


@pytest.mark.parametrize("who", ["secretary", "branch_secretary", "member", "liaison"])
def test_only_the_school_reads_it(who, world, client_of):
    client = client_of(getattr(world, who))
    assert client.get(URL).status_code == client.get(reverse("audit_export")).status_code == 403


def test_the_log_is_searched_by_person(world, client_of):
    make_export_log(world.secretary)
    make_export_log(world.admin, kind="streets")
    client = client_of(world.admin)
    for words in (world.secretary.name, world.secretary.number):
        assert [line["kind"] for line in client.get(URL, {"q": words}).context["lines"]] == ["花名册"]
    assert client.get(URL, {"q": "没有此人"}).context["lines"] == []
    lines = client.get(URL, {"kind": "grants", "q": world.liaison.name}).context["lines"]
    assert {line.about.split()[0] for line in lines} == {world.liaison.name}


def test_a_change_is_found_by_its_author(world, client_of):
    client = client_of(world.admin)
    with_author = {"kind": "rules", "q": world.admin.name}
    assert client.get(URL, with_author).context["lines"] == []
    with pghistory.context(user=world.admin.pk, url=reverse("year", args=[2018])):
        ServiceYear.objects.filter(pk=world.year.pk).update(floor_percent=90)
    (line,) = client.get(URL, with_author).context["lines"]
    assert (line.who, line.by) == (world.admin.name, "年度规则页")


@pytest.mark.parametrize("kind", ["exports", "grants", "accounts"])
def test_the_list_takes_the_same_queries_for_one_and_for_thirty_rows(kind, world, client_of):
    client = client_of(world.admin)

    def add_export() -> None:
        user = UserFactory(school=world.school, name="章新任")
        GrantFactory(user=user, role=Role.COLLEGE_SECRETARY, college=world.college_a)
        make_export_log(user, filters={"college": str(world.college_a.pk)})

    add_export()
    few = count_queries(client, kind=kind, q="章新任")
    for _ in range(30):
        add_export()
    assert count_queries(client, kind=kind, q="章新任") == few


def test_the_filtered_list_goes_out_whole_and_is_noted(world, client_of):
    for _ in range(30):
        make_export_log(world.secretary)
    make_export_log(world.admin)
    answer = client_of(world.admin).get(reverse("audit_export"), {"q": world.secretary.name})
    header, *rows = load_workbook(BytesIO(answer.content)).active.values
    assert header == ("时间", "操作人", "内容", "筛选条件", "行数")
    assert {row[1:] for row in rows} == {(world.secretary.name, "花名册", "全部", 3)}
    assert len(rows) == 30
    log = ExportLog.objects.get(kind="audit")
    assert (log.user, log.rows, log.filters) == (world.admin, 30, {"q": world.secretary.name})


def test_changes_go_out_with_old_and_new(world, client_of):
    ServiceYear.objects.filter(pk=world.year.pk).update(floor_percent=90)
    answer = client_of(world.admin).get(reverse("audit_export"), {"kind": "rules"})
    _, newest, *_ = load_workbook(BytesIO(answer.content)).active.values
    assert newest[3:6] == ("修改", "2018 年度", "团支部注册率底线（%）：95 → 90")


def test_a_repair_account_reads_but_exports_nothing(world, client_of):
    client = client_of(User.objects.create_superuser("operator", "x", name="Operator"))
    assert client.get(URL, {"kind": "rules"}).status_code == 200
    assert client.get(reverse("audit_export")).status_code == 403
