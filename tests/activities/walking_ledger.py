"""Records and objections for the walk over all addresses: of college_a, of college_b, of another school."""

from datetime import timedelta

from activities.models import ServiceRecord
from activities.services.deciding import confirm_records
from activities.services.objections import object_to_record
from members.models import Member, User
from tests.activities.ledger import MONDAY, make_moment, make_supplement
from tests.factories import ActivityFactory, ProjectFactory, SignUpFactory, make_account
from tests.places import Target, make_place
from tests.world import World


def make_ledger_targets(world: World) -> dict[str, list[Target]]:
    people = (
        (world.missing, world.secretary),
        (world.zhang_wei_b, world.secretary_b),
        (world.bh.zhang_wei, world.bh.secretary),
    )
    waiting = [_make_supplement(user, member, day=3) for member, user in people]
    decided = [_confirm_record(_make_supplement(user, member, day=4), user) for member, user in people]
    objections = [_make_objection(record) for record in decided]
    absences = [
        SignUpFactory(
            activity=ActivityFactory(project=ProjectFactory(college=member.branch.college)),
            member=member,
            no_show_at=MONDAY,
        )
        for member, _ in people
    ]
    return {
        **dict.fromkeys(
            ("record", "record_evidence", "record_change", "record_link", "objection_new"),
            _list_targets(waiting),
        ),
        **dict.fromkeys(("record_void", "record_correct"), _list_targets(decided)),
        **dict.fromkeys(("objection", "objection_withdraw"), _list_targets(objections)),
        "objection_absence": _list_targets(absences),
    }


def _make_supplement(user: User, member: Member, *, day: int) -> ServiceRecord:
    start = make_moment(day, 9)
    return make_supplement(user, member, start, start + timedelta(hours=2))


def _confirm_record(record: ServiceRecord, user: User) -> ServiceRecord:
    confirm_records(user=user, record_ids=[record.pk], acknowledged=True, now=MONDAY)
    return record


def _make_objection(record: ServiceRecord):
    account = User.objects.filter(member=record.member).first() or make_account(record.member)
    return object_to_record(user=account, record_id=record.pk, text="时间不对", now=MONDAY)


def _list_targets(things: list) -> list[Target]:
    return [Target((thing.pk,), make_place(thing.member)) for thing in things]
