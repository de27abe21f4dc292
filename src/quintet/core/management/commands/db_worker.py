"""The worker of django-tasks with a place, signs of life, and an eye on those who died."""

from typing import Any

from django_tasks_db.management.commands.db_worker import Command as Worker

from quintet.core import jobs, workers


class Command(Worker):
    help = "Carry out jobs: imports, exports, evaluations of the city. Releases the jobs of workers that died."

    def handle(self, **options: Any) -> None:
        place = workers.Place()
        place.open(between=jobs.release_stale)
        jobs.carried_out_by(place.run)
        try:
            super().handle(**{**options, "worker_id": place.run})
        finally:
            jobs.carried_out_by(jobs.HERE)
            place.close()
