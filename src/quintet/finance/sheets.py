from django.utils.translation import gettext_lazy as _

from quintet.directory.sheets import organisation_name, organisation_reference
from quintet.directory.sheets.columns import Choice, Day, Money, Text, YesNo
from quintet.directory.sheets.sheet import Sheet
from quintet.finance.models import Loan
from quintet.reading.identifiers import contract_number

LOANS = Sheet(
    id="loans",
    title=_("质押贷款"),
    model=Loan,
    key=("contract_number",),
    in_order=(("drawn_on", "due_on"), ("drawn_on", "repaid_on"), ("drawn_on", "interest_settled_on")),
    related=("organisation", "bank"),
    list_url="finance:loans",
    columns=(
        Text(id="contract_number", header=_("合同编号"), required=True, longest=60, width=24, canonical=contract_number),
        organisation_reference(_("借款单位代码")),
        organisation_name(_("借款单位")),
        organisation_reference(_("贷款银行代码"), id="bank", required=False),
        Choice(id="pledge", header=_("质押方式"), required=True, options=Loan.Pledge.choices),
        Money(id="principal", header=_("贷款本金（元）"), field="principal_fen", required=True, least=1, subject="loan"),
        Day(id="drawn_on", header=_("放款日期"), required=True),
        Day(id="due_on", header=_("到期日期"), required=True, future=True),
        Day(id="repaid_on", header=_("结清日期")),
        Money(id="interest_paid", header=_("已付利息（元）"), field="interest_paid_fen", subject="loan"),
        Day(id="interest_settled_on", header=_("利息付清日期")),
        YesNo(id="released", header=_("银行已放款")),
    ),
)

sheets = [LOANS]
