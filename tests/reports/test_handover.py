"""换届 and 代理: who may do it, what follows the office on which day, and the sheet of what is open."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
import time_machine as clock
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document

from members.models import Grant, ImportRun, User
from members.permissions import BRANCH, COLLEGE, SCHOOL, ActingOffice, RoleHeld
from members.queries.receivers import build_branch_office, build_college_office
from members.services.appointments import Stranger
from members.services.notify import notify
from pairing.services.reminders import remind_offices
from reports.queries.handover import build_handover, list_offices_to_hand_over, list_open_items
from reports.services.handover import appoint_stand_in, hand_over
from tests.factories import (
    BEIJING,
    GrantFactory,
    ImportRunFactory,
    MemberFactory,
    ProjectFactory,
    UserFactory,
)
from tests.inbox import find_inbox
from tests.members.overlapping import run_overlapping
from tests.moving import correct_person
from tests.pairing.pairs import make_pairing
from tests.world import build_world

TODAY = date(2018, 9, 20)
TOMORROW = date(2018, 9, 21)


@pytest.fixture(autouse=True)
def twenty_september():
    """It is 20 September 2018; the offices of the world began before."""
    with clock.travel(datetime(2018, 9, 20, 10, tzinfo=BEIJING), tick=False):
        yield


@pytest.fixture
def offices(world):
    Grant.objects.update(starts_on=date(2018, 9, 1))
    return world


def get_term(user) -> Grant:
    return user.grants.get()


def pass_on(world, *, by, of, to, on=TOMORROW) -> Grant:
    return hand_over(by=by, grant_id=get_term(of).pk, successor=to, on=on)


def sign_in_again(user) -> User:
    """Return the user as a new request has it."""
    return User.objects.get(pk=user.pk)


# --- the change -------------------------------------------------------------------------------------------------


def test_the_office_passes_on_the_day(offices, time_machine):
    world = offices
    new = pass_on(world, by=world.admin, of=world.secretary, to=world.nobody)
    assert (new.starts_on, new.ends_on) == (TOMORROW, None)
    assert get_term(world.secretary).ends_on == TODAY
    assert [grant.role for grant in sign_in_again(world.secretary).active_grants] == [COLLEGE]
    assert sign_in_again(world.nobody).active_grants == []
    time_machine.move_to(datetime(2018, 9, 21, 0, 0, tzinfo=BEIJING), tick=False)
    assert sign_in_again(world.secretary).active_grants == []
    assert [grant.role for grant in sign_in_again(world.nobody).active_grants] == [COLLEGE]


def test_both_are_told_and_the_history_names_who_did_it(offices):
    world = offices
    pass_on(world, by=world.secretary, of=world.branch_secretary, to=world.registered, on=TODAY)
    successor = User.objects.get(member=world.registered)
    assert find_inbox(successor).get().title == "您接任法学1801团支部 团支书"
    assert find_inbox(successor).get().url == reverse("handover_sheet", args=[get_term(successor).pk])
    told = find_inbox(world.branch_secretary).get()
    assert told.title == "您的法学1801团支部 团支书任期到 2018-09-19 为止"
    assert "自 2018-09-20 起由张伟接任，由曹书记办理" in told.text
    event = get_term(world.branch_secretary).events.order_by("-pgh_id").first()
    assert event.pgh_context.metadata == {"user": world.secretary.pk, "reason": "换届"}


def test_a_person_of_the_roster_without_an_account_gets_one_without_a_password(offices):
    world = offices
    pass_on(world, by=world.admin, of=world.branch_secretary, to=world.party)
    account = User.objects.get(member=world.party)
    assert (account.number, account.has_usable_password()) == (world.party.student_no, False)


def test_from_today_the_open_tab_of_the_predecessor_refuses_the_next_click(offices, client_of):
    world = offices
    tab, page = client_of(world.secretary), reverse("teams")
    assert tab.get(page).status_code == 200
    pass_on(world, by=world.admin, of=world.secretary, to=world.nobody, on=TODAY)
    assert tab.get(page).status_code == 403
    assert tab.post(reverse("handover_office", args=[get_term(world.branch_secretary).pk])).status_code == 403
    assert client_of(world.nobody).get(page).status_code == 200


def test_messages_and_reminders_go_to_who_holds_the_office_on_that_day(offices, time_machine):
    world = offices
    notify(build_college_office(world.college_a.pk), "export_failed", "/", key="before", problem="旧事")
    pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    type(pairing).objects.update(due_on=TOMORROW)
    pass_on(world, by=world.admin, of=world.secretary, to=world.nobody)
    time_machine.move_to(datetime(2018, 9, 21, 8, tzinfo=BEIJING), tick=False)
    remind_offices(now=timezone.now())
    titles = set(find_inbox(world.nobody).values_list("title", flat=True))
    assert {"导出未完成：", "线下结对今天到期"} <= titles
    assert [message.title for message in find_inbox(world.secretary)] == [
        "您的法学院 学院团委书记任期到 2018-09-20 为止"
    ]


def test_a_sole_admin_passes_the_school_on(offices, time_machine):
    world = offices
    pass_on(world, by=world.admin, of=world.admin, to=world.nobody)
    time_machine.move_to(datetime(2018, 9, 21, 8, tzinfo=BEIJING), tick=False)
    assert [grant.role for grant in sign_in_again(world.nobody).active_grants] == [SCHOOL]


# --- refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "reason"),
    [(-1, "不能早于今天"), (367, "一年之内")],
)
def test_the_day_is_from_today_to_a_year_ahead(offices, days, reason):
    with pytest.raises(ValidationError, match=reason):
        pass_on(
            offices,
            by=offices.admin,
            of=offices.secretary,
            to=offices.nobody,
            on=TODAY + timedelta(days=days),
        )


def test_the_day_is_after_the_first_day_of_the_present_term(offices):
    world = offices
    Grant.objects.update(starts_on=TODAY)
    with pytest.raises(ValidationError, match="次日接任"):
        pass_on(world, by=world.admin, of=world.secretary, to=world.nobody, on=TODAY)


def test_no_gap_after_a_term_with_an_end(offices):
    world = offices
    world.secretary.grants.update(ends_on=TODAY + timedelta(days=3))
    with pytest.raises(ValidationError, match="不能晚于次日"):
        pass_on(world, by=world.admin, of=world.secretary, to=world.nobody, on=TODAY + timedelta(days=5))
    pass_on(world, by=world.admin, of=world.secretary, to=world.nobody, on=TODAY + timedelta(days=4))


def test_not_to_the_same_person_to_oneself_or_to_a_co_holder(offices):
    world = offices
    second = UserFactory(school=world.school, name="副书记")
    GrantFactory(user=second, role="college_secretary", college=world.college_a)
    for to, reason in ((world.secretary, "同一人"), (world.admin, "本人"), (second, "已任这一职务")):
        with pytest.raises(ValidationError, match=reason):
            pass_on(world, by=world.admin, of=world.secretary, to=to)


def test_not_to_a_disabled_account_or_to_somebody_who_has_left(offices):
    world = offices
    User.objects.filter(pk=world.nobody.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="已停用"):
        pass_on(world, by=world.admin, of=world.secretary, to=world.nobody)
    correct_person(world.party, state="graduated")
    with pytest.raises(ValidationError, match="不能任职"):
        pass_on(world, by=world.admin, of=world.branch_secretary, to=world.party)


def test_not_after_the_term_has_ended_and_not_twice(offices):
    world = offices
    pass_on(world, by=world.admin, of=world.secretary, to=world.nobody)
    with pytest.raises(ValidationError, match="已定由吴职务自 2018-09-21 起接任"):
        pass_on(world, by=world.admin, of=world.secretary, to=world.registered)
    world.secretary_b.grants.update(ends_on=TODAY - timedelta(days=1))
    with pytest.raises(ValidationError, match="任期已经结束"):
        pass_on(world, by=world.admin, of=world.secretary_b, to=world.registered)


def test_only_downwards_and_in_scope(offices):
    world = offices
    for by, of in (
        (world.secretary, world.secretary),
        (world.secretary, world.admin),
        (world.secretary_b, world.branch_secretary),
        (world.bh.admin, world.secretary),
        (world.bh.secretary, world.branch_secretary),
    ):
        with pytest.raises(ValidationError, match="没有找到这项任职"):
            pass_on(world, by=by, of=of, to=world.registered)
    with pytest.raises(ValidationError, match="没有找到这个人"):
        pass_on(world, by=world.secretary, of=world.branch_secretary, to=world.zhang_wei_b)
    with pytest.raises(ValidationError, match="没有找到这个人"):
        pass_on(world, by=world.admin, of=world.secretary, to=world.bh.secretary)
    assert not Grant.objects.exclude(ends_on=None).exists()


def test_a_liaison_is_invited_and_not_handed_over(offices):
    assert not list_offices_to_hand_over(offices.admin).filter(street__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_hand_overs_at_once_one_wins(transactional_db):
    world = build_world()
    Grant.objects.update(starts_on=date(2018, 9, 1))
    other = UserFactory(school=world.school, name="另一人")
    first, second = run_overlapping(
        lambda: pass_on(world, by=world.admin, of=world.secretary, to=world.nobody),
        lambda: pass_on(world, by=world.admin, of=world.secretary, to=other),
    )
    assert first.user == world.nobody
    assert isinstance(second, ValidationError)
    assert Grant.objects.filter(role="college_secretary", college=world.college_a).count() == 2


# --- 代理 -------------------------------------------------------------------------------------------------------


def stand_in(world, *, first=TODAY, last=TOMORROW, person=None, by=None) -> Grant:
    return appoint_stand_in(
        by=by or world.admin,
        grant_id=get_term(world.secretary).pk,
        person=person or world.nobody,
        starts_on=first,
        ends_on=last,
    )


def test_a_stand_in_holds_the_office_beside_the_holder_and_ends_by_itself(offices, time_machine):
    world = offices
    stand_in(world)
    notify(build_college_office(world.college_a.pk), "export_failed", "/", key="now", problem="新事")
    for user in (world.secretary, world.nobody):
        assert [grant.role for grant in sign_in_again(user).active_grants] == [COLLEGE]
        assert find_inbox(user).filter(role=COLLEGE).count() == 1
    assert get_term(world.secretary).ends_on is None
    assert find_inbox(world.nobody).filter(title="请您代理法学院 学院团委书记").count() == 1
    assert find_inbox(world.secretary).filter(title="已安排吴职务代理法学院 学院团委书记").count() == 1
    time_machine.move_to(datetime(2018, 9, 22, 0, 0, tzinfo=BEIJING), tick=False)
    assert sign_in_again(world.nobody).active_grants == []
    assert [grant.role for grant in sign_in_again(world.secretary).active_grants] == [COLLEGE]


def test_the_days_of_a_stand_in_are_inside_the_term(offices):
    world = offices
    with pytest.raises(ValidationError, match="从今天或以后"):
        stand_in(world, first=TODAY - timedelta(days=1))
    with pytest.raises(ValidationError, match="不能早于第一天"):
        stand_in(world, first=TOMORROW, last=TODAY)
    with pytest.raises(ValidationError, match="最长一年"):
        stand_in(world, last=TODAY + timedelta(days=400))
    world.secretary.grants.update(ends_on=TODAY)
    with pytest.raises(ValidationError, match="不能超过这一天"):
        stand_in(world)
    with pytest.raises(ValidationError, match="同一人"):
        stand_in(world, last=TODAY, person=world.secretary)


# --- the sheet --------------------------------------------------------------------------------------------------


def list_titles(user, *, now=None) -> dict[str, int]:
    grant = get_term(user)
    items = build_handover(grant, by=user, now=now or timezone.now()).items
    return {item.title: item.number for item in items}


def test_the_sheet_counts_what_is_open_in_the_office_only(offices):
    world = offices
    ImportRunFactory(
        school=world.school, college=world.college_a, created_by=world.secretary, state="preview"
    )
    pairing = make_pairing(world.college_a, world.urban, user=world.secretary)
    type(pairing).objects.update(due_on=TODAY - timedelta(days=1))
    found = list_titles(world.secretary)
    assert found["导入的文件待确认"] == 1
    assert found["志愿者名单待认领"] == 1
    assert found["线下结对待完成并登记"] == 1
    assert found["团支书未核对入群"] == 2
    other = list_titles(world.secretary_b)
    assert not {"导入的文件待确认", "线下结对待完成并登记", "团支书未核对入群"} & other.keys()
    school = list_titles(world.admin)
    assert (school["志愿者名单待认领"], school["线下结对待完成并登记"]) == (3, 1)
    branch = list_titles(world.branch_secretary)
    assert branch.keys() <= {"入团培养日期待补", "入团培养中，待走完各步"}


def test_the_sheet_counts_projects_that_name_the_predecessor_as_contact(offices):
    world = offices
    ProjectFactory.create_batch(2, college=world.college_a, contact_name="曹书记")
    ProjectFactory(college=world.college_a, contact_name="曹书记", state="closed")
    ProjectFactory(college=world.college_b, contact_name="曹书记")
    assert list_titles(world.secretary)["项目联系人是现任本人，换届后请更换"] == 2


def test_the_sheet_asks_the_same_of_the_database_for_one_and_for_thirty(offices):
    world = offices

    def count() -> int:
        office = ActingOffice(world.school, RoleHeld(SCHOOL, school_id=world.school.pk))
        with CaptureQueriesContext(connection) as queries:
            list_open_items(office, now=timezone.now())
        return len(queries)

    before = count()
    MemberFactory.create_batch(30, branch=world.a2, stage="applicant")
    ImportRunFactory.create_batch(30, school=world.school, created_by=world.admin, state="preview")
    assert count() == before


def test_the_links_of_the_sheet_open_what_it_counts(offices, client_of):
    """The school reads 1 of a college, where its own list has 3; both pages link to the 1."""
    world = offices
    ImportRunFactory(
        school=world.school, college=world.college_a, created_by=world.secretary, state="preview"
    )
    ImportRunFactory(
        school=world.school, college=world.college_b, created_by=world.secretary_b, state="preview"
    )
    for college, user, street in (
        (world.college_a, world.secretary, world.urban), (world.college_b, world.secretary_b, world.suburban)
    ):  # fmt: skip
        make_pairing(college, street, user=user)
    ProjectFactory(college=world.college_a, state="draft")
    ProjectFactory(college=world.college_b, state="draft")
    term, compared = get_term(world.secretary), set()
    client, sheet = client_of(world.admin), build_handover(term, by=world.admin, now=timezone.now())
    for item in sheet.items:
        page = client.get(item.link)
        assert page.status_code == 200, item
        if item.title in (
            "导入的文件待确认",
            "志愿者名单待认领",
            "线下结对待完成并登记",
            "项目起草中，待提交",
        ):
            assert page.context["page"].paginator.count == item.number, item
            assert "只列出法学院学院团委书记范围内的内容" in page.content.decode()
            compared.add(item.title)
        for name in ("handover_sheet", "handover_office"):
            html = client.get(reverse(name, args=[term.pk])).content.decode()
            assert f'href="{item.link.replace("&", "&amp;")}"' in html, (name, item)
    assert len(compared) == 4
    own = build_handover(term, by=world.secretary, now=timezone.now())
    assert not any("office=" in item.link for item in own.items)


def test_an_office_out_of_scope_narrows_to_nothing(offices, client_of):
    world = offices
    for key in (get_term(world.bh.secretary).pk, "x", "99999999999"):
        page = client_of(world.admin).get(reverse("claims"), {"office": key})
        assert page.context["page"].paginator.count == 0
    below = client_of(world.secretary).get(reverse("claims"), {"office": get_term(world.admin).pk})
    assert below.context["page"].paginator.count == 0


def test_page_and_document_name_the_office_and_nobody_else(offices, client_of):
    world = offices
    ImportRunFactory(
        school=world.school,
        college=world.college_a,
        created_by=world.secretary,
        state=ImportRun.State.PREVIEW,
    )
    grant = get_term(world.secretary)
    pass_on(world, by=world.admin, of=world.secretary, to=world.nobody)
    client = client_of(world.secretary)
    page = client.get(reverse("handover_sheet", args=[grant.pk])).content.decode()
    response = client.get(reverse("handover_docx", args=[grant.pk]))
    document = Document(BytesIO(response.content))
    words = "\n".join(
        [paragraph.text for paragraph in document.paragraphs]
        + [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    )
    for said in (
        "法学院 学院团委书记",
        "曹书记（2018-09-01 至 2018-09-20）",
        "吴职务（2018-09-21 起）",
        "2018-09-20 10:00",
    ):
        assert said in page
        assert said in words
    assert "工作交接清单" in words
    assert "1 个" in words
    assert world.unclear.name not in page + words
    assert "严待领" not in page + words


# --- pages ------------------------------------------------------------------------------------------------------


def test_each_office_finds_the_offices_in_its_scope(offices, client_of):
    world = offices
    GrantFactory(
        user=UserFactory(school=world.school, name="乙支书"), role="branch_secretary", branch=world.b1
    )

    def read(user) -> dict[str, bool]:
        page = client_of(user).get(reverse("handover")).context["page"]
        return {grant.user.name: grant.may_hand_over for grant in page}

    assert read(world.admin) == {
        "孔管理": True, "曹书记": True, "郑书记": True, world.lead.name: True, "乙支书": True,
    }  # fmt: skip
    assert read(world.secretary) == {"曹书记": False, world.lead.name: True}
    assert read(world.branch_secretary) == {world.lead.name: False}
    for user in (world.member, world.liaison, world.nobody):
        assert client_of(user).get(reverse("handover")).status_code == 403


def test_the_list_is_searched_and_asks_the_same_for_one_and_for_thirty(offices, client_of):
    world = offices
    client, page = client_of(world.admin), reverse("handover")

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        return len(queries)

    client.get(page)
    before = count()
    for number in range(30):
        GrantFactory(
            user=UserFactory(school=world.school, name=f"支书{number:02d}"),
            role="branch_secretary",
            branch=world.b2,
        )
    assert count() == before
    found = client.get(page, {"q": "物理1802 支书07"}).context["page"]
    assert [grant.user.name for grant in found] == ["支书07"]
    assert client.get(page, {"role": "school_admin"}).context["page"].paginator.count == 1


def test_the_form_finds_the_successor_and_hands_over(offices, client_of):
    world = offices
    client, url = client_of(world.admin), reverse("handover_office", args=[get_term(world.secretary).pk])
    page = client.post(url, {"person_q": "T1009", "person_find": "1", "on": "2018-09-21"})
    assert "吴职务" in page.content.decode()
    assert get_term(world.secretary).ends_on is None
    refused = client.post(url, {"person": f"u{world.nobody.pk}", "on": "2018-09-19"})
    assert "不能早于今天" in refused.content.decode()
    done = client.post(url, {"person": f"u{world.nobody.pk}", "on": "2018-09-21"}, follow=True)
    assert "已办理换届：吴职务自 2018-09-21 起接任" in done.content.decode()
    assert get_term(world.secretary).ends_on == TODAY


def test_the_form_appoints_a_stand_in(offices, client_of):
    world = offices
    url = reverse("handover_stand_in", args=[get_term(world.branch_secretary).pk])
    entered = {"person": f"m{world.registered.pk}", "starts_on": "2018-09-20", "ends_on": "2018-09-30"}
    done = client_of(world.secretary).post(url, entered, follow=True)
    assert "已安排张伟代理" in done.content.decode()
    term = Grant.objects.get(user__member=world.registered)
    assert (term.role, term.branch, term.ends_on) == (BRANCH, world.a1, date(2018, 9, 30))


def test_an_office_passes_to_a_teacher_without_an_account_and_leads_to_the_code(offices, client_of):
    world = offices
    client, url = client_of(world.admin), reverse("handover_office", args=[get_term(world.secretary).pk])
    assert 'name="number"' in client.get(url).content.decode()
    given = {"number": "T7001", "name": "林老师", "on": "2018-09-21"}
    done = client.post(url, given, follow=True)
    account = User.objects.get(number="T7001")
    assert (account.name, account.member, account.has_usable_password()) == ("林老师", None, False)
    assert get_term(account).college == world.college_a
    assert done.redirect_chain[-1][0] == reverse("account_code", args=[account.pk])
    text = done.content.decode()
    assert "林老师还没有激活账号，请在本页发放激活码。" in text
    assert "activation-code" in client.post(done.redirect_chain[-1][0]).content.decode()


def test_a_stand_in_without_an_account_leads_to_the_code_too(offices, client_of):
    world = offices
    url = reverse("handover_stand_in", args=[get_term(world.secretary).pk])
    given = {"number": "T7001", "name": "林老师", "starts_on": "2018-09-20", "ends_on": "2018-09-30"}
    done = client_of(world.admin).post(url, given)
    assert done.url == reverse("account_code", args=[User.objects.get(number="T7001").pk])


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"number": "T7001"}, "请填写姓名"),
        ({"name": "林老师"}, "请填写工号"),
        ({}, "查不到的老师请填写工号和姓名"),
        ({"number": "T7001", "name": "林老师", "both": True}, "请只选一人"),
    ],
)
def test_a_refused_teacher_keeps_what_was_typed(offices, client_of, given, problem):
    world = offices
    given = {**given, **({"person": f"u{world.nobody.pk}"} if given.get("both") else {})}
    url = reverse("handover_office", args=[get_term(world.secretary).pk])
    page = client_of(world.admin).post(url, {**given, "on": "2018-09-21"}).content.decode()
    assert problem in page
    assert all(f'value="{given[name]}"' in page for name in ("number", "name") if name in given)
    assert not User.objects.filter(number="T7001").exists()


def test_a_branch_passes_only_to_a_person_of_the_roster(offices, client_of):
    world = offices
    url = reverse("handover_office", args=[get_term(world.branch_secretary).pk])
    client = client_of(world.secretary)
    assert 'name="number"' not in client.get(url).content.decode()
    client.post(url, {"number": "T7001", "name": "林老师", "on": "2018-09-21"})
    with pytest.raises(ValidationError, match="花名册"):
        pass_on(world, by=world.secretary, of=world.branch_secretary, to=Stranger("T7001", "林老师"))
    assert not User.objects.filter(number="T7001").exists()


def test_somebody_activated_leads_back_to_the_list(offices, client_of):
    world = offices
    world.nobody.set_password("chrysantheme-77")
    world.nobody.save()
    url = reverse("handover_office", args=[get_term(world.secretary).pk])
    done = client_of(world.admin).post(url, {"person": f"u{world.nobody.pk}", "on": "2018-09-21"})
    assert done.url == reverse("handover")


def test_a_branch_office_keeps_its_messages_while_it_is_vacant(offices):
    world = offices
    notify(build_branch_office(world.a2.pk), "export_failed", "/", key="vacant", problem="等接任者")
    GrantFactory(user=world.nobody, role="branch_secretary", branch=world.a2, starts_on=TODAY)
    assert find_inbox(world.nobody).unread().count() == 1
