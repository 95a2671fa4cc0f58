import json
from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from members.models import Grant, User
from members.permissions import Role
from members.services.accounts import create_account, end_grant, generate_password, grant_role
from tests.factories import UserFactory

PASSWORD = "qingnian-zhiyuan-18"


def run_create_account(*args) -> dict:
    out = StringIO()
    call_command("create_account", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


# --- accounts


def test_an_account_signs_in_with_its_number(world, client):
    create_account(school=world.school, number="T9001", name="秦老师", password=PASSWORD)
    answer = client.post(reverse("account_login"), {"school": "JH", "login": "T9001", "password": PASSWORD})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(username="T9001@JH").pk)


def test_a_wrong_password_is_refused_in_chinese(world, client):
    create_account(school=world.school, number="T9001", name="秦老师", password=PASSWORD)
    answer = client.post(reverse("account_login"), {"school": "JH", "login": "T9001", "password": "x" * 12})
    assert "学号（工号）或密码不正确" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_same_number_in_two_schools_asks_for_the_school(world, client):
    for school in (world.jh.school, world.bh.school):
        create_account(school=school, number="2018010001", name="张伟", password=PASSWORD)
    url, entered = reverse("account_login"), {"login": "2018010001", "password": PASSWORD}
    assert "请先选择学校" in client.post(url, entered).content.decode()
    assert client.post(url, entered | {"school": "BH"}).status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(username="2018010001@BH").pk)


def test_an_account_of_a_person_of_the_roster_is_linked(world):
    user = create_account(school=world.school, number="2018010001", name="张　伟")
    assert user.member == world.registered
    assert [held.role for held in user.active_grants] == [Role.MEMBER]


def test_a_number_of_somebody_else_on_the_roster_is_refused(world):
    with pytest.raises(ValidationError, match="不符"):
        create_account(school=world.school, number="2018010001", name="张薇")


def test_a_number_has_one_account(world):
    with pytest.raises(ValidationError, match="已存在"):
        create_account(school=world.school, number=world.admin.number, name="别人")


def test_without_a_password_nobody_can_sign_in(world):
    assert not create_account(school=world.school, number="T9001", name="秦老师").has_usable_password()


def test_a_weak_password_is_refused(world):
    with pytest.raises(ValidationError):
        create_account(school=world.school, number="T9001", name="秦老师", password="12345678901")
    assert not User.objects.filter(number="T9001").exists()


def test_made_passwords_are_long_and_differ():
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50
    assert {len(password) for password in made} == {16}


# --- roles


def test_a_role_is_held_from_its_first_to_its_last_day(world):
    teacher = UserFactory(school=world.school)
    grant_role(
        user=teacher,
        role=Role.COLLEGE_SECRETARY,
        on=world.college_a,
        starts_on=date(2018, 9, 1),
        ends_on=date(2019, 8, 31),
    )
    held_on = {
        day: teacher.grants.active_on(day).exists()
        for day in (date(2018, 8, 31), date(2018, 9, 1), date(2019, 8, 31), date(2019, 9, 1))
    }
    assert list(held_on.values()) == [False, True, True, False]


def grant_admin_term(user, starts_on, ends_on):
    return grant_role(user=user, role=Role.SCHOOL_ADMIN, on=user.school, starts_on=starts_on, ends_on=ends_on)


def test_granting_from_the_same_day_corrects_the_end(world):
    teacher = UserFactory(school=world.school)
    for ends_on in (date(2019, 8, 31), date(2020, 8, 31)):
        grant_admin_term(teacher, date(2018, 9, 1), ends_on)
    assert teacher.grants.get().ends_on == date(2020, 8, 31)


def test_a_term_after_a_gap_leaves_the_first_one_true(world):
    teacher = UserFactory(school=world.school)
    first = grant_admin_term(teacher, date(2016, 9, 1), date(2017, 8, 31))
    grant_admin_term(teacher, date(2018, 9, 1), None)
    assert list(teacher.grants.active_on(date(2017, 3, 1))) == [first]
    assert not teacher.grants.active_on(date(2018, 3, 1)).exists()
    assert teacher.grants.active_on(date(2019, 3, 1)).exists()


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2019, 8, 31), date(2020, 8, 31)),
        (date(2018, 1, 1), date(2018, 9, 1)),
        (date(2018, 10, 1), date(2018, 11, 1)),
        (date(2018, 1, 1), None),
    ],
)
def test_terms_of_one_office_do_not_overlap(world, starts_on, ends_on):
    teacher = UserFactory(school=world.school)
    grant_admin_term(teacher, date(2018, 9, 1), date(2019, 8, 31))
    with pytest.raises(ValidationError, match="任期不能重叠"):
        grant_admin_term(teacher, starts_on, ends_on)
    assert teacher.grants.get().starts_on == date(2018, 9, 1)


def test_an_ended_role_opens_nothing_the_day_after(world, time_machine):
    held = world.secretary.grants.get()
    end_grant(grant=held, on=date(2018, 10, 1), by=world.admin)
    time_machine.move_to("2018-10-01 23:59 +0800")
    assert User.objects.get(pk=world.secretary.pk).active_grants == [held]
    time_machine.move_to("2018-10-02 00:01 +0800")
    assert User.objects.get(pk=world.secretary.pk).active_grants == []


def test_a_role_cannot_end_before_it_starts(world):
    held = world.secretary.grants.get()
    with pytest.raises(ValidationError, match="早于"):
        end_grant(grant=held, on=date(2017, 12, 31))
    held.refresh_from_db()
    assert held.ends_on is None


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.SCHOOL_ADMIN, "college_a"),
        (Role.COLLEGE_SECRETARY, "a1"),
        (Role.BRANCH_SECRETARY, "college_a"),
        (Role.LIAISON, "school"),
        (Role.MEMBER, "a1"),
    ],
)
def test_role_and_place_must_fit(world, role, place):
    with pytest.raises(ValidationError):
        grant_role(user=UserFactory(school=world.school), role=role, on=getattr(world, place))


def test_no_role_in_another_school(world):
    with pytest.raises(ValidationError, match="不属于"):
        grant_role(user=UserFactory(school=world.school), role=Role.COLLEGE_SECRETARY, on=world.bh.college_a)


@pytest.mark.parametrize(
    ("by", "role", "place", "allowed"),
    [
        ("admin", Role.COLLEGE_SECRETARY, "college_b", True),
        ("admin", Role.BRANCH_SECRETARY, "b1", True),
        ("admin", Role.LIAISON, "suburban", True),
        ("secretary", Role.BRANCH_SECRETARY, "a2", True),
        ("secretary", Role.BRANCH_SECRETARY, "b1", False),
        ("secretary", Role.COLLEGE_SECRETARY, "college_a", False),
        ("secretary", Role.SCHOOL_ADMIN, "school", False),
        ("secretary", Role.LIAISON, "suburban", False),
        ("branch_secretary", Role.BRANCH_SECRETARY, "a1", False),
        ("member", Role.BRANCH_SECRETARY, "a1", False),
        ("liaison", Role.LIAISON, "urban", False),
    ],
)
def test_each_level_appoints_the_one_below(world, by, role, place, allowed):
    given = {
        "user": UserFactory(school=world.school),
        "role": role,
        "on": getattr(world, place),
        "by": getattr(world, by),
    }
    if allowed:
        assert grant_role(**given).place == given["on"]
        return
    with pytest.raises(ValidationError, match="不能授予"):
        grant_role(**given)


def test_another_school_appoints_nobody_here(world):
    with pytest.raises(ValidationError, match="不能授予"):
        grant_role(
            user=UserFactory(school=world.school),
            role=Role.COLLEGE_SECRETARY,
            on=world.college_a,
            by=world.bh.admin,
        )
    with pytest.raises(ValidationError, match="不能授予"):
        end_grant(grant=world.secretary.grants.get(), on=date(2018, 10, 1), by=world.bh.admin)


# --- the command


def test_the_command_opens_an_account_with_a_role(world):
    answer = run_create_account(
        "T9001", "--school", "JH", "--name", "秦老师", "--role", "college_secretary", "--college", "法学院"
    )
    user = User.objects.get(username="T9001@JH")
    assert user.check_password(answer.pop("password"))
    assert answer == {"username": "T9001@JH", "name": "秦老师", "role": "学院团委书记", "place": "法学院"}
    assert user.grants.get().place == world.college_a


def test_the_command_takes_the_name_from_the_roster(world):
    role = ("--role", "branch_secretary", "--branch", world.a2.name)
    assert run_create_account(world.quiet.student_no, "--school", "JH", *role)["name"] == world.quiet.name


def test_the_command_gives_a_role_to_an_account_that_exists(world):
    answer = run_create_account(
        world.nobody.number, "--school", "JH", "--role", "liaison", "--street", "延庆区 大榆树镇"
    )
    assert answer["password"] is None
    assert world.nobody.grants.get().place == world.suburban


def test_the_command_keeps_the_term(world):
    run_create_account("T9001", "--school", "JH", "--name", "秦老师", "--role", "school_admin",
        "--starts", "2018-09-01", "--ends", "2019-08-31")  # fmt: skip
    held = Grant.objects.get(user__number="T9001")
    assert (held.starts_on, held.ends_on) == (date(2018, 9, 1), date(2019, 8, 31))


@pytest.mark.parametrize(
    "args",
    [
        ("T9001", "--school", "XX", "--name", "秦老师"),
        ("T9001", "--school", "JH"),
        ("T1001", "--school", "JH", "--name", "孔管理"),
        ("T9001", "--school", "JH", "--name", "秦老师", "--role", "college_secretary", "--college", "文学院"),
        ("T9001", "--school", "JH", "--name", "秦老师", "--role", "branch_secretary"),
    ],
)
def test_the_command_refuses_what_does_not_exist_and_opens_nothing(world, args):
    with pytest.raises(CommandError):
        run_create_account(*args)
    assert not User.objects.filter(number="T9001").exists()


def test_history_names_the_command(world):
    run_create_account("T9001", "--school", "JH", "--name", "秦老师")
    event = User.objects.get(number="T9001").events.get()
    assert event.pgh_context.metadata == {"command": "create_account"}
