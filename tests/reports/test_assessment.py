"""学院考核: figures compared with a slow count by hand, the rows behind them, weights and locked results."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from activities.models import Objection
from members.models import Branch
from reports.models import Assessment, AssessmentLine, AssessmentScheme
from reports.queries.assessment import Ground, compute_branch_scores, compute_college_scores
from reports.queries.assessment_results import compare_scores, get_current_scheme, list_changed_rules
from reports.queries.assessment_rows import list_rows_behind
from reports.rules.assessment import BY_KEY, OF_BRANCHES, SUGGESTED, Measure
from reports.services.assessment import lock_result, publish_weights
from tests.activities.serving import build_serving
from tests.factories import BEIJING, BranchFactory, CollegeFactory, MemberFactory, ServiceRecordFactory
from tests.inbox import find_inbox
from tests.world import build_world

NOW = datetime(2018, 12, 3, 10, tzinfo=BEIJING)
OTHER = SUGGESTED | {"registered": 10, "hours": 25}


def make_ground(world, **narrowed) -> Ground:
    return Ground(world.year, Branch.objects.filter(college__school=world.school, **narrowed), NOW.date())


def read_measures(world, name="法学院", **narrowed) -> dict[str, Measure]:
    (score,) = (
        one for one in compute_college_scores(make_ground(world, **narrowed), SUGGESTED) if one.name == name
    )
    return {line.indicator.key: line.measure for line in score.lines}


def publish_as(world, weights=SUGGESTED, *, user=None, reason=""):
    return publish_weights(user=user or world.admin, year=world.year, weights=weights, reason=reason, now=NOW)


def score_and_lock(world, *, user=None, reason=""):
    return lock_result(user=user or world.admin, year=world.year, reason=reason, now=NOW)


def read_line(line) -> tuple:
    return line.indicator.label, line.text, line.points


@pytest.fixture
def serving(world):
    return build_serving(world)


@pytest.fixture
def busy_serving(serving):
    """Fill college_a: two people at the street in time; early and late hours, objections, confirmations."""
    world = serving.world
    activity = serving.activity()
    for person in (world.registered, world.missing):
        came = datetime(2018, 11, 10, 9, tzinfo=BEIJING)
        serving.sign_up(activity, person, checked_in_at=came, checked_in_how="scan")
    ServiceRecordFactory(member=world.registered, minutes=1200, street=world.urban)
    ServiceRecordFactory(member=world.missing, minutes=90, street=world.urban)
    ServiceRecordFactory(member=world.student, minutes=60, street=world.urban)
    ServiceRecordFactory(member=world.quiet, minutes=1199, street=world.suburban)
    ServiceRecordFactory(member=world.party, minutes=600, served_on=date(2017, 12, 31))
    ServiceRecordFactory(member=world.party, minutes=600, pending=True)
    return serving


def make_handed_in(world, person, on, decided=None):
    """Create a supplement of the person; pending without `decided`."""
    at = datetime.combine(on, datetime.min.time(), tzinfo=BEIJING) + timedelta(hours=10)
    done = decided and datetime.combine(decided, datetime.min.time(), tzinfo=BEIJING) + timedelta(hours=10)
    return ServiceRecordFactory(
        member=person,
        source="supplement",
        outside_no="",
        description="社区服务",
        evidence="evidence/a.png",
        served_on=on - timedelta(days=1),
        submitted_at=at,
        submitted_by=world.secretary,
        state="confirmed" if decided else "pending",
        decided_at=done,
        decided_by=world.secretary if decided else None,
    )


def make_objection(world, on, answered=None, state=None):
    at = datetime.combine(on, datetime.min.time(), tzinfo=BEIJING) + timedelta(hours=10)
    done = answered and datetime.combine(answered, datetime.min.time(), tzinfo=BEIJING) + timedelta(hours=10)
    return Objection.objects.create(
        member=world.missing,
        record=ServiceRecordFactory(member=world.missing, served_on=on, minutes=1),
        text="时间不对",
        raised_at=at,
        state=state or ("dismissed" if answered else "open"),
        answer="属实" if answered else "",
        answered_at=done,
        answered_by=world.secretary if answered else None,
    )


# --- figures ----------------------------------------------------------------------------------------------------


def test_every_figure_of_a_college_counted_by_hand(busy_serving):
    # Members of college_a: six of a1 (registered, namesake, missing, reported, party, lead) and quiet of a2.
    # Active people: those seven, and applicant, activist, candidate, student. In the team: four members.
    found = read_measures(busy_serving.world)
    assert found["registered"] == Measure(4, 7)
    assert found["joined"] == Measure(4, 7)
    assert found["reported"] == Measure(1, 7)  # registered, in the team, at the street: 张伟 alone
    assert found["hours"] == Measure(1, 7)
    assert found["per_head"] == Measure(1200 + 90 + 1199, 7 * 1200)
    begun = busy_serving.world.year.semesters.filter(starts_on__lte=NOW.date()).count()
    assert found["visits"] == Measure(3, 11 * begun)
    assert (found["paired"], found["first"]) == (Measure(1, 1), Measure(1, 1))
    assert (found["offline"], found["bound"]) == (Measure(0, 1), Measure(0, 1))
    assert (found["objections"], found["confirmed"]) == (Measure(), Measure())


def test_a_college_that_did_nothing_has_zeros_and_no_excuse(world):
    found = read_measures(world, "物理学院")
    assert found["registered"] == Measure(1, 1)
    assert [found[key] for key in ("paired", "offline", "bound", "first")] == [Measure(0, 1)] * 4


def test_a_college_without_people_is_there_without_a_place(world):
    BranchFactory(college=CollegeFactory(school=world.school, name="空学院"), name="空支部")
    assert read_measures(world, "空学院")["registered"] == Measure(0, 0)
    publish_as(world)
    assert score_and_lock(world).lines.get(college_name="空学院").place is None


def test_other_schools_are_not_measured(world):
    names = [score.name for score in compute_college_scores(make_ground(world), SUGGESTED)]
    assert names == ["法学院", "物理学院"]


def test_offline_and_bound_count_once_they_are_done(busy_serving):
    busy_serving.pairing.offline_on = busy_serving.pairing.due_on
    busy_serving.pairing.confirmed_at = NOW
    busy_serving.pairing.save()
    busy_serving.team.outside_id, busy_serving.team.bound_on = "TD001", date(2018, 11, 2)
    busy_serving.team.save()
    found = read_measures(busy_serving.world)
    assert (found["offline"], found["bound"]) == (Measure(1, 1), Measure(1, 1))
    busy_serving.pairing.offline_on = busy_serving.pairing.due_on + timedelta(days=1)
    busy_serving.pairing.save()
    assert read_measures(busy_serving.world)["offline"] == Measure(0, 1)


@pytest.mark.parametrize(
    ("ended", "counted"),
    [(datetime(2018, 12, 1, tzinfo=BEIJING), 0), (datetime(2019, 1, 1, tzinfo=BEIJING), 1)],
)
def test_a_pairing_released_within_the_year_does_not_count_one_that_lasted_does(busy_serving, ended, counted):
    busy_serving.pairing.state, busy_serving.pairing.end_reason = "released", "年度结转"
    busy_serving.pairing.ended_at = ended
    busy_serving.pairing.save()
    found = read_measures(busy_serving.world)
    assert (found["paired"], found["joined"]) == (Measure(counted, 1), Measure(4 * counted, 7))


def test_a_first_service_after_the_date_is_not_in_time(serving):
    world = serving.world
    world.year.first_service_by = date(2018, 11, 9)
    world.year.save()
    serving.sign_up(serving.activity(), world.missing, checked_in_at=NOW, checked_in_how="scan")
    assert read_measures(world)["first"] == Measure(0, 1)


def test_terms_count_what_is_done_or_overdue_and_nothing_that_still_runs(world):
    monday = date(2018, 11, 5)
    make_handed_in(world, world.missing, monday, decided=date(2018, 11, 19))
    make_handed_in(world, world.registered, monday, decided=date(2018, 11, 20))
    make_handed_in(world, world.lead, monday)
    make_handed_in(world, world.quiet, date(2018, 11, 20))
    make_objection(world, monday, answered=date(2018, 11, 6))
    make_objection(world, date(2018, 11, 6))
    make_objection(world, date(2018, 11, 7), state="withdrawn")
    make_objection(world, date(2018, 11, 30))
    found = read_measures(world)
    assert (found["confirmed"], found["objections"]) == (Measure(1, 3), Measure(1, 2))


@pytest.mark.parametrize("key", list(BY_KEY))
def test_the_rows_behind_a_figure_add_up_to_it(busy_serving, key):
    world = busy_serving.world
    make_handed_in(world, world.missing, date(2018, 11, 5), decided=date(2018, 11, 20))
    make_objection(world, date(2018, 11, 6))
    rows = list(list_rows_behind(make_ground(world, college=world.college_a), key))
    assert sum((row.measure for row in rows), Measure()) == read_measures(world)[key]


@pytest.mark.parametrize("key", sorted(OF_BRANCHES))
def test_the_rows_behind_a_branch_add_up_to_its_figure(busy_serving, key):
    world = busy_serving.world
    for score in compute_branch_scores(make_ground(world, college=world.college_a), SUGGESTED):
        (line,) = (line for line in score.lines if line.indicator.key == key)
        rows = list(list_rows_behind(make_ground(world, pk=score.pk), key, by="branch"))
        assert sum((row.measure for row in rows), Measure()) == line.measure


def test_branches_have_the_indicators_that_they_can_do(busy_serving):
    scores = compute_branch_scores(
        make_ground(busy_serving.world, college=busy_serving.world.college_a), SUGGESTED
    )
    assert [score.name for score in scores] == ["法学1801团支部", "法学1802团支部"]
    assert {line.indicator.key for score in scores for line in score.lines} == OF_BRANCHES
    assert [line.measure for score in scores for line in score.lines if line.indicator.key == "first"] == [
        Measure(1, 1),
        Measure(0, 1),
    ]


def test_the_same_number_of_queries_for_two_colleges_and_for_twenty(busy_serving):
    def count_queries():
        busy_serving.world.year.refresh_from_db()
        with CaptureQueriesContext(connection) as asked:
            compute_college_scores(make_ground(busy_serving.world), SUGGESTED)
        return len(asked)

    few = count_queries()
    for _ in range(18):
        MemberFactory(branch=BranchFactory(college=CollegeFactory(school=busy_serving.world.school)))
    assert count_queries() == few <= 12


# --- weights ----------------------------------------------------------------------------------------------------


def test_weights_are_published_and_the_colleges_told(world):
    scheme = publish_as(world)
    assert (scheme.version, scheme.weights) == (1, SUGGESTED)
    assert find_inbox(world.secretary).filter(title__contains="考核权重已公布").count() == 1


def test_a_new_version_needs_a_reason_and_a_change(world):
    publish_as(world)
    with pytest.raises(ValidationError, match="调整原因"):
        publish_as(world, OTHER)
    with pytest.raises(ValidationError, match="没有变化"):
        publish_as(world, reason="再发一次")
    assert publish_as(world, OTHER, reason="学院建议").version == 2
    assert get_current_scheme(world.year).weights == OTHER
    assert AssessmentScheme.objects.filter(year=world.year).count() == 2


@pytest.mark.parametrize("who", ["secretary", "branch_secretary", "member", "nobody"])
def test_only_the_school_publishes_and_locks(world, who):
    with pytest.raises(ValidationError, match="只有本校团委"):
        publish_as(world, user=getattr(world, who))
    publish_as(world)
    with pytest.raises(ValidationError, match="只有本校团委"):
        score_and_lock(world, user=getattr(world, who))


def test_another_school_does_not(world):
    with pytest.raises(ValidationError, match="只有本校团委"):
        publish_as(world, user=world.bh.admin)


def test_weights_that_do_not_make_a_hundred_are_refused_by_service_and_database(world):
    with pytest.raises(ValidationError, match="现在是 101"):
        publish_as(world, SUGGESTED | {"registered": 21})
    with pytest.raises(IntegrityError, match="100"), transaction.atomic():
        AssessmentScheme.objects.create(
            year=world.year,
            version=1,
            weights=SUGGESTED | {"hours": 0},
            published_at=NOW,
            published_by=world.admin,
        )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reports_assessmentscheme SET weights = '{}'",
        "DELETE FROM reports_assessmentscheme",
        "TRUNCATE reports_assessmentscheme CASCADE",
    ],
)
def test_published_weights_stay(world, sql):
    publish_as(world)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


# --- results ----------------------------------------------------------------------------------------------------


def test_nothing_is_locked_without_weights(world):
    with pytest.raises(ValidationError, match="先公布考核权重"):
        score_and_lock(world)


def test_a_result_keeps_place_score_and_every_figure(busy_serving):
    world = busy_serving.world
    scheme = publish_as(world)
    result = score_and_lock(world)
    assert (result.number, result.scheme, result.sealed) == (1, scheme, True)
    first, second = result.lines.all()
    assert (first.place, second.place) == (1, 2) and first.score >= second.score
    live = {score.pk: score for score in compute_college_scores(make_ground(world), SUGGESTED)}
    for line in (first, second):
        now = live[line.college_id]
        assert (line.then.name, line.then.total) == (now.name, now.total)
        assert list(map(read_line, line.then.lines)) == list(map(read_line, now.lines))


def test_it_stays_when_records_rules_and_names_change_and_shows_the_difference(busy_serving):
    world = busy_serving.world
    publish_as(world)
    result = score_and_lock(world)
    before = {line.college_name: (line.place, line.score, line.figures) for line in result.lines.all()}
    ServiceRecordFactory(member=world.lead, minutes=1200, street=world.urban)
    world.year.required_minutes = 600
    world.year.save()
    world.college_a.name = "法律学院"
    world.college_a.save()
    again = Assessment.objects.get(pk=result.pk)
    assert {line.college_name: (line.place, line.score, line.figures) for line in again.lines.all()} == before
    rows = {
        row.line.college_name: row
        for row in compare_scores(again, compute_college_scores(make_ground(world), SUGGESTED))
    }
    differing = {then.indicator.key for then, _, differs in rows["法学院"].pairs if differs}
    assert differing == {"reported", "hours", "visits", "per_head"}
    assert ("年度服务时长要求（分钟）", "1200", "600") in list_changed_rules(again, NOW)


def test_no_new_weights_after_locking(world):
    publish_as(world)
    score_and_lock(world)
    with pytest.raises(ValidationError, match="已锁定"):
        publish_as(world, OTHER, reason="晚了")
    with pytest.raises(IntegrityError, match="已锁定"), transaction.atomic():
        AssessmentScheme.objects.create(
            year=world.year,
            version=2,
            reason="晚了",
            weights=OTHER,
            published_at=NOW,
            published_by=world.admin,
        )


def test_scored_again_only_with_a_reason_and_the_old_result_stays(world):
    publish_as(world)
    first = score_and_lock(world)
    with pytest.raises(ValidationError, match="重新评定"):
        score_and_lock(world)
    second = score_and_lock(world, reason="漏导一份时长文件")
    assert (second.number, second.reason) == (2, "漏导一份时长文件")
    assert Assessment.objects.get(pk=first.pk).lines.count() == 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reports_assessment SET rules = '{}'",
        "DELETE FROM reports_assessment",
        "UPDATE reports_assessmentline SET score = 10000",
        "DELETE FROM reports_assessmentline",
        "TRUNCATE reports_assessmentline",
        "TRUNCATE reports_assessment CASCADE",
    ],
)
def test_a_locked_result_stays(world, sql):
    publish_as(world)
    score_and_lock(world)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_no_line_is_added_to_a_locked_result(world):
    publish_as(world)
    result = score_and_lock(world)
    third = CollegeFactory(school=world.school)
    with pytest.raises(IntegrityError), transaction.atomic():
        AssessmentLine.objects.create(
            assessment=result, college=third, college_name=third.name, score=0, figures=[]
        )


@pytest.mark.django_db(transaction=True)
def test_two_windows_that_lock_at_once_make_one_result():
    world = build_world()
    build_serving(world)
    publish_as(world)
    start, outcomes = threading.Barrier(2), []

    def lock_in_window():
        start.wait()
        try:
            outcomes.append(score_and_lock(world).number)
        except ValidationError as refusal:
            outcomes.append(refusal.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=lock_in_window) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["1", "本年度已有考核结果，请写明重新评定的原因。"]
    assert Assessment.objects.count() == 1
