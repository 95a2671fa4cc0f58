"""Two windows of one page: the second is not saved over the first unseen, and loses nothing that was typed.

Every form of a shared thing carries what it showed; a conflict shows both values and keeps what was typed.
"""

from dataclasses import dataclass

import pytest
import time_machine
from django.urls import reverse

from pairing.services.teams import bind_outside_id
from reports.rules.commendation import CRITERIA
from reports.services.commendation import save_commendation
from tests.activities.serving import NOW, build_serving
from tests.activities.test_waits import make_volunteers
from tests.reports.honouring import make_title
from tests.two_windows import read_form, type_over


@dataclass
class Page:
    """A page that two people have open: what the first and the second type, each {field: text}."""

    user: object
    url: str
    first: dict
    second: dict


def open_activity(serving):
    made = serving.activity()
    return Page(
        serving.world.secretary,
        reverse("activity_edit", args=[made.pk]),
        {"place": "图书馆"},
        {"capacity": "9"},
    )


def open_project(serving):
    url = reverse("project_edit", args=[serving.project.pk])
    return Page(serving.world.secretary, url, {"contact_name": "钱老师"}, {"purpose": "帮助老人"})


def open_year(serving):
    year = serving.world.year
    url = reverse("year_edit", args=[year.year])
    return Page(serving.world.admin, url, {"required_minutes": "1500"}, {"excellent_quota_percent": "25"})


def open_title(serving):
    url = reverse("honour_edit", args=[make_title(serving.world).pk])
    return Page(serving.world.admin, url, {"places": "5"}, {"name": "优秀团员"})


def open_group(serving):
    url = reverse("team_group", args=[serving.team.pk])
    branch = str(serving.world.a1.pk)
    return Page(serving.world.secretary, url, {"branches": [branch]}, {"street_contact_in_on": "2018-11-01"})


def open_binding(serving):
    url, on = reverse("team_bind", args=[serving.team.pk]), NOW.date()
    bind_outside_id(user=serving.world.secretary, team_id=serving.team.pk, outside_id="BJ20180000", on=on)
    return Page(serving.world.secretary, url, {"outside_id": "BJ20180001"}, {"on": "2018-11-01"})


def open_street(serving):
    url = reverse("street_taken", args=[serving.world.urban.pk])
    return Page(serving.world.admin, url, {"taken": "2", "source": "电话"}, {"source": "来函"})


def open_commendation(serving):
    made = save_commendation(
        user=serving.world.admin,
        year=serving.world.year,
        kind="volunteer",
        name="优秀志愿者",
        places=10,
        minimum={one.key: 0 for one in CRITERIA["volunteer"]},
        order="minutes",
    )
    return Page(
        serving.world.admin,
        reverse("commendation_edit", args=[made.pk]),
        {"places": "12"},
        {"name": "志愿之星"},
    )


def open_person(serving):
    (user,) = make_volunteers(serving, 1)
    url = reverse("member_edit", args=[user.member.pk])
    return Page(
        serving.world.secretary,
        url,
        {"grade": "2017", "reason": "核对"},
        {"gender": "female", "reason": "核对"},
    )


PAGES = [
    open_activity,
    open_project,
    open_year,
    open_title,
    open_group,
    open_binding,
    open_street,
    open_commendation,
    open_person,
]


@pytest.fixture(params=PAGES, ids=lambda build: build.__name__.removeprefix("open_"))
def page(world, request):
    serving = build_serving(world)
    with time_machine.travel(NOW, tick=False):
        yield request.param(serving)


def test_the_second_window_is_not_saved_over_the_first_and_then_saves_both(page, client_of):
    client = client_of(page.user)
    untouched = read_form(client.get(page.url))
    assert client.post(page.url, type_over(untouched, **page.first)).status_code == 302
    refused = client.post(page.url, type_over(untouched, **page.second))
    assert refused.status_code == 200
    assert "有人改了下面标出的内容" in refused.text
    marked = next(iter(page.first))
    assert "现在已被改为" in " ".join(refused.context["form"].errors[marked])
    # The page that comes back holds both, and saves when it is sent once more.
    again = read_form(refused)
    for name, value in (page.first | page.second).items():
        if name not in page.second or name == marked:
            assert again.getlist(name) == (value if isinstance(value, list) else [value])
    for name, value in page.second.items():
        assert again.getlist(name) == (value if isinstance(value, list) else [value])
    assert client.post(page.url, again).status_code == 302
    kept = read_form(client.get(page.url))
    for name, value in (page.first | page.second).items():
        if name in kept and name not in ("reason", "source"):
            assert kept.getlist(name) == (value if isinstance(value, list) else [value])


def test_one_window_alone_is_saved(page, client_of):
    client = client_of(page.user)
    assert client.post(page.url, type_over(read_form(client.get(page.url)), **page.second)).status_code == 302
