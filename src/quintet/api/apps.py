from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "quintet.api"
    verbose_name = "开放接口"
