"""待认领: the search, and the form that assigns a row to a person."""

from django import forms

from members.lists import ListFilter


class ClaimFilter(ListFilter):
    q = forms.CharField(label="姓名或编号", required=False, max_length=40)
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "待认领"), ("dismissed", "已标记为非本校人员")]
    )


class ClaimForm(forms.Form):
    """Assign a row to a person by student number: a name alone is never enough."""

    student_no = forms.CharField(label="学号", max_length=40, help_text="核对姓名、手机后，填写此人的学号。")
    reason = forms.CharField(
        label="姓名不同时的原因",
        max_length=150,
        required=False,
        help_text="例如：改名、名单写错字。姓名一致时不必填。",
    )
