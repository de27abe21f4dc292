"""Which funds may pay an award: those that its rule names in the pack. Action, page and books ask here."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.ledger.models import Commitment, Fund
from quintet.policies.engine import policy
from quintet.redemption.models import Claim


def fund_codes(pack: str, rule: str) -> tuple[str, ...]:
    """Codes of the funds that a rule of a pack names; none for what is no money. LookupError where the pack has no such rule."""
    chosen = policy(pack).pack
    found = next((one for one in chosen.rules if one.id == rule), None)
    if found is None:
        raise LookupError(f"{pack} has no rule {rule}")
    return chosen.funds_of(found)


def funds_for(claims: Sequence[Claim]) -> QuerySet[Fund]:
    """The funds from which every one of these claims may be paid."""
    found = Fund.objects.select_related("budget").order_by("budget", "pk")
    for pack, budget, rule in {(claim.pack, claim.budget, claim.rule) for claim in claims}:
        found = found.filter(budget__pack=pack, budget__code=budget, code__in=fund_codes(pack, rule))
    return found if claims else found.none()


def first_year(claim: Claim) -> int:
    """The first year out of whose money a claim may be paid: its own. Where its pack lets it be given after the policy's last day (a loan drawn in
    force, settled later), no year of its own is ever opened: then the policy's last year is the first."""
    ends = policy(claim.pack).pack.document.ends
    return min(claim.year, ends.year) if ends else claim.year


def require_funds_named(fund: Fund, claims: Sequence[Claim]) -> None:
    """Raises DomainError where a fund is not one that the rule names, with those that are."""
    for claim in claims:
        if fund.code not in fund_codes(claim.pack, claim.rule):
            named = "、".join(str(one) for one in funds_for([claim]))
            raise DomainError(
                _("%(fund)s不能支付这一项。") % {"fund": fund},
                where=str(claim),
                remedy=_("政策写明的资金是：%(named)s。") % {"named": named},
            )


def commitments_from_another_fund() -> Iterator[str]:
    """For the books: money set aside in a fund that its rule does not name."""
    for commitment in Commitment.objects.select_related("fund__budget").order_by("pk").iterator(chunk_size=2_000):
        try:
            codes = fund_codes(commitment.pack, commitment.rule)
        except LookupError:
            continue
        if (commitment.fund.budget.pack, commitment.fund.code) not in {(commitment.pack, code) for code in codes}:
            yield f"承诺 {commitment.pk}（{commitment}）记在{commitment.fund.label_zh}，不是政策为这一项写明的资金。"
