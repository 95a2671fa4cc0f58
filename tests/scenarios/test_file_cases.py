"""Oddities of real files give what a person sees in them, by the commands alone.

The cases lie outside the repository (`../shared/cases`, as `data/` of the sample tests); without them nothing runs here.
"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from activities.models import ServiceRecord
from members.models import ImportRow, ImportRun, Member, Street, VolunteerRecord
from pairing.models import PairingCode

CASES = Path(__file__).parents[3] / "shared" / "cases"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not CASES.exists(), reason="the cases are not beside the checkout"),
]


def list_cases() -> list:
    path = CASES / "files.json"
    cases = json.loads(path.read_text()) if path.exists() else []
    return [pytest.param(case, id=case["id"]) for case in cases]


def run_command(command: str, *args, **options) -> dict:
    out = StringIO()
    call_command(command, *args, json=True, school="JH", stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


class Outcome:
    """What an import of a case's file left: the report, or the refusal, and the rows of the run."""

    def __init__(self, case: dict, folder: Path, people: Path = CASES / "files" / "people.csv"):
        call_command("create_school", "JH", "京华大学", year=2018, stdout=StringIO())
        run_command("import_file", "roster", str(people))
        self.kind, self.refusal, self.report = case["kind"], "", {}
        options = {"rejects": folder / "rejects.xlsx"}
        try:
            self.report = run_command(
                "import_file", case["kind"], str(CASES / "files" / case["file"]), **options
            )
        except CommandError as error:
            self.refusal = str(error)
        run = ImportRun.objects.filter(kind=case["kind"]).order_by("pk").last() if self.report else None
        self.rows = list(run.rows.order_by("position")) if run else []
        self.errors = {error["row"]: error["reason"] for error in self.report.get("errors", [])}
        self.warnings = self.report.get("warnings", [])

    def find_row(self, number: int) -> ImportRow | None:
        return next((row for row in self.rows if row.number == number), None)

    def get_value(self, row: ImportRow, field: str) -> str:
        if field == "status":
            return row.status
        value = row.data.get(field)
        return "" if value is None else str(value)

    def list_accepted(self) -> list[ImportRow]:
        return [row for row in self.rows if row.status not in ("error", "")]


def fits(outcome: Outcome, number: int, wanted) -> bool:
    """Return whether a row of the sheet is as wanted: fields, "error", "skip", or one of several of these."""
    if isinstance(wanted, list):
        return any(fits(outcome, number, one) for one in wanted)
    row = outcome.find_row(number)
    if wanted == "skip":
        return row is None
    if wanted == "error":
        return number in outcome.errors and bool(outcome.errors[number])
    accepted = row is not None and row.status != "error"
    if wanted == {"status": "new"}:
        # The row registers its person, whom the roster has: accepted and matched.
        return accepted and row.status == "new"
    return accepted and all(outcome.get_value(row, field) == str(value) for field, value in wanted.items())


def read_stored(field: str) -> set[str]:
    """Return the values that the portal now has in a field, of whichever kind."""
    members = Member.objects.all()
    found = {
        "name": [members.values_list("name", flat=True), Street.objects.values_list("name", flat=True)],
        "student_no": [members.values_list("student_no", flat=True)],
        "branch": [members.values_list("branch__name", flat=True)],
        "volunteer_no": [
            members.values_list("volunteer_no", flat=True),
            VolunteerRecord.objects.values_list("volunteer_no", flat=True),
        ],
        "code": [PairingCode.objects.values_list("code", flat=True)],
        "title": [ServiceRecord.objects.values_list("title", flat=True)],
    }
    return {str(value) for values in found[field] for value in values}


def count_minutes() -> dict[str, int]:
    rows = run_command("eligibility", year=2018)["members"]
    return {row["student_no"]: row["minutes"] for row in rows}


def has_notice(outcome: Outcome, expect: dict, *numbers: int) -> bool:
    """Return whether a warning may stand for a right row, and names it."""
    return expect.get("notice") == "may" and any(
        str(number) in warning for number in numbers for warning in outcome.warnings
    )


def check_case(outcome: Outcome, expect: dict) -> None:
    """Compare all that the case expects; an expectation that nobody compares is an error of the case."""
    expect = dict(expect)
    refused = expect.pop("refused", False)
    if outcome.refusal:
        assert refused, outcome.refusal
        return
    assert refused is not True, "the file should be refused"
    for number, wanted in expect.pop("rows", {}).items():
        assert fits(outcome, int(number), wanted) or has_notice(outcome, expect, int(number)), (
            number,
            wanted,
            outcome.report,
        )
    for field, values in expect.pop("not_data", {}).items():
        carried = {outcome.get_value(row, field) for row in outcome.list_accepted()}
        assert not (carried | read_stored(field)) & set(values) or has_notice(outcome, expect, 2)
    check_people(outcome, expect)
    if "hidden_row" in expect:
        number = expect.pop("hidden_row")
        row = outcome.find_row(number)
        named = any("隐藏" in warning and str(number) in warning for warning in outcome.warnings)
        assert row is None or row.status == "error" or named
    if "reason_has" in expect:
        words = expect.pop("reason_has")
        told = " ".join(outcome.errors.values())
        assert not outcome.errors or all(word in told for word in words), told
    expect.pop("notice", None)
    assert not expect, f"nobody compares {expect}"


def check_people(outcome: Outcome, expect: dict) -> None:
    texts = json.dumps([[row.original, row.data, row.reason] for row in outcome.rows], ensure_ascii=False)
    texts += json.dumps(outcome.report, ensure_ascii=False)
    assert [text for text in expect.pop("not_stored", []) if text in texts] == []
    registered = {person.student_no for person in Member.objects.all() if person.is_registered}
    assert registered & set(expect.pop("not_registered", [])) == set()
    known = set(Member.objects.values_list("student_no", flat=True))
    assert set(expect.pop("people", [])) <= known, (outcome.refusal, outcome.errors)
    measured = count_minutes()
    for number, minutes in expect.pop("minutes", {}).items():
        assert measured[number] == minutes
    for number, most in expect.pop("minutes_max", {}).items():
        assert measured[number] <= most
    for number, values in expect.pop("minutes_in", {}).items():
        assert measured[number] in values


@pytest.mark.parametrize("case", list_cases())
def test_an_odd_file_gives_what_a_person_sees_in_it(case, tmp_path):
    check_case(Outcome(case, tmp_path), case["expect"])
