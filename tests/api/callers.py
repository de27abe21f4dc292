"""Callers of the API for tests: real tokens, real jobs."""

import json
from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from quintet.api.actions import create_token, start_bulk
from quintet.api.models import ApiToken, BulkEvaluation, Scope
from quintet.core.models import RoleGrant, User
from quintet.policies import engine

PACK = "panjin-2019-29"
DAY = date(2020, 12, 31)
RECOGNISED = {"high_tech_recognised": True, "high_tech_recognised_on": "2020-09-15", "high_tech_earlier": False}
AWARD = 10_000_000  # fen


def token_of(user: User, *scopes: str) -> tuple[ApiToken, str]:
    today = timezone.localdate()
    chosen = list(scopes) or [scope.value for scope in Scope]
    return create_token(user, name="测试", scopes=chosen, expires_on=today + timedelta(days=30), by=user, on=today)


def finished_bulk(user: User | None) -> BulkEvaluation:
    owner = user or User.objects.create_user(username="bulk-owner")
    return start_bulk(engine.policy(PACK), {"enterprise": [{"id": "a", **RECOGNISED}]}, on=DAY, parameters={}, by=owner)


def official(role: str = "officer") -> User:
    user = User.objects.create_user(username=f"api-{role}-{User.objects.count()}")
    RoleGrant.objects.create(user=user, role=role, unit="stb" if role == "officer" else "", granted_on=date(2019, 1, 1))
    return user


class Caller:
    """Speaks JSON to /api/v1/, with a token or without."""

    def __init__(self, secret: str = "") -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any, content_type: str = "application/json") -> Any:
        sent = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.client.post(f"/api/v1/{path}", sent, content_type=content_type, headers=self.headers)


def refused(answer: Any) -> tuple[int, str, dict[str, Any]]:
    """Status, code and place of a refusal, which always speaks both languages."""
    error = answer.json()["error"]
    assert sorted(error) == ["code", "en", "where", "zh"]
    assert error["zh"]
    assert error["en"]
    return answer.status_code, error["code"], error["where"]
