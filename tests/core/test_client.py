from typing import Any

from django.test import RequestFactory

from quintet.core.client import address

REQUEST = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.9"}


def test_behind_a_proxy_only_the_address_it_added_counts(settings: Any):
    settings.BEHIND_PROXY = True
    assert address(RequestFactory().get("/", **REQUEST)) == "203.0.113.9"


def test_without_a_proxy_nobody_can_claim_an_address(settings: Any):
    settings.BEHIND_PROXY = False
    assert address(RequestFactory().get("/", **REQUEST)) == "10.0.0.1"
