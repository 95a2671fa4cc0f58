"""待录入时长: the page of rows that wait for their person or for a decision."""

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.models import ServiceRecord, WaitingHours
from members.services.numbers import change_student_number
from tests.activities.hours_files import LEAGUE_HEADER, import_league, make_league_file, make_league_row
from tests.members.import_files import Kind, run_import

UNTIMED = tuple(name for name in LEAGUE_HEADER if name not in ("记录编号", "开始时间", "结束时间"))


@pytest.fixture
def stranger(world) -> WaitingHours:
    import_league(world.secretary, make_league_row(world.quiet, student_no="2099000001", name="外校生"))
    return WaitingHours.objects.get(question="nobody")


@pytest.fixture
def equal(world) -> WaitingHours:
    """Make two equal rows without times; the second waits."""
    row = (world.quiet.student_no, world.quiet.name, "助残服务", "2018-10-13", "2小时", "已确认")
    content = make_league_file(row, row, header=UNTIMED)
    run_import(Kind.HOURS, content, by=world.admin, filename="时长.xlsx")
    return WaitingHours.objects.get(question="equal")


def post(client, row: WaitingHours, decision: str):
    return client.post(reverse("waiting_hours"), {"chosen": [row.pk], "decision": decision})


def test_rows_that_wait_are_listed_with_their_reason(world, stranger, equal, client_of):
    page = client_of(world.secretary).get(reverse("waiting_hours")).content.decode()
    assert "外校生" in page
    assert "人员不在平台中" in page
    assert "两行完全相同" in page


def test_a_college_sees_its_own_files_and_people_only(world, stranger, equal, client_of):
    page = client_of(world.secretary_b).get(reverse("waiting_hours")).content.decode()
    assert "外校生" not in page
    assert world.quiet.name not in page
    assert "勾选" in post(client_of(world.secretary_b), stranger, "dismiss").content.decode()


def test_a_row_under_a_former_number_stays_with_the_persons_college(world, equal, client_of):
    change_student_number(
        user=world.secretary,
        member_id=world.quiet.pk,
        number="2018990001",
        on=timezone.localdate(),
        reason="换发学号",
    )
    page = client_of(world.secretary).get(reverse("waiting_hours")).content.decode()
    assert equal.person_no in page
    assert post(client_of(world.secretary), equal, "another").status_code == 302
    assert ServiceRecord.objects.filter(member=world.quiet, state="confirmed").count() == 2


@pytest.mark.parametrize(
    ("decision", "records", "state"), [("another", 2, "taken"), ("same", 1, "dismissed")]
)
def test_an_equal_row_is_another_service_or_the_same(world, equal, client_of, decision, records, state):
    assert post(client_of(world.secretary), equal, decision).status_code == 302
    equal.refresh_from_db()
    assert equal.state == state
    assert ServiceRecord.objects.filter(member=world.quiet, state="confirmed").count() == records


def test_a_stranger_is_left_out_for_good(world, stranger, client_of):
    assert post(client_of(world.secretary), stranger, "dismiss").status_code == 302
    again = make_league_row(world.quiet, student_no="2099000001", name="外校生")
    import_league(world.secretary, again)
    stranger.refresh_from_db()
    assert (stranger.state, WaitingHours.objects.count()) == ("dismissed", 1)


@pytest.mark.parametrize("decision", ["another", "same"])
def test_a_row_without_a_person_is_no_service_of_anybody(world, stranger, client_of, decision):
    answer = post(client_of(world.secretary), stranger, decision)
    assert "有人员不在平台中的" in answer.content.decode()
    assert f'value="{stranger.pk}" checked' in answer.content.decode()


def test_an_equal_row_is_of_a_person_of_this_school(world, equal, client_of):
    answer = post(client_of(world.secretary), equal, "dismiss")
    assert "人员已在平台中" in answer.content.decode()
    equal.refresh_from_db()
    assert equal.state == "waiting"


def test_only_decisions_about_the_rows_of_the_page_are_offered(world, equal, client_of):
    page = client_of(world.secretary).get(reverse("waiting_hours")).content.decode()
    assert "是另一次服务，录入" in page
    assert "不是本校人员，不录入" not in page


def test_strangers_are_only_left_out(world, stranger, client_of):
    page = client_of(world.secretary).get(reverse("waiting_hours")).content.decode()
    assert "不是本校人员，不录入" in page
    assert "是另一次服务，录入" not in page


def test_ticks_are_needed(world, stranger, client_of):
    answer = client_of(world.secretary).post(reverse("waiting_hours"), {"decision": "dismiss"})
    assert "请先勾选" in answer.content.decode()


def test_the_cases_of_the_ledgers_lead_to_the_rows_that_wait(world, stranger, client_of):
    page = client_of(world.secretary).get(reverse("differences")).content.decode()
    assert f'href="{reverse("waiting_hours")}"' in page


def test_the_result_of_an_import_leads_to_the_rows_that_wait(world, stranger, client_of):
    run = stranger.import_run
    page = client_of(world.secretary).get(run.get_absolute_url()).text
    assert "待录入的 1 行要等处理" in page
    assert f'href="{reverse("waiting_hours")}"' in page
    assert "待认领" not in page.split("<main")[1]


def test_a_result_without_open_rows_is_whole(world, client_of):
    run = import_league(world.secretary, make_league_row(world.quiet))
    page = client_of(world.secretary).get(run.get_absolute_url()).text
    assert "全部已生效" in page


def test_what_a_later_file_lacks_is_opened_in_the_cases(world, client_of):
    times = ("GQT0001", "09:00", "11:00"), ("GQT0002", "13:00", "15:00"), ("GQT0003", "16:00", "18:00")
    kept, gone, other = (make_league_row(world.quiet, record_no=no, start=s, end=e) for no, s, e in times)
    import_league(world.secretary, kept, gone, other)
    run = import_league(world.secretary, kept, other)
    page = client_of(world.secretary).get(run.get_absolute_url()).text
    assert f'href="{reverse("differences")}?kind=missing"' in page
