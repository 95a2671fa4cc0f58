"""What every test may ask for."""

from uuid import uuid4

import pgtrigger
import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.db.models.signals import pre_migrate
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pghistory.models import Context

from tests.world import World, build_world

# A property is true or not, however busy the machine is.
hypothesis_settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("portal")


def pytest_configure(config):
    if django_settings.PORTAL_ENV != "test":
        raise pytest.UsageError("Tests need PORTAL_ENV=test; ./portal test sets it.")


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
    """
    with django_db_blocker.unblock():
        Context.install_pgh_attach_context_func()
        for model, trigger in pgtrigger.registered():
            if model._meta.proxy:
                trigger.install(model)


@pytest.fixture(autouse=True, scope="session")
def flush_after_transactional_tests():
    """They end with a TRUNCATE of all tables, which the database refuses for what must never be lost."""
    flush = TransactionTestCase._fixture_teardown

    def unguarded(case):
        with pgtrigger.ignore():
            flush(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", unguarded)
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


@pytest.fixture
def world(db) -> World:
    """Two schools with people of every kind; who is who stands at `tests.world.World`."""
    return build_world()


@pytest.fixture
def client_of():
    """`client_of(user)`: a browser in which that person is signed in; `client_of(None)`: nobody is."""

    def sign_in(user) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return sign_in
