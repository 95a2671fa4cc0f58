"""A refused form says on top what is wrong, and the browser puts the focus there (ux.md)."""

import re

import pytest
from django.urls import reverse

from tests.reports.test_handover import get_term


def find_summary(html: str) -> str:
    start = html.index('id="form-summary"')
    return html[start : html.index('class="field', start)]


def refuse(client, name, given, *args) -> str:
    page = client.post(reverse(name, args=args), given)
    assert page.status_code == 200
    return page.content.decode()


@pytest.fixture
def addresses(world):
    """Forms of the shared component, forms with a layout of their own, and an empty answer to each."""
    office = get_term(world.secretary).pk
    return [
        ("appoint", {"role": "college_secretary", "starts_on": "nonsense"}),
        ("office_end", {"when": "now"}, office),
        ("handover_office", {}, office),
        ("handover_stand_in", {}, office),
        ("activation_school", {"people": "nobody"}, world.school.pk),
        ("import_new", {"kind": "roster"}),
    ]


def test_every_refused_form_has_one_summary_that_takes_the_focus(world, client_of, addresses):
    client = client_of(world.admin)
    for name, given, *args in addresses:
        html = refuse(client, name, given, *args)
        assert html.count('tabindex="-1" autofocus') == 1, name
        assert html.index("form-summary") < html.index("form-buttons"), name
        for target in re.findall(r'<a href="#(id_[^"]+)"', find_summary(html)):
            assert f'id="{target}"' in html, (name, target)


def test_the_summary_names_the_fields_and_links_to_them(world, client_of):
    html = refuse(client_of(world.admin), "appoint", {"role": "college_secretary", "starts_on": "nonsense"})
    summary = find_summary(html)
    assert '<a href="#id_college">学院</a>' in summary
    assert '<a href="#id_starts_on">开始日期</a>' in summary
    assert "请改正" in summary


def test_a_refusal_of_the_service_is_in_the_summary(world, client_of):
    given = {"person": f"u{world.secretary.pk}", "on": "2099-01-01"}
    html = refuse(client_of(world.admin), "handover_office", given, get_term(world.secretary).pk)
    assert "接任日期最晚在一年之内" in html and html.count('tabindex="-1" autofocus') == 1


def test_a_form_that_nobody_sent_and_a_search_have_no_summary(world, client_of):
    client = client_of(world.admin)
    assert "form-summary" not in client.get(reverse("appoint")).content.decode()
    assert "form-summary" not in refuse(client, "appoint", {"people_q": "张", "people_find": "1"})
