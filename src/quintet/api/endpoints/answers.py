from typing import Any

from django.utils.translation import gettext_lazy

from quintet.api.schemas import Refusal

# Ninja's types ask for str, but its document is written when it is asked for, in the language of the request.
_: Any = gettext_lazy
READ = (401, 429)
POST = (400, 401, 413, 415, 422, 429)


def answers(status: int, schema: Any, *refusals: int) -> dict[int, Any]:
    """The `response=` of an endpoint: what it gives, and each status it may refuse with."""
    return {status: schema, **dict.fromkeys(sorted(refusals), Refusal)}
