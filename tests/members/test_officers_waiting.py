"""The way from an appointment to the slips: who is told to activate, and where the links lead."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse

from members.models import User
from tests.factories import make_account
from tests.members.import_files import Kind, run_import
from tests.members.sheet_files import make_xlsx

TERM = {"starts_on": "2018-10-12", "ends_on": "2019-08-31"}
LINK = "发放任职人员的激活纸条"
HEADER = ("学号/工号", "姓名", "角色", "学院", "团支部")


@pytest.fixture(autouse=True)
def everybody_is_activated(world, time_machine):
    """Give the accounts of the world a password: they have activated."""
    time_machine.move_to("2018-10-12 08:00 +0800")
    User.objects.update(password=make_password("long-enough-1"))
    for account in (world.admin, world.secretary, world.secretary_b):
        account.refresh_from_db()  # a session ends with another password


@pytest.fixture
def desk(world, client_of):
    return client_of(world.admin)


def appoint(client, world, *people, **more) -> str:
    keys = [f"m{person.pk}" for person in people]
    sent = {"role": "branch_secretary", "branch": world.a1.pk, "people": keys, **TERM, **more}
    return client.post(reverse("appoint"), sent, follow=True).content.decode()


def find_notice(html: str) -> str:
    """Return the text of the first message."""
    found = re.search(r'<div id="messages">.*?<div>(.*?)</div>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_after_several_only_those_who_have_not_activated_are_named(world, desk):
    User.objects.filter(pk=make_account(world.party).pk).update(password=make_password("long-enough-1"))
    html = appoint(desk, world, world.party, world.reported)
    assert find_notice(html).endswith(f"李自报还没有激活账号，请发放激活纸条。 {LINK}")
    assert f'href="{reverse("activation_officers")}"' in html


def test_nobody_is_told_to_activate_who_has_activated(world, desk):
    for person in (world.party, world.reported):
        User.objects.filter(pk=make_account(person).pk).update(password=make_password("long-enough-1"))
    html = appoint(desk, world, world.party, world.reported)
    assert "激活" not in find_notice(html)
    assert LINK not in html


def test_the_offices_say_how_many_have_not_activated(world, desk, client_of):
    url = reverse("accounts")
    assert LINK not in desk.get(url).content.decode()
    appoint(desk, world, world.party, world.reported)
    page = desk.get(url).content.decode()
    assert "2 位任职人员还没有激活账号" in page and reverse("activation_officers") in page
    assert "2 位任职人员" in client_of(world.secretary).get(url).content.decode()
    assert LINK not in client_of(world.secretary_b).get(url).content.decode()


def test_branch_by_branch_says_how_many_have_not_activated(world, desk):
    world.quiet.office = "团支书"
    world.quiet.save()
    sent = {f"branch_{world.a2.pk}": f"m{world.quiet.pk}", **TERM}
    done = desk.post(reverse("appoint_branches"), sent, follow=True)
    account = User.objects.get(member=world.quiet)
    assert done.redirect_chain[-1][0] == reverse("account_code", args=[account.pk])
    notice = find_notice(done.content.decode())
    assert notice == "已任命 1 位团支书。宋安静还没有激活账号，请在本页发放激活码。"


def test_the_result_of_the_import_leads_to_the_slips(world, desk):
    rows = (
        ("2018010201", "宋安静", "团支书", "法学院", "法学1802团支部"),
        ("T9001", "秦老师", "学院团委书记", "物理学院", ""),
    )
    run = run_import(Kind.ACCOUNTS, make_xlsx(HEADER, *rows), by=world.admin)
    page = desk.get(run.get_absolute_url()).content.decode()
    assert "2 位任职人员还没有激活账号" in page and reverse("activation_officers") in page
    User.objects.filter(grants__isnull=False, password__startswith="!").update(
        password=make_password("long-1")
    )
    assert LINK not in desk.get(run.get_absolute_url()).content.decode()


def test_the_result_of_another_import_says_nothing_of_offices(world, desk):
    appoint(desk, world, world.party, world.reported)
    header = ("学号", "姓名", "学院", "团支部", "政治面貌", "手机号码")
    row = ("2018010999", "新同学", "法学院", "法学1802团支部", "共青团员", "13800000999")
    run = run_import(Kind.ROSTER, make_xlsx(header, row), by=world.admin)
    assert LINK not in desk.get(run.get_absolute_url()).content.decode()
