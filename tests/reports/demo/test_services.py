import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from io import StringIO
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Objection, Project, ProjectReply, RecordLink, ServiceRecord, SignUp
from activities.queries.totals import sum_minutes_by_member
from members.models import Branch, ImportRun, Member, School, ServiceYear, User, VolunteerRecord
from members.permissions import Role
from members.rules import BEIJING
from pairing.models import GroupCheck, Invitation, Pairing, PairingCode, ServiceTeam, TeamMembership
from reports.demo.names import draw_name
from reports.demo.organisation import build_branch_plans
from reports.demo.services import compute_shift
from reports.models import (
    Admission,
    Appraisal,
    AppraisalStep,
    AssessmentScheme,
    Bulletin,
    Commendation,
    ExcellentException,
    HonourTitle,
    Nomination,
)
from reports.queries.admission import build_report
from reports.queries.honours import judge_nominations, judge_subjects, list_nominees


def run_seed_demo(*args) -> dict:
    out = StringIO()
    call_command("seed_demo", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(autouse=True)
def pictures_of_their_own(settings, tmp_path):
    """Delete the demo's pictures after the test."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="class")
def seeded_demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """Fill the portal once for a class of tests; each test runs in a savepoint on top of it."""
    pictures = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), transaction.atomic(), pictures:
        yield run_seed_demo("--today", "2018-10-21")
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded_demo, db) -> dict:
    return seeded_demo


def _get_member() -> Member:
    """Return the person of the account without a role."""
    return User.objects.get(member__isnull=False, grants=None).member


class TestFilledFor21October2018:
    def test_the_school_is_of_the_promised_size_and_shape(self, demo):
        sizes = dict(Branch.objects.annotate(people=Count("members")).values_list("name", "people"))
        assert 1800 <= demo["people"] <= 2300
        assert School.objects.get().colleges.count() == 10
        assert {0, 2} <= set(sizes.values())
        assert all(12 <= size <= 38 for size in sizes.values() if size > 2)
        assert max(map(len, sizes)) == 40
        assert Member.objects.values("branch", "name").annotate(same=Count("pk")).filter(same__gte=2).exists()
        assert set(Member.objects.values_list("stage", flat=True)) == set(Member.Stage.values)

    def test_every_bulletin_that_was_due_is_out_and_the_rate_grew(self, demo):
        issues = list(Bulletin.objects.order_by("due_on"))
        assert [issue.due_on.day for issue in issues] == [10, 12, 14, 16, 18, 20]
        assert [issue.number for issue in issues] == [1, 2, 3, 4, 5, 6]
        assert {(issue.as_of + timedelta(hours=8)).hour for issue in issues} == {8}
        registered = [issue.registered for issue in issues]
        assert registered == sorted(registered)
        assert issues[0].registered < 0.8 * issues[0].members
        assert 0 < issues[-1].branches_below < issues[0].branches_below

    def test_there_is_work_left(self, demo):
        assert Member.objects.missing().exists()
        assert Member.objects.missing().filter(reported_on__isnull=False).exists()
        assert VolunteerRecord.objects.unclear().count() == 18
        assert Branch.objects.exclude(grant__role=Role.BRANCH_SECRETARY).count() >= 2

    def test_nobody_registers_after_the_demo_s_day(self, demo):
        today = date(2018, 10, 21)
        for name in ("registered_on", "reported_on", "league_account_on", "profile_completed_on"):
            assert not Member.objects.filter(**{f"{name}__gt": today}).exists()

    def test_each_role_has_an_account_that_signs_in(self, demo, client):
        assert {account["role"] for account in demo["accounts"]} == {
            role.label for role in Role if role != Role.FORMER
        }
        for account in demo["accounts"]:
            entered = {"login": account["number"], "password": account["password"]}
            assert client.post(reverse("account_login"), entered).status_code == 302
            client.post(reverse("account_logout"))
        assert sum(user.has_usable_password() for user in User.objects.all()) == 5

    def test_the_member_to_sign_in_as_has_still_to_register(self, demo):
        number = next(account["number"] for account in demo["accounts"] if account["role"] == "团员")
        assert Member.objects.get(student_no=number).is_registered is False

    def test_pairing_is_half_done(self, demo):
        active = Pairing.objects.active()
        assert active.count() == 6
        assert PairingCode.objects.filter(state="handed_out").count() == 4
        assert Counter(PairingCode.objects.values_list("kind", flat=True)) == {"urban": 7, "suburban": 3}
        done = active.filter(offline_on__isnull=False)
        assert done.count() == 4
        assert {pairing.team.outside_id != "" for pairing in done} == {True}
        overdue, pending = active.filter(offline_on=None).order_by("due_on")
        assert overdue.due_on < date(2018, 10, 21) <= pending.due_on
        assert pending.college.grant_set.get().user.number == "T0002"

    def test_teams_fill_and_the_member_to_sign_in_as_has_still_to_join(self, demo):
        for team in ServiceTeam.objects.all():
            people = Member.objects.counted().filter(branch__college=team.pairing.college).count()
            assert 39 <= 100 * team.memberships.count() // people <= 90
        number = next(account["number"] for account in demo["accounts"] if account["role"] == "团员")
        assert not TeamMembership.objects.filter(member__student_no=number).exists()
        assert GroupCheck.objects.exists()

    def test_the_liaison_sees_a_college_and_the_school_an_alarm(self, demo, client):
        client.force_login(User.objects.get(number="S0001"))
        assert len(client.get(reverse("liaison")).context["pairings"]) == 1
        client.force_login(User.objects.get(number="T0001"))
        assert len(client.get(reverse("streets")).context["over_full"]) == 1

    def test_projects_are_at_every_step_and_the_liaison_to_sign_in_as_has_one_to_answer(self, demo):
        assert set(Project.objects.values_list("state", flat=True)) >= {
            "proposed",
            "changes",
            "agreed",
            "published",
        }
        street = User.objects.get(number="S0001").grants.get().street
        (waiting,) = Project.objects.filter(state="proposed")
        assert waiting.team.pairing.street == street

    def test_people_came_or_did_not_and_cases_wait(self, demo):
        signups = SignUp.objects.all()
        assert signups.filter(no_show_at__isnull=False).exists()
        assert signups.filter(state="waiting").exists()
        assert signups.exclude(flags=[]).filter(settled_at=None).exists()
        assert signups.filter(street_confirmed_at__isnull=False).exists()
        states = ServiceRecord.objects.filter(source="attendance").values_list("state", flat=True)
        assert set(states) == {"pending", "confirmed", "rejected", "voided"}
        first_signed = ServiceRecord.objects.get(source="supplement", signed_at__isnull=False)
        assert first_signed.state == "pending" and first_signed.minutes > 240
        assert set(Objection.objects.values_list("state", flat=True)) == {"open", "dismissed"}

    def test_the_ledgers_of_the_city_are_in_linked_and_not_all_the_same(self, demo):
        figures = {run.filename: run.figures for run in ImportRun.objects.filter(kind="hours")}
        assert len(figures) == 2
        assert not any(run["error"] for run in figures.values())
        assert figures["志愿北京时长.csv"]["unclear"] == 3
        linked = RecordLink.objects.values_list("service", "record__minutes")
        minutes = defaultdict(set)
        for service, measured in linked:
            minutes[service].add(measured)
        assert 0 < sum(len(found) > 1 for found in minutes.values()) < len(minutes) // 10

    def test_the_member_to_sign_in_as_is_half_way_and_some_have_20_hours(self, demo):
        minutes = sum_minutes_by_member(
            Member.objects.all(), date(2018, 1, 1), date(2018, 12, 31), "appraisal"
        )
        assert 600 <= minutes[_get_member().pk] < 1200
        assert 50 < sum(found >= 1200 for found in minutes.values()) < len(minutes) // 2

    def test_something_is_running_that_the_member_to_sign_in_as_can_be_checked_in_to(self, demo):
        evening = datetime(2018, 10, 21, 20, tzinfo=ZoneInfo(BEIJING))
        signup = _get_member().signups.get(
            activity__check_in_opens_at__lt=evening, activity__check_in_closes_at__gt=evening
        )
        assert (signup.state, signup.checked_in_at) == ("signed_up", None)
        assert signup.activity.stewards.get().user.has_usable_password()

    def test_appraisals_are_at_every_step_and_the_branch_to_sign_in_as_sits_in_its_meeting(self, demo):
        states = dict(Appraisal.objects.values_list("branch", "state"))
        own = Appraisal.objects.get(branch=_get_member().branch)
        assert (own.state, own.reason, own.quorate) == ("draft", "", True)
        assert 0 < own.grades.exclude(final="").count() < own.grades.count() // 2
        assert sorted(states.values()) == ["approved", "draft", "draft", "submitted"]
        returned = Appraisal.objects.get(state="draft", reason__gt="")
        assert returned.steps.last().kind == "returned"
        approved = Appraisal.objects.get(state="approved")
        assert approved.grades.filter(final="excellent").count() <= approved.quota

    def test_exceptions_are_asked_granted_and_refused(self, demo):
        states = ExcellentException.objects.values_list("state", flat=True)
        assert sorted(states) == ["asked", "granted", "refused"]

    def test_every_step_into_the_league_is_taken_in_the_branch_to_sign_in_as(self, demo):
        tracks = Admission.objects.filter(member__branch=_get_member().branch).select_related("member")
        stages = [(track.member.stage, track.state) for track in tracks.order_by("-applied_on")]
        assert stages == [
            ("applicant", "open"),
            *[("activist", "open")] * 2,
            *[("candidate", "open")] * 2,
            ("member", "admitted"),
        ]
        called = tracks.get(state="open", meeting_on__isnull=False)
        assert build_report(called.member, called).paragraph
        assert tracks.get(state="admitted").slip["paragraph"]
        (held_back,) = [track for track in tracks if not track.member.is_registered and track.activist_on]
        assert held_back.member.stage == "activist"
        assert Admission.objects.exclude(member__branch=_get_member().branch).count() > 50

    def test_honours_of_every_level_stand_and_one_verdict_has_changed_since_its_nomination(self, demo):
        titles = HonourTitle.objects.all()
        assert {title.level for title in titles} == {"college", "school", "city", "nation"}
        assert set(titles.values_list("kind", flat=True)) == {"person", "branch", "party"}
        states = set(Nomination.objects.values_list("state", flat=True))
        assert states == {"nominated", "chosen", "dropped", "withdrawn"}
        title = titles.get(name="优秀共青团员")
        standing = list(title.nominations.live())
        now = judge_nominations(title, standing)
        assert [row.judged["open"] for row in standing] == [True] * len(standing)
        assert sum(not now[row.pk]["open"] for row in standing) == 1

    def test_somebody_in_reach_of_the_branch_to_sign_in_as_is_barred_from_an_honour(self, demo):
        title = HonourTitle.objects.get(name="优秀共青团员")
        lead = User.objects.get(number=next(a["number"] for a in demo["accounts"] if a["role"] == "团支书"))
        found = judge_subjects(title, list_nominees(lead, title).values_list("pk", flat=True))
        assert {judged["open"] for judged in found.values()} == {True, False}

    def test_weights_are_published_and_projects_commended(self, demo):
        assert AssessmentScheme.objects.get().version == 1
        issued = Commendation.objects.exclude(issued_at=None).get()
        assert issued.kind == "project" and issued.names.filter(place=1).exists()
        assert Commendation.objects.filter(issued_at=None).count() == 2

    def test_history_names_who_did_a_step_and_the_command_for_the_rest(self, demo):
        pairing = Pairing.objects.active().filter(offline_on__isnull=False).first()
        users = {event.pgh_context.metadata["user"] for event in pairing.events.select_related("pgh_context")}
        assert users == {pairing.claimed_by_id}
        member = Member.objects.first()
        assert {event.pgh_context.metadata.get("command") for event in member.events.all()} == {"seed_demo"}
        assert {event.pgh_context.metadata.get("user") for event in member.events.all()} == {None}

    def test_nothing_lies_after_the_demo_s_evening(self, demo):
        evening = datetime(2018, 10, 21, 20, tzinfo=ZoneInfo(BEIJING))
        for model, name in (
            (Pairing, "claimed_at"),
            (Pairing, "confirmed_at"),
            (PairingCode, "handed_at"),
            (PairingCode, "revealed_at"),
            (TeamMembership, "joined_at"),
            (Invitation, "created_at"),
            (ProjectReply, "at"),
            (Project, "published_at"),
            (SignUp, "signed_up_at"),
            (SignUp, "checked_in_at"),
            (SignUp, "checked_out_at"),
            (SignUp, "settled_at"),
            (Objection, "raised_at"),
            (Objection, "answered_at"),
            (ExcellentException, "decided_at"),
            (AppraisalStep, "at"),
            (Nomination, "nominated_at"),
            (Nomination, "decided_at"),
            (HonourTitle, "decided_at"),
            (Admission, "admitted_at"),
            (AssessmentScheme, "published_at"),
            (Commendation, "issued_at"),
        ):
            assert not model.objects.filter(**{f"{name}__gt": evening}).exists()
        assert not GroupCheck.objects.filter(joined_on__gt=evening.date()).exists()

    def test_a_second_call_refuses_and_changes_nothing(self, demo):
        with pytest.raises(CommandError, match="已有学校"):
            run_seed_demo("--today", "2018-10-21")
        again = run_seed_demo("--if-empty")
        assert not again["seeded"]
        assert {key: again[key] for key in ("people", "bulletins", "accounts")} == {
            key: demo[key] for key in ("people", "bulletins", "accounts")
        }

    def test_an_account_whose_password_was_changed_is_no_longer_shown(self, demo):
        user = User.objects.get(number="T0001")
        user.set_password("ein-anderes-wort-2018")
        user.save()
        assert "T0001" not in {account["number"] for account in run_seed_demo("--if-empty")["accounts"]}


def test_beside_another_school_it_stays_silent(world):
    assert run_seed_demo("--if-empty") == {
        "seeded": False,
        "school": None,
        "people": 0,
        "bulletins": 0,
        "accounts": [],
    }
    assert School.objects.count() == 2


def test_a_demo_that_fails_leaves_neither_rows_nor_pictures(db, settings, monkeypatch):
    def fail(_service):
        assert list(settings.MEDIA_ROOT.rglob("*.jpg"))
        raise OSError("disk full")

    monkeypatch.setattr("reports.demo.services.import_ledgers", fail)
    kept = settings.MEDIA_ROOT / "of somebody" / "picture.jpg"
    kept.parent.mkdir(parents=True)
    kept.touch()
    with pytest.raises(OSError, match="disk full"):
        run_seed_demo("--today", "2018-10-21")

    assert not School.objects.exists()
    assert [file for file in settings.MEDIA_ROOT.rglob("*") if file.is_file()] == [kept]


def test_production_refuses(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="生产环境"):
        run_seed_demo()
    assert not School.objects.exists()


@pytest.mark.parametrize("today", [date(2018, 10, 10), date(2018, 11, 3), date(2018, 12, 31)])
def test_from_10_october_on_the_notice_s_dates_stand(today):
    assert compute_shift(today) == timedelta()


@pytest.mark.parametrize("today", [date(2018, 1, 1), date(2018, 6, 15), date(2018, 10, 9), date(2020, 2, 29)])
def test_before_it_the_calendar_moves_so_that_bulletins_are_running(today):
    assert date(today.year, 10, 10) + compute_shift(today) == today - timedelta(days=9)


def test_a_demo_in_spring_has_five_bulletins_and_pairing_under_way(db):
    assert run_seed_demo("--today", "2019-03-14")["bulletins"] == 5
    active = Pairing.objects.active()
    assert (active.count(), active.filter(due_on__lt=date(2019, 3, 14), offline_on=None).count()) == (6, 1)


def test_a_demo_on_new_year_s_day_has_what_the_new_year_can_have(db):
    run_seed_demo("--today", "2019-01-01")
    assert ServiceYear.objects.get().year == 2019
    assert Appraisal.objects.count() == 4
    assert not ServiceRecord.objects.filter(served_on__lt=date(2019, 1, 1)).exists()
    assert HonourTitle.objects.exclude(nominations=None).exists()


def test_a_demo_on_a_monday_in_late_december_looks_ahead_and_overlaps_nothing(db):
    """Nine days before a Monday is a Saturday in the library; two weeks later the next year has begun."""
    run_seed_demo("--today", "2018-12-24")
    supplements = ServiceRecord.objects.filter(source=ServiceRecord.Source.SUPPLEMENT)
    assert {record.served_on for record in supplements} == {date(2018, 12, 16)}
    assert Activity.objects.filter(starts_at__year=2019).exists()


def test_before_the_hall_opens_there_are_codes_only(db):
    run_seed_demo("--today", "2018-10-11")
    assert set(PairingCode.objects.values_list("state", flat=True)) == {"stock"}
    assert not Pairing.objects.exists()


def test_after_the_hall_has_closed_the_school_makes_up_for_a_college(db):
    run_seed_demo("--today", "2018-11-24")
    last = Pairing.objects.latest("claimed_at")
    assert last.claimed_for
    assert (last.claimed_by.number, timezone.localdate(last.claimed_at)) == ("T0001", date(2018, 11, 23))


def test_the_same_seed_makes_the_same_school():
    def build_plans():
        return build_branch_plans(Random(1), date(2018, 10, 21))

    assert build_plans() == build_plans()
    assert [draw_name(Random(5), "female") for _ in range(20)] == [
        draw_name(Random(5), "female") for _ in range(20)
    ]


def test_names_hold_what_real_rosters_hold():
    random = Random(3)
    names = [draw_name(random, random.choice(("male", "female"))) for _ in range(2000)]
    assert any("·" in name for name in names)
    assert any(ord(character) > 0xFFFF for name in names for character in name)
    assert len(set(names)) < len(names)
