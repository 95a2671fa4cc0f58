"""Text that no file can carry: put into every form of a page, and into the tables as if it were old."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import psycopg2
from django.apps import apps
from django.db import connection, models, transaction
from icalendar import Calendar
from lxml import html
from openpyxl import load_workbook

from members.sheets.xml_text import find_forbidden

HOSTILE = "\ufffe\x0b\x1f\ufdd0\U0001ffff"  # behind a visible character, so that a form cannot cut it off
MARKS = "\u202e\u2066"
AS_SQL = "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\U0001fffe\U0001ffff\u202a-\u202e\u2066-\u2069]"
ESCAPED = r"\\u00[01]"  # how PostgreSQL shows a control character in JSON
TYPED = f"旧{HOSTILE}{MARKS}字"
TYPES_OF_TEXT = {"text", "search", "tel", "email", "url", ""}


@dataclass(frozen=True)
class PostedForm:
    """A form of a page: its address, what it sends, and the fields in which somebody types text."""

    action: str
    data: dict[str, list[str]]
    typed: tuple[str, ...]


def read_forms(content: str, url: str) -> Iterator[PostedForm]:
    """Yield the forms of a page that write, with hostile text in every text field and the rest as it is."""
    page = html.fromstring(content)
    for form in page.iter("form"):
        if (form.get("method") or "get").lower() != "post":
            continue
        data = {name: list(values) for name, values in _list_values(form)}
        typed = [one.get("name") for one in _list_inputs(form, page) if _is_text(one)]
        data |= {name: [TYPED] for name in typed}
        if typed:
            yield PostedForm(form.get("action") or url, data, tuple(typed))


def _list_inputs(form, page) -> list:
    own = [one for one in form.iter("input", "textarea", "select") if one.get("name")]
    key = form.get("id")
    return own + ([one for one in page.xpath(f"//*[@form='{key}']") if one.get("name")] if key else [])


def _is_text(one) -> bool:
    readable = one.get("readonly") is None and one.get("disabled") is None
    return readable and (
        one.tag == "textarea" or (one.tag == "input" and (one.get("type") or "") in TYPES_OF_TEXT)
    )


def _list_values(form) -> Iterator[tuple[str, list[str]]]:
    """Yield what a browser sends; of radio buttons and lists without a choice the last one."""
    values: dict[str, list[str]] = {}
    for one in form.iter("input", "textarea", "select"):
        name, kind = one.get("name"), one.get("type")
        if not name or kind in ("file", "submit"):
            continue
        if one.tag == "select":
            chosen = one.xpath(".//option[@selected]") or one.xpath(".//option")[-1:]
            values[name] = [option.get("value", "") for option in chosen]
        elif kind in ("radio", "checkbox"):
            if one.get("checked") is not None or (kind == "radio" and name not in values):
                values[name] = [one.get("value", "on")]
        else:
            values[name] = [one.text or "" if one.tag == "textarea" else one.get("value", "")]
    yield from values.items()


# --- the tables -------------------------------------------------------------------------------------------------


def list_text_columns() -> list[tuple[str, models.Field]]:
    """Return (table, field) of every column of every model that holds text or JSON, other packages' included."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.FileField)
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            for field in model._meta.local_fields:
                if isinstance(field, kinds):
                    found[model._meta.db_table, field.column] = field
    return [(table, field) for (table, _), field in found.items()]


def list_stored() -> list[str]:
    """Return the columns in which hostile text is stored, by one query; it is asked after each form."""
    parts = [
        f"SELECT '{table}.{field.column}' WHERE EXISTS"
        f' (SELECT FROM "{table}" WHERE "{field.column}"::text ~ %(signs)s OR ("{field.column}"::text ~ %(escapes)s))'
        for table, field in list_text_columns()
    ]
    return [name for (name,) in _ask(" UNION ALL ".join(parts), {"signs": AS_SQL, "escapes": ESCAPED})]


def _has_hostile(value) -> bool:
    text = json.dumps(value, ensure_ascii=False)
    return bool(find_forbidden(text)) or "\\u00" in text or any(mark in text for mark in MARKS)


def _ask(sql: str, values=None) -> list[tuple]:
    """Ask below Django, whose parameters are stripped."""
    with connection.connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


# Text by which the portal finds or proves something; old hostile text in it is another fault than a broken file.
UNTOUCHED = {"token", "password", "session_key", "session_data", "digest", "file", "proof", "secret"}


def make_old_text() -> int:
    """Put hostile text into every text that people or files have written, as if stored long ago; return the columns.

    Triggers are off. A column whose values a constraint checks keeps them.
    """
    changed = 0
    _ask("SET LOCAL session_replication_role = replica")
    for table, field in list_text_columns():
        if field.choices or field.column in UNTOUCHED or isinstance(field, models.FileField):
            continue
        column = connection.ops.quote_name(field.column)
        changed += (_change_json if isinstance(field, models.JSONField) else _change_text)(
            table, column, field
        )
    _ask("SET LOCAL session_replication_role = origin")
    return changed


def _change_text(table: str, column: str, field: models.Field) -> int:
    """Add hostile text to values with a Chinese character, after their first character, within their length."""
    room = f"left({column}, {max(field.max_length - len(TYPED), 0)})" if field.max_length else column
    sql = (
        f'UPDATE "{table}" SET {column} = left({column}, 1) || %s || substr({room}, 2)'
        f" WHERE {column} ~ '[一-龥]'"
    )
    try:
        with transaction.atomic():
            _ask(sql, [HOSTILE + MARKS])
    except psycopg2.IntegrityError:  # a constraint that reads this text
        return 0
    return 1


def _change_json(table: str, column: str, field: models.Field) -> int:
    rows = _ask(f"SELECT ctid::text, {column}::text FROM \"{table}\" WHERE {column}::text ~ '[一-龥]'")
    for place, text in rows:
        value = json.dumps(_make_hostile(json.loads(text)), ensure_ascii=False)
        _ask(f'UPDATE "{table}" SET {column} = %s::jsonb WHERE ctid = %s::tid', [value, place])
    return bool(rows)


def _make_hostile(value):
    if isinstance(value, str):
        return value[:1] + HOSTILE + MARKS + value[1:] if any("一" <= c <= "龥" for c in value) else value
    if isinstance(value, dict):
        return {key: _make_hostile(one) for key, one in value.items()}
    return [_make_hostile(one) for one in value] if isinstance(value, list) else value


# --- the answers ------------------------------------------------------------------------------------------------


def list_faults(response) -> list[str]:
    """Return why a program could not read this page, file or header; nothing where it can."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.get("Content-Type", "")
    faults = [f"header {name}" for name, value in response.items() if find_forbidden(value)]
    if response.status_code >= 500:
        return [*faults, f"status {response.status_code}"]
    if kind.startswith("text/"):
        text = content.decode()
        if found := find_forbidden(text):
            faults.append(f"{found!r} in the text")
        faults += [f"{mark!r} in the text" for mark in MARKS if mark in text]
    if kind.startswith("text/calendar"):
        Calendar.from_ical(content)
    if kind.startswith("application/json"):
        faults += ["hostile text in JSON"] if _has_hostile(json.loads(content)) else []
    if "officedocument" in kind:
        faults += _list_faults_of_package(content, kind)
    return faults


def _list_faults_of_package(content: bytes, kind: str) -> list[str]:
    """Read every part of a workbook or document with a strict parser, and a workbook with openpyxl."""
    faults = []
    with ZipFile(BytesIO(content)) as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                texts = ElementTree.fromstring(package.read(name)).itertext()  # noqa: S314 (made here)
                whole = "".join(texts)
                faults += [f"{mark!r} in {name}" for mark in MARKS if mark in whole]
                faults += [f"{found!r} in {name}"] if (found := find_forbidden(whole)) else []
    if "spreadsheet" in kind:
        load_workbook(BytesIO(content))
    return faults
