from django.apps import AppConfig


class TalentConfig(AppConfig):
    name = "quintet.talent"
    verbose_name = "人才"
