"""Every address × every role × own and foreign objects × GET and POST (requirements §1, §6).

The expected answers come from the table of actions and from tests/walk.py, never from the views. A view
without a declared permission fails, and so does an address whose arguments the walk cannot make.
"""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.permissions import TABLE
from tests.browsers import sign_in
from tests.walk import Target, list_addresses, list_secrets, make_actors, make_targets, read_text
from tests.walking_people import make_more_actors
from tests.world import build_world
from volunteer_portal.health import beat_heard

# the fixture `ground` of all tests needs it, also if only some of them run
pytestmark = pytest.mark.django_db

ADDRESSES = list_addresses()
# In scope, an empty POST may be accepted, refused as incomplete, or not be allowed for this address.
OPEN = {200, 302, 400, 405, 409, 422}
TYPED = "张伟"
SIGN_IN = "/accounts/login/"
WRITES = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(?!django_session)')


@pytest.fixture(scope="module")
def ground(django_db_setup, django_db_blocker, tmp_path_factory):
    """Build the world and an object for every address once for this file, since that takes long."""
    uploads = tmp_path_factory.mktemp("uploads")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(MEDIA_ROOT=uploads):
            world = build_world()
            places = make_targets(world)
            actors = [*make_actors(world), *make_more_actors(world)]
        yield world, places, uploads, actors
        transaction.set_rollback(True)


@pytest.fixture
def uploads_of_its_own(settings, ground):
    settings.MEDIA_ROOT = ground[2]


@pytest.fixture
def world(ground, db):
    """The world of the ground.

    A test's changes are undone, since its transaction is a savepoint in the ground's.
    """
    return ground[0]


@pytest.fixture(scope="module")
def hidden(ground, django_db_blocker):
    """Return the texts that must not be shown, by the visitor's name; they are the same for every address."""
    with django_db_blocker.unblock():
        return {actor.name: list_secrets(actor) for actor in ground[3]}


@pytest.fixture(scope="module")
def cookies(ground, django_db_blocker):
    """Sign each actor in once and return the browser's cookies, since all actors ask for every address."""
    signed_in = {}
    with django_db_blocker.unblock():
        for actor in ground[3]:
            client = Client()
            if actor.user is not None:
                sign_in(client, actor.user)
            signed_in[actor.name] = client.cookies.output(header="", sep=";")
    return signed_in


@pytest.fixture
def browser_of(cookies):
    def open_browser(actor) -> Client:
        client = Client()
        client.cookies.load(cookies[actor.name])
        return client

    return open_browser


@pytest.fixture
def actors(ground, db):
    return ground[3]


@pytest.fixture
def places(ground, db):
    beat_heard()  # so that /readyz reports a living beat
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
def test_it_answers_by_table_and_scope_and_shows_no_strangers(
    name, world, places, actors, hidden, browser_of
):
    action = ADDRESSES[name].callback.action
    faults = []
    for actor in actors:
        client = browser_of(actor)
        for target in list_asked_pages(actor, action, places.get(name, [Target(())])):
            url, expected = reverse(name, args=target.args), get_expected(actor, action, target)
            got, posted = request_page(client, "get", url), request_page(client, "post", url)
            faults += list_wrong_answers(f"{actor.name} at {url}", expected, got, posted)
            faults += list_leaks(actor, url, got.text, hidden)
            faults += list_leaks(actor, f"{url} after POST", posted.text, hidden)
        if name not in places and got.status == 200 and hidden[actor.name]:
            faults += list_leaks_by_filters(actor, client, name, world, hidden)
    assert not faults, "\n".join(faults)


def list_asked_pages(actor, action: str, targets: list[Target]) -> list[Target]:
    """Return all objects; only one if the role alone refuses, and for the repair account, which opens all alike."""
    return targets if actor.opens(action) and not actor.repairs else targets[:1]


def get_expected(actor, action: str, target: Target) -> str:
    if actor.is_visitor and action != "public":
        return "sign-in"
    if actor.repairs:
        return "no crash"
    if not actor.opens(action):
        return "403"
    if target.place and not actor.reaches(action, target.place):
        return "404"
    return "open"


@dataclass(frozen=True)
class Answer:
    """The answer, whether the request wrote anything, and all text at the end of redirects."""

    status: int
    location: str
    wrote: bool
    text: str

    def __repr__(self):
        return f"{self.status}{' after a write' if self.wrote else ''}"


def request_page(client, method: str, url: str) -> Answer:
    """Ask once and undo the request's changes.

    An error is the answer 500; at the end of a redirect it is raised.
    """
    client.raise_request_exception = False
    with transaction.atomic():
        with CaptureQueriesContext(connection) as queries:
            response = getattr(client, method)(url)
        wrote = any(WRITES.search(query["sql"]) for query in queries)
        location = str(response.get("Location", ""))
        client.raise_request_exception = True
        if location.startswith(SIGN_IN):
            text = ""  # the sign-in page shows nobody's data
        else:
            text = read_text(follow_redirects(client, url, location) if location else response)
        transaction.set_rollback(True)
    return Answer(response.status_code, location, wrote, text)


def follow_redirects(client, url: str, location: str):
    """Open where the answer leads, inside the same transaction, so that the result of a write is seen."""
    return client.get(urljoin(url, location), follow=True)


def list_wrong_answers(where: str, expected: str, got: Answer, posted: Answer) -> list[str]:
    """Return a fault unless both answers fit and one is about rights: 405 to both says nothing."""
    if (
        is_as_expected(expected, got)
        and is_as_expected(expected, posted)
        and not got.status == posted.status == 405
    ):
        return []
    return [f"{where}: expected {expected}, got {got} to GET and {posted} to POST"]


def is_as_expected(expected: str, answer: Answer) -> bool:
    """Does the answer fit?

    A refusal writes nothing; 405 says nothing about rights, so the other method must.
    """
    signs_in = answer.location.startswith(SIGN_IN)
    if expected == "no crash":
        return answer.status in OPEN | {403, 404} and not signs_in
    if expected == "open":
        return answer.status in OPEN and not signs_in
    if answer.wrote:
        return False
    if answer.status == 405:
        return True
    if expected == "sign-in":
        return answer.status == 302 and signs_in
    return answer.status == int(expected)


# --- no data of strangers on any page -------------------------------------------------------------------------


def list_leaks(actor, url: str, text: str, hidden) -> list[str]:
    # The search box repeats what the visitor typed; that is no leak.
    text = text.replace(f'value="{TYPED}"', "")
    return [f"{actor.name} at {url} sees {trace}" for trace in sorted(hidden[actor.name]) if trace in text]


def list_leaks_by_filters(actor, client, name: str, world, hidden) -> list[str]:
    """Look for leaks in a list with filters typed by hand."""
    filters = [
        {"college": world.college_b.pk},
        {"college": world.bh.college_a.pk, "branch": world.bh.a1.pk},
        {"branch": world.b1.pk},
        {"q": TYPED},
    ]
    urls = [reverse(name, query=query) for query in filters]
    return [
        fault
        for url in urls
        for fault in list_leaks(actor, url, read_text(client.get(url, follow=True)), hidden)
    ]


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
