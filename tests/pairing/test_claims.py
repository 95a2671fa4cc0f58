"""A claim: every rule at its boundary, the constraints of the database, and claims outside the window."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction

from members.models import Street
from pairing.models import AssignedStreet, Pairing, PairingCode, ServiceTeam
from pairing.queries.hall import list_hall_rows as hall_rows
from pairing.services import claims
from pairing.services.claims import ClaimRefusedError, submit_claim
from pairing.services.pairings import release_pairing
from tests.factories import CollegeFactory, make_secretary
from tests.pairing.conftest import BEIJING, kill_before

SECOND = timedelta(seconds=1)


def claim_as_secretary(
    hall, street=None, *, code=None, user=None, college=None, now=None, reason=""
) -> Pairing:
    """Claim a street; by default the secretary of college_a claims `urban` with the college's code."""
    return submit_claim(
        user=user or hall.world.secretary,
        college_id=(college or hall.world.college_a).pk,
        street_id=(street or hall.urban).pk,
        code=hall.code_a.code if code is None else code,
        now=now or hall.now,
        reason=reason,
    )


def find_refusing_rule(hall, *args, **options) -> str:
    """Return the rule that refuses the claim; check that nothing was written."""
    before = read_tables()
    with pytest.raises(ClaimRefusedError) as refusal:
        claim_as_secretary(hall, *args, **options)
    assert read_tables() == before
    assert refusal.value.reason
    return refusal.value.rule


def read_tables():
    return [list(model.objects.order_by("pk").values()) for model in (Pairing, PairingCode, ServiceTeam)]


def make_others_at(hall, street: Street, number: int, *, school=None) -> None:
    """Pair `number` colleges of the school bh with the street."""
    world = hall.world
    for n in range(number):
        college = CollegeFactory(school=world.bh.school)
        world.bh.year.streets_shared = True
        world.bh.year.save()
        hall.code(f"BH{street.pk}X{n}", year=world.bh.year, college=college, kind=street.kind)
        claim_as_secretary(
            hall, street, code=f"BH{street.pk}X{n}", user=make_secretary(college), college=college
        )


# --- granted --------------------------------------------------------------------------------------------------


def test_a_claim_is_the_pairing_its_team_and_the_used_code(hall):
    pairing = claim_as_secretary(hall, code=" cqjha 001")
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
    assert claim_as_secretary(hall, now=at).due_on == due


# --- the window -----------------------------------------------------------------------------------------------


def test_the_window_opens_and_closes_to_the_second(hall):
    opens, closes = hall.world.year.pairing_opens_at, hall.world.year.pairing_closes_at
    assert find_refusing_rule(hall, now=opens - SECOND) == "window"
    assert find_refusing_rule(hall, now=closes + SECOND) == "window"
    assert claim_as_secretary(hall, now=opens).claimed_at == opens


def test_the_last_second_belongs_to_the_window(hall):
    closes = hall.world.year.pairing_closes_at
    assert claim_as_secretary(hall, now=closes + timedelta(milliseconds=900)).college == hall.world.college_a


# --- the code -------------------------------------------------------------------------------------------------


def test_the_code_must_be_the_colleges_own(hall):
    assert find_refusing_rule(hall, code="NOSUCHCODE") == "code"
    assert find_refusing_rule(hall, code="") == "code"
    assert find_refusing_rule(hall, hall.suburban, code=hall.code_b.code) == "code"
    assert find_refusing_rule(hall, code=hall.code_stock.code) == "code"
    assert find_refusing_rule(hall, code=hall.code_bh.code) == "code"


@pytest.mark.parametrize("state", ["returned", "void"])
def test_a_code_taken_back_no_longer_counts_as_the_colleges(hall, state):
    PairingCode.objects.filter(pk=hall.code_a.pk).update(state=state, college=None)
    assert find_refusing_rule(hall) == "code"


def test_a_used_code_pairs_no_second_time(hall):
    claim_as_secretary(hall)
    assert find_refusing_rule(hall, hall.urbans[0]) == "code_used"


def test_the_kinds_of_code_and_street_must_be_equal(hall):
    assert find_refusing_rule(hall, hall.suburban) == "kind"
    world = hall.world
    assert (
        find_refusing_rule(hall, code=hall.code_b.code, user=world.secretary_b, college=world.college_b)
        == "kind"
    )


# --- college and street ---------------------------------------------------------------------------------------


def test_a_college_pairs_once(hall):
    claim_as_secretary(hall)
    PairingCode.objects.filter(pk=hall.code_a.pk).update(state="handed_out")
    assert find_refusing_rule(hall, hall.urbans[0]) == "paired"


def test_after_a_release_college_code_and_place_are_free_again(hall):
    first = claim_as_secretary(hall)
    release_pairing(user=hall.world.admin, pairing_id=first.pk, reason="街乡无法安排", now=hall.now)
    assert claim_as_secretary(hall).place == 1


def test_the_schools_second_college_is_refused_at_the_same_street_unless_it_shares(hall):
    world = hall.world
    claim_as_secretary(hall)
    second = {"user": world.secretary_b, "college": world.college_b, "code": "SECOND01"}
    PairingCode.objects.filter(pk=hall.code_b.pk).update(state="void", college=None)
    hall.code("SECOND01", college=world.college_b)
    assert find_refusing_rule(hall, **second) == "shared"
    world.year.streets_shared = True
    world.year.save()
    assert claim_as_secretary(hall, **second).place == 2


def test_another_schools_college_may_come_to_the_same_street(hall):
    claim_as_secretary(hall)
    bh = hall.world.bh
    pairing = claim_as_secretary(hall, user=bh.secretary, college=bh.college_a, code=hall.code_bh.code)
    assert (pairing.street, pairing.place) == (hall.urban, 2)


def test_with_assigned_streets_only_those_can_be_taken(hall):
    hall.world.year.streets_assigned = True
    hall.world.year.save()
    AssignedStreet.objects.create(year=hall.world.year, street=hall.urbans[0])
    assert find_refusing_rule(hall) == "assigned"
    assert claim_as_secretary(hall, hall.urbans[0]).street == hall.urbans[0]


# --- places ---------------------------------------------------------------------------------------------------


def test_the_fifth_urban_place_is_given_and_the_sixth_is_not(hall):
    make_others_at(hall, hall.urban, 4)
    assert claim_as_secretary(hall).place == 5


def test_the_sixth_on_five_is_refused(hall):
    make_others_at(hall, hall.urban, 5)
    assert find_refusing_rule(hall) == "full"


def test_the_fourth_on_three_is_refused(hall):
    world = hall.world
    make_others_at(hall, hall.suburban, 3)
    claimed = {"code": hall.code_b.code, "user": world.secretary_b, "college": world.college_b}
    assert find_refusing_rule(hall, hall.suburban, **claimed) == "full"
    assert claim_as_secretary(hall, hall.suburbans[0], **claimed).place == 1


@pytest.mark.parametrize("elsewhere", [5, 6])
def test_what_is_taken_elsewhere_fills_a_street(hall, elsewhere):
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=elsewhere)
    assert find_refusing_rule(hall) == "full"


def test_taken_elsewhere_and_here_are_added(hall):
    make_others_at(hall, hall.urban, 2)
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=3)
    assert find_refusing_rule(hall) == "full"
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=2)
    assert claim_as_secretary(hall).place == 3


def test_a_refusal_offers_the_nearest_streets_of_the_codes_kind_that_have_room(hall):
    Street.objects.filter(pk__in=[hall.urban.pk, hall.urbans[1].pk]).update(taken_elsewhere=5)
    with pytest.raises(ClaimRefusedError) as refusal:
        claim_as_secretary(hall)
    assert [row["id"] for row in refusal.value.alternatives] == [hall.urbans[0].pk, hall.urbans[2].pk]
    with pytest.raises(ClaimRefusedError) as refusal:
        claim_as_secretary(hall, hall.suburban)
    assert {row["kind"] for row in refusal.value.alternatives} == {"urban"}


def test_the_hall_counts_every_school(hall):
    make_others_at(hall, hall.urban, 2)
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=1)
    claim_as_secretary(hall, hall.urbans[0])
    rows = {row["id"]: row for row in hall_rows(hall.world.year.pk)}
    assert (rows[hall.urban.pk]["left"], rows[hall.urban.pk]["state"]) == (2, "open")
    assert (rows[hall.urbans[0].pk]["left"], rows[hall.urbans[0].pk]["state"]) == (4, "mine")
    assert rows[hall.suburban.pk]["left"] == 3


# --- permissions ----------------------------------------------------------------------------------------------


def test_nobody_claims_for_a_college_of_others(hall):
    world = hall.world
    for user in (world.secretary_b, world.bh.admin, world.member, world.liaison, world.branch_secretary):
        with pytest.raises(ValidationError, match="没有找到这个学院"):
            claim_as_secretary(hall, user=user)
    assert not Pairing.objects.exists()


def test_the_school_claims_with_a_reason_without_typing_the_code_also_outside_the_window(hall):
    admin, late = hall.world.admin, hall.world.year.pairing_closes_at + timedelta(days=2)
    with pytest.raises(ValidationError, match="原因"):
        claim_as_secretary(hall, user=admin, code="", now=late)
    pairing = claim_as_secretary(hall, user=admin, code="", now=late, reason="网络故障，补办")
    assert (pairing.claimed_for, pairing.claimed_by, pairing.code) == ("网络故障，补办", admin, hall.code_a)


def test_every_other_rule_holds_for_the_school_too(hall):
    admin = {"user": hall.world.admin, "code": "", "reason": "代办"}
    assert find_refusing_rule(hall, hall.suburban, **admin) == "kind"
    Street.objects.filter(pk=hall.urban.pk).update(taken_elsewhere=5)
    assert find_refusing_rule(hall, **admin) == "full"
    PairingCode.objects.filter(pk=hall.code_a.pk).update(college=None, state=PairingCode.State.RETURNED)
    with pytest.raises(ClaimRefusedError, match="这个学院还没有结对码"):
        claim_as_secretary(hall, **admin)


def test_a_secretary_does_not_open_the_window_with_a_reason(hall):
    early = hall.world.year.pairing_opens_at - SECOND
    assert find_refusing_rule(hall, now=early, reason="想早一点") == "window"
    assert claim_as_secretary(hall, reason="没有必要的原因").claimed_for == ""


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
    taken = claim_as_secretary(hall)
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
    claim_as_secretary(hall)
    Pairing.objects.update(code=hall.code_b)
    PairingCode.objects.filter(pk=hall.code_a.pk).update(state="handed_out")
    monkeypatch.setattr(claims, "claim_problem", lambda facts: ("", ""))
    assert find_refusing_rule(hall, hall.urbans[0]) == "paired"


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
    before = read_tables()
    target, name = cut[step]
    monkeypatch.setattr(target, name, kill_before(getattr(target, name)))
    with pytest.raises(OperationalError):
        claim_as_secretary(hall)
    connection.close()
    assert read_tables() == before
    pairing = claim_as_secretary(hall)
    assert Pairing.objects.get() == pairing == ServiceTeam.objects.get().pairing
    assert PairingCode.objects.get(pk=hall.code_a.pk).state == "used"


def test_a_claim_made_twice_is_made_once(hall):
    """A user who did not see the first answer gets the same pairing again, even after the hall has closed."""
    first = claim_as_secretary(hall)
    before = read_tables()
    assert claim_as_secretary(hall, now=hall.world.year.pairing_closes_at + SECOND) == first
    assert read_tables() == before


def test_a_claim_of_the_school_made_twice_is_made_once(hall):
    by_school = {"user": hall.world.admin, "code": "", "reason": "书记出差"}
    assert claim_as_secretary(hall, **by_school) == claim_as_secretary(hall, **by_school)


def test_somebody_elses_claim_or_another_code_is_not_ones_own_again(hall):
    claim_as_secretary(hall)
    assert find_refusing_rule(hall, user=make_secretary(hall.world.college_a)) == "code_used"
    assert find_refusing_rule(hall, code=hall.code_stock.code) == "code"
