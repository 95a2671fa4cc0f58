"""台账核对: the decision on the ticked cases, and on rows of hours that wait."""

from django import forms

from activities.models import WaitingHours
from activities.rules.cases import list_actions
from members.lists import ListFilter


class CasesField(forms.Field):
    """Ticked cases, each sent as the ids of its records: "12-15"."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {"required": "请先勾选。", "invalid": "名单已有变化，请核对后重新勾选。"}

    def to_python(self, value) -> list[tuple[int, ...]]:
        try:
            return [tuple(map(int, case.split("-"))) for case in value or ()]
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from error


class SettleForm(forms.Form):
    """The decision on the ticked cases of one kind, open or settled."""

    chosen = CasesField()
    decision = forms.ChoiceField(label="处理", widget=forms.RadioSelect)
    reason = forms.CharField(label="原因", max_length=200, help_text="与操作人、时间一起留存。")

    def __init__(self, data=None, *, kind: str, settled: bool = False):
        super().__init__(data)
        self.settled = settled
        actions = list_actions(kind, settled=settled)
        self.fields["decision"].choices = actions
        if len(actions) == 1:
            self.initial["decision"] = actions[0][0]

    @property
    def chosen_keys(self) -> set[str]:
        """Return the cases as they were sent, to tick them again after an error."""
        return set(self.data.getlist("chosen")) if self.is_bound else set()

    @property
    def for_service(self) -> dict:
        """Return the arguments of services.cases.settle_cases, or of reopen_cases for settled cases."""
        entered = self.cleaned_data
        action = {} if self.settled else {"action": entered["decision"]}
        return action | {"cases": entered["chosen"], "reason": entered["reason"]}


class WaitingFilter(ListFilter):
    """Filter the rows of hours that are not in the ledger yet."""

    q = forms.CharField(label="姓名或号码", required=False, max_length=60)
    question = forms.ChoiceField(
        label="原因", choices=[("", "全部"), *WaitingHours.Question.choices], required=False
    )
    state = forms.ChoiceField(
        label="状态",
        choices=[
            ("", "待处理"),
            (WaitingHours.State.TAKEN, "已录入"),
            (WaitingHours.State.DISMISSED, "不录入"),
        ],
        required=False,
    )


class WaitingForm(forms.Form):
    """The decision on the ticked rows."""

    chosen = forms.ModelMultipleChoiceField(
        WaitingHours.objects.none(),
        error_messages={"required": "请先勾选。", "invalid_choice": "名单已有变化，请核对后重新勾选。"},
    )
    decision = forms.ChoiceField(
        choices=[
            ("another", "是另一次服务"),
            ("same", "是重复的"),
            ("dismiss", "非本校"),
            ("restore", "恢复"),
        ]
    )

    def __init__(self, data=None, *, rows):
        super().__init__(data)
        self.fields["chosen"].queryset = rows

    @property
    def chosen_keys(self) -> set[str]:
        """Return the ids as they were sent, to tick them again after an error."""
        return set(self.data.getlist("chosen")) if self.is_bound else set()
