"""What people and later imports have built on an import; it then cannot be undone.

Three things are asked, set by set: was a row that the import wrote changed later; does a row that somebody else made
refer to one that the import added; and what the apps above know of, as results in which the rows were counted. What
undone imports did does not count: they left the rows as they had found them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import ForeignObjectRel
from django.utils import timezone

from members.models import Branch, ImportRun, Member, Message, User
from members.transfer.services.imports.changes import (
    DERIVED,
    KEPT,
    Table,
    fetch_for,
    list_incomplete,
    quote,
)

# More than this number of one sort are counted, not named.
NAMED = 200
# Messages to accounts and offices that go with the import were read by nobody; they go too.
FORGOTTEN: tuple[type[models.Model], ...] = (Message,)

# `later` is true of an event in which somebody, or an import that is in force, changed a row.
LATER = """e.pgh_context_id IS DISTINCT FROM %(context)s
    AND NOT jsonb_exists(coalesce(c.metadata, '{{}}'), 'undo_import')
    AND NOT EXISTS (SELECT FROM members_importrun n WHERE n.history = e.pgh_context_id AND n.state = 'undone')"""
CHANGED = f"""
SELECT u.id, max(e.pgh_created_at), (c.metadata->>'import_run')::bigint, (max(c.metadata->>'user'))::bigint,
    count(*) OVER ()
FROM undo_rows u JOIN {{events}} e ON e.pgh_obj_id = u.id AND e.pgh_id > u.last
LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id
WHERE u.label = %(label)s AND NOT u.gone AND {LATER} GROUP BY 1, 3 ORDER BY 3 NULLS FIRST, 1
"""
CHANGED_SPELLS = f"""
WITH own AS (
    SELECT pgh_obj_id AS id, min(pgh_id) AS first FROM members_spellevent WHERE pgh_context_id = %(context)s GROUP BY 1
    UNION ALL
    SELECT s.id, 0 FROM members_spell s WHERE s.import_run_id = %(run)s AND NOT EXISTS (
        SELECT FROM members_spellevent e WHERE e.pgh_obj_id = s.id AND e.pgh_context_id = %(context)s)
)
SELECT e.member_id, max(e.pgh_created_at), (c.metadata->>'import_run')::bigint, (max(c.metadata->>'user'))::bigint,
    count(*) OVER ()
FROM own JOIN members_spellevent e ON e.pgh_obj_id = own.id AND e.pgh_id > own.first
LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id
WHERE {LATER} GROUP BY 1, 3 ORDER BY 3 NULLS FIRST, 1
""".replace("'{{}}'", "'{}'")
REFERRED = """
SELECT r.{column}, count(*), sum(count(*)) OVER () FROM {other} r
JOIN undo_rows u ON u.label = %(label)s AND u.made AND NOT u.gone AND u.id = r.{column}
WHERE {strange} GROUP BY 1 ORDER BY 1 LIMIT {named}
"""
NOT_OF_THE_RUN = (
    "NOT EXISTS (SELECT FROM undo_rows o WHERE o.label = %(other_label)s AND o.id = r.{pk}::bigint)"
)


@dataclass(frozen=True)
class Built:
    """One thing that was built on an import: a sentence, and the page that shows it or ""."""

    text: str
    url: str = ""


Finder = Callable[[ImportRun], Iterable[Built]]
FINDERS: list[Finder] = []
# How a row of a table is named in a sentence about a later change, where "类别 名称 之后又被改动" is too little.
WORDS: dict[type[models.Model], Callable[[Any], str]] = {}


def list_built_on(run: ImportRun, tables: list[Table]) -> list[Built]:
    """Return what was built on the import, in Chinese; `undo_rows` has been made. Empty: it can be undone."""
    found = [
        Built(f"{model._meta.verbose_name}的修改记录不全，无法得知导入之前的内容")
        for model in list_incomplete(tables)
    ]
    later: dict[int, int] = {}
    for table in tables:
        rows = fetch_for(table.model, CHANGED, context=run.history)
        found += _describe_edits(table.model, rows, later)
    with connection.cursor() as cursor:
        cursor.execute(CHANGED_SPELLS, {"run": run.pk, "context": run.history})
        found += _describe_edits(Member, cursor.fetchall(), later)
    found = _describe_imports(later) + list(dict.fromkeys(found))
    for table in tables:
        if table.made:
            found += _list_references(table.model)
    for find in FINDERS:
        found += find(run)
    return found


def _describe_imports(later: dict[int, int]) -> list[Built]:
    runs = ImportRun.objects.in_bulk(later)
    return [
        Built(
            f"之后的导入“{run.filename}”（{run.get_kind_display()}，{timezone.localtime(run.created_at):%Y-%m-%d %H:%M}）"
            f"又改了其中 {later[pk]} 项，请先撤销那次导入",
            run.get_absolute_url(),
        )
        for pk, run in sorted(runs.items(), reverse=True)
    ]


def _describe_edits(model: type[models.Model], rows: list[tuple], later: dict[int, int]) -> list[Built]:
    """Return sentences about changes by people; add the number of rows that each later import changed to `later`."""
    edits = []
    for pk, at, run_id, user_id, _ in rows:
        if run_id is None:
            edits.append((pk, at, user_id))
        else:
            later[run_id] = later.get(run_id, 0) + 1
    named = edits[:NAMED]
    objects = model._default_manager.in_bulk([pk for pk, _, _ in named])
    users = User.objects.in_bulk({user_id for _, _, user_id in named if user_id})
    found = []
    for pk, at, user_id in named:
        what = _name_row(model, objects.get(pk))
        who = users[user_id].name if user_id in users else "系统"
        if not (words := WORDS.get(model)) or pk not in objects:
            what += "之后又有改动"
        else:
            what = words(objects[pk])
        found.append(
            Built(f"{what}（{who}，{timezone.localtime(at):%Y-%m-%d %H:%M}）", _get_page(objects.get(pk)))
        )
    if len(edits) > NAMED:
        found.append(Built(f"另有 {len(edits) - NAMED} 条{model._meta.verbose_name}之后又有改动"))
    return found


def _list_references(model: type[models.Model]) -> list[Built]:
    """Return what refers to rows that the import added and was made by somebody else, or can never be deleted."""
    found: list[Built] = []
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.many_to_many:
            continue
        other = relation.related_model
        is_history = hasattr(other, "pgh_tracked_model") or not other._meta.concrete_model._meta.managed  # type: ignore[union-attr]
        if not (is_history or other in DERIVED or other in FORGOTTEN):
            found += _describe_references(model, other, str(relation.field.column))
    return found


def _describe_references(model: type[models.Model], other: type[models.Model], column: str) -> list[Built]:
    tracked = hasattr(other, "pgh_event_model") and other not in KEPT
    sql = REFERRED.format(
        column=connection.ops.quote_name(column),
        other=quote(other),
        named=NAMED,
        strange=NOT_OF_THE_RUN.format(pk=connection.ops.quote_name(str(other._meta.pk.column)))
        if tracked
        else "true",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"label": model._meta.label_lower, "other_label": other._meta.label_lower})
        rows = cursor.fetchall()
    objects = model._default_manager.in_bulk([pk for pk, _, _ in rows])
    found = [
        Built(_word_reference(model, objects[pk], other, count), _get_page(objects[pk]))
        for pk, count, _ in rows
    ]
    if rows and rows[0][2] > (named := sum(count for _, count, _ in rows)):
        found.append(Built(f"另有 {rows[0][2] - named} 条{other._meta.verbose_name}"))
    return found


def _word_reference(
    model: type[models.Model], row: models.Model, other: type[models.Model], count: int
) -> str:
    what = _name_row(model, row)
    if other in KEPT:
        return f"{what}已有{other._meta.verbose_name} {count} 条，{other._meta.verbose_name}不能删除"
    if other is Member:
        return f"{what}已有 {count} 人（不在本文件中）"
    if other is Branch:
        return f"{what}已有 {count} 个团支部（不在本文件中）"
    if other is User:
        return f"{what}已有账号"
    return f"{what}已有{other._meta.verbose_name} {count} 条"


def _name_row(model: type[models.Model], row: models.Model | None) -> str:
    """Return a row's name in a sentence: people by their name alone, everything else behind what it is."""
    if row is None:
        return str(model._meta.verbose_name)
    return str(row) if model is Member else f"{model._meta.verbose_name}“{row}”"


def _get_page(row: Any) -> str:
    return row.get_absolute_url() if hasattr(row, "get_absolute_url") else ""
