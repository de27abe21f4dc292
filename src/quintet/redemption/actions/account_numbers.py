"""Account numbers in clear, for who has to compare them: masked everywhere else, each look with its reason and its line of the chain."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from quintet.core.audit import recorded
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.texts import fitting
from quintet.directory.actions.records import SHORTEST, keep_look
from quintet.directory.models import PersonalDataLook
from quintet.redemption.models import AccountChange, Claim, PaymentBatch, PaymentLine
from quintet.redemption.permissions import require_act, require_batch


def compare_accounts(batch: PaymentBatch, *, reason: str, by: User) -> list[PaymentLine]:
    """The lines of a batch, for who makes, signs, sends or reads it: what they read goes to treasury and bank. Persons among the payees are told."""
    with recorded() as log:
        right = require_batch(by, batch, "compare")
        reason = _reason(reason, where=str(batch))
        lines = list(batch.lines.select_related("batch", "claim__organisation", "claim__person").order_by("number"))
        _tell((line.claim for line in lines), reason, by)
        log.record("redemption.compare_accounts", batch, f"查看完整的收款账号：{batch}", by=by, reason=reason, **right.details)
    return lines


def compare_account(claim: Claim, *, reason: str, by: User) -> AccountChange:
    """The account that a payee has and the one it asks for, for who asks the payee about them."""
    with recorded() as log:
        right = require_act(by, claim, "compare_account")
        reason = _reason(reason, where=str(claim))
        change = claim.account_changes.select_related("before", "account", "asked_by").get(confirmed=None)
        _tell([claim], reason, by)
        log.record(
            "redemption.compare_account",
            claim,
            f"查看完整的收款账号：{claim}",
            by=by,
            account=change.account_id,
            reason=reason,
            **right.details,
        )
    return change


def _reason(reason: str, *, where: str) -> str:
    reason = fitting(PersonalDataLook, "reason", reason, where=where)
    if len(reason) < SHORTEST:
        raise DomainError(_("请写明查看理由。"), where=where)
    return reason


def _tell(claims: Iterable[Claim], reason: str, by: User) -> None:
    for claim in claims:
        if claim.person is not None:
            purpose = PersonalDataLook.Purpose.CASE
            keep_look(claim.person, "收款账号", purpose=purpose, reference=claim.number, reason=reason, by=by)
