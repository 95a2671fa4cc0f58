"""The school's choices: colleges to claim for, and streets to move a pairing to; disabled options tell why."""

import re

from django.urls import reverse

from tests.factories import CollegeFactory, make_secretary
from tests.pairing.pairs import make_pairing


def read_options(field) -> dict[str, bool]:
    """Return the options of a select field on a page as {label: whether it can be chosen}."""
    return {
        label: "disabled" not in tag
        for tag, label in re.findall(r"<option([^>]*)>([^<]*)</option>", str(field))
    }


def test_the_hall_offers_the_school_the_colleges_that_can_be_paired(open_hall, client_of):
    world, client = open_hall.world, client_of(open_hall.world.admin)
    CollegeFactory(school=world.school, name="新设学院")
    make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    page = client.get(reverse("hall"))
    assert read_options(page.context["claim_form"]["college"]) == {
        "请选择学院": True,
        f"{world.college_a}（已结对）": False,
        f"{world.college_b}（郊区码）": True,
        "新设学院（没有结对码）": False,
    }
    assert "还有 1 个学院可以结对" in page.content.decode()


def test_the_hall_says_when_nobody_waits(open_hall, client_of):
    world = open_hall.world
    make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    make_pairing(world.college_b, open_hall.suburban, user=world.secretary_b)
    assert "目前没有等待结对的学院" in client_of(world.admin).get(reverse("hall")).content.decode()


def test_a_move_offers_streets_of_the_kind_and_says_why_others_cannot_be_taken(open_hall, client_of):
    world, (free, full, mine) = open_hall.world, open_hall.urbans
    pairing = make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    full.taken_elsewhere = 5
    full.save()
    other = CollegeFactory(school=world.school)
    make_pairing(other, mine, user=make_secretary(other))
    page = client_of(world.admin).get(reverse("pairing_move", args=[pairing.pk]))
    assert read_options(page.context["form"]["street"]) == {
        "请选择街乡": True,
        f"{free}（剩余 5 个）": True,
        f"{full}（名额已满）": False,
        f"{mine}（本校已有学院结对）": False,
    }


def test_a_move_to_a_street_that_filled_up_meanwhile_is_refused_with_the_reason(open_hall, client_of):
    world, there = open_hall.world, open_hall.urbans[0]
    pairing = make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    there.taken_elsewhere = 5
    there.save()
    entered = {"street": there.pk, "reason": "就近"}
    page = client_of(world.admin).post(reverse("pairing_move", args=[pairing.pk]), entered)
    assert page.context["form"].errors["street"] == ["这个街乡的名额已满。"]
    pairing.refresh_from_db()
    assert pairing.street == open_hall.urban


def test_where_there_is_no_street_to_move_to_the_page_says_so(open_hall, client_of):
    world = open_hall.world
    pairing = make_pairing(world.college_b, open_hall.suburban, user=world.secretary_b)
    for street in open_hall.suburbans:
        street.taken_elsewhere = 3
        street.save()
    page = client_of(world.admin).get(reverse("pairing_move", args=[pairing.pk]))
    assert "目前没有可以改为对接的街乡" in page.content.decode()


def test_a_college_released_can_be_claimed_for_again(open_hall, client_of):
    world, client = open_hall.world, client_of(open_hall.world.admin)
    pairing = make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    client.post(reverse("pairing_release", args=[pairing.pk]), {"reason": "选错"})
    assert read_options(client.get(reverse("hall")).context["claim_form"]["college"])[
        f"{world.college_a}（城区码）"
    ]
    entered = {"street": open_hall.urbans[0].pk, "college": world.college_a.pk, "reason": "补办"}
    assert client.post(reverse("hall_claim"), entered).status_code == 302


def test_the_suggestion_is_offered_only_where_something_can_be_handed_out(open_hall, client_of):
    world, client = open_hall.world, client_of(open_hall.world.admin)
    url, button = reverse("codes"), "按比例分配给没有结对码的"

    def fetch_page() -> str:
        return client.get(url).content.decode()

    assert button not in fetch_page()
    assert "每个学院都已有结对码" in fetch_page()
    CollegeFactory(school=world.school)
    assert f"{button} 1 个学院" in fetch_page()
    open_hall.code_stock.delete()
    assert button not in fetch_page()
    assert "还有 1 个学院没有结对码，库存已经用完" in fetch_page()
