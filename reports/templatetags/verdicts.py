"""{% load verdicts %}: hours on a page as the verdict says them."""

from django import template

from reports.rules.eligibility import exact_hours

register = template.Library()
register.filter("exact_hours", exact_hours)
