"""The sample ledgers of 京华大学 give exactly the expected figures."""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from activities.models import RecordLink, ServiceRecord
from activities.queries.totals import sum_minutes_by_member
from members.models import Member, School, VolunteerRecord
from members.models.years import Source
from members.services.schools import create_school
from tests.activities.counting import sum_by_sources
from tests.members.import_files import run_import_command

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
FILES = {
    "roster": ("roster", DATA / "团员花名册.xlsx"),
    "people": ("volunteers", DATA / "志愿北京_志愿者名单.xlsx"),
    "league": ("hours", DATA / "北京共青团_时长明细.xlsx"),
    "volunteers": ("hours", DATA / "志愿北京_时长明细.csv"),
}
YEAR = (date(2018, 1, 1), date(2018, 12, 31))
LEAGUE, VOLUNTEERS = [Source.LEAGUE], [Source.VOLUNTEER_BEIJING]

pytestmark = [
    pytest.mark.skipif(not FILES["league"][1].exists(), reason=f"the sample files are not at {DATA}"),
    pytest.mark.django_db,
]


@pytest.fixture(scope="module")
def expected() -> dict:
    return json.loads((DATA / "expected.json").read_text(encoding="utf-8"))


def import_samples(*names: str) -> list[dict]:
    """Make a school, import these files into it, and return the report of each."""
    create_school(code="JH", name="京华大学", year=2018)
    return [run_import_command(FILES[name][0], FILES[name][1], school="JH") for name in names]


def sum_minutes_by_number(sources) -> dict[str, int]:
    """Return {student number: minutes} in 2018, without people who have none."""
    numbers = dict(Member.objects.values_list("pk", "student_no"))
    return {
        numbers[pk]: count for pk, count in sum_by_sources(School.objects.get(code="JH"), sources).items()
    }


def read_expected(expected, key) -> dict[str, int]:
    return {number: person[key] for number, person in expected["people"].items() if person[key]}


def list_excellent() -> set[str]:
    """Return the student numbers eligible for 优秀, as the command prints them."""
    out = StringIO()
    call_command("eligibility", year=2018, json=True, stdout=out)
    return {row["student_no"] for row in json.loads(out.getvalue())["members"] if row["excellent"]}


def is_expected_to_pass(person: dict) -> bool:
    """Does a person of `expected.json` fulfil 二(二)?"""
    member = person["stage"] in ("团员", "中共预备党员")
    return member and person["registered"] and person["league_minutes_2018"] >= 1200


@pytest.mark.parametrize(
    "order", [("league", "volunteers", "league"), ("volunteers", "league", "volunteers")]
)
def test_the_ledgers_in_either_order_and_twice_give_what_is_expected(expected, order):
    """志愿北京 knows only people with a matched number; the rows of all others wait."""
    _, _, *reports = import_samples("roster", "people", *order)
    figures = expected["hours_2018"]
    league = reports[order.index("league")]
    assert (league["created"], league["errors"]) == (figures["records"] + figures["pending"], [])
    assert ServiceRecord.objects.pending().count() == figures["pending"]
    assert (reports[2]["created"], reports[2]["updated"]) == (0, 0)
    assert sum_minutes_by_number(LEAGUE) == read_expected(expected, "league_minutes_2018")
    counted = sum_minutes_by_member(Member.objects.counted(), *YEAR, "appraisal")
    assert sum(count >= 1200 for count in counted.values()) == figures["members_with_20h"]
    assert list_excellent() == {
        number for number, person in expected["people"].items() if is_expected_to_pass(person)
    }
    in_volunteers = read_expected(expected, "bv_minutes_2018")
    known = set(Member.objects.exclude(volunteer_no="").values_list("student_no", flat=True))
    assert sum_minutes_by_number(VOLUNTEERS) == {
        number: count for number, count in in_volunteers.items() if number in known
    }
    unmatched = Member.objects.filter(student_no__in=in_volunteers.keys() - known)
    waiting = VolunteerRecord.objects.unclear().values_list("name", flat=True)
    assert set(unmatched.values_list("name", flat=True)) <= set(waiting)
    # Every service in 志愿北京 is in 北京共青团 too, so both together give no more than the larger one.
    assert sum_minutes_by_number([*LEAGUE, *VOLUNTEERS]) == sum_minutes_by_number(LEAGUE)
    assert RecordLink.objects.count() == 2 * ServiceRecord.objects.filter(source=VOLUNTEERS[0]).count()
