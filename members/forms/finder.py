"""The people finder as a field of a form: a search box with the people found below it, to be picked.

It works without JavaScript (a button searches, the page comes back with the people found) and with htmx (they appear
while one types). People already picked stay in the list. The form never takes a typed number as a person.
"""

from dataclasses import dataclass, field

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from members.queries.finder import FINDERS, LIMIT, FoundPerson

MOST_PICKED = 200


@dataclass(frozen=True)
class Asked:
    """What was sent: the keys of the picked people and the words in the search box."""

    keys: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Found:
    """The people below a search box: those picked before, and those found now."""

    words: str = ""
    picked: list[FoundPerson] = field(default_factory=list)
    people: list[FoundPerson] = field(default_factory=list)
    more: bool = False  # there are more matches than are shown


def search_people(user, kind: str, *, words: str, keys: tuple[str, ...]) -> Found:
    """Return what a finder shows for the words; of all people only those whom the user may see."""
    finder = FINDERS[kind]
    picked = finder.pick(user, keys[:MOST_PICKED]) if keys else []
    known = {person.key for person in picked}
    found = [person for person in finder.find(user, words, limit=LIMIT + 1) if person.key not in known]
    return Found(words.strip(), picked, found[:LIMIT], more=len(found) > LIMIT)


class FinderWidget(forms.Widget):
    """A search box, a button, and radio buttons or tick boxes for the people found."""

    template_name = "components/finder.html"

    def __init__(self, *, user, kind: str, several: bool):
        super().__init__()
        self.user, self.kind, self.several = user, kind, several

    def value_from_datadict(self, data, files, name) -> Asked:
        keys = data.getlist(name) if hasattr(data, "getlist") else [data[name]] if data.get(name) else []
        return Asked(tuple(keys), data.get(f"{name}_q", ""))

    def value_omitted_from_data(self, data, files, name) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_q" if id_ else ""

    def get_context(self, name, value, attrs) -> dict:
        asked = value if isinstance(value, Asked) else Asked(tuple(value or ()))
        found = search_people(self.user, self.kind, words=asked.words, keys=asked.keys)
        context = super().get_context(name, None, attrs)
        describedby = context["widget"]["attrs"].get("aria-describedby", "")
        return context | {
            "found": found,
            "name": name,
            "kind": self.kind,
            "several": self.several,
            "describedby": describedby,
        }

    def render(self, name, value, attrs=None, renderer=None):
        """Render with the portal's templates: Django's own renderer of widgets knows no icons."""
        return mark_safe(render_to_string(self.template_name, self.get_context(name, value, attrs)))  # noqa: S308


class PersonField(forms.Field):
    """A person whom the user finds by search; a list of people with `several`.

    `kind`: a key of `members.queries.finder.FINDERS`.
    """

    def __init__(self, *, user, kind: str = "people", several: bool = False, **options):
        self.user, self.kind, self.several = user, kind, several
        super().__init__(widget=FinderWidget(user=user, kind=kind, several=several), **options)

    def clean(self, value: Asked) -> FoundPerson | list[FoundPerson] | None:
        picked = FINDERS[self.kind].pick(self.user, value.keys[:MOST_PICKED])
        if len(picked) < len(set(value.keys)):
            raise ValidationError("所选的人不在您的范围内，请重新查找。")
        if self.required and not picked:
            raise ValidationError("请先查找，再选中要办理的人。")
        if self.several:
            return picked
        return picked[0] if picked else None


class FinderForm(forms.Form):
    """A form with a PersonField. Its button 查找 only searches: the form then comes back, nothing is saved."""

    @property
    def is_searching(self) -> bool:
        return any(f"{self.add_prefix(name)}_find" in self.data for name in self.fields)

    def full_clean(self):
        if not self.is_searching:
            super().full_clean()
            return
        self._errors, self.cleaned_data = ErrorDict(), {}

    def is_valid(self) -> bool:
        return not self.is_searching and super().is_valid()
