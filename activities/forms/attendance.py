"""Forms for check-in, for settling cases, and for the street's confirmation."""

from django import forms
from django.utils import timezone

from activities.forms.signups import OfActivityFilter
from activities.queries.attendance import filter_by_attendance, search_signups
from activities.rules.attendance import IN, OUT
from activities.rules.hours import cut_span
from members.forms.seen import SeenFormMixin

WAYS = [(IN, "签入"), (OUT, "签出")]


class DirectionForm(forms.Form):
    direction = forms.ChoiceField(label="签入还是签出", choices=WAYS, widget=forms.RadioSelect)


class PlaceForm(forms.Form):
    """The position that the phone reports. An invalid one counts as unknown; nothing of it is kept."""

    latitude = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    accuracy = forms.FloatField(required=False, min_value=0, widget=forms.HiddenInput)

    @property
    def place(self) -> tuple[float | None, float | None, float | None]:
        self.is_valid()
        latitude, longitude, accuracy = (self.cleaned_data.get(name) for name in self.fields)
        return latitude, longitude, accuracy


class CodeForm(DirectionForm):
    """A person's own code, read by the camera."""

    code = forms.CharField(max_length=100)


class TickForm(DirectionForm):
    number = forms.CharField(
        label="学号",
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label="登记原因", max_length=90, help_text="如“手机没电，本人到场”。会标记为负责人登记，事后核对。"
    )


class RollFilter(OfActivityFilter):
    STATES = (
        ("", "全部"),
        ("in", "在场（已签入未签出）"),
        ("out", "已签出"),
        ("missing", "未签入"),
        ("flagged", "有提醒"),
    )

    q = forms.CharField(label="姓名或学号", required=False, max_length=40)
    state = forms.ChoiceField(label="签到情况", required=False, choices=STATES)

    def narrow(self, signups):
        """Return the sign-ups that match; none if the filter is invalid."""
        if not self.is_valid():
            return signups.none()
        wanted = self.cleaned_data
        return filter_by_attendance(search_signups(signups, wanted["q"]), wanted["state"])


class MomentField(forms.DateTimeField):
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class SettleForm(SeenFormMixin, forms.Form):
    """The decision on one person's case: a span that counts, or none."""

    counts = forms.ChoiceField(
        label="处理", choices=[("yes", "按下面的时间计时长"), ("no", "不计时长")], widget=forms.RadioSelect
    )
    start = MomentField(label="认定开始时间", required=False)
    end = MomentField(label="认定结束时间", required=False)
    reason = forms.CharField(
        label="处理说明", max_length=200, help_text="如“签出时排队，经负责人确认全程在场”。本人也能看到。"
    )

    def __init__(self, data=None, *, signup):
        super().__init__(data, initial=self.read_row(signup))

    def read_row(self, row) -> dict:
        return build_initial_span(row)

    def clean(self):
        wanted = super().clean()
        if wanted.get("counts") == "no":
            wanted["start"] = wanted["end"] = None
        elif wanted.get("counts") == "yes":
            for name in ("start", "end"):
                if name not in self.errors and not wanted.get(name):
                    self.add_error(name, "请填写时间。")
        return wanted

    @property
    def for_service(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("start", "end", "reason")}


def build_initial_span(signup) -> dict:
    """Return the span settled before; else the time present within the plan.

    An unknown time is left empty.
    """
    activity = signup.activity
    if signup.settled_at:
        counts = "yes" if signup.settled_start else "no"
        span = (signup.settled_start, signup.settled_end)
        return {"counts": counts, "start": span[0], "end": span[1], "reason": signup.settle_reason}
    if signup.checked_in_at is None:
        return {"counts": "no"}
    came = _drop_seconds(signup.checked_in_at)
    left = _drop_seconds(signup.checked_out_at) if signup.checked_out_at else None
    found = cut_span(came, left or activity.ends_at, activity.starts_at, activity.ends_at)
    if found is None:
        return {"counts": "no"}
    start, end = map(timezone.localtime, found)
    return {"counts": "yes", "start": start, "end": end if left else None}


def _drop_seconds(moment):
    return moment.replace(second=0, microsecond=0)


class CloseForm(forms.Form):
    """Closing the attendance; the tick is asked for only while people could still check out."""

    early = forms.BooleanField(label="现在就结束，没有签出的人留待处理", required=False)

    def __init__(self, data=None, *, still_in: int):
        super().__init__(data)
        if not still_in:
            self.fields["early"].widget = forms.HiddenInput()


class PeopleForm(forms.Form):
    """People ticked in a list."""

    signups = forms.MultipleChoiceField(
        widget=forms.MultipleHiddenInput, error_messages={"required": "请先勾选人员。"}
    )

    def __init__(self, data=None, *, choices):
        super().__init__(data)
        self.fields["signups"].choices = [(pk, pk) for pk in choices]

    @property
    def ids(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data["signups"]]


class BatchForm(PeopleForm):
    reason = forms.CharField(label="处理说明", max_length=200, help_text="适用于所有勾选的人，本人也能看到。")
