"""The filter of the offices, and the forms that hand an office over or appoint a stand-in."""

from datetime import timedelta

from django import forms
from django.utils import timezone

from members.forms.finder import FinderForm, PersonField
from members.forms.registration import DayField
from members.lists import ListFilter
from members.permissions import BRANCH, COLLEGE, SCHOOL

ROLES = [("", "全部"), *((role.value, role.label) for role in (SCHOOL, COLLEGE, BRANCH))]


class OfficeFilter(ListFilter):
    q = forms.CharField(label="学院、团支部或姓名", max_length=60, required=False)
    role = forms.ChoiceField(label="职务", choices=ROLES, required=False)


class HandoverForm(FinderForm):
    """Who follows, and from which day."""

    def __init__(self, data=None, *, user):
        super().__init__(data)
        self.fields["successor"] = PersonField(
            user=user,
            kind="accounts",
            label="接任者",
            help_text="可以是花名册中的人，也可以是已有账号的老师。",
        )
        self.fields["on"] = DayField(
            label="接任日期",
            initial=timezone.localdate() + timedelta(days=1),
            help_text="从这一天起由接任者办理；现任办理到前一天 24:00。选今天的，现任马上不能再办理。",
        )

    @property
    def for_service(self) -> dict:
        found = self.cleaned_data["successor"]
        return {"successor": found.member or found.account, "on": self.cleaned_data["on"]}


class StandInForm(FinderForm):
    """Who stands in, from the first to the last day."""

    def __init__(self, data=None, *, user):
        super().__init__(data)
        self.fields["person"] = PersonField(user=user, kind="accounts", label="代理人")
        self.fields["starts_on"] = DayField(label="第一天", initial=timezone.localdate())
        self.fields["ends_on"] = DayField(
            label="最后一天", help_text="这一天结束后代理自动停止，不用另外办理。"
        )

    @property
    def for_service(self) -> dict:
        found = self.cleaned_data["person"]
        days = {name: self.cleaned_data[name] for name in ("starts_on", "ends_on")}
        return {"person": found.member or found.account, **days}
