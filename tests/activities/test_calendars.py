"""Calendar files according to RFC 5545, and the private address of the feed."""

import re

import pytest
from django.urls import reverse
from icalendar import Calendar

from activities.models import Activity, CalendarFeed

LONG = "延庆区大榆树镇新时代文明实践站二楼东侧的多功能活动室，请从南门进；带好学生证"


@pytest.fixture
def signed_up_serving(in_november):
    """Sign the world's member up for an activity whose name is full of punctuation marks."""
    activity = in_november.activity(name="课堂,上午;\\第一讲", place=LONG)
    in_november.sign_up(activity, in_november.world.missing)
    in_november.coming = activity
    return in_november


@pytest.fixture
def client(signed_up_serving, client_of):
    return client_of(signed_up_serving.world.member)


def read_event(response):
    (found,) = Calendar.from_ical(response.content).walk("VEVENT")
    return found


def make_feed_url(client) -> str:
    client.post(reverse("my_calendar_renew"))
    return reverse("calendar_feed", args=[CalendarFeed.objects.get().token])


def test_one_activity_as_a_file_reads_back_as_it_is(signed_up_serving, client):
    response = client.get(reverse("offer_calendar", args=[signed_up_serving.coming.pk]))
    found = read_event(response)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert (str(found["summary"]), str(found["location"])) == (signed_up_serving.coming.name, LONG)
    assert found["dtstart"].dt == signed_up_serving.coming.starts_at
    assert b"DTSTART:20181110T010000Z" in response.content
    assert found["dtstamp"].dt == signed_up_serving.now


def test_lines_end_with_crlf_and_have_at_most_75_octets(signed_up_serving, client):
    content = client.get(reverse("offer_calendar", args=[signed_up_serving.coming.pk])).content
    lines = content.split(b"\r\n")
    assert content.endswith(b"\r\n") and not any(b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 75


def test_name_and_place_are_escaped(signed_up_serving, client):
    text = client.get(reverse("offer_calendar", args=[signed_up_serving.coming.pk])).content.decode()
    unfolded = text.replace("\r\n ", "")
    assert re.search(r"^SUMMARY:课堂\\,上午\\;\\\\第一讲\r$", unfolded, re.MULTILINE)


def test_the_feed_opens_without_signing_in_and_keeps_what_was_called_off(
    signed_up_serving, client, client_of
):
    url = make_feed_url(client)
    before = read_event(client_of(None).get(url))
    Activity.objects.update(state="cancelled", cancel_reason="大雨", sequence=3)
    after = read_event(client_of(None).get(url))
    assert before["uid"] == after["uid"]
    elsewhere = read_event(client_of(None).get(url, headers={"host": "localhost"}))
    assert elsewhere["uid"] == before["uid"] and "localhost" not in elsewhere["uid"]
    assert (before["status"], after["status"], after["sequence"]) == ("CONFIRMED", "CANCELLED", 3)


def test_a_renewed_address_closes_the_old_one_and_dropping_closes_both(signed_up_serving, client, client_of):
    old, new = make_feed_url(client), make_feed_url(client)
    assert (client_of(None).get(old).status_code, client_of(None).get(new).status_code) == (404, 200)
    client.post(reverse("my_calendar_renew"), {"drop": "1"})
    assert client_of(None).get(new).status_code == 404


def test_the_feed_ends_with_the_account(signed_up_serving, client, client_of):
    url = make_feed_url(client)
    signed_up_serving.world.member.is_active = False
    signed_up_serving.world.member.save()
    assert client_of(None).get(url).status_code == 404


def test_only_own_sign_ups_stand_in_it(signed_up_serving, client, client_of):
    world = signed_up_serving.world
    signed_up_serving.sign_up(signed_up_serving.activity(name="别人的活动"), world.quiet)
    signed_up_serving.sign_up(signed_up_serving.activity(name="候补的活动"), world.missing, state="waiting")
    assert "活动".encode() not in client_of(None).get(make_feed_url(client)).content.replace(
        b"\r\n ", b""
    ).split(b"BEGIN:VEVENT", 1)[1].replace("活动室".encode(), b"")
