"""What single cells say, through `import_file`: words for nothing, damaged names, examples, rounded hours, ID cards."""

import csv
import datetime
import io

import pytest
from django.core.management import call_command
from django.db import connection

from activities.models import ServiceRecord
from members.models import Branch, ImportRow, Member, Street, VolunteerRecord
from members.transfer.resources import LISTED_DOUBTS
from tests.members.import_files import ROSTER_HEADER, read_lines, run_import_command
from tests.members.sheet_files import make_xlsx

pytestmark = pytest.mark.django_db

PEOPLE = [
    ("2018010001", "安知行", "13800138001"),
    ("2018010002", "白若溪", "13800138002"),
    ("2018010003", "程一诺", "13800138003"),
    ("2018010004", "王䶮", "13800138004"),
    ("2018010005", "葛天", "13800138005"),
    ("2018010006", "古丽·阿迪力", "13800138006"),
    ("2018010007", "李㛃", "13800138007"),
    ("2018010008", "周桐", "13800138008"),
]
NEW = ("2018010099", "欧阳新", "法学院", "法学1801", "共青团员", "13800138099")
UNITS = ("法学院", "法学1801", "共青团员")
VOLUNTEERS = ("志愿者编号", "姓名", "手机号码", "注册时间")
HOURS = ("学号", "姓名", "项目名称", "服务日期", "服务时长", "状态")
STREETS = ("区", "街乡名称", "类型", "联系人", "联系电话", "全市已对接数", "数据时间")


def make_csv(*rows, encoding="utf-8-sig") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode(encoding)


@pytest.fixture
def import_rows(tmp_path, db):
    """Return a function that imports rows, as .csv or .xlsx, into a school that knows PEOPLE; it gives the report."""
    call_command("create_school", "JH", "京华大学", year=2018, stdout=io.StringIO())

    def import_content(kind, content, suffix, **options):
        path = tmp_path / f"文件.{suffix}"
        path.write_bytes(content)
        return run_import_command(kind, path, school="JH", **options)

    def import_rows(kind, header, *rows, suffix="csv", **options):
        content = (make_csv if suffix == "csv" else make_xlsx)(header, *rows)
        return import_content(kind, content, suffix, **options)

    import_rows("roster", ROSTER_HEADER, *(place_person(place) for place in range(len(PEOPLE))))
    import_rows.content = import_content
    return import_rows


def place_person(place=0, **changed) -> tuple:
    number, name, phone = PEOPLE[place]
    cells = {
        "number": number,
        "name": name,
        "college": "法学院",
        "branch": "法学1801",
        "politics": "共青团员",
        "phone": phone,
    }
    return tuple((cells | changed).values())


def list_errors(report) -> dict[int, str]:
    return {error["row"]: error["reason"] for error in report["errors"]}


NOTHING = [
    "无", "/", "-", "—", "——", "NULL", "null", "nan", "NaN", "None", "undefined", "待定", "暂无", "未知", "不详", "N/A", "0",
    "同上", "空", "……", "***", "（无）", "\\N", "请选择", "待补充", "0.0", "。", "　", "\u200b", "<null>", "N／A",
]  # fmt: skip
ERRORS = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "TRUE", "FALSE", "########", "Err:502"]
DAYS = ["2018-03-01", "2018/3/1", "3月1日", "1-Mar", "Mar-01", "2018年3月1日"]


@pytest.mark.parametrize("word", NOTHING)
def test_a_word_for_nothing_is_no_branch_and_moves_nobody(import_rows, word):
    report = import_rows("roster", ROSTER_HEADER, place_person(branch=word, college=word), place_person(1))
    assert (report["updated"], report["errors"]) == (0, [])
    assert Branch.objects.count() == 1


@pytest.mark.parametrize("word", NOTHING)
def test_a_new_person_needs_a_branch(import_rows, word):
    report = import_rows("roster", ROSTER_HEADER, (*NEW[:3], word, *NEW[4:]))
    assert list(list_errors(report)) == [2]
    assert Branch.objects.count() == 1


@pytest.mark.parametrize("word", [*ERRORS, *DAYS, "法学?班", "法学□班", "锟斤拷"])
def test_an_error_value_or_a_day_is_no_branch(import_rows, word):
    report = import_rows("roster", ROSTER_HEADER, place_person(branch=word), place_person(1))
    assert "团支部：" in list_errors(report)[2]
    assert Branch.objects.count() == 1


@pytest.mark.parametrize("cell", [datetime.date(2018, 3, 1), True, False, datetime.time(3, 1)])
@pytest.mark.parametrize("field", ["number", "name", "college", "branch"])
def test_a_date_or_a_tick_is_no_number_name_or_unit(import_rows, cell, field):
    report = import_rows(
        "roster", ROSTER_HEADER, place_person(**{field: cell}), place_person(1), suffix="xlsx"
    )
    assert "表格软件" in list_errors(report)[2]
    assert (Branch.objects.count(), Member.objects.count()) == (1, len(PEOPLE))


def test_3_1_that_became_a_date_is_named_as_such(import_rows):
    report = import_rows(
        "roster", ROSTER_HEADER, place_person(branch=datetime.date(2018, 3, 1)), suffix="xlsx"
    )
    assert list_errors(report) == {2: "团支部：“2018-03-01”被表格软件变成了日期，请设为文本后重填"}


@pytest.mark.parametrize(
    ("cell", "branch"), [(1801, "1801"), (1801.0, "1801"), ("1801", "1801"), ("3-1", "3-1")]
)
def test_a_numeric_branch_is_a_branch(import_rows, cell, branch):
    report = import_rows("roster", ROSTER_HEADER, place_person(branch=cell), suffix="xlsx")
    assert (report["updated"], report["errors"]) == (1, [])
    assert Member.objects.get(student_no="2018010001").branch.name.startswith(branch)


@pytest.mark.parametrize(
    "number",
    [
        *[word for word in NOTHING if word.strip("\u3000\u200b")], *ERRORS, "2.01801E9", "2.01801E+09", "2e+09", "学号2018010006",
        "编号2018010006", "-2018010001", "张三", "2018010001号", "110101199003071233", "110101900307123",
    ],
)  # fmt: skip
def test_what_is_no_student_number_makes_no_person(import_rows, number):
    report = import_rows("roster", ROSTER_HEADER, place_person(number=number), place_person(1))
    assert list(list_errors(report)) == [2]
    assert Member.objects.count() == len(PEOPLE)


def test_a_word_for_nothing_is_named_in_the_reason(import_rows):
    report = import_rows("roster", ROSTER_HEADER, place_person(number="nan"), place_person(name="待定"))
    assert list_errors(report) == {2: "缺少学号（“nan”不算填写）", 3: "缺少姓名（“待定”不算填写）"}


@pytest.mark.parametrize("number", ["S2018001", "00180108", "留2018001", "b2018-01", "20180E01"])
def test_letters_and_leading_zeros_stay(import_rows, number):
    assert import_rows("roster", ROSTER_HEADER, (number, *NEW[1:]))["created"] == 1
    assert Member.objects.filter(student_no=number).exists()


@pytest.mark.parametrize("word", NOTHING)
def test_a_volunteer_number_for_nothing_registers_nobody(import_rows, word):
    import_rows(
        "volunteers", VOLUNTEERS, (word, "王䶮", "13800138004", ""), (word, "葛天", "13800138005", word)
    )
    assert not Member.objects.registered().exists()
    assert not VolunteerRecord.objects.exists()


def test_a_volunteer_without_number_is_registered_by_the_day(import_rows):
    report = import_rows("volunteers", VOLUNTEERS, ("nan", "安知行", "13800138001", "2018-09-28"))
    assert (report["created"], report["errors"]) == (1, [])
    assert Member.objects.get(student_no="2018010001").volunteer_no == ""


@pytest.mark.parametrize("cell", [0, "0", "无", datetime.date(2018, 3, 1), True, "#N/A", "nan", "李□街道"])
def test_what_is_no_street_makes_none(import_rows, cell):
    report = import_rows(
        "streets",
        STREETS,
        ("海淀区", cell, "城区", "", "", 2, ""),
        ("海淀区", "中关村街道", "城区", "", "", 0, ""),
        suffix="xlsx",
    )
    assert list(list_errors(report)) == [2]
    assert list(Street.objects.values_list("name", "taken_elsewhere")) == [("中关村街道", 0)]


@pytest.mark.parametrize(
    "title", [datetime.date(2018, 12, 5), "2018-12-05", "12月5日", "无", "0", "TRUE", True, "#REF!", "……"]
)
def test_what_is_no_title_makes_no_record(import_rows, title):
    row = ("2018010001", "安知行", title, "2018-10-13", 2, "已确认")
    report = import_rows("hours", HOURS, row, suffix="xlsx")
    assert list(list_errors(report)) == [2]
    assert not ServiceRecord.objects.exists()


@pytest.mark.parametrize(
    "title", ["2018-12-05 志愿活动", "12·9合唱", "你知道吗？", "无偿献血", "1", "R&D 开放日"]
)
def test_real_titles_stay(import_rows, title):
    assert (
        import_rows("hours", HOURS, ("2018010001", "安知行", title, "2018-10-13", 2, "已确认"))["errors"]
        == []
    )
    assert ServiceRecord.objects.get().title == title


LOST = [
    "王?",
    "王？",
    "李□",
    "葛\ufffd",
    "张\uffff三",
    "王\ue000",
    "王*",
    "锟斤拷",
    "寮犱笁",
    "ÕÅÈý",
    "å¼ ä¸‰",
]


@pytest.mark.parametrize("name", LOST)
def test_a_name_that_lost_a_character_overwrites_nobody(import_rows, name):
    report = import_rows("roster", ROSTER_HEADER, place_person(3, name=name), place_person(1))
    assert "姓名：" in list_errors(report)[2]
    assert Member.objects.get(student_no="2018010004").name == "王䶮"


@pytest.mark.parametrize(
    ("place", "written"),
    [
        (4, "葛\U000e0100天"), (4, "葛\ufe00天"), (5, "古丽&middot;阿迪力"), (5, "古丽&#183;阿迪力"), (5, "古丽&amp;middot;阿迪力"),
        (5, "古丽&nbsp;&#xB7;阿迪力"), (3, "王\ue863"), (0, "安\u2f58知行".replace("\u2f58", "")), (0, "安&#30693;行"), (4, "葛⼤".replace("⼤", "天")),
    ],
)  # fmt: skip
def test_variants_of_a_character_are_the_same_name(import_rows, place, written):
    number, _, phone = PEOPLE[place]
    report = import_rows("volunteers", VOLUNTEERS, ("110108000005", written, phone, "2018-09-28"))
    assert (report["created"], report["unclear"], report["errors"]) == (1, 0, [])
    assert import_rows("roster", ROSTER_HEADER, place_person(place, name=written))["updated"] == 0
    assert Member.objects.get(student_no=number).volunteer_no == "110108000005"


def test_the_same_name_in_radicals_and_in_gb18030_is_one_name(import_rows):
    import_rows("roster", ROSTER_HEADER, place_person(number="2018010020", name="⼈民"))
    assert Member.objects.get(student_no="2018010020").name == "人民"
    rows = [place_person(number="2018010021", name="㐂乐"), place_person(number="2018010022", name="𠮷田")]
    import_rows.content("roster", make_csv(ROSTER_HEADER, *rows, encoding="gb18030"), "csv")
    assert set(Member.objects.filter(name__in=["㐂乐", "𠮷田"]).values_list("student_no", flat=True)) == {
        "2018010021",
        "2018010022",
    }


# --- rows that are no data ---


NUMBERED = ("序号", *ROSTER_HEADER, "备注")


@pytest.mark.parametrize(
    "row",
    [
        ("示例", "2018999999", "张三", *UNITS, "13800138001", ""),
        ("例", "2018999999", "张三", *UNITS, "13800138001", ""),
        ("例：", "2018999999", "张三", *UNITS, "13800138001", ""),
        ("（样例）", "2018999999", "张三", *UNITS, "13800138001", ""),
        ("填写示例", "2018999999", "张三", *UNITS, "13800138001", ""),
        ("Example", "2018999999", "张三", *UNITS, "13800138001", ""),
        ("1", "2018999999", "张三", *UNITS, "13800138001", "示例，请删除"),
        ("1", "2018999999", "张三", *UNITS, "13800138001", "此行为示例"),
        ("1", "2018999999", "张三（示例）", *UNITS, "13800138001", ""),
        ("1", "例：2018999999", "例：张三", *UNITS, "13800138001", ""),
        ("", "请填写学号", "请填写姓名", "请选择学院", "全称", "请选择", "11位手机号", ""),
        ("", "必填", "必填", "必填", "必填", "必填", "选填", ""),
        ("", "文本格式", "填写真实姓名", "如：法学院", "如：法学1801", "下拉选择", "11位数字", ""),
        ("", "以下空白", "", "", "", "", "", ""),
        ("以下空白", "", "", "", "", "", "", ""),
        ("", "——以下空白——", "", "", "", "", "", ""),
        ("此行以下为空", "", "", "", "", "", "", ""),
        ("", "以下无正文", "", "", "", "", "", ""),
        ("", "\u200b", "", "", "", "", "", ""),
        ("2", "\u200b\ufeff", "　", "", "", "", "", ""),
        ("", "……", "……", "……", "……", "……", "……", ""),
        ("...", "...", "...", "...", "...", "...", "...", "..."),
        ("", "无", "/", "-", "/", "/", "/", ""),
        ("3", "0", "0", "0", "0", "0", "0", ""),
    ],
)
def test_a_row_that_is_no_data_is_neither_taken_nor_listed(import_rows, row):
    report = import_rows(
        "roster", NUMBERED, row, ("1", *place_person(0), ""), row, ("2", *place_person(1), "")
    )
    assert (report["rows"], report["unchanged"], report["errors"]) == (2, 2, [])
    assert Member.objects.count() == len(PEOPLE)


@pytest.mark.parametrize(
    "person",
    [
        ("2018010030", "张三", "13800000000", ""),
        ("2018010031", "李例", "13800000001", ""),
        ("2018010032", "安完", "13800000002", "示范支部"),
        ("2018010033", "请溪", "13800000003", "请假"),
        ("2018010034", "白空", "13800000004", "格式待核"),
        ("2018010035", "如是", "13800000005", "例会召集人"),
        ("2018010036", "李止", "13800000006", "无"),
    ],
)
def test_a_person_with_a_strange_name_or_remark_is_a_person(import_rows, person):
    number, name, phone, remark = person
    report = import_rows("roster", NUMBERED, ("1", number, name, *UNITS, phone, remark))
    assert (report["created"], report["errors"]) == (1, [])


def test_a_row_of_errors_is_listed(import_rows):
    report = import_rows("roster", ROSTER_HEADER, ("#N/A",) * 6, place_person())
    assert list(list_errors(report)) == [2]


# --- hours ---


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [("1.33", 80), ("0.67", 40), ("2.17", 130), (1.3333333333333333, 80), ("2小时30", 150), ("2时30分", 150), ("2:30", 150), ("2：30", 150), ("150 分", 150)],
)  # fmt: skip
def test_rounded_and_spoken_hours_are_whole_minutes(import_rows, cell, minutes):
    row = ("2018010001", "安知行", "助残", "2018-10-13", cell, "已确认")
    assert import_rows("hours", HOURS, row, suffix="csv" if type(cell) is str else "xlsx")["errors"] == []
    assert ServiceRecord.objects.get().minutes == minutes


@pytest.mark.parametrize(
    "cell", ["约2小时", "2-3小时", "2+1", "2～3小时", "1.3337", "2 30", "2小时左右", "待定", "#N/A"]
)
def test_hours_that_nobody_can_tell_are_refused(import_rows, cell):
    report = import_rows("hours", HOURS, ("2018010001", "安知行", "助残", "2018-10-13", cell, "已确认"))
    assert list(list_errors(report)) == [2]


@pytest.mark.parametrize(
    "day",
    [
        "2018-10-13（周六）", "2018年10月13日(星期六)", "2018-10-13 周六", "2018/10/13 星期六", "2018-10-13 [礼拜六]", "二〇一八年十月十三日",
        "2018-10-13(周六) 9:00", "2018-10-13 Sat", "2018年10月13号",
    ],
)  # fmt: skip
def test_a_weekday_behind_a_day_is_no_part_of_it(import_rows, day):
    assert import_rows("hours", HOURS, ("2018010001", "安知行", "助残", day, "2", "已确认"))["errors"] == []
    assert ServiceRecord.objects.get().served_on == datetime.date(2018, 10, 13)


@pytest.mark.parametrize(
    ("day", "reason"),
    [("10月13日", "没有年份"), ("10-13", "没有年份"), ("18-10-13", "年份只有两位"), ("10/12/2018", "哪个是月"), ("13/10/2018", "哪个是月")],
)  # fmt: skip
def test_a_day_that_nobody_can_tell_is_refused_with_its_reason(import_rows, day, reason):
    report = import_rows("hours", HOURS, ("2018010001", "安知行", "助残", day, "2", "已确认"))
    assert reason in list_errors(report)[2]


# --- optional cells, two phones, codes of standards ---


FULL = (*ROSTER_HEADER, "性别", "职务", "年级")


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (("找辅导员要", "男", "班长", "2018"), "手机号码"),
        (("1380013800", "男", "班长", "2018"), "手机号码"),
        (("13800138099", "外星人", "班长", "2018"), "性别"),
        (("13800138099", "男", "长" * 500, "2018"), "职务"),
        (("13800138099", "男", "班长", "2018-03-01"), "年级"),
        (("#N/A 和其他", "男", "班长", "2018"), "手机号码"),
    ],
)
def test_a_bad_optional_cell_costs_the_cell_not_the_person(import_rows, cells, field):
    person = place_person(number="2018010099", name="欧阳新")[:5]
    report = import_rows("roster", FULL, (*person, *cells))
    assert (report["created"], report["errors"]) == (1, [])
    (warning,) = [text for text in report["warnings"] if "已略过" in text]
    assert warning.startswith(f"第 2 行 {field}：")
    assert len(ImportRow.objects.latest("pk").doubts) == 1


def test_a_bad_optional_cell_leaves_what_is_known(import_rows):
    report = import_rows("roster", ROSTER_HEADER, place_person(phone="不告诉你"))
    assert (report["unchanged"], report["errors"]) == (1, [])
    assert Member.objects.get(student_no="2018010001").phone == "13800138001"


def test_warnings_about_cells_are_bounded(import_rows):
    rows = [place_person(number=f"2018020{place:03}", phone="不告诉你") for place in range(LISTED_DOUBTS + 5)]
    warnings = import_rows("roster", ROSTER_HEADER, *rows)["warnings"]
    assert sum("已略过" in text and text.startswith("第 ") for text in warnings) == LISTED_DOUBTS
    assert "还有 5 个单元格已略过或有疑问" in warnings


@pytest.mark.parametrize(
    "phones",
    ["13800138001/13900139002", "13800138001、13900139002", "13800138001;13900139002", "13800138001 13900139002", "13800138001\n13900139002", "13800138001，010-60509356"],
)  # fmt: skip
def test_the_first_of_two_phones_matches(import_rows, phones):
    report = import_rows("volunteers", VOLUNTEERS, ("110108000001", "安知行", phones, "2018-09-28"))
    assert (report["created"], report["unclear"]) == (1, 0)
    assert any("不止一个号码" in text for text in report["warnings"])


@pytest.mark.parametrize(
    ("politics", "stage", "party"),
    [
        ("03共青团员", "member", ""), ("03", "member", ""), ("共青团员(03)", "member", ""), ("03-共青团员", "member", ""), ("０３共青团员", "member", ""),
        ("01中共党员", "member", "full"), ("02", "member", "probationary"), ("02中共预备党员", "member", "probationary"),
        ("中共党员（预备）", "member", "probationary"), ("13群众", "student", ""), ("13", "student", ""), ("12", "student", ""), ("05民盟盟员", "student", ""),
    ],
)  # fmt: skip
def test_codes_of_the_standard_are_read(import_rows, politics, stage, party):
    report = import_rows("roster", ROSTER_HEADER, (*NEW[:4], politics, NEW[5]))
    assert report["errors"] == []
    person = Member.objects.get(student_no="2018010099")
    assert (person.stage, person.party) == (stage, party)


@pytest.mark.parametrize("politics", ["1", "3", "99", "01共青团员", "13共青团员", "14"])
def test_codes_that_nobody_can_tell_are_refused(import_rows, politics):
    report = import_rows("roster", ROSTER_HEADER, (*NEW[:4], politics, NEW[5]))
    assert "政治面貌" in list_errors(report)[2]


# --- ID cards ---


PAPERS = [
    "110101900307123", "110101199003071233", "11010119900307123X", "11010119900307123x", "110101 19900307 1233", "110101-19900307-1233",
    "'110101199003071233", "身份证110101199003071233", "身份证号：110101199003071233，请核对", "（110101199003071233）", "１１０１０１１９９００３０７１２３３",
    "110101\u200b199003071233", "1 1 0 1 0 1 1 9 9 0 0 3 0 7 1 2 3 3", "110101.19900307.1233", "110101/19900307/1233", "ID110101199003071233",
    "110101199003071233 13800138001", "110101 19900307 123X", "110101　19900307　1233", "1101 0119 9003 0712 33",
]  # fmt: skip


def read_whole_database() -> str:
    """Return all texts of all tables, without signs between digits."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")  # noqa: S608 (the names come from the database)
            texts += [row[0] for row in cursor.fetchall()]
    return "\n".join(texts)


@pytest.mark.parametrize("paper", PAPERS)
def test_an_id_card_number_is_neither_stored_nor_returned(import_rows, paper, tmp_path):
    header = (*ROSTER_HEADER, "公民身份号码", "备注", "职务")
    good, bad = (*place_person(0), paper, paper, paper), (*place_person(1, name=paper), paper, paper, "")
    branch, numbered = (
        (*place_person(2, branch=paper), "", "", ""),
        (*place_person(3, number=paper), "", "", ""),
    )
    rejects = tmp_path / "退回.xlsx"
    report = import_rows("roster", header, good, bad, branch, numbered, rejects=rejects)
    assert list(list_errors(report)) == [3, 4, 5]
    kept = read_whole_database() + str(report) + str(read_lines(rejects.read_bytes()))
    digits = "".join(c for c in kept if c.isalnum())
    for secret in ("19900307123", "101900307123", "１９９００３０７"):
        assert secret not in digits


def test_an_id_card_number_in_the_name_of_the_file_is_not_kept(import_rows, tmp_path):
    path = tmp_path / "花名册110101199003071233.csv"
    path.write_bytes(make_csv(ROSTER_HEADER, place_person()))
    run_import_command("roster", path, school="JH")
    assert "19900307" not in read_whole_database()


@pytest.mark.parametrize(
    "number", ["110108000000123", "110108999999000000", "999999999999999", "2018010001 2018101312"]
)
def test_other_long_numbers_stay(import_rows, number):
    header = (*ROSTER_HEADER, "备注")
    import_rows("roster", header, (*place_person(number=""), number))
    assert number in ImportRow.objects.latest("pk").original
