"""The one way in which a page hands a form to a service."""

from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError


def written(form: forms.Form, service: Callable, **values) -> bool:
    """Call the service; what it refuses becomes an error of the form, in place, with everything typed kept."""
    try:
        service(**values)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    return True
