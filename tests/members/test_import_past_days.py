"""A roster speaks of its day: what it says of a past day is written, although nothing changes today."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from members.models import MemberEvent
from members.services import spells
from members.services.spells import Kind as SpellKind
from members.services.spells import Place, move_people
from tests.factories import BranchFactory, MemberFactory
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    count_outcome,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    preview_import,
    run_import,
    run_import_command,
)
from tests.walk import read_text

LATE, MOVED_ON = date(2018, 10, 20), date(2018, 11, 15)
STATES = (*ROSTER_HEADER, "状态")
STAGES = (*ROSTER_HEADER, "发展阶段")
ONE, TWO = "法学1801团支部", "法学1802团支部"


@pytest.fixture
def person(world):
    return MemberFactory(branch=world.a1, student_no="2018010050", name="乔迁", phone="13900000001")


@pytest.fixture
def give(world, tmp_path):
    """Return a function that imports rows by the command and returns its report."""

    def import_rows(*rows, header=ROSTER_HEADER, as_of=LATE, **options):
        path = tmp_path / "名单.xlsx"
        path.write_bytes(make_roster_file(*rows, header=header))
        return run_import_command("roster", path, school="JH", as_of=str(as_of), **options)

    return import_rows


@pytest.fixture
def import_rows(world):
    def import_given_rows(*rows, header=ROSTER_HEADER, by=None, as_of=LATE, **options):
        content = make_roster_file(*rows, header=header)
        return run_import(Kind.ROSTER, content, by=by or world.admin, as_of=as_of, **options)

    return import_given_rows


def move(person, on=MOVED_ON, *, branch=None, stage=None, state=None) -> None:
    person.refresh_from_db()
    place = Place((branch or person.branch).pk, stage or person.stage, state or person.state)
    move_people(moves={person.pk: place}, on=on, kind=SpellKind.CHANGE)
    person.refresh_from_db()


def list_spells(person) -> list[tuple]:
    rows = person.spells.order_by("starts_on").select_related("branch")
    return [(str(row.starts_on), row.branch.name, row.stage, row.state) for row in rows]


def test_a_late_file_says_since_when_somebody_is_where_they_are_today(world, person, give):
    move(person, branch=world.a2)
    report = give(make_roster_row(person))
    assert (report["updated"], report["reverting"], report["errors"]) == (1, 0, [])
    assert list_spells(person) == [
        ("2018-09-01", ONE, "member", "active"),
        ("2018-10-20", TWO, "member", "active"),
    ]


def test_the_rates_of_a_day_between_file_and_change_are_those_of_the_file(world, person, give):
    def count_members(day: str) -> dict:
        out = StringIO()
        call_command("registration_rates", "--school=JH", "--as-of", day, "--json", stdout=out)
        return {row["branch"]: row["members"] for row in json.loads(out.getvalue())["branches"]}

    move(person, branch=world.a2)
    before = {day: count_members(day) for day in ("2018-10-19", "2018-10-20", "2018-10-30", "2018-11-15")}
    give(make_roster_row(person))
    for day in ("2018-10-19", "2018-11-15"):
        assert count_members(day) == before[day]
    for day in ("2018-10-20", "2018-10-30"):
        old = before[day]
        assert count_members(day) == old | {ONE: old[ONE] - 1, TWO: old[TWO] + 1}


def test_the_same_late_file_again_changes_nothing(world, person, give):
    move(person, branch=world.a2)
    give(make_roster_row(person))
    before = list(person.spells.order_by("pk").values())
    assert give(make_roster_row(person))["unchanged"] == 1
    assert list(person.spells.order_by("pk").values()) == before


def test_a_late_file_between_two_changes_leaves_the_later_one(world, person, give):
    move(person, date(2018, 11, 1), state="exchange")
    move(person, branch=world.a2, state="active")
    give(make_roster_row(person))
    assert list_spells(person) == [
        ("2018-09-01", ONE, "member", "active"),
        ("2018-10-20", TWO, "member", "active"),
        ("2018-11-01", ONE, "member", "exchange"),
        ("2018-11-15", TWO, "member", "active"),
    ]


def test_a_file_of_a_day_before_everything_says_what_was_first(person, give):
    move(person, state="army")
    assert give((*make_roster_row(person), "参军"), header=STATES, as_of="2018-08-01")["updated"] == 1
    assert list_spells(person) == [
        ("2018-08-01", ONE, "member", "army"),
        ("2018-09-01", ONE, "member", "active"),
        ("2018-11-15", ONE, "member", "army"),
    ]
    assert person.spells.get(first=True).state == "army"


def test_a_file_from_before_that_says_what_the_first_spell_says_changes_nothing(person, give):
    assert give(make_roster_row(person), as_of="2018-08-01")["unchanged"] == 1
    assert list_spells(person) == [("2018-09-01", ONE, "member", "active")]


def test_a_file_from_before_somebodys_entry_that_has_them_shows_they_were_here(person, give):
    person.spells.update(not_before=date(2018, 8, 15))
    phones = (person.student_no, person.name, person.phone)
    assert give(phones, header=("学号", "姓名", "手机号码"), as_of="2018-08-01")["unchanged"] == 1
    assert give(make_roster_row(person), as_of="2018-08-01")["updated"] == 1
    assert person.spells.covering(date(2018, 8, 1)).exists()
    assert not person.spells.covering(date(2018, 7, 31)).exists()
    assert give(make_roster_row(person), as_of="2018-08-01")["unchanged"] == 1


# --- only what the file says ---


def test_what_a_late_file_does_not_say_stays_as_it_was_that_day(world, person, give):
    move(person, branch=world.a2, state="army")
    give(make_roster_row(person))
    assert list_spells(person) == [
        ("2018-09-01", ONE, "member", "active"),
        ("2018-10-20", TWO, "member", "active"),
        ("2018-11-15", TWO, "member", "army"),
    ]


def test_a_late_list_of_phones_says_nothing_of_the_day(world, person, give):
    move(person, branch=world.a2, state="army")
    row = (person.student_no, person.name, "13900000009")
    assert give(row, header=("学号", "姓名", "手机号码"))["updated"] == 1
    assert len(list_spells(person)) == 2


@pytest.mark.parametrize(("then", "now"), [("student", "activist"), ("activist", "student")])
def test_masses_without_a_stage_say_nothing_of_somebody_on_the_way(world, give, then, now):
    person = MemberFactory(branch=world.a1, stage=then)
    move(person, stage=now)
    assert give(make_roster_row(person, politics="群众"))["unchanged"] == 1
    assert len(list_spells(person)) == 2


def test_a_late_file_tells_since_when_somebody_is_an_activist(world, give):
    person = MemberFactory(branch=world.a1, stage="student")
    move(person, stage="activist")
    row = (*make_roster_row(person, politics="群众"), "入团积极分子")
    assert give(row, header=STAGES)["updated"] == 1
    assert list_spells(person)[1:] == [("2018-10-20", ONE, "activist", "active")]


def test_another_spelling_of_the_branch_of_that_day_is_no_other_branch(world, person, give):
    twin = BranchFactory(college=world.a1.college, name="法学1801支部", twin=True)
    move(person, branch=twin)
    assert give(make_roster_row(person, branch="法学1801"))["unchanged"] == 1
    assert len(list_spells(person)) == 2


def test_a_late_row_that_differs_from_today_still_goes_back_only_by_force(world, person, give):
    move(person, branch=world.a2)
    row = make_roster_row(person, branch=ONE, phone="13900000008")
    with pytest.raises(CommandError, match="1 条将回到以前的状态"):
        give(row)
    assert give(row, force=True)["updated"] == 1
    assert list_spells(person) == [("2018-09-01", ONE, "member", "active")]


# --- preview, followers, scope ---


def test_the_preview_shows_what_was_known_of_the_day_and_what_the_file_says(world, person, client_of):
    move(person, branch=world.a2, state="army")
    row = (*make_roster_row(person), "参军")
    run = preview_import(Kind.ROSTER, make_roster_file(row, header=STATES), by=world.admin, as_of=LATE)
    assert count_outcome(run) == {"changed": 1}
    assert [change[1:] for change in run.rows.get().describe_changes(Kind.ROSTER)] == [
        ("当日情况", f"2018-10-20 在{ONE}，在籍", f"在{TWO}，参军")
    ]
    page = read_text(client_of(world.admin).get(run.get_absolute_url()))
    assert "当日情况" in page
    assert "回到以前的状态" not in page
    assert len(list_spells(person)) == 2  # nothing is written before it is confirmed


def test_a_late_file_about_another_college_names_both(world, person, import_rows):
    move(person, branch=world.b1)
    run = import_rows(make_roster_row(person))
    ((_, label, old, new),) = run.rows.get().describe_changes(Kind.ROSTER)
    assert (label, old) == ("当日情况", f"2018-10-20 在{world.college_a.name} {ONE}")
    assert new == f"在{world.college_b.name} {world.b1.name}"
    assert run.rows.get().status == "changed"


def test_what_only_the_past_changes_is_no_row_of_the_persons_history(world, person, import_rows):
    move(person, branch=world.a2)
    before = MemberEvent.objects.filter(pgh_obj=person).count()
    import_rows(make_roster_row(person))
    assert MemberEvent.objects.filter(pgh_obj=person).count() == before
    assert list_spells(person)[1][0] == "2018-10-20"


def test_followers_hear_nothing_of_the_past(world, person, import_rows, monkeypatch):
    move(person, branch=world.a2)
    heard: list = []
    monkeypatch.setattr(spells, "FOLLOWERS", [heard.extend])
    import_rows(make_roster_row(person, phone="13900000007"))
    person.refresh_from_db()
    assert (heard, person.phone, len(list_spells(person))) == ([], "13900000007", 2)
    assert list_spells(person)[1][0] == "2018-10-20"


def test_no_college_takes_somebody_out_of_the_past_of_another(world, person, import_rows):
    move(person, branch=world.b1)
    before = list_spells(person)
    run = import_rows(make_roster_row(person), by=world.admin, college=world.college_b)
    assert list_row_problems(run) == {2: "该学号在 2018-10-20 属于其他学院，请由校团委导入"}
    assert list_spells(person) == before


def test_a_college_without_the_branch_does_not_say_where_somebody_was(world, person, import_rows):
    move(person, branch=world.b1)
    header = ("学号", "姓名", "学院")
    run = import_rows((person.student_no, person.name, world.college_b.name), header=header)
    assert list_row_problems(run) == {
        2: f"缺少团支部，不能判断 2018-10-20 在“{world.college_b.name}”的哪个团支部"
    }
