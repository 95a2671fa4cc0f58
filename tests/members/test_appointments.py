"""Appointing for a term, ending and prolonging terms, and disabling accounts."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.models import AccountEvent, Grant, Message, User
from members.models.history import event_rows
from members.permissions import Role, get_scope
from members.queries.audit import SUBJECTS, describe_events, list_events
from members.services.appointments import (
    Choice,
    Stranger,
    appoint,
    appoint_all,
    disable_account,
    enable_account,
    end_appointment,
    extend_appointment,
)
from tests.factories import GrantFactory, UserFactory, make_account, make_school_admin
from tests.members.overlapping import run_overlapping
from tests.world import build_world

BEGIN, END = date(2018, 9, 1), date(2019, 8, 31)


@pytest.fixture(autouse=True)
def in_october(time_machine):
    time_machine.move_to("2018-10-12 08:00 +0800")


def appoint_here(by, person, role=Role.BRANCH_SECRETARY, *, on, starts_on=BEGIN, ends_on=END) -> Grant:
    return appoint(by=by, choice=Choice(person, role, on), starts_on=starts_on, ends_on=ends_on)


def get_titles(user) -> list[str]:
    return [message.title for message in Message.objects.filter(user=user).order_by("pk")]


# --- appoint ---


def test_a_person_of_the_roster_gets_an_account_without_password_and_is_told(world):
    grant = appoint_here(world.secretary, world.quiet, on=world.a2)
    account = world.quiet.user
    assert (grant.user, grant.place, grant.starts_on, grant.ends_on) == (account, world.a2, BEGIN, END)
    assert (account.number, account.name, account.has_usable_password()) == (
        world.quiet.student_no,
        world.quiet.name,
        False,
    )
    assert get_titles(account) == ["您已被任命为团支书"]


def test_an_account_that_exists_is_used(world):
    grant = appoint_here(world.admin, world.missing, on=world.a1)
    assert grant.user == world.member


def test_a_teacher_is_appointed_by_number_and_name(world):
    grant = appoint_here(world.admin, Stranger("T9001", "秦老师"), Role.COLLEGE_SECRETARY, on=world.college_b)
    assert (grant.user.username, grant.user.member) == ("T9001@JH", None)
    again = appoint_here(world.admin, Stranger("t9001", "秦 老师"), Role.SCHOOL_ADMIN, on=world.school)
    assert again.user == grant.user


@pytest.mark.parametrize(
    ("number", "name", "reason"),
    [
        ("T1002", "别人", "已有账号，姓名与“别人”不符"),
        ("2018010002", "张伟", "在花名册中"),
        ("2018010006", "陈支书", "在花名册中"),
        ("", "秦老师", "请填写"),
        ("T9001", " ", "请填写"),
    ],
)
def test_a_number_of_somebody_else_makes_no_account(world, number, name, reason):
    before = User.objects.count()
    with pytest.raises(ValidationError, match=reason):
        appoint_here(world.admin, Stranger(number, name), Role.COLLEGE_SECRETARY, on=world.college_b)
    assert User.objects.count() == before


@pytest.mark.parametrize(
    ("by", "role", "place", "allowed"),
    [
        ("admin", Role.SCHOOL_ADMIN, "school", True),
        ("admin", Role.COLLEGE_SECRETARY, "college_a", True),
        ("admin", Role.BRANCH_SECRETARY, "a2", True),
        ("secretary", Role.BRANCH_SECRETARY, "a2", True),
        ("secretary", Role.BRANCH_SECRETARY, "b1", False),
        ("secretary", Role.COLLEGE_SECRETARY, "college_a", False),
        ("secretary", Role.SCHOOL_ADMIN, "school", False),
        ("branch_secretary", Role.BRANCH_SECRETARY, "a1", False),
        ("member", Role.BRANCH_SECRETARY, "a1", False),
        ("liaison", Role.BRANCH_SECRETARY, "a1", False),
        ("nobody", Role.BRANCH_SECRETARY, "a1", False),
    ],
)
def test_only_downwards_and_in_scope(world, by, role, place, allowed):
    call = partial(appoint_here, getattr(world, by), world.quiet, role, on=getattr(world, place))
    if allowed:
        assert call().role == role
        return
    with pytest.raises(ValidationError, match="您不能任命"):
        call()
    assert not User.objects.filter(member=world.quiet).exists()


@pytest.mark.parametrize("person", ["zhang_wei_b", "secretary_b", "bh.zhang_wei", "bh.admin"])
def test_nobody_outside_the_own_scope_is_appointed(world, person):
    found = world.bh if person.startswith("bh.") else world
    with pytest.raises(ValidationError, match="没有找到这个人"):
        appoint_here(world.secretary, getattr(found, person.removeprefix("bh.")), on=world.a2)


def test_another_school_appoints_nobody_here(world):
    with pytest.raises(ValidationError, match="您不能任命"):
        appoint_here(world.bh.admin, world.bh.zhang_wei, on=world.a1)


@pytest.mark.parametrize("by", ["secretary", "admin", None])
def test_a_branch_secretary_is_in_the_roster(world, by):
    by = by and getattr(world, by)
    for person in (Stranger("2018099999", "查无此"), world.nobody):
        with pytest.raises(ValidationError, match=r"花名册中没有学号|没有找到这个人"):
            appoint_here(by, person, on=world.a2)
    assert not User.objects.filter(number="2018099999").exists()
    assert not world.nobody.grants.exists()


def test_a_term_that_is_over_is_not_given(world):
    yesterday = date(2018, 10, 11)
    with pytest.raises(ValidationError, match="已经结束"):
        appoint_here(world.secretary, world.quiet, on=world.a2, ends_on=yesterday)
    assert appoint_here(world.secretary, world.quiet, on=world.a2, ends_on=date(2018, 10, 12))


def test_nobody_appoints_themselves(world):
    with pytest.raises(ValidationError, match="本人"):
        appoint_here(world.admin, world.admin, Role.COLLEGE_SECRETARY, on=world.college_a)
    with pytest.raises(ValidationError, match="本人"):
        appoint_here(world.admin, Stranger("T1001", "孔管理"), Role.SCHOOL_ADMIN, on=world.school)


def test_who_has_left_or_is_disabled_is_not_appointed(world):
    with pytest.raises(ValidationError, match="已转出，不能任职"):
        appoint_here(world.admin, world.transferred, on=world.b1)
    User.objects.filter(pk=world.member.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="已停用"):
        appoint_here(world.admin, world.missing, on=world.a1)


def test_terms_of_one_office_do_not_overlap_but_may_follow(world):
    appoint_here(world.secretary, world.quiet, on=world.a2)
    with pytest.raises(ValidationError, match="任期不能重叠"):
        appoint_here(world.secretary, world.quiet, on=world.a2, starts_on=END)
    appoint_here(world.secretary, world.quiet, on=world.a2, starts_on=date(2019, 9, 1), ends_on=None)
    assert world.quiet.user.grants.count() == 2


def test_several_at_once_or_nobody_with_every_reason(world):
    choices = [
        Choice(person, Role.BRANCH_SECRETARY, branch)
        for person, branch in (
            (world.quiet, world.a2),
            (world.missing, world.a1),
            (world.transferred, world.b1),
        )
    ]
    with pytest.raises(ValidationError) as refusal:
        appoint_all(by=world.secretary, choices=[*choices, Choice(world.party, Role.BRANCH_SECRETARY, world.b1)],
            starts_on=BEGIN, ends_on=END)  # fmt: skip
    assert len(refusal.value.messages) == 2
    assert not User.objects.filter(member=world.quiet).exists()
    assert len(appoint_all(by=world.secretary, choices=choices[:2], starts_on=BEGIN, ends_on=END)) == 2
    with pytest.raises(ValidationError, match="至少选择一人"):
        appoint_all(by=world.secretary, choices=[], starts_on=BEGIN, ends_on=END)


# --- end ---


def test_at_once_the_role_opens_nothing_any_more(world):
    grant = world.branch_secretary.grants.get()
    end_appointment(by=world.secretary, grant_id=grant.pk, on=None, reason="换届")
    assert Grant.objects.get(pk=grant.pk).ends_on == date(2018, 10, 11)
    held = User.objects.get(pk=world.branch_secretary.pk).active_grants
    assert [role.role for role in held] == [Role.MEMBER]
    assert get_titles(world.branch_secretary) == ["您的团支书任职已结束"]


@pytest.mark.parametrize("starts_on", [date(2018, 10, 12), date(2018, 11, 1)])
def test_a_term_that_has_not_begun_is_taken_back_and_kept_in_the_history(world, starts_on):
    grant = appoint_here(world.secretary, world.quiet, on=world.a2, starts_on=starts_on)
    end_appointment(by=world.secretary, grant_id=grant.pk, on=None, reason="选错了人")
    assert not Grant.objects.filter(pk=grant.pk).exists()
    last = event_rows(Grant).filter(pgh_obj_id=grant.pk).latest("pgh_id")
    assert (last.pgh_label, last.pgh_context.metadata["reason"]) == ("delete", "选错了人")


def test_a_day_ahead_is_the_last_day_of_the_term(world, time_machine):
    grant = world.branch_secretary.grants.get()
    end_appointment(by=world.secretary, grant_id=grant.pk, on=date(2018, 10, 20), reason="毕业")
    for moment, opens in (("2018-10-20 23:59 +0800", True), ("2018-10-21 00:01 +0800", False)):
        time_machine.move_to(moment)
        roles = [held.role for held in User.objects.get(pk=world.branch_secretary.pk).active_grants]
        assert (Role.BRANCH_SECRETARY in roles) == opens


@pytest.mark.parametrize(
    ("by", "who"),
    [
        ("secretary", "secretary"),
        ("secretary", "admin"),
        ("secretary", "secretary_b"),
        ("secretary_b", "branch_secretary"),
        ("branch_secretary", "branch_secretary"),
        ("member", "branch_secretary"),
        ("liaison", "liaison"),
        ("admin", "liaison"),
    ],
)
def test_nobody_ends_or_prolongs_an_office_of_the_own_level_or_elsewhere(world, by, who):
    grant = getattr(world, who).grants.get()
    Grant.objects.filter(pk=grant.pk).update(ends_on=END)
    for call in (
        partial(end_appointment, on=None, reason="试试"),
        partial(extend_appointment, ends_on=date(2020, 8, 31)),
    ):
        with pytest.raises(ValidationError, match="没有找到这项任职"):
            call(by=getattr(world, by), grant_id=grant.pk)
    assert Grant.objects.get(pk=grant.pk).ends_on == END


def test_another_school_ends_nothing_here(world):
    with pytest.raises(ValidationError, match="没有找到"):
        end_appointment(by=world.bh.admin, grant_id=world.secretary.grants.get().pk, on=None, reason="试试")


@pytest.mark.parametrize(
    ("on", "reason"),
    [(date(2018, 10, 1), "不能早于昨天"), (date(2020, 1, 1), "请用“延长”")],
)
def test_an_end_in_the_past_or_after_the_term_is_refused(world, on, reason):
    grant = world.branch_secretary.grants.get()
    Grant.objects.filter(pk=grant.pk).update(ends_on=END)
    with pytest.raises(ValidationError, match=reason):
        end_appointment(by=world.secretary, grant_id=grant.pk, on=on, reason="试试")


def test_the_last_admin_of_a_school_stays(world):
    own = world.admin.grants.get()
    for on in (None, date(2018, 12, 31)):
        with pytest.raises(ValidationError, match="最后一位校团委管理员"):
            end_appointment(by=world.admin, grant_id=own.pk, on=on, reason="换届")
    second = make_school_admin(world.school)
    second.grants.update(ends_on=date(2018, 12, 31))
    with pytest.raises(ValidationError, match="最后一位校团委管理员"):
        end_appointment(by=world.admin, grant_id=own.pk, on=date(2018, 12, 31), reason="换届")
    end_appointment(by=world.admin, grant_id=own.pk, on=date(2018, 12, 1), reason="换届")


def test_a_disabled_admin_is_no_other_admin(world):
    second = make_school_admin(world.school)
    User.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="最后一位校团委管理员"):
        end_appointment(by=world.admin, grant_id=world.admin.grants.get().pk, on=None, reason="换届")


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_end_each_other_at_once_leave_one():
    world = build_world()
    second = make_school_admin(world.school)
    calls = [
        partial(end_appointment, by=by, grant_id=of.grants.get().pk, on=None, reason="换届")
        for by, of in ((world.admin, second), (second, world.admin))
    ]
    assert world.admin.active_grants
    assert second.active_grants  # as of a request that began before
    _, refused = run_overlapping(*calls)
    assert isinstance(refused, ValidationError)
    assert "最后一位校团委管理员" in refused.messages[0]
    assert (
        Grant.objects.active_on(timezone.localdate())
        .filter(role=Role.SCHOOL_ADMIN, school=world.school)
        .count()
        == 1
    )


@pytest.mark.django_db(transaction=True)
def test_two_secretaries_appoint_one_person_at_once_and_make_one_account():
    world = build_world()
    calls = [
        partial(appoint_here, by, world.quiet, on=branch)
        for by, branch in ((world.secretary, world.a2), (world.admin, world.a1))
    ]
    run_overlapping(*calls)
    assert User.objects.get(member=world.quiet).grants.count() == 2


# --- prolong ---


def test_a_term_is_prolonged_and_the_person_told(world):
    grant = appoint_here(world.secretary, world.quiet, on=world.a2)
    extend_appointment(by=world.secretary, grant_id=grant.pk, ends_on=date(2020, 8, 31), reason="连任")
    grant.refresh_from_db()
    assert grant.ends_on == date(2020, 8, 31)
    assert get_titles(world.quiet.user)[-1] == "您的团支书任期已调整"


@pytest.mark.parametrize("ends_on", [date(2019, 8, 31), date(2019, 1, 1)])
def test_an_earlier_end_is_no_prolonging(world, ends_on):
    grant = appoint_here(world.secretary, world.quiet, on=world.a2)
    with pytest.raises(ValidationError, match="应晚于"):
        extend_appointment(by=world.secretary, grant_id=grant.pk, ends_on=ends_on)


def test_a_term_is_not_prolonged_into_the_next_one_or_after_its_end(world):
    grant = appoint_here(world.secretary, world.quiet, on=world.a2)
    appoint_here(world.secretary, world.quiet, on=world.a2, starts_on=date(2020, 9, 1), ends_on=None)
    for ends_on in (date(2020, 9, 1), None):
        with pytest.raises(ValidationError, match="重叠"):
            extend_appointment(by=world.secretary, grant_id=grant.pk, ends_on=ends_on)
    Grant.objects.filter(pk=grant.pk).update(ends_on=date(2018, 10, 1))
    with pytest.raises(ValidationError, match="请重新任命"):
        extend_appointment(by=world.secretary, grant_id=grant.pk, ends_on=date(2020, 8, 31))


def test_nobody_prolongs_the_own_term(world):
    grant = world.admin.grants.get()
    Grant.objects.filter(pk=grant.pk).update(ends_on=END)
    with pytest.raises(ValidationError, match="本人"):
        extend_appointment(by=world.admin, grant_id=grant.pk, ends_on=date(2020, 8, 31))


def test_each_change_is_in_the_audit_log_with_author_and_reason(world):
    grant = appoint_here(world.secretary, world.quiet, on=world.a2)
    end_appointment(by=world.admin, grant_id=grant.pk, on=date(2018, 10, 20), reason="本人辞职")
    rows = list_events(SUBJECTS["grants"], get_scope(world.admin, "audit.view"))[:2]
    ended, made = describe_events(rows, SUBJECTS["grants"])
    assert (made.who, made.what, made.about) == ("曹书记", "新增", f"宋安静 {world.quiet.student_no}")
    assert (ended.who, ended.what, ended.reason) == ("孔管理", "修改", "本人辞职")


# --- disable ---


def test_a_disabled_account_is_out_at_once_and_its_sessions_do_not_come_back(world, client, client_of):
    world.branch_secretary.set_password("right-Password-1")
    world.branch_secretary.save()
    client.post("/accounts/login/", {"login": world.branch_secretary.number, "password": "right-Password-1"})
    assert client.get("/roster/").status_code == 200
    disable_account(by=world.secretary, user_id=world.branch_secretary.pk, reason="手机遗失")
    assert client.get("/roster/").status_code == 302
    enable_account(by=world.secretary, user_id=world.branch_secretary.pk, reason="已找回")
    assert client.get("/roster/").status_code == 302
    events = AccountEvent.objects.filter(user=world.branch_secretary, by=world.secretary).order_by("pk")
    assert [(event.kind, event.note) for event in events] == [
        ("disabled", "手机遗失"),
        ("enabled", "已找回"),
    ]


@pytest.mark.parametrize(
    ("by", "who"),
    [
        ("secretary", "secretary"),
        ("secretary", "admin"),
        ("secretary", "secretary_b"),
        ("secretary_b", "branch_secretary"),
        ("branch_secretary", "member"),
        ("admin", "admin"),
        ("bh.admin", "secretary"),
    ],
)
def test_nobody_disables_an_account_that_is_not_theirs_to_manage(world, by, who):
    by = world.bh.admin if by == "bh.admin" else getattr(world, by)
    with pytest.raises(ValidationError, match="您不能停用或恢复"):
        disable_account(by=by, user_id=getattr(world, who).pk, reason="试试")
    assert User.objects.get(pk=getattr(world, who).pk).is_active


def test_the_last_admin_is_not_disabled(world):
    repair = User.objects.create_superuser("operator", None, name="Operator")
    with pytest.raises(ValidationError, match="最后一位校团委管理员"):
        disable_account(by=repair, user_id=world.admin.pk, reason="试试")


def test_an_office_of_an_account_in_another_branch_makes_it_more_than_the_branch_s(world):
    """A college does not disable a person of its roster who is an admin of the school."""
    admin = make_account(world.quiet)
    GrantFactory(user=admin, role=Role.SCHOOL_ADMIN, school=world.school)
    with pytest.raises(ValidationError, match="您不能停用"):
        disable_account(by=world.secretary, user_id=admin.pk, reason="试试")


def test_it_is_done_once(world):
    account = UserFactory(school=world.school)
    disable_account(by=world.admin, user_id=account.pk, reason="离职")
    with pytest.raises(ValidationError, match="已经停用"):
        disable_account(by=world.admin, user_id=account.pk, reason="离职")
    enable_account(by=world.admin, user_id=account.pk, reason="返聘")
    with pytest.raises(ValidationError, match="没有停用"):
        enable_account(by=world.admin, user_id=account.pk, reason="返聘")


def test_an_ended_term_today_leaves_the_term_of_yesterday_true(world):
    grant = world.secretary_b.grants.get()
    end_appointment(by=world.admin, grant_id=grant.pk, on=None, reason="调离")
    assert list(Grant.objects.active_on(timezone.localdate() - timedelta(days=1)).filter(pk=grant.pk)) == [
        grant
    ]


def test_a_term_that_is_prolonged_cut_and_prolonged_to_the_same_day_is_told_three_times(world):
    grant = appoint_here(world.secretary, world.quiet, on=world.a2)
    for _ in range(2):
        extend_appointment(by=world.secretary, grant_id=grant.pk, ends_on=date(2020, 8, 31))
        end_appointment(by=world.secretary, grant_id=grant.pk, on=date(2019, 8, 31), reason="一年一任")
    titles = get_titles(world.quiet.user)
    assert len(titles) == 5
    assert titles[1:3] == titles[3:5] == ["您的团支书任期已调整", titles[2]]
