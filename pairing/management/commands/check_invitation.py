"""manage.py check_invitation NUMBER --called PHONE --answered NAME [--note TEXT]"""

import pghistory
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from members.sheets.xml_text import strip_forbidden
from pairing.services.invitations import check_invitation


class Command(BaseCommand):
    help = (
        "Note the call to a street's office that an invitation needs before its link works. For a school whose only "
        "admin has invited; the audit names the operator."
    )

    def add_arguments(self, parser):
        parser.add_argument("number", type=int, help="the number (编号) on the page of the invitation")
        parser.add_argument("--called", required=True, metavar="PHONE", help="the number that was called")
        parser.add_argument("--answered", required=True, metavar="NAME", help="the person who answered")
        parser.add_argument("--note", default="")

    def handle(self, *, number, called, answered, note, **options):
        try:
            with pghistory.context(command="check_invitation"):
                invitation = check_invitation(
                    user=None, invitation_id=number, called=called, answered=answered, note=note
                )
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(strip_forbidden(f"已核实：{invitation.street}，{invitation.host}，7 天内有效。"))
