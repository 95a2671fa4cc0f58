"""Forms of activation: a code from paper, a new password, and the issuing of codes."""

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password

from members.activation_rules import read_code
from members.models import School, User


class EnterCodeForm(forms.Form):
    """What is printed on the slip; the school if the portal has several."""

    school = forms.ModelChoiceField(
        label="学校", queryset=School.objects.all(), empty_label="请选择学校", to_field_name="code"
    )
    number = forms.CharField(label="学号或工号", max_length=60)
    typed = forms.CharField(
        label="激活码", max_length=60, help_text="纸条上的 12 位字母和数字；大小写、空格和连字符都不影响。"
    )

    def __init__(self, data=None):
        super().__init__(data)
        plain = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        self.fields["number"].widget.attrs |= plain
        self.fields["typed"].widget.attrs |= plain | {"autocapitalize": "characters"}
        if School.objects.count() <= 1:
            del self.fields["school"]

    def clean_typed(self) -> str:
        """Refuse a text that cannot be a code for anybody; it tells nothing and counts for nobody."""
        typed = self.cleaned_data["typed"]
        if not read_code(typed):
            raise forms.ValidationError("激活码是 12 位字母和数字，请对照纸条核对是否漏写或多写。")
        return typed


class NewPasswordForm(forms.Form):
    """A password of the person's own choice; what it must have is told before typing."""

    password = forms.CharField(label="新密码", widget=forms.PasswordInput, strip=False, max_length=200)
    repeated = forms.CharField(label="再输入一次", widget=forms.PasswordInput, strip=False, max_length=200)

    def __init__(self, data=None, *, account: User):
        super().__init__(data)
        self.account = account
        self.fields["password"].help_text = " ".join(password_validators_help_texts())
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "new-password"

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, self.account)
        return password

    def clean(self):
        cleaned = super().clean()
        password, repeated = cleaned.get("password"), cleaned.get("repeated")
        if password and repeated and password != repeated:
            self.add_error("repeated", "两次输入的密码不一致。")
        return cleaned

    @property
    def chosen(self) -> str:
        return self.cleaned_data["password"]
