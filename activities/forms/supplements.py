"""补录: form for a person's service, its time, its content and the evidence."""

from django import forms

from activities.evidence import ACCEPT, Evidence, read_evidence
from activities.forms.hours import SpanForm
from activities.forms.people import OfPeopleFilter
from activities.models import ServiceRecord
from members.forms.labels import LabelField
from members.forms.registration import NumberField
from members.permissions import get_scope

STATES = [("", "全部"), *ServiceRecord.State.choices]


class SupplementFilter(OfPeopleFilter):
    state = forms.ChoiceField(label="状态", choices=STATES, required=False)

    def narrow(self, records):
        """Return the records that match; none if the filter is invalid."""
        if not self.is_valid():
            return records.none()
        state = self.cleaned_data["state"]
        return self.filter_by_people(records.filter(state=state) if state else records)


class SupplementForm(SpanForm):
    student_no = NumberField(label="学号", max_length=40)
    title = LabelField(label="服务内容", max_length=120, help_text="例如“敬老院探访”。")
    at_street = forms.BooleanField(label="在学院对接的街乡服务（按服务当天）", required=False)
    description = forms.CharField(
        label="情况说明",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明组织单位、做了什么、为什么没有在平台签到。",
    )
    certain = forms.BooleanField(label="时间已核对，确实如此", required=False, widget=forms.HiddenInput)
    evidence = forms.FileField(
        label="证明材料",
        help_text="JPG、PNG、WebP 图片或 PDF，不超过 10 MB。图片保存时会缩小，并去掉拍摄地点等附带信息。",
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )

    field_order = [
        "student_no",
        "title",
        "on",
        "start",
        "end",
        "next_day",
        "certain",
        "at_street",
        "description",
    ]

    def __init__(self, *args, user, student_no: str = "", **kwargs):
        own = user.member.student_no if user.member else ""
        super().__init__(*args, initial={"student_no": student_no or own}, **kwargs)  # type: ignore[misc]  # `initial` is never positional
        seen = get_scope(user, "hours.supplement")
        if not (seen.everything or seen.schools or seen.colleges or seen.branches):
            # The user can enter nobody else's service, so the number is not asked for.
            del self.fields["student_no"]
        self.own = own
        if self.data.get("certain"):
            self._ask_if_certain()

    def add_error(self, field, error):
        """Show a box to tick if the service asks to check an unusually long time again."""
        super().add_error(field, error)
        if "certain" in self.errors:
            self._ask_if_certain()

    def _ask_if_certain(self) -> None:
        self.fields["certain"].widget = forms.CheckboxInput()

    def clean_evidence(self) -> Evidence:
        return read_evidence(self.cleaned_data["evidence"])

    @property
    def for_service(self) -> dict:
        """Return the arguments of services.supplements.submit."""
        entered = {
            name: self.cleaned_data[name]
            for name in ("title", "description", "at_street", "evidence", "certain")
        }
        return self.span | entered | {"student_no": self.cleaned_data.get("student_no", self.own)}
