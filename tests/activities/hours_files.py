"""Files of hours in the formats of the two ledgers, made for a test."""

from tests.members.import_files import Kind, run_import
from tests.members.sheet_files import make_csv_text, make_xlsx

LEAGUE_HEADER = (
    "记录编号",
    "学号",
    "姓名",
    "项目名称",
    "服务日期",
    "开始时间",
    "结束时间",
    "服务时长",
    "状态",
)
VOLUNTEER_HEADER = ("志愿者编号", "姓名", "服务项目", "日期", "服务时长", "添加方式", "状态")


def make_league_row(person, **changed) -> tuple:
    """Return two confirmed hours on a Saturday morning as a row of the 北京共青团 sheet."""
    known = {
        "record_no": "GQT0001",
        "student_no": person.student_no,
        "name": person.name,
        "title": "助残服务",
        "day": "2018-10-13",
        "start": "09:00",
        "end": "11:00",
        "stated": "2小时",
        "state": "已确认",
    }
    assert changed.keys() <= known.keys()
    return tuple((known | changed).values())


def make_volunteer_row(person, **changed) -> tuple:
    """Return the same service as a row of the 志愿北京 file."""
    known = {
        "volunteer_no": person.volunteer_no,
        "name": person.name,
        "title": "助残服务",
        "day": "2018-10-13 09:00:00",
        "stated": "2.0",
        "how": "团体录入",
        "state": "已生效",
    }
    assert changed.keys() <= known.keys()
    return tuple((known | changed).values())


def make_league_file(*rows, header=LEAGUE_HEADER) -> bytes:
    return make_xlsx(("社区服务时长明细（2018年）",), header, *rows)


def make_volunteer_file(*rows, header=VOLUNTEER_HEADER) -> bytes:
    return make_csv_text(header, *rows).encode("gb18030")


def import_league(by, *rows, **options):
    return run_import(Kind.HOURS, make_league_file(*rows), by=by, filename="时长.xlsx", **options)


def import_volunteers(by, *rows, **options):
    return run_import(Kind.HOURS, make_volunteer_file(*rows), by=by, filename="时长.csv", **options)
