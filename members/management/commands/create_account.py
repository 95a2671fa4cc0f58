"""manage.py create_account NUMBER --school CODE --name NAME [--role ROLE and where]"""

from datetime import date

import pghistory
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from members.models import Branch, College, Member, School, Street, User
from members.models.accounts import build_username
from members.permissions import Role
from members.sent_text import dump_json
from members.services import accounts
from members.services.safety import note_password_set
from members.sheets.cells import tidy_number
from members.sheets.xml_text import strip_forbidden


class Command(BaseCommand):
    help = "Open an account, with a role if one is named. The password is printed once and kept nowhere."

    def add_arguments(self, parser):
        parser.add_argument("number", help="student or staff number")
        parser.add_argument("--school", required=True, metavar="CODE")
        parser.add_argument("--name", help="may be left out for a person of the roster")
        parser.add_argument("--role", choices=list(accounts.PLACES))
        parser.add_argument("--college", metavar="NAME")
        parser.add_argument("--branch", metavar="NAME", help="with --college where the name is not unique")
        parser.add_argument("--street", metavar='"DISTRICT NAME"', help='"海淀区 清河街道"')
        parser.add_argument("--starts", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--ends", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, number, **options):
        try:
            with pghistory.context(command="create_account"), transaction.atomic():
                answer = self.open_account(number, options)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        if options["json"]:
            self.stdout.write(dump_json(answer))
            return
        for label, value in zip(("账号", "姓名", "角色", "范围", "密码"), answer.values(), strict=True):
            self.stdout.write(strip_forbidden(f"{label}：{value or '—'}"))

    def open_account(self, number: str, options: dict) -> dict:
        """Create the account if there is none and grant the role; return what the command prints.

        An existing account keeps its password and only gets the role.
        """
        school = _get_only_row(School.objects.filter(code=options["school"]), f"学校“{options['school']}”")
        user = User.objects.filter(username=build_username(number, school)).first()
        password = None
        if user is None:
            password = accounts.generate_password()
            name = options["name"] or _get_roster_name(school, number)
            user = accounts.create_account(school=school, number=number, name=name, password=password)
            note_password_set(account=user)
        elif not options["role"]:
            raise ValidationError(f"账号“{user.username}”已存在。")
        place = None
        if options["role"]:
            place = _find_place(school, options)
            accounts.grant_role(
                user=user,
                role=options["role"],
                on=place,
                starts_on=options["starts"],
                ends_on=options["ends"],
            )
        return {
            "username": user.username,
            "name": user.name,
            "role": options["role"] and Role(options["role"]).label,
            "place": place and str(place),
            "password": password,
        }


def _get_roster_name(school: School, number: str) -> str:
    people = Member.objects.filter(school=school, student_no__iexact=tidy_number(number))
    member = people.with_number_first(number).first()
    if member is None:
        raise ValidationError(f"花名册中没有“{number}”，请用 --name 填写姓名。")
    return member.name


def _find_place(school: School, options: dict):
    """Return the organisation that the options name for the role."""
    role, college, branch = options["role"], options["college"], options["branch"]
    if role == Role.SCHOOL_ADMIN:
        return school
    if role == Role.COLLEGE_SECRETARY:
        return _get_only_row(College.objects.named(college or "", school), f"学院“{college}”")
    if role == Role.BRANCH_SECRETARY:
        return _get_only_row(Branch.objects.named(branch or "", school, college), f"团支部“{branch}”")
    district, _, name = (options["street"] or "").partition(" ")
    return _get_only_row(
        Street.objects.filter(district=district, name=name.strip()), f"街乡“{options['street']}”"
    )


def _get_only_row(found, what: str):
    """Return the only row of `found`; raise ValidationError where there is none, or more than one."""
    rows = list(found[:2])
    if not rows:
        raise ValidationError(f"没有找到{what}。")
    if len(rows) > 1:
        raise ValidationError(f"{what}不止一个，请用 --college 指明学院。")
    return rows[0]
