"""The messages that a college receives when the school acts for it."""

import pytest

from members.models import Message
from pairing.services.claims import submit_claim
from pairing.services.pairings import move_to_street, release_pairing
from tests.factories import make_secretary
from tests.inbox import find_inbox
from tests.pairing.pairs import make_pairing


@pytest.fixture
def pairing(open_hall):
    return make_pairing(open_hall.world.college_a, open_hall.urban, user=open_hall.world.secretary)


def read_inbox(user) -> list[tuple[str, str]]:
    return list(find_inbox(user).order_by("pk").values_list("title", "text"))


def test_a_claim_by_the_school_is_told_to_the_college_only(open_hall):
    world = open_hall.world
    made = submit_claim(
        user=world.admin, college_id=world.college_a.pk, street_id=open_hall.urban.pk, code="", reason="书记出差",
        now=open_hall.now,
    )  # fmt: skip
    ((title, text),) = read_inbox(world.secretary)
    assert title == f"校团委已代{world.college_a}结对"
    assert all(said in text for said in (str(open_hall.urban), "书记出差", "10月19日24:00"))
    assert open_hall.code_a.code not in text
    assert Message.objects.get().url == made.get_absolute_url()


def test_an_own_claim_tells_nobody(pairing):
    assert not Message.objects.exists()


def test_a_release_and_its_reason_are_told(pairing, open_hall):
    other = make_secretary(open_hall.world.college_a)
    release_pairing(user=open_hall.world.admin, pairing_id=pairing.pk, reason="学院撤并", now=open_hall.now)
    for user in (open_hall.world.secretary, other):
        ((title, text),) = read_inbox(user)
        assert title == f"校团委已解除{pairing.college}的结对"
        assert "学院撤并" in text
        assert str(open_hall.urban) in text


def test_every_move_is_told_also_back_and_forth(pairing, open_hall):
    there, back = open_hall.urbans[0], open_hall.urban
    for street in (there, back, there):
        move_to_street(
            user=open_hall.world.admin,
            pairing_id=pairing.pk,
            street_id=street.pk,
            reason="就近",
            now=open_hall.now,
        )
    texts = [text for _, text in read_inbox(open_hall.world.secretary)]
    assert [f"由{back}改为对接{there}" in text for text in texts] == [True, False, True]
    assert f"由{there}改为对接{back}" in texts[1]
