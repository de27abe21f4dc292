"""Accounts to which the bank did not pay: money goes there again only after its payee and an official have looked at the account once more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q

from quintet.core.fields import keyed_hash
from quintet.redemption.models import AccountChange, Claim, PaymentResult

Kind = PaymentResult.Kind


def returned_accounts(claims: Sequence[Claim]) -> dict[int, str]:
    """claim → why the bank sent a payment to the account it has now back, until account or claim are clear again. A constant number of queries.

    A claim is clear when its payee changed or confirmed the account after each return and an official agreed. A return in another case of the
    same payee counts until money reached the account later, or the account was confirmed in any of the payee's cases.
    """
    with_account = [claim for claim in claims if claim.account_id]
    whose = Q(line__claim__organisation__in={claim.organisation_id for claim in with_account if claim.organisation_id})
    whose |= Q(line__claim__person__in={claim.person_id for claim in with_account if claim.person_id})
    back = PaymentResult.objects.filter(whose, kind=Kind.RETURNED).values_list("line__claim__organisation", "line__claim__person")
    payees = set(back) if with_account else set()
    if not payees:
        return {}
    with_account = [claim for claim in with_account if _payee(claim) in payees]
    whose &= Q(line__claim__organisation__in={firm for firm, _person in payees if firm}) | Q(
        line__claim__person__in={person for _firm, person in payees if person}
    )
    results: dict[tuple[tuple[int | None, int | None], str], list[PaymentResult]] = defaultdict(list)
    for result in PaymentResult.objects.filter(whose, kind__in=[Kind.PAID, Kind.RETURNED]).select_related("line__claim").order_by("pk"):
        results[_payee(result.line.claim), keyed_hash(result.line.account)].append(result)
    changes = _agreed_changes(with_account)
    numbers = dict(Claim.objects.filter(pk__in=[claim.pk for claim in with_account]).values_list("pk", "account__number_hash"))
    found = {}
    for claim in with_account:
        number = numbers[claim.pk]
        if why := _doubt(claim, number, results[_payee(claim), number], changes[_payee(claim), number]):
            found[claim.pk] = why
    return found


def _payee(claim: Claim) -> tuple[int | None, int | None]:
    return claim.organisation_id, claim.person_id


def _agreed_changes(claims: Iterable[Claim]) -> dict[tuple[tuple[int | None, int | None], str], list[AccountChange]]:
    """(payee, number of the account before) → changes that an official agreed to."""
    whose = Q(claim__organisation__in={claim.organisation_id for claim in claims if claim.organisation_id})
    whose |= Q(claim__person__in={claim.person_id for claim in claims if claim.person_id})
    found: dict[tuple[tuple[int | None, int | None], str], list[AccountChange]] = defaultdict(list)
    for change in AccountChange.objects.filter(whose, confirmed=True, before__isnull=False).select_related("claim", "before", "account"):
        if change.before is not None:
            found[_payee(change.claim), change.before.number_hash].append(change)
    return found


def _doubt(claim: Claim, number: str, results: list[PaymentResult], changes: list[AccountChange]) -> str:
    """Why this account waits, or empty. In a case of its own, no change can be asked for between a batch and its result: counting tells which came after."""
    own = [result for result in results if result.line.claim_id == claim.pk and result.kind == Kind.RETURNED]
    if own:
        settled = [change for change in changes if change.claim_id == claim.pk and change.asked_on >= own[0].on]
        return own[-1].reason if len(settled) < len(own) else ""
    others = [result for result in results if result.line.claim_id != claim.pk]
    last = max((n for n, result in enumerate(others) if result.kind == Kind.RETURNED), default=None)
    if last is None or any(result.kind == Kind.PAID for result in others[last + 1 :]):
        return ""
    back = others[last]
    clear = any(change.asked_on >= back.on and change.account.number_hash == number for change in changes)
    return "" if clear else back.reason
