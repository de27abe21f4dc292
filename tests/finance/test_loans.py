from datetime import date

import pytest
from django.db import IntegrityError, transaction

from quintet.finance.queries import fact_sources, loan_facts
from quintet.finance.registers import LOANS
from tests.directory.city import loan

pytestmark = pytest.mark.django_db


def test_a_loan_in_the_words_of_the_packs():
    made = loan(interest_paid_fen=21_750_000, repaid_on=date(2020, 12, 1), released=True)
    (facts,) = loan_facts(date(2020, 12, 1))
    assert facts == {
        "id": made.pk,
        "enterprise": made.organisation_id,
        "pledge": "intellectual_property",
        "principal": 500_000_000,
        "drawn_on": date(2020, 1, 10),
        "due_on": date(2021, 1, 9),
        "repaid_on": date(2020, 12, 1),
        "interest_paid": 21_750_000,
        "released": True,
    }


def test_what_happened_later_is_not_known_yet():
    loan(repaid_on=date(2020, 12, 1))
    assert loan_facts(date(2020, 1, 9)) == []
    (facts,) = loan_facts(date(2020, 11, 30))
    assert "repaid_on" not in facts
    assert "interest_paid" not in facts


def test_sources_carry_unit_and_contract():
    source = fact_sources("loan", loan().pk, date(2020, 6, 30))["principal"]
    assert (source.value, source.unit) == (500_000_000, "yuan")
    assert "HT-1" in source.source


def test_a_loan_is_of_something_and_ends_after_it_begins():
    for wrong in ({"principal_fen": 0}, {"due_on": date(2019, 1, 1)}, {"interest_paid_fen": -1}, {"repaid_on": date(2019, 1, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            loan(**wrong)


def test_a_contract_is_one_loan_however_its_number_is_typed():
    loan(contract_number="HT-1")
    made = loan(contract_number="HT-2")
    firm = made.organisation
    fields = {"contract_number": "ht－ 1", "organisation": firm.code, "pledge": "intellectual_property", "principal_fen": "1", "drawn_on": "2020-01-10", "due_on": "2021-01-09"}  # fmt: skip
    form = LOANS.form(fields)
    assert not form.is_valid()
    assert "contract_number" in form.errors
    assert LOANS.sheet.column("contract_number").read("ht－ 1") == "HT-1"
