"""Fixtures for all tests."""

from uuid import uuid4

import pgtrigger
import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connections
from django.db.models.signals import pre_migrate
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pghistory.models import Context

from tests.browsers import sign_in as sign_in_at
from tests.rows import FILLED_AT_THE_START, Rows, Template
from tests.world import World, build_world

# The time of an example depends on the machine's load, so it is not limited.
hypothesis_settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("portal")


def pytest_configure(config):
    if django_settings.PORTAL_ENV != "test":
        raise pytest.UsageError("Tests need PORTAL_ENV=test; ./portal test sets it.")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Put the launcher's tests first: one takes a minute, and at the end a worker would wait for it."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/launcher/"))


def create_extensions(using, **kwargs):
    """Make btree_gist: the exclusion constraints of pairing and activities need it before their tables."""
    with connections[using].cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


@pytest.fixture(scope="session")
def extensions_before_tables(django_db_modify_db_settings):
    """Run before the tables are made: Django sends pre_migrate when the test database exists and is empty."""
    pre_migrate.connect(create_extensions)
    yield
    pre_migrate.disconnect(create_extensions)


@pytest.fixture(scope="session")
def django_db_setup(extensions_before_tables, django_db_setup, django_db_blocker):
    """Make the test database from the models, without migrations (`--nomigrations` in pyproject.toml).

    Django makes tables, constraints and indexes; pgtrigger makes the triggers of tables. This fixture adds
    what only migrations make: extensions, the context function of the history, and the triggers of proxy
    models, among them `gate_of_admission`.

    After each transactional test the database is reset to its first rows. Django would truncate all tables
    (the database refuses that for tables that must never be emptied) and make content types and permissions
    anew: 1.25 s a test. This takes 0.02 s.
    """
    with django_db_blocker.unblock():
        Context.install_pgh_attach_context_func()
        for model, trigger in pgtrigger.registered():
            if model._meta.proxy:
                trigger.install(model)
        initial = Rows.take()
    left = initial.tables.keys() - FILLED_AT_THE_START
    assert not left, f"a run that was killed left rows in {left}: run once with --create-db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: initial.put_alone())
        yield


@pytest.fixture(autouse=True)
def own_corner_of_the_cache(settings):
    """Give each test its own key prefix in Valkey, so that it finds no sessions or rate limits of another."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid4().hex}}


@pytest.fixture(autouse=True)
def uploads_of_its_own(settings, tmp_path):
    """Keep the uploaded files of a test in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Use a fast hash: a password's hash takes 0.2 s by design, and tests need none of its strength."""
    quick = "django.contrib.auth.hashers.MD5PasswordHasher"
    settings.PASSWORD_HASHERS = [quick, *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def no_walk_over_static_files(settings):
    """Stop Whitenoise from searching all static files for each new client.

    Live_server serves them without it.
    """
    settings.WHITENOISE_USE_FINDERS = False


@pytest.fixture(scope="session")
def world_template(django_db_setup, django_db_blocker) -> Template:
    """Build the world once for each worker: building takes 0.085 s, copying 0.007 s."""
    with django_db_blocker.unblock():
        return Template(build_world)


@pytest.fixture
def world(db, world_template) -> World:
    """Two schools with people of every kind; `tests.world.World` says who is who.

    If a test has moved the clock before, the world is built at that moment.
    """
    return build_world() if time_machine.escape_hatch.is_travelling() else world_template.copy()


@pytest.fixture
def client_of():
    """Return `client_of(user)`: a browser in which the user is signed in; `client_of(None)`: nobody is."""

    def sign_in(user) -> Client:
        client = Client()
        if user is not None:
            sign_in_at(client, user)
        return client

    return sign_in
