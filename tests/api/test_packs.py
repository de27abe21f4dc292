"""Policies as data."""

import pytest

from quintet.policies import engine
from tests.api.callers import PACK, refused

pytestmark = pytest.mark.django_db


def test_the_packs_are_listed_with_their_document_and_whether_they_are_in_force(anyone):
    listed = {item["pack"]: item for item in anyone.get("packs").json()}
    assert sorted(listed) == sorted(policy.pack.document.pack for policy in engine.policies())
    assert listed[PACK]["status"] == "ended"
    assert (listed[PACK]["in_force"], listed[PACK]["ends"]) == ("2019-07-04", "2021-12-31")


def test_one_pack_names_the_subjects_it_can_evaluate(anyone):
    page = anyone.get(f"packs/{PACK}").json()
    assert page["subjects"] == list(engine.policy(PACK).pack.subjects)
    assert page["hash"] == engine.policy(PACK).hash


@pytest.mark.parametrize(
    "path", ["packs/none", "packs/none/clauses", "packs/none/vocabulary", "packs/none/evaluate", f"packs/{PACK}/clauses/T99"]
)
def test_what_does_not_exist_is_not_found(anyone, path):
    assert refused(anyone.get(path))[:2] == (404, "not_found")


def test_the_clause_tree_holds_every_clause_of_the_document_once(anyone):
    def ids(nodes):
        return [found for node in nodes for found in (node["id"], *ids(node["children"]))]

    own = [clause.id for clause in engine.policy(PACK).pack.clauses.values() if clause.document == PACK]
    assert sorted(ids(anyone.get(f"packs/{PACK}/clauses").json())) == sorted(own)


def test_a_clause_has_its_rules_with_figures_and_examples(anyone):
    page = anyone.get(f"packs/{PACK}/clauses/T6").json()
    rule = next(rule for rule in page["rules"] if rule["rule"] == "high_tech_award")
    assert rule["amounts"] == [10_000_000]
    assert rule["figures"]
    assert rule["examples"]
    assert page["lead"][0]["zh"] == "市科技局"


def test_every_clause_can_be_read(anyone):
    for clause in engine.policy(PACK).pack.clauses.values():
        assert anyone.get(f"packs/{PACK}/clauses/{clause.id}").json()["id"] == clause.id


def test_the_vocabulary_is_that_of_the_engine(anyone):
    assert anyone.get(f"packs/{PACK}/vocabulary").json() == engine.vocabulary(engine.policy(PACK))


def test_another_method_is_refused_in_the_same_form(anyone):
    answer = anyone.post("packs", {})
    assert refused(answer)[:2] == (405, "method_not_allowed")
    assert answer["Allow"] == "GET"
