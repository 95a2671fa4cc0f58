"""The history of a year's rules."""

from collections.abc import Callable
from dataclasses import replace

from members.queries.history import Change, list_changes

SOURCES = ("appraisal_sources", "admission_sources")


def list_year_changes(year) -> list[Change]:
    """Return the changes of a ServiceYear and its semesters, the latest first.

    The labels of a semester's fields begin with its name.
    """
    found = list_changes(year.events.all(), shown={name: make_labeller(year, name) for name in SOURCES})
    for semester in year.semesters.all():
        for change in list_changes(semester.events.all()):
            named = [replace(field, label=f"{semester.name}：{field.label}") for field in change.fields]
            found += [replace(change, fields=named)] if named else []
    return sorted(found, key=lambda change: change.at, reverse=True)


def label_of(year, name: str) -> str:
    """Return the label of a field of the ServiceYear."""
    return str(year._meta.get_field(name).verbose_name)


def make_labeller(year, name: str) -> Callable[[list[str]], str]:
    """Return a function that formats the values of a column with a list of choices, by their labels."""
    labels = dict(year._meta.get_field(name).base_field.flatchoices)
    return lambda values: "、".join(str(labels.get(value, value)) for value in values)
