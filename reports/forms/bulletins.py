"""Forms for bulletins and their push channels."""

from django import forms
from django.core.exceptions import ValidationError

from members.calendar import YEAR_RANGES
from members.lists import ListFilter
from reports.forms.years import list_years
from reports.models import Bulletin
from reports.rules.bulletins import Numbering, full_day_text


class BulletinFilter(ListFilter):
    """A value that is no choice filters nothing, and the field shows an error."""

    strict = False
    year = forms.TypedChoiceField(label="年度", coerce=int, required=False)
    kind = forms.ChoiceField(label="类别", choices=[("", "全部"), *Bulletin.Kind.choices], required=False)

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.fields["year"].choices = [("", "全部"), *list_years(user)]


class PublishForm(forms.Form):
    """A choice of the due dates up to today that have no issue yet.

    `numbering`: the numbers of the dates; before the year's first issue the form asks for that issue's number.
    """

    on = forms.TypedChoiceField(label="通报日")
    first_number = forms.IntegerField(
        label="首期期号",
        required=False,
        min_value=YEAR_RANGES["bulletin_first_number"][0],
        max_value=YEAR_RANGES["bulletin_first_number"][1],
        help_text="这是本年度的首期。以前在别处发过通报的，可以接着编号，不填则为第 1 期；发布后不能再改。",
    )

    def __init__(self, *args, dates, numbering: Numbering | None, **kwargs):
        super().__init__(*args, **kwargs)
        by_text = {day.isoformat(): day for day in dates}
        begun = numbering if numbering and numbering.first_on else None
        self.fields["on"].choices = [
            (text, f"{full_day_text(day)}（第{begun.number(day)}期）" if begun else full_day_text(day))
            for text, day in by_text.items()
        ]
        self.fields["on"].coerce = by_text.__getitem__
        if begun:
            del self.fields["first_number"]
        elif numbering:
            self.fields["first_number"].initial = numbering.first_number


class CorrectionForm(forms.Form):
    # The number of the correction on the page: it is issued once, even if the button is pressed several
    # times.
    expected_no = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="勘误说明",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明原通报哪里有误、为什么；会随勘误通报一起公布，请不要写个人姓名。",
    )


class ChannelForm(forms.Form):
    college: forms.ModelChoiceField = forms.ModelChoiceField(label="学院", queryset=None, empty_label=None)
    label = forms.CharField(label="名称", max_length=60, help_text="例如：团支书工作群")
    address = forms.CharField(
        label="推送地址",
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="企业微信、钉钉或飞书群机器人的完整地址，或 mailtos:// 开头的邮箱地址。"
        "地址加密保存，之后不再显示；换地址请删除后重新添加。",
    )

    def __init__(self, *args, colleges, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["college"].queryset = colleges

    def submit_to(self, service, *, user) -> bool:
        """Submit to the service; a refusal becomes an error of the form. The address stays as entered."""
        try:
            service(**self.cleaned_data, user=user)
        except ValidationError as refusal:
            self.add_error(None, refusal)
            return False
        return True
