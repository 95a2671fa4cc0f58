"""Reads the answers of the commands about one school, in the shape of the reference, and counts comparisons."""

import json
from datetime import date
from io import StringIO

from django.core.management import call_command

from tests.scenarios.reference_of_days import strip_suffix


class Comparisons:
    """Counts the compared rows: one person's verdict, one unit's rate or one figure of a report is one comparison."""

    schools = 0
    rows = 0

    def compare(self, measured: dict, expected: dict, about: str) -> None:
        """Compare two answers row by row; the message of a failure has only the rows that differ."""
        keys = measured.keys() | expected.keys()
        self.rows += len(keys)
        different = {
            key: {"measured": measured.get(key), "expected": expected.get(key)}
            for key in keys
            if measured.get(key) != expected.get(key)
        }
        assert not different, f"{about}: {different}"


COMPARISONS = Comparisons()


def run_command(command: str, *args, **options) -> dict:
    """Run a command with --json; return what it prints."""
    out = StringIO()
    call_command(command, *args, json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


def read_eligibility(school: str, year: int, day: date | None = None) -> dict:
    """Return {student number: figures} of `eligibility --json`; a day is passed on as --as-of."""
    answer = run_command("eligibility", *_build_as_of(day), school=school, year=year)
    return {
        row["student_no"]: {
            key: row[key] for key in ("registered", "minutes", "excellent", "honour_bar", "honours")
        }
        | {"reasons": [{key: reason[key] for key in ("required", "measured")} for reason in row["reasons"]]}
        for row in answer["members"]
    }


def read_rates(school: str, year: int, day: date | None = None) -> dict:
    """Return {college or (college, branch): [members, registered, rate, below the floor]}.

    Names of branches are without their suffixes. Two branches with one name are an error.
    """
    answer = run_command("registration_rates", *_build_as_of(day), school=school, year=year)
    units: dict = {
        row["college"]: [row["members"], row["registered"], row["rate"]] for row in answer["colleges"]
    }
    for row in answer["branches"]:
        place = (row["college"], strip_suffix(row["branch"]))
        assert place not in units, f"two branches are {place}"
        units[place] = [row["members"], row["registered"], row["rate"], row["below_floor"]]
    return units


def _build_as_of(day: date | None) -> list[str]:
    return ["--as-of", day.isoformat()] if day else []
