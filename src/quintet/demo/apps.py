from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "quintet.demo"
    verbose_name = "演示城市"
