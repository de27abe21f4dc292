from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "quintet.policies"
    verbose_name = "政策与自测"
    append_only = ("policies_packversion", "policies_evaluation")

    def ready(self) -> None:
        from quintet.core import jobs
        from quintet.policies import engine

        jobs.HELD.append(engine.held)  # a job goes by one text of a pack, as a request does
