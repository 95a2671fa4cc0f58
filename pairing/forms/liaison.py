"""The forms that invite a street's person in charge, accept an invitation and end an account; filters of the lists."""

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from members.lists import ListFilter
from members.models import College, Street, User
from members.sheets.cells import CellError, clean_name, clean_phone
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


class AcceptForm(forms.Form):
    name = forms.CharField(
        label="姓名", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label="手机号码",
        max_length=40,
        help_text="供邀请您的学校与您联系，不会公开。",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
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

    def clean_name(self) -> str:
        try:
            return clean_name(self.cleaned_data["name"])
        except CellError as error:
            raise ValidationError(str(error)) from error

    def clean_phone(self) -> str:
        try:
            phone = clean_phone(self.cleaned_data["phone"])
        except CellError as error:
            raise ValidationError(str(error)) from error
        if len(phone) != 11 or not phone.isdecimal():
            raise ValidationError("请填写 11 位手机号码。")
        return phone

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
