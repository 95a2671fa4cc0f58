"""Filters of the list of applicants, the days of a track, and the result of the meeting."""

from django import forms
from django.utils import timezone

from members.forms.people import PeopleFilter
from members.forms.registration import DayField
from members.forms.seen import SeenFormMixin
from members.models import Member
from reports.models import Admission
from reports.rules.admission import DAYS, Meeting, list_open_days

STANDINGS = [
    ("", "全部在培养"),
    ("applicant", "入团申请人"),
    ("activist", "入团积极分子"),
    ("candidate", "发展对象"),
    ("outside", "已转团员，未记录支部大会"),
    ("admitted", "已接收入团"),
    ("ended", "已终止"),
]
NEEDS = [
    ("", "全部"),
    ("unregistered", "未核实注册"),
    ("days", "日期待补"),
    ("called", "已定支部大会日期"),
]


class AdmissionFilter(PeopleFilter):
    standing = forms.ChoiceField(label="阶段", choices=STANDINGS, required=False)
    needs = forms.ChoiceField(label="待办", choices=NEEDS, required=False)


class StartForm(forms.Form):
    student_no = forms.CharField(label="学号", max_length=40, help_text="须已在花名册中。")
    applied_on = DayField(label="提出入团申请的日期", help_text="志愿服务时长从这一天算起。")


class DaysForm(SeenFormMixin, forms.Form):
    """The days of the steps that a person has taken."""

    def __init__(self, data=None, *, stage: str, track: Admission | None):
        super().__init__(data, initial=self.read_row(track))
        for name, label, _ in DAYS:
            if name in list_open_days(stage):
                self.fields[name] = DayField(label=label, required=name == "applied_on")
        if "meeting_on" in self.fields:
            self.fields["meeting_on"].label = "支部大会日期"
            self.fields["meeting_on"].help_text = "可先填写拟召开的日期；服务时长计算到这一天。"

    def read_row(self, row: Admission | None) -> dict:
        return {name: row and getattr(row, name) for name, *_ in DAYS}


class StepForm(forms.Form):
    to = forms.ChoiceField(choices=Member.Stage.choices, widget=forms.HiddenInput)
    on = DayField(label="日期")

    def __init__(self, data=None, *, to: str):
        super().__init__(data, initial={"to": to, "on": timezone.localdate()})
        self.fields["on"].label = f"列为{Member.Stage(to).label}的日期"


class BackForm(forms.Form):
    since = forms.ChoiceField(choices=Member.Stage.choices, widget=forms.HiddenInput)
    reason = forms.CharField(label="退回原因", max_length=200, help_text="会记入修改记录。")

    def __init__(self, *args, **options):
        super().__init__(*args, auto_id="back_%s", **options)  # type: ignore[misc]  # beside the form below, on one page


class EndForm(forms.Form):
    reason = forms.CharField(
        label="终止原因", max_length=200, help_text="例如“本人撤回申请”。之后可以重新申请。"
    )

    def __init__(self, *args, **options):
        super().__init__(*args, auto_id="end_%s", **options)  # type: ignore[misc]


class MeetingForm(forms.Form):
    on = DayField(label="支部大会日期")
    entitled = forms.IntegerField(label="应到（有表决权的团员）", min_value=1, max_value=10_000)
    present = forms.IntegerField(label="实到（有表决权的团员）", min_value=0, max_value=10_000)
    votes_for = forms.IntegerField(label="赞成票", min_value=0, max_value=10_000)
    votes_against = forms.IntegerField(label="不赞成票", min_value=0, max_value=10_000, initial=0)
    abstained = forms.IntegerField(label="弃权票", min_value=0, max_value=10_000, initial=0)

    @property
    def meeting(self) -> Meeting:
        return Meeting(**self.cleaned_data)
