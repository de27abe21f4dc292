from datetime import date

import pytest
from django.db import IntegrityError, transaction

from quintet.talent.models import Talent, Team
from quintet.talent.queries import fact_sources, talent_facts, team_facts
from tests.directory.city import organisation, person

pytestmark = pytest.mark.django_db


def test_a_talent_in_the_words_of_the_packs():
    of = organisation()
    made = Talent.objects.create(
        person=person(),
        organisation=of,
        category="national_leading",
        newly_brought_in=True,
        brought_in_on=date(2020, 2, 1),
        provincial_support_fen=5,
    )
    assert talent_facts(date(2020, 6, 30)) == [
        {
            "id": made.pk,
            "enterprise": of.pk,
            "category": "national_leading",
            "newly_brought_in": True,
            "brought_in_on": date(2020, 2, 1),
            "provincial_support": 5,
        }
    ]
    assert talent_facts(date(2020, 1, 31)) == []
    assert fact_sources("talent", made.pk, date(2020, 6, 30))["provincial_support"].unit == "yuan"


def test_a_person_is_one_talent():
    somebody = person()
    Talent.objects.create(person=somebody, category="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        Talent.objects.create(person=somebody, category="other")


def test_a_team_counts_from_the_day_it_was_selected():
    of = organisation()
    Team.objects.create(name="示例团队", organisation=of, tier="key", selected_on=date(2020, 5, 1))
    assert team_facts(date(2020, 4, 30)) == []
    (team,) = team_facts(date(2020, 5, 1))
    assert (team["enterprise"], team["tier"]) == (of.pk, "key")
