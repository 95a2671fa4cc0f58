"""Codes: import by file, and the services that hand out, reveal, withdraw and void a code."""

from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from members.models import ImportRun
from members.transfer.services import imports
from pairing.models import PairingCode
from pairing.services.codes import hand_out_code, hand_out_suggested_codes, reveal_code, withdraw_code
from tests.factories import CollegeFactory, ServiceYearFactory, make_secretary
from tests.members.import_files import (
    confirm_import,
    count_outcome,
    list_row_problems,
    preview_import,
    read_counts,
    run_import,
    run_import_command,
)
from tests.members.overlapping import run_overlapping
from tests.members.sheet_files import make_xlsx
from tests.world import build_world

HEADER = ("序号", "申请结对码", "类型")
State = PairingCode.State


def make_codes_file(*rows, header=HEADER) -> bytes:
    return make_xlsx(header, *((number, *row) for number, row in enumerate(rows, start=1)))


def import_codes(hall, *rows, **options) -> ImportRun:
    return run_import("codes", make_codes_file(*rows, **options), by=hall.world.admin)


# --- the city's file ------------------------------------------------------------------------------------------


def test_new_codes_go_into_stock(hall):
    run = import_codes(hall, ("NEW10001", "城区"), ("NEW10002", "郊区"))
    assert count_outcome(run) == {"new": 2}
    brought = PairingCode.objects.filter(code__startswith="NEW1").order_by("code")
    assert [(code.kind, code.state, code.year) for code in brought] == [
        ("urban", State.STOCK, hall.world.year),
        ("suburban", State.STOCK, hall.world.year),
    ]


def test_the_same_file_again_changes_nothing_not_even_once_codes_are_used(hall):
    rows = [(hall.code_a.code, "城区"), (hall.code_b.code, "郊区"), (hall.code_stock.code, "城区")]
    PairingCode.objects.filter(pk=hall.code_a.pk).update(state=State.USED)
    before = list(PairingCode.objects.values())
    assert count_outcome(import_codes(hall, *rows)) == {"same": 3}
    assert list(PairingCode.objects.values()) == before


@pytest.mark.parametrize(
    ("header", "text", "kind"),
    [
        (("编号", "结对码", "城区/郊区"), " new1 0001", "城区码"),
        (("编号", "街乡结对码", "类别"), "ＮＥＷ１０００１", "城"),
        (("编号", "申请码", "结对码类型"), "new10001", "城区结对码"),
    ],
)
def test_other_headers_and_spellings_are_the_same_code(hall, header, text, kind):
    assert count_outcome(import_codes(hall, (text, kind), header=header)) == {"new": 1}
    assert PairingCode.objects.get(code="NEW10001").kind == "urban"


@pytest.mark.parametrize(
    "cell", ["CRL7LTUX。", "结对码CRL7LTUX", "CRL7 / LTUX", 12345678901234567890.0, "1.2E+15"]
)
def test_what_is_no_code_is_not_repeated(hall, cell):
    (reason,) = list_row_problems(import_codes(hall, (cell, "城区"))).values()
    assert reason.startswith("申请结对码：")
    assert not any(part in reason for part in ("CRL7", "LTUX", "12345", "1.2"))


@pytest.mark.django_db(transaction=True)
def test_two_schools_bring_the_same_code_at_once():
    world = build_world()
    file = make_codes_file(("NEW10001", "城区"))
    runs = [confirm_import("codes", file, by=admin) for admin in (world.admin, world.bh.admin)]
    first, second = run_overlapping(*[partial(imports.write_run, run_id=run.pk) for run in runs])
    assert (count_outcome(first), count_outcome(second)) == ({"new": 1}, {"error": 1})
    assert PairingCode.objects.get().year == world.year


def test_rows_that_cannot_go_in_say_why(hall):
    old = ServiceYearFactory(school=hall.world.school, year=2017)
    hall.code("OLD10001", year=old)
    run = import_codes(
        hall,
        (hall.code_bh.code, "城区"),
        ("OLD10001", "城区"),
        (hall.code_a.code, "郊区"),
        ("NEW10001", "城区"),
        ("NEW10001", "城区"),
        ("NEW10002", "近郊"),
        ("NEW10003", ""),
        ("A1", "城区"),
    )
    assert count_outcome(run) == {"new": 1, "error": 7}
    found = list_row_problems(run)
    reasons = ("其他学校", "2017 年度", "已分配", "与第5行重复", "无法识别", "缺少类型", "字母、数字")
    for number, reason in zip((2, 3, 4, 6, 7, 8, 9), reasons, strict=True):
        assert reason in found[number]
    assert not any(hall.code_bh.code in reason for reason in found.values())


def test_a_code_in_stock_takes_the_kind_of_the_file(hall):
    run = import_codes(hall, (hall.code_stock.code, "郊区"))
    assert count_outcome(run) == {"changed": 1}
    assert [change[1:] for change in run.rows.get().describe_changes("codes")] == [("类型", "城区", "郊区")]
    hall.code_stock.refresh_from_db()
    assert hall.code_stock.kind == "suburban"


def test_only_the_school_may_bring_codes_and_for_no_single_college(hall):
    file = make_codes_file(("NEW10001", "城区"))
    with pytest.raises(ValidationError, match="没有导入这类文件的权限"):
        preview_import("codes", file, by=hall.world.secretary)
    with pytest.raises(ValidationError, match="不能限定学院"):
        preview_import("codes", file, by=hall.world.admin, college=hall.world.college_a)


def test_a_secretary_does_not_see_the_run_that_brought_the_codes(hall):
    run = import_codes(hall, ("NEW10001", "城区"))
    assert not ImportRun.objects.visible_to(hall.world.secretary, "import.view").filter(pk=run.pk).exists()


def test_the_command_brings_codes_into_the_year_that_it_is_told(hall, tmp_path):
    path = tmp_path / "codes.xlsx"
    path.write_bytes(make_codes_file(("NEW10001", "城区"), ("NEW10002", "郊区")))
    next_year = ServiceYearFactory(school=hall.world.school, year=2019)
    report = run_import_command("codes", path, school="JH", year=2019)
    assert read_counts(report) == (2, 0, 0, 0, 0)
    assert set(next_year.codes.values_list("code", flat=True)) == {"NEW10001", "NEW10002"}
    assert read_counts(run_import_command("codes", path, school="JH", year=2019)) == (0, 0, 2, 0, 0)
    with pytest.raises(CommandError, match="没有 2031 年度"):
        call_command("import_file", "codes", str(path), school="JH", year=2031)


def test_kinds_that_belong_to_a_year_are_registered():
    assert sorted(imports.OF_A_YEAR) == ["codes"]


# --- services of the school -----------------------------------------------------------------------------------


def test_a_code_of_the_stock_is_handed_to_a_college_without_one(hall):
    third = CollegeFactory(school=hall.world.school)
    code = hand_out_code(user=hall.world.admin, code_id=hall.code_stock.pk, college_id=third.pk, now=hall.now)
    code.refresh_from_db()
    assert (code.state, code.college, code.handed_at) == (State.HANDED_OUT, third, hall.now)


def test_handing_out_is_refused(hall):
    world = hall.world
    third = CollegeFactory(school=world.school)

    def hand_out_to(code, college, user=world.admin):
        hand_out_code(user=user, code_id=code.pk, college_id=college.pk)

    with pytest.raises(ValidationError, match="已有结对码"):
        hand_out_to(hall.code_stock, world.college_a)
    with pytest.raises(ValidationError, match="不能再分配"):
        hand_out_to(hall.code_a, third)
    with pytest.raises(ValidationError, match="没有找到这个学院"):
        hand_out_to(hall.code_stock, world.bh.college_b)
    with pytest.raises(ValidationError, match="没有找到这个结对码"):
        hand_out_to(hall.code_bh, third)
    with pytest.raises(ValidationError, match="没有找到"):
        hand_out_to(hall.code_stock, third, user=world.secretary)


def test_the_suggestion_gives_seven_urban_and_three_suburban_to_ten_colleges(hall):
    PairingCode.objects.all().delete()
    for number in range(8):
        CollegeFactory(school=hall.world.school)
        hall.code(f"U{number:07d}")
        hall.code(f"S{number:07d}", kind="suburban")
    assert hand_out_suggested_codes(user=hall.world.admin, year=hall.world.year) == 10
    handed = PairingCode.objects.filter(state=State.HANDED_OUT)
    assert (handed.filter(kind="urban").count(), handed.filter(kind="suburban").count()) == (7, 3)
    with pytest.raises(ValidationError, match="没有可以分配的"):
        hand_out_suggested_codes(user=hall.world.admin, year=hall.world.year)


def test_the_suggestion_is_the_schools_own_business(hall):
    with pytest.raises(ValidationError, match="只有校团委"):
        hand_out_suggested_codes(user=hall.world.secretary, year=hall.world.year)
    with pytest.raises(ValidationError):
        hand_out_suggested_codes(user=hall.world.bh.admin, year=hall.world.year)
    assert PairingCode.objects.get(pk=hall.code_stock.pk).state == State.STOCK


def test_a_college_reveals_its_own_code_and_everybody_who_saw_it_is_kept(hall):
    world = hall.world
    code = reveal_code(user=world.secretary, college_id=world.college_a.pk)
    assert (code.code, code.revealed_by) == (hall.code_a.code, world.secretary)
    second = make_secretary(world.college_a)
    assert reveal_code(user=second, college_id=world.college_a.pk).revealed_by == second
    seen = code.events.exclude(revealed_by=None).order_by("pgh_id")
    assert list(seen.values_list("revealed_by", flat=True)) == [world.secretary.pk, second.pk]


def test_nobody_reveals_the_code_of_another_college(hall):
    world = hall.world
    for user in (world.secretary_b, world.bh.secretary, world.member, world.liaison):
        with pytest.raises(ValidationError, match="还没有"):
            reveal_code(user=user, college_id=world.college_a.pk)
    assert PairingCode.objects.get(pk=hall.code_a.pk).revealed_at is None


def test_a_code_is_withdrawn_until_it_is_used(hall):
    admin = hall.world.admin
    with pytest.raises(ValidationError, match="原因"):
        withdraw_code(user=admin, code_id=hall.code_a.pk, reason=" ")
    code = withdraw_code(user=admin, code_id=hall.code_a.pk, reason="发错学院")
    assert (code.state, code.college) == (State.RETURNED, None)
    hand_out_code(user=admin, code_id=code.pk, college_id=hall.world.college_a.pk)
    code = withdraw_code(user=admin, code_id=code.pk, reason="市里收回", void=True)
    assert (code.state, code.college) == (State.VOID, None)
    with pytest.raises(ValidationError, match="已作废"):
        withdraw_code(user=admin, code_id=code.pk, reason="再来一次")
    with pytest.raises(ValidationError, match="没有找到"):
        withdraw_code(user=hall.world.bh.admin, code_id=hall.code_b.pk, reason="别校")
    contexts = (
        code.events.exclude(pgh_context=None)
        .order_by("pgh_id")
        .values_list("pgh_context__metadata__reason", flat=True)
    )
    assert list(contexts) == ["发错学院", None, "市里收回"]


def test_a_code_in_stock_is_not_withdrawn_but_may_be_made_void(hall):
    with pytest.raises(ValidationError, match="没有分配"):
        withdraw_code(user=hall.world.admin, code_id=hall.code_stock.pk, reason="没有人拿着")
    assert (
        withdraw_code(user=hall.world.admin, code_id=hall.code_stock.pk, reason="重复", void=True).state
        == State.VOID
    )


def test_a_used_code_is_not_withdrawn(hall):
    PairingCode.objects.filter(pk=hall.code_a.pk).update(state=State.USED)
    with pytest.raises(ValidationError, match="已用于结对"):
        withdraw_code(user=hall.world.admin, code_id=hall.code_a.pk, reason="反悔")


def test_a_code_does_not_name_itself(hall):
    assert hall.code_a.code not in f"{hall.code_a} {hall.code_a!r}"
