"""Figures of a day stay figures of that day: moves, states, registrations and late files (requirements §3)."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.models import ServiceRecord
from activities.queries.mine import list_visits
from members.models import Branch, Member
from members.permissions import Operator
from members.queries.rates import compute_branch_rates, compute_college_rates, compute_total_rate
from reports.models import ExcellentException
from reports.queries.assessment import compute_college_scores
from reports.queries.assessment_results import build_school_ground
from reports.queries.assessment_rows import list_rows_behind
from reports.queries.commendation import list_candidates, list_evidence
from reports.queries.eligibility import count_visits_by_member, filter_assessed, judge_members, judge_person
from reports.queries.honours import list_nominees
from reports.rules.assessment import SUGGESTED
from reports.services.eligibility import ask_exception
from tests.factories import MemberFactory, ServiceRecordFactory, StreetFactory, make_account
from tests.moving import move_person
from tests.pairing.pairs import make_pairing
from tests.reports.honouring import make_title
from tests.reports.test_assessment import make_handed_in

YEAR_END, NEW_YEAR = date(2018, 12, 31), date(2019, 1, 1)


def ask(command: str, *options: str) -> dict:
    out = StringIO()
    call_command(command, "--school", "JH", *options, "--json", stdout=out)
    return json.loads(out.getvalue())


def list_judged(*options: str) -> dict[str, bool]:
    """Return {student number: registered} of everybody who is judged."""
    rows = ask("eligibility", *options)["members"]
    return {row["student_no"]: row["registered"] for row in rows}


def count_rates(day: date | None) -> dict[str, tuple[int, int]]:
    """Return {branch: (members, registered)} of JH."""
    branches = Branch.objects.filter(college__school__code="JH")
    rows = compute_branch_rates(branches, floor_percent=95, day=day)
    return {row.branch: (row.rate.members, row.rate.registered) for row in rows}


# --- who belonged where -----------------------------------------------------------------------------------------


def test_a_move_counts_from_its_day_on(world):
    a1, a2, before = world.a1.name, world.a2.name, count_rates(date(2018, 12, 30))
    move_person(world.registered, YEAR_END, branch=world.a2)
    assert count_rates(date(2018, 12, 30)) == before
    for day in (YEAR_END, date(2019, 5, 1), None):
        members, registered = before[a1]
        assert count_rates(day)[a1] == (members - 1, registered - 1)
        members, registered = before[a2]
        assert count_rates(day)[a2] == (members + 1, registered + 1)


@pytest.mark.parametrize(("on", "place"), [(YEAR_END, "a2"), (NEW_YEAR, "a1")])
def test_a_year_that_is_over_shows_a_person_in_the_branch_of_its_last_day(world, on, place):
    move_person(world.registered, on, branch=world.a2)
    judged = judge_person(world.registered, world.year)
    assert judged.branch == getattr(world, place).name
    answer = ask("eligibility", "--year", "2018")
    assert answer["as_of"] == "2018-12-31"
    by_branch = {row["branch"]: row["members"] for row in answer["branches"]}
    assert by_branch[world.a2.name] == (2 if place == "a2" else 1)


def test_who_was_suspended_on_the_last_day_only_is_not_judged_in_that_year(world):
    move_person(world.registered, YEAR_END, state="suspended")
    move_person(world.registered, NEW_YEAR, state="active")
    number = world.registered.student_no
    assert number not in list_judged("--year", "2018")
    assert number in list_judged("--year", "2018", "--as-of", "2018-12-30")
    assert count_rates(date(2018, 12, 30))[world.a1.name] == count_rates(None)[world.a1.name] == (6, 3)
    assert count_rates(YEAR_END)[world.a1.name] == (5, 2)
    assert judge_person(world.registered, world.year).verdict.not_judged == "2018-12-31 不在籍（休学）"


def test_who_graduated_later_stays_in_the_year(world):
    before = ask("eligibility", "--year", "2018"), ask("registration_rates", "--year", "2018")
    for person in (world.registered, world.party):
        move_person(person, date(2022, 7, 1), state="graduated")
    assert (ask("eligibility", "--year", "2018"), ask("registration_rates", "--year", "2018")) == before
    assert count_rates(date(2022, 6, 30))[world.a1.name] == (6, 3)
    assert count_rates(date(2022, 7, 1))[world.a1.name] == count_rates(None)[world.a1.name] == (4, 1)


def test_who_was_admitted_after_the_year_is_no_member_in_it(world):
    move_person(world.activist, NEW_YEAR, stage="member")
    assert world.activist.student_no not in list_judged("--year", "2018")
    assert count_rates(YEAR_END)[world.a1.name] == (6, 3)
    assert count_rates(NEW_YEAR)[world.a1.name] == (7, 4)


def test_a_roster_imported_late_describes_the_people_as_they_were(world):
    late = MemberFactory(branch=world.b2, registered=True)
    late.spells.update(starts_on=date(2026, 3, 1))
    for day in (date(2010, 1, 1), YEAR_END, date(2026, 2, 28), None):
        assert count_rates(day)[world.b2.name] == (1, day != date(2010, 1, 1))
    assert late.student_no in list_judged("--year", "2018")


# --- registration of a day --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "counts_from", "registered"),
    [
        (YEAR_END, YEAR_END, True),
        (NEW_YEAR, NEW_YEAR, False),
        (None, YEAR_END, True),  # unknown date, in a file of the year
        (None, NEW_YEAR, False),  # unknown date, in a file of the next year
    ],
)
def test_a_registration_counts_from_its_date_or_from_the_day_of_the_file(
    world, told, counts_from, registered
):
    Member.objects.filter(pk=world.missing.pk).update(
        registered_on=told, counts_from=counts_from, registration_source="file"
    )
    assert list_judged("--year", "2018")[world.missing.student_no] is registered
    assert count_rates(YEAR_END)[world.a1.name] == (6, 4 if registered else 3)
    assert count_rates(None)[world.a1.name] == (6, 4)
    assert count_rates(date(2018, 9, 1))[world.a1.name] == (6, 0)


def test_a_revoked_registration_was_wrong_on_every_day(world):
    Member.objects.filter(pk=world.registered.pk).update(
        registered_on=None, counts_from=None, registration_source="", volunteer_no=""
    )
    for day in (YEAR_END, date(2020, 1, 1), None):
        assert count_rates(day)[world.a1.name] == (6, 2)
    assert list_judged("--year", "2018")[world.registered.student_no] is False


# --- --as-of ----------------------------------------------------------------------------------------------------


def test_as_of_counts_people_registrations_and_services_up_to_that_day(world):
    for day, minutes in ((date(2018, 10, 1), 60), (date(2018, 10, 12), 30), (date(2018, 10, 13), 600)):
        ServiceRecordFactory(member=world.registered, served_on=day, minutes=minutes)
    move_person(world.quiet, date(2018, 10, 12), branch=world.a1)
    answer = ask("eligibility", "--as-of", "2018-10-12")
    rows = {row["student_no"]: row for row in answer["members"]}
    assert answer["as_of"] == "2018-10-12"
    assert rows[world.registered.student_no]["minutes"] == 90
    assert [row["members"] for row in answer["branches"][:2]] == [7, 0]
    rates = ask("registration_rates", "--as-of", "2018-10-11")
    assert (rates["as_of"], [row["members"] for row in rates["branches"][:2]]) == ("2018-10-11", [6, 1])


def test_after_the_year_it_is_always_its_last_day(world):
    move_person(world.registered, NEW_YEAR, branch=world.a2)
    last = ask("eligibility", "--year", "2018")
    assert ask("eligibility", "--year", "2018", "--as-of", "2020-05-01") == last
    assert ask("eligibility", "--year", "2018", "--as-of", "2018-12-31") == last


@pytest.mark.parametrize("text", ["2018-13-01", "12.10.2018", "2999-01-01"])
@pytest.mark.parametrize("command", ["eligibility", "registration_rates"])
def test_a_day_that_is_none_or_lies_ahead_is_refused(world, command, text):
    with pytest.raises(CommandError, match=r"日期|还没有到"):
        call_command(command, "--school", "JH", "--as-of", text, stdout=StringIO())


# --- who sees whom ----------------------------------------------------------------------------------------------


@pytest.fixture
def moved_world(world):
    """`registered` has moved from a1 of college_a to b2 of college_b since the year ended."""
    move_person(world.registered, date(2019, 3, 1), branch=world.b2)
    return world


def read_numbers(client, **filters) -> set[str]:
    page = client.get(reverse("eligibility"), {"year": 2018, "per_page": 100, **filters}).context["page"]
    return {row.student_no for row in page}


def test_a_college_s_list_of_a_closed_year_adds_up_to_its_rate(moved_world, client_of):
    for user, college in (
        (moved_world.secretary, moved_world.college_a),
        (moved_world.secretary_b, moved_world.college_b),
    ):
        (rate,) = compute_college_rates(college.branches.all(), floor_percent=95, day=YEAR_END)
        assert len(read_numbers(client_of(user))) == rate.rate.members
        assert len(read_numbers(client_of(moved_world.admin), college=college.pk)) == rate.rate.members
    branch = moved_world.a1
    rate = compute_total_rate(Branch.objects.filter(pk=branch.pk), floor_percent=95, day=YEAR_END)
    assert len(read_numbers(client_of(moved_world.branch_secretary))) == rate.members == 6


def test_who_has_moved_since_is_listed_with_the_branch_of_then(moved_world, client_of):
    text = client_of(moved_world.secretary).get(reverse("eligibility"), {"year": 2018}).content.decode()
    assert moved_world.registered.student_no in text
    page = client_of(moved_world.secretary).get(
        reverse("eligibility_member", args=[moved_world.registered.pk]), {"year": 2018}
    )
    text = page.content.decode()
    assert f"{moved_world.college_a.name} {moved_world.a1.name}" in text
    assert f"现在在 {moved_world.college_b.name} {moved_world.b2.name}" in " ".join(text.split())


def test_the_verdict_of_a_closed_year_is_open_to_the_colleges_of_then_and_now_only(moved_world, client_of):
    url = reverse("eligibility_member", args=[moved_world.registered.pk])

    def status(user, **params) -> int:
        return client_of(user).get(url, params).status_code

    for user in (moved_world.secretary, moved_world.secretary_b, moved_world.branch_secretary):
        assert status(user, year=2018) == 200
    assert status(moved_world.bh.secretary, year=2018) == 404
    assert status(moved_world.bh.admin, year=2018) == 404
    moved_world.year.year = 2026
    moved_world.year.save()
    assert status(moved_world.secretary_b) == 200
    assert status(moved_world.secretary) == 404  # a running year belongs to the college of today


def test_a_move_back_and_forth_opens_nothing_to_a_third_college(moved_world, client_of):
    move_person(moved_world.registered, date(2018, 11, 1), branch=moved_world.b1)
    url = reverse("eligibility_member", args=[moved_world.registered.pk])
    assert client_of(moved_world.secretary).get(url, {"year": 2018}).status_code == 404
    assert client_of(moved_world.secretary_b).get(url, {"year": 2018}).status_code == 200


def test_the_branch_of_then_asks_the_exception_and_both_see_it(moved_world):
    ask_exception(
        user=moved_world.branch_secretary,
        member_id=moved_world.registered.pk,
        year=moved_world.year,
        grounds="因病",
    )
    for user, seen in (
        (moved_world.branch_secretary, 1), (moved_world.secretary, 1), (moved_world.secretary_b, 1),
        (moved_world.bh.secretary, 0), (moved_world.bh.admin, 0),
    ):  # fmt: skip
        assert ExcellentException.objects.visible_to(user, "eligibility.view").count() == seen
    (shown,) = ExcellentException.objects.with_places()
    assert (shown.college_name, shown.branch_name) == (moved_world.college_a.name, moved_world.a1.name)
    with pytest.raises(ValidationError, match="没有找到此人"):
        ask_exception(
            user=moved_world.bh.secretary,
            member_id=moved_world.missing.pk,
            year=moved_world.year,
            grounds="外校",
        )


def test_honours_of_a_closed_year_are_nominated_where_the_person_was(moved_world):
    title = make_title(moved_world)
    names = list_nominees(moved_world.branch_secretary, title).values_list("pk", flat=True)
    assert moved_world.registered.pk in names
    assert not list_nominees(moved_world.secretary_b, title).filter(pk=moved_world.registered.pk).exists()


def test_hours_of_a_closed_year_stay_with_the_branch_of_then(moved_world, client_of):
    ServiceRecordFactory(member=moved_world.registered, served_on=date(2018, 10, 1), minutes=75)
    url = reverse("branch_hours", args=[moved_world.a1.pk])
    rows = client_of(moved_world.secretary).get(url, {"year": 2018, "per_page": 100}).context["page"]
    assert {row.person.pk: row.minutes for row in rows}[moved_world.registered.pk] == 75
    url = reverse("college_hours", args=[moved_world.college_b.pk])
    rows = client_of(moved_world.secretary_b).get(url, {"year": 2018}).context["page"]
    assert sum(row.minutes for row in rows) == 0


# --- service counts for the college of its day --------------------------------------------------------------------


@pytest.fixture
def served_world(world):
    """`registered` of college_a served at its street on 10 November and has moved to college_b, also paired, since."""
    world.pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    other = StreetFactory(district="海淀区", name="学院路街道", kind="urban")
    make_pairing(world.college_b, other, user=world.secretary_b)
    ServiceRecordFactory(
        member=world.registered, served_on=date(2018, 11, 10), minutes=120, street=world.urban
    )
    return world


def measure(world, college, key: str) -> int:
    scores = compute_college_scores(build_school_ground(world.year, timezone.now()), SUGGESTED)
    (score,) = [score for score in scores if score.pk == college.pk]
    return next(line.measure.counted for line in score.lines if line.indicator.key == key)


@pytest.mark.parametrize("on", [date(2018, 11, 11), date(2018, 12, 31), date(2019, 3, 1)])
def test_a_visit_stays_a_visit_after_a_move(served_world, on):
    people = Member.objects.filter(pk=served_world.registered.pk)
    own = ServiceRecord.objects.filter(member=served_world.registered)
    before = list_visits(own, served_world.year), count_visits_by_member(people, served_world.year)
    assert before[1] == {served_world.registered.pk: 1}
    move_person(served_world.registered, on, branch=served_world.b1)
    assert (list_visits(own, served_world.year), count_visits_by_member(people, served_world.year)) == before


@pytest.mark.parametrize("on", [date(2018, 11, 10), date(2018, 9, 2)])
def test_service_at_the_former_college_s_street_is_no_visit(served_world, on):
    move_person(served_world.registered, on, branch=served_world.b1)
    people = Member.objects.filter(pk=served_world.registered.pk)
    assert count_visits_by_member(people, served_world.year) == {}


def test_a_team_keeps_the_service_of_who_has_moved_since(served_world):
    before = {row.pk: dict(row.figures) for row in list_candidates("team", served_world.year)}
    assert before[served_world.pairing.team.pk]["minutes"] == 120
    move_person(served_world.registered, date(2019, 3, 1), branch=served_world.b1)
    assert {row.pk: dict(row.figures) for row in list_candidates("team", served_world.year)} == before
    proofs = list_evidence("team", [served_world.pairing.team.pk], served_world.year)
    assert [row[3] for row in proofs[served_world.pairing.team.pk]] == [120]


def test_the_terms_of_a_college_hold_for_cases_of_people_who_have_moved_since(served_world):
    make_handed_in(served_world, served_world.registered, date(2018, 11, 12), date(2018, 11, 14))
    before = [measure(served_world, college, "confirmed") for college in both_colleges(served_world)]
    assert before == [1, 0]
    rows = [row.place for row in list_rows_behind(find_ground_of(served_world), "confirmed")]
    move_person(served_world.registered, date(2018, 12, 30), branch=served_world.b1)
    assert [measure(served_world, college, "confirmed") for college in both_colleges(served_world)] == before
    assert [row.place for row in list_rows_behind(find_ground_of(served_world), "confirmed")] == rows


def both_colleges(world):
    return world.college_a, world.college_b


def find_ground_of(world):
    return build_school_ground(world.year, timezone.now())


# --- the same questions for any day -----------------------------------------------------------------------------


def test_a_past_day_takes_as_many_queries_as_today(world):
    account = make_account(world.registered)
    assert account  # the world is complete before anything is counted
    counted = []
    for as_of in (date.max, date(2018, 10, 12)):
        with CaptureQueriesContext(connection) as asked:
            people = filter_assessed(Member.objects.filter(school=world.school), world.year, as_of=as_of)
            list(judge_members(people, world.year, as_of=as_of))
            count_rates(as_of if as_of < date.max else None)
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_an_operator_sees_the_same_people_as_the_commands(world):
    move_person(world.registered, NEW_YEAR, branch=world.b2)
    operator = Operator(world.school, world.year)
    seen = Member.objects.in_scope_on(operator, "eligibility.view", YEAR_END)
    assert set(filter_assessed(seen, world.year).values_list("student_no", flat=True)) == set(
        list_judged("--year", "2018")
    )
