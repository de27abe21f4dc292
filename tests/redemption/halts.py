"""Jobs that stop in the middle and wait to be killed."""

import signal
from pathlib import Path
from typing import Any

from quintet.core.models import Job
from quintet.redemption.actions import evaluate_city
from quintet.redemption.models import EntitlementRun


def city_run(job: Job, run: int, sign: str) -> dict[str, Any]:
    """A city run that has written its first lines, says so with a file, and goes no further."""

    def stop(done: int, total: int, message: str) -> None:
        job.advance(done, total, message)
        Path(sign).touch()
        signal.pause()

    evaluate_city(EntitlementRun.objects.get(pk=run), progress=stop)
    return {}
