"""What commands print may hold text of long ago that no file can carry: it is stripped, as JSON and in a terminal.

In a terminal such text could also move the cursor and write over other lines.
"""

import json
from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from members.models import ImportRun
from members.sheets.xml_text import find_forbidden
from tests.hostile import MARKS, make_old_text
from tests.members.import_files import Kind, make_roster_file, run_import

pytestmark = pytest.mark.django_db

ROSTER = "学号,姓名,学院,团支部,政治面貌\n2018010999,新人,法学院,不存在的支部,不知道\n"


@pytest.fixture
def old(world):
    """The world with hostile text in every text of the tables, and an import that can be undone."""
    row = ("2018010777", "李新人", world.college_a.name, world.a1.name, "共青团员", "")
    run_import(Kind.ROSTER, make_roster_file(row), by=world.admin)
    make_old_text()
    return world


def list_calls(folder) -> dict[str, tuple]:
    """Return the calls of every command that prints something of the tables."""
    return {
        "registration_rates": (),
        "eligibility": ("--year", "2018"),
        "publish_bulletin": ("--on", "2018-10-10"),
        "undo_import": (str(ImportRun.objects.latest("pk").pk), "--dry-run"),
        "import_file": ("roster", str(folder / "roster.csv"), "--dry-run"),
        "recount": (),
        "create_account": ("T7777", "--name", "新老师", "--role", "school_admin"),
        "export": ("roster", str(folder / "out.xlsx")),
    }


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "terminal"])
def test_commands_print_no_hostile_text(old, tmp_path, as_json):
    (tmp_path / "roster.csv").write_text(ROSTER)
    faults, printed = [], 0
    for name, arguments in list_calls(tmp_path).items():
        school = [] if name in ("undo_import", "recount") else ["--school", "JH"]
        out = StringIO()
        with suppress(CommandError):  # the text of long ago is a change after the import
            call_command(name, *arguments, *school, *(["--json"] if as_json else []), stdout=out)
        text = out.getvalue()
        assert text, name
        printed += any("一" <= character <= "龥" for character in text)
        whole = json.dumps(json.loads(text), ensure_ascii=False) if as_json else text
        signs = find_forbidden(whole) or [mark for mark in MARKS if mark in whole] or "\\u00" in whole
        faults += [f"{name}: {signs!r}"] if signs else []
    assert not faults
    assert printed >= 5
