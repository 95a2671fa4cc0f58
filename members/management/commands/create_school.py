"""manage.py create_school CODE NAME --year 2018"""

import json

import pghistory
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from members.services.schools import create_school


class Command(BaseCommand):
    help = "Open a school and a year with the notice's dates and thresholds. A second call changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("code", help="short code, follows the @ of usernames: JH")
        parser.add_argument("name", help="full name: 京华大学")
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument(
            "--json", action="store_true", help="the output is always JSON; taken for uniformity"
        )

    def handle(self, *, code, name, year, **options):
        try:
            with pghistory.context(command="create_school"):
                school, made = create_school(code=code, name=name, year=year)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        if not made:
            self.stderr.write(f"“{school.name}” {year} 年度已存在，未作更改。")
        self.stdout.write(json.dumps({"school": school.code, "year": year}, ensure_ascii=False))
