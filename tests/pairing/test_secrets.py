"""Codes and pictures are shown to their owners only (the test of all addresses covers pages and exports)."""

import logging
from datetime import date

import pytest
from django.conf import settings
from django.urls import reverse
from pghistory.models import Context

from members.models import Message
from pairing.models import Pairing
from pairing.services.pairings import confirm_offline, release_pairing
from tests.members.import_files import list_row_problems, run_import
from tests.members.sheet_files import make_xlsx
from tests.pairing.pairs import make_pairing


@pytest.fixture
def used_pairing(open_hall, client_of, caplog):
    """Use a college's code in all ways: reveal, refused claim, claim, release by the school."""
    caplog.set_level(logging.DEBUG)
    world, client = open_hall.world, client_of(open_hall.world.secretary)
    client.post(reverse("code_own", args=[world.college_a.pk]))
    entered = {"code": open_hall.code_a.code, "college": world.college_a.pk}
    assert client.post(reverse("hall_claim"), entered | {"street": open_hall.suburban.pk}).status_code == 409
    assert client.post(reverse("hall_claim"), entered | {"street": open_hall.urban.pk}).status_code == 302
    pairing = Pairing.objects.active().get(college=world.college_a)
    release_pairing(user=world.admin, pairing_id=pairing.pk, reason="学院撤并", now=open_hall.now)
    return pairing


def test_no_log_message_or_context_of_the_history_repeats_a_code(used_pairing, open_hall, caplog):
    # Django logs SQL statements only with DEBUG, which production refuses.
    lines = [r.getMessage() for r in caplog.records if not r.name.startswith("django.db")]
    told = [f"{title} {text}" for title, text in Message.objects.values_list("title", "text")]
    contexts = [str(about) for about in Context.objects.values_list("metadata", flat=True)]
    assert told
    assert contexts
    assert open_hall.code_a.code not in "\n".join([*lines, *told, *contexts])


def test_the_history_of_a_pairing_shows_no_code_to_anybody(used_pairing, open_hall, client_of):
    for user in (open_hall.world.admin, open_hall.world.secretary, open_hall.world.liaison):
        page = client_of(user).get(used_pairing.get_absolute_url())
        assert open_hall.code_a.code not in page.content.decode()


def test_a_used_code_does_not_change_its_kind_by_file(used_pairing, open_hall):
    make_pairing(open_hall.world.college_a, open_hall.urban, user=open_hall.world.secretary, at=open_hall.now)
    file = make_xlsx(("申请结对码", "类型"), (open_hall.code_a.code, "郊区"), (open_hall.code_b.code, "城区"))
    run = run_import("codes", file, by=open_hall.world.admin)
    assert list_row_problems(run) == {
        2: "这个结对码已使用，不能改变类型",
        3: "这个结对码已分配，不能改变类型",
    }
    open_hall.code_a.refresh_from_db()
    assert open_hall.code_a.kind == "urban"


def test_a_picture_has_no_address_of_its_own(open_hall, client_of):
    world = open_hall.world
    pairing = make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    confirm_offline(
        user=world.secretary, pairing_id=pairing.pk, on=date(2018, 10, 16), people="双方", note="",
        proof=b"picture", now=open_hall.now,
    )  # fmt: skip
    pairing.refresh_from_db()
    name = pairing.proof.name
    assert not str(settings.MEDIA_ROOT).startswith(str(settings.STATIC_ROOT))
    for user in (world.secretary, world.admin):
        for place in ("/media/", "/static/", "/"):
            assert client_of(user).get(place + name).status_code == 404
    proof = reverse("pairing_proof", args=[pairing.pk])
    assert client_of(world.secretary).get(proof).status_code == 200
    assert client_of(world.secretary_b).get(proof).status_code == 404
    assert client_of(world.member).get(proof).status_code == 403
