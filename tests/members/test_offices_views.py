"""账号与授权 in the browser: the list, vacancies, appointing, ending, prolonging, disabling; file and figures."""

from datetime import date, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.models import AccountEvent, Grant, User
from members.permissions import Role
from members.queries.appointments import list_vacancies, suggest_secretaries
from tests.factories import (
    BranchFactory,
    GrantFactory,
    MemberFactory,
    SchoolFactory,
    UserFactory,
    make_secretary,
)
from tests.members.import_files import Kind, count_outcome, make_roster_file, run_import

TERM = {"starts_on": "2018-10-12", "ends_on": "2019-08-31"}


@pytest.fixture(autouse=True)
def in_october(time_machine):
    time_machine.move_to("2018-10-12 08:00 +0800")


def read_text(response) -> str:
    return response.content.decode()


def list_rows(client, **asked) -> list[str]:
    page = client.get(reverse("accounts"), asked).context["page"]
    return [str(grant.user) for grant in page]


# --- the list ---


def test_the_school_sees_all_its_offices_and_a_college_its_own(world, client_of):
    assert set(list_rows(client_of(world.admin))) == {"孔管理", "曹书记", "郑书记", "陈支书"}
    assert set(list_rows(client_of(world.secretary))) == {"曹书记", "陈支书"}
    assert set(list_rows(client_of(world.secretary_b))) == {"郑书记"}
    assert set(list_rows(client_of(world.bh.admin))) == {"华管理", "金书记"}


def test_the_list_filters_by_role_college_state_and_words(world, client_of):
    client = client_of(world.admin)
    GrantFactory(
        user=world.nobody, role=Role.COLLEGE_SECRETARY, college=world.college_b, ends_on=date(2018, 8, 31)
    )
    GrantFactory(user=world.nobody, role=Role.SCHOOL_ADMIN, school=world.school, starts_on=date(2018, 12, 1))
    assert list_rows(client, role="branch_secretary") == ["陈支书"]
    assert set(list_rows(client, college=world.college_b.pk)) == {"郑书记"}
    assert list_rows(client, state="ended") == list_rows(client, state="later") == ["吴职务"]
    assert "吴职务" in list_rows(client)
    assert "吴职务" not in list_rows(client, state="held")
    assert len(list_rows(client, state="all")) == 6
    assert list_rows(client, q="法学1801") == ["陈支书"]
    assert list_rows(client, q="T1003") == ["郑书记"]


def test_it_shows_last_use_second_factor_and_whether_the_account_is_activated(world, client_of):
    User.objects.exclude(pk=world.admin.pk).update(password="!none", last_login=None)
    User.objects.filter(pk=world.secretary.pk).update(
        last_login=datetime(2018, 10, 11, 9, tzinfo=timezone.get_current_timezone()), password="md5$x$y"
    )
    Authenticator.objects.create(user=world.secretary, type="totp", data={})
    Authenticator.objects.create(user=world.secretary_b, type="recovery_codes", data={})
    page = client_of(world.admin).get(reverse("accounts")).context["page"]
    rows = {str(grant.user): grant for grant in page}
    used = timezone.localtime(rows["曹书记"].last_used_at).date()
    assert (used, rows["曹书记"].has_factor, rows["曹书记"].activated) == (date(2018, 10, 11), True, True)
    found = rows["郑书记"]
    assert (found.last_used_at, found.has_factor, found.activated) == (None, False, False)


def test_only_offices_below_have_buttons(world, client_of):
    html = read_text(client_of(world.secretary).get(reverse("accounts")))
    own, below = world.secretary.grants.get(), world.branch_secretary.grants.get()
    assert reverse("office_end", args=[below.pk]) in html
    assert reverse("office_end", args=[own.pk]) not in html


@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_queries_does_not_grow_with_the_rows(rows, world, client_of):
    client = client_of(world.admin)
    client.get(reverse("accounts"))
    counts = []
    for more in (0, rows):
        for branch in BranchFactory.create_batch(more, college=world.college_a):
            user = UserFactory(school=world.school)
            GrantFactory(user=user, role=Role.BRANCH_SECRETARY, branch=branch)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("accounts"), {"per_page": "100"})
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_export_is_what_the_import_reads(world, client_of):
    response = client_of(world.admin).get(reverse("accounts_export"), {"state": "all"})
    run = run_import(Kind.ACCOUNTS, response.content, by=world.admin, filename="账号与授权.xlsx")
    assert count_outcome(run) == {"same": 4}


# --- vacancies and suggestions ---


def test_places_without_secretary_are_listed_with_their_button(world, client_of):
    Grant.objects.filter(college=world.college_b).delete()
    html = read_text(client_of(world.admin).get(reverse("accounts")))
    assert f"{reverse('appoint')}?college={world.college_b.pk}" in html
    for branch, lacks in ((world.a1, False), (world.a2, True), (world.b1, True), (world.b2, True)):
        assert (f"{reverse('appoint')}?branch={branch.pk}" in html) == lacks
    own = read_text(client_of(world.secretary).get(reverse("accounts")))
    assert f"?branch={world.a2.pk}" in own
    assert f"?branch={world.b1.pk}" not in own
    assert "?college=" not in own.replace("branches/?college=", "")


def test_an_ended_or_disabled_secretary_is_no_secretary(world):
    today = timezone.localdate()
    User.objects.filter(pk=world.branch_secretary.pk).update(is_active=False)
    Grant.objects.filter(college=world.college_a).update(ends_on=date(2018, 10, 11))
    found = {row.college: row for row in list_vacancies(world.admin, today=today)}
    assert not found[world.college_a].has_secretary
    assert set(found[world.college_a].branches) == {world.a1, world.a2}


def test_the_roster_s_column_suggests_and_nobody_is_chosen_between_two(world, client_of):
    header = ("学号", "姓名", "学院", "团支部", "政治面貌", "职务")
    rows = [
        ("2018010201", "宋安静", "法学院", "法学1802团支部", "共青团员", "团支部书记"),
        ("2018010202", "副手", "法学院", "法学1802团支部", "共青团员", "副团支书"),
        ("2018020001", "张伟", "物理学院", "物理1801团支部", "共青团员", "班长兼团支书"),
        ("2018020003", "又一位", "物理学院", "物理1801团支部", "共青团员", "支书"),
    ]
    run_import(Kind.ROSTER, make_roster_file(*rows, header=header), by=world.admin)
    found = suggest_secretaries([world.a1, world.a2, world.b1, world.b2])
    names = {pk: [person.name for person in people] for pk, people in found.items()}
    assert names == {world.a2.pk: ["宋安静"], world.b1.pk: ["又一位", "张伟"]}
    client = client_of(world.admin)
    form = client.get(reverse("appoint_branches")).context["form"]
    chosen = {branch: field.value() for branch, _, field in form.rows}
    assert chosen == {world.a2: f"m{world.quiet.pk}", world.b1: "", world.b2: ""}
    sent = {f"branch_{branch.pk}": key for branch, key in chosen.items()} | TERM
    assert client.post(reverse("appoint_branches"), sent).status_code == 302
    assert world.quiet.user.grants.get().place == world.a2
    assert Grant.objects.filter(branch=world.b1).count() == 0


def test_a_roster_without_the_column_or_with_an_empty_cell_keeps_the_office(world):
    world.quiet.office = "团支书"
    world.quiet.save()
    row = ("2018010201", "宋安静", "法学院", "法学1802团支部", "共青团员")
    header = ("学号", "姓名", "学院", "团支部", "政治面貌")
    assert count_outcome(run_import(Kind.ROSTER, make_roster_file(row, header=header), by=world.admin)) == {
        "same": 1
    }
    for nothing in ("", "无", "/"):
        content = make_roster_file((*row, nothing), header=(*header, "团内职务"))
        assert count_outcome(run_import(Kind.ROSTER, content, by=world.admin)) == {"same": 1}
    world.quiet.refresh_from_db()
    assert world.quiet.office == "团支书"


def test_only_a_suggested_person_is_taken_on_the_page_of_branches(world, client_of):
    sent = {f"branch_{world.a2.pk}": f"m{world.quiet.pk}"} | TERM
    page = client_of(world.secretary).post(reverse("appoint_branches"), sent)
    assert page.status_code == 200
    assert not User.objects.filter(member=world.quiet).exists()


def test_a_school_without_branches_is_told_to_import_the_roster(world, client_of):
    """No branch lacks a 团支书 where there is no branch; the page must not say that each has one."""
    school = SchoolFactory()
    admin = UserFactory(school=school)
    GrantFactory(user=admin, role=Role.SCHOOL_ADMIN, school=school)
    html = read_text(client_of(admin).get(reverse("appoint_branches")))
    assert "还没有团支部" in html and "每个团支部都有团支书" not in html
    assert f"{reverse('import_new')}?kind=roster" in html


# --- appoint ---


def test_a_branch_secretary_is_found_and_appointed(world, client_of):
    client = client_of(world.secretary)
    preset = {"branch": world.a2.pk}
    page = client.get(reverse("appoint"), preset)
    assert page.context["form"]["branch"].value() == str(world.a2.pk)
    searched = client.post(
        reverse("appoint"), {"people_q": "saj", "people_find": "1", "branch": world.a2.pk, **TERM}
    )
    assert f'value="m{world.quiet.pk}"' in read_text(searched)
    assert not Grant.objects.filter(branch=world.a2).exists()
    sent = {"role": "branch_secretary", "branch": world.a2.pk, "people": f"m{world.quiet.pk}", **TERM}
    answer = client.post(reverse("appoint"), sent)
    held = world.quiet.user.grants.get()
    assert answer["Location"] == reverse("account_code", args=[held.user_id])  # nobody can sign in yet
    assert (held.place, held.starts_on, held.ends_on) == (world.a2, date(2018, 10, 12), date(2019, 8, 31))


def test_the_term_is_proposed_until_the_end_of_the_academic_year(world, client_of):
    form = client_of(world.admin).get(reverse("appoint")).context["form"]
    assert (form["starts_on"].value(), form["ends_on"].value()) == (date(2018, 10, 12), date(2019, 8, 31))


def test_several_people_and_a_teacher_are_appointed_at_once(world, client_of):
    people = [f"u{world.nobody.pk}", f"m{world.party.pk}"]
    sent = {"role": "college_secretary", "college": world.college_b.pk, "people": people}
    sent |= {"number": "T9001", "name": "秦老师", **TERM}
    assert client_of(world.admin).post(reverse("appoint"), sent).status_code == 302
    assert Grant.objects.filter(college=world.college_b).count() == 4


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"role": "college_secretary"}, "college"),
        ({"role": "branch_secretary"}, "branch"),
        ({"role": "liaison"}, "role"),
        ({"role": "school_admin", "number": "T9001"}, "name"),
        ({"role": "school_admin", "name": "秦老师"}, "number"),
        ({"role": "school_admin"}, "people"),
        ({"role": "school_admin", "number": "第一", "name": "秦老师"}, "number"),
        ({"role": "school_admin", "number": "T9001", "name": "秦老师", "ends_on": "2018-01-01"}, "ends_on"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_all_input_kept(world, client_of, sent, field):
    page = client_of(world.admin).post(reverse("appoint"), TERM | sent)
    assert page.status_code == 200
    assert field in page.context["form"].errors
    assert not User.objects.filter(number="T9001").exists()


def test_a_term_that_is_over_is_refused_at_its_field(world, client_of):
    over = {"starts_on": "2018-09-01", "ends_on": "2018-10-11"}
    sent = {"role": "school_admin", "number": "T9001", "name": "秦老师", **over}
    page = client_of(world.admin).post(reverse("appoint"), sent)
    assert page.context["form"].errors["ends_on"] == ["结束日期已经过去，不能任命。"]
    branches = {f"branch_{world.a2.pk}": "", **over}
    page = client_of(world.secretary).post(reverse("appoint_branches"), branches)
    assert "ends_on" in page.context["form"].errors


def test_a_number_in_no_roster_leads_no_branch(world, client_of):
    sent = {
        "role": "branch_secretary",
        "branch": world.a2.pk,
        "number": "2018099999",
        "name": "查无此",
        **TERM,
    }
    page = client_of(world.admin).post(reverse("appoint"), sent)
    assert "团支书须在花名册中" in read_text(page)
    assert "查不到？" not in read_text(client_of(world.secretary).get(reverse("appoint")))
    assert client_of(world.secretary).post(reverse("appoint"), sent).status_code == 200
    assert not User.objects.filter(number="2018099999").exists()


def test_somebody_of_another_branch_leads_this_one_only_after_a_question(world, client_of):
    client = client_of(world.admin)
    sent = {"role": "branch_secretary", "branch": world.a2.pk, "people": f"m{world.zhang_wei_b.pk}", **TERM}
    assert 'name="elsewhere"' not in read_text(client.get(reverse("appoint")))
    page = client.post(reverse("appoint"), sent)
    assert "不在法学1802团支部：张伟（物理学院 物理1801团支部）" in read_text(page)
    assert 'name="elsewhere"' in read_text(page)
    assert not Grant.objects.filter(branch=world.a2).exists()
    assert client.post(reverse("appoint"), sent | {"elsewhere": "on"}).status_code == 302
    assert Grant.objects.get(branch=world.a2).user.member == world.zhang_wei_b


def test_a_college_cannot_choose_another_role_or_place(world, client_of):
    client = client_of(world.secretary)
    for role, more in (
        ("college_secretary", {"college": world.college_a.pk}),
        ("school_admin", {}),
        ("branch_secretary", {"branch": world.b1.pk}),
    ):
        sent = {"role": role, "people": f"m{world.quiet.pk}", "branch": world.a2.pk, **TERM} | more
        assert client.post(reverse("appoint"), sent).status_code == 200, role
    assert not User.objects.filter(member=world.quiet).exists()


def test_a_refusal_of_the_service_keeps_what_was_typed(world, client_of):
    sent = {"role": "school_admin", "number": "T1002", "name": "别人", **TERM}
    page = client_of(world.admin).post(reverse("appoint"), sent)
    assert "姓名与“别人”不符" in read_text(page)
    assert 'value="T1002"' in read_text(page)


# --- end, prolong, disable ---


def test_a_term_is_ended_at_once_and_on_a_day(world, client_of):
    grant, client = world.branch_secretary.grants.get(), client_of(world.secretary)
    url = reverse("office_end", args=[grant.pk])
    assert "on" in client.post(url, {"when": "day", "reason": "换届"}).context["form"].errors
    assert client.post(url, {"when": "day", "on": "2018-10-20", "reason": "换届"}).status_code == 302
    grant.refresh_from_db()
    assert grant.ends_on == date(2018, 10, 20)
    assert client.post(url, {"when": "now", "reason": "换届"}).status_code == 302
    grant.refresh_from_db()
    assert grant.ends_on == date(2018, 10, 11)


def test_the_open_page_of_somebody_whose_office_ended_refuses_the_next_click(world, client_of):
    predecessor = client_of(world.branch_secretary)
    assert predecessor.get(reverse("roster")).status_code == 200
    url = reverse("office_end", args=[world.branch_secretary.grants.get().pk])
    client_of(world.secretary).post(url, {"when": "now", "reason": "换届"})
    assert predecessor.get(reverse("roster")).status_code == 403


def test_a_term_is_prolonged(world, client_of):
    grant = world.branch_secretary.grants.get()
    Grant.objects.filter(pk=grant.pk).update(ends_on=date(2019, 8, 31))
    url = reverse("office_extend", args=[grant.pk])
    client = client_of(world.secretary)
    assert client.get(url).context["form"]["ends_on"].value() == date(2020, 8, 31)
    assert "应晚于" in read_text(client.post(url, {"ends_on": "2019-01-01", "reason": "连任"}))
    assert client.post(url, {"ends_on": "2020-08-31", "reason": "连任"}).status_code == 302
    grant.refresh_from_db()
    assert grant.ends_on == date(2020, 8, 31)


def test_an_account_is_disabled_and_enabled_with_a_reason(world, client_of):
    client = client_of(world.secretary)
    page = reverse("account", args=[world.branch_secretary.pk])
    off, on = (reverse(f"account_{what}", args=[world.branch_secretary.pk]) for what in ("disable", "enable"))
    assert off in read_text(client.get(page))
    assert client.post(off, {"reason": ""}).context["form"].errors["reason"]
    assert client.post(off, {"reason": "手机遗失"}).status_code == 302
    assert on in read_text(client.get(page))
    assert client.post(on, {"reason": "已找回"}).status_code == 302
    assert AccountEvent.objects.filter(user=world.branch_secretary).count() == 2


def test_the_page_of_an_account_shows_its_offices_now_later_and_earlier(world, client_of):
    GrantFactory(user=world.secretary, role=Role.SCHOOL_ADMIN, school=world.school, ends_on=date(2018, 5, 1))
    GrantFactory(
        user=world.secretary, role=Role.COLLEGE_SECRETARY, college=world.college_b, starts_on=date(2019, 1, 1)
    )
    html = read_text(client_of(world.admin).get(reverse("account", args=[world.secretary.pk])))
    assert [html.count(state) for state in ("在任", "未开始", "已结束")] == [1, 1, 1]


def test_a_college_does_not_see_buttons_for_its_own_secretary(world, client_of):
    make_secretary(world.college_a)
    html = read_text(client_of(world.secretary).get(reverse("account", args=[world.secretary.pk])))
    assert "离任" not in html
    assert "停用账号" not in html


def test_a_repair_account_without_school_appoints_nobody(world, client_of):
    repair = User.objects.create_superuser("operator", None, name="Operator")
    for name in ("appoint", "appoint_branches"):
        assert client_of(repair).get(reverse(name)).status_code == 403


def test_the_page_of_branches_makes_a_fixed_number_of_queries(world, client_of):
    client = client_of(world.admin)
    client.get(reverse("appoint_branches"))
    counts = []
    for more in (0, 30):
        for branch in BranchFactory.create_batch(more, college=world.college_a):
            MemberFactory(branch=branch, office="团支书")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("appoint_branches"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
