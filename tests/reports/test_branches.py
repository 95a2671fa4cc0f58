"""Hours of each person of a branch, and of each branch of a college."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from members.models import ExportLog
from tests.factories import BEIJING, MemberFactory, ServiceRecordFactory


@pytest.fixture(autouse=True)
def in_2018(time_machine):
    time_machine.move_to(datetime(2018, 11, 20, 9, tzinfo=BEIJING))


def build_url(world, name="branch_hours", **query):
    return reverse(name, args=[world.a1.pk], query=query)


def read_rows(world, client_of, **query) -> dict[str, tuple[int, int, int]]:
    rows = client_of(world.branch_secretary).get(build_url(world, **query)).context["page"]
    return {row.person.student_no: (row.minutes, row.waiting, row.missing) for row in rows}


def test_everybody_active_is_listed_with_what_is_confirmed_and_missing(world, client_of):
    ServiceRecordFactory(member=world.missing, minutes=1199)
    ServiceRecordFactory(member=world.missing, minutes=60, pending=True)
    ServiceRecordFactory(member=world.student, minutes=1200)
    ServiceRecordFactory(member=world.lead, minutes=600, source="volunteer_beijing")
    ServiceRecordFactory(member=world.lead, minutes=600, served_on=date(2017, 12, 31))
    rows = read_rows(world, client_of)
    assert rows[world.missing.student_no] == (1199, 60, 1)
    assert rows[world.student.student_no] == (1200, 0, 0)
    assert rows[world.lead.student_no] == (0, 0, 1200)
    assert world.suspended.student_no not in rows
    assert world.quiet.student_no not in rows


def test_it_can_be_narrowed_and_sorted(world, client_of):
    ServiceRecordFactory(member=world.missing, minutes=100)
    ServiceRecordFactory(member=world.student, minutes=1200)
    assert list(read_rows(world, client_of, hours="reached")) == [world.student.student_no]
    assert world.student.student_no not in read_rows(world, client_of, hours="missing")
    assert set(read_rows(world, client_of, q="张伟")) == {
        world.registered.student_no,
        world.namesake.student_no,
    }
    assert world.student.student_no not in read_rows(world, client_of, stage="member")
    assert world.missing.student_no not in read_rows(world, client_of, stage="others")
    assert list(read_rows(world, client_of, sort="-minutes"))[:2] == [
        world.student.student_no,
        world.missing.student_no,
    ]
    assert read_rows(world, client_of, hours="no such filter") == {}


def test_the_workbook_is_the_whole_filtered_list_and_is_noted(world, client_of):
    ServiceRecordFactory(member=world.missing, minutes=100)
    response = client_of(world.secretary).get(
        build_url(world, "branch_hours_export", q=world.missing.student_no)
    )
    rows = CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert rows[1:] == [[world.missing.student_no, world.missing.name, "团员", 100, 0, 1200, 1100]]
    noted = ExportLog.objects.get(kind="hours")
    assert (noted.user, noted.rows) == (world.secretary, 1)


def test_a_branch_of_many_costs_no_more_questions(world, client_of, django_assert_num_queries):
    client = client_of(world.secretary)
    client.get(build_url(world))
    with CaptureQueriesContext(connection) as few:
        client.get(build_url(world))
    for person in MemberFactory.create_batch(20, branch=world.a1):
        ServiceRecordFactory(member=person)
    with django_assert_num_queries(len(few)):
        client.get(build_url(world))


def test_a_college_sees_its_branches_with_how_many_reached_the_hours(world, client_of):
    ServiceRecordFactory(member=world.quiet, minutes=1200)
    ServiceRecordFactory(member=world.missing, minutes=60)
    page = client_of(world.secretary).get(reverse("college_hours", args=[world.college_a.pk]))
    found = {row.name: (row.people, row.reached, row.minutes) for row in page.context["rows"]}
    here = world.a1.members.filter(state="active").count()
    assert found == {world.a1.name: (here, 0, 60), world.a2.name: (1, 1, 1200)}
    assert build_url(world) in page.content.decode()
