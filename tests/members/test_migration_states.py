"""Tests of the states of migrations that render models on request."""

import pytest
from django.db import connection
from django.db.migrations import AddField, RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState, StateApps

from members.migration_states import LeanExecutor, LeanState, PartialApps

# After these all models are compared; the last are the newest of each app.
FOLDED = {("members", "0001_initial"), ("activities", "0001_initial"), ("reports", "0001_initial")}


@pytest.fixture
def loader(settings):
    settings.MIGRATION_MODULES = {}
    return MigrationLoader(None)


def start() -> LeanState:
    return LeanState({}, set())


def list_steps(loader):
    """Return all migrations in their order."""
    plan: list = []
    for leaf in sorted(loader.graph.leaf_nodes()):
        plan += [key for key in loader.graph.forwards_plan(leaf) if key not in plan]
    return [loader.graph.nodes[key] for key in plan]


def apply_operation(operation, app_label, state) -> LeanState:
    """Change the state as a migration does, with its models asked for before and after; return the state before."""
    before = state.clone()
    operation.state_forwards(app_label, state)
    name = getattr(operation, "model_name", None)
    if name and (app_label, name.lower()) in before.models:
        assert before.apps.get_model(app_label, name) is not None
        assert state.apps.get_model(app_label, name) is not None
    return before


def describe(apps) -> dict:
    """Return what the database is told of each model: columns with their types, targets and rules."""
    return {
        model._meta.label: (
            model._meta.db_table,
            [describe_field(field) for field in model._meta.local_fields],
            [(field.name, field.related_model._meta.label) for field in model._meta.local_many_to_many],
            model._meta.constraints,
            model._meta.indexes,
            {base.__name__ for base in model.__mro__},
        )
        for model in apps.get_models(include_auto_created=True)
    }


def describe_field(field):
    target = field.related_model and (field.related_model._meta.label, field.target_field.column)
    return field.name, field.column, field.db_parameters(connection), field.null, field.unique, target


def test_models_on_request_are_those_that_django_renders_after_each_step(loader):
    state, compared = start(), 0
    leaves = set(loader.graph.leaf_nodes())
    for migration in list_steps(loader):
        for operation in migration.operations:
            apply_operation(operation, migration.app_label, state)
        if (migration.app_label, migration.name) in FOLDED | leaves:
            whole = describe(StateApps([], state.models))
            assert describe(state.clone().apps) == whole
            compared += len(whole)

    assert isinstance(state.apps, PartialApps)
    assert compared > 500


def test_a_state_before_an_operation_keeps_its_models(loader):
    state = start()
    for migration in list_steps(loader):
        for operation in migration.operations:
            apply_operation(operation, migration.app_label, state)
        if migration.name == "0004_offices":
            break

    added = next(
        each
        for each in loader.graph.nodes["members", "0010_spells_and_numbers"].operations
        if isinstance(each, AddField)
    )
    before = apply_operation(added, "members", state)
    after, former = (
        {field.name for field in each.apps.get_model("members", added.model_name)._meta.local_fields}
        for each in (state, before)
    )
    assert after - former == {added.name}


def test_code_of_a_migration_sees_relations_from_the_other_side(loader):
    state = start()
    for migration in list_steps(loader):
        for operation in migration.operations:
            before = apply_operation(operation, migration.app_label, state)
            if isinstance(operation, RunPython) and migration.app_label == "members":
                before.clear_delayed_apps_cache()
                assert type(before.apps) is StateApps
                school = before.apps.get_model("members", "School")
                pointing = {relation.related_model._meta.label for relation in school._meta.related_objects}
                assert {"members.College", "members.User"} <= pointing
                return
    raise AssertionError("no RunPython")


def test_a_change_of_a_unique_field_lets_django_render_all(loader):
    state, seen = start(), 0
    for migration in list_steps(loader):
        for operation in migration.operations:
            name = getattr(operation, "model_name", "").lower()
            former = state.models.get((migration.app_label, name))
            unique = type(operation).__name__ == "AlterField" and (
                former.fields[operation.name].unique or operation.field.unique
            )
            before = apply_operation(operation, migration.app_label, state)
            if unique:
                assert type(before.apps) is type(state.apps) is StateApps
                seen += 1
    assert seen


def test_migrations_go_back_with_states_of_django(db, loader, monkeypatch):
    made = []
    monkeypatch.setattr(
        MigrationExecutor,
        "_migrate_all_backwards",
        lambda self, *args: made.append(self._create_project_state()),
    )
    executor = LeanExecutor(connection)

    assert type(executor._create_project_state()) is LeanState
    executor._migrate_all_backwards([], [], False)
    assert [type(state) for state in made] == [ProjectState]
