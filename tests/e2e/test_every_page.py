"""Every page in a browser, on a desk and on a phone: no serious accessibility fault, no complaint of the console,
nothing wider than the screen."""

import pytest
from django.urls import reverse

from tests.e2e.conftest import DESKTOP, PHONE
from tests.walk import Target, actors, addresses, targets
from volunteer_portal.health import beat_heard

pytestmark = pytest.mark.django_db(transaction=True)

EVERYWHERE = Target(())


@pytest.mark.parametrize("role", [None, "admin", "secretary", "branch_secretary", "member", "liaison"])
def test_no_page_has_a_serious_fault(role, world, open_browser, client_of, violations):
    beat_heard()
    user = getattr(world, role) if role else None
    (actor,) = [actor for actor in actors(world) if actor.user == user]
    page, client, faults, seen = open_browser(user, DESKTOP), client_of(user), [], 0
    for url in pages_of(actor, targets(world), client):
        page.goto(url)
        seen += 1
        # Turned into a phone as it stands: loading every page once more would take as long again.
        for device in (DESKTOP, PHONE):
            page.set_viewport_size(device["viewport"])
            page.emulate_media(color_scheme=device["color_scheme"], reduced_motion="reduce")
            where = f"{url} at {device['viewport']['width']}"
            faults += [f"{where}: {fault}" for fault in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                faults.append(f"{where}: wider than the screen")
    assert seen, "the walk found no page for this role"
    assert not faults, "\n".join(faults)


def pages_of(actor, places, client):
    """One address of each page that the actor may open; files, JSON, fragments and addresses for POST are no pages."""
    for name, pattern in addresses().items():
        action = pattern.callback.action
        for target in places.get(name, [EVERYWHERE]):
            if not actor.opens(action) or (target.place and not actor.reaches(action, target.place)):
                continue
            url = reverse(name, args=target.args)
            answer = client.get(url)
            if (
                answer.status_code == 200
                and not answer.streaming
                and b"<!DOCTYPE html>" in answer.content[:100]
            ):
                yield url
                break


def test_the_way_in_has_no_serious_fault(world, open_browser, violations):
    for device in (DESKTOP, PHONE):
        page = open_browser(None, device)
        page.goto("/accounts/login/")
        assert not violations(page)
