"""补录: for oneself or for people in scope, with evidence that only they and their secretaries open."""

from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse

from activities.models import ServiceRecord
from activities.services.deciding import confirm_records
from pairing.services.teams import end_own_membership
from tests.activities.ledger import (
    MONDAY,
    make_attended_record,
    make_moment,
    make_picture_upload,
    make_supplement,
)

State = ServiceRecord.State


@pytest.fixture
def on_monday(serving):
    with time_machine.travel(MONDAY, tick=False):
        yield serving


def build_form_data(**changes) -> dict:
    return {
        "title": "敬老院探访",
        "on": "2018-11-10",
        "start": "09:00",
        "end": "11:30",
        "description": "学院组织，当天没有网络。",
        "evidence": make_picture_upload(),
    } | changes


def post(client, **changes):
    return client.post(reverse("supplement_new"), build_form_data(**changes))


# --- handing in -----------------------------------------------------------------------------------------------


def test_a_member_hands_in_own_service(on_monday, client_of):
    world = on_monday.world
    answer = post(client_of(world.member))
    assert answer.url == reverse("supplements")
    record = ServiceRecord.objects.get()
    assert (record.member, record.minutes, record.state) == (world.missing, 150, State.PENDING)
    assert (record.submitted_by, record.served_on) == (world.member, date(2018, 11, 10))
    assert record.evidence.read().startswith(b"\xff\xd8")


def test_a_member_cannot_hand_in_for_somebody_else(on_monday, client_of):
    post(client_of(on_monday.world.member), student_no=on_monday.world.registered.student_no)
    assert ServiceRecord.objects.get().member == on_monday.world.missing


def test_a_branch_secretary_hands_in_for_the_branch_only(on_monday, client_of):
    world = on_monday.world
    client = client_of(world.branch_secretary)
    answer = post(client, student_no=world.quiet.student_no)
    assert "不在您的管理范围内" in answer.content.decode()
    assert post(client, student_no=world.missing.student_no).status_code == 302
    assert ServiceRecord.objects.get().member == world.missing


def test_a_day_of_no_year_of_the_school_is_refused(on_monday, client_of):
    assert "平台没有 2008 年度" in post(client_of(on_monday.world.member), on="2008-11-10").content.decode()
    assert not ServiceRecord.objects.exists()


def test_an_unusually_long_time_is_looked_at_again(on_monday, client_of):
    client = client_of(on_monday.world.member)
    assert 'type="checkbox" name="certain"' not in client.get(reverse("supplement_new")).content.decode()
    page = post(client, start="08:00", end="21:00").content.decode()
    assert "超过每日上限 8 小时" in page and 'type="checkbox" name="certain"' in page
    assert post(client, start="08:00", end="21:00", certain="on").status_code == 302
    assert ServiceRecord.objects.get().minutes == 13 * 60


def test_service_over_midnight_is_said_by_a_tick(on_monday, client_of):
    client = client_of(on_monday.world.member)
    assert "必须晚于" in post(client, start="22:00", end="01:00").content.decode()
    post(client, start="22:00", end="01:00", next_day="on")
    record = ServiceRecord.objects.get()
    assert (record.minutes, record.served_on) == (180, date(2018, 11, 10))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"evidence": ""}, "这个字段是必填项"),
        ({"title": ""}, "这个字段是必填项"),
        ({"on": "2018-11-20"}, "还没有结束"),
        ({"start": "11:30"}, "必须晚于"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_the_rest_is_kept(changes, said, on_monday, client_of):
    answer = post(client_of(on_monday.world.member), **changes).content.decode()
    assert said in answer
    assert "学院组织，当天没有网络。" in answer
    assert not ServiceRecord.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_time_that_the_portal_has_already_is_refused(serving):
    world = serving.world
    make_attended_record(serving, world.missing)
    with pytest.raises(ValidationError, match="这段时间已有记录"):
        make_supplement(world.member, world.missing, make_moment(10, 11), make_moment(10, 13))
    make_supplement(world.member, world.missing, make_moment(10, 12), make_moment(10, 13))


# --- at the street --------------------------------------------------------------------------------------------


def test_hours_at_the_street_are_for_who_was_in_the_team(serving):
    world = serving.world
    record = make_supplement(
        world.secretary, world.missing, make_moment(10, 9), make_moment(10, 11), at_street=True
    )
    assert record.street == world.urban
    with pytest.raises(ValidationError, match="本人不在服务队中"):
        make_supplement(
            world.secretary, world.namesake, make_moment(10, 9), make_moment(10, 11), at_street=True
        )


def test_who_left_the_team_before_has_no_hours_at_the_street(serving):
    world = serving.world
    membership = serving.team.memberships.get(member=world.missing)
    with time_machine.travel(make_moment(9, 9), tick=False):
        end_own_membership(user=world.member, membership_id=membership.pk)
    with pytest.raises(ValidationError, match="本人不在服务队中"):
        make_supplement(
            world.secretary, world.missing, make_moment(10, 9), make_moment(10, 11), at_street=True
        )
    assert make_supplement(
        world.secretary, world.missing, make_moment(8, 9), make_moment(8, 11), at_street=True
    ).street


# --- the list and the file ------------------------------------------------------------------------------------


def test_the_pile_shows_each_the_own_people(on_monday, client_of):
    world = on_monday.world
    make_supplement(
        world.secretary, world.missing, make_moment(10, 9), make_moment(10, 11), title="敬老院探访"
    )
    make_supplement(world.secretary, world.quiet, make_moment(10, 9), make_moment(10, 11), title="图书馆整理")
    page = reverse("supplements")
    assert "图书馆整理" in client_of(world.secretary).get(page).content.decode()
    for narrower in (world.member, world.branch_secretary):
        text = client_of(narrower).get(page).content.decode()
        assert "敬老院探访" in text
        assert "图书馆整理" not in text
    only = client_of(world.secretary).get(page, {"state": "confirmed"}).content.decode()
    assert "没有符合条件的补录" in only


def test_evidence_opens_in_scope_only_and_without_being_run(on_monday, client_of):
    world = on_monday.world
    post(client_of(world.member))
    address = reverse("record_evidence", args=[ServiceRecord.objects.get().pk])
    answer = client_of(world.secretary).get(address)
    assert answer["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client_of(world.member).get(address).status_code == 200
    for stranger in (world.secretary_b, world.bh.admin):
        assert client_of(stranger).get(address).status_code == 404
    assert client_of(world.liaison).get(address).status_code == 403


def test_a_confirmed_supplement_counts_with_both_names_in_its_story(on_monday, client_of):
    world = on_monday.world
    record = make_supplement(world.member, world.missing, make_moment(10, 9), make_moment(10, 15))
    confirm_records(user=world.secretary, record_ids=[record.pk], acknowledged=False, now=MONDAY)
    confirm_records(user=world.admin, record_ids=[record.pk], acknowledged=False, now=MONDAY)
    text = client_of(world.member).get(record.get_absolute_url()).content.decode()
    assert world.secretary.name in text
    assert world.admin.name in text
    assert "初审通过" in text
