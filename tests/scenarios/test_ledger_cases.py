"""Contradictions of ledgers, rosters and lists give the figures that requirements §3 demands, by the commands alone."""

import itertools
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from members.models import Member, ServiceYear
from tests.members.sheet_files import make_csv_text, make_xlsx
from tests.scenarios.case_files import Case, Step
from tests.scenarios.clash_cases import CLASH_CASES
from tests.scenarios.moved_cases import MOVED_CASES
from tests.scenarios.people_cases import PEOPLE_CASES

pytestmark = pytest.mark.django_db
CASES = (*MOVED_CASES, *CLASH_CASES, *PEOPLE_CASES)
FORMS = {
    "xlsx": lambda lines: make_xlsx(*lines),
    "csv": lambda lines: make_csv_text(*lines).encode("gb18030"),
}


def run_command(command: str, *args, **options) -> dict:
    out = StringIO()
    call_command(command, *args, json=True, school="JH", stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


def import_step(step: Step, form: str, folder) -> dict:
    """Import one file of the case in one of the two formats; return the report of the command."""
    path = folder / f"{step.kind}.{form}"
    path.write_bytes(FORMS[form]([step.header, *step.rows]))
    return run_command("import_file", step.kind, str(path), *step.options)


def import_case(case: Case, form: str, folder) -> list[dict]:
    """Create the school and import the files in their order; return the reports of those that went in.

    A case that expects a refusal expects it of its last file.
    """
    call_command("create_school", "JH", "京华大学", year=2018, stdout=StringIO())
    ServiceYear.objects.filter(school__code="JH").update(**case.rules)
    refused = case.expect.get("refused")
    steps = case.steps[:-1] if refused else case.steps
    reports = [import_step(step, form, folder) for step in steps]
    if refused:
        with pytest.raises(CommandError, match=refused):
            import_step(case.steps[-1], form, folder)
    return reports


def read_people(field: str) -> dict:
    return dict(Member.objects.filter(school__code="JH").values_list("student_no", field))


def read_branches() -> dict[str, list]:
    """Return {college/branch: [members, registered, below the floor]} of branches with people.

    The suffixes of a name say nothing. Both commands must say the same.
    """
    answers = []
    for command in ("eligibility", "registration_rates"):
        answers.append(
            {
                f"{row['college']}/{row['branch'].removesuffix('支部').removesuffix('团')}": [
                    row["members"],
                    row["registered"],
                    row["below_floor"],
                ]
                for row in run_command(command, year=2018)["branches"]
                if row["members"]
            }
        )
    assert answers[0] == answers[1]
    return answers[0]


def read_verdicts(field: str) -> dict:
    rows = run_command("eligibility", year=2018)["members"]
    return {row["student_no"]: row[field] for row in rows}


def check_minutes(expected: dict) -> None:
    measured = read_verdicts("minutes")
    for number, wanted in expected.items():
        if wanted == "absent":
            assert number not in measured
        else:
            low, high = wanted if isinstance(wanted, tuple) else (wanted, wanted)
            assert low <= measured[number] <= high


def check_last(report: dict, expected: dict) -> None:
    measured = report | {"errors": len(report["errors"])}
    assert {key: measured[key] for key in expected} == expected


def check_branches(expected: dict) -> None:
    measured = read_branches()
    if "*" in expected:
        measured = {"*" if len(measured) == 1 else "several": value for value in measured.values()}
    assert measured == expected


def check_people(field: str, expected: dict) -> None:
    measured = read_people(field)
    assert {
        number: None if measured[number] is None else str(measured[number]) for number in expected
    } == expected


def check_case(case: Case, reports: list[dict]) -> None:
    """Compare all that the case expects; an expectation that nobody compares is an error of the case."""
    expect = dict(case.expect)
    expect.pop("refused", None)
    if expect.pop("no_errors", False):
        assert [report["errors"] for report in reports] == [[]] * len(reports)
    if "last" in expect:
        check_last(reports[-1], expect.pop("last"))
    if "minutes" in expect:
        check_minutes(expect.pop("minutes"))
    if "registered" in expect:
        wanted = expect.pop("registered")
        measured = read_verdicts("registered")
        assert {number: measured[number] for number in wanted} == wanted
    if "branch" in expect:
        check_branches(expect.pop("branch"))
    for name in ("stage", "state", "phone", "registered_on"):
        if name in expect:
            check_people(name, expect.pop(name))
    assert not expect, f"nobody compares {expect}"


def list_cases() -> list:
    """Return each case with one of the two formats in turn."""
    return [
        pytest.param(case, form, id=f"{case.name}, {form}")
        for case, form in zip(CASES, itertools.cycle(FORMS), strict=False)
    ]


@pytest.mark.parametrize(("case", "form"), list_cases())
def test_contradicting_files_give_what_the_requirements_demand(case, form, tmp_path):
    check_case(case, import_case(case, form, tmp_path))
