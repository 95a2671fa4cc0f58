"""Issuing: the dates of the notice, numbers, one issue a date, missed dates, and frozen figures."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from members.models import ServiceYear
from members.services.schools import create_school
from reports.models import Bulletin, BulletinBranch, BulletinLine
from reports.services import bulletins
from reports.services.bulletins import correct_bulletin, preview_bulletin, publish_all_due, publish_bulletin
from tests.factories import BranchFactory, CollegeFactory, MemberFactory
from tests.reports.issuing import make_moment, publish_on, register_members
from volunteer_portal.celery import app


def set_live_since(world, moment: datetime) -> None:
    """Let JH use the portal since `moment`; BH does not take part."""
    ServiceYear.objects.filter(pk=world.year.pk).update(created_at=moment)
    ServiceYear.objects.filter(pk=world.bh.year.pk).update(created_at=make_moment(12, 31, year=2030))


# --- which dates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "day", "number"),
    [*((10, day, (day - 8) // 2) for day in range(10, 31, 2)), (11, 1, 12), (11, 3, 13)],
)
def test_every_date_of_the_notice_has_its_issue(world, month, day, number):
    publish_on(world.school, 10, 10)
    bulletin = publish_on(world.school, month, day)
    assert (bulletin.number, bulletin.due_on) == (number, date(2018, month, day))
    assert bulletin.title == f"2018年第{number}期"


@pytest.mark.parametrize(
    ("on", "reason"),
    [
        (date(2018, 10, 11), "10月11日不是通报日，临近的通报日为10月10日、10月12日"),
        (date(2018, 10, 31), "10月31日不是通报日，临近的通报日为10月30日、11月1日"),
        (date(2018, 10, 8), "2018年10月8日不在通报期内（2018年10月10日至2018年12月31日）"),
        (date(2018, 11, 21), "2018年11月21日还没有到，不能提前发布"),
        (date(2020, 10, 10), "京华大学没有设置2020年度的规则，请先建立年度"),
    ],
)
def test_any_other_date_is_refused_with_the_reason(world, on, reason):
    with pytest.raises(ValidationError, match=reason):
        publish_bulletin(school=world.school, on=on, now=make_moment(11, 20))
    assert not Bulletin.objects.exists()


def test_a_school_without_people_publishes_nothing(db):
    school, _ = create_school(code="XH", name="西华大学", year=2018)
    with pytest.raises(ValidationError, match="请先导入团员花名册"):
        publish_on(school, 10, 10)
    assert publish_all_due(now=make_moment(10, 10)) == []


def test_days_between_issues_are_those_of_the_year(world):
    world.year.bulletin_interval_days = 7
    world.year.save()
    publish_on(world.school, 10, 10)
    assert publish_on(world.school, 10, 17).number == 2
    with pytest.raises(ValidationError, match="10月12日不是通报日，临近的通报日为10月10日、10月17日"):
        publish_bulletin(
            school=world.school, on=date(2018, 10, 12), now=make_moment(10, 18) + timedelta(days=1)
        )


# --- numbers ------------------------------------------------------------------------------------------------


def test_a_school_that_starts_late_begins_with_the_first_number_and_a_missed_date_keeps_its_own(world):
    assert publish_on(world.school, 10, 16).number == 1
    assert publish_on(world.school, 10, 22).number == 4
    late = publish_on(world.school, 10, 20, now=make_moment(10, 22, hour=9))
    assert (late.number, late.late) == (3, True)
    with pytest.raises(ValidationError, match="从2018年10月16日（第1期）开始，10月14日在首期以前"):
        publish_on(world.school, 10, 14, now=make_moment(10, 22))


def test_a_school_chooses_the_number_of_its_first_issue_once(world):
    first = publish_bulletin(
        school=world.school, on=date(2018, 10, 16), now=make_moment(10, 16), first_number=4
    )
    assert (first.number, publish_on(world.school, 10, 18).number) == (4, 5)
    assert ServiceYear.objects.get(pk=world.year.pk).bulletin_first_number == 4
    # Earlier dates by hand have the numbers before, and none below 1.
    assert publish_on(world.school, 10, 14, now=make_moment(10, 18)).number == 3
    with pytest.raises(ValidationError, match="首期期号不能再改"):
        publish_bulletin(school=world.school, on=date(2018, 10, 20), now=make_moment(10, 20), first_number=9)


@pytest.mark.parametrize("number", [0, 1000])
def test_a_first_number_out_of_range_is_refused(number, world):
    with pytest.raises(ValidationError, match="1 至 999"):
        publish_bulletin(
            school=world.school, on=date(2018, 10, 16), now=make_moment(10, 16), first_number=number
        )
    assert not Bulletin.objects.exists()


def test_a_number_set_with_the_rules_is_that_of_the_first_issue_made_by_the_clock(world):
    set_live_since(world, make_moment(10, 15))
    ServiceYear.objects.filter(pk=world.year.pk).update(bulletin_first_number=11)
    assert preview_bulletin(school=world.school, now=make_moment(10, 15))[0].number == 11
    assert [issue.number for issue in publish_all_due(now=make_moment(10, 18))] == [11, 12]


def test_a_series_of_an_older_portal_keeps_its_numbers_and_goes_on_from_them(world):
    """Commit 0a9d084 numbered by the year's first date: a school that began on 16 October had 第4期."""
    ServiceYear.objects.filter(pk=world.year.pk).update(bulletin_first_number=4)
    old = publish_on(world.school, 10, 16)
    ServiceYear.objects.filter(pk=world.year.pk).update(bulletin_first_number=None)
    assert publish_on(world.school, 10, 18).number == 5
    assert publish_on(world.school, 10, 10, now=make_moment(10, 18)).number == 1
    assert Bulletin.objects.get(pk=old.pk).number == 4


def test_the_clock_makes_up_nothing_before_the_first_issue(world):
    set_live_since(world, make_moment(9, 1))
    publish_bulletin(school=world.school, on=date(2018, 10, 16), now=make_moment(10, 16), first_number=4)
    assert publish_all_due(now=make_moment(10, 17)) == []
    assert [issue.number for issue in publish_all_due(now=make_moment(10, 20))] == [5, 6]


def test_the_database_refuses_a_number_twice_in_a_year(world):
    first = publish_on(world.school, 10, 10)
    first.pk, first.due_on = None, date(2018, 10, 12)
    with pytest.raises(IntegrityError, match="bulletin_number_once_per_year"):
        Bulletin.objects.bulk_create([first])


# --- figures ------------------------------------------------------------------------------------------------


def test_it_freezes_the_figures_of_every_level(world):
    bulletin = publish_on(world.school, 10, 10)
    assert (bulletin.members, bulletin.registered, bulletin.reported, bulletin.out) == (8, 5, 1, 2)
    assert (bulletin.activists, bulletin.activists_registered) == (2, 1)
    assert (bulletin.branches, bulletin.branches_below) == (4, 1)
    physics, law = bulletin.lines.all()
    assert (law.college_name, law.members, law.registered, law.rank) == ("法学院", 7, 4, 2)
    assert (physics.college_name, physics.members, physics.registered, physics.rank) == ("物理学院", 1, 1, 1)
    annex = {branch.branch_name: branch for branch in BulletinBranch.objects.all()}
    assert (annex["法学1801团支部"].rate.text, annex["法学1801团支部"].below_floor) == ("50.00", True)
    assert (annex["物理1802团支部"].rate.text, annex["物理1802团支部"].below_floor) == ("不适用", False)


def test_a_figure_that_changes_later_does_not_move_the_issue(world):
    bulletin = publish_on(world.school, 10, 10)
    register_members(world.missing, world.namesake)
    world.college_a.name = "法学与政治学院"
    world.college_a.save()
    world.year.floor_percent = 50
    world.year.save()
    again = publish_on(world.school, 10, 10, now=make_moment(10, 11))
    assert again == bulletin
    assert (again.registered, again.floor_percent, again.as_of) == (5, 95, make_moment(10, 10))
    assert again.lines.filter(college_name="法学院", registered=4).exists()


def test_the_other_school_is_not_counted_and_has_its_own_series(world):
    ours, theirs = publish_on(world.school, 10, 10), publish_on(world.bh.school, 10, 10)
    assert (ours.members, theirs.members) == (8, 1)
    assert ours.number == theirs.number == 1


def test_the_preview_shows_the_next_issue_and_writes_nothing(world):
    publish_on(world.school, 10, 10)
    register_members(world.missing)
    bulletin, lines = preview_bulletin(school=world.school, now=make_moment(10, 11))
    assert (bulletin.number, bulletin.due_on, bulletin.registered) == (2, date(2018, 10, 12), 6)
    assert [(line.college_name, line.change.registered) for line in lines] == [("物理学院", 0), ("法学院", 1)]
    assert Bulletin.objects.count() == 1
    assert preview_bulletin(school=world.school, now=make_moment(12, 31))[0].due_on == date(2018, 12, 31)
    publish_on(world.school, 12, 31)
    assert preview_bulletin(school=world.school, now=make_moment(12, 31)) is None


# --- once in all cases --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_runs_at_once_make_one_issue():
    school, _ = create_school(code="JH", name="京华大学", year=2018)
    MemberFactory.create_batch(3, branch=BranchFactory(college=CollegeFactory(school=school)))
    start = Barrier(20, timeout=30)

    def run(_) -> int:
        try:
            start.wait()
            return publish_on(school, 10, 12).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        issues = set(pool.map(run, range(20)))
    assert len(issues) == 1
    assert Bulletin.objects.get().pk in issues
    assert (BulletinLine.objects.count(), BulletinBranch.objects.count()) == (1, 1)


def test_the_as_of_time_is_that_of_the_count_not_of_the_wait_before_it(world, monkeypatch, time_machine):
    time_machine.move_to(make_moment(10, 10), tick=False)
    waits = bulletins._lock_publishing_school

    def wait_a_minute(school, user):
        waits(school, user)
        time_machine.shift(timedelta(minutes=1))

    monkeypatch.setattr(bulletins, "_lock_publishing_school", wait_a_minute)
    issue = publish_bulletin(school=world.school, on=date(2018, 10, 10))
    assert issue.as_of == make_moment(10, 10) + timedelta(minutes=1)
    mended = correct_bulletin(bulletin=issue, reason="漏导一份名单", user=world.admin)
    assert (mended.as_of, mended.issued_at) == (issue.as_of, make_moment(10, 10) + timedelta(minutes=2))


def test_the_database_refuses_a_second_issue_of_a_date_whoever_writes_it(world):
    first = publish_on(world.school, 10, 10)
    first.pk, first.number = None, 2
    with pytest.raises(IntegrityError, match="bulletin_once_per_date"):
        Bulletin.objects.bulk_create([first])


def test_two_schedulers_make_up_a_missed_day_once_with_the_real_time(world):
    set_live_since(world, make_moment(9, 1))
    assert [issue.number for issue in publish_all_due(now=make_moment(10, 10))] == [1]
    # The portal is down on the 12th and 14th, and back on the 15th.
    back = make_moment(10, 15, hour=15)
    assert [(issue.number, issue.as_of, issue.late) for issue in publish_all_due(now=back)] == [
        (2, back, True),
        (3, back, True),
    ]
    assert publish_all_due(now=back) == []
    assert publish_all_due(now=make_moment(10, 15, hour=16)) == []
    assert [issue.number for issue in publish_all_due(now=make_moment(10, 16))] == [4]
    assert not Bulletin.objects.get(number=4).late


def test_a_school_that_fails_does_not_stop_the_others(world, monkeypatch, caplog):
    count = bulletins.count_figures

    def fail_for_one_school(school, **kwargs):
        if school == world.school:
            raise DatabaseError("disk full")
        return count(school, **kwargs)

    ServiceYear.objects.update(created_at=make_moment(10, 9))
    with monkeypatch.context() as patch:
        patch.setattr(bulletins, "count_figures", fail_for_one_school)
        assert [issue.school for issue in publish_all_due(now=make_moment(10, 10))] == [world.bh.school]
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert world.school.code in record.getMessage()
    assert "disk full" in record.exc_text
    assert [issue.school for issue in publish_all_due(now=make_moment(10, 10, hour=9))] == [world.school]


def test_the_clock_asks_every_ten_minutes_from_eight_until_midnight():
    schedule = app.conf.beat_schedule["bulletins-due"]["schedule"]
    assert app.conf.timezone == "Asia/Shanghai"
    assert (schedule.hour, schedule.minute) == (set(range(8, 24)), set(range(0, 60, 10)))
    assert len(schedule.day_of_month) == 31
    assert len(schedule.day_of_week) == 7


def test_dates_before_the_school_used_the_portal_are_not_made_up(world):
    set_live_since(world, make_moment(10, 13, hour=20))
    assert [issue.due_on.day for issue in publish_all_due(now=make_moment(10, 16))] == [14, 16]


def test_a_portal_that_starts_at_night_waits_until_eight(world):
    set_live_since(world, make_moment(9, 1))
    assert publish_all_due(now=make_moment(10, 10, hour=3)) == []
    assert [issue.number for issue in publish_all_due(now=make_moment(10, 10))] == [1]


def test_the_last_date_of_the_year_is_made_up_in_january_and_older_years_are_left_alone(world):
    set_live_since(world, make_moment(12, 30))
    assert [issue.due_on for issue in publish_all_due(now=make_moment(1, 2, year=2019))] == [
        date(2018, 12, 31)
    ]
    set_live_since(world, make_moment(12, 1))
    assert publish_all_due(now=make_moment(1, 3, year=2019)) == []


# --- who ----------------------------------------------------------------------------------------------------


def test_only_the_own_schools_admin_publishes_and_corrects(world):
    original = publish_on(world.school, 10, 10)
    for stranger in (world.bh.admin, world.secretary, world.member, world.liaison):
        with pytest.raises(PermissionDenied):
            publish_bulletin(
                school=world.school, on=date(2018, 10, 12), now=make_moment(10, 12), user=stranger
            )
        with pytest.raises(PermissionDenied):
            correct_bulletin(bulletin=original, reason="改一下", user=stranger, now=make_moment(10, 12))
    assert Bulletin.objects.count() == 1


# --- frozen -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["reports_bulletin", "reports_bulletinline", "reports_bulletinbranch"])
def test_what_was_issued_cannot_be_emptied_away(table, db):
    refused = pytest.raises(IntegrityError, match="已发布的通报不能清空")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_bulletin SET registered = registered + 1",
        "UPDATE reports_bulletin SET sealed = false",
        "DELETE FROM reports_bulletin",
        "UPDATE reports_bulletinline SET registered = registered + 1",
        "UPDATE reports_bulletinline SET college_name = '某学院'",
        "DELETE FROM reports_bulletinline",
        "UPDATE reports_bulletinbranch SET below_floor = false",
        "DELETE FROM reports_bulletinbranch",
        "INSERT INTO reports_bulletinline (bulletin_id, college_id, college_name, members, registered, reported,"
        " out, activists, activists_registered, branches, branches_below)"
        " SELECT bulletin_id, college_id, '某学院', 1, 1, 0, 0, 0, 0, 0, 0 FROM reports_bulletinline LIMIT 1",
        "INSERT INTO reports_bulletinbranch (line_id, branch_id, branch_name, members, registered, reported, out,"
        " activists, activists_registered, below_floor)"
        " SELECT line_id, branch_id, '某支部', 1, 1, 0, 0, 0, 0, false FROM reports_bulletinbranch LIMIT 1",
    ],
)
def test_sql_cannot_change_an_issue(world, statement):
    publish_on(world.school, 10, 10)
    with pytest.raises(IntegrityError, match="已发布的通报不能修改或删除；如有错误，请发布勘误通报"):  # noqa: SIM117
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Bulletin.objects.get().registered == 5
    assert BulletinLine.objects.count() == 2


def test_an_issue_whose_levels_do_not_add_up_cannot_be_committed(world):
    bulletin = Bulletin(
        school=world.school, year=world.year, number=1, due_on=date(2018, 10, 10), as_of=make_moment(10, 10),
        school_name="京华大学", floor_percent=95, branches=0, branches_below=0,
        members=3, registered=0, reported=0, out=0, activists=0, activists_registered=0,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="通报各级数字不一致"), transaction.atomic():
        bulletin.save()
        bulletin.sealed = True
        bulletin.save()
        check_constraints_now()
    bulletin.pk, bulletin.sealed = None, False
    with pytest.raises(IntegrityError, match="通报尚未签发"), transaction.atomic():
        bulletin.save(force_insert=True)
        check_constraints_now()


def test_what_is_published_does_add_up(world):
    publish_on(world.school, 10, 10)
    correct_bulletin(
        bulletin=publish_on(world.school, 10, 12), reason="核对", user=world.admin, now=make_moment(10, 12)
    )
    check_constraints_now()


def check_constraints_now() -> None:
    """Run the checks of the commit, which a test's transaction never reaches."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
