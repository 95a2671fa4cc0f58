"""Titles and names typed in forms are read like the cells of a file."""

import pytest
from django.core.exceptions import ValidationError

from activities.forms.activities import ActivityForm
from activities.forms.hours import CorrectForm
from activities.forms.projects import NewProjectForm, ProjectForm
from activities.forms.supplements import SupplementForm
from members.forms.labels import LabelField, PersonNameField
from members.forms.registration import NumberField
from reports.forms.commendation import CommendationForm
from reports.forms.honours import TitleEditForm, TitleForm

NOTHING = ["无", "/", "nan", "待定", "……", "0", "***", "NULL"]
FORMS = [
    ActivityForm,
    CorrectForm,
    NewProjectForm,
    ProjectForm,
    SupplementForm,
    CommendationForm,
    TitleEditForm,
    TitleForm,
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_names_something_reads_its_title_so(form):
    field = form.base_fields.get("title") or form.base_fields["name"]
    assert isinstance(field, LabelField)


@pytest.mark.parametrize("title", [*NOTHING, "#N/A", "TRUE", "2018-12-05", "12月5日"])
def test_what_is_no_title_is_refused(title):
    with pytest.raises(ValidationError):
        LabelField(max_length=80).clean(title)


@pytest.mark.parametrize(
    ("typed", "title"),
    [("敬老院探访", "敬老院探访"), (" R&amp;D 开放日 ", "R&D 开放日"), ("12·9合唱", "12·9合唱"), ("2018-12-05 志愿活动", "2018-12-05 志愿活动")],
)  # fmt: skip
def test_a_title_stays(typed, title):
    assert LabelField(max_length=80).clean(typed) == title


def test_an_empty_title_is_missing_or_optional():
    with pytest.raises(ValidationError, match=r"必填|required"):
        LabelField().clean("")
    assert LabelField(required=False).clean("") == ""


@pytest.mark.parametrize("name", [*NOTHING, "王?", "李□", "#N/A", "13800138001", "110101199003071233"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValidationError):
        PersonNameField().clean(name)


@pytest.mark.parametrize("number", [*NOTHING, "TRUE", "2.01801E9", "12345"])
def test_what_is_no_volunteer_number_is_refused_also_where_it_is_optional(number):
    with pytest.raises(ValidationError):
        NumberField(required=False).clean(number)
