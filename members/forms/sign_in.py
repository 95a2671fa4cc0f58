"""The form that signs a user in."""

from allauth.account.forms import LoginForm
from django import forms

from members.models import School, User


class SignInForm(LoginForm):
    """Student or staff number and password, and a school if the portal has several."""

    school = forms.ModelChoiceField(
        label="学校",
        queryset=School.objects.all(),
        required=False,
        empty_label="请选择学校",
        to_field_name="code",
    )

    field_order = ["school", "login", "password", "remember"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)  # allauth puts its own fields first; clean_login needs the school
        self.fields["login"].label = "学号或工号"
        self.fields["login"].widget.attrs |= {
            "placeholder": "",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        self.fields["password"].label = "密码"
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs["placeholder"] = ""
        self.fields["remember"].label = "在本设备保持登录"
        if School.objects.count() <= 1:
            del self.fields["school"]

    def clean_login(self) -> str:
        """Return the full user name of the account; a bare number is enough if only one school has it.

        ValidationError if several schools have the number and none is chosen.
        """
        number = super().clean_login()
        if "@" in number:
            return number
        school = self.cleaned_data.get("school")
        accounts = User.objects.filter(number=number)
        if school:
            accounts = accounts.filter(school=school)
        usernames = list(accounts.values_list("username", flat=True)[:2])
        if len(usernames) > 1:
            raise forms.ValidationError("多所学校有这个号码，请先选择学校。")
        return usernames[0] if usernames else number

    def user_credentials(self) -> dict:
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}
