"""Puts a school of `contradictions` into the portal by commands, and compares all answers with the second calculation."""

from datetime import date
from pathlib import Path

from members.models import School, ServiceYear
from tests.factories import ServiceYearFactory
from tests.scenarios.answers import COMPARISONS, read_eligibility, read_rates, run_command
from tests.scenarios.contradictions import Contradiction
from tests.scenarios.files import write_file
from tests.scenarios.generator import File
from tests.scenarios.reference_of_days import School as Reference

NOW = "2026-11-30 12:00 +0800"
END_OF_2018 = date(2018, 12, 31)


def open_school(case: Contradiction, code: str = "SJ") -> None:
    """Create a school with the two years of the case."""
    run_command("create_school", code, f"{code}大学", year=2018)
    ServiceYearFactory(school=School.objects.get(code=code), year=2026)
    ServiceYear.objects.filter(school__code=code).update(**case.rules)


def import_file(file: File, folder: Path, code: str = "SJ") -> dict:
    """Import one file; return the report. No row of these files is wrong."""
    path = write_file(file, folder)
    report = run_command("import_file", file.kind, str(path), *file.options, school=code)
    assert not report["errors"], f"{file.label}: {report['errors'][:3]}"
    return report


def compare_answers(case: Contradiction, reference: Reference, code: str = "SJ") -> None:
    """Compare verdicts and rates of the closed year, of today and of three past days."""
    COMPARISONS.schools += 1
    for year, as_of, day in list_questions(case):
        about = f"{year} as of {as_of}"
        COMPARISONS.compare(
            read_eligibility(code, year, as_of),
            reference.compute_eligibility(year, day),
            f"verdicts of {about}",
        )
        rates = {
            unit: figures if isinstance(unit, tuple) else figures[:3]
            for unit, figures in reference.compute_rates(day).items()
        }
        COMPARISONS.compare(read_rates(code, year, as_of), rates, f"rates of {about}")


def list_questions(case: Contradiction) -> list[tuple[int, date | None, date | None]]:
    """Return (year, --as-of, the day that the answer is about) of each question; None is today."""
    return [(2018, None, END_OF_2018), (2026, None, None), *((day.year, day, day) for day in case.days)]
