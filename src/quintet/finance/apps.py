from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "quintet.finance"
    verbose_name = "科技金融"
