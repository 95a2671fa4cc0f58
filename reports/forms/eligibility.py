"""Filters of the lists of verdicts, and the input for an exception."""

from django import forms
from django.utils.functional import cached_property

from members.forms.people import PeopleFilter
from members.lists import ListFilter
from members.models import Branch, College, Member
from members.queries.as_of import get_day_of
from members.querysets import MemberQuerySet
from reports.forms.years import YearFilter, list_years
from reports.models import ExcellentException
from reports.queries.eligibility import (
    JudgedMember,
    filter_assessed,
    filter_not_assessed,
    judge_members,
    order_by_place,
)

STANDINGS = [
    ("", "全部评议对象"),
    ("risk", "暂不符合评优条件"),
    ("close", "只差不到 3 小时"),
    ("unregistered", "未核实注册"),
    ("passes", "符合评优条件"),
    ("exception", "已同意例外"),
    ("asked", "例外待审批"),
    ("not_judged", "不评议"),
]
BRANCHES = [("", "全部"), ("barred", "荣誉受限"), ("open", "不受限"), ("empty", "没有团员")]


class EligibilityFilter(YearFilter, PeopleFilter):
    standing = forms.ChoiceField(label="评优资格", choices=STANDINGS, required=False)
    field_order = ("q", "college", "branch", "standing", "year")

    @property
    def people(self) -> MemberQuerySet:
        """Return everybody in scope whom the filters match, with any verdict.

        Nobody if the filters are not valid.
        """
        if not self.is_valid():
            return Member.objects.none()
        year = self.of_year
        assert year is not None  # a valid filter has a year
        people = Member.objects.in_scope_on(self.user, self.action, get_day_of(year)).search(self.wanted["q"])
        narrow = filter_not_assessed if self.wanted["standing"] == "not_judged" else filter_assessed
        people = order_by_place(narrow(people, year), year)
        for name, lookup in (("college", "college_then"), ("branch", "branch_then")):
            if value := self.wanted[name]:
                people = people.filter(**{lookup: value.pk})
        return people

    @cached_property
    def judged(self) -> list[JudgedMember]:
        """Return the verdicts of `people`, judged once.

        The list shows those of a standing, the figures count all.
        """
        year = self.of_year
        return list(judge_members(self.people, year)) if self.is_valid() and year else []


class BranchesFilter(YearFilter):
    college = forms.ModelChoiceField(
        College.objects.none(), label="学院", required=False, empty_label="全部学院"
    )
    bar = forms.ChoiceField(label="荣誉资格", choices=BRANCHES, required=False)
    field_order = ("college", "bar", "year")

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.branches = Branch.objects.visible_to(user, action)
        colleges = College.objects.filter(branches__in=self.branches).distinct()
        self.fields["college"].queryset = colleges
        if len(colleges[:2]) < 2:
            self.fields["college"].widget = forms.HiddenInput()


class ExceptionFilter(ListFilter):
    q = forms.CharField(label="姓名、拼音或学号", required=False, max_length=60)
    state = forms.ChoiceField(
        label="状态", choices=[("", "全部"), *ExcellentException.State.choices], required=False
    )
    year = forms.TypedChoiceField(label="年度", coerce=int, required=False, empty_value=None)

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.fields["year"].choices = [("", "全部年度"), *list_years(user)]


class AskForm(forms.Form):
    grounds = forms.CharField(
        label="申请理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明为什么本年度未达到条件仍建议可以评为优秀。校团委、学院和本人都能看到。",
    )


class DecisionForm(forms.Form):
    granted = forms.TypedChoiceField(
        label="审批",
        choices=[("yes", "同意"), ("no", "不同意")],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="理由", max_length=200, help_text="会与审批人、日期一起，显示在各级名单和本人的页面上。"
    )


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label="撤销原因", max_length=200, help_text="原来的审批保留，本人资格按条件重新判断。"
    )
