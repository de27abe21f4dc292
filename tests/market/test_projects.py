from datetime import date

import pytest
from django.db import IntegrityError, transaction

from quintet.market.models import TransferProject
from quintet.market.queries import fact_sources, project_facts
from tests.directory.city import organisation

pytestmark = pytest.mark.django_db


def project(**more):
    return TransferProject.objects.create(**({"number": "ZH-1", "name": "示例中试", "organisation": organisation()} | more))


def test_a_project_in_the_words_of_the_packs():
    made = project(cooperation=True, stage="pilot", registered_on=date(2020, 3, 1), total_spending_fen=100)
    assert project_facts(date(2020, 6, 30)) == [
        {
            "id": made.pk,
            "enterprise": made.organisation_id,
            "cooperation": True,
            "stage": "pilot",
            "registered_on": date(2020, 3, 1),
            "total_spending": 100,
        }
    ]
    assert project_facts(date(2020, 2, 29)) == []


def test_no_own_rule_is_an_answer():
    made = project(own_rule_or_agreement=False, net_income_fen=100)
    assert project_facts(date(2020, 6, 30)) == [
        {"id": made.pk, "enterprise": made.organisation_id, "own_rule_or_agreement": False, "net_income": 100}
    ]


def test_a_project_can_be_found_not_to_transfer_results():
    project(number="ZH-1")
    project(number="ZH-2", transfer_project=False)
    assert [row.get("transfer_project") for row in project_facts(date(2020, 6, 30))] == [None, False]


def test_the_judgement_of_significance_needs_its_reason():
    with pytest.raises(IntegrityError), transaction.atomic():
        project(significant_for_local_industry=True)
    made = project(significant_for_local_industry=True, significance_reason="带动上下游 12 家企业")
    assert fact_sources("project", made.pk, date(2020, 6, 30))["significant_for_local_industry"].value is True
