"""The inviter must not become the street: another admin calls, and the accepting browser is not the school's (三(三)3)."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from members.known_devices import build_mark, list_marks, remember_device
from members.models import AccountEvent, Message, Street, User
from members.permissions import Role
from pairing.models import Invitation
from pairing.services.invitation_checks import Browser
from pairing.services.invitations import accept_as, check_invitation, withdraw_invitation
from pairing.services.pairings import release_pairing
from pairing.workbooks import INVITATIONS_HEADER, build_invitation_row
from tests.browsers import remember
from tests.factories import GrantFactory, UserFactory, make_account, make_school_admin
from tests.inbox import find_inbox
from tests.members.overlapping import run_overlapping
from tests.pairing.inviting import CALL, ENTERED, PASSWORD, PHONE, accept, send_invitation, send_unchecked
from tests.pairing.pairs import make_pairing

Kind = AccountEvent.Kind


@pytest.fixture
def other_admin(world):
    return make_school_admin(world.school, number="T1010", name="冯管理")


def call(user, invitation, **changes):
    return check_invitation(user=user, invitation_id=invitation.pk, **(CALL | changes))


def set_office_number(street, number: str) -> None:
    Street.objects.filter(pk=street.pk).update(contact_phone=number)


# --- the check ---


def test_an_unchecked_link_opens_nothing(hall):
    with pytest.raises(ValidationError, match="核实"):
        accept(hall, send_unchecked(hall))
    assert not User.objects.filter(name="李街道").exists()


def test_another_admin_checks_and_the_link_then_works_for_seven_days(open_hall, other_admin):
    set_office_number(open_hall.urban, "010-62770000")
    sent = send_unchecked(open_hall, now=open_hall.now - timedelta(days=6))
    checked = call(other_admin, sent, note="确认由李老师负责")
    assert not checked.called_outside
    assert (checked.checked_by, checked.checked_at) == (other_admin, open_hall.now)
    assert checked.check_note == "拨打 010-62770000，街道办王老师接听。确认由李老师负责"
    assert checked.expires_at == open_hall.now + timedelta(days=7)
    assert accept(open_hall, checked).account.name == "李街道"


def test_the_office_that_invited_is_told_of_the_check_so_a_successor_finds_it(open_hall, other_admin):
    set_office_number(open_hall.urban, "010-62770000")
    sent = send_unchecked(open_hall)
    call(other_admin, sent)
    told = Message.objects.get(key=f"invitation:{sent.pk}:checked")
    assert told.user is None
    assert told.role == ("college_secretary" if sent.college_id else "school_admin")


def test_nobody_checks_an_own_invitation(open_hall, other_admin):
    sent = send_unchecked(open_hall)
    with pytest.raises(ValidationError, match="不能核实自己的邀请"):
        call(open_hall.world.admin, sent)
    with pytest.raises(IntegrityError, match="invitation_checked_by_another"), transaction.atomic():
        Invitation.objects.filter(pk=sent.pk).update(
            checked_at=open_hall.now, checked_by=open_hall.world.admin, check_note="打过电话"
        )


def test_neither_a_college_nor_another_school_checks(open_hall):
    world = open_hall.world
    make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    sent = send_unchecked(open_hall, user=world.secretary)
    for user in (world.secretary, world.secretary_b, world.bh.admin, world.liaison):
        with pytest.raises(ValidationError, match="没有找到"):
            call(user, sent)
    assert call(world.admin, sent).checked_by == world.admin


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"called": "无"}, "called"), ({"called": "123"}, "called"), ({"answered": " "}, "answered")],
)
def test_a_check_says_which_number_was_called_and_who_answered(open_hall, other_admin, changes, field):
    sent = send_unchecked(open_hall)
    with pytest.raises(ValidationError) as refusal:
        call(other_admin, sent, **changes)
    assert list(refusal.value.message_dict) == [field]


@pytest.mark.parametrize("called", ["13812345678", "+86 138-1234-5678", "138****5678", "+12025550123"])
@pytest.mark.parametrize("known", ["", "010-62770000", "13812345678"])
def test_no_mobile_number_is_the_number_of_an_office(open_hall, other_admin, called, known):
    """The invitee's own phone proves nothing, even where the directory of streets names it."""
    set_office_number(open_hall.urban, known)
    with pytest.raises(ValidationError) as refusal:
        call(other_admin, send_unchecked(open_hall), called=called)
    assert list(refusal.value.message_dict) == ["called"]


def test_only_the_office_number_of_the_directory_is_called(open_hall, other_admin):
    set_office_number(open_hall.urban, "010-62770000")
    sent = send_unchecked(open_hall)
    with pytest.raises(ValidationError, match="街乡名录中的办公电话是 010-62770000"):
        call(other_admin, sent, called="010-62770001")
    sent.refresh_from_db()
    assert sent.checked_at is None


@pytest.mark.parametrize("called", ["010-62770000", "62770000", "(010) 6277 0000", "010-62770000转8012"])
def test_the_office_number_may_be_written_in_every_form(open_hall, other_admin, called):
    set_office_number(open_hall.urban, "010-62770000")
    checked = call(other_admin, send_unchecked(open_hall), called=called)
    assert not checked.called_outside
    assert "不在街乡名录中" not in checked.check_note


@pytest.mark.parametrize("known", ["", "13801234567"])
def test_a_number_outside_the_directory_is_marked_in_list_file_and_audit(
    open_hall, other_admin, client_of, known
):
    set_office_number(open_hall.urban, known)
    checked = call(other_admin, send_unchecked(open_hall))
    assert checked.called_outside
    event = AccountEvent.objects.get(kind=Kind.INVITATION_CHECKED)
    assert "拨打 010-62770000（不在街乡名录中）" in event.note
    for url in (reverse("invitations"), checked.get_absolute_url()):
        assert "核实号码不在街乡名录中" in client_of(open_hall.world.admin).get(url).content.decode()
    row = build_invitation_row(checked, now=open_hall.now)
    assert dict(zip(INVITATIONS_HEADER, row, strict=True))["核实提示"] == "核实号码不在街乡名录中"


def test_the_check_is_refused_in_a_browser_that_knows_the_inviter(open_hall, other_admin, client_of):
    sent = send_unchecked(open_hall)
    client = client_of(other_admin)
    remember(client, open_hall.world.admin)
    url = reverse("invitation_check", args=[sent.pk])
    page = client.get(url).content.decode()
    assert "邀请人在这台设备的浏览器上登录过" in page
    assert "登记核实</button>" not in page
    assert "邀请人在这台设备的浏览器上登录过" in client.post(url, CALL).content.decode()
    sent.refresh_from_db()
    assert sent.checked_at is None
    own = client_of(other_admin)
    remember(own, other_admin)
    assert "已登记核实" in own.post(url, CALL, follow=True).content.decode()


def test_what_is_checked_used_withdrawn_or_expired_is_not_checked(open_hall, other_admin):
    checked, used, withdrawn = (send_invitation(open_hall) for _ in range(3))
    accept(open_hall, used)
    withdraw_invitation(user=open_hall.world.admin, invitation_id=withdrawn.pk)
    expired = send_unchecked(open_hall, now=open_hall.now - timedelta(days=8))
    for sent, words in ((checked, "已经核实"), (used, "已经接受"), (withdrawn, "失效"), (expired, "失效")):
        with pytest.raises(ValidationError, match=words):
            call(other_admin, sent)


def test_a_sole_admin_asks_the_operator(open_hall, capsys):
    sent = send_unchecked(open_hall)
    call_command("check_invitation", str(sent.pk), called="010-62770000", answered="王老师")
    sent.refresh_from_db()
    assert (sent.checked_by, sent.checked_at) == (None, open_hall.now)
    assert "清河街道" in capsys.readouterr().out
    event = AccountEvent.objects.get(kind=Kind.INVITATION_CHECKED)
    assert (event.by, event.school) == (None, open_hall.world.school)
    assert "由平台运维核实" in event.note
    with pytest.raises(CommandError, match="已经核实"):
        call_command("check_invitation", str(sent.pk), called="010-62770000", answered="王老师")


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_check_at_once_leave_one_check(hall, other_admin):
    third = make_school_admin(hall.world.school)
    sent = send_unchecked(hall)

    def check(user):
        return check_invitation(user=user, invitation_id=sent.pk, **CALL, now=hall.now)

    first, second = run_overlapping(lambda: check(other_admin), lambda: check(third))
    assert first.checked_by == other_admin
    assert isinstance(second, ValidationError)
    assert AccountEvent.objects.filter(kind=Kind.INVITATION_CHECKED).count() == 1


def test_the_audit_and_messages_tell_of_the_check(open_hall, other_admin):
    world = open_hall.world
    make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    sent = send_unchecked(open_hall, user=world.secretary)
    for user in (world.admin, other_admin):
        waits = find_inbox(user).get(key=f"invitation:{sent.pk}:waits")
        assert waits.url == reverse("invitation_check", args=[sent.pk])
    assert not find_inbox(world.bh.admin).exists()
    call(other_admin, sent)
    event = AccountEvent.objects.get(kind=Kind.INVITATION_CHECKED)
    assert (event.school, event.user, event.by) == (world.school, world.secretary, other_admin)
    assert "曹书记" in event.note
    assert "010-62770000" in event.note
    assert Message.objects.get(key=f"invitation:{sent.pk}:checked").college == world.college_a


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("invitation_checked_before_use", {"used_at": True, "account": True}),
        ("invitation_checked_with_note", {"check_note": "打过电话"}),
        ("invitation_checked_with_note", {"checked_at": True}),
    ],
)
def test_the_database_refuses_use_without_check_and_check_without_note(hall, name, fields):
    sent = send_unchecked(hall)
    values = {"used_at": hall.now, "checked_at": hall.now, "account": hall.world.liaison}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Invitation.objects.filter(pk=sent.pk).update(
            **{key: values[key] if value is True else value for key, value in fields.items()}
        )


def test_the_database_refuses_the_inviter_and_the_checker_as_the_street(hall, other_admin):
    sent = send_unchecked(hall)
    call(other_admin, sent, now=hall.now)
    for user in (hall.world.admin, other_admin):
        with pytest.raises(IntegrityError, match="invitation_accepted_by_another"), transaction.atomic():
            Invitation.objects.filter(pk=sent.pk).update(used_at=hall.now, account=user)


# --- the pages of the check ---


def test_an_admin_sees_what_waits_and_checks_on_the_page(open_hall, other_admin, client_of):
    sent = send_unchecked(open_hall)
    client, url = client_of(other_admin), reverse("invitation_check", args=[sent.pk])
    listed = client.get(reverse("invitations"), {"state": "unchecked"})
    assert url in listed.content.decode()
    (entry,) = [entry for entry in listed.context["nav"] if entry.url == reverse("invitations")]
    assert entry.count == 1
    kept = client.post(url, {"called": "010-62770000", "answered": ""})
    assert 'value="010-62770000"' in kept.content.decode()
    page = client.post(url, CALL, follow=True)
    assert "已登记核实" in page.content.decode()
    assert "冯管理" in page.content.decode()
    (entry,) = [entry for entry in page.context["nav"] if entry.url == reverse("invitations")]
    assert entry.count == 0


def test_the_inviter_finds_no_form_and_the_checker_no_link(open_hall, other_admin, client_of):
    sent = send_unchecked(open_hall)
    url = reverse("invitation_check", args=[sent.pk])
    page = client_of(open_hall.world.admin).get(url).content.decode()
    assert "不能核实自己的邀请" in page
    assert "登记核实</button>" not in page
    assert "不能核实自己的邀请" in client_of(open_hall.world.admin).post(url, CALL).content.decode()
    call(other_admin, sent)
    link = reverse("invited", args=[sent.token])
    own = sent.get_absolute_url()
    assert link not in client_of(other_admin).get(own).content.decode()
    assert link in client_of(open_hall.world.admin).get(own).content.decode()


# --- the browser ---


def accept_in(client: Client, invitation: Invitation):
    url = reverse("invited", args=[invitation.token])
    return client.post(url, ENTERED | {"again": PASSWORD}, follow=True)


def is_refused(client: Client, invitation: Invitation) -> bool:
    url = reverse("invited", args=[invitation.token])
    texts = [client.get(url).content.decode(), accept_in(client, invitation).content.decode()]
    assert not User.objects.filter(name="李街道").exists()
    return all("不能在这里接受邀请" in text for text in texts)


def test_a_browser_in_which_the_inviter_is_or_was_signed_in_cannot_accept(open_hall, client_of):
    sent = send_invitation(open_hall)
    client = client_of(open_hall.world.admin)
    assert is_refused(client, sent)
    remember(client, open_hall.world.admin)
    client.post(reverse("account_logout"))
    assert is_refused(client, sent)


def test_a_browser_keeps_its_accounts_through_the_sign_in_page(open_hall):
    world, client = open_hall.world, Client()
    world.admin.set_password(PASSWORD)
    world.admin.save()
    entered = {"login": world.admin.number, "password": PASSWORD, "school": "JH"}
    assert client.post(reverse("account_login"), entered).status_code == 302
    client.post(reverse("account_logout"))
    assert is_refused(client, send_invitation(open_hall, user=world.admin))


def test_the_checker_and_other_offices_of_the_school_cannot_accept_either(open_hall, other_admin):
    world = open_hall.world
    sent = send_unchecked(open_hall)
    call(other_admin, sent)
    former = UserFactory(school=world.school)
    GrantFactory(user=former, role=Role.COLLEGE_SECRETARY, college=world.college_b, ends_on=date(2018, 6, 30))
    for user in (other_admin, world.secretary, world.branch_secretary, former):
        client = Client()
        remember(client, user)
        assert is_refused(client, sent), user.name


def test_a_browser_of_nobody_and_of_another_school_accepts(open_hall):
    client = Client()
    remember(client, open_hall.world.bh.secretary)
    page = accept_in(client, send_invitation(open_hall))
    assert "S1002" in page.content.decode()


def test_the_cookie_is_signed_closed_to_scripts_and_keeps_all_accounts(world, rf):
    response = HttpResponse()
    request = rf.get("/")
    for user in (world.admin, world.secretary):
        remember_device(request, response, user.username)
        request.COOKIES = {settings.DEVICE_COOKIE_NAME: response.cookies[settings.DEVICE_COOKIE_NAME].value}
    cookie = response.cookies[settings.DEVICE_COOKIE_NAME]
    assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax")
    assert int(cookie["max-age"]) > 365 * 24 * 3600

    def read(value: str) -> frozenset[str]:
        request = rf.get("/")
        request.COOKIES[settings.DEVICE_COOKIE_NAME], request.user = value, world.nobody
        return list_marks(request)

    marks = {build_mark(user.username) for user in (world.admin, world.secretary, world.nobody)}
    assert read(cookie.value) == marks
    assert read(cookie.value[:-1] + "!") == read("") == {build_mark(world.nobody.username)}


def test_the_audit_says_from_where_it_was_accepted(open_hall):
    world = open_hall.world
    sent = send_invitation(open_hall)
    Invitation.objects.filter(pk=sent.pk).update(invited_from="192.0.2.1")
    taken = accept(open_hall, sent, browser=Browser(address="203.0.113.7", name="手机"))
    event = AccountEvent.objects.get(kind=Kind.INVITATION_ACCEPTED)
    assert (event.school, event.user) == (world.school, taken.account)
    assert (event.address, event.device) == ("203.0.113.7", "手机")
    assert "设备与邀请人、核实人不同；网络地址与邀请人不同" in event.note
    same = send_invitation(open_hall)
    Invitation.objects.filter(pk=same.pk).update(invited_from="192.0.2.1")
    accept(open_hall, same, browser=Browser(address="192.0.2.1"))
    assert "网络地址与邀请人相同" in AccountEvent.objects.first().note


# --- the next school, with the same account ---


def send_of_bh(hall, **chosen):
    bh = hall.world.bh
    return send_invitation(hall, user=bh.admin, year=bh.year, **chosen)


def accept_with(user, invitation, hall):
    return accept_as(user=user, token=invitation.token, phone="13812345678", browser=PHONE, now=hall.now)


def test_a_liaison_accepts_the_next_school_s_invitation_with_the_same_account(open_hall):
    world, before = open_hall.world, User.objects.count()
    taken = accept_with(world.liaison, send_of_bh(open_hall), open_hall)
    assert User.objects.count() == before
    assert taken.account == world.liaison
    held = world.liaison.grants.order_by("pk").values_list("school__code", "street")
    assert list(held) == [("JH", world.urban.pk), ("BH", world.urban.pk)]
    event = AccountEvent.objects.get(kind=Kind.INVITATION_ACCEPTED)
    assert (event.user, event.school) == (world.liaison, world.bh.school)


def test_one_account_accepts_invitations_of_several_streets_and_schools(open_hall):
    world = open_hall.world
    for street in (open_hall.urban, open_hall.urbans[0], open_hall.suburban):
        accept_with(world.liaison, send_of_bh(open_hall, street=street), open_hall)
    assert world.liaison.grants.count() == 4
    assert world.liaison.invitations.count() == 3


def test_a_liaison_whose_post_has_ended_accepts_again(open_hall):
    liaison = open_hall.world.liaison
    liaison.grants.update(ends_on=date(2018, 9, 1))
    accept_with(liaison, send_invitation(open_hall), open_hall)
    days = liaison.grants.order_by("starts_on").values_list("ends_on", flat=True)
    assert list(days) == [date(2018, 9, 1), date(2018, 12, 31)]


def test_no_other_account_accepts(open_hall):
    world = open_hall.world
    student = make_account(world.registered)
    both = world.bh.secretary
    GrantFactory(user=both, role=Role.LIAISON, street=world.suburban, school=world.school)
    root = UserFactory(school=world.school, is_superuser=True)
    refused = (world.admin, world.secretary_b, student, world.member, world.nobody, both, root)
    for user in refused:
        with pytest.raises(ValidationError, match="不是街乡负责人的账号"):
            accept_with(user, send_of_bh(open_hall), open_hall)


def test_the_signed_in_liaison_confirms_on_the_page(open_hall, client_of):
    world, client = open_hall.world, client_of(open_hall.world.liaison)
    url = reverse("invited", args=[send_of_bh(open_hall).token])
    page = client.get(url).content.decode()
    assert "不会另开账号" in page
    assert "设置密码" not in page
    assert "请填写 11 位" in client.post(url, {"phone": "010-60509356"}).content.decode()
    done = client.post(url, {"phone": "13812345678"}, follow=True).content.decode()
    assert "已接受邀请" in done
    assert world.liaison.grants.count() == 2


def test_signing_in_leads_back_to_the_invitation(open_hall, client):
    liaison = open_hall.world.liaison
    liaison.set_password(PASSWORD)
    liaison.save()
    url = reverse("invited", args=[send_of_bh(open_hall).token])
    page = client.get(url).content.decode()
    way = f"{reverse('account_login')}?next={url}"
    assert f'href="{way}"' in page
    entered = {"login": liaison.number, "password": PASSWORD, "school": "JH", "next": url}
    back = client.post(way, entered, follow=True)
    assert back.request["PATH_INFO"] == url
    assert "确认接受" in back.content.decode()


def test_another_account_is_told_to_sign_out(open_hall, client_of):
    url = reverse("invited", args=[send_of_bh(open_hall).token])
    for user in (open_hall.world.member, open_hall.world.nobody):
        page = client_of(user).get(url).content.decode()
        assert "退出当前账号" in page
        assert "不是街乡负责人的账号" in client_of(user).post(url, {"phone": "13812345678"}).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_that_accept_at_once_one_gets_the_post(hall):
    sent = send_invitation(hall)
    other = UserFactory(school=hall.world.school)
    GrantFactory(user=other, role=Role.LIAISON, street=hall.suburban, school=hall.world.school)
    first, second = run_overlapping(
        lambda: accept_with(hall.world.liaison, sent, hall), lambda: accept_with(other, sent, hall)
    )
    assert first.account == hall.world.liaison
    assert isinstance(second, ValidationError)
    assert other.grants.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_release_while_the_link_is_accepted_leaves_no_open_post(hall):
    """Accepted first: the release ends the new post. Released first: nothing is accepted."""
    world = hall.world
    world.liaison.grants.all().delete()
    pairing = make_pairing(world.college_a, hall.urban, user=world.secretary)
    sent = send_invitation(hall, user=world.secretary)

    def release():
        return release_pairing(user=world.admin, pairing_id=pairing.pk, reason="街道撤并", now=hall.now)

    first, second = run_overlapping(lambda: accept(hall, sent), release)
    assert first.account.grants.get().ends_on == hall.now.date()
    assert second.state == "released"


def test_check_and_acceptance_are_in_the_audit_of_the_inviting_school_only(open_hall, other_admin, client_of):
    world = open_hall.world
    sent = send_unchecked(open_hall)
    call(other_admin, sent)
    accept_with(world.liaison, sent, open_hall)

    def read_audit(user) -> str:
        return client_of(user).get(reverse("audit"), {"kind": "events"}).content.decode()

    own, theirs = read_audit(world.admin), read_audit(world.bh.admin)
    for words in ("核实街乡邀请", "接受街乡邀请", "010-62770000", "设备与邀请人、核实人不同"):
        assert words in own, words
        assert words not in theirs.partition("<table")[2], words
