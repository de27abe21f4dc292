from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CoreConfig(AppConfig):
    name = "quintet.core"
    verbose_name = "公共基础"

    append_only = ("core_auditentry", "core_auditdigest", "core_storedfile", "core_attachment")

    def ready(self) -> None:
        from quintet.core import checks, reauthentication, triggers  # noqa: F401  checks register themselves

        reauthentication.connect()
        pre_migrate.connect(triggers.make_room, sender=self)
        post_migrate.connect(triggers.install, sender=self)
