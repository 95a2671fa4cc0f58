"""Records and objections for the walk over all addresses: of college_a, of college_b, of another school."""

from datetime import timedelta

from activities.models import ServiceRecord
from activities.services.deciding import confirm
from activities.services.objections import object_to_record
from members.models import Member, User
from tests.activities.ledger import MONDAY, moment, supplemented
from tests.factories import ActivityFactory, ProjectFactory, SignUpFactory, account_of
from tests.places import Target, place_of
from tests.world import World


def ledger_targets(world: World) -> dict[str, list[Target]]:
    people = (
        (world.missing, world.secretary),
        (world.zhang_wei_b, world.secretary_b),
        (world.bh.zhang_wei, world.bh.secretary),
    )
    waiting = [_supplement(user, member, day=3) for member, user in people]
    decided = [_confirmed(_supplement(user, member, day=4), user) for member, user in people]
    objections = [_objection(record) for record in decided]
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
            ("record", "record_evidence", "record_change", "record_link", "objection_new"), _targets(waiting)
        ),
        **dict.fromkeys(("record_void", "record_correct"), _targets(decided)),
        **dict.fromkeys(("objection", "objection_withdraw"), _targets(objections)),
        "objection_absence": _targets(absences),
    }


def _supplement(user: User, member: Member, *, day: int) -> ServiceRecord:
    start = moment(day, 9)
    return supplemented(user, member, start, start + timedelta(hours=2))


def _confirmed(record: ServiceRecord, user: User) -> ServiceRecord:
    confirm(user=user, record_ids=[record.pk], acknowledged=True, now=MONDAY)
    return record


def _objection(record: ServiceRecord):
    account = User.objects.filter(member=record.member).first() or account_of(record.member)
    return object_to_record(user=account, record_id=record.pk, text="时间不对", now=MONDAY)


def _targets(things: list) -> list[Target]:
    return [Target((thing.pk,), place_of(thing.member)) for thing in things]
