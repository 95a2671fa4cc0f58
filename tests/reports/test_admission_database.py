"""Guarantees of the database on admission: kept slips, consistent stage and track, one meeting of two
tabs."""

import threading
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from members.models import Member
from members.services.people import edit_member
from reports.models import Admission
from reports.services.admission import start_track
from tests.factories import ServiceRecordFactory
from tests.members.import_files import Kind, make_roster_file, make_roster_row, run_import
from tests.moving import correct_person
from tests.reports.test_admission import NOW, admit_as, get_stage, make_candidate
from tests.world import build_world


@pytest.fixture
def candidate(world):
    return make_candidate(world)


# --- kept through every change ---------------------------------------------------------------------------------


def test_a_frozen_slip_stays_and_the_database_refuses(world, candidate):
    track = admit_as(world)
    ServiceRecordFactory(member=world.activist, source="volunteer_beijing", minutes=600)
    correct_person(world.activist, branch=world.a2)
    track.refresh_from_db()
    assert (track.slip["minutes"], track.slip["branch"]) == (0, "法学1801团支部")
    for change in (
        lambda: Admission.objects.filter(pk=track.pk).update(slip={}),
        lambda: Admission.objects.filter(pk=track.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="不能修改或删除"), transaction.atomic():
            change()
    with pytest.raises(DatabaseError, match="不能清空"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE reports_admission CASCADE")


BREAKS = {
    "admission_one_running": lambda w, row: Admission.objects.create(
        member=row.member, applied_on=row.applied_on
    ),
    "admission_state_known": lambda w, row: _update_admission(row, state="lost"),
    "admission_days_in_order": lambda w, row: _update_admission(row, activist_on=date(2018, 3, 1)),
    "admission_admitted_with_slip": lambda w, row: _update_admission(row, slip={}),
    "admission_ended_with_reason": lambda w, row: _update_admission(row, state="ended"),
}


def _update_admission(row, **values):
    Admission.objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("name", sorted(BREAKS.keys() - {"admission_state_known"}))
def test_the_constraint_refuses(world, candidate, name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BREAKS[name](world, candidate)
    assert refusal.value.__cause__.diag.constraint_name == name


def test_an_unknown_state_does_not_pass_the_trigger_either(world, candidate):
    with pytest.raises(IntegrityError), transaction.atomic():
        BREAKS["admission_state_known"](world, candidate)


def test_every_constraint_is_broken_once():
    assert {constraint.name for constraint in Admission._meta.constraints} == BREAKS.keys()


# --- stage and track, for every writer of the stage ------------------------------------------------------------


def edit_stage(world, stage: str) -> None:
    edit_member(
        user=world.secretary,
        member_id=world.activist.pk,
        values={"stage": stage},
        reason="花名册更正",
    )


@pytest.mark.parametrize(
    ("stage", "state", "candidate_on", "activist_on"),
    [
        ("activist", "open", None, date(2018, 6, 1)),
        ("applicant", "open", None, None),
        ("member", "outside", date(2018, 10, 8), date(2018, 6, 1)),
        ("student", "ended", date(2018, 10, 8), date(2018, 6, 1)),
    ],
)
def test_the_track_follows_an_edit(world, candidate, stage, state, candidate_on, activist_on):
    edit_stage(world, stage)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.candidate_on, candidate.activist_on) == (
        state,
        candidate_on,
        activist_on,
    )


def test_a_roster_moves_the_track_with_the_stage(world, candidate):
    """A roster writes set-based.

    The track follows in the same transaction; the gate stops unregistered people.
    """
    start_track(
        user=world.secretary, student_no=world.applicant.student_no, applied_on=date(2018, 9, 3), now=NOW
    )
    run = run_import(
        Kind.ROSTER,
        make_roster_file(
            make_roster_row(world.activist, politics="入团积极分子"),
            make_roster_row(world.applicant, politics="发展对象"),
        ),
        by=world.admin,
    )
    assert (run.figures["changed"], run.figures["error"]) == (1, 1)
    candidate.refresh_from_db()
    assert (get_stage(world.activist), candidate.candidate_on) == ("activist", None)
    assert get_stage(world.applicant) == "applicant"
    run_import(
        Kind.ROSTER, make_roster_file(make_roster_row(world.activist, politics="共青团员")), by=world.admin
    )
    candidate.refresh_from_db()
    assert candidate.state == "outside"


def test_a_meeting_is_noted_for_whom_a_roster_made_a_member(world, candidate):
    edit_stage(world, "member")
    assert admit_as(world).state == "admitted"


def test_sql_does_not_lead_around_the_gate(world):
    with pytest.raises(IntegrityError, match="须先完成志愿者注册"), transaction.atomic():
        Member.objects.filter(pk=world.applicant.pk).update(stage="candidate")
    with pytest.raises(IntegrityError, match="须先完成志愿者注册"), transaction.atomic():
        Member.objects.filter(pk=world.candidate.pk).update(stage="member")


def test_sql_does_not_put_a_track_beside_the_stage(world):
    for stage_and_days in (
        {"member": world.applicant, "activist_on": date(2018, 9, 1)},
        {"member": world.activist, "candidate_on": date(2018, 9, 1)},
        {"member": world.missing},
        {"member": world.activist, "state": "outside"},
    ):
        with pytest.raises(IntegrityError, match="发展阶段不一致"), transaction.atomic():
            Admission.objects.create(applied_on=date(2018, 3, 1), **stage_and_days)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_admit_once():
    world = build_world()
    make_candidate(world)
    begin, answers = threading.Barrier(2), []

    def run(user):
        begin.wait()
        try:
            answers.append(admit_as(world, user=user).state)
        except ValidationError as refusal:
            answers.append(refusal.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(user,)) for user in (world.secretary, world.admin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [
        "admitted",
        "高积极已登记为共青团员（2018-12-20 支部大会），无需重复登记。",
    ]
