"""The form that signs a user in."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm, SetPasswordForm
from django import forms

from members.devices import is_phone
from members.known_devices import read_school
from members.models import School
from members.passwords import describe_rules
from members.queries.accounts import find_accounts_by_number
from members.sheets.cells import tidy_number


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
        self.fields["remember"].help_text = "公用电脑上请不要勾选。"
        self.fields["remember"].initial = is_phone(self.request.headers.get("User-Agent", ""))
        if School.objects.count() <= 1:
            del self.fields["school"]
        elif request := kwargs.get("request"):
            self.fields["school"].initial = read_school(request)

    def clean_login(self) -> str:
        """Return the full user name of the account; a bare number is enough if only one school has it.

        A number that is unknown, or that several schools have, is returned without a school: it fits no account, and
        the answer is that of a wrong password. So the page tells nobody which numbers exist.
        """
        number, _, code = super().clean_login().partition("@")
        school = self.cleaned_data.get("school")
        if code:
            school = School.objects.filter(code__iexact=tidy_number(code)).first()
            if school is None:
                return tidy_number(number)
        accounts = find_accounts_by_number(number, school)
        return accounts[0].username if len(accounts) == 1 else tidy_number(number)

    def clean(self):
        """Ask for the school in every refusal without one, whether or not the number exists."""
        try:
            return super().clean()
        except forms.ValidationError as refusal:
            if "school" not in self.fields or self.cleaned_data.get("school"):
                raise
            raise forms.ValidationError(
                [*refusal.messages, "没有选择学校：请先选择学校再登录。"]
            ) from refusal

    def user_credentials(self) -> dict:
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


class OwnPasswordForm(ChangePasswordForm):
    """Change the own password to another one; what it must have is told before typing."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = describe_rules()

    def clean_password1(self) -> str:
        password = self.cleaned_data["password1"]
        if self.user.check_password(password):
            raise get_adapter().validation_error("same_as_current")
        return password


class FirstPasswordForm(SetPasswordForm):
    """Set a password for an account without one; what it must have is told before typing."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = describe_rules()
