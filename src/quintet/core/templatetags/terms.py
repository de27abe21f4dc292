from datetime import date

from django import template

from quintet.core.calendar import term_day as words

register = template.Library()


@register.filter
def term_day(day: date) -> str:
    """The last day of a term, marked where it is provisional."""
    return words(day)
