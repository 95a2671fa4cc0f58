"""The way into the League: steps with their days, the gate, the meeting, and the kept slip (二(一))."""

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.models import Member
from members.services.registration import confirm_registration, revoke_registration
from reports.models import Admission
from reports.queries.admission import build_report, count_voters_at
from reports.rules.admission import Meeting
from reports.services.admission import (
    admit_member,
    advance_stage,
    end_track,
    save_days,
    start_track,
    step_stage_back,
)
from tests.activities.counting import link_as_one_service, set_sources
from tests.factories import (
    BEIJING,
    ServiceRecordFactory,
    make_account,
    make_branch_secretary,
    make_registration,
)
from tests.inbox import find_inbox
from tests.members.import_files import (
    Kind,
    count_outcome,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    run_import,
)
from tests.moving import correct_person, move_person

NOW = datetime(2018, 12, 21, 10, tzinfo=BEIJING)
TODAY = NOW.date()
PASSED = Meeting(date(2018, 12, 20), entitled=6, present=5, votes_for=4, votes_against=0, abstained=1)


def register_member(world, member: Member, on: date = date(2018, 9, 28)) -> None:
    confirm_registration(
        user=world.secretary,
        member_id=member.pk,
        volunteer_no=f"1100{member.pk:08d}",
        registered_on=on,
        evidence="注册页截图",
    )
    member.refresh_from_db()


def make_candidate(world) -> Admission:
    """Make `activist` (registered) a candidate since October who applied in March."""
    member = world.activist
    save_days(
        user=world.branch_secretary,
        member_id=member.pk,
        days={"applied_on": date(2018, 3, 5), "activist_on": date(2018, 6, 1)},
        now=NOW,
    )
    return advance_stage(
        user=world.branch_secretary, member_id=member.pk, to="candidate", on=date(2018, 10, 8), now=NOW
    )


@pytest.fixture
def candidate(world):
    return make_candidate(world)


def admit_as(world, meeting: Meeting = PASSED, user=None) -> Admission:
    return admit_member(user=user or world.secretary, member_id=world.activist.pk, meeting=meeting, now=NOW)


def get_stage(member: Member) -> str:
    return Member.objects.values_list("stage", flat=True).get(pk=member.pk)


# --- the steps -------------------------------------------------------------------------------------------------


def test_somebody_applies(world):
    track = start_track(
        user=world.branch_secretary, student_no=" 2018010011 ", applied_on=date(2018, 9, 3), now=NOW
    )
    assert (get_stage(world.student), track.state, track.applied_on) == (
        "applicant",
        "open",
        date(2018, 9, 3),
    )


def test_the_day_that_was_missing_is_no_change_of_stage(world):
    start_track(
        user=world.branch_secretary,
        student_no=world.activist.student_no,
        applied_on=date(2018, 9, 3),
        now=NOW,
    )
    assert get_stage(world.activist) == "activist"


@pytest.mark.parametrize(
    ("who", "number", "problem"),
    [
        ("branch_secretary", "2018010003", "已是团员"),
        ("branch_secretary", "2018010201", "没有这个学号"),
        ("secretary_b", "2018010011", "没有这个学号"),
        ("member", "2018010011", "没有这个学号"),
    ],
)
def test_who_does_not_apply_here(world, who, number, problem):
    with pytest.raises(ValidationError, match=problem):
        start_track(user=getattr(world, who), student_no=number, applied_on=date(2018, 9, 3), now=NOW)


def test_nobody_applies_twice(world):
    for repeat in range(2):
        given = {"student_no": world.applicant.student_no, "applied_on": date(2018, 9, 3), "now": NOW}
        if not repeat:
            start_track(user=world.secretary, **given)
            continue
        with pytest.raises(ValidationError, match="已在入团培养名单"):
            start_track(user=world.secretary, **given)


def test_step_by_step_to_the_candidate(world, candidate):
    assert get_stage(world.activist) == "candidate"
    assert (candidate.activist_on, candidate.candidate_on) == (date(2018, 6, 1), date(2018, 10, 8))


def test_the_gate_for_the_unregistered(world):
    member = world.applicant
    start_track(user=world.secretary, student_no=member.student_no, applied_on=date(2018, 9, 3), now=NOW)
    advance_stage(user=world.secretary, member_id=member.pk, to="activist", on=date(2018, 9, 20), now=NOW)
    with pytest.raises(ValidationError, match="须先完成志愿者注册"):
        advance_stage(
            user=world.secretary, member_id=member.pk, to="candidate", on=date(2018, 12, 1), now=NOW
        )
    assert get_stage(member) == "activist"
    register_member(world, member, on=date(2018, 12, 10))
    with pytest.raises(ValidationError, match="注册日期为 2018-12-10"):
        advance_stage(
            user=world.secretary, member_id=member.pk, to="candidate", on=date(2018, 12, 1), now=NOW
        )
    advance_stage(user=world.secretary, member_id=member.pk, to="candidate", on=date(2018, 12, 10), now=NOW)
    assert get_stage(member) == "candidate"


def test_a_second_click_takes_no_second_step(world, candidate):
    with pytest.raises(ValidationError, match="发展阶段已有变化"):
        advance_stage(
            user=world.secretary, member_id=world.activist.pk, to="candidate", on=date(2018, 12, 1), now=NOW
        )


def test_days_stand_in_order_and_not_ahead(world):
    def read_problems(**days):
        with pytest.raises(ValidationError) as refusal:
            save_days(user=world.secretary, member_id=world.activist.pk, days=days, now=NOW)
        return refusal.value.message_dict

    assert "activist_on" in read_problems(applied_on=date(2018, 6, 2), activist_on=date(2018, 6, 1))
    assert "applied_on" in read_problems(applied_on=date(2018, 12, 22), activist_on=None)
    assert "applied_on" in read_problems(applied_on=None, activist_on=date(2018, 6, 1))


def test_a_day_of_a_step_not_taken_is_refused(world):
    with pytest.raises(ValidationError, match="发展阶段已有变化"):
        save_days(
            user=world.secretary,
            member_id=world.activist.pk,
            days={"applied_on": date(2018, 3, 1), "candidate_on": date(2018, 9, 29)},
            now=NOW,
        )


@pytest.mark.parametrize("name", ["candidate_on", "meeting_on"])
def test_no_day_behind_the_gate_is_put_before_the_registration(world, candidate, name):
    assert world.activist.registered_on == date(2018, 9, 28)
    days = {"applied_on": date(2018, 3, 5), "candidate_on": None, name: date(2018, 9, 27)}
    with pytest.raises(ValidationError) as refusal:
        save_days(user=world.branch_secretary, member_id=world.activist.pk, days=days, now=NOW)
    assert "志愿者注册日期为 2018-09-28" in refusal.value.message_dict[name][0]
    save_days(
        user=world.branch_secretary,
        member_id=world.activist.pk,
        days=days | {name: date(2018, 9, 28)},
        now=NOW,
    )


def test_a_registration_put_right_later_is_asked_again_at_the_meeting(world, candidate):
    Member.objects.filter(pk=world.activist.pk).update(**make_registration(date(2018, 10, 9)))
    with pytest.raises(ValidationError, match="志愿者注册日期为 2018-10-09"):
        admit_as(world)
    assert get_stage(world.activist) == "candidate"


def test_a_meeting_may_be_called_ahead(world, candidate):
    track = save_days(
        user=world.branch_secretary,
        member_id=world.activist.pk,
        days={"meeting_on": date(2018, 12, 28)},
        now=NOW,
    )
    assert build_report(world.activist, track, today=TODAY).last == TODAY


def test_a_step_back_takes_its_day_and_keeps_the_reason(world, candidate):
    step_stage_back(
        user=world.branch_secretary, member_id=world.activist.pk, since="candidate", reason="误点，尚未研究"
    )
    candidate.refresh_from_db()
    assert (get_stage(world.activist), candidate.candidate_on) == ("activist", None)
    last = Member.pgh_event_model.objects.filter(pgh_obj=world.activist).latest("pgh_id")
    assert last.pgh_context.metadata["reason"] == "误点，尚未研究"


def test_who_leaves_the_way_may_apply_again(world, candidate):
    ended = end_track(user=world.secretary, member_id=world.activist.pk, reason="本人撤回申请", now=NOW)
    assert (get_stage(world.activist), ended.state) == ("student", "ended")
    again = start_track(
        user=world.secretary, student_no=world.activist.student_no, applied_on=date(2018, 12, 1), now=NOW
    )
    assert again.pk != ended.pk


@pytest.mark.parametrize("who", ["secretary_b", "member", "liaison", "nobody"])
def test_others_do_not_touch_it(world, candidate, who):
    with pytest.raises(ValidationError, match="不在您的管理范围内"):
        end_track(user=getattr(world, who), member_id=world.activist.pk, reason="…", now=NOW)


def test_nobody_keeps_the_own_track(world, candidate):
    own = make_branch_secretary(world.a1, world.activist)
    with pytest.raises(ValidationError, match="本人"):
        step_stage_back(user=own, member_id=world.activist.pk, since="candidate", reason="…")


def test_only_who_is_here_moves_on(world, candidate):
    correct_person(world.activist, state="suspended")
    with pytest.raises(ValidationError, match="休学"):
        admit_as(world)


# --- the meeting -----------------------------------------------------------------------------------------------


def test_admission_makes_a_member_and_freezes_the_slip(world, candidate):
    account = make_account(world.activist)
    ServiceRecordFactory(member=world.activist, source="volunteer_beijing", minutes=150, title="敬老院")
    track = admit_as(world)
    assert (get_stage(world.activist), track.state, track.admitted_by) == (
        "member",
        "admitted",
        world.secretary,
    )
    assert track.slip["lines"] == [["2018-11-10", "敬老院", "volunteer_beijing", 150]]
    assert (track.slip["minutes"], track.slip["branch"]) == (150, "法学1801团支部")
    assert track.slip["conditions"][0]["clause"] == "二（一）"
    assert "累计服务时长 2 小时 30 分钟" in track.slip["paragraph"]
    assert find_inbox(account).get().title == "您已被接收为共青团员"


@pytest.mark.parametrize("who", ["branch_secretary", "secretary_b", "member"])
def test_only_the_college_and_above_admit(world, candidate, who):
    with pytest.raises(ValidationError, match="不在您的管理范围内"):
        admit_as(world, user=getattr(world, who))


@pytest.mark.parametrize(
    ("meeting", "problem"),
    [
        (Meeting(date(2018, 12, 22), 6, 5, 5, 0, 0), "还没有召开"),
        (Meeting(date(2018, 10, 7), 6, 5, 5, 0, 0), "不能早于"),
        (Meeting(date(2018, 12, 20), 6, 3, 3, 0, 0), "超过应到的半数"),
        (Meeting(date(2018, 12, 20), 6, 7, 7, 0, 0), "不能多于"),
        (Meeting(date(2018, 12, 20), 6, 5, 3, 2, 0), "至少 4 票"),
        (Meeting(date(2018, 12, 20), 6, 5, 4, 0, 0), "票数之和"),
    ],
)
def test_a_meeting_that_does_not_decide(world, candidate, meeting, problem):
    with pytest.raises(ValidationError, match=problem):
        admit_as(world, meeting)
    assert get_stage(world.activist) == "candidate"


def test_everybody_with_a_vote_counts_as_entitled(world, candidate):
    """a1 has six League members: a meeting of one person, or of five, does not decide."""
    for entitled in (1, 5):
        meeting = Meeting(date(2018, 12, 20), entitled, entitled, entitled, 0, 0)
        with pytest.raises(ValidationError, match=rf"应到 {entitled} 人少于.*在籍团员 6 人") as refusal:
            admit_as(world, meeting)
        assert set(refusal.value.message_dict) == {"entitled"}
    assert get_stage(world.activist) == "candidate"


def test_who_is_admitted_at_the_same_meeting_had_no_vote_there(world, candidate):
    register_member(world, world.candidate)
    days = dict.fromkeys(("applied_on", "activist_on", "candidate_on"), date(2018, 10, 1))
    save_days(user=world.secretary, member_id=world.candidate.pk, days=days, now=NOW)
    admit_as(world)
    after = admit_member(user=world.secretary, member_id=world.candidate.pk, meeting=PASSED, now=NOW)
    assert after.state == "admitted"
    assert count_voters_at(world.applicant, date(2018, 12, 20)) == 6
    assert count_voters_at(world.applicant, date(2018, 12, 21)) == 8


def test_who_had_a_vote_is_who_belonged_to_the_branch_on_the_day_of_the_meeting(world, candidate):
    move_person(world.quiet, date(2018, 12, 20), branch=world.a1)
    move_person(world.party, date(2018, 12, 21), state="suspended")
    assert count_voters_at(world.activist, date(2018, 12, 19)) == 6
    assert count_voters_at(world.activist, date(2018, 12, 20)) == 7
    assert count_voters_at(world.activist, date(2018, 12, 21)) == 6
    assert count_voters_at(world.activist, timezone.localdate()) == 6


def test_an_applicant_who_has_moved_since_met_the_branch_of_then(world, candidate):
    before = count_voters_at(world.activist, date(2018, 12, 20))
    move_person(world.activist, date(2018, 12, 21), branch=world.a2)
    assert count_voters_at(world.activist, date(2018, 12, 20)) == before
    assert count_voters_at(world.activist, date(2018, 12, 21)) != before


def test_registration_taken_back_shuts_the_gate_before_the_meeting(world, candidate):
    revoke_registration(user=world.secretary, member_id=world.activist.pk, reason="编号有误")
    with pytest.raises(ValidationError, match="须先完成志愿者注册"):
        admit_as(world)


def test_a_candidate_from_a_roster_needs_the_days_first(world):
    register_member(world, world.candidate)
    start_track(
        user=world.secretary,
        student_no=world.candidate.student_no,
        applied_on=date(2018, 3, 1),
        now=NOW,
    )
    with pytest.raises(ValidationError, match="请先补登"):
        admit_member(user=world.secretary, member_id=world.candidate.pk, meeting=PASSED, now=NOW)


# --- hours -----------------------------------------------------------------------------------------------------


def test_hours_run_from_the_application_to_the_meeting_over_all_years(world, candidate):
    def make_served(on: date, minutes: int, **fields):
        ServiceRecordFactory(
            member=world.activist,
            served_on=on,
            minutes=minutes,
            **({"source": "volunteer_beijing"} | fields),
        )

    Admission.objects.filter(pk=candidate.pk).update(applied_on=date(2017, 11, 1))
    candidate.refresh_from_db()
    make_served(date(2017, 10, 31), 1)
    make_served(date(2017, 11, 1), 10)
    make_served(date(2018, 12, 20), 100)
    make_served(date(2018, 12, 21), 1000)
    make_served(date(2018, 5, 1), 5, source="league")
    make_served(date(2018, 5, 2), 7, pending=True)
    save_days(
        user=world.secretary,
        member_id=world.activist.pk,
        days={"meeting_on": date(2018, 12, 20)},
        now=NOW,
    )
    candidate.refresh_from_db()
    report = build_report(world.activist, candidate, today=TODAY)
    assert [line[-1] for line in report.lines] == [10, 100]
    set_sources(world.school, "league", purpose="admission")
    # Each service follows the rules of its own year: 2017 was never opened and keeps the defaults.
    assert build_report(world.activist, candidate, today=TODAY).minutes == 10 + 5


def test_a_service_in_two_ledgers_is_counted_once(world, candidate):
    twins = [
        ServiceRecordFactory(member=world.activist, source="volunteer_beijing", minutes=minutes)
        for minutes in (150, 180)
    ]
    link_as_one_service(*twins)
    assert build_report(world.activist, candidate, today=TODAY).minutes == 150


# --- a roster ---------------------------------------------------------------------------------------------------


def test_a_roster_does_not_take_back_what_a_meeting_decided(world, candidate):
    admit_as(world)
    row = make_roster_row(world.activist, politics="入团积极分子", phone="13600000001")
    other = make_roster_row(world.missing, phone="13600000002")
    run = run_import(Kind.ROSTER, make_roster_file(row, other), by=world.secretary)
    assert count_outcome(run) == {"changed": 1, "error": 1}
    assert "2018-12-20 支部大会已接收为共青团员，花名册不能改变" in list_row_problems(run)[2]
    kept = Member.objects.get(pk=world.activist.pk)
    assert (kept.stage, kept.phone) == ("member", world.activist.phone)
    assert Member.objects.get(pk=world.missing.pk).phone == "13600000002"
    assert Admission.objects.get(member=world.activist).state == "admitted"


def test_everything_else_of_an_admitted_person_still_follows_the_roster(world, candidate):
    admit_as(world)
    world.activist.refresh_from_db()
    run = run_import(
        Kind.ROSTER,
        make_roster_file(make_roster_row(world.activist, phone="13600000001")),
        by=world.secretary,
    )
    assert count_outcome(run) == {"changed": 1}


# --- the day of a step is the day from which the stage holds ----------------------------------------------------


def list_stages(member) -> list[tuple]:
    return [(str(spell.starts_on), spell.stage) for spell in member.spells.order_by("starts_on")]


def test_a_meeting_makes_a_member_from_its_day(world, candidate):
    admit_as(world)
    assert list_stages(world.activist)[-1] == ("2018-12-20", "member")


def test_a_step_before_another_change_holds_from_today(world, candidate):
    move_person(world.activist, date(2018, 12, 21), branch=world.a2)
    admit_as(world)
    assert list_stages(world.activist)[-1] == ("2018-12-21", "member")


def test_a_step_taken_back_was_never_taken(world, candidate):
    before = list_stages(world.activist)
    assert before[-1] == ("2018-10-08", "candidate")
    step_stage_back(user=world.secretary, member_id=world.activist.pk, since="candidate", reason="误点")
    assert list_stages(world.activist) == before[:-1]
