"""Every example that stands beside a rule or definition of a pack holds."""

from pathlib import Path

import pytest

from quintet.engine import load
from quintet.engine.evaluate import Policy
from quintet.engine.packs.examples import all_examples, example_failure
from quintet.engine.packs.model import Definition, Example, Rule

pytestmark = pytest.mark.engine_only

PACKS = Path(__file__).resolve().parents[2] / "packs"
POLICIES = [load(folder) for folder in sorted(PACKS.iterdir()) if (folder / "pack.yaml").is_file()]


def own_examples(policy: Policy) -> list[tuple[Rule | Definition, Example]]:
    """The examples of the pack itself, without those of the packs it uses."""
    return [(owner, example) for owner, example in all_examples(policy.pack) if owner.at.file.startswith(f"{policy.folder.name}/")]


CASES = [
    pytest.param(policy, owner, example, id=f"{policy.folder.name}: {owner.id}: {example.title}")
    for policy in POLICIES
    for owner, example in own_examples(policy)
]


@pytest.mark.parametrize(("policy", "owner", "example"), CASES)
def test_the_example_holds(policy: Policy, owner: Rule | Definition, example: Example) -> None:
    assert example_failure(policy, owner, example) == ""


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.folder.name)
def test_every_rule_and_definition_has_titled_examples(policy: Policy) -> None:
    for owner in [*policy.pack.rules, *policy.pack.definitions.values()]:
        titles = [example.title for example in owner.examples]
        assert titles, f"{owner.id} has no example"
        assert all(titles), f"{owner.id} has an example without a title"
        assert len(titles) == len(set(titles)), f"{owner.id} has two examples of one title"


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.folder.name)
def test_every_rule_is_shown_met_unmet_and_after_the_policy_has_ended(policy: Policy) -> None:
    for rule in policy.pack.rules:
        ends = policy.pack.documents[policy.pack.clauses[rule.clause].document].ends
        states = {example.state for example in rule.examples}
        assert states & {"entitled", "decision"}, f"{rule.id} is never met"
        assert "not_entitled" in states, f"{rule.id} is never refused"
        assert "unknown" in states, f"{rule.id} is never unknown"
        if ends:
            after = [example for example in rule.examples if example.on > ends]
            assert after, f"{rule.id} has no example after {ends}"
            assert any(example.state == "not_entitled" for example in after), f"{rule.id} is never refused after {ends}"
            paid = [example for example in after if example.state != "not_entitled"]
            assert rule.beyond_end is not None or not paid, f"{rule.id} is paid after {ends}"
