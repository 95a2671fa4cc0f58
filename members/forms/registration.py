"""The forms that report and verify a registration, and the filter of the rates."""

from functools import cached_property

from django import forms
from django.db.models import QuerySet

from members.lists import ListFilter
from members.models import Branch, College, Member, ServiceYear
from members.queries.rates import BranchRate, CollegeRate, compute_branch_rates, compute_college_rates
from members.sheets.cells import CellError, clean_date, clean_number, clean_text

LINES = [
    ("", "全部"),
    ("below", "未达底线"),
    ("incomplete", "尚未全部完成"),
    ("complete", "已全部完成"),
    ("empty", "没有计入统计的团员"),
]


class NumberField(forms.CharField):
    """A volunteer number copied from the phone: spaces and full-width digits are corrected.

    ValidationError for a number of fewer than 6 characters or one that is not ASCII.
    """

    def clean(self, value):
        try:
            number = clean_number(super().clean(value))
        except CellError as error:
            raise forms.ValidationError(str(error)) from error
        if (number or clean_text(value)) and (len(number) < 6 or not number.isascii()):
            raise forms.ValidationError("编号过短或含有汉字，请从“志愿北京”或“北京共青团”中复制完整编号。")
        return number


class DayField(forms.DateField):
    """A date from the browser's picker, or typed as 2018-10-01, 2018.10.1 or 20181001."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def to_python(self, value):
        try:
            return clean_date(value)
        except CellError as error:
            raise forms.ValidationError(str(error)) from error


class ReportForm(forms.Form):
    """A person's own report on the two steps on the phone."""

    account_done = forms.BooleanField(label="已关注“青春北京”并登录“北京共青团”账号", required=False)
    profile_done = forms.BooleanField(label="已完善个人资料", required=False)
    volunteer_no = NumberField(label="志愿者编号", max_length=40, required=False)
    registered_on = DayField(label="注册日期", required=False)

    def __init__(self, data=None, *, member):
        initial = {
            "account_done": member.league_account_on is not None,
            "profile_done": member.profile_completed_on is not None,
            "volunteer_no": member.reported_no,
            "registered_on": member.reported_on,
        }
        super().__init__(data, initial=initial)
        self.fields["volunteer_no"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}


class ConfirmForm(forms.Form):
    """Volunteer number, registration date (which may be unknown), and the evidence that was seen."""

    volunteer_no = NumberField(label="志愿者编号", max_length=40)
    registered_on = DayField(label="注册日期", required=False)
    date_unknown = forms.BooleanField(
        label="注册日期不清楚",
        required=False,
        help_text="志愿北京的记录里看不到日期时勾选：从今天起计为已注册，以后导入的名单写明日期时自动补上。",
    )
    evidence = forms.CharField(
        label="核实依据", max_length=300, help_text="写明看到了什么，例如“本人出示志愿北京注册页截图”。"
    )

    def __init__(self, data=None, *, member):
        reported = {"volunteer_no": member.reported_no, "registered_on": member.reported_on}
        super().__init__(data, initial=reported)

    def clean(self):
        day, unknown = self.cleaned_data.get("registered_on"), self.cleaned_data.get("date_unknown")
        if day and unknown:
            self.add_error("date_unknown", "已经填写了注册日期。日期清楚的请取消勾选，不清楚的请清空日期。")
        elif not day and not unknown and "registered_on" not in self.errors:
            self.add_error("registered_on", "请填写注册日期；确实查不到的，请勾选“注册日期不清楚”。")

    @property
    def for_service(self) -> dict:
        """The arguments of services.registration.confirm_registration."""
        return {name: self.cleaned_data[name] for name in ("volunteer_no", "registered_on", "evidence")}


class RevokeForm(forms.Form):
    reason = forms.CharField(label="撤销原因", max_length=200, help_text="会记入修改记录。")


class ReportsForm(forms.Form):
    """The reports of several people, ticked in the list."""

    chosen = forms.ModelMultipleChoiceField(
        Member.objects.none(),
        error_messages={
            "required": "请先勾选要核实的人。",
            "invalid_choice": "名单已有变化，请核对后重新勾选。",
        },
    )
    evidence = forms.CharField(
        label="核实依据",
        max_length=300,
        help_text="对所选每个人都适用，例如“10月8日逐一查看志愿北京注册页”。",
    )

    def __init__(self, data=None, *, people):
        super().__init__(data)
        self.fields["chosen"].queryset = people

    def clean_chosen(self) -> list[Member]:
        return list(self.cleaned_data["chosen"])

    @property
    def chosen_keys(self) -> set[str]:
        """The keys that were sent, to tick them again after an error."""
        return set(self.data.getlist("chosen")) if self.is_bound else set()

    @property
    def for_service(self) -> dict:
        """The arguments of services.registration.confirm_reports."""
        chosen = self.cleaned_data["chosen"]
        return {"member_ids": [person.pk for person in chosen], "evidence": self.cleaned_data["evidence"]}


class RatesFilter(ListFilter):
    """The filter of the rates: one college or all, and the progress (such as below the floor)."""

    college = forms.ModelChoiceField(
        College.objects.none(), label="学院", required=False, empty_label="全部学院"
    )
    line = forms.ChoiceField(label="进度", choices=LINES, required=False)

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.branches = Branch.objects.visible_to(user, action)
        self.floor_percent = (user.current_year or ServiceYear()).floor_percent
        colleges = College.objects.filter(branches__in=self.branches).distinct()
        self.fields["college"].queryset = colleges
        some = list(colleges[:2])
        self.several_colleges = len(some) > 1
        self.only_college = some[0] if len(some) == 1 else None
        if not self.several_colleges:
            self.fields["college"].widget = forms.HiddenInput()

    @property
    def chosen_college(self) -> College | None:
        return self.cleaned_data.get("college") if self.is_bound and not self.errors else None

    @property
    def by_college(self) -> bool:
        """Whether rates are per college: if several are in scope and none is chosen; otherwise per branch."""
        return self.several_colleges and not self.chosen_college

    @cached_property
    def counted_branches(self) -> QuerySet[Branch]:
        """The branches whose members are counted: those of the chosen college, or all in scope."""
        college = self.chosen_college
        return self.branches.filter(college=college) if college else self.branches

    @cached_property
    def rates(self) -> list[CollegeRate] | list[BranchRate]:
        """The rates before the filter of the progress, sorted by college and name."""
        ask = compute_college_rates if self.by_college else compute_branch_rates
        return ask(self.counted_branches, floor_percent=self.floor_percent)
