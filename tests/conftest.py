"""What every test may ask for."""

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

from tests.rows import Rows, Template
from tests.world import World, build_world

# A property is true or not, however busy the machine is.
hypothesis_settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("portal")


def pytest_configure(config):
    if django_settings.PORTAL_ENV != "test":
        raise pytest.UsageError("Tests need PORTAL_ENV=test; ./portal test sets it.")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The launcher's tests come first: one of them takes a minute, for which another worker would wait at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/launcher/"))


def create_extensions(using, **kwargs):
    """The exclusion constraints of pairing and activities need btree_gist before their tables exist."""
    with connections[using].cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


@pytest.fixture(scope="session")
def extensions_before_tables(django_db_modify_db_settings):
    """Django sends pre_migrate when the test database exists and is empty."""
    pre_migrate.connect(create_extensions)
    yield
    pre_migrate.disconnect(create_extensions)


@pytest.fixture(scope="session")
def django_db_setup(extensions_before_tables, django_db_setup, django_db_blocker):
    """The test database is made from the models, without migrations (`--nomigrations` in pyproject.toml).

    Django makes tables, constraints and indexes, pgtrigger the triggers of tables. Added here is what only
    migrations make: extensions, the context function of the history, and the triggers of proxy models, among
    them `gate_of_admission`.

    After each transactional test the database holds what it held at the start, and nothing else. Django would
    truncate all tables (the database refuses that for what must never be lost) and make content types and
    permissions anew: 1.25 s a test. This takes 0.02 s.
    """
    with django_db_blocker.unblock():
        Context.install_pgh_attach_context_func()
        for model, trigger in pgtrigger.registered():
            if model._meta.proxy:
                trigger.install(model)
        initial = Rows.take()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: initial.put_alone())
        yield


@pytest.fixture(autouse=True)
def own_corner_of_the_cache(settings):
    """Sessions and rate limits are in Valkey; no test finds what another one left there."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid4().hex}}


@pytest.fixture(autouse=True)
def uploads_of_its_own(settings, tmp_path):
    """Uploaded files of a test end with it."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A password's hash takes 0.2 s by design; tests need none of its strength."""
    quick = "django.contrib.auth.hashers.MD5PasswordHasher"
    settings.PASSWORD_HASHERS = [quick, *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def no_walk_over_static_files(settings):
    """Whitenoise would look through all of them for every new client; live_server serves them without it."""
    settings.WHITENOISE_USE_FINDERS = False


@pytest.fixture(scope="session")
def world_template(django_db_setup, django_db_blocker) -> Template:
    """Building the world takes 0.085 s, copying it 0.007 s."""
    with django_db_blocker.unblock():
        return Template(build_world)


@pytest.fixture
def world(db, world_template) -> World:
    """Two schools with people of every kind; `tests.world.World` says who is who.

    Where a test has moved the clock first, the world is built at that moment.
    """
    return build_world() if time_machine.escape_hatch.is_travelling() else world_template.copy()


@pytest.fixture
def client_of():
    """`client_of(user)`: a browser in which that person is signed in; `client_of(None)`: nobody is."""

    def sign_in(user) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return sign_in
