"""二(二) and 四.3 in the invented school: titles of every level, and their nominations."""

from collections.abc import Sequence

from activities.models import ServiceRecord
from activities.services.records import void_record
from members.models import User
from reports.demo.service import Service
from reports.models import HonourTitle, Nomination
from reports.queries.honours import judge_subjects, list_nominees
from reports.services.honour_titles import announce_title, create_title, decide_title
from reports.services.honours import choose_nomination, drop_nomination, nominate, withdraw_nomination

PERSON, BRANCH, PARTY = HonourTitle.Kind.PERSON, HonourTitle.Kind.BRANCH, HonourTitle.Kind.PARTY
BY_COLLEGE, BY_BRANCH = HonourTitle.Nominator.COLLEGE, HonourTitle.Nominator.BRANCH
GROUNDS = (
    "全年参加社区服务，在社区智能手机课堂担任组长，带动同班六人一起参加。",
    "坚持每月到图书馆整理旧书，认真负责，服务时长在支部名列前茅。",
    "组织支部到结对街道开展垃圾分类值守，街道书面表扬。",
    "服务老人用餐送餐，风雨无阻，受到街坊好评。",
)
OF_BRANCH = "全年组织团员参加社区服务，注册和服务记录随时核对，活动记录完整。"
COLLEGES = 3  # colleges that nominate for the titles that are decided or in 公示


def make_honours(service: Service) -> None:
    _make_decided_title(service)
    _make_announced_title(service)
    _make_open_title(service)
    _make_college_title(service)
    _create_title(service, "北京市五四红旗团支部", BRANCH, "city", 2, BY_COLLEGE)
    _create_title(service, "全国优秀共青团员", PERSON, "nation", 1, BY_COLLEGE)


def _create_title(service: Service, name: str, kind: str, level: str, places: int, by: str) -> HonourTitle:
    return create_title(
        user=service.admin,
        year=service.demo.year,
        name=name,
        kind=kind,
        level=level,
        places=places,
        nominated_by=by,
    )


def _order_secretaries(service: Service) -> list[User]:
    """Return the secretaries of the colleges, the one to sign in as first."""
    others = [user for college, user in sorted(service.secretary.items()) if college != service.shown.pk]
    return [service.secretary[service.shown.pk], *others]


def _list_nominable(service: Service, user: User, title: HonourTitle) -> list[int]:
    """Return people or branches that the user may nominate and nothing bars; not the two to sign in as."""
    but = {service.lead.member_id, service.member.member_id} if not title.of_branches else set()
    ids = [
        pk for pk in list_nominees(user, title).order_by("pk").values_list("pk", flat=True) if pk not in but
    ]
    judged = judge_subjects(title, ids, now=service.now)
    return [pk for pk in ids if judged[pk]["open"]]


def _nominate_all(service: Service, user: User, title: HonourTitle, ids: Sequence[int]) -> list[Nomination]:
    return [
        nominate(
            user=user,
            title_id=title.pk,
            subject_id=pk,
            grounds=OF_BRANCH if title.of_branches else GROUNDS[number % len(GROUNDS)],
            now=service.now,
        )
        for number, pk in enumerate(ids)
    ]


def _make_decided_title(service: Service) -> None:
    """Decide a title for branches of three colleges; early in the year no branch may qualify yet."""
    title = _create_title(service, "优秀团支部", BRANCH, "school", COLLEGES, BY_COLLEGE)
    for user in _order_secretaries(service)[:COLLEGES]:
        for nomination in _nominate_all(service, user, title, _list_nominable(service, user, title)[:1]):
            choose_nomination(user=service.admin, nomination_id=nomination.pk, now=service.now)
    if title.nominations.chosen().exists():
        announce_title(user=service.admin, title_id=title.pk, now=service.now)
        decide_title(user=service.admin, title_id=title.pk, now=service.now)


def _make_announced_title(service: Service) -> None:
    """Bring 推优入党 into 公示."""
    title = _create_title(service, "推优入党（第一批）", PARTY, "school", 6, BY_BRANCH)
    for user in _order_secretaries(service)[:COLLEGES]:
        for nomination in _nominate_all(service, user, title, _list_nominable(service, user, title)[2:4]):
            choose_nomination(user=service.admin, nomination_id=nomination.pk, now=service.now)
    if title.nominations.chosen().exists():
        announce_title(user=service.admin, title_id=title.pk, now=service.now)


def _make_open_title(service: Service) -> None:
    """Nominate for an open title: one is chosen, one dropped, one withdrawn, and one lost hours since."""
    title = _create_title(service, "优秀共青团员", PERSON, "school", 10, BY_BRANCH)
    _nominate_all(service, service.lead, title, _list_nominable(service, service.lead, title)[:2])
    secretary = service.secretary[service.shown.pk]
    standing = set(title.nominations.values_list("member", flat=True))
    rest = [pk for pk in _list_nominable(service, secretary, title) if pk not in standing]
    narrow = _list_decisive_records(service, title, rest)
    others = [pk for pk in rest if pk not in {record.member_id for record in narrow}][:3]
    taken = _nominate_all(service, secretary, title, others)
    if len(taken) == len(others) == 3:
        reason = "本年度已获院级同类荣誉，名额留给其他同学。"
        choose_nomination(user=service.admin, nomination_id=taken[0].pk, now=service.now)
        drop_nomination(user=service.admin, nomination_id=taken[1].pk, reason=reason, now=service.now)
        withdraw_nomination(
            user=secretary, nomination_id=taken[2].pk, reason="本人申请改报下一年度。", now=service.now
        )
    for record in narrow[:1]:
        _nominate_all(service, secretary, title, [record.member_id])
        reason = "与图书馆登记簿核对，当天由他人代签"
        void_record(user=secretary, record_id=record.pk, reason=reason, now=service.now)


def _list_decisive_records(service: Service, title: HonourTitle, ids: Sequence[int]) -> list[ServiceRecord]:
    """Return the college's own records without which their person would not qualify."""
    required = service.demo.year.required_minutes
    minutes = {
        pk: kept["figures"]["minutes"] for pk, kept in judge_subjects(title, ids, now=service.now).items()
    }
    own = ServiceRecord.objects.confirmed().filter(
        member__in=ids, source=ServiceRecord.Source.ATTENDANCE, link=None
    )
    return [record for record in own.order_by("pk") if minutes[record.member_id] - record.minutes < required]


def _make_college_title(service: Service) -> None:
    """Make a title of the college: below 校级 四.3 bars nobody."""
    secretary = service.secretary[service.shown.pk]
    title = create_title(
        user=secretary,
        year=service.demo.year,
        name="志愿服务积极分子",
        kind=PERSON,
        level="college",
        places=5,
        nominated_by=BY_BRANCH,
        college=service.shown,
    )
    for nomination in _nominate_all(
        service, service.lead, title, _list_nominable(service, service.lead, title)[:3]
    )[:2]:
        choose_nomination(user=secretary, nomination_id=nomination.pk, now=service.now)
