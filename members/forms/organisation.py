"""Filters above the lists of organisations and streets. They live in the address."""

from django import forms

from members.models import Street


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
        ],
    )

    def __init__(self, *args, colleges: list[tuple[int, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["college"].choices = [("", "全部学院"), *colleges]


class StreetFilter(forms.Form):
    q = forms.CharField(label="街乡名称", required=False)
    district = forms.ChoiceField(label="区", required=False)
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "全部"), *Street.Kind.choices])
    room = forms.ChoiceField(
        label="名额", required=False, choices=[("", "全部"), ("free", "还有名额"), ("full", "已满")]
    )

    def __init__(self, *args, districts: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["district"].choices = [("", "全部"), *((name, name) for name in districts)]
