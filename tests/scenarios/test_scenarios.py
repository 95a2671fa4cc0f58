"""Compares the commands with a reference that knows nothing of the portal, on schools that consist of files only."""

import json
import random
import time
from io import StringIO

import pytest
from django.core.management import call_command

from members.models import Member, ServiceYear
from reports.queries.eligibility import judge_members, judge_person
from tests.scenarios.files import write_file
from tests.scenarios.generator import File, make_scenario
from tests.scenarios.reference import compute_answer

pytestmark = pytest.mark.django_db
# Small schools that together have every kind of file, one or two ledgers that count, and both sides of every
# threshold. `make_scenario` accepts any other number too.
SEEDS = [88, 26, 146, 185, 171]
UNCHANGED = 88  # in this school no file corrects another


def run_command(command: str, *args, **options) -> dict:
    out = StringIO()
    call_command(command, *args, json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


@pytest.fixture
def import_files(tmp_path):
    """Return a function `import_files(school, files)` that imports files and returns the report of each."""

    def import_given_files(school: str, files: list[File], **options) -> list[dict]:
        return [
            run_command("import_file", file.kind, str(write_file(file, tmp_path)), school=school, **options)
            for file in files
        ]

    return import_given_files


def open_case(school: str, seed: int) -> list[File]:
    """Create a school with the rules of the scenario; return its files."""
    case = make_scenario(seed)
    run_command("create_school", school, f"{school}大学", year=2018)
    ServiceYear.objects.filter(school__code=school).update(
        appraisal_sources=case.sources, required_minutes=case.required, floor_percent=case.floor
    )
    return case.files


def read_answers(school: str) -> tuple[dict, dict]:
    return tuple(
        sort_rows(run_command(command, school=school, year=2018))
        for command in ("eligibility", "registration_rates")
    )


def compute_expected(seed: int) -> tuple[dict, dict]:
    return tuple(sort_rows(part) for part in compute_answer(make_scenario(seed)))


def sort_rows(part: dict) -> dict:
    names = ("student_no", "college", "branch")
    return {
        key: sorted(rows, key=lambda row: [row.get(name, "") for name in names])
        for key, rows in part.items()
        if key != "as_of"
    }


def shuffle_files(files: list[File], seed: int) -> list[File]:
    """Return the files shuffled, but a file that corrects another always after it."""
    chance = random.Random(seed)
    mixed = chance.sample(files, len(files))
    for first in ("花名册", "共青团时长"):
        places = [place for place, file in enumerate(mixed) if file.label.startswith(first)]
        ordered = sorted((mixed[place] for place in places), key=lambda file: len(file.label))
        for place, file in zip(places, ordered, strict=True):
            mixed[place] = file
    return mixed


@pytest.mark.parametrize("seed", SEEDS)
def test_the_commands_say_what_a_reader_of_the_notice_and_the_files_says(import_files, seed):
    import_files("SJ", open_case("SJ", seed))
    eligibility, rates = read_answers("SJ")
    assert (eligibility, rates) == compute_expected(seed)
    for row in eligibility["members"]:
        assert bool(row["reasons"]) == row["honour_bar"] == (not row["excellent"])
        assert all("二(二)" in reason["clause"] and "四.3" in reason["clause"] for reason in row["reasons"])
    assert all(bool(row["reasons"]) == bool(row["honour_bar"]) for row in eligibility["branches"])


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_neither_the_order_of_the_files_nor_their_repetition_changes_the_answer(import_files, seed):
    """Hours that come before their people wait. The files again, in the same order, need somebody's word (--force).

    An older roster then goes back to a former state, until the newer one follows.
    """
    files = shuffle_files(open_case("SJ", seed), seed)
    for again in (False, True):
        import_files("SJ", files, force=again)
        assert read_answers("SJ") == compute_expected(seed)


def test_the_same_files_again_change_nothing(import_files):
    files = open_case("SJ", UNCHANGED)
    import_files("SJ", files)
    assert {(report["created"], report["updated"]) for report in import_files("SJ", files)} == {(0, 0)}


def test_the_clock_of_the_server_does_not_matter(import_files, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        import_files("SJ", open_case("SJ", UNCHANGED))
        assert read_answers("SJ") == compute_expected(UNCHANGED)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_two_schools_with_the_same_numbers_do_not_meet(import_files):
    for school, seed in (("SJ", SEEDS[0]), ("SB", SEEDS[1])):
        import_files(school, open_case(school, seed))
    assert read_answers("SJ") == compute_expected(SEEDS[0])
    assert read_answers("SB") == compute_expected(SEEDS[1])


def test_everybody_alone_has_the_verdict_that_stands_in_the_list_of_all(import_files):
    import_files("SJ", open_case("SJ", UNCHANGED))
    year = ServiceYear.objects.get(school__code="SJ")
    everybody = Member.objects.filter(school=year.school, stage="member", state="active").order_by(
        "student_no"
    )
    together = list(judge_members(everybody, year))
    assert len(together) > 10
    assert together == [judge_person(member, year) for member in everybody]
    keys = [row.pk for row in together]
    pages = [keys[start : start + 7] for start in range(0, len(keys), 7)]
    assert together == [row for page in pages for row in judge_members(everybody.filter(pk__in=page), year)]


def test_more_confirmed_hours_make_no_verdict_worse(import_files):
    import_files("SJ", open_case("SJ", UNCHANGED))
    before, _ = read_answers("SJ")
    names = dict(Member.objects.filter(school__code="SJ").values_list("student_no", "name"))
    more = File(
        "hours",
        "共青团时长-补",
        "xlsx",
        (),
        ("学号", "姓名", "项目名称", "服务日期", "服务时长", "状态"),
        tuple((number, name, "冬季清雪", "2018-12-30", "7小时", "已确认") for number, name in names.items()),
    )
    import_files("SJ", [more])
    after, _ = read_answers("SJ")
    pairs = list(zip(before["members"], after["members"], strict=True))
    for old, new in pairs:
        assert new["minutes"] == old["minutes"] + 420
        assert new["excellent"] >= old["excellent"]
        assert new["honour_bar"] <= old["honour_bar"]
        assert len(new["reasons"]) <= len(old["reasons"])
    assert any(new["excellent"] > old["excellent"] for old, new in pairs)
