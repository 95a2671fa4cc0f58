"""Form for the days of a 时长确认单."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.forms.registration import DayField


class SlipForm(forms.Form):
    """The first and last day of a slip; both are included."""

    first = DayField(label="起始日期")
    last = DayField(label="截止日期", help_text="按服务日期计算，两端都包含。")

    def __init__(self, data=None):
        today = timezone.localdate()
        super().__init__(data, initial={"first": today.replace(month=1, day=1), "last": today})

    def submit_to(self, service, **values):
        """Return the service's slip for these days; None if it refuses, with the reason added to the form."""
        try:
            return service(**values, **self.cleaned_data)
        except ValidationError as refusal:
            self.add_error(None, refusal)
            return None
