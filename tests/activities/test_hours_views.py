"""时长确认 and the page of a record."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from activities.models import ServiceRecord
from activities.services.deciding import confirm_records
from activities.services.records import make_record_from_signup
from members.models import ExportLog
from tests.activities.ledger import (
    MONDAY,
    make_attended_record,
    make_moment,
    make_secretary_of_member,
    make_supplement,
)
from tests.factories import MemberFactory, ServiceRecordFactory

State = ServiceRecord.State


@pytest.fixture
def on_monday(serving):
    with time_machine.travel(MONDAY, tick=False):
        yield serving


@pytest.fixture
def college(on_monday, client_of):
    return client_of(on_monday.world.secretary)


def post(client, decision: str, *records, **more):
    chosen = [record.pk for record in records]
    return client.post(reverse("hours"), {"decision": decision, "chosen": chosen, **more})


def get_state(record) -> str:
    return ServiceRecord.objects.get(pk=record.pk).state


# --- the list -------------------------------------------------------------------------------------------------


def test_ticked_records_are_confirmed(on_monday, college):
    first, second = (
        make_attended_record(on_monday, member) for member in (on_monday.world.missing, on_monday.world.quiet)
    )
    assert post(college, "confirm", first).status_code == 302
    assert (get_state(first), get_state(second)) == (State.CONFIRMED, State.PENDING)


def test_a_rejection_without_reason_comes_back_with_what_was_ticked(on_monday, college):
    record = make_attended_record(on_monday, on_monday.world.missing)
    text = post(college, "reject", record).content.decode()
    assert "请写明原因" in text
    assert f'value="{record.pk}" checked' in text
    post(college, "reject", record, reason="没有到场")
    assert get_state(record) == State.REJECTED


def test_doubts_are_shown_and_have_to_be_acknowledged(on_monday, college):
    record = make_attended_record(on_monday, on_monday.world.missing)
    ServiceRecordFactory(member=on_monday.world.missing)
    text = post(college, "confirm", record).content.decode()
    assert "可能是同一次服务" in text
    assert "含 1 条有提醒的记录" in text
    post(college, "confirm", record, acknowledged="on")
    assert get_state(record) == State.CONFIRMED


def test_what_blocks_is_refused_and_leads_to_what_could_be_confirmed(on_monday, college):
    record = make_attended_record(on_monday, on_monday.world.missing, hours=(8, 18))
    text = post(college, "confirm", record, acknowledged="on").content.decode()
    assert get_state(record) == State.PENDING
    change = reverse("record_change", args=[record.pk])
    assert change in text
    page = college.get(change).content.decode()
    assert 'value="08:00"' in page
    assert 'value="16:00"' in page
    college.post(change, {"on": "2018-11-10", "start": "08:00", "end": "16:00", "reason": "按每日上限"})
    post(college, "confirm", record)
    assert (get_state(record), ServiceRecord.objects.get().minutes) == (State.CONFIRMED, 480)


def test_own_hours_cannot_be_ticked(on_monday, client_of):
    lead = on_monday.world.lead
    own, other = (
        make_attended_record(on_monday, lead),
        make_attended_record(on_monday, on_monday.world.missing),
    )
    text = client_of(make_secretary_of_member(lead)).get(reverse("hours")).content.decode()
    assert "须由他人审核" in text
    assert f'value="{own.pk}"' not in text
    assert f'value="{other.pk}"' in text


def test_the_list_says_what_is_late_and_narrows_to_it(on_monday, college):
    old = make_attended_record(on_monday, on_monday.world.missing)
    page = reverse("hours")
    with time_machine.travel(MONDAY + timedelta(days=14), tick=False):
        make_attended_record(on_monday, on_monday.world.quiet, day=24)
        assert "1 条记录已超过确认期限" in college.get(page).content.decode()
        found = college.get(page, {"doubt": "late"}).context["lines"]
    assert [line.record for line in found] == [old]


def test_filters_narrow_by_person_branch_and_source(on_monday, college):
    world = on_monday.world
    make_attended_record(on_monday, world.missing)
    other = make_supplement(world.secretary, world.quiet, make_moment(9, 9), make_moment(9, 10))
    for narrowed in ({"source": "supplement"}, {"branch": world.a2.pk}, {"q": world.quiet.student_no}):
        lines = college.get(reverse("hours"), narrowed).context["lines"]
        assert [line.record for line in lines] == [other]


def test_the_export_holds_the_filtered_list_and_is_noted(on_monday, college):
    world = on_monday.world
    make_attended_record(on_monday, world.missing)
    make_supplement(world.secretary, world.quiet, make_moment(9, 9), make_moment(9, 10))
    answer = college.get(reverse("hours_export"), {"source": "supplement"})
    header, *rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[header.index("姓名")] for row in rows] == [world.quiet.name]
    assert ExportLog.objects.get().filters == {"source": "supplement"}


def test_the_page_asks_as_often_for_one_record_as_for_twenty(on_monday, college):
    page = reverse("hours")

    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert college.get(page).status_code == 200
        return len(queries)

    make_attended_record(on_monday, on_monday.world.missing)
    college.get(page)
    one = count_queries()
    activity = on_monday.activity(capacity=40)
    for _ in range(20):
        signup = on_monday.sign_up(activity, MemberFactory(branch=on_monday.world.a1))
        make_record_from_signup(
            signup=signup, start=activity.starts_at, end=activity.ends_at, user=on_monday.world.secretary
        )
    assert count_queries() == one


def test_an_empty_list_says_what_comes_there(college):
    assert "没有等待确认的时长" in college.get(reverse("hours")).content.decode()


# --- a record -------------------------------------------------------------------------------------------------


def test_the_record_tells_its_whole_story(on_monday, college, client_of):
    world = on_monday.world
    record = make_attended_record(on_monday, world.missing)
    confirm_records(user=world.secretary, record_ids=[record.pk], acknowledged=False, now=MONDAY)
    college.post(reverse("record_void", args=[record.pk]), {"reason": "登记在别人名下"})
    text = client_of(world.member).get(record.get_absolute_url()).content.decode()
    told = ["报名", "签入", "签出", "生成时长记录", "确认", world.secretary.name, "作废", "登记在别人名下"]
    assert [word for word in told if word not in text] == []
    assert "已作废" in text


def test_a_correction_leads_both_ways(on_monday, college):
    world = on_monday.world
    old = make_attended_record(on_monday, world.missing)
    confirm_records(user=world.secretary, record_ids=[old.pk], acknowledged=False, now=MONDAY)
    college.post(
        reverse("record_correct", args=[old.pk]),
        {"title": old.title, "on": "2018-11-10", "start": "09:00", "end": "11:00", "reason": "提前离开"},
    )
    new = ServiceRecord.objects.get(corrects=old)
    assert new.state == State.CONFIRMED
    assert new.get_absolute_url() in college.get(old.get_absolute_url()).content.decode()
    assert old.get_absolute_url() in college.get(new.get_absolute_url()).content.decode()


def test_an_adjustment_before_confirmation_stands_in_the_story(on_monday, college, client_of):
    record = make_attended_record(on_monday, on_monday.world.missing)
    college.post(
        reverse("record_change", args=[record.pk]),
        {"on": "2018-11-10", "start": "09:00", "end": "11:00", "reason": "提前离开"},
    )
    text = client_of(on_monday.world.member).get(record.get_absolute_url()).content.decode()
    assert "确认前调整" in text
    assert "提前离开" in text


def test_a_record_shows_the_same_service_in_another_ledger(on_monday, college):
    outside = ServiceRecordFactory(member=on_monday.world.missing, title="手机课堂（北京共青团）")
    record = make_attended_record(on_monday, on_monday.world.missing)
    post(college, "confirm", record, acknowledged="on")
    text = college.get(record.get_absolute_url()).content.decode()
    assert outside.title in text
    assert "只计一次" in text


def test_what_is_not_the_colleges_to_decide_has_no_page_for_it(on_monday, college):
    outside = ServiceRecordFactory(member=on_monday.world.missing)
    waiting = make_attended_record(on_monday, on_monday.world.quiet)
    assert college.get(reverse("record_void", args=[outside.pk])).status_code == 404
    assert college.get(reverse("record_void", args=[waiting.pk])).status_code == 404
    assert college.get(outside.get_absolute_url()).status_code == 200


# --- the college's page ---------------------------------------------------------------------------------------


def test_the_colleges_page_says_what_waits_and_what_is_late(on_monday, college):
    world = on_monday.world
    make_attended_record(on_monday, world.missing)
    page = reverse("college", args=[world.college_a.pk])
    text = college.get(page).content.decode()
    assert "1 条时长" in text
    assert "个工作日" not in text
    with time_machine.travel(make_moment(24, 9), tick=False):
        assert "已超过 10 个工作日" in college.get(page).content.decode()
    other = reverse("college", args=[world.college_b.pk])
    assert "条时长" not in college.get(other).content.decode()


def test_the_whole_page_is_ticked_at_once_without_what_is_blocked(on_monday, college):
    world = on_monday.world
    first, second = (
        make_attended_record(on_monday, world.missing),
        make_attended_record(on_monday, world.quiet),
    )
    blocked = make_attended_record(on_monday, world.lead, hours=(8, 18))
    shown = college.get(reverse("hours")).context["whole"]
    assert set(shown) == {first.pk, second.pk}
    later = make_attended_record(on_monday, world.registered)
    sent = {"decision": "confirm", "whole": "on", "shown": shown, "acknowledged": "on"}
    assert college.post(reverse("hours"), sent).status_code == 302
    assert {get_state(first), get_state(second)} == {State.CONFIRMED}
    assert {get_state(blocked), get_state(later)} == {State.PENDING}


def test_the_shown_are_not_ticked_by_themselves(on_monday, college):
    record = make_attended_record(on_monday, on_monday.world.missing)
    page = college.post(reverse("hours"), {"decision": "confirm", "shown": [record.pk]})
    assert "请先勾选记录" in page.content.decode()
