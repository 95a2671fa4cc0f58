"""Filters of the audit log, and the filters of an export in words."""

from collections.abc import Iterable, Mapping

from django import forms
from django.db.models import Model
from django.utils import timezone

from members.forms.organisation import StreetFilter
from members.forms.people import RosterFilter
from members.models import Branch, College, ExportLog, Member, Street
from members.queries.audit import SUBJECTS

EXPORTS = "exports"
KINDS = {
    "roster": "花名册",
    "streets": "街乡名录",
    "rejects": "未录入的行",
    "bulletin": "通报",
    "bulletins": "通报汇总",
    "pairings": "结对台账",
    "codes": "申请结对码",
    "team_roll": "入队名单",
    "invitations": "街乡负责人邀请",
    "liaisons": "街乡负责人账号",
    "audit": "审计记录",
    "eligibility": "评优资格",
    "eligibility_branches": "团支部荣誉资格",
    "appraisal": "评议表",
    "appraisals": "教育评议",
    "honours": "荣誉申报",
    "assessment": "学院考核",
    "assessment_rows": "学院考核明细",
    "assessment_result": "学院考核结果",
    "commendation": "表彰",
    "rollover": "年度结转清单",
    "exceptions": "评优例外",
    "admissions": "入团培养",
    "admission_slips": "支部大会报告单",
    "slip": "时长确认单",
    "hours": "服务时长",
    "hours_totals": "时长汇总",
    "hours_records": "服务记录",
    "hours_differences": "台账核对",
    "hours_pending": "待确认时长",
    "projects": "项目",
    "activities": "活动",
    "signups": "报名名单",
    "attendance": "签到名单",
    "supplements": "补录",
    "objections": "异议",
}
# Filters that hold a key; apps above this one add theirs when they are ready.
NAMED: dict[str, type[Model]] = {"college": College, "branch": Branch, "member": Member, "street": Street}
LONGEST_KEY = 18  # digits; what is longer was never a key, and the database would not take it
OTHER_LABELS = {
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


class AuditFilter(forms.Form):
    kind = forms.ChoiceField(
        label="内容",
        choices=[(EXPORTS, "导出"), *((name, f"{subject.label}变更") for name, subject in SUBJECTS.items())],
        required=False,
    )
    q = forms.CharField(label="姓名、学号或工号", required=False, max_length=60)

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or EXPORTS


# How the filters of an export are called; apps above this one add theirs when they are ready.
FILTERS: dict[str, type[forms.Form]] = {"streets": StreetFilter, "audit": AuditFilter}


class FiltersInWords:
    """How exports were narrowed, as a reader understands it; names of organisations are asked for once a kind."""

    def __init__(self, exports: Iterable[ExportLog]):
        chosen = [export.filters for export in exports]
        self.names = {
            name: model.objects.in_bulk([int(f[name]) for f in chosen if _is_key(str(f.get(name, "")))])
            for name, model in NAMED.items()
        }

    def of(self, export: ExportLog) -> str:
        form = FILTERS.get(export.kind, RosterFilter)
        said = [self._one(form, name, value) for name, value in self._given(export.filters)]
        return "；".join(said) or "全部"

    def _given(self, filters: Mapping[str, str]) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in filters.items() if value not in ("", None)]

    def _one(self, form: type[forms.Form], name: str, value: str) -> str:
        column = form.base_fields.get(name)
        label = column.label if column else OTHER_LABELS.get(name, name)
        if name in NAMED and _is_key(value):
            return f"{label}：{self.names[name].get(int(value), value)}"
        choices = {} if name in NAMED else dict(getattr(column, "choices", ()))
        return f"{label}：{choices.get(value, value)}"


def _is_key(value: str) -> bool:
    return value.isdecimal() and len(value) <= LONGEST_KEY


def export_lines(exports: Iterable[ExportLog]) -> list[dict]:
    exports = list(exports)
    words = FiltersInWords(exports)
    return [
        {
            "at": timezone.localtime(export.at),
            "who": export.user.name if export.user else "系统",
            "kind": KINDS.get(export.kind, export.kind),
            "filters": words.of(export),
            "rows": export.rows,
        }
        for export in exports
    ]
