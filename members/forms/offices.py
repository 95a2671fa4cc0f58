"""The filter of 账号与授权, and the forms by which offices are given, ended and prolonged."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.forms.finder import FinderForm, PersonField
from members.lists import ListFilter
from members.models import Branch, College, Grant, School
from members.permissions import Role, get_scope, may
from members.queries.appointments import OFFICES, TERM_STATES
from members.queries.finder import FoundPerson
from members.rules import propose_term_end
from members.services.appointments import Choice, Stranger, find_from_elsewhere
from members.sheets.account_cells import clean_account_name, clean_account_number
from members.sheets.cells import CellError

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def list_appointable_roles(user) -> list[Role]:
    """Return the offices to which the user may appoint, from the top."""
    own = [Role.SCHOOL_ADMIN, Role.COLLEGE_SECRETARY] if may(user, "grant.staff") else []
    return [*own, Role.BRANCH_SECRETARY] if may(user, "grant.branch") else own


class OfficeFilter(ListFilter):
    q = forms.CharField(label="姓名、学号、学院或团支部", required=False, max_length=60)
    role = forms.ChoiceField(
        label="角色",
        required=False,
        choices=[("", "全部角色"), *((role.value, role.label) for role in OFFICES)],
    )
    college = forms.ModelChoiceField(
        College.objects.none(), label="学院", required=False, empty_label="全部学院"
    )
    state = forms.ChoiceField(
        label="任期",
        required=False,
        choices=[("", "在任和未开始"), *TERM_STATES.items(), ("all", "全部")],
    )

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        colleges = College.objects.visible_to(user, action)
        self.fields["college"].queryset = colleges
        if len(colleges[:2]) < 2:
            self.fields["college"].widget = forms.HiddenInput()


class TermForm(FinderForm):
    """From – to; by default from today until the end of the academic year."""

    starts_on = forms.DateField(label="开始日期", widget=DAY, initial=timezone.localdate)
    ends_on = forms.DateField(
        label="结束日期",
        widget=DAY,
        required=False,
        initial=lambda: propose_term_end(timezone.localdate()),
        help_text="当天仍在任，次日零时起权限失效。留空表示没有期限。",
    )

    def clean(self):
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", "结束日期不能早于开始日期。")
        elif last and last < timezone.localdate():
            self.add_error("ends_on", "结束日期已经过去，不能任命。")
        return cleaned

    @property
    def term(self) -> dict[str, date | None]:
        return {name: self.cleaned_data[name] for name in ("starts_on", "ends_on")}


class AppointForm(TermForm):
    """Appoint one person or several to an office on one place; a teacher without an account by number and name."""

    role = forms.ChoiceField(label="角色", widget=forms.RadioSelect)
    college = forms.ModelChoiceField(
        College.objects.none(), label="学院", required=False, empty_label="请选择"
    )
    branch = forms.ModelChoiceField(
        Branch.objects.none(), label="团支部", required=False, empty_label="请选择"
    )
    number = forms.CharField(
        label="工号", required=False, max_length=40, help_text="只在上面查不到时填写，系统会同时建立账号。"
    )
    name = forms.CharField(label="姓名", required=False, max_length=80)
    # Shown once somebody of another branch is chosen.
    elsewhere = forms.BooleanField(label="确认由其他团支部的人担任团支书", required=False)
    field_order = (
        "role",
        "college",
        "branch",
        "people",
        "elsewhere",
        "number",
        "name",
        "starts_on",
        "ends_on",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["people"] = PersonField(
            user=user, kind="accounts", several=True, required=False, label="任命谁",
            help_text="可以查找并勾选多人；已勾选的人会保留在列表里。",
        )  # fmt: skip
        self.order_fields(self.field_order)
        roles = list_appointable_roles(user)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]
        self._offer_places(roles)

    def _offer_places(self, roles: list[Role]) -> None:
        """Offer only places in scope; somebody with a single choice is not asked."""
        branches = Branch.objects.visible_to(self.user, "grant.branch").select_related("college__school")
        self.fields["branch"].queryset = branches.order_by("college__name", "name")
        self.fields["branch"].label_from_instance = lambda branch: f"{branch.college} {branch}"
        if roles == [Role.BRANCH_SECRETARY]:
            for name in ("college", "number", "name"):  # a 团支书 is a person of the roster
                del self.fields[name]
            self.fields["role"].widget = forms.HiddenInput()
            self.fields["role"].initial = Role.BRANCH_SECRETARY
            self.fields["branch"].required = True
            return
        colleges = College.objects.visible_to(self.user, "grant.staff").select_related("school")
        self.fields["college"].queryset = colleges
        self.fields["college"].help_text = "任命学院团委书记时选择。"
        self.fields["branch"].help_text = "任命团支书时选择。"

    def clean_number(self) -> str:
        return _clean_with(clean_account_number, self.cleaned_data["number"])

    def clean_name(self) -> str:
        return _clean_with(clean_account_name, self.cleaned_data["name"])

    def clean(self):
        cleaned = super().clean()
        role = cleaned.get("role")
        if role == Role.COLLEGE_SECRETARY and not cleaned.get("college"):
            self.add_error("college", "请选择学院。")
        if role == Role.BRANCH_SECRETARY and not cleaned.get("branch") and "branch" not in self.errors:
            self.add_error("branch", "请选择团支部。")
        number, name = cleaned.get("number"), cleaned.get("name")
        if number and not name:
            self.add_error("name", "请填写姓名。")
        if name and not number:
            self.add_error("number", "请填写工号。")
        if number and role == Role.BRANCH_SECRETARY:
            self.add_error("number", "团支书须在花名册中，请用上面的查找选择；查不到的请先导入花名册。")
        if not self.errors and not cleaned.get("people") and not number:
            more = "；查不到的老师请填写工号和姓名" if "number" in self.fields else ""
            self.add_error("people", f"请先查找，再勾选要任命的人{more}。")
        if role == Role.BRANCH_SECRETARY and not cleaned.get("elsewhere"):
            self._ask_about_other_branches(cleaned.get("people") or [], cleaned.get("branch"))
        return cleaned

    def _ask_about_other_branches(self, people: list[FoundPerson], branch: Branch | None) -> None:
        """Ask before people of another branch lead this one; a wrong click is more likely than the wish."""
        members = [person.member for person in people if person.member]
        if branch and (away := find_from_elsewhere(members, branch)):
            names = "、".join(f"{person.name}（{person.branch.college} {person.branch}）" for person in away)
            self.add_error(
                "elsewhere", f"不在{branch}：{names}。请核对；确实由其任团支书的，请勾选后再提交。"
            )

    @property
    def choices(self) -> list[Choice]:
        """The people and their office, for services.appointments.appoint_all."""
        given = self.cleaned_data
        role = Role(given["role"])
        people = [person.member or person.account for person in given["people"]]
        if given.get("number"):
            people.append(Stranger(given["number"], given["name"]))
        return [Choice(person, role, self._get_place(role)) for person in people]

    def _get_place(self, role: Role) -> School | College | Branch:
        if role == Role.COLLEGE_SECRETARY:
            return self.cleaned_data["college"]
        return self.cleaned_data["branch"] if role == Role.BRANCH_SECRETARY else self.user.school


class BranchesForm(TermForm):
    """One 团支书 per branch: for each branch the people whom the roster names, and nobody chosen between several."""

    def __init__(self, *args, user, branches: list[Branch], suggested: dict[int, list], **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.branches, self.suggested = user, branches, suggested
        for branch in branches:
            self.fields[f"branch_{branch.pk}"] = self._build_field(branch)

    def _build_field(self, branch: Branch) -> forms.ChoiceField:
        people = self.suggested.get(branch.pk, [])
        choices = [(person.key, f"{person.name}　{person.number}") for person in people]
        return forms.ChoiceField(
            label=f"{branch}的团支书",
            required=False,
            choices=[*choices, ("", "暂不任命")],
            initial=people[0].key if len(people) == 1 else "",
            widget=forms.RadioSelect,
        )

    @property
    def rows(self) -> list[tuple[Branch, list, Any]]:
        """For each branch: the branch, the people suggested for it, and the field."""
        return [
            (branch, self.suggested.get(branch.pk, []), self[f"branch_{branch.pk}"])
            for branch in self.branches
        ]

    @property
    def choices(self) -> list[Choice]:
        chosen = []
        for branch, people, field in self.rows:
            key = self.cleaned_data.get(field.name)
            chosen += [
                Choice(person.member, Role.BRANCH_SECRETARY, branch) for person in people if person.key == key
            ]
        return chosen


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200, help_text="会记入审计记录，例如“换届”“毕业离校”。")


class EndForm(ReasonForm):
    """At once, or on a day."""

    when = forms.ChoiceField(
        label="什么时候结束",
        widget=forms.RadioSelect,
        choices=[("now", "立即结束：权限马上失效"), ("day", "在某一天结束")],
        initial="now",
    )
    on = forms.DateField(
        label="最后一天", widget=DAY, required=False, help_text="选择“在某一天结束”时填写；当天仍在任。"
    )
    field_order = ("when", "on", "reason")

    def clean(self):
        cleaned = super().clean() or {}
        if cleaned.get("when") == "day" and not cleaned.get("on") and "on" not in self.errors:
            self.add_error("on", "请填写最后一天。")
        return cleaned

    @property
    def for_service(self) -> dict:
        given = self.cleaned_data
        return {"on": given["on"] if given["when"] == "day" else None, "reason": given["reason"]}


class ExtendForm(ReasonForm):
    ends_on = forms.DateField(
        label="新的结束日期", widget=DAY, required=False, help_text="留空表示没有期限。"
    )
    field_order = ("ends_on", "reason")

    def __init__(self, *args, grant: Grant, **kwargs):
        super().__init__(*args, **kwargs)
        if grant.ends_on:
            self.fields["ends_on"].initial = propose_term_end(max(grant.ends_on, timezone.localdate()))


def _clean_with(read, text: str) -> str:
    try:
        return read(text)
    except CellError as error:
        raise ValidationError(str(error)) from error


def presets_of(params, user) -> dict:
    """Return the initial values that a link to the form of appointments names: role, place and person."""
    given: dict[str, Any] = {name: params.get(name, "") for name in ("role", "college", "branch")}
    if given["branch"] and not given["role"]:
        given["role"] = Role.BRANCH_SECRETARY
    if given["college"] and not given["role"]:
        given["role"] = Role.COLLEGE_SECRETARY
    seen = get_scope(user, "grant.branch")
    if not given["role"] and not seen.schools:
        given["role"] = Role.BRANCH_SECRETARY
    given["people"] = [params["person"]] if params.get("person") else []
    return {name: value for name, value in given.items() if value}
