"""Rosters and lists of volunteers that say less than earlier ones, say it otherwise, or say it late."""

from tests.scenarios.case_files import (
    BOTH,
    LEAGUE,
    NUMBER,
    ONE,
    ONLY_BEIJING,
    ROSTER,
    STAGED,
    VOLUNTEERS,
    Case,
    beijing,
    count,
    hours,
    make_name,
    make_number,
    place_person,
    roster,
    serve,
    volunteers,
)

FIRST, SECOND, THIRD = (make_number(place) for place in range(3))
ON_THE_WAY = ("入团积极分子", "发展对象", "入团申请人")
WAY = roster(
    *(place_person(place, politics="群众", more=(stage,)) for place, stage in enumerate(ON_THE_WAY)),
    header=STAGED,
)
STAYS = {"stage": {FIRST: "activist", SECOND: "candidate", THIRD: "applicant"}, "no_errors": True}
STATED = (*ROSTER, "学籍状态")

WITHOUT_A_WORD = (
    Case(
        "群众 without a column 发展阶段",
        (WAY, roster(*(place_person(place, politics="群众") for place in range(3)))),
        STAYS,
    ),
    Case(
        "群众 with empty cells of 发展阶段",
        (
            WAY,
            roster(*(place_person(place, politics="群众", more=("",)) for place in range(3)), header=STAGED),
        ),
        STAYS,
    ),
    Case(
        "empty cells of 政治面貌 and of 发展阶段",
        (WAY, roster(*(place_person(place, politics="", more=("",)) for place in range(3)), header=STAGED)),
        STAYS,
    ),
    Case(
        "an empty 政治面貌 of a member",
        (ONE, roster(place_person(politics=""))),
        {"stage": {FIRST: "member"}, "no_errors": True},
    ),
    Case(
        "群众 who is new is a student",
        (roster(place_person(politics="群众")),),
        {"stage": {FIRST: "student"}, "no_errors": True},
    ),
    Case(
        "a roster without 学籍状态 leaves the suspended suspended",
        (roster(place_person(more=("休学",)), header=STATED), ONE),
        {"state": {FIRST: "suspended"}, "minutes": {FIRST: "absent"}},
    ),
    Case(
        "an empty cell of 学籍状态 leaves the suspended suspended",
        (
            roster(place_person(more=("休学",)), header=STATED),
            roster(place_person(more=("",)), header=STATED),
        ),
        {"state": {FIRST: "suspended"}, "minutes": {FIRST: "absent"}},
    ),
    Case(
        "an empty cell of 手机号码 keeps the phone",
        (ONE, roster((NUMBER, make_name(0), "信息学院", "1班团支部", "共青团员", ""))),
        {"phone": {FIRST: "13800000000"}, "no_errors": True},
    ),
)

TWENTY = [place_person(place, branch="信息1班" if place == 0 else "信息1班团支部") for place in range(20)]
NAMES_OF_UNITS = (
    Case(
        "信息1班 and 信息1班团支部, nineteen of twenty registered",
        (roster(*TWENTY), volunteers(None, *["2018-10-01"] * 19)),
        {"branch": {"*": [20, 19, False]}},
    ),
    Case(
        "信息1班, 信息1班支部 and 信息1班团支部",
        (
            roster(
                *(
                    place_person(place, branch=branch)
                    for place, branch in enumerate(("信息1班", "信息1班支部", "信息1班团支部"))
                )
            ),
        ),
        {"branch": {"*": [3, 0, True]}},
    ),
    Case(
        "the suffix is in the later file only",
        (
            roster(place_person(0, branch="信息1班"), place_person(1, branch="信息1班")),
            roster(place_person(0, branch="信息1班团支部"), place_person(1, branch="信息1班支部")),
        ),
        {"branch": {"*": [2, 0, True]}, "last": {"unchanged": 2, "updated": 0}},
    ),
    Case(
        "full-width digits in the name of a branch",
        (roster(place_person(0, branch="信息1班"), place_person(1, branch="信息１班团支部")),),
        {"branch": {"*": [2, 0, True]}},
    ),
    Case(
        "信息学院 and 信息学院团委 are one college",
        (roster(place_person(0), place_person(1, college="信息学院团委")),),
        {"branch": {"*": [2, 0, True]}},
    ),
    Case(
        "equal names in two colleges stay two branches",
        (roster(place_person(0, college="信息学院"), place_person(1, college="理学院", branch="1班")),),
        {"branch": {"信息学院/1班": [1, 0, True], "理学院/1班": [1, 0, True]}},
    ),
)

TWO = roster(place_person(0), place_person(1))
THREE = roster(*(place_person(place) for place in range(3)))


def tell_registered(*answers) -> dict:
    return {"registered": {make_number(place): answer for place, answer in enumerate(answers)}}


DATES_OF_REGISTRATION = (
    Case(
        "registered on 5 May of the next year",
        (TWO, volunteers("2018-10-01", "2019-05-05")),
        {**tell_registered(True, False), "branch": {"*": [2, 1, True]}},
    ),
    Case(
        "registered on the last day of the year and on the first of the next",
        (TWO, volunteers("2018-12-31", "2019-01-01")),
        {**tell_registered(True, False), "branch": {"*": [2, 1, True]}},
    ),
    Case(
        "registered in the last second of the year and in the first of the next",
        (TWO, volunteers("2018-12-31 23:59:59", "2019-01-01 00:00:00")),
        tell_registered(True, False),
    ),
    Case(
        "a date nobody told, in a file of this year",
        (TWO, volunteers("2018-10-01", "")),
        {**tell_registered(True, False), "registered_on": {FIRST: "2018-10-01", SECOND: None}},
    ),
    Case(
        "a date nobody told, in a file of 1 November of the year",
        (TWO, volunteers("2018-10-01", "", options=("--as-of", "2018-11-01"))),
        {**tell_registered(True, True), "registered_on": {SECOND: None}},
    ),
    Case(
        "a later file tells the date",
        (TWO, volunteers("", ""), volunteers("2018-10-02", "2019-02-03")),
        {
            **tell_registered(True, False),
            "registered_on": {FIRST: "2018-10-02", SECOND: "2019-02-03"},
            "last": {"updated": 2},
        },
    ),
    Case(
        "a later file that tells no date takes none away",
        (TWO, volunteers("2018-10-02", "2018-10-03"), volunteers("", "")),
        {
            **tell_registered(True, True),
            "registered_on": {FIRST: "2018-10-02", SECOND: "2018-10-03"},
            "last": {"unchanged": 2, "updated": 0},
        },
    ),
    *(
        Case(
            f"{title} is the date of registration",
            (ONE, volunteers("2018-09-28", header=(*VOLUNTEERS[:4], title))),
            {"registered_on": {FIRST: "2018-09-28"}, **tell_registered(True)},
        )
        for title in ("实名注册日期", "注册日期", "实名注册时间", "志愿者注册时间", "注册成为志愿者日期")
    ),
)

KNOWN_PEOPLE = (
    Case(
        "known people without 学院: the phone changes",
        (TWO, roster((NUMBER, make_name(0), "13911112222"), header=("学号", "姓名", "手机号码"))),
        {"no_errors": True, "last": {"updated": 1}, "phone": {FIRST: "13911112222"}},
    ),
    Case(
        "a list of offices: 学号, 姓名 and 职务",
        (TWO, roster((NUMBER, make_name(0), "团支书"), header=("学号", "姓名", "职务"))),
        {"no_errors": True, "branch": {"*": [2, 0, True]}, "phone": {FIRST: "13800000000"}},
    ),
    Case(
        "a list of stages: 学号, 姓名 and 发展阶段",
        (
            roster(place_person(politics="群众", more=("入团申请人",)), header=STAGED),
            roster((NUMBER, make_name(0), "入团积极分子"), header=("学号", "姓名", "发展阶段")),
        ),
        {"no_errors": True, "last": {"updated": 1}, "stage": {FIRST: "activist"}},
    ),
    Case(
        "a list of states: 学号, 姓名 and 学籍状态",
        (TWO, roster((NUMBER, make_name(0), "休学"), header=("学号", "姓名", "学籍状态"))),
        {"no_errors": True, "last": {"updated": 1}, "state": {FIRST: "suspended", SECOND: "active"}},
    ),
    Case(
        "somebody unknown in such a list is an error, the others go in",
        (
            ONE,
            roster(
                (NUMBER, make_name(0), "13911112222"),
                ("2018089999", "无名", "13911113333"),
                header=("学号", "姓名", "手机号码"),
            ),
        ),
        {"last": {"updated": 1, "created": 0, "errors": 1}, "phone": {FIRST: "13911112222"}},
    ),
)

ELSEWHERE = roster(place_person(branch="2班团支部"), options=("--as-of", "2018-11-15"))
EARLY = roster(place_person(branch="1班团支部"), options=("--as-of", "2018-09-15"))
FORCED = roster(place_person(branch="1班团支部"), options=("--as-of", "2018-09-15", "--force"))
PENDING = hours(
    serve("助老", "2018-10-01", "09:00", "11:00", 2, "待确认", no="A1"), header=("记录编号", *LEAGUE)
)
SETTLED = hours(serve("助老", "2018-10-01", "09:00", "11:00", 2, no="A1"), header=("记录编号", *LEAGUE))
STATELESS = LEAGUE[:-1]

LATE_FILES = (
    Case(
        "an older roster after a newer one is refused",
        (EARLY, ELSEWHERE, EARLY),
        {"refused": "以前的状态", "branch": {"信息学院/2班": [1, 0, True]}},
    ),
    Case(
        "an older roster goes in with --force",
        (EARLY, ELSEWHERE, FORCED),
        {"branch": {"信息学院/1班": [1, 0, True]}},
    ),
    Case(
        "an older export of hours after a newer one is refused",
        (ONE, PENDING, SETTLED, PENDING),
        {"refused": "以前的状态", **count(120)},
    ),
    Case(
        "hours that come before the volunteers wait and match by themselves",
        (ONE, beijing(("助老", "2018-10-01 09:00:00", 2)), volunteers("2018-10-01")),
        {**count(120), "no_errors": True},
        ONLY_BEIJING,
    ),
    Case(
        "hours of both ledgers before the volunteers count once",
        (
            ONE,
            beijing(("助老", "2018-10-01 09:00:00", 2)),
            hours(serve("助老", "2018-10-01", "09:00", "11:00", 2)),
            volunteers("2018-10-01"),
        ),
        {**count(120), "no_errors": True},
        BOTH,
    ),
    Case(
        "a sheet without 状态, which the importer says is confirmed",
        (
            ONE,
            hours(
                serve("助老", "2018-10-01", "09:00", "11:00", 2)[:-1],
                header=STATELESS,
                options=("--state", "confirmed"),
            ),
        ),
        {**count(120), "no_errors": True},
    ),
    Case(
        "a sheet without 状态, which the importer says is pending",
        (
            ONE,
            hours(
                serve("助老", "2018-10-01", "09:00", "11:00", 2)[:-1],
                header=STATELESS,
                options=("--state", "pending"),
            ),
        ),
        {**count(0), "no_errors": True},
    ),
    Case(
        "a person who moves within the year is where the end of the year finds them",
        (
            roster(place_person(branch="1班"), options=("--as-of", "2018-09-15")),
            roster(place_person(branch="2班"), options=("--as-of", "2018-12-31")),
            roster(place_person(branch="3班"), options=("--as-of", "2019-01-01")),
        ),
        {"branch": {"信息学院/2班": [1, 0, True]}},
    ),
)

PEOPLE_CASES = (*WITHOUT_A_WORD, *NAMES_OF_UNITS, *DATES_OF_REGISTRATION, *KNOWN_PEOPLE, *LATE_FILES)
