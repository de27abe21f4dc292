"""What a role may do to the books by itself: read by the actions, by the pages and by docs/reference/acts.md.

Entries about a commitment are made as part of an act on a claim or a batch (`redemption.permissions`), which has its own line.
"""

from quintet.core.permissions import SECONDS, OfficeAct
from quintet.core.roles import Role

FINANCE = (Role.FINANCE_OFFICER,)
TOLD = "财政经办人、领导"

OPEN_YEAR = OfficeAct(
    title="开立年度（按政策包登记年度上限）",
    roles=FINANCE,
    records=("ledger.open_budget", "ledger.open_year", "ledger.ceiling", "ledger.ceiling_cut"),
)
PROPOSE_APPROPRIATION = OfficeAct(
    title="登记资金安排或调减",
    roles=FINANCE,
    confirmed_by="复核资金安排",
    told=f"{SECONDS}、领导",
    records=("ledger.propose_appropriation",),
)
CONFIRM_APPROPRIATION = OfficeAct(
    title="复核资金安排",
    roles=FINANCE,
    away="登记的人",
    told=TOLD,
    records=("ledger.confirm_appropriation", "ledger.appropriation", "ledger.reduction"),
)
BOOK = OfficeAct(
    title="记承诺、释放、拨付、退汇、退款（随一件申报或一个批次的办理）",
    roles=FINANCE,
    records=("ledger.commitment", "ledger.release", "ledger.payment", "ledger.rejection", "ledger.return"),
)

acts = [OPEN_YEAR, PROPOSE_APPROPRIATION, CONFIRM_APPROPRIATION, BOOK]
