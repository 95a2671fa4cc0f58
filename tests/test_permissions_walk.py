"""Every address × every role × own and foreign objects × GET and POST (requirements §1, §6).

What is expected comes from the table of actions and from tests/walk.py, never from the views. A view without a
declared permission fails, and so does an address whose arguments the walk does not know how to make.
"""

import re

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.permissions import TABLE
from tests.walk import Target, actors, addresses, secrets_from, targets, text_of
from tests.world import build_world
from volunteer_portal.health import beat_heard

ADDRESSES = addresses()
# In scope, an empty POST may be accepted, found wanting, or not be meant for this address at all.
OPEN = {200, 302, 400, 405, 409, 422}
TYPED = "张伟"
SIGN_IN = "/accounts/login/"
WRITES = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(?!django_session)')


@pytest.fixture(scope="module")
def ground(django_db_setup, django_db_blocker, tmp_path_factory):
    """The world and an object for every address: much to build, so once for all the tests of this file."""
    uploads = tmp_path_factory.mktemp("uploads")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(MEDIA_ROOT=uploads):
            world = build_world()
            places = targets(world)
        yield world, places, uploads
        transaction.set_rollback(True)


@pytest.fixture
def uploads_of_its_own(settings, ground):
    settings.MEDIA_ROOT = ground[2]


@pytest.fixture
def world(ground, db):
    """What a test does to it is undone after the test: its transaction is a savepoint inside that of the ground."""
    return ground[0]


@pytest.fixture(scope="module")
def hidden(ground, django_db_blocker):
    """What must not be shown, by the name of who looks: the same for every address."""
    with django_db_blocker.unblock():
        return {actor.name: secrets_from(actor) for actor in actors(ground[0])}


@pytest.fixture
def places(ground, db):
    beat_heard()  # so that /readyz has something good to say
    return ground[1]


def test_every_address_has_a_name_and_a_declared_permission():
    assert None not in ADDRESSES
    undeclared = [name for name, pattern in ADDRESSES.items() if not hasattr(pattern.callback, "action")]
    assert not undeclared, f"views without @allow: {undeclared}"


def test_every_declared_permission_is_in_the_table():
    assert {pattern.callback.action for pattern in ADDRESSES.values()} <= TABLE.keys() | {"public"}


def test_the_walk_can_make_the_arguments_of_every_address(places):
    unknown = [
        name for name, pattern in ADDRESSES.items() if pattern.pattern.converters and name not in places
    ]
    assert not unknown, f"add these to tests/walk.py: {unknown}"


@pytest.mark.parametrize("name", ADDRESSES)
def test_it_answers_by_table_and_scope(name, world, places, client_of):
    action = ADDRESSES[name].callback.action
    wrong = []
    for actor in actors(world):
        client = client_of(actor.user)
        for target in places.get(name, [Target(())]):
            url, expected = reverse(name, args=target.args), expected_of(actor, action, target)
            answers = {method: ask(client, method, url) for method in ("get", "post")}
            met = {method: meets(expected, *answer) for method, answer in answers.items()}
            if not all(met.values()) or all(response.status_code == 405 for response, _ in answers.values()):
                seen = {method: (answer[0].status_code, answer[1]) for method, answer in answers.items()}
                wrong.append(f"{actor.name} at {url}: expected {expected}, got {seen}")
    assert not wrong, "\n".join(wrong)


def expected_of(actor, action: str, target: Target) -> str:
    if actor.user is None and action != "public":
        return "sign-in"
    if not actor.opens(action):
        return "403"
    if target.place and not actor.reaches(action, target.place):
        return "404"
    return "open"


def ask(client, method: str, url: str):
    """The answer and whether the request wrote anything. Whatever it did is undone."""
    client.raise_request_exception = False
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        response = getattr(client, method)(url)
        transaction.set_rollback(True)
    return response, any(WRITES.search(query["sql"]) for query in queries)


def meets(expected: str, response, wrote: bool) -> bool:
    """A refusal writes nothing. 405 is no answer about rights; the other method must give that."""
    status = response.status_code
    if expected == "open":
        return status in OPEN and not str(response.get("Location", "")).startswith(SIGN_IN)
    if wrote:
        return False
    if status == 405:
        return True
    if expected == "sign-in":
        return status == 302 and response["Location"].startswith(SIGN_IN)
    return status == int(expected)


# --- nothing of strangers on any page -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_page_shows_anybody_outside_the_scope(name, world, places, hidden, client_of):
    leaks = []
    for actor in actors(world):
        client = client_of(actor.user)
        for url in pages_of(client, name, world, places):
            # What the visitor typed stands in the search box again; that is no leak.
            text = text_of(client.get(url, follow=True)).replace(f'value="{TYPED}"', "")
            leaks += [
                f"{actor.name} at {url} sees {trace}" for trace in sorted(hidden[actor.name]) if trace in text
            ]
    assert not leaks, "\n".join(leaks)


def pages_of(client, name: str, world, places) -> list[str]:
    """An address with each of its objects; a list that opens, also with filters typed in by hand."""
    pages = [reverse(name, args=target.args) for target in places.get(name, [Target(())])]
    if name in places or client.get(pages[0]).status_code != 200:
        return pages
    foreign = [
        {"college": world.college_b.pk},
        {"college": world.bh.college_a.pk, "branch": world.bh.a1.pk},
        {"branch": world.b1.pk},
        {"q": TYPED},
    ]
    return pages + [reverse(name, query=query) for query in foreign]


def test_the_canaries_would_be_seen(world, hidden):
    """The walk above can fail: strangers are hidden from each role, and the own people are not."""
    assert world.zhang_wei_b.student_no in hidden["学院团委书记 college_a"]
    assert world.quiet.name not in hidden["学院团委书记 college_a"]
    assert world.quiet.name in hidden["团支书 a1"]
    assert world.registered.phone in hidden["校团委 JH"]
    assert world.registered.phone not in hidden["学院团委书记 college_a"]
    assert world.bh.zhang_wei.volunteer_no in hidden["校团委 JH"]
    assert world.reported.name in hidden["团员 of a1"]
    assert world.registered.student_no in hidden["nobody signed in"]
