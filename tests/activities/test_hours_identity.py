"""One service, one record: files without record numbers, equal rows, older files, and what a file lacks."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from activities.models import MissingRecord, ServiceRecord, WaitingHours
from activities.queries.totals import sum_minutes_by_member
from activities.services.waiting_hours import settle_equal_rows
from members.models.years import Source
from tests.activities.hours_files import (
    LEAGUE_HEADER,
    import_league,
    make_league_file,
    make_league_row,
)
from tests.factories import ServiceRecordFactory
from tests.members.import_files import Kind, confirm_import, count_outcome, list_row_problems, run_import

YEAR = (date(2018, 1, 1), date(2018, 12, 31))
TIMED, DAYS = LEAGUE_HEADER[1:], (*LEAGUE_HEADER[1:5], *LEAGUE_HEADER[7:])


def import_timed(by, *rows, **options):
    """Import league rows with times and without numbers."""
    content = make_league_file(*(row[1:] for row in rows), header=TIMED)
    return run_import(Kind.HOURS, content, by=by, **options)


def import_days(by, *rows, **options):
    """Import league rows with days only and without numbers."""
    content = make_league_file(*((*row[1:5], *row[7:]) for row in rows), header=DAYS)
    return run_import(Kind.HOURS, content, by=by, **options)


def sum_minutes(world) -> int:
    return sum(sum_minutes_by_member(world.school, *YEAR, "appraisal").values())


def test_the_same_start_under_another_title_changes_the_record(world):
    import_timed(world.admin, make_league_row(world.registered))
    run = import_timed(world.admin, make_league_row(world.registered, title="助老服务"))
    assert (count_outcome(run), sum_minutes(world)) == ({"changed": 1}, 120)
    assert ServiceRecord.objects.confirmed().get().title == "助老服务"


def test_other_dots_in_a_title_are_no_change(world):
    for importing in (import_timed, import_days):
        importing(world.admin, make_league_row(world.registered, title="清河街道·助老"))
        run = importing(world.admin, make_league_row(world.registered, title="清河街道 助老"))
        assert (count_outcome(run), sum_minutes(world)) == ({"same": 1}, 120)


def test_one_start_twice_in_a_file_is_a_duplicate_or_an_error_that_names_both_rows(world):
    run = import_timed(
        world.admin,
        make_league_row(world.registered),
        make_league_row(world.registered),
        make_league_row(world.registered, title="助老服务"),
    )
    assert count_outcome(run) == {"new": 1, "error": 2}
    assert list_row_problems(run) == {
        4: "与第3行重复",
        5: "与第3行的人员和开始时间相同，内容不同，请核对这两行",
    }


def test_made_up_numbers_do_not_hold_the_title(world):
    import_timed(world.admin, make_league_row(world.registered))
    import_days(world.admin, make_league_row(world.registered, day="2018-10-14"))
    assert not ServiceRecord.objects.filter(outside_no__contains="助残").exists()


def test_a_record_under_an_old_made_up_number_is_found_again(world):
    number = f"{world.registered.student_no}|2018-10-13|助残服务"
    ServiceRecordFactory(
        member=world.registered,
        source=Source.LEAGUE,
        outside_no=number,
        title="助残服务",
        served_on=date(2018, 10, 13),
        starts_at=None,
        ends_at=None,
        minutes=120,
    )
    assert count_outcome(import_days(world.admin, make_league_row(world.registered))) == {"same": 1}
    run = import_days(world.admin, make_league_row(world.registered, stated="3"))
    assert (count_outcome(run), sum_minutes(world)) == ({"changed": 1}, 180)


def test_two_durations_of_one_title_and_day_are_two_services_that_later_files_find(world):
    two, three = (make_league_row(world.registered, stated=hours) for hours in ("2", "3"))
    assert count_outcome(import_days(world.admin, two, three)) == {"new": 2}
    assert count_outcome(import_days(world.admin, three, two)) == {"same": 2}
    four = make_league_row(world.registered, stated="4")
    assert count_outcome(import_days(world.admin, four, two)) == {"same": 1, "changed": 1}
    assert sum_minutes(world) == 6 * 60


def test_equal_rows_without_times_are_asked_about_and_the_answer_is_kept(world):
    rows = [make_league_row(world.registered)] * 2
    run = import_days(world.admin, *rows)
    assert count_outcome(run) == {"new": 1, "unclear": 1}
    assert "第3行完全相同" in list_row_problems(run)[4]
    waiting = WaitingHours.objects.get()
    assert (waiting.question, waiting.state) == ("equal", "waiting")
    assert settle_equal_rows(user=world.secretary, waiting_ids=[waiting.pk], another=True) == 1
    assert count_outcome(import_days(world.admin, *rows)) == {"same": 2}
    assert (sum_minutes(world), WaitingHours.objects.get().state) == (240, "taken")


def test_equal_rows_that_are_one_service_are_not_asked_about_again(world):
    rows = [make_league_row(world.registered)] * 2
    import_days(world.admin, *rows)
    pks = [WaitingHours.objects.get().pk]
    assert settle_equal_rows(user=world.secretary, waiting_ids=pks, another=False) == 1
    assert count_outcome(import_days(world.admin, *rows)) == {"same": 2}
    assert sum_minutes(world) == 120
    with pytest.raises(ValidationError):
        settle_equal_rows(user=world.secretary, waiting_ids=pks, another=True)


def test_another_college_does_not_decide_about_equal_rows(world):
    import_days(world.admin, *[make_league_row(world.zhang_wei_b)] * 2)
    with pytest.raises(ValidationError):
        settle_equal_rows(user=world.secretary, waiting_ids=[WaitingHours.objects.get().pk], another=True)


def test_what_a_later_file_covers_and_lacks_is_listed_and_counts_on(world):
    first = [make_league_row(world.registered, day=day) for day in ("2018-10-01", "2018-10-08", "2018-10-15")]
    import_timed(world.admin, *first)
    other = make_league_row(world.registered, day="2018-10-09")
    run = import_timed(world.admin, first[0], other, first[2])
    assert (run.figures["missing"], sum_minutes(world)) == (1, 480)
    missing = MissingRecord.objects.get()
    assert (missing.record.served_on, missing.outcome) == (date(2018, 10, 8), "")
    import_timed(world.admin, *first)
    assert MissingRecord.objects.get(record=missing.record).outcome == "back"


def test_a_file_older_than_another_that_has_the_record_does_not_miss_it(world):
    """The second file has 10-08 as well, so that the first one, of an earlier day, says nothing of it."""
    days = [make_league_row(world.registered, day=day) for day in ("2018-10-01", "2018-10-08", "2018-10-15")]
    import_timed(world.admin, *days, as_of=date(2018, 10, 20))
    import_timed(world.admin, *days, as_of=date(2018, 11, 20))
    for day in (date(2018, 10, 19), date(2018, 11, 1)):
        run = import_timed(world.admin, days[0], days[2], as_of=day)
        assert (run.figures["missing"], MissingRecord.objects.count()) == (0, 0)
    run = import_timed(world.admin, days[0], days[2], as_of=date(2018, 11, 20))
    assert (run.figures["missing"], MissingRecord.objects.count()) == (1, 1)


def test_what_somebody_keeps_is_not_missing_again(world):
    first = [make_league_row(world.registered, day=day) for day in ("2018-10-01", "2018-10-08", "2018-10-15")]
    import_timed(world.admin, *first)
    import_timed(world.admin, first[0], first[2])
    MissingRecord.objects.update(outcome="kept")
    run = import_timed(world.admin, first[0], first[2])
    assert (run.figures["missing"], MissingRecord.objects.get().outcome) == (0, "kept")


def test_people_days_and_rows_that_a_file_does_not_cover_are_not_missing(world):
    import_league(
        world.admin,
        make_league_row(world.registered, record_no="A", day="2018-10-08"),
        make_league_row(world.registered, record_no="B", day="2018-10-20"),
        make_league_row(world.lead, record_no="C", day="2018-10-08"),
        make_league_row(world.registered, record_no="D", day="2018-10-09"),
    )
    run = import_league(
        world.admin,
        make_league_row(world.registered, record_no="E", day="2018-10-01"),
        make_league_row(world.registered, record_no="D", day="2018-10-09", stated="?"),
        make_league_row(world.registered, record_no="A", day="2018-10-08"),
        make_league_row(world.registered, record_no="F", day="2018-10-10"),
    )
    assert (run.figures["missing"], run.figures["error"]) == (0, 1)
    assert not MissingRecord.objects.exists()


def test_a_college_s_file_does_not_cover_people_of_others(world):
    rows = [
        make_league_row(world.zhang_wei_b, record_no=no, day=day)
        for no, day in (("A", "2018-10-01"), ("B", "2018-10-02"), ("C", "2018-10-03"))
    ]
    import_league(world.admin, *rows)
    run = import_league(world.secretary, rows[0], rows[2])
    assert run.figures["missing"] == 0


@pytest.mark.parametrize("changed", [{"stated": "3"}, {"title": "助老服务"}, {"state": "无效"}])
def test_an_older_file_after_a_newer_one_must_be_forced(world, changed):
    old, new = make_league_row(world.registered), make_league_row(world.registered, **changed)
    import_league(world.admin, old)
    import_league(world.admin, new)
    with pytest.raises(ValidationError, match="1 条将回到以前的状态"):
        confirm_import(Kind.HOURS, make_league_file(old), by=world.admin)
    run = import_league(world.admin, old, force=True)
    assert (count_outcome(run), sum_minutes(world)) == ({"changed": 1}, 120)


def test_a_file_of_an_earlier_day_than_the_record_s_must_be_forced(world):
    import_league(world.admin, make_league_row(world.registered), as_of=date(2018, 11, 1))
    row = make_league_row(world.registered, stated="3")
    with pytest.raises(ValidationError, match="回到以前的状态"):
        confirm_import(Kind.HOURS, make_league_file(row), by=world.admin, as_of=date(2018, 10, 31))
    assert count_outcome(import_league(world.admin, row, as_of=date(2018, 11, 2))) == {"changed": 1}
