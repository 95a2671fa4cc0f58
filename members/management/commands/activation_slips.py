"""`manage.py activation_slips --school CODE --branch NAME OUT.docx`: issue activation codes and write the slips."""

import os
from collections.abc import Callable
from pathlib import Path

import pghistory
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from members.management.addresses import add_origin_argument, get_origin
from members.management.schools import add_school_argument, get_school
from members.models import Branch, College, Member, School
from members.queries.accounts import find_accounts_by_number
from members.sent_text import dump_json
from members.services.activation import (
    IssuedCodes,
    Place,
    issue_code,
    issue_code_for_person,
    issue_codes,
)
from members.services.activation_slips import build_document
from members.sheets.cells import tidy_number

PRIVATE = 0o600  # the file holds codes


class Command(BaseCommand):
    help = (
        "Issue activation codes to everybody of a place who has not activated, void their earlier codes, and write "
        "slips to cut out. The codes are in the file only."
    )

    def add_arguments(self, parser):
        parser.add_argument("out", type=Path, metavar="OUT.docx")
        add_school_argument(parser)
        parser.add_argument("--college", metavar="NAME")
        parser.add_argument("--branch", metavar="NAME", help="with --college where the name is not unique")
        parser.add_argument("--whole-school", action="store_true")
        parser.add_argument(
            "--number", help="one person, also one who has activated and forgot the password, or a teacher"
        )
        add_origin_argument(parser)
        parser.add_argument("--json", action="store_true")

    def handle(self, *, out, **options):
        school, origin = get_school(options["school"]), get_origin(options["origin"])
        try:
            # Codes of a file that cannot be written are not issued.
            with pghistory.context(command="activation_slips"), transaction.atomic():
                issued = _choose_issue(school, options)()
                _write_private(out, build_document(issued.codes, origin=origin))
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        except OSError as error:
            raise CommandError(f"无法写入 {out}：{error.strerror}。没有发放激活码。") from error
        left_out = sum(issued.left_out.values())
        if options["json"]:
            figures = {"slips": len(issued.codes), "accounts_created": issued.accounts_created}
            self.stdout.write(dump_json(figures | {"left_out": left_out}))
            return
        self.stdout.write(
            f"已写入 {out}：{len(issued.codes)} 张纸条，新开通 {issued.accounts_created} 个账号，{left_out} 人未发放。"
        )
        for reason, people in issued.left_out.items():
            self.stdout.write(f"  {people} 人：{reason}")


def _choose_issue(school: School, options: dict) -> Callable[[], IssuedCodes]:
    """Return the call that issues what the options ask for; CommandError if they name nothing or two things."""
    number, place = options["number"], _find_place(school, options)
    if (number is None) == (place is None):
        raise CommandError("请用 --branch、--college、--whole-school 或 --number 指明发给谁。")
    if place is not None:
        return lambda: issue_codes(by=None, place=place)
    return lambda: _issue_for_number(school, number)


def _find_place(school: School, options: dict) -> Place | None:
    college, branch = options["college"], options["branch"]
    if branch:
        return _get_only(list(Branch.objects.named(branch, school, college)[:2]), branch)
    if college:
        return _get_only(list(College.objects.named(college, school)), college)
    return school if options["whole_school"] else None


def _get_only(found: list, name: str) -> Place:
    if len(found) != 1:
        raise CommandError(
            f"名为“{name}”的组织不止一个，请加 --college。" if found else f"没有找到“{name}”。"
        )
    return found[0]


def _issue_for_number(school: School, number: str) -> IssuedCodes:
    """Issue a code for the account with this number, else for the person of the roster who has it."""
    accounts = find_accounts_by_number(number, school)
    if accounts:
        return IssuedCodes([issue_code(account=accounts[0], by=None)], 0, {})
    people = Member.objects.filter(school=school, student_no__iexact=tidy_number(number))
    person = people.with_number_first(number).first()
    if person is None:
        raise CommandError(f"没有找到学号或工号“{number}”。")
    return IssuedCodes([issue_code_for_person(member_id=person.pk, by=None)], 1, {})


def _write_private(out: Path, content: bytes) -> None:
    """Write the file so that only its owner can read it."""
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as file:
        file.write(content)
    out.chmod(PRIVATE)
