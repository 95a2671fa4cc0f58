"""年度结转 (三(五)): one year is rolled over into the next, once; the old year stays unchanged."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from activities.services.projects import draft_project
from members.models import Grant, Member, ServiceYear
from members.services.schools import open_year
from pairing.models import Pairing, TeamMembership
from pairing.services.claims import ClaimRefusedError, submit_claim
from pairing.services.pairings import move_to_street as move_pairing
from pairing.services.teams import join_team
from reports.models import AssessmentScheme, RollOver
from reports.queries.assessment import compute_college_scores
from reports.queries.assessment_results import build_school_ground, get_draft_weights
from reports.rules.assessment import SUGGESTED
from reports.services.assessment import publish_weights
from reports.services.bulletins import publish_bulletin
from reports.services.rollover import get_due_year, open_next_year, preview_rollover, roll_over
from tests.factories import ServiceRecordFactory, StreetFactory, make_account
from tests.moving import move_person
from tests.pairing.pairs import make_pairing

BEIJING = ZoneInfo("Asia/Shanghai")
JANUARY = datetime(2019, 1, 5, 10, tzinfo=BEIJING)
DECEMBER = datetime(2018, 12, 20, 10, tzinfo=BEIJING)
PROJECT = {
    "name": "社区图书角",
    "purpose": "方便居民借阅",
    "content": "整理图书",
    "starts_on": date(2019, 1, 12),
    "ends_on": date(2019, 1, 20),
    "people_needed": 5,
    "contact_name": "曹书记",
    "contact_phone": "13800000000",
}


@pytest.fixture
def ending_world(world):
    """Pair college_a with the urban street; one of its people leaves the university with the year."""
    world.pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    Member.objects.filter(pk=world.lead.pk).update(grade="2014级")
    world.team = world.pairing.team
    for member in (world.lead, world.registered):
        user = world.branch_secretary if member == world.lead else make_account(member)
        join_team(user=user, token=world.team.token, now=datetime(2018, 11, 1, tzinfo=BEIJING))
    return world


def roll_over_as(world, **choices) -> RollOver:
    return roll_over(user=world.admin, year=world.year, now=JANUARY, **choices)


def run_eligibility(year: int) -> dict:
    out = StringIO()
    call_command("eligibility", "--school", "JH", "--year", str(year), "--json", stdout=out)
    return json.loads(out.getvalue())


def run_rates(year: int) -> dict:
    out = StringIO()
    call_command("registration_rates", "--school", "JH", "--year", str(year), "--json", stdout=out)
    return json.loads(out.getvalue())


# --- the next year ----------------------------------------------------------------------------------------------


def test_the_next_year_has_the_thresholds_of_the_last_and_its_dates_a_year_later(world):
    ServiceYear.objects.filter(pk=world.year.pk).update(required_minutes=900, floor_percent=90)
    world.year.semesters.filter(name="春季学期").update(starts_on=date(2018, 2, 26))
    made = roll_over_as(world).next_year
    assert (made.year, made.required_minutes, made.floor_percent) == (2019, 900, 90)
    assert made.pairing_opens_at == datetime(2019, 10, 15, tzinfo=BEIJING)
    assert made.first_service_by == date(2019, 11, 30)
    assert list(made.semesters.values_list("name", "starts_on", "ends_on")) == [
        ("春季学期", date(2019, 2, 26), date(2019, 7, 31)),
        ("秋季学期", date(2019, 8, 1), date(2020, 1, 31)),
    ]


def test_the_streets_assigned_to_the_school_go_with_it(world):
    world.year.assigned_streets.create(street=world.suburban)
    assert [row.street for row in roll_over_as(world).next_year.assigned_streets.all()] == [world.suburban]


def test_a_year_that_exists_keeps_what_the_school_has_set_in_it(world):
    made, _ = open_year(school=world.school, year=2019)
    ServiceYear.objects.filter(pk=made.pk).update(required_minutes=600)
    assert roll_over_as(world).next_year.required_minutes == 600
    assert ServiceYear.objects.filter(school=world.school).count() == 2


def test_the_weights_of_the_year_before_are_the_draft_of_the_next(world):
    weights = SUGGESTED | {"registered": SUGGESTED["registered"] + 1, "paired": SUGGESTED["paired"] - 1}
    publish_weights(user=world.admin, year=world.year, weights=weights)
    made = roll_over_as(world).next_year
    assert get_draft_weights(made) == weights
    assert not AssessmentScheme.objects.filter(year=made).exists()


def test_in_december_the_next_year_can_be_opened_alone(world):
    made = open_next_year(user=world.admin, year=world.year, now=DECEMBER)
    assert made.year == 2019
    assert open_next_year(user=world.admin, year=world.year, now=DECEMBER) == made
    with pytest.raises(ValidationError, match="2019-01-01 起可以结转"):
        roll_over(user=world.admin, year=world.year, now=DECEMBER)
    with pytest.raises(ValidationError, match="2018-12-01 起可以开设"):
        open_next_year(user=world.admin, year=world.year, now=DECEMBER - timedelta(days=30))


def test_january_is_refused_before_and_open_after(ending_world):
    with pytest.raises(ValidationError, match="2019 年度还没有开设，请联系校团委办理年度结转"):
        draft_project(
            user=ending_world.secretary, college_id=ending_world.college_a.pk, kind="street", values=PROJECT
        )
    roll_over_as(ending_world)
    project = draft_project(
        user=ending_world.secretary, college_id=ending_world.college_a.pk, kind="street", values=PROJECT
    )
    assert (project.year.year, project.team) == (2019, ending_world.team)


# --- only once ----------------------------------------------------------------------------------------------------


def test_a_second_time_is_refused_with_the_day_of_the_first(world):
    roll_over_as(world)
    with pytest.raises(ValidationError, match="2018 年度已于 2019-01-05 结转"):
        roll_over_as(world)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one(world):
    def attempt(_):
        try:
            return roll_over_as(world).pk
        except ValidationError:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(attempt, range(2)))
    assert made.count(None) == 1
    assert RollOver.objects.count() == 1
    assert ServiceYear.objects.filter(school=world.school).count() == 2


@pytest.mark.parametrize("who", ["secretary", "branch_secretary", "member", "liaison", "nobody"])
def test_only_the_school_itself(world, who):
    for user in (getattr(world, who), world.bh.admin):
        with pytest.raises(ValidationError, match="只有本校团委"):
            roll_over(user=user, year=world.year, now=JANUARY)


def test_the_list_stays(world):
    done = roll_over_as(world)
    for change in (lambda: RollOver.objects.update(items=[]), lambda: RollOver.objects.all().delete()):
        with pytest.raises(IntegrityError, match="不能修改或删除"), transaction.atomic():
            change()
    assert RollOver.objects.get().items == done.items


def test_it_goes_into_the_next_year_of_the_same_school(world):
    other, _ = open_year(school=world.bh.school, year=2019)
    later, _ = open_year(school=world.school, year=2021)
    for wrong in (other, later, world.year):
        with pytest.raises(IntegrityError), transaction.atomic():
            RollOver.objects.create(year=world.year, next_year=wrong, at=JANUARY, items=[])


def test_a_refusal_leaves_nothing(ending_world):
    with pytest.raises(ValidationError, match="没有找到：2000级"):
        roll_over_as(ending_world, graduates=["2014级", "2000级"])
    with pytest.raises(ValidationError, match="结对名单已有变化"):
        roll_over_as(ending_world, released=[ending_world.pairing.pk, 0])
    assert not RollOver.objects.exists()
    assert ServiceYear.objects.filter(school=ending_world.school).count() == 1
    assert Member.objects.get(pk=ending_world.lead.pk).state == "active"


# --- open items ---------------------------------------------------------------------------------------------------


def test_the_preview_writes_nothing_and_names_what_waits(ending_world):
    found = preview_rollover(ending_world.year, now=JANUARY)
    counts = {item.kind.key: item.count for item in found.items}
    assert counts == {"pairings": 1, "claims": 3, "assessment": 1}
    assert found.problem == "" and found.next_year is None
    assert not RollOver.objects.exists()
    assert ServiceYear.objects.filter(school=ending_world.school).count() == 1


def test_the_list_names_no_people(ending_world):
    kept = json.dumps(roll_over_as(ending_world, graduates=["2014级"]).items, ensure_ascii=False)
    assert "清河街道" in kept
    assert not [name for name in Member.objects.values_list("name", flat=True) if name in kept]


# --- pairings -----------------------------------------------------------------------------------------------------


def test_a_pairing_goes_on_with_its_team_and_holds_its_place_in_both_years(ending_world):
    roll_over_as(ending_world)
    pairing = Pairing.objects.get()
    year = ServiceYear.objects.get(school=ending_world.school, year=2019)
    assert (pairing.state, pairing.carried_to, pairing.team) == ("active", 2019, ending_world.team)
    for of in (ending_world.year, year):
        assert Pairing.objects.active().of_year(of).get() == pairing
        assert Pairing.objects.places_taken(calendar_year=of.year, street_id=ending_world.urban.pk) == {1}
    assert not Pairing.objects.places_taken(calendar_year=2020, street_id=ending_world.urban.pk)


def test_who_is_paired_still_cannot_claim_again_in_the_new_year(ending_world):
    roll_over_as(ending_world)
    with pytest.raises(ClaimRefusedError, match="已经结对"):
        make_pairing(
            ending_world.college_a,
            ending_world.urban,
            user=ending_world.secretary,
            at=datetime(2019, 10, 16, 9, tzinfo=BEIJING),
        )


def test_a_pairing_that_does_not_go_on_ends_with_its_team_and_stays_one_of_the_old_year(ending_world):
    before = compute_college_scores(build_school_ground(ending_world.year, JANUARY), SUGGESTED)
    done = roll_over_as(ending_world, released=[ending_world.pairing.pk])
    pairing = Pairing.objects.get()
    assert (pairing.state, pairing.carried_to, pairing.ended_at) == ("released", None, JANUARY)
    assert not TeamMembership.objects.active().exists()
    assert [item["key"] for item in done.items if item["key"] in ("pairings", "released")] == ["released"]
    assert compute_college_scores(build_school_ground(ending_world.year, JANUARY), SUGGESTED) == before


def test_a_place_that_another_school_took_meanwhile_is_exchanged_for_a_free_one(ending_world):
    january = datetime(2019, 1, 2, 9, tzinfo=BEIJING)
    open_year(school=ending_world.bh.school, year=2019)
    other = claim_for_bh(ending_world, january)
    assert other.place == 1
    roll_over_as(ending_world)
    assert Pairing.objects.get(pk=ending_world.pairing.pk).place == 2


def test_a_full_street_refuses_the_whole(ending_world):
    open_year(school=ending_world.bh.school, year=2019)
    claim_for_bh(ending_world, datetime(2019, 1, 2, 9, tzinfo=BEIJING))
    Pairing.objects.filter(pk=ending_world.pairing.pk).update(cap=1)
    with pytest.raises(ValidationError, match="没有名额"):
        roll_over_as(ending_world)
    assert not RollOver.objects.exists()


def claim_for_bh(world, at: datetime) -> Pairing:
    college = world.bh.college_a
    code = college.codes.create(
        year=world.bh.school.years.get(year=2019),
        code="BH2019",
        kind="urban",
        state="handed_out",
        handed_at=at,
    )
    return submit_claim(
        user=world.bh.admin,
        college_id=college.pk,
        street_id=world.urban.pk,
        code=code.code,
        now=at,
        reason="补办",
    )


# --- graduates ----------------------------------------------------------------------------------------------------


def test_who_graduates_leaves_the_roll_the_team_and_the_office(ending_world):
    (group,) = [
        group for group in preview_rollover(ending_world.year, now=JANUARY).groups if group.key == "2014级"
    ]
    assert (group.people, group.secretaries, group.teams, group.likely) == (1, 1, 1, True)
    done = roll_over_as(ending_world, graduates=["2014级"])
    assert done.people == 1
    assert Member.objects.get(pk=ending_world.lead.pk).state == "graduated"
    assert not TeamMembership.objects.active().filter(member=ending_world.lead).exists()
    assert TeamMembership.objects.active().filter(member=ending_world.registered).exists()
    assert Grant.objects.get(user=ending_world.branch_secretary).ends_on == JANUARY.date()
    assert ending_world.branch_secretary.is_active


def test_people_without_a_grade_are_found_by_their_branch(world):
    Member.objects.update(grade="")
    keys = [group.key for group in preview_rollover(world.year, now=JANUARY).groups]
    assert f"branch:{world.a2.pk}" in keys
    roll_over_as(world, graduates=[f"branch:{world.a2.pk}"])
    assert list(Member.objects.filter(state="graduated")) == [world.quiet]


def test_somebody_on_leave_does_not_graduate_with_the_grade(world):
    Member.objects.filter(pk__in=[world.suspended.pk, world.lead.pk]).update(grade="2014级")
    roll_over_as(world, graduates=["2014级"])
    assert Member.objects.get(pk=world.suspended.pk).state == "suspended"


# --- the old year ---------------------------------------------------------------------------------------------------


def test_last_year_is_unchanged_and_the_new_one_counts_who_is_left(ending_world):
    publish_bulletin(school=ending_world.school, on=date(2018, 10, 10))
    before = (
        run_eligibility(2018),
        run_rates(2018),
        compute_college_scores(build_school_ground(ending_world.year, JANUARY), SUGGESTED),
    )
    bulletins = list(ending_world.school.bulletins.values())
    done = roll_over_as(ending_world, graduates=["2014级"])
    year = ServiceYear.objects.get(pk=ending_world.year.pk)
    assert run_eligibility(2018) == before[0]
    assert run_rates(2018) == before[1]
    assert compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED) == before[2]
    assert list(ending_world.school.bulletins.values()) == bulletins
    numbers = {row["student_no"] for row in run_eligibility(2019)["members"]}
    assert {row["student_no"] for row in before[0]["members"]} - numbers == {ending_world.lead.student_no}
    assert run_rates(2019)["branches"][0]["members"] == before[1]["branches"][0]["members"] - 1
    assert done.next_year.year == 2019


def test_what_happens_later_does_not_reach_into_last_year(ending_world):
    roll_over_as(ending_world)
    year = ServiceYear.objects.get(pk=ending_world.year.pk)
    before = (
        run_eligibility(2018),
        run_rates(2018),
        compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED),
    )
    move_person(ending_world.missing, date(2019, 2, 1), state="transferred")
    move_person(ending_world.quiet, date(2019, 1, 1), branch=ending_world.a1)
    move_person(ending_world.activist, date(2019, 3, 1), stage="member")
    assert run_eligibility(2018) == before[0]
    assert run_rates(2018) == before[1]
    assert compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED) == before[2]


def test_who_registers_in_the_new_year_is_not_registered_in_the_last(ending_world):
    roll_over_as(ending_world)
    year = ServiceYear.objects.get(pk=ending_world.year.pk)
    before = (
        run_eligibility(2018),
        run_rates(2018),
        compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED),
    )
    Member.objects.filter(pk=ending_world.missing.pk).update(
        registered_on=date(2019, 3, 1), counts_from=date(2019, 3, 1), registration_source="file"
    )
    assert run_eligibility(2018) == before[0]
    assert run_rates(2018) == before[1]
    assert compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED) == before[2]
    registered = {row["student_no"]: row["registered"] for row in run_eligibility(2019)["members"]}
    assert registered[ending_world.missing.student_no]


def test_a_registration_that_is_revoked_was_wrong_also_in_the_last_year(ending_world):
    roll_over_as(ending_world)
    Member.objects.filter(pk=ending_world.registered.pk).update(
        registered_on=None, counts_from=None, registration_source="", volunteer_no=""
    )
    registered = {row["student_no"]: row["registered"] for row in run_eligibility(2018)["members"]}
    assert not registered[ending_world.registered.student_no]


def test_what_was_registered_last_year_counts_there_also_when_it_is_verified_later(ending_world):
    roll_over_as(ending_world)
    Member.objects.filter(pk=ending_world.missing.pk).update(
        registered_on=date(2018, 12, 31), counts_from=date(2018, 12, 31), registration_source="file"
    )
    row = next(
        row
        for row in run_eligibility(2018)["members"]
        if row["student_no"] == ending_world.missing.student_no
    )
    assert row["registered"]
    year = ServiceYear.objects.get(pk=ending_world.year.pk)
    by_branch = {row["branch"]: row["registered"] for row in run_rates(2018)["branches"]}
    score = next(
        line for line in compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED)[0].lines
    )
    assert (score.indicator.key, score.measure.counted) == ("registered", sum(
        by_branch[branch.name] for branch in ending_world.college_a.branches.all()
    ))  # fmt: skip


def test_who_joins_the_team_later_is_not_counted_in_last_year(ending_world):
    roll_over_as(ending_world)
    year = ServiceYear.objects.get(pk=ending_world.year.pk)
    before = compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED)
    join_team(user=ending_world.member, token=ending_world.team.token, now=JANUARY)
    assert compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED) == before
    new = compute_college_scores(
        build_school_ground(ServiceYear.objects.get(year=2019, school=ending_world.school), JANUARY),
        SUGGESTED,
    )
    assert new != before


def test_a_move_in_the_new_year_leaves_the_old_street_to_last_year(ending_world):
    other = StreetFactory(district="海淀区", name="学院路街道", kind="urban")
    ServiceRecordFactory(
        member=ending_world.registered, served_on=date(2018, 11, 10), minutes=120, street=ending_world.urban
    )
    roll_over_as(ending_world)
    year = ServiceYear.objects.get(pk=ending_world.year.pk)
    before = compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED)
    assert next(line for line in before[0].lines if line.indicator.key == "reported").measure.counted == 1
    move_pairing(
        user=ending_world.admin,
        pairing_id=ending_world.pairing.pk,
        street_id=other.pk,
        reason="调整",
        now=JANUARY,
    )
    assert Pairing.objects.get().street == other
    assert compute_college_scores(build_school_ground(year, JANUARY), SUGGESTED) == before


@pytest.mark.parametrize(("on", "judged"), [(date(2018, 12, 31), False), (date(2019, 1, 1), True)])
def test_a_year_that_was_not_rolled_over_is_seen_with_the_people_of_its_last_day(world, on, judged):
    move_person(world.lead, on, state="graduated")
    numbers = {row["student_no"] for row in run_eligibility(2018)["members"]}
    assert (world.lead.student_no in numbers) == judged


# --- when a roll-over is due, and the command -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "number"),
    [
        (date(2018, 11, 30), None),
        (date(2018, 12, 1), 2018),
        (date(2019, 3, 1), 2018),
        (date(2026, 1, 1), 2018),
    ],
)
def test_it_is_due_from_the_last_month_of_the_year_on(world, today, number):
    found = get_due_year(world.year, today)
    assert (found.year if found else None) == number


def test_it_is_not_due_any_more_once_done(world):
    open_next_year(user=world.admin, year=world.year, now=DECEMBER)
    new = ServiceYear.objects.current(world.school, today=JANUARY.date())
    assert get_due_year(new, JANUARY.date()) == world.year
    roll_over_as(world)
    assert get_due_year(new, JANUARY.date()) is None
    assert get_due_year(new, date(2019, 11, 30)) is None
    assert get_due_year(new, date(2019, 12, 1)).year == 2019


def test_the_command_shows_first_and_writes_then(ending_world):
    out = StringIO()
    call_command("roll_over", "2018", "--school", "JH", "--dry-run", "--json", stdout=out)
    shown = json.loads(out.getvalue())
    assert {"grade": "2014级", "people": 1} in shown["grades"]
    assert not RollOver.objects.exists()
    out = StringIO()
    call_command("roll_over", "2018", "--school", "JH", "--graduates", "2014级", stdout=out)
    assert "2014级  1 人" in out.getvalue()
    assert (RollOver.objects.get().by, RollOver.objects.get().people) == (None, 1)
    with pytest.raises(CommandError, match="不能重复办理"):
        call_command("roll_over", "2018", "--school", "JH")
