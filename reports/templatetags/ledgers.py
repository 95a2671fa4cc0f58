"""{% load ledgers %}: the names of the sources of hours."""

from django import template

from members.models.years import Source

register = template.Library()


@register.filter
def source_name(source: str) -> str:
    return Source(source).label
