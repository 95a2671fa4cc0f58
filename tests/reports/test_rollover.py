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

from activities.services.moves import move_pairing
from activities.services.projects import draft
from members.models import Grant, Member, ServiceYear
from members.services.schools import open_year
from pairing.models import Pairing, TeamMembership
from pairing.services.claims import ClaimRefusedError, claim
from pairing.services.teams import join
from reports.models import AssessmentScheme, RollOver
from reports.queries.assessment import college_scores
from reports.queries.assessment_results import draft_weights, whole_school
from reports.rules.assessment import SUGGESTED
from reports.services.assessment import publish_weights
from reports.services.bulletins import publish
from reports.services.rollover import due, open_next_year, preview, roll_over
from tests.factories import MemberFactory, ServiceRecordFactory, StreetFactory, account_of
from tests.pairing.pairs import paired

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
def ending(world):
    """Pair college_a with the urban street; one of its people leaves the university with the year."""
    world.pairing = paired(world.college_a, world.urban, user=world.secretary)
    Member.objects.filter(pk=world.lead.pk).update(grade="2014级")
    world.team = world.pairing.team
    for member in (world.lead, world.registered):
        user = world.branch_secretary if member == world.lead else account_of(member)
        join(user=user, token=world.team.token, now=datetime(2018, 11, 1, tzinfo=BEIJING))
    return world


def rolled(world, **choices) -> RollOver:
    return roll_over(user=world.admin, year=world.year, now=JANUARY, **choices)


def eligibility(year: int) -> dict:
    out = StringIO()
    call_command("eligibility", "--school", "JH", "--year", str(year), "--json", stdout=out)
    return json.loads(out.getvalue())


def rates(year: int) -> dict:
    out = StringIO()
    call_command("registration_rates", "--school", "JH", "--year", str(year), "--json", stdout=out)
    return json.loads(out.getvalue())


# --- the next year ----------------------------------------------------------------------------------------------


def test_the_next_year_has_the_thresholds_of_the_last_and_its_dates_a_year_later(world):
    ServiceYear.objects.filter(pk=world.year.pk).update(required_minutes=900, floor_percent=90)
    world.year.semesters.filter(name="春季学期").update(starts_on=date(2018, 2, 26))
    made = rolled(world).next_year
    assert (made.year, made.required_minutes, made.floor_percent) == (2019, 900, 90)
    assert made.pairing_opens_at == datetime(2019, 10, 15, tzinfo=BEIJING)
    assert made.first_service_by == date(2019, 11, 30)
    assert list(made.semesters.values_list("name", "starts_on", "ends_on")) == [
        ("春季学期", date(2019, 2, 26), date(2019, 7, 31)),
        ("秋季学期", date(2019, 8, 1), date(2020, 1, 31)),
    ]


def test_the_streets_assigned_to_the_school_go_with_it(world):
    world.year.assigned_streets.create(street=world.suburban)
    assert [row.street for row in rolled(world).next_year.assigned_streets.all()] == [world.suburban]


def test_a_year_that_exists_keeps_what_the_school_has_set_in_it(world):
    made, _ = open_year(school=world.school, year=2019)
    ServiceYear.objects.filter(pk=made.pk).update(required_minutes=600)
    assert rolled(world).next_year.required_minutes == 600
    assert ServiceYear.objects.filter(school=world.school).count() == 2


def test_the_weights_of_the_year_before_are_the_draft_of_the_next(world):
    weights = SUGGESTED | {"registered": SUGGESTED["registered"] + 1, "paired": SUGGESTED["paired"] - 1}
    publish_weights(user=world.admin, year=world.year, weights=weights)
    made = rolled(world).next_year
    assert draft_weights(made) == weights
    assert not AssessmentScheme.objects.filter(year=made).exists()


def test_in_december_the_next_year_can_be_opened_alone(world):
    made = open_next_year(user=world.admin, year=world.year, now=DECEMBER)
    assert made.year == 2019
    assert open_next_year(user=world.admin, year=world.year, now=DECEMBER) == made
    with pytest.raises(ValidationError, match="2019-01-01 起可以结转"):
        roll_over(user=world.admin, year=world.year, now=DECEMBER)
    with pytest.raises(ValidationError, match="2018-12-01 起可以开设"):
        open_next_year(user=world.admin, year=world.year, now=DECEMBER - timedelta(days=30))


def test_january_is_refused_before_and_open_after(ending):
    with pytest.raises(ValidationError, match="2019 年度还没有开设，请联系校团委办理年度结转"):
        draft(user=ending.secretary, college_id=ending.college_a.pk, kind="street", values=PROJECT)
    rolled(ending)
    project = draft(user=ending.secretary, college_id=ending.college_a.pk, kind="street", values=PROJECT)
    assert (project.year.year, project.team) == (2019, ending.team)


# --- only once ----------------------------------------------------------------------------------------------------


def test_a_second_time_is_refused_with_the_day_of_the_first(world):
    rolled(world)
    with pytest.raises(ValidationError, match="2018 年度已于 2019-01-05 结转"):
        rolled(world)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one(world):
    def attempt(_):
        try:
            return rolled(world).pk
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
    done = rolled(world)
    for change in (lambda: RollOver.objects.update(items=[]), lambda: RollOver.objects.all().delete()):
        with pytest.raises(IntegrityError, match="不能修改或删除"), transaction.atomic():
            change()
    assert RollOver.objects.get().items == done.items


def test_it_goes_into_the_next_year_of_the_same_school(world):
    other, _ = open_year(school=world.bh.school, year=2019)
    later, _ = open_year(school=world.school, year=2021)
    for wrong in (other, later, world.year):
        with pytest.raises(IntegrityError), transaction.atomic():
            RollOver.objects.create(year=world.year, next_year=wrong, at=JANUARY, people_as_of=0, items=[])


def test_a_refusal_leaves_nothing(ending):
    with pytest.raises(ValidationError, match="没有找到：2000级"):
        rolled(ending, graduates=["2014级", "2000级"])
    with pytest.raises(ValidationError, match="结对名单已有变化"):
        rolled(ending, released=[ending.pairing.pk, 0])
    assert not RollOver.objects.exists()
    assert ServiceYear.objects.filter(school=ending.school).count() == 1
    assert Member.objects.get(pk=ending.lead.pk).state == "active"


# --- open items ---------------------------------------------------------------------------------------------------


def test_the_preview_writes_nothing_and_names_what_waits(ending):
    found = preview(ending.year, now=JANUARY)
    counts = {item.kind.key: item.count for item in found.items}
    assert counts == {"pairings": 1, "claims": 3, "assessment": 1}
    assert found.problem == "" and found.next_year is None
    assert not RollOver.objects.exists()
    assert ServiceYear.objects.filter(school=ending.school).count() == 1


def test_the_list_names_no_people(ending):
    kept = json.dumps(rolled(ending, graduates=["2014级"]).items, ensure_ascii=False)
    assert "清河街道" in kept
    assert not [name for name in Member.objects.values_list("name", flat=True) if name in kept]


# --- pairings -----------------------------------------------------------------------------------------------------


def test_a_pairing_goes_on_with_its_team_and_holds_its_place_in_both_years(ending):
    rolled(ending)
    pairing = Pairing.objects.get()
    year = ServiceYear.objects.get(school=ending.school, year=2019)
    assert (pairing.state, pairing.carried_to, pairing.team) == ("active", 2019, ending.team)
    for of in (ending.year, year):
        assert Pairing.objects.active().of_year(of).get() == pairing
        assert Pairing.objects.places_taken(calendar_year=of.year, street_id=ending.urban.pk) == {1}
    assert not Pairing.objects.places_taken(calendar_year=2020, street_id=ending.urban.pk)


def test_who_is_paired_still_cannot_claim_again_in_the_new_year(ending):
    rolled(ending)
    with pytest.raises(ClaimRefusedError, match="已经结对"):
        paired(
            ending.college_a,
            ending.urban,
            user=ending.secretary,
            at=datetime(2019, 10, 16, 9, tzinfo=BEIJING),
        )


def test_a_pairing_that_does_not_go_on_ends_with_its_team_and_stays_one_of_the_old_year(ending):
    before = college_scores(whole_school(ending.year, JANUARY), SUGGESTED)
    done = rolled(ending, released=[ending.pairing.pk])
    pairing = Pairing.objects.get()
    assert (pairing.state, pairing.carried_to, pairing.ended_at) == ("released", None, JANUARY)
    assert not TeamMembership.objects.active().exists()
    assert [item["key"] for item in done.items if item["key"] in ("pairings", "released")] == ["released"]
    assert college_scores(whole_school(ending.year, JANUARY), SUGGESTED) == before


def test_a_place_that_another_school_took_meanwhile_is_exchanged_for_a_free_one(ending):
    january = datetime(2019, 1, 2, 9, tzinfo=BEIJING)
    open_year(school=ending.bh.school, year=2019)
    other = claim_for_bh(ending, january)
    assert other.place == 1
    rolled(ending)
    assert Pairing.objects.get(pk=ending.pairing.pk).place == 2


def test_a_full_street_refuses_the_whole(ending):
    open_year(school=ending.bh.school, year=2019)
    claim_for_bh(ending, datetime(2019, 1, 2, 9, tzinfo=BEIJING))
    Pairing.objects.filter(pk=ending.pairing.pk).update(cap=1)
    with pytest.raises(ValidationError, match="没有名额"):
        rolled(ending)
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
    return claim(
        user=world.bh.admin,
        college_id=college.pk,
        street_id=world.urban.pk,
        code=code.code,
        now=at,
        reason="补办",
    )


# --- graduates ----------------------------------------------------------------------------------------------------


def test_who_graduates_leaves_the_roll_the_team_and_the_office(ending):
    (group,) = [group for group in preview(ending.year, now=JANUARY).groups if group.key == "2014级"]
    assert (group.people, group.secretaries, group.teams, group.likely) == (1, 1, 1, True)
    done = rolled(ending, graduates=["2014级"])
    assert done.people == 1
    assert Member.objects.get(pk=ending.lead.pk).state == "graduated"
    assert not TeamMembership.objects.active().filter(member=ending.lead).exists()
    assert TeamMembership.objects.active().filter(member=ending.registered).exists()
    assert Grant.objects.get(user=ending.branch_secretary).ends_on == JANUARY.date()
    assert ending.branch_secretary.is_active


def test_people_without_a_grade_are_found_by_their_branch(world):
    Member.objects.update(grade="")
    keys = [group.key for group in preview(world.year, now=JANUARY).groups]
    assert f"branch:{world.a2.pk}" in keys
    rolled(world, graduates=[f"branch:{world.a2.pk}"])
    assert list(Member.objects.filter(state="graduated")) == [world.quiet]


def test_somebody_on_leave_does_not_graduate_with_the_grade(world):
    Member.objects.filter(pk__in=[world.suspended.pk, world.lead.pk]).update(grade="2014级")
    rolled(world, graduates=["2014级"])
    assert Member.objects.get(pk=world.suspended.pk).state == "suspended"


# --- the old year ---------------------------------------------------------------------------------------------------


def test_last_year_is_unchanged_and_the_new_one_counts_who_is_left(ending):
    publish(school=ending.school, on=date(2018, 10, 10))
    before = eligibility(2018), rates(2018), college_scores(whole_school(ending.year, JANUARY), SUGGESTED)
    bulletins = list(ending.school.bulletins.values())
    done = rolled(ending, graduates=["2014级"])
    year = ServiceYear.objects.get(pk=ending.year.pk)
    assert eligibility(2018) == before[0]
    assert rates(2018) == before[1]
    assert college_scores(whole_school(year, JANUARY), SUGGESTED) == before[2]
    assert list(ending.school.bulletins.values()) == bulletins
    numbers = {row["student_no"] for row in eligibility(2019)["members"]}
    assert {row["student_no"] for row in before[0]["members"]} - numbers == {ending.lead.student_no}
    assert rates(2019)["branches"][0]["members"] == before[1]["branches"][0]["members"] - 1
    assert done.next_year.year == 2019


def test_what_happens_later_does_not_reach_into_last_year(ending):
    rolled(ending)
    year = ServiceYear.objects.get(pk=ending.year.pk)
    before = eligibility(2018), rates(2018), college_scores(whole_school(year, JANUARY), SUGGESTED)
    MemberFactory(branch=ending.a1, name="新同学", student_no="2019010001", registered=True)
    Member.objects.filter(pk=ending.missing.pk).update(state="transferred")
    Member.objects.filter(pk=ending.activist.pk).update(stage="member")
    assert eligibility(2018) == before[0]
    assert rates(2018) == before[1]
    assert college_scores(whole_school(year, JANUARY), SUGGESTED) == before[2]


def test_who_registers_in_the_new_year_is_not_registered_in_the_last(ending):
    rolled(ending)
    year = ServiceYear.objects.get(pk=ending.year.pk)
    before = eligibility(2018), rates(2018), college_scores(whole_school(year, JANUARY), SUGGESTED)
    Member.objects.filter(pk=ending.missing.pk).update(
        registered_on=date(2019, 3, 1), registration_source="file"
    )
    Member.objects.filter(pk=ending.registered.pk).update(
        registered_on=None, registration_source="", volunteer_no=""
    )
    assert eligibility(2018) == before[0]
    assert [row | {"reported": 0} for row in rates(2018)["branches"]] == [
        row | {"reported": 0} for row in before[1]["branches"]
    ]
    assert college_scores(whole_school(year, JANUARY), SUGGESTED) == before[2]
    registered = {row["student_no"]: row["registered"] for row in eligibility(2019)["members"]}
    assert registered[ending.missing.student_no] and not registered[ending.registered.student_no]


def test_what_was_registered_last_year_counts_there_also_when_it_is_verified_later(ending):
    rolled(ending)
    Member.objects.filter(pk=ending.missing.pk).update(
        registered_on=date(2018, 12, 31), registration_source="file"
    )
    row = next(row for row in eligibility(2018)["members"] if row["student_no"] == ending.missing.student_no)
    assert row["registered"]
    year = ServiceYear.objects.get(pk=ending.year.pk)
    by_branch = {row["branch"]: row["registered"] for row in rates(2018)["branches"]}
    score = next(line for line in college_scores(whole_school(year, JANUARY), SUGGESTED)[0].lines)
    assert (score.indicator.key, score.measure.counted) == ("registered", sum(
        by_branch[branch.name] for branch in ending.college_a.branches.all()
    ))  # fmt: skip


def test_who_joins_the_team_later_is_not_counted_in_last_year(ending):
    rolled(ending)
    year = ServiceYear.objects.get(pk=ending.year.pk)
    before = college_scores(whole_school(year, JANUARY), SUGGESTED)
    join(user=ending.member, token=ending.team.token, now=JANUARY)
    assert college_scores(whole_school(year, JANUARY), SUGGESTED) == before
    new = college_scores(
        whole_school(ServiceYear.objects.get(year=2019, school=ending.school), JANUARY), SUGGESTED
    )
    assert new != before


def test_a_move_in_the_new_year_leaves_the_old_street_to_last_year(ending):
    other = StreetFactory(district="海淀区", name="学院路街道", kind="urban")
    ServiceRecordFactory(
        member=ending.registered, served_on=date(2018, 11, 10), minutes=120, street=ending.urban
    )
    rolled(ending)
    year = ServiceYear.objects.get(pk=ending.year.pk)
    before = college_scores(whole_school(year, JANUARY), SUGGESTED)
    assert next(line for line in before[0].lines if line.indicator.key == "reported").measure.counted == 1
    move_pairing(
        user=ending.admin, pairing_id=ending.pairing.pk, street_id=other.pk, reason="调整", now=JANUARY
    )
    assert Pairing.objects.get().street == other
    assert college_scores(whole_school(year, JANUARY), SUGGESTED) == before


def test_a_year_that_was_not_rolled_over_is_seen_with_the_people_of_today(world):
    Member.objects.filter(pk=world.lead.pk).update(state="graduated")
    assert world.lead.student_no not in {row["student_no"] for row in eligibility(2018)["members"]}


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
    found = due(world.year, today)
    assert (found.year if found else None) == number


def test_it_is_not_due_any_more_once_done(world):
    open_next_year(user=world.admin, year=world.year, now=DECEMBER)
    new = ServiceYear.objects.current(world.school, today=JANUARY.date())
    assert due(new, JANUARY.date()) == world.year
    rolled(world)
    assert due(new, JANUARY.date()) is None
    assert due(new, date(2019, 11, 30)) is None
    assert due(new, date(2019, 12, 1)).year == 2019


def test_the_command_shows_first_and_writes_then(ending):
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
