"""二(二), 四.3 on the sample files of 京华大学: the command gives the expected verdict on everybody."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from members.services.schools import create_school
from tests.members.import_files import run_import_command

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
FILES = {
    "团员花名册.xlsx": "roster",
    "志愿北京_志愿者名单.xlsx": "volunteers",
    "北京共青团_时长明细.xlsx": "hours",
    "志愿北京_时长明细.csv": "hours",
}
MEMBERS = ("团员", "中共预备党员")

pytestmark = [
    pytest.mark.skipif(not (DATA / "expected.json").exists(), reason=f"the sample files are not at {DATA}"),
    pytest.mark.django_db,
]


def test_who_may_be_excellent_and_which_branches_are_barred_is_what_the_files_say():
    expected = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    create_school(code="JH", name="京华大学", year=2018)
    for name, kind in FILES.items():
        run_import_command(kind, DATA / name, school="JH")
    out = StringIO()
    call_command("eligibility", "--school", "JH", "--year", "2018", "--json", stdout=out)
    said = json.loads(out.getvalue())

    people = {number: row for number, row in expected["people"].items() if row["stage"] in MEMBERS}
    assert {row["student_no"]: (row["registered"], row["minutes"]) for row in said["members"]} == {
        number: (row["registered"], row["league_minutes_2018"]) for number, row in people.items()
    }
    able = {
        number
        for number, row in people.items()
        if row["registered"] and row["league_minutes_2018"] >= 20 * 60
    }
    assert {row["student_no"] for row in said["members"] if row["excellent"]} == able
    assert len(able) == expected["eligible_excellent"]
    assert {row["student_no"] for row in said["members"] if not row["honour_bar"]} == able
    assert sorted([row["college"], row["branch"]] for row in said["branches"] if row["honour_bar"]) == sorted(
        row[:2] for row in expected["branches_below_95"]
    )
