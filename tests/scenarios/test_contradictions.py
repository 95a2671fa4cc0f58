"""Random schools with contradicting ledgers and changes over years: the commands agree with a second calculation.

Normally a sample. `SCENARIO_SEEDS=0-150 ./portal test -n 0 tests/scenarios/test_contradictions.py` takes these schools;
the last lines say how many rows were compared.
"""

import os
from datetime import date

import pytest

from members.models import School, ServiceYear
from tests.factories import ServiceYearFactory
from tests.scenarios.answers import COMPARISONS, read_eligibility, read_rates, run_command
from tests.scenarios.contradictions import Contradiction, make_contradiction
from tests.scenarios.files import write_file
from tests.scenarios.reference_of_days import School as Reference

pytestmark = pytest.mark.django_db
NOW = "2026-11-30 12:00 +0800"
SAMPLE = range(16)
END_OF_2018 = date(2018, 12, 31)


def list_seeds() -> list[int]:
    first, _, last = os.environ.get("SCENARIO_SEEDS", "").partition("-")
    return list(range(int(first), int(last) + 1)) if last else list(SAMPLE)


def open_school(case: Contradiction, code: str = "SJ") -> None:
    """Create a school with the two years of the case."""
    run_command("create_school", code, f"{code}大学", year=2018)
    ServiceYearFactory(school=School.objects.get(code=code), year=2026)
    ServiceYear.objects.filter(school__code=code).update(**case.rules)


def import_files(case: Contradiction, folder, code: str = "SJ") -> dict[str, dict]:
    """Import the files in their order; return {label: report}. No row is wrong."""
    reports = {}
    for file in case.files:
        report = run_command(
            "import_file", file.kind, str(write_file(file, folder)), *file.options, school=code
        )
        assert not report["errors"], f"{file.label}: {report['errors'][:3]}"
        reports[file.label] = report
    return reports


def list_questions(case: Contradiction) -> list[tuple[int, date | None, date | None]]:
    """Return (year, --as-of, the day that the answer is about) of each question; None is today."""
    return [(2018, None, END_OF_2018), (2026, None, None), *((day.year, day, day) for day in case.days)]


@pytest.mark.parametrize("seed", list_seeds())
def test_a_school_with_contradictions_has_the_figures_of_the_second_calculation(seed, tmp_path, time_machine):
    time_machine.move_to(NOW)
    case = make_contradiction(seed)
    open_school(case)
    reports = import_files(case, tmp_path)
    reference = Reference(case)
    COMPARISONS.schools += 1
    COMPARISONS.compare(
        {label: reports[label]["missing"] for label in reference.missing}, reference.missing, "missing"
    )
    for year, as_of, day in list_questions(case):
        about = f"{year} as of {as_of}"
        COMPARISONS.compare(
            read_eligibility("SJ", year, as_of),
            reference.compute_eligibility(year, day),
            f"verdicts of {about}",
        )
        rates = {
            unit: figures if isinstance(unit, tuple) else figures[:3]
            for unit, figures in reference.compute_rates(day).items()
        }
        COMPARISONS.compare(read_rates("SJ", year, as_of), rates, f"rates of {about}")
