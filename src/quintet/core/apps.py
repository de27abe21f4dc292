from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "quintet.core"
    verbose_name = "公共基础"
