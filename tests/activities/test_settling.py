"""After the activity: a person settles unclear cases, and only clear ones make hours."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.forms.attendance import build_initial_span
from activities.models import Activity, ServiceRecord, SignUp
from activities.queries.doubts import list_pending_lines
from activities.rules.hours import Doubt
from activities.services.settling import close_attendance, confirm_at_street, settle_as_present, settle_signup
from members.models import Message, User
from members.permissions import Role
from tests.factories import GrantFactory, MemberFactory, make_account
from tests.inbox import find_inbox

MINUTE = timedelta(minutes=1)


@pytest.fixture
def activity(serving) -> Activity:
    return serving.activity()


def sign_up_and_check(serving, activity, member, start=0, end=180, **more) -> SignUp:
    out = {} if end is None else {
        "checked_out_at": activity.starts_at + end * MINUTE, "checked_out_how": "scan",
    }  # fmt: skip
    came_at = activity.starts_at + start * MINUTE
    return serving.sign_up(
        activity, member, **({"checked_in_at": came_at, "checked_in_how": "scan"} | out | more)
    )


def close_as_secretary(world, activity, **more) -> Activity:
    return close_attendance(
        user=world.secretary, activity_id=activity.pk, now=activity.check_out_closes_at, **more
    )


def settle_as_secretary(world, signup, start=0, end=180, **more) -> SignUp:
    begin = signup.activity.starts_at
    span = {"start": None, "end": None} if start is None else {
        "start": begin + start * MINUTE, "end": begin + end * MINUTE,
    }  # fmt: skip
    values = {"user": world.secretary, "reason": "经核对", "now": signup.activity.check_out_closes_at}
    return settle_signup(signup_id=signup.pk, **(values | span | more))


def test_closing_makes_hours_for_the_clear_and_notes_the_absent(
    serving, world, activity, django_capture_on_commit_callbacks
):
    clear = sign_up_and_check(serving, activity, world.registered, -20, 200)
    unclear = sign_up_and_check(serving, activity, world.lead, 0, None)
    absent = serving.sign_up(activity, world.missing)
    with django_capture_on_commit_callbacks(execute=True):
        close_as_secretary(world, activity)
    record = ServiceRecord.objects.get()
    assert (record.signup, record.state, record.minutes) == (clear, ServiceRecord.State.PENDING, 180)
    absent.refresh_from_db()
    unclear.refresh_from_db()
    assert absent.no_show_at == activity.check_out_closes_at
    assert unclear.flags == ["no_check_out"] and unclear.no_show_at is None
    told = dict(Message.objects.values_list("user__member", "title"))
    assert told == {world.missing.pk: "活动缺席登记", world.lead.pk: "活动时长待处理"}


@pytest.mark.parametrize(
    "more",
    [
        {"start": 15},
        {"end": 100},
        {"end": 240},
        {"checked_in_how": "tick", "tick_reason": "没电"},
        {"checked_in_where": "outside"},
        {"state": "unseated"},
    ],
)
def test_nothing_flagged_makes_hours_by_itself(more, serving, world, activity):
    sign_up_and_check(serving, activity, world.missing, **more)
    close_as_secretary(world, activity)
    assert not ServiceRecord.objects.exists()
    assert len(SignUp.objects.get().flags) == 1


def test_closing_asks_as_many_questions_for_many_as_for_few(serving, world):
    def count_queries(count: int) -> int:
        activity = serving.activity(capacity=50)
        members = MemberFactory.create_batch(count, branch=world.a1)
        sign_up_and_check(serving, activity, members[0])
        serving.sign_up(activity, members[1])
        for member in members[2:]:
            sign_up_and_check(serving, activity, member)
        with CaptureQueriesContext(connection) as asked:
            close_as_secretary(world, activity)
        assert ServiceRecord.objects.filter(activity=activity).count() == count - 1
        return len(asked)

    assert count_queries(20) == count_queries(3)


def test_a_case_settled_before_the_end_makes_its_hours_at_the_end(serving, world, activity):
    signup = sign_up_and_check(serving, activity, world.missing, 0, None)
    settle_as_secretary(world, signup, 0, 90)
    assert not ServiceRecord.objects.exists()
    settle_as_secretary(world, signup, 0, 120)
    close_as_secretary(world, activity)
    assert ServiceRecord.objects.get().minutes == 120


def test_a_case_settled_after_the_end_makes_hours_at_once(serving, world, activity):
    signup = sign_up_and_check(serving, activity, world.missing, 0, None)
    close_as_secretary(world, activity)
    settle_as_secretary(world, signup, 0, 90)
    record = ServiceRecord.objects.get()
    settle_as_secretary(world, signup, 0, 120)
    assert ServiceRecord.objects.get().pk == record.pk
    assert ServiceRecord.objects.get().minutes == 120


def test_not_counting_makes_none(serving, world, activity):
    signup = sign_up_and_check(serving, activity, world.missing)
    settle_as_secretary(world, signup, None)
    close_as_secretary(world, activity)
    assert not ServiceRecord.objects.exists()


def test_what_has_become_a_record_is_left_to_its_confirmation(serving, world, activity):
    signup = sign_up_and_check(serving, activity, world.missing)
    close_as_secretary(world, activity)
    with pytest.raises(ValidationError, match="时长确认"):
        settle_as_secretary(world, signup, None)
    record = ServiceRecord.objects.get()
    record.state, record.decided_at, record.decided_by = "confirmed", activity.ends_at, world.admin
    record.save()
    with pytest.raises(ValidationError, match="时长确认"):
        settle_as_secretary(world, signup, 0, 60)
    assert ServiceRecord.objects.get().minutes == 180


def test_somebody_noted_absent_who_was_there_gets_hours(serving, world, activity):
    signup = serving.sign_up(activity, world.missing)
    close_as_secretary(world, activity)
    settle_as_secretary(world, signup)
    signup.refresh_from_db()
    assert signup.no_show_at is None
    assert ServiceRecord.objects.get().minutes == 180


@pytest.mark.parametrize(
    ("start", "end", "reason", "word"),
    [(-1, 60, "x", "计划时间"), (0, 181, "x", "计划时间"), (60, 60, "x", "晚于"), (0, 60, " ", "请写明")],
)
def test_what_cannot_be_settled(start, end, reason, word, serving, world, activity):
    signup = sign_up_and_check(serving, activity, world.missing)
    with pytest.raises(ValidationError, match=word):
        settle_as_secretary(world, signup, start, end, reason=reason)


def test_nobody_settles_the_own_case_a_foreign_one_or_before_the_end(serving, world, activity):
    signup = sign_up_and_check(serving, activity, world.registered)
    world.secretary.member = world.registered
    world.secretary.save()
    with pytest.raises(ValidationError, match="本人"):
        settle_as_secretary(world, signup)
    for stranger in (world.secretary_b, world.bh.secretary, make_account(world.quiet)):
        with pytest.raises(ValidationError, match="没有找到"):
            settle_as_secretary(world, signup, user=stranger)
    with pytest.raises(ValidationError, match="还没有结束"):
        settle_as_secretary(world, signup, user=world.admin, now=activity.ends_at - MINUTE)


def test_several_are_accepted_as_they_were_there(serving, world, activity):
    late, early = (
        sign_up_and_check(serving, activity, world.missing, 20),
        sign_up_and_check(serving, activity, world.lead, 0, 90),
    )
    open_end = sign_up_and_check(serving, activity, world.registered, 0, None)
    values = {
        "user": world.secretary,
        "activity_id": activity.pk,
        "reason": "核对属实",
        "now": activity.check_out_closes_at,
    }
    with pytest.raises(ValidationError, match="单独处理"):
        settle_as_present(signup_ids=[late.pk, open_end.pk], **values)
    assert settle_as_present(signup_ids=[late.pk, early.pk], **values) == 2
    close_as_secretary(world, activity)
    assert sorted(ServiceRecord.objects.values_list("minutes", flat=True)) == [90, 160]


def test_closing_is_once_and_after_the_end(serving, world, activity):
    with pytest.raises(ValidationError, match="还没有结束"):
        close_attendance(user=world.secretary, activity_id=activity.pk, now=activity.ends_at - MINUTE)
    close_as_secretary(world, activity)
    with pytest.raises(ValidationError, match="已经结束过"):
        close_as_secretary(world, activity)


# --- the street -------------------------------------------------------------------------------------------------


def test_the_streets_word_stands_on_sign_up_and_record(serving, world, activity):
    first, second = (
        sign_up_and_check(serving, activity, world.missing),
        sign_up_and_check(serving, activity, world.lead),
    )
    close_as_secretary(world, activity)
    now = activity.ends_at + MINUTE
    confirm_at_street(user=world.liaison, activity_id=activity.pk, signup_ids=[first.pk], now=now)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.street_confirmed_by, second.street_confirmed_by) == (world.liaison, None)
    assert first.records.get().street_confirmed_at == now
    assert second.records.get().street_confirmed_at is None


def test_whom_the_street_has_not_seen_the_college_is_told_of_before_it_confirms(serving, world, activity):
    seen, unseen = (
        sign_up_and_check(serving, activity, world.missing),
        sign_up_and_check(serving, activity, world.lead),
    )
    close_as_secretary(world, activity)

    def list_doubts(signup) -> tuple:
        records = ServiceRecord.objects.filter(signup=signup)
        (line,) = list_pending_lines(user=world.secretary, records=records, now=activity.ends_at + MINUTE)
        return line.verdict.doubts

    assert list_doubts(unseen) == ()
    values = {"activity_id": activity.pk, "signup_ids": [seen.pk], "now": activity.ends_at + MINUTE}
    confirm_at_street(user=world.liaison, **values)
    assert (list_doubts(seen), list_doubts(unseen)) == ((), (Doubt.NOT_SEEN,))


def test_a_confirmed_list_opens_as_the_street_left_it(serving, world, activity, client_of):
    seen, unseen = (
        sign_up_and_check(serving, activity, world.missing),
        sign_up_and_check(serving, activity, world.lead),
    )
    client, address = client_of(world.liaison), reverse("street_attendance", args=[activity.pk])
    assert client.get(address).text.count("checked>") == 2
    client.post(address, {"signups": [seen.pk]})
    page = client.get(address)
    assert page.text.count("checked>") == 1
    assert unseen.pk in [signup.pk for signup in page.context["came"]]


def test_the_streets_word_given_early_goes_into_the_record(serving, world, activity):
    signup = sign_up_and_check(serving, activity, world.missing)
    confirm_at_street(
        user=world.liaison, activity_id=activity.pk, signup_ids=[signup.pk], now=activity.ends_at
    )
    close_as_secretary(world, activity)
    assert ServiceRecord.objects.get().street_confirmed_by == world.liaison


def test_the_street_confirms_only_who_came_and_only_at_home(serving, world, activity):
    absent = serving.sign_up(activity, world.missing)
    with pytest.raises(ValidationError, match="名单已有变化"):
        confirm_at_street(
            user=world.liaison, activity_id=activity.pk, signup_ids=[absent.pk], now=activity.ends_at
        )
    elsewhere = serving.activity(project=serving.other)
    with pytest.raises(ValidationError, match="没有找到"):
        confirm_at_street(user=world.liaison, activity_id=elsewhere.pk, signup_ids=[], now=elsewhere.ends_at)


def test_who_is_there_while_it_runs_waits_for_nobody(serving, world, client_of):
    now = timezone.now()
    plan = {"starts_at": now - 30 * MINUTE, "ends_at": now + 60 * MINUTE}
    activity = serving.activity(**plan)
    sign_up_and_check(serving, activity, world.missing, end=None)
    late = sign_up_and_check(serving, activity, world.lead, start=20, end=None, flags=["late_in"])
    page = client_of(world.secretary).get(reverse("settling", args=[activity.pk]))
    assert page.context["figures"]["cases"] == 1
    assert [signup.pk for signup in page.context["page"] if signup.case] == [late.pk]
    Activity.objects.filter(pk=activity.pk).update(ends_at=now)
    page = client_of(world.secretary).get(reverse("settling", args=[activity.pk]))
    assert page.context["figures"]["cases"] == 2


# --- pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
def after_closing(activity):
    with time_machine.travel(activity.check_out_closes_at, tick=False):
        yield activity


def test_the_page_lists_cases_first_and_closes(serving, world, after_closing, client_of):
    sign_up_and_check(serving, after_closing, world.registered)
    case = sign_up_and_check(serving, after_closing, world.missing, 0, 90)
    client, address = client_of(world.secretary), reverse("settling", args=[after_closing.pk])
    rows = client.get(address).context["page"].object_list
    assert [row.member for row in rows] == [world.missing, world.registered]
    assert "请先勾选人员" in client.post(address, {"reason": "核对"}).text
    done = client.post(address, {"signups": [case.pk], "reason": "核对属实"}, follow=True)
    assert "已按在场时间认定 1 人" in done.text
    done = client.post(reverse("settling_close", args=[after_closing.pk]), follow=True)
    assert "考勤已结束" in done.text
    assert ServiceRecord.objects.count() == 2


def test_one_case_on_its_page(serving, world, after_closing, client_of):
    signup = sign_up_and_check(serving, after_closing, world.missing, 0, None)
    client, address = client_of(world.secretary), reverse("settle_one", args=[signup.pk])
    assert 'value="2018-11-10T09:00"' in client.get(address).text
    data = {"counts": "yes", "start": "2018-11-10T09:00", "end": "2018-11-10T11:30", "reason": "全程在场"}
    assert "请填写时间" in client.post(address, data | {"end": ""}).text
    assert "计划时间" in client.post(address, data | {"end": "2018-11-10T12:30"}).text
    client.post(address, data)
    signup.refresh_from_db()
    assert signup.settled_end - signup.settled_start == 150 * MINUTE
    client.post(address, {"counts": "no", "reason": "未到场"})
    signup.refresh_from_db()
    assert signup.settled_start is None and signup.settle_reason == "未到场"


def test_the_liaison_sees_names_of_those_who_came_and_nothing_more(serving, world, after_closing, client_of):
    signup = sign_up_and_check(serving, after_closing, world.missing)
    serving.sign_up(after_closing, world.lead)
    client, address = client_of(world.liaison), reverse("street_attendance", args=[after_closing.pk])
    page = client.get(address).text
    assert world.missing.name in page and world.lead.name not in page
    assert world.missing.student_no not in page and world.missing.phone not in page
    done = client.post(address, {"signups": [signup.pk]}, follow=True)
    assert "已确认到场" in done.text
    assert "已确认" in client.get(reverse("street_activities")).text


@pytest.mark.parametrize(
    ("start", "end", "counts", "minutes"),
    [
        (None, None, "no", None),
        (-20, -10, "no", None),
        (180, None, "no", None),
        (10, None, "yes", (10, None)),
        (-20, 100, "yes", (0, 100)),
    ],
)
def test_a_time_that_nobody_knows_is_not_filled_in(start, end, counts, minutes, serving, world, activity):
    signup = (
        serving.sign_up(activity, world.missing)
        if start is None
        else sign_up_and_check(serving, activity, world.missing, start, end)
    )
    found = build_initial_span(signup)
    assert found["counts"] == counts
    if minutes is None:
        assert "start" not in found and "end" not in found
    else:
        first, last = (None if at is None else activity.starts_at + at * MINUTE for at in minutes)
        assert (found["start"], found["end"]) == (first, last)


def test_the_street_confirms_when_the_activity_is_over(serving, world, activity, client_of):
    signup = sign_up_and_check(serving, activity, world.missing, 0, None)
    before = activity.ends_at - MINUTE
    with pytest.raises(ValidationError, match="活动结束后"):
        confirm_at_street(user=world.liaison, activity_id=activity.pk, signup_ids=[signup.pk], now=before)
    with time_machine.travel(before, tick=False):
        client = client_of(world.liaison)
        assert "活动还没有结束" in client.get(reverse("street_attendance", args=[activity.pk])).text
        assert "进行中，结束后确认" in client.get(reverse("street_activities")).text


def test_ending_while_somebody_may_still_check_out_wants_a_tick(serving, world, activity, client_of):
    sign_up_and_check(serving, activity, world.missing, 0, None)
    sign_up_and_check(serving, activity, world.lead)
    with time_machine.travel(activity.ends_at, tick=False):
        client, address = client_of(world.secretary), reverse("settling_close", args=[activity.pk])
        assert "签出截止 13:00 前还可签出 1 人" in client.get(address).text
        assert "还有 1 人没有签出" in client.post(address).text
        activity.refresh_from_db()
        assert activity.closed_at is None
        assert "考勤已结束" in client.post(address, {"early": "on"}, follow=True).text


def test_nobody_confirms_the_own_school_s_attendance(serving, world, after_closing):
    student = make_account(world.quiet)
    for user in (world.secretary, world.secretary_b, world.admin, student):
        GrantFactory(user=user, role=Role.LIAISON, street=world.urban, school=world.school)
        with pytest.raises(ValidationError, match="另有身份"):
            confirm_at_street(
                user=User.objects.get(pk=user.pk),
                activity_id=after_closing.pk,
                signup_ids=[],
                now=after_closing.ends_at,
            )


def test_each_settlement_is_told_with_its_reason_also_one_that_counts_nothing(serving, world, activity):
    account = world.missing.user
    signup = sign_up_and_check(serving, activity, world.missing, 0, None)
    settle_as_secretary(world, signup, None, reason="没有到场服务")
    settle_as_secretary(world, signup, 0, 90, reason="有照片")
    settle_as_secretary(world, signup, None, reason="照片是另一天的")
    told = list(find_inbox(account).order_by("pk").values_list("title", flat=True))
    assert told == [
        "活动考勤已处理：不计时长",
        "活动考勤已处理：认定 09:00–10:30",
        "活动考勤已处理：不计时长",
    ]
    assert "照片是另一天的" in find_inbox(account).latest("pk").text


def test_people_settled_together_are_each_told(serving, world, activity):
    accounts = [world.missing.user, world.lead.user]
    signups = [
        sign_up_and_check(serving, activity, account.member, checked_in_how="tick", tick_reason="没电")
        for account in accounts
    ]
    settle_as_present(
        user=world.secretary,
        activity_id=activity.pk,
        signup_ids=[signup.pk for signup in signups],
        reason="负责人在场",
        now=activity.check_out_closes_at,
    )
    for account in accounts:
        assert find_inbox(account).get().title == "活动考勤已处理：认定 09:00–12:00"
