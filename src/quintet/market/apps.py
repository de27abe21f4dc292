from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "quintet.market"
    verbose_name = "科技市场"
