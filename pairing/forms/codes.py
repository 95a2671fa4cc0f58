"""The filter of the codes, and the forms that hand out and withdraw a code."""

from django import forms

from members.lists import ListFilter
from members.models import College, Street
from pairing.models import PairingCode


class CodeFilter(ListFilter):
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *PairingCode.State.choices]
    )
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "全部"), *Street.Kind.choices])
    q = forms.CharField(label="学院", required=False, max_length=40)


class HandForm(forms.Form):
    college = forms.ModelChoiceField(College.objects.none(), label="学院", empty_label="请选择学院")

    def __init__(self, *args, colleges, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["college"].queryset = colleges


class WithdrawForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200, help_text="会记入历史。")
    void = forms.BooleanField(
        label="同时作废，不再分配", required=False, help_text="作废后不能恢复；文件再次导入也不会启用。"
    )
