"""Filters of 学院考核, the weights to publish, and the reason for scoring again."""

from collections.abc import Mapping

from django import forms
from django.utils.functional import cached_property

from members.forms.seen import SeenFormMixin
from members.models import Branch, College
from reports.forms.years import YearFilter
from reports.queries.assessment_results import find_ground
from reports.queries.assessment_rows import Row, list_rows_behind
from reports.rules.assessment import BY_KEY, INDICATORS, SUGGESTED, Indicator, weights_problem


class RowsFilter(YearFilter):
    indicator = forms.ChoiceField(
        label="指标", choices=[(one.key, one.label) for one in INDICATORS], widget=forms.HiddenInput
    )
    college = forms.ModelChoiceField(
        College.objects.none(), label="学院", required=False, empty_label="全部学院"
    )
    branch = forms.ModelChoiceField(
        Branch.objects.none(), label="团支部", required=False, empty_label="全部团支部"
    )
    only = forms.ChoiceField(label="范围", choices=[("", "全部"), ("missed", "只看未达成的")], required=False)
    field_order = ("indicator", "year", "college", "branch", "only")

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        branches = Branch.objects.visible_to(user, action).filter(college__school=user.school)
        self.fields["college"].queryset = College.objects.filter(branches__in=branches).distinct()
        self.fields["branch"].queryset = branches
        chosen = self.data.get("college", "")
        listed = branches.filter(college=chosen) if chosen.isdecimal() else branches
        self.fields["branch"].choices = [("", "全部团支部"), *listed.values_list("pk", "name")]

    @property
    def of_indicator(self) -> Indicator | None:
        """Return the indicator, also where another filter is not valid; None for an unknown one."""
        self.is_valid()
        return BY_KEY.get(self.cleaned_data.get("indicator") or "")

    @cached_property
    def rows_behind(self) -> list[Row]:
        """Return all rows behind the figure, missed ones first; the filter `only` is ignored."""
        if not self.is_valid():
            return []
        wanted, indicator, year = self.cleaned_data, self.of_indicator, self.of_year
        assert indicator is not None  # a valid filter has both
        assert year is not None
        branch = wanted["branch"] if indicator.by_branch else None
        ground = find_ground(self.user, year, college=wanted["college"], pk=branch and branch.pk)
        rows = list_rows_behind(ground, indicator.key, by="branch" if branch else "college")
        return sorted(rows, key=lambda row: not row.missed)


class WeightsForm(SeenFormMixin, forms.Form):
    """A whole number for each indicator, together 100.

    `weights`: the published version; if given, the form asks for the reason. `draft`: the initial values if
    none are published.
    """

    def __init__(self, data=None, *, weights: dict[str, int] | None, draft: dict[str, int] | None = None):
        super().__init__(data, initial=weights or draft or SUGGESTED)
        for indicator in INDICATORS:
            self.fields[indicator.key] = forms.IntegerField(
                label=indicator.label,
                min_value=0,
                max_value=100,
                help_text=f"{indicator.meaning}（通知{indicator.citation}）",
            )
        if weights:
            self.fields["reason"] = forms.CharField(
                label="调整原因", max_length=200, help_text="各学院都能看到。"
            )

    def read_row(self, row: Mapping[str, int]) -> Mapping[str, int]:
        return row

    def clean(self):
        cleaned = super().clean()
        if not self.errors and (problem := weights_problem(self.weights)):
            raise forms.ValidationError(problem)
        return cleaned

    @property
    def weights(self) -> dict[str, int]:
        return {indicator.key: self.cleaned_data[indicator.key] for indicator in INDICATORS}


class LockForm(forms.Form):
    def __init__(self, data=None, *, again: bool):
        super().__init__(data)
        if again:
            self.fields["reason"] = forms.CharField(
                label="重新评定的原因", max_length=200, help_text="原来的结果保留，与新结果一起显示。"
            )
