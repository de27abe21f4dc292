"""How forms are drawn: the limits of a text are told before it is typed, and once."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.html import format_html
from django.utils.translation import gettext as _

UNTOLD = (forms.PasswordInput, forms.HiddenInput, forms.EmailInput)
KNOWN = {"username", "one-time-code"}  # what a browser fills in


class Field(BoundField):
    """A field whose hint ends with how long its text may be; not in a form that sets `limits_told` to False, as one that only searches."""

    def __init__(self, form: Any, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        if getattr(form, "limits_told", True) and (limits := limits_of(field)):
            hint = str(self.help_text)
            self.help_text = format_html("{} {}", self.help_text, limits) if hint else limits


def limits_of(field: forms.Field) -> str:
    """In words; empty where the widget itself keeps the form, where a pattern does, and for what is no text."""
    if not isinstance(field, forms.CharField) or isinstance(field, forms.RegexField) or isinstance(field.widget, UNTOLD):
        return ""
    if field.widget.attrs.get("autocomplete") in KNOWN:
        return ""
    if field.min_length and field.max_length:
        return _("%(least)d 至 %(most)d 个字。") % {"least": field.min_length, "most": field.max_length}
    if field.min_length:
        return _("至少 %(least)d 个字。") % {"least": field.min_length}
    return _("最多 %(most)d 个字。") % {"most": field.max_length} if field.max_length else ""


class Renderer(TemplatesSetting):
    """{{ form }} and {{ form.name.as_field_group }} are drawn with label, hint, error and field in this order."""

    form_template_name = "look/form/form.html"
    field_template_name = "look/form/field.html"
    bound_field_class = Field
