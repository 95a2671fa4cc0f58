"""What the makers of good files mean: people and records with their values, for each kind of file.

The expected values are those of the intent; nothing here reads a cell.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from tests.members.good_cells import (
    BLANK,
    ERROR,
    Written,
    write_clock,
    write_day,
    write_hidden,
    write_hours,
    write_minutes,
    write_moment,
    write_name,
    write_nothing,
    write_number,
    write_phone,
    write_span,
    write_text,
    write_unit,
)

ACCEPT, REFUSE, NO_DATA = "accept", "refuse", "no data"
ABSENT = None


@dataclass
class Line:
    """One line of the intent: its verdict, the values of an accepted one, and its cells by column."""

    verdict: str
    cells: dict[str, Written]
    expected: dict[str, object] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Content:
    """The columns of a file as (key, header), and its lines; `grouped`: the column whose equal cells are merged."""

    columns: list[tuple[str, str]]
    lines: list[Line]
    grouped: str = ""
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)  # other headers of a second table


SURNAMES, GIVEN = "张李王赵陈杨黄周吴徐孙马朱胡郭何", "伟芳娜敏静磊洋艳勇杰娟涛明超霞平刚桂英"
WHOLE_NAMES = ("阿依古丽·买买提", "欧阳修远", "John Smith", "王𠮷祥", "司马䶮", "迪丽热巴·迪力木拉提")
BAD_NAMES = ("王?", "李□", "王*", "TRUE", "#N/A", "12345678", "锟斤拷")
REFUSED_REVIEWS = ("不通过", "待审核", "驳回", "审核不通过", "未通过", "作废")
PASSED_REVIEWS = ("通过", "审核通过", "有效", "已通过")


def make_name(chance: Random) -> str:
    """Return an invented name."""
    if chance.random() < 0.15:
        return chance.choice(WHOLE_NAMES)
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))


def make_numbers(chance: Random, count: int) -> list[str]:
    """Return different identifiers of one style: 2018010001, 00180108, B18010001."""
    form = chance.choice(("2018{:06}", "0018{:04}", "B1801{:04}", "1101{:08}", "2018{:08}"))
    return [form.format(n) for n in chance.sample(range(1, 9000), count)]


def _choose_headers(
    chance: Random, names: dict[str, tuple[str, ...]], optional: set[str]
) -> list[tuple[str, str]]:
    columns = [
        (key, chance.choice(headers))
        for key, headers in names.items()
        if key not in optional or chance.random() < 0.5
    ]
    chance.shuffle(columns)
    return columns


def _add_seconds(chance: Random, content: Content, seconds: dict[str, str]) -> None:
    """Add a second column of a field, empty or equal."""
    keys = [key for key, _ in content.columns if key in seconds]
    if not keys or chance.random() < 0.7:
        return
    key, equal = chance.choice(keys), chance.random() < 0.5
    if seconds[key] in (header for _, header in content.columns):
        return
    content.columns.append((f"{key}+", seconds[key]))
    for line in content.lines:
        line.cells[f"{key}+"] = line.cells[key] if equal or line.verdict == NO_DATA else BLANK


def _add_samples(chance: Random, content: Content, cells: dict[str, Written]) -> None:
    """Put a sample row or a row of prompts before the lines, sometimes."""
    if chance.random() > 0.3:
        return
    form = chance.choice(("name", "remark", "prompts"))
    if form == "name":
        mark = chance.choice(("张三（示例）", "例：张三", "示例：张三", "【示例】张三"))
        cells |= {"name": Written(mark, mark)}
    elif form == "remark":
        content.columns.append(("note", "说明"))
        mark = chance.choice(("示例", "（样例）", "此行为示例，请删除", "示例，填写前删除"))
        cells |= {"note": Written(mark, mark)}
    else:
        words = ("请填写{}", "必填", "填写{}", "请如实填写")
        cells = {
            key: Written(word, word)
            for key, header in content.columns
            for word in [chance.choice(words).format(header)]
        }
    content.lines.insert(0, Line(NO_DATA, cells, why=f"a sample by its {form}"))


BAD_CELLS = (
    *(Written(word, word) for word in BAD_NAMES),
    Written(True, "TRUE"),
    Written(date(2018, 3, 1), "2018-03-01", "yyyy-mm-dd"),
    Written(2018010001, "2018010001"),
    Written("#N/A", "#N/A", ERROR),
)


def _spoil_name(chance: Random, cells: dict[str, Written]) -> str:
    cells["name"] = chance.choice(BAD_CELLS)
    return f"name {cells['name'].text}"


def _spoil_left(chance: Random, cells: dict[str, Written]) -> str:
    cells["left"] = write_day(chance, date(2018, 6, 30))
    return "left in 2018"


def _spoil_branch(chance: Random, cells: dict[str, Written]) -> str:
    cells["branch"] = chance.choice(
        (Written(date(2018, 3, 1), "2018-03-01", "yyyy-mm-dd"), Written("#REF!", "#REF!", ERROR))
    )
    return f"branch {cells['branch'].text}"


def _spoil_review(chance: Random, cells: dict[str, Written]) -> str:
    word = chance.choice(REFUSED_REVIEWS)
    cells["review"] = Written(word, word)
    return f"review {word}"


def _drop_name(chance: Random, cells: dict[str, Written]) -> str:
    cells["name"] = write_nothing(chance)
    return f"name {cells['name'].text!r}"


def _spoil_number(key: str) -> Callable[[Random, dict[str, Written]], str]:
    def spoil(chance: Random, cells: dict[str, Written]) -> str:
        word = chance.choice(("2.01801E+09", "-2018010001", "110101199001011234", "#REF!"))
        cells[key] = Written(word, word)
        return f"{key} {word}"

    return spoil


ROSTER = {
    "student_no": ("学号", "学籍号", "学生学号", "学号/学籍号"),
    "name": ("姓名", "学生姓名", "团员姓名"),
    "college": ("学院", "所在学院", "学院名称"),
    "branch": ("团支部", "所在团支部", "支部名称", "团支部名称"),
    "politics": ("政治面貌", "面貌"),
    "gender": ("性别",),
    "grade": ("年级", "所在年级", "入学年份"),
    "phone": ("手机号码", "手机", "联系电话"),
    "state": ("状态", "学籍状态", "在校状态"),
    "review": ("审核状态", "审核结果", "是否有效"),
    "left": ("离校日期", "退团时间", "转出日期"),
}
POLITICS = {
    "共青团员": ("member", ABSENT), "团员": ("member", ABSENT), "03共青团员": ("member", ABSENT),
    "中共党员": ("member", "full"), "中共预备党员": ("member", "probationary"), "共青团员(03)": ("member", ABSENT),
    "03": ("member", ABSENT), "01": ("member", "full"), "中共党员（保留团籍）": ("member", "full"),
    "入团积极分子": ("activist", ABSENT), "入团申请人": ("applicant", ABSENT),
}  # fmt: skip
MEMBER_STATES = {
    "在籍": "active", "在校": "active", "正常": "active", "休学": "suspended", "转出": "transferred",
    "毕业": "graduated", "参军": "army",
}  # fmt: skip
BRANCHES = ("法学1801团支部", "数学1班团支部", "1801班", "信息工程2018级3班", "3-1")


def make_roster(chance: Random) -> Content:
    """Return the intent of a roster."""
    optional = {"college", "gender", "grade", "phone", "state", "review", "left"}
    columns = _choose_headers(chance, ROSTER, optional)
    keys = {key for key, _ in columns}
    numbers = make_numbers(chance, chance.randint(3, 14))
    content = Content(columns, [_make_member(chance, number, keys) for number in numbers], "branch", ROSTER)
    _add_samples(chance, content, dict(content.lines[0].cells))
    _add_seconds(chance, content, {"phone": "电话号码", "name": "真实姓名", "student_no": "学生编号"})
    return content


def _make_member(chance: Random, number: str, keys: set[str]) -> Line:
    name, branch, college = make_name(chance), chance.choice(BRANCHES), chance.choice(("法学院", "信息学院"))
    politics, state = chance.choice(list(POLITICS)), chance.choice(list(MEMBER_STATES))
    phone, grade = f"138{chance.randrange(10**8):08}", chance.choice(("2016", "2018"))
    gender, word = chance.choice(
        (("male", "男"), ("female", "女"), ("male", "1"), ("female", "2"), ("male", "男性"))
    )
    review = chance.choice(PASSED_REVIEWS)
    stage, party = POLITICS[politics]
    cells = {
        "student_no": write_number(chance, number), "name": write_name(chance, name),
        "college": write_text(chance, college), "branch": write_unit(chance, branch),
        "politics": write_text(chance, politics), "gender": Written(word, word),
        "grade": chance.choice((Written(int(grade), grade), Written(f"{grade}级", f"{grade}级"))),
        "phone": write_phone(chance, phone), "state": write_text(chance, state), "review": Written(review, review),
        "left": BLANK,
    }  # fmt: skip
    expected: dict[str, object] = {
        "student_no": number, "name": name, "college": college, "branch": branch, "gender": gender, "grade": grade,
        "phone": phone, "state": MEMBER_STATES[state],
    }  # fmt: skip
    expected = {key: value if key in keys else ABSENT for key, value in expected.items()}
    expected |= {"stage": stage} | ({"party": party} if party else {})
    for key in ("phone", "gender", "grade", "college"):
        if key in keys and chance.random() < 0.15:
            cells[key], expected[key] = write_nothing(chance), ABSENT
    if chance.random() < 0.15:
        spoils = [_spoil_name, _drop_name, _spoil_number("student_no")]
        if MEMBER_STATES[state] == "active":
            spoils += [_spoil_review] if "review" in keys else []
            spoils += [_spoil_left] if "left" in keys else []
        return Line(REFUSE, cells, why=chance.choice(spoils)(chance, cells))
    return Line(ACCEPT, cells, expected)


VOLUNTEERS = {
    "volunteer_no": ("志愿者编号", "志愿北京编号", "志愿者ID", "注册编号"),
    "name": ("姓名", "志愿者姓名", "真实姓名"),
    "registered_on": ("注册时间", "注册日期", "首次注册时间", "实名认证日期"),
    "phone": ("手机号码", "手机", "联系电话"),
    "student_no": ("学号", "学籍号"),
    "group_name": ("所属团体", "团体名称", "志愿团体"),
    "review": ("审核状态", "是否有效", "注册状态"),
}


def make_volunteers(chance: Random) -> Content:
    """Return the intent of a list of volunteers."""
    columns = _choose_headers(
        chance, VOLUNTEERS, {"phone", "student_no", "group_name", "review", "registered_on"}
    )
    keys = {key for key, _ in columns}
    count = chance.randint(3, 14)
    people = zip(make_numbers(chance, count), make_numbers(chance, count), strict=True)
    content = Content(
        columns, [_make_volunteer(chance, *numbers, keys) for numbers in people], names=VOLUNTEERS
    )
    _add_samples(chance, content, dict(content.lines[0].cells))
    _add_seconds(chance, content, {"phone": "电话号码", "name": "学生姓名"})
    return content


def _make_volunteer(chance: Random, number: str, student_no: str, keys: set[str]) -> Line:
    name, phone = make_name(chance), f"139{chance.randrange(10**8):08}"
    day = date(2016, 1, 1) + timedelta(days=chance.randrange(1000))
    group, review = chance.choice(("法学院志愿服务队", "青年志愿者协会")), chance.choice(PASSED_REVIEWS)
    cells = {
        "volunteer_no": write_number(chance, number), "name": write_name(chance, name),
        "registered_on": write_day(chance, day), "phone": write_phone(chance, phone),
        "student_no": write_number(chance, student_no), "group_name": write_text(chance, group),
        "review": Written(review, review),
    }  # fmt: skip
    expected: dict[str, object] = {
        "volunteer_no": number, "name": name, "registered_on": day.isoformat(), "phone": phone,
        "student_no": student_no, "group_name": group,
    }  # fmt: skip
    expected = {key: value if key in keys else ABSENT for key, value in expected.items()}
    for key in ("phone", "group_name", "student_no"):
        if key in keys and chance.random() < 0.15:
            cells[key], expected[key] = write_nothing(chance), ABSENT
    if chance.random() < 0.15:
        spoils = [_spoil_name, _drop_name, _spoil_number("volunteer_no")]
        spoils += [_spoil_review] if "review" in keys else []
        return Line(REFUSE, cells, why=chance.choice(spoils)(chance, cells))
    return Line(ACCEPT, cells, expected)


HOURS = {
    "student_no": ("学号", "学籍号"),
    "name": ("姓名", "学生姓名", "团员姓名"),
    "title": ("项目名称", "活动名称", "服务项目"),
    "day": ("服务日期", "活动日期", "日期"),
    "start": ("开始时间", "服务开始时间"),
    "end": ("结束时间", "服务结束时间"),
    "stated": ("服务时长", "时长", "工时", "认定时长", "时长（分钟）", "服务时长(小时)", "实际时长"),
    "claimed": ("申报时长",),
    "record_no": ("记录编号", "时长编号"),
    "review": ("审核状态", "确认状态", "审核结果"),
}
RECORD_STATES = {
    "已确认": "confirmed", "审核通过": "confirmed", "有效": "confirmed", "待审核": "pending", "未通过": "rejected",
    "作废": "rejected", "待确认": "pending",
}  # fmt: skip


def make_hours(chance: Random) -> Content:
    """Return the intent of a list of hours of 北京共青团."""
    columns = _choose_headers(chance, HOURS, {"claimed", "record_no", "review"})
    if chance.random() < 0.5:
        columns = [column for column in columns if column[0] not in ("start", "end")]
    elif chance.random() < 0.3:
        columns = [
            ("start", "起止时间") if key == "start" else (key, header)
            for key, header in columns
            if key != "end"
        ]
    if chance.random() < 0.4:  # 志愿北京 knows people by their volunteer number
        columns = [
            ("student_no", chance.choice(VOLUNTEERS["volunteer_no"][:3]))
            if key == "student_no"
            else (key, header)
            for key, header in columns
        ]
    headers = dict(columns)
    count = chance.randint(3, 14)
    people = zip(make_numbers(chance, count), make_numbers(chance, count), strict=True)
    content = Content(columns, [_make_record(chance, *numbers, headers) for numbers in people], "title")
    _add_samples(chance, content, dict(content.lines[0].cells))
    _add_seconds(chance, content, {"name": "真实姓名", "title": "服务内容"})
    return content


def _make_record(chance: Random, number: str, record_no: str, headers: dict[str, str]) -> Line:
    name, title = make_name(chance), chance.choice(("敬老服务", "社区图书馆整理", "2018-12-05 志愿活动"))
    day, minutes = (
        date(2018, 1, 1) + timedelta(days=chance.randrange(360)),
        chance.choice((80, 90, 120, 150, 40, 130)),
    )
    begins = datetime.combine(day, time(chance.randrange(8, 16), chance.choice((0, 30))))
    state = chance.choice(list(RECORD_STATES))
    write_stated = write_minutes if "分钟" in headers["stated"] else write_hours
    cells = {
        "student_no": write_number(chance, number), "name": write_name(chance, name),
        "title": write_text(chance, title), "day": write_day(chance, day), "start": write_moment(chance, begins),
        "end": write_moment(chance, begins + timedelta(minutes=minutes)), "stated": write_stated(chance, minutes),
        "claimed": write_hours(chance, minutes + 60), "record_no": write_number(chance, record_no),
        "review": Written(state, state),
    }  # fmt: skip
    ends = begins + timedelta(minutes=minutes)
    if headers.get("start") == "起止时间":
        cells["start"] = write_span(chance, begins, ends)
    elif chance.random() < 0.4:
        cells |= {"start": write_clock(chance, begins), "end": write_clock(chance, ends)}
    expected: dict[str, object] = {
        "person_no": number, "name": name, "title": title, "minutes": minutes, "served_on": day.isoformat(),
        "source": "volunteer_beijing" if "志愿" in headers["student_no"] else "league", "outside_no": record_no if "record_no" in headers else ABSENT,
        "starts_at": f"{begins.isoformat()}+08:00" if "start" in headers else ABSENT,
        "state": RECORD_STATES[state] if "review" in headers else ABSENT,
    }  # fmt: skip
    if chance.random() < 0.15:
        spoils = [_spoil_name, _drop_name, _spoil_number("student_no"), _spoil_duration]
        return Line(REFUSE, cells, why=chance.choice(spoils)(chance, cells))
    return Line(ACCEPT, cells, expected)


def _spoil_duration(chance: Random, cells: dict[str, Written]) -> str:
    if chance.random() < 0.4:
        cells["stated"] = write_hidden(chance, 2)
        return f"stated {cells['stated'].format}"
    word = chance.choice(("约2小时", "2-3小时", "2+1", "0", "25小时"))
    cells["stated"] = Written(word, word)
    return f"stated {word}"


KINDS: dict[str, Callable[[Random], Content]] = {
    "roster": make_roster,
    "volunteers": make_volunteers,
    "hours": make_hours,
}
