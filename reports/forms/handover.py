"""The filter of the offices, and the forms that hand an office over or appoint a stand-in."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.forms.finder import FinderForm, PersonField
from members.forms.registration import DayField
from members.lists import ListFilter
from members.models import Grant
from members.permissions import BRANCH, COLLEGE, SCHOOL, Role
from members.services.appointments import Choice, Stranger
from members.sheets.account_cells import clean_account_name, clean_account_number
from members.sheets.cells import CellError

ROLES = [("", "全部"), *((role.value, role.label) for role in (SCHOOL, COLLEGE, BRANCH))]


class OfficeFilter(ListFilter):
    q = forms.CharField(label="学院、团支部或姓名", max_length=60, required=False)
    role = forms.ChoiceField(label="职务", choices=ROLES, required=False)


class TakeOverForm(FinderForm):
    """Who takes the office: somebody whom the finder finds, or a teacher without an account by number and name."""

    person_label = ""

    def __init__(self, data=None, *, user, held: Grant):
        super().__init__(data)
        self.held = held
        self.fields["person"] = PersonField(user=user, kind="accounts", label=self.person_label)
        if self.takes_strangers:
            self.fields["person"].required = False
            self.fields["person"].help_text = "可以是花名册中的人，也可以是已有账号的老师。"
            self.fields["number"] = forms.CharField(label="工号", required=False, max_length=40)
            self.fields["name"] = forms.CharField(label="姓名", required=False, max_length=80)

    @property
    def takes_strangers(self) -> bool:
        """Whether the office may pass to somebody whom no roster has; a 团支书 is a person of the roster."""
        return self.held.role != BRANCH

    def clean_number(self) -> str:
        return _clean_with(clean_account_number, self.cleaned_data["number"])

    def clean_name(self) -> str:
        return _clean_with(clean_account_name, self.cleaned_data["name"])

    def clean(self):
        cleaned = super().clean() or {}
        person, number, name = cleaned.get("person"), cleaned.get("number"), cleaned.get("name")
        if number and not name and "name" not in self.errors:
            self.add_error("name", "请填写姓名。")
        if name and not number and "number" not in self.errors:
            self.add_error("number", "请填写工号。")
        if not self.errors and person and number:
            self.add_error("person", "请只选一人：要么查找，要么填写工号和姓名。")
        if not self.errors and not person and not number:
            self.add_error("person", "请先查找，再选中此人；查不到的老师请填写工号和姓名。")
        return cleaned

    @property
    def days(self) -> list[forms.BoundField]:
        """The fields that are days, which the page shows below the person."""
        return [self[name] for name, field in self.fields.items() if isinstance(field, DayField)]

    @property
    def choice(self) -> Choice:
        """The person with the office, as services.appointments knows them."""
        given, role = self.cleaned_data, Role(self.held.role)
        found = given["person"]
        person = (found.member or found.account) if found else Stranger(given["number"], given["name"])
        return Choice(person, role, self.held.place)


class HandoverForm(TakeOverForm):
    """Who follows, and from which day."""

    person_label = "接任者"

    def __init__(self, data=None, *, user, held: Grant):
        super().__init__(data, user=user, held=held)
        self.fields["on"] = DayField(
            label="接任日期",
            initial=timezone.localdate() + timedelta(days=1),
            help_text="从这一天起由接任者办理；现任办理到前一天 24:00。选今天的，现任马上不能再办理。",
        )

    @property
    def for_service(self) -> dict:
        return {"successor": self.choice.person, "on": self.cleaned_data["on"]}


class StandInForm(TakeOverForm):
    """Who stands in, from the first to the last day."""

    person_label = "代理人"

    def __init__(self, data=None, *, user, held: Grant):
        super().__init__(data, user=user, held=held)
        self.fields["starts_on"] = DayField(label="第一天", initial=timezone.localdate())
        self.fields["ends_on"] = DayField(
            label="最后一天", help_text="这一天结束后代理自动停止，不用另外办理。"
        )

    @property
    def for_service(self) -> dict:
        days = {name: self.cleaned_data[name] for name in ("starts_on", "ends_on")}
        return {"person": self.choice.person, **days}


def _clean_with(read, text: str) -> str:
    try:
        return read(text)
    except CellError as error:
        raise ValidationError(str(error)) from error
