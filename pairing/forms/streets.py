"""Filters of the lists of streets, and the forms of a figure entered by hand and of the assigned streets."""

from django import forms
from django.utils import timezone

from members.forms.registration import DayField
from members.forms.seen import SeenFormMixin
from members.lists import ListFilter
from members.models import Street


class StreetFilter(ListFilter):
    q = forms.CharField(label="街乡名称", required=False)
    district = forms.ChoiceField(label="区", required=False)
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "全部"), *Street.Kind.choices])

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        districts = Street.objects.order_by("district").values_list("district", flat=True).distinct()
        self.fields["district"].choices = [("", "全部"), *((name, name) for name in districts)]


class StreetRoomFilter(StreetFilter):
    room = forms.ChoiceField(
        label="名额",
        required=False,
        choices=[("", "全部"), ("free", "还有名额"), ("full", "已满"), ("over", "超出上限")],
    )


class AssignedFilter(StreetFilter):
    assigned = forms.ChoiceField(
        label="名单", required=False, choices=[("", "全部"), ("yes", "已分配给我校"), ("no", "未分配")]
    )


class TakenForm(SeenFormMixin, forms.Form):
    taken = forms.IntegerField(
        label="平台外已对接数",
        min_value=0,
        max_value=1000,
        help_text="本平台以外的高校已占用的名额；本平台内各校的结对另行计算，不要重复计入。",
    )
    as_of = DayField(label="数据时间")
    source = forms.CharField(label="数据来源", max_length=200, help_text="例如“10月20日电话询问街道团工委”。")

    def __init__(self, data=None, *, street: Street):
        super().__init__(data, initial=self.read_row(street) | {"as_of": timezone.localdate()})

    def read_row(self, row: Street) -> dict:
        return {"taken": row.taken_elsewhere}


class AssignForm(forms.Form):
    """The ticks of one page. `shown`: all streets on it; `ticked`: those ticked before; `chosen`: those ticked now."""

    shown = forms.TypedMultipleChoiceField(coerce=int)
    ticked = forms.TypedMultipleChoiceField(coerce=int, required=False)
    chosen = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args, streets: list[int], **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.choices = [(pk, pk) for pk in streets]
