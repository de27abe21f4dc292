from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "quintet.core"
    verbose_name = "公共基础"

    def ready(self) -> None:
        from quintet.core import checks  # noqa: F401  registers itself
