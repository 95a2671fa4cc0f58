"""The admin is open to superusers only and cannot bypass the rules."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from members.models import Grant, Member, User
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


def count_doors() -> tuple:
    """Return what decides who gets in and what they may do."""
    return (
        list(User.objects.order_by("pk").values()),
        list(Grant.objects.order_by("pk").values()),
        Authenticator.objects.count(),
        SocialAccount.objects.count(),
    )


def test_only_the_portal_s_own_tables_are_there(db):
    """Rows of allauth, sessions, groups and permissions would be ways around 账号与授权."""
    assert {model._meta.app_label for model in admin.site._registry} == {"members"}


@pytest.mark.parametrize(
    "path",
    [
        "mfa/authenticator/",
        "socialaccount/socialaccount/",
        "socialaccount/socialapp/",
        "socialaccount/socialtoken/",
        "usersessions/usersession/",
        "account/emailaddress/",
        "auth/group/",
    ],
)
def test_the_ways_in_of_allauth_have_no_page(path, operator):
    for end in ("", "add/", "1/change/"):
        assert operator.get(f"/admin/{path}{end}").status_code == 404


@pytest.mark.parametrize("model", [Grant, User])
def test_accounts_and_roles_are_only_looked_at(model, world, operator):
    before = count_doors()
    for row in model.objects.all():
        entered = {"is_superuser": "on", "is_staff": "on", "name": "改名", "role": "school_admin",
                   "password": "x", "ends_on": "2030-01-01", "school": world.school.pk}  # fmt: skip
        assert operator.post(build_admin_url(model, "change", row.pk), entered).status_code == 403
        assert operator.post(build_admin_url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert operator.post(build_admin_url(model, "add"), {}).status_code == 403
    actions = {"action": "delete_selected", "_selected_action": [row.pk for row in model.objects.all()]}
    operator.post(build_admin_url(model, "changelist"), actions | {"post": "yes"})
    assert count_doors() == before


def test_no_password_of_somebody_else_is_set_or_shown(world, operator):
    world.admin.set_password("right-Password-1")
    world.admin.save()
    for page in (f"/admin/members/user/{world.admin.pk}/password/", "/admin/members/user/add/"):
        assert operator.post(page, {"password1": "x", "password2": "x"}).status_code in (302, 403, 404)
    world.admin.refresh_from_db()
    assert world.admin.check_password("right-Password-1")
    shown = operator.get(build_admin_url(User, "change", world.admin.pk)).content.decode()
    assert world.admin.password not in shown
    assert world.admin.password.rpartition("$")[2] not in shown


def test_the_list_of_accounts_leads_to_the_page_that_disables(world, operator):
    page = reverse("account", args=[world.nobody.pk])
    assert page in operator.get(build_admin_url(User, "changelist")).content.decode()
    assert operator.get(page).status_code == 200
    url = reverse("account_disable", args=[world.nobody.pk])
    assert operator.post(url, {"reason": "离职"}).status_code == 302
    world.nobody.refresh_from_db()
    assert not world.nobody.is_active
