"""manage.py registration_rates [--year 2018] [--school CODE] [--json]"""

import json
from typing import Any

from django.core.management.base import BaseCommand

from members.management.schools import add_school_argument, school_meant, year_meant
from members.models import Branch
from members.queries.rates import branch_rates, college_rates
from members.rules import Rate
from reports.queries.rollover import people_as_of


class Command(BaseCommand):
    help = (
        "Registration rates of now by college and branch, judged by the floor of the year. Percent, rounded down. "
        "A year that was rolled over counts the people who were members then."
    )

    def add_arguments(self, parser):
        parser.add_argument("--year", type=int, help="default: the year of today, else the latest")
        add_school_argument(parser)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, year, school, **options):
        meant = school_meant(school)
        service_year = year_meant(meant, year)
        asked: dict[str, Any] = {
            "floor_percent": service_year.floor_percent,
            "people_as_of": people_as_of(service_year),
        }
        branches = Branch.objects.filter(college__school=meant)
        colleges = [
            {"college": row.college, **_figures(row.rate)} for row in college_rates(branches, **asked)
        ]
        rows = [
            {
                "college": row.college,
                "branch": row.branch,
                **_figures(row.rate),
                "below_floor": row.rate.below_floor,
            }
            for row in branch_rates(branches, **asked)
        ]
        answer = {"colleges": colleges, "branches": rows}
        self.stdout.write(
            json.dumps(answer, ensure_ascii=False)
            if options["json"]
            else _table(answer, service_year.floor_percent)
        )


def _figures(rate: Rate) -> dict:
    return {
        "members": rate.members,
        "registered": rate.registered,
        "reported": rate.reported,
        "rate": rate.percent,
    }


def _table(answer: dict, floor: int) -> str:
    def line(*names: str, row: dict) -> str:
        rate = "不适用" if row["rate"] is None else f"{row['rate']:.2f}"
        below = f"  低于{floor}%" if row.get("below_floor") else ""
        return f"{' '.join(names)}  {row['registered']}/{row['members']}  {rate}{below}"

    return "\n".join(
        [
            *(line(row["college"], row=row) for row in answer["colleges"]),
            "",
            *(line(row["college"], row["branch"], row=row) for row in answer["branches"]),
        ]
    )
