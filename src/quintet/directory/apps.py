from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "quintet.directory"
    verbose_name = "名录"
