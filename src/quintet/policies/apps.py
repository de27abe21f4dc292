from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "quintet.policies"
    verbose_name = "政策与自测"
