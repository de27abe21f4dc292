from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "quintet.web"
    verbose_name = "网站"
