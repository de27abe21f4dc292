"""Tokens, and bulk evaluation as a job."""

import json
import secrets
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.api.errors import ApiError, of_facts, said
from quintet.api.evaluation import evaluated
from quintet.api.models import ApiToken, BulkEvaluation, Scope, hash_of
from quintet.core import jobs
from quintet.core.audit import recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Job, User
from quintet.core.notify import tell
from quintet.core.texts import fitting
from quintet.policies.engine import FactsError, Policy

MOST_TOKENS = 20
LONGEST = timedelta(days=366)
RESULTS_KEPT = timedelta(days=30)
PAGE = "/my/tokens/"


def create_token(user: User, *, name: str, scopes: list[str], expires_on: date, by: User | None, on: date) -> tuple[ApiToken, str]:
    """The token and its secret, which is kept nowhere. For oneself; nobody (None) is who runs a command at the machine. The owner is told."""
    _require_owner(user, by)
    if not user.is_active:
        raise DomainError(_("这个账号已停用，不能有令牌。"))
    if not name.strip() or set(scopes) - set(Scope.values):
        raise DomainError(_("令牌要有名称，用途须在列出的范围内。"))
    if not on <= expires_on <= on + LONGEST:
        raise DomainError(_("有效期最长一年，且不能早于今天。"))
    with recorded() as log:
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
        title, details = _("新建访问令牌：%(token)s") % {"token": token}, {"token": token.pk, "last_day": expires_on.isoformat()}
        log.record("api.create_token", user, title, by=by, scopes=token.get_scopes_display(), **details)
        _tell(user, _("您的账号新建了访问令牌：%(token)s。如果不是您本人，请立即撤销它，并联系系统管理员。") % {"token": token})
    return token, secret


def revoke_token(token: ApiToken, *, by: User | None, on: date) -> None:
    """From now on the token is refused; revoking it again changes nothing. Its owner's act, or (None) that of who runs a command at the machine."""
    _require_owner(token.user, by)
    with recorded() as log:
        if ApiToken.objects.filter(pk=token.pk, revoked_on=None).update(revoked_on=on):
            log.record("api.revoke_token", token.user, _("撤销访问令牌：%(token)s") % {"token": token}, by=by, token=token.pk)
            _tell(token.user, _("您的访问令牌已撤销：%(token)s。如果不是您本人，请立即联系系统管理员。") % {"token": token})


def revoke_all(user: User) -> None:
    """With the change of their owner's password: every token that is still valid ends today."""
    today = timezone.localdate()
    for token in ApiToken.objects.valid(today).filter(user=user).select_related("user"):
        revoke_token(token, by=user, on=today)


def _require_owner(user: User, by: User | None) -> None:
    if by is not None and user.pk != by.pk:
        raise NotAllowed(_("令牌只由本人新建和撤销。"), remedy=_("账号有危险的，请系统管理员停用账号，令牌随之失效。"))


def _tell(user: User, text: str) -> None:
    tell([user.pk], text, kind="account", url=PAGE, urgent=True)


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
    """All subjects at once, as a single evaluation: limits need all rows of a subject, groups and references those of the others, too."""
    found = BulkEvaluation.objects.get(pk=bulk)
    BulkEvaluation.objects.filter(pk=bulk).update(job=job)
    job.advance(0, found.rows)
    with found.facts.open() as stream:
        facts = json.load(stream)
    try:
        whole = evaluated(found.pack, facts, found.on, found.parameters)
        job.advance(found.rows, found.rows)
    except (ApiError, FactsError) as error:
        refused = of_facts(error) if isinstance(error, FactsError) else error
        found.error = said(refused)["error"]
        found.save(update_fields=["error"])
        place = "，".join(str(part) for part in refused.where.values() if part != "")
        raise DomainError(refused.zh, where=place) from None
    finally:
        found.facts.delete(save=False)
        found.save(update_fields=["facts"])
    body = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
    found.result.save("result.json", ContentFile(body), save=False)
    found.save(update_fields=["result"])
    return {"url": reverse("api:v1:job-result", args=[job.pk]), "rows": found.rows}


def _drop_old_results() -> None:
    for old in BulkEvaluation.objects.filter(created_at__lt=timezone.now() - RESULTS_KEPT).exclude(result="")[:50]:
        old.result.delete(save=False)
        old.save(update_fields=["result"])
