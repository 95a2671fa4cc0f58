"""A roster that does not say everything: absent is not no, and known people need no college (requirements §3)."""

import pytest

from members.models import Member
from tests.factories import BranchFactory, MemberFactory
from tests.members.import_files import (
    ROSTER_HEADER,
    Kind,
    count_outcome,
    get_person,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    preview_import,
    run_import,
    run_import_command,
)
from tests.members.sheet_files import make_xlsx

PHONES = ("学号", "姓名", "手机号码")
STAGES = ("学号", "姓名", "学院", "团支部", "政治面貌", "手机号码", "发展阶段")


@pytest.fixture
def import_rows(world):
    def import_given_rows(*rows, header=ROSTER_HEADER, by=None, **options):
        return run_import(
            Kind.ROSTER, make_roster_file(*rows, header=header), by=by or world.admin, **options
        )

    return import_given_rows


def make_person(world, stage: str = "member", **more) -> Member:
    return MemberFactory(branch=world.a1, stage=stage, **more)


def read_person(person: Member) -> tuple:
    person.refresh_from_db()
    return person.branch, person.stage, person.state, person.party


# --- known people without college, branch and politics ---


def test_a_list_of_phones_changes_the_phones_of_known_people(world, import_rows):
    person = make_person(world)
    before = read_person(person)
    run = import_rows((person.student_no, person.name, "13911112222"), header=PHONES)
    assert count_outcome(run) == {"changed": 1}
    assert (read_person(person), person.phone) == (before, "13911112222")
    assert run.notes["doubts"] == [
        "1 人没有填写学院，按花名册中的学院处理。",
        "1 人没有填写团支部，按花名册中的团支部处理。",
        "1 人没有填写政治面貌和发展阶段，这两项保持不变。",
    ]


@pytest.mark.parametrize(
    ("title", "cell", "field", "value"),
    [
        ("性别", "女", "gender", "female"),
        ("年级", "2017级", "grade", "2017"),
        ("状态", "休学", "state", "suspended"),
        ("职务", "班长", "office", "班长"),
        ("政治面貌", "中共预备党员", "party", "probationary"),
        ("发展阶段", "群众", "stage", "student"),
        ("团支部", "法学1802团支部", "branch__name", "法学1802团支部"),
    ],
)
def test_each_column_alone_changes_what_it_says(world, import_rows, title, cell, field, value):
    person = make_person(world, gender="male", grade="2018")
    run = import_rows((person.student_no, person.name, cell), header=("学号", "姓名", title))
    assert count_outcome(run) == {"changed": 1}
    assert Member.objects.filter(pk=person.pk, **{field: value}).exists()


def test_unknown_people_without_a_college_come_back_with_the_reason(world, import_rows):
    person = make_person(world)
    run = import_rows(
        (person.student_no, person.name, "13911112222"),
        ("2018019999", "新来的", "13900000000"),
        header=PHONES,
    )
    assert list_row_problems(run) == {3: "缺少学院"}
    assert count_outcome(run) == {"changed": 1, "error": 1}


def test_unknown_people_need_a_branch_and_their_politics(world, import_rows):
    header = ("学号", "姓名", "学院", "团支部", "手机号码")
    run = import_rows(
        (*make_roster_row(world.missing)[:4], "13911112222"),
        ("2018019998", "新来甲", "法学院", "", ""),
        ("2018019999", "新来乙", "法学院", "法学1801团支部", ""),
        header=header,
    )
    assert list_row_problems(run) == {3: "缺少团支部", 4: "缺少政治面貌"}


def test_a_list_of_people_nobody_knows_is_refused_as_a_whole(world):
    content = make_roster_file(("2018019999", "新来的", "13900000000"), header=PHONES)
    run = preview_import(Kind.ROSTER, content, by=world.admin)
    assert run.state == "failed"
    assert "缺少列：“团支部”，以及“政治面貌”、“发展阶段”、“是否团员”中的至少一列" in run.problem
    assert not Member.objects.filter(student_no="2018019999").exists()


def test_a_branch_without_a_college_is_one_of_the_own_college(world, import_rows):
    BranchFactory(college=world.college_b, name="实验班团支部")
    ours, stranger = make_person(world), make_person(world)
    header = ("学号", "姓名", "团支部", "政治面貌")
    run = import_rows(
        (ours.student_no, ours.name, "法学1802", "共青团员"),
        (stranger.student_no, stranger.name, "实验班团支部", "共青团员"),
        header=header,
    )
    assert list_row_problems(run) == {3: "缺少学院，“法学院”没有团支部“实验班团支部”"}
    assert read_person(ours)[0] == world.a2


def test_another_college_without_a_branch_is_refused(world, import_rows):
    person = make_person(world)
    run = import_rows(
        (person.student_no, person.name, "物理学院", "", "共青团员", ""),
    )
    assert list_row_problems(run) == {2: "缺少团支部，不能判断转入“物理学院”的哪个团支部"}


def test_the_own_college_without_a_branch_changes_nothing(world, import_rows):
    person = make_person(world)
    assert count_outcome(import_rows((person.student_no, person.name, "法学院", "", "", ""))) == {"same": 1}


def test_a_secretary_updates_only_the_own_people_without_a_college_column(world, import_rows):
    ours, theirs = make_person(world), MemberFactory(branch=world.b1)
    rows = [(person.student_no, person.name, "13911112222") for person in (ours, theirs)]
    run = import_rows(*rows, header=PHONES, by=world.secretary)
    assert list_row_problems(run) == {3: "该学号现属其他学院，请由校团委办理转入"}
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.phone, theirs.phone != "13911112222") == ("13911112222", True)


def test_a_list_of_some_people_makes_nobody_missing(world, import_rows):
    person = make_person(world)
    run = import_rows((person.student_no, person.name, "13911112222"), header=PHONES, by=world.secretary)
    assert run.figures["missing"] == 0


@pytest.mark.parametrize(
    "header",
    [
        ("学号", "姓名"),
        ("学号", "姓名", "宿舍号"),
        ("学号", "姓名", "学院", "项目名称", "服务日期", "服务时长", "状态"),
        ("学号", "姓名", "学院", "年级", "性别", "服务日期", "服务时长"),
        ("志愿者编号", "姓名", "手机号", "学号", "注册时间"),
        ("学号", "姓名", "性别", "年级", "学院", "志愿者编号", "注册时间"),
        ("学号", "姓名", "角色", "学院", "团支部", "开始", "结束"),
        ("姓名", "学院", "手机号码"),
    ],
)
def test_a_sheet_that_is_no_roster_is_refused(world, header):
    cells = {
        "学号": world.missing.student_no,
        "姓名": world.missing.name,
        "学院": "法学院",
        "服务日期": "2018-10-01",
    }
    content = make_xlsx(header, [cells.get(title, "2") for title in header])
    assert preview_import(Kind.ROSTER, content, by=world.admin).state == "failed"


def test_a_second_sheet_of_something_else_is_still_skipped(world):
    content = make_xlsx(
        ROSTER_HEADER,
        make_roster_row(world.missing),
        more=[("宿舍", [("学号", "姓名", "手机号码"), (world.missing.student_no, "别人", "13900000000")])],
    )
    run = preview_import(Kind.ROSTER, content, by=world.admin)
    assert (count_outcome(run), run.notes["skipped_sheets"]) == ({"same": 1}, ["宿舍"])


def test_the_command_says_what_it_read_as_known(world, tmp_path):
    person = make_person(world)
    path = tmp_path / "手机.xlsx"
    path.write_bytes(make_roster_file((person.student_no, person.name, "13911112222"), header=PHONES))
    report = run_import_command("roster", path, school="JH")
    assert (report["updated"], report["errors"]) == (1, [])
    assert "1 人没有填写学院，按花名册中的学院处理。" in report["warnings"]


# --- absent is not no ---


@pytest.mark.parametrize("stage", ["applicant", "activist", "candidate"])
@pytest.mark.parametrize("word", ["群众", "无党派人士", "普通学生"])
def test_the_word_for_no_member_without_a_stage_says_nothing_of_somebody_on_the_way(
    world, import_rows, stage, word
):
    person = make_person(world, stage)
    run = import_rows(make_roster_row(person, politics=word))
    assert count_outcome(run) == {"same": 1}
    assert read_person(person)[1] == stage
    assert any("发展阶段保持不变" in doubt for doubt in run.notes["doubts"])


def test_an_empty_stage_or_a_step_into_the_party_says_nothing_either(world, import_rows):
    people = [make_person(world, "activist") for _ in range(2)]
    rows = [
        (*make_roster_row(person, politics="群众"), cell)
        for person, cell in zip(people, ("", "入党申请人"), strict=True)
    ]
    assert count_outcome(import_rows(*rows, header=STAGES)) == {"same": 2}


def test_the_same_word_as_a_stage_is_said_on_purpose(world, import_rows):
    person = make_person(world, "activist")
    import_rows((*make_roster_row(person, politics="群众"), "群众"), header=STAGES)
    assert read_person(person)[1] == "student"


def test_a_member_whom_the_file_calls_no_member_is_none_and_the_preview_asks(world, import_rows):
    person = make_person(world)
    run = import_rows(make_roster_row(person, politics="群众"))
    assert read_person(person)[1] == "student"
    assert "1 名团员在文件中是群众，请核对是否已不再是团员。" in run.notes["doubts"]


def test_an_empty_politics_changes_nothing_about_known_people(world, import_rows):
    member, party, activist = (
        make_person(world),
        make_person(world, party="full"),
        make_person(world, "activist"),
    )
    rows = [make_roster_row(person, politics="") for person in (member, party, activist)]
    assert count_outcome(import_rows(*rows)) == {"same": 3}


def test_a_file_without_a_column_changes_nothing_of_it(world, import_rows):
    person = make_person(
        world,
        party="full",
        state="suspended",
        gender="female",
        grade="2017",
        office="班长",
        phone="13911112222",
    )
    header = ("学号", "姓名", "学院", "团支部", "发展阶段")
    run = import_rows((person.student_no, person.name, "法学院", "法学1801团支部", "团员"), header=header)
    assert count_outcome(run) == {"same": 1}


@pytest.mark.parametrize("word", ["共青团员", "中共党员"])
def test_a_word_of_the_political_column_still_moves_a_student(world, import_rows, word):
    person = make_person(world, "student")
    import_rows(make_roster_row(person, politics=word))
    assert get_person(world.school, person.student_no).stage == "member"
