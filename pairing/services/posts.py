"""Posts of street liaisons: who must not hold one, and their end with the last pairing of a school at a street."""

from collections.abc import Collection
from datetime import date, datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone

from members.models import Grant, School, ServiceYear
from members.models.history import event_rows
from members.permissions import Role
from members.services.accounts import find_other_side, grant_role
from pairing.models import Invitation, Pairing

LAST_PAIRING_ENDED = "本校在这个街乡的最后一个结对已经结束"
RENEWED_YEARS = 1  # a school renews at most to the end of the next calendar year


def require_street_side(user, *, school: School, street_id: int | None) -> None:
    """Refuse to act for the street if the account belongs to the school's own side (三(四)3).

    A college cannot agree its own project or confirm its own attendance: neither by an account that holds an office
    or studies at the school, nor by one that has invited a liaison of this street. Raises ValidationError.
    """
    if find_other_side(user, school):
        raise ValidationError("您的账号在该学校另有身份，不能代表街乡办理。请由街乡负责人本人办理。")
    invited = Invitation.objects.filter(invited_by=user.pk, year__school=school, street=street_id)
    if user.pk and invited.exists():
        raise ValidationError("您曾代表学校邀请这个街乡，不能再代表街乡办理。请由街乡负责人本人办理。")


def end_posts_without_pairing(*, school_id: int, street_id: int, now: datetime) -> int:
    """End the school's posts at a street if its last pairing there has ended; return their number.

    Today is their last day, so that what took place today can still be confirmed. The caller has locked the street,
    and the audit shows its reason.
    """
    today = timezone.localdate(now)
    left = Pairing.objects.active().held_in(today.year, date.max.year)
    if left.filter(year__school=school_id, street=street_id).exists():
        return 0
    posts = _lock_open_posts(today).filter(school=school_id, street=street_id).exclude(ends_on=today)
    posts.filter(starts_on__gt=today).delete()
    return Grant.objects.filter(pk__in=list(posts.values_list("pk", flat=True))).update(ends_on=today)


def reopen_posts(*, school_id: int, street_id: int, ended_at: datetime, now: datetime) -> int:
    """Give the school's liaisons at a street back the terms that the release at `ended_at` cut; return their number.

    A post keeps what it was before the cut: its former last day, if that is still to come. Posts that somebody has
    changed since stay as they are.
    """
    today, cut_on, count = timezone.localdate(now), timezone.localdate(ended_at), 0
    cut = Grant.objects.select_for_update().filter(
        role=Role.LIAISON, school=school_id, street=street_id, ends_on=cut_on
    )
    for post in cut.order_by("pk"):
        latest = event_rows(Grant).filter(pgh_obj=post).order_by("-pgh_id")[:2]
        if len(latest) < 2 or latest[0].ends_on != cut_on:
            continue
        former = latest[1].ends_on
        if former == cut_on or (former is not None and former < today):
            continue
        post.ends_on = former
        post.save(update_fields=["ends_on"])
        count += 1
    return count


def extend_posts(*, year: ServiceYear, next_year: ServiceYear, streets: Collection[int]) -> int:
    """Carry the posts at these streets into the next year with their pairings; return their number.

    Only posts that end with `year` are extended: a school that chose an earlier or a later day, or has renewed the
    post by now, keeps its choice.
    """
    last = date(year.year, 12, 31)
    posts = Grant.objects.filter(role=Role.LIAISON, school=year.school_id, street__in=streets)
    later = posts.filter(user=OuterRef("user"), street=OuterRef("street"), starts_on__gt=last)
    ending = posts.filter(~Exists(later), ends_on=last)
    return ending.update(ends_on=date(next_year.year, 12, 31))


@transaction.atomic
def end_posts_of_past_years(*, now: datetime) -> int:
    """End posts without an end date whose last pairing ended with an earlier year; return their number.

    All others have a date, which the school can see and change. Safe to call at any time and in parallel.
    """
    today, ended = timezone.localdate(now), 0
    for post in _lock_open_posts(today).filter(ends_on=None):
        paired = Pairing.objects.active().filter(year__school=post.school_id, street=post.street_id)
        last = paired.aggregate(year=Max(Coalesce("carried_to", "calendar_year")))["year"]
        if last is None or last >= today.year:
            continue
        with pghistory.context(reason=LAST_PAIRING_ENDED):
            post.ends_on = max(post.starts_on, date(last, 12, 31))
            post.save(update_fields=["ends_on"])
        ended += 1
    return ended


@transaction.atomic
def renew_post(*, user, grant_id: int, until: date, now: datetime | None = None) -> Grant:
    """Let a liaison's post last until a day; a post that has ended gets a new term from today, its old one stays true.

    Raises ValidationError for another school's post, a day in the past or one after the end of next year.
    """
    schools = School.objects.visible_to(user, "grant.staff")
    posts = Grant.objects.select_related("user", "school", "street")
    post = posts.filter(role=Role.LIAISON, school__in=schools, pk=grant_id).first()
    if post is None:
        raise ValidationError("没有找到这个账号。")
    today = timezone.localdate(now)
    latest = date(today.year + RENEWED_YEARS, 12, 31)
    if not today <= until <= latest:
        raise ValidationError({"until": f"请填写今天至 {latest:%Y-%m-%d} 之间的日期。"})
    assert post.street is not None  # of a liaison's grant (grant_role_fits_scope)
    terms = Grant.objects.filter(user=post.user, role=post.role, school=post.school, street=post.street)
    if terms.filter(starts_on__gt=today).exists():
        raise ValidationError("这个账号以后的权限已经安排好，不需要延长。")
    with pghistory.context(user=user.pk):
        return grant_role(
            user=post.user,
            role=Role.LIAISON,
            on=post.street,
            school=post.school,
            starts_on=today,
            ends_on=until,
            by=user,
        )


def _lock_open_posts(today: date):
    """Return the liaisons' roles that have not ended, locked in one order."""
    return Grant.objects.open_on(today).filter(role=Role.LIAISON).select_for_update().order_by("pk")
