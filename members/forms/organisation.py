"""The filters above the tree of organisations; their values are in the address."""

from django import forms


class OrganisationFilter(forms.Form):
    q = forms.CharField(label="团支部或学院", required=False)
    college = forms.TypedChoiceField(label="学院", required=False, coerce=int, empty_value=None)
    flag = forms.ChoiceField(
        label="只看",
        required=False,
        choices=[
            ("", "全部团支部"),
            ("below", "注册率低于底线"),
            ("no_secretary", "未设团支书"),
            ("small", "团员不足 3 人"),
            ("twin", "疑似重名"),
        ],
    )

    def __init__(self, *args, colleges: list[tuple[int, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["college"].choices = [("", "全部学院"), *colleges]
