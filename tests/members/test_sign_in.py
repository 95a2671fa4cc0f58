"""The sign-in page: tolerant numbers, the same answer for known and unknown numbers, locking out."""

import re

import pytest
from django.db import connection
from django.urls import reverse

from members.models import User
from members.queries.accounts import find_accounts_by_number
from members.services.accounts import create_account

PASSWORD = "qingnian-zhiyuan-18"
TYPED = {
    "as it is": "B2018010001",
    "lower case": "b2018010001",
    "full width": "Ｂ２０１８０１０００１",
    "spaces inside": " B2018 0100 01 ",
    "ideographic space": "B2018\u30000100\u300001",
    "tab and line end": "\tB2018010001\r\n",
    "zero-width space": "B2018\u200b010001",
    "byte order mark": "\ufeffB2018010001",
    "directional marks": "\u202aB2018010001\u202c\u061c",
    "variation selector": "B2018010001\ufe0f",
    "with the school": "b2018010001＠jh",
}


@pytest.fixture
def account(world):
    return create_account(school=world.school, number="B2018010001", name="秦老师", password=PASSWORD)


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED.keys())
def test_a_number_signs_in_however_it_is_typed(account, client, typed):
    entered = {"school": "JH", "login": typed, "password": PASSWORD}
    assert client.post(reverse("account_login"), entered).status_code == 302
    assert client.session["_auth_user_id"] == str(account.pk)


def test_the_school_of_the_last_sign_in_is_chosen_the_next_time(account, client):
    for page in ("account_login", "activate"):
        assert " selected" not in client.get(reverse(page)).content.decode().replace('value="" selected', "")
    answer = client.post(
        reverse("account_login"), {"school": "JH", "login": account.number, "password": PASSWORD}
    )
    kept = answer.cookies["campus"]
    assert (kept.value, bool(kept["httponly"]), kept["samesite"]) == ("JH", True, "Lax")
    assert int(kept["max-age"]) == 365 * 24 * 3600
    client.post(reverse("account_logout"))
    for page in ("account_login", "activate"):
        assert '<option value="JH" selected>' in client.get(reverse(page)).content.decode()


def test_a_refused_sign_in_changes_nothing_of_what_the_browser_remembers(account, client):
    answer = client.post(reverse("account_login"), {"school": "JH", "login": "B2018010001", "password": "x"})
    assert "campus" not in answer.cookies


@pytest.mark.parametrize("value", ["", "XX", "<script>", "JH'--"])
def test_a_forged_cookie_of_the_school_chooses_none(account, client, value):
    client.cookies["campus"] = value
    page = client.get(reverse("account_login"))
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
    assert '<option value="JH" selected>' not in page.content.decode()


@pytest.mark.parametrize("typed", ["B201801000", "B2018010001.", "2018010001", "", "\u200b", "B-2018010001"])
def test_what_can_belong_to_a_number_is_not_dropped(account, typed):
    assert account not in find_accounts_by_number(typed, account.school)


def test_a_hyphen_belongs_to_the_number_in_any_form(world):
    teacher = create_account(school=world.school, number="T－17", name="秦老师")
    assert teacher.number == "T-17"
    assert find_accounts_by_number("t—17") == [teacher]


def test_accounts_of_every_school_are_found_unless_one_is_given(world):
    here, there = (
        create_account(school=school, number="T9001", name="秦老师")
        for school in (world.jh.school, world.bh.school)
    )
    assert find_accounts_by_number("t9001") == [here, there]
    assert find_accounts_by_number("t9001", world.bh.school) == [there]


def test_the_exact_spelling_wins_where_two_numbers_differ_only_in_case(world):
    upper = create_account(school=world.school, number="T9a", name="秦老师")
    lower = User.objects.create(
        school=world.school, username="T9A@JH", number="T9A", name="秦老师", number_twin=1
    )  # as the upgrade leaves them
    assert find_accounts_by_number("T9A") == [lower]
    assert find_accounts_by_number("T9a") == [upper]
    assert set(find_accounts_by_number("t9a")) == {upper, lower}


def test_the_search_for_a_number_has_an_index(world):
    found = User.objects.filter(number__iexact="t9001").exclude(number="")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "account_number_once_per_school" in found.explain()


def test_a_number_of_several_schools_answers_like_an_unknown_one(world, client):
    for school in (world.jh.school, world.bh.school):
        create_account(school=school, number="T9001", name="秦老师", password=PASSWORD)
    pages = [
        client.post(reverse("account_login"), {"login": number, "password": PASSWORD})
        for number in ("T9001", "T9002")
    ]
    texts = [page.content.decode().replace("T9001", "T9002") for page in pages]
    assert "请先选择学校" in texts[0]
    assert [strip_token(text) for text in texts] == [strip_token(texts[0])] * 2


def strip_token(text: str) -> str:
    """Return a page without the values of its CSRF tokens, which differ each time."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", text)
