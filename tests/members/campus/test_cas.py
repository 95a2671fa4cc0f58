"""Sign-in by CAS against a real server on another port: who comes in, who waits, who is refused."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from members.models import AccountEvent, ActivationCode, CampusLink, Message, User
from members.services.activation import issue_code
from tests.campuses import JH, configure_campuses
from tests.factories import MemberFactory, UserFactory
from tests.members.campus.conftest import come_back, enter_by_cas

Kind = AccountEvent.Kind


def is_signed_in(client) -> User | None:
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk) if pk else None


def assert_refused(answer, client, *words: str):
    assert answer.status_code == 403
    text = answer.content.decode()
    for word in words:
        assert word in text
    assert is_signed_in(client) is None


# --- who comes in


def test_a_person_of_the_roster_gets_an_account_and_is_in(cas, world, client):
    person = world.registered
    answer = enter_by_cas(client, cas, person.student_no, name=person.name)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    account = User.objects.get(member=person)
    assert is_signed_in(client) == account
    assert not account.has_usable_password()
    kinds = set(AccountEvent.objects.filter(user=account).values_list("kind", flat=True))
    assert {Kind.ACTIVATED, Kind.CAMPUS_LINKED} <= kinds
    assert Message.objects.filter(user=account, title="已绑定校园登录").count() == 1


def test_an_account_is_linked_once_and_enters_again_without_a_number(cas, world, client):
    person, number = world.missing, world.missing.student_no
    enter_by_cas(client, cas, number, name=" 阿依古丽•买买提 ")  # another dot is the same name
    assert is_signed_in(client) == world.member
    client.logout()
    person.student_no = world.member.number = "2018999999"  # the roster gives a new number
    person.save()
    world.member.save()
    enter_by_cas(client, cas, number, name="任何名字")
    assert is_signed_in(client) == world.member
    assert SocialAccount.objects.filter(user=world.member).count() == 1


def test_an_account_without_a_person_enters_too(cas, world, client):
    teacher = UserFactory(school=world.school, number="T007", name="王老师")
    enter_by_cas(client, cas, "t007", name="王老师")
    assert is_signed_in(client) == teacher


@pytest.mark.parametrize("number", ["2018010001", "２０１８０１０００１", " 2018010001 ", "\u200b2018010001"])
def test_a_number_is_known_in_any_width(cas, world, client, number):
    enter_by_cas(client, cas, number, name="张伟")
    assert is_signed_in(client).member == world.registered


def test_the_attribute_with_the_number_is_configured(cas, world, client, settings):
    given = {"kind": "cas", "server": cas.url, "number": "number", **JH}
    configure_campuses(settings, {"JH": given})
    enter_by_cas(client, cas, "zhangwei", number=["2018010001", "old"], name="张伟")
    account = is_signed_in(client)
    assert account.member == world.registered
    assert SocialAccount.objects.get(user=account).uid == "zhangwei"


def test_cas_2_gives_no_attributes_so_a_name_must_be_confirmed(cas, world, client, settings):
    configure_campuses(settings, {"JH": {"kind": "cas", "version": 2, "server": cas.url, **JH}})
    answer = enter_by_cas(client, cas, "2018010001", name="张伟")
    assert "/cas/serviceValidate" in cas.checks[0]
    assert_refused(answer, client, "等待学院核对")


def test_nothing_but_number_and_name_is_kept(cas, world, client):
    cas.people["2018010001"] = {}
    enter_by_cas(client, cas, "2018010001", name="张伟")
    held = SocialAccount.objects.get()
    assert held.extra_data == {"number": "2018010001", "name": "张伟"}


# --- who does not


def test_a_stranger_is_refused_with_a_reason_and_whom_to_ask(cas, world, client):
    answer = enter_by_cas(client, cas, "9999", name="陌生人")
    assert_refused(answer, client, "花名册中没有这个学号", "9999", "学院团委书记")
    assert not User.objects.filter(number="9999").exists()
    event = AccountEvent.objects.get(kind=Kind.CAMPUS_REFUSED)
    assert (event.school, event.user, event.address) == (world.school, None, "127.0.0.1")


def test_the_number_of_another_school_is_a_stranger(cas, world, client):
    other = MemberFactory(branch=world.bh.a1, student_no="BH0001", name="李四")
    answer = enter_by_cas(client, cas, "BH0001", name="李四")
    assert_refused(answer, client, "本校花名册中没有")
    assert "北华" not in answer.content.decode()
    assert not User.objects.filter(member=other).exists()


def test_a_number_of_both_schools_enters_the_school_of_the_campus(both_cas, world, client):
    jh, bh = both_cas
    enter_by_cas(client, bh, "2018010001", name="张伟", code="BH")
    assert is_signed_in(client).member == world.bh.zhang_wei
    client.logout()
    enter_by_cas(client, jh, "2018010001", name="张伟")
    assert is_signed_in(client).member == world.registered


def test_a_different_name_waits_for_the_secretary(cas, world, client):
    answer = enter_by_cas(client, cas, "2018010001", name="章伟")
    assert_refused(answer, client, "等待学院核对", "章伟", "2018010001", "您也还没有登录")
    assert world.registered.name not in answer.content.decode()  # whose number it is stays untold
    link = CampusLink.objects.get()
    assert (link.member, link.account, link.state) == (world.registered, None, "waiting")
    told = Message.objects.filter(title__startswith="校园登录待核对")
    users = (world.secretary, world.secretary_b, world.admin)
    assert [told.visible_to(user, "message.view").count() for user in users] == [1, 0, 0]
    assert not SocialAccount.objects.exists()
    enter_by_cas(client, cas, "2018010001", name="章伟")
    assert (CampusLink.objects.count(), told.count()) == (1, 1)


def test_a_waiting_identity_enters_once_the_roster_is_corrected(cas, world, client):
    enter_by_cas(client, cas, "2018010001", name="章伟")
    world.registered.name = "章伟"
    world.registered.name_key = "章伟"
    world.registered.save()
    enter_by_cas(client, cas, "2018010001", name="章伟")
    assert is_signed_in(client).member == world.registered
    assert not CampusLink.objects.waiting().exists()


def test_a_disabled_account_is_refused_at_the_first_and_at_each_sign_in(cas, world, client):
    number = world.missing.student_no
    enter_by_cas(client, cas, number, name=world.missing.name)
    client.logout()
    User.objects.filter(pk=world.member.pk).update(is_active=False)
    assert_refused(enter_by_cas(client, cas, number, name=world.missing.name), client, "账号已停用")
    SocialAccount.objects.all().delete()
    assert_refused(enter_by_cas(client, cas, number, name=world.missing.name), client, "账号已停用")


def test_a_superuser_enters_by_no_campus_linked_or_not(cas, world, client):
    operator = UserFactory(school=world.school, number="OP1", name="运维", is_superuser=True)
    assert_refused(enter_by_cas(client, cas, "OP1", name="运维"), client, "系统管理员账号不能用校园登录")
    SocialAccount.objects.create(user=operator, provider="campus-JH", uid="OP1")
    assert_refused(enter_by_cas(client, cas, "OP1", name="运维"), client, "系统管理员账号不能用校园登录")


def test_a_password_that_somebody_else_set_ends_with_a_campus_sign_in(cas, world, client):
    for _ in range(2):  # at the first sign-in, and when one is set again later
        world.member.refresh_from_db()
        world.member.set_password("set by a command")
        world.member.must_change_password = True
        world.member.save()
        enter_by_cas(client, cas, world.missing.student_no, name=world.missing.name)
        held = is_signed_in(client)
        assert (held.has_usable_password(), held.must_change_password) == (False, False)
        assert client.get(reverse("messages")).status_code == 200
        client.logout()


def test_a_transferred_person_enters_an_account_but_gets_no_new_one(cas, world, client):
    person = world.transferred
    assert_refused(enter_by_cas(client, cas, person.student_no, name=person.name), client, "已转出或毕业")
    account = UserFactory(school=world.school, member=person, number=person.student_no, name=person.name)
    enter_by_cas(client, cas, person.student_no, name=person.name)
    assert is_signed_in(client) == account


def test_a_second_identity_of_one_account_is_refused(cas, world, client, settings):
    given = {"kind": "cas", "server": cas.url, "number": "number", **JH}
    configure_campuses(settings, {"JH": given})
    enter_by_cas(client, cas, "first", number="2018010001", name="张伟")
    client.logout()
    answer = enter_by_cas(client, cas, "second", number="2018010001", name="张伟")
    assert_refused(answer, client, "已绑定另一个校园身份", "解除原来的绑定")


@pytest.mark.parametrize(
    "number",
    ["", "110101199001011234", "11010119900101123X", "9" * 41, "<script>", "张伟", "1 OR 1=1", "２" * 18],
)
def test_what_is_no_number_is_refused_and_not_kept(cas, world, client, settings, number):
    configure_campuses(settings, {"JH": {"kind": "cas", "server": cas.url, "number": "number", **JH}})
    answer = enter_by_cas(client, cas, "u1", number=number, name="张伟")
    assert_refused(answer, client, "没有给出学号或工号")
    assert not number or number not in answer.content.decode()
    assert not AccountEvent.objects.filter(note__contains=number or "u1").exists()


# --- binding from the inside, and codes


def test_somebody_signed_in_binds_their_own_identity(cas, world, client):
    client.force_login(world.member)
    back = reverse("messages")
    answer = enter_by_cas(
        client, cas, world.missing.student_no, name=world.missing.name, process="connect", next=back
    )
    assert answer["Location"] == back
    assert is_signed_in(client) == world.member
    assert SocialAccount.objects.get().user == world.member


def test_somebody_signed_in_cannot_bind_the_identity_of_another(cas, world, client):
    client.force_login(world.member)
    answer = enter_by_cas(client, cas, "2018010001", name="张伟", process="connect")
    assert answer.status_code == 403
    assert "与当前账号不同" in answer.content.decode()
    assert is_signed_in(client) == world.member
    assert not SocialAccount.objects.exists()


def hold_code(client, world) -> ActivationCode:
    """Enter the activation code of `world.member`, as somebody does who has its slip."""
    issued = issue_code(account=world.member, by=world.secretary)
    client.get(issued.address_path)
    return ActivationCode.objects.get(account=world.member, used_at=None)


def test_a_code_proves_the_person_though_the_name_differs(cas, world, client):
    code = hold_code(client, world)
    answer = enter_by_cas(client, cas, world.missing.student_no, name="旧名")
    assert answer.status_code == 302
    assert is_signed_in(client) == world.member
    code.refresh_from_db()
    assert code.used_at
    assert not is_signed_in(client).has_usable_password()
    assert "activation_account" not in client.session
    assert (
        client.get(reverse("messages")).status_code == 200
    )  # the session fits the new state of the password
    assert "激活码" in AccountEvent.objects.get(kind=Kind.CAMPUS_LINKED).note


def test_a_code_opens_no_account_of_another_number(cas, world, client):
    code = hold_code(client, world)
    answer = enter_by_cas(client, cas, "2018010001", name="张伟")
    assert_refused(answer, client, "与当前账号不同")
    code.refresh_from_db()
    assert code.used_at is None


def test_a_code_that_is_void_meanwhile_proves_nothing(cas, world, client):
    hold_code(client, world)
    issue_code(account=world.member, by=world.secretary)
    answer = enter_by_cas(client, cas, world.missing.student_no, name="旧名")
    assert_refused(answer, client, "等待学院核对")


def test_the_page_of_a_code_offers_the_campus_of_its_school_only(both_cas, world, client):
    hold_code(client, world)
    page = client.get(reverse("activate_password")).content.decode()
    assert ("京华大学统一" in page, "北华大学统一" in page, "微信" in page) == (True, False, False)


# --- second factor, and signing in again


def test_a_second_factor_is_asked_for_after_the_campus(cas, world, client):
    TOTP.activate(world.member, generate_totp_secret())
    answer = enter_by_cas(client, cas, world.missing.student_no, name=world.missing.name)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert is_signed_in(client) is None
    assert SocialAccount.objects.get().user == world.member


def test_signing_in_again_is_recorded_for_the_same_person_only(cas, world, client):
    enter_by_cas(client, cas, "2018010001", name="张伟")
    account = is_signed_in(client)
    answer = client.post(reverse("campus_reauthenticate"), {"next": "/messages/"})
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked["renew"] == ["true"]
    before = len(client.session[AUTHENTICATION_METHODS_SESSION_KEY])
    answer = come_back(client, cas.sign_in("2018010001", asked["service"][0]))
    assert answer["Location"] == "/messages/"
    records = client.session[AUTHENTICATION_METHODS_SESSION_KEY]
    assert (len(records), records[-1]["reauthenticated"]) == (before + 1, True)
    assert "renew=true" in cas.checks[-1]
    assert is_signed_in(client) == account
    assert client.get("/messages/").status_code == 200


def test_signing_in_again_as_another_person_is_refused(cas, world, client):
    enter_by_cas(client, cas, "2018010001", name="张伟")
    for user, name in ((world.lead.student_no, world.lead.name), ("9999", "陌生人")):
        cas.people[user] = {"cn": name}
        there = client.post(reverse("campus_reauthenticate"))["Location"]
        answer = come_back(client, cas.sign_in(user, parse_qs(urlsplit(there).query)["service"][0]))
        assert answer.status_code == 403
        assert "不是您的身份" in answer.content.decode()
    assert not any(
        record.get("reauthenticated") for record in client.session[AUTHENTICATION_METHODS_SESSION_KEY]
    )
    assert SocialAccount.objects.count() == 1


def test_an_old_session_at_the_campus_is_no_new_proof(cas, world, client):
    enter_by_cas(client, cas, "2018010001", name="张伟")
    there = client.post(reverse("campus_reauthenticate"))["Location"]
    service = parse_qs(urlsplit(there).query)["service"][0]
    assert come_back(client, cas.sign_in("2018010001", service, renewed=False)).status_code == 401


def test_who_has_no_identity_cannot_sign_in_again(cas, world, client):
    client.force_login(world.member)
    assert client.get(reverse("campus_reauthenticate")).status_code == 404
