"""教育评议 as pages: the sheet by row and as a whole, file export and import, overview, then and now."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from members.models import ExportLog, Member
from members.sheets.workbooks import build_workbook
from reports.models import Appraisal, AppraisalGrade
from reports.services import appraisal_readings
from reports.services.appraisal import refresh_roll, start_appraisal
from reports.tasks import read_appraisal_sheet
from tests.factories import (
    NOT_REGISTERED,
    MemberFactory,
    ServiceYearFactory,
    create_people,
    make_branch_secretary,
)
from tests.moving import correct_person
from tests.reports.appraising import (
    approve_sheet,
    fill_sheet,
    get_grade,
    make_branch_of_twelve,
    start_as,
    write_grades,
)

LIST = reverse("appraisals")
HEADER = ["学号", "姓名", "参加评议", "自评", "互评", "支部建议", "最终等次", "备注"]


@pytest.fixture(autouse=True)
def after_the_meeting(time_machine):
    time_machine.move_to("2018-12-20 10:00 +0800", tick=False)


@pytest.fixture
def people(world):
    return make_branch_of_twelve(world)


@pytest.fixture
def able_members(people):
    return people[0]


@pytest.fixture
def lead(world, people):
    return make_branch_secretary(world.a2, world.quiet)


@pytest.fixture
def appraisal(world, lead):
    return start_as(world, lead)


@pytest.fixture
def branch_client(client_of, lead):
    return client_of(lead)


def build_row_data(grade, **changes) -> dict:
    """Return a row as the browser sends it."""
    values = {
        "taking_part": "on",
        "self_grade": grade.self_grade,
        "mutual": grade.mutual,
        "proposed": grade.proposed,
        "final": grade.final,
        "note": grade.note,
        "version": get_grade_version(grade),
    } | changes
    return {f"row-{grade.pk}-{name}": value for name, value in values.items() if value is not None}


def get_grade_version(grade) -> int:
    return AppraisalGrade.objects.with_version().get(pk=grade.pk).version


def build_url(page: str, appraisal) -> str:
    return reverse(f"appraisal_{page}", args=[appraisal.pk])


# --- the sheet --------------------------------------------------------------------------------------------------


def test_a_branch_begins_from_its_page(world, branch_client):
    begin = reverse("appraisal_start", args=[world.a2.pk])
    assert branch_client.get(begin).status_code == 200
    assert Appraisal.objects.count() == 0
    answer = branch_client.post(begin)
    appraisal = Appraisal.objects.get()
    assert answer.url == appraisal.get_absolute_url()
    assert branch_client.get(begin).url == appraisal.get_absolute_url()


def test_the_sheet_shows_who_may_be_excellent_and_why_not(branch_client, appraisal):
    page = branch_client.get(appraisal.get_absolute_url()).content.decode()
    assert "还差 1 分钟（二（二）、四.3）" in page
    assert page.count("优秀（不符合）") == 4  # two people, proposed and final
    assert "优秀 0/3" in page


def test_a_row_is_saved_by_itself_and_answers_with_the_counters(branch_client, appraisal, able_members):
    grade = get_grade(appraisal, able_members[1])
    row = reverse("appraisal_row", args=[grade.pk])
    answer = branch_client.post(row, build_row_data(grade, final="excellent"), headers={"hx-request": "true"})
    page = answer.content.decode()
    assert get_grade(appraisal, able_members[1]).final == "excellent"
    assert "已保存" in page
    assert "优秀 1/3" in page
    # The fields on the page stay with the user's newer choices; with the new version they can be sent again.
    assert (answer["HX-Reswap"], "<select" in page) == ("none", False)
    assert f'name="row-{grade.pk}-version" value="{get_grade_version(grade)}"' in page


def test_a_refused_row_says_why_and_keeps_what_was_chosen(branch_client, appraisal, people):
    grade = get_grade(appraisal, people[1])
    row = reverse("appraisal_row", args=[grade.pk])
    answer = branch_client.post(row, build_row_data(grade, final="excellent"))
    page = answer.content.decode()
    assert "不能评为优秀：还差 1 分钟" in page
    assert (answer["HX-Reswap"], "<select" in page) == ("none", False)
    assert get_grade(appraisal, people[1]).final == ""


def test_a_row_over_the_places_says_so_in_the_row(branch_client, lead, appraisal, able_members):
    write_grades(appraisal, lead, dict.fromkeys(able_members[:3], "excellent"))
    grade = get_grade(appraisal, able_members[3])
    row = reverse("appraisal_row", args=[grade.pk])
    page = branch_client.post(row, build_row_data(grade, final="excellent")).content.decode()
    assert "超过名额：参加评议 12 人" in page
    assert get_grade(appraisal, able_members[3]).final == ""


def test_the_whole_table_is_saved_without_javascript(branch_client, appraisal, able_members):
    data = {}
    for grade in appraisal.grades.all():
        data |= build_row_data(grade, self_grade="qualified", final="qualified")
    answer = branch_client.post(build_url("sheet", appraisal), data)
    assert answer.url == appraisal.get_absolute_url()
    assert set(appraisal.grades.values_list("final", flat=True)) == {"qualified"}


def test_the_whole_table_with_one_bad_row_keeps_everything_typed(branch_client, appraisal, people):
    data = build_row_data(get_grade(appraisal, people[0][1]), final="basic", note="说明甲")
    data |= build_row_data(get_grade(appraisal, people[1]), final="excellent")
    page = branch_client.post(build_url("sheet", appraisal), data).content.decode()
    assert "有 1 行没有保存" in page
    assert "不能评为优秀：还差 1 分钟" in page
    assert "说明甲" in page
    assert not appraisal.grades.exclude(final="").exists()


def test_an_old_page_sent_whole_takes_nothing_back(world, branch_client, appraisal, able_members):
    """The other window has graded one person in the meantime, this window another."""
    old = {}
    for grade in appraisal.grades.all():
        old |= build_row_data(grade)
    write_grades(appraisal, world.secretary, {able_members[0]: "excellent"})
    mine = build_row_data(get_grade(appraisal, able_members[1]), final="qualified")
    branch_client.post(build_url("sheet", appraisal), old | mine)
    assert [get_grade(appraisal, person).final for person in able_members[:2]] == ["excellent", "qualified"]


def test_a_row_changed_in_another_window_is_refused_with_who_changed_what(
    world, branch_client, appraisal, able_members
):
    grade = get_grade(appraisal, able_members[1])
    sent = build_row_data(grade, note="会上讨论过", final="qualified")
    write_grades(appraisal, world.secretary, {able_members[1]: {"final": "basic", "mutual": "basic"}})
    page = branch_client.post(build_url("sheet", appraisal), sent)
    (form,) = (form for form in page.context["forms"] if form.instance.pk == grade.pk)
    (told,) = form.problems
    assert f"{world.secretary.name}于 " in told
    assert "将互评由“—”改为“基本合格”、最终等次由“—”改为“基本合格”" in told
    assert get_grade(appraisal, able_members[1]).note == ""
    # Entered values stay, untouched fields show the current values; sent again they are saved.
    shown = {name: form[name].value() for name in ("mutual", "final", "note")}
    assert shown == {"mutual": "basic", "final": "qualified", "note": "会上讨论过"}
    again = {form.add_prefix(name): form[name].value() for name in form.fields} | {
        f"row-{grade.pk}-taking_part": "on"
    }
    branch_client.post(build_url("sheet", appraisal), again)
    kept = get_grade(appraisal, able_members[1])
    assert (kept.mutual, kept.final, kept.note) == ("basic", "qualified", "会上讨论过")


def test_a_row_saved_by_itself_is_held_to_its_version_too(world, branch_client, appraisal, able_members):
    grade = get_grade(appraisal, able_members[1])
    row, sent = reverse("appraisal_row", args=[grade.pk]), build_row_data(grade, note="甲")
    write_grades(appraisal, world.secretary, {able_members[1]: "basic"})
    answer = branch_client.post(row, sent)
    page = answer.content.decode()
    assert "HX-Reswap" not in answer
    assert "将最终等次由“—”改为“基本合格”" in page
    assert 'value="甲"' in page
    assert get_grade(appraisal, able_members[1]).note == ""


def test_one_window_saves_a_row_again_and_again(branch_client, appraisal, able_members):
    grade = get_grade(appraisal, able_members[1])
    row = reverse("appraisal_row", args=[grade.pk])
    for word in ("basic", "qualified"):
        form = branch_client.post(row, build_row_data(grade, final=word)).context["form"]
        assert form["version"].value() == get_grade_version(grade)
    assert get_grade(appraisal, able_members[1]).final == "qualified"


@pytest.mark.parametrize("version", [None, "", "x", "1"])
def test_a_row_without_the_version_that_was_seen_is_refused(branch_client, appraisal, able_members, version):
    grade = get_grade(appraisal, able_members[1])
    page = branch_client.post(
        build_url("sheet", appraisal), build_row_data(grade, final="basic", version=version)
    )
    assert "请刷新页面后再填写" in page.content.decode()
    assert get_grade(appraisal, able_members[1]).final == ""


def test_a_sheet_of_four_hundred_is_sent_whole(world, client_of, lead, appraisal):
    people = [MemberFactory.build(branch=world.a2, school=world.school) for _ in range(388)]
    create_people(people)
    refresh_roll(user=lead, appraisal_id=appraisal.pk)
    data = {}
    for grade in AppraisalGrade.objects.with_version():
        values = {"taking_part": "on", "self_grade": "", "mutual": "", "proposed": "", "final": "qualified"}
        values |= {"note": "", "version": grade.version}
        data |= {f"row-{grade.pk}-{name}": value for name, value in values.items()}
    assert client_of(lead).post(build_url("sheet", appraisal), data).status_code == 302
    assert appraisal.grades.filter(final="qualified").count() == 400


def test_a_word_that_is_no_grade_is_refused(branch_client, appraisal, able_members):
    grade = get_grade(appraisal, able_members[1])
    row = reverse("appraisal_row", args=[grade.pk])
    page = branch_client.post(row, build_row_data(grade, final="splendid")).content.decode()
    assert "appraisal-problem" in page
    assert get_grade(appraisal, able_members[1]).final == ""


def test_unticked_the_person_does_not_take_part(branch_client, appraisal, able_members):
    grade = get_grade(appraisal, able_members[1])
    row = reverse("appraisal_row", args=[grade.pk])
    branch_client.post(row, build_row_data(grade, taking_part=None, note="休养"))
    assert get_grade(appraisal, able_members[1]).taking_part is False


def test_the_meeting_is_kept_and_its_faults_stand_at_the_field(branch_client, appraisal):
    meeting = {"held_on": "2018-12-19", "entitled": 12, "present": 9}
    branch_client.post(build_url("meeting", appraisal), meeting)
    appraisal.refresh_from_db()
    assert (appraisal.entitled, appraisal.present) == (12, 9)
    page = branch_client.post(build_url("meeting", appraisal), meeting | {"present": 13}).content.decode()
    assert "实到 13 人多于应到 12 人" in page
    assert 'value="13"' in page


def test_fewer_entitled_than_stand_on_the_sheet_are_refused_at_the_field(branch_client, appraisal):
    meeting = {"held_on": "2018-12-19", "entitled": 1, "present": 1}
    form = branch_client.post(build_url("meeting", appraisal), meeting).context["meeting"]
    assert "应到 1 人少于评议名单中的在籍团员 12 人" in form.errors["entitled"][0]
    appraisal.refresh_from_db()
    assert appraisal.present is None


def test_the_roll_is_brought_in_line(world, branch_client, appraisal):
    new = MemberFactory(branch=world.a2, name="新转入")
    assert "应补入：新转入" in branch_client.get(appraisal.get_absolute_url()).content.decode()
    branch_client.post(build_url("roll", appraisal))
    assert appraisal.grades.filter(member=new).exists()


# --- from submission to re-opening ------------------------------------------------------------------------------


def test_an_unfinished_sheet_is_refused_with_all_reasons(branch_client, appraisal):
    page = branch_client.post(build_url("submit", appraisal)).content.decode()
    assert "请填写评议会日期。" in page
    assert "还有 12 人没有最终等次" in page


def test_the_way_through_the_college(world, client_of, branch_client, lead, appraisal, able_members):
    fill_sheet(appraisal, lead, excellent=able_members[:3])
    branch_client.post(build_url("submit", appraisal))
    college = client_of(world.secretary)
    college.post(build_url("return", appraisal), {"reason": "互评缺三人"})
    assert "互评缺三人" in branch_client.get(appraisal.get_absolute_url()).content.decode()
    branch_client.post(build_url("submit", appraisal))
    assert "审核通过" in college.get(appraisal.get_absolute_url()).content.decode()
    college.post(build_url("approve", appraisal))
    appraisal.refresh_from_db()
    assert appraisal.state == "approved"
    page = college.post(build_url("reopen", appraisal), {"reason": ""}).content.decode()
    assert "重新开启" in page
    appraisal.refresh_from_db()
    assert appraisal.state == "approved"
    college.post(build_url("reopen", appraisal), {"reason": "等次录错"})
    appraisal.refresh_from_db()
    assert (appraisal.state, appraisal.reason) == ("draft", "等次录错")


def test_a_direct_post_past_the_page_is_refused_too(
    branch_client, lead, appraisal, able_members, world, client_of
):
    approve_sheet(appraisal, branch=lead, college=world.secretary)
    grade = get_grade(appraisal, able_members[1])
    branch_client.post(reverse("appraisal_row", args=[grade.pk]), build_row_data(grade, final="basic"))
    branch_client.post(build_url("sheet", appraisal), build_row_data(grade, final="basic"))
    client_of(world.secretary).post(build_url("return", appraisal), {"reason": "改"})
    assert get_grade(appraisal, able_members[1]).final == "qualified"


def test_then_and_now_stand_beside_each_other(world, client_of, branch_client, lead, appraisal, able_members):
    approve_sheet(appraisal, branch=lead, college=world.secretary, excellent=able_members[:1])
    quiet = client_of(world.admin).get(appraisal.get_absolute_url())
    assert quiet.context["differing"] == 0
    assert "<mark>" not in quiet.content.decode()
    world.year.required_minutes = 1500
    world.year.save()
    correct_person(able_members[1], branch=world.a1)
    page = client_of(world.admin).get(appraisal.get_absolute_url())
    assert page.context["differing"] == 12
    text = page.content.decode()
    assert "20 小时（要求 20 小时）" in text
    assert "<mark>年度服务时长 20 小时（要求 25 小时）</mark>" in text
    assert "现在为 25 小时" in text


# --- as a file --------------------------------------------------------------------------------------------------


def make_sheet_file(rows, header=HEADER) -> SimpleUploadedFile:
    return SimpleUploadedFile("评议表.xlsx", build_workbook([("团员教育评议", header, rows)]))


def upload(client, appraisal, rows, header=HEADER):
    return client.post(build_url("import", appraisal), {"file": make_sheet_file(rows, header)}, follow=True)


def test_what_goes_out_comes_in_unchanged(branch_client, lead, appraisal, able_members):
    write_grades(appraisal, lead, {able_members[1]: {"final": "excellent", "note": "=1+1"}})
    answer = branch_client.get(build_url("export", appraisal))
    assert ExportLog.objects.get().kind == "appraisal"
    book = load_workbook(BytesIO(answer.content))
    header = [cell.value for cell in book.active[1]]
    assert [name for name in header if name not in ("评优资格", "未达到的条件")] == HEADER
    file = SimpleUploadedFile("评议表.xlsx", answer.content)
    preview = branch_client.post(build_url("import", appraisal), {"file": file}, follow=True).context[
        "preview"
    ]
    assert [line.status for line in preview.lines] == ["same"] * 12
    assert not preview.missing


def test_an_approved_sheet_goes_out_as_it_was_approved(world, client_of, lead, appraisal, people):
    able, short, _ = people
    approve_sheet(appraisal, branch=lead, college=world.secretary, excellent=able[1:2])
    Member.objects.filter(pk=able[1].pk).update(name="新名", **NOT_REGISTERED)
    world.year.required_minutes = 600
    world.year.save()
    answer = client_of(world.admin).get(build_url("export", appraisal))
    rows = {row[0]: row for row in load_workbook(BytesIO(answer.content)).active.values}
    assert rows[able[1].student_no][1:4] == (able[1].name, "符合条件", None)
    assert rows[short.student_no][2:4] == ("暂不符合", "还差 1 分钟（二（二）、四.3）")
    page = client_of(world.admin).get(appraisal.get_absolute_url()).content.decode()
    assert f">{able[1].name}</a>" in page and "现名：新名" in page


def test_the_ledgers_that_counted_stand_beside_those_that_count_now(world, client_of, lead, appraisal):
    approve_sheet(appraisal, branch=lead, college=world.secretary)
    world.year.appraisal_sources = ["league", "volunteer_beijing"]
    world.year.save()
    page = client_of(world.admin).get(appraisal.get_absolute_url()).content.decode()
    assert "北京共青团、本平台签到、补录" in page
    assert "现在为 北京共青团、志愿北京" in page


def test_a_file_that_takes_somebody_out_takes_the_grade_out(branch_client, lead, appraisal, able_members):
    write_grades(appraisal, lead, {able_members[1]: {"proposed": "excellent", "final": "excellent"}})
    rows = [[able_members[1].student_no, able_members[1].name, "否", "", "", "", "", "休学"]]
    agreed = upload(branch_client, appraisal, rows).context["agreed"]
    branch_client.post(build_url("import", appraisal), {"agreed": agreed})
    kept = get_grade(appraisal, able_members[1])
    assert (kept.taking_part, kept.proposed, kept.final, kept.note) == (False, "", "", "休学")


def test_a_filled_in_file_is_looked_at_then_agreed_to(branch_client, appraisal, able_members):
    rows = [
        [able_members[1].student_no, able_members[1].name, "是", "优秀", "合格", "优秀", "优秀", "会上表扬"]
    ]
    page = upload(branch_client, appraisal, rows)
    assert get_grade(appraisal, able_members[1]).final == ""
    assert ("最终等次", "空", "优秀") in page.context["preview"].lines[0].changes
    agreed = page.context["agreed"]
    assert (
        branch_client.post(build_url("import", appraisal), {"agreed": agreed}).url
        == appraisal.get_absolute_url()
    )
    kept = get_grade(appraisal, able_members[1])
    assert (kept.self_grade, kept.mutual, kept.proposed, kept.final, kept.note) == (
        "excellent",
        "qualified",
        "excellent",
        "excellent",
        "会上表扬",
    )


def test_a_column_that_seems_to_say_whether_a_row_counts_is_asked_about_before(
    branch_client, appraisal, able_members
):
    person = able_members[1]
    rows = [[person.student_no, person.name, "", "", "", "", "合格", "", "已撤销"]]
    page = upload(branch_client, appraisal, rows, [*HEADER, "系统标记"])
    assert "“系统标记”列平台不认识，里面有“已撤销”" in page.text and "确认这些列不影响录入" in page.text
    url = page.redirect_chain[-1][0]
    sent = {"agreed": page.context["agreed"]}
    refused = branch_client.post(url, sent, follow=True)
    assert "请核对文件里没有读取的列" in refused.text and refused.context["preview"].rows
    assert get_grade(appraisal, person).final == ""
    branch_client.post(url, sent | {"columns_known": "on"})
    assert get_grade(appraisal, person).final == "qualified"


def test_a_file_agreed_to_after_another_change_is_refused_with_who_changed_what(
    world, branch_client, appraisal, able_members
):
    rows = [[able_members[1].student_no, able_members[1].name, "", "", "", "", "合格", ""]]
    agreed = upload(branch_client, appraisal, rows).context["agreed"]
    write_grades(appraisal, world.secretary, {able_members[1]: "basic"})
    page = branch_client.post(build_url("import", appraisal), {"agreed": agreed}, follow=True)
    assert (
        f"没有录入：{able_members[1].name}：您打开页面后，{world.secretary.name}于" in page.content.decode()
    )
    assert get_grade(appraisal, able_members[1]).final == "basic"


def test_bad_rows_say_why_and_good_ones_go_in(world, branch_client, appraisal, people):
    able, short, _ = people
    rows = [
        [able[1].student_no, able[1].name, "", "", "", "", "合格", ""],
        [short.student_no, short.name, "", "", "", "", "优秀", ""],
        [world.zhang_wei_b.student_no, "张伟", "", "", "", "", "优秀", ""],
        [able[2].student_no, "别人", "", "", "", "", "合格", ""],
        [able[3].student_no, able[3].name, "", "", "", "", "卓越", ""],
        [able[1].student_no, able[1].name, "", "", "", "", "基本合格", ""],
        [able[4].student_no, able[4].name, "否", "", "", "", "", ""],
        [None, "没有学号", "", "", "", "", "合格", ""],
    ]
    page = upload(branch_client, appraisal, rows)
    assert [line.problem[:9] for line in page.context["preview"].lines] == [
        "",
        "不能评为优秀：还差",
        "评议名单里没有这个",
        "姓名与学号不符，名",
        "最终等次：“卓越”",
        "这个学号在文件里重",
        "不参加评议请在备注",
        "缺少学号",
    ]
    branch_client.post(build_url("import", appraisal), {"agreed": page.context["agreed"]})
    assert list(appraisal.grades.exclude(final="").values_list("member", "final")) == [
        (able[1].pk, "qualified")
    ]


def test_a_file_over_the_places_is_not_offered(branch_client, appraisal, able_members):
    rows = [[person.student_no, person.name, "", "", "", "", "优秀", ""] for person in able_members[:4]]
    page = upload(branch_client, appraisal, rows)
    assert page.context["preview"].quota.exceeded
    assert 'name="agreed"' not in page.content.decode()
    branch_client.post(build_url("import", appraisal), {"agreed": page.context["agreed"]})
    assert not appraisal.grades.exclude(final="").exists()


def test_an_agreement_is_of_one_person_one_sheet_and_one_hour(
    world, client_of, branch_client, appraisal, able_members, time_machine
):
    rows = [[able_members[1].student_no, able_members[1].name, "", "", "", "", "合格", ""]]
    agreed = upload(branch_client, appraisal, rows).context["agreed"]
    client_of(world.secretary).post(build_url("import", appraisal), {"agreed": agreed})
    branch_client.post(build_url("import", appraisal), {"agreed": agreed + "x"})
    time_machine.move_to("2018-12-20 11:01 +0800", tick=False)
    branch_client.post(build_url("import", appraisal), {"agreed": agreed})
    assert not appraisal.grades.exclude(final="").exists()


def test_a_file_that_is_no_sheet_is_an_error_at_the_field(branch_client, appraisal):
    book, buffer = Workbook(), BytesIO()
    book.active.append(["随便", "什么"])
    book.save(buffer)
    file = SimpleUploadedFile("别的.xlsx", buffer.getvalue())
    answer = branch_client.post(build_url("import", appraisal), {"file": file}, follow=True)
    assert "没有找到表头" in str(answer.context["form"].errors["file"])


def test_no_web_process_reads_the_file(branch_client, appraisal, able_members, monkeypatch):
    """The page waits for a worker, and reloads itself; another person does not see the upload."""
    monkeypatch.setattr(read_appraisal_sheet, "delay", lambda *args: None)  # the worker is not there yet
    rows = [(able_members[1].student_no, "")]
    answer = upload(branch_client, appraisal, rows, [HEADER[0], "备注"])
    assert answer.headers["Refresh"] == "2"
    assert "正在读取“评议表.xlsx”" in answer.content.decode()
    address = answer.redirect_chain[-1][0]
    read_appraisal_sheet(appraisal.pk, int(branch_client.session["_auth_user_id"]), address.partition("=")[2])
    assert branch_client.get(address).context["preview"]
    assert "已过期" in branch_client.get(f"{address}x").content.decode()


def test_a_sheet_that_ends_its_worker_twice_is_parked(branch_client, appraisal, able_members, monkeypatch):
    monkeypatch.setattr(read_appraisal_sheet, "delay", lambda *args: None)
    answer = upload(branch_client, appraisal, [(able_members[1].student_no, "")], [HEADER[0], "备注"])
    address = answer.redirect_chain[-1][0]
    about = {"user_id": int(branch_client.session["_auth_user_id"]), "appraisal_id": appraisal.pk}
    about["token"] = address.partition("=")[2]
    for _ in range(2):
        assert appraisal_readings.begin_reading(**about)
    read_appraisal_sheet(about["appraisal_id"], about["user_id"], about["token"])
    answer = branch_client.get(address)
    assert "两次意外中止" in str(answer.context["form"].errors["file"])


def test_nothing_is_imported_once_it_is_submitted(world, branch_client, lead, appraisal):
    approve_sheet(appraisal, branch=lead, college=world.secretary)
    assert branch_client.get(build_url("import", appraisal)).url == appraisal.get_absolute_url()


# --- the overview -----------------------------------------------------------------------------------------------


def list_branch_names(response) -> list[str]:
    return [branch.name for branch in response.context["page"]]


@pytest.mark.parametrize(
    ("state", "listed"),
    [
        ("", ["a1", "a2", "b1", "b2"]),
        ("none", ["a1", "b1", "b2"]),
        ("draft", ["a2"]),
        ("submitted", []),
        ("approved", []),
        ("open", ["a1", "a2", "b1", "b2"]),
    ],
)
def test_the_school_sees_who_has_not_begun(world, client_of, appraisal, state, listed):
    answer = client_of(world.admin).get(LIST, {"state": state})
    assert sorted(list_branch_names(answer)) == sorted(getattr(world, name).name for name in listed)
    assert answer.context["figures"] == {"all": 4, "none": 3, "draft": 1, "submitted": 0, "approved": 0}


def test_figures_of_a_branch_stand_in_the_list(world, client_of, lead, appraisal, able_members):
    approve_sheet(appraisal, branch=lead, college=world.secretary, excellent=able_members[:2])
    (row,) = client_of(world.admin).get(LIST, {"state": "approved"}).context["page"]
    assert (row.present, row.entitled, row.taking, row.graded, row.taken) == (9, 12, 12, 12, 2)


def test_a_secretary_sees_the_own_branches(world, client_of, branch_client, appraisal):
    assert list_branch_names(branch_client.get(LIST)) == [world.a2.name]
    assert len(list_branch_names(client_of(world.secretary_b).get(LIST))) == 2
    assert list_branch_names(client_of(world.admin).get(LIST, {"q": "法学", "sort": "-branch"})) == [
        world.a2.name,
        world.a1.name,
    ]


def list_left_out_people(answer) -> list:
    return list(answer.context["left_out"])


def test_who_moved_to_a_branch_after_its_approval_is_named(world, client_of, branch_client, lead, appraisal):
    approve_sheet(appraisal, branch=lead, college=world.secretary)
    college = client_of(world.secretary)
    assert list_left_out_people(college.get(LIST)) == []  # a1 has not begun: the list names it as a branch
    correct_person(world.missing, branch=world.a2)
    for client in (college, client_of(world.admin), branch_client):
        assert list_left_out_people(client.get(LIST)) == [world.missing]
        assert list_left_out_people(client.get(appraisal.get_absolute_url())) == [world.missing]
    assert list_left_out_people(client_of(world.secretary_b).get(LIST)) == []
    page = college.get(LIST).content.decode()
    assert "1 名在籍团员不在任何评议名单中" in page
    assert f"{world.missing.name}（{world.a2.name}）" in page
    book = load_workbook(BytesIO(college.get(reverse("appraisals_export")).content))
    assert [row[2] for row in book["不在评议名单"].values] == ["学号", world.missing.student_no]
    other = client_of(world.admin).get(reverse("appraisals_export"), {"college": world.college_b.pk})
    assert len(list(load_workbook(BytesIO(other.content))["不在评议名单"].values)) == 1


def test_who_was_set_aside_by_the_former_branch_is_named_too(world, client_of, lead, appraisal, able_members):
    """The person was set aside as moved away, and the new branch already had its sheet."""
    start_appraisal(user=world.branch_secretary, branch_id=world.a1.pk, year=world.year)
    write_grades(appraisal, lead, {able_members[1]: {"taking_part": False, "note": "已转出"}})
    assert list_left_out_people(client_of(world.secretary).get(LIST)) == []
    correct_person(able_members[1], branch=world.a1)
    assert list_left_out_people(client_of(world.secretary).get(LIST)) == [able_members[1]]


def test_who_was_assessed_before_moving_is_not_named(world, client_of, lead, appraisal, able_members):
    start_appraisal(user=world.branch_secretary, branch_id=world.a1.pk, year=world.year)
    approve_sheet(appraisal, branch=lead, college=world.secretary)
    correct_person(able_members[1], branch=world.a1)
    assert list_left_out_people(client_of(world.secretary).get(LIST)) == []


def test_once_the_next_year_is_appraised_nobody_is_missed_in_the_last(world, client_of, appraisal):
    MemberFactory(branch=world.a2)
    assert len(list_left_out_people(client_of(world.secretary).get(LIST))) == 1
    year = ServiceYearFactory(school=world.school, year=2019)
    Appraisal.objects.create(branch=world.a1, year=year)
    assert list_left_out_people(client_of(world.secretary).get(LIST, {"year": 2018})) == []


def test_the_list_is_exported_as_filtered(world, client_of, appraisal):
    answer = client_of(world.admin).get(reverse("appraisals_export"), {"state": "draft"})
    rows = list(load_workbook(BytesIO(answer.content)).active.values)
    assert [row[1:3] for row in rows] == [("团支部", "状态"), (world.a2.name, "起草中")]
    assert ExportLog.objects.get().rows == 1


def test_the_number_of_queries_does_not_grow_with_the_sheet(world, client_of, branch_client, appraisal, lead):
    def count_queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            branch_client.get(appraisal.get_absolute_url())
        return len(queries)

    count_queries()
    before = count_queries()
    for _ in range(20):
        MemberFactory(branch=world.a2)
    branch_client.post(build_url("roll", appraisal))
    count_queries()
    assert count_queries() == before
