"""The forms of the 校历: the year of the list, and days to enter."""

from django import forms

from members.forms.years import DayInput
from members.lists import ListFilter

KINDS = [("off", "放假（不上班）"), ("work", "上班（调休）")]


class CalendarFilter(ListFilter):
    year = forms.IntegerField(label="年度", widget=forms.HiddenInput)


class CalendarDayForm(forms.Form):
    """A span of days of one kind; the last day is left empty for a single day."""

    works = forms.ChoiceField(label="类别", choices=KINDS, widget=forms.RadioSelect)
    first = forms.DateField(label="开始日期", widget=DayInput())
    last = forms.DateField(
        label="结束日期", required=False, widget=DayInput(), help_text="只有一天的不用填；首尾两天都算在内。"
    )
    note = forms.CharField(label="说明", max_length=60, help_text="例如：国庆节、运动会、寒假。")

    def __init__(self, *args, year: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.year = year

    def clean(self):
        cleaned = super().clean() or {}
        first = cleaned.get("first")
        if first and first.year != self.year:
            self.add_error("first", f"日期不在 {self.year} 年。页面上方可以换一个年份。")
        return cleaned

    @property
    def values(self) -> dict:
        """Return the arguments of the service."""
        entered = self.cleaned_data
        return {
            "first": entered["first"],
            "last": entered["last"] or entered["first"],
            "works": entered["works"] == "work",
            "note": entered["note"],
        }


class CalendarRemovalForm(forms.Form):
    """The rows of the school's own table that are ticked."""

    chosen = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chosen"].choices = [(pk, pk) for pk in rows]
