"""The access of each person, written a second time by hand, independent of members/permissions.py.

The walk over all addresses compares the portal's answers with this module.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from django.core import signing
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from docx import Document
from python_calamine import CalamineWorkbook

from activities.models import HoursSlip
from members.models import (
    ExportJob,
    Member,
    Message,
    Spell,
    User,
    VolunteerRecord,
)
from members.permissions import SIGNED_IN, TABLE, Role
from members.transfer.services.exports import run_export
from pairing.models import Invitation, Pairing, PairingCode, TeamMembership
from pairing.services.pairings import confirm_offline
from reports.services.bulletins import publish_bulletin
from reports.services.channels import add_channel
from reports.services.eligibility import ask_exception
from tests.activities.walking import make_activity_targets
from tests.activities.walking_ledger import make_ledger_targets
from tests.factories import ImportRunFactory
from tests.members.walking_activation import make_activation_targets
from tests.members.walking_calendar import make_calendar_targets
from tests.members.walking_campus import make_campus_targets
from tests.members.walking_imports import make_import_page_targets
from tests.members.walking_offices import make_office_targets
from tests.members.walking_safety import make_safety_targets, make_session_targets
from tests.pairing.pairs import make_pairing
from tests.pairing.walking import get_liaison_of_two, list_liaison_grants
from tests.places import Place, Target, make_place
from tests.reports.walking_admission import make_admission_targets
from tests.reports.walking_appraisal import make_appraisal_targets
from tests.reports.walking_assessment import make_assessment_targets
from tests.reports.walking_commendation import make_commendation_targets
from tests.reports.walking_handover import make_handover_targets, make_office_messages, make_removal_targets
from tests.reports.walking_honours import make_honour_targets
from tests.reports.walking_moved import make_moved_targets
from tests.reports.walking_result_changes import make_result_targets
from tests.reports.walking_rollover import make_rollover_targets
from tests.world import World

BEIJING = ZoneInfo("Asia/Shanghai")

# Not the portal's own views; each has its own guard and its own tests.
NOT_WALKED = {
    "admin": "Django's admin opens to superusers only (tests/members/test_admin.py)",
    "account_login": "allauth; the way in",
    "account_logout": "allauth; ends the visitor's own session",
    "account_change_password": "allauth; the visitor's own password",
    "account_reauthenticate": "allauth; the visitor's own password",
    "sessions_end": "ends the visitor's own sessions, like signing out (tests/members/test_sessions.py)",
    "account_inactive": "allauth; a page without data",
    "campus_login": "the way to a campus that must be configured (tests/members/campus)",
    "campus_callback": "the way back from a campus that must be configured (tests/members/campus)",
    "campus_reauthenticate": "asks the campus of an own identity (tests/members/campus)",
    "socialaccount_login_cancelled": "allauth; a page without data (tests/members/campus)",
    "weixin_login": "the way to WeChat, if configured (tests/members/campus)",
    "weixin_callback": "the way back from WeChat, if configured (tests/members/campus)",
    "account_set_password": "allauth; the visitor's own password",
    "mfa_authenticate": "allauth; the second step of signing in (tests/members/test_second_factor.py)",
    "mfa_login_webauthn": "allauth; the way in by passkey (tests/e2e/test_second_factor.py)",
    "mfa_reauthenticate": "allauth; the visitor's own factor (tests/members/test_second_factor.py)",
    "mfa_reauthenticate_webauthn": "allauth; the visitor's own factor (tests/e2e/test_second_factor.py)",
    "mfa_activate_totp": "allauth; the visitor's own factor (tests/members/test_second_factor.py)",
    "mfa_deactivate_totp": "allauth; the visitor's own factor (tests/members/test_second_factor.py)",
    "mfa_add_webauthn": "allauth; the visitor's own factor (tests/e2e/test_second_factor.py)",
    "mfa_edit_webauthn": "allauth; only the visitor's own passkeys (tests/members/test_second_factor.py)",
    "mfa_remove_webauthn": "allauth; only the visitor's own passkeys (tests/members/test_second_factor.py)",
    "mfa_view_recovery_codes": "allauth; the visitor's own codes (tests/members/test_second_factor.py)",
    "mfa_generate_recovery_codes": "allauth; the visitor's own codes (tests/members/test_second_factor.py)",
    "mfa_download_recovery_codes": "allauth; the visitor's own codes (tests/members/test_second_factor.py)",
}


@dataclass(frozen=True)
class Actor:
    """A person at a browser, with the places that each of the person's roles reaches.

    `signed_in`: the account works; `repairs`: a superuser without school and person.
    """

    name: str
    user: User | None
    reach: dict[Role, Callable[[Place], bool]]
    signed_in: bool = True
    repairs: bool = False

    @property
    def is_visitor(self) -> bool:
        return self.user is None or not self.signed_in

    def opens(self, action: str) -> bool:
        if action == "public" or (not self.is_visitor and action in SIGNED_IN):
            return True
        return bool(self.reach.keys() & TABLE[action])

    def reaches(self, action: str, place: Place) -> bool:
        if action == "public":
            return True
        if place.owner and place.owner != self.user:
            return False
        roles = TABLE[action] if place.role is None else TABLE[action] & {place.role}
        places = [place, place.former] if place.former else [place]
        return any(within(one) for role, within in self.reach.items() if role in roles for one in places)

    def knows(self, member: Member) -> bool:
        """May this actor see the person's name?"""
        own = self.user is not None and not self.is_visitor and self.user.member == member
        return own or self.reaches("member.view", make_place(member))


def make_actors(world: World) -> list[Actor]:
    """Return everybody, in JH and outside, and a visitor who is not signed in."""

    def reach_of_admin(school):
        return {Role.SCHOOL_ADMIN: lambda place: place.school == school}

    def reach_of_secretary(college):
        return {
            Role.COLLEGE_SECRETARY: lambda place: (
                place.college == college or (place.whole_school and place.school == college.school)
            )
        }

    def reach_of_person(member):
        return {
            Role.MEMBER: lambda place: (
                place.person == member
                or (place.whole_school and place.school == member.school)
                or (place.whole_college and place.college == member.branch.college)
            )
        }

    def reach_of_liaison(*posts):
        return {Role.LIAISON: lambda place: (place.street, place.school) in posts}

    def leads_branch(place):
        if place.whole_school:
            return place.school == world.school
        return place.branch == world.a1 or (place.whole_college and place.college == world.college_a)

    leads = {Role.BRANCH_SECRETARY: leads_branch}
    return [
        Actor("nobody signed in", None, {}),
        Actor("校团委 JH", world.admin, reach_of_admin(world.school)),
        Actor("学院团委书记 college_a", world.secretary, reach_of_secretary(world.college_a)),
        Actor("学院团委书记 college_b", world.secretary_b, reach_of_secretary(world.college_b)),
        Actor("团支书 a1", world.branch_secretary, leads | reach_of_person(world.lead)),
        Actor("团员 of a1", world.member, reach_of_person(world.missing)),
        Actor("街乡负责人", world.liaison, reach_of_liaison((world.urban, world.school))),
        Actor(
            "街乡负责人 of two schools",
            get_liaison_of_two(world),
            reach_of_liaison((world.suburban, world.school), (world.urban, world.bh.school)),
        ),
        Actor("an account without a role", world.nobody, {}),
        Actor("校团委 BH", world.bh.admin, reach_of_admin(world.bh.school)),
        Actor("学院团委书记 BH", world.bh.secretary, reach_of_secretary(world.bh.college_a)),
    ]


def make_targets(world: World) -> dict[str, list[Target]]:
    """Return objects for each address that names one: in college_a, elsewhere in JH, and in BH."""
    people = [world.registered, world.missing, world.lead, world.zhang_wei_b, world.bh.zhang_wei]
    branches = [world.a1, world.a2, world.b1, world.bh.a1]
    colleges = [world.college_a, world.college_b, world.bh.college_a]
    member, branch, college = (
        [Target((thing.pk,), make_place(thing)) for thing in things]
        for things in (people, branches, colleges)
    )
    imports, claims, bulletins = (
        _make_import_targets(world),
        _list_claim_targets(world),
        _make_bulletin_targets(world),
    )
    return {
        **dict.fromkeys(
            ("member", "member_edit", "member_number", "registration_confirm", "registration_revoke"), member
        ),
        **dict.fromkeys(("branch", "branch_hours", "branch_hours_export"), branch),
        **dict.fromkeys(("college", "college_hours"), college),
        **dict.fromkeys(
            ("import", "import_confirm", "import_drop", "import_missing", "import_undo"), imports
        ),
        **make_import_page_targets(imports),
        "claim": claims,
        "year": [Target((2018,))],
        "year_edit": [Target((2018,))],
        **make_calendar_targets(),
        **dict.fromkeys(("bulletin", "bulletin_excel", "bulletin_text", "bulletin_correct"), bulletins),
        **dict.fromkeys(("channel_switch", "channel_drop"), _make_channel_targets(world)),
        "message_open": [*_make_message_targets(world), *make_office_messages(world)],
        **dict.fromkeys(("export", "export_file", "export_again"), _make_export_targets(world)),
        **_make_team_targets(world),
        **_make_code_targets(world),
        **{name: _list_street_targets(world) for name in ("street", "street_taken")},
        **_make_invitation_targets(world),
        **make_activity_targets(world),
        **make_ledger_targets(world),
        **_make_slip_targets([*people, world.transferred]),
        "member_slips": member,
        **dict.fromkeys(("eligibility_member", "exception_ask"), member + make_moved_targets(world)),
        **dict.fromkeys(
            ("exception", "exception_decide", "exception_revoke"), _make_exception_targets(world)
        ),
        **make_assessment_targets(world, college),
        **make_commendation_targets(world),
        **make_honour_targets(world),
        **make_handover_targets(world),
        **make_removal_targets(world),
        **make_appraisal_targets(world),
        **make_result_targets(),
        **make_admission_targets(world, branch),
        **dict.fromkeys(("liaison_end", "liaison_renew"), _make_liaison_targets(world)),
        **make_office_targets(world),
        "account": (accounts := _list_account_targets(world)),
        **make_activation_targets(world, member, branch, college, accounts),
        **make_campus_targets(world),
        **make_safety_targets(_list_account_targets(world)),
        "session_end": make_session_targets(world),
        "bulletin_public": [Target((world.school.code,)), Target((world.bh.school.code,))],
        # last, because it opens years, and other targets need a school with only one
        **make_rollover_targets(world),
    }


def _list_street_targets(world: World) -> list[Target]:
    return [Target((street.pk,)) for street in (world.urban, world.suburban)]


def _make_import_targets(world: World) -> list[Target]:
    """Make a file of each college, and one of the whole school; each has a bad row."""
    brought = {
        world.secretary: world.college_a,
        world.secretary_b: world.college_b,
        world.bh.secretary: world.bh.college_a,
        world.admin: None,
    }
    return [
        Target(
            (
                ImportRunFactory(
                    school=user.school, college=college, created_by=user, figures={"error": 1}
                ).pk,
            ),
            make_place(college) if college else Place(user.school),
        )
        for user, college in brought.items()
    ]


def _list_claim_targets(world: World) -> list[Target]:
    rows = [world.unclear, world.unclear_b, world.unclear_school, world.bh.unclear]
    return [Target((row.pk,), Place(row.school, row.college)) for row in rows]


def _make_bulletin_targets(world: World) -> list[Target]:
    now = datetime(2018, 10, 10, 8, tzinfo=BEIJING)
    return [
        Target(
            (publish_bulletin(school=school, on=date(2018, 10, 10), now=now).pk,),
            Place(school, whole_school=True),
        )
        for school in (world.school, world.bh.school)
    ]


def _make_channel_targets(world: World) -> list[Target]:
    owners = (
        (world.college_a, world.admin),
        (world.college_b, world.admin),
        (world.bh.college_a, world.bh.admin),
    )
    return [
        Target(
            (add_channel(college=college, label="工作群", address="feishu://abcdef1234", user=owner).pk,),
            make_place(college),
        )
        for college, owner in owners
    ]


def _make_message_targets(world: World) -> list[Target]:
    """Make a message for each of several people; nobody else opens it, not even the school."""
    at = {
        world.admin: Place(world.school),
        world.secretary: make_place(world.college_a),
        world.member: make_place(world.missing),
        world.bh.secretary: make_place(world.bh.college_a),
    }
    return [
        Target(
            (Message.objects.create(user=user, title="提醒", text="请尽快完成。", key="walk").pk,),
            replace(place, owner=user),
        )
        for user, place in at.items()
    ]


def _make_export_targets(world: World) -> list[Target]:
    """Make export files of several people; nobody else opens them, not even a person with the same role."""
    asked = [
        (world.admin, "roster", Place(world.school)),
        (world.secretary, "roster", make_place(world.college_a)),
        (world.branch_secretary, "hours_records", make_place(world.a1)),
        (world.bh.secretary, "eligibility", make_place(world.bh.college_a)),
    ]
    made = []
    for user, kind, place in asked:
        job = ExportJob.objects.create(school=user.school, user=user, kind=kind, title="名单")
        run_export(job_id=job.pk)
        made.append(Target((job.pk,), replace(place, owner=user)))
    return made


def _make_team_targets(world: World) -> dict[str, list[Target]]:
    """Make teams of three colleges; college_a's and BH's are at one street, and college_a's has people of a1.

    A team's code is for scanning: its address opens for everybody on a roster, and then says who may join.
    """
    teams, pairings, rolls, codes, members = [], [], [], [], []
    for college, street, user, branch in (
        (world.college_a, world.urban, world.secretary, world.a1),
        (world.college_b, world.suburban, world.secretary_b, world.b1),
        (world.bh.college_a, world.urban, world.bh.secretary, world.bh.a1),
    ):
        pairing = make_pairing(college, street, user=user)
        _confirm_pairing(pairing, user)
        team = pairing.team
        person = branch.members.filter(state=Member.State.ACTIVE).first()
        joined = TeamMembership.objects.create(team=team, member=person, joined_at=team.pairing.claimed_at)
        teams.append(Target((team.pk,), Place(college.school, college, street=street)))
        pairings.append(Target((pairing.pk,), Place(college.school, college, street=street)))
        rolls.append(Target((team.pk,), Place(college.school, college, branch)))
        members.append(Target((joined.pk,), make_place(person)))
        codes.append(Target((team.token,)))
    return {
        **dict.fromkeys(("pairing", "pairing_proof", "pairing_confirm"), pairings),
        **dict.fromkeys(("pairing_release", "pairing_move", "pairing_undo_release"), pairings),
        **dict.fromkeys(("team", "team_bind", "team_group", "team_renew"), teams),
        **dict.fromkeys(("team_png", "team_poster"), rolls),
        "team_remove": members,
        "team_join": codes,
    }


def _confirm_pairing(pairing: Pairing, user: User) -> None:
    """Confirm with a picture, so that the picture's address has content."""
    confirm_offline(
        user=user,
        pairing_id=pairing.pk,
        on=date(2018, 10, 17),
        people="街乡和学院双方",
        note="",
        proof=b"a picture",
    )


def _make_code_targets(world: World) -> dict[str, list[Target]]:
    """Return the codes and pairings of `_make_team_targets` and one more code.

    The hall's figures open for everybody with a link.
    """
    made = [
        (pairing, make_place(pairing.college))
        for pairing in Pairing.objects.select_related("college__school")
    ]
    stock = PairingCode.objects.create(year=world.year, code="WALKSTOCK1", kind="urban")
    codes = [Target((pairing.code_id,), place) for pairing, place in made]
    codes.append(Target((stock.pk,), Place(world.school)))
    return {
        **dict.fromkeys(("code", "code_hand", "code_withdraw"), codes),
        "code_own": [Target((pairing.college_id,), place) for pairing, place in made],
        "hall_claimed": [Target((pairing.pk,), place) for pairing, place in made],
        "hall_places": [
            Target((signing.dumps(year.pk, salt="pairing.hall"),)) for year in (world.year, world.bh.year)
        ],
    }


def _make_invitation_targets(world: World) -> dict[str, list[Target]]:
    """Make invitations of the college, of the school itself and of another school.

    The link opens for anybody.
    """
    made = [
        Invitation.objects.create(
            year=year,
            college=college,
            street=world.urban,
            created_at=timezone.now(),
            expires_at=timezone.now() + timedelta(days=7),
        )
        for year, college in ((world.year, world.college_a), (world.year, None), (world.bh.year, None))
    ]
    seen = [Target((sent.pk,), Place(sent.year.school, sent.college)) for sent in made]
    return {
        **dict.fromkeys(("invitation", "invitation_withdraw", "invitation_check"), seen),
        "invited": [Target((sent.token,)) for sent in made],
    }


def _make_slip_targets(people: list[Member]) -> dict[str, list[Target]]:
    """Make a slip of each person.

    Its check opens for anybody with the paper and shows neither name nor number.
    """
    made = [
        HoursSlip.objects.create(
            member=person,
            token=f"walk{person.pk}",
            starts_on=date(2018, 1, 1),
            ends_on=date(2018, 12, 31),
            lines=[["2018-11-10", "社区服务", "league", 180]],
            minutes=180,
            digest="",
            made_at=timezone.now(),
        )
        for person in people
    ]
    return {
        "slip": [Target((slip.pk,), make_place(slip.member)) for slip in made],
        "slip_check": [Target((slip.token,)) for slip in made],
    }


def _make_exception_targets(world: World) -> list[Target]:
    """Ask for an exception in each of two colleges, and in another school."""
    asked = ((world.missing, world.secretary), (world.zhang_wei_b, world.secretary_b))
    asked += ((world.bh.zhang_wei, world.bh.secretary),)
    return [
        Target(
            (
                ask_exception(
                    user=user, member_id=member.pk, year=member.school.years.get(), grounds="带队支教"
                ).pk,
            ),
            make_place(member),
        )
        for member, user in asked
    ]


def _make_liaison_targets(world: World) -> list[Target]:
    """Return the liaisons' roles for two schools, also of one account: each school ends its own."""
    return [Target((grant.pk,), Place(grant.school)) for grant in list_liaison_grants(world)]


def _list_account_targets(world: World) -> list[Target]:
    """Return accounts of people, of office holders and of nobody in particular, in both schools."""
    at = {
        world.member: make_place(world.missing),
        world.branch_secretary: make_place(world.lead),
        world.secretary: make_place(world.college_a),
        world.secretary_b: make_place(world.college_b),
        world.admin: Place(world.school),
        world.nobody: Place(world.school),
        world.bh.secretary: make_place(world.bh.college_a),
    }
    return [Target((user.pk,), place) for user, place in at.items()]


def list_addresses() -> dict[str, URLPattern]:
    """Return every address of the portal by its name, without those of admin and allauth."""
    found: dict[str, URLPattern] = {}

    def collect_patterns(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace not in NOT_WALKED:
                    collect_patterns(pattern.url_patterns)
            elif pattern.name not in NOT_WALKED:
                found[pattern.name] = pattern

    collect_patterns(get_resolver().url_patterns)
    return found


# --- names, numbers and phones that must not be seen --------------------------------------------------------


def list_traces(member: Member) -> set[str]:
    """Return the texts that identify a person."""
    found = {member.name, member.student_no, member.phone, member.volunteer_no, member.reported_no}
    return found - {""}


def list_secrets(actor: Actor) -> set[str]:
    """Return traces of people that the actor must not see, and full phones that the actor sees masked."""
    people = list(Member.objects.select_related("branch__college__school"))
    known = {trace for member in people if actor.knows(member) for trace in list_traces(member)}
    known |= list_names_of_the_year(actor)
    strange = {trace for member in people if not actor.knows(member) for trace in list_traces(member)}
    phones = {
        member.phone
        for member in people
        if actor.knows(member) and not actor.reaches("member.phone", make_place(member))
        and not (actor.user and actor.user.member == member)
    }  # fmt: skip
    claims = {
        trace
        for row in VolunteerRecord.objects.select_related("school", "college")
        if not actor.reaches("registration.claim", Place(row.school, row.college))
        for trace in (row.name, row.phone, row.volunteer_no)
    }
    codes = {
        code.code
        for code in PairingCode.objects.select_related("year__school", "college")
        if not actor.reaches("code.view", Place(code.year.school, code.college))
    }
    return (strange - known) | phones | claims | codes


def list_names_of_the_year(actor: Actor) -> set[str]:
    """Return names and numbers, and no phones, of people who belonged to the actor's scope as the year ended."""
    ended = Spell.objects.exclude(ends_on=None).filter(ends_on__gt=date(2018, 12, 31))
    return {
        text
        for spell in ended.select_related("member", "branch__college__school")
        if actor.reaches("eligibility.view", make_place(spell.branch))
        for text in (spell.member.name, spell.member.student_no)
    }


def read_text(response) -> str:
    """Return all text of an answer; of a workbook, the text of its cells."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if "spreadsheetml" in response.get("Content-Type", ""):
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        return "\n".join(
            str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()
            for cell in row
        )  # fmt: skip
    if "wordprocessingml" in response.get("Content-Type", ""):
        return "\n".join(text for text in Document(BytesIO(content)).element.itertext())
    if response.get("Content-Type", "").startswith("image/"):
        return ""  # no text; whether it opens at all is checked by its status
    return content.decode()
