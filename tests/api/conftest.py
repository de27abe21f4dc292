from typing import Any

import pytest

from tests.api.callers import Caller, official, token_of


@pytest.fixture(autouse=True)
def files_of_its_own(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def anyone() -> Caller:
    return Caller()


@pytest.fixture
def officer(db: None) -> Caller:
    return Caller(token_of(official())[1])
