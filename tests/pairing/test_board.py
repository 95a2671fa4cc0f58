"""结对进度: the steps of each college, and 结对台账, whose values can be read back."""

from datetime import date, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.models import Branch, College, ExportLog
from members.services.schools import open_year
from members.sheets.reading import read_file
from members.sheets.sheets import read_sheet
from pairing.models import GroupCheck, Pairing, TeamMembership
from pairing.queries.board import build_board
from pairing.services.pairings import confirm_offline, release_pairing
from pairing.workbooks import LEDGER
from tests.factories import BranchFactory, CollegeFactory, MemberFactory, StreetFactory, make_secretary
from tests.pairing.conftest import BEIJING, NOW
from tests.pairing.pairs import make_pairing

BOARD, EXPORT = reverse("board"), reverse("board_export")


@pytest.fixture
def pairing(open_hall):
    return make_pairing(open_hall.world.college_a, open_hall.world.urban, user=open_hall.world.secretary)


def read_board(client, query="") -> dict:
    """Return the page's cells as {college: {step: (label, tone, date)}}."""
    page = client.get(BOARD + query).context["page"]
    return {
        line.college.name: {cell.step: (cell.label, cell.tone, cell.on) for cell in line.cells}
        for line in page
    }


def confirm_as(pairing, user):
    with time_machine.travel(datetime(2018, 10, 18, 9, tzinfo=BEIJING), tick=False):
        confirm_offline(
            user=user,
            pairing_id=pairing.pk,
            on=date(2018, 10, 17),
            people="张老师",
            note="顺利",
            proof=b"picture",
        )


def join_everybody(pairing) -> None:
    team = pairing.team
    for branch in Branch.objects.filter(college=pairing.college):
        held = branch.grant_set.filter(role="branch_secretary").first()
        GroupCheck.objects.create(
            team=team, branch=branch, secretary=held and held.user, joined_on=date(2018, 10, 20)
        )
        for member in branch.members.counted():
            TeamMembership.objects.create(team=team, member=member, joined_at=NOW)
    team.street_contact_in_on, team.group_qr_expires_on = date(2018, 10, 19), date(2018, 12, 1)
    team.outside_id, team.bound_on = "110108001", date(2018, 10, 21)
    team.save()


def test_a_college_that_has_only_its_code(open_hall, client_of):
    steps = read_board(client_of(open_hall.world.admin))["法学院"]
    assert steps["code"] == ("已分配（城区）", "ok", NOW.date())
    assert steps["claim"] == ("待结对", "warn", None)
    assert {steps[step] for step in ("offline", "group", "bound", "joined")} == {("未开始", "quiet", None)}


def test_a_college_right_after_its_claim(pairing, world, client_of):
    steps = read_board(client_of(world.admin))["法学院"]
    assert steps["code"][0] == "已使用（城区）"
    assert steps["claim"] == ("已结对", "ok", date(2018, 10, 16))
    assert steps["offline"] == ("待完成", "warn", date(2018, 10, 19))
    assert steps["group"] == ("团支书 0/2", "warn", None)
    assert steps["bound"] == ("未绑定", "warn", None)
    assert steps["joined"] == ("0.00%", "warn", None)


def test_every_step_done(pairing, world, client_of):
    confirm_as(pairing, world.secretary)
    join_everybody(pairing)
    steps = read_board(client_of(world.admin), "?state=done")["法学院"]
    assert steps["offline"] == ("已完成", "ok", date(2018, 10, 17))
    assert steps["group"] == ("已全部入群", "ok", date(2018, 10, 20))
    assert steps["bound"] == ("已绑定", "ok", date(2018, 10, 21))
    assert steps["joined"] == ("已全部加入", "ok", None)


def test_one_who_is_missing_keeps_the_college_from_being_complete(pairing, world, client_of):
    join_everybody(pairing)
    MemberFactory.create_batch(20, branch=world.a2)
    steps = read_board(client_of(world.admin))["法学院"]
    assert steps["joined"] == ("25.92%", "warn", None)


def test_a_pairing_that_was_carried_needs_no_code_of_the_new_year(pairing, world):
    next_year, _ = open_year(school=world.school, year=2019)
    Pairing.objects.filter(pk=pairing.pk).update(carried_to=2019)
    colleges = College.objects.filter(pk=world.college_a.pk)
    (line,) = build_board(next_year, colleges=colleges, today=date(2019, 3, 1))
    assert (line.cells[0].label, line.cells[0].done, line.current_step) == ("已使用（城区）", True, "offline")


def test_overdue_stands_out_in_colour_and_word_and_leads_to_the_list(pairing, world, client_of):
    with time_machine.travel(datetime(2018, 10, 20, 0, 0, tzinfo=BEIJING), tick=False):
        client = client_of(world.admin)
        assert read_board(client, "?state=overdue")["法学院"]["offline"] == (
            "已逾期",
            "bad",
            date(2018, 10, 19),
        )
        assert "有 1 个学院线下结对逾期" in client.get(BOARD).content.decode()
    with time_machine.travel(datetime(2018, 10, 19, 23, 59, 59, tzinfo=BEIJING), tick=False):
        assert read_board(client_of(world.admin), "?state=overdue") == {}


def test_after_the_window_a_college_without_a_street_stands_out(open_hall, client_of):
    with time_machine.travel(datetime(2018, 11, 1, 9, tzinfo=BEIJING), tick=False):
        steps = read_board(client_of(open_hall.world.admin))["法学院"]
    assert steps["claim"][:2] == ("未结对", "bad")


def test_the_board_moves_when_the_college_acts(pairing, world, client_of):
    client = client_of(world.admin)
    assert read_board(client)["法学院"]["offline"][0] == "待完成"
    confirm_as(pairing, world.secretary)
    assert read_board(client)["法学院"]["offline"][0] == "已完成"
    release_pairing(user=world.admin, pairing_id=pairing.pk, reason="学院撤并")
    assert read_board(client)["法学院"]["claim"][0] == "待结对"


def test_the_board_is_filtered_and_shows_the_own_school_only(pairing, world, client_of):
    client = client_of(world.admin)
    assert set(read_board(client)) == {"法学院", "物理学院"}
    assert set(read_board(client, "?q=清河")) == {"法学院"}
    assert set(read_board(client, "?kind=suburban")) == {"物理学院"}
    assert set(read_board(client, "?state=claim")) == {"物理学院"}
    assert set(read_board(client, "?state=offline")) == {"法学院"}
    assert read_board(client, "?state=nonsense") == {}
    assert set(read_board(client_of(world.bh.admin))) == {"文学院", "化学学院"}


def test_no_code_stands_on_the_board_or_in_the_export(pairing, world, client_of):
    client = client_of(world.admin)
    assert "CQJHA001" not in client.get(BOARD).content.decode()
    sheet = read_sheet(read_file(client.get(EXPORT).content, "结对台账.xlsx"), LEDGER)
    assert "CQJHA001" not in str([row.original for row in sheet.rows])


def test_the_board_makes_the_same_queries_for_two_colleges_and_thirty(pairing, world, client_of):
    client = client_of(world.admin)
    client.get(BOARD)
    with CaptureQueriesContext(connection) as two:
        client.get(BOARD)
    for _ in range(28):
        college = CollegeFactory(school=world.school)
        BranchFactory(college=college)
        make_pairing(college, StreetFactory(), user=make_secretary(college))
    with CaptureQueriesContext(connection) as thirty:
        assert client.get(BOARD).context["page"].paginator.count == 30
    assert len(two) == len(thirty)


# --- 结对台账 ------------------------------------------------------------------------------------------------


def test_the_ledger_reads_back(pairing, world, client_of):
    confirm_as(pairing, world.secretary)
    join_everybody(pairing)
    response = client_of(world.admin).get(EXPORT)
    sheet = read_sheet(read_file(response.content, "结对台账.xlsx"), LEDGER)
    assert set(sheet.columns) == {column.key for column in LEDGER}
    assert sheet.ignored == ()
    rows = {row.cells["college"]: row.cells for row in sheet.rows}
    assert set(rows) == {"法学院", "物理学院"}
    law = rows["法学院"]
    assert (law["state"], law["district"], law["street"], law["kind"]) == (
        "线下结对已完成",
        "海淀区",
        "清河街道",
        "城区",
    )
    assert law["claimed_at"] == "2018-10-16 09:00:00"
    assert (law["due_on"], law["offline_on"]) == (date(2018, 10, 19), date(2018, 10, 17))
    assert (law["people"], law["note"], law["outside_id"]) == ("张老师", "顺利", "110108001")
    assert (law["branches"], law["in_group"], law["members"], law["joined"], law["percent"]) == (
        2,
        2,
        7,
        7,
        100,
    )
    assert (law["code_kind"], law["code_on"]) == ("城区", date(2018, 10, 16))
    assert rows["物理学院"]["state"] == "未结对"
    assert (rows["物理学院"]["code_kind"], rows["物理学院"]["code_on"]) == ("郊区", date(2018, 10, 16))
    assert rows["物理学院"]["street"] == ""


def test_the_export_holds_the_filtered_list_and_is_noted(pairing, world, client_of):
    response = client_of(world.admin).get(f"{EXPORT}?kind=urban&sort=college")
    assert len(read_sheet(read_file(response.content, "结对台账.xlsx"), LEDGER).rows) == 1
    log = ExportLog.objects.get()
    assert (log.user, log.kind, log.rows, log.filters) == (world.admin, "pairings", 1, {"kind": "urban"})


def test_a_college_takes_out_its_own_pairings_only_released_ones_included(pairing, world, client_of):
    release_pairing(user=world.admin, pairing_id=pairing.pk, reason="学院撤并")
    make_pairing(world.college_a, StreetFactory(kind=world.urban.kind), user=world.secretary)
    make_pairing(world.college_b, world.suburban, user=world.secretary_b)
    response = client_of(world.secretary).get(reverse("pairings_export"))
    rows = [row.cells for row in read_sheet(read_file(response.content, "结对台账.xlsx"), LEDGER).rows]
    assert [row["college"] for row in rows] == ["法学院"] * 2
    assert sorted(row["state"] for row in rows) == ["已解除", "线下结对待完成"]
    (ended,) = [row for row in rows if row["state"] == "已解除"]
    assert ended["end_reason"] == "学院撤并"
    assert ended["ended_at"] == f"{timezone.localtime(NOW):%Y-%m-%d %H:%M:%S}"
