"""Forms for an objection and its answer, and the filter of their list."""

from django import forms

from activities.forms.people import OfPeopleFilter
from activities.models import Objection

STATES = [("", "全部"), *Objection.State.choices, ("late", "待答复，已超过期限")]
VERDICTS = [("upheld", "采纳"), ("dismissed", "不采纳")]


class ObjectionFilter(OfPeopleFilter):
    state = forms.ChoiceField(label="状态", choices=STATES, required=False)

    def narrow(self, objections):
        """Return the objections that match ("late": all open ones); none if the filter is invalid."""
        if not self.is_valid():
            return objections.none()
        state = self.cleaned_data["state"]
        if state:
            objections = objections.filter(state="open" if state == "late" else state)
        return self.filter_by_people(objections)


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label="异议内容",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明哪里不对、应当怎样，例如“我 9:00 到场，记录从 9:40 开始”。",
    )


class AnswerForm(forms.Form):
    verdict = forms.ChoiceField(label="结论", choices=VERDICTS, widget=forms.RadioSelect)
    text = forms.CharField(
        label="答复", max_length=1000, widget=forms.Textarea(attrs={"rows": 4}), help_text="本人会看到。"
    )

    @property
    def for_service(self) -> dict:
        """Return the arguments of services.objections.answer."""
        return {"upheld": self.cleaned_data["verdict"] == "upheld", "text": self.cleaned_data["text"]}
