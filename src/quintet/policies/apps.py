from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "quintet.policies"
    verbose_name = "政策与自测"
    append_only = ("policies_packversion", "policies_evaluation")
