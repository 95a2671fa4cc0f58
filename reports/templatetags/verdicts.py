"""{% load verdicts %}: hours on a page in the words of the verdict."""

from django import template

from reports.rules.eligibility import exact_hours

register = template.Library()
register.filter("exact_hours", exact_hours)
