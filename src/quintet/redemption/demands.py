"""Money called back that has not wholly come in: which claims owe it, by when, and where it is to be sent."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from quintet.policies.queries import unit_names
from quintet.redemption.accounts import returned_accounts
from quintet.redemption.models import AccountChange, Claim, Clawback
from quintet.redemption.payees import MINE_TO_DO
from quintet.redemption.permissions import lead_of
from quintet.redemption.states import State

DEMANDED = Clawback.objects.filter(state=Clawback.State.DEMANDED)
OWING = Q(state=State.PAID, pk__in=DEMANDED.values("claim"))
TO_DO = Q(state__in=MINE_TO_DO) | OWING  # what waits for its payee
BY_WHEN = Subquery(DEMANDED.filter(claim=OuterRef("pk")).values("due_on")[:1])


def to_do(claims: QuerySet[Claim]) -> Q:
    """Which of somebody's claims wait for their payee: also those whose payment came back, until the account is changed or confirmed."""
    committed = list(claims.filter(state=State.COMMITTED).select_related("organisation", "person"))
    back = returned_accounts(committed)
    asked = AccountChange.objects.filter(claim__in=back, confirmed=None).values_list("claim", flat=True) if back else ()
    return TO_DO | Q(pk__in=set(back) - set(asked))


def demands_of(claims: Sequence[Claim]) -> dict[int, Clawback]:
    """claim → the demand under which it owes money. One query, none where nothing is paid."""
    paid = [claim.pk for claim in claims if claim.state == State.PAID]
    return {one.claim_id: one for one in DEMANDED.filter(claim__in=paid)} if paid else {}


def overdue(today: date) -> QuerySet[Clawback]:
    return DEMANDED.filter(due_on__lt=today, claim__state=State.PAID)


def where_to(claim: Claim) -> str:
    """To which account a payee sends money back, and with what remark."""
    remark = _("汇款附言请写“%(number)s 退款”。") % {"number": claim.number}
    if settings.REFUND_ACCOUNT:
        return _("请退到：%(account)s。") % {"account": settings.REFUND_ACCOUNT} + remark
    unit = unit_names().get(lead_of(claim), "") or _("主管部门")
    return _("退到哪个账户，请先与%(unit)s联系确认。") % {"unit": unit} + remark
