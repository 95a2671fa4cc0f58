"""From the tables to the verdict: what counts, for which people, the command, an independent slow count."""

import json
import random
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import RecordLink, ServiceRecord
from members.models import Branch, Member, ServiceYear
from members.services.years import change_year
from reports.queries.eligibility import assessed, judge_members, judge_one, judged_branches, pending_minutes
from tests.factories import (
    BranchFactory,
    MemberFactory,
    ServiceRecordFactory,
    ServiceYearFactory,
    StreetFactory,
)
from tests.pairing.pairs import paired

Source, State = ServiceRecord.Source, ServiceRecord.State


def served(member, minutes, **fields):
    return ServiceRecordFactory(member=member, minutes=minutes, **fields)


def verdict_of(world, member):
    return judge_one(member, world.year).verdict


def answer_of(*args) -> dict:
    out = StringIO()
    call_command("eligibility", "--school", "JH", "--json", *args, stdout=out)
    return json.loads(out.getvalue())


def two_spans(record):
    """Record the same service also in the other ledger that counts."""
    other = ServiceRecordFactory(
        member=record.member,
        minutes=record.minutes + 30,
        served_on=record.served_on,
        source=Source.VOLUNTEER_BEIJING,
    )
    for row in (record, other):
        RecordLink.objects.create(
            record=row, member=row.member, service=record.pk, linked_at=record.submitted_at
        )
    return other


def test_hours_that_wait_beside_the_same_service_confirmed_wait_for_nothing(world):
    world.year.appraisal_sources = [Source.LEAGUE, Source.VOLUNTEER_BEIJING]
    confirmed = served(world.registered, 180)
    waiting = served(world.registered, 180, source=Source.VOLUNTEER_BEIJING, pending=True)
    assert pending_minutes(Member.objects.all(), world.year) == {world.registered.pk: 180}
    for row in (confirmed, waiting):
        RecordLink.objects.create(
            record=row, member=row.member, service=confirmed.pk, linked_at=row.submitted_at
        )
    assert pending_minutes(Member.objects.all(), world.year) == {}


# --- what counts ------------------------------------------------------------------------------------------------


def test_confirmed_league_minutes_of_the_year_count(world):
    served(world.registered, 1200)
    assert verdict_of(world, world.registered).standing == "passes"


@pytest.mark.parametrize(
    "fields",
    [
        {"served_on": date(2017, 12, 31)},
        {"served_on": date(2019, 1, 1)},
        {"source": Source.VOLUNTEER_BEIJING},
        {"pending": True},
        {"state": State.REJECTED, "decision_note": "无效"},
    ],
    ids=["the year before", "the year after", "a ledger that does not count", "pending", "rejected"],
)
def test_other_minutes_do_not(world, fields):
    served(world.registered, 1199)
    served(world.registered, 60, **fields)
    verdict = verdict_of(world, world.registered)
    assert (verdict.figures.minutes, verdict.excellent) == (1199, False)
    assert verdict.figures.pending == (60 if "pending" in fields else 0)


def test_the_first_and_the_last_day_of_the_year_count(world):
    served(world.registered, 600, served_on=date(2018, 1, 1))
    served(world.registered, 600, served_on=date(2018, 12, 31))
    assert verdict_of(world, world.registered).excellent


def test_the_sources_are_the_years(world):
    world.year.appraisal_sources = [Source.VOLUNTEER_BEIJING]
    world.year.save()
    served(world.registered, 1200)
    served(world.registered, 60, source=Source.VOLUNTEER_BEIJING)
    assert verdict_of(world, world.registered).figures.minutes == 60


def test_a_service_in_two_ledgers_counts_once(world):
    world.year.appraisal_sources = [Source.LEAGUE, Source.VOLUNTEER_BEIJING]
    world.year.save()
    two_spans(served(world.registered, 600))
    assert verdict_of(world, world.registered).figures.minutes == 600


def test_the_own_word_on_registration_counts_for_nothing(world):
    served(world.reported, 1200)
    verdict = verdict_of(world, world.reported)
    assert [reason.name for reason in verdict.reasons] == ["registered"]
    assert verdict.honour_bar


def test_the_threshold_is_that_of_the_year(world):
    world.year.required_minutes = 600
    world.year.save()
    served(world.registered, 600)
    assert verdict_of(world, world.registered).excellent


@pytest.mark.parametrize("name", ["suspended", "activist", "candidate", "student", "applicant"])
def test_others_are_not_judged(world, name):
    assert verdict_of(world, getattr(world, name)).not_judged


def test_a_party_member_with_league_membership_is_judged(world):
    assert verdict_of(world, world.party).excellent is False


# --- visits -----------------------------------------------------------------------------------------------------


@pytest.fixture
def gate(world):
    """Let the year require a visit each semester; college_a is paired with `urban`."""
    paired(world.college_a, world.urban, user=world.secretary)
    world.year.semester_visit_is_gate = True
    world.year.save()
    served(world.registered, 1200)
    return world


def test_a_semester_is_visited_by_confirmed_service_at_the_paired_street(gate):
    assert verdict_of(gate, gate.registered).figures.visits == 0
    for day in (date(2018, 3, 3), date(2018, 3, 10)):
        served(gate.registered, 60, street=gate.urban, served_on=day)
    assert verdict_of(gate, gate.registered).figures.visits == 1
    served(gate.registered, 60, street=gate.urban, served_on=date(2019, 1, 5))
    verdict = verdict_of(gate, gate.registered)
    assert (verdict.figures.visits, verdict.excellent, verdict.figures.minutes) == (2, True, 1320)


@pytest.mark.parametrize("how", ["elsewhere", "pending", "out of the semesters"])
def test_other_service_is_no_visit(gate, how):
    fields = {
        "elsewhere": {"street": StreetFactory()},
        "pending": {"street": gate.urban, "pending": True},
        "out of the semesters": {"street": gate.urban, "served_on": date(2018, 1, 20)},
    }[how]
    served(gate.registered, 60, **fields)
    assert verdict_of(gate, gate.registered).figures.visits == 0


# --- the whole school -------------------------------------------------------------------------------------------


def slow(world) -> dict[str, tuple]:
    """Calculate the verdicts again by person and record, without the portal's queries or rules."""
    found = {}
    for member in Member.objects.filter(school=world.school):
        if member.stage != "member" or member.state != "active":
            continue
        seconds = 0
        for record in ServiceRecord.objects.filter(member=member):
            counts = record.source in ("league", "attendance", "supplement") and record.state == "confirmed"
            if counts and record.served_on.year == 2018:
                seconds += record.minutes * 60
        registered, enough = member.registered_on is not None, seconds >= 20 * 3600
        found[member.student_no] = (
            registered,
            seconds // 60,
            registered and enough,
            not registered or not enough,
            [not registered, not enough].count(True),
        )
    return found


def test_the_command_says_what_a_slow_calculation_says(world):
    chance = random.Random(5)
    branches = [BranchFactory(college=world.college_b) for _ in range(4)]
    stages, states = (
        [stage for stage, _ in Member.Stage.choices],
        [state for state, _ in Member.State.choices],
    )
    people = [
        MemberFactory(
            branch=chance.choice(branches),
            registered=chance.random() < 0.8,
            stage=chance.choice(["member"] * 8 + stages),
            state=chance.choice(["active"] * 8 + states),
        )
        for _ in range(80)
    ]
    for member in people:
        for _ in range(chance.randint(0, 5)):
            served(
                member,
                chance.choice([1, 59, 60, 300, 599, 600, 1199, 1200]),
                served_on=date(2017, 12, 30) + timedelta(days=chance.choice([0, 1, 2, 180, 366, 367])),
                pending=chance.random() < 0.2,
                source=chance.choice([Source.LEAGUE, Source.LEAGUE, Source.VOLUNTEER_BEIJING]),
            )
    said = {
        row["student_no"]: (
            row["registered"],
            row["minutes"],
            row["excellent"],
            row["honour_bar"],
            len(row["reasons"]),
        )
        for row in answer_of("--year", "2018")["members"]
    }
    assert said == slow(world)
    assert {row[2] for row in said.values()} == {True, False}


def test_the_form_of_the_answer(world):
    served(world.registered, 1199)
    answer = answer_of("--year", "2018", "--college", world.college_a.name)
    (own,) = [row for row in answer["members"] if row["student_no"] == world.registered.student_no]
    assert own == {
        "student_no": world.registered.student_no,
        "registered": True,
        "minutes": 1199,
        "excellent": False,
        "honour_bar": True,
        "reasons": [{"clause": "二(二)、四.3", "required": 1200, "measured": 1199}],
    }
    assert answer["branches"][0] == {
        "college": "法学院", "branch": "法学1801团支部", "members": 6, "registered": 3, "rate": 50.0,
        "below_floor": True, "honour_bar": True,
        "reasons": [{"clause": "四.3", "required": 95, "measured": 50.0}],
    }  # fmt: skip
    assert {row["college"] for row in answer["branches"]} == {"法学院"}


def test_a_branch_without_members_has_no_verdict(world):
    (empty,) = [row for row in answer_of("--year", "2018")["branches"] if row["branch"] == world.b2.name]
    assert (empty["rate"], empty["honour_bar"], empty["reasons"]) == (None, None, [])


def test_the_answer_does_not_depend_on_the_order_in_which_rows_came(world):
    extra = [MemberFactory(branch=world.b2, student_no=no) for no in ("2018030002", "2018030001")]
    for member in extra:
        served(member, 600)
    numbers = [row["student_no"] for row in answer_of("--year", "2018")["members"]]
    assert numbers == sorted(numbers)


def test_another_college_is_refused_by_name(world):
    with pytest.raises(CommandError, match="没有名为“医学院”的学院"):
        call_command("eligibility", "--school", "JH", "--college", "医学院", stdout=StringIO())


def test_in_words_it_ends_with_the_sums(world):
    served(world.registered, 1200)
    out = StringIO()
    call_command("eligibility", "--school", "JH", "--year", "2018", stdout=out)
    assert "符合评优条件 1 人 / 评议对象 8 人" in out.getvalue()
    assert out.getvalue().strip().endswith("不得参评校级以上荣誉的团支部 1 个")


def test_everybody_in_less_than_ten_queries_however_many(gate):
    def queries() -> int:
        year = ServiceYear.objects.get(pk=gate.year.pk)
        with CaptureQueriesContext(connection) as asked:
            list(judge_members(assessed(Member.objects.filter(school=gate.school), year), year))
            judged_branches(Branch.objects.filter(college__school=gate.school), year)
        return len(asked)

    few = queries()
    for member in MemberFactory.create_batch(30, branch=gate.a2):
        served(member, 60, street=gate.urban)
    assert queries() == few < 10


def test_another_year_is_judged_by_its_own_rules(world):
    next_year = ServiceYearFactory(school=world.school, year=2019, required_minutes=300)
    served(world.registered, 300, served_on=date(2019, 3, 2))
    assert judge_one(world.registered, next_year).verdict.excellent
    assert not verdict_of(world, world.registered).excellent


def test_changed_rules_change_the_verdict_of_now(world):
    served(world.registered, 900)
    change_year(year=world.year, values={"required_minutes": 900}, semesters={}, user=world.admin)
    world.year.refresh_from_db()
    assert verdict_of(world, world.registered).excellent
