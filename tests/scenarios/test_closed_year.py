"""The figures of 2018 are those of its last day, whenever one asks: today, after files of 2026, after a roll-over."""

from datetime import date

import pytest

from members.models import Member
from tests.members.sheet_files import make_xlsx
from tests.scenarios.answers import read_eligibility, read_rates, run_command
from tests.scenarios.case_files import NUMBERED, VOLUNTEERS, make_name, make_number

pytestmark = pytest.mark.django_db
ROSTER = ("学号", "姓名", "学院", "团支部", "年级", "政治面貌", "学籍状态")
PEOPLE = 24


@pytest.fixture
def school(time_machine, tmp_path):
    """Return a function that imports rows into a school of 2018; it is 30 November 2026."""
    time_machine.move_to("2026-11-30 12:00 +0800")
    run_command("create_school", "JH", "京华大学", year=2018)

    def import_rows(kind: str, header: tuple, rows: list[tuple], *options: str) -> dict:
        path = tmp_path / "名单.xlsx"
        path.write_bytes(make_xlsx(header, *rows))
        report = run_command("import_file", kind, str(path), *options, school="JH")
        assert report["errors"] == []
        return report

    return import_rows


def fill_2018(import_rows) -> None:
    """Import 2018: two branches of two grades, most people registered, hours on both sides of the threshold."""
    import_rows(
        "roster",
        ROSTER,
        [place_person(place, branch=1 + place % 2) for place in range(PEOPLE)],
        *("--as-of", "2018-09-15"),
    )
    import_rows(
        "volunteers",
        VOLUNTEERS,
        [
            (f"1101080000{place:02}", make_name(place), "", make_number(place), f"2018-10-{1 + place:02}")
            for place in range(PEOPLE - 3)
        ],
    )
    import_rows(
        "hours",
        NUMBERED,
        [serve(place, f"2018-11-{1 + place:02}", 18 + place % 4) for place in range(PEOPLE)],
    )


def place_person(place: int, *, branch: int, state: str = "在读") -> tuple:
    grade = "2015" if place % 3 == 0 else "2018"
    return (
        make_number(place),
        make_name(place),
        "信息学院",
        f"{branch}班团支部",
        grade,
        "共青团员",
        state,
    )


def serve(place: int, day: str, stated: int) -> tuple:
    return (f"A{day}-{place}", make_number(place), make_name(place), "助老", day, "", "", stated, "已确认")


def import_2026(import_rows) -> None:
    """Import what 2026 brings: moves, departures, late registrations and new hours. The files are of today."""
    import_rows(
        "roster",
        ROSTER,
        [
            place_person(place, branch=9 if place % 4 else 1, state="毕业" if place % 3 == 0 else "在读")
            for place in range(PEOPLE)
        ],
    )
    import_rows(
        "volunteers",
        VOLUNTEERS,
        [
            (f"1101080000{place:02}", make_name(place), "", make_number(place), day)
            for place, day in ((PEOPLE - 3, "2026-03-01"), (PEOPLE - 2, ""))
        ],
    )
    import_rows("hours", NUMBERED, [serve(place, "2026-10-20", 8) for place in range(PEOPLE)])


def read_2018() -> tuple[dict, dict]:
    """Return verdicts and rates of 2018; units in which nobody was are left out, since a later file may add them."""
    rates = {unit: figures for unit, figures in read_rates("JH", 2018).items() if figures[0]}
    return read_eligibility("JH", 2018), rates


def roll_over(import_rows) -> None:
    """Roll 2018 over; those of 2015 graduate unless a file has told so before."""
    left = Member.objects.filter(school__code="JH", grade="2015", state="active").exists()
    run_command("roll_over", 2018, school="JH", graduates="2015" if left else "")


def check_2018(answer: tuple[dict, dict]) -> None:
    """Compare with figures worked out by hand, so that no later answer equals a wrong first one."""
    verdicts, rates = answer
    assert len(verdicts) == PEOPLE
    assert sum(row["registered"] for row in verdicts.values()) == PEOPLE - 3
    assert [verdicts[make_number(place)]["minutes"] for place in range(4)] == [1080, 1140, 1200, 1260]
    assert rates["信息学院"][:2] == [PEOPLE, PEOPLE - 3]
    assert rates["信息学院", "1班"] == [12, 11, 91.66, True]
    assert rates["信息学院", "2班"] == [12, 10, 83.33, True]


@pytest.mark.parametrize(
    "happenings",
    [(import_2026,), (roll_over,), (import_2026, roll_over), (roll_over, import_2026)],
    ids=["files of 2026", "a roll-over", "files, then a roll-over", "a roll-over, then files"],
)
def test_the_figures_of_2018_stay_after(happenings, school):
    fill_2018(school)
    before = read_2018()
    check_2018(before)
    for happening in happenings:
        happening(school)
        assert read_2018() == before


def test_the_figures_of_2018_are_those_of_its_last_day(school):
    fill_2018(school)
    import_2026(school)
    assert read_2018() == (
        read_eligibility("JH", 2018, date(2018, 12, 31)),
        {unit: row for unit, row in read_rates("JH", 2018, date(2018, 12, 31)).items() if row[0]},
    )


def test_a_change_on_the_last_day_belongs_to_the_year_and_one_on_new_year_to_the_next(school):
    fill_2018(school)
    school("roster", ROSTER, [place_person(0, branch=2)], "--as-of", "2018-12-31")
    school("roster", ROSTER, [place_person(2, branch=2)], "--as-of", "2019-01-01")
    rates = read_rates("JH", 2018)
    assert [rates["信息学院", "1班"][0], rates["信息学院", "2班"][0]] == [11, 13]


def test_today_is_asked_of_the_people_of_today(school):
    fill_2018(school)
    import_2026(school)
    roll_over_to_2026()
    verdicts, rates = read_eligibility("JH", 2026), read_rates("JH", 2026)
    assert len(verdicts) == 16  # the eight of 2015 have graduated
    assert {row["minutes"] for row in verdicts.values()} == {480}
    assert rates["信息学院"][0] == 16
    assert rates["信息学院", "9班"][0] == sum(place % 4 > 0 for place in range(PEOPLE) if place % 3)


def roll_over_to_2026() -> None:
    for year in range(2018, 2026):
        run_command("roll_over", year, school="JH")
