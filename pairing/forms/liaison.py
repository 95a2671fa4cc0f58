"""The forms to invite a street's person in charge, check and accept an invitation, end and renew an account; filters."""

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from members.forms.registration import DayField
from members.lists import ListFilter
from members.models import College, Street, User
from members.sheets.account_cells import clean_account_name
from members.sheets.cells import CellError, clean_phone
from pairing.models.invitations import STATE_NAMES


class InvitationFilter(ListFilter):
    q = forms.CharField(label="街乡或邀请对象", required=False, max_length=60)
    host = forms.ChoiceField(label="邀请方", required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *STATE_NAMES.items()])

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        colleges = College.objects.visible_to(user, action).filter(school=user.school_id)
        named = [(str(college.pk), college.name) for college in colleges]
        self.fields["host"].choices = [("", "全部"), ("school", "校团委"), *named]


class LiaisonFilter(ListFilter):
    q = forms.CharField(label="街乡、姓名或账号", required=False, max_length=60)
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), ("active", "使用中"), ("ended", "已停用或到期")]
    )


class EndForm(forms.Form):
    reason = forms.CharField(label="停用原因", max_length=200, help_text="会记入审计记录。")


class RenewForm(forms.Form):
    until = DayField(label="延长到", help_text="这一天结束时权限终止，最晚到明年年底。")


class CheckForm(forms.Form):
    called = forms.CharField(
        label="拨打的电话",
        max_length=40,
        help_text="请拨打街乡对外公布的办公座机，不要用邀请人提供的号码；手机号码不能用于核实。",
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    answered = forms.CharField(label="接听人", max_length=60, help_text="例如“街道团工委王老师”。")
    note = forms.CharField(
        label="核实情况",
        max_length=150,
        required=False,
        help_text="例如“确认由李老师负责志愿服务，知道这次邀请”。",
    )


class InvitationForm(forms.Form):
    street = forms.ModelChoiceField(label="街乡", queryset=Street.objects.none(), empty_label="请选择")
    invitee = forms.CharField(
        label="邀请对象",
        max_length=60,
        required=False,
        help_text="只作备忘，例如“李老师”；姓名由对方自己填写。",
    )

    def __init__(self, *args, streets, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["street"].queryset = streets


class PhoneForm(forms.Form):
    """What an account that already works for a street gives to the next school."""

    phone = forms.CharField(
        label="手机号码",
        max_length=40,
        help_text="供邀请您的学校与您联系，不会公开。",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    def clean_phone(self) -> str:
        try:
            phone = clean_phone(self.cleaned_data["phone"])
        except CellError as error:
            raise ValidationError(str(error)) from error
        if len(phone) != 11 or not phone.isdecimal():
            raise ValidationError("请填写 11 位手机号码。")
        return phone


class AcceptForm(PhoneForm):
    name = forms.CharField(
        label="姓名", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label="设置密码",
        strip=False,
        help_text=" ".join(map(str, password_validators_help_texts())),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再次输入密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    field_order = ("name", "phone", "password", "again")

    def clean_name(self) -> str:
        try:
            return clean_account_name(self.cleaned_data["name"])
        except CellError as error:
            raise ValidationError(str(error)) from error

    def clean(self):
        cleaned = super().clean()
        password, again = cleaned.get("password"), cleaned.pop("again", None)
        if not password:
            return cleaned
        if again and again != password:
            self.add_error("again", "两次输入的密码不一致，请重新输入。")
        try:
            validate_password(password, User(name=cleaned.get("name", "")))
        except ValidationError as refusal:
            self.add_error("password", refusal)
        return cleaned
