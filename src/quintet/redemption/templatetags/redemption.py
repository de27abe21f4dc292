from django import template

from quintet.directory.divisions import division_name

register = template.Library()


@register.filter
def division_word(code: str) -> str:
    return division_name(code) if code else "—"
