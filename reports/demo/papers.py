"""Papers that the invented school's people submit: supplements with evidence, and objections."""

from datetime import timedelta

from activities.evidence import Evidence
from activities.models import Project, ServiceRecord, SignUp
from activities.services.deciding import confirm_records
from activities.services.objections import answer_objection, object_to_absence, object_to_record
from activities.services.supplements import submit_supplement
from reports.demo.pairing import draw_picture
from reports.demo.service import SATURDAY, Service, combine_moment


def hand_in_papers(service: Service) -> None:
    _submit_supplements(service)
    _raise_objections(service)


def _submit_supplements(service: Service) -> None:
    """Submit supplements: one waits, one of more than four hours has one signature, one reuses a picture.

    None in the first days of January: the year before is not in the portal. Never on a Saturday: a supplement
    may not overlap the library's activities, where the same people may have been.
    """
    day, secretary = service.today - timedelta(days=9), service.secretary[service.shown.pk]
    if day.weekday() == SATURDAY:
        day += timedelta(days=1)
    if day < service.year_begins:
        return
    own, lead = service.member, service.lead
    neighbours = [m for m in service.people(service.shown) if m.branch_id == lead.member.branch_id]
    neighbours = [member for member in neighbours if member.pk not in (own.member_id, lead.member_id)]
    picture = Evidence(draw_picture(7), ".jpg")
    _submit_supplement(service, own, own.number, "敬老院重阳节慰问演出", day, (14, 16), picture)
    long = Evidence(draw_picture(8), ".jpg")
    record = _submit_supplement(
        service, lead, neighbours[0].student_no, "暑期返乡支教筹备与物资分拣", day, (9, 15), long
    )
    confirm_records(
        user=secretary,
        record_ids=[record.pk],
        acknowledged=True,
        now=combine_moment(day, 20) + timedelta(days=2),
    )
    _submit_supplement(
        service, lead, neighbours[1].student_no, "敬老院重阳节慰问演出", day, (14, 16), picture
    )


def _submit_supplement(service, user, number, title, day, hours, evidence) -> ServiceRecord:
    return submit_supplement(
        user=user,
        student_no=number,
        title=title,
        start=combine_moment(day, hours[0]),
        end=combine_moment(day, hours[1]),
        description="支部集体参加，主办方没有使用签到系统；照片为现场合影。",
        at_street=False,
        evidence=evidence,
        now=combine_moment(day, 20),
    )


def _raise_objections(service: Service) -> None:
    """Raise two objections: an open one to a recorded absence, and an answered one."""
    library = Project.Kind.OTHER
    absence = SignUp.objects.filter(
        member=service.member.member, no_show_at__isnull=False, activity__project__kind=library
    ).first()
    if absence:
        text = "那天我在，只是到得早，签入的二维码还没有打开，后来忙忘了。同组的两位同学可以证明。"
        at = max(absence.no_show_at, service.now - timedelta(days=4))
        object_to_absence(user=service.member, signup_id=absence.pk, text=text, now=at)
    records = ServiceRecord.objects.confirmed().filter(member=service.lead.member, activity__isnull=False)
    record = records.order_by("served_on").first()
    if record:
        asked, answered = record.decided_at + timedelta(days=1), record.decided_at + timedelta(days=3)
        text = "我和图书馆老师一直收拾到 12:30，应当多记半小时。"
        objection = object_to_record(user=service.lead, record_id=record.pk, text=text, now=asked)
        reply = "时长按活动计划时间计算，超出的部分不计入；感谢你多出的半小时。"
        user = service.secretary[service.shown.pk]
        answer_objection(
            user=user, objection_id=objection.pk, upheld=False, text=reply, now=min(answered, service.now)
        )
