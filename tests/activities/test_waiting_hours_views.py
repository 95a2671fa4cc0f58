"""待录入时长: the page of rows that wait for their person or for a decision."""

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.models import ServiceRecord, WaitingHours
from members.services.numbers import change_student_number
from tests.activities.hours_files import LEAGUE_HEADER, import_league, make_league_file, make_league_row
from tests.activities.ledger import make_secretary_of_member
from tests.factories import MemberFactory
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


def restore(client, row: WaitingHours):
    address = reverse("waiting_hours") + "?state=dismissed"
    return client.post(address, {"chosen": [row.pk], "decision": "restore"})


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


def test_a_row_left_out_by_mistake_waits_again(world, stranger, client_of):
    client = client_of(world.secretary)
    post(client, stranger, "dismiss")
    page = client.get(reverse("waiting_hours"), {"state": "dismissed"}).text
    assert f'value="{stranger.pk}"' in page
    assert "恢复，重新等待录入" in page
    assert restore(client, stranger).status_code == 302
    stranger.refresh_from_db()
    assert (stranger.state, stranger.settled_at, stranger.settled_by) == ("waiting", None, None)
    assert not ServiceRecord.objects.filter(state="confirmed").exists()


def test_a_restored_row_goes_in_at_once_if_its_person_is_known_by_now(world, stranger, client_of):
    client = client_of(world.secretary)
    post(client, stranger, "dismiss")
    person = MemberFactory(branch=world.a1, name="外校生", student_no="2099000001")
    assert restore(client, stranger).status_code == 302
    stranger.refresh_from_db()
    assert (stranger.state, stranger.record.member) == ("taken", person)
    assert ServiceRecord.objects.get(member=person).counted.appraisal == stranger.data["minutes"]


def test_a_restored_row_whose_person_has_another_name_waits_with_the_reason(world, stranger, client_of):
    client = client_of(world.secretary)
    post(client, stranger, "dismiss")
    MemberFactory(branch=world.a1, name="李生", student_no="2099000001")
    restore(client, stranger)
    stranger.refresh_from_db()
    assert stranger.state == "waiting"
    assert "姓名不同" in stranger.reason


def test_a_later_file_does_not_change_a_row_that_is_left_out(world, stranger, client_of):
    post(client_of(world.secretary), stranger, "dismiss")
    before = WaitingHours.objects.values().get()
    import_league(
        world.secretary,
        make_league_row(world.quiet, student_no="2099000001", name="外校生", title="改了名称"),
    )
    assert WaitingHours.objects.values().get() == before


def test_an_equal_row_and_a_row_that_waits_are_not_restored(world, stranger, equal, client_of):
    client = client_of(world.secretary)
    post(client, equal, "same")
    page = client.get(reverse("waiting_hours"), {"state": "dismissed"}).text
    assert f'value="{equal.pk}"' not in page
    assert "恢复，重新等待录入" not in page
    assert "名单已有变化" in restore(client, equal).text
    assert "名单已有变化" in restore(client, stranger).text
    assert "名单已有变化" in post(client, stranger, "restore").text


def test_a_row_restored_in_another_tab_is_refused_in_words(world, stranger, client_of):
    client = client_of(world.secretary)
    post(client, stranger, "dismiss")
    restore(client, stranger)
    assert "名单已有变化" in restore(client, stranger).text


def test_nobody_restores_rows_out_of_scope_or_of_the_own_hours(world, stranger, client_of):
    post(client_of(world.secretary), stranger, "dismiss")
    assert "名单已有变化" in restore(client_of(world.secretary_b), stranger).text
    person = MemberFactory(branch=world.a1, name="外校生", student_no="2099000001")
    assert "不能处理本人的时长" in restore(client_of(make_secretary_of_member(person)), stranger).text
    stranger.refresh_from_db()
    assert stranger.state == "dismissed"


def test_a_later_file_leaves_a_row_out_although_its_person_is_here_by_now(world, stranger, client_of):
    post(client_of(world.secretary), stranger, "dismiss")
    person = MemberFactory(branch=world.a1, name="外校生", student_no="2099000001")
    before = WaitingHours.objects.values().get()
    import_league(world.secretary, make_league_row(person))
    assert WaitingHours.objects.values().get() == before
    assert not ServiceRecord.objects.filter(member=person).exists()
