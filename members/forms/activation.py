"""Forms of activation: a code from paper, a new password, and the issuing of codes."""

from functools import cached_property

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.db.models import Q
from django.utils import timezone

from members.activation_rules import read_code
from members.lists import ListFilter
from members.models import Branch, College, School, User
from members.passwords import describe_rules
from members.queries.activation import (
    ActivationRow,
    count_by_branch,
    count_without_roster,
    list_offices_without_roster,
)


class EnterCodeForm(forms.Form):
    """What is printed on the slip; the school, chosen beforehand by its code, if the portal has several."""

    school = forms.ModelChoiceField(
        label="学校", queryset=School.objects.all(), empty_label="请选择学校", to_field_name="code"
    )
    number = forms.CharField(label="学号或工号", max_length=60)
    typed = forms.CharField(
        label="激活码", max_length=60, help_text="纸条上的 12 位字母和数字；大小写、空格和连字符都不影响。"
    )

    def __init__(self, data=None, *, school: str = ""):
        super().__init__(data)
        plain = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        self.fields["number"].widget.attrs |= plain
        self.fields["typed"].widget.attrs |= plain | {"autocapitalize": "characters"}
        self.fields["school"].initial = school
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
        self.fields["password"].help_text = describe_rules()
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


class ActivationFilter(ListFilter):
    """The filters of the page of codes; it counts the branches that the user may see, or whole colleges.

    People who hold an office and are in no roster have lines of their own.
    """

    q = forms.CharField(label="团支部或学院", required=False, max_length=60)
    college = forms.ModelChoiceField(
        College.objects.none(), label="学院", required=False, empty_label="各学院"
    )

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.branches = Branch.objects.visible_to(user, action)
        self.offices = list_offices_without_roster(user, today=timezone.localdate())
        seen = College.objects.visible_to(user, action)
        colleges = College.objects.filter(Q(branches__in=self.branches) | Q(pk__in=seen)).distinct()
        self.fields["college"].queryset = colleges
        self.several_colleges = len(colleges[:2]) > 1
        if not self.several_colleges:
            self.fields["college"].widget = forms.HiddenInput()

    @cached_property
    def lines(self) -> list[ActivationRow]:
        """The lines of all branches and office holders in scope, read once for the page."""
        now = timezone.now()
        return count_by_branch(self.branches, now=now) + count_without_roster(self.offices, now=now)

    @property
    def by_college(self) -> bool:
        """Whether the list has a line for each college: several are in scope, and nothing narrows them."""
        chosen = self.cleaned_data if self.is_valid() else {}
        return self.several_colleges and not chosen.get("college") and not chosen.get("q")


class SlipsForm(forms.Form):
    """Who gets a slip, and in which form: a document to keep or a page to print."""

    group = forms.ChoiceField(
        label="范围",
        widget=forms.RadioSelect,
        initial="everybody",
        required=False,
        choices=[
            ("everybody", "花名册中的人，和不在花名册的任职人员"),
            ("officers", "只有任职人员：学院团委书记、团支书等，在不在花名册都可以"),
        ],
    )
    people = forms.ChoiceField(
        label="发给谁",
        widget=forms.RadioSelect,
        initial="missing",
        choices=[
            ("missing", "只发给还没有有效激活码的人"),
            ("all", "发给所有还没有激活的人：他们手里的旧激活码立即作废"),
        ],
    )
    format = forms.ChoiceField(choices=[("docx", "下载 Word 文档"), ("print", "打开打印页")])

    @property
    def only_missing(self) -> bool:
        return self.cleaned_data["people"] == "missing"

    @property
    def only_officers(self) -> bool:
        return self.cleaned_data["group"] == "officers"
