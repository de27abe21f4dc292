"""What many tests of a file only read is arranged once for the file: each of them runs in a transaction within that of the scene."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction


def scene(arrange: Callable[[], Any]) -> Any:
    """A fixture of a module: what `arrange` gives back, with the rows that it made; all of it is taken back after the last test of the file."""

    @pytest.fixture(scope="module")
    def arranged(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
        with django_db_blocker.unblock(), transaction.atomic():
            yield arrange()
            transaction.set_rollback(True)

    return arranged
