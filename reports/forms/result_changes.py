"""The form by which an office decides about a result whose verdict does not hold any more."""

from django import forms

from reports.models import ResultChange

Outcome = ResultChange.Outcome


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(
        label="决定",
        choices=[(Outcome.KEPT, "维持这项结果"), (Outcome.TAKEN_BACK, "收回这项结果")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="原因", max_length=200, help_text="与结果一起存档，申报单位能看到。")
