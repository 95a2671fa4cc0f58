"""Take a title from set-up through nominations and 公示 to the decision that freezes every verdict."""

from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.models import College, ServiceYear
from members.permissions import get_scope
from members.services.notify import notify
from members.services.unchanged import Check, accept_all
from reports.models import HonourTitle, Nomination
from reports.services.honours import close_up_places, find_nominating_offices, lock_title, recheck_chosen

Kind, State = HonourTitle.Kind, HonourTitle.State


@transaction.atomic
def create_title(
    *,
    user,
    year: ServiceYear,
    name: str,
    kind: str,
    level: str,
    places: int,
    nominated_by: str,
    college: College | None = None,
) -> HonourTitle:
    """Create a title. The school sets up honours from 校级 up and 推优入党, a college its own 院级."""
    seen = get_scope(user, "honour.manage")
    if kind == Kind.PARTY and level != "school":
        raise ValidationError({"level": "推优入党名单按校级荣誉的条件审核，级别请选择校级。"})
    if level == "college":
        own = College.objects.visible_to(user, "honour.manage")
        if college is None or not own.filter(pk=college.pk, school=year.school_id).exists():
            raise ValidationError({"college": "院级荣誉请选择您管理的学院。"})
    elif college is not None or not (seen.everything or year.school_id in seen.schools):
        raise ValidationError({"level": "校级以上荣誉由校团委设立，学院只能设立院级荣誉。"})
    title = HonourTitle(
        year=year,
        college=college,
        name=name,
        kind=kind,
        level=level,
        places=places,
        nominated_by=nominated_by,
    )
    return _save_title(title, user)


@transaction.atomic
def edit_title(
    *,
    user,
    title_id: int,
    name: str,
    places: int,
    nominated_by: str,
    unchanged: Check = accept_all,
) -> HonourTitle:
    """Change the name, the nominating level and the places of an open title.

    Places never fall below those given. `unchanged` refuses if the page showed something else.
    """
    title = _lock_managed_title(user, title_id, State.OPEN, "申报结束后不能修改。")
    unchanged(title)
    given = title.nominations.chosen().count()
    if places < given:
        raise ValidationError({"places": f"已拟表彰 {given} {title.unit}，名额不能少于这个数。"})
    close_up_places(title, user=user)  # the database compares each number with the places
    title.name, title.places, title.nominated_by = name, places, nominated_by
    return _save_title(title, user)


@transaction.atomic
def delete_title(*, user, title_id: int) -> None:
    """Delete a title that was set up by mistake: nobody was nominated."""
    title = _lock_managed_title(user, title_id, State.OPEN, "申报结束后不能删除。")
    if title.nominations.exists():
        raise ValidationError("已有申报，不能删除。")
    with pghistory.context(user=user.pk):
        title.delete()


@transaction.atomic
def announce_title(*, user, title_id: int, now: datetime | None = None) -> HonourTitle:
    """Begin 公示: nobody is added from now on. Everybody who holds a place is checked once more."""
    now = now or timezone.now()
    title = _lock_managed_title(user, title_id, State.OPEN, "这项荣誉已进入公示，请刷新页面查看。")
    recheck_chosen(title, now)
    return _set_title_state(title, State.ANNOUNCED, user=user, announced_at=now)


@transaction.atomic
def reopen_title(*, user, title_id: int) -> HonourTitle:
    """Return to nominations, because 公示 showed that somebody else should get a place."""
    title = _lock_managed_title(user, title_id, State.ANNOUNCED, "只有公示中的荣誉可以退回申报。")
    return _set_title_state(title, State.OPEN, user=user, announced_at=None)


@transaction.atomic
def decide_title(*, user, title_id: int, now: datetime | None = None) -> HonourTitle:
    """Decide after 公示: judge everybody with a place once more, and freeze list and verdicts."""
    now = now or timezone.now()
    title = _lock_managed_title(user, title_id, State.ANNOUNCED, "只有公示中的荣誉可以确定，请刷新页面查看。")
    judged = recheck_chosen(title, now)
    if user.member_id and title.nominations.chosen().filter(member=user.member_id).exists():
        raise ValidationError("名单中有您本人，请由其他管理员确定。")
    close_up_places(title, user=user)
    with pghistory.context(user=user.pk):
        for nomination in title.nominations.chosen():
            nomination.judged_at_decision = judged[nomination.pk]
            nomination.decided_at, nomination.decided_by = now, user
            nomination.save(update_fields=["judged_at_decision", "decided_at", "decided_by"])
        title.nominations.filter(state=Nomination.State.NOMINATED).update(
            state=Nomination.State.DROPPED, reason="未入选", decided_at=now, decided_by=user
        )
    decided = _set_title_state(title, State.DECIDED, user=user, decided_at=now, decided_by=user)
    _notify_nominators(decided)
    return decided


def _save_title(title: HonourTitle, user) -> HonourTitle:
    """Save the title. A duplicate name is refused in Chinese, also when both titles are saved at once."""
    title.validate_constraints()
    try:
        with transaction.atomic(), pghistory.context(user=user.pk):
            title.save()
    except IntegrityError:
        title.validate_constraints()
        raise
    return title


def _lock_managed_title(user, title_id: int, state: str, otherwise: str) -> HonourTitle:
    """Return the title, locked, if the user manages it and it is in the state that the step needs."""
    if not HonourTitle.objects.visible_to(user, "honour.manage").filter(pk=title_id).exists():
        raise ValidationError("没有找到这项荣誉，或不在您的管理范围内。")
    title = lock_title(title_id)
    if title.state != state:
        raise ValidationError(otherwise)
    return title


def _set_title_state(title: HonourTitle, state: str, *, user, **values) -> HonourTitle:
    title.state = state
    for name, value in values.items():
        setattr(title, name, value)
    with pghistory.context(user=user.pk):
        title.save(update_fields=["state", *values])
    return title


def _notify_nominators(title: HonourTitle) -> None:
    nominations = title.nominations.select_related(
        "nominated_by", "member__branch__college", "branch__college"
    )
    notify(
        find_nominating_offices(nominations),
        "honour_decided",
        title.get_absolute_url(),
        key=f"honour:{title.pk}:decided",
        title=title,
        number=title.nominations.chosen().count(),
    )
