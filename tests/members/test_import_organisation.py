"""三(一): the comparison of the outside system's tree of organisations with the portal's, in both directions."""

import pytest
from django.core.exceptions import ValidationError

from members.models import Branch, College
from members.transfer.services import imports
from tests.factories import BranchFactory, CollegeFactory
from tests.members.import_files import Kind, count_outcome, list_row_problems, preview_import, run_import
from tests.members.sheet_files import make_xlsx

LISTED = ("组织编号", "组织名称", "上级组织", "组织类别")
PAIRS = ("学院", "团支部")
SCHOOL = ("JH00", "共青团京华大学委员会", "共青团北京市委员会", "团委")
LAW = ("JH01", "共青团京华大学法学院委员会", "共青团京华大学委员会", "团委")
PHYSICS = ("JH02", "京华大学物理学院团总支", "共青团京华大学委员会", "团总支")
LAW_1 = ("JH0101", "法学1801团支部", "共青团京华大学法学院委员会", "团支部")
LAW_2 = ("JH0102", "法学1802团支部", "法学院团委", "团支部")
PHYSICS_1 = ("JH0201", "物理1801团支部", "物理学院团总支", "团支部")
PHYSICS_2 = ("JH0202", "物理1802团支部", "物理学院团总支", "团支部")
WHOLE = (SCHOOL, LAW, LAW_1, LAW_2, PHYSICS, PHYSICS_1, PHYSICS_2)


@pytest.fixture
def import_rows(world):
    def import_given_rows(*rows, header=LISTED):
        return run_import(Kind.ORGANISATION, make_xlsx(header, *rows), by=world.admin)

    return import_given_rows


@pytest.fixture
def numbered_world(world, import_rows):
    """Return `world` with the outside system's numbers of its organisations."""
    import_rows(*WHOLE)
    return world


def get_branch(*path: str) -> Branch:
    return Branch.objects.get(college__name=path[0], name=path[1])


def test_the_whole_list_gives_our_organisations_their_numbers(world, import_rows):
    run = import_rows(*WHOLE)
    assert count_outcome(run) == {"changed": 6, "same": 1}
    assert College.objects.get(pk=world.college_a.pk).outside_no == "JH01"
    assert College.objects.get(pk=world.college_b.pk).name == "物理学院"
    assert get_branch("物理学院", "物理1802团支部").outside_no == "JH0202"
    assert College.objects.filter(school=world.school).count() == 2
    assert count_outcome(import_rows(*WHOLE)) == {"same": 7}


def test_one_row_a_branch_is_understood_too(world, import_rows):
    run = import_rows(
        ("法学院", "法学1801团支部"), ("法学院", "法学1803团支部"), ("新学院", "新团支部"), header=PAIRS
    )
    assert count_outcome(run) == {"new": 2, "same": 1}
    assert get_branch("新学院", "新团支部").college.school == world.school
    assert (run.figures["colleges"], run.figures["branches"]) == (1, 2)


def test_what_the_file_lacks_is_listed_and_stays(world, import_rows):
    run = import_rows(("法学院", "法学1801团支部"), header=PAIRS)
    assert set(imports.list_absent(run)) == {world.a2, world.b1, world.b2}
    assert run.figures["missing"] == 3
    assert Branch.objects.filter(college__school=world.school).count() == 4


def test_a_branch_with_the_key_of_a_listed_college_is_missing_all_the_same(world, import_rows):
    CollegeFactory(pk=900_001, school=world.school, name="文学院")
    missing = BranchFactory(pk=900_001, college=world.college_b, name="物理1809团支部")
    run = import_rows(*WHOLE, ("JH03", "京华大学文学院团委", "共青团京华大学委员会", "团委"))
    assert set(imports.list_absent(run)) == {missing}


def test_a_college_that_the_file_names_nowhere_is_told(world, import_rows):
    run = import_rows(("法学院", "法学1801团支部"), ("新学院", "新团支部"), header=PAIRS)
    assert run.figures["missing_colleges"] == ["物理学院"]
    assert import_rows(*WHOLE, ("", "新学院团委", "校团委", "团委")).figures["missing_colleges"] == []


def test_what_the_file_brings_is_not_missing_from_it(world, import_rows):
    run = import_rows(("法学院", "法学1803团支部"), header=PAIRS)
    assert get_branch("法学院", "法学1803团支部") not in set(imports.list_absent(run))


def test_a_number_finds_a_branch_after_a_change_of_name(numbered_world, import_rows):
    run = import_rows((LAW_1[0], "法学1801（国际）团支部", *LAW_1[2:]))
    assert count_outcome(run) == {"changed": 1}
    assert [change[1:] for change in run.rows.get().describe_changes(run.kind)] == [
        ("名称", "法学1801团支部", "法学1801（国际）团支部")
    ]
    numbered_world.a1.refresh_from_db()
    assert numbered_world.a1.name == "法学1801（国际）团支部"


def test_a_college_with_a_new_name_keeps_its_branches(numbered_world, import_rows):
    BranchFactory(
        college=numbered_world.college_b, name="法学1801团支部"
    )  # a branch's name alone is no match
    renamed = (LAW[0], "共青团京华大学知识产权学院委员会", *LAW[2:])
    run = import_rows(renamed, ("", "法学1801团支部", "知识产权学院团委", "团支部"))
    assert count_outcome(run) == {"changed": 1, "same": 1}
    numbered_world.a1.refresh_from_db()
    assert (numbered_world.a1.college_id, numbered_world.a1.college.name) == (
        numbered_world.college_a.pk,
        "知识产权学院",
    )


def test_a_number_finds_a_branch_under_another_parent(numbered_world, import_rows):
    run = import_rows((LAW_2[0], LAW_2[1], "物理学院团总支", "团支部"))
    assert count_outcome(run) == {"changed": 1}
    assert run.rows.get().changes == {"college": ["法学院", "物理学院"]}
    numbered_world.a2.refresh_from_db()
    assert numbered_world.a2.college == numbered_world.college_b


def test_a_name_that_only_one_branch_has_finds_it_under_another_parent(world, import_rows):
    run = import_rows(("物理学院", "法学1802团支部"), header=PAIRS)
    assert count_outcome(run) == {"changed": 1}
    world.a2.refresh_from_db()
    assert world.a2.college == world.college_b


def test_a_branch_that_the_file_names_in_its_place_is_not_moved_by_its_namesake(world, import_rows):
    run = import_rows(("物理学院", "法学1802团支部"), ("法学院", "法学1802团支部"), header=PAIRS)
    assert count_outcome(run) == {"new": 1, "same": 1}
    world.a2.refresh_from_db()
    assert world.a2.college == world.college_a


def test_of_two_new_places_for_one_name_none_is_guessed(world, import_rows):
    run = import_rows(("甲学院", "法学1802团支部"), ("乙学院", "法学1802团支部"), header=PAIRS)
    assert count_outcome(run) == {"new": 2}
    world.a2.refresh_from_db()
    assert world.a2.college == world.college_a


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([LAW_1, LAW_1], {3: "与第2行重复"}),
        ([LAW, (LAW[0], "京华大学外语学院团委", *LAW[2:])], {3: "组织编号与第2行相同"}),
        ([(LAW_1[0], "改名团支部", *LAW_1[2:]), ("", *LAW_1[1:])], {3: "与第2行指向同一组织"}),
        ([(LAW_1[0], LAW_2[1], *LAW_1[2:])], {2: "平台中已有另一个同名组织"}),
        ([(LAW[0], "共青团京华大学物理学院委员会", *LAW[2:])], {2: "平台中已有另一个同名组织"}),
        ([("JH0199", "法学1809团支部", "", "团支部")], {2: "缺少上级组织"}),
        ([("JH0199", "", "法学院团委", "团支部")], {2: "缺少组织名称"}),
        ([("JH0199", "支" * 101, "法学院团委", "团支部")], {2: "超过 100 个字"}),
    ],
)
def test_bad_rows_come_back_and_the_rest_goes_in(numbered_world, import_rows, rows, expected):
    run = import_rows(*rows, ("JH0105", "法学1805团支部", "法学院团委", "团支部"))
    found = list_row_problems(run)
    assert found.keys() == expected.keys()
    assert all(reason in found[number] for number, reason in expected.items())
    assert get_branch("法学院", "法学1805团支部").outside_no == "JH0105"


def test_nothing_of_another_school_is_touched(world, import_rows):
    before = list(College.objects.filter(school=world.bh.school).values())
    import_rows(("文学院", "中文1801团支部"), header=PAIRS)
    assert list(College.objects.filter(school=world.bh.school).values()) == before
    assert Branch.objects.filter(college__name="文学院", name="中文1801团支部").count() == 2


def test_only_the_school_brings_the_tree(world):
    with pytest.raises(ValidationError, match="没有导入这类文件的权限"):
        preview_import(Kind.ORGANISATION, make_xlsx(PAIRS, ("法学院", "法学1801团支部")), by=world.secretary)
