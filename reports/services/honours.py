"""Nominate for an honour, give a place, drop, withdraw. Each of them judges anew by 二(二) and 四.3.

Order of locks: title, nomination, then the person or branch, so that the verdict does not change meanwhile.
"""

from collections.abc import Iterable
from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import Branch, Member
from members.models.history import build_event_key
from members.permissions import RoleHeld
from members.queries.receivers import find_offices_of
from members.services.notify import notify
from reports.models import HonourTitle, Nomination
from reports.queries.honours import judge_subjects, list_nominees
from reports.rules.honours import close_up, explain_barred, find_free_place

State = Nomination.State


@transaction.atomic
def nominate(
    *, user, title_id: int, subject_id: int, grounds: str, now: datetime | None = None
) -> Nomination:
    """Nominate a person or a branch (`subject_id`), as the title asks.

    Refused with reasons and clauses if barred.
    """
    now = now or timezone.now()
    offered = HonourTitle.objects.offered_to(user, "honour.nominate").filter(pk=title_id)
    title = lock_title(title_id) if offered.exists() else None
    if title is None:
        raise ValidationError("没有找到这项荣誉。")
    if title.state != HonourTitle.State.OPEN:
        raise ValidationError("这项荣誉已结束申报。")
    subject = _lock_subject(user, title, subject_id)
    if not grounds.strip():
        raise ValidationError({"grounds": "请填写主要事迹。"})
    field = "branch" if title.of_branches else "member"
    if title.nominations.live().filter(**{field: subject}).exists():
        raise ValidationError(f"{subject.name}已申报这项荣誉。")
    with pghistory.context(user=user.pk):
        return Nomination.objects.create(
            title=title,
            grounds=grounds.strip(),
            nominated_at=now,
            nominated_by=user,
            judged=_require_not_barred(title, subject, now),
            **{field: subject},
        )


@transaction.atomic
def withdraw_nomination(*, user, nomination_id: int, reason: str, now: datetime | None = None) -> Nomination:
    """Withdraw a nomination at the level that nominates, while the title is open and no place is given."""
    seen = Nomination.objects.visible_to(user, "honour.nominate").filter(pk=nomination_id)
    nomination = _lock_nomination(seen)
    title, subject = nomination.title, nomination.subject
    if not list_nominees(user, title).filter(pk=subject.pk).exists():
        raise ValidationError("这项荣誉由学院申报，请联系学院团委撤回。")
    if title.state != HonourTitle.State.OPEN or nomination.state != State.NOMINATED:
        raise ValidationError("只有申报中、尚未拟定的申报可以撤回，请刷新页面查看。")
    return _end_nomination(nomination, State.WITHDRAWN, user=user, reason=reason, now=now)


@transaction.atomic
def choose_nomination(*, user, nomination_id: int, now: datetime | None = None) -> Nomination:
    """Give the lowest free place after checking the gate again.

    The title must be open; a dropped nomination may get a place too.
    """
    now = now or timezone.now()
    nomination = _lock_nomination(filter_managed_nominations(user).filter(pk=nomination_id))
    title = nomination.title
    if title.state != HonourTitle.State.OPEN:
        raise ValidationError("这项荣誉已进入公示，不能再增加拟表彰对象。")
    if nomination.state not in (State.NOMINATED, State.DROPPED):
        raise ValidationError("这项申报已经处理，请刷新页面查看。")
    _refuse_own_nomination(user, nomination)
    _lock_nominated_people([nomination])
    if _is_nominated_again(nomination):
        raise ValidationError("同一对象有一项更新的申报，请处理那一项。")
    judged = _require_not_barred(title, nomination.subject, now)
    taken = set(title.nominations.chosen().values_list("place", flat=True))
    place = find_free_place(taken, title.places)
    if place is None:
        raise ValidationError(f"名额已满（{title.places}/{title.places}），请先取消一项拟表彰。")
    nomination.state, nomination.place, nomination.reason = State.CHOSEN, place, ""
    nomination.judged_at_decision = judged
    nomination.decided_at, nomination.decided_by = now, user
    with pghistory.context(user=user.pk):
        nomination.save()
    return nomination


@transaction.atomic
def drop_nomination(*, user, nomination_id: int, reason: str, now: datetime | None = None) -> Nomination:
    """Drop a nomination with a reason; those behind its place, if any, move up. The office that nominated is told."""
    nomination = _lock_nomination(filter_managed_nominations(user).filter(pk=nomination_id))
    if nomination.title.state == HonourTitle.State.DECIDED or not nomination.is_live:
        raise ValidationError("这项申报已经处理，请刷新页面查看。")
    _refuse_own_nomination(user, nomination)
    dropped = _end_nomination(nomination, State.DROPPED, user=user, reason=reason, now=now)
    close_up_places(nomination.title, user=user)
    notify(
        find_nominating_offices([nomination]),
        "nomination_dropped",
        nomination.get_absolute_url(),
        key=build_event_key(Nomination, nomination.pk),
        nomination=nomination,
        reason=dropped.reason,
    )
    return dropped


# --- shared with the services of titles ---------------------------------------------------------------------------


def lock_title(title_id: int) -> HonourTitle:
    """Return the title, locked: one change of a title or of its nominations at a time."""
    titles = HonourTitle.objects.select_related("year__school", "college")
    return titles.select_for_update(of=("self",), no_key=True).get(pk=title_id)


def close_up_places(title: HonourTitle, *, user) -> None:
    """Number the places that are given 1, 2, … without gaps; the caller has locked the title."""
    chosen = {row.place: row for row in title.nominations.chosen() if row.place}
    with pghistory.context(user=user.pk):
        for held, place in close_up(chosen).items():
            chosen[held].place = place
            chosen[held].save(update_fields=["place"])


def find_nominating_offices(nominations: Iterable[Nomination]) -> list[RoleHeld]:
    """Return the offices that nominated; read with `member__branch__college` and `branch__college`, for one query in all."""
    acts = []
    for row in nominations:
        branch = row.member.branch if row.member else row.branch
        assert branch is not None  # the subject is a person or a branch
        acts.append((row.nominated_by, branch))
    return find_offices_of(acts)


def filter_managed_nominations(user):
    """Return the nominations for the titles that the user decides."""
    return Nomination.objects.filter(title__in=HonourTitle.objects.visible_to(user, "honour.manage"))


def recheck_chosen(title: HonourTitle, now: datetime) -> dict[int, dict]:
    """Return the current verdict of each nomination with a place; refused if one of them is barred now."""
    chosen = list(title.nominations.chosen().select_related("member", "branch"))
    if not chosen:
        raise ValidationError("还没有拟表彰对象。")
    _lock_nominated_people(chosen)
    found = judge_subjects(title, [row.subject_id for row in chosen], now=now)
    judged = {row.pk: found[row.member_id or row.branch_id] for row in chosen}
    barred = [
        f"{row.subject.name}：{explain_barred(judged[row.pk])}"
        for row in chosen
        if not judged[row.pk]["open"]
    ]
    if barred:
        raise ValidationError([*barred, "请先取消他们的拟表彰，再继续。"])
    return judged


def _lock_nomination(seen) -> Nomination:
    """Lock the title first, then the nomination, and read both after locking."""
    title_id = seen.values_list("title", flat=True).first()
    if title_id is None:
        raise ValidationError("没有找到这项申报，或不在您的管理范围内。")
    title = lock_title(title_id)
    rows = Nomination.objects.select_related("member", "branch", "nominated_by")
    nomination = rows.select_for_update(of=("self",)).get(pk=seen.values_list("pk", flat=True).first())
    nomination.title = title
    return nomination


def _lock_subject(user, title: HonourTitle, subject_id: int) -> Member | Branch:
    """Lock and return the person or branch.

    The user must be allowed to nominate it: at the title's level, in the college that gives it.
    """
    subject = (
        list_nominees(user, title).select_for_update(of=("self",), no_key=True).filter(pk=subject_id).first()
    )
    if subject is None:
        what = "这个团支部" if title.of_branches else "此人"
        raise ValidationError(f"没有找到{what}，或不能由您申报这项荣誉。")
    return subject


def _require_not_barred(title: HonourTitle, subject: Member | Branch, now: datetime) -> dict:
    judged = judge_subjects(title, [subject.pk], now=now)[subject.pk]
    if refusal := explain_barred(judged):
        raise ValidationError(f"{subject.name}{refusal}。", code="barred")
    return judged


def _lock_nominated_people(nominations: Iterable[Nomination]) -> None:
    """Lock these people, so that registration and hours do not change during the judgement."""
    people = [row.member_id for row in nominations if row.member_id]
    list(Member.objects.filter(pk__in=people).order_by("pk").select_for_update(no_key=True))


def _is_nominated_again(nomination: Nomination) -> bool:
    live = nomination.title.nominations.live().exclude(pk=nomination.pk)
    return live.filter(member=nomination.member_id, branch=nomination.branch_id).exists()


def _refuse_own_nomination(user, nomination: Nomination) -> None:
    if user.member_id and user.member_id == nomination.member_id:
        raise ValidationError("不能处理本人的申报。")


def _end_nomination(
    nomination: Nomination, state: str, *, user, reason: str, now: datetime | None
) -> Nomination:
    if not reason.strip():
        raise ValidationError({"reason": "请填写说明。"})
    now = now or timezone.now()
    subject = nomination.subject
    nomination.judged_at_decision = judge_subjects(nomination.title, [subject.pk], now=now)[subject.pk]
    nomination.state, nomination.place, nomination.reason = state, None, reason.strip()
    nomination.decided_at, nomination.decided_by = now, user
    with pghistory.context(user=user.pk):
        nomination.save()
    return nomination
