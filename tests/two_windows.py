"""A page in two windows: read the form of a page as a browser sends it."""

from urllib.parse import urlencode

from django.http import QueryDict
from lxml import html


def read_form(response, action: str = "") -> QueryDict:
    """Return what a browser would send of the page's main form, untouched. `action`: of several forms, the one that goes there."""
    page = html.fromstring(response.content.decode())
    forms = [form for form in page.forms if form.method == "POST" and (form.get("action") or "") == action]
    chosen = max(forms, key=lambda form: len(form.fields))
    # A browser drops the line break after <textarea>, which templates write before the text.
    values = [(name, value.removeprefix("\n")) for name, value in chosen.form_values()]
    return QueryDict(urlencode(values), mutable=True)


def type_over(sent: QueryDict, **typed) -> QueryDict:
    """Return the same data with these fields typed over; a list sets all values of a field."""
    data = sent.copy()
    for name, value in typed.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data
