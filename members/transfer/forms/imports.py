"""The form that uploads a file for an import."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.models import College, ImportRun
from members.permissions import get_scope, may
from members.transfer.services.imports import check_as_of, describe_asked_columns

LIMIT_MB = 20
# The kinds in the order in which a school needs them.
KINDS = (
    ImportRun.Kind.ROSTER,
    ImportRun.Kind.VOLUNTEERS,
    ImportRun.Kind.HOURS,
    ImportRun.Kind.STREETS,
    ImportRun.Kind.CODES,
    ImportRun.Kind.ORGANISATION,
    ImportRun.Kind.ACCOUNTS,
)


class UploadForm(forms.Form):
    """Ask for kind, college and file; offer only the kinds and colleges that the user may import."""

    kind = forms.ChoiceField(label="文件类别")
    college = forms.ModelChoiceField(
        College.objects.none(),
        label="限定学院",
        required=False,
        empty_label="全校",
        help_text="选定后，文件中其他学院的人员会作为有误行退回。",
    )
    file = forms.FileField(
        label="文件",
        help_text="支持 .xlsx、.xls、.csv，不必改动原表：标题行、合计行、空行会自动跳过，表头按名称识别。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )

    as_of = forms.DateField(
        label="数据日期",
        required=False,
        initial=timezone.localdate,
        help_text="文件反映哪一天的情况，变更自这一天起生效。默认今天；如果名单是以前导出的，请填写导出的日期。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请填写日期，如 2018-10-31。"},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [
            (kind.value, kind.label) for kind in KINDS if may(user, f"import.{kind}")
        ]
        seen = get_scope(user, "import.roster")
        if seen.everything or seen.schools:
            self.fields["college"].queryset = College.objects.filter(school=user.school)
        elif len(seen.colleges) > 1:
            self.fields["college"].queryset = College.objects.filter(pk__in=seen.colleges)
            self.fields["college"].required, self.fields["college"].empty_label = True, "请选择"
        else:
            del self.fields["college"]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LIMIT_MB * 1024 * 1024:
            raise ValidationError(f"文件超过 {LIMIT_MB} MB。请删去与名单无关的图片和工作表后再上传。")
        return file

    def clean_as_of(self):
        return check_as_of(self.cleaned_data["as_of"])


class ConfirmForm(forms.Form):
    """Confirm a preview; rows that go back to a former state must be confirmed by a tick.

    A file of hours without states asks for the state of all its rows; none is chosen before.
    """

    state = forms.ChoiceField(
        label="文件没有状态列，全部按哪种状态导入",
        choices=[("confirmed", "已确认（计入时长）"), ("pending", "待确认（暂不计入）")],
        widget=forms.RadioSelect,
        error_messages={"required": "文件没有状态列，请选择全部按“已确认”还是“待确认”导入。"},
    )

    force = forms.BooleanField(
        label="确认导入旧数据",
        help_text="勾选后，自数据日期起以这份文件为准。",
    )

    columns_known = forms.BooleanField(label="确认这些列不影响录入")

    def __init__(self, *args, run: ImportRun, **kwargs):
        super().__init__(*args, **kwargs)
        if asked := describe_asked_columns(run.notes):
            field = self.fields["columns_known"]
            field.help_text = "；".join(asked) + "。"
            field.error_messages["required"] = (
                "文件有平台不认识的列，尚未录入。如这些列不影响录入，请勾选此项再确认；否则请改好文件重新上传。"
            )
        else:
            del self.fields["columns_known"]
        if not run.notes.get("asks_state"):
            del self.fields["state"]
        count = run.figures.get("reverting", 0)
        if not count:
            del self.fields["force"]
            return
        self.fields["force"].error_messages["required"] = (
            f"{count} 条将回到以前的状态，尚未录入。如确要以这份文件为准，请勾选此项再确认；否则请放弃。"
        )
