"""年度规则: valid values, the permission to change them, and the history of changes."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db.models import PositiveIntegerField, PositiveSmallIntegerField
from django.urls import reverse
from django.utils import timezone

from members.calendar import YEAR_RANGES, year_problems
from members.forms.years import GROUPS
from members.models import ServiceYear
from members.queries.years import list_year_changes
from members.services.schools import build_notice_dates
from members.services.years import change_year
from reports.services.bulletins import publish_bulletin
from reports.services.years import change_rules, list_locked_fields
from tests.factories import ServiceYearFactory

BEIJING = ZoneInfo("Asia/Shanghai")


def test_the_notices_own_dates_are_in_order():
    assert year_problems(build_notice_dates(2018), year=2018) == {}


# --- the service ---


def test_only_what_is_given_changes(world):
    change_year(year=world.year, values={"floor_percent": 90}, semesters={}, user=world.admin)
    fresh = ServiceYear.objects.get(pk=world.year.pk)
    assert (fresh.floor_percent, fresh.required_minutes) == (90, 1200)


def test_a_value_against_those_already_stored_is_refused(world):
    with pytest.raises(ValidationError) as refused:
        values = {"tidy_ends_on": date(2018, 9, 1)}
        change_year(year=world.year, values=values, semesters={}, user=world.admin)
    assert "tidy_ends_on" in refused.value.message_dict
    world.year.refresh_from_db()
    assert world.year.tidy_ends_on == date(2018, 9, 25)


def test_overlapping_semesters_are_refused_and_nothing_is_written(world):
    spring, _autumn = world.year.semesters.all()
    with pytest.raises(ValidationError, match="重叠"):
        change_year(
            year=world.year,
            values={"floor_percent": 90},
            semesters={spring.pk: {"ends_on": date(2018, 9, 1)}},
            user=world.admin,
        )
    world.year.refresh_from_db()
    assert world.year.floor_percent == 95


@pytest.mark.parametrize("who", ["secretary", "branch_secretary", "member", "liaison"])
def test_nobody_but_the_school_changes_rules(world, who):
    with pytest.raises(ValidationError, match="校团委"):
        change_year(year=world.year, values={"floor_percent": 1}, semesters={}, user=getattr(world, who))


def test_another_schools_admin_changes_nothing_here(world):
    with pytest.raises(ValidationError, match="校团委"):
        change_year(year=world.year, values={"floor_percent": 1}, semesters={}, user=world.bh.admin)


# --- the pages ---


def build_form_data(page, **changes) -> dict:
    """Return the POST data of the page: the present value of every field, with the changes."""
    data = {}
    for form in [page.context["form"], page.context["semesters"].management_form, *page.context["semesters"]]:
        for field in form:
            if not field.field.disabled and field.value() not in (None, False):
                data[field.html_name] = field.field.widget.format_value(field.value()) or field.value()
    return data | changes


def test_everyone_of_staff_reads_the_rules_with_their_clauses(world, client_of):
    for user, may_edit in ((world.admin, True), (world.secretary, False)):
        text = client_of(user).get(reverse("year", args=[2018])).content.decode()
        assert "1200（20 小时）" in text
        assert "四.3" in text
        assert "北京共青团、本平台签到、补录" in text
        assert ("修改规则" in text) is may_edit


def test_the_menu_leads_to_the_year_of_today_or_the_latest(world, client_of):
    assert client_of(world.secretary).get(reverse("years")).url == reverse("year", args=[2018])
    ServiceYearFactory(school=world.school, year=timezone.localdate().year)
    assert client_of(world.secretary).get(reverse("years")).url.endswith(f"/{timezone.localdate().year}/")


def test_a_school_without_a_year_is_told_whom_to_ask(world, client_of):
    world.year.semesters.all().delete()
    world.year.delete()
    assert "还没有设立年度" in client_of(world.admin).get(reverse("years")).content.decode()


def test_a_change_is_saved_and_stands_in_the_history(world, client_of):
    client = client_of(world.admin)
    url = reverse("year_edit", args=[2018])
    spring = world.year.semesters.first()
    data = build_form_data(
        client.get(url),
        floor_percent="90",
        appraisal_sources=["league"],
        **{"semesters-0-ends_on": "2018-07-30"},
    )
    answer = client.post(url, data)
    assert answer.status_code == 302, answer.context["form"].errors
    world.year.refresh_from_db()
    spring.refresh_from_db()
    assert (world.year.floor_percent, world.year.appraisal_sources) == (90, ["league"])
    assert spring.ends_on == date(2018, 7, 30)

    changed = [change for change in list_year_changes(world.year) if change.fields]
    assert {change.who for change in changed} == {world.admin.name}
    assert {(field.label, field.old, field.new) for change in changed for field in change.fields} == {
        ("团支部注册率底线（%）", "95", "90"),
        ("评议认定的时长来源", "北京共青团、本平台签到、补录", "北京共青团"),
        ("春季学期：结束日期", "2018-07-31", "2018-07-30"),
    }
    assert "春季学期：结束日期" in client.get(answer.url).content.decode()


def test_the_times_of_the_hall_survive_a_save_to_the_second(world, client_of):
    client = client_of(world.admin)
    url = reverse("year_edit", args=[2018])
    client.post(url, build_form_data(client.get(url), floor_percent="90"))
    before = world.year.pairing_closes_at
    world.year.refresh_from_db()
    assert (world.year.floor_percent, world.year.pairing_closes_at) == (90, before)


@pytest.mark.parametrize("name", ["streets_assigned", "streets_shared"])
def test_the_switches_of_the_hall_are_turned_on_and_off_again(world, client_of, name):
    client = client_of(world.admin)
    url = reverse("year_edit", args=[2018])
    client.post(url, build_form_data(client.get(url), **{name: "on"}))
    world.year.refresh_from_db()
    assert getattr(world.year, name) is True
    data = build_form_data(client.get(url))
    del data[name]
    client.post(url, data)
    world.year.refresh_from_db()
    assert getattr(world.year, name) is False


def test_the_switches_stand_with_their_clause(world, client_of):
    text = client_of(world.secretary).get(reverse("year", args=[2018])).content.decode()
    for words in ("三（三）、二（三）", "只能选择分配给我校的街乡", "允许多个学院与同一街乡结对"):
        assert words in text


def test_an_error_stands_at_its_field_and_keeps_what_was_typed(world, client_of):
    client = client_of(world.admin)
    url = reverse("year_edit", args=[2018])
    page = client.post(url, build_form_data(client.get(url), floor_percent="120", urban_quota="8"))
    assert page.context["form"].errors["floor_percent"] == ["请填写 1 至 100 之间的整数。"]
    text = page.content.decode()
    assert 'value="120"' in text
    assert 'value="8"' in text
    world.year.refresh_from_db()
    assert world.year.urban_quota == 7


def test_a_semester_that_ends_before_it_starts_is_refused_in_place(world, client_of):
    client = client_of(world.admin)
    url = reverse("year_edit", args=[2018])
    page = client.post(url, build_form_data(client.get(url), **{"semesters-0-ends_on": "2018-01-01"}))
    assert "学期的结束日期不能早于开始日期" in page.content.decode()


# --- rules that an issued bulletin locks ---


@pytest.fixture
def issued_bulletin(world):
    on = date(2018, 10, 12)
    now = datetime(2018, 10, 12, 8, tzinfo=BEIJING)
    return publish_bulletin(school=world.school, on=on, now=now)


def test_the_series_is_locked_once_an_issue_is_out(world, issued_bulletin, client_of):
    client = client_of(world.admin)
    url = reverse("year_edit", args=[2018])
    page = client.get(url)
    assert page.context["form"]["bulletin_anchor"].field.disabled
    client.post(
        url, build_form_data(page, bulletin_anchor="2018-10-11", bulletin_interval_days="3", urban_quota="8")
    )
    world.year.refresh_from_db()
    assert world.year.bulletin_anchor == date(2018, 10, 10)
    assert (world.year.bulletin_interval_days, world.year.urban_quota) == (2, 8)


def test_the_service_refuses_what_the_form_would_not_send(world, issued_bulletin):
    with pytest.raises(ValidationError, match="首期日期、首期期号和间隔不能再改"):
        values = {"bulletin_interval_days": 3}
        change_rules(year=world.year, values=values, semesters={}, user=world.admin)
    with pytest.raises(ValidationError, match="首期期号"):
        change_rules(year=world.year, values={"bulletin_first_number": 5}, semesters={}, user=world.admin)


def test_the_number_of_the_first_issue_is_chosen_with_the_rules_until_it_is_issued(world, client_of):
    client, url = client_of(world.admin), reverse("year_edit", args=[2018])
    client.post(url, build_form_data(client.get(url), bulletin_first_number="5"))
    world.year.refresh_from_db()
    assert world.year.bulletin_first_number == 5
    refused = client.post(url, build_form_data(client.get(url), bulletin_first_number="0"))
    assert "bulletin_first_number" in refused.context["form"].errors


def test_the_series_cannot_end_before_its_last_issue(world, issued_bulletin, client_of):
    client = client_of(world.admin)
    url = reverse("year_edit", args=[2018])
    page = client.post(url, build_form_data(client.get(url), bulletin_ends_on="2018-10-11"))
    assert "已发布" in page.context["form"].errors["bulletin_ends_on"][0]


def test_a_new_floor_leaves_issued_bulletins_as_they_were(world, issued_bulletin):
    change_year(year=world.year, values={"floor_percent": 50}, semesters={}, user=world.admin)
    issued_bulletin.refresh_from_db()
    assert issued_bulletin.floor_percent == 95


def test_another_years_issues_lock_nothing_here(world, issued_bulletin):
    other = ServiceYearFactory(school=world.school, year=2019)
    assert list_locked_fields(other) == frozenset()
    assert list_locked_fields(world.year)


def test_every_value_of_a_year_is_on_its_page_and_in_its_form():
    of_the_row = {"id", "school", "year", "created_at"}
    values = {field.name for field in ServiceYear._meta.fields} - of_the_row
    assert sorted(name for *_, names in GROUPS for name in names) == sorted(values)


def test_every_number_of_a_year_has_a_range():
    numbers = {
        field.name
        for field in ServiceYear._meta.fields
        if isinstance(field, PositiveSmallIntegerField | PositiveIntegerField) and field.name != "year"
    }
    assert numbers <= YEAR_RANGES.keys()
