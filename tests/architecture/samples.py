"""What test_access.py needs to open a page: arguments for its URL, and the method where it is not GET.

A sample is a function of the user who asks (None when nobody is signed in) that may create rows and returns the URL's keyword arguments.
"""

from collections.abc import Callable
from typing import Any

from tests.architecture.access import REGISTERS

Sample = Callable[[Any], dict[str, Any]]


def own_job(user: Any) -> dict[str, Any]:
    from quintet.core.models import Job

    return {"pk": Job.objects.create(kind="导入", function="none", created_by=user).pk}


def record_of(noun: str) -> Sample:
    def sample(user: Any) -> dict[str, Any]:
        from tests.directory.city import RECORDS

        return {"pk": RECORDS[noun]().pk}

    return sample


def checked_import(user: Any) -> dict[str, Any]:
    from tests.directory.city import ready_import

    return {"pk": ready_import().pk}


SAMPLES: dict[str, Sample] = {
    # web
    "web:job": own_job,
    # directory, finance, market, talent
    **{f"{space}:{noun}{step}": record_of(noun) for space, noun, _plural in REGISTERS for step in ("", "-edit", "-delete")},
    "directory:evidence": record_of("recognition"),
    "directory:person-clear": record_of("person"),
    "directory:import-batch": checked_import,
    "directory:import-confirm": checked_import,
    "directory:import-drop": checked_import,
    "directory:import-problems": checked_import,
}

# URL name → data of the POST request; every other page is asked with GET.
POSTS: dict[str, dict[str, Any]] = {
    "web:sign-out": {},
    "web:language": {"language": "en"},
    "directory:import-confirm": {},
    "directory:import-drop": {},
}
