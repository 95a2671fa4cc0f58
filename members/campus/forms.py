"""校园登录核对: the search, and the form of a decision."""

from django import forms

from members.lists import ListFilter


class LinkFilter(ListFilter):
    q = forms.CharField(label="姓名或学号", required=False, max_length=60)
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "待核对"), ("accepted", "已通过"), ("refused", "未通过")]
    )


class DecisionForm(forms.Form):
    reason = forms.CharField(
        label="不通过的原因",
        max_length=200,
        required=False,
        help_text="不通过时必填，本人会看到。例如：号码是他人的，请先在校园系统更正姓名。",
    )
