"""Shapes of tables as schools have them: lines that are no data, tables beside each other, texts of many programs (§4)."""

import pytest

from members.resources.roster import RosterResource
from members.sheets.grids import parse_file
from members.sheets.sheets import SheetError
from tests.members.sheet_files import make_xlsx

HEADER = ("学号", "姓名", "学院", "团支部", "政治面貌")
AN = ("2018010001", "安知行", "法学院", "法学1801", "共青团员")
BAI = ("2018010002", "白若溪", "法学院", "法学1801", "群众")
CHENG = ("2018010003", "程一诺", "法学院", "法学1802", "共青团员")
NOTHING = (None,) * 5


def read_numbers(content: bytes, name: str = "名单.xlsx") -> list[str]:
    """Return the student numbers of the rows that go in, and the reason of each that does not."""
    resource = RosterResource()
    return [
        row.reason or row.data["student_no"]
        for row in resource.rows(resource.open(parse_file(content, name)))
    ]


def get_numbers(*people) -> list[str]:
    return [person[0] for person in people]


# --- lines that are no data

LINES = [
    *(
        ("合计", 2),
        ("合计：2人",),
        ("总计", "2"),
        ("小计", None, 2),
        ("共2人",),
        ("人数合计", 2),
        ("平均", 1),
    ),
    *(
        ("填表人：王老师",),
        ("填表人", "王老师", "日期", "2018-10-10"),
        ("制表：王老师", None, "审核：李老师"),
    ),
    *(("负责人（签字）：", "", "", "2018年10月10日"), ("打印时间", "2018-10-10 10:00"), ("（盖章）",)),
    *((None, "合计", 2), (None, None, None, "填表人：王老师"), ("联系人：王老师 电话：13800138000",)),
    *(("注：以上名单经核对",), ("备注：本表一式两份",), ("第1页 共2页",), ("数据截止2018年10月10日",)),
    *(("以下空白",), (None, "以下空白"), ("此行以下无内容",), ("————以下空白————",), ("*****",), ("END",)),
    *(NOTHING, ("制表日期：2018-10-10",), ("团支书签字：",), ("总人数", 2)),
]


@pytest.mark.parametrize("line", LINES, ids=str)
def test_a_line_of_no_data_is_none_below_and_between(line):
    assert read_numbers(make_xlsx(HEADER, AN, BAI, line)) == get_numbers(AN, BAI)
    assert read_numbers(make_xlsx(HEADER, AN, line, BAI)) == get_numbers(AN, BAI)


@pytest.mark.parametrize(
    "line",
    [
        ("示例", "张三", "法学院", "法学1801", "共青团员"),
        ("2018990001", "张三（示例）", "法学院", "法学1801", "共青团员"),
        ("例：2018010009", "张三", "法学院", "法学1801", "共青团员"),
        ("例如2018010009", "张三", "法学院", "法学1801", "共青团员"),
        ("（示例）", "张三", "法学院", "法学1801", "共青团员"),
        ("如：2018010009", "如：张三", "如：法学院", "如：法学1801", "如：共青团员"),
        ("必填", "必填", "必填", "必填", "选填"),
        ("请填写学号", "请填写姓名", "请填写学院全称", "请填写团支部", "请选择"),
        ("文本", "文本", "文本", "文本", "下拉选择"),
        ("10位数字", "与身份证一致", "全称", "全称", "共青团员/群众"),
        ("学号为10位", "真实姓名", "下拉", "下拉", "下拉"),
        ("1", "2", "3", "4", "5"),
        (1, 2, 3, 4, 5),
        ("①", "②", "③", "④", "⑤"),
        ("A", "B", "C", "D", "E"),
        ("（1）", "（2）", "（3）", "（4）", "（5）"),
    ],
    ids=str,
)
def test_an_example_or_prompt_below_the_header_is_no_person(line):
    assert read_numbers(make_xlsx(HEADER, line, AN, BAI)) == get_numbers(AN, BAI)


def test_a_plain_zhang_san_is_a_person():
    zhang = ("2018010009", "张三", "法学院", "法学1801", "共青团员")
    assert read_numbers(make_xlsx(HEADER, zhang, AN)) == get_numbers(zhang, AN)


# --- where the tables are


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_tables_beside_each_other_are_read_from_the_left(gap):
    between = (None,) * gap
    turned = (BAI[1], BAI[0], BAI[3], BAI[2], BAI[4])
    other = ("姓名", "学号", "团支部", "学院", "政治面貌")
    long_left = make_xlsx((*HEADER, *between, *HEADER), (*AN, *between, *BAI), CHENG)
    long_right = make_xlsx((*HEADER, *between, *HEADER), (*AN, *between, *BAI), (*NOTHING, *between, *CHENG))
    assert read_numbers(long_left) == get_numbers(AN, CHENG, BAI)
    assert read_numbers(long_right) == get_numbers(AN, BAI, CHENG)
    assert read_numbers(make_xlsx((*HEADER, *between, *other), (*AN, *between, *turned))) == get_numbers(
        AN, BAI
    )


@pytest.mark.parametrize(
    "rows",
    [
        (("2018年团员花名册",), ("填报单位：法学院", "", "", "填报时间：2018-10-10"), HEADER, AN, BAI),
        (("序号", *HEADER), (1, *AN), (2, *BAI), (3,), ("合计", None, 2)),
        (HEADER, AN, HEADER, BAI),
        (("名单",), HEADER, AN, ("名单（续）",), HEADER, BAI),
        (HEADER, AN, NOTHING, NOTHING, BAI),
    ],
    ids=["titles", "serial numbers", "header again", "table again", "blank rows"],
)
def test_titles_serial_numbers_and_headers_of_each_page_are_no_data(rows):
    assert read_numbers(make_xlsx(*rows)) == get_numbers(AN, BAI)


# --- texts


def make_text(*rows, sep=",", eol="\r\n", encoding="utf-8", front=b"") -> bytes:
    return front + eol.join(sep.join(row) for row in rows).encode(encoding)


@pytest.mark.parametrize(
    "content",
    [
        *(
            make_text(HEADER, AN, BAI, encoding=one)
            for one in ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16")
        ),
        make_text(HEADER, AN, BAI, encoding="utf-16-be", front=b"\xfe\xff"),
        make_text(HEADER, AN, BAI, front=b"\xef\xbb\xbf\xef\xbb\xbf"),
        *(make_text(HEADER, AN, BAI, sep=sep) for sep in (",", "\t", ";")),
        *(make_text(HEADER, AN, BAI, sep=sep, front=f"sep={sep}\r\n".encode()) for sep in (",", "\t", ";")),
        *(make_text(HEADER, AN, BAI, eol=eol) for eol in ("\n", "\r\n", "\r", "\n\n", "\r\r\n")),
        make_text(HEADER, ('="2018010001"', *AN[1:]), BAI),
        make_text(HEADER, ("'2018010001", *AN[1:]), BAI),
        make_text(HEADER, ("\u00a02018010001\t", *AN[1:]), BAI),
        make_text((*HEADER, "", ""), (*AN, "", ""), (*BAI, "", "")),
    ],
)
def test_a_text_is_read_in_each_usual_form(content):
    assert read_numbers(content, "名单.csv") == get_numbers(AN, BAI)


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"",
            b"  \r\n ",
            b'{"a": 1}',
            b"%PDF-1.4 x",
            b"PK\x03\x04xxxx",
            b"\x89PNG\r\n\x1a\n",
            b"<html></html>",
        ),
        make_text(HEADER, (AN[0], '"安知行', *AN[2:]), BAI),
    ],
)
def test_what_is_no_table_is_refused_in_words(content):
    with pytest.raises(SheetError, match=r"[一-龥]{4}"):
        read_numbers(content, "名单.csv")
