"""Characters that no file can carry: no form stores them, and where they are stored everything still opens.

One such character, typed by a member, broke the exports of a whole college for good (requirements §4).
"""

from urllib.parse import urljoin

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from members.typed_text import REFUSAL
from tests.browsers import sign_in
from tests.hostile import HOSTILE, TYPED, list_faults, list_stored, make_old_text, read_forms
from tests.walk import Target, list_addresses, make_actors, make_targets
from tests.world import build_world
from volunteer_portal.health import beat_heard

pytestmark = pytest.mark.django_db

ADDRESSES = list_addresses()
SENTENCE = REFUSAL.partition("（")[0]


@pytest.fixture(scope="module")
def ground(django_db_setup, django_db_blocker, tmp_path_factory):
    """Build the world and an object for every address once for this file."""
    uploads = tmp_path_factory.mktemp("uploads")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(MEDIA_ROOT=uploads):
        world = build_world()
        places = make_targets(world)
        yield world, places, make_actors(world)
        transaction.set_rollback(True)


@pytest.fixture
def uploads_of_its_own(ground):
    """Keep the uploads of the ground."""


def list_visits(ground):
    """Yield (client, address, url) for each address and each role that opens it, for one object in scope."""
    _, places, actors = ground
    beat_heard()  # so that /readyz reports a living beat
    clients = {}
    for actor in actors:
        clients[actor.name] = Client(raise_request_exception=False)
        if actor.user is not None:
            sign_in(clients[actor.name], actor.user)
    for name, pattern in ADDRESSES.items():
        action, roles = pattern.callback.action, set()
        for actor in actors:
            role = frozenset(actor.reach)
            if role in roles or not actor.opens(action):
                continue
            for target in places.get(name, [Target(())]):
                if not target.place or actor.reaches(action, target.place):
                    roles.add(role)
                    yield clients[actor.name], name, reverse(name, args=target.args)
                    break


def test_no_form_of_any_page_stores_hostile_text(ground):
    """Every text field of every form of every page, as every role; what is refused keeps the visible text."""
    faults, asked, refused = [], set(), 0
    for client, name, url in list_visits(ground):
        page = client.get(url)
        if page.streaming or not page.get("Content-Type", "").startswith("text/html") or not page.content:
            continue
        for form in read_forms(page.content.decode(), url):
            key = (name, form.typed, form.action)
            if key in asked:
                continue
            asked.add(key)
            with transaction.atomic():
                answer = client.post(urljoin(url, form.action), form.data)
                faults += [f"{url} {form.typed}: {fault}" for fault in list_faults(answer)]
                if answer.status_code < 300:
                    text = answer.content.decode()
                    refused += SENTENCE in text
                    if SENTENCE not in text:
                        faults.append(f"{url} {form.typed}: no sentence")
                else:
                    faults.append(f"{url} {form.action} {form.typed}: {answer.status_code}")
                faults += [f"{url} {form.typed}: stored {stored}" for stored in list_stored()]
                transaction.set_rollback(True)
    print(len(asked), refused)
    assert not faults, "\n".join(faults)
    assert refused > 50


def test_pages_and_files_open_where_such_text_was_stored_long_ago(ground):
    """Every address as every role, with hostile text in every text of the tables."""
    with transaction.atomic():
        assert make_old_text() > 50
        assert HOSTILE in TYPED
        assert list_stored()
        faults, kinds, count = [], set(), 0
        for client, _, url in list_visits(ground):
            with transaction.atomic():
                answer = client.get(url)
                count += 1
                kinds.add(answer.get("Content-Type", "").partition(";")[0])
                faults += [f"{url}: {fault}" for fault in list_faults(answer)]
                transaction.set_rollback(True)
        print(count, kinds)
        transaction.set_rollback(True)
    assert not faults, "\n".join(faults)
