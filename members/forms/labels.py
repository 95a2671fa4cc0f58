"""Fields for what people call something or somebody; they read like the cells of a file (requirements §4)."""

from django import forms
from django.core.exceptions import ValidationError

from members.sheets.account_cells import clean_account_name
from members.sheets.cells import CellError, clean_label
from members.sheets.texts import clean_text


class LabelField(forms.CharField):
    """A title: entities and invisible characters are cleaned; words for nothing, dates and error values are refused."""

    def to_python(self, value):
        typed = super().to_python(value)
        try:
            label = clean_label(typed)
        except CellError as error:
            raise ValidationError(f"{error}。") from error
        if not label and clean_text(typed):
            raise ValidationError(f"“{typed[:30]}”不是名称，请填写。")
        return label


class PersonNameField(forms.CharField):
    """The name of a person, read as strictly as the name of an account."""

    def to_python(self, value):
        try:
            return clean_account_name(super().to_python(value))
        except CellError as error:
            raise ValidationError(f"{error}。") from error
