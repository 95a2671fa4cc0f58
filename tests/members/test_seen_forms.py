"""A form of a shared row carries what it showed: a conflict shows both values and keeps what was typed."""

from datetime import date
from types import SimpleNamespace

import pytest
from django import forms
from django.http import QueryDict

from members.forms.seen import ConflictError, SeenFormMixin


class PlanForm(SeenFormMixin, forms.Form):
    place = forms.CharField(required=False)
    people = forms.IntegerField()
    on = forms.DateField(widget=forms.DateInput(format="%Y-%m-%d"))
    is_open = forms.BooleanField(required=False)
    days = forms.MultipleChoiceField(choices=[("1", "周一"), ("2", "周二")], required=False)
    reason = forms.CharField(required=False)

    def __init__(self, data=None, *, row):
        super().__init__(data, initial=self.read_row(row))

    def read_row(self, row):
        return {name: getattr(row, name) for name in ("place", "people", "on", "is_open", "days")}


def make_row(**changes):
    plan = {"place": "社区", "people": 5, "on": date(2018, 11, 10), "is_open": True, "days": ["1", "2"]}
    return SimpleNamespace(**plan | changes)


def send(row, **typed) -> PlanForm:
    """Return the form as a browser sends it back: what the page of `row` showed, with these fields typed over."""
    page = PlanForm(row=row)
    data = QueryDict(mutable=True)
    shown = {
        "place": row.place,
        "people": row.people,
        "on": row.on.isoformat(),
        "days": row.days,
        "reason": "",
    }
    for name, value in (shown | {"seen": page["seen"].value()} | typed).items():
        data.setlist(name, value if isinstance(value, list) else [str(value)])
    if typed.get("is_open", row.is_open):
        data["is_open"] = "on"
    else:
        data.pop("is_open", None)
    form = PlanForm(data, row=row)
    assert form.is_valid()
    return form


def test_an_unchanged_row_is_no_conflict_and_the_token_is_no_value():
    form = send(make_row(), people=6)
    form.require_unchanged(make_row())
    assert "seen" not in form.cleaned_data and form.changed_data == ["people"]


def test_what_the_form_does_not_show_changes_as_it_likes():
    form = send(make_row())
    form.require_unchanged(make_row(secret="x"))
    assert form.is_valid() and not form.errors


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"place": "图书馆"}, "打开页面时是“社区”，现在已被改为“图书馆”"),
        ({"place": ""}, "现在已被改为“空”"),
        ({"people": 4}, "打开页面时是“5”，现在已被改为“4”"),
        ({"on": date(2018, 11, 11)}, "现在已被改为“2018-11-11”"),
        ({"is_open": False}, "打开页面时是“是”，现在已被改为“否”"),
        ({"days": ["2"]}, "打开页面时是“周一、周二”，现在已被改为“周二”"),
    ],
)
def test_a_change_of_somebody_else_is_shown_at_its_field(now, words):
    form = send(make_row())
    with pytest.raises(ConflictError, match="有人改了下面标出的内容"):
        form.require_unchanged(make_row(**now))
    ((name, errors),) = form.errors.items()
    assert name in now and words in errors[0]


def test_what_was_typed_is_kept_and_what_was_not_takes_the_present_value():
    form = send(make_row(), people=6)
    with pytest.raises(ConflictError):
        form.require_unchanged(make_row(people=4, place="图书馆", days=["1"], is_open=False))
    shown = {field.name: field.value() for field in form}
    assert (shown["people"], shown["place"], shown["days"], shown["is_open"]) == ("6", "图书馆", ["1"], False)
    assert "您填写的仍保留着" in form.errors["people"][0] and "已换成现在的内容" in form.errors["place"][0]


def test_the_same_form_sent_again_is_saved_unless_the_row_changed_once_more():
    form, now = send(make_row(), people=6), make_row(people=4)
    with pytest.raises(ConflictError):
        form.require_unchanged(now)
    again = PlanForm(form.data, row=now)
    assert again.is_valid()
    again.require_unchanged(now)
    with pytest.raises(ConflictError):
        again.require_unchanged(make_row(people=3))


def test_two_people_who_type_the_same_have_no_conflict():
    form = send(make_row(), people=6)
    form.require_unchanged(make_row(people=6))
    assert form.cleaned_data["people"] == 6 and not form.errors


def test_ticks_have_no_order_and_line_breaks_are_one():
    form = send(make_row(place="一楼\n大厅", days=["1", "2"]), place="一楼\r\n大厅", days=["2", "1"])
    form.require_unchanged(make_row(place="一楼\n大厅", days=["2", "1"]))
    assert form.is_valid() and not form.errors


def test_an_altered_token_asks_to_look_once_more():
    form = send(make_row(), seen="eyJ9:forged")
    with pytest.raises(ConflictError):
        form.require_unchanged(make_row())
    PlanForm(form.data, row=make_row()).require_unchanged(make_row())


def test_each_form_of_a_set_has_its_own_token():
    page = PlanForm(row=make_row())
    page.prefix = "first"
    assert 'name="first-seen"' in str(page["seen"])
