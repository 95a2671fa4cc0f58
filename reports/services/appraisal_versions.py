"""Two windows on one sheet: find what one of them really changed in its rows, and what changed in between."""

from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.utils import timezone

from members.models.history import event_rows
from members.queries.history import list_changes
from reports.models import AppraisalGrade

LABELS = {
    "taking_part": "参加评议",
    "self_grade": "自评",
    "mutual": "互评",
    "proposed": "支部建议",
    "final": "最终等次",
    "note": "备注",
}
WRITTEN = tuple(LABELS)
UNREAD = frozenset({"appraisal", "member", "verdict"})
UNKNOWN = "评议表已更新，请刷新页面后再填写。"

Values = Mapping[str, object]


class StaleError(ValidationError):
    """Somebody changed the row after it was loaded.

    `values`: the current row with the sender's changes on top; sending them again with `version` confirms
    them.
    """

    def __init__(self, text: str, *, values: Values, version: int):
        super().__init__(text, code="stale")
        self.values, self.version = values, version


def find_meant_changes(
    grades: Iterable[AppraisalGrade], rows: Mapping[int, Values], seen: Mapping[int, int]
) -> dict[int, Values]:
    """Return the fields that the sender changed since loading the rows: {grade id: {field: value}}.

    Only changed rows are included. A row sent unchanged changes nothing, even if somebody else has changed it
    since. `seen`: {grade id: version when loaded}. ValidationError, keyed by grade id: the row is unknown or
    stale.
    """
    looked_at = event_rows(AppraisalGrade).filter(pgh_id__in=seen.values())
    then = {event.pgh_obj_id: event for event in looked_at if seen.get(event.pgh_obj_id) == event.pgh_id}
    found: dict[int, Values] = {}
    problems: dict[str, ValidationError] = {}
    for grade in grades:
        if grade.pk not in rows:
            continue
        if (base := then.get(grade.pk)) is None:
            problems[str(grade.pk)] = ValidationError(UNKNOWN)
            continue
        values = {name: value for name, value in rows[grade.pk].items() if value != getattr(base, name)}
        if all(getattr(grade, name) == value for name, value in values.items()):
            continue
        if any(getattr(base, name) != getattr(grade, name) for name in WRITTEN):
            problems[str(grade.pk)] = _make_stale_error(grade, values, base.pgh_id)
        found[grade.pk] = values
    if problems:
        raise ValidationError(problems)
    return found


def _make_stale_error(grade: AppraisalGrade, values: Values, since: int) -> StaleError:
    now = {name: getattr(grade, name) for name in WRITTEN}
    events = event_rows(AppraisalGrade).filter(pgh_obj=grade, pgh_id__gte=since)
    told = [
        f"{change.who}于 {timezone.localtime(change.at):%m-%d %H:%M} 将"
        + "、".join(f"{field.label}由“{field.old}”改为“{field.new}”" for field in change.fields)
        for change in reversed(list_changes(events, hidden=UNREAD))
        if not change.created
    ]
    text = f"您打开页面后，{'；'.join(told)}。您的改动没有保存，请核对。"
    return StaleError(text, values=now | dict(values), version=grade.version)
