"""manage.py seed_demo [--today YYYY-MM-DD] [--if-empty] [--json]"""

import gc
import json
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.models import School
from members.permissions import Role
from members.rules import BEIJING
from reports.demo.accounts import PASSWORD, list_accounts_to_show
from reports.demo.organisation import CODE, NAME
from reports.demo.services import seed


class Command(BaseCommand):
    help = "Fill an empty database with an invented school: about 2,000 people, a live year, an account per role."

    def add_arguments(self, parser):
        parser.add_argument("--today", type=date.fromisoformat, metavar="YYYY-MM-DD", help="default: today")
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="where there is a school already, change nothing and only print the demo's accounts, if any",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *, today, if_empty, **options):
        if settings.PRODUCTION:
            raise CommandError("生产环境不能写入演示数据。")
        seeded = not (if_empty and School.objects.exists())
        if seeded:
            self.fill(today)
        school = School.objects.filter(code=CODE, name=NAME).first()
        accounts = list_accounts_to_show(school, just_made=seeded) if school else []
        if options["json"]:
            self.stdout.write(json.dumps(_build_answer(seeded, school, accounts), ensure_ascii=False))
            return
        for account in _build_answer(seeded, school, accounts)["accounts"]:
            self.stdout.write(f"{account['role']}\t{account['number']}\t{account['name']}\t{PASSWORD}")

    def fill(self, today: date | None) -> None:
        """Fill the portal; on a given day at eight in the evening, today at the current time."""
        now = timezone.now()
        if today and today != timezone.localdate(now):
            now = datetime.combine(today, time(20, tzinfo=ZoneInfo(BEIJING)))
        gc.disable()  # hundreds of thousands of objects, hardly a cycle: the search takes a tenth of the time
        try:
            seed(today=timezone.localdate(now), now=now)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        finally:
            gc.enable()


def _build_answer(seeded: bool, school: School | None, accounts: list) -> dict:
    return {
        "seeded": seeded,
        "school": school and school.code,
        "people": school.members.count() if school else 0,
        "bulletins": school.bulletins.count() if school else 0,
        "accounts": [
            {"number": user.number, "name": user.name, "role": _get_role_label(user), "password": PASSWORD}
            for user in accounts
        ],
    }


def _get_role_label(user) -> str:
    """Return the label of the highest role held; a secretary of a branch is a member too."""
    held = {grant.role for grant in user.active_grants}
    return next((role.label for role in Role if role in held), "—")
