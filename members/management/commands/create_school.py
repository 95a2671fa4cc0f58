"""manage.py create_school CODE NAME --year 2018 [--admin NUMBER --admin-name NAME]"""

import pghistory
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from members.management.addresses import add_origin_argument, get_origin
from members.models import Grant, School
from members.permissions import Role
from members.sent_text import dump_json
from members.services.activation import issue_code
from members.services.appointments import appoint_first_admin
from members.services.schools import create_school


class Command(BaseCommand):
    help = (
        "Open a school and a year with the notice's dates and thresholds. A second call changes nothing. With --admin "
        "it also appoints the first admin, and prints the link by which that person sets a password."
    )

    def add_arguments(self, parser):
        parser.add_argument("code", help="short code, follows the @ of usernames: JH")
        parser.add_argument("name", help="full name: 京华大学")
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--admin", metavar="NUMBER", help="staff number of the first school admin")
        parser.add_argument("--admin-name", metavar="NAME", help="name of the first school admin")
        add_origin_argument(parser)
        parser.add_argument(
            "--json", action="store_true", help="the output is always JSON; taken for uniformity"
        )

    def handle(self, *, code, name, year, admin, admin_name, origin, **options):
        if bool(admin) != bool(admin_name):
            raise CommandError("--admin 和 --admin-name 要同时填写。")
        try:
            with pghistory.context(command="create_school"), transaction.atomic():
                school, made = create_school(code=code, name=name, year=year)
                answer = {"school": school.code, "year": year}
                if admin:
                    answer |= self._appoint_admin(school, admin, admin_name, get_origin(origin))
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        if not made:
            self.stderr.write(f"“{school.name}” {year} 年度已存在，未作更改。")
        self._tell_how_to_go_on(school)
        self.stdout.write(dump_json(answer))

    def _appoint_admin(self, school: School, number: str, name: str, origin: str) -> dict[str, str]:
        """Appoint the first admin and issue a link that activates the account once; return what the command prints.

        A new call voids the earlier link.
        """
        grant = appoint_first_admin(school=school, number=number, name=name)
        issued = issue_code(account=grant.user, by=None)
        return {
            "first_admin": grant.user.username,
            "first_admin_link": f"{origin}{issued.address_path}",
            "first_admin_code": issued.code,
        }

    def _tell_how_to_go_on(self, school: School) -> None:
        """Name the command that appoints the first admin, as long as the school has none."""
        held = Grant.objects.active_on(timezone.localdate()).filter(role=Role.SCHOOL_ADMIN, school=school)
        if not held.exists():
            self.stderr.write(
                "还没有校团委管理员。请执行："
                f"manage.py create_account 工号 --school {school.code} --name 姓名 --role school_admin"
            )
