"""Laws of any ledger, by the commands alone: order and format do not matter, more is never less, no minute is twice."""

import itertools
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.members.sheet_files import make_csv_text, make_xlsx
from tests.scenarios.answers import read_eligibility, read_rates, run_command
from tests.scenarios.case_files import (
    BEIJING,
    NAME,
    NUMBER,
    NUMBERED,
    ROSTER,
    VOLUNTEER_NO,
    VOLUNTEERS,
    place_person,
)
from tests.scenarios.reference_of_days import Record, measure_flow

pytestmark = pytest.mark.django_db
# Each example is rolled back, so that the next one finds an empty database. An example takes three commands: they
# are few, the same in each run, and a failing one is not made smaller.
few = settings(
    max_examples=10,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TITLES = ("助老", "助残", "助学")

rows = st.builds(
    lambda day, start, minutes, title: Record("league", day, start, minutes, title, True),
    st.sampled_from([date(2018, 10, 1) + timedelta(days=n) for n in range(3)]),
    st.none() | st.integers(0, 47).map(lambda half_hour: half_hour * 30),
    st.integers(1, 40).map(lambda quarter: quarter * 15),
    st.sampled_from(TITLES),
)
ledgers = st.lists(rows, min_size=1, max_size=8)


@contextmanager
def open_school():
    """Create a school with one person who is a registered volunteer; take everything back at the end."""
    with transaction.atomic():
        run_command("create_school", "JH", "京华大学", year=2018)
        yield
        transaction.set_rollback(True)


def import_rows(folder, kind: str, header: tuple, lines: list[tuple], form: str = "xlsx") -> dict:
    path = folder / f"{kind}.{form}"
    content = make_xlsx(header, *lines) if form == "xlsx" else make_csv_text(header, *lines).encode("gb18030")
    path.write_bytes(content)
    return run_command("import_file", kind, str(path), school="JH")


def import_person(folder) -> None:
    import_rows(folder, "roster", ROSTER, [place_person()])


def import_ledger(folder, ledger: list[Record], **options) -> dict:
    """Import the numbered rows of one person; the place in the list is the number."""
    lines = [build_line(number, record) for number, record in enumerate(ledger)]
    return import_rows(folder, "hours", NUMBERED, lines, **options)


def build_line(number: int, record: Record) -> tuple:
    start, end = ("", "")
    if record.start is not None:
        start, end = (f"{m // 60 % 24:02}:{m % 60:02}" for m in (record.start, record.start + record.minutes))
    return (
        *(f"A{number}", NUMBER, NAME, record.title, record.day.isoformat()),
        *(start, end, f"{record.minutes}分钟", "已确认"),
    )


def read_minutes() -> int:
    return read_eligibility("JH", 2018)[NUMBER]["minutes"]


def count_time_that_passed(ledger: list[Record]) -> int:
    """Return the minutes in which the person served according to any row, 24 h a day at most."""
    moments = {
        moment for record in ledger if record.start is not None for moment in range(*record.span)
    }  # one by one, on purpose
    untimed = sum(record.minutes for record in ledger if record.start is None)
    return min(len(moments) + untimed, 1440 * len({record.day for record in ledger}))


@few
@given(ledger=ledgers)
def test_nobody_counts_more_minutes_than_passed_nor_fewer_than_served(ledger, tmp_path):
    with open_school():
        import_person(tmp_path)
        assert not import_ledger(tmp_path, ledger)["errors"]
        assert read_minutes() <= count_time_that_passed(ledger)
        assert read_minutes() == measure_flow(ledger)


@few
@given(ledger=ledgers, added=rows)
def test_another_record_never_lowers_a_total(ledger, added, tmp_path):
    with open_school():
        import_person(tmp_path)
        import_ledger(tmp_path, ledger)
        before = read_minutes()
        import_ledger(tmp_path, [*ledger, added])
        assert before <= read_minutes() == measure_flow([*ledger, added])


@few
@given(ledger=ledgers, data=st.data())
def test_a_longer_record_never_lowers_a_total(ledger, data, tmp_path):
    place = data.draw(st.integers(0, len(ledger) - 1))
    longer = [Record(**vars(record)) for record in ledger]
    longer[place].minutes += data.draw(st.integers(1, 20)) * 15
    with open_school():
        import_person(tmp_path)
        import_ledger(tmp_path, ledger)
        before = read_minutes()
        import_ledger(tmp_path, longer)
        assert before <= read_minutes() == measure_flow(longer)


@few
@given(ledger=ledgers, data=st.data())
def test_neither_the_order_of_rows_nor_the_number_of_files_matters(ledger, data, tmp_path):
    """The numbers are given before the rows are mixed, so the records are the same."""
    lines = [build_line(number, record) for number, record in enumerate(ledger)]
    mixed = data.draw(st.permutations(lines))
    cut = data.draw(st.integers(0, len(lines)))
    with open_school():
        import_person(tmp_path)
        for part in (mixed[:cut], mixed[cut:]):
            if part:
                import_rows(
                    tmp_path, "hours", NUMBERED, part, form=data.draw(st.sampled_from(["xlsx", "csv"]))
                )
        assert read_minutes() == measure_flow(ledger)


FILES = {
    "roster": (ROSTER, [place_person(place) for place in range(3)]),
    "volunteers": (VOLUNTEERS, [(VOLUNTEER_NO, NAME, "", NUMBER, "2018-10-01")]),
    "league": (
        NUMBERED,
        [
            build_line(1, Record("league", date(2018, 10, 1), 540, 120, "助老", True)),
            build_line(2, Record("league", date(2018, 10, 3), 540, 120, "助老", True)),
        ],
    ),
    "beijing": (
        BEIJING,
        [
            (VOLUNTEER_NO, NAME, "助老", "2018-10-01 09:00:00", 2, "已生效"),
            (VOLUNTEER_NO, NAME, "助残", "2018-10-05 09:00:00", 3, "已生效"),
        ],
    ),
}


@pytest.mark.parametrize("order", list(itertools.permutations(("volunteers", "league", "beijing"))))
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_files_without_contradictions_give_one_answer_in_any_order_and_format(order, form, tmp_path):
    with open_school():
        for name in ("roster", *order):
            header, lines = FILES[name]
            columns = list(range(len(header)))[:: -1 if form == "csv" else 1]  # and in any order of columns
            report = import_rows(
                tmp_path,
                "hours" if name in ("league", "beijing") else name,
                tuple(header[column] for column in columns),
                [tuple(line[column] for column in columns) for line in lines],
                form=form,
            )
            assert not report["errors"]
        verdict = read_eligibility("JH", 2018)[NUMBER]
        assert (verdict["registered"], verdict["minutes"]) == (True, 240)
        assert read_rates("JH", 2018)["信息学院"] == [3, 1, 33.33]
