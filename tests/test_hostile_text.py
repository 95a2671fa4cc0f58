"""Characters that no file can carry: no form stores them, and where they are stored everything still opens.

One such character, typed by a member, broke the exports of a whole college for good (requirements §4).
"""

from itertools import chain
from urllib.parse import urljoin

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from members.middleware import SAFE
from members.models import User
from members.sheets.workbooks import XLSX
from members.slips import DOCX
from members.typed_text import REFUSAL
from tests.browsers import sign_in
from tests.hostile import list_faults, list_stored, make_old_text, read_forms
from tests.walk import Target, list_addresses, make_actors, make_targets
from tests.world import build_world
from volunteer_portal.health import beat_heard

pytestmark = pytest.mark.django_db

ADDRESSES = list_addresses()
SENTENCE = REFUSAL.partition("（")[0]
VISIBLE = "旧字"  # what remains to be seen of TYPED
WORDS_OF_SEARCH = "_q"  # the words by which a form finds people are not stored; they are searched for without


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


def open_admin(world):
    """Yield (client, name, url) of the pages of Django's admin on which something is added."""
    client = Client(raise_request_exception=False)
    operator = User.objects.create_superuser(username="operator", password="an operator's own word")
    sign_in(client, operator)
    session = client.session
    session[SAFE] = True
    session.save()
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_add"
        yield client, name, reverse(name)


def test_no_form_of_any_page_stores_hostile_text(ground):
    """Every text field of every form of every page, also of the admin; the answer keeps all visible text."""
    faults, asked, refused = [], set(), 0
    for client, name, url in chain(list_visits(ground), open_admin(ground[0])):
        page = client.get(url)
        if (
            page.streaming
            or not page.get("Content-Type", "").startswith("text/html")
            or not page.content.strip()
        ):
            continue
        for form in read_forms(page.content.decode(), url):
            key = (name, form.typed, form.action)
            if key not in asked:
                asked.add(key)
                found = send_form(client, urljoin(url, form.action), form)
                faults += [f"{url} {form.action} {form.typed}: {fault}" for fault in found]
                refused += not found
    assert not faults, "\n".join(faults)
    assert refused > 60


def send_form(client, url: str, form) -> list[str]:
    """Send a form and return its faults; nothing remains of it."""
    with transaction.atomic():
        answer = client.post(url, form.data)
        faults = [*list_faults(answer), *(f"stored {stored}" for stored in list_stored())]
        if not all(name.endswith(WORDS_OF_SEARCH) for name in form.typed):
            text = answer.content.decode()
            faults += [] if answer.status_code in (200, 422) else [f"status {answer.status_code}"]
            faults += [] if SENTENCE in text else ["no sentence"]
            faults += [] if VISIBLE in text else ["the visible text is lost"]
        transaction.set_rollback(True)
    return faults


def test_pages_and_files_open_where_such_text_was_stored_long_ago(ground):
    """Every address as every role, with hostile text in every text of the tables."""
    with transaction.atomic():
        assert make_old_text() > 50
        assert len(list_stored()) > 50
        faults, kinds = [], set()
        for client, _, url in list_visits(ground):
            with transaction.atomic():
                answer = client.get(url)
                kinds.add(answer.get("Content-Type", "").partition(";")[0])
                faults += [f"{url}: {fault}" for fault in list_faults(answer)]
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    assert not faults, "\n".join(faults)
    assert {"text/html", "text/calendar", "application/json", XLSX, DOCX} <= kinds
