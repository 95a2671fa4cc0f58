"""manage.py publish_bulletin [--on 2018-10-12] [--school CODE] [--json]"""

from argparse import ArgumentTypeError
from datetime import date

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.management.schools import add_school_argument, get_school
from members.sent_text import dump_json
from members.sheets.xml_text import strip_forbidden
from reports.models import Bulletin
from reports.services.bulletins import describe_earlier_issue, publish_bulletin


class Command(BaseCommand):
    help = (
        "Publish the bulletin of a due date with the figures of now. Run again it prints the issue that stands, "
        "unchanged. A date without an issue is refused: exit code 1, the reason on stderr, and with --json also "
        'on stdout as {"error": …}.'
    )

    def add_arguments(self, parser):
        parser.add_argument("--on", type=parse_day, metavar="YYYY-MM-DD", help="default: today")
        add_school_argument(parser)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, on, school, **options):
        asked_at = timezone.now()
        try:
            issue = publish_bulletin(school=get_school(school), on=on or timezone.localdate(asked_at))
        except ValidationError as refusal:
            reason = " ".join(refusal.messages)
            if options["json"]:
                self.stdout.write(dump_json({"error": reason}))
            raise CommandError(reason) from refusal
        issue = Bulletin.objects.with_figures().get(pk=issue.pk)
        if options["json"]:
            self.stdout.write(dump_json(_bulletin_to_json(issue)))
        else:
            self.stdout.write(
                strip_forbidden(_format_bulletin(issue, describe_earlier_issue(issue, asked_at)))
            )


def parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}”不是有效的日期，应为 2018-10-12 这样的形式。") from error


def _bulletin_to_json(issue: Bulletin) -> dict:
    return {
        "school": issue.school.code,
        "number": issue.number,
        "due_on": issue.due_on.isoformat(),
        "as_of": timezone.localtime(issue.as_of).isoformat(),
        "kind": issue.kind,
        "members": issue.members,
        "registered": issue.registered,
        "rate": issue.rate.percent,
        "lines": [
            {
                "college": line.college_name,
                "members": line.members,
                "registered": line.registered,
                "reported": line.reported,
                "rate": line.rate.percent,
                "rank": line.rank,
                # People, and percentage points; null in a first issue.
                "change": line.change and line.change.registered,
                "change_points": line.change and line.change.points_number,
            }
            for line in issue.lines.all()
        ],
        "branches_below": [
            {
                "college": branch.line.college_name,
                "branch": branch.branch_name,
                "members": branch.members,
                "registered": branch.registered,
                "rate": branch.rate.percent,
            }
            for branch in issue.below_floor
        ],
    }


def _format_bulletin(issue: Bulletin, before: str) -> str:
    rows = [
        f"{line.rank or '—':>4}  {line.college_name}  {line.registered}/{line.members}  {line.rate.text}"
        for line in issue.lines.all()
    ]
    head = f"{issue}：{issue.registered}/{issue.members}，{issue.rate.text}，低于底线的团支部 {issue.branches_below} 个"
    return "\n".join(filter(None, [before, head, *rows]))
