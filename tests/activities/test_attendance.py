"""Checking in and out by phone, camera or hand: once each, within the window, by people with the right."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from activities.models import Activity, Flag, How, SignUp, Where
from activities.queries.presences import get_daily_cap
from activities.rules.attendance import IN, OUT, list_flags
from activities.services.attendance import (
    check_by_hand,
    check_by_person_code,
    check_by_screen,
    locate_phone,
    make_own_code,
)
from tests.activities.test_attendance_rules import START, make_presence
from tests.factories import ServiceYearFactory, make_account
from tests.moving import correct_person

MINUTE = timedelta(minutes=1)


@pytest.fixture
def activity(serving) -> Activity:
    return serving.activity()


@pytest.fixture
def signup(serving, activity) -> SignUp:
    return serving.sign_up(activity, serving.world.missing)


def to_moment(activity, minutes: int):
    return activity.starts_at + minutes * MINUTE


def scan_as_member(world, activity, direction, minutes, **more):
    return check_by_screen(
        user=world.member,
        activity_id=activity.pk,
        direction=direction,
        now=to_moment(activity, minutes),
        **more,
    )


# --- the person's own phone -------------------------------------------------------------------------------------


def test_in_and_out_by_the_servers_clock(world, activity, signup):
    scan_as_member(world, activity, IN, -5)
    scan_as_member(world, activity, OUT, 185)
    signup.refresh_from_db()
    assert (signup.checked_in_at, signup.checked_out_at) == (
        to_moment(activity, -5),
        to_moment(activity, 185),
    )
    assert signup.checked_in_how == signup.checked_out_how == How.SCAN
    assert signup.checked_in_by is None
    assert signup.flags == []


def test_scanning_again_keeps_the_first_time_and_says_so(world, activity, signup):
    first = scan_as_member(world, activity, IN, 0)
    again = scan_as_member(world, activity, IN, 3)
    assert (first.again, again.again) == (False, True)
    assert again.at == to_moment(activity, 0)
    # The same holds after the window: a lost answer is given again.
    assert scan_as_member(world, activity, IN, 60).again


@pytest.mark.parametrize(
    ("direction", "minutes", "word"),
    [(IN, -31, "还没有开始"), (IN, 30, "已于"), (OUT, 0, "还没有签入"), (OUT, 241, "手工登记.*补录")],
)
def test_refusals_say_what_to_do(world, activity, signup, direction, minutes, word):
    with pytest.raises(ValidationError, match=word):
        scan_as_member(world, activity, direction, minutes)
    signup.refresh_from_db()
    assert signup.checked_in_at is None and signup.checked_out_at is None


def test_somebody_who_did_not_sign_up_is_refused(world, activity):
    with pytest.raises(ValidationError, match="没有报名"):
        scan_as_member(world, activity, IN, 0)


def test_a_cancelled_activity_has_no_check_in(world, activity, signup):
    activity.state, activity.cancel_reason = Activity.State.CANCELLED, "下雨"
    activity.save()
    with pytest.raises(ValidationError, match="已取消"):
        scan_as_member(world, activity, IN, 0)


def test_another_schools_activity_is_not_there(world, activity, signup):
    stranger = make_account(world.bh.zhang_wei)
    with pytest.raises(ValidationError, match="没有找到这次活动"):
        check_by_screen(user=stranger, activity_id=activity.pk, direction=IN, now=to_moment(activity, 0))


def test_an_account_without_a_person_cannot_check_in(world, activity):
    with pytest.raises(ValidationError, match="本人账号"):
        check_by_screen(
            user=world.secretary, activity_id=activity.pk, direction=IN, now=to_moment(activity, 0)
        )


def test_flags_are_noted_with_the_check_out(serving, world, activity, signup):
    other = serving.activity(project=serving.other, starts_at=to_moment(activity, 120))
    serving.sign_up(
        other, world.missing, checked_in_at=to_moment(activity, 120), checked_in_how="scan",
        checked_out_at=to_moment(activity, 200), checked_out_how="scan",
    )  # fmt: skip
    scan_as_member(world, activity, IN, 20)
    signup.refresh_from_db()
    assert signup.flags == ["late_in"]
    scan_as_member(world, activity, OUT, 150)
    signup.refresh_from_db()
    assert signup.flags == ["overlap", "early_out", "late_in"]


def test_the_daily_cap_counts_other_service_of_the_day(serving, world, activity, signup):
    world.year.daily_cap_minutes = 200
    world.year.save()
    other = serving.activity(project=serving.other, starts_at=to_moment(activity, 300))
    serving.sign_up(
        other, world.missing, checked_in_at=to_moment(activity, 300), checked_in_how="scan",
        checked_out_at=to_moment(activity, 330), checked_out_how="scan",
    )  # fmt: skip
    scan_as_member(world, activity, IN, 0)
    scan_as_member(world, activity, OUT, 180)
    signup.refresh_from_db()
    assert signup.flags == ["too_long"]


def test_the_cap_is_of_the_year_in_which_the_activity_takes_place(serving, world):
    ServiceYearFactory(school=world.school, year=2019, daily_cap_minutes=120)
    new_year = serving.activity(starts_at=serving.now.replace(year=2019, month=1))
    assert (get_daily_cap(new_year), get_daily_cap(serving.activity())) == (120, world.year.daily_cap_minutes)


# --- walk-ins ---------------------------------------------------------------------------------------------------


def test_a_walk_in_takes_the_lowest_free_seat(serving, world):
    activity = serving.activity(walk_ins=True, capacity=2)
    serving.sign_up(activity, world.registered)
    scan_as_member(world, activity, IN, 0)
    mine = SignUp.objects.get(activity=activity, member=world.missing)
    assert (mine.state, mine.seat, mine.walk_in) == (SignUp.State.SIGNED_UP, 2, True)


def test_a_walk_in_without_room_is_noted_and_left_to_the_organiser(serving, world):
    activity = serving.activity(walk_ins=True, capacity=1)
    serving.sign_up(activity, world.registered)
    serving.sign_up(activity, world.missing, state="waiting")
    scan_as_member(world, activity, IN, 0)
    mine = SignUp.objects.get(activity=activity, member=world.missing)
    assert (mine.state, mine.seat, mine.flags) == (SignUp.State.UNSEATED, None, ["over_capacity"])
    assert scan_as_member(world, activity, IN, 1).again


def test_somebody_who_waits_is_refused_where_walk_ins_are_not_wanted(serving, world):
    activity = serving.activity(capacity=1)
    serving.sign_up(activity, world.missing, state="waiting")
    with pytest.raises(ValidationError, match="候补"):
        scan_as_member(world, activity, IN, 0)


def test_somebody_who_had_cancelled_may_walk_in(serving, world):
    activity = serving.activity(walk_ins=True)
    serving.sign_up(activity, world.missing, state="cancelled", cancelled_at=activity.signup_opens_at)
    scan_as_member(world, activity, IN, 0)
    mine = SignUp.objects.get(activity=activity, member=world.missing)
    assert (mine.state, mine.cancelled_at) == (SignUp.State.SIGNED_UP, None)


def test_service_at_the_street_is_for_the_team_only_also_on_the_spot(serving, world):
    activity = serving.activity(walk_ins=True)
    outside = make_account(world.namesake)
    with pytest.raises(ValidationError, match="服务队"):
        check_by_screen(user=outside, activity_id=activity.pk, direction=IN, now=to_moment(activity, 0))


def test_nobody_walks_in_from_another_college(serving, world):
    activity = serving.activity(project=serving.other, walk_ins=True)
    with pytest.raises(ValidationError, match="法学院的活动"):
        check_by_screen(
            user=make_account(world.zhang_wei_b),
            activity_id=activity.pk,
            direction=IN,
            now=to_moment(activity, 0),
        )


# --- the organiser ----------------------------------------------------------------------------------------------


def test_the_camera_reads_the_persons_code(world, activity, signup):
    now = to_moment(activity, 0)
    code = make_own_code(member_id=world.missing.pk, now=now)
    done = check_by_person_code(
        user=world.secretary, activity_id=activity.pk, direction=IN, code=code, now=now
    )
    assert (done.signup.checked_in_how, done.signup.checked_in_by) == (How.ORGANISER, world.secretary)
    with pytest.raises(ValidationError, match="过期或无效"):
        check_by_person_code(
            user=world.secretary, activity_id=activity.pk, direction=OUT, code=code, now=now + MINUTE
        )


def test_a_person_of_another_school_is_nobody_here(world, activity):
    code = make_own_code(member_id=world.bh.zhang_wei.pk, now=to_moment(activity, 0))
    with pytest.raises(ValidationError, match="过期或无效"):
        check_by_person_code(
            user=world.secretary, activity_id=activity.pk, direction=IN, code=code, now=to_moment(activity, 0)
        )


def test_a_tick_needs_a_reason_and_is_flagged(world, activity, signup):
    values = {"user": world.secretary, "activity_id": activity.pk, "number": f" {world.missing.student_no} "}
    with pytest.raises(ValidationError, match="请写明"):
        check_by_hand(**values, direction=IN, reason=" ", now=to_moment(activity, 0))
    check_by_hand(**values, direction=IN, reason="手机没电", now=to_moment(activity, 0))
    check_by_hand(**values, direction=OUT, reason="仍没电", now=to_moment(activity, 180))
    signup.refresh_from_db()
    assert signup.flags == ["ticked"]
    assert signup.tick_reason == "手机没电；仍没电"
    assert signup.checked_out_by == world.secretary


def test_after_the_window_only_the_organiser_checks_out_and_it_is_flagged(world, activity, signup):
    scan_as_member(world, activity, IN, 0)
    number = world.missing.student_no
    check_by_hand(
        user=world.secretary, activity_id=activity.pk, direction=OUT, number=number, reason="排队", now=to_moment(activity, 250)
    )  # fmt: skip
    signup.refresh_from_db()
    assert signup.flags == ["late_out", "ticked"]


def test_only_organisers_and_stewards_of_this_activity_tick(serving, world, activity, signup):
    steward = make_account(world.quiet)
    values = {
        "activity_id": activity.pk,
        "direction": IN,
        "number": world.missing.student_no,
        "reason": "现场",
    }
    for stranger in (world.secretary_b, world.bh.secretary, steward):
        with pytest.raises(ValidationError, match="不是它的负责人"):
            check_by_hand(user=stranger, **values, now=to_moment(activity, 0))
    activity.stewards.add(world.quiet)
    assert not check_by_hand(user=steward, **values, now=to_moment(activity, 0)).again


def test_a_steward_does_not_tick_for_himself(serving, world, activity, signup):
    activity.stewards.add(world.missing)
    with pytest.raises(ValidationError, match="不能为自己"):
        check_by_hand(
            user=world.member, activity_id=activity.pk, direction=IN, number=world.missing.student_no,
            reason="忘带手机", now=to_moment(activity, 0),
        )  # fmt: skip


# --- the place --------------------------------------------------------------------------------------------------


def test_of_a_place_only_within_or_outside_is_kept(serving, world):
    activity = serving.activity(location_check=True, latitude="40.00000", longitude="116.00000", radius_m=100)
    assert locate_phone(activity, 40.0, 116.0, 5.0) == Where.WITHIN
    assert locate_phone(activity, 40.1, 116.0, 5.0) == Where.OUTSIDE
    assert locate_phone(activity, None, None) == Where.UNKNOWN
    assert locate_phone(serving.activity(), 40.0, 116.0) == Where.NOT_ASKED
    serving.sign_up(activity, world.missing)
    done = scan_as_member(world, activity, IN, 0, where=Where.OUTSIDE)
    assert done.signup.flags == ["outside"]
    assert not {field.name for field in SignUp._meta.get_fields()} & {"latitude", "longitude"}


def test_every_flag_of_the_table_is_one_of_the_rules():
    worst = make_presence(11, None, outside=True, ticked=True, over_capacity=True)
    hasty = make_presence(0, 100, cap=10, busy=[(START, START + MINUTE)])
    late = make_presence(0, 241)
    found = {*list_flags(worst, over=True), *list_flags(hasty), *list_flags(late)}
    assert found == set(Flag.values)


def test_a_steward_does_not_scan_the_own_code_either(serving, world, activity, signup):
    activity.stewards.add(world.missing)
    with pytest.raises(ValidationError, match="不能为自己"):
        check_by_person_code(
            user=world.member,
            activity_id=activity.pk,
            direction=IN,
            code=make_own_code(member_id=world.missing.pk, now=to_moment(activity, 0)),
            now=to_moment(activity, 0),
        )
    signup.refresh_from_db()
    assert signup.checked_in_at is None


@pytest.mark.parametrize("state", ["graduated", "transferred", "suspended"])
def test_a_steward_who_is_not_active_any_more_runs_nothing(
    serving, world, activity, signup, state, client_of
):
    steward = make_account(world.quiet)
    activity.stewards.add(world.quiet)
    correct_person(world.quiet, state=state)
    with pytest.raises(ValidationError, match="不是它的负责人"):
        check_by_hand(
            user=steward, activity_id=activity.pk, direction=IN, number=world.missing.student_no, reason="现场",
            now=to_moment(activity, 0),
        )  # fmt: skip
    assert client_of(steward).get(reverse("attendance", args=[activity.pk])).status_code in (403, 404)


def test_a_steward_who_is_late_is_told_what_a_steward_can_do(world, activity, signup):
    activity.stewards.add(world.missing)
    with pytest.raises(ValidationError, match=r"另一位负责人.*在“补录”中申请"):
        scan_as_member(world, activity, IN, 31)


def test_a_latecomer_is_ticked_and_flagged(world, activity, signup):
    checked = check_by_hand(
        user=world.secretary, activity_id=activity.pk, direction=IN, number=world.missing.student_no,
        reason="公交晚点", now=to_moment(activity, 45),
    )  # fmt: skip
    assert {"late_in", "ticked"} <= set(checked.signup.flags)


def test_the_organisers_screen_offers_the_tick_once_the_code_is_late(
    world, activity, client_of, time_machine
):
    time_machine.move_to(to_moment(activity, 45))
    page = (
        client_of(world.secretary).get(f"{reverse('attendance', args=[activity.pk])}?d=in").content.decode()
    )
    assert reverse("attendance_tick", args=[activity.pk]) in page
    assert "请现场负责人" not in page
