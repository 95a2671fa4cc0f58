"""A list to choose from in which what cannot be chosen stands as well, with the reason."""

from django import forms


class NotedSelect(forms.Select):
    """`notes`: {key: (what is said behind the name, whether it can be chosen)}."""

    notes: dict[int | None, tuple[str, bool]] = {}

    def create_option(self, name, value, label, *args, **kwargs):
        option = super().create_option(name, value, label, *args, **kwargs)
        if note := self.notes.get(getattr(value, "value", None)):
            said, possible = note
            option["label"] = f"{label}（{said}）"
            option["attrs"]["disabled"] = not possible
        return option
