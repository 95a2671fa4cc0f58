"""One unit under several spellings of its name, in every file and command that names units (requirements §3)."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Branch, College, Grant
from tests.factories import BranchFactory, CollegeFactory, MemberFactory
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
from tests.members.sheet_files import make_xlsx
from tests.walk import read_text

MIGRATION = next(Path("members/migrations").glob("*_names_and_older_files.py")).stem


def make_rows(*branches: str, college: str = "信息学院", start: int = 1) -> list[tuple]:
    return [
        (f"2018{n:06}", f"新生{n}", college, name, "共青团员", "")
        for n, name in enumerate(branches, start=start)
    ]


def list_branches(college: str = "信息学院") -> list[str]:
    return list(Branch.objects.filter(college__name=college).values_list("name", flat=True))


def import_roster(world, *rows, **options):
    return run_import(Kind.ROSTER, make_roster_file(*rows), by=world.admin, **options)


# --- rosters ---


def test_two_spellings_in_one_new_file_are_one_branch_under_the_fullest_name(world):
    run = import_roster(world, *make_rows("信息1班", "信息1班团支部", "信息1班支部", "信息１ 班 团支部"))
    assert (count_outcome(run), list_branches()) == ({"new": 4}, ["信息1班团支部"])
    assert run.figures["new_organisations"] == ["信息学院 信息1班团支部"]


@pytest.mark.parametrize(
    "spelling", ["信息学院", "信息学院团委", "信息学院分团委", "共青团京华大学信息学院委员会"]
)
def test_spellings_of_a_college_are_one_college(world, spelling):
    import_roster(world, *make_rows("信息1班"))
    import_roster(world, *make_rows("信息1班", college=spelling), *make_rows("信息1班", "信息1班")[1:])
    assert list(College.objects.filter(name__contains="信息").values_list("name", flat=True)) == ["信息学院"]


def test_the_portal_keeps_the_name_it_has(world):
    import_roster(world, *make_rows("信息1班"))
    run = import_roster(world, *make_rows("信息1班团支部", "信息1班支部"))
    assert (count_outcome(run), list_branches()) == ({"same": 1, "new": 1}, ["信息1班"])


def test_another_spelling_moves_nobody(world):
    people = [MemberFactory(branch=world.a1) for _ in range(3)]
    spellings = ("法学1801", "法学1801 支部", "共青团京华大学法学院法学1801支部")
    rows = [make_roster_row(p, branch=name) for p, name in zip(people, spellings, strict=True)]
    assert count_outcome(import_roster(world, *rows)) == {"same": 3}


def test_units_of_the_party_are_other_branches(world):
    import_roster(world, *make_rows("信息1班团支部", "信息1班党支部", "信息1班团总支"))
    assert set(list_branches()) == {"信息1班团总支", "信息1班团支部", "信息1班党支部"}


def test_branches_of_one_name_in_two_colleges_stay_two(world):
    rows = make_rows("1班团支部", "1班")
    import_roster(world, rows[0], (*rows[1][:2], "法学院", *rows[1][3:]))
    assert (list_branches(), Branch.objects.filter(name__startswith="1班").count()) == (["1班团支部"], 2)


def test_a_college_secretary_writes_the_own_college_in_any_spelling(world):
    run = run_import(
        Kind.ROSTER,
        make_roster_file(*make_rows("法学1801", college="法学院团委")),
        by=world.secretary,
    )
    assert count_outcome(run) == {"new": 1}


def test_an_import_asks_the_same_of_2_and_of_40_new_branches(world):
    found = []
    for count in (1, 2, 40):  # the first fills what the account and the process keep
        content = make_roster_file(
            *make_rows(*(f"{count}系{n}班" for n in range(count)), college=f"{count}学院")
        )
        with CaptureQueriesContext(connection) as queries:
            run_import(Kind.ROSTER, content, by=world.admin)
        found.append(len(queries))
    assert found[1] == found[2]


# --- other files and commands ---


def make_organisation_file(*rows) -> bytes:
    return make_xlsx(("组织名称", "上级组织"), *rows)


def test_the_list_of_organisations_finds_a_branch_under_another_spelling_and_shows_the_name(world):
    import_roster(world, *make_rows("信息1班"))
    run = run_import(
        Kind.ORGANISATION,
        make_organisation_file(
            ("共青团京华大学信息学院委员会", "京华大学团委"), ("信息1班团支部", "信息学院团委")
        ),
        by=world.admin,
    )
    row = run.rows.get(key="信息1班团支部")
    assert (row.status, row.changes) == ("changed", {"name": ["信息1班", "信息1班团支部"]})
    assert list_branches() == ["信息1班团支部"]


def test_two_spellings_in_the_list_of_organisations_are_one(world):
    run = run_import(
        Kind.ORGANISATION,
        make_organisation_file(("信息1班团支部", "信息学院"), ("信息1班", "信息学院团委")),
        by=world.admin,
    )
    assert list_row_problems(run) == {3: "与第2行重复"}
    assert list_branches() == ["信息1班团支部"]


def test_a_branch_that_moves_is_found_by_any_spelling(world):
    run = run_import(Kind.ORGANISATION, make_organisation_file(("法学1802", "物理学院团委")), by=world.admin)
    world.a2.refresh_from_db()
    assert (count_outcome(run), world.a2.college) == ({"changed": 1}, world.college_b)


def test_appointments_find_units_in_any_spelling(world):
    lead = MemberFactory(branch=world.a2)
    run = run_import(
        Kind.ACCOUNTS,
        make_xlsx(
            ("学号/工号", "姓名", "角色", "学院", "团支部", "开始", "结束"),
            (
                lead.student_no,
                lead.name,
                "团支书",
                "法学院分团委",
                "共青团京华大学法学院法学1802支部",
                "",
                "",
            ),
        ),
        by=world.admin,
    )
    assert count_outcome(run) == {"new": 1}
    assert Grant.objects.get(branch=world.a2, user__number=lead.student_no)


def test_the_command_takes_every_spelling_of_a_college(world, tmp_path):
    path = tmp_path / "名单.xlsx"
    header = tuple(title for title in ROSTER_HEADER if title != "学院")
    path.write_bytes(make_xlsx(header, ("2018070001", "新生", "信息1班", "共青团员", "")))
    for spelling in ("信息学院团委", "信息学院", "共青团信息学院委员会"):
        run_import_command("roster", path, school="JH", college=spelling)
    assert list(College.objects.filter(name__contains="信息").values_list("name", flat=True)) == ["信息学院"]


def test_a_unit_that_is_made_by_hand_may_not_repeat_another(world):
    with pytest.raises(ValidationError, match="视为同一个团支部"):
        Branch(college=world.college_a, name="法学1801").full_clean()
    with pytest.raises(ValidationError, match="视为同一个学院"):
        College(school=world.school, name="法学院团委").full_clean()
    Branch(college=world.college_b, name="法学1801").full_clean()
    world.a1.full_clean()


# --- units that already share a key ---


@pytest.fixture
def twins(world):
    """Return two branches as an older portal had them: the second has most people."""
    first = BranchFactory(college=world.college_a, name="信息1班", twin=True)
    second = BranchFactory(college=world.college_a, name="信息1班团支部", twin=True)
    MemberFactory.create_batch(2, branch=second)
    MemberFactory(branch=first)
    Branch.objects.update(name_key="", twin=True)
    College.objects.update(name_key="", twin=True)
    import_module(f"members.migrations.{MIGRATION}").fill_keys(apps, None)
    return first, second


def test_the_migration_keeps_both_and_marks_the_one_with_fewer_people(world, twins):
    marked = list(Branch.objects.filter(twin=True).values_list("name", flat=True))
    assert marked == ["信息1班"]
    assert {b.name_key for b in Branch.objects.filter(pk__in=[b.pk for b in twins])} == {"信息1班"}
    assert not College.objects.filter(twin=True).exists()
    assert all(
        unit.name_key == unit.make_name_key() for unit in [*Branch.objects.all(), *College.objects.all()]
    )


def test_the_migration_marks_a_second_college(world):
    CollegeFactory(school=world.school, name="法学院团委", twin=True)
    Branch.objects.update(name_key="", twin=True)
    College.objects.update(name_key="", twin=True)
    import_module(f"members.migrations.{MIGRATION}").fill_keys(apps, None)
    assert [college.name for college in College.objects.filter(twin=True)] == ["法学院团委"]


def test_a_file_leaves_people_of_twins_where_they_are_unless_it_names_the_other(world, twins):
    first, second = twins
    inside, other = first.members.get(), second.members.first()
    run = import_roster(world, make_roster_row(inside, branch="信息1班支部"), make_roster_row(other))
    assert count_outcome(run) == {"same": 2}
    import_roster(world, make_roster_row(inside, branch="信息1班团支部"))
    inside.refresh_from_db()
    assert inside.branch == second


def test_the_tree_shows_twins(world, twins, client_of):
    page = client_of(world.admin).get(reverse("organisation"), {"flag": "twin"})
    shown = [branch.name for college in page.context["colleges"] for branch in college.branches]
    assert (shown, "疑似重名" in read_text(page)) == (["信息1班"], True)


def test_no_file_makes_a_unit_that_another_has_just_made(world):
    run = preview_import(Kind.ROSTER, make_roster_file(*make_rows("信息1班")), by=world.admin)
    import_roster(world, *make_rows("信息1班团支部", "信息1班团支部")[1:])
    run = run_import(Kind.ROSTER, make_roster_file(*make_rows("信息1班")), by=world.admin)
    assert (count_outcome(run), list_branches()) == ({"new": 1}, ["信息1班团支部"])
