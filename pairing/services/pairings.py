"""Confirm the offline part of a pairing, release a pairing, and move it to another street."""

import secrets
from datetime import date, datetime

import pghistory
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from members.models import College, Street
from members.models.history import event_rows
from members.services.unchanged import Check, accept_all
from pairing.models import Pairing, PairingCode
from pairing.queries.hall import forget_places
from pairing.rules import compute_due_date, count_places_left, is_release_undoable
from pairing.services.followers import PairingTurn, Turn, tell_followers
from pairing.services.notices import notify_moved, notify_released, notify_returned
from pairing.services.posts import end_posts_without_pairing, reopen_posts
from pairing.services.teams import close_team, forget_street_contact, reopen_team

State = Pairing.State


@transaction.atomic
def confirm_offline(
    *,
    user,
    pairing_id: int,
    on: date,
    people: str,
    note: str,
    proof: bytes | None,
    unchanged: Check = accept_all,
    now: datetime | None = None,
) -> Pairing:
    """Record the offline part (三(三)1): date, people present, and a picture that is already re-encoded.

    A second call corrects the first; without a new picture the old one stays. `unchanged` refuses if the page showed
    something else. Raises ValidationError by field
    for an impossible date, missing people or a missing picture.
    """
    pairing = _lock_pairing(user, pairing_id, "pairing.confirm")
    unchanged(pairing)
    today = timezone.localdate(now)
    if on > today:
        raise ValidationError({"on": "线下结对日期不能晚于今天。"})
    if on < timezone.localdate(pairing.claimed_at):
        raise ValidationError({"on": "线下结对日期不能早于线上结对。"})
    if not people.strip():
        raise ValidationError({"people": "请填写到场人员。"})
    if not proof and not pairing.proof:
        raise ValidationError({"proof": "请上传照片或扫描件。"})
    pairing.offline_on, pairing.offline_people, pairing.offline_note = on, people.strip(), note.strip()
    pairing.confirmed_at, pairing.confirmed_by = now or timezone.now(), user
    with pghistory.context(user=user.pk):
        _save_with_proof(proof, pairing)
    return pairing


@transaction.atomic
def release_pairing(*, user, pairing_id: int, reason: str, now: datetime | None = None) -> Pairing:
    """Release a pairing with a reason.

    Place and code are free again, the team is closed, and the college gets a message. If it was the school's last
    pairing at the street, the posts of its liaisons there end with this day. For a day the release can be undone
    (`undo_release`).
    """
    pairing = _lock_pairing(user, pairing_id, "pairing.end")
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因。"})
    now = now or timezone.now()
    code = PairingCode.objects.select_for_update().get(pk=pairing.code_id)
    pairing.state, pairing.ended_at, pairing.ended_by, pairing.end_reason = State.RELEASED, now, user, reason
    with pghistory.context(user=user.pk, reason=reason):
        pairing.save()
        if pairing.carried_to is None:  # the code of an earlier year stays used
            code.state = PairingCode.State.HANDED_OUT
            code.save(update_fields=["state"])
        # Activities are locked before memberships, as when somebody leaves the team.
        tell_followers(PairingTurn(pairing, Turn.RELEASED, user, now, reason))
        close_team(pairing=pairing, reason=reason, now=now)
        end_posts_without_pairing(school_id=pairing.year.school_id, street_id=pairing.street_id, now=now)
    notify_released(pairing, number=_count_events(pairing))
    transaction.on_commit(lambda: forget_places(pairing.carried_to or pairing.calendar_year))
    return pairing


@transaction.atomic
def move_to_street(
    *, user, pairing_id: int, street_id: int, reason: str, now: datetime | None = None
) -> Pairing:
    """Move a pairing to another street of the same kind with a free place; team and code stay.

    The offline part has a new due date, counted from the day of the move. If the school has no pairing left at the
    former street, the posts of its liaisons there end with this day. Raises ValidationError by field if a rule
    refuses the street or the reason is missing.
    """
    now = now or timezone.now()
    pairing = _lock_pairing(user, pairing_id, "pairing.end", also=street_id)
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因。"})
    street = Street.objects.filter(pk=street_id).first()
    taken = Pairing.objects.places_taken(
        calendar_year=pairing.calendar_year, street_id=street_id, until=pairing.carried_to
    )
    pairing.cap = pairing.year.get_cap(pairing.code.kind)
    if problem := _move_problem(pairing, street, taken):
        raise ValidationError({"street": problem})
    assert street is not None  # a move to no street is refused above
    former, pairing.street = pairing.street, street
    pairing.place = next(number for number in range(1, pairing.cap + 1) if number not in taken)
    # The agreement with the former street does not apply to the new one.
    pairing.offline_on = pairing.confirmed_at = pairing.confirmed_by = None
    pairing.offline_people = pairing.offline_note = ""
    pairing.due_on = compute_due_date(timezone.localdate(now), pairing.year.offline_days)
    _forget_proof(pairing)
    with pghistory.context(user=user.pk, reason=reason):
        pairing.save()
        forget_street_contact(pairing=pairing)
        end_posts_without_pairing(school_id=pairing.year.school_id, street_id=former.pk, now=now)
        tell_followers(PairingTurn(pairing, Turn.MOVED, user, now, reason))
    notify_moved(pairing, before=str(former), reason=reason, number=_count_events(pairing))
    transaction.on_commit(lambda: forget_places(pairing.carried_to or pairing.calendar_year))
    return pairing


@transaction.atomic
def undo_release(*, user, pairing_id: int, now: datetime | None = None) -> Pairing:
    """Take back a release within a day: place, code, team with its people and 志愿团队ID, posts of the liaisons.

    The apps above take up what had paused. Raises ValidationError if the day is over, or if the college, the code or
    the street's place is taken meanwhile.
    """
    now = now or timezone.now()
    pairing = _lock_released(user, pairing_id)
    code = PairingCode.objects.select_for_update(of=("self",)).get(pk=pairing.code_id)
    taken = Pairing.objects.places_taken(
        calendar_year=pairing.calendar_year, street_id=pairing.street_id, until=pairing.carried_to
    )
    if problem := _undo_problem(pairing, code, taken, now):
        raise ValidationError(problem)
    if pairing.place in taken:
        pairing.place = next(number for number in range(1, pairing.cap + 1) if number not in taken)
    with pghistory.context(user=user.pk, reason="撤销解除"):
        if pairing.carried_to is None:
            code.state = PairingCode.State.USED
            code.save(update_fields=["state"])
        bring_back(pairing, user=user, now=now)
    transaction.on_commit(lambda: forget_places(pairing.carried_to or pairing.calendar_year))
    return pairing


def bring_back(pairing: Pairing, *, user, now: datetime) -> None:
    """Make a released pairing active again, with its team and posts, and tell the apps above and the college.

    The caller has locked college, street, code and pairing, and has judged the rules.
    """
    ended_at = pairing.ended_at
    assert ended_at is not None  # of a released pairing
    pairing.state, pairing.ended_at, pairing.ended_by, pairing.end_reason = State.ACTIVE, None, None, ""
    pairing.save()
    reopen_team(pairing=pairing, ended_at=ended_at, now=now)
    reopen_posts(school_id=pairing.year.school_id, street_id=pairing.street_id, ended_at=ended_at, now=now)
    tell_followers(PairingTurn(pairing, Turn.RETURNED, user, now))
    notify_returned(pairing, number=_count_events(pairing))


def _lock_released(user, pairing_id: int) -> Pairing:
    """Lock the college, the street and the pairing, in this order. Raises ValidationError if it is not released."""
    seen = Pairing.objects.visible_to(user, "pairing.end").filter(pk=pairing_id)
    found = seen.values_list("college", "street").first()
    if found is None:
        raise ValidationError("没有找到这个结对。")
    College.objects.select_for_update().get(pk=found[0])
    Street.objects.select_for_update().get(pk=found[1])
    pairing = seen.select_for_update(of=("self",)).select_related("year", "street", "college").get()
    if pairing.state != State.RELEASED:
        raise ValidationError("这个结对没有解除，不需要撤销。")
    return pairing


def _undo_problem(pairing: Pairing, code: PairingCode, taken: set[int], now: datetime) -> str:
    """Return why the release cannot be undone, in Chinese; "" if it can. `taken`: held place numbers."""
    assert pairing.ended_at is not None  # of a released pairing
    if not is_release_undoable(pairing.ended_at, now):
        return "解除已超过一天，不能撤销。学院可以用结对码重新结对，服务队、志愿团队ID和项目会随之恢复。"
    last = pairing.carried_to or pairing.calendar_year
    held = Pairing.objects.active().held_in(pairing.calendar_year, last)
    if other := held.filter(college=pairing.college).select_related("street").first():
        return f"{pairing.college}已与{other.street}结对，不能撤销；需要时请使用“调整街乡”。"
    if pairing.carried_to is None and (
        code.state != PairingCode.State.HANDED_OUT or code.college_id != pairing.college_id
    ):
        return "原来的结对码已被收回或另作他用，不能撤销。请先把结对码分配给学院，再重新结对。"
    shared = pairing.year.streets_shared
    if not shared and held.filter(street=pairing.street, year__school=pairing.year.school_id).exists():
        return "本校已有其他学院与这个街乡结对，不能撤销。"
    if not count_places_left(pairing.cap, len(taken), pairing.street.taken_elsewhere):
        return "这个街乡的名额已被占用，不能撤销。请为学院选择另一个街乡。"
    return ""


def _count_events(pairing: Pairing) -> int:
    """Return how many times the pairing was written; it distinguishes the messages of its changes."""
    return event_rows(Pairing).filter(pgh_obj=pairing).count()


def _move_problem(pairing: Pairing, street: Street | None, taken: set[int]) -> str:
    """Return why the pairing cannot move to this street, in Chinese; "" if it can.

    `taken`: held place numbers.
    """
    year = pairing.year
    if street is None or street.pk == pairing.street_id:
        return "请选择另一个街乡。"
    if street.kind != pairing.code.kind:
        return "结对码的类型与这个街乡不符。"
    if not year.streets_shared and Pairing.objects.active().of_year(year).filter(street=street).exists():
        return "本校已有学院与这个街乡结对。"
    if year.streets_assigned and not year.assigned_streets.filter(street=street).exists():
        return "这个街乡不在上级分配给我校的名单中。"
    if not count_places_left(pairing.cap, len(taken), street.taken_elsewhere):
        return "这个街乡的名额已满。"
    return ""


def _save_with_proof(proof: bytes | None, pairing: Pairing) -> None:
    """Save the pairing, with a new picture if there is one; a failed save leaves no file without a row."""
    if not proof:
        pairing.save()
        return
    _forget_proof(pairing)
    # A name that nobody can guess; the file is outside the static folder, and only a view sends it.
    pairing.proof.save(f"{secrets.token_hex(16)}.jpg", ContentFile(proof), save=False)
    try:
        pairing.save()
    except BaseException:
        if pairing.proof.name:
            pairing.proof.storage.delete(pairing.proof.name)
        raise


def _forget_proof(pairing: Pairing) -> None:
    """Clear the picture; the file is deleted when the transaction commits."""
    if name := pairing.proof.name:
        storage = pairing.proof.storage
        transaction.on_commit(lambda: storage.delete(name))
        pairing.proof = ""


def _lock_pairing(user, pairing_id: int, action: str, *, also: int | None = None) -> Pairing:
    """Lock the college, then the streets (the pairing's and `also`) by key, then the pairing; return it.

    Raises ValidationError if the user may not see it or it is not active.
    """
    seen = Pairing.objects.visible_to(user, action)
    college_id = seen.filter(pk=pairing_id).values_list("college", flat=True).first()
    if college_id is None:
        raise ValidationError("没有找到这个结对。")
    College.objects.select_for_update().get(pk=college_id)
    # Read the street under the college's lock: another move may just have changed it.
    street_id = seen.values_list("street", flat=True).get(pk=pairing_id)
    list(Street.objects.select_for_update().filter(pk__in=[street_id, also or street_id]).order_by("pk"))
    pairing = (
        seen.select_for_update(of=("self",)).select_related("year", "code").filter(pk=pairing_id).first()
    )
    if pairing is None or pairing.state != State.ACTIVE:
        raise ValidationError("这个结对已经解除。")
    return pairing
