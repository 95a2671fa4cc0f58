"""Small files that contradict each other, and the figures that requirements §3 demands of them.

A case is a few files of one school in their order. The expectations are written by hand from the requirements; no
code of the portal was asked. `expect` holds

- `minutes`: by student number, a number or a range (lowest, highest); `absent` is a person whom the year does not assess;
- `registered`, `stage`, `state`, `phone`, `registered_on`: by student number;
- `branch`: [members, registered, below the floor] of each branch with people, by name; "*" for the only one;
- `last`: values of the last import's report; `no_errors`: no import reported a row with an error;
- `clean`: the last import has no error; `warned`: words that one of its warnings has;
- `refused`: words of the refusal of the last file, which changed nothing.
"""

from dataclasses import dataclass, field

ROSTER = ("学号", "姓名", "学院", "团支部", "政治面貌", "手机号码")
STAGED = (*ROSTER, "发展阶段")
LEAGUE = ("学号", "姓名", "项目名称", "服务日期", "开始时间", "结束时间", "服务时长", "状态")
NUMBERED = ("记录编号", *LEAGUE)
UNTIMED = ("学号", "姓名", "项目名称", "服务日期", "服务时长", "状态")
BEIJING = ("志愿者编号", "姓名", "服务项目", "日期", "服务时长", "状态")
VOLUNTEERS = ("志愿者编号", "姓名", "手机号", "学号", "注册时间")

NUMBER, NAME, VOLUNTEER_NO = "2018080000", "甲某", "110108000000"
STEMS = "甲乙丙丁戊己庚辛壬癸"


@dataclass(frozen=True)
class Step:
    kind: str
    header: tuple
    rows: tuple
    options: tuple = ()


@dataclass(frozen=True)
class Case:
    name: str
    steps: tuple[Step, ...]
    expect: dict
    rules: dict = field(default_factory=dict)  # fields of the school's year


def make_number(place: int) -> str:
    return f"20180800{place:02}"


def make_name(place: int) -> str:
    return f"{STEMS[place % 10]}某"


def roster(*rows, header=ROSTER, options=()) -> Step:
    return Step("roster", header, rows, options)


def place_person(place=0, *, branch="1班团支部", college="信息学院", politics="共青团员", more=()) -> tuple:
    return (make_number(place), make_name(place), college, branch, politics, f"138000000{place:02}", *more)


def hours(*rows, header=LEAGUE, options=()) -> Step:
    """Return the sheet of 北京共青团; a row begins with the title and is confirmed unless it says more."""
    return Step("hours", header, tuple(rows), options)


def serve(title, day, start, end, stated, state="已确认", *, no=None, place=0) -> tuple:
    """Return one row of the sheet of 北京共青团, with a record number if it has one."""
    row = (make_number(place), make_name(place), title, day, start, end, stated, state)
    return row if no is None else (no, *row)


def serve_untimed(title, day, stated, state="已确认", *, place=0) -> tuple:
    return (make_number(place), make_name(place), title, day, stated, state)


def beijing(*rows, header=BEIJING, options=()) -> Step:
    """Return the file of 志愿北京: (title, day with or without time, hours)."""
    return Step("hours", header, tuple((VOLUNTEER_NO, NAME, *row, "已生效") for row in rows), options)


def volunteers(*dates, options=(), header=VOLUNTEERS) -> Step:
    """Return the list of 志愿北京 with one registration per person, by date."""
    rows = (
        (f"1101080000{place:02}", make_name(place), "", make_number(place), day)
        for place, day in enumerate(dates)
        if day is not None
    )
    return Step("volunteers", header, tuple(rows), options)


ONE = roster(place_person())
KNOWN = volunteers("2018-10-01")
BOTH = {"appraisal_sources": ["league", "volunteer_beijing"]}
BEIJING_FIRST = {"appraisal_sources": ["volunteer_beijing", "league"]}
ONLY_BEIJING = {"appraisal_sources": ["volunteer_beijing"]}


def count(minutes) -> dict:
    return {"minutes": {NUMBER: minutes}}
