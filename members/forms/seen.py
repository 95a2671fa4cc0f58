"""Forms of things that several people change: each carries, signed, what it showed, so that nobody undoes another unseen."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError

SALT = "members.forms.seen"
CHANGED_MEANWHILE = "您打开这一页以后，有人改了下面标出的内容，这次没有保存。您填写的都还在；请核对后再保存一次，将以页面上现在的内容为准。"


class ConflictError(ValidationError):
    """Somebody else changed what the form had shown. The form already has the details, field by field."""

    def __init__(self):
        super().__init__(CHANGED_MEANWHILE, code="conflict")


class _SeenField(forms.CharField):
    """The signed values that the page showed; never a change of its own."""

    widget = forms.HiddenInput

    def has_changed(self, initial, data) -> bool:
        return False


class SeenFormMixin(forms.BaseForm):
    """A form of a row that others change too. `read_row` says what the page shows of the row.

    The service calls `require_unchanged(row)` with the row that it has locked. If a shown value differs from the one
    on the page, the form keeps what was typed, shows both, and takes the present values as seen: the same form sent
    again is saved. Fields that nobody typed into take the present value.
    """

    seen_name = "seen"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[self.seen_name] = _SeenField(required=False)
        # Only the first page reads what it shows; a form that comes back brings what it had shown.
        if not self.is_bound:
            shown = {**self.initial}
            self.initial = shown | {self.seen_name: lambda: self._sign(self._write_all(shown))}

    def read_row(self, row) -> Mapping[str, Any]:
        """Return {field: value} of a row, as the empty form shows it."""
        raise NotImplementedError

    def full_clean(self):
        super().full_clean()
        if self.is_bound:
            self.cleaned_data.pop(self.seen_name, None)

    def require_unchanged(self, row) -> None:
        """Compare the locked row with what the page showed. Raises ConflictError, with the fields marked."""
        key, now = self.add_prefix(self.seen_name), self._write_all(self.read_row(row))
        if not (token := self.data.get(key)):
            return  # not a page of ours: nothing was shown
        shown = _read_token(token)
        # A field that somebody else set to what is typed here is no conflict.
        changed = [
            name for name in shown if name in now and now[name] not in (shown[name], self._get_typed(name))
        ]
        if shown and not changed:
            return
        self.data = self.data.copy()
        self.data[key] = self._sign(now)
        for name in changed:
            self._mark(name, shown[name], now[name])
        raise ConflictError

    def _mark(self, name: str, shown: list[str], now: list[str]) -> None:
        """Show both values at the field; a field that nobody typed into takes the present one."""
        typed = self._get_typed(name) != shown
        kept = "您填写的仍保留着" if typed else "已换成现在的内容"
        before, present = self._describe(name, shown), self._describe(name, now)
        self.add_error(name, f"打开页面时是“{before}”，现在已被改为“{present}”；{kept}。")
        if not typed:
            self._put(name, now)

    # --- values as a browser sends them: a list of strings for each field

    def _write_all(self, values: Mapping[str, Any]) -> dict[str, list[str]]:
        names = [name for name, field in self.fields.items() if name in values and not field.disabled]
        return {name: self._write(name, values[name]) for name in names if name != self.seen_name}

    def _write(self, name: str, value: Any) -> list[str]:
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return ["on"] if value else []
        value = field.prepare_value(value() if callable(value) else value)
        shown = field.widget.format_value(value)
        many = shown if isinstance(shown, list | tuple | set) else [shown]
        return _tidy(many)

    def _get_typed(self, name: str) -> list[str]:
        key = self.add_prefix(name)
        if isinstance(self.fields[name], forms.BooleanField):
            return ["on"] if self.data.get(key) else []
        return _tidy(self.data.getlist(key) if hasattr(self.data, "getlist") else [self.data.get(key)])

    def _put(self, name: str, values: list[str]) -> None:
        key = self.add_prefix(name)
        if hasattr(self.data, "setlist"):
            self.data.setlist(key, values)
        else:
            self.data[key] = values[0] if values else ""

    def _describe(self, name: str, values: list[str]) -> str:
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return "是" if values else "否"
        labels = {str(value): str(label) for value, label in getattr(field, "choices", None) or ()}
        words = [labels.get(value, value) for value in values]
        if isinstance(field, forms.DateTimeField):
            words = [word.replace("T", " ") for word in words]
        return "、".join(words) or "空"

    def _sign(self, values: dict[str, list[str]]) -> str:
        return signing.dumps(values, salt=SALT, compress=True)


def _read_token(token: str) -> dict[str, list[str]]:
    """Return what the page showed; nothing of an altered token or one of a former secret."""
    try:
        return signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return {}


def _tidy(values: Iterable[Any]) -> list[str]:
    """Return the values as text, without blanks, in the line breaks of the database, sorted: a tick has no order."""
    texts = [str(value).replace("\r\n", "\n").strip() for value in values if value is not None]
    return sorted(filter(None, texts))
