"""Filters of sums and records by dates, people and sources; the form that links or separates records."""

from datetime import date

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from activities.forms.people import OfPeopleFilter
from activities.models import Project, ServiceRecord
from activities.queries.shortfalls import filter_short, select_counted
from activities.queries.totals import filter_counted_records
from members.forms.registration import DayField
from members.models import Branch, Member, ServiceYear, Street
from members.models.years import Source, admission_sources, appraisal_sources
from members.queries.as_of import add_as_of, get_past_day
from members.queries.roster import filter_members

GROUPS = [
    ("college", "学院"),
    ("branch", "团支部"),
    ("member", "个人"),
    ("project", "项目"),
    ("street", "街乡"),
    ("source", "来源"),
]
PURPOSES = [("appraisal", "计入评议"), ("admission", "计入发展团员")]
COUNTED = [
    ("", "不限"),
    ("appraisal", "计入评议"),
    ("not_appraisal", "未全部计入评议"),
    ("admission", "计入发展团员"),
    ("not_admission", "未全部计入发展团员"),
]
KINDS = [
    ("doubtful", "疑似同一服务"),
    ("maybe", "可能漏关联"),
    ("overlap", "时间重叠"),
    ("missing", "文件中缺少"),
    ("minutes", "时长不符"),
    ("day_full", "一天超过 24 小时"),
    ("span", "超过起止时间"),
    ("only_league", "只在北京共青团"),
    ("only_volunteer_beijing", "只在志愿北京"),
    ("only_portal", "只在本平台"),
]


class RangeFilter(OfPeopleFilter):
    """Filter by people and dates of service; without dates the school's whole year.

    `year`: the year in which the dates end.
    """

    first = DayField(label="服务日期从", required=False)
    last = DayField(label="到", required=False)

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.year = ServiceYear.objects.current(user.school) if user.school else None

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", "截止日期早于起始日期。")
        latest = self.year.year if self.year else timezone.localdate().year
        if last is None:
            last = date(max(latest, first.year) if first else latest, 12, 31)
        cleaned["first"], cleaned["last"] = first or date(last.year, 1, 1), last
        if self.year and last.year != latest:
            # Each year has its own sources; for a year that was never opened the latest year's sources are
            # used.
            self.year = self.year.school.years.filter(year=last.year).first() or self.year
        return cleaned

    @property
    def day(self) -> date | None:
        """Return the day whose branches and colleges are meant: the last one if it is over, else None, today."""
        return get_past_day(self.cleaned_data["last"])

    @property
    def people(self):
        """Return the people in scope who match the filter, both as of `day`, so that lists add up to figures."""
        people = Member.objects.in_scope_on(self.user, self.action, self.day)
        people = filter_members(people, {"q": self.cleaned_data["q"]})
        college, branch = self.cleaned_data["college"], self.cleaned_data["branch"]
        if not college and not branch:
            return people
        places = Branch.objects.filter(pk=branch.pk) if branch else college.branches.all()
        return add_as_of(people, self.day).filter(branch_then__in=places.values("pk"))

    @property
    def dates(self) -> tuple[date, date]:
        return self.cleaned_data["first"], self.cleaned_data["last"]

    def list_sources(self, purpose: str) -> list[str]:
        """Return the sources that count for the purpose in the year in which the dates end, the first preferred."""
        if purpose == "admission":
            return self.year.admission_sources if self.year else admission_sources()
        return self.year.appraisal_sources if self.year else appraisal_sources()


class TotalsFilter(RangeFilter):
    by = forms.ChoiceField(label="按", choices=GROUPS, required=False)
    count = forms.ChoiceField(label="时长", choices=PURPOSES, required=False)

    @property
    def purpose(self) -> str:
        return self.cleaned_data["count"] or "appraisal"


class RecordFilter(RangeFilter):
    source = forms.ChoiceField(label="来源", choices=[("", "全部"), *Source.choices], required=False)
    state = forms.ChoiceField(
        label="状态", choices=[("", "全部"), *ServiceRecord.State.choices], required=False
    )
    count = forms.ChoiceField(label="计入", choices=COUNTED, required=False)
    # Set by a link from a line of the sums; these fields do not appear in the row of filters.
    member = forms.ModelChoiceField(
        Member.objects.none(), label="人员", required=False, widget=forms.HiddenInput
    )
    project = forms.ModelChoiceField(
        Project.objects.all(), label="项目", required=False, widget=forms.HiddenInput
    )
    street = forms.ModelChoiceField(
        Street.objects.all(), label="街乡", required=False, widget=forms.HiddenInput
    )
    without = forms.ChoiceField(
        label="没有",
        choices=[("", ""), ("project", "项目"), ("street", "街乡")],
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.fields["member"].queryset = Member.objects.filter(school=user.school)
        self.fields["project"].queryset = Project.objects.filter(college__school=user.school)

    def clean(self):
        """Drop a person of the address who was not in the user's scope then."""
        cleaned = super().clean()
        if member := cleaned.get("member"):
            seen = Member.objects.in_scope_on(self.user, self.action, get_past_day(cleaned["last"]))
            if not seen.filter(pk=member.pk).exists():
                self.add_error("member", "没有找到此人。")
        return cleaned

    @property
    def purpose(self) -> str:
        """Return the purpose whose minutes the list shows."""
        return "admission" if str(self.data.get("count")).endswith("admission") else "appraisal"

    def filter_records(self) -> QuerySet:
        """Return the records that match; none if the filter is invalid."""
        if not self.is_valid():
            return ServiceRecord.objects.none()
        wanted = self.cleaned_data
        records = ServiceRecord.objects.filter(member__in=self.people.values("pk")).served_between(
            *self.dates
        )
        for name in ("source", "state", "member", "project", "street"):
            if value := wanted[name]:
                records = records.filter(**{name: value})
        if wanted["without"]:
            records = records.filter(**{wanted["without"]: None})
        if wanted["count"]:
            narrow = filter_short if wanted["count"].startswith("not_") else filter_counted_records
            records = narrow(records, self.purpose)
        return select_counted(records, self.purpose).select_related("member__branch__college")


class DifferenceFilter(RangeFilter):
    """Filter the cases of people whose hours the user decides about today."""

    @property
    def day(self) -> None:
        return None

    # Chosen by the tabs above the list.
    kind = forms.ChoiceField(label="情况", choices=KINDS, required=False, widget=forms.HiddenInput)
    settled = forms.ChoiceField(
        label="处理", choices=[("", "待核对"), ("yes", "已处理，可恢复")], required=False
    )


class LinkForm(forms.Form):
    """The decision whether the record and the ticked ones are one service or separate services."""

    chosen = forms.ModelMultipleChoiceField(
        ServiceRecord.objects.none(),
        required=False,
        label="另外的记录",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "记录已有变化，请核对后重新勾选。"},
    )
    decision = forms.ChoiceField(choices=[("link", "是同一次服务"), ("unlink", "不是同一次服务")])
    reason = forms.CharField(label="原因", max_length=200, help_text="与操作人、时间一起留存。")

    def __init__(self, data=None, *, others):
        super().__init__(data)
        self.fields["chosen"].queryset = others

    @property
    def chosen_keys(self) -> set[str]:
        return set(self.data.getlist("chosen")) if self.is_bound else set()
