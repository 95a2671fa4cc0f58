"""The invented school's rows of the 志愿北京 list: matched rows, and rows that wait for a claim."""

from members.models import College, Member, VolunteerRecord
from members.sheets.cells import make_name_key
from reports.demo.names import draw_name
from reports.demo.school import Demo

NO_PHONE, NO_MATCH = "没有手机号码，不能只凭姓名认定", "没有姓名和手机号码都一致的人员"
STRANGERS, CHANGED_PHONES, WITHOUT_PHONE = 6, 7, 5


def save_volunteer_records(demo: Demo) -> None:
    found = [
        _build_volunteer_record(demo, member.name, member.phone, member.branch.college, member=member)
        for member in demo.members
        if member.registration_source == Member.Source.FILE
    ]
    VolunteerRecord.objects.bulk_create([*found, *_build_unclear_records(demo)], batch_size=1000)


def _build_unclear_records(demo: Demo) -> list[VolunteerRecord]:
    """Return unclear rows: people with a new phone, people without one, and strangers to the school."""
    random = demo.random
    missing = [member for member in demo.members if member.counts and not member.is_registered]
    some = random.sample(missing, min(len(missing), CHANGED_PHONES + WITHOUT_PHONE))
    rows: list[tuple[str, str, College | None, str]] = [
        (member.name, _draw_phone(random), member.branch.college, NO_MATCH)
        for member in some[:CHANGED_PHONES]
    ]
    rows += [(member.name, "", member.branch.college, NO_PHONE) for member in some[CHANGED_PHONES:]]
    rows += [
        (draw_name(random, Member.Gender.MALE), _draw_phone(random), None, NO_MATCH) for _ in range(STRANGERS)
    ]
    return [
        _build_volunteer_record(
            demo, name, phone, college, number=f"110000{900_000_000 + place}", reason=reason
        )
        for place, (name, phone, college, reason) in enumerate(rows)
    ]


def _build_volunteer_record(
    demo: Demo,
    name: str,
    phone: str,
    college: College | None,
    *,
    member: Member | None = None,
    number: str = "",
    reason: str = "",
) -> VolunteerRecord:
    return VolunteerRecord(
        school=demo.school,
        college=None if member else college,
        volunteer_no=member.volunteer_no if member else number,
        name=name,
        name_key=make_name_key(name),
        phone=phone,
        group_name=f"{demo.school.name}{college.name}青年志愿者服务队" if college else "",
        registered_on=member.registered_on if member else demo.year.registration_starts_on,
        listed_on=demo.ways[member.pk].known_on if member else demo.year.registration_starts_on,
        state=VolunteerRecord.State.MATCHED if member else VolunteerRecord.State.UNCLEAR,
        reason=reason,
        member=member,
    )


def _draw_phone(random) -> str:
    return f"1990001{random.randrange(10_000):04d}"
