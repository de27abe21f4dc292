"""What this context records in the audit chain."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from quintet.ledger.models import Entry, Fund

records = [("ledger.fund", "redemption:fund"), ("ledger.commitment", "redemption:commitment")]
details = [
    ("year", _("年度")),
    ("booked_on", _("记账日期")),
    ("reference", _("文号或凭证号")),
    ("document", _("文号或凭证号")),
    ("joint_voucher", _("一张凭证含几笔退款")),
    ("clause", _("条款")),
    ("fund", _("资金")),
]


def _fund(key: Any) -> str:
    fund = Fund.objects.filter(pk=key).first() if isinstance(key, int) else None
    return str(fund) if fund else ""


values = [("fund", _fund)]
actions = [
    ("ledger.open_budget", _("设立资金渠道")),
    ("ledger.open_year", _("开立年度")),
    ("ledger.propose_appropriation", _("登记资金安排")),
    ("ledger.confirm_appropriation", _("复核资金安排")),
    *((f"ledger.{kind.value}", kind.label) for kind in Entry.Kind),
]
