"""After a lost connection a repeatable request runs again; for any other request the page tells what is known."""

import pytest
from django.db import OperationalError, ProgrammingError, connection
from django.urls import reverse

from members import lost_connections
from members.models import Member
from members.views import people

pytestmark = pytest.mark.django_db(transaction=True)


def cut_connection() -> None:
    """Let the server end the test's connection; the next statement fails."""
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def browser(world, client_of, monkeypatch):
    monkeypatch.setattr(lost_connections, "PAUSES", (0,))
    browser = client_of(world.admin)
    browser.raise_request_exception = False
    return browser


def test_a_page_is_asked_for_again_and_nobody_notices(browser):
    cut_connection()
    assert browser.get(reverse("roster")).status_code == 200


def test_a_page_whose_connection_stays_cut_says_so(browser, monkeypatch):
    monkeypatch.setattr(people, "render", lambda *args, **options: cut_connection() or connection.cursor())
    answer = browser.get(reverse("roster"))
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "请稍后刷新" in answer.content.decode()
    connection.close()


def test_what_writes_is_not_repeated_unless_its_view_says_so(browser, world):
    member = world.missing
    cut_connection()
    answer = browser.post(reverse("member_edit", args=[member.pk]), {"name": "换名"})
    assert answer.status_code == 503
    assert "可能没有保存" in answer.content.decode()
    connection.close()
    assert Member.objects.get(pk=member.pk).name == member.name


def test_other_faults_stay_faults(browser, monkeypatch):
    def run_broken_sql(*args, **options):
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")

    monkeypatch.setattr(people, "render", run_broken_sql)
    answer = browser.get(reverse("roster"))
    assert answer.status_code == 500
    assert "系统出错了" in answer.content.decode()


@pytest.mark.parametrize(
    ("statements", "lost"),
    [
        (["SELECT pg_terminate_backend(pg_backend_pid())"], True),
        (["SET statement_timeout = 1", "SELECT pg_sleep(1)"], False),
        (["SELECT no_such_column"], False),
    ],
)
def test_what_the_server_refuses_is_no_lost_connection(db, statements, lost):
    with pytest.raises((OperationalError, ProgrammingError)) as raised, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    assert lost_connections.is_lost(raised.value) is lost
    connection.close()


def test_where_no_connection_can_be_made_it_is_lost():
    unreachable = connection.copy()
    unreachable.settings_dict = connection.settings_dict | {"HOST": "/nowhere"}
    with pytest.raises(OperationalError) as raised:
        unreachable.ensure_connection()
    assert lost_connections.is_lost(raised.value)
