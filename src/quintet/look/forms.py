from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """{{ form }} and {{ form.name.as_field_group }} are drawn with label, hint, error and field in this order."""

    form_template_name = "look/form/form.html"
    field_template_name = "look/form/field.html"
