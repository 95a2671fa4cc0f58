"""{% load durations %}: minutes of service on a page."""

from django import template

from activities.rules.durations import duration_text, hours_text

register = template.Library()
register.filter("hours", hours_text)
register.filter("duration", duration_text)
