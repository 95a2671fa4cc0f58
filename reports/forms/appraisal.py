"""Input of a 团员教育评议: the meeting, the grades of each person, a file, a reason."""

from django import forms
from django.core.exceptions import ValidationError

from members.forms.seen import SeenFormMixin
from members.models import Branch, College
from reports.forms.years import YearFilter
from reports.models import Appraisal, AppraisalGrade
from reports.queries.appraisal_sheets import Row
from reports.rules.appraisal import EXCELLENT
from reports.rules.eligibility import MemberVerdict
from reports.services.appraisal_versions import LABELS, UNKNOWN, WRITTEN, StaleError

LIMIT_MB = 5
STATES = [
    ("", "全部状态"),
    ("none", "未开始"),
    *Appraisal.State.choices,
    ("open", "未通过（含未开始）"),
]


class AppraisalFilter(YearFilter):
    q = forms.CharField(label="团支部", required=False, max_length=60)
    college = forms.ModelChoiceField(
        College.objects.none(), label="学院", required=False, empty_label="全部学院"
    )
    state = forms.ChoiceField(label="状态", choices=STATES, required=False)
    field_order = ("q", "college", "state", "year")

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        self.branches = Branch.objects.visible_to(user, action)
        colleges = College.objects.filter(branches__in=self.branches).distinct()
        self.fields["college"].queryset = colleges
        if len(colleges[:2]) < 2:
            self.fields["college"].widget = forms.HiddenInput()


class MeetingForm(SeenFormMixin, forms.Form):
    held_on = forms.DateField(
        label="评议会日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    entitled = forms.IntegerField(label="应到人数", min_value=1, max_value=999)
    present = forms.IntegerField(label="实到人数", min_value=0, max_value=999)

    def read_row(self, row: Appraisal) -> dict:
        return {"held_on": row.held_on, "entitled": row.entitled, "present": row.present}


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200, help_text="团支部会看到，并保存在评议的经过里。")


class FinalSelect(forms.Select):
    """A select that disables 优秀 for a person whom the conditions bar; the row says why.

    The service refuses it in any case.
    """

    barred = False

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        if self.barred and value == EXCELLENT and not option["selected"]:
            option["attrs"]["disabled"] = True
            option["label"] += "（不符合）"
        return option


class GradeForm(forms.ModelForm):
    """A row of the sheet. The fields are in a table, so each has a name for users who cannot see the column
    heads."""

    version = forms.IntegerField(
        widget=forms.HiddenInput, error_messages={"required": UNKNOWN, "invalid": UNKNOWN}
    )

    class Meta:
        model = AppraisalGrade
        fields = WRITTEN
        widgets = {"proposed": FinalSelect, "final": FinalSelect, "note": forms.TextInput}

    def __init__(self, data=None, *, row: Row):
        super().__init__(
            data,
            instance=row.grade,
            prefix=f"row-{row.grade.pk}",
            initial={"version": row.grade.version},
        )
        self.row = row
        self.problems: list[str] = []
        self.stale = False
        self.fields["version"].widget.attrs["form"] = "sheet"
        for name in WRITTEN:
            label = f"{row.grade.member.name} {LABELS[name]}"
            self.fields[name].widget.attrs |= {"aria-label": label, "form": "sheet"}
        for name in ("self_grade", "mutual", "proposed", "final"):
            self.fields[name].choices = [("", "—"), *self.fields[name].choices[1:]]
            self.fields[name].widget.barred = row.verdict.excellent is not True

    @property
    def verdict(self) -> MemberVerdict:
        return self.row.verdict

    @property
    def values(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in WRITTEN}

    def refuse(self, problems: list[ValidationError]) -> None:
        """Show the problems in the row.

        If another window was first, merge its changes with the values entered here.
        """
        self.problems = [text for problem in problems for text in problem.messages]
        for stale in (problem for problem in problems if isinstance(problem, StaleError)):
            self.stale = True
            self.data = self.data.copy()
            sent = {
                **stale.values,
                "version": stale.version,
                "taking_part": stale.values["taking_part"] and "on",
            }
            for name, value in sent.items():
                self.data[self.add_prefix(name)] = value or ""

    def _post_clean(self):
        """Leave the row unchanged: the service writes it under lock."""


class SheetUploadForm(forms.Form):
    file = forms.FileField(
        label="填好的评议表",
        help_text="先导出评议表，填好后原样上传（.xlsx、.xls、.csv）。空白的单元格不改变已有内容。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )

    @classmethod
    def refuse(cls, problem: str) -> "SheetUploadForm":
        """Return the form with what the worker found wrong with the file."""
        form = cls({})
        form.errors.pop("file")  # required
        form.add_error("file", problem)
        return form

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LIMIT_MB * 1024 * 1024:
            raise ValidationError(f"文件超过 {LIMIT_MB} MB，请只保留评议表再上传。")
        return file
