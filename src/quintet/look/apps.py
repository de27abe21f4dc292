from django.apps import AppConfig
from django.core import validators
from django.utils.translation import gettext_lazy as _


class LookConfig(AppConfig):
    name = "quintet.look"
    verbose_name = "界面"

    def ready(self) -> None:
        """What Django says of lengths and limits ("确保该变量…") in words for whoever fills in a form: in every form."""
        validators.MinLengthValidator.message = _("至少写 %(limit_value)d 个字，现在是 %(show_value)d 个。")
        validators.MaxLengthValidator.message = _("最多写 %(limit_value)d 个字，现在是 %(show_value)d 个。")
        validators.MinValueValidator.message = _("不能小于 %(limit_value)s。")
        validators.MaxValueValidator.message = _("不能大于 %(limit_value)s。")
