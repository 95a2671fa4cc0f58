"""Invitations of street liaisons: the permission to invite, and a link that works once, within seven days."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.models import Grant, User
from members.permissions import Role
from pairing.models import Invitation
from pairing.services.invitations import check_invitation, withdraw_invitation
from pairing.services.pairings import release_pairing
from tests.members.overlapping import run_overlapping
from tests.pairing.inviting import CALL, ENTERED, PASSWORD, accept, send_invitation, send_unchecked
from tests.pairing.pairs import make_pairing

# --- the permission to invite ---


def test_the_school_invites_from_any_street(hall):
    invitation = send_invitation(hall, street=hall.suburbans[2])
    assert (invitation.college, invitation.host) == (None, hall.world.school)
    assert invitation.expires_at == hall.now + timedelta(days=7)


def test_a_college_invites_from_the_street_it_is_paired_with(hall):
    make_pairing(hall.world.college_a, hall.urban, user=hall.world.secretary)
    invitation = send_invitation(hall, user=hall.world.secretary)
    assert invitation.college == hall.world.college_a
    with pytest.raises(ValidationError, match="已结对街乡"):
        send_invitation(hall, user=hall.world.secretary, street=hall.urbans[0])


def test_a_college_without_a_pairing_invites_nobody(hall):
    with pytest.raises(ValidationError, match="已结对街乡"):
        send_invitation(hall, user=hall.world.secretary)


def test_another_school_or_role_cannot_invite_in_this_year(hall):
    for user in (hall.world.bh.admin, hall.world.liaison, hall.world.member, hall.world.branch_secretary):
        with pytest.raises(ValidationError, match="不能发出"):
            send_invitation(hall, user=user)


# --- accept an invitation ---


def test_accepting_opens_an_account_on_the_street_until_the_end_of_the_year(hall):
    invitation = accept(hall, send_invitation(hall))
    account = invitation.account
    assert (account.number, account.name, account.school) == ("S1002", "李街道", hall.world.school)
    grant = account.grants.get()
    assert (grant.role, grant.street) == (Role.LIAISON, hall.urban)
    assert (grant.starts_on, grant.ends_on) == (date(2018, 10, 16), date(2018, 12, 31))
    assert (invitation.phone, invitation.used_at) == ("13812345678", hall.now)


def test_the_first_account_of_a_school_is_s0001_and_each_gets_its_own(hall):
    bh = hall.world.bh
    numbers = [
        accept(hall, send_invitation(hall, user=bh.admin, year=bh.year)).account.number for _ in range(2)
    ]
    assert numbers == ["S0001", "S0002"]


def test_the_link_works_once(hall):
    invitation = send_invitation(hall)
    accept(hall, invitation)
    with pytest.raises(ValidationError, match="已经使用过"):
        accept(hall, invitation)
    assert User.objects.filter(name="李街道").count() == 1


def test_the_link_works_until_the_last_moment_of_seven_days_and_not_after(hall):
    last = hall.now + timedelta(days=7)
    early, late = send_invitation(hall), send_invitation(hall)
    accept(hall, early, now=last - timedelta(microseconds=1))
    with pytest.raises(ValidationError, match="有效期"):
        accept(hall, late, now=last)


def test_a_withdrawn_link_opens_nothing(hall):
    invitation = send_invitation(hall)
    withdraw_invitation(user=hall.world.admin, invitation_id=invitation.pk)
    with pytest.raises(ValidationError, match="撤回"):
        accept(hall, invitation)
    with pytest.raises(ValidationError, match="已经撤回"):
        withdraw_invitation(user=hall.world.admin, invitation_id=invitation.pk)


def test_what_was_accepted_cannot_be_withdrawn(hall):
    invitation = accept(hall, send_invitation(hall))
    with pytest.raises(ValidationError, match="不能再撤回"):
        withdraw_invitation(user=hall.world.admin, invitation_id=invitation.pk)


def test_a_college_withdraws_its_own_only(hall):
    invitation = send_invitation(hall)
    for user in (hall.world.secretary, hall.world.bh.admin):
        with pytest.raises(ValidationError, match="没有找到"):
            withdraw_invitation(user=user, invitation_id=invitation.pk)


def test_a_college_that_is_no_longer_paired_opens_no_account(hall):
    pairing = make_pairing(hall.world.college_a, hall.urban, user=hall.world.secretary)
    invitation = send_invitation(hall, user=hall.world.secretary)
    release_pairing(user=hall.world.admin, pairing_id=pairing.pk, reason="街道撤并")
    with pytest.raises(ValidationError, match="已经解除"):
        accept(hall, invitation)


def test_a_password_that_is_too_easy_opens_no_account(hall):
    with pytest.raises(ValidationError, match="密码"):
        accept(hall, send_invitation(hall), password="1234567890")
    assert not User.objects.filter(name="李街道").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_the_link_at_once_one_gets_the_account(hall):
    invitation = send_invitation(hall)
    first, second = run_overlapping(
        lambda: accept(hall, invitation),
        lambda: accept(hall, invitation),
    )
    assert first.account.number == "S1002"
    assert isinstance(second, ValidationError)
    assert User.objects.filter(name="李街道").count() == 1


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("invitation_used_with_account", {"used_at": timezone.now()}),
        ("invitation_expires_after_creation", {"expires_at": timezone.now() - timedelta(days=9999)}),
    ],
)
def test_the_database_refuses_what_must_not_be(hall, name, fields):
    invitation = send_invitation(hall)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**fields)


def test_the_database_refuses_used_and_withdrawn(hall):
    invitation = accept(hall, send_invitation(hall))
    with pytest.raises(IntegrityError, match="invitation_used_or_withdrawn"), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=hall.now)


def test_neither_token_nor_phone_stand_in_the_history(hall):
    invitation = accept(hall, send_invitation(hall))
    columns = {field.name for field in Invitation.pgh_event_model._meta.fields}
    assert not {"token", "phone"} & columns
    assert invitation.token not in str(invitation)


# --- the pages ---


def test_from_the_invitation_to_the_street_s_own_page(open_hall, client_of, client):
    inviter = client_of(open_hall.world.admin)
    page = inviter.post(
        reverse("invitation_new"), {"street": open_hall.urban.pk, "invitee": "李老师"}, follow=True
    )
    invitation = Invitation.objects.get()
    link = reverse("invited", args=[invitation.token])
    assert f"http://testserver{link}" in page.content.decode()

    waiting = client.get(link).content.decode()
    assert "等待学校核实" in waiting
    assert "清河街道" not in waiting
    assert "等待学校核实" in client.post(link, ENTERED | {"again": PASSWORD}).content.decode()
    check_invitation(user=None, invitation_id=invitation.pk, **CALL)
    assert "清河街道" in client.get(link).content.decode()
    page = client.post(link, ENTERED | {"again": PASSWORD}, follow=True)
    assert "S1002" in page.content.decode()
    assert "北华" not in page.content.decode()

    entered = {"login": "S1002", "password": PASSWORD, "school": open_hall.world.school.code}
    page = client.post(reverse("account_login"), entered, follow=True)
    assert page.request["PATH_INFO"] == reverse("liaison")
    assert link not in inviter.get(reverse("invitation", args=[Invitation.objects.get().pk])).content.decode()


def test_the_audit_names_the_page_and_not_the_link(open_hall, client_of, client):
    invitation = send_invitation(open_hall)
    client.post(reverse("invited", args=[invitation.token]), ENTERED | {"again": PASSWORD})
    page = client_of(open_hall.world.admin).get(reverse("audit"), {"kind": "grants"}).content.decode()
    assert "接受邀请" in page
    assert invitation.token not in page


def test_the_number_is_shown_to_the_browser_that_accepted_only(open_hall, client_of):
    sent = send_invitation(open_hall)
    accept(open_hall, sent)
    text = client_of(None).get(reverse("invited", args=[sent.token])).content.decode()
    assert "已经使用过" in text
    assert "S1002" not in text


def test_a_link_that_never_was_is_not_found(hall, client):
    assert client.get(reverse("invited", args=["x" * 32])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"phone": "12"}, "phone", "12"),
        ({"phone": "010-60509356"}, "phone", "11 位"),
        ({"again": "something-else-1"}, "again", "不一致"),
        ({"password": "12345", "again": "12345"}, "password", "至少"),
        ({"name": ""}, "name", "必填"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(open_hall, client, changes, field, reason):
    url = reverse("invited", args=[send_invitation(open_hall).token])
    page = client.post(url, ENTERED | {"again": PASSWORD} | changes)
    assert reason in " ".join(page.context["form"].errors[field])
    assert PASSWORD not in page.content.decode()
    assert 'value="李街道"' in page.content.decode() or field == "name"
    assert not Grant.objects.filter(user__name="李街道").exists()


def test_a_college_sees_its_own_invitations_and_the_full_phone_the_school_a_masked_one(open_hall, client_of):
    world = open_hall.world
    make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    own = accept(open_hall, send_invitation(open_hall, user=world.secretary))
    others = send_invitation(open_hall, street=open_hall.urbans[0])
    listed = client_of(world.secretary).get(reverse("invitations")).context["page"]
    assert list(listed) == [own]
    assert client_of(world.secretary).get(others.get_absolute_url()).status_code == 404
    assert "13812345678" in client_of(world.secretary).get(own.get_absolute_url()).content.decode()
    text = client_of(world.admin).get(own.get_absolute_url()).content.decode()
    assert "13812345678" not in text
    assert "138****5678" in text


@pytest.mark.parametrize(
    ("state", "found"),
    [("unchecked", 2), ("open", 1), ("used", 1), ("withdrawn", 1), ("expired", 1), ("", 6)],
)
def test_invitations_are_filtered_by_state(open_hall, client_of, state, found):
    send_unchecked(open_hall)
    send_unchecked(open_hall)
    send_invitation(open_hall)
    send_invitation(open_hall, now=open_hall.now - timedelta(days=8))
    accept(open_hall, send_invitation(open_hall))
    withdraw_invitation(user=open_hall.world.admin, invitation_id=send_invitation(open_hall).pk)
    page = client_of(open_hall.world.admin).get(reverse("invitations"), {"state": state})
    assert len(page.context["page"]) == found


def test_the_page_withdraws(open_hall, client_of):
    invitation = send_invitation(open_hall)
    page = client_of(open_hall.world.admin).post(
        reverse("invitation_withdraw", args=[invitation.pk]), follow=True
    )
    assert "邀请已撤回" in page.content.decode()
    invitation.refresh_from_db()
    assert invitation.withdrawn_at == open_hall.now


def test_the_list_takes_the_same_queries_for_one_and_for_thirty(open_hall, client_of):
    client, url = client_of(open_hall.world.admin), reverse("invitations")
    send_invitation(open_hall)

    def count_queries() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    few = count_queries()
    for _ in range(29):
        send_invitation(open_hall)
    assert count_queries() == few
