"""The school's choices for the roll-over of a year into the next."""

from collections.abc import Iterable

from django import forms

from pairing.models import Pairing
from reports.queries.rollover import Group


class RollOverForm(forms.Form):
    released = forms.TypedMultipleChoiceField(label="不再延续的结对", coerce=int, required=False)
    graduates = forms.MultipleChoiceField(label="毕业归档", required=False)
    confirm = forms.BooleanField(
        label="我已核对以上内容，确认结转。", error_messages={"required": "请先核对内容，再勾选确认。"}
    )

    def __init__(self, data, *, pairings: Iterable[Pairing], groups: Iterable[Group]):
        super().__init__(data)
        self.fields["released"].choices = [(pairing.pk, str(pairing)) for pairing in pairings]
        self.fields["graduates"].choices = [(group.key, group.label) for group in groups]

    @property
    def for_service(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("released", "graduates")}

    def list_chosen(self, name: str) -> set[str]:
        """Return the values that were ticked when the form was shown again with an error."""
        return set(self.data.getlist(name)) if self.is_bound else set()
