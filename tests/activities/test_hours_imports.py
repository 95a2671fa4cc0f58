"""Imports of hours from the two ledgers' files: persons, what counts, and changes by a later file."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from activities.models import RecordLink, ServiceRecord
from activities.services.linking import link_records
from members.models.years import Source
from tests.activities.counting import sum_by_sources
from tests.activities.hours_files import (
    LEAGUE_HEADER,
    VOLUNTEER_HEADER,
    import_league,
    import_volunteers,
    make_league_file,
    make_league_row,
    make_volunteer_file,
    make_volunteer_row,
)
from tests.activities.ledger import make_secretary_of_member
from tests.factories import BEIJING, MemberFactory
from tests.members.import_files import Kind, count_outcome, list_row_problems, preview_import, run_import
from tests.members.sheet_files import make_xlsx

YEAR = (date(2018, 1, 1), date(2018, 12, 31))
BOTH = [Source.LEAGUE, Source.VOLUNTEER_BEIJING]
State = ServiceRecord.State


def sum_school_minutes(world, sources=BOTH, years=YEAR) -> dict:
    return sum_by_sources(world.school, sources, *years)


def test_a_row_of_the_league_s_sheet_becomes_a_confirmed_record(world):
    run = import_league(world.admin, make_league_row(world.registered))
    record = ServiceRecord.objects.get()
    assert count_outcome(run) == {"new": 1}
    assert (record.member, record.source, record.outside_no) == (world.registered, "league", "GQT0001")
    assert (record.state, record.minutes, record.served_on) == (State.CONFIRMED, 120, date(2018, 10, 13))
    assert record.starts_at == datetime(2018, 10, 13, 9, tzinfo=BEIJING)
    assert record.ends_at == datetime(2018, 10, 13, 11, tzinfo=BEIJING)
    assert (record.decided_by, record.import_run, record.submitted_by) == (None, run, world.admin)


def test_a_row_of_the_volunteers_file_finds_its_person_by_volunteer_number(world):
    import_volunteers(world.admin, make_volunteer_row(world.registered, stated="2.5"))
    record = ServiceRecord.objects.get()
    assert (record.member, record.source, record.minutes) == (world.registered, "volunteer_beijing", 150)
    assert record.ends_at - record.starts_at == timedelta(minutes=150)
    assert world.registered.volunteer_no in record.outside_no


@pytest.mark.parametrize(
    ("day", "start", "end", "stated", "expected"),
    [
        ("20181013", "9：00", "下午1:30", "4小时30分钟", 270),
        ("2018.10.13", "09:00:00", "11:00:00", "2.5h", 150),
        (datetime(2018, 10, 13), 0.375, 0.5, 3, 180),  # noqa: DTZ001
        ("2018年10月13日", "9:00", "10:40", None, 100),
        ("2018/10/13", None, None, "120分钟", 120),
        (None, "2018-10-13 09:00", "2018-10-13 12:00", "3", 180),
    ],
)
def test_days_times_and_hours_in_the_forms_that_people_write(world, day, start, end, stated, expected):
    row = make_league_row(world.registered, day=day, start=start, end=end, stated=stated)
    import_league(world.admin, row)
    record = ServiceRecord.objects.get()
    assert (record.served_on, record.minutes) == (date(2018, 10, 13), expected)


def test_the_stated_figure_counts_and_another_span_is_noted(world):
    import_league(world.admin, make_league_row(world.registered, stated="1.5"))
    record = ServiceRecord.objects.get()
    assert record.minutes == 90
    assert "120 分钟" in record.decision_note


def test_new_year_s_eve_belongs_to_the_old_year_and_half_past_midnight_to_the_new(world):
    import_league(
        world.admin,
        make_league_row(
            world.registered, record_no="A", day="2018-12-31", start="22:00", end="01:00", stated=3
        ),
        make_league_row(
            world.registered, record_no="B", day="2019-01-01", start="00:30", end="01:30", stated=1
        ),
    )
    assert sum_school_minutes(world) == {world.registered.pk: 180}
    # Half of the second record passed while the first one lasted.
    assert sum_school_minutes(world, years=(date(2019, 1, 1), date(2019, 12, 31))) == {
        world.registered.pk: 30
    }
    eve = ServiceRecord.objects.get(outside_no="A")
    assert eve.ends_at == datetime(2018, 12, 31, 17, tzinfo=UTC)


@pytest.mark.parametrize(("stated", "note"), [("", ""), ("3", "120 分钟")])
def test_service_may_end_at_midnight(world, stated, note):
    import_league(
        world.admin,
        make_league_row(world.registered, start="2018-10-13 22:00", end="2018-10-14 00:00", stated=stated),
    )
    record = ServiceRecord.objects.get()
    assert record.ends_at == datetime(2018, 10, 14, tzinfo=BEIJING)
    assert note in record.decision_note


def test_a_day_of_another_century_is_refused(world):
    run = import_league(world.admin, make_league_row(world.registered, day="1900-01-01"))
    assert "早于 2000 年" in list_row_problems(run)[3]


@pytest.mark.parametrize("state", ["已确认", "待确认"])
def test_nobody_imports_the_own_hours(world, state):
    run = import_league(
        make_secretary_of_member(world.registered),
        make_league_row(world.registered, state=state),
        make_league_row(world.lead, record_no="B"),
    )
    assert count_outcome(run) == {"error": 1, "new": 1}
    assert "本人" in list_row_problems(run)[3]
    assert ServiceRecord.objects.get().member == world.lead


def test_own_hours_that_others_imported_pass_as_they_are_and_are_not_given_away(world):
    import_league(world.admin, make_league_row(world.registered))
    own = make_secretary_of_member(world.registered)
    assert count_outcome(import_league(own, make_league_row(world.registered))) == {"same": 1}
    assert count_outcome(import_league(own, make_league_row(world.registered, stated="8"))) == {"error": 1}
    assert count_outcome(import_league(own, make_league_row(world.lead))) == {"error": 1}
    assert sum_school_minutes(world) == {world.registered.pk: 120}


def test_pending_and_refused_rows_are_kept_and_do_not_count(world):
    run = import_league(
        world.admin,
        make_league_row(world.registered, record_no="A", state="待审核"),
        make_league_row(world.registered, record_no="B", state="驳回"),
        make_league_row(world.registered, record_no="C", state="大概"),
    )
    assert count_outcome(run) == {"new": 2, "error": 1}
    assert set(ServiceRecord.objects.values_list("outside_no", "state")) == {
        ("A", "pending"),
        ("B", "rejected"),
    }
    assert sum_school_minutes(world) == {}
    assert "大概" in list_row_problems(run)[5]


def test_the_same_file_again_changes_nothing(world):
    rows = [make_league_row(world.registered), make_league_row(world.lead, record_no="P", state="待确认")]
    import_league(world.admin, *rows)
    events = ServiceRecord.pgh_event_model.objects.count()
    assert count_outcome(import_league(world.admin, *rows)) == {"same": 2}
    assert ServiceRecord.pgh_event_model.objects.count() == events


def test_a_record_that_waited_is_changed_in_place_when_the_city_confirms_it(world):
    import_league(world.admin, make_league_row(world.registered, state="待确认"))
    run = import_league(world.admin, make_league_row(world.registered, stated="1小时"))
    record = ServiceRecord.objects.get()
    assert (count_outcome(run), record.state, record.minutes) == ({"changed": 1}, State.CONFIRMED, 60)
    (row,) = run.rows.all()
    assert [change[1:] for change in row.describe_changes("hours")] == [
        ("状态", "待确认", "已确认"),
        ("时长（分钟）", "120", "60"),
    ]


@pytest.mark.parametrize(
    ("changed", "state", "counted"),
    [
        ({"stated": "1.5"}, "confirmed", 90),
        ({"state": "无效"}, "rejected", 0),
        ({"state": "待确认"}, "pending", 0),
    ],
)
def test_what_the_city_corrects_is_voided_and_added(world, changed, state, counted):
    import_league(world.admin, make_league_row(world.registered))
    force = state == "pending"  # from confirmed back to pending: somebody must say that this is meant
    for expected in ({"changed": 1}, {"same": 1}):
        run = import_league(world.admin, make_league_row(world.registered, **changed), force=force)
        assert count_outcome(run) == expected
    old, new = ServiceRecord.objects.order_by("pk")
    assert (old.state, old.minutes, new.state, new.corrects) == (State.VOIDED, 120, state, old)
    assert old.void_reason.startswith("文件更正")
    assert sum_school_minutes(world).get(world.registered.pk, 0) == counted


def test_what_was_refused_and_is_confirmed_later_counts(world):
    import_league(world.admin, make_league_row(world.registered, state="驳回"))
    for expected in ({"changed": 1}, {"same": 1}):
        assert count_outcome(import_league(world.admin, make_league_row(world.registered))) == expected
    assert list(ServiceRecord.objects.order_by("pk").values_list("state", flat=True)) == [
        "rejected",
        "confirmed",
    ]
    assert sum_school_minutes(world) == {world.registered.pk: 120}


def test_a_record_that_turns_out_to_be_somebody_else_s_moves(world):
    import_league(world.admin, make_league_row(world.registered))
    import_league(world.admin, make_league_row(world.lead))
    assert sum_school_minutes(world) == {world.lead.pk: 120}


def test_numbers_twice_in_a_file(world):
    run = import_league(
        world.admin,
        make_league_row(world.registered),
        make_league_row(world.registered),
        make_league_row(world.registered, stated="1"),
    )
    assert count_outcome(run) == {"new": 1, "error": 2}
    assert list_row_problems(run) == {4: "与第3行重复", 5: "记录与第3行相同，内容不同"}


def test_a_number_of_nobody_waits_until_the_person_is_there(world):
    run = import_volunteers(
        world.admin, ("110110110110", "新同学", "助残服务", "2018-10-13", "2", "", "有效")
    )
    assert count_outcome(run) == {"unclear": 1}
    assert not ServiceRecord.objects.exists()
    person = MemberFactory(branch=world.a1, name="新同学", registered=True, volunteer_no="110110110110")
    run = import_volunteers(
        world.admin, ("110110110110", "新同学", "助残服务", "2018-10-13", "2", "", "有效")
    )
    assert count_outcome(run) == {"new": 1}
    assert sum_school_minutes(world) == {person.pk: 120}


def test_a_number_under_another_name_is_an_error(world):
    run = import_league(world.admin, make_league_row(world.registered, name="别人"))
    assert list_row_problems(run) == {3: "学号登记的人员姓名不同"}


def test_a_college_imports_its_own_people_only(world):
    run = import_league(
        world.secretary,
        make_league_row(world.registered),
        make_league_row(world.zhang_wei_b, record_no="B"),
        make_league_row(world.bh.zhang_wei, record_no="C", student_no="2099"),
    )
    assert run.college == world.college_a
    assert count_outcome(run) == {"new": 1, "error": 1, "unclear": 1}
    assert list_row_problems(run)[4] == "不是“法学院”的人员"


def test_a_college_does_not_take_another_college_s_record(world):
    import_league(world.admin, make_league_row(world.zhang_wei_b))
    run = import_league(world.secretary, make_league_row(world.registered))
    assert "其他学院" in list_row_problems(run)[3]
    assert sum_school_minutes(world) == {world.zhang_wei_b.pk: 120}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"student_no": ""}, "缺少学号"),
        ({"title": ""}, "缺少项目名称"),
        ({"state": ""}, "缺少状态"),
        ({"day": "", "start": "", "end": ""}, "缺少服务日期"),
        ({"stated": "0"}, "服务时长为 0"),
        ({"stated": "120"}, "请核对单位"),
        ({"day": "2099-01-01"}, "晚于今天"),
        ({"day": "下周"}, "服务日期"),
        ({"title": "长" * 121}, "超过 120 个字"),
    ],
)
def test_a_row_that_cannot_be_a_record_says_why(world, changed, reason):
    run = import_league(
        world.admin, make_league_row(world.lead, record_no="A"), make_league_row(world.registered, **changed)
    )
    assert reason in list_row_problems(run)[4]


def test_a_sheet_with_both_numbers_must_say_whose_ledger_it_is(world):
    header = ("学号", *VOLUNTEER_HEADER)
    row = (world.registered.student_no, *make_volunteer_row(world.registered))
    run = preview_import(Kind.HOURS, make_xlsx(header, row), by=world.admin)
    assert run.state == "failed"
    assert "看不出" in run.problem
    run = preview_import(Kind.HOURS, make_xlsx(("来源", *header), ("志愿北京", *row)), by=world.admin)
    assert count_outcome(run) == {"new": 1}


@pytest.mark.parametrize("order", sorted(set(permutations(["league", "volunteers"] * 2, 3))))
def test_one_service_in_both_ledgers_counts_once_in_whatever_order_they_come(world, order):
    files = {
        "league": lambda: import_league(
            world.admin,
            make_league_row(world.registered, record_no="A"),
            make_league_row(world.registered, record_no="B", start="13:00", end="15:00"),
        ),
        "volunteers": lambda: import_volunteers(
            world.admin,
            make_volunteer_row(world.registered, stated="1.5"),
            make_volunteer_row(world.registered, day="2018-10-14 09:00"),
        ),
    }
    for name in (*order, "league", "volunteers"):
        files[name]()
    assert sum_school_minutes(world) == {world.registered.pk: 120 + 120 + 120}
    assert sum_school_minutes(world, BOTH[::-1]) == {world.registered.pk: 90 + 120 + 120}
    assert RecordLink.objects.count() == 2


def test_a_corrected_record_takes_the_place_of_the_old_one_in_its_group(world):
    import_league(world.admin, make_league_row(world.registered))
    import_volunteers(world.admin, make_volunteer_row(world.registered))
    import_league(world.admin, make_league_row(world.registered, stated="1"))
    assert sum_school_minutes(world) == {world.registered.pk: 60}
    assert set(RecordLink.objects.values_list("record__minutes", flat=True)) == {60, 120}
    assert not RecordLink.objects.filter(record__state="voided").exists()


def test_what_somebody_linked_stays_linked_when_the_city_corrects_its_record(world):
    import_league(world.admin, make_league_row(world.registered))
    import_volunteers(world.admin, make_volunteer_row(world.registered, title="别的", day="2018-10-14 13:00"))
    ids = list(ServiceRecord.objects.values_list("pk", flat=True))
    link_records(user=world.secretary, record_ids=ids, reason="同一次，对方日期写错")
    import_league(world.admin, make_league_row(world.registered, stated="1小时"))
    assert sum_school_minutes(world) == {world.registered.pk: 60}
    assert set(RecordLink.objects.values_list("record__minutes", "linked_by")) == {
        (60, world.secretary.pk),
        (120, world.secretary.pk),
    }


@pytest.mark.parametrize("state", ["待确认", "已确认"])
def test_a_link_made_by_hand_ends_when_the_city_gives_the_record_to_another_person(state, world):
    import_league(world.admin, make_league_row(world.registered, state=state))
    import_volunteers(world.admin, make_volunteer_row(world.registered, title="别的", day="2018-10-14 13:00"))
    ids = list(ServiceRecord.objects.values_list("pk", flat=True))
    link_records(user=world.secretary, record_ids=ids, reason="同一次")
    import_league(world.admin, make_league_row(world.lead))
    assert sum_school_minutes(world) == {world.registered.pk: 120, world.lead.pk: 120}
    assert not RecordLink.objects.filter(member=world.lead).exists()


WITHOUT_NUMBERS = LEAGUE_HEADER[1:]
DAYS_ONLY = (*LEAGUE_HEADER[1:5], *LEAGUE_HEADER[7:])


def _build_exports(person) -> dict:
    """Return the same three services as a ledger exports them in different lists.

    Two are alike and on one day.
    """
    rows = [
        make_league_row(person, record_no="A"),
        make_league_row(person, record_no="B", start="14:00", end="16:00"),
        make_league_row(person, record_no="C", day="2018-10-20", end="11:30", stated="2.5"),
    ]
    numbered_days = tuple(name for name in LEAGUE_HEADER if name not in ("开始时间", "结束时间"))
    return {
        "whole": (LEAGUE_HEADER, rows),
        "without numbers": (WITHOUT_NUMBERS, [row[1:] for row in rows]),
        "days with numbers": (numbered_days, [(*row[:5], *row[7:]) for row in rows]),
    }


@pytest.mark.parametrize("order", list(permutations(["whole", "without numbers", "days with numbers"], 2)))
def test_a_list_without_numbers_or_times_does_not_count_a_service_again(world, order):
    exports = _build_exports(world.registered)
    for name in (*order, *order):
        header, rows = exports[name]
        run = run_import(Kind.HOURS, make_league_file(*rows, header=header), by=world.admin)
        assert sum_school_minutes(world) == {world.registered.pk: 120 + 120 + 150}
    assert count_outcome(run) == {"same": 3}


def test_a_service_told_by_its_day_gets_its_times_from_another_list_and_keeps_them(world):
    timed = make_league_row(world.registered)[1:]
    day = (*timed[:4], *timed[6:])
    run_import(Kind.HOURS, make_league_file(day, header=DAYS_ONLY), by=world.admin)
    run = run_import(Kind.HOURS, make_league_file(timed, header=WITHOUT_NUMBERS), by=world.admin)
    assert count_outcome(run) == {"changed": 1}
    for row, header in ((day, DAYS_ONLY), (timed, WITHOUT_NUMBERS)):
        assert count_outcome(
            run_import(Kind.HOURS, make_league_file(row, header=header), by=world.admin)
        ) == {"same": 1}
    assert sum_school_minutes(world) == {world.registered.pk: 120}
    assert ServiceRecord.objects.confirmed().get().starts_at is not None
    cancelled = (*day[:-1], "已取消")
    run_import(Kind.HOURS, make_league_file(cancelled, header=DAYS_ONLY), by=world.admin)
    assert sum_school_minutes(world) == {}


def test_what_the_ledger_numbers_apart_are_two_services(world):
    import_league(world.admin, make_league_row(world.registered, record_no="A"))
    import_league(
        world.admin, make_league_row(world.registered, record_no="B", start="13:00", end="16:00", stated="3")
    )
    assert sum_school_minutes(world) == {world.registered.pk: 300}


def test_what_the_ledger_calls_cancelled_counts_for_nobody(world):
    header = ("记录编号", "学号", "名字", *LEAGUE_HEADER[3:])
    rows = [
        make_league_row(world.registered, state="已取消"),
        make_league_row(world.registered, record_no="B", day="2018-10-14"),
    ]
    content = make_league_file(*rows, header=header)
    assert count_outcome(run_import(Kind.HOURS, content, by=world.admin)) == {"new": 2}
    assert sum_school_minutes(world) == {world.registered.pk: 120}


def test_title_rows_totals_and_other_names_of_columns_are_understood(world):
    header = ("流水号", "学籍号", "学生姓名", "活动名称", "活动日期", "工时", "审核状态")
    row = ("L1", f"'{world.registered.student_no}", "张　伟", "助残", "2018/10/1", "2小时30分钟", "审核通过")
    run = preview_import(
        Kind.HOURS, make_league_file(row, ("合计", "", "", "", "", "2.5", ""), header=header), by=world.admin
    )
    assert count_outcome(run) == {"new": 1}
    run = preview_import(
        Kind.HOURS,
        make_volunteer_file(make_volunteer_row(world.registered)),
        by=world.admin,
        filename="a.csv",
    )
    assert count_outcome(run) == {"new": 1}


def test_beginning_and_end_in_one_column(world):
    header = ("学号", "姓名", "活动名称", "服务起止时间", "工时", "状态")
    row = (
        world.registered.student_no,
        world.registered.name,
        "值守",
        "2018-12-31 22:00至01:00",
        "3h",
        "通过",
    )
    assert count_outcome(run_import(Kind.HOURS, make_league_file(row, header=header), by=world.admin)) == {
        "new": 1
    }
    record = ServiceRecord.objects.get()
    assert (record.served_on, record.minutes, record.decision_note) == (date(2018, 12, 31), 180, "")
    assert record.ends_at == datetime(2019, 1, 1, 1, tzinfo=BEIJING)


def test_a_column_of_numbers_that_may_be_anything_is_asked_about(world):
    header = ("编号", *LEAGUE_HEADER[1:])
    run = preview_import(
        Kind.HOURS, make_league_file(make_league_row(world.registered), header=header), by=world.admin
    )
    assert run.state == "failed" and "请把表头改为“记录编号”" in run.problem
