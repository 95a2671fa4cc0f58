"""manage.py roll_over YEAR [--school CODE] [--graduates 2014级,2015级] [--dry-run] [--json]"""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.management.schools import add_school_argument, get_school, get_year
from members.resources.roster import clean_grade
from members.sent_text import dump_json
from reports.services.rollover import list_groups_of_year, preview_rollover, roll_over


class Command(BaseCommand):
    help = (
        "Roll a year that is over into the next one (三(五)): the next year with the rules of this one, pairings "
        "carried, open items listed, grades archived as graduates. Once a year; to let a pairing end, use the page."
    )

    def add_arguments(self, parser):
        parser.add_argument("year", type=int)
        add_school_argument(parser)
        parser.add_argument(
            "--graduates", metavar="GRADES", default="", help="grades as the roster has them, by comma"
        )
        parser.add_argument("--dry-run", action="store_true", help="print what would happen, write nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, year, school, graduates, dry_run, **options):
        meant = get_year(get_school(school), year)
        known = {group.key for group in list_groups_of_year(meant, timezone.now())} if graduates else set()
        asked = [grade.strip() for grade in graduates.split(",") if grade.strip()]
        grades = [grade if grade in known else clean_grade(grade) for grade in asked]
        try:
            answer = (
                _preview_to_json(meant)
                if dry_run
                else _rollover_to_json(roll_over(user=None, year=meant, graduates=grades))
            )
        except ValidationError as refusal:
            raise CommandError("；".join(refusal.messages)) from refusal
        self.stdout.write(dump_json(answer) if options["json"] else _format_rollover(answer))


def _preview_to_json(year) -> dict:
    found = preview_rollover(year)
    return {
        "year": year.year,
        "problem": found.problem,
        "items": [item.to_json() for item in found.items],
        "grades": [{"grade": group.key, "people": group.people} for group in found.groups],
    }


def _rollover_to_json(rollover) -> dict:
    grades = [{"grade": group["key"], "people": group["people"]} for group in rollover.graduates]
    return {"year": rollover.year.year, "problem": "", "items": rollover.items, "grades": grades}


def _format_rollover(answer: dict) -> str:
    lines = [answer["problem"]] if answer["problem"] else []
    lines += [f"{item['label']}  {item['count']} {item['unit']}  {item['why']}" for item in answer["items"]]
    lines += [f"{group['grade']}  {group['people']} 人" for group in answer["grades"]]
    return "\n".join(lines)
