"""Migrations at a fraction of Django's price: a state renders the models that an operation asks for, and no more.

Django keeps a class for every model of every state, and after each change renders anew whatever is related to the
changed model, which here is nearly everything: 36,000 classes in a fresh `migrate`. An operation on one table asks
for that table's model only, and that needs the models it points to. So `LeanState` renders on request and keeps the
classes that no change concerns. What sees relations from the other side gets all models, rendered by Django: code of
RunPython, receivers of post_migrate, and a change of a model or of a unique field that others may point to.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import AppConfigStub, ModelState, ProjectState, StateApps
from django.db.migrations.utils import resolve_relation
from django.db.models import Model
from django.utils.functional import cached_property

Key = tuple[str, str]  # label of the app, name of the model in lower case
Needs = dict[Key, set[Key]]


class PartialApps(StateApps):
    """The models of one state, each rendered when somebody asks for it."""

    def __init__(self, states: dict[Key, ModelState], needs: Needs, rendered: Iterable[type[Model]] = ()):
        super().__init__([], {})
        self.states = states
        self.needs = needs
        self.rendering = False
        for label in {label for label, _name in states}:
            self.app_configs[label] = stub = AppConfigStub(label)
            stub.apps = self
            stub.import_models()
        for model in rendered:
            self.all_models[model._meta.app_label][str(model._meta.model_name)] = model

    def get_model(self, app_label: str, model_name: str | None = None, require_ready: bool = True):
        """Return the model, as Django's method does; render it and what it needs if that has not been done."""
        if not self.rendering:
            label, _, name = f"{app_label}.{model_name}".removesuffix(".None").partition(".")
            self.render({(label, name.lower())} & self.states.keys())
        return super().get_model(app_label, model_name, require_ready)

    def get_models(self, include_auto_created: bool = False, include_swapped: bool = False):
        """Return all models, as Django's method does."""
        if not self.rendering:
            self.render(self.states.keys())
        return StateApps.get_models.__wrapped__(  # type: ignore[attr-defined]
            self, include_auto_created, include_swapped
        )

    def clear_cache(self) -> None:
        """Let the rendered models look up their fields again."""
        if self.ready:
            for model in self.list_rendered():
                model._meta._expire_cache()  # type: ignore[attr-defined]

    def render(self, keys: Iterable[Key]) -> None:
        """Render the models of these keys, and what they need, as far as that has not been done."""
        asked = follow(keys, self.needs)
        missing = [
            state
            for key, state in self.states.items()
            if key in asked and key[1] not in self.all_models[key[0]]
        ]
        self.rendering = True
        try:
            self.render_multiple(missing)
        finally:
            self.rendering = False

    def copy_for(self, states: dict[Key, ModelState]) -> "PartialApps":
        """Return the models of a copied state."""
        return PartialApps(states, self.needs, self.list_rendered())

    def copy_without(self, changed: set[Key]) -> "PartialApps":
        """Return the models of the same state without the changed ones and all that point to them, also over others."""
        needs = self.needs | {key: find_needs(self.states[key]) for key in changed}
        pointing: Needs = {}
        for key, needed in needs.items():
            for other in needed:
                pointing.setdefault(other, set()).add(key)
        stale = follow(changed, pointing)
        kept = [model for model in self.list_rendered() if key_of(model) not in stale]
        return PartialApps(self.states, needs, kept)

    def list_rendered(self) -> list[type[Model]]:
        return [model for models in self.all_models.values() for model in models.values()]


class LeanState(ProjectState):
    """A state whose `apps` render on request; `whole`: until the next operation, Django renders all models."""

    whole = False
    before: "LeanState | None" = None

    @classmethod
    def of(cls, state: ProjectState) -> "LeanState":
        """Return the same state; it must not have rendered models."""
        return cls(state.models, state.real_apps)

    @cached_property
    def apps(self) -> StateApps:
        """Return the models; where apps without migrations have some, as in tests, all are Django's."""
        if self.whole or any(list(apps.get_app_config(label).get_models()) for label in self.real_apps):
            return StateApps(list(self.real_apps), self.models)
        return PartialApps(self.models, {key: find_needs(state) for key, state in self.models.items()})

    def clone(self) -> "LeanState":
        """Return a copy, and remember it as the state before the coming operation."""
        copy = LeanState({key: state.clone() for key, state in self.models.items()}, self.real_apps)
        copy.is_delayed = self.is_delayed
        if self.whole:
            self.whole = False
            self.__dict__.pop("apps", None)
        elif "apps" in self.__dict__:
            known = self.apps
            copy.__dict__["apps"] = (
                known.copy_for(copy.models) if isinstance(known, PartialApps) else known.clone()
            )
        self.before = copy
        return copy

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        self.reload_models([(app_label, model_name)], delay)

    def reload_models(self, models: Iterable[Key], delay: bool = True) -> None:
        """Forget the classes of these models and of all that point to them, also over others."""
        if "apps" not in self.__dict__:
            return
        changed = {(label, name.lower()) for label, name in models}
        if isinstance(self.apps, PartialApps):
            self.__dict__["apps"] = self.apps.copy_without(changed)
        else:
            super().reload_models(list(changed), delay)

    def make_whole(self) -> None:
        """Let Django render all models for the operation at hand, of the states before and after it."""
        for state in (self, self.before):
            if state is not None:
                state.whole = True
                state.__dict__.pop("apps", None)

    def clear_delayed_apps_cache(self) -> None:
        """Prepare for code that may follow any relation; RunPython and the end of `migrate` call this."""
        self.whole = True
        self.__dict__.pop("apps", None)

    def alter_field(
        self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool
    ) -> None:
        former = self.models[app_label, model_name].fields[name]
        super().alter_field(app_label, model_name, name, field, preserve_default)
        if former.unique or field.unique:
            self.make_whole()

    def remove_field(self, app_label: str, model_name: str, name: str) -> None:
        super().remove_field(app_label, model_name, name)
        self.make_whole()

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str) -> None:
        super().rename_field(app_label, model_name, old_name, new_name)
        self.make_whole()

    def rename_model(self, app_label: str, old_name: str, new_name: str) -> None:
        self.__dict__.pop("apps", None)
        super().rename_model(app_label, old_name, new_name)
        self.make_whole()

    def remove_model(self, app_label: str, model_name: str) -> None:
        self.__dict__.pop("apps", None)
        super().remove_model(app_label, model_name)
        self.make_whole()


class LeanExecutor(MigrationExecutor):
    """Django's executor, with lean states on the way forwards; backwards it keeps many states, rendered as ever."""

    forwards = True

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state = super()._create_project_state(with_applied_migrations)  # type: ignore[misc]
        return LeanState.of(state) if self.forwards else state

    def _migrate_all_backwards(self, *args: Any, **kwargs: Any) -> ProjectState:
        self.forwards = False
        return super()._migrate_all_backwards(*args, **kwargs)  # type: ignore[misc]


def find_needs(state: ModelState) -> set[Key]:
    """Return the models without which this one cannot be rendered: bases, targets of relations, and between them."""
    named: list[Any] = [base for base in state.bases if isinstance(base, str)]
    for field in state.fields.values():
        if field.remote_field:
            named += [field.remote_field.model, getattr(field.remote_field, "through", None)]
    return {resolve_relation(name, state.app_label, state.name_lower) for name in named if name}


def follow(keys: Iterable[Key], ways: Needs) -> set[Key]:
    """Return the keys and all that the ways lead to from them."""
    found = set(keys)
    waiting = list(found)
    while waiting:
        new = ways.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def key_of(model: type[Model]) -> Key:
    """Return the key of a model; a table between two models has that of the model that owns it."""
    owner: Any = model._meta.auto_created or model
    return owner._meta.app_label, owner._meta.model_name
