"""异议: a person's objection to a record or a noted absence, and the college's answer before the deadline."""

from datetime import datetime

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import Objection, ServiceRecord, SignUp
from activities.queries.deciding import find_answering_college
from activities.queries.recipients import find_accounts
from members.models import Member
from members.queries.receivers import build_college_office
from members.services.notify import notify

State = Objection.State
ONCE = "您已提出异议，正在等待答复。"


@transaction.atomic
def object_to_record(*, user, record_id: int, text: str, now: datetime | None = None) -> Objection:
    """Raise an objection to the person's own record, in any state."""
    own = ServiceRecord.objects.visible_to(user, "objection.raise").filter(member=user.member_id)
    record = own.select_for_update(of=("self",)).filter(pk=record_id).first()
    if record is None:
        raise ValidationError("没有找到这条记录。")
    return _raise_objection(user, text, now, record=record)


@transaction.atomic
def object_to_absence(*, user, signup_id: int, text: str, now: datetime | None = None) -> Objection:
    """Raise an objection to being noted absent."""
    own = SignUp.objects.filter(member=user.member_id, no_show_at__isnull=False)
    signup = own.select_for_update(of=("self",)).filter(pk=signup_id).first()
    if signup is None:
        raise ValidationError("没有找到这次缺席登记，可能已经更正。")
    return _raise_objection(user, text, now, signup=signup)


@transaction.atomic
def withdraw_objection(*, user, objection_id: int) -> Objection:
    """Withdraw the person's own open objection."""
    own = Objection.objects.filter(member=user.member_id)
    objection = _lock_open_objection(own, objection_id)
    objection.state = State.WITHDRAWN
    with pghistory.context(user=user.pk):
        objection.save(update_fields=["state"])
    return objection


@transaction.atomic
def answer_objection(
    *, user, objection_id: int, upheld: bool, text: str, now: datetime | None = None
) -> Objection:
    """Save the college's answer and tell the person.

    An upheld objection to an absence removes the absence; a record is corrected by a separate step.
    """
    objection = _lock_open_objection(Objection.objects.visible_to(user, "objection.answer"), objection_id)
    if objection.member_id == user.member_id:
        raise ValidationError("不能答复本人的异议。")
    if not text.strip():
        raise ValidationError({"text": "请写明答复，本人会看到。"})
    objection.state = State.UPHELD if upheld else State.DISMISSED
    objection.answer, objection.answered_by = text.strip(), user
    objection.answered_at = now or timezone.now()
    with pghistory.context(user=user.pk, reason=text.strip()[:200]):
        objection.save(update_fields=["state", "answer", "answered_by", "answered_at"])
        if upheld and objection.signup_id:
            SignUp.objects.filter(pk=objection.signup_id).update(no_show_at=None)
    _notify_of_objection(
        find_accounts([objection.member_id]), "objection_answered", objection, step="answered"
    )
    return objection


def describe_subject(objection: Objection) -> str:
    """Return the subject of the objection in words."""
    if record := objection.record:
        return f"{record.served_on:%Y-%m-%d}“{record.title}”（{record.get_source_display()}）的时长"
    assert objection.signup is not None  # the constraint asks for one of the two
    activity = objection.signup.activity
    return f"{timezone.localdate(activity.starts_at):%Y-%m-%d}“{activity.name}”的缺席登记"


def _raise_objection(user, text: str, now: datetime | None, **about) -> Objection:
    """Create the objection and tell the college.

    Raises ValidationError for a second open one.
    """
    now = now or timezone.now()
    if not text.strip():
        raise ValidationError({"text": "请写明哪里不对、应当怎样。"})
    if Objection.objects.filter(state=State.OPEN, **about).exists():
        raise ValidationError(ONCE)
    with pghistory.context(user=user.pk):
        objection = Objection.objects.create(
            member_id=user.member_id, text=text.strip(), raised_at=now, **about
        )
    member = Member.objects.select_related("branch").get(pk=user.member_id)
    office = build_college_office(find_answering_college(objection))
    _notify_of_objection(office, "objection_raised", objection, step="raised", member=member)
    return objection


def _lock_open_objection(objections, pk: int) -> Objection:
    """Lock an open objection. Raises ValidationError if it is missing or already answered."""
    found = objections.select_for_update(of=("self",)).filter(pk=pk).first()
    if found is None:
        raise ValidationError("没有找到这条异议。")
    if found.state != State.OPEN:
        raise ValidationError("这条异议已经处理，请刷新后查看。")
    return found


def _notify_of_objection(to, template: str, objection: Objection, *, step: str, **values) -> None:
    values |= {"objection": objection, "subject": describe_subject(objection)}
    link, key = objection.get_absolute_url(), f"objection:{objection.pk}:{step}"
    transaction.on_commit(lambda: notify(to, template, link, key=key, **values))
