"""The filters of the roster, and the form of a person's data."""

from django import forms
from django.utils import timezone

from members.forms.registration import DayField
from members.forms.seen import SeenFormMixin
from members.lists import ListFilter
from members.models import Branch, College, ImportRun, Member, Spell
from members.queries.roster import list_grades
from members.services.people import PLACED
from members.sheets.account_cells import clean_account_name
from members.sheets.cells import CellError, clean_label, clean_phone, mask_phone

STAGES = [("", "全部阶段"), *Member.Stage.choices, ("activists", "积极分子和发展对象")]
STATES = [("", "全部状态"), *Member.State.choices, ("out", "不在籍（各类）")]
KINDS = [
    (Spell.Kind.CHANGE, "变动：从生效日期起改变"),
    (Spell.Kind.CORRECTION, "更正：原来登记有误，现在改对"),
]
REGISTRATIONS = [
    ("", "全部"),
    ("registered", "已核实注册"),
    ("missing", "未完成注册（含自报）"),
    ("reported", "已自报，待核实"),
    ("silent", "未注册，也未自报"),
]


class PeopleFilter(ListFilter):
    """Filters of a list of people, read from the address; they offer only organisations that the user may see."""

    q = forms.CharField(label="姓名、拼音或学号", required=False, max_length=60)
    college = forms.ModelChoiceField(
        College.objects.none(), label="学院", required=False, empty_label="全部学院"
    )
    branch = forms.ModelChoiceField(Branch.objects.none(), label="团支部", required=False)

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        branches = Branch.objects.visible_to(user, action)
        colleges = College.objects.filter(branches__in=branches).distinct()
        self.fields["college"].queryset = colleges
        self.fields["branch"].queryset = branches
        several = len(colleges[:2]) > 1
        self.fields["branch"].choices = self._branch_choices(branches, several)
        if not several:
            self.fields["college"].widget = forms.HiddenInput()

    def _branch_choices(self, branches, several_colleges: bool) -> list[tuple]:
        """Return the branches of the chosen college, or all branches if the user sees only one college."""
        college, branch = self.data.get("college", ""), self.data.get("branch", "")
        if college.isdecimal():
            branches = branches.filter(college=college)
        elif branch.isdecimal():
            branches = branches.filter(college__branches=branch)
        elif several_colleges:
            return [("", "先选择学院")]
        return [("", "全部团支部"), *branches.values_list("pk", "name")]

    def clean(self):
        """Drop a branch of another college, so that the user changes the college in one step."""
        cleaned = super().clean()
        college, branch = cleaned.get("college"), cleaned.get("branch")
        if college and branch and branch.college_id != college.pk:
            cleaned["branch"] = None
        return cleaned


class RosterFilter(PeopleFilter):
    grade = forms.ChoiceField(label="年级", required=False)
    stage = forms.ChoiceField(label="发展阶段", choices=STAGES, required=False)
    state = forms.ChoiceField(label="状态", choices=STATES, required=False)
    registration = forms.ChoiceField(label="注册", choices=REGISTRATIONS, required=False)
    # The import that has brought the people; the links of its result set it.
    imported = forms.ModelChoiceField(
        ImportRun.objects.none(), label="由导入新增", required=False, widget=forms.HiddenInput
    )

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.fields["imported"].queryset = ImportRun.objects.visible_to(user, "import.view")
        members = Member.objects.visible_to(user, action)
        self.fields["grade"].choices = [("", "全部年级"), *((grade, grade) for grade in list_grades(members))]


class MemberForm(SeenFormMixin, forms.Form):
    """A person's data. A user who may not see the phone leaves the field empty to keep the phone."""

    name = forms.CharField(label="姓名", max_length=80)
    gender = forms.ChoiceField(label="性别", choices=Member.Gender.choices, required=False)
    grade = forms.CharField(label="年级", max_length=20, required=False)
    branch = forms.ModelChoiceField(Branch.objects.none(), label="团支部", empty_label=None)
    phone = forms.CharField(label="手机号码", max_length=30, required=False)
    stage = forms.ChoiceField(label="发展阶段", choices=Member.Stage.choices)
    party = forms.ChoiceField(label="党员身份", choices=Member.Party.choices, required=False)
    state = forms.ChoiceField(
        label="状态", choices=Member.State.choices, help_text="只有在籍团员计入注册率；其他状态单独列出。"
    )
    kind = forms.ChoiceField(
        label="团支部、发展阶段或状态有改动时，这次是",
        choices=KINDS,
        initial=Spell.Kind.CHANGE,
        required=False,
        widget=forms.RadioSelect,
    )
    on = forms.DateField(
        label="生效日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="变动从这一天起计入各项统计，之前的统计不变；更正不用填写。",
    )
    reason = forms.CharField(
        label="修改原因", max_length=200, help_text="会记入修改记录，例如“学籍处通知休学”。"
    )

    def __init__(self, data=None, *, user, member: Member):
        self.phone_open, self.member = member.phone_open, member
        super().__init__(data, initial=self.read_row(member) | {"on": timezone.localdate()})
        self.fields["on"].widget.attrs["max"] = f"{timezone.localdate():%Y-%m-%d}"
        self.fields["branch"].queryset = (
            Branch.objects.visible_to(user, "member.edit")
            .filter(college__school=member.school_id)
            .select_related("college")
            .order_by("college__name", "name")
        )
        self.fields["branch"].label_from_instance = lambda branch: f"{branch.college} {branch}"
        self.fields["phone"].widget.attrs |= {"inputmode": "tel", "autocomplete": "off"}
        if not self.phone_open:
            self.fields["phone"].help_text = f"现为 {mask_phone(member.phone) or '空'}；不填写则保持不变。"

    def read_row(self, row: Member) -> dict:
        shown = {name: getattr(row, name) for name in self.base_fields if hasattr(row, name)}
        return shown if self.phone_open else shown | {"phone": ""}

    def clean_name(self) -> str:
        typed = self.cleaned_data["name"]
        # The name of an old roster, which may lack a character, does not keep the rest of the form from being saved.
        return typed if typed == self.member.name else _clean_with(clean_account_name, typed)

    def clean_grade(self) -> str:
        return _clean_with(clean_label, self.cleaned_data["grade"]).removesuffix("级").removesuffix("届")

    def clean_phone(self) -> str:
        entered = self.cleaned_data["phone"]
        if not entered and not self.phone_open:
            return self.member.phone
        return _clean_with(clean_phone, entered)

    def clean(self) -> dict:
        """Ask for the day of a change of branch, stage or state."""
        cleaned = super().clean() or self.cleaned_data
        moved = any(name in cleaned and cleaned[name] != getattr(self.member, name) for name in PLACED)
        told = cleaned.get("on") or cleaned.get("kind") == Spell.Kind.CORRECTION or self.has_error("on")
        if moved and not told:
            self.add_error("on", "请填写变动的生效日期；如果是原来登记有误，请选择“更正”。")
        return cleaned

    @property
    def for_service(self) -> dict:
        """The arguments of services.people.edit_member."""
        entered = dict(self.cleaned_data)
        told = {name: entered.pop(name) for name in ("reason", "on")}
        return told | {"kind": entered.pop("kind") or Spell.Kind.CHANGE, "values": entered}


class NumberForm(forms.Form):
    """A person's new student number. The former one still finds the person."""

    number = forms.CharField(label="新学号", max_length=40)
    on = DayField(label="启用日期", initial=timezone.localdate)
    reason = forms.CharField(
        label="原因", max_length=200, help_text="会记入修改记录，例如“转入法学院，换发学号”。"
    )


def _clean_with(read, text: str) -> str:
    try:
        return read(text)
    except CellError as error:
        raise forms.ValidationError(str(error)) from error
