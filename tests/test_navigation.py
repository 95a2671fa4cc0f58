"""The map of the portal names existing pages, each once, with a right that opens it."""

from members.permissions import TABLE
from members.queries import history
from tests.walk import list_addresses
from volunteer_portal.navigation import FIRST_STEPS, FORMER_MENU, MENU, OWN_MENU, PAGE_NAMES

PAGES = [*MENU, *OWN_MENU, *FORMER_MENU, FIRST_STEPS]


def test_every_page_of_the_map_exists_and_has_a_right():
    names = {name for page in PAGES for name in (page.name, *page.below)} | PAGE_NAMES.keys()
    assert names <= list_addresses().keys()
    assert {page.action for page in PAGES} <= TABLE.keys()


def test_the_right_of_an_entry_is_that_of_its_page():
    other = [page.label for page in PAGES if list_addresses()[page.name].callback.action != page.action]
    assert not other, other


def test_no_page_is_marked_in_two_entries_of_the_menu():
    names = [name for page in MENU for name in (page.name, *page.below)]
    assert len(names) == len(set(names))


def test_histories_call_pages_by_the_map():
    assert history.PAGE_NAMES == PAGE_NAMES
