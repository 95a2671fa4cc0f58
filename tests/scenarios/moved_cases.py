"""Services whose title, start or day was changed outside between two files of one ledger."""

from tests.scenarios.case_files import (
    BEIJING_FIRST,
    BOTH,
    KNOWN,
    NUMBER,
    NUMBERED,
    ONE,
    Case,
    beijing,
    count,
    hours,
    make_number,
    place_person,
    roster,
    serve,
)

MORNING = ("2018-10-01", "09:00", "11:00", 2)
TREE, AID_15 = ("植树", "2018-10-01", "09:00", "11:00", 2), ("助老", "2018-10-15", "09:00", "11:00", 2)
BEFORE_MOVE = (serve(*TREE), serve("助老", "2018-10-08", "09:00", "11:00", 2), serve(*AID_15))

IDENTITY = (
    Case(
        "one start, two spellings of a title",
        (
            ONE,
            hours(serve("清河街道·助老", "2018-10-01", "09:00", "19:00", 10)),
            hours(serve("清河街道 助老", "2018-10-01", "09:00", "19:00", 10)),
        ),
        count(600),
    ),
    Case(
        "one start, other marks around the words",
        (
            ONE,
            hours(serve("清河街道（助老）：第一期", *MORNING)),
            hours(serve("清河街道(助老) 第一期", *MORNING)),
        ),
        count(120),
    ),
    Case(
        "one start, a wholly new title",
        (ONE, hours(serve("社区助老", *MORNING)), hours(serve("敬老院陪伴", *MORNING))),
        count(120),
    ),
    Case(
        "one start, a new title and a later end: the later file corrects",
        (
            ONE,
            hours(serve("社区助老", *MORNING)),
            hours(serve("敬老院陪伴", "2018-10-01", "09:00", "12:00", 3)),
        ),
        count(180),
    ),
    Case(
        "one start, two titles in one file",
        (ONE, hours(serve("社区·助老", *MORNING), serve("社区 助老", *MORNING))),
        count(120),
    ),
    Case(
        "one start, the third title",
        (ONE, *(hours(serve(title, *MORNING)) for title in ("助老", "助残", "助学"))),
        count(120),
    ),
    Case(
        "one title at two starts of one day is two services",
        (ONE, hours(serve("助老", *MORNING), serve("助老", "2018-10-01", "14:00", "16:00", 2))),
        count(240),
    ),
)

MOVED_STARTS = (
    Case(
        "the start moves later by half an hour",
        (
            ONE,
            hours(serve("社区助老", *MORNING)),
            hours(serve("社区助老", "2018-10-01", "09:30", "11:30", 2)),
        ),
        count((120, 150)),
    ),
    Case(
        "the start moves earlier by half an hour",
        (
            ONE,
            hours(serve("社区助老", "2018-10-01", "09:30", "11:30", 2)),
            hours(serve("社区助老", *MORNING)),
        ),
        count((120, 150)),
    ),
    Case(
        "the start moves and the title changes at once",
        (ONE, hours(serve("社区助老", *MORNING)), hours(serve("敬老院", "2018-10-01", "09:30", "11:30", 2))),
        count((120, 150)),
    ),
    Case(
        "the start moves three times",
        (
            ONE,
            *(
                hours(serve("助老", "2018-10-01", start, end, 2))
                for start, end in (("09:00", "11:00"), ("09:20", "11:20"), ("09:40", "11:40"))
            ),
        ),
        count((120, 160)),
    ),
    Case(
        "the service moves to the afternoon: nothing overlaps, the old row is listed",
        (
            ONE,
            hours(serve("助老", *MORNING)),
            hours(serve("助老", "2018-10-01", "14:00", "16:00", 2)),
        ),
        {**count(240), "last": {"missing": 1}},
    ),
    Case(
        "two ledgers overlap by half an hour under different titles",
        (
            ONE,
            KNOWN,
            hours(serve("助老", "2018-10-01", "09:00", "12:00", 3)),
            beijing(("地铁引导", "2018-10-01 11:30:00", 2)),
        ),
        count(270),
        BOTH,
    ),
    Case(
        "a night and the morning after overlap",
        (
            ONE,
            hours(
                serve("守夜", "2018-10-01", "22:00", "02:00", 4),
                serve("早市", "2018-10-02", "01:00", "03:00", 2),
            ),
        ),
        count(300),
    ),
    Case(
        "two ledgers, one start, two durations: the ledger named first counts",
        (ONE, KNOWN, hours(serve("助老", *MORNING)), beijing(("助老", "2018-10-01 09:00:00", 3))),
        count(120),
        BOTH,
    ),
    Case(
        "two ledgers, one start, two durations: 志愿北京 named first counts",
        (ONE, KNOWN, hours(serve("助老", *MORNING)), beijing(("助老", "2018-10-01 09:00:00", 3))),
        count(180),
        BEIJING_FIRST,
    ),
    Case(
        "two ledgers, one start, two durations: the switch lets the longest count",
        (ONE, KNOWN, hours(serve("助老", *MORNING)), beijing(("助老", "2018-10-01 09:00:00", 3))),
        count(180),
        {**BOTH, "longest_counts": True},
    ),
)

MOVED_DAYS = (
    Case(
        "the day moves: the old row is missing and counts on",
        (
            ONE,
            hours(*BEFORE_MOVE),
            hours(serve(*TREE), serve("助老", "2018-10-09", "09:00", "11:00", 2), serve(*AID_15)),
        ),
        {**count(480), "last": {"missing": 1}},
    ),
    Case(
        "the day moves to another month",
        (
            ONE,
            hours(*BEFORE_MOVE),
            hours(serve(*TREE), serve("助老", "2018-11-08", "09:00", "11:00", 2), serve(*AID_15)),
        ),
        {**count(480), "last": {"missing": 1}},
    ),
    Case(
        "a day before the first of the file is not missing",
        (
            ONE,
            hours(serve("助老", "2018-09-20", "09:00", "11:00", 2), *BEFORE_MOVE),
            hours(*BEFORE_MOVE),
        ),
        {**count(480), "last": {"missing": 0}},
    ),
    Case(
        "a day after the last of the file is not missing",
        (
            ONE,
            hours(*BEFORE_MOVE, serve("助老", "2018-12-20", "09:00", "11:00", 2)),
            hours(*BEFORE_MOVE),
        ),
        {**count(480), "last": {"missing": 0}},
    ),
    Case(
        "a person who is not in the file misses nothing",
        (
            roster(place_person(0), place_person(1)),
            hours(*BEFORE_MOVE, serve("助老", "2018-10-08", "09:00", "11:00", 2, place=1)),
            hours(*BEFORE_MOVE),
        ),
        {"minutes": {NUMBER: 360, make_number(1): 120}, "last": {"missing": 0}},
    ),
    Case(
        "a numbered row is missing",
        (
            ONE,
            hours(
                *(serve("助老", f"2018-10-0{day}", "09:00", "11:00", 2, no=f"A{day}") for day in (1, 2, 3)),
                header=NUMBERED,
            ),
            hours(
                *(serve("助老", f"2018-10-0{day}", "09:00", "11:00", 2, no=f"A{day}") for day in (1, 3)),
                header=NUMBERED,
            ),
        ),
        {**count(360), "last": {"missing": 1}},
    ),
    Case(
        "a file of 志愿北京 misses nothing of 北京共青团",
        (
            ONE,
            KNOWN,
            hours(*BEFORE_MOVE),
            beijing(("植树", "2018-10-01 09:00:00", 2), ("助老", "2018-10-15 09:00:00", 2)),
        ),
        {**count(360), "last": {"missing": 0}},
    ),
    Case(
        "what comes back is not missing any more",
        (
            ONE,
            hours(*BEFORE_MOVE),
            hours(BEFORE_MOVE[0], BEFORE_MOVE[2]),
            hours(*BEFORE_MOVE),
        ),
        {**count(360), "last": {"missing": 0}},
    ),
)

MOVED_CASES = (*IDENTITY, *MOVED_STARTS, *MOVED_DAYS)
