"""评优资格 and 评优例外 as pages: the lists of each role, filters, sums, export, and the forms."""

from io import BytesIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from members.models import ExportLog
from reports.models import ExcellentException
from reports.services.eligibility import ask_exception, decide_exception
from tests.factories import MemberFactory, ServiceRecordFactory

LIST = reverse("eligibility")


@pytest.fixture
def year_end(world):
    """Let `registered` pass, `party` lack two hours and `lead` ten; the others of a1 are not registered."""
    for member, minutes in ((world.registered, 1200), (world.party, 1080), (world.lead, 600)):
        ServiceRecordFactory(member=member, minutes=minutes)
    return world


def list_names(response) -> list[str]:
    return [row.student_no[-2:] for row in response.context["page"]]


def fetch_page(client_of, user, address=LIST, **wanted):
    response = client_of(user).get(address, wanted)
    assert response.status_code == 200
    return response


@pytest.mark.parametrize(
    ("standing", "listed"),
    [
        ("", {"01", "02", "03", "04", "05", "06"}),
        ("risk", {"02", "03", "04", "05", "06"}),
        ("close", {"05"}),
        ("unregistered", {"02", "03", "04"}),
        ("passes", {"01"}),
        ("exception", set()),
        ("not_judged", {"07", "08", "09", "10", "11"}),
    ],
)
def test_a_branch_is_narrowed_by_standing(year_end, client_of, standing, listed):
    response = fetch_page(client_of, year_end.branch_secretary, standing=standing)
    assert set(list_names(response)) == listed


def test_the_sums_do_not_depend_on_the_standing_chosen(year_end, client_of):
    for standing in ("", "close"):
        total = fetch_page(client_of, year_end.branch_secretary, standing=standing).context["total"]
        assert (total.assessed, total.passes, total.risk, total.close, total.unregistered) == (6, 1, 5, 1, 3)


def test_sorted_by_what_is_missing_the_nearest_come_first(year_end, client_of):
    rows = fetch_page(client_of, year_end.branch_secretary, sort="missing", standing="risk").context["page"]
    assert [row.student_no[-2:] for row in rows][:2] == ["05", "06"]
    largest = fetch_page(client_of, year_end.branch_secretary, sort="-minutes").context["page"]
    assert [row.verdict.figures.minutes for row in largest][:3] == [1200, 1080, 600]


def test_the_list_says_what_is_missing_and_whom_to_remind_without_names(year_end, client_of):
    response = fetch_page(client_of, year_end.secretary)
    text = response.content.decode()
    assert "还差 2 小时" in text
    assert "还差志愿者注册核实" in text
    reminder = response.context["reminder"]
    assert "还有 6 位没有达到，其中 1 位只差不到 3 小时" in reminder
    assert "法学1802团支部：还有 1 位" in reminder
    assert not any(person.name in reminder for person in (year_end.party, year_end.lead, year_end.quiet))


def test_an_invalid_filter_lists_nobody(year_end, client_of):
    assert list_names(fetch_page(client_of, year_end.secretary, standing="rich")) == []


def test_another_year_is_asked_for_in_the_address(year_end, client_of):
    assert fetch_page(client_of, year_end.secretary, year="2018").context["year"] == year_end.year


def test_the_list_makes_the_same_number_of_queries_for_one_and_for_thirty(year_end, client_of):
    client = client_of(year_end.secretary)
    client.get(LIST)

    def count_queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(LIST)
        return len(asked)

    few = count_queries()
    for member in MemberFactory.create_batch(30, branch=year_end.a1, registered=True):
        ServiceRecordFactory(member=member)
    assert count_queries() == few


def test_the_export_is_the_whole_filtered_list_and_is_noted(year_end, client_of):
    response = client_of(year_end.secretary).get(reverse("eligibility_export"), {"standing": "risk"})
    sheet = load_workbook(BytesIO(response.content))["评优资格"]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 1 + 6
    (close,) = [row for row in rows if row[2] == year_end.party.student_no]
    assert close[4:] == (
        "已核实", 1080, 0, 1200, "暂不符合", "还差 2 小时（二（二）、四.3）", None, "校级以上受限",
    )  # fmt: skip
    log = ExportLog.objects.get()
    assert (log.kind, log.rows, log.filters) == ("eligibility", 6, {"standing": "risk"})


def test_the_export_of_an_invalid_filter_is_not_found(year_end, client_of):
    assert client_of(year_end.secretary).get(reverse("eligibility_export"), {"year": "x"}).status_code == 404


def test_branches_are_listed_with_their_bar(world, client_of):
    response = fetch_page(client_of, world.admin, reverse("eligibility_branches"), bar="barred")
    assert [row.branch for row in response.context["page"]] == ["法学1801团支部"]
    assert "还差 3 人" in response.content.decode()
    empty = fetch_page(client_of, world.admin, reverse("eligibility_branches"), bar="empty")
    assert [row.branch for row in empty.context["page"]] == ["物理1802团支部"]


def test_the_export_of_branches_is_noted(world, client_of):
    response = client_of(world.admin).get(reverse("eligibility_branches_export"))
    rows = list(load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True))
    assert len(rows) == 5
    assert ExportLog.objects.get().kind == "eligibility_branches"


# --- a person, and the exception ----------------------------------------------------------------------------------


def test_a_persons_page_shows_both_readings_and_offers_to_ask(year_end, client_of):
    address = reverse("eligibility_member", args=[year_end.party.pk])
    text = fetch_page(client_of, year_end.branch_secretary, address).content.decode()
    assert "不能参评市级以上荣誉" in text
    assert "不得参评校级以上荣誉" in text
    assert "还差 2 小时" in text
    assert reverse("exception_ask", args=[year_end.party.pk]) in text


@pytest.mark.parametrize("who", ["registered", "student"])
def test_nothing_to_ask_for_is_not_offered(year_end, client_of, who):
    member = getattr(year_end, who)
    address = reverse("eligibility_member", args=[member.pk])
    text = fetch_page(client_of, year_end.branch_secretary, address).content.decode()
    assert reverse("exception_ask", args=[member.pk]) not in text


def test_the_school_sees_the_page_and_does_not_ask(year_end, client_of):
    address = reverse("exception_ask", args=[year_end.party.pk])
    assert client_of(year_end.admin).get(address).status_code == 403


def test_asked_decided_and_revoked_in_the_browser(year_end, client_of):
    person = year_end.party
    branch, school = client_of(year_end.branch_secretary), client_of(year_end.admin)
    asked = branch.post(reverse("exception_ask", args=[person.pk]), {"grounds": "带队支教"}, follow=True)
    assert "已申请评优例外，等待校团委审批" in asked.content.decode()
    exception = ExcellentException.objects.get()
    assert list_names(fetch_page(client_of, year_end.admin, standing="asked")) == ["05"]

    decide = reverse("exception_decide", args=[exception.pk])
    refused = school.post(decide, {"granted": "yes", "reason": ""})
    assert refused.context["decision"].errors["reason"]
    done = school.post(decide, {"granted": "yes", "reason": "情况属实"}, follow=True).content.decode()
    assert "孔管理" in done
    assert "审批时的情况" in done
    assert list_names(fetch_page(client_of, year_end.admin, standing="exception")) == ["05"]
    card = fetch_page(client_of, year_end.branch_secretary, reverse("eligibility_member", args=[person.pk]))
    assert "同意：情况属实" in card.content.decode()

    revoke = reverse("exception_revoke", args=[exception.pk])
    school.post(revoke, {"reason": "材料不实"})
    assert list_names(fetch_page(client_of, year_end.admin, standing="exception")) == []


def test_a_refusal_of_the_service_stands_in_the_form_with_what_was_typed(year_end, client_of):
    address = reverse("exception_ask", args=[year_end.registered.pk])
    response = client_of(year_end.branch_secretary).post(address, {"grounds": "表现突出"})
    text = response.content.decode()
    assert "已符合优秀的条件" in text
    assert "表现突出" in text


def test_exceptions_are_listed_with_the_same_number_of_queries(world, client_of):
    client = client_of(world.admin)
    address = reverse("exceptions")

    def ask_exception_for(member):
        ask_exception(user=world.secretary, member_id=member.pk, year=world.year, grounds="支教")

    ask_exception_for(world.missing)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for member in MemberFactory.create_batch(10, branch=world.a2):
        ask_exception_for(member)
    with CaptureQueriesContext(connection) as many:
        response = client.get(address, {"state": "asked"})
    assert len(few) == len(many)
    assert len(response.context["page"]) == 11


def test_exceptions_are_found_by_name_and_state(world, client_of):
    exception = ask_exception(
        user=world.secretary, member_id=world.reported.pk, year=world.year, grounds="支教"
    )
    decide_exception(user=world.admin, exception_id=exception.pk, granted=False, reason="不符合")
    address = reverse("exceptions")
    assert len(fetch_page(client_of, world.admin, address, q="李自报").context["page"]) == 1
    assert len(fetch_page(client_of, world.admin, address, state="asked").context["page"]) == 0


def test_the_export_of_exceptions_is_noted(world, client_of):
    ask_exception(user=world.secretary, member_id=world.reported.pk, year=world.year, grounds="=支教")
    response = client_of(world.admin).get(reverse("exceptions_export"), {"state": "asked"})
    rows = list(load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True))
    assert (len(rows), rows[1][4], rows[1][8]) == (2, "李自报", "=支教")
    log = ExportLog.objects.get()
    assert (log.kind, log.rows, log.filters) == ("exceptions", 1, {"state": "asked"})
    assert client_of(world.branch_secretary).get(reverse("exceptions_export")).status_code == 403


def test_the_command_exports_everybody(year_end, tmp_path):
    out = tmp_path / "评优资格.xlsx"
    call_command("export", "eligibility", str(out), "--school", "JH", "--year", "2018")
    rows = list(load_workbook(out).active.iter_rows(values_only=True))
    assert len(rows) == 1 + 8
    assert [row[8] for row in rows if row[2] == year_end.registered.student_no] == ["符合条件"]
