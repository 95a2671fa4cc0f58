"""Pairings after the claim: the offline meeting with its picture, the deadline, release and move, permissions."""

from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from members.models import ServiceYear, Street
from pairing.models import Pairing, PairingCode, TeamMembership
from pairing.rules import format_time_left
from pairing.services.pairings import confirm_offline, move_to_street, release_pairing
from pairing.services.teams import check_group
from tests.factories import CollegeFactory, StreetFactory, make_liaison, make_secretary
from tests.pairing.conftest import BEIJING, NOW
from tests.pairing.pairs import make_pairing

DAY = date(2018, 10, 17)


@pytest.fixture
def pairing(open_hall) -> Pairing:
    """college_a with the urban street of the world, claimed on 16 October, due on the 19th."""
    world = open_hall.world
    with time_machine.travel(NOW, tick=False):
        return make_pairing(world.college_a, world.urban, user=world.secretary)


def make_jpeg() -> SimpleUploadedFile:
    buffer = BytesIO()
    Image.new("RGB", (80, 60), "green").save(buffer, "JPEG")
    return SimpleUploadedFile("合影.jpg", buffer.getvalue(), content_type="image/jpeg")


def confirm_as(pairing, user, **changes) -> Pairing:
    entered = {"on": DAY, "people": "张老师、李书记", "note": "", "proof": b"picture"} | changes
    now = entered.pop("now", datetime(2018, 10, 18, 10, tzinfo=BEIJING))
    return confirm_offline(user=user, pairing_id=pairing.pk, now=now, **entered)


def list_media_files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def post_offline(client, pairing, **changes):
    entered = {"on": "2018-10-16", "people": "张老师", "note": "顺利", "proof": make_jpeg()} | changes
    return client.post(reverse("pairing_confirm", args=[pairing.pk]), entered)


# --- the deadline --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "due"),
    [
        (datetime(2018, 10, 25, 23, 59, 59, tzinfo=BEIJING), date(2018, 10, 28)),
        (datetime(2018, 10, 26, 0, 0, 0, tzinfo=BEIJING), date(2018, 10, 29)),
    ],
)
def test_a_claim_before_and_after_midnight_is_due_a_day_apart(claimed, due, hall):
    world = hall.world
    assert make_pairing(world.college_a, world.urban, user=world.secretary, at=claimed).due_on == due


@pytest.mark.parametrize(
    ("claimed", "due"),
    [
        (datetime(2018, 10, 30, 23, 59, 59, tzinfo=BEIJING), date(2018, 11, 2)),
        (datetime(2018, 10, 31, 0, 0, 0, tzinfo=BEIJING), date(2018, 11, 3)),
    ],
)
def test_three_days_run_over_the_end_of_a_month(claimed, due, hall):
    world = hall.world
    world.year.pairing_closes_at = claimed + timedelta(days=1)
    world.year.save()
    pairing = make_pairing(world.college_a, world.urban, user=world.secretary, at=claimed)
    assert pairing.due_on == due
    last = datetime.combine(due, datetime.max.time(), BEIJING).replace(microsecond=0)
    seen = Pairing.objects.filter(pk=pairing.pk)
    assert not seen.overdue(last.date()).exists()
    assert seen.overdue((last + timedelta(seconds=1)).date()).exists()


@pytest.mark.parametrize(
    ("now", "text"),
    [
        ("2018-10-16T09:00", "还剩 3 天 15 小时"),
        ("2018-10-19T00:00", "还剩 1 天 0 小时"),
        ("2018-10-19T21:30", "还剩 2 小时 30 分钟"),
        ("2018-10-19T23:59:59", "还剩 1 分钟"),
        ("2018-10-20T00:00", "已逾期 1 天"),
        ("2018-11-02T08:00", "已逾期 14 天"),
    ],
)
def test_the_time_left_ends_at_midnight_of_the_due_date(now, text):
    assert format_time_left(date(2018, 10, 19), datetime.fromisoformat(f"{now}+08:00")) == text


def test_an_overdue_pairing_is_flagged_and_stays(pairing, world, client_of):
    with time_machine.travel(datetime(2018, 11, 30, tzinfo=BEIJING)):
        page = client_of(world.secretary).get(pairing.get_absolute_url()).content.decode()
        assert "线下结对逾期" in page
        assert "已逾期 42 天" in page
        assert list(Pairing.objects.overdue(date(2018, 11, 30))) == [pairing]
        late = confirm_as(pairing, world.secretary, on=date(2018, 11, 29), now=None)
    assert late.state == Pairing.State.ACTIVE
    assert list(Pairing.objects.overdue(date(2018, 11, 30))) == []


# --- the offline meeting -------------------------------------------------------------------------------------


def test_the_college_enters_the_offline_part_with_a_picture(pairing, world, client_of):
    client = client_of(world.secretary)
    assert post_offline(client, pairing).url == pairing.get_absolute_url()
    pairing.refresh_from_db()
    assert (pairing.offline_on, pairing.offline_people, pairing.offline_note) == (
        date(2018, 10, 16),
        "张老师",
        "顺利",
    )
    assert pairing.confirmed_by == world.secretary
    page = client.get(pairing.get_absolute_url()).content.decode()
    assert reverse("pairing_proof", args=[pairing.pk]) in page
    assert pairing.proof.name not in page


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"on": "2018-10-17"}, "on", "不能晚于今天"),
        ({"on": "2018-10-15"}, "on", "不能早于线上结对"),
        ({"people": " "}, "people", "这个字段是必填项"),
        ({"proof": ""}, "proof", "这个字段是必填项"),
        ({"proof": SimpleUploadedFile("a.jpg", b"<svg/>")}, "proof", "JPG、PNG 或 WebP"),
    ],
)
def test_what_is_wrong_is_said_in_place_and_nothing_kept(changes, field, message, pairing, world, client_of):
    response = post_offline(client_of(world.secretary), pairing, **changes)
    assert message in str(response.context["form"].errors[field])
    assert "顺利" in response.content.decode()
    pairing.refresh_from_db()
    assert (pairing.offline_on, pairing.proof.name, list_media_files()) == (None, "", [])


def test_a_correction_keeps_the_picture_unless_there_is_a_new_one(
    pairing, world, django_capture_on_commit_callbacks
):
    first = confirm_as(pairing, world.secretary).proof.name
    assert confirm_as(pairing, world.secretary, people="王老师", proof=None).proof.name == first
    with django_capture_on_commit_callbacks(execute=True):
        second = confirm_as(pairing, world.secretary, proof=b"another").proof.name
    assert second != first
    assert [path.read_bytes() for path in list_media_files()] == [b"another"]


def test_the_first_confirmation_needs_a_picture(pairing, world):
    with pytest.raises(ValidationError, match="照片"):
        confirm_as(pairing, world.secretary, proof=None)


def test_a_picture_whose_row_is_not_saved_is_not_left_behind(pairing, world):
    with pytest.raises(Exception, match="too long"):
        confirm_as(pairing, world.secretary, people="长" * 201)
    assert list_media_files() == []


def test_another_college_cannot_confirm(pairing, world, client_of):
    assert post_offline(client_of(world.secretary_b), pairing).status_code == 404
    with pytest.raises(ValidationError, match="没有找到"):
        confirm_as(pairing, world.secretary_b)


# --- the picture ---------------------------------------------------------------------------------------------


def test_the_picture_goes_to_those_in_scope_as_a_plain_jpeg(pairing, world, client_of):
    post_offline(client_of(world.secretary), pairing)
    for user in (world.secretary, world.admin, world.liaison):
        response = client_of(user).get(reverse("pairing_proof", args=[pairing.pk]))
        content = b"".join(response.streaming_content)
        assert Image.open(BytesIO(content)).format == "JPEG"
        assert response["Content-Type"] == "image/jpeg"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Disposition"].startswith("inline")
        assert "no-store" in response["Cache-Control"]


def test_the_picture_is_not_found_by_anybody_else(pairing, world, client_of):
    post_offline(client_of(world.secretary), pairing)
    url = reverse("pairing_proof", args=[pairing.pk])
    strange_liaison = make_liaison(world.suburban, world.school)
    expected = {
        world.secretary_b: 404,
        world.bh.admin: 404,
        world.bh.secretary: 404,
        strange_liaison: 404,
        world.branch_secretary: 403,
        world.member: 403,
    }
    for user, status in expected.items():
        assert client_of(user).get(url).status_code == status, user
    assert client_of(None).get(url).status_code == 302


def test_a_picture_cannot_be_fetched_by_its_name(pairing, world, client_of):
    post_offline(client_of(world.secretary), pairing)
    (path,) = list_media_files()
    assert len(path.stem) == 32
    assert "合影" not in path.name
    pairing.refresh_from_db()
    client = client_of(world.admin)
    for root in ("/media/", "/static/", "/static/../media/", "/"):
        assert client.get(f"{root}{pairing.proof.name}").status_code == 404
    assert not Path(settings.MEDIA_ROOT).is_relative_to(settings.STATIC_ROOT)


def test_a_pairing_without_a_picture_has_none_to_give(pairing, world, client_of):
    assert client_of(world.secretary).get(reverse("pairing_proof", args=[pairing.pk])).status_code == 404


# --- release and move ----------------------------------------------------------------------------------------


def test_a_release_frees_place_and_code_and_closes_the_team(pairing, world):
    TeamMembership.objects.create(team=pairing.team, member=world.lead, joined_at=NOW)
    release_pairing(user=world.admin, pairing_id=pairing.pk, reason="学院撤并")
    assert pairing.code.state == PairingCode.State.USED
    pairing.code.refresh_from_db()
    assert pairing.code.state == PairingCode.State.HANDED_OUT
    assert not TeamMembership.objects.active().exists()
    assert not Pairing.objects.places_taken(calendar_year=2018, street_id=world.urban.pk)
    again = make_pairing(world.college_a, world.urban, user=world.secretary)
    assert again.state == Pairing.State.ACTIVE


def test_a_released_pairing_cannot_be_changed_any_more(pairing, world, client_of):
    release_pairing(user=world.admin, pairing_id=pairing.pk, reason="学院撤并")
    for name in ("pairing_confirm", "pairing_release", "pairing_move"):
        assert client_of(world.admin).get(reverse(name, args=[pairing.pk])).status_code == 404
    with pytest.raises(ValidationError, match="已经解除"):
        confirm_as(pairing, world.secretary)


def test_release_and_move_need_a_reason_and_show_it_in_the_history(pairing, open_hall, client_of):
    world, client = open_hall.world, client_of(open_hall.world.admin)
    urls = {name: reverse(f"pairing_{name}", args=[pairing.pk]) for name in ("move", "release")}
    there = open_hall.urbans[0]
    assert client.post(urls["move"], {"street": there.pk}).context["form"].errors["reason"]
    assert client.post(urls["move"], {"street": there.pk, "reason": "就近"}).status_code == 302
    assert client.post(urls["release"], {"reason": ""}).context["form"].errors["reason"]
    assert client.post(urls["release"], {"reason": "学院撤并"}).status_code == 302
    page = client_of(world.secretary).get(pairing.get_absolute_url())
    assert [change.reason for change in page.context["history"]] == ["学院撤并", "就近", ""]
    text = page.content.decode()
    assert str(there) in text
    assert "CQJHA001" not in text


def test_a_move_begins_the_offline_part_anew(pairing, open_hall, django_capture_on_commit_callbacks):
    world = open_hall.world
    confirm_as(pairing, world.secretary)
    with django_capture_on_commit_callbacks(execute=True):
        moved = move_to_street(
            user=world.admin,
            pairing_id=pairing.pk,
            street_id=open_hall.urbans[1].pk,
            reason="就近",
            now=datetime(2018, 10, 30, 23, 59, tzinfo=BEIJING),
        )
    moved.refresh_from_db()
    assert (moved.street, moved.due_on) == (open_hall.urbans[1], date(2018, 11, 2))
    assert (moved.offline_on, moved.proof.name, list_media_files()) == (None, "", [])
    assert moved.team == pairing.team


def test_after_a_move_the_former_street_s_contact_is_not_the_new_one_s(pairing, open_hall):
    world, team = open_hall.world, pairing.team
    branches, expires_on = {world.a1.pk: True, world.a2.pk: True}, date(2018, 10, 20)
    check_group(
        user=world.secretary,
        team_id=team.pk,
        branches=branches,
        street_contact_in_on=DAY,
        expires_on=expires_on,
    )
    move_to_street(user=world.admin, pairing_id=pairing.pk, street_id=open_hall.urbans[1].pk, reason="就近")
    team.refresh_from_db()
    assert team.street_contact_in_on is None
    assert (team.group_checks.count(), team.group_qr_expires_on) == (2, expires_on)


def test_a_move_keeps_the_rules_of_a_claim(pairing, open_hall):
    world, there = open_hall.world, open_hall.urbans[0]

    def read_refusal(street) -> str:
        with pytest.raises(ValidationError) as error:
            move_to_street(user=world.admin, pairing_id=pairing.pk, street_id=street.pk, reason="就近")
        return " ".join(error.value.messages)

    assert "类型" in read_refusal(world.suburban)
    assert "另一个" in read_refusal(world.urban)
    there.taken_elsewhere = 5
    there.save()
    assert "已满" in read_refusal(there)
    other = CollegeFactory(school=world.school)
    make_pairing(other, open_hall.urbans[1], user=make_secretary(other))
    assert "已有学院" in read_refusal(open_hall.urbans[1])


@pytest.mark.parametrize(("cap", "taken", "moved"), [(6, 5, True), (4, 4, False)])
def test_a_move_is_judged_by_the_cap_that_the_year_has_now(cap, taken, moved, pairing, open_hall):
    world, there = open_hall.world, open_hall.urbans[0]
    ServiceYear.objects.filter(pk=world.year.pk).update(urban_cap=cap)
    Street.objects.filter(pk=there.pk).update(taken_elsewhere=taken)
    try:
        move_to_street(user=world.admin, pairing_id=pairing.pk, street_id=there.pk, reason="就近")
    except ValidationError as refusal:
        assert "已满" in " ".join(refusal.messages)
    pairing.refresh_from_db()
    assert (pairing.street == there) is moved


def test_a_college_cannot_release_or_move(pairing, world, client_of):
    for name in ("pairing_release", "pairing_move"):
        assert client_of(world.secretary).post(reverse(name, args=[pairing.pk])).status_code == 403
    for service, extra in ((release_pairing, {}), (move_to_street, {"street_id": world.urban.pk})):
        with pytest.raises(ValidationError, match="没有找到"):
            service(user=world.secretary, pairing_id=pairing.pk, reason="不想去", **extra)


# --- the list and the page -----------------------------------------------------------------------------------


def test_the_list_is_narrowed_to_each_ones_scope(pairing, world, client_of):
    other = make_pairing(world.college_b, world.suburban, user=world.secretary_b)
    url = reverse("pairings")

    def list_seen(user, query=""):
        return set(client_of(user).get(url + query).context["page"])

    assert list_seen(world.admin) == {pairing, other}
    assert list_seen(world.secretary) == list_seen(world.liaison) == {pairing}
    assert list_seen(world.bh.admin) == set()
    assert list_seen(world.admin, "?kind=suburban") == {other}
    assert list_seen(world.admin, "?q=清河") == {pairing}
    assert list_seen(world.admin, "?state=pending") == {pairing, other}
    confirm_as(pairing, world.secretary)
    assert list_seen(world.admin, "?state=confirmed") == {pairing}
    with time_machine.travel(datetime(2018, 10, 20, tzinfo=BEIJING)):
        assert list_seen(world.admin, "?state=overdue") == {other}
    release_pairing(user=world.admin, pairing_id=other.pk, reason="学院撤并")
    assert list_seen(world.admin, "?state=released") == {other}
    assert list_seen(world.admin, "?state=nonsense") == set()


def test_the_list_makes_the_same_queries_for_one_pairing_and_thirty(pairing, world, client_of):
    client, url = client_of(world.admin), reverse("pairings")
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        assert client.get(url).context["page"].paginator.count == 1
    for _ in range(29):
        college = CollegeFactory(school=world.school)
        make_pairing(college, StreetFactory(), user=make_secretary(college))
    with CaptureQueriesContext(connection) as thirty:
        assert client.get(url).context["page"].paginator.count == 30
    assert len(one) == len(thirty)


def test_the_liaison_sees_no_history_and_no_notes_of_the_college(pairing, world, client_of):
    confirm_as(pairing, world.secretary, note="内部情况")
    page = client_of(world.liaison).get(pairing.get_absolute_url())
    assert page.context["history"] == []
    assert "内部情况" not in page.content.decode()
    assert "修改记录" not in page.content.decode()
