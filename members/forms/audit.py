"""Filters of the audit log, and the filters of an export in words."""

from collections.abc import Iterable, Mapping

from django import forms
from django.utils import timezone

from members.lists import NAMED_FILTERS, ListFilter, describe_export
from members.models import AccountEvent, ExportJob, ExportLog
from members.queries.audit import SUBJECTS

EXPORTS, EVENTS = "exports", "events"
# Events that somebody else may have caused, so that the account's person is not named as the actor.
UNKNOWN_ACTOR = frozenset({"sign_in_failed", "locked", "address_alarm", "code_refused", "campus_refused"})
BY_OPERATOR = frozenset({"password_set", "factor_reset", "unlocked", "disabled", "enabled"})
LONGEST_KEY = 18  # digits; a longer number is no key, and the database would refuse it
OTHER_LABELS = {
    "college": "学院",
    "branch": "团支部",
    "member": "人员",
    "street": "街乡",
    "office": "任职编号",
    "import": "导入编号",
    "command": "命令",
    "file": "文件",
    "sort": "排序",
    "standing": "评优资格",
    "bar": "荣誉资格",
    "year": "年度",
    "student_no": "学号",
    "first": "起始日期",
    "last": "截止日期",
    "honour": "荣誉",
    "indicator": "指标",
    "result": "考核结果",
    "name": "名称",
}


class AuditFilter(ListFilter):
    kind = forms.ChoiceField(
        label="内容",
        choices=[
            (EXPORTS, "导出"),
            (EVENTS, "登录与安全"),
            *((name, f"{subject.label}变更") for name, subject in SUBJECTS.items()),
        ],
        required=False,
    )
    q = forms.CharField(label="姓名、学号或工号", required=False, max_length=60)

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or EXPORTS


class FiltersInWords:
    """The filters of exports in words; the names of organisations are read with one query per kind."""

    def __init__(self, exports: Iterable[ExportLog | ExportJob]):
        chosen = [export.filters for export in exports]
        self.names = {
            name: model._default_manager.in_bulk(
                [int(f[name]) for f in chosen if _is_key(str(f.get(name, "")))]
            )
            for name, model in NAMED_FILTERS.items()
        }

    def describe(self, export: ExportLog | ExportJob) -> str:
        """Return the filters of one export as text; 全部 for an export without filters."""
        form = describe_export(export.kind).filter_form
        said = [self._describe_filter(form, name, value) for name, value in self._list_given(export.filters)]
        return "；".join(said) or "全部"

    def _list_given(self, filters: Mapping[str, str]) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in filters.items() if value not in ("", None)]

    def _describe_filter(self, form: type[forms.Form], name: str, value: str) -> str:
        column = form.base_fields.get(name)
        label = column.label if column else OTHER_LABELS.get(name, name)
        if name in NAMED_FILTERS and _is_key(value):
            return f"{label}：{self.names[name].get(int(value), value)}"
        choices = {} if name in NAMED_FILTERS else dict(getattr(column, "choices", ()))
        return f"{label}：{choices.get(value, value)}"


def _is_key(value: str) -> bool:
    return value.isdecimal() and len(value) <= LONGEST_KEY


def describe_exports(exports: Iterable[ExportLog]) -> list[dict]:
    """Return one dict per export with time, user, kind, filters in words and number of rows."""
    exports = list(exports)
    words = FiltersInWords(exports)
    return [
        {
            "at": timezone.localtime(export.at),
            "who": export.user.name if export.user else "系统",
            "kind": describe_export(export.kind).title,
            "filters": words.describe(export),
            "rows": export.rows,
        }
        for export in exports
    ]


def describe_account_events(events: Iterable[AccountEvent]) -> list[dict]:
    """Return one dict per event of an account: time, who acted, what, about whom, address, device and note."""
    return [
        {
            "at": timezone.localtime(event.at),
            "who": _name_actor(event),
            "what": event.get_kind_display(),
            "about": f"{event.user.name} {event.user.number}" if event.user else "",
            "address": event.address or "",
            "device": event.device,
            "note": event.note,
        }
        for event in events
    ]


def _name_actor(event: AccountEvent) -> str:
    """Return who acted: the helper, the person, or nobody who is known where a sign-in failed."""
    if event.by:
        return event.by.name
    if event.kind in BY_OPERATOR:
        return "系统管理员"
    return event.user.name if event.user and event.kind not in UNKNOWN_ACTOR else "未知"
