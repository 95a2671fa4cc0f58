"""manage.py reset_second_factor NUMBER --school CODE --reason TEXT"""

import pghistory
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from members.management.schools import get_school
from members.queries.accounts import find_accounts_by_number
from members.services.safety import reset_second_factor
from members.sheets.xml_text import strip_forbidden


class Command(BaseCommand):
    help = "Reset the second factor of an account, for a school's only admin. The person and the audit log are told."

    def add_arguments(self, parser):
        parser.add_argument("number", help="student or staff number")
        parser.add_argument("--school", required=True, metavar="CODE")
        parser.add_argument("--reason", required=True, help="is shown to the person and in the audit log")

    def handle(self, *, number, **options):
        found = find_accounts_by_number(number, get_school(options["school"]))
        if len(found) != 1:
            raise CommandError(f"学校“{options['school']}”没有账号“{number}”。")
        try:
            with pghistory.context(command="reset_second_factor"):
                reset_second_factor(account=found[0], by=None, reason=options["reason"])
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        name = strip_forbidden(found[0].name)
        self.stdout.write(f"已重置{name}的第二步验证，所有设备已退出登录。")
