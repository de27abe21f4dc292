from datetime import date

from django.utils.translation import gettext as _

from quintet.core.audit import recorded
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.second_person import ask
from quintet.ledger import actions as ledger
from quintet.ledger import acts
from quintet.ledger.models import Appropriation, Budget, Fund
from quintet.policies.engine import Policy
from quintet.redemption import proposals, tell


def open_policy_year(chosen: Policy, year: int, *, by: User, on: date) -> list[Budget]:
    """The accounts of a year for every budget of a policy, with the ceilings its pack has for that year (S2 of 盘政办发〔2019〕29号). For finance.

    Again: a ceiling that the pack changed meanwhile is raised or cut; everything else stays.
    """
    acts.OPEN_YEAR.right(by)
    document = chosen.pack.document
    first, last = document.in_force.year, document.ends.year if document.ends else document.in_force.year + 100
    if not first <= year <= last:
        raise DomainError(
            _("%(year)d 年不在政策有效期内，不能开账。") % {"year": year}, where=document.number, remedy=_("请选择政策有效期内的年度。")
        )
    opened = []
    with recorded():
        for code, spec in chosen.pack.budgets.items():
            budget = ledger.open_budget(
                pack=document.pack, code=code, clause=spec.clause, label=words(spec.label), has_ceiling=bool(spec.ceiling), by=by,
                funds={name: words(label) for name, label in spec.funds.items()},
            )  # fmt: skip
            ceiling = int(chosen.pack.parameters[spec.ceiling].on(date(year, 12, 31))) if spec.ceiling else None
            ledger.open_year(budget, year, ceiling_fen=ceiling, by=by, on=on, reference=document.number)
            opened.append(budget)
    return opened


def words(label: object) -> dict[str, str]:
    return {language: label.get(language) for language in ("zh", "en")}  # type: ignore[attr-defined]


def propose_appropriation(
    fund: Fund, year: int, amount_fen: int, *, kind: str = "appropriation", reference: str, memo: str = "", by: User, on: date
) -> Appropriation:
    """Entered by one finance officer; the others of finance are told that one of them must confirm it, leaders that it is there."""
    with recorded():
        made = ledger.propose_appropriation(fund, year, amount_fen, kind=kind, reference=reference, memo=memo, by=by, on=on)
        tell.of_appropriation(made)
        ask(proposals.APPROPRIATION, made)
    return made


def confirm_appropriation(appropriation: Appropriation, *, confirmed: bool, remark: str = "", by: User, on: date) -> Appropriation:
    """Confirmed by another, it is booked; finance and leaders are told."""
    with recorded():
        made = ledger.confirm_appropriation(appropriation, confirmed=confirmed, remark=remark, by=by, on=on)
        tell.of_appropriation(made)
    return made
