from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class CoreConfig(AppConfig):
    name = "quintet.core"
    verbose_name = "公共基础"

    append_only = (
        "core_auditentry",
        "core_auditdigest",
        "core_storedfile",
        "core_attachment",
        "core_trialmark",
        "core_keyprobe",
        "core_seal",
        "core_unlinking",
    )
    never_deleted = ("core_rolegrant", "core_accountproposal", "core_holidayplan", "core_secondfactorreset")

    def ready(self) -> None:
        from quintet.core import audit, checks, installation, reauthentication, sessions, triggers  # noqa: F401  checks register themselves

        reauthentication.connect()
        sessions.connect()
        pre_migrate.connect(triggers.make_room, sender=self)
        post_migrate.connect(triggers.install, sender=self)
        post_migrate.connect(installation.mark_new, sender=self)
        post_migrate.connect(audit.seal_what_was_before, sender=self)
        connection_created.connect(installation.look)
