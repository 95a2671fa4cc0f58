"""Working days: the State Council's dates, the school's own table over them, and years that nobody knows yet."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from members.models import CalendarDay, Message
from members.queries.working_days import (
    describe_missing_holidays,
    get_working_days,
    is_decreed,
    list_special_days,
    list_years_to_enter,
    load_working_days,
)
from members.services.working_days import ask_for_holidays, enter_calendar_days, remove_calendar_days


def enter(world, first: date, last: date | None = None, *, works: bool = False, note: str = "校运动会"):
    return enter_calendar_days(
        school=world.school, first=first, last=last or first, works=works, note=note, user=world.admin
    )


# --- counting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "count", "due"),
    [
        # National Day 2018: off 1-7 October, worked on Saturday 29 and Sunday 30 September.
        (date(2018, 9, 28), 1, date(2018, 9, 29)),
        (date(2018, 9, 28), 2, date(2018, 9, 30)),
        (date(2018, 9, 28), 3, date(2018, 10, 8)),
        (date(2018, 9, 25), 10, date(2018, 10, 12)),
        (date(2018, 10, 3), 1, date(2018, 10, 8)),
        # Spring Festival 2018: off 15-21 February, worked on Sunday 11 and Saturday 24 February.
        (date(2018, 2, 9), 1, date(2018, 2, 11)),
        (date(2018, 2, 14), 1, date(2018, 2, 22)),
        (date(2018, 2, 14), 3, date(2018, 2, 24)),
        (date(2018, 2, 9), 10, date(2018, 2, 28)),
        # New Year 2019: off 30 December to 1 January, worked on Saturday 29 December.
        (date(2018, 12, 28), 2, date(2019, 1, 2)),
        # National Day 2026: off 1-7 October, worked on Sunday 20 September and Saturday 10 October.
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 9, 28), 10, date(2026, 10, 16)),
        # Spring Festival 2026: off 15-23 February, worked on Saturday 14 and Saturday 28 February.
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 13), 10, date(2026, 3, 5)),
        (date(2026, 2, 27), 1, date(2026, 2, 28)),
        # 2027 is not decreed: Monday to Friday.
        (date(2027, 9, 30), 1, date(2027, 10, 1)),
        (date(2027, 9, 30), 2, date(2027, 10, 4)),
    ],
)
def test_terms_around_holidays_follow_the_state_council(since, count, due, world):
    assert get_working_days(world.school.pk).add(since, count) == due


# --- the school's own table -----------------------------------------------------------------------------------


def test_the_schools_table_precedes_the_state_both_ways(world):
    enter(world, date(2018, 10, 8), date(2018, 10, 9), works=False)
    enter(world, date(2018, 10, 7), works=True, note="补课")
    own = get_working_days(world.school.pk)
    assert [own.is_worked(date(2018, 10, day)) for day in (6, 7, 8, 9, 10)] == [
        False,
        True,
        False,
        False,
        True,
    ]
    assert own.add(date(2018, 9, 30), 2) == date(2018, 10, 10)
    assert get_working_days(world.bh.school.pk).add(date(2018, 9, 30), 2) == date(2018, 10, 9)


def test_a_year_that_is_not_decreed_is_weekdays_and_the_table(world):
    enter(world, date(2027, 10, 1), date(2027, 10, 7), note="国庆节")
    enter(world, date(2027, 10, 9), works=True, note="国庆调休")
    assert get_working_days(world.school.pk).add(date(2027, 9, 30), 2) == date(2027, 10, 9)


def test_a_day_entered_again_is_replaced(world):
    enter(world, date(2018, 11, 5), works=False, note="校庆")
    enter(world, date(2018, 11, 5), works=True, note="校庆改期")
    row = CalendarDay.objects.get()
    assert (row.works, row.note) == (True, "校庆改期")


def test_a_removed_day_is_again_what_the_state_says(world):
    (row,) = enter(world, date(2018, 10, 1), works=True)
    assert remove_calendar_days(school=world.school, rows=[row.pk], user=world.admin) == 1
    assert not get_working_days(world.school.pk).is_worked(date(2018, 10, 1))
    with pytest.raises(ValidationError, match="已被移除"):
        remove_calendar_days(school=world.school, rows=[row.pk], user=world.admin)
    with pytest.raises(ValidationError, match="请先勾选"):
        remove_calendar_days(school=world.school, rows=[], user=world.admin)


@pytest.mark.parametrize(
    ("last", "reason"), [(date(2018, 10, 7), "不能早于开始日期"), (date(2019, 1, 16), "最多登记 100 天")]
)
def test_a_span_that_is_wrong_is_refused(last, reason, world):
    with pytest.raises(ValidationError, match=reason):
        enter(world, date(2018, 10, 8), last)
    assert not CalendarDay.objects.exists()


def test_only_the_own_schools_admin_changes_the_table(world):
    (row,) = enter(world, date(2018, 10, 8))
    for stranger in (world.bh.admin, world.secretary, world.member, world.liaison):
        with pytest.raises(ValidationError, match="只有本校团委"):
            enter_calendar_days(
                school=world.school,
                first=date(2018, 11, 1),
                last=date(2018, 11, 1),
                works=False,
                note="",
                user=stranger,
            )
        with pytest.raises(ValidationError, match="只有本校团委"):
            remove_calendar_days(school=world.school, rows=[row.pk], user=stranger)
    with pytest.raises(ValidationError, match="已被移除"):
        remove_calendar_days(school=world.bh.school, rows=[row.pk], user=world.bh.admin)
    assert CalendarDay.objects.get() == row


def test_the_calendars_of_all_schools_are_one_query(world, django_assert_num_queries):
    with django_assert_num_queries(1):
        load_working_days([world.school.pk, world.bh.school.pk])


# --- the list of a year ---------------------------------------------------------------------------------------


def test_the_list_of_a_year_names_holidays_exchanges_and_own_days(world):
    enter(world, date(2018, 10, 7), works=True, note="补课")
    enter(world, date(2018, 11, 5), note="校庆")
    october = [special for special in list_special_days(world.school.pk, 2018) if special.day.month >= 9]
    shown = {special.day: (special.works, special.name, bool(special.own)) for special in october}
    assert shown[date(2018, 9, 30)] == (True, "国庆节调休", False)
    assert shown[date(2018, 10, 1)] == (False, "国庆节", False)
    assert shown[date(2018, 10, 7)] == (True, "补课", True)
    assert shown[date(2018, 11, 5)] == (False, "校庆", True)
    assert date(2018, 10, 8) not in shown


# --- years that the portal does not know ----------------------------------------------------------------------


def test_2027_is_not_known_and_said_to_be(world):
    assert (is_decreed(2026), is_decreed(2027), is_decreed(2003)) == (True, False, False)
    assert describe_missing_holidays(2026) == ""
    assert "2027 年" in describe_missing_holidays(2027)


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(2026, 11, 30), []),
        (date(2026, 12, 1), [2027]),
        (date(2027, 3, 1), [2027]),
        (date(2027, 12, 1), [2027, 2028]),
        (date(2018, 12, 31), []),
    ],
)
def test_the_current_year_is_asked_for_and_the_next_in_december(today, years):
    assert list_years_to_enter(today) == years


def test_each_school_is_asked_once_a_year_unless_it_has_entered_days(world):
    enter(world, date(2027, 1, 1), note="元旦")
    for today in (date(2026, 12, 1), date(2026, 12, 2), date(2027, 1, 5)):
        ask_for_holidays(today=today)
    (message,) = Message.objects.filter(title__contains="2027 年的放假和调休安排")
    assert message.school == world.bh.school
    assert message.url == reverse("school_calendar", args=[2027])


# --- pages ----------------------------------------------------------------------------------------------------


def test_the_admin_enters_and_removes_days_on_the_page(world, client_of):
    browser, page = client_of(world.admin), reverse("school_calendar", args=[2018])
    entered = {"works": "off", "first": "2018-11-05", "last": "2018-11-06", "note": "校运动会"}
    answer = browser.post(reverse("calendar_enter", args=[2018]), entered, follow=True)
    assert answer.redirect_chain[-1][0] == page
    assert answer.content.decode().count("校运动会") == 2
    row = CalendarDay.objects.get(day=date(2018, 11, 5))
    browser.post(reverse("calendar_remove", args=[2018]), {"chosen": [row.pk]})
    assert list(CalendarDay.objects.values_list("day", flat=True)) == [date(2018, 11, 6)]
    assert "校历变更" in browser.get(reverse("audit")).content.decode()
    changes = browser.get(reverse("audit"), {"kind": "calendar"}).content.decode()
    assert "2018-11-05" in changes


def test_a_refused_entry_keeps_everything_typed(world, client_of):
    entered = {"works": "work", "first": "2018-11-05", "last": "2018-11-01", "note": "补课"}
    answer = client_of(world.admin).post(reverse("calendar_enter", args=[2018]), entered)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "结束日期不能早于开始日期" in text
    assert all(f'value="{typed}"' in text for typed in ("2018-11-05", "2018-11-01", "补课"))


def test_a_day_of_another_year_is_sent_to_that_years_page(world, client_of):
    entered = {"works": "off", "first": "2019-02-05", "note": "春节"}
    answer = client_of(world.admin).post(reverse("calendar_enter", args=[2018]), entered)
    assert "日期不在 2018 年" in answer.content.decode()
    assert not CalendarDay.objects.exists()


def test_a_college_reads_the_calendar_and_has_no_forms(world, client_of):
    text = client_of(world.secretary).get(reverse("school_calendar", args=[2018])).content.decode()
    assert "国庆节" in text
    assert "登记日期" not in text


def test_the_rules_page_of_an_unknown_year_says_so_and_leads_to_the_calendar(world, client_of, time_machine):
    page = reverse("year", args=[2018])
    assert "放假安排" not in client_of(world.admin).get(page).content.decode()
    world.year.year = 2027
    world.year.save()
    text = client_of(world.admin).get(reverse("year", args=[2027])).content.decode()
    assert "平台还没有收录国务院办公厅 2027 年的放假安排" in text
    assert reverse("school_calendar", args=[2027]) in text


@pytest.mark.parametrize("year", [1999, 2003, 2099])
def test_years_far_away_have_no_page(year, world, client_of):
    assert client_of(world.admin).get(reverse("school_calendar", args=[year])).status_code == 404
