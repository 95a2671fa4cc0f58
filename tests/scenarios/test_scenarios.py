"""Compares the commands with a reference that knows nothing of the portal, on schools that consist of files only."""

import json
import random
import time
from io import StringIO

import pytest
from django.core.management import call_command

from members.models import Member, ServiceYear
from reports.queries.eligibility import judge_members, judge_one
from tests.scenarios.files import written
from tests.scenarios.generator import File, scenario
from tests.scenarios.reference import answer

pytestmark = pytest.mark.django_db
# Small schools that together have every kind of file, one or two ledgers that count, and both sides of every
# threshold. `scenario` accepts any other number too.
SEEDS = [88, 26, 146, 185, 171]
UNCHANGED = 88  # in this school no file corrects another


def said(command: str, *args, **options) -> dict:
    out = StringIO()
    call_command(command, *args, json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


@pytest.fixture
def bring(tmp_path):
    """Return a function `bring(school, files)` that imports files and returns the report of each."""

    def bring(school: str, files: list[File]) -> list[dict]:
        return [said("import_file", file.kind, str(written(file, tmp_path)), school=school) for file in files]

    return bring


def opened(school: str, seed: int) -> list[File]:
    """Create a school with the rules of the scenario; return its files."""
    case = scenario(seed)
    said("create_school", school, f"{school}大学", year=2018)
    ServiceYear.objects.filter(school__code=school).update(
        appraisal_sources=case.sources, required_minutes=case.required, floor_percent=case.floor
    )
    return case.files


def answers(school: str) -> tuple[dict, dict]:
    return tuple(
        in_order(said(command, school=school, year=2018)) for command in ("eligibility", "registration_rates")
    )


def expected(seed: int) -> tuple[dict, dict]:
    return tuple(in_order(part) for part in answer(scenario(seed)))


def in_order(part: dict) -> dict:
    names = ("student_no", "college", "branch")
    return {
        key: sorted(rows, key=lambda row: [row.get(name, "") for name in names]) for key, rows in part.items()
    }


def any_order(files: list[File], seed: int) -> list[File]:
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
def test_the_commands_say_what_a_reader_of_the_notice_and_the_files_says(bring, seed):
    bring("SJ", opened("SJ", seed))
    eligibility, rates = answers("SJ")
    assert (eligibility, rates) == expected(seed)
    for row in eligibility["members"]:
        assert bool(row["reasons"]) == row["honour_bar"] == (not row["excellent"])
        assert all("二(二)" in reason["clause"] and "四.3" in reason["clause"] for reason in row["reasons"])
    assert all(bool(row["reasons"]) == bool(row["honour_bar"]) for row in eligibility["branches"])


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_neither_the_order_of_the_files_nor_their_repetition_changes_the_answer(bring, seed):
    files = any_order(opened("SJ", seed), seed)
    for _ in range(
        3
    ):  # three times: the hours of a person in the last file only are counted in the third import
        bring("SJ", files)
    assert answers("SJ") == expected(seed)


def test_the_same_files_again_change_nothing(bring):
    files = opened("SJ", UNCHANGED)
    bring("SJ", files)
    assert {(report["created"], report["updated"]) for report in bring("SJ", files)} == {(0, 0)}


def test_the_clock_of_the_server_does_not_matter(bring, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        bring("SJ", opened("SJ", UNCHANGED))
        assert answers("SJ") == expected(UNCHANGED)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_two_schools_with_the_same_numbers_do_not_meet(bring):
    for school, seed in (("SJ", SEEDS[0]), ("SB", SEEDS[1])):
        bring(school, opened(school, seed))
    assert answers("SJ") == expected(SEEDS[0])
    assert answers("SB") == expected(SEEDS[1])


def test_everybody_alone_has_the_verdict_that_stands_in_the_list_of_all(bring):
    bring("SJ", opened("SJ", UNCHANGED))
    year = ServiceYear.objects.get(school__code="SJ")
    everybody = Member.objects.filter(school=year.school, stage="member", state="active").order_by(
        "student_no"
    )
    together = list(judge_members(everybody, year))
    assert len(together) > 10
    assert together == [judge_one(member, year) for member in everybody]
    keys = [row.pk for row in together]
    pages = [keys[start : start + 7] for start in range(0, len(keys), 7)]
    assert together == [row for page in pages for row in judge_members(everybody.filter(pk__in=page), year)]


def test_more_confirmed_hours_make_no_verdict_worse(bring):
    bring("SJ", opened("SJ", UNCHANGED))
    before, _ = answers("SJ")
    names = dict(Member.objects.filter(school__code="SJ").values_list("student_no", "name"))
    more = File(
        "hours",
        "共青团时长-补",
        "xlsx",
        (),
        ("学号", "姓名", "项目名称", "服务日期", "服务时长", "状态"),
        tuple((number, name, "冬季清雪", "2018-12-30", "7小时", "已确认") for number, name in names.items()),
    )
    bring("SJ", [more])
    after, _ = answers("SJ")
    pairs = list(zip(before["members"], after["members"], strict=True))
    for old, new in pairs:
        assert new["minutes"] == old["minutes"] + 420
        assert new["excellent"] >= old["excellent"]
        assert new["honour_bar"] <= old["honour_bar"]
        assert len(new["reasons"]) <= len(old["reasons"])
    assert any(new["excellent"] > old["excellent"] for old, new in pairs)
