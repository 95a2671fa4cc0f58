"""异议: a member's objection to a record or an absence, and the college's answer within ten working days."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from activities.models import Objection, SignUp
from activities.queries.terms import add_terms
from activities.services.objections import (
    answer_objection,
    object_to_absence,
    object_to_record,
    withdraw_objection,
)
from tests.activities.ledger import MONDAY, make_attended_record, make_secretary_of_member
from tests.inbox import find_inbox

State = Objection.State


@pytest.fixture
def record(serving):
    return make_attended_record(serving, serving.world.missing)


@pytest.fixture
def absence(serving) -> SignUp:
    """Sign world.missing up and note the absence."""
    return serving.sign_up(serving.activity(), serving.world.missing, no_show_at=MONDAY)


def object_as_member(serving, record, **changes) -> Objection:
    wanted = {"user": serving.world.member, "record_id": record.pk, "text": "我 9:00 就到了", "now": MONDAY}
    return object_to_record(**(wanted | changes))


def test_an_objection_reaches_the_college_and_its_answer_the_member(
    serving, record, django_capture_on_commit_callbacks
):
    world = serving.world
    with django_capture_on_commit_callbacks(execute=True):
        objection = object_as_member(serving, record)
        answer_objection(
            user=world.secretary,
            objection_id=objection.pk,
            upheld=True,
            text="已核对，按 9:00 计",
            now=MONDAY,
        )
    objection.refresh_from_db()
    assert (objection.state, objection.answered_by) == (State.UPHELD, world.secretary)
    assert find_inbox(world.secretary).get().url == objection.get_absolute_url()
    told = find_inbox(world.member).get()
    assert "已采纳" in told.title
    assert "按 9:00 计" in told.text


def test_an_own_record_only_and_in_words(serving, record):
    with pytest.raises(ValidationError, match="没有找到"):
        object_as_member(serving, record, user=serving.world.branch_secretary)
    with pytest.raises(ValidationError, match="写明"):
        object_as_member(serving, record, text="  ")


def test_one_objection_at_a_time_to_a_record(serving, record):
    first = object_as_member(serving, record)
    with pytest.raises(ValidationError, match="正在等待答复"):
        object_as_member(serving, record)
    answer_objection(user=serving.world.secretary, objection_id=first.pk, upheld=False, text="签到记录无误")
    assert object_as_member(serving, record, text="请看照片").state == State.OPEN


def test_an_absence_upheld_is_taken_back(serving, absence):
    objection = object_to_absence(
        user=serving.world.member, signup_id=absence.pk, text="我到场了", now=MONDAY
    )
    answer_objection(
        user=serving.world.secretary, objection_id=objection.pk, upheld=True, text="照片中有本人"
    )
    absence.refresh_from_db()
    assert absence.no_show_at is None


def test_an_absence_that_stands_keeps_its_time(serving, absence):
    objection = object_to_absence(
        user=serving.world.member, signup_id=absence.pk, text="我到场了", now=MONDAY
    )
    answer_objection(user=serving.world.secretary, objection_id=objection.pk, upheld=False, text="无人见到")
    absence.refresh_from_db()
    assert absence.no_show_at == MONDAY


def test_without_an_absence_there_is_nothing_to_object_to(serving):
    signup = serving.sign_up(serving.activity(), serving.world.missing)
    with pytest.raises(ValidationError, match="没有找到"):
        object_to_absence(user=serving.world.member, signup_id=signup.pk, text="我到场了")


def test_only_the_own_college_answers_and_nobody_the_own(serving):
    world = serving.world
    mine = make_attended_record(serving, world.lead)
    person = make_secretary_of_member(world.lead)
    objection = object_as_member(serving, mine, user=person)
    with pytest.raises(ValidationError, match="本人"):
        answer_objection(user=person, objection_id=objection.pk, upheld=True, text="x")
    for stranger in (world.secretary_b, world.bh.admin, world.member):
        with pytest.raises(ValidationError, match="没有找到"):
            answer_objection(user=stranger, objection_id=objection.pk, upheld=True, text="x")
    with pytest.raises(ValidationError, match="写明"):
        answer_objection(user=world.secretary, objection_id=objection.pk, upheld=True, text=" ")


def test_what_is_withdrawn_or_answered_is_not_answered_again(serving, record):
    objection = object_as_member(serving, record)
    withdraw_objection(user=serving.world.member, objection_id=objection.pk)
    for refused in (
        lambda: answer_objection(
            user=serving.world.secretary, objection_id=objection.pk, upheld=True, text="x"
        ),
        lambda: withdraw_objection(user=serving.world.member, objection_id=objection.pk),
    ):
        with pytest.raises(ValidationError, match="已经处理"):
            refused()


def test_the_term_is_ten_working_days_and_then_it_is_late(serving, record):
    objection = object_as_member(serving, record)  # on Monday, 12 November
    (before,) = add_terms([objection], today=date(2018, 11, 26))
    assert (before.due_on, before.late) == (date(2018, 11, 26), False)
    (after,) = add_terms([objection], today=date(2018, 11, 27))
    assert after.late


# --- pages ----------------------------------------------------------------------------------------------------


def test_a_member_objects_on_the_phone_and_the_college_answers_on_the_page(serving, record, client_of):
    world = serving.world
    with time_machine.travel(MONDAY, tick=False):
        client_of(world.member).post(reverse("objection_new", args=[record.pk]), {"text": "我 9:00 就到了"})
        objection = Objection.objects.get()
        page = objection.get_absolute_url()
        college = client_of(world.secretary)
        assert "我 9:00 就到了" in college.get(page).content.decode()
        assert "这个字段是必填项" in college.post(page, {"verdict": "upheld"}).content.decode()
        college.post(page, {"verdict": "upheld", "text": "按 9:00 计"})
        own = client_of(world.member).get(page).content.decode()
    assert "按 9:00 计" in own
    assert "撤回" not in own


def test_a_member_cannot_answer_on_the_own_page(serving, record, client_of):
    objection = object_as_member(serving, record)
    client_of(serving.world.member).post(objection.get_absolute_url(), {"verdict": "upheld", "text": "同意"})
    objection.refresh_from_db()
    assert objection.state == State.OPEN


def test_withdrawing_is_the_members_own(serving, record, client_of):
    objection = object_as_member(serving, record)
    address = reverse("objection_withdraw", args=[objection.pk])
    assert client_of(serving.world.branch_secretary).post(address).status_code == 404
    client_of(serving.world.member).post(address)
    objection.refresh_from_db()
    assert objection.state == State.WITHDRAWN


def test_the_list_narrows_to_what_is_late(serving, record, client_of):
    object_as_member(serving, record)
    client = client_of(serving.world.secretary)
    with time_machine.travel(MONDAY, tick=False):
        assert "没有符合条件的异议" in client.get(reverse("objections"), {"state": "late"}).content.decode()
    with time_machine.travel(MONDAY + timedelta(days=15), tick=False):
        text = client.get(reverse("objections"), {"state": "late"}).content.decode()
    assert "已超过期限" in text
    assert serving.world.missing.name in text
    assert timezone.localdate(MONDAY).isoformat() in text


def test_what_waits_for_an_answer_is_shown_instead_of_another_objection(serving, record, absence, client_of):
    world = serving.world
    waiting = object_as_member(serving, record)
    about_absence = object_to_absence(user=world.member, signup_id=absence.pk, text="我到了", now=MONDAY)
    client = client_of(world.member)
    with time_machine.travel(MONDAY, tick=False):
        page = client.get(reverse("me")).content.decode()
        assert page.count("异议待答复") == 2 and "提出异议" not in page
        for name, thing, objection in [
            ("objection_new", record, waiting),
            ("objection_absence", absence, about_absence),
        ]:
            assert client.get(reverse(name, args=[thing.pk])).url == objection.get_absolute_url()
        done = client.get(reverse("scan_done", args=[absence.activity_id])).content.decode()
        assert about_absence.get_absolute_url() in done
