"""校内志愿服务时长确认单: made from the ledger, printed, and compared with it by anybody with the paper."""

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse

from activities.models import HoursSlip, ServiceRecord
from activities.queries.slips import check_slip
from activities.services.slips import make_slip
from members.models import ExportLog
from tests.activities.counting import link_as_one_service
from tests.factories import BEIJING, ServiceRecordFactory

NOW = datetime(2018, 12, 20, 10, tzinfo=BEIJING)
YEAR = {"first": date(2018, 1, 1), "last": date(2018, 12, 20)}


def make_slip_as_member(world, user=None, **changed):
    values = {"user": user or world.member, "member_id": world.missing.pk, "now": NOW} | YEAR
    return make_slip(**values | changed)


@pytest.fixture
def record(world):
    return ServiceRecordFactory(member=world.missing, title="社区智能手机课堂")


def void_directly(record):
    record.state, record.voided_at, record.void_reason = ServiceRecord.State.VOIDED, NOW, "重复登记"
    record.save()


def test_it_lists_confirmed_records_of_the_days_in_their_order(world, record):
    ServiceRecordFactory(member=world.missing, pending=True)
    ServiceRecordFactory(member=world.missing, served_on=date(2017, 12, 31))
    ServiceRecordFactory(member=world.registered)
    ServiceRecordFactory(member=world.missing, served_on=date(2018, 10, 1), minutes=90, title="图书整理")
    slip = make_slip_as_member(world)
    assert slip.lines == [
        ["2018-10-01", "图书整理", "league", 90],
        ["2018-11-10", "社区智能手机课堂", "league", 180],
    ]
    assert slip.minutes == 270


def test_a_service_in_two_ledgers_is_printed_once(world, record):
    twin = ServiceRecordFactory(member=world.missing, source="volunteer_beijing", minutes=175)
    link_as_one_service(record, twin)
    assert make_slip_as_member(world).lines == [["2018-11-10", "社区智能手机课堂", "league", 180]]


def test_without_confirmed_hours_there_is_nothing_to_print(world):
    ServiceRecordFactory(member=world.missing, pending=True)
    with pytest.raises(ValidationError, match="没有已确认"):
        make_slip_as_member(world)
    assert not HoursSlip.objects.exists()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"first": date(2018, 12, 2), "last": date(2018, 12, 1)}, "不能早于"),
        ({"last": date(2018, 12, 21)}, "不能晚于今天"),
        ({"first": date(2008, 12, 31)}, "最多包含"),
    ],
)
def test_days_that_make_no_sense_are_refused(world, record, days, words):
    with pytest.raises(ValidationError, match=words):
        make_slip_as_member(world, **days)


def test_the_same_slip_on_the_same_day_is_made_once_and_noted_once(world, record):
    first = make_slip_as_member(world)
    assert make_slip_as_member(world) == first
    assert ExportLog.objects.get(kind="slip").rows == 1
    assert make_slip_as_member(world, now=datetime(2018, 12, 21, 10, tzinfo=BEIJING)) != first


def test_secretaries_make_it_for_people_in_scope_only(world, record):
    for user in (world.admin, world.secretary, world.branch_secretary):
        assert make_slip_as_member(world, user=user)
    for user in (world.secretary_b, world.bh.admin, world.liaison):
        with pytest.raises(ValidationError, match="不能为此人"):
            make_slip_as_member(world, user=user)


def test_the_database_refuses_a_change_of_what_was_printed(world, record):
    slip = make_slip_as_member(world)
    with pytest.raises(DatabaseError), transaction.atomic():
        HoursSlip.objects.filter(pk=slip.pk).update(minutes=9999)


# --- the paper compared with the ledger


def test_a_fresh_slip_is_valid(world, record):
    result = check_slip(make_slip_as_member(world))
    assert result.valid
    assert not result.added


def test_a_new_record_changes_it_while_every_printed_line_stands(world, record):
    slip = make_slip_as_member(world)
    ServiceRecordFactory(member=world.missing, served_on=date(2018, 12, 1))
    result = check_slip(slip)
    assert (result.valid, result.all_valid, result.added) == (False, True, True)


def test_a_voided_record_changes_it_and_is_marked(world, record):
    other = ServiceRecordFactory(member=world.missing, served_on=date(2018, 10, 1), title="图书整理")
    slip = make_slip_as_member(world)
    void_directly(other)
    result = check_slip(slip)
    assert not result.valid
    assert [stands for _, stands in result.lines] == [False, True]


# --- pages ---


def test_a_member_makes_prints_and_finds_it_again(world, record, client_of, time_machine):
    time_machine.move_to(NOW)
    client = client_of(world.member)
    response = client.post(reverse("slips"), {"first": "2018-01-01", "last": "2018-12-20"}, follow=True)
    slip = HoursSlip.objects.get()
    page = response.content.decode()
    for words in (
        "<h1>校内志愿服务时长确认单</h1>",
        world.missing.student_no,
        "3 小时",
        slip.token,
        'class="qr-code"',
    ):
        assert words in page
    assert "证明" not in page
    assert slip.get_absolute_url() in client.get(reverse("slips")).content.decode()


def test_a_refused_range_keeps_what_was_typed(world, client_of):
    response = client_of(world.member).post(reverse("slips"), {"first": "2018-02-01", "last": "2018-01-01"})
    page = response.content.decode()
    assert "截止日期不能早于起始日期" in page
    assert 'value="2018-02-01"' in page


def test_anybody_can_check_the_paper_and_learns_no_name_or_number(world, record, client_of):
    slip = make_slip_as_member(world)
    page = client_of(None).get(reverse("slip_check", args=[slip.token])).content.decode()
    assert "有效：与台账一致" in page
    assert "社区智能手机课堂" in page
    for hidden in (world.missing.name, world.missing.student_no, world.missing.phone, world.a1.name):
        assert hidden not in page
    void_directly(record)
    page = client_of(None).get(reverse("slip_check", args=[slip.token])).content.decode()
    assert "有变化：与台账不一致" in page


def test_a_forged_address_is_told_so(world, client_of):
    response = client_of(None).get(reverse("slip_check", args=["A" * 32]))
    assert response.status_code == 404
    assert "没有这份确认单" in response.content.decode()
