"""The pages of activation: entering a code, choosing a password, and issuing codes with their slips."""

import re
import time
from datetime import timedelta
from io import BytesIO

import pytest
import segno
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn

from members.activation_rules import read_code
from members.models import ActivationCode, ExportLog, Member, User
from members.queries.activation import find_code
from members.services.activation import issue_code, issue_code_for_person
from members.slips import PIXELS
from tests.browsers import sign_in
from tests.factories import BranchFactory, GrantFactory, MemberFactory, UserFactory
from tests.inbox import find_inbox

PASSWORD = "chrysantheme-77"
CODE = re.compile(r"\b(?:[34679ACDEFHJKMNPRTWXY]{4}-){2}[34679ACDEFHJKMNPRTWXY]{4}\b")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def issued(world):
    return issue_code_for_person(member_id=world.reported.pk, by=world.secretary)


def open_link(issued) -> Client:
    client = Client()
    assert client.get(issued.address_path).headers["Location"] == reverse("activate_password")
    return client


def choose(client, password=PASSWORD, **more):
    data = {"password": password, "repeated": password}
    return client.post(reverse("activate_password"), data | more)


# --- the visitor's pages ------------------------------------------------------------------------------------------


def test_the_link_of_a_slip_leads_to_the_choice_of_a_password(issued):
    page = open_link(issued).get(reverse("activate_password"))
    text = page.content.decode()
    assert "京华大学" in text and "李**" in text and "2018****04" in text
    assert "李自报" not in text and "2018010004" not in text
    assert "至少需要 10 个字符" in text


def test_a_chosen_password_signs_in_and_lands_on_the_own_page(world, issued):
    client = open_link(issued)
    assert choose(client).headers["Location"] == reverse("me")
    assert client.get(reverse("me")).context["user"] == issued.account
    assert choose(client).headers["Location"] == reverse("activate")


def test_a_teacher_lands_on_the_home_page(world):
    issued = issue_code(account=world.nobody, by=None)
    assert choose(open_link(issued)).headers["Location"] == reverse("home")


def test_number_and_code_from_the_slip_lead_to_the_same_page(world, issued):
    client = Client()
    data = {"school": "JH", "number": "2018010004", "typed": issued.code.lower()}
    assert client.post(reverse("activate"), data).headers["Location"] == reverse("activate_password")
    assert choose(client).headers["Location"] == reverse("me")


def test_a_refused_entry_keeps_what_was_typed(world, issued):
    data = {"school": "JH", "number": "2018010005", "typed": issued.code}
    page = Client().post(reverse("activate"), data)
    assert page.status_code == 200
    assert "号码或激活码不正确" in page.content.decode()
    assert 'value="2018010005"' in page.content.decode()


def test_a_text_that_is_no_code_is_refused_before_it_counts(world, issued):
    for _ in range(9):
        page = Client().post(reverse("activate"), {"school": "JH", "number": "2018010004", "typed": "123"})
        assert "12 位字母和数字" in page.content.decode()
    data = {"school": "JH", "number": "2018010004", "typed": issued.code}
    assert Client().post(reverse("activate"), data).status_code == 302


def test_the_only_school_is_not_asked_for(db):
    member = MemberFactory()
    issued = issue_code_for_person(member_id=member.pk, by=None)
    assert "school" not in Client().get(reverse("activate")).context["form"].fields
    data = {"number": member.student_no, "typed": issued.code}
    assert Client().post(reverse("activate"), data).status_code == 302


@pytest.mark.parametrize("state", ["unknown", "used", "voided", "expired"])
def test_dead_links_answer_all_alike(state, world, issued):
    path, now = issued.address_path, timezone.now()
    codes = ActivationCode.objects.filter(account=issued.account)
    if state == "unknown":
        path = reverse("activate_code", args=["3333-3333-3333"])
    elif state == "expired":
        codes.update(issued_at=now - timedelta(days=31), expires_at=now - timedelta(days=1))
    else:
        codes.update(**{f"{state}_at": now})
    client = Client()
    page = client.get(path)
    assert page.status_code == 200
    assert page.context["problem"].startswith("号码或激活码不正确")
    assert client.get(reverse("activate_password")).headers["Location"] == reverse("activate")


def test_a_first_activation_speaks_of_no_former_password(world, issued):
    client = open_link(issued)
    assert "失效" not in client.get(reverse("activate_password")).content.decode()
    choose(client)
    told = " ".join(find_inbox(issued.account).values_list("text", flat=True))
    assert "用激活码激活（设置密码）" in told
    assert "失效" not in told
    assert "其他设备" not in told


def test_a_later_activation_says_that_the_former_password_ends(world, issued):
    choose(open_link(issued))
    again = open_link(issue_code(account=issued.account, by=world.secretary))
    ends = "原来的密码失效，其他设备上的登录退出。"
    assert ends in again.get(reverse("activate_password")).content.decode()
    choose(again, "another-long-one-9")
    told = find_inbox(issued.account).filter(text__contains=ends)
    assert set(told.values_list("title", flat=True)) == {"您的账号已激活", "您的账号有了新的激活码"}


@pytest.mark.parametrize("end", ["used", "voided", "expired"])
def test_an_open_page_of_a_password_says_why_it_cannot_go_on(end, world, issued):
    first, second = open_link(issued), open_link(issued)
    if end == "used":
        choose(first)
    elif end == "voided":
        issue_code(account=issued.account, by=world.secretary)
    else:
        past = timezone.now() - timedelta(days=31)
        ActivationCode.objects.update(issued_at=past, expires_at=past + timedelta(days=30))
    page = second.post(
        reverse("activate_password"), {"password": PASSWORD, "repeated": PASSWORD}, follow=True
    )
    assert page.request["PATH_INFO"] == reverse("activate")
    assert "这个激活码已经使用、作废或过期" in page.content.decode()
    assert "这个激活码已经使用" not in second.get(reverse("activate")).content.decode()


def test_a_second_submit_in_the_browser_that_has_activated_says_so_too(issued):
    client = open_link(issued)
    choose(client)
    page = client.post(
        reverse("activate_password"), {"password": PASSWORD, "repeated": PASSWORD}, follow=True
    )
    assert "已经激活的，请直接登录" in page.content.decode()
    assert client.get(reverse("me")).status_code == 200


def test_the_page_of_a_password_opened_without_a_code_says_nothing(world, client):
    page = client.get(reverse("activate_password"), follow=True)
    assert page.request["PATH_INFO"] == reverse("activate")
    assert "这个激活码已经" not in page.content.decode()


def test_an_opened_code_waits_for_half_an_hour_only(world, issued, time_machine):
    time_machine.move_to(timezone.now())
    client = open_link(issued)
    time_machine.shift(timedelta(minutes=29))
    assert client.get(reverse("activate_password")).status_code == 200
    time_machine.shift(timedelta(minutes=2))
    assert client.get(reverse("activate_password")).headers["Location"] == reverse("activate")


@pytest.mark.parametrize("name", ["activate", "activate_code", "activate_password"])
def test_no_page_of_a_code_is_stored_or_named_to_others(name, world, issued):
    client = open_link(issued)
    answer = client.get(issued.address_path if name == "activate_code" else reverse(name))
    assert answer.headers["Cache-Control"] == "no-store, private"
    # The address with the code is left at once; the pages with a form name the portal only.
    assert answer.headers["Referrer-Policy"] == (
        "no-referrer" if name == "activate_code" else "strict-origin"
    )


def test_a_weak_or_mistyped_password_is_refused_and_the_code_stays(world, issued):
    client = open_link(issued)
    assert "密码太短" in choose(client, "kurz").content.decode()
    assert "不一致" in choose(client, repeated="something-else-1").content.decode()
    assert choose(client).headers["Location"] == reverse("me")


def test_a_new_password_ends_every_other_session(world, issued):
    phone, desk = open_link(issued), Client()
    choose(phone)
    desk.force_login(User.objects.get(pk=issued.account.pk))
    assert phone.get(reverse("me")).status_code == desk.get(reverse("me")).status_code == 200
    again = open_link(issue_code(account=issued.account, by=world.secretary))
    choose(again, "another-long-one-9")
    assert again.get(reverse("me")).status_code == 200
    for other in (phone, desk):
        assert "/accounts/login/" in other.get(reverse("me")).headers["Location"]


def test_a_person_with_a_second_factor_still_gives_it(world, issued):
    Authenticator.objects.create(user=issued.account, type=Authenticator.Type.TOTP, data={})
    client = open_link(issued)
    assert choose(client).headers["Location"] == reverse("mfa_authenticate")
    assert "/accounts/login/" in client.get(reverse("me")).headers["Location"]


def test_a_password_chosen_just_now_is_not_asked_for_again(world, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    client = open_link(issue_code(account=world.secretary, by=None))
    choose(client)
    assert client.get(reverse("roster")).headers["Location"] == reverse("security")
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


# --- who issues ---------------------------------------------------------------------------------------------------


def test_each_secretary_counts_the_own_people(world, client_of):
    url = reverse("activation_codes")
    everybody = client_of(world.admin).get(url)
    assert everybody.context["total"].people == 15  # 13 of the rosters, and the secretaries of the colleges
    assert {row.college for row in everybody.context["page"]} == {"法学院", "物理学院"}
    college = client_of(world.secretary).get(url)
    assert {row.branch for row in college.context["page"]} == {"法学1801团支部", "法学1802团支部"}
    branch = client_of(world.branch_secretary).get(url)
    assert [row.branch for row in branch.context["page"]] == ["法学1801团支部"]
    assert client_of(world.member).get(url).status_code == 403


def test_a_college_opens_onto_its_branches(world, client_of):
    page = client_of(world.admin).get(reverse("activation_codes"), {"college": world.college_b.pk})
    branches = ["物理1801团支部", "物理1802团支部"]
    assert [row.branch for row in page.context["page"]] == ["任职人员（不在花名册）", *branches]
    found = client_of(world.admin).get(reverse("activation_codes"), {"q": "物理1801"})
    assert [row.branch for row in found.context["page"]] == ["物理1801团支部"]


@pytest.mark.parametrize(
    ("user", "name", "place"),
    [
        ("branch_secretary", "activation_branch", "a2"),
        ("branch_secretary", "activation_college", "college_a"),
        ("branch_secretary", "activation_school", "school"),
        ("secretary", "activation_branch", "b1"),
        ("secretary", "activation_college", "college_b"),
        ("secretary", "activation_school", "school"),
    ],
)
def test_slips_of_other_places_are_not_found(user, name, place, world, client_of):
    client = client_of(getattr(world, user))
    url = reverse(name, args=[getattr(world, place).pk])
    for answer in (client.get(url), client.post(url, {"people": "all", "format": "docx"})):
        assert answer.status_code == 404
    assert not ActivationCode.objects.exists()


# --- slips --------------------------------------------------------------------------------------------------------


def order_slips(client, name, place, people="missing", format="docx"):
    return client.post(reverse(name, args=[place.pk]), {"people": people, "format": format})


def read_texts(document) -> list[str]:
    """Return the text of each slip, without empty cells."""
    cells = (cell for table in document.tables for row in table.rows for cell in row.cells)
    return [cell.text for cell in cells if cell.text]


def read_pictures(document) -> list[bytes]:
    """Return the QR codes in the order of the slips."""
    blips = document.element.body.iter(qn("a:blip"))
    return [document.part.related_parts[blip.get(qn("r:embed"))].blob for blip in blips]


def draw(address: str) -> bytes:
    buffer = BytesIO()
    segno.make_qr(address, error="q").save(buffer, kind="png", scale=PIXELS, border=4)
    return buffer.getvalue()


def test_the_document_has_a_slip_with_a_working_code_for_each_person(world, client_of):
    User.objects.filter(pk=world.member.pk).update(password="md5$a$b")
    answer = order_slips(client_of(world.secretary), "activation_branch", world.a1)
    assert answer.headers["Content-Type"] == DOCX
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "%E6%BF%80%E6%B4%BB%E7%BA%B8%E6%9D%A1" in answer.headers["Content-Disposition"]
    document = Document(BytesIO(answer.content))
    texts, pictures = read_texts(document), read_pictures(document)
    people = Member.objects.filter(branch=world.a1).exclude(pk=world.missing.pk).in_list_order()
    assert len(texts) == len(pictures) == len(people)
    for person, text, picture in zip(people, texts, pictures, strict=True):
        assert text.startswith(f"{person.name}\n{person.student_no}\n法学院 法学1801团支部\n")
        code = find_code(read_code(CODE.search(text)[0]))
        assert code.account.member == person
        link = reverse("activate_code", args=[CODE.search(text)[0]])
        assert picture == draw(f"http://testserver{link}")
        assert "只能用一次" in text and "testserver/activate/" in text
        day = timezone.localtime(code.expires_at)
        assert f"{day.year}年{day.month}月{day.day}日" in text
    assert ExportLog.objects.get().kind == "activation_slips"


def test_the_paper_is_a4_with_eight_slips_a_page_and_a_page_for_each_branch(world, client_of):
    large = BranchFactory(college=world.college_a, name="法学1803团支部")
    MemberFactory.create_batch(9, branch=large)
    answer = order_slips(client_of(world.secretary), "activation_college", world.college_a)
    document = Document(BytesIO(answer.content))
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    room = section.page_height.cm - section.top_margin.cm - section.bottom_margin.cm
    heights = [row.height.cm for table in document.tables for row in table.rows]
    assert 4 * max(heights) < room < 5 * min(heights)
    assert [len(table.rows) for table in document.tables] == [6, 1, 5]
    breaks = list(document.element.body.iter(qn("w:pageBreakBefore")))
    assert len(breaks) == len(document.tables) - 1
    borders = {
        border.get(qn("w:val"))
        for border in document.element.body.iter(qn("w:top"))
        if border.get(qn("w:val"))
    }
    assert borders == {"dashed"}


def appoint_teacher(world, name="林老师"):
    teacher = UserFactory(school=world.school, name=name, password="!")
    GrantFactory(user=teacher, role="college_secretary", college=world.college_b)
    return teacher


def test_teachers_are_a_group_of_their_own_with_their_office(world, client_of):
    teacher = appoint_teacher(world)
    answer = order_slips(client_of(world.admin), "activation_college", world.college_b)
    document = Document(BytesIO(answer.content))
    headings = [paragraph.text.partition("　")[0] for paragraph in document.paragraphs if paragraph.text]
    assert headings == ["物理学院 物理1801团支部", "任职人员（不在花名册）"]
    texts = [text for text in read_texts(document) if text.startswith("林老师")]
    assert len(texts) == 1
    assert texts[0].startswith(f"林老师\n{teacher.number}\n物理学院 学院团委书记\n")


def test_the_page_offers_the_office_holders_alone(world, client_of):
    appoint_teacher(world)
    User.objects.exclude(name="林老师").update(password="md5$a$b")
    client = client_of(User.objects.get(pk=world.admin.pk))
    there = client.get(reverse("activation_officers"))
    assert there.url == f"{reverse('activation_school', args=[world.school.pk])}?group=officers"
    page = client.get(there.url)
    assert page.context["form"]["group"].value() == "officers"
    assert page.context["officers"].without == 1
    asked = {"people": "missing", "format": "print", "group": "officers"}
    slips = client.post(there.url, asked).content.decode()
    assert set(CODE.findall(slips)) and "林老师" in slips
    assert ActivationCode.objects.outstanding().count() == 1


def test_the_way_to_the_office_holders_follows_the_scope(world, client_of):
    url = reverse("activation_officers")
    own = reverse("activation_college", args=[world.college_a.pk])
    assert client_of(world.secretary).get(url).url == f"{own}?group=officers"
    assert client_of(world.branch_secretary).get(url).url == reverse("activation_codes")
    assert client_of(world.member).get(url).status_code == 403


def test_the_figures_have_a_line_for_the_office_holders(world, client_of):
    appoint_teacher(world)
    GrantFactory(
        user=UserFactory(school=world.school, name="校老师"), role="school_admin", school=world.school
    )
    client = client_of(world.admin)
    page = client.get(reverse("activation_codes"))
    rows = {row.college: row.count.people for row in page.context["page"]}
    assert rows == {"法学院": 13, "物理学院": 3, "校团委": 1}
    assert sum(rows.values()) == page.context["total"].people
    inside = client.get(reverse("activation_codes"), {"college": world.college_b.pk})
    assert [(row.branch, row.count.people) for row in inside.context["page"]] == [
        ("任职人员（不在花名册）", 2), ("物理1801团支部", 1), ("物理1802团支部", 0)
    ]  # fmt: skip
    link = f"{reverse('activation_college', args=[world.college_b.pk])}?group=officers"
    assert link in inside.content.decode()


def test_names_with_signs_of_xml_are_printed_as_they_are(world, client_of):
    Member.objects.filter(pk=world.quiet.pk).update(name='A<b>&"C"')
    answer = order_slips(client_of(world.secretary), "activation_branch", world.a2)
    document = Document(BytesIO(answer.content))
    assert read_texts(document)[0].startswith('A<b>&"C"\n')
    described = [it.get("descr") for it in document.element.body.iter(qn("wp:docPr"))]
    assert described == ['A<b>&"C"的激活二维码']


def test_the_print_page_has_the_same_content(world, client_of):
    page = order_slips(client_of(world.secretary), "activation_branch", world.a1, format="print")
    text = page.content.decode()
    assert page.headers["Cache-Control"] == "no-store, private"
    codes = {find_code(read_code(code)).account for code in set(CODE.findall(text))}
    assert codes == set(User.objects.filter(activation_codes__isnull=False))
    assert len(codes) == 11
    assert text.count('class="qr-code"') == len(codes)


def test_codes_are_in_the_answer_that_issues_them_and_nowhere_else(world, client_of):
    client = client_of(world.secretary)
    order_slips(client, "activation_branch", world.a1)
    for url in (
        reverse("activation_codes"),
        reverse("activation_branch", args=[world.a1.pk]),
        reverse("member_code", args=[world.reported.pk]),
        reverse("account", args=[User.objects.get(member=world.reported).pk]),
        reverse("account_code", args=[User.objects.get(member=world.reported).pk]),
    ):
        answer = client.get(url)
        assert answer.status_code == 200
        assert not CODE.search(answer.content.decode())


def test_a_second_click_does_not_void_the_slips_of_the_first(world, client_of):
    client = client_of(world.secretary)
    order_slips(client, "activation_branch", world.a1)
    before = set(ActivationCode.objects.outstanding())
    again = order_slips(client, "activation_branch", world.a1)
    assert "没有需要发放" in again.content.decode()
    assert set(ActivationCode.objects.outstanding()) == before
    order_slips(client, "activation_branch", world.a1, people="all")
    assert not set(ActivationCode.objects.outstanding()) & before


def test_a_form_without_a_choice_issues_nothing(world, client_of):
    page = client_of(world.secretary).post(reverse("activation_branch", args=[world.a1.pk]))
    assert page.status_code == 200
    assert not ActivationCode.objects.exists()


def test_slips_of_many_ask_for_a_recent_proof(world):
    client = sign_in(Client(), world.secretary, at=time.time() - 24 * 3600)
    answer = order_slips(client, "activation_branch", world.a1)
    assert answer.headers["Location"].startswith(reverse("confirm_identity"))
    assert not ActivationCode.objects.exists()


# --- one person ---------------------------------------------------------------------------------------------------


def test_a_code_of_one_person_is_shown_once_with_link_and_text(world, client_of):
    client, url = client_of(world.branch_secretary), reverse("member_code", args=[world.reported.pk])
    assert not CODE.search(client.get(url).content.decode())
    page = client.post(url).content.decode()
    code = CODE.search(page)[0]
    assert find_code(read_code(code)).account.member == world.reported
    assert f"http://testserver{reverse('activate_code', args=[code])}" in page
    assert 'class="qr-code"' in page
    assert not CODE.search(client.get(url).content.decode())


def test_the_page_of_a_person_leads_to_the_code(world, client_of):
    page = client_of(world.branch_secretary).get(world.reported.get_absolute_url()).content.decode()
    assert reverse("member_code", args=[world.reported.pk]) in page


def test_the_page_of_an_account_leads_to_a_new_code(world, client_of):
    page = client_of(world.secretary).get(reverse("account", args=[world.member.pk])).content.decode()
    assert reverse("account_code", args=[world.member.pk]) in page
    above = client_of(world.branch_secretary).get(reverse("account", args=[world.branch_secretary.pk]))
    assert reverse("account_code", args=[world.branch_secretary.pk]) not in above.content.decode()


@pytest.mark.parametrize("name", ["member_code", "account_code"])
def test_a_branch_secretary_gets_no_code_for_the_own_office(name, world, client_of):
    pk = world.lead.pk if name == "member_code" else world.branch_secretary.pk
    page = client_of(world.branch_secretary).post(reverse(name, args=[pk]))
    assert "您自己的账号" in page.content.decode()
    assert not ActivationCode.objects.exists()


def test_a_college_issues_for_its_branch_secretary(world, client_of):
    url = reverse("account_code", args=[world.branch_secretary.pk])
    assert CODE.search(client_of(world.secretary).post(url).content.decode())


def test_a_person_who_has_left_gets_a_reason(world, client_of):
    page = client_of(world.admin).post(reverse("member_code", args=[world.transferred.pk]))
    assert "转出" in page.content.decode()
    assert not ActivationCode.objects.exists()
