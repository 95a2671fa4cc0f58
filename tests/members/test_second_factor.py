"""The second factor: setting up, signing in, who must have one, resetting; passwords that somebody else set."""

import time
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import AccountEvent, Message, User
from members.permissions import Role
from members.services.accounts import create_account
from members.services.safety import reset_second_factor
from tests.browsers import sign_in as sign_in_at
from tests.factories import GrantFactory, UserFactory

PASSWORD = "qingnian-zhiyuan-18"
Kind = AccountEvent.Kind


def make_code(secret: str, periods: int = 1) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def set_up(client: Client) -> str:
    """Start an authenticator app and return its secret."""
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": make_code(secret, periods=0)})
    assert answer.status_code == 302, answer.context["form"].errors
    return secret


def sign_in(user: User, password: str = PASSWORD) -> tuple[Client, object]:
    client = Client()
    entered = {"school": "JH", "login": user.number, "password": password}
    return client, client.post(reverse("account_login"), entered)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def kinds_of(user: User) -> list[str]:
    return list(user.account_events.order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def secretary(world):
    world.secretary.set_password(PASSWORD)
    world.secretary.save()
    return world.secretary


@pytest.fixture
def demanded(settings):
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def guarded(secretary, client_of, django_capture_on_commit_callbacks):
    """A secretary with an authenticator app: the account and the secret."""
    with django_capture_on_commit_callbacks(execute=True):
        return secretary, set_up(client_of(secretary))


# --- signing in with it


def test_the_password_alone_no_longer_signs_in(guarded):
    client, answer = sign_in(guarded[0])
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_in(client)
    page = client.post(reverse("mfa_authenticate"), {"code": make_code(guarded[1])})
    assert page["Location"] == reverse("home")
    assert is_in(client)


def test_a_code_works_however_its_digits_are_typed(guarded):
    client, _ = sign_in(guarded[0])
    code = make_code(guarded[1])
    wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    client.post(reverse("mfa_authenticate"), {"code": f"{wide[:3]}\u200b {wide[3:]}"})
    assert is_in(client)


def test_a_code_works_only_once_within_its_tolerance(guarded, time_machine):
    code = make_code(guarded[1])
    first, _ = sign_in(guarded[0])
    first.post(reverse("mfa_authenticate"), {"code": code})
    assert is_in(first)
    time_machine.move_to(time.time() + 35)
    # The cache has a clock of its own: what allauth remembers of the code ends after one period.
    cache.delete(f"allauth.mfa.totp.used?user={guarded[0].pk}&code={code}")
    second, _ = sign_in(guarded[0])
    page = second.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(second)
    assert "已经用过" in page.content.decode()


def test_guessing_codes_is_limited(guarded):
    client, _ = sign_in(guarded[0])
    for number in range(5):
        client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    page = client.post(reverse("mfa_authenticate"), {"code": make_code(guarded[1])})
    assert "尝试次数过多" in page.content.decode()
    assert not is_in(client)


def test_a_recovery_code_works_once_and_is_noted_and_told(guarded, django_capture_on_commit_callbacks):
    user = guarded[0]
    code = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()[0]
    client, _ = sign_in(user)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert is_in(client)
    again, _ = sign_in(user)
    again.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(again)
    assert kinds_of(user).count(Kind.RECOVERY_USED) == 1
    assert Message.objects.filter(user=user, text__contains="还剩 9 个").exists()


def test_secrets_are_encrypted_in_the_database_and_outlive_a_change_of_the_key(guarded, settings):
    factor = Authenticator.objects.get(user=guarded[0], type="totp")
    assert guarded[1] not in str(factor.data)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10
    assert factor.wrap().validate_code(make_code(guarded[1]))


# --- the pages of the own account


def test_setting_up_gives_recovery_codes_and_is_noted(guarded):
    user = guarded[0]
    assert set(user.authenticator_set.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert kinds_of(user) == [Kind.FACTOR_ADDED]
    assert Message.objects.get(user=user).title == "账号安全：启用第二步验证"


PAGES = [
    "security", "mfa_index", "mfa_list_webauthn", "mfa_activate_totp", "mfa_add_webauthn", "account_change_password",
]  # fmt: skip
GUARDED_PAGES = [
    "security", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_reauthenticate",
]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_in_chinese(world, client_of, name):
    page = client_of(world.member).get(reverse(name))
    assert page.status_code == 200
    assert not {"Authenticator", "Two-Factor", "Security", "Code", "Passwordless"} & set(
        page.content.decode().split()
    )


@pytest.mark.parametrize("name", GUARDED_PAGES)
def test_every_page_of_a_guarded_account_opens(guarded, client_of, name):
    assert client_of(guarded[0]).get(reverse(name)).status_code == 200


def test_an_account_without_roles_can_still_be_made_safe(world, client_of):
    assert client_of(world.nobody).get(reverse("security")).status_code == 200


@pytest.mark.parametrize(
    "name", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "account_set_password"]
)
def test_changing_factors_needs_a_recent_proof(world, name):
    client = sign_in_at(Client(), world.member, at=time.time() - 3600)
    assert client.get(reverse(name))["Location"].startswith(reverse("confirm_identity"))


def test_recovery_codes_can_be_taken_along_and_replaced(guarded, client_of):
    client = client_of(guarded[0])
    before = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    file = client.get(reverse("mfa_download_recovery_codes")).content.decode()
    assert all(code in file for code in before)
    client.post(reverse("mfa_generate_recovery_codes"))
    assert not set(before) & set(client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"])


def test_nobody_opens_the_passkeys_of_others(world, client_of):
    passkey = Authenticator.objects.create(user=world.secretary, type="webauthn", data={"name": "x"})
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert client_of(world.member).post(reverse(name, args=[passkey.pk])).status_code == 404


def test_an_account_with_a_campus_sign_in_only_can_set_a_password(world, client_of):
    world.member.set_unusable_password()
    world.member.save()
    client = client_of(world.member)
    assert client.get(reverse("account_change_password"))["Location"] == reverse("account_set_password")
    client = client_of(world.member)
    entered = {"password1": PASSWORD, "password2": PASSWORD}
    assert client.post(reverse("account_set_password"), entered).status_code == 302
    assert User.objects.get(pk=world.member.pk).check_password(PASSWORD)


# --- who must have one


@pytest.mark.parametrize(
    ("who", "led"),
    [
        ("admin", True),
        ("secretary", True),
        ("branch_secretary", False),
        ("member", False),
        ("liaison", False),
    ],
)
def test_those_who_see_a_school_or_a_college_set_it_up_first(world, client_of, demanded, who, led):
    answer = client_of(getattr(world, who)).get(reverse("messages"))
    assert (answer.status_code, answer.get("Location")) == (
        (302, reverse("security")) if led else (200, None)
    )


def test_until_then_nothing_else_opens_and_afterwards_all(world, secretary, client_of, demanded):
    client = client_of(secretary)
    for name in ("home", "roster", "roster_export", "audit", "hall"):
        assert client.get(reverse(name))["Location"] == reverse("security")
    assert client.post(reverse("messages_read"))["Location"] == reverse("security")
    page = client.get(reverse("security")).content.decode()
    assert "请先设置第二步验证" in page
    set_up(client)
    assert client.get(reverse("roster")).status_code == 200


def test_a_superuser_is_led_out_of_django_s_admin_too(db, client_of, demanded):
    operator = User.objects.create_superuser("operator", "x", name="Operator")
    assert client_of(operator).get(reverse("admin:index"))["Location"] == reverse("security")


def test_public_pages_and_sign_out_stay_open(world, client_of, demanded):
    client = client_of(world.admin)
    assert client.get(reverse("bulletin_public", args=["JH"])).status_code == 200
    assert client.post(reverse("account_logout"))["Location"] != reverse("security")


def test_a_role_that_begins_later_demands_it_from_its_first_day(world, client_of, demanded, time_machine):
    teacher = UserFactory(school=world.school)
    GrantFactory(
        user=teacher, role=Role.SCHOOL_ADMIN, school=world.school, starts_on="2018-11-01", ends_on=None
    )
    answers = []
    for day in ("2018-10-31", "2018-11-01"):
        time_machine.move_to(f"{day} 08:00 +0800")
        answers.append(client_of(User.objects.get(pk=teacher.pk)).get(reverse("home")).get("Location"))
    assert answers == [None, reverse("security")]


def test_it_is_asked_of_the_database_once_in_a_session(world, guarded, client_of, demanded):
    client = client_of(guarded[0])
    client.get(reverse("messages"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("messages"))
    assert not [query for query in queries if "mfa_authenticator" in query["sql"]]


def test_who_must_have_one_cannot_remove_the_last(guarded, client_of, demanded):
    user, client = guarded[0], client_of(guarded[0])
    page = client.post(reverse("mfa_deactivate_totp"))
    assert "必须启用第二步验证" in page.content.decode()
    assert user.authenticator_set.filter(type="totp").exists()
    user.authenticator_set.filter(type="totp").delete()
    passkey = Authenticator.objects.create(user=user, type="webauthn", data={"name": "x"})
    assert client.post(reverse("mfa_remove_webauthn", args=[passkey.pk]))["Location"] == reverse("security")
    assert user.authenticator_set.filter(type="webauthn").exists()


def test_others_can_remove_it_and_it_is_noted(guarded, client_of):
    client_of(guarded[0]).post(reverse("mfa_deactivate_totp"))
    assert not guarded[0].authenticator_set.exists()
    assert kinds_of(guarded[0]) == [Kind.FACTOR_ADDED, Kind.FACTOR_REMOVED]


# --- resetting


def test_the_level_above_resets_it(world, guarded, client_of):
    user = guarded[0]
    phone, _ = sign_in(user)
    phone.post(reverse("mfa_authenticate"), {"code": make_code(guarded[1])})
    assert phone.get(reverse("roster")).status_code == 200
    admin = client_of(world.admin)
    assert (
        reverse("account_factor_reset", args=[user.pk])
        in admin.get(reverse("account", args=[user.pk])).content.decode()
    )
    answer = admin.post(reverse("account_factor_reset", args=[user.pk]), {"reason": "换了手机，当面核对"})
    assert answer["Location"] == reverse("account", args=[user.pk])
    assert not user.authenticator_set.exists()
    assert phone.get(reverse("roster")).status_code == 302
    event = user.account_events.get(kind=Kind.FACTOR_RESET)
    assert (event.by, event.note, event.school) == (world.admin, "换了手机，当面核对", world.school)
    assert Message.objects.filter(
        user=user, title="您的第二步验证已被重置", text__contains=world.admin.name
    ).exists()


@pytest.mark.parametrize("who", ["secretary_b", "branch_secretary", "member", "liaison"])
def test_nobody_else_resets_it(world, guarded, client_of, who):
    answer = client_of(getattr(world, who)).post(
        reverse("account_factor_reset", args=[guarded[0].pk]), {"reason": "x"}
    )
    assert answer.status_code in (403, 404)
    assert guarded[0].authenticator_set.exists()


def test_a_secretary_does_not_reset_a_colleague_of_the_same_college(world, guarded):
    colleague = UserFactory(school=world.school)
    GrantFactory(user=colleague, role=Role.COLLEGE_SECRETARY, college=world.college_a)
    with pytest.raises(ValidationError, match="不能管理"):
        reset_second_factor(account=guarded[0], by=colleague, reason="x")


def test_nobody_resets_the_own_and_a_reason_is_needed(world, guarded):
    for by, reason in ((guarded[0], "x"), (world.admin, "  ")):
        with pytest.raises(ValidationError):
            reset_second_factor(account=guarded[0], by=by, reason=reason)
    assert guarded[0].authenticator_set.count() == 2


def test_an_operator_resets_that_of_a_sole_admin(world, guarded):
    out = StringIO()
    call_command(
        "reset_second_factor", guarded[0].number.lower(), "--school=JH", "--reason=手机丢失", stdout=out
    )
    assert guarded[0].name in out.getvalue()
    assert not guarded[0].authenticator_set.exists()
    assert guarded[0].account_events.get(kind=Kind.FACTOR_RESET).by is None
    with pytest.raises(CommandError, match="没有账号"):
        call_command("reset_second_factor", "T0", "--school=JH", "--reason=x")
    with pytest.raises(CommandError, match="无需重置"):
        call_command("reset_second_factor", guarded[0].number, "--school=JH", "--reason=x")


# --- passwords that somebody else has set


@pytest.fixture
def newcomer(world):
    """The account and the password that the command printed."""
    out = StringIO()
    call_command("create_account", "T9001", "--school=JH", "--name=秦老师", "--role=school_admin", stdout=out)
    return User.objects.get(number="T9001"), out.getvalue().strip().rpartition("：")[2]


def test_a_printed_password_is_changed_before_anything_else(newcomer, demanded):
    user, printed = newcomer
    client, answer = sign_in(user, printed)
    assert client.get(answer["Location"])["Location"] == reverse("account_change_password")
    for name in ("roster", "security", "messages", "mfa_activate_totp"):
        assert client.get(reverse(name))["Location"] == reverse("account_change_password")
    assert "只有您自己知道" in client.get(reverse("account_change_password")).content.decode()
    entered = {"oldpassword": printed, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(reverse("account_change_password"), entered)["Location"] == reverse("security")
    user.refresh_from_db()
    assert not user.must_change_password
    assert kinds_of(user)[-1] == Kind.PASSWORD_CHANGED
    assert client.get(reverse("security")).status_code == 200


def test_it_is_noted_who_set_it(newcomer):
    assert newcomer[0].must_change_password
    assert newcomer[0].account_events.get().kind == Kind.PASSWORD_SET


def test_the_same_password_again_is_refused(newcomer):
    client, _ = sign_in(*newcomer)
    entered = {"oldpassword": newcomer[1], "password1": newcomer[1], "password2": newcomer[1]}
    assert client.post(reverse("account_change_password"), entered).status_code == 200
    assert User.objects.get(pk=newcomer[0].pk).must_change_password


def test_accounts_of_before_and_own_passwords_are_left_alone(world, secretary):
    assert not User.objects.filter(must_change_password=True).exists()
    made = create_account(school=world.school, number="T9001", name="秦老师", password=PASSWORD)
    assert not made.must_change_password
