import json
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from members.models import Grant, School, ServiceYear, User
from members.services.schools import create_school, open_year
from tests.factories import SchoolFactory, ServiceYearFactory

pytestmark = pytest.mark.django_db


def run_create_school(*args) -> tuple[dict, str]:
    out, err = StringIO(), StringIO()
    call_command("create_school", *args, stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


def test_a_school_gets_a_year_with_the_dates_of_the_notice():
    school, made = create_school(code="JH", name="京华大学", year=2018)
    year = school.years.get()
    assert made
    assert (year.tidy_starts_on, year.tidy_ends_on) == (date(2018, 9, 20), date(2018, 9, 25))
    assert (year.registration_starts_on, year.registration_ends_on) == (date(2018, 9, 26), date(2018, 10, 10))
    assert (year.bulletin_anchor, year.bulletin_interval_days) == (date(2018, 10, 10), 2)
    assert year.first_service_by == date(2018, 11, 30)


def test_the_pairing_hall_opens_and_closes_at_midnight_in_beijing():
    year, _ = open_year(school=SchoolFactory(), year=2018)
    assert year.pairing_opens_at == datetime(2018, 10, 14, 16, tzinfo=UTC)
    assert year.pairing_closes_at == datetime(2018, 10, 26, 15, 59, 59, tzinfo=UTC)


def test_a_year_gets_the_thresholds_of_the_notice_and_two_semesters():
    year, _ = open_year(school=SchoolFactory(), year=2018)
    assert (year.required_minutes, year.floor_percent) == (1200, 95)
    assert (year.urban_cap, year.suburban_cap, year.urban_quota, year.suburban_quota) == (5, 3, 7, 3)
    assert year.offline_days == 3
    assert [semester.name for semester in year.semesters.all()] == ["春季学期", "秋季学期"]


def test_a_second_call_keeps_what_the_school_has_changed():
    school, _ = create_school(code="JH", name="京华大学", year=2018)
    school.years.update(floor_percent=98)
    school.years.get().semesters.filter(name="春季学期").delete()
    again, made = create_school(code="JH", name="京华大学", year=2018)
    assert (again, made) == (school, False)
    assert again.years.get().floor_percent == 98
    assert again.years.get().semesters.count() == 1


def test_another_year_of_the_same_school_is_opened():
    school, _ = create_school(code="JH", name="京华大学", year=2018)
    _, made = create_school(code="JH", name="京华大学", year=2019)
    assert made
    assert set(school.years.values_list("year", flat=True)) == {2018, 2019}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("JH", "别的大学"),
        ("XX", "京华大学"),
        ("J H", "某大学"),
        ("J@H", "某大学"),
        ("", "某大学"),
        ("AB", " "),
    ],
)
def test_it_refuses_a_code_or_name_that_is_taken_or_unusable(code, name):
    create_school(code="JH", name="京华大学", year=2018)
    with pytest.raises(ValidationError):
        create_school(code=code, name=name, year=2018)
    assert School.objects.count() == 1


def test_it_refuses_a_year_that_cannot_be_meant():
    with pytest.raises(ValidationError, match="年度"):
        create_school(code="JH", name="京华大学", year=18)
    assert not School.objects.exists()


def test_the_command_prints_school_and_year():
    answer, _ = run_create_school("JH", "京华大学", "--year", "2018")
    assert answer == {"school": "JH", "year": 2018}


def test_without_an_admin_the_command_names_the_one_that_appoints(db):
    _, note = run_create_school("JH", "京华大学", "--year", "2018")
    assert "create_account 工号 --school JH --name 姓名 --role school_admin" in note


def test_the_first_admin_gets_an_account_without_password_and_a_role_without_end():
    answer, note = run_create_school(
        "JH", "京华大学", "--year", "2018", "--admin", "T0001", "--admin-name", "孔管理"
    )
    held = Grant.objects.get()
    assert answer["first_admin"] == held.user.username == "T0001@JH"
    assert (held.role, held.place.code, held.ends_on) == ("school_admin", "JH", None)
    assert not held.user.has_usable_password()
    assert "create_account" not in note


def test_the_printed_link_activates_the_first_admin_once(client):
    admin = ("--admin", "T0001", "--admin-name", "孔管理", "--origin", "https://portal.example.cn/")
    earlier, _ = run_create_school("JH", "京华大学", "--year", "2018", *admin)
    answer, _ = run_create_school("JH", "京华大学", "--year", "2018", *admin)
    origin = "https://portal.example.cn"
    assert answer["first_admin_link"].startswith(f"{origin}/activate/")
    for printed, opens in ((earlier, False), (answer, True)):
        page = client.get(printed["first_admin_link"].removeprefix(origin), follow=True)
        assert ('type="password"' in page.content.decode()) == opens


def test_the_first_admin_is_appointed_once():
    for _ in range(2):
        run_create_school("JH", "京华大学", "--year", "2018", "--admin", "T0001", "--admin-name", "孔管理")
    assert Grant.objects.count() == User.objects.count() == 1


@pytest.mark.parametrize(
    "args", [("--admin", "T0001"), ("--admin-name", "孔管理"), ("--admin", "T0001", "--admin-name", " ")]
)
def test_an_admin_needs_number_and_name_and_else_nothing_is_made(args):
    with pytest.raises(CommandError):
        run_create_school("JH", "京华大学", "--year", "2018", *args)
    assert not School.objects.exists()


def test_the_command_says_that_nothing_was_changed():
    run_create_school("JH", "京华大学", "--year", "2018")
    answer, note = run_create_school("JH", "京华大学", "--year", "2018")
    assert answer == {"school": "JH", "year": 2018}
    assert "未作更改" in note


def test_the_command_fails_with_the_reason():
    run_create_school("JH", "京华大学", "--year", "2018")
    with pytest.raises(CommandError, match="已用于“京华大学”"):
        run_create_school("JH", "别的大学", "--year", "2018")


def test_the_current_year_is_the_one_of_today_and_else_the_latest():
    school = SchoolFactory()
    for year in (2018, 2019, 2021):
        ServiceYearFactory(school=school, year=year)
    assert ServiceYear.objects.current(school, today=date(2019, 5, 1)).year == 2019
    assert ServiceYear.objects.current(school, today=date(2020, 5, 1)).year == 2021
    assert ServiceYear.objects.current(SchoolFactory()) is None
