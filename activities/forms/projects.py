"""Forms for a project and the street's answer, and the filters of the list."""

from django import forms
from django.core.exceptions import ValidationError

from activities.models import Project
from members.forms.labels import LabelField, PersonNameField
from members.forms.registration import DayField
from members.forms.seen import SeenFormMixin
from members.lists import ListFilter
from members.models import College
from members.sheets.cells import CellError, clean_phone

STATES = [("", "全部"), *Project.State.choices]
KINDS = [("", "全部"), *Project.Kind.choices]


class ProjectFilter(ListFilter):
    q = forms.CharField(label="项目、学院或街乡", max_length=60, required=False)
    kind = forms.ChoiceField(label="类别", choices=KINDS, required=False)
    state = forms.ChoiceField(label="状态", choices=STATES, required=False)

    def narrow(self, projects):
        """Return the projects that match; none if the filter is invalid."""
        if not self.is_valid():
            return projects.none()
        found = projects.search(self.cleaned_data["q"])
        chosen = {name: self.cleaned_data[name] for name in ("kind", "state") if self.cleaned_data[name]}
        return found.filter(**chosen)


class ProjectForm(SeenFormMixin, forms.Form):
    name = LabelField(label="项目名称", max_length=80)
    purpose = forms.CharField(
        label="服务目的", max_length=300, help_text="解决什么问题、帮助哪些人，例如“帮助社区老人用好手机”。"
    )
    content = forms.CharField(
        label="服务内容",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="做什么、怎么做、需要街乡准备什么。",
    )
    starts_on = DayField(label="开始日期")
    ends_on = DayField(label="结束日期")
    people_needed = forms.IntegerField(
        label="需要人数", min_value=1, max_value=9999, help_text="整个项目大约需要多少人。"
    )
    contact_name = PersonNameField(label="学院联系人", max_length=40)
    contact_phone = forms.CharField(
        label="联系电话",
        max_length=20,
        help_text="街乡可以看到，用于联系。",
        widget=forms.TextInput(attrs={"type": "tel"}),
    )

    def clean_contact_phone(self) -> str:
        """Return a complete phone number, since the street calls it."""
        try:
            phone = clean_phone(self.cleaned_data["contact_phone"])
        except CellError as error:
            raise ValidationError(str(error)) from error
        if not phone or "*" in phone:
            raise ValidationError("请填写完整的电话号码。")
        return phone

    def __init__(self, data=None, *, project: Project | None = None, initial: dict | None = None):
        super().__init__(data, initial=self.read_row(project) if project else initial)

    def read_row(self, row: Project) -> dict:
        return {name: getattr(row, name) for name in self.base_fields}


class NewProjectForm(ProjectForm):
    """A new project, with its college and its kind; both never change."""

    college = forms.ModelChoiceField(College.objects.none(), label="学院", empty_label="请选择学院")
    kind = forms.ChoiceField(label="类别", choices=Project.Kind.choices, widget=forms.RadioSelect)
    field_order = ("college", "kind")

    def __init__(self, data=None, *, colleges, initial: dict):
        super().__init__(data, initial=initial)
        self.fields["college"].queryset = colleges
        self.fields[
            "kind"
        ].help_text = "街乡服务由街乡同意后才能发布，只有服务队队员可以报名；其他志愿服务可以直接发布。"
        if len(only := colleges[:2]) == 1:
            self.fields["college"].widget = forms.HiddenInput()
            self.initial["college"] = only[0].pk

    @property
    def for_service(self) -> dict:
        """Return the arguments of services.projects.draft."""
        entered = dict(self.cleaned_data)
        return {
            "college_id": entered.pop("college").pk,
            "kind": entered.pop("kind"),
            "values": entered,
        }


class ProposeForm(forms.Form):
    text = forms.CharField(
        label="给街乡的说明",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="可以不填。",
    )


class WithdrawForm(forms.Form):
    """The street takes its agreement back."""

    text = forms.CharField(label="撤回的原因", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class AnswerForm(forms.Form):
    """The street's answer: one text box, and two buttons for the two answers."""

    text = forms.CharField(
        label="意见",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="同意时可以不填；建议修改时请写明希望怎样修改。",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
    answer = forms.ChoiceField(
        choices=[("agree", "同意"), ("changes", "建议修改")],
        widget=forms.HiddenInput,
        error_messages={"required": "请选择“同意”或“建议修改”。"},
    )

    @property
    def for_service(self) -> dict:
        """Return the arguments of services.projects.answer."""
        entered = self.cleaned_data
        return {"agrees": entered["answer"] == "agree", "text": entered["text"], "seen": entered["seen"]}
