"""消息: a message is sent once, is visible to its receiver only, and is counted on every page."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Member, Message
from members.models.history import build_event_key
from members.services.messages import mark_all_read, mark_read, write_inbox
from members.services.notify import Notice

INBOX = reverse("messages")


def send_test_message(user, number: int = 1, **fields) -> None:
    about = {
        "title": f"第{number}条",
        "text": "请尽快完成。",
        "link": reverse("bulletins"),
        "key": f"due:{number}",
    }
    write_inbox(notice=Notice(**(about | fields)), users=[user], offices=[])


def test_the_same_reason_is_told_once_to_each_person(world):
    for _ in range(3):
        notice = Notice("提醒", "", "", "due:1")
        write_inbox(notice=notice, users=[world.secretary, world.admin], offices=[])
    assert sorted(Message.objects.values_list("user", flat=True)) == sorted(
        [world.secretary.pk, world.admin.pk]
    )


def test_another_reason_is_told_again(world):
    send_test_message(world.secretary, 1)
    send_test_message(world.secretary, 2)
    assert world.secretary.inbox.count() == 2


def test_read_again_it_keeps_the_time_of_the_first_reading(world):
    send_test_message(world.secretary)
    pk = world.secretary.inbox.get().pk
    with time_machine.travel("2018-10-16 09:00 +0800", tick=False):
        first = mark_read(user=world.secretary, message_id=pk).read_at
    assert mark_read(user=world.secretary, message_id=pk).read_at == first


def test_opening_a_message_reads_it_and_leads_to_what_it_is_about(world, client_of):
    send_test_message(world.secretary)
    response = client_of(world.secretary).post(reverse("message_open", args=[world.secretary.inbox.get().pk]))
    assert response.url == reverse("bulletins")
    assert not world.secretary.inbox.unread().exists()


@pytest.mark.parametrize("address", ["people", "year"])
def test_a_message_about_what_its_reader_has_no_more_shows_itself(world, client_of, address):
    link = {"people": world.zhang_wei_b.get_absolute_url(), "year": reverse("year_edit", args=[2018])}[
        address
    ]
    send_test_message(world.secretary, link=link)
    page = client_of(world.secretary).post(reverse("message_open", args=[world.secretary.inbox.get().pk]))
    assert page.status_code == 200
    assert "请尽快完成。" in page.content.decode()
    assert "已不在您的范围内" in page.content.decode()
    assert world.zhang_wei_b.student_no not in page.content.decode()


def test_a_message_without_an_address_leads_back_to_the_inbox(world, client_of):
    send_test_message(world.secretary, link="")
    response = client_of(world.secretary).post(reverse("message_open", args=[world.secretary.inbox.get().pk]))
    assert response.url == INBOX


def test_nobody_opens_the_message_of_another(world, client_of):
    send_test_message(world.secretary)
    message = world.secretary.inbox.get()
    assert client_of(world.admin).post(reverse("message_open", args=[message.pk])).status_code == 404
    message.refresh_from_db()
    assert message.read_at is None
    assert message.title not in client_of(world.admin).get(INBOX).content.decode()


def test_marking_all_leaves_the_messages_of_others_alone(world, client_of):
    for user in (world.secretary, world.secretary_b):
        send_test_message(user, 1)
        send_test_message(user, 2)
    client_of(world.secretary).post(reverse("messages_read"))
    assert not world.secretary.inbox.unread().exists()
    assert world.secretary_b.inbox.unread().count() == 2


def test_the_shell_counts_what_is_unread(world, client_of):
    send_test_message(world.member, 1)
    send_test_message(world.member, 2)
    page = client_of(world.member).get(reverse("me"))
    for entries in (page.context["nav"], page.context["bottom_nav"]):
        assert {entry.label: entry.count for entry in entries}["消息"] == 2
    mark_all_read(user=world.member)
    assert client_of(world.member).get(reverse("me")).context["unread_messages"] == 0


def test_the_inbox_is_filtered(world, client_of):
    send_test_message(world.secretary, 1, title="线下结对期限")
    send_test_message(world.secretary, 2, title="群二维码到期")
    mark_read(user=world.secretary, message_id=world.secretary.inbox.get(key="due:1").pk)

    def list_titles(query):
        page = client_of(world.secretary).get(f"{INBOX}?{query}").context["page"]
        return [message.title for message in page]

    assert list_titles("") == ["群二维码到期", "线下结对期限"]
    assert list_titles("state=unread") == ["群二维码到期"]
    assert list_titles("state=read") == ["线下结对期限"]
    assert list_titles("state=whatever") == []


def test_the_inbox_makes_the_same_queries_for_one_message_and_thirty(world, client_of):
    client = client_of(world.secretary)
    send_test_message(world.secretary)
    client.get(INBOX)
    with CaptureQueriesContext(connection) as one:
        assert client.get(INBOX).context["page"].paginator.count == 1
    for number in range(2, 31):
        send_test_message(world.secretary, number)
    with CaptureQueriesContext(connection) as thirty:
        assert client.get(INBOX).context["page"].paginator.count == 30
    assert len(one) == len(thirty)


def test_a_key_of_an_event_differs_for_each_change_and_stays_the_same_for_one(world):
    keys = []
    for name in ("甲", "乙", "甲"):
        Member.objects.filter(pk=world.missing.pk).update(name=name)
        keys += [build_event_key(Member, world.missing.pk), build_event_key(Member, world.missing.pk)]
    assert keys[::2] == keys[1::2] and len(set(keys)) == 3
