from django.utils.translation import gettext_lazy as _

from quintet.directory.forms.records import form_for
from quintet.directory.views.registers import Register
from quintet.finance.filters import LoanFilter
from quintet.finance.sheets import LOANS as SHEET

LOANS = Register(
    sheet=SHEET,
    namespace="finance",
    noun="loan",
    plural="loans",
    form=form_for(SHEET, *(column.target for column in SHEET.columns if column.imported)),
    filterset=LoanFilter,
    visible=("contract_number", "organisation_name", "pledge", "principal", "drawn_on", "due_on", "interest_paid"),
    title="contract_number",
    sortable=("contract_number", "pledge", "drawn_on", "due_on"),
    lead=_("贷款本金、利息和还款情况，贴息由此计算"),
)
