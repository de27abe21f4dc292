from typing import Any

import pytest
from django.core.cache import cache

from tests.api.callers import Caller, official, token_of


@pytest.fixture(autouse=True)
def fresh_counts_and_files(settings: Any, tmp_path: Any) -> None:
    cache.clear()
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def anyone() -> Caller:
    return Caller()


@pytest.fixture
def officer(db: None) -> Caller:
    return Caller(token_of(official())[1])
