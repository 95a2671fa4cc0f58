"""Sessions and devices: the own list, ending them, the idle end, the last use."""

import time

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.accounts import SEEN
from members.devices import describe_device, is_phone
from members.models import AccountEvent, ServiceYear, User

PASSWORD = "qingnian-zhiyuan-18"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"
HOUR = 3600


@pytest.fixture
def person(world):
    for user in (world.secretary, world.admin):
        user.set_password(PASSWORD)
        user.save()
    return world.secretary


def sign_in(user: User, agent: str = CHROME, **entered) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post(
        reverse("account_login"), {"school": "JH", "login": user.number, "password": PASSWORD} | entered
    )
    assert "_auth_user_id" in client.session
    return client


def let_pass(client: Client, seconds: float) -> None:
    """Move the last use of a session back."""
    session = client.session
    session[SEEN] = time.time() - seconds
    session.save()


def is_in(client: Client) -> bool:
    return client.get(reverse("messages")).status_code == 200


# --- what a browser is called


@pytest.mark.parametrize(
    ("agent", "name", "phone"),
    [
        (CHROME, "Windows 上的 Chrome", False),
        (PHONE, "iPhone 上的 Safari", True),
        (CHROME + " Edg/126.0", "Windows 上的 Edge", False),
        ("Mozilla/5.0 (Linux; Android 14; HarmonyOS; ALN-AL00) Chrome/114 HuaweiBrowser/15 Mobile", "鸿蒙设备上的 华为浏览器", True),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Linux 上的 Firefox", False),
        ("curl/8.5", "未知设备", False),
        ("", "未知设备", False),
    ],
)  # fmt: skip
def test_a_device_has_a_plain_name(agent, name, phone):
    assert (describe_device(agent), is_phone(agent)) == (name, phone)


# --- the own list


def test_the_own_devices_are_listed_this_one_first(person):
    sign_in(person, PHONE)
    here = sign_in(person)
    devices = here.get(reverse("security")).context["devices"]
    assert [(one.name, one.current) for one in devices] == [
        ("Windows 上的 Chrome", True),
        ("iPhone 上的 Safari", False),
    ]


def test_one_device_is_signed_out(person):
    phone, here = sign_in(person, PHONE), sign_in(person)
    other = UserSession.objects.get(session_key=phone.session.session_key)
    here.post(reverse("session_end", args=[other.pk]))
    assert not is_in(phone)
    assert is_in(here)


def test_nobody_signs_out_devices_of_others(world, person):
    phone, admin = sign_in(person, PHONE), sign_in(world.admin)
    other = UserSession.objects.get(session_key=phone.session.session_key)
    admin.post(reverse("session_end", args=[other.pk]))
    assert is_in(phone)


def test_all_devices_are_signed_out_and_it_is_noted(person):
    devices = [sign_in(person, agent) for agent in (PHONE, CHROME, CHROME)]
    assert devices[1].post(reverse("sessions_end"))["Location"] == reverse("account_login")
    assert [is_in(device) for device in devices] == [False] * 3
    event = person.account_events.get(kind=AccountEvent.Kind.SIGNED_OUT_EVERYWHERE)
    assert (event.note, event.device) == ("3 台设备", "Windows 上的 Chrome")


def test_a_changed_password_signs_the_other_devices_out(person):
    phone, here = sign_in(person, PHONE), sign_in(person)
    entered = {"oldpassword": PASSWORD, "password1": "another-good-one-9", "password2": "another-good-one-9"}
    here.post(reverse("account_change_password"), entered)
    assert (is_in(phone), is_in(here)) == (False, True)
    assert [one.current for one in here.get(reverse("security")).context["devices"]] == [True]


def test_the_page_asks_the_same_questions_for_one_device_and_for_many(person):
    here, numbers = sign_in(person), []
    for more in (1, 9):
        for _ in range(more):
            sign_in(person, PHONE)
        with CaptureQueriesContext(connection) as queries:
            page = here.get(reverse("security"))
        numbers.append((len(queries), len(page.context["devices"])))
    assert [devices for _, devices in numbers] == [2, 11]
    assert numbers[0][0] == numbers[1][0]


def test_a_disabled_account_is_out_at_once(person):
    client = sign_in(person)
    assert is_in(client)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not is_in(client)


def test_the_own_events_are_listed(person):
    page = sign_in(person).get(reverse("security")).content.decode()
    assert "最近的登录和安全事项" in page
    assert [event.kind for event in person.account_events.all()] == ["signed_in"]


# --- the idle end


def test_a_desktop_ends_after_an_hour_without_use(person):
    client = sign_in(person)
    let_pass(client, HOUR - 60)
    assert is_in(client)
    let_pass(client, HOUR + 6 * 60)
    answer = client.get(reverse("roster"))
    assert answer["Location"] == f"{reverse('account_login')}?next=/roster/"
    assert "已自动退出" in client.get(answer["Location"]).content.decode()


def test_the_time_is_a_setting(person, settings):
    settings.SESSION_IDLE_MINUTES = 10
    client = sign_in(person)
    let_pass(client, 16 * 60)
    assert not is_in(client)


def test_a_session_that_stays_signed_in_does_not_end(person):
    client = sign_in(person, PHONE, remember="on")
    let_pass(client, 3 * 24 * HOUR)
    assert is_in(client)


@pytest.mark.parametrize(("agent", "ticked"), [(PHONE, True), (CHROME, False)])
def test_phones_stay_signed_in_by_default(db, agent, ticked):
    page = Client(headers={"User-Agent": agent}).get(reverse("account_login"))
    assert page.context["form"]["remember"].initial is ticked


def test_questions_that_a_page_asks_by_itself_are_no_use(person):
    client = sign_in(person)
    let_pass(client, HOUR - 60)
    client.get(reverse("messages"), headers={"HX-Request": "true"})
    assert client.session[SEEN] < time.time() - 3000


def test_a_form_sent_too_late_is_sent_after_the_sign_in(world, person):
    client = sign_in(world.admin)
    url = reverse("year_edit", args=[2018])
    page = client.get(url)
    typed = {field.html_name: field.value() for field in page.context["form"] if field.value() is not None}
    for form in [page.context["semesters"].management_form, *page.context["semesters"]]:
        typed |= {field.html_name: field.value() for field in form if field.value() is not None}
    let_pass(client, 2 * HOUR)
    sent = client.post(url, typed | {"floor_percent": 71})
    back = sent["Location"].partition("?next=")[2]
    entered = {
        "school": "JH",
        "login": world.admin.number,
        "password": PASSWORD,
        "next": back.replace("%3F", "?").replace("%3D", "="),
    }
    answer = client.post(reverse("account_login"), entered)
    assert client.get(answer["Location"])["Location"] == reverse("year", args=[2018])
    assert ServiceYear.objects.get(pk=world.year.pk).floor_percent == 71


def test_it_is_not_sent_for_another_person_who_signs_in_there(world, person):
    client = sign_in(world.admin)
    let_pass(client, 2 * HOUR)
    sent = client.post(reverse("messages_read"))
    address = sent["Location"].partition("?next=")[2].replace("%3F", "?").replace("%3D", "=")
    client.post(reverse("account_login"), {"school": "JH", "login": person.number, "password": PASSWORD})
    assert client.get(address).status_code == 405  # a plain GET of the address


def test_a_visitor_s_form_is_kept_nowhere(db, client):
    client.post(reverse("messages_read"), {"text": "x"})
    assert not client.session.keys()


# --- the last use


def count_queries(client: Client) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("messages"))
    return [query["sql"] for query in queries]


def test_the_last_use_is_written_once_in_five_minutes(person):
    client = sign_in(person)
    assert not [sql for sql in count_queries(client) if "session" in sql and sql.startswith("UPDATE")]
    let_pass(client, 299)
    assert not [sql for sql in count_queries(client) if "session" in sql and sql.startswith("UPDATE")]
    let_pass(client, 301)
    before = UserSession.objects.get(session_key=client.session.session_key).last_seen_at
    written = [sql for sql in count_queries(client) if sql.startswith("UPDATE")]
    assert len(written) == 2  # of the session, and of the list of devices
    assert UserSession.objects.get(session_key=client.session.session_key).last_seen_at > before
    assert not [sql for sql in count_queries(client) if sql.startswith("UPDATE")]


# --- the audit log


def test_the_school_reads_the_events_of_its_accounts_only(world, person):
    sign_in(person)
    AccountEvent.objects.create(school=world.bh.school, user=world.bh.secretary, kind="signed_in")
    admin = sign_in(world.admin)
    page = admin.get(reverse("audit"), {"kind": "events", "q": person.name})
    (line,) = page.context["lines"]
    assert (line["who"], line["what"], line["device"]) == (person.name, "登录", "Windows 上的 Chrome")
    assert "Windows 上的 Chrome" in page.content.decode()
    every = admin.get(reverse("audit"), {"kind": "events"})
    assert world.bh.secretary.name not in {line["who"] for line in every.context["lines"]}
    file = admin.get(reverse("audit_export"), {"kind": "events"})
    assert file.status_code == 200
