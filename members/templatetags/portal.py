"""Tags and filters of the portal's templates. The settings' `builtins` load them in every template.

Rules and figures come from `rules.py`; the tags only display them.
"""

import re
from datetime import datetime
from functools import cache
from typing import cast

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from members.calendar import describe_closed_year, describe_open_year
from members.lists import ListColumn, ListQuery
from members.models import ServiceYear
from members.sheets.cells import mask_phone
from members.sheets.xml_text import strip_deep

register = template.Library()

ICONS = "node_modules/@tabler/icons/icons"
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# Every outline icon starts with this invisible square; without it pages with many rows are smaller.
INVISIBLE = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


@cache
def _read_drawing(name: str) -> SafeString:
    """Return the content of the <svg> of a Tabler outline icon.

    The file belongs to the icon library: it is trusted.
    """
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise template.TemplateSyntaxError(f"{name!r} is not the name of an icon.")
    path = settings.BASE_DIR / ICONS / "outline" / f"{name}.svg"
    if not path.is_file():
        raise template.TemplateSyntaxError(f"There is no icon {name!r} in {ICONS}/outline.")
    drawing = DRAWING.search(path.read_text(encoding="utf-8"))
    assert drawing is not None  # every file of the icon set is one <svg>
    return mark_safe(" ".join(INVISIBLE.sub("", drawing.group(1)).split()))  # noqa: S308


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Return a Tabler icon as inline SVG, hidden from screen readers, which read the word next to it."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        css,
        _read_drawing(name),
    )


@register.simple_tag
def widget(field: BoundField) -> SafeString:
    """Return the input of a form field with Tabler's class.

    Django itself adds aria-describedby and aria-invalid.
    """
    kind = field.field.widget
    if isinstance(kind, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        css = "form-check-input"
    elif isinstance(kind, Select):
        css = "form-select"
    else:
        css = "form-control"
    own = kind.attrs.get("class", "")
    invalid = "is-invalid" if field.errors else ""
    return field.as_widget(attrs={"class": " ".join(filter(None, [css, own, invalid]))})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Return whether the field is a single tick box, whose label follows it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def list_wrong_fields(form) -> list[tuple[str, str]]:
    """Return the label and the id of the input of each visible field that was refused.

    A field without a label of its own is a list of rows, which shows its error itself.
    """
    return [
        (field.label, f"{field.auto_id}_0" if is_choice_group(field) else field.id_for_label)
        for field in form.visible_fields()
        if field.errors and field.field.label
    ]


@register.filter
def is_choice_group(field: BoundField) -> bool:
    """Return whether the field has radio buttons or several tick boxes, which need a fieldset with a legend."""
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)


@register.inclusion_tag("components/list_head.html")
def list_head(query: ListQuery, *, links: bool = True) -> dict:
    """Render the <thead> of a list; the heading of a column that can be sorted is a link that sorts by it.

    `links=False` renders plain headings, above a few first rows of a list.
    """
    return {"columns": [_describe_column(query, column, links) for column in query.columns]}


def _describe_column(query: ListQuery, column: ListColumn, links: bool) -> dict:
    label = column.heading(query) if column.heading else column.label
    head = {"label": label, "numeric": column.numeric, "spoken": column.spoken}
    if column.order is None or not links:
        return head
    largest_first = column.numeric or column.largest_first
    address = cast(QueryDict, query.address)  # of a page
    link = _sort_link(address, query.sort, column.key, largest_first=largest_first)
    return head | link | {"sortable": True}


def _sort_link(params: QueryDict, current: str, key: str, *, largest_first: bool) -> dict:
    """Return the order that a click requests, and the direction in which the list is now sorted by this key."""
    first, second = (f"-{key}", key) if largest_first else (key, f"-{key}")
    return {
        "query": params,
        "direction": {key: "ascending", f"-{key}": "descending"}.get(current, ""),
        "target": second if current == first else first,
    }


@register.inclusion_tag("components/chart.html")
def chart(key: str, title: str, data: dict, *, head: str = "") -> dict:
    """Render a chart and, below it, the same figures as a table.

    `data`: {"kind": "line" | "bar" | "columns", "labels": [...], "series": [{"name", "values"}]}, and
    optionally "unit": "%", "min": 0, "max": 100, "lines": [{"value": 95, "label": "95 % 线"}]. A value of
    None leaves a gap; a series may have "texts", the same figures as text for the table. `head` is the title
    of the column of labels, `key` is unique on the page.
    """
    columns = (series.get("texts", series["values"]) for series in data["series"])
    rows = list(zip(data["labels"], *columns, strict=True))
    return {
        "key": key,
        "title": title,
        "data": strip_deep(data),
        "head": head,
        "rows": [{"label": row[0], "values": row[1:]} for row in rows],
    }


@register.filter
def elided(page: Page):
    """Return the page numbers around the current one, with … for those left out."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


register.filter("masked_phone", mask_phone)


@register.simple_tag
def closed_year(year: ServiceYear) -> str:
    """Return the sentence that the year is over and judged by its last day; "" while it lasts."""
    return describe_closed_year(year.year, timezone.localdate())


@register.inclusion_tag("components/open_year.html")
def open_year(year: ServiceYear, frozen_at: datetime | None = None) -> dict:
    """Show that the year is not over and how many days of hours are missing; nothing once it is over.

    `frozen_at`: the moment of a result that is kept; then the notice says what was missing at that moment.
    """
    day = timezone.localdate(frozen_at)
    return {"text": describe_open_year(year.year, day), "frozen_at": frozen_at, "next_year": year.year + 1}
