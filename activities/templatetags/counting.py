"""Template filters ({% load counting %}) that show what a record counts for a purpose, and why not more."""

from django import template

from activities.queries.shortfalls import describe_shorter, describe_shortfall, get_counted_minutes

register = template.Library()
register.filter("counted_minutes", get_counted_minutes)
register.filter("shortfall", describe_shortfall)
register.filter("shorter", describe_shorter)
