"""Refuse, in every form there is, text that no file can carry.

Django wires its check for NUL into `CharField` itself, so that forms of Django, of its admin, of allauth and of the
portal all have it. This check is installed at the same place, once, when the apps are ready. A view that reads
`request.POST` without a form is no way around it: `members.stored_text` removes the characters from what goes to the
database.
"""

from functools import wraps

from django import forms
from django.core.exceptions import ValidationError

from members.sheets.xml_text import find_forbidden, name_characters, strip_deep, strip_forbidden

# The page shows the text again without the characters (members.sent_text), so that sending it once more is enough.
REFUSAL = "这里有看不见、文件里无法保存的字符（{}），已经去掉。请核对后再提交一次。"


def check_typed_text(text: str) -> str:
    """Return the text without marks that reverse its order; raise ValidationError where no file can carry it."""
    if found := find_forbidden(text):
        raise ValidationError(REFUSAL.format(name_characters(found)), code="forbidden_characters")
    return strip_forbidden(text)


def install_in_forms() -> None:
    """Let every text field of every form check its text, and every upload lose such characters of its name."""
    _extend(forms.CharField, _check_text)
    _extend(forms.JSONField, lambda field, value: strip_deep(value))
    _extend(forms.FileField, _tidy_filename)


def _extend(kind: type[forms.Field], check) -> None:
    """Let `check(field, value)` have the last word of this class's `to_python`; a second call changes nothing."""
    convert = kind.to_python
    if hasattr(convert, "checks_text"):
        return

    @wraps(convert)
    def to_python(field, value):
        return check(field, convert(field, value))

    to_python.checks_text = True  # type: ignore[attr-defined]
    setattr(kind, "to_python", to_python)  # noqa: B010 (the type of a method may not be assigned)


def _check_text(field: forms.Field, value):
    # A password is stored as a hash only; who has such a character in theirs must still be able to sign in.
    if not isinstance(value, str) or isinstance(field.widget, forms.PasswordInput):
        return value
    return check_typed_text(value)


def _tidy_filename(field: forms.Field, upload):
    if upload:
        upload.name = strip_forbidden(upload.name)
    return upload
