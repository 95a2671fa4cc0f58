"""From the tables to the verdict: what counts, for which people, the command, an independent slow count."""

import json
import random
from collections import Counter
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import ServiceRecord
from members.models import Branch, Member, ServiceYear
from members.services.years import change_year
from reports.queries.eligibility import (
    filter_assessed,
    judge_branches,
    judge_members,
    judge_person,
    sum_pending_minutes,
)
from tests.activities.counting import link_as_one_service, set_sources
from tests.factories import (
    BranchFactory,
    MemberFactory,
    ServiceRecordFactory,
    ServiceYearFactory,
    StreetFactory,
)
from tests.pairing.pairs import make_pairing

Source, State = ServiceRecord.Source, ServiceRecord.State


def make_served(member, minutes, **fields):
    return ServiceRecordFactory(member=member, minutes=minutes, **fields)


def get_verdict(world, member):
    return judge_person(member, world.year).verdict


def read_answer(*args) -> dict:
    out = StringIO()
    call_command("eligibility", "--school", "JH", "--json", *args, stdout=out)
    return json.loads(out.getvalue())


def make_twin(record):
    """Record the same service also in the other ledger that counts."""
    other = ServiceRecordFactory(
        member=record.member,
        minutes=record.minutes + 30,
        served_on=record.served_on,
        source=Source.VOLUNTEER_BEIJING,
    )
    link_as_one_service(record, other)
    return other


def test_hours_that_wait_beside_the_same_service_confirmed_wait_for_nothing(world):
    set_sources(world.school, Source.LEAGUE, Source.VOLUNTEER_BEIJING)
    confirmed = make_served(world.registered, 180)
    waiting = make_served(
        world.registered, 180, source=Source.VOLUNTEER_BEIJING, pending=True, served_on=date(2018, 11, 11)
    )
    assert sum_pending_minutes(Member.objects.all(), world.year) == {world.registered.pk: 180}
    link_as_one_service(confirmed, waiting)
    assert sum_pending_minutes(Member.objects.all(), world.year) == {}


# --- what counts ------------------------------------------------------------------------------------------------


def test_confirmed_league_minutes_of_the_year_count(world):
    make_served(world.registered, 1200)
    assert get_verdict(world, world.registered).standing == "passes"


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
    make_served(world.registered, 1199)
    make_served(world.registered, 60, **fields)
    verdict = get_verdict(world, world.registered)
    assert (verdict.figures.minutes, verdict.excellent) == (1199, False)
    assert verdict.figures.pending == (60 if "pending" in fields else 0)


def test_the_first_and_the_last_day_of_the_year_count(world):
    make_served(world.registered, 600, served_on=date(2018, 1, 1))
    make_served(world.registered, 600, served_on=date(2018, 12, 31))
    assert get_verdict(world, world.registered).excellent


def test_the_sources_are_the_years(world):
    set_sources(world.school, Source.VOLUNTEER_BEIJING)
    make_served(world.registered, 1200)
    make_served(world.registered, 60, source=Source.VOLUNTEER_BEIJING)
    assert get_verdict(world, world.registered).figures.minutes == 60


def test_a_service_in_two_ledgers_counts_once(world):
    set_sources(world.school, Source.LEAGUE, Source.VOLUNTEER_BEIJING)
    make_twin(make_served(world.registered, 600))
    assert get_verdict(world, world.registered).figures.minutes == 600


def test_the_own_word_on_registration_counts_for_nothing(world):
    make_served(world.reported, 1200)
    verdict = get_verdict(world, world.reported)
    assert [reason.name for reason in verdict.reasons] == ["registered"]
    assert verdict.honour_bar


def test_the_threshold_is_that_of_the_year(world):
    world.year.required_minutes = 600
    world.year.save()
    make_served(world.registered, 600)
    assert get_verdict(world, world.registered).excellent


@pytest.mark.parametrize("name", ["suspended", "activist", "candidate", "student", "applicant"])
def test_others_are_not_judged(world, name):
    assert get_verdict(world, getattr(world, name)).not_judged


def test_a_party_member_with_league_membership_is_judged(world):
    assert get_verdict(world, world.party).excellent is False


# --- visits -----------------------------------------------------------------------------------------------------


@pytest.fixture
def gated_world(world):
    """Let the year require a visit each semester; college_a is paired with `urban`."""
    make_pairing(world.college_a, world.urban, user=world.secretary)
    world.year.semester_visit_is_gate = True
    world.year.save()
    make_served(world.registered, 1200)
    return world


def test_a_semester_is_visited_by_confirmed_service_at_the_paired_street(gated_world):
    assert get_verdict(gated_world, gated_world.registered).figures.visits == 0
    for day in (date(2018, 3, 3), date(2018, 3, 10)):
        make_served(gated_world.registered, 60, street=gated_world.urban, served_on=day)
    assert get_verdict(gated_world, gated_world.registered).figures.visits == 1
    make_served(gated_world.registered, 60, street=gated_world.urban, served_on=date(2019, 1, 5))
    verdict = get_verdict(gated_world, gated_world.registered)
    assert (verdict.figures.visits, verdict.excellent, verdict.figures.minutes) == (2, True, 1320)


@pytest.mark.parametrize("how", ["elsewhere", "pending", "out of the semesters"])
def test_other_service_is_no_visit(gated_world, how):
    fields = {
        "elsewhere": {"street": StreetFactory()},
        "pending": {"street": gated_world.urban, "pending": True},
        "out of the semesters": {"street": gated_world.urban, "served_on": date(2018, 1, 20)},
    }[how]
    make_served(gated_world.registered, 60, **fields)
    assert get_verdict(gated_world, gated_world.registered).figures.visits == 0


# --- the whole school -------------------------------------------------------------------------------------------


def judge_slowly(world) -> dict[str, tuple]:
    """Calculate the verdicts again by person and record, without the portal's queries or rules."""
    found = {}
    for member in Member.objects.filter(school=world.school):
        if member.stage != "member" or member.state != "active":
            continue
        days = Counter()
        for record in ServiceRecord.objects.filter(member=member):
            counts = record.source in ("league", "attendance", "supplement") and record.state == "confirmed"
            if counts and record.served_on.year == 2018:
                days[record.served_on] += record.minutes * 60
        seconds = sum(min(spent, 24 * 3600) for spent in days.values())
        registered, enough = member.registration_source != "", seconds >= 20 * 3600
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
            make_served(
                member,
                chance.choice([1, 59, 60, 300, 599, 600, 1199, 1200]),
                served_on=date(2017, 12, 30) + timedelta(days=chance.choice([0, 1, 2, 180, 366, 367])),
                pending=chance.random() < 0.2,
                source=chance.choice([Source.LEAGUE, Source.LEAGUE, Source.VOLUNTEER_BEIJING]),
                starts_at=None,
                ends_at=None,
            )
    said = {
        row["student_no"]: (
            row["registered"],
            row["minutes"],
            row["excellent"],
            row["honour_bar"],
            len(row["reasons"]),
        )
        for row in read_answer("--year", "2018")["members"]
    }
    assert said == judge_slowly(world)
    assert {row[2] for row in said.values()} == {True, False}


def test_the_form_of_the_answer(world):
    make_served(world.registered, 1199)
    answer = read_answer("--year", "2018", "--college", world.college_a.name)
    (own,) = [row for row in answer["members"] if row["student_no"] == world.registered.student_no]
    assert own == {
        "student_no": world.registered.student_no,
        "registered": True,
        "minutes": 1199,
        "excellent": False,
        "honour_bar": True,
        "honours": {"college": True, "school": False, "city": False, "nation": False},
        "reasons": [{"clause": "二(二)、四.3", "required": 1200, "measured": 1199}],
    }
    assert answer["branches"][0] == {
        "college": "法学院", "branch": "法学1801团支部", "members": 6, "registered": 3, "rate": 50.0,
        "below_floor": True, "honour_bar": True,
        "honours": {"college": True, "school": False, "city": False, "nation": False},
        "reasons": [{"clause": "四.3", "required": 95, "measured": 50.0}],
    }  # fmt: skip
    assert {row["college"] for row in answer["branches"]} == {"法学院"}
    assert answer["as_of"] == "2018-12-31"


def test_a_branch_without_members_has_no_verdict(world):
    (empty,) = [row for row in read_answer("--year", "2018")["branches"] if row["branch"] == world.b2.name]
    assert (empty["rate"], empty["honour_bar"], empty["reasons"]) == (None, None, [])
    assert empty["honours"] == dict.fromkeys(("college", "school", "city", "nation"))


def test_the_answer_does_not_depend_on_the_order_in_which_rows_came(world):
    extra = [MemberFactory(branch=world.b2, student_no=no) for no in ("2018030002", "2018030001")]
    for member in extra:
        make_served(member, 600)
    numbers = [row["student_no"] for row in read_answer("--year", "2018")["members"]]
    assert numbers == sorted(numbers)


def test_another_college_is_refused_by_name(world):
    with pytest.raises(CommandError, match="没有名为“医学院”的学院"):
        call_command("eligibility", "--school", "JH", "--college", "医学院", stdout=StringIO())


def test_in_words_it_ends_with_the_sums(world):
    make_served(world.registered, 1200)
    out = StringIO()
    call_command("eligibility", "--school", "JH", "--year", "2018", stdout=out)
    assert "符合评优条件 1 人 / 评议对象 8 人" in out.getvalue()
    assert out.getvalue().strip().endswith("不得参评校级以上荣誉的团支部 1 个")


def test_everybody_in_less_than_ten_queries_however_many(gated_world):
    def count_queries() -> int:
        year = ServiceYear.objects.get(pk=gated_world.year.pk)
        with CaptureQueriesContext(connection) as asked:
            list(judge_members(filter_assessed(Member.objects.filter(school=gated_world.school), year), year))
            judge_branches(Branch.objects.filter(college__school=gated_world.school), year)
        return len(asked)

    few = count_queries()
    for member in MemberFactory.create_batch(30, branch=gated_world.a2):
        make_served(member, 60, street=gated_world.urban)
    assert count_queries() == few < 10


def test_another_year_is_judged_by_its_own_rules(world):
    next_year = ServiceYearFactory(school=world.school, year=2019, required_minutes=300)
    make_served(world.registered, 300, served_on=date(2019, 3, 2))
    assert judge_person(world.registered, next_year).verdict.excellent
    assert not get_verdict(world, world.registered).excellent


def test_changed_rules_change_the_verdict_of_now(world):
    make_served(world.registered, 900)
    change_year(year=world.year, values={"required_minutes": 900}, semesters={}, user=world.admin)
    world.year.refresh_from_db()
    assert get_verdict(world, world.registered).excellent
