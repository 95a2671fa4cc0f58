"""Two windows of one page: the second is not saved over the first unseen, and loses nothing that was typed.

Every form of a shared thing carries what it showed; a conflict shows both values and keeps what was typed.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from pairing.services.pairings import confirm_offline
from pairing.services.teams import bind_outside_id
from reports.rules.commendation import CRITERIA
from reports.services.admission import save_days
from reports.services.appraisal import start_appraisal
from reports.services.commendation import save_commendation
from tests.activities.ledger import make_supplement
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


def open_offline(serving):
    pairing, user = serving.pairing, serving.world.secretary
    confirm_offline(
        user=user, pairing_id=pairing.pk, on=NOW.date(), people="张老师", note="", proof=b"picture", now=NOW
    )
    url = reverse("pairing_confirm", args=[pairing.pk])
    return Page(user, url, {"people": "张老师、李书记"}, {"note": "在街道见面"})


def open_case(serving):
    held = serving.activity(starts_at=NOW - timedelta(days=2))
    came = {"checked_in_at": held.starts_at, "checked_in_how": "scan"}
    came |= {"checked_out_at": held.ends_at, "checked_out_how": "scan"}
    signup = serving.sign_up(held, serving.world.registered, **came)
    first = {"end": "2018-11-03T11:00", "counts": "yes", "reason": "提前结束"}
    second = {"start": "2018-11-03T09:30", "counts": "yes", "reason": "迟到"}
    return Page(serving.world.secretary, reverse("settle_one", args=[signup.pk]), first, second)


def open_waiting_hours(serving):
    record = make_supplement(
        serving.world.secretary,
        serving.world.registered,
        NOW - timedelta(hours=50),
        NOW - timedelta(hours=48),
        now=NOW,
    )
    url = reverse("record_change", args=[record.pk])
    return Page(
        serving.world.secretary,
        url,
        {"end": "08:30", "reason": "提前结束"},
        {"start": "07:30", "reason": "迟到"},
    )


PAGES = [
    open_offline,
    open_case,
    open_waiting_hours,
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


@dataclass
class Part:
    """A form that is one of several on its page: where it is sent, and its name in the page's context."""

    user: object
    page: str
    action: str
    name: str
    first: dict
    second: dict


def open_meeting(serving):
    appraisal = start_appraisal(
        user=serving.world.branch_secretary, branch_id=serving.world.a1.pk, year=serving.world.year
    )
    action = reverse("appraisal_meeting", args=[appraisal.pk])
    first = {"held_on": "2018-11-04", "entitled": "6", "present": "5"}
    second = {"held_on": "2018-11-03", "entitled": "6", "present": "6"}
    return Part(
        serving.world.branch_secretary, appraisal.get_absolute_url(), action, "meeting", first, second
    )


def open_days(serving):
    person = serving.world.activist
    save_days(
        user=serving.world.secretary,
        member_id=person.pk,
        days={
            "applied_on": NOW.date() - timedelta(days=300),
            "activist_on": NOW.date() - timedelta(days=100),
        },
        now=NOW,
    )
    page, action = reverse("admission", args=[person.pk]), reverse("admission_days", args=[person.pk])
    first, second = {"applied_on": "2018-02-01"}, {"activist_on": "2018-09-01"}
    return Part(serving.world.secretary, page, action, "days", first, second)


@pytest.mark.parametrize("build", [open_meeting, open_days])
def test_a_form_among_others_is_not_saved_over_the_first_window_either(world, client_of, build):
    serving = build_serving(world)
    with time_machine.travel(NOW, tick=False):
        part = build(serving)
        client = client_of(part.user)
        untouched = read_form(client.get(part.page), part.action)
        assert client.post(part.action, type_over(untouched, **part.first)).status_code == 302
        refused = client.post(part.action, type_over(untouched, **part.second))
        assert refused.status_code == 200
        assert "有人改了下面标出的内容" in refused.text
        again = read_form(refused, part.action)
        for name, value in part.second.items():
            assert again[name] == value
        assert client.post(part.action, again).status_code == 302
        kept = read_form(client.get(part.page), part.action)
        for name, value in (part.first | part.second).items():
            assert kept[name] == value
