from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from quintet.directory.queries import FactSource, record_sources
from quintet.directory.queries.columns import facts_of, for_organisations
from quintet.finance.models import Loan

LOAN_FACTS = [
    ("id", "id"),
    ("enterprise", "organisation_id"),
    ("pledge", "pledge"),
    ("principal", "principal_fen"),
    ("drawn_on", "drawn_on"),
    ("due_on", "due_on"),
    ("repaid_on", "repaid_on"),
    ("interest_paid", "interest_paid_fen"),
    ("interest_settled_on", "interest_settled_on"),
    ("released", "released"),
]


def loan_facts(on: date, organisations: Iterable[int] | None = None) -> list[dict[str, Any]]:
    """Loans drawn on or before `on`, money in fen; a repayment or settlement after `on` was not known then. One query."""
    rows = for_organisations(Loan.objects.filter(drawn_on__lte=on).order_by("pk"), organisations)
    loans = facts_of(rows, LOAN_FACTS)
    for loan in loans:
        for name in ("repaid_on", "interest_settled_on"):
            if name in loan and loan[name] > on:
                del loan[name]
    return loans


def fact_sources(subject_kind: str, id: int, on: date) -> dict[str, FactSource]:
    if subject_kind != "loan":
        raise ValueError(f"finance knows no subject {subject_kind!r}")
    loan = Loan.objects.select_related("bank").get(pk=id)
    source = _("贷款合同 %s") % loan.contract_number + (f",{loan.bank}" if loan.bank else "")
    return record_sources(loan, LOAN_FACTS, source=source)
