"""{% load verdicts %}: hours on a page in the words of the verdict."""

from django import template

from reports.rules.eligibility import format_exact_hours

register = template.Library()
register.filter("exact_hours", format_exact_hours)
