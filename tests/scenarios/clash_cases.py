"""Services of one person that cannot all be true: three places at once, days of forty hours, two of a day."""

from tests.scenarios.case_files import (
    BOTH,
    KNOWN,
    NUMBERED,
    ONE,
    ONLY_BEIJING,
    UNTIMED,
    Case,
    beijing,
    count,
    hours,
    serve,
    serve_untimed,
)

AT_ONCE = (
    Case(
        "three numbered rows at one time",
        (
            ONE,
            hours(
                serve("助老", "2018-10-01", "08:00", "12:00", 4, no="A1"),
                serve("助残", "2018-10-01", "08:00", "12:00", 4, no="A2"),
                serve("助学", "2018-10-01", "09:00", "13:00", 4, no="A3"),
                header=NUMBERED,
            ),
        ),
        count((240, 300)),
    ),
    Case(
        "three rows of 志愿北京 at one time",
        (
            ONE,
            KNOWN,
            beijing(
                ("助老", "2018-10-01 08:00:00", 4),
                ("助残", "2018-10-01 08:30:00", 4),
                ("助学", "2018-10-01 09:00:00", 4),
            ),
        ),
        count(300),
        ONLY_BEIJING,
    ),
    Case(
        "three rows without numbers, one inside another and one at its end",
        (
            ONE,
            hours(
                serve("展会", "2018-10-01", "08:00", "18:00", 10),
                serve("助残", "2018-10-01", "09:00", "10:00", 1),
                serve("助学", "2018-10-01", "17:00", "19:00", 2),
            ),
        ),
        count(660),
    ),
    Case(
        "services that touch do not overlap",
        (
            ONE,
            hours(
                serve("助老", "2018-10-01", "08:00", "10:00", 2),
                serve("助残", "2018-10-01", "10:00", "12:00", 2),
                serve("助学", "2018-10-01", "12:00", "14:00", 2),
            ),
        ),
        count(360),
    ),
    Case(
        "hours stated beyond the span",
        (ONE, hours(serve("助老", "2018-10-01", "09:00", "11:00", 5))),
        count((0, 120)),
    ),
    Case(
        "three at one time in two files",
        (
            ONE,
            hours(serve("助老", "2018-10-01", "08:00", "12:00", 4, no="A1"), header=NUMBERED),
            hours(
                serve("助残", "2018-10-01", "10:00", "14:00", 4, no="A2"),
                serve("助学", "2018-10-01", "13:00", "15:00", 2, no="A3"),
                header=NUMBERED,
            ),
        ),
        count(420),
    ),
    Case(
        "two rows of the last night of the year, and one of the first morning",
        (
            ONE,
            hours(
                serve("守夜", "2018-12-31", "22:00", "02:00", 4),
                serve("跨年", "2018-12-31", "22:10", "02:10", 4),
                serve("早市", "2019-01-01", "01:00", "05:00", 4),
            ),
        ),
        count(250),
    ),
)


def untimed(no, title, day, stated):
    return serve(title, day, "", "", stated, no=no)


FULL_DAYS = (
    Case(
        "two rows of twenty hours on one day",
        (
            ONE,
            KNOWN,
            hours(
                untimed("A1", "助老", "2018-10-01", 20),
                untimed("A2", "助残", "2018-10-01", 20),
                header=NUMBERED,
            ),
        ),
        count((0, 1440)),
    ),
    Case(
        "three rows of nine hours on one day",
        (
            ONE,
            hours(
                *(
                    untimed(f"A{n}", title, "2018-10-01", 9)
                    for n, title in enumerate(("助老", "助残", "助学"))
                ),
                header=NUMBERED,
            ),
        ),
        count(1440),
    ),
    Case(
        "sixteen hours with times and ten without on one day",
        (
            ONE,
            hours(
                serve("助老", "2018-10-01", "06:00", "22:00", 16, no="A1"),
                untimed("A2", "助残", "2018-10-01", 10),
                header=NUMBERED,
            ),
        ),
        count(1440),
    ),
    Case(
        "thirteen hours in one ledger, fourteen in the other, on one day",
        (
            ONE,
            KNOWN,
            hours(serve_untimed("助老", "2018-10-01", 13), header=UNTIMED),
            beijing(("地铁引导", "2018-10-01", 14)),
        ),
        count(1440),
        BOTH,
    ),
    Case(
        "fifteen hours on each of two days are thirty",
        (
            ONE,
            hours(*(serve_untimed("助老", f"2018-10-0{day}", 15) for day in (1, 2)), header=UNTIMED),
        ),
        count(1800),
    ),
)

TWO_OF_A_DAY = (
    Case(
        "2 h and 3 h of one title on one day",
        (
            ONE,
            hours(
                serve_untimed("助残服务", "2018-10-01", 2),
                serve_untimed("助残服务", "2018-10-01", 3),
                header=UNTIMED,
            ),
        ),
        {**count(300), "no_errors": True},
    ),
    Case(
        "1 h, 2 h and 3 h of one title on one day",
        (
            ONE,
            hours(*(serve_untimed("助残服务", "2018-10-01", n) for n in (1, 2, 3)), header=UNTIMED),
        ),
        {**count(360), "no_errors": True},
    ),
    Case(
        "the file of two services of a day again",
        (
            ONE,
            *[hours(*(serve_untimed("助残服务", "2018-10-01", n) for n in (2, 3)), header=UNTIMED)] * 2,
        ),
        {**count(300), "no_errors": True, "last": {"created": 0, "updated": 0, "missing": 0}},
    ),
    Case(
        "the two services of a day in the other order",
        (
            ONE,
            hours(*(serve_untimed("助残服务", "2018-10-01", n) for n in (2, 3)), header=UNTIMED),
            hours(*(serve_untimed("助残服务", "2018-10-01", n) for n in (3, 2)), header=UNTIMED),
        ),
        {**count(300), "no_errors": True, "last": {"created": 0, "updated": 0, "missing": 0}},
    ),
    Case(
        "two equal rows without times are asked about, not refused",
        (ONE, hours(*[serve_untimed("助残服务", "2018-10-01", 2)] * 2, header=UNTIMED)),
        {**count(120), "no_errors": True, "last": {"unclear": 1}},
    ),
    Case(
        "two titles of equal duration on one day are two services",
        (ONE, hours(*(serve_untimed(title, "2018-10-01", 2) for title in ("助残", "助老")), header=UNTIMED)),
        {**count(240), "no_errors": True},
    ),
    Case(
        "the later file has only one of the two",
        (
            ONE,
            hours(*(serve_untimed("助残服务", "2018-10-01", n) for n in (2, 3)), header=UNTIMED),
            hours(serve_untimed("助残服务", "2018-10-01", 2), header=UNTIMED),
        ),
        {**count(300), "last": {"missing": 1}},
    ),
)

CLASH_CASES = (*AT_ONCE, *FULL_DAYS, *TWO_OF_A_DAY)
