"""The history of a record, from sign-up over attendance and decision to objections (ux.md, 我的)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from members.queries.history import list_changes

# The part of a record's history that is shown: changes of its time before the decision, with person and
# reason.
TIMES = frozenset({"开始时间", "结束时间", "时长（分钟）"})


@dataclass(frozen=True)
class Step:
    """One step of a record's history, as the page shows it."""

    at: datetime
    title: str
    by: str = ""
    text: str = ""
    url: str = ""
    tone: str = "quiet"


def build_story(record) -> list[Step]:
    """Return all steps in the order in which they happened.

    Fellow students who run an attendance or a branch are named by their role, not by name.
    """
    steps = [
        *(_list_attendance_steps(record) if record.signup else ()),
        *_list_ledger_steps(record),
        *_list_adjustment_steps(record),
        *_list_objection_steps(record),
    ]
    return sorted(steps, key=lambda step: step.at)


def _list_attendance_steps(record) -> Iterator[Step]:
    signup = record.signup
    yield Step(signup.signed_up_at, "现场加入" if signup.walk_in else "报名", "本人")
    for name, title in (("checked_in", "签入"), ("checked_out", "签出")):
        if at := getattr(signup, f"{name}_at"):
            how = getattr(signup, f"get_{name}_how_display")()
            where = getattr(signup, f"get_{name}_where_display")() if getattr(signup, f"{name}_where") else ""
            said = "；".join(filter(None, [where, signup.tick_reason if "登记" in how else ""]))
            yield Step(
                at,
                f"{title}（{how}）" if how else title,
                _name_actor(getattr(signup, f"{name}_by"), record),
                said,
            )
    if signup.settled_at:
        span = "不计时长"
        if signup.settled_start:
            span = f"认定 {_format_clock(signup.settled_start)}—{_format_clock(signup.settled_end)}"
        text = f"{span}：{signup.settle_reason}"
        yield Step(signup.settled_at, "负责人处理", _name_actor(signup.settled_by, record), text)
    street_at = record.street_confirmed_at or signup.street_confirmed_at
    if street_at:
        yield Step(street_at, "街乡确认到场", "街乡负责人", tone="ok")


def _list_ledger_steps(record) -> Iterator[Step]:
    how = {"attendance": "生成时长记录", "supplement": "提交补录"}
    title = how.get(record.source, f"由{record.get_source_display()}文件导入")
    yield Step(record.submitted_at, title, _name_actor(record.submitted_by, record))
    if record.corrects:
        yield Step(record.submitted_at, "更正了一条作废的记录", url=record.corrects.get_absolute_url())
    if record.signed_at:
        yield Step(
            record.signed_at, "初审通过，待另一人复核", _name_actor(record.signed_by, record), tone="info"
        )
    if record.decided_at:
        rejected = record.state == "rejected"
        title = "未通过" if rejected else "确认"
        by = _name_actor(record.decided_by, record) or record.get_source_display()
        yield Step(record.decided_at, title, by, record.decision_note, tone="bad" if rejected else "ok")
    if record.voided_at:
        yield Step(
            record.voided_at, "作废", _name_actor(record.voided_by, record), record.void_reason, tone="bad"
        )
        if after := getattr(record, "corrected_by", None):
            yield Step(record.voided_at, "由另一条记录更正", url=after.get_absolute_url(), tone="info")


def _list_adjustment_steps(record) -> Iterator[Step]:
    for change in list_changes(record.events.all()):
        fields = [field for field in change.fields if field.label in TIMES]
        if fields:
            told = "；".join(f"{field.label} {field.old} → {field.new}" for field in fields)
            text = f"{told}：{change.reason}" if change.reason else told
            yield Step(change.at, "确认前调整", "学院团委", text, tone="info")


def _list_objection_steps(record) -> Iterator[Step]:
    for objection in record.objections.all():
        url = objection.get_absolute_url()
        yield Step(objection.raised_at, "提出异议", "本人", objection.text, url, "warn")
        if objection.answered_at:
            title = f"异议{objection.get_state_display()}"
            by = _name_actor(objection.answered_by, record)
            yield Step(objection.answered_at, title, by, objection.answer, url, "info")


def _name_actor(user, record) -> str:
    if user is None:
        return ""
    if user.member_id == record.member_id:
        return "本人"
    return "学生负责人" if user.member_id else user.name


def _format_clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"
