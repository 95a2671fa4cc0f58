"""manage.py registration_rates [--year 2018] [--as-of 2018-10-12] [--school CODE] [--json]"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from members.management.schools import add_as_of_argument, add_school_argument, get_school, get_year
from members.models import Branch
from members.queries.rates import compute_branch_rates, compute_college_rates
from members.rules import Rate
from members.sent_text import dump_json
from members.sheets.xml_text import strip_forbidden
from reports.queries.eligibility import get_day_asked


class Command(BaseCommand):
    help = (
        "Registration rates by college and branch, judged by the floor of the year. Percent, rounded down. People and "
        "registrations of today; of a year that is over those of its 31 December; with --as-of those of that day."
    )

    def add_arguments(self, parser):
        parser.add_argument("--year", type=int, help="default: the year of today, else the latest")
        add_as_of_argument(parser)
        add_school_argument(parser)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, year, school, as_of, **options):
        meant = get_school(school)
        service_year = get_year(meant, year, day=as_of)
        day = get_day_asked(service_year, as_of)
        asked: dict[str, Any] = {
            "floor_percent": service_year.floor_percent,
            "day": day,
        }
        branches = Branch.objects.filter(college__school=meant)
        colleges = [
            {"college": row.college, **_rate_to_json(row.rate)}
            for row in compute_college_rates(branches, **asked)
        ]
        rows = [
            {
                "college": row.college,
                "branch": row.branch,
                **_rate_to_json(row.rate),
                "below_floor": row.rate.below_floor,
            }
            for row in compute_branch_rates(branches, **asked)
        ]
        answer = {"as_of": (day or timezone.localdate()).isoformat(), "colleges": colleges, "branches": rows}
        self.stdout.write(
            dump_json(answer)
            if options["json"]
            else strip_forbidden(_format_rates(answer, service_year.floor_percent))
        )


def _rate_to_json(rate: Rate) -> dict:
    return {
        "members": rate.members,
        "registered": rate.registered,
        "reported": rate.reported,
        "rate": rate.percent,
    }


def _format_rates(answer: dict, floor: int) -> str:
    def format_line(*names: str, row: dict) -> str:
        rate = "不适用" if row["rate"] is None else f"{row['rate']:.2f}"
        below = f"  低于{floor}%" if row.get("below_floor") else ""
        return f"{' '.join(names)}  {row['registered']}/{row['members']}  {rate}{below}"

    return "\n".join(
        [
            f"截至 {answer['as_of']}",
            "",
            *(format_line(row["college"], row=row) for row in answer["colleges"]),
            "",
            *(format_line(row["college"], row["branch"], row=row) for row in answer["branches"]),
        ]
    )
