"""Tests of the lists of reports beyond those of `tests/test_listings.py` for every list."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from members import lists
from members.forms.audit import describe_exports
from members.lists import LISTINGS, ListQuery
from members.models import ExportLog
from members.transfer.services import exports
from reports.models import Admission
from reports.services.appraisal import save_meeting, start_appraisal
from tests.factories import BEIJING, MemberFactory, ServiceRecordFactory
from tests.reports.honouring import make_title, make_twenty_hours, nominate_as


def at(name: str, *args) -> str:
    return reverse(name, args=args)


def page_of(client, name: str, *args, **query):
    response = client.get(at(name, *args), query)
    assert response.status_code == 200
    return response


def cells(content: bytes) -> list[tuple]:
    return list(load_workbook(BytesIO(content)).worksheets[0].values)[1:]


@pytest.fixture
def year_end(world):
    """Add hours of different length in a1; three people are not registered."""
    for member, minutes in ((world.registered, 1200), (world.party, 1080), (world.lead, 600)):
        ServiceRecordFactory(member=member, minutes=minutes)
    return world


# --- 评优资格 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sort", ["", *(f"{way}{key}" for key in LISTINGS["eligibility"].orders for way in ("", "-"))]
)
@pytest.mark.parametrize("standing", ["", "risk"])
def test_verdicts_leave_in_the_order_of_the_page_at_once_and_by_the_worker(
    year_end, client_of, monkeypatch, sort, standing
):
    asked = {"sort": sort, "standing": standing}
    client = client_of(year_end.admin)
    shown = [row.student_no for row in page_of(client, "eligibility", **asked).context["page"]]
    monkeypatch.setattr(lists, "CHUNK", 2)
    at_once = cells(client.get(at("eligibility_export"), asked).content)
    job = exports.request_export(user=year_end.admin, kind="eligibility", params=asked)
    exports.run_export(job_id=job.pk)
    job.refresh_from_db()
    assert [row[2] for row in at_once] == shown
    assert cells(job.file.read()) == at_once
    assert (job.rows, job.done) == (len(shown), job.total)


def test_everybody_is_judged_once_for_the_rows_and_the_figures(year_end, client_of):
    """The hours behind the verdicts are one sum, with or without a chosen standing."""
    client, asked = client_of(year_end.admin), {}
    page_of(client, "eligibility")
    for standing in ("", "close"):
        with CaptureQueriesContext(connection) as queries:
            response = page_of(client, "eligibility", standing=standing)
        asked[standing] = len(queries)
        assert response.context["total"].assessed == 8
    assert asked[""] == asked["close"]


def test_a_figure_s_link_keeps_the_filters_and_drops_page_and_order(year_end, client_of):
    response = page_of(
        client_of(year_end.admin), "eligibility", q="张伟", sort="name", standing="risk", page=1
    )
    assert response.context["filters"] == "q=%E5%BC%A0%E4%BC%9F"


@pytest.mark.parametrize("name", ["eligibility_export", "eligibility_branches_export", "appraisals_export"])
def test_before_the_first_year_a_list_says_so_and_its_file_is_not_found(world, client_of, name):
    world.bh.school.years.all().delete()
    client = client_of(world.bh.admin)
    assert client.get(at(name)).status_code == 404
    assert "还没有设立年度" in page_of(client, name.removesuffix("_export")).content.decode()


# --- lists whose path names an object ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["branch_hours", "branch_hours_export"])
@pytest.mark.parametrize("query", [{}, {"branch": "own"}, {"q": "张伟"}])
def test_the_branch_of_the_path_goes_before_that_of_the_address(world, client_of, name, query):
    if "branch" in query:
        query = {"branch": world.a1.pk}
    client = client_of(world.branch_secretary)
    assert client.get(at(name, world.a2.pk), query).status_code in (403, 404)
    assert client.get(at("branch_hours", world.a1.pk), query).status_code == 200


def test_hours_are_noted_with_their_branch_and_year(year_end, client_of):
    client = client_of(year_end.secretary)
    assert (
        client.get(
            at("branch_hours_export", year_end.a1.pk), {"hours": "missing", "sort": "-missing"}
        ).status_code
        == 200
    )
    (line,) = describe_exports(ExportLog.objects.all())
    assert (line["kind"], line["filters"]) == ("服务时长", f"时长：未达到要求；团支部：{year_end.a1.name}")


def test_a_repair_account_sees_a_branch_s_hours_in_any_year(year_end, client_of, django_user_model):
    client = client_of(django_user_model.objects.create_superuser("operator", "x", name="Operator"))
    response = page_of(client, "branch_hours", year_end.a1.pk, year=2018)
    assert (response.context["year"], response.context["total"]) == (year_end.year, 10)
    assert client.get(at("branch_hours_export", year_end.a1.pk)).status_code == 403


@pytest.mark.parametrize("kind", ["person", "branch"])
def test_nominees_are_sorted_by_name_and_place(world, client_of, kind):
    title, client = make_title(world, kind=kind), client_of(world.secretary)
    pages = {
        sort: page_of(client, "honour_nominees", title.pk, sort=sort)
        for sort in ("", "name", "-name", "-branch")
    }
    seen = {sort: [row.pk for row, *_ in response.context["rows"]] for sort, response in pages.items()}
    assert len(seen[""]) > 1
    assert sorted(seen["-name"]) == sorted(seen["-branch"]) == sorted(seen[""])
    key = "name" if kind == "branch" else "sort_key"
    up, down = ([getattr(row, key) for row, *_ in pages[sort].context["rows"]] for sort in ("name", "-name"))
    assert up == sorted(up) == down[::-1]
    head = {"person": ("姓名", "团支部"), "branch": ("团支部", "学院")}[kind]
    columns = [column.heading(pages[""].context["list"]) for column in LISTINGS["nominees"].columns[:2]]
    assert tuple(columns) == head


def test_a_title_s_file_is_noted_by_the_title_s_name_and_holds_its_year(world, client_of):
    title = make_title(world)
    make_twenty_hours(world.registered)
    nominate_as(world, title, world.registered)
    response = client_of(world.secretary).get(at("honour_export", title.pk))
    assert [row[6] for row in cells(response.content)] == [world.registered.name]
    (line,) = describe_exports(ExportLog.objects.all())
    assert (line["kind"], line["filters"], line["rows"]) == ("荣誉申报", f"荣誉：{title.name}", 1)
    assert client_of(world.bh.secretary).get(at("honour_export", title.pk)).status_code == 404
    assert client_of(world.secretary).get(at("honours_export"), {"honour": "999"}).status_code == 404


def test_an_indicator_that_there_is_not_has_no_page_and_no_file(world, client_of):
    for name in ("assessment_rows", "assessment_rows_export"):
        assert client_of(world.admin).get(at(name, "beauty")).status_code == 404


# --- orders -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["held", "present"])
def test_branches_without_a_meeting_come_last_both_ways(world, client_of, key):
    meetings = ((world.a1, world.secretary, 3), (world.b1, world.secretary_b, 5))
    for branch, user, day in meetings:
        appraisal = start_appraisal(user=user, branch_id=branch.pk, year=world.year)
        held = {"held_on": date(2018, 12, day), "entitled": 6, "present": day}
        save_meeting(user=user, appraisal_id=appraisal.pk, **held)
    client = client_of(world.admin)
    seen = {
        sort: [row.name for row in page_of(client, "appraisals", sort=sort).context["page"]]
        for sort in (key, f"-{key}")
    }
    assert seen[key][:2] == [world.a1.name, world.b1.name]
    assert seen[f"-{key}"][:2] == [world.b1.name, world.a1.name]
    assert seen[key][2:] == seen[f"-{key}"][2:]


def test_applicants_are_sorted_by_the_day_of_their_latest_track(world, client_of):
    for person, day in ((world.activist, 5), (world.candidate, 3)):
        Admission.objects.create(member=person, applied_on=date(2018, 3, day))
    client = client_of(world.admin)
    for sort, first in (("applied", world.candidate), ("-applied", world.activist)):
        people = page_of(client, "admissions", sort=sort).context["people"]
        assert people[0] == first
        assert [person.track is None for person in people] == [False, False, True]


# --- one's own records ------------------------------------------------------------------------------------------


def test_the_own_records_begin_with_ten_and_offer_more(world, client_of, time_machine):
    time_machine.move_to(datetime(2018, 11, 20, 9, tzinfo=BEIJING))
    ServiceRecordFactory.create_batch(12, member=world.missing)
    client = client_of(world.member)
    for asked, size in (("", 10), ("25", 12), ("7", 10), ("x", 10)):
        response = page_of(client, "me", per_page=asked)
        assert len(response.context["page"]) == size
        assert "每页" in response.content.decode()


def test_a_year_that_is_none_shows_the_own_records_of_the_present_one(world, client_of, time_machine):
    time_machine.move_to(datetime(2018, 11, 20, 9, tzinfo=BEIJING))
    record = ServiceRecordFactory(member=world.missing)
    assert list(page_of(client_of(world.member), "me", year="1999").context["page"]) == [record]


# --- every list of a year or of an object ------------------------------------------------------------------------

OF_A_YEAR = ("eligibility", "exceptions", "honours", "nominees", "assessment_rows", "hours", "college_hours")


@pytest.mark.parametrize("name", OF_A_YEAR)
def test_a_list_without_what_its_path_names_is_empty(world, name):
    """A list is read even if the address is not valid: this may not fail."""
    query = ListQuery(LISTINGS[name], user=world.admin, params={"year": "x", "page": "x", "sort": "x"})
    assert list(query.rows) == []
    assert query.page.paginator.count == 0


def test_fifty_rows_are_a_page_where_there_are_more(world, client_of):
    MemberFactory.create_batch(60, branch=world.a2, registered=True)
    client = client_of(world.admin)
    for asked, size in (("50", 50), ("", 25), ("60", 25), ("-50", 25)):
        assert len(page_of(client, "eligibility", per_page=asked).context["page"]) == size
