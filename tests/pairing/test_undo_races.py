"""Undoing an import while somebody builds on it: one of the two is refused with a reason, and nothing is half done."""

from datetime import date
from functools import partial

import pghistory
import pytest
from django.core.exceptions import ValidationError

from members.forms.seen import ConflictError
from members.models import Branch, ImportRun, Member
from members.permissions import Role
from members.services.appointments import Choice, appoint
from members.services.people import edit_member
from members.transfer.services import imports
from pairing.models import PairingCode
from pairing.services.codes import hand_out_code
from tests.members.import_files import Kind, get_person, make_roster_file, make_roster_row, run_import
from tests.members.overlapping import run_overlapping
from tests.members.sheet_files import make_xlsx
from tests.members.undoing import compare_tables, read_tables
from tests.pairing.conftest import Hall

pytestmark = pytest.mark.django_db(transaction=True)
NEW = ("2018010099", "欧阳新", "法学院", "全新团支部", "共青团员", "13900000099")


def build_cases(hall: Hall) -> dict:
    """Return {name: (the import, what somebody builds on it)}."""
    admin = hall.world.admin
    return {
        "edit": lambda: _prepare_edit(admin, {"phone": "13912345678"}),
        "move": lambda: _prepare_move(hall.world, admin),
        "appoint": lambda: _prepare_appointment(admin),
        "code": lambda: _prepare_code(hall, admin),
        "edit_changed": lambda: _prepare_edit_of_known(hall.world, admin),
    }


def _import_new(admin) -> tuple[ImportRun, Member]:
    run = run_import(Kind.ROSTER, make_roster_file(NEW), by=admin)
    return run, get_person(admin.school, NEW[0])


def _edit(admin, person: Member, values: dict):
    """Edit as the form does that has shown the person's phone."""
    shown = Member.objects.get(pk=person.pk).phone

    def require_unchanged(row: Member) -> None:
        if row.phone != shown:
            raise ConflictError

    return partial(_save, admin, person, values, require_unchanged)


def _save(admin, person: Member, values: dict, require_unchanged):
    with pghistory.context(user=admin.pk):
        return edit_member(
            user=admin, member_id=person.pk, values=values, reason="核对", unchanged=require_unchanged
        )


def _prepare_edit(admin, values: dict):
    run, person = _import_new(admin)
    return run, _edit(admin, person, values)


def _prepare_move(world, admin):
    run, _ = _import_new(admin)
    branch = Branch.objects.get(name="全新团支部")
    return run, _edit(admin, world.missing, {"branch": branch})


def _prepare_edit_of_known(world, admin):
    row = make_roster_row(world.missing, branch=world.a2.name, phone="13911112222")
    run = run_import(Kind.ROSTER, make_roster_file(row), by=admin)
    return run, _edit(admin, world.missing, {"grade": "2017"})


def _prepare_appointment(admin):
    run, person = _import_new(admin)
    choice = Choice(person, Role.BRANCH_SECRETARY, person.branch)

    def work():
        with pghistory.context(user=admin.pk):
            return appoint(by=admin, choice=choice, starts_on=date(2018, 9, 1), ends_on=date(2030, 8, 31))

    return run, work


def _prepare_code(hall, admin):
    run = run_import("codes", make_xlsx(("申请结对码", "类型"), ("NEW10001", "城区")), by=admin)
    code = PairingCode.objects.get(code="NEW10001")
    college = hall.world.college_a
    PairingCode.objects.filter(college=college).delete()

    def work():
        with pghistory.context(user=admin.pk):
            return hand_out_code(user=admin, code_id=code.pk, college_id=college.pk)

    return run, work


def prepare_undo(run: ImportRun, admin):
    return partial(imports.undo_run, run_id=run.pk, user=admin)


CASES = ("edit", "move", "appoint", "code", "edit_changed")


@pytest.mark.parametrize("case", CASES)
def test_the_undoing_waits_for_what_is_built_and_is_refused(hall, case):
    run, build = build_cases(hall)[case]()
    built, undone = run_overlapping(build, prepare_undo(run, hall.world.admin))
    assert not isinstance(built, Exception), built
    assert isinstance(undone, ValidationError), undone
    assert "不能撤销" in undone.messages[0]
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE


@pytest.mark.parametrize("case", CASES)
def test_what_comes_after_the_undoing_is_refused_in_words(hall, case):
    run, build = build_cases(hall)[case]()
    undone, built = run_overlapping(prepare_undo(run, hall.world.admin), build)
    assert not isinstance(undone, Exception), undone
    assert isinstance(built, ValidationError), built
    run.refresh_from_db()
    assert run.state == ImportRun.State.UNDONE


def test_two_undoings_at_once_are_one(hall):
    before = read_tables()
    run, _ = _import_new(hall.world.admin)
    first, second = run_overlapping(*[prepare_undo(run, hall.world.admin)] * 2)
    assert not isinstance(first, Exception)
    assert isinstance(second, ValidationError)
    assert "已撤销" in second.messages[0]
    assert compare_tables(before, read_tables()) == {}


# --- codes ---------------------------------------------------------------------------------------------------


def test_codes_go_and_change_back(hall):
    before = read_tables()
    rows = ("NEW10001", "城区"), (hall.code_stock.code, "郊区")
    run = run_import("codes", make_xlsx(("申请结对码", "类型"), *rows), by=hall.world.admin)
    assert (run.figures["new"], run.figures["changed"]) == (1, 1)
    imports.undo_run(run_id=run.pk, user=hall.world.admin)
    assert compare_tables(before, read_tables()) == {}


def test_a_code_that_a_college_has_is_built_on_and_not_named(hall):
    run, hand_out = _prepare_code(hall, hall.world.admin)
    hand_out()
    (built,) = imports.plan_undo(run=run).built_on
    assert "已分配" in built.text
    assert "NEW10001" not in built.text
