"""A claim: every rule at its boundary, the constraints of the database, and claims outside the window."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction

from members.models import Street
from pairing.models import AssignedStreet, Pairing, PairingCode, ServiceTeam
from pairing.queries.hall import hall as hall_rows
from pairing.services import claims
from pairing.services.claims import ClaimRefusedError, claim
from pairing.services.pairings import release
from tests.factories import CollegeFactory, secretary_of
from tests.pairing.conftest import BEIJING, killing

SECOND = timedelta(seconds=1)


def take(hall, street=None, *, code=None, user=None, college=None, now=None, reason="") -> Pairing:
    """Claim a street; by default the secretary of college_a claims `urban` with the college's code."""
    return claim(
        user=user or hall.world.secretary,
        college_id=(college or hall.world.college_a).pk,
        street_id=(street or hall.urban).pk,
        code=hall.code_a.code if code is None else code,
        now=now or hall.now,
        reason=reason,
    )


def rule_against(hall, *args, **options) -> str:
    """Return the rule that refuses the claim; check that nothing was written."""
    before = state_of_the_tables()
    with pytest.raises(ClaimRefusedError) as refusal:
        take(hall, *args, **options)
    assert state_of_the_tables() == before
    assert refusal.value.reason
    return refusal.value.rule


def state_of_the_tables():
    return [list(model.objects.order_by("pk").values()) for model in (Pairing, PairingCode, ServiceTeam)]


def others_at(hall, street: Street, number: int, *, school=None) -> None:
    """Pair `number` colleges of the school bh with the street."""
    world = hall.world
    for n in range(number):
        college = CollegeFactory(school=world.bh.school)
        world.bh.year.streets_shared = True
        world.bh.year.save()
        hall.code(f"BH{street.pk}X{n}", year=world.bh.year, college=college, kind=street.kind)
        take(hall, street, code=f"BH{street.pk}X{n}", user=secretary_of(college), college=college)


# --- granted --------------------------------------------------------------------------------------------------


def test_a_claim_is_the_pairing_its_team_and_the_used_code(hall):
    pairing = take(hall, code=" cqjha 001")
    assert (pairing.college, pairing.street, pairing.code) == (hall.world.college_a, hall.urban, hall.code_a)
    assert (pairing.place, pairing.cap, pairing.calendar_year) == (1, 5, 2018)
    assert (pairing.claimed_at, pairing.claimed_by) == (hall.now, hall.world.secretary)
    assert pairing.team.name == "京华大学法学院青年志愿者服务队"
    hall.code_a.refresh_from_db()
    assert hall.code_a.state == PairingCode.State.USED


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (datetime(2018, 10, 16, 23, 59, 59, tzinfo=BEIJING), date(2018, 10, 19)),
        (datetime(2018, 10, 17, 0, 0, 0, tzinfo=BEIJING), date(2018, 10, 20)),
        (datetime(2018, 10, 30, 23, 59, 0, tzinfo=BEIJING), date(2018, 11, 2)),
        (datetime(2018, 10, 31, 0, 0, 0, tzinfo=BEIJING), date(2018, 11, 3)),
    ],
)
def test_the_offline_part_is_due_on_the_third_day_of_beijing(hall, at, due):
    hall.world.year.pairing_closes_at = datetime(2018, 11, 30, tzinfo=BEIJING)
    hall.world.year.save()
    assert take(hall, now=at).due_on == due


# --- the window -----------------------------------------------------------------------------------------------


def test_the_window_opens_and_closes_to_the_second(hall):
    opens, closes = hall.world.year.pairing_opens_at, hall.world.year.pairing_closes_at
    assert rule_against(hall, now=opens - SECOND) == "window"
    assert rule_against(hall, now=closes + SECOND) == "window"
    assert take(hall, now=opens).claimed_at == opens


def test_the_last_second_belongs_to_the_window(hall):
    closes = hall.world.year.pairing_closes_at
    assert take(hall, now=closes + timedelta(milliseconds=900)).college == hall.world.college_a


# --- the code -------------------------------------------------------------------------------------------------


def test_the_code_must_be_the_colleges_own(hall):
    assert rule_against(hall, code="NOSUCHCODE") == "code"
    assert rule_against(hall, code="") == "code"
    assert rule_against(hall, hall.suburban, code=hall.code_b.code) == "code"
    assert rule_against(hall, code=hall.code_stock.code) == "code"
    assert rule_against(hall, code=hall.code_bh.code) == "code"


@pytest.mark.parametrize("state", ["returned", "void"])
def test_a_code_taken_back_no_longer_counts_as_the_colleges(hall, state):
    PairingCode.objects.filter(pk=hall.code_a.pk).update(state=state, college=None)
    assert rule_against(hall) == "code"


def test_a_used_code_pairs_no_second_time(hall):
    take(hall)
    assert rule_against(hall, hall.urbans[0]) == "code_used"


def test_the_kinds_of_code_and_street_must_be_equal(hall):
    assert rule_against(hall, hall.suburban) == "kind"
    world = hall.world
    assert (
        rule_against(hall, code=hall.code_b.code, user=world.secretary_b, college=world.college_b) == "kind"
    )


# --- college and street ---------------------------------------------------------------------------------------


def test_a_college_pairs_once(hall):
    take(hall)
    PairingCode.objects.filter(pk=hall.code_a.pk).update(state="handed_out")
    assert rule_against(hall, hall.urbans[0]) == "paired"


def test_after_a_release_college_code_and_place_are_free_again(hall):
    first = take(hall)
    release(user=hall.world.admin, pairing_id=first.pk, reason="街乡无法安排", now=hall.now)
    assert take(hall).place == 1


def test_the_schools_second_college_is_refused_at_the_same_street_unless_it_shares(hall):
    world = hall.world
    take(hall)
    second = {"user": world.secretary_b, "college": world.college_b, "code": "SECOND01"}
    PairingCode.objects.filter(pk=hall.code_b.pk).update(state="void", college=None)
    hall.code("SECOND01", college=world.college_b)
    assert rule_against(hall, **second) == "shared"
    world.year.streets_shared = True
    world.year.save()
    assert take(hall, **second).place == 2


def test_another_schools_college_may_come_to_the_same_street(hall):
    take(hall)
    bh = hall.world.bh
    pairing = take(hall, user=bh.secretary, college=bh.college_a, code=hall.code_bh.code)
    assert (pairing.street, pairing.place) == (hall.urban, 2)


def test_with_assigned_streets_only_those_can_be_taken(hall):
    hall.world.year.streets_assigned = True
    hall.world.year.save()
    AssignedStreet.objects.create(year=hall.world.year, street=hall.urbans[0])
    assert rule_against(hall) == "assigned"
    assert take(hall, hall.urbans[0]).street == hall.urbans[0]


# --- places ---------------------------------------------------------------------------------------------------


def test_the_fifth_urban_place_is_given_and_the_sixth_is_not(hall):
    others_at(hall, hall.urban, 4)
    assert take(hall).place == 5


def test_the_sixth_on_five_is_refused(hall):
    others_at(hall, hall.urban, 5)
    assert rule_against(hall) == "full"


def test_the_fourth_on_three_is_refused(hall):
    world = hall.world
    others_at(hall, hall.suburban, 3)
    claimed = {"code": hall.code_b.code, "user": world.secretary_b, "college": world.college_b}
    assert rule_against(hall, hall.suburban, **claimed) == "full"
    assert take(hall, hall.suburbans[0], **claimed).place == 1


@pytest.mark.parametrize("elsewhere", [5, 6])
def test_what_is_taken_elsewhere_fills_a_street(hall, elsewhere):
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=elsewhere)
    assert rule_against(hall) == "full"


def test_taken_elsewhere_and_here_are_added(hall):
    others_at(hall, hall.urban, 2)
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=3)
    assert rule_against(hall) == "full"
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=2)
    assert take(hall).place == 3


def test_a_refusal_offers_the_nearest_streets_of_the_codes_kind_that_have_room(hall):
    Street.objects.filter(pk__in=[hall.urban.pk, hall.urbans[1].pk]).update(taken_elsewhere=5)
    with pytest.raises(ClaimRefusedError) as refusal:
        take(hall)
    assert [row["id"] for row in refusal.value.alternatives] == [hall.urbans[0].pk, hall.urbans[2].pk]
    with pytest.raises(ClaimRefusedError) as refusal:
        take(hall, hall.suburban)
    assert {row["kind"] for row in refusal.value.alternatives} == {"urban"}


def test_the_hall_counts_every_school(hall):
    others_at(hall, hall.urban, 2)
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=1)
    take(hall, hall.urbans[0])
    rows = {row["id"]: row for row in hall_rows(hall.world.year.pk)}
    assert (rows[hall.urban.pk]["left"], rows[hall.urban.pk]["state"]) == (2, "open")
    assert (rows[hall.urbans[0].pk]["left"], rows[hall.urbans[0].pk]["state"]) == (4, "mine")
    assert rows[hall.suburban.pk]["left"] == 3


# --- permissions ----------------------------------------------------------------------------------------------


def test_nobody_claims_for_a_college_of_others(hall):
    world = hall.world
    for user in (world.secretary_b, world.bh.admin, world.member, world.liaison, world.branch_secretary):
        with pytest.raises(ValidationError, match="没有找到这个学院"):
            take(hall, user=user)
    assert not Pairing.objects.exists()


def test_the_school_claims_with_a_reason_without_typing_the_code_also_outside_the_window(hall):
    admin, late = hall.world.admin, hall.world.year.pairing_closes_at + timedelta(days=2)
    with pytest.raises(ValidationError, match="原因"):
        take(hall, user=admin, code="", now=late)
    pairing = take(hall, user=admin, code="", now=late, reason="网络故障，补办")
    assert (pairing.claimed_for, pairing.claimed_by, pairing.code) == ("网络故障，补办", admin, hall.code_a)


def test_every_other_rule_holds_for_the_school_too(hall):
    admin = {"user": hall.world.admin, "code": "", "reason": "代办"}
    assert rule_against(hall, hall.suburban, **admin) == "kind"
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=5)
    assert rule_against(hall, **admin) == "full"
    PairingCode.objects.filter(pk=hall.code_a.pk).update(college=None, state=PairingCode.State.RETURNED)
    with pytest.raises(ClaimRefusedError, match="这个学院还没有结对码"):
        take(hall, **admin)


def test_a_secretary_does_not_open_the_window_with_a_reason(hall):
    early = hall.world.year.pairing_opens_at - SECOND
    assert rule_against(hall, now=early, reason="想早一点") == "window"
    assert take(hall, reason="没有必要的原因").claimed_for == ""


# --- constraints of the database ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("pairing_once_per_college", {"college": "college_a", "street": "urbans", "place": 1}),
        ("pairing_once_per_code", {"code": "code_a", "street": "urbans"}),
        ("pairing_place_once", {}),
        ("pairing_place_within_cap", {"place": 6}),
        ("pairing_place_within_cap", {"place": 0}),
    ],
)
def test_the_table_refuses_an_oversold_street(hall, constraint, change):
    taken = take(hall)
    fields = {
        "year": hall.world.year,
        "college": hall.world.college_a if "college" in change else hall.world.college_b,
        "street": hall.urbans[0] if "street" in change else hall.urban,
        "code": hall.code_a if "code" in change else hall.code_b,
        "place": change.get("place", 1),
        "cap": 5,
        "calendar_year": 2018,
        "claimed_at": hall.now,
        "due_on": taken.due_on,
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Pairing.objects.create(**fields)


def test_what_a_constraint_refuses_is_a_refusal_with_a_reason(hall, monkeypatch):
    """Locks prevent this; if they ever fail, the constraint refuses the second claim, and its user sees the reason."""
    take(hall)
    Pairing.objects.update(code=hall.code_b)
    PairingCode.objects.filter(pk=hall.code_a.pk).update(state="handed_out")
    monkeypatch.setattr(claims, "claim_problem", lambda facts: ("", ""))
    assert rule_against(hall, hall.urbans[0]) == "paired"


# --- lost connections -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["pairing", "code", "team"])
def test_a_connection_cut_in_the_middle_leaves_nothing_and_the_second_try_writes_once(
    hall, monkeypatch, step
):
    cut = {
        "pairing": (Pairing.objects, "create"),
        "code": (PairingCode, "save"),
        "team": (ServiceTeam.objects, "create"),
    }
    before = state_of_the_tables()
    target, name = cut[step]
    monkeypatch.setattr(target, name, killing(getattr(target, name)))
    with pytest.raises(OperationalError):
        take(hall)
    connection.close()
    assert state_of_the_tables() == before
    pairing = take(hall)
    assert Pairing.objects.get() == pairing == ServiceTeam.objects.get().pairing
    assert PairingCode.objects.get(pk=hall.code_a.pk).state == "used"


def test_a_claim_made_twice_is_made_once(hall):
    """A user who did not see the first answer gets the same pairing again, even after the hall has closed."""
    first = take(hall)
    before = state_of_the_tables()
    assert take(hall, now=hall.world.year.pairing_closes_at + SECOND) == first
    assert state_of_the_tables() == before


def test_a_claim_of_the_school_made_twice_is_made_once(hall):
    by_school = {"user": hall.world.admin, "code": "", "reason": "书记出差"}
    assert take(hall, **by_school) == take(hall, **by_school)


def test_somebody_elses_claim_or_another_code_is_not_ones_own_again(hall):
    take(hall)
    assert rule_against(hall, user=secretary_of(hall.world.college_a)) == "code_used"
    assert rule_against(hall, code=hall.code_stock.code) == "code"
