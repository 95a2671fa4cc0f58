"""Template filters ({% load durations %}) that show minutes of service on a page."""

from django import template

from activities.rules.durations import hours_text
from members.calendar import duration_text

register = template.Library()
register.filter("in_hours", hours_text)
register.filter("duration", duration_text)
