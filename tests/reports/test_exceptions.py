"""The exception of 二(二): requested by the branch, granted by the school, kept with the reasons against 优秀."""

import threading
from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from reports.models import ExcellentException
from reports.queries.eligibility import judge_person
from reports.services.eligibility import ask_exception, decide_exception, revoke_exception
from tests.factories import BEIJING, GrantFactory, ServiceRecordFactory, ServiceYearFactory, UserFactory
from tests.inbox import find_inbox
from tests.moving import move_person
from tests.world import build_world

NOW = datetime(2018, 12, 3, 10, tzinfo=BEIJING)


def ask_as(world, *, user=None, member=None, year=None, grounds="带队支教一年"):
    return ask_exception(
        user=user or world.branch_secretary,
        member_id=(member or world.registered).pk,
        year=year or world.year,
        grounds=grounds,
        now=NOW,
    )


def decide_as(world, exception, *, granted=True, user=None, reason="情况属实"):
    return decide_exception(
        user=user or world.admin, exception_id=exception.pk, granted=granted, reason=reason, now=NOW
    )


def get_verdict(world, member):
    return judge_person(member, world.year).verdict


@pytest.fixture
def asked_exception(world):
    return ask_as(world)


@pytest.fixture
def granted_exception(world, asked_exception):
    return decide_as(world, asked_exception)


# --- asking -----------------------------------------------------------------------------------------------------


def test_the_branch_asks_and_the_school_is_told(world, asked_exception):
    assert (asked_exception.state, asked_exception.asked_by) == ("asked", world.branch_secretary)
    verdict = get_verdict(world, world.registered)
    assert (verdict.excellent, verdict.figures.asked) == (False, True)
    assert find_inbox(world.admin).get().url == asked_exception.get_absolute_url()


def test_the_college_asks_too(world):
    assert ask_as(world, user=world.secretary).asked_by == world.secretary


@pytest.mark.parametrize("who", ["secretary_b", "member", "liaison", "nobody", "admin"])
def test_others_do_not_ask(world, who):
    with pytest.raises(ValidationError, match="不在您的管理范围内"):
        ask_as(world, user=getattr(world, who))


def test_nobody_asks_for_who_fulfils_everything(world):
    ServiceRecordFactory(member=world.registered, minutes=1200)
    with pytest.raises(ValidationError, match="已符合优秀的条件"):
        ask_as(world)


def test_nobody_asks_for_who_is_not_judged(world):
    with pytest.raises(ValidationError, match="只评议团员，2018-12-31 为群众"):
        ask_as(world, member=world.student)


def test_nobody_asks_twice(world, asked_exception):
    with pytest.raises(ValidationError, match="已有例外申请"):
        ask_as(world, user=world.secretary)


def test_nobody_asks_in_a_year_of_another_school(world):
    with pytest.raises(ValidationError, match="没有找到这个年度"):
        ask_as(world, year=world.bh.year)


# --- deciding ---------------------------------------------------------------------------------------------------


def test_granted_it_opens_excellent_and_no_honour_and_says_who_when_and_why(world, granted_exception):
    verdict = get_verdict(world, world.registered)
    assert (verdict.excellent, verdict.by_exception, verdict.honour_bar) == (True, True, True)
    assert verdict.figures.exception == "孔管理 2018-12-03 同意：情况属实"
    assert find_inbox(world.branch_secretary).get().title == "评优例外已同意：张伟"


def test_it_is_of_its_year_only(world, granted_exception):
    assert not get_verdict(world, world.namesake).excellent


def test_refused_it_changes_nothing_and_may_be_asked_again(world, asked_exception):
    decide_as(world, asked_exception, granted=False)
    assert not get_verdict(world, world.registered).excellent
    assert ask_as(world).pk != asked_exception.pk


def test_what_stood_against_it_is_kept_when_records_and_rules_change(world, granted_exception):
    ServiceRecordFactory(member=world.registered, minutes=1200)
    world.year.required_minutes = 600
    world.year.save()
    granted_exception.refresh_from_db()
    assert granted_exception.judged["excellent"] is False
    assert granted_exception.judged["figures"]["minutes"] == 0
    assert granted_exception.judged["rules"]["required_minutes"] == 1200
    assert [row["missing"] for row in granted_exception.judged["conditions"]] == ["", "还差 20 小时"]
    assert get_verdict(world, world.registered).standing == "passes"


@pytest.mark.parametrize("who", ["secretary", "branch_secretary", "member"])
def test_only_the_school_decides(world, asked_exception, who):
    with pytest.raises(ValidationError, match="没有找到这项申请"):
        decide_as(world, asked_exception, user=getattr(world, who))


def test_another_school_does_not_decide(world, asked_exception):
    with pytest.raises(ValidationError, match="没有找到这项申请"):
        decide_as(world, asked_exception, user=world.bh.admin)


def test_nobody_decides_on_the_own(world, asked_exception):
    world.admin.member = world.registered
    with pytest.raises(ValidationError, match="本人"):
        decide_as(world, asked_exception)


def test_it_is_decided_once_and_with_a_reason(world, asked_exception):
    with pytest.raises(ValidationError, match="请填写审批理由"):
        decide_as(world, asked_exception, reason="  ")
    decide_as(world, asked_exception)
    with pytest.raises(ValidationError, match="已经审批"):
        decide_as(world, asked_exception, granted=False)


def test_revoked_it_stays_readable(world, granted_exception):
    revoke_exception(user=world.admin, exception_id=granted_exception.pk, reason="材料不实", now=NOW)
    granted_exception.refresh_from_db()
    assert (granted_exception.state, granted_exception.reason, granted_exception.revoke_reason) == (
        "revoked",
        "情况属实",
        "材料不实",
    )
    assert not get_verdict(world, world.registered).excellent
    with pytest.raises(ValidationError, match="只有已同意的例外可以撤销"):
        revoke_exception(user=world.admin, exception_id=granted_exception.pk, reason="再次", now=NOW)


# --- what the database refuses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "refused"},
        {"reason": "改写"},
        {"judged": {}},
        {"state": "revoked", "revoked_at": NOW, "revoke_reason": "不实", "reason": "改写"},
    ],
)
def test_a_decision_is_not_changed_even_by_sql(world, granted_exception, changes):
    with pytest.raises(DatabaseError, match="审批后不能修改"), transaction.atomic():
        ExcellentException.objects.filter(pk=granted_exception.pk).update(revoked_by=world.admin, **changes)
    with pytest.raises(DatabaseError, match="审批后不能修改"), transaction.atomic():
        ExcellentException.objects.filter(pk=granted_exception.pk).delete()


BREAKS = {
    "exception_once_per_person_and_year": lambda w, row: ExcellentException.objects.create(
        year=w.year, member=row.member, grounds="再次", asked_at=NOW, asked_by=w.secretary
    ),
    "exception_asked_with_grounds": lambda w, row: _update_exception(row, grounds=""),
    "exception_decided_with_signer": lambda w, row: _update_exception(
        row, state="granted", decided_at=NOW, reason="同意", judged={}
    ),
    "exception_revoked_with_reason": lambda w, row: _update_exception(row, revoked_at=NOW),
}


def _update_exception(row, **values):
    ExcellentException.objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("name", BREAKS)
def test_the_constraint_refuses(world, asked_exception, name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BREAKS[name](world, asked_exception)
    assert refusal.value.__cause__.diag.constraint_name == name


def test_every_constraint_is_broken_once():
    assert {constraint.name for constraint in ExcellentException._meta.constraints} == BREAKS.keys()


def test_person_and_year_are_of_one_school(world):
    with pytest.raises(IntegrityError, match="不属于同一所学校"), transaction.atomic():
        ExcellentException.objects.create(
            year=world.bh.year, member=world.missing, grounds="…", asked_at=NOW, asked_by=world.secretary
        )


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_the_same_time_make_one():
    world = build_world()
    start, answers = threading.Barrier(2), []

    def run(user):
        start.wait()
        try:
            answers.append(ask_as(world, user=user).state)
        except ValidationError as refusal:
            answers.append(refusal.messages[0])
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(user,)) for user in (world.secretary, world.branch_secretary)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["asked", "此人本年度已有例外申请。"]
    assert ExcellentException.objects.count() == 1


# --- the list ---------------------------------------------------------------------------------------------------


def test_the_list_and_what_waits_are_narrowed_to_a_year(world, client_of, asked_exception):
    next_year = ServiceYearFactory(school=world.school, year=2019)
    later = ask_as(world, year=next_year)
    client, address = client_of(world.admin), reverse("exceptions")
    assert list(client.get(address).context["page"]) == [later, asked_exception]
    assert list(client.get(address, {"year": 2018}).context["page"]) == [asked_exception]
    decide_as(world, later)
    for year, waiting in ((2018, 1), (2019, 0)):
        page = client.get(reverse("eligibility"), {"year": year})
        assert page.context["asked"] == waiting
        assert f"{address}?year={year}" in page.content.decode()


@pytest.mark.parametrize("moved", [False, True])
def test_the_answer_is_for_the_successor_and_names_nobody_to_who_left(world, asked_exception, moved):
    world.branch_secretary.grants.filter(role="branch_secretary").delete()
    if moved:
        move_person(world.registered, date(2018, 12, 4), branch=world.a2)
    successor = UserFactory(school=world.school)
    GrantFactory(user=successor, role="branch_secretary", branch=world.a2 if moved else world.a1)
    decide_as(world, asked_exception, granted=False)
    assert find_inbox(successor).get().title == "评优例外未同意：张伟"
    assert not find_inbox(world.branch_secretary).exists()
