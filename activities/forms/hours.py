"""时长确认: forms that narrow the waiting records, decide on the ticked ones, and change one record."""

from datetime import datetime, time, timedelta

from django import forms
from django.utils import timezone

from activities.forms.people import OfPeopleFilter
from activities.models import ServiceRecord
from members.forms.labels import LabelField
from members.forms.registration import DayField
from members.forms.seen import SeenFormMixin

DOUBTS = [
    ("", "全部"),
    ("blocked", "不能直接确认"),
    ("any", "有提醒"),
    ("late", "超过确认期限"),
    ("none", "没有提醒"),
]
SOURCES = [("", "全部"), ("attendance", "本平台签到"), ("supplement", "补录")]


class PendingFilter(OfPeopleFilter):
    source = forms.ChoiceField(label="来源", choices=SOURCES, required=False)
    doubt = forms.ChoiceField(label="提醒", choices=DOUBTS, required=False)


class DecideForm(forms.Form):
    """The records ticked in the list, and the decision on them."""

    chosen = forms.ModelMultipleChoiceField(
        ServiceRecord.objects.none(),
        error_messages={
            "required": "请先勾选记录。",
            "invalid_choice": "名单已有变化，请核对后重新勾选。",
        },
    )
    whole = forms.BooleanField(required=False)
    decision = forms.ChoiceField(choices=[("confirm", "确认"), ("reject", "不通过")])
    acknowledged = forms.BooleanField(label="所选记录中的提醒我已逐条看过", required=False)
    reason = forms.CharField(
        label="不通过的原因", max_length=200, required=False, help_text="不通过时必填，本人会看到。"
    )

    def __init__(self, data=None, *, records):
        """`whole` also ticks the ids that the page listed as `shown`, but never records that came later."""
        if data and data.get("whole"):
            data = data.copy()
            data.setlist("chosen", {*data.getlist("chosen"), *data.getlist("shown")})
        super().__init__(data)
        self.fields["chosen"].queryset = records

    @property
    def chosen_keys(self) -> set[str]:
        """Return the ids as they were sent, to tick them again after an error."""
        return set(self.data.getlist("chosen")) if self.is_bound else set()

    @property
    def for_service(self) -> dict:
        """Return the arguments of services.deciding.decide."""
        entered = {name: self.cleaned_data[name] for name in ("decision", "acknowledged", "reason")}
        return entered | {"record_ids": [record.pk for record in self.cleaned_data["chosen"]]}


class ClockField(forms.TimeField):
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class SpanForm(forms.Form):
    """A day and two times of day; a tick says that service went over midnight, the times alone never do."""

    on = DayField(label="服务日期")
    start = ClockField(label="开始时间")
    end = ClockField(label="结束时间")
    next_day = forms.BooleanField(label="次日结束（服务过了零点）", required=False)

    @property
    def span(self) -> dict[str, datetime]:
        """Return `start` and `end` as aware moments."""
        day, entered = self.cleaned_data["on"], self.cleaned_data
        last = day + timedelta(days=1) if entered["next_day"] else day
        return {"start": _combine_moment(day, entered["start"]), "end": _combine_moment(last, entered["end"])}

    @staticmethod
    def build_initial(start: datetime | None, end: datetime | None) -> dict:
        """Return initial values; a part of a minute at either end is left out of the span."""
        first, last = timezone.localtime(start), timezone.localtime(end)
        if first.second or first.microsecond:
            first += timedelta(minutes=1)
        return {
            "on": first.date(),
            "start": first.time().replace(second=0, microsecond=0),
            "end": last.time().replace(second=0, microsecond=0),
            "next_day": last.date() > first.date(),
        }


class ChangeForm(SeenFormMixin, SpanForm):
    """A new time for a waiting record; the form may begin with a proposal, and carries the time of the record."""

    reason = forms.CharField(label="调整原因", max_length=200, help_text="本人会看到，并记入修改记录。")

    def __init__(self, data=None, *, record: ServiceRecord, span: tuple, reason: str = ""):
        """`span`: the start and end to begin with."""
        super().__init__(data, initial=self.build_initial(*span) | {"reason": reason})
        if not self.is_bound:
            self.initial[self.seen_name] = lambda: self._sign(self._write_all(self.read_row(record)))

    def read_row(self, row: ServiceRecord) -> dict:
        return self.build_initial(row.starts_at, row.ends_at)

    @property
    def for_service(self) -> dict:
        return self.span | {"reason": self.cleaned_data["reason"]}


class CorrectForm(SpanForm):
    """The record that replaces a voided one."""

    title = LabelField(label="服务内容", max_length=120)
    reason = forms.CharField(label="更正原因", max_length=200, help_text="本人会看到，并记入修改记录。")
    acknowledged = forms.BooleanField(label="更正后的记录如有提醒，我已看过", required=False)

    field_order = ["title", "on", "start", "end", "next_day", "reason", "acknowledged"]

    def __init__(self, data=None, *, record: ServiceRecord):
        initial = self.build_initial(record.starts_at, record.ends_at) | {"title": record.title}
        super().__init__(data, initial=initial)

    @property
    def for_service(self) -> dict:
        return self.span | {name: self.cleaned_data[name] for name in ("title", "reason", "acknowledged")}


class VoidForm(forms.Form):
    reason = forms.CharField(label="作废原因", max_length=200, help_text="本人会看到，并记入修改记录。")


def _combine_moment(day, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
