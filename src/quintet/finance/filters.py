import django_filters as filters
from django.utils.translation import gettext_lazy as _

from quintet.directory.filters import ChoiceFilter, OrganisationTextFilter, date_filter
from quintet.finance.models import Loan


class LoanFilter(filters.FilterSet):
    q = OrganisationTextFilter("contract_number", label=_("合同编号、借款单位名称或代码"))
    pledge = ChoiceFilter(label=_("质押方式"), choices=Loan.Pledge.choices)
    drawn_from = date_filter("drawn_on", _("放款日期自"), "gte")
    due_before = date_filter("due_on", _("到期日期早于"), "lt")
