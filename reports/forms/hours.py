"""Filters of the hours of a branch's people."""

from django import forms


class HoursFilter(forms.Form):
    q = forms.CharField(label="姓名、拼音或学号", required=False, max_length=60)
    stage = forms.ChoiceField(
        label="人员", choices=[("", "全部"), ("member", "团员"), ("others", "其他同学")], required=False
    )
    hours = forms.ChoiceField(
        label="时长",
        choices=[("", "全部"), ("missing", "未达到要求"), ("reached", "已达到要求")],
        required=False,
    )
    year = forms.TypedChoiceField(label="年度", coerce=int, required=False, empty_value=None)

    def __init__(self, data, *, years: list[int]):
        super().__init__(data, auto_id="filter_%s")
        self.fields["year"].choices = [("", "当前年度"), *((year, f"{year} 年度") for year in years)]
