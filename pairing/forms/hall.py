"""The filters of the hall, and the forms of claims and wishes."""

from django import forms

from members.lists import ListFilter
from members.models import College, Street
from pairing.forms.choices import NotedSelect
from pairing.models import PairingCode
from pairing.queries.hall import list_hall_rows


class HallFilter(ListFilter):
    """Filters of the hall. `streets`: the rows of the hall in the school's current year, before any filter."""

    q = forms.CharField(label="街乡名称", required=False, max_length=40)
    district = forms.ChoiceField(label="区", required=False)
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "全部"), *Street.Kind.choices])
    room = forms.ChoiceField(
        label="名额", required=False, choices=[("", "全部"), ("free", "可以结对"), ("full", "不能结对")]
    )

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        year = user.current_year
        self.streets = list_hall_rows(year.pk) if year else []
        districts = sorted({street["district"] for street in self.streets})
        self.fields["district"].choices = [("", "全部"), *((name, name) for name in districts)]


class ClaimForm(forms.Form):
    """A college's claim: the code, typed once, and the street of the button that was clicked."""

    street = forms.ModelChoiceField(
        Street.objects.all(),
        widget=forms.HiddenInput,
        error_messages={"required": "请点击一个街乡的“结对”按钮。", "invalid_choice": "没有找到这个街乡。"},
    )
    code = forms.CharField(
        label="申请结对码",
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text="输入一次，再点击要结对的街乡。",
    )


class SchoolClaimForm(forms.Form):
    """A claim by the school for a college; the portal looks up the college's code."""

    street = ClaimForm.base_fields["street"]
    college = forms.ModelChoiceField(
        College.objects.none(), label="代哪个学院结对", empty_label="请选择学院", widget=NotedSelect
    )
    reason = forms.CharField(label="原因", max_length=200, help_text="会记入历史，并告知学院。")

    def __init__(self, *args, colleges, year, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["college"].queryset = colleges
        codes = {
            code.college_id: code for code in PairingCode.objects.filter(year=year).exclude(college=None)
        }
        notes = {pk: self._describe_code(codes.get(pk)) for pk in colleges.values_list("pk", flat=True)}
        self.fields["college"].widget.notes = notes
        self.waiting = sum(possible for _, possible in notes.values())

    @staticmethod
    def _describe_code(code: PairingCode | None) -> tuple[str, bool]:
        if code is None:
            return "没有结对码", False
        if code.state == PairingCode.State.USED:
            return "已结对", False
        return f"{code.get_kind_display()}码", True


class WishForm(forms.Form):
    street = forms.IntegerField(min_value=1)
    step = forms.ChoiceField(choices=[(step, step) for step in ("add", "up", "down", "drop")])
