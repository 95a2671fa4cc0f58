"""Guessing and locking out, counted: the right person gets in, and nobody learns which numbers exist."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from members.models import AccountEvent, Message
from members.permissions import Role
from members.services.accounts import create_account
from members.services.lockout import (
    EVERYWHERE,
    ONE_PLACE,
    Attempt,
    TooManyFailuresError,
    lift_lock,
    read_lock,
)
from tests.campuses import JH, configure_campuses
from tests.factories import GrantFactory, make_account
from tests.inbox import find_inbox

PASSWORD = "qingnian-zhiyuan-18"
WRONG = "not-the-password"
Kind = AccountEvent.Kind


@pytest.fixture
def secretary(world):
    world.secretary.set_password(PASSWORD)
    world.secretary.save()
    return world.secretary


def enter(client: Client, number: str, password: str, address: str = "203.0.113.7"):
    entered = {"school": "JH", "login": number, "password": password}
    return client.post(reverse("account_login"), entered, REMOTE_ADDR=address)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def errors_of(page) -> list[str]:
    return page.context["form"].non_field_errors()


def attack(number: str, tries: int, addresses: int = 250) -> None:
    """Enter wrong passwords for a number from ever new browsers at many addresses."""
    for attempt in range(tries):
        enter(Client(), number, WRONG, f"198.51.100.{attempt % addresses + 1}")


# --- the delays


def test_delays_double_and_end():
    assert [ONE_PLACE.compute_delay(tries) for tries in (5, 6, 7, 10, 11, 12, 500)] == [
        60, 120, 240, 1920, 3600, 3600, 3600,
    ]  # fmt: skip
    assert [EVERYWHERE.compute_delay(tries) for tries in (20, 21, 24, 1000)] == [60, 120, 900, 900]


def test_the_fifth_wrong_password_at_an_address_locks_for_a_minute(secretary, time_machine):
    client = Client()
    texts = [errors_of(enter(client, secretary.number, WRONG))[0] for _ in range(6)]
    assert [("次数过多" in text) for text in texts] == [False] * 5 + [True]
    assert "1 分钟" in texts[5]
    enter(client, secretary.number, PASSWORD)
    assert not is_in(client)  # else the answer would tell that the password is right


def test_the_lock_ends_by_itself(secretary):
    client = Client()
    for _ in range(5):
        enter(client, secretary.number, WRONG)
    for key in list_locks(secretary):
        cache.delete(key)  # the minute is over
    enter(client, secretary.number, PASSWORD)
    assert is_in(client)


def list_locks(user, address: str = "203.0.113.7") -> list[str]:
    return [f"{key}:until" for key, _ in Attempt(user.username, address, "").counts]


def test_a_success_forgets_the_failures(secretary):
    for _ in range(3):
        client = Client()
        for _ in range(4):
            enter(client, secretary.number, WRONG)
        enter(client, secretary.number, PASSWORD)
        assert is_in(client)


def test_a_hundred_guesses_at_once_are_no_more_than_a_few(secretary):
    def guess(_) -> bool:
        try:
            Attempt(secretary.username, "203.0.113.7", "").begin()
        except TooManyFailuresError:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(guess, range(100))) == ONE_PLACE.free


# --- the right person


def test_a_lock_out_from_everywhere_does_not_reach_the_own_device(secretary):
    own = Client()
    enter(own, secretary.number, PASSWORD)
    own.post(reverse("account_logout"))
    attack(secretary.number, 200)
    assert "次数过多" in errors_of(enter(Client(), secretary.number, PASSWORD, "192.0.2.9"))[0]
    enter(own, secretary.number, PASSWORD)
    assert is_in(own)


def test_the_own_device_has_a_count_of_its_own(secretary):
    own = Client()
    enter(own, secretary.number, PASSWORD)
    own.post(reverse("account_logout"))
    for _ in range(5):
        enter(own, secretary.number, WRONG)
    assert "次数过多" in errors_of(enter(own, secretary.number, PASSWORD))[0]
    elsewhere = Client()
    enter(elsewhere, secretary.number, PASSWORD)
    assert is_in(elsewhere)


def test_a_known_device_of_one_account_is_none_of_another(world, secretary):
    own = Client()
    enter(own, secretary.number, PASSWORD)
    own.post(reverse("account_logout"))
    world.admin.set_password(PASSWORD)
    world.admin.save()
    attack(world.admin.number, 30)
    enter(own, world.admin.number, PASSWORD)
    assert not is_in(own)


@pytest.mark.parametrize("value", ["", "x", "W10:1abc:forged"])
def test_a_forged_cookie_is_no_known_device(secretary, value):
    attack(secretary.number, 30)
    forger = Client()
    forger.cookies["device"] = value
    enter(forger, secretary.number, PASSWORD)
    assert not is_in(forger)


def test_the_cookie_is_out_of_reach_of_scripts(secretary, settings):
    settings.PRODUCTION = True
    cookie = enter(Client(), secretary.number, PASSWORD).cookies["device"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    assert secretary.number not in cookie.value


def test_from_one_address_with_100_failures_a_minute_the_101st_person_gets_in(world, secretary):
    for number in range(100):
        enter(Client(), f"2018{number:06}", WRONG)
    right = Client()
    enter(right, secretary.number, PASSWORD)
    assert is_in(right)
    alarms = AccountEvent.objects.filter(kind=Kind.ADDRESS_ALARM)
    assert {(alarm.school, alarm.address) for alarm in alarms} == {
        (world.jh.school, "203.0.113.7"),
        (world.bh.school, "203.0.113.7"),
    }
    assert find_inbox(world.admin).get().title == "同一网络地址大量登录失败"


def test_an_alarm_comes_once_an_hour(world, secretary):
    for number in range(250):
        enter(Client(), f"2018{number:06}", WRONG)
    assert AccountEvent.objects.filter(kind=Kind.ADDRESS_ALARM, school=world.school).count() == 1


def test_many_right_sign_ins_from_one_address_in_a_minute_are_no_attack(secretary):
    pages = [enter(Client(), secretary.number, PASSWORD).status_code for _ in range(35)]  # allauth allows 30
    assert set(pages) == {302}


# --- what is noted and told


def test_an_attack_adds_few_lines_and_one_message(secretary):
    attack(secretary.number, 120)
    kinds = list(secretary.account_events.values_list("kind", flat=True))
    assert len(kinds) < 10
    assert kinds.count(Kind.LOCKED) == 1
    assert Message.objects.filter(user=secretary).count() == 1


def test_guesses_at_numbers_that_nobody_has_add_no_lines(world):
    for number in range(50):
        enter(Client(), f"X{number}", WRONG)
    assert not AccountEvent.objects.exists()


def test_a_new_device_is_noted_and_told(secretary):
    phone = "Mozilla/5.0 (Linux; Android 14; V2304A) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8"
    entered = {"school": "JH", "login": secretary.number, "password": PASSWORD}
    Client().post(reverse("account_login"), entered)  # the first sign-in of an account is news to nobody
    assert not Message.objects.filter(user=secretary).exists()
    client = Client(headers={"User-Agent": phone})
    for _ in range(2):
        client.post(reverse("account_login"), entered)
        client.post(reverse("account_logout"))
    events = secretary.account_events.order_by("pk").values_list("kind", "device")
    assert list(events)[1:] == [
        (Kind.SIGNED_IN, "安卓设备上的 微信"),
        (Kind.NEW_DEVICE, "安卓设备上的 微信"),
        (Kind.SIGNED_IN, "安卓设备上的 微信"),
    ]
    assert Message.objects.get(user=secretary).title == "您的账号在新设备登录"


def test_a_lock_offers_campus_sign_in_only_where_a_school_has_it(settings, secretary):
    def read_refusal(number: str) -> str:
        attack(number, 30)
        return " ".join(errors_of(enter(Client(), number, WRONG, "198.51.100.1")))

    settings.CAMPUS_SIGN_IN = {}
    assert "校园登录" not in read_refusal(secretary.number)
    cache.clear()
    configure_campuses(settings, {"JH": {"kind": "cas", "server": "https://cas.example/cas", **JH}})
    known, unknown = read_refusal(secretary.number), read_refusal("T9999")
    assert "可以用校园登录，或请本学院团委书记" in known
    assert known == unknown


# --- lifting a lock


def test_a_secretary_lifts_it_on_the_page_of_the_account(world, secretary, client_of):
    attack(secretary.number, 30)
    page = reverse("account", args=[secretary.pk])
    assert "解除暂停登录" in client_of(world.admin).get(page).content.decode()
    client_of(world.admin).post(reverse("account_unlock", args=[secretary.pk]))
    client = Client()
    enter(client, secretary.number, PASSWORD, "192.0.2.9")
    assert not is_in(client)  # only after the commit


def test_a_secretary_lifts_it_on_the_page_of_the_person_and_stays_there(world, client_of):
    person = world.registered
    student = make_account(person)
    attack(student.number, 30)
    page = person.get_absolute_url()
    shown = client_of(world.secretary).get(page).content.decode()
    unlock = reverse("account_unlock", args=[student.pk])
    assert "登录已暂停到" in shown
    assert f'action="{unlock}"' in shown
    (back,) = re.findall(r'name="next" value="([^"]+)"', shown)
    done = client_of(world.secretary).post(unlock, {"next": back}, follow=True)
    assert done.request["PATH_INFO"] == page
    assert "现在可以重新登录" in done.content.decode()
    assert student.account_events.get(kind=Kind.UNLOCKED).by == world.secretary


def test_the_way_back_after_lifting_is_never_another_site(world, secretary, client_of):
    attack(secretary.number, 30)
    unlock = reverse("account_unlock", args=[secretary.pk])
    answer = client_of(world.admin).post(unlock, {"next": "https://evil.example/"})
    assert answer.url == reverse("account", args=[secretary.pk])


def test_the_page_of_a_person_shows_the_button_only_to_those_who_may_press_it(world, client_of):
    person = world.registered
    student = make_account(person)
    link = f'href="{reverse("account", args=[student.pk])}"'
    page = person.get_absolute_url()
    assert "登录已暂停" not in client_of(world.secretary).get(page).content.decode()
    attack(student.number, 30)
    seen = client_of(world.branch_secretary).get(page).content.decode()
    assert link in seen
    assert "登录已暂停" not in seen
    office = GrantFactory(user=student, role=Role.COLLEGE_SECRETARY, college=world.college_a)
    above = client_of(world.secretary).get(page).content.decode()
    assert link in above
    assert "登录已暂停" not in above
    assert "登录已暂停" in client_of(world.admin).get(page).content.decode()
    office.delete()
    assert "登录已暂停" in client_of(world.secretary).get(page).content.decode()


def test_the_page_of_a_person_without_an_account_has_no_link_to_one(world, client_of):
    page = client_of(world.admin).get(world.registered.get_absolute_url()).content.decode()
    assert not re.search(r'href="/accounts/\d+/"', page)


@pytest.mark.django_db(transaction=True)
def test_after_lifting_the_person_gets_in_from_every_address(world, secretary, client_of):
    attack(secretary.number, 30)
    client_of(world.admin).post(reverse("account_unlock", args=[secretary.pk]))
    for address in ("192.0.2.9", "198.51.100.1"):
        client = Client()
        enter(client, secretary.number, PASSWORD, address)
        assert is_in(client)
    assert (
        "解除暂停登录"
        not in client_of(world.admin).get(reverse("account", args=[secretary.pk])).content.decode()
    )
    assert secretary.account_events.get(kind=Kind.UNLOCKED).by == world.admin


def test_nobody_lifts_the_own_lock_or_that_of_the_level_above(world, secretary):
    attack(secretary.number, 30)
    for by in (secretary, world.secretary_b, world.branch_secretary):
        with pytest.raises(ValidationError, match="不能管理"):
            lift_lock(account=secretary, by=by)
    assert read_lock(secretary)


# --- which numbers exist


@pytest.fixture
def numbers(world):
    """A known account, one without a password, a disabled one, and a number that nobody has."""
    for number, password in (("T9001", PASSWORD), ("T9002", None), ("T9003", PASSWORD)):
        create_account(school=world.school, number=number, name="秦老师", password=password)
    world.admin.__class__.objects.filter(number="T9003").update(is_active=False)
    return ["T9001", "T9002", "T9003", "T9004"]


def test_known_and_unknown_numbers_have_the_same_answers_until_and_in_the_lock(numbers):
    answers = {}
    for number in numbers:
        client = Client()
        pages = [enter(client, number, WRONG, f"203.0.113.{numbers.index(number)}") for _ in range(7)]
        answers[number] = [
            (
                page.status_code,
                re.sub(r'(csrfmiddlewaretoken" value=")[^"]*', r"\1", page.content.decode()).replace(
                    number, "N"
                ),
            )
            for page in pages
        ]
    assert answers["T9001"] == answers["T9002"] == answers["T9003"] == answers["T9004"]
    assert "次数过多" in answers["T9004"][6][1]


def test_known_and_unknown_numbers_cost_the_same_hashes(numbers, monkeypatch):
    made = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: made.append(1) or encode(*given))
    costs = {}
    for number in numbers:
        made.clear()
        enter(Client(), number, WRONG, f"203.0.113.{numbers.index(number)}")
        costs[number] = len(made)
    assert set(costs.values()) == {1}, costs
