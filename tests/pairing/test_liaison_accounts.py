"""The school lists the accounts of its street liaisons and ends them at once, but never another school's."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from members.models import ExportLog, Grant, User
from members.permissions import may
from pairing.models import Invitation
from pairing.services.invitations import end_liaison
from tests.factories import StreetFactory, make_liaison
from tests.pairing.inviting import accept, send_invitation
from tests.pairing.pairs import make_pairing


def read_sheet_rows(response) -> list[tuple]:
    return list(load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True))


def count_queries(client, url) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def test_the_school_ends_an_account_at_once_and_the_audit_says_why(open_hall, client_of):
    world = open_hall.world
    grant = world.liaison.grants.get()
    Grant.objects.filter(pk=grant.pk).update(starts_on=date(2018, 9, 1))
    liaison, admin = client_of(world.liaison), client_of(world.admin)
    assert liaison.get(reverse("liaison")).status_code == 200
    url = reverse("liaison_end", args=[grant.pk])
    assert "reason" in admin.post(url, {"reason": " "}).context["form"].errors
    assert admin.post(url, {"reason": "负责人换人"}).status_code == 302
    assert liaison.get(reverse("liaison")).status_code == 403
    grant.refresh_from_db()
    assert grant.ends_on == open_hall.now.date() - timedelta(days=1)
    (entry, *_) = admin.get(reverse("audit"), {"kind": "grants"}).context["lines"]
    assert (entry.what, entry.reason, entry.who) == ("修改", "负责人换人", world.admin.name)


def test_an_account_opened_today_ends_today(open_hall):
    account = accept(open_hall, send_invitation(open_hall)).account
    end_liaison(
        user=open_hall.world.admin, grant_id=account.grants.get().pk, reason="发错人", now=open_hall.now
    )
    assert not may(User.objects.get(pk=account.pk), "liaison.view")
    labels = Grant.pgh_event_model.objects.filter(user=account).order_by("pgh_id")
    assert list(labels.values_list("pgh_label", flat=True)) == ["insert", "delete"]


def test_ended_once_it_cannot_be_ended_again(open_hall):
    grant = open_hall.world.liaison.grants.get()
    Grant.objects.filter(pk=grant.pk).update(starts_on=date(2018, 9, 1))
    ending = {"user": open_hall.world.admin, "grant_id": grant.pk, "reason": "换人", "now": open_hall.now}
    end_liaison(**ending)
    with pytest.raises(ValidationError, match="已经停用"):
        end_liaison(**ending)


def test_neither_another_school_nor_a_college_ends_it_nor_a_secretary_by_this_way(open_hall):
    world = open_hall.world
    grant = world.liaison.grants.get()
    secretary = world.secretary.grants.get()
    for user, held in ((world.bh.admin, grant), (world.secretary, grant), (world.admin, secretary)):
        with pytest.raises(ValidationError, match="没有找到"):
            end_liaison(user=user, grant_id=held.pk, reason="不行", now=open_hall.now)


def test_the_list_of_accounts_is_filtered_sorted_and_exported(open_hall, client_of):
    world, client, url = open_hall.world, client_of(open_hall.world.admin), reverse("liaisons")
    far = make_liaison(open_hall.suburbans[0], world.school, number="S1009", name="永宁干部")
    make_liaison(world.urban, world.bh.school, number="S1001", name="外校联系人")
    far.grants.update(ends_on=date(2018, 10, 1), starts_on=date(2018, 9, 1))

    def list_numbers(**wanted) -> list[str]:
        return [grant.user.number for grant in client.get(url, wanted).context["page"]]

    assert list_numbers() == list_numbers(sort="street") == ["S1009", "S1001"]
    assert list_numbers(sort="number") == ["S1001", "S1009"]
    assert list_numbers(sort="-number") == ["S1009", "S1001"]
    assert list_numbers(state="active") == ["S1001"]
    assert list_numbers(state="ended") == list_numbers(q="永宁") == list_numbers(q="S1009") == ["S1009"]
    header, *rows = read_sheet_rows(client.get(reverse("liaisons_export"), {"state": "ended"}))
    assert [dict(zip(header, row, strict=True))["状态"] for row in rows] == ["已停用或到期"]
    log = ExportLog.objects.get()
    assert (log.kind, log.filters, log.rows) == ("liaisons", {"state": "ended"}, 1)
    (line,) = client.get(reverse("audit")).context["lines"]
    assert (line["kind"], line["filters"]) == ("街乡负责人账号", "状态：已停用或到期")


def test_the_lists_ask_the_database_as_often_for_one_as_for_many(open_hall, client_of):
    client, urls = client_of(open_hall.world.admin), [reverse("liaisons"), reverse("invitations")]
    send_invitation(open_hall)
    few = [count_queries(client, url) for url in urls]
    for number in range(20):
        street = StreetFactory()
        make_liaison(street, open_hall.world.school, number=f"S2{number:03d}")
        send_invitation(open_hall, street=street)
    assert [count_queries(client, url) for url in urls] == few


# --- invitations ---


def test_invitations_are_narrowed_by_who_invited_and_sorted(open_hall, client_of):
    world, url = open_hall.world, reverse("invitations")
    make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    by_college = send_invitation(open_hall, user=world.secretary, invitee="乙")
    by_school = send_invitation(
        open_hall, street=open_hall.suburban, invitee="甲", now=open_hall.now + timedelta(minutes=1)
    )
    client = client_of(world.admin)

    def list_found(**wanted) -> list[Invitation]:
        return list(client.get(url, wanted).context["page"])

    assert list_found() == [by_school, by_college]
    assert list_found(sort="created") == [by_college, by_school]
    assert list_found(host="school") == [by_school]
    assert list_found(host=world.college_a.pk) == [by_college]
    assert list_found(host=world.bh.college_a.pk) == list_found(state="nonsense") == []
    assert list(client_of(world.secretary).get(url).context["page"]) == [by_college]


def test_the_export_of_invitations_holds_no_link_and_no_full_phone(open_hall, client_of):
    invitation = accept(open_hall, send_invitation(open_hall))
    waiting = send_invitation(open_hall, street=open_hall.suburban, invitee="王老师")
    response = client_of(open_hall.world.admin).get(reverse("invitations_export"))
    header, *rows = read_sheet_rows(response)
    said = [dict(zip(header, row, strict=True)) for row in rows]
    assert {(row["邀请对象"], row["状态"], row["账号"], row["手机号码"] or "") for row in said} == {
        ("李老师", "已接受", "S1002", "138****5678"),
        ("王老师", "等待接受", None, ""),
    }
    text = str(rows)
    assert waiting.token not in text
    assert invitation.token not in text
    assert ExportLog.objects.get().kind == "invitations"


def test_the_invitation_leads_the_school_to_the_account(open_hall, client_of):
    invitation = accept(open_hall, send_invitation(open_hall))
    page = client_of(open_hall.world.admin).get(invitation.get_absolute_url()).content.decode()
    assert f'href="{reverse("liaisons")}?q=S1002"' in page
