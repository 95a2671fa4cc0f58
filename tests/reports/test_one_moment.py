"""An issued or locked result shows one moment, even if records, an import or the rules change meanwhile."""

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from activities.models import ServiceRecord
from members.models import User
from members.services.years import change_year
from reports.models import Commended
from reports.queries import assessment as assessment_queries
from reports.queries import commendation as commendation_queries
from reports.rules.assessment import SUGGESTED
from reports.services import appraisal, assessment, commendation
from tests.activities.serving import build_serving
from tests.factories import BEIJING, ServiceRecordFactory, make_branch_secretary
from tests.meanwhile import run_before, run_elsewhere
from tests.reports.appraising import fill_sheet, get_grade, make_branch_of_twelve, start_as
from tests.world import build_world

NOW = datetime(2018, 12, 20, 10, tzinfo=BEIJING)
pytestmark = pytest.mark.django_db(transaction=True)


def refresh_user(user) -> User:
    """Return the user as in a new request: reading the rights fixes the moment of the decision."""
    return User.objects.get(pk=user.pk)


def prepare_void(record):
    """Return a function that voids the record, as an import does when its source has dropped it."""
    gone = {"state": "voided", "voided_at": NOW, "void_reason": "来源处撤销"}
    return lambda: ServiceRecord.objects.filter(pk=record.pk).update(**gone)


def prepare_roster_import(world, tmp_path, person, stage):
    path = tmp_path / "roster.csv"
    row = (person.student_no, person.name, world.college_a.name, person.branch.name, stage)
    path.write_text(f"学号,姓名,学院,团支部,政治面貌\n{','.join(row)}\n", encoding="utf-8-sig")
    return lambda: call_command("import_file", "roster", str(path), school="JH")


# --- 表彰 -------------------------------------------------------------------------------------------------------


@pytest.fixture
def world():
    world = build_world()
    world.serving = build_serving(world)
    return world


def save_list(world, least=1200):
    return commendation.save_commendation(
        user=world.admin,
        year=world.year,
        kind="volunteer",
        name="优秀志愿者",
        places=3,
        minimum={"minutes": least, "services": 0, "months": 0},
        order="minutes",
        now=NOW,
    )


def issue_as(world, made):
    return commendation.issue_commendation(
        user=refresh_user(world.admin), year=world.year, commendation_id=made.pk, now=NOW
    )


def test_a_record_voided_while_a_list_is_issued_stands_in_the_figure_and_in_its_proof(world, monkeypatch):
    ServiceRecordFactory(member=world.registered, minutes=1200)
    late = ServiceRecordFactory(member=world.registered, minutes=300, served_on=date(2018, 11, 17))
    made = save_list(world, least=1300)
    run_before(monkeypatch, commendation, "list_evidence", prepare_void(late))
    issue_as(world, made)
    late.refresh_from_db()
    assert late.state == ServiceRecord.State.VOIDED
    kept = Commended.objects.get(place=1)
    assert kept.figures["minutes"] == sum(row[-1] for row in kept.evidence) == 1500


def test_hours_and_verdict_of_an_issued_list_are_of_one_moment(world, monkeypatch):
    record = ServiceRecordFactory(member=world.registered, minutes=1200)
    ServiceRecordFactory(member=world.party, minutes=1300)
    made = save_list(world)
    run_before(monkeypatch, commendation_queries, "judge_members", prepare_void(record))
    issue_as(world, made)
    assert list(made.names.values_list("name", "place", "barred")) == [("王党员", 1, []), ("张伟", 2, [])]


def test_a_roster_imported_while_a_list_is_issued_changes_nobody_s_place(world, monkeypatch, tmp_path):
    ServiceRecordFactory(member=world.registered, minutes=1200)
    made = save_list(world)
    gone = prepare_roster_import(world, tmp_path, world.registered, "入团积极分子")
    run_before(monkeypatch, commendation, "lock_school", gone)  # afterwards an import waits
    issue_as(world, made)
    world.registered.refresh_from_db()
    assert world.registered.stage == "activist"
    assert list(made.names.values_list("name", "place")) == [("张伟", 1)]


def test_a_list_is_judged_by_the_rules_of_its_moment_not_by_those_of_the_page(world):
    ServiceRecordFactory(member=world.registered, minutes=1200)
    made, opened_before = save_list(world), world.year
    stricter = type(world.year).objects.get(pk=world.year.pk)
    change_year(year=stricter, values={"required_minutes": 1500}, semesters={}, user=world.admin)
    with pytest.raises(ValidationError, match="没有符合条件的对象"):
        commendation.issue_commendation(
            user=world.admin, year=opened_before, commendation_id=made.pk, now=NOW
        )


# --- 学院考核 ---------------------------------------------------------------------------------------------------


@pytest.fixture
def served_world(world):
    assessment.publish_weights(user=world.admin, year=world.year, weights=SUGGESTED, now=NOW)
    world.record = ServiceRecordFactory(member=world.registered, minutes=1200, street=world.urban)
    return world


def read_figures(result) -> dict:
    line = result.lines.get(college_name="法学院")
    return {figure["key"]: figure["counted"] for figure in line.figures}


def lock_as(world):
    return assessment.lock_result(user=refresh_user(world.admin), year=world.year, now=NOW)


def test_a_record_voided_while_the_scores_are_locked_counts_in_all_of_them(served_world, monkeypatch):
    run_before(monkeypatch, assessment_queries, "count_visits_by_member", prepare_void(served_world.record))
    locked = read_figures(lock_as(served_world))
    assert (locked["hours"], locked["visits"], locked["per_head"]) == (1, 1, 1200)
    served_world.record.refresh_from_db()
    assert served_world.record.state == ServiceRecord.State.VOIDED


def test_a_roster_imported_while_the_scores_are_locked_changes_none_of_them(
    served_world, monkeypatch, tmp_path
):
    gone = prepare_roster_import(served_world, tmp_path, served_world.registered, "入团积极分子")
    run_before(monkeypatch, assessment, "lock_school", gone)  # afterwards an import waits
    result = lock_as(served_world)
    served_world.registered.refresh_from_db()
    assert served_world.registered.stage == "activist"
    (locked,) = (line for line in result.lines.get(college_name="法学院").figures if line["key"] == "hours")
    assert (locked["counted"], locked["of"]) == (1, 7)


def test_weights_published_just_before_the_lock_are_those_it_is_scored_by(served_world, monkeypatch):
    other = SUGGESTED | {"registered": 10, "hours": 25}

    def publish_other_weights():
        assessment.publish_weights(
            user=served_world.admin, year=served_world.year, weights=other, reason="会议决定", now=NOW
        )

    run_before(monkeypatch, assessment, "lock_school", publish_other_weights)
    result = lock_as(served_world)
    assert (result.scheme.version, result.scheme.weights) == (2, other)


def test_rules_changed_just_before_the_lock_are_those_it_is_scored_by(served_world):
    opened_before = served_world.year
    stricter = type(served_world.year).objects.get(pk=served_world.year.pk)
    run_elsewhere(
        lambda: change_year(
            year=stricter, values={"required_minutes": 1500}, semesters={}, user=served_world.admin
        )
    )
    result = assessment.lock_result(user=served_world.admin, year=opened_before, now=NOW)
    assert (result.rules["required_minutes"], read_figures(result)["hours"]) == (1500, 0)


# --- 教育评议 ---------------------------------------------------------------------------------------------------


def test_a_record_voided_while_an_appraisal_is_approved_counts_in_gate_and_verdict_alike(world, monkeypatch):
    able, *_ = make_branch_of_twelve(world)
    lead = make_branch_secretary(world.a2, world.quiet)
    begun = fill_sheet(start_as(world, lead), lead, excellent=able[:3])
    appraisal.submit_appraisal(user=lead, appraisal_id=begun.pk, now=NOW)
    record = ServiceRecord.objects.get(member=able[0])
    run_before(monkeypatch, appraisal, "list_problems", prepare_void(record))
    appraisal.approve_appraisal(user=world.secretary, appraisal_id=begun.pk, now=NOW)
    record.refresh_from_db()
    assert record.state == ServiceRecord.State.VOIDED
    grade = get_grade(begun, able[0])
    assert (grade.final, grade.verdict["excellent"], grade.verdict["figures"]["minutes"]) == (
        "excellent",
        True,
        1200,
    )
