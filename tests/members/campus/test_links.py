"""校园登录核对: who decides, what follows, and that nobody decides about themselves."""

import threading

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from members.campus.config import WeChat
from members.campus.identities import Identity
from members.campus.rules import Verdict
from members.campus.services import Device, admit_identity, bind_wechat, decide_link, unlink_identity
from members.models import AccountEvent, CampusLink, Message, User
from members.permissions import Role
from tests.campuses import JH, configure_campuses
from tests.factories import GrantFactory, UserFactory, make_account
from tests.members.campus.conftest import enter_by_cas

Kind = AccountEvent.Kind
PROVIDER = "campus-JH"


def make_identity(person, name: str = "", uid: str = "") -> Identity:
    number = getattr(person, "student_no", None) or person.number
    return Identity(person.school, PROVIDER, uid or f"u{number}", number, name or person.name)


@pytest.fixture
def waiting(world) -> CampusLink:
    """The first sign-in of 张伟 of a1, whom the campus calls 章伟."""
    admit_identity(identity=make_identity(world.registered, "章伟"), device=Device())
    return CampusLink.objects.get()


def test_accepting_makes_the_account_and_links_it(cas, world, client, client_of, waiting):
    SocialAccount.objects.all().delete()
    CampusLink.objects.update(uid="2018010001")
    secretary = client_of(world.secretary)
    url = reverse("campus_link", args=[waiting.pk])
    page = secretary.get(url).content.decode()
    assert "章伟" in page
    assert "张伟" in page
    assert secretary.post(url, {"do": "accept"})["Location"] == reverse("campus_links")
    account = User.objects.get(member=world.registered)
    event = AccountEvent.objects.get(kind=Kind.CAMPUS_LINKED)
    assert (event.user, event.by) == (account, world.secretary)
    assert Message.objects.filter(user=account, title="已绑定校园登录").exists()
    assert enter_by_cas(client, cas, "2018010001", name="章伟")["Location"] == "/"


def test_a_refusal_needs_a_reason_which_the_person_reads(world, client_of):
    make_account(world.registered)
    admit_identity(identity=make_identity(world.registered, "章伟"), device=Device())
    link = CampusLink.objects.get()
    secretary, url = client_of(world.secretary), reverse("campus_link", args=[link.pk])
    answer = secretary.post(url, {"do": "refuse"})
    assert "请写明不通过的原因" in answer.content.decode()
    assert secretary.post(url, {"do": "refuse", "reason": "不是本人"}).status_code == 302
    link.refresh_from_db()
    assert (link.state, link.decided_by, link.reason) == ("refused", world.secretary, "不是本人")
    told = Message.objects.get(title="校园登录未通过核对")
    assert (told.user.member, told.text) == (world.registered, "不是本人")
    again = admit_identity(identity=make_identity(world.registered, "章伟"), device=Device())
    assert again.verdict == Verdict.REFUSED


def test_only_the_person_s_college_and_school_see_it(cas, world, client_of, waiting):
    seen = {
        user: reverse("campus_link", args=[waiting.pk])
        in client_of(user).get(reverse("campus_links")).content.decode()
        for user in (world.admin, world.secretary, world.secretary_b, world.bh.admin)
    }
    assert list(seen.values()) == [True, True, False, False]
    for user in (world.secretary_b, world.bh.admin, world.bh.secretary):
        with pytest.raises(ValidationError, match="不在您的管理范围内"):
            decide_link(by=user, link=waiting, accept=True)


def test_nobody_decides_about_themselves(world, client_of):
    account = make_account(world.registered)
    GrantFactory(user=account, role=Role.COLLEGE_SECRETARY, college=world.college_a)
    admit_identity(identity=make_identity(world.registered, "章伟"), device=Device())
    link = CampusLink.objects.get()
    assert client_of(account).get(reverse("campus_link", args=[link.pk])).status_code == 404
    with pytest.raises(ValidationError, match="不在您的管理范围内"):
        decide_link(by=account, link=link, accept=True)


def test_a_secretary_does_not_decide_about_somebody_above(world):
    account = make_account(world.registered)
    GrantFactory(user=account, role=Role.SCHOOL_ADMIN, school=world.school)
    admit_identity(identity=make_identity(world.registered, "章伟"), device=Device())
    with pytest.raises(ValidationError, match="上一级"):
        decide_link(by=world.secretary, link=CampusLink.objects.get(), accept=True)
    assert not SocialAccount.objects.exists()
    decide_link(by=world.admin, link=CampusLink.objects.get(), accept=True)
    assert SocialAccount.objects.get().user == account


def test_an_account_without_a_person_is_the_school_s(world):
    teacher = UserFactory(school=world.school, number="T007", name="王老师")
    admit_identity(identity=make_identity(teacher, "汪老师"), device=Device())
    link = CampusLink.objects.get()
    assert not CampusLink.objects.visible_to(world.secretary, "campus.decide").exists()
    told = Message.objects.filter(title__startswith="校园登录待核对")
    assert [told.visible_to(user, "message.view").count() for user in (world.admin, world.secretary)] == [
        1,
        0,
    ]
    decide_link(by=world.admin, link=link, accept=True)
    assert SocialAccount.objects.get().user == teacher


def test_a_decision_is_made_once(world, waiting):
    decide_link(by=world.secretary, link=waiting, accept=True)
    with pytest.raises(ValidationError, match="已由他人处理"):
        decide_link(by=world.admin, link=waiting, accept=False, reason="不是本人")


def test_accepting_never_gives_an_account_a_second_identity(world, waiting):
    account = make_account(world.registered)
    SocialAccount.objects.create(user=account, provider=PROVIDER, uid="another")
    with pytest.raises(ValidationError, match="已经绑定"):
        decide_link(by=world.secretary, link=waiting, accept=True)
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


def test_the_menu_counts_what_waits_only_with_a_campus(world, client_of, settings, waiting):
    url = reverse("campus_links")
    assert f'href="{url}"' not in client_of(world.secretary).get(reverse("messages")).content.decode()
    configure_campuses(settings, {"JH": {"kind": "cas", "server": "http://127.0.0.1:9", **JH}})
    answer = client_of(world.secretary).get(reverse("messages"))
    (entry,) = [entry for entry in answer.context["nav"] if entry.url == url]
    assert entry.count == 1


def test_the_list_finds_by_either_name_and_shows_the_decided(world, client_of, waiting):
    secretary, url = client_of(world.secretary), reverse("campus_links")
    for word, found in (("章伟", 1), ("张伟", 1), ("2018010001", 1), ("李四", 0)):
        assert len(secretary.get(url, {"q": word}).context["page"].object_list) == found
    decide_link(by=world.secretary, link=waiting, accept=True)
    assert not secretary.get(url).context["page"].object_list
    assert secretary.get(url, {"state": "accepted"}).context["page"].object_list


# --- unlinking


def bind(account) -> SocialAccount:
    return SocialAccount.objects.create(user=account, provider=PROVIDER, uid=f"b{account.pk}")


def test_somebody_with_a_password_unlinks_their_own_identity(world, client_of):
    world.member.set_password("a long password")
    world.member.save()
    linked = bind(world.member)
    answer = client_of(world.member).post(reverse("campus_unlink", args=[linked.pk]), {"next": "/messages/"})
    assert answer["Location"] == "/messages/"
    assert not SocialAccount.objects.exists()
    event = AccountEvent.objects.get(kind=Kind.CAMPUS_UNLINKED)
    assert (event.user, event.by) == (world.member, None)


def test_somebody_without_a_password_keeps_the_only_way_in(world, client_of):
    world.member.set_unusable_password()
    world.member.save()
    linked = bind(world.member)
    answer = client_of(world.member).post(reverse("campus_unlink", args=[linked.pk]))
    assert "还没有设置密码" in answer.content.decode()
    assert SocialAccount.objects.exists()


def test_who_manages_the_account_unlinks_it_and_the_person_is_told(world, client_of):
    linked = bind(world.member)
    client_of(world.secretary).post(reverse("campus_unlink", args=[linked.pk]))
    assert AccountEvent.objects.get(kind=Kind.CAMPUS_UNLINKED).by == world.secretary
    assert world.secretary.name in Message.objects.get(user=world.member).text


def test_a_branch_secretary_does_not_unlink_somebody_with_an_office(world, client_of):
    GrantFactory(user=world.member, role=Role.COLLEGE_SECRETARY, college=world.college_b)
    linked = bind(world.member)
    url = reverse("campus_unlink", args=[linked.pk])
    assert client_of(world.branch_secretary).post(url).status_code == 404
    assert client_of(world.admin).get(url).status_code == 200


def test_unlinking_by_a_secretary_ends_the_sessions_of_the_account(cas, world, client, client_of):
    enter_by_cas(client, cas, world.missing.student_no, name=world.missing.name)
    assert client.get(reverse("messages")).status_code == 200
    linked = SocialAccount.objects.get()
    client_of(world.secretary).post(reverse("campus_unlink", args=[linked.pk]))
    assert client.get(reverse("messages")).status_code == 302


def test_the_own_page_shows_and_offers_binding(cas, world, client_of):
    person = client_of(world.member)
    page = person.get(reverse("security")).content.decode()
    assert f"绑定{JH['label']}" in page
    linked = bind(world.member)
    page = person.get(reverse("security")).content.decode()
    assert f"绑定{JH['label']}" not in page
    assert (reverse("campus_unlink", args=[linked.pk]) in page) == world.member.has_usable_password()


def test_nobody_else_unlinks(world, client_of):
    linked = bind(world.member)
    for user in (world.secretary_b, world.liaison, world.bh.admin, world.nobody):
        assert client_of(user).post(reverse("campus_unlink", args=[linked.pk])).status_code in (403, 404)
        with pytest.raises(ValidationError):
            unlink_identity(by=user, linked=linked)
    assert SocialAccount.objects.exists()


def test_the_account_page_shows_and_unlinks_what_is_bound(cas, world, client_of, waiting):
    linked = bind(world.member)
    page = client_of(world.secretary).get(reverse("account", args=[world.member.pk])).content.decode()
    assert reverse("campus_unlink", args=[linked.pk]) in page
    assert JH["label"] in page


def test_the_account_page_leads_only_those_who_decide_to_the_decision(cas, world, client_of):
    admit_identity(identity=make_identity(world.missing, "别名"), device=Device())
    url = reverse("campus_link", args=[CampusLink.objects.get().pk])
    for user, leads in ((world.secretary, True), (world.admin, True), (world.branch_secretary, False)):
        page = client_of(user).get(reverse("account", args=[world.member.pk])).content.decode()
        assert ("等待核对" in page, url in page) == (True, leads)


# --- WeChat


def test_a_wechat_belongs_to_one_account_and_an_account_has_one(world):
    bind_wechat(user=world.member, uid="o1", device=Device())
    bind_wechat(user=world.member, uid="o1", device=Device())
    with pytest.raises(ValidationError, match="另一个账号"):
        bind_wechat(user=world.admin, uid="o1", device=Device())
    with pytest.raises(ValidationError, match="另一个微信"):
        bind_wechat(user=world.member, uid="o2", device=Device())
    assert SocialAccount.objects.filter(provider="weixin").count() == 1
    assert AccountEvent.objects.filter(kind=Kind.CAMPUS_LINKED).count() == 1


# --- the sign-in page


def test_the_sign_in_page_offers_campuses_by_name_and_the_last_one_first(both_cas, world, client):
    page = client.get(reverse("account_login")).content.decode()
    assert all(label in page for label in ("京华大学统一", "北华大学统一"))
    for code, first in (("JH", "京华大学统一"), ("BH", "北华大学统一")):
        answer = client.get(reverse("campus_login", args=[code]))
        assert (answer.cookies["campus"].value, answer.cookies["campus"]["httponly"]) == (code, True)
        page = client.get(reverse("account_login")).content.decode()
        assert min(("京华大学统一", "北华大学统一"), key=page.index) == first
        assert f'<option value="{code}" selected>' in page


def test_a_chosen_school_shows_its_own_campus_only(both_cas, client):
    page = client.get(reverse("account_login"), {"school": "BH"}).content.decode()
    assert ("北华大学统一" in page, "京华大学统一" in page) == (True, False)


@pytest.mark.parametrize("value", ["XX", '"><script>', "../admin"])
def test_a_cookie_of_anything_else_changes_nothing(both_cas, client, value):
    client.cookies["campus"] = value
    page = client.get(reverse("account_login")).content.decode()
    assert "京华大学统一" in page
    assert "<script>" not in page


def test_without_a_campus_the_sign_in_page_has_no_such_buttons(world, client):
    page = client.get(reverse("account_login")).content.decode()
    assert "campus-choices" not in page
    assert client.post(reverse("weixin_login")).status_code == 404
    assert client.get(reverse("weixin_callback")).status_code == 404


def test_wechat_is_offered_where_it_is_configured(world, client, settings):
    configure_campuses(settings, {}, wechat=WeChat("wx1", "word"))
    assert "微信登录" in client.get(reverse("account_login")).content.decode()
    there = client.post(reverse("weixin_login"))["Location"]
    assert there.startswith("https://open.weixin.qq.com/connect/qrconnect?appid=wx1&")
    assert there.endswith("#wechat_redirect")
    assert "word" not in there


# --- at the same moment


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_make_one_account_and_one_link(world_template):
    world = world_template.copy()
    found, ready = [], threading.Barrier(4)

    def enter():
        try:
            ready.wait()
            found.append(admit_identity(identity=make_identity(world.registered), device=Device()).verdict)
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Verdict.LINK] * 4
    assert User.objects.filter(member=world.registered).count() == 1
    assert SocialAccount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_identities_at_once_link_one(world_template):
    world = world_template.copy()
    found, ready = [], threading.Barrier(2)

    def enter(uid):
        try:
            ready.wait()
            identity = make_identity(world.registered, uid=uid)
            found.append(admit_identity(identity=identity, device=Device()).verdict)
        finally:
            connection.close()

    threads = [threading.Thread(target=enter, args=[uid]) for uid in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [Verdict.LINK, Verdict.OTHER_IDENTITY]
    assert SocialAccount.objects.count() == 1
