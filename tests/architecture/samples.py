"""What test_access.py needs to open a page: arguments for its URL, and the method where it is not GET.

A sample is a function of the user who asks (None when nobody is signed in) that may create rows and returns the URL's keyword arguments.
"""

from collections.abc import Callable
from typing import Any

Sample = Callable[[Any], dict[str, Any]]


def own_job(user: Any) -> dict[str, Any]:
    from quintet.core.models import Job

    return {"pk": Job.objects.create(kind="导入", function="none", created_by=user).pk}


SAMPLES: dict[str, Sample] = {
    # web
    "web:job": own_job,
}

# URL name → data of the POST request; every other page is asked with GET.
POSTS: dict[str, dict[str, Any]] = {
    "web:sign-out": {},
    "web:language": {"language": "en"},
}
