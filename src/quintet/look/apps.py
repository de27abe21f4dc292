from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "quintet.look"
    verbose_name = "界面"
