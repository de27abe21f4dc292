from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Forms are drawn with templates/look/form/…, found like every other template."""
