"""The criteria of a list of 表彰."""

from django import forms

from members.forms.labels import LabelField
from members.forms.seen import SeenFormMixin
from reports.models import Commendation
from reports.rules.commendation import CRITERIA, KINDS

LEAST = "least_"


class CommendationForm(SeenFormMixin, forms.Form):
    name = LabelField(label="名称", max_length=60, help_text="例如“优秀志愿者”。")
    places = forms.IntegerField(label="名额", min_value=1, max_value=2000)
    order = forms.ChoiceField(label="排序依据", help_text="按此项从高到低；相同的再比较其余各项。")

    def __init__(self, data=None, *, kind: str, commendation: Commendation | None = None):
        initial = self.read_row(commendation) if commendation else {"name": KINDS[kind], "places": 10}
        super().__init__(data, initial=initial)
        self.kind = kind
        self.fields["order"].choices = [(one.key, one.label) for one in CRITERIA[kind]]
        for one in CRITERIA[kind]:
            self.fields[LEAST + one.key] = forms.IntegerField(
                label=f"{one.label}至少（{one.unit}）", min_value=0, max_value=10_000_000, initial=0
            )

    def read_row(self, row: Commendation) -> dict:
        least = {LEAST + key: value for key, value in row.minimum.items()}
        return {name: getattr(row, name) for name in ("name", "places", "order")} | least

    @property
    def for_service(self) -> dict:
        given = self.cleaned_data
        minimum = {one.key: given[LEAST + one.key] for one in CRITERIA[self.kind]}
        return {name: given[name] for name in ("name", "places", "order")} | {"minimum": minimum}
