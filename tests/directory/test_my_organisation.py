"""An applicant's own organisation, on the city's day and in words."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from tests.directory.city import organisation, recognition
from tests.redemption.claims import member

pytestmark = pytest.mark.django_db
EXPIRES = date(2021, 12, 6)


@pytest.mark.parametrize(
    ("today", "word"), [(date(2021, 12, 5), "有效"), (date(2021, 12, 6), "有效"), (date(2021, 12, 7), "已到期")]
)  # the day before, the last day, the day after
def test_a_certificate_is_valid_by_the_citys_clock_until_its_last_day(settings: Any, today: date, word: str):
    settings.DEMO = True
    clock.move_to(today)
    firm = organisation()
    recognition(firm, "high_tech", date(2018, 12, 7), EXPIRES)
    client = Client()
    client.force_login(member(firm), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/my/organisation/").content.decode()
    assert word in page
    assert {"有效": "已到期", "已到期": "● 有效"}[word] not in page


def test_divisions_and_industries_are_told_by_name(settings: Any):
    firm = organisation(division="2111L1", industry="2651")
    client = Client()
    client.force_login(member(firm), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/my/organisation/").content.decode()
    assert "辽东湾新区" in page
    for code in ("2111L1", "2651", "本地代码"):
        assert code not in page
