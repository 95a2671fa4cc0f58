"""manage.py recount [--school CODE] [--repair] [--json]"""

from django.core.management.base import BaseCommand, CommandError

from activities.services.counting import check_school
from members.management.schools import get_school
from members.models import School
from members.sent_text import dump_json


class Command(BaseCommand):
    help = (
        "Counts all records of hours anew and compares the answer with what is stored. Exits with 1 where they "
        "differ; --repair writes the answer of the rule."
    )

    def add_arguments(self, parser):
        parser.add_argument("--school", metavar="CODE", help="default: every school")
        parser.add_argument("--repair", action="store_true", help="write what the rule says")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, school, repair, **options):
        schools = [get_school(school)] if school else School.objects.order_by("pk")
        found = [(each, check_school(each, repair=repair)) for each in schools]
        different = sum(len(check.stale) for _, check in found)
        answer = {
            "schools": [
                {
                    "school": each.code,
                    "records": check.records,
                    "differences": [vars(row) for row in check.stale],
                }
                for each, check in found
            ],
            "differences": different,
            "repaired": repair,
        }
        self.stdout.write(dump_json(answer) if options["json"] else _format_answer(answer))
        if different:
            raise CommandError(f"{different} 条记录的计入时长与规则不一致{'，已改正' if repair else ''}。")


def _format_answer(answer: dict) -> str:
    lines = []
    for school in answer["schools"]:
        lines.append(f"{school['school']}  {school['records']} 条记录  {len(school['differences'])} 处不一致")
        lines += [
            f"  记录 {row['record_id']}  现有 {row['stored']}  应为 {row['expected']}"
            for row in school["differences"]
        ]
    return "\n".join(lines)
