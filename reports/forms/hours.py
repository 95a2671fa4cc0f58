"""Filters of hours: of a branch's people, of a college's branches, and of one's own records."""

from django import forms

from members.models import Branch, College, School
from reports.forms.years import YearFilter


class HoursFilter(YearFilter):
    branch = forms.ModelChoiceField(Branch.objects.none(), label="团支部", widget=forms.HiddenInput)
    q = forms.CharField(label="姓名、拼音或学号", required=False, max_length=60)
    stage = forms.ChoiceField(
        label="人员", choices=[("", "全部"), ("member", "团员"), ("others", "其他同学")], required=False
    )
    hours = forms.ChoiceField(
        label="时长",
        choices=[("", "全部"), ("missing", "未达到要求"), ("reached", "已达到要求")],
        required=False,
    )
    field_order = ("branch", "q", "stage", "hours", "year")

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        branches = Branch.objects.visible_to(user, action).select_related("college__school")
        self.fields["branch"].queryset = branches

    @property
    def of_branch(self) -> Branch | None:
        """Return the branch, also where another filter is not valid; None out of scope."""
        self.is_valid()
        return self.cleaned_data.get("branch")

    @property
    def school(self) -> School | None:
        branch = self.cleaned_data.get("branch")
        return branch.college.school if branch else None


class CollegeHoursFilter(YearFilter):
    """The page has no row of filters: a year that the school does not have means today's year."""

    strict = False
    year = forms.IntegerField(  # type: ignore[assignment]  # hidden, so any number
        label="年度", required=False, min_value=1, max_value=9999, widget=forms.HiddenInput
    )
    college = forms.ModelChoiceField(College.objects.none(), label="学院", widget=forms.HiddenInput)
    field_order = ("college", "year")

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.fields["college"].queryset = College.objects.visible_to(user, action).select_related("school")

    @property
    def of_college(self) -> College | None:
        self.is_valid()
        return self.cleaned_data.get("college")

    @property
    def school(self) -> School | None:
        college = self.cleaned_data.get("college")
        return college.school if college else None


class OwnRecordsFilter(YearFilter):
    """The page has no row of filters: a year that the school does not have means today's year."""

    strict = False
