"""Tokens, and bulk evaluation as a job."""

import json
import secrets
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.api.errors import ApiError, of_facts, said
from quintet.api.evaluation import evaluated
from quintet.api.models import ApiToken, BulkEvaluation, Scope, hash_of
from quintet.core import jobs
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Job, User
from quintet.core.permissions import holds
from quintet.core.roles import Role
from quintet.core.texts import fitting
from quintet.policies.engine import FactsError, Policy

MOST_TOKENS = 20
LONGEST = timedelta(days=366)
RESULTS_KEPT = timedelta(days=30)


@transaction.atomic
def create_token(user: User, *, name: str, scopes: list[str], expires_on: date, by: User, on: date) -> tuple[ApiToken, str]:
    """The token and its secret, which is kept nowhere. For oneself; operators also for others."""
    _require_owner(user, by)
    if not user.is_active:
        raise DomainError(_("这个账号已停用，不能有令牌。"))
    if not name.strip() or set(scopes) - set(Scope.values):
        raise DomainError(_("令牌要有名称，用途须在列出的范围内。"))
    if not on <= expires_on <= on + LONGEST:
        raise DomainError(_("有效期最长一年，且不能早于今天。"))
    # The user's row is locked, so that two requests cannot both make the last token.
    User.objects.select_for_update().get(pk=user.pk)
    if ApiToken.objects.valid(on).filter(user=user).count() >= MOST_TOKENS:
        raise DomainError(_("有效令牌已有 %d 个，请先撤销不用的。") % MOST_TOKENS)
    prefix = f"qt_{secrets.token_hex(4)}"
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=fitting(ApiToken, "name", name),
        prefix=prefix,
        hash=hash_of(secret),
        scopes=sorted(set(scopes)),
        expires_on=expires_on,
    )
    return token, secret


def revoke_token(token: ApiToken, *, by: User, on: date) -> None:
    """From now on the token is refused; revoking it again changes nothing."""
    _require_owner(token.user, by)
    ApiToken.objects.filter(pk=token.pk, revoked_on=None).update(revoked_on=on)


def revoke_all(user: User) -> None:
    """With the change of their owner's password: every token that is still valid ends today."""
    ApiToken.objects.valid(timezone.localdate()).filter(user=user).update(revoked_on=timezone.localdate())


def _require_owner(user: User, by: User) -> None:
    if user.pk != by.pk and not holds(by, Role.OPERATOR):
        raise NotAllowed(_("只有本人和系统管理员可以管理令牌。"))


def start_bulk(policy: Policy, facts: dict[str, list[Any]], *, on: date, parameters: dict[str, Any], by: User) -> BulkEvaluation:
    """Keep the facts and queue their evaluation; the result waits for its owner for 30 days."""
    _drop_old_results()
    bulk = BulkEvaluation(pack=policy.pack.document.pack, on=on, parameters=parameters, rows=sum(map(len, facts.values())), created_by=by)
    bulk.facts.save("facts.json", ContentFile(json.dumps(facts).encode()), save=False)
    bulk.save()
    job = jobs.start(_("批量评估"), run_bulk, by=by, bulk=bulk.pk)
    BulkEvaluation.objects.filter(pk=bulk.pk).update(job=job)
    bulk.refresh_from_db()
    return bulk


def run_bulk(job: Job, *, bulk: int) -> dict[str, Any]:
    """One subject after the other: limits and `once` need all rows of a subject together."""
    found = BulkEvaluation.objects.get(pk=bulk)
    BulkEvaluation.objects.filter(pk=bulk).update(job=job)
    job.advance(0, found.rows)
    with found.facts.open() as stream:
        facts = json.load(stream)
    results: dict[str, Any] = {}
    whole: dict[str, Any] = {}
    try:
        for subject, rows in facts.items():
            whole = evaluated(found.pack, {subject: rows}, found.on, found.parameters)
            results |= whole["results"]
            job.advance(job.done + len(rows), found.rows)
    except (ApiError, FactsError) as error:
        refused = of_facts(error) if isinstance(error, FactsError) else error
        found.error = said(refused)["error"]
        found.save(update_fields=["error"])
        place = "，".join(str(part) for part in refused.where.values() if part != "")
        raise DomainError(refused.zh, where=place) from None
    finally:
        found.facts.delete(save=False)
        found.save(update_fields=["facts"])
    body = json.dumps({**whole, "results": results}, ensure_ascii=False, separators=(",", ":")).encode()
    found.result.save("result.json", ContentFile(body), save=False)
    found.save(update_fields=["result"])
    return {"url": reverse("api:v1:job-result", args=[job.pk]), "rows": found.rows}


def _drop_old_results() -> None:
    for old in BulkEvaluation.objects.filter(created_at__lt=timezone.now() - RESULTS_KEPT).exclude(result="")[:50]:
        old.result.delete(save=False)
        old.save(update_fields=["result"])
