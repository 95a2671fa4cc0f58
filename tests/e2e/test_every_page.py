"""Every page in a browser, on a desktop and on a phone.

No serious accessibility fault, no complaint of the console, nothing wider than the screen. Axe checks each
address once, on the page of the first role that opens it. The pages of the other roles are checked for
complaints and width.
"""

from collections.abc import Iterator

import pytest
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from playwright.sync_api import Page

from tests.e2e.conftest import DESKTOP, PHONE
from tests.rows import Template
from tests.walk import Actor, Target, list_addresses, make_actors, make_targets
from tests.world import World, build_world
from volunteer_portal.health import beat_heard

pytestmark = pytest.mark.django_db(transaction=True)

# Roles that see most of a page come first: axe checks the page of the first role that opens the address.
ROLES = ["secretary", "admin", "branch_secretary", "member", "liaison", None]
PARTS = 16
EVERYWHERE = Target(())
# The theme follows the device's colour scheme, and a chart the width of the screen, some frames later.
THEME = """
async () => {
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
    return document.documentElement.dataset.bsTheme;
}
"""
WIDER = """
async () => {
    for (let frames = 0; frames < 60; frames++) {
        if (document.documentElement.scrollWidth <= window.innerWidth) return false;
        await new Promise(requestAnimationFrame);
    }
    return true;
}
"""


@pytest.fixture(scope="session")
def walked_template(django_db_setup, django_db_blocker, tmp_path_factory):
    """Build the world, an object for every address, and their folder of files: 2.5 s, so once per worker."""
    uploads = tmp_path_factory.mktemp("uploads")

    def build():
        world = build_world()
        with TestCase.captureOnCommitCallbacks(execute=True):
            return world, make_targets(world)

    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=uploads):
        return Template(build), uploads


@pytest.fixture
def walked(transactional_db, walked_template, settings) -> tuple[World, dict[str, list[Target]]]:
    template, settings.MEDIA_ROOT = walked_template
    beat_heard()
    return template.copy()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_serious_fault(part, walked, open_browser, client_of, violations):
    world, places = walked
    visitors = [Visitor(role, world, open_browser, client_of) for role in ROLES]
    faults, seen = [], 0
    for name in list(list_addresses())[part::PARTS]:
        visits = list_visits_of(name, visitors, places.get(name, [EVERYWHERE]))
        for number, (visitor, url) in enumerate(visits):
            visitor.page.goto(url)
            seen += 1
            faults += list_faults(visitor, url, violations if number == 0 else None)
    assert seen, "the walk found no page in this part"
    assert not faults, "\n".join(faults)


class Visitor:
    """A role with a browser and with a client that finds out which addresses are pages."""

    def __init__(self, role: str | None, world: World, open_browser, client_of):
        self.user = getattr(world, role) if role else None
        (self.actor,) = [actor for actor in make_actors(world) if actor.user == self.user]
        self.client: Client = client_of(self.user)
        self._open_browser = open_browser
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        self._page = self._page or self._open_browser(self.user, DESKTOP)
        return self._page


def list_faults(visitor: Visitor, url: str, violations) -> Iterator[str]:
    """Yield faults of the open page on both devices: axe's findings, if `violations` is given, and too much
    width.

    The open page is switched to a phone without reloading: that would take as long again.
    """
    for device in (DESKTOP, PHONE):
        visitor.page.set_viewport_size(device["viewport"])
        visitor.page.emulate_media(color_scheme=device["color_scheme"], reduced_motion="reduce")
        where = f"{visitor.actor.name} at {url} at {device['viewport']['width']}"
        if visitor.page.evaluate(THEME) != device["color_scheme"]:
            yield f"{where}: not {device['color_scheme']}"
        if violations:
            yield from (f"{where}: {fault}" for fault in violations(visitor.page, touch=device is PHONE))
        if visitor.page.evaluate(WIDER):
            yield f"{where}: wider than the screen"


def list_visits_of(name: str, visitors: list[Visitor], places: list[Target]) -> Iterator[tuple[Visitor, str]]:
    """Yield the visitors who may open the address, each with a target that is a page for that visitor."""
    action = list_addresses()[name].callback.action
    for visitor in visitors:
        actor: Actor = visitor.actor
        for target in places:
            if not actor.opens(action) or (target.place and not actor.reaches(action, target.place)):
                continue
            url = reverse(name, args=target.args)
            answer = visitor.client.get(url)
            if is_page(answer):
                yield visitor, url
                break
            if answer.status_code == 405:
                return  # for POST only, for every role


def is_page(answer) -> bool:
    """Return whether the answer is a page: files, JSON, fragments, redirects and refusals are not."""
    return answer.status_code == 200 and not answer.streaming and b"<!DOCTYPE html>" in answer.content[:100]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_pages(role, walked, open_browser, client_of):
    world, places = walked
    visitor = Visitor(role, world, open_browser, client_of)
    visits = (list_visits_of(name, [visitor], places.get(name, [EVERYWHERE])) for name in list_addresses())
    assert next((visit for found in visits for visit in found), None)


def test_the_way_in_has_no_serious_fault(world, open_browser, violations):
    for device in (DESKTOP, PHONE):
        page = open_browser(None, device)
        page.goto("/accounts/login/")
        assert not violations(page, touch=device is PHONE)
