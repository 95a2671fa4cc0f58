"""The import of accounts: each row is an appointment, with the rights of the person who imports."""

from datetime import date
from functools import partial

import pytest
from django.urls import reverse

from members.models import Grant, ImportRun, Message, User
from members.permissions import Role
from tests.factories import GrantFactory, MemberFactory, UserFactory
from tests.members.import_files import (
    Kind,
    count_outcome,
    list_row_problems,
    preview_import,
    read_counts,
    read_lines,
    run_import,
    run_import_command,
)
from tests.members.sheet_files import make_xlsx

HEADER = ("学号/工号", "姓名", "角色", "学院", "团支部", "开始", "结束")
LEAD_A2 = ("2018010201", "宋安静", "团支书", "法学院", "法学1802团支部", "2018-09-01", "2019-08-31")
TEACHER = ("T9001", "秦老师", "学院团委书记", "物理学院", "", "2018.09.01", "20190831")


@pytest.fixture(autouse=True)
def in_october(time_machine):
    time_machine.move_to("2018-10-12 08:00 +0800")


@pytest.fixture
def import_rows(world):
    def import_given_rows(*rows, header=HEADER, by=None, **options):
        return run_import(Kind.ACCOUNTS, make_xlsx(header, *rows), by=by or world.admin, **options)

    return import_given_rows


def test_people_are_linked_and_teachers_made_without_password(world, import_rows):
    assert count_outcome(import_rows(LEAD_A2, TEACHER)) == {"new": 2}
    student, teacher = User.objects.get(member=world.quiet), User.objects.get(number="T9001")
    (held,) = student.grants.all()
    assert (held.role, held.place, held.starts_on, held.ends_on) == (
        Role.BRANCH_SECRETARY,
        world.a2,
        date(2018, 9, 1),
        date(2019, 8, 31),
    )
    assert teacher.grants.get().place == world.college_b
    assert teacher.grants.get().ends_on == date(2019, 8, 31)
    assert not student.has_usable_password()
    assert not teacher.has_usable_password()
    assert Message.objects.filter(user=student).count() == 1


def test_the_same_again_changes_nothing(world, import_rows):
    rows = (LEAD_A2, TEACHER, ("2018010002", "张伟", "团支部书记", "", "法学1801", "", ""))
    assert count_outcome(import_rows(*rows)) == {"new": 3}
    before = Grant.pgh_event_model.objects.count(), User.objects.count(), Message.objects.count()
    assert count_outcome(import_rows(*rows)) == {"same": 3}
    assert (Grant.pgh_event_model.objects.count(), User.objects.count(), Message.objects.count()) == before


def test_without_dates_the_term_begins_today_and_ends_with_the_academic_year(world, import_rows):
    import_rows(LEAD_A2[:5], header=HEADER[:5])
    held = world.quiet.user.grants.get()
    assert (held.starts_on, held.ends_on) == (date(2018, 10, 12), date(2019, 8, 31))


@pytest.mark.parametrize(
    ("written", "role"),
    [
        ("校团委", Role.SCHOOL_ADMIN),
        ("校团委管理员", Role.SCHOOL_ADMIN),
        ("学院团委书记", Role.COLLEGE_SECRETARY),
        ("分团委书记", Role.COLLEGE_SECRETARY),
        ("团支书", Role.BRANCH_SECRETARY),
        (" 团支部 书记 ", Role.BRANCH_SECRETARY),
    ],
)
def test_the_usual_names_of_roles_are_understood(world, import_rows, written, role):
    row = (world.quiet.student_no, "宋安静", written, "法学院", "法学1802", "", "")
    assert count_outcome(import_rows(row)) == {"new": 1}
    assert world.quiet.user.grants.get().role == role


@pytest.mark.parametrize("header", [
    ("工号", "姓名", "职务", "所在学院", "所在团支部", "任期开始", "任期结束"),
    ("学工号", "名字", "岗位", "二级学院", "支部名称", "开始日期", "结束日期"),
    ("学号(工号)", "姓名", "身份", "院系", "支部", "任职日期", "到期日期"),
])  # fmt: skip
def test_usual_headers_are_understood(world, import_rows, header):
    run = import_rows(LEAD_A2, header=header)
    assert count_outcome(run) == {"new": 1}
    assert world.quiet.user.grants.get().ends_on == date(2019, 8, 31)


def test_a_later_end_prolongs_and_an_earlier_one_ends(world, import_rows):
    import_rows(LEAD_A2)
    run = import_rows((*LEAD_A2[:6], "2020-08-31"))
    assert count_outcome(run) == {"changed": 1}
    assert run.rows.get().describe_changes(run.kind) == [("ends_on", "结束", "2019-08-31", "2020-08-31")]
    import_rows((*LEAD_A2[:5], "", "2018-10-31"))
    assert world.quiet.user.grants.get().ends_on == date(2018, 10, 31)


def test_a_second_term_after_a_gap_is_a_row_of_its_own(world, import_rows):
    import_rows(LEAD_A2, (*LEAD_A2[:5], "2020-09-01", "2021-08-31"))
    assert world.quiet.user.grants.count() == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", *LEAD_A2[1:]), "缺少学号或工号"),
        ((LEAD_A2[0], "宋别人", *LEAD_A2[2:]), "姓名与“宋别人”不符"),
        (("T1002", "别人", "校团委", "", "", "", ""), "姓名与“别人”不符"),
        ((*LEAD_A2[:2], "班长", *LEAD_A2[3:]), "角色“班长”无法识别"),
        ((*LEAD_A2[:2], "街乡负责人", *LEAD_A2[3:]), "无法识别"),
        ((*LEAD_A2[:3], "无此学院", *LEAD_A2[4:]), "没有学院“无此学院”"),
        ((*LEAD_A2[:4], "无此支部", *LEAD_A2[5:]), "没有团支部“无此支部”"),
        ((*LEAD_A2[:4], "", *LEAD_A2[5:]), "缺少团支部"),
        (("T9001", "秦老师", "学院团委书记", "", "", "", ""), "缺少学院"),
        ((*LEAD_A2[:5], "2016-09-01", "2017-08-31"), "任期到 2017-08-31 已经结束"),
        (("T1009", "吴职务", "团支书", "法学院", "法学1802团支部", "", ""), "花名册中没有学号"),
        (("2018099999", "查无此", "团支书", "法学院", "法学1802团支部", "", ""), "花名册中没有学号"),
        ((*LEAD_A2[:5], "2019-09-01", "2018-09-01"), "结束日期早于开始日期"),
        ((*LEAD_A2[:5], "九月", ""), "开始："),
        (("2018020002", "唐转出", "团支书", "物理学院", "物理1801团支部", "", ""), "已转出，不能任职"),
        (("T1001", "孔管理", "学院团委书记", "法学院", "", "", ""), "本人"),
        (("T1001", "孔管理", "校团委", "", "", "2018-01-01", "2018-10-31"), "最后一位校团委管理员"),
        (("2018010006", "陈支书", "团支书", "法学院", "法学1801团支部", "2018-05-01", ""), "任期不能重叠"),
    ],
)
def test_bad_rows_come_back_and_the_others_go_in(world, import_rows, row, reason):
    run = import_rows(row, TEACHER)
    assert count_outcome(run) == {"new": 1, "error": 1}
    assert reason in list_row_problems(run)[2]
    assert User.objects.filter(number="T9001").exists()


def test_rows_of_one_file_that_contradict_each_other_are_named_before(world):
    overlapping = (*LEAD_A2[:5], "2019-03-01", "2020-08-31")
    run = preview_import(Kind.ACCOUNTS, make_xlsx(HEADER, LEAD_A2, LEAD_A2, overlapping), by=world.admin)
    problems = list_row_problems(run)
    assert problems[3] == "与第2行重复"
    assert "任期不能重叠" in problems[4]
    assert not User.objects.filter(member=world.quiet).exists()
    assert not Message.objects.exists()


def test_a_branch_name_in_two_colleges_needs_the_college(world, import_rows):
    world.b1.name = "法学1802"
    world.b1.save()
    run = import_rows(
        (*LEAD_A2[:3], "", "法学1802团", *LEAD_A2[5:]), (*LEAD_A2[:3], "", "法学1802支部", *LEAD_A2[5:])
    )
    assert "没有团支部" in list_row_problems(run)[2]
    assert "不止一个" in list_row_problems(run)[3]


def test_an_account_made_before_the_roster_becomes_the_person_s(world, import_rows):
    early = UserFactory(school=world.school, number="2018010777", name="早到者")
    newcomer = MemberFactory(branch=world.a2, student_no="2018010777", name="早到者")
    import_rows(("2018010777", "早到者", "团支书", "法学院", "法学1802团支部", "", ""))
    early.refresh_from_db()
    assert (early.member, early.grants.get().place) == (newcomer, world.a2)


# --- columns that say "not in force" (§4) ---


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("任职状态", "已离任"),
        ("状态", "已结束"),
        ("是否在任", "否"),
        ("是否离任", "是"),
        ("是否有效", "无效"),
        ("审核状态", "待审核"),
        ("审批结果（审批状态）", "不通过"),
        ("注销时间", "2018-06-30"),
        ("离任情况", "2018年6月毕业离任"),
        ("任职状态", "另有安排"),
    ],
)
def test_a_row_that_is_not_in_force_is_refused(world, import_rows, column, cell):
    run = import_rows((*LEAD_A2, cell), (*TEACHER, ""), header=(*HEADER, column))
    assert count_outcome(run) == {"new": 1, "error": 1}
    assert f"“{column}”是“{cell}" in list_row_problems(run)[2]
    assert not User.objects.filter(member=world.quiet).exists()


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("任职状态", "在 任"),
        ("状态", "未开始"),
        ("是否在任", "是"),
        ("是否离任", "否"),
        ("审核状态", "通过"),
        ("审核人", "孔管理"),
        ("审核时间", "2018-09-03"),
        ("离任时间", "2019-08-31"),
        ("注销时间", "/"),
        ("激活状态", "未激活"),
    ],
)
def test_a_row_that_is_in_force_goes_in(world, import_rows, column, cell):
    run = import_rows((*LEAD_A2, cell), header=(*HEADER, column))
    assert count_outcome(run) == {"new": 1}


def test_two_columns_of_a_state_are_both_read(world, import_rows):
    rows = (*LEAD_A2, "在任", "已注销"), (*TEACHER, "离任", "正常")
    run = import_rows(*rows, header=(*HEADER, "任职状态", "账号状态"))
    assert "账号状态" in list_row_problems(run)[2] and "任职状态" in list_row_problems(run)[3]


def test_the_exported_sheet_with_its_states_comes_back_unchanged(world, client_of, import_rows):
    import_rows(LEAD_A2)
    GrantFactory(
        user=world.secretary, role="college_secretary", college=world.college_b,
        starts_on="2016-09-01", ends_on="2017-08-31",
    )  # fmt: skip
    exported = client_of(world.admin).get(reverse("accounts_export"), {"state": "all"}).content
    run = run_import(Kind.ACCOUNTS, exported, by=world.admin)
    assert count_outcome(run) == {
        "same": Grant.objects.filter(user__school=world.school).exclude(role="liaison").count()
    }


def test_dates_and_columns_that_nobody_reads_are_named(world, client_of, tmp_path):
    content = make_xlsx((*HEADER, "政治面貌", "公示日期", "备案"), (*LEAD_A2, "团员", "", date(2018, 9, 5)))
    run = preview_import(Kind.ACCOUNTS, content, by=world.admin)
    assert run.notes.pop("columns")
    assert run.notes == {"ignored": ["政治面貌"], "ignored_days": ["公示日期", "备案"], "skipped_sheets": []}
    text = client_of(world.admin).get(run.get_absolute_url()).content.decode()
    assert "没有用到的日期列，请核对是否需要" in text and "公示日期、备案" in text
    (tmp_path / "任命.xlsx").write_bytes(content)
    report = run_import_command("accounts", tmp_path / "任命.xlsx", school="JH", dry_run=True)
    assert report["warnings"] == [
        "没有用到的日期列，请核对是否需要：公示日期、备案",
        "没有用到的列：政治面貌",
    ]


# --- rights ---


def test_a_college_appoints_only_branch_secretaries_of_its_own(world, import_rows):
    foreign = [
        ("2018020001", "张伟", "团支书", "物理学院", "物理1801团支部", "", ""),
        ("2018020001", "张伟", "团支书", "法学院", "法学1802团支部", "", ""),
        (*TEACHER[:3], "法学院", "", "", ""),
        ("T9001", "秦老师", "校团委", "", "", "", ""),
    ]
    run = import_rows(LEAD_A2, *foreign, by=world.secretary)
    assert count_outcome(run) == {"new": 1, "error": 4}
    problems = list_row_problems(run)
    assert problems[3] == "不是“法学院”的任职"
    assert "没有找到这个人" in problems[4]
    assert "您不能任命" in problems[5]
    assert problems[6] == "不是“法学院”的任职"
    assert Grant.objects.filter(user__number__in=("2018020001", "T9001")).count() == 0


@pytest.mark.parametrize("number", ["2018020001", "T1003", "2018099999"])
@pytest.mark.parametrize("name", ["张伟", "郑书记", "别人"])
def test_a_preview_does_not_tell_who_has_a_number_elsewhere(world, number, name):
    row = (number, name, "团支书", "法学院", "法学1802团支部", "", "")
    run = preview_import(Kind.ACCOUNTS, make_xlsx(HEADER, row), by=world.secretary)
    assert list_row_problems(run)[2] == (
        f"没有找到这个人：您能办理的花名册中没有学号“{number}”，请核对，或先导入花名册"
    )


def test_the_preview_asks_about_somebody_who_leads_another_branch(world, client_of):
    row = (LEAD_A2[0], LEAD_A2[1], "团支书", "法学院", "法学1801团支部", "", "")
    world.branch_secretary.grants.all().delete()
    run = preview_import(Kind.ACCOUNTS, make_xlsx(HEADER, row), by=world.secretary)
    assert run.figures["new"] == 1
    text = client_of(world.secretary).get(run.get_absolute_url()).content.decode()
    assert "请核对：现在是法学院法学1802团支部的人，不在法学1801团支部" in text
    own = preview_import(Kind.ACCOUNTS, make_xlsx(HEADER, LEAD_A2), by=world.secretary)
    assert "请核对：" not in own.rows.get().reason


def test_a_foreign_row_is_an_error_also_where_nothing_would_change(world, import_rows):
    row = ("T1003", "郑书记", "学院团委书记", "物理学院", "", "", "")
    assert count_outcome(import_rows(row)) == {"same": 1}
    assert count_outcome(import_rows(row, by=world.secretary)) == {"error": 1}


@pytest.mark.parametrize("who", ["branch_secretary", "member", "liaison", "nobody"])
def test_others_import_no_accounts(world, import_rows, who):
    with pytest.raises(Exception, match="没有导入这类文件的权限"):
        import_rows(LEAD_A2, by=getattr(world, who))


# --- passwords and the command ---


def test_a_column_of_passwords_is_neither_read_nor_kept_nor_returned(world):
    header = (*HEADER, "初始密码", "登录口令")
    bad = ("", *LEAD_A2[1:], "hunter-1", "hunter-2")
    run = preview_import(Kind.ACCOUNTS, make_xlsx(header, bad, (*LEAD_A2, "hunter-3", "x")), by=world.admin)
    kept = str(list(run.rows.values_list("original", "data")))
    assert "hunter" not in kept
    assert ImportRun.objects.get(pk=run.pk).figures["new"] == 1


def test_the_command_reports_like_every_other_kind(world, tmp_path):
    path, out = tmp_path / "任命.xlsx", tmp_path / "退回.xlsx"
    path.write_bytes(make_xlsx(HEADER, LEAD_A2, TEACHER, ("", *TEACHER[1:])))
    call = partial(run_import_command, "accounts", path, school="JH")
    assert read_counts(call(dry_run=True)) == (2, 0, 0, 0, 1)
    assert not User.objects.filter(number="T9001").exists()
    report = call(rejects=out)
    assert (report["kind"], report["rows"], *read_counts(report)) == ("accounts", 3, 2, 0, 0, 0, 1)
    assert report["errors"] == [{"row": 4, "reason": "缺少学号或工号"}]
    assert read_lines(out.read_bytes())[0] == (*HEADER, "录入结果")
    assert read_counts(call()) == (0, 0, 2, 0, 1)


def test_as_somebody_the_command_has_that_person_s_rights(world, tmp_path):
    path = tmp_path / "任命.xlsx"
    path.write_bytes(make_xlsx(HEADER, LEAD_A2, TEACHER, ("T9001", "秦老师", "校团委", "", "", "", "")))
    report = run_import_command("accounts", path, school="JH", username="T1002")
    assert read_counts(report) == (1, 0, 0, 0, 2)
    assert not User.objects.filter(number="T9001").exists()


def test_the_history_names_the_file_and_its_author(world, import_rows):
    import_rows(LEAD_A2, filename="九月任命.xlsx")
    event = Grant.pgh_event_model.objects.latest("pgh_id")
    assert event.pgh_context.metadata["file"] == "九月任命.xlsx"
    assert event.pgh_context.metadata["user"] == world.admin.pk
