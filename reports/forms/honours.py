"""Forms of honours: set up a title, nominate, and the filters of their lists."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from members.forms.labels import LabelField
from members.forms.seen import SeenFormMixin
from members.lists import ListFilter
from members.models import College
from members.models.years import HonourLevel
from members.permissions import get_scope
from reports.forms.years import YearFilter
from reports.models import HonourTitle, Nomination

PLACES: dict[str, Any] = {"min_value": 1, "max_value": 5000}


class TitleForm(forms.Form):
    name = LabelField(label="荣誉名称", max_length=60, help_text="例如：优秀共青团员、活力团支部。")
    kind = forms.ChoiceField(
        label="对象",
        choices=HonourTitle.Kind.choices,
        widget=forms.RadioSelect,
        initial="person",
        help_text="推优入党名单的级别为校级，审核条件与校级荣誉相同。",
    )
    level = forms.ChoiceField(label="级别", choices=HonourLevel.choices)
    college = forms.ModelChoiceField(
        College.objects.none(), label="学院", required=False, help_text="只有院级荣誉需要选择。"
    )
    places = forms.IntegerField(label="名额", **PLACES)
    nominated_by = forms.ChoiceField(
        label="申报单位", choices=HonourTitle.Nominator.choices, widget=forms.RadioSelect, initial="college"
    )

    def __init__(self, data, *, user):
        super().__init__(data)
        self.fields["college"].queryset = College.objects.visible_to(user, "honour.manage")
        seen = get_scope(user, "honour.manage")
        if not seen.everything and not seen.schools:
            self.fields["level"].choices = [
                choice for choice in HonourLevel.choices if choice[0] == "college"
            ]
            self.fields["college"].required = True
            self.fields["college"].initial = self.fields["college"].queryset.first()
            self.fields["kind"].choices = [
                choice for choice in HonourTitle.Kind.choices if choice[0] != "party"
            ]
        else:
            self.fields["level"].initial = "school"


class TitleEditForm(SeenFormMixin, forms.Form):
    name = LabelField(label="荣誉名称", max_length=60)
    places = forms.IntegerField(label="名额", **PLACES)
    nominated_by = forms.ChoiceField(
        label="申报单位", choices=HonourTitle.Nominator.choices, widget=forms.RadioSelect
    )

    def __init__(self, data=None, *, title: HonourTitle):
        super().__init__(data, initial=self.read_row(title))

    def read_row(self, row: HonourTitle) -> dict:
        return {name: getattr(row, name) for name in self.base_fields}


class TitlesFilter(YearFilter):
    q = forms.CharField(label="荣誉名称", required=False, max_length=60)
    level = forms.ChoiceField(label="级别", choices=[("", "全部"), *HonourLevel.choices], required=False)
    kind = forms.ChoiceField(label="对象", choices=[("", "全部"), *HonourTitle.Kind.choices], required=False)
    state = forms.ChoiceField(
        label="状态", choices=[("", "全部"), *HonourTitle.State.choices], required=False
    )
    honour = forms.ModelChoiceField(
        HonourTitle.objects.none(), label="荣誉", required=False, widget=forms.HiddenInput
    )
    field_order = ("q", "year", "level", "kind", "state", "honour")

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.fields["honour"].queryset = _offer(user, action)

    def clean(self):
        """Use the title's own year if a title is given."""
        cleaned = super().clean()
        if title := cleaned.get("honour"):
            self._year = title.year
        return cleaned


class OfTitleFilter(ListFilter):
    """Filters of a list that belongs to one title."""

    honour = forms.ModelChoiceField(HonourTitle.objects.none(), label="荣誉", widget=forms.HiddenInput)
    q = forms.CharField(label="姓名、拼音或学号", required=False, max_length=60)

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.fields["honour"].queryset = _offer(user, action)

    def clean(self):
        cleaned = super().clean()
        if (title := cleaned.get("honour")) and title.of_branches:
            self["q"].label = "团支部名称"  # the bound field exists already
        return cleaned

    @property
    def of_title(self) -> HonourTitle | None:
        """Return the title, also where another filter is not valid; None out of scope."""
        self.is_valid()
        return self.cleaned_data.get("honour")


class NominationsFilter(OfTitleFilter):
    state = forms.ChoiceField(label="状态", choices=[("", "全部"), *Nomination.State.choices], required=False)
    now = forms.ChoiceField(
        label="现在的资格",
        choices=[("", "全部"), ("changed", "与当时不同"), ("barred", "现在不能参评")],
        required=False,
    )


def _offer(user, action: str) -> QuerySet[HonourTitle]:
    titles = HonourTitle.objects.offered_to(user, action)
    return titles.select_related("year__school", "college", "decided_by")


class NominateForm(forms.Form):
    grounds = forms.CharField(
        label="主要事迹",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="500 字以内。评审时查看，不进入公示名单。",
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label="说明", max_length=200, help_text="申报人能看到。")


class ChooseForm(forms.Form):
    """A form without fields, which shows the reasons if the step is refused."""
