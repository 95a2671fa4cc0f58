"""The sample files of 京华大学, in the form that schools have, give exactly the expected figures."""

import json
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import F

from members.models import Branch, College, Member, Street, VolunteerRecord
from members.services.schools import create_school
from tests.members.import_files import read_counts, run_import_command

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
ROSTER, VOLUNTEERS = DATA / "团员花名册.xlsx", DATA / "志愿北京_志愿者名单.xlsx"
STREETS = DATA / "街乡名录.xlsx"
FILES = {"roster": ROSTER, "volunteers": VOLUNTEERS, "streets": STREETS}
REASONS = {
    "duplicate": "重复",
    "no number": "缺少学号",
    "no name": "缺少姓名",
    "no branch": "缺少团支部",
    "conflict": "姓名不同",
}
STAGES = {
    "团员": ("member", ""),
    "中共预备党员": ("member", "probationary"),
    "入团积极分子": ("activist", ""),
    "群众": ("student", ""),
}

pytestmark = [
    pytest.mark.skipif(not ROSTER.exists(), reason=f"the sample files are not at {DATA}"),
    pytest.mark.django_db,
]


@pytest.fixture(scope="module")
def expected() -> dict:
    return json.loads((DATA / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def school(db):
    return create_school(code="JH", name="京华大学", year=2018)[0]


def import_samples(*kinds: str) -> list[dict]:
    return [run_import_command(kind, FILES[kind], school="JH") for kind in kinds]


def list_registered_people() -> set[str]:
    return set(Member.objects.registered().values_list("student_no", flat=True))


def test_every_person_stands_where_the_roster_puts_them(school, expected):
    (report,) = import_samples("roster")
    assert report["created"] == expected["roster"]["people"] == Member.objects.count()
    assert Member.objects.counted().count() == expected["roster"]["league_members"]
    assert College.objects.count() == expected["roster"]["colleges"]
    assert Branch.objects.count() == expected["roster"]["branches"]
    columns = ("student_no", "stage", "party", "branch__college__name", "branch__name")
    found = {number: tuple(rest) for number, *rest in Member.objects.values_list(*columns)}
    assert found == {
        number: (*STAGES[person["stage"]], person["college"], person["branch"])
        for number, person in expected["people"].items()
    }


def test_bad_rows_of_the_roster_come_back_with_their_number_and_reason(school, expected):
    (report,) = import_samples("roster")
    assert [error["row"] for error in report["errors"]] == [row for row, _ in expected["roster"]["bad_rows"]]
    for error, (_, kind) in zip(report["errors"], expected["roster"]["bad_rows"], strict=True):
        assert REASONS[kind] in error["reason"]


def test_exactly_the_expected_people_are_registered(school, expected):
    _, report = import_samples("roster", "volunteers")
    assert list_registered_people() == {
        no for no, person in expected["people"].items() if person["registered"]
    }
    assert report["rows"] == expected["volunteers"]["rows"]
    assert report["errors"] == []


def test_strangers_and_rows_without_a_phone_are_left_to_people(school, expected):
    _, report = import_samples("roster", "volunteers")
    waiting = VolunteerRecord.objects.unclear()
    why = Counter("name_only" if not record.phone else "strangers" for record in waiting)
    assert why == {key: expected["volunteers"][key] for key in ("strangers", "name_only")}
    assert report["unclear"] == sum(why.values())


def test_rates_by_college_and_branches_below_the_line(school, expected):
    import_samples("roster", "volunteers")
    counted_people = Member.objects.counted().select_related("branch__college")
    members, registered = Counter(), Counter()
    for member in counted_people:
        place = (member.branch.college.name, member.branch.name)
        members[place] += 1
        registered[place] += member.is_registered
    by_college = {
        college: {
            "members": sum(n for place, n in members.items() if place[0] == college),
            "registered": sum(n for place, n in registered.items() if place[0] == college),
        }
        for college in {place[0] for place in members}
    }
    assert by_college == expected["by_college"]
    below = [[*p, registered[p], n] for p, n in members.items() if 100 * registered[p] < 95 * n]
    assert sorted(below) == sorted(expected["branches_below_95"])


def test_streets_and_those_without_a_free_place(school, expected):
    (report,) = import_samples("streets")
    assert report["created"] == expected["streets"]["rows"] == Street.objects.count()
    full = Street.objects.filter(kind="urban", taken_elsewhere__gte=5) | Street.objects.filter(
        kind="suburban", taken_elsewhere__gte=3
    )
    assert full.count() == expected["streets"]["full"]
    assert not Street.objects.filter(taken_as_of=None).exists()
    assert set(Street.objects.values_list("taken_source", flat=True)) == {"文件“街乡名录.xlsx”"}


def test_a_street_of_the_same_name_in_two_districts_is_two_streets(school):
    import_samples("streets")
    districts = Street.objects.filter(name="八里庄街道").values_list("district", flat=True)
    assert sorted(districts) == ["朝阳区", "海淀区"]


def test_the_same_files_again_change_nothing(school, expected):
    first = import_samples("roster", "volunteers", "streets")
    events = Member.pgh_event_model.objects.count()
    again = import_samples("roster", "volunteers", "streets")
    for before, after in zip(first, again, strict=True):
        assert read_counts(after) == (
            0,
            0,
            before["created"],
            before["unclear"],
            len(before["errors"]),
        )
        assert after["errors"] == before["errors"]
    assert Member.pgh_event_model.objects.count() == events


@pytest.mark.parametrize(
    "order",
    [
        ("roster", "volunteers"),
        ("volunteers", "roster"),
        ("roster", "roster", "volunteers"),
        ("volunteers", "volunteers", "roster", "volunteers"),
    ],
)
def test_the_order_of_the_files_does_not_matter(school, expected, order):
    import_samples(*order)
    assert list_registered_people() == {
        no for no, person in expected["people"].items() if person["registered"]
    }
    waiting = sum(expected["volunteers"][key] for key in ("strangers", "name_only"))
    assert VolunteerRecord.objects.unclear().count() == waiting
    matched = VolunteerRecord.objects.filter(state="matched", volunteer_no=F("member__volunteer_no"))
    assert matched.count() == expected["volunteers"]["rows"] - waiting
