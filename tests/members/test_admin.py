"""The admin is open to superusers only and cannot bypass the rules."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from members.models import Grant, Member, User
from members.permissions import Role
from tests.factories import ImportRunFactory
from tests.walk import make_actors


@pytest.fixture
def operator(db, client_of):
    return client_of(User.objects.create_superuser("operator", "x", name="Operator"))


OURS = [model for model in admin.site._registry if model in apps.get_app_config("members").get_models()]


def build_admin_url(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS)
def test_every_list_and_every_row_opens(model, world, operator):
    ImportRunFactory(school=world.school, college=world.college_a)
    assert operator.get(build_admin_url(model, "changelist"), {"q": "张"}).status_code == 200
    for row in model.objects.all()[:1]:
        assert operator.get(build_admin_url(model, "change", row.pk)).status_code == 200


def test_no_role_of_the_portal_opens_it(world, client_of):
    for actor in make_actors(world):
        for url in (reverse("admin:index"), build_admin_url(Member, "changelist")):
            answer = client_of(actor.user).get(url)
            assert answer.status_code == 302, actor.name
            assert answer["Location"].startswith(reverse("admin:login"))


def test_the_way_in_is_the_portal_s_sign_in_with_its_limits(db, client):
    User.objects.create_superuser("operator", "right-Password-1", name="Operator")
    entered = {"username": "operator", "password": "right-Password-1"}
    answer = client.post(reverse("admin:login"), entered)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session
    arrived = client.post(answer["Location"], {"login": "operator", "password": "right-Password-1"})
    assert (arrived.status_code, arrived["Location"]) == (302, reverse("admin:login"))
    assert client.get(arrived["Location"])["Location"] == reverse("admin:index")


def test_staff_of_the_admin_without_rights_sees_nothing(world, client_of):
    world.nobody.is_staff = True
    world.nobody.save()
    assert client_of(world.nobody).get(build_admin_url(Member, "changelist")).status_code == 403


def test_a_wrong_student_number_is_mended_and_nothing_else(world, operator):
    entered = {"student_no": "2018010099", "registered_on": "2018-10-01", "stage": "student", "name": "改名"}
    assert operator.post(build_admin_url(Member, "change", world.missing.pk), entered).status_code == 302
    mended = Member.objects.get(pk=world.missing.pk)
    assert mended.student_no == "2018010099"
    assert (mended.registered_on, mended.stage, mended.name) == (None, "member", world.missing.name)


def test_nobody_is_added_or_deleted(world, operator):
    assert operator.get(build_admin_url(Member, "add")).status_code == 403
    assert (
        operator.post(build_admin_url(Member, "delete", world.missing.pk), {"post": "yes"}).status_code == 403
    )
    assert operator.get(build_admin_url(User, "add")).status_code == 403


@pytest.mark.parametrize("name", ["serviceyear", "volunteerrecord", "importrun", "exportlog"])
def test_what_rules_and_files_decide_is_only_looked_at(name, world, operator):
    model = apps.get_model("members", name)
    assert operator.get(build_admin_url(model, "add")).status_code == 403
    for row in model.objects.all()[:1]:
        assert operator.post(build_admin_url(model, "change", row.pk), {}).status_code == 403


def build_grant_form(world, **fields) -> dict:
    return {"user": world.nobody.pk, "starts_on": "2018-09-01", **fields}


def test_a_role_is_granted_on_its_place(world, operator):
    entered = build_grant_form(world, role=Role.BRANCH_SECRETARY, branch=world.a1.pk)
    assert operator.post(build_admin_url(Grant, "add"), entered).status_code == 302
    assert world.nobody.grants.get().place == world.a1


@pytest.mark.parametrize(
    ("role", "places", "reason"),
    [
        (Role.SCHOOL_ADMIN, {}, "只选择与角色相符的一项"),
        (Role.SCHOOL_ADMIN, {"college": "college_a"}, "须指定学校"),
        (Role.COLLEGE_SECRETARY, {"college": "college_a", "branch": "a1"}, "只选择与角色相符的一项"),
    ],
)
def test_a_role_on_another_place_is_a_clear_error(role, places, reason, world, operator):
    entered = build_grant_form(
        world, role=role, **{name: getattr(world, place).pk for name, place in places.items()}
    )
    answer = operator.post(build_admin_url(Grant, "add"), entered)
    assert answer.status_code == 200
    assert reason in answer.content.decode()
    assert "grant_role_fits_scope" not in answer.content.decode()
    assert not world.nobody.grants.exists()


def test_a_role_in_another_school_is_a_clear_error(world, operator):
    entered = build_grant_form(world, role=Role.SCHOOL_ADMIN, school=world.bh.school.pk)
    assert "不属于该账号所在的学校" in operator.post(build_admin_url(Grant, "add"), entered).content.decode()
